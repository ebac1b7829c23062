# SPDX-License-Identifier: GPL-2.0-or-later
"""The designer's hand as it is kept with a plan: JSON with geometry as WKT in EPSG:4326."""

from __future__ import annotations

from typing import Any, Mapping, Optional

import shapely.wkt
from shapely.geometry import Point

from fullservice_plugin.core.access.wired.hand import DrawnRoute, Hand
from fullservice_plugin.core.access.wlan.model import GivenAp
from fullservice_plugin.store import area as ask

_LISTS = ("locked", "forbidden", "preferred", "cabinets", "boxes")
_AP = ("ap_id", "building_id", "floor", "eirp_dbm", "channel")


def hand_row(cur: Any, hand: Hand, proj: str) -> Optional[dict[str, Any]]:
    """Return the hand for a plan's parameters; ``proj`` is the metric CRS of its geometry. None where it is empty."""
    if not hand:
        return None
    homes = sorted(hand.homes)
    shapes = [*(way.line for way in hand.drawn), *(shape for name in _LISTS for shape in getattr(hand, name)),
              *(hand.homes[key] for key in homes), *(Point(ap.x, ap.y) for ap in hand.aps)]  # fmt: skip
    moved = iter(shapely.wkt.dumps(shape, rounding_precision=8) for shape in ask.to_wgs84(cur, shapes, proj))
    row: dict[str, Any] = {"drawn": [{"line": next(moved), "construction": way.construction} for way in hand.drawn]}
    for name in _LISTS:
        row[name] = [next(moved) for _ in getattr(hand, name)]
    row["homes"] = {key: next(moved) for key in homes}
    if hand.aps:
        row["aps"] = [{"at": next(moved), **{name: getattr(ap, name) for name in _AP}} for ap in hand.aps]
    return row


def hand_of(cur: Any, row: Optional[Mapping[str, Any]], proj: str) -> Hand:
    """Return the hand that was kept, in the metric CRS ``proj``; an empty one where nothing was."""
    if not row:
        return Hand()
    homes, aps = sorted(row.get("homes", {})), row.get("aps", ())
    texts = [*(way["line"] for way in row.get("drawn", ())), *(text for name in _LISTS for text in row.get(name, ())),
             *(row["homes"][key] for key in homes), *(ap["at"] for ap in aps)]  # fmt: skip
    moved = iter(ask.to_metric(cur, [shapely.wkt.loads(text) for text in texts], proj))
    drawn = tuple(DrawnRoute(next(moved), str(way["construction"])) for way in row.get("drawn", ()))
    lists = {name: tuple(next(moved) for _ in row.get(name, ())) for name in _LISTS}
    places = {key: next(moved) for key in homes}
    kept = []
    for ap in aps:
        at = next(moved)
        kept.append(GivenAp(x=at.x, y=at.y, **{name: ap[name] for name in _AP}))
    return Hand(drawn, **lists, homes=places, aps=tuple(kept))
