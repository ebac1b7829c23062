# SPDX-License-Identifier: GPL-2.0-or-later
"""Floor outlines as arrays: a grid along the building's own axes, and points inside."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """The building's own axes: ``origin`` (map x, y) and angle of its long side (radians)."""

    x: float
    y: float
    angle: float

    def to_map(self, points: Array) -> Array:
        """Turn own coordinates (n × 2, metres) into map coordinates."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        return np.column_stack((self.x + c * points[:, 0] - s * points[:, 1],
                                self.y + s * points[:, 0] + c * points[:, 1]))

    def to_own(self, points: Array) -> Array:
        """Turn map coordinates (n × 2) into own coordinates."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        dx, dy = points[:, 0] - self.x, points[:, 1] - self.y
        return np.column_stack((c * dx + s * dy, -s * dx + c * dy))


@dataclass(frozen=True)
class Outline:
    """A floor in its own axes: closed ``rings`` (n × 2) with holes by even-odd rule, box ``width`` × ``height``.

    ``walls`` (n × 5): interior walls x1, y1, x2, y2 and their loss in dB.
    """

    rings: tuple[Array, ...]
    width: float
    height: float
    area: float
    walls: Array = field(default_factory=lambda: np.zeros((0, 5)), compare=False)

    def contains(self, points: Array) -> NDArray[np.bool_]:
        """Tell which points (n × 2) lie inside."""
        inside = np.zeros(len(points), dtype=bool)
        px, py = points[:, 0], points[:, 1]
        for ring in self.rings:
            for (ax, ay), (bx, by) in zip(ring[:-1], ring[1:]):
                if ay == by:
                    continue
                crosses = (ay > py) != (by > py)
                inside ^= crosses & (px < ax + (py - ay) * (bx - ax) / (by - ay))
        return inside

    def grid(self, step: float) -> Array:
        """Return the centres of the cells of ``step`` metres inside; along the walls where it is too thin."""
        nx, ny = max(1, round(self.width / step)), max(1, round(self.height / step))
        xs = (np.arange(nx) + 0.5) * self.width / nx
        ys = (np.arange(ny) + 0.5) * self.height / ny
        points = np.column_stack([axis.ravel() for axis in np.meshgrid(xs, ys)])
        found = points[self.contains(points)]
        return found if len(found) else np.vstack((self.inner_point(), self._along(step)))

    def _along(self, step: float) -> Array:
        """Return points of the outer ring, about ``step`` metres apart."""
        ring = self.rings[0]
        delta = np.diff(ring, axis=0)
        count = np.maximum(1, np.round(np.hypot(delta[:, 0], delta[:, 1]) / step)).astype(int)
        side = np.repeat(np.arange(len(delta)), count)
        part = (np.arange(len(side)) - np.repeat(np.cumsum(count) - count, count)) / count[side]
        return np.asarray(ring[side] + delta[side] * part[:, None])

    def inner_point(self) -> Array:
        """Return one point inside (1 × 2)."""
        polygon = Polygon(self.rings[0]).buffer(0)
        point = polygon.representative_point() if not polygon.is_empty else Polygon(self.rings[0]).centroid
        return np.array([[point.x, point.y]])

    def key(self) -> bytes:
        """Return a key that equal shapes share, to half a metre."""
        parts = [np.round(ring * 2).astype(np.int32).tobytes() for ring in self.rings]
        if len(self.walls):  # walls to a decimetre: they move what is heard
            parts.append(np.round(self.walls * 10).astype(np.int32).tobytes())
        return b"|".join(parts)


def walls_in(frame: Frame, walls: Array) -> Array:
    """Turn walls (n × 5: x1, y1, x2, y2, dB) from map coordinates into own ones."""
    if not len(walls):
        return walls
    return np.column_stack((frame.to_own(walls[:, 0:2]), frame.to_own(walls[:, 2:4]), walls[:, 4]))


def outline_of(geometry: Any, walls: Optional[Array] = None) -> tuple[Frame, Outline]:
    """Return the frame and the outline of a polygon or multi-polygon (metres) with its ``walls`` (map coordinates).

    The geometry must not be empty. The frame's x axis runs along the longer side of the smallest
    enclosing rectangle, so that turned copies of a building share one outline.
    """
    box = geometry.minimum_rotated_rectangle
    corners = np.asarray(box.exterior.coords if box.geom_type == "Polygon" else geometry.envelope.exterior.coords)
    sides = np.diff(corners[:3], axis=0)
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    long_side = sides[int(np.argmax(lengths))]
    angle = math.atan2(long_side[1], long_side[0]) % math.pi
    turn = Frame(0.0, 0.0, angle)
    polygons = list(geometry.geoms) if hasattr(geometry, "geoms") else [geometry]
    rings = [
        turn.to_own(np.asarray(ring.coords)[:, :2])
        for polygon in polygons if polygon.geom_type == "Polygon" and not polygon.is_empty
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    everything = np.vstack(rings)
    low, high = everything.min(axis=0), everything.max(axis=0)
    corner = turn.to_map(low.reshape(1, 2))[0]
    own = tuple(ring - low for ring in rings)
    frame = Frame(float(corner[0]), float(corner[1]), angle)
    inside = np.zeros((0, 5)) if walls is None else walls_in(frame, walls)
    return frame, Outline(own, float(high[0] - low[0]), float(high[1] - low[1]), float(geometry.area), inside)
