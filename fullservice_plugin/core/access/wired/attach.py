# SPDX-License-Identifier: GPL-2.0-or-later
"""Where buildings and supply points meet the streets: the shortest way from a facade to a street piece."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Point
from shapely.ops import nearest_points

from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.noding import Segments, project
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

_STEP = 5.0  # metres between the facade points that are tried
_NEAR = 0.5  # metres: what lies nearer is one place, so that the graph holds no splinters


@dataclass(frozen=True)
class Anchor:
    """A way from ``own_xy`` (facade or supply point) to ``street_xy`` on piece ``piece`` at ``share`` of its length."""

    piece: int
    share: float
    street_xy: tuple[float, float]
    own_xy: tuple[float, float]


class Finder:
    """Nearest pieces of a chosen set."""

    def __init__(self, segments: Segments, chosen: Array) -> None:
        self.index = np.flatnonzero(chosen)
        self.start, self.end = segments.start[self.index], segments.end[self.index]
        self.tree = cKDTree((self.start + self.end) / 2) if len(self.index) else None
        self.half = float(np.hypot(*(self.end - self.start).T).max()) / 2 if len(self.index) else 0.0

    def nearest(self, points: Array, limit: float) -> Optional[tuple[int, float]]:
        """(number of the piece, distance) nearest to any of ``points`` (k × 2) within ``limit`` metres."""
        if self.tree is None:
            return None
        far, guess = self.tree.query(points)
        best = int(np.argmin(far))
        _, _, first = project(points[best], self.start[guess[best]], self.end[guess[best]])
        bound = float(first)
        if bound > limit + self.half and float(far[best]) - self.half > limit:
            return None
        near = sorted(set().union(*self.tree.query_ball_point(points, bound + self.half + 1e-6)))
        pieces = np.array(near, dtype=np.int64)
        _, _, gap = project(points[:, None, :], self.start[pieces][None], self.end[pieces][None])
        column = gap.min(axis=0)
        k = int(np.argmin(column))
        return (int(self.index[pieces[k]]), float(column[k])) if column[k] <= limit else None

    def within(self, points: Array, limit: float) -> Array:
        """Numbers of the pieces of which some may lie within ``limit`` metres of the points."""
        if self.tree is None:
            return np.zeros(0, dtype=np.int64)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        reach = float(np.hypot(*(points - middle).T).max()) + limit + self.half
        return self.index[np.array(sorted(self.tree.query_ball_point(middle, reach)), dtype=np.int64)]


def facade_points(geometry: Any) -> Array:
    """Points at most 5 m apart along the outer boundary of a polygon; the vertices of anything else (k × 2)."""
    found = []
    for part in getattr(geometry, "geoms", [geometry]):
        ring = np.asarray(part.exterior.coords if hasattr(part, "exterior") else part.coords, dtype=np.float64)[:, :2]
        if len(ring) == 1:
            found.append(ring)
            continue
        for a, b in zip(ring[:-1], ring[1:]):
            count = max(1, int(np.ceil(float(np.hypot(*(b - a))) / _STEP)))
            found.append(a + (b - a) * (np.arange(count) / count)[:, None])
        found.append(ring[-1:])
    return np.concatenate(found) if found else np.zeros((0, 2))


def anchor_points(table: FeatureTable, segments: Segments, preferred: Array,
                  limit: float) -> list[Optional[Anchor]]:
    """Anchor each feature's representative point to the nearest preferred piece, else to any; None beyond limit."""
    finders = [Finder(segments, preferred), Finder(segments, np.ones(len(segments), dtype=bool))]
    anchors: list[Optional[Anchor]] = []
    for geometry in table.geometry:
        if geometry is None or geometry.is_empty:
            anchors.append(None)
            continue
        point = geometry if geometry.geom_type == "Point" else geometry.representative_point()
        anchors.append(_anchor(point, np.array([[point.x, point.y]]), finders, segments, limit))
    return anchors


def anchor_buildings(table: FeatureTable, segments: Segments, ground: Array, fed: Array, limit: float,
                     progress: Progress = SILENT) -> list[Optional[Anchor]]:
    """Anchor each building's facade to the nearest street piece.

    ``ground`` marks pieces at ground level, ``fed`` pieces connected with a supply point; fed pieces on the ground
    are tried first, then fed ones, then any. None where no piece lies within ``limit`` metres.
    """
    finders = [Finder(segments, ground & fed), Finder(segments, fed), Finder(segments, np.ones_like(fed))]
    anchors: list[Optional[Anchor]] = []
    for i, geometry in enumerate(table.geometry):
        if i % 200 == 0:
            progress.step(i / max(1, len(table)))
        if geometry is None or geometry.is_empty:
            anchors.append(None)
            continue
        anchors.append(_anchor(geometry, facade_points(geometry), finders, segments, limit))
    return anchors


def _anchor(geometry: Any, points: Array, finders: list[Finder], segments: Segments,
            limit: float) -> Optional[Anchor]:
    for finder in finders:
        found = finder.nearest(points, limit)
        if found is None:
            continue
        piece = found[0]
        line = LineString([segments.start[piece], segments.end[piece]])
        facade = geometry.boundary if geometry.geom_type in ("Polygon", "MultiPolygon") else geometry
        own, street = nearest_points(facade, line)
        own_xy, street_xy = (own.x, own.y), np.array([street.x, street.y])
        share, street_xy = tidy(street_xy, segments.start[piece], segments.end[piece])
        if np.hypot(*(street_xy - own_xy)) < _NEAR:  # the facade stands at the street
            own_xy = (float(street_xy[0]), float(street_xy[1]))
        return Anchor(piece, share, (float(street_xy[0]), float(street_xy[1])), own_xy)
    return None


def tidy(xy: Array, start: Array, end: Array) -> tuple[float, Array]:
    """Move a point on a piece to a multiple of half a metre along it, or to an end less than a metre away."""
    share, _, _ = project(xy, start, end)
    length = float(np.hypot(*(end - start)))
    along = float(share) * length
    if along < 1.0:
        return 0.0, start
    if length - along < 1.0:
        return 1.0, end
    along = round(along / _NEAR) * _NEAR
    return along / length, np.round(start + (end - start) * (along / length), 3)


def inner_point(geometry: Any, start: tuple[float, float], limit: float) -> tuple[float, float]:
    """A point inside a building to which a drop from ``start`` at its facade leads, at most ``limit`` metres away."""
    point = geometry if geometry.geom_type == "Point" else geometry.representative_point()
    dx, dy = point.x - start[0], point.y - start[1]
    far = float(np.hypot(dx, dy))
    for share in (1.0, 0.5, 0.25, 0.1):
        part = share * min(1.0, limit / far) if far > 0 else 1.0
        xy = (round(start[0] + dx * part, 3), round(start[1] + dy * part, 3))
        if part == 1.0 or geometry.intersects(Point(*xy)):
            return xy
    return start
