# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of some areas holds a point."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
from shapely.geometry import Point
from shapely.prepared import prep

from fullservice_plugin.core.discovery.boxes import near_pairs


def containing(areas: Sequence[tuple[str, Any]], points: Sequence[Any]) -> list[Optional[str]]:
    """Return for every shapely point the key of an area (key, polygon) that holds it; None outside all.

    Of several the one named first wins. Areas and points are in the same coordinates.
    """
    found: list[Optional[str]] = [None] * len(points)
    if not areas or not points:
        return found
    # near_pairs works in metres with cells of at least 1; degrees are blown up so that cells stay small
    scale = 1e5
    at = np.array([[p.x, p.y, p.x, p.y] for p in points]) * scale
    i, j = near_pairs(np.array([shape.bounds for _, shape in areas]) * scale, at, 0.0)
    prepared = {k: prep(areas[k][1]) for k in set(i.tolist())}
    for area, point in sorted(zip(i.tolist(), j.tolist())):
        if found[point] is None and prepared[area].intersects(points[point]):
            found[point] = areas[area][0]
    return found


class Branches:
    """Finds the branch of a place, so that the store need not look for it row by row."""

    def __init__(self, branches: Sequence[tuple[str, Any]]) -> None:
        """Take (code, shapely polygon or None) of all branches, in degrees."""
        self._areas = [(code, shape) for code, shape in branches if shape is not None]
        self._only = branches[0][0] if len(branches) == 1 else None

    def of(self, shapes: Sequence[Any]) -> list[Optional[str]]:
        """Return the branch of each shape (None where the store must decide)."""
        if self._only is not None:
            return [self._only] * len(shapes)
        points = [shape.representative_point() if shape is not None else Point(0, 0) for shape in shapes]
        return containing(self._areas, points)
