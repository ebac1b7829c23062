# SPDX-License-Identifier: GPL-2.0-or-later
"""Access points placed, moved or locked by hand: read from a layer, held to the region's rules and to their floor."""

from __future__ import annotations

from collections import Counter
from typing import Any, Sequence

from shapely.geometry import Point

from fullservice_plugin.core.access.wlan.model import GivenAp
from fullservice_plugin.core.access.wlan.settings import Settings
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

GIVEN_FIELDS = ("ap_id", "building_id", "floor", "eirp_dbm", "channel", "locked")
_OUTSIDE_M = 0.5
"""A hand may miss the wall by so much."""
_TRUE = ("1", "true", "t", "yes", "y", "是")


def read_given(table: FeatureTable) -> list[GivenAp]:
    """Read access points that keep their places (points in metres; fields building_id, floor; optional others).

    Where the layer has a field ``locked``, such as the output of a design, only rows where it is true are kept. Raises
    InputError that names the feature where a value is missing or two share one ap_id.
    """
    floors, power, channel = (table.numbers(name) for name in ("floor", "eirp_dbm", "channel"))
    locks = table.columns.get("locked")
    found = []
    names = table.column("ap_id")
    for row, (key, building) in enumerate(zip(table.ids, table.column("building_id"))):
        if locks is not None and not _is_true(locks[row]):
            continue
        shape, floor = table.geometry[row], floors[row]
        if building in (None, "") or shape is None or shape.is_empty or floor is None:
            raise InputError("{layer}: access point {feature} needs a place, building_id and floor.",
                             layer=table.name or "Access points", feature=names[row] or key)
        number = channel[row]
        at = shape.centroid
        found.append(GivenAp(str(names[row] or f"{building}-F{int(floor)}-own{key}"), str(building), int(floor), at.x,
                             at.y, power[row], None if not number else int(number)))
    twice = [name for name, count in Counter(ap.ap_id for ap in found).items() if count > 1]
    if twice:
        raise InputError("{layer}: two access points are called {feature}. Give each its own ap_id.",
                         layer=table.name or "Access points", feature=twice[0])
    return found


def on_floor(given: Sequence[GivenAp], building: str, floor: int, shape: Any, settings: Settings) -> list[GivenAp]:
    """Return the access points given for one floor; InputError for one outside of it or not legal in the region."""
    mine = [ap for ap in given if ap.building_id == building and ap.floor == floor]
    for ap in mine:
        away = shape.distance(Point(ap.x, ap.y))
        if away > _OUTSIDE_M:
            raise InputError("Access point {feature} lies {distance} m outside floor {floor} of building {building}. "
                             "Move it inside.", feature=ap.ap_id, distance=round(away, 1), floor=floor,
                             building=building)
        _legal(ap, settings)
    return mine


def _legal(ap: GivenAp, settings: Settings) -> None:
    if ap.channel is not None and ap.channel not in settings.channels:
        raise InputError("Access point {feature} keeps channel {channel}, which the region does not allow at the power "
                         "of the design. Choose one of: {known}, or leave it empty.", feature=ap.ap_id,
                         channel=ap.channel, known=[str(c) for c in settings.channels])
    if ap.eirp_dbm is not None and ap.eirp_dbm > settings.most_eirp_dbm + 1e-6:
        raise InputError("Access point {feature} radiates {eirp} dBm; the region allows {limit} dBm on its channels.",
                         feature=ap.ap_id, eirp=ap.eirp_dbm, limit=settings.most_eirp_dbm)


def _is_true(value: Any) -> bool:
    return bool(value) if isinstance(value, (bool, int, float)) else str(value or "").strip().lower() in _TRUE
