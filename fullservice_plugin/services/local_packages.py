# SPDX-License-Identifier: GPL-2.0-or-later
"""Which area packages hold at many places at once, found by comparing boxes first; runs with shapely 1.8 and 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

import numpy as np
from shapely.geometry import Point
from shapely.prepared import prep

from fullservice_plugin.core.access.choice.revenue import Tariff
from fullservice_plugin.core.shapes import stored


@dataclass(frozen=True)
class LocalPackages:
    """Distinct sets of packages, and for each place the number of its set."""

    sets: list[list[Tariff]]
    of: list[int]


def local_packages(
    packages: Sequence[Mapping[str, Any]], places: Sequence[Optional[Mapping[str, Any]]]
) -> LocalPackages:
    """Return the packages that hold at each place (``x``, ``y`` in EPSG:4326; None: only those of everywhere)."""
    usable_rows = [row for row in packages if row["price_month"] is not None]
    made = [Tariff(row["segment"], row["price_month"], float(row["down_mbps"] or 0.0), float(row["priority"] or 0),
                   row["geom"] is not None) for row in usable_rows]
    shapes = [stored(row["geom"]) for row in usable_rows]
    everywhere = [number for number, shape in enumerate(shapes) if shape is None]
    local = [number for number, shape in enumerate(shapes) if shape is not None]
    here: list[list[int]] = [[] for _ in places]
    points = [None if place is None or place["x"] is None else Point(place["x"], place["y"]) for place in places]
    known_points = [number for number, point in enumerate(points) if point is not None]
    at = np.array([(points[number].x, points[number].y) for number in known_points], dtype=float).reshape(-1, 2)
    for number in local:  # far fewer than places: their boxes are compared with all places at once
        west, south, east, north = shapes[number].bounds
        inside = (at[:, 0] >= west) & (at[:, 0] <= east) & (at[:, 1] >= south) & (at[:, 1] <= north)
        area = prep(shapes[number])
        for place in np.nonzero(inside)[0].tolist():
            if area.intersects(points[known_points[place]]):
                here[known_points[place]].append(number)
    known: dict[tuple[int, ...], int] = {}
    of = [known.setdefault((*sorted(found), *everywhere), len(known)) for found in here]
    return LocalPackages([[made[number] for number in key] for key in known] or [[]], of)
