# SPDX-License-Identifier: GPL-2.0-or-later
"""Risers of a plan: what its design puts on which floor of each building of two storeys and more."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Mapping, Sequence

from shapely import wkb
from shapely.geometry.base import BaseGeometry

from fullservice_plugin.plans.model import BuildingRiser

CABLED = ("ftth", "fttb", "hybrid")  # methods with a cable through the riser
AT_WALL = 2e-5  # degrees, about two metres: a box so near to a building stands in it or at its wall
Row = Mapping[str, Any]


def plan_risers(decisions: Sequence[Row], elements: Sequence[Row]) -> tuple[BuildingRiser, ...]:
    """Return the riser of each building that the plan serves; a building whose storeys nobody knows has none."""
    boxes = {x["code"]: x for x in elements if x["kind"] in ("fat", "fdt") and x["code"]}
    inside: dict[str, list[Row]] = defaultdict(list)
    for x in elements:
        if x["building_id"] and x["kind"] in ("ap", "switch", "drop"):
            inside[x["building_id"]].append(x)
    found = []
    for d in decisions:
        storeys = d["storeys"] or 0
        if storeys < 2 or d["method"] == "none":
            continue
        own = inside[str(d["building_id"])]
        feeds = {x["parent_code"] for x in own if x["kind"] == "drop" and x["parent_code"] in boxes}
        indoors = [boxes[code] for code in sorted(feeds) if _indoors(boxes[code], d)]
        placed = Counter(x["floor"] or 1 for x in indoors)
        points = Counter(x["floor"] or 1 for x in own if x["kind"] != "drop")
        found.append(
            BuildingRiser(
                building=str(d["name"]),
                estate=d["estate"] or "",
                storeys=max([storeys, *placed, *points]),
                boxes=tuple(sorted(placed.items())),
                points=tuple(sorted(points.items())),
                outside=bool(feeds) and not indoors,
                cabled=d["method"] in CABLED,
            )
        )
    return tuple(found)


def _indoors(box: Row, decision: Row) -> bool:
    if box["floor"]:
        return True
    if box["geom"] is None or decision["geom"] is None:
        return False
    return bool(_shape(box["geom"]).distance(_shape(decision["geom"])) < AT_WALL)


def _shape(value: Any) -> BaseGeometry:
    return wkb.loads(bytes(value))
