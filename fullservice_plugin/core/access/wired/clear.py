# SPDX-License-Identifier: GPL-2.0-or-later
"""Lead-ins free of obstacles: none runs under another building or across a barrier where another way exists."""
from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
from shapely.geometry import LineString

from fullservice_plugin.core.access.wired.attach import Anchor, Finder, facade_points, tidy
from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.noding import Segments, project
from fullservice_plugin.core.discovery.boxes import near_pairs
from fullservice_plugin.core.table import FeatureTable

_WALL = 0.25  # metres inside the outline at which a building begins
_TOUCH = 0.5  # metres of a lead-in inside another building that are drawing error
_FARTHER, _STREET = 3.0, 40.0  # another way may be this many times longer, and this many metres
_TRIES = 16  # most other ways that are tried for one building


class Obstacles:
    """Outlines of buildings (by row, None where there is none) and barriers (lines) that no trench may cross."""

    def __init__(self, shapes: Sequence[Any], barriers: Sequence[Any]) -> None:
        solid = [shape if shape is not None and "Polygon" in shape.geom_type else None for shape in shapes]
        self.shapes: list[Any] = [*solid, *barriers]
        self.buildings = len(shapes)
        self._inside: dict[int, Any] = {}
        self.boxes = np.array([shape.bounds if shape is not None and not shape.is_empty else (np.nan,) * 4
                               for shape in self.shapes], dtype=np.float64).reshape(-1, 4)

    def near(self, box: Array) -> Array:
        """Numbers of the obstacles whose boxes meet a box (west, south, east, north)."""
        w, s, e, n = self.boxes.T
        return np.flatnonzero((w <= box[2]) & (e >= box[0]) & (s <= box[3]) & (n >= box[1]))

    def crosses(self, line: Any, number: int) -> bool:
        """Whether a line runs through the obstacle: more than half a metre of a building, or over a barrier."""
        shape = self.shapes[number]
        if number >= self.buildings:
            return bool(line.intersects(shape))
        if number not in self._inside:  # a way along the outline is none through the building
            self._inside[number] = shape.buffer(-_WALL, join_style=2)
        return bool(line.intersection(self._inside[number]).length > _TOUCH)


def clear_leads(table: FeatureTable, leads: list[Optional[Anchor]], segments: Segments, usable: Array,
                limit: float, barriers: Sequence[Any]) -> tuple[list[Optional[Anchor]], set[int]]:
    """Move lead-ins that cross an obstacle to the nearest place from which the way is free.

    ``usable``: mask of the pieces that may be reached; ``limit``: longest lead-in in metres. Also returned are the
    rows for which no free way was found: they keep what they had.
    """
    rows = [i for i, lead in enumerate(leads) if lead is not None and lead.own_xy != lead.street_xy]
    obstacles = Obstacles(table.geometry, barriers)
    lines = {i: LineString([lead.own_xy, lead.street_xy]) for i in rows if (lead := leads[i]) is not None}
    boxes = np.array([lines[i].bounds for i in rows], dtype=np.float64).reshape(-1, 4)
    crossed = set()
    for k, number in zip(*near_pairs(boxes, obstacles.boxes, 0.0)):
        row = rows[int(k)]
        if row != number and row not in crossed and obstacles.crosses(lines[row], int(number)):
            crossed.add(row)
    finder = Finder(segments, usable)
    result, stuck = list(leads), set()
    for row in sorted(crossed):
        most = min(limit, _FARTHER * lines[row].length + _STREET)
        found = _free_way(table.geometry[row], segments, finder, most, obstacles)
        if found is None:
            stuck.add(row)
        else:
            result[row] = found
    return result, stuck


def _free_way(geometry: Any, segments: Segments, finder: Finder, limit: float,
              obstacles: Obstacles) -> Optional[Anchor]:
    """The shortest of the nearest ways from a facade to a piece that crosses nothing, the own building included."""
    points = facade_points(geometry)
    pieces = finder.within(points, limit)
    if not len(pieces):
        return None
    start, end = segments.start[pieces], segments.end[pieces]
    share, xy, gap = project(points[:, None, :], start[None], end[None])
    west, south = np.minimum(points.min(axis=0), start.min(axis=0)) - limit
    east, north = np.maximum(points.max(axis=0), end.max(axis=0)) + limit
    around = obstacles.near(np.array([west, south, east, north]))
    best = np.argmin(gap, axis=0)  # each piece from its nearest facade point, each facade point to its nearest piece
    pairs = {(int(k), p) for p, k in enumerate(best)} | {(k, int(p)) for k, p in enumerate(np.argmin(gap, axis=1))}
    for k, p in sorted(pairs, key=lambda pair: (gap[pair], pair))[:_TRIES]:
        if gap[k, p] > limit:
            break
        line = LineString([points[k], xy[k, p]])
        west, south = np.minimum(points[k], xy[k, p])
        east, north = np.maximum(points[k], xy[k, p])
        box = obstacles.boxes[around]
        met = around[(box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)]
        if not any(obstacles.crosses(line, int(number)) for number in met):
            at, street = tidy(xy[k, p], start[p], end[p])
            own = (float(points[k, 0]), float(points[k, 1]))
            return Anchor(int(pieces[p]), at, (float(street[0]), float(street[1])), own)
    return None
