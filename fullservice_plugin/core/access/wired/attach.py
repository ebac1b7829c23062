# SPDX-License-Identifier: GPL-2.0-or-later
"""Where buildings and supply points meet the streets: the shortest way from a facade to a street piece."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence

import numpy as np
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Point
from shapely.ops import nearest_points

from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.noding import Segments, project
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

_STEP = 5.0  # metres between the facade points that are tried
_BATCH = 2000  # shapes looked up at once, so that the scratch arrays stay small
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

    def nearest(self, groups: Sequence[Array], limit: float) -> list[int]:
        """For each group of points (k × 2, k ≥ 1) the piece nearest to any of them, −1 beyond ``limit`` metres."""
        found = [-1] * len(groups)
        if self.tree is None:
            return found
        for first in range(0, len(groups), _BATCH):
            part = groups[first:first + _BATCH]
            for number, piece in zip(range(first, first + len(part)), self._batch(self.tree, part, limit)):
                found[number] = int(piece)
        return found

    def _batch(self, tree: cKDTree, groups: Sequence[Array], limit: float) -> Array:
        count = np.array([len(points) for points in groups])
        points, owner = np.concatenate(groups), np.repeat(np.arange(len(groups)), count)
        far, guess = tree.query(points)
        _, _, gap = project(points, self.start[guess], self.end[guess])
        bound = np.minimum.reduceat(gap, np.cumsum(count) - count)  # some piece is this near
        near = np.flatnonzero((far - self.half <= bound[owner] + 1e-6) & (far - self.half <= limit))
        result = np.full(len(groups), -1, dtype=np.int64)
        if not len(near):
            return result
        lists = tree.query_ball_point(points[near], bound[owner[near]] + self.half + 1e-6)
        point = np.repeat(near, [len(one) for one in lists])
        piece = np.concatenate([np.asarray(one, dtype=np.int64) for one in lists])
        _, _, gap = project(points[point], self.start[piece], self.end[piece])
        order = np.lexsort((piece, gap, owner[point]))
        of = owner[point][order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = of[1:] != of[:-1]
        best = order[first]
        best = best[gap[best] <= limit]
        result[owner[point[best]]] = self.index[piece[best]]
        return result

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
        delta = ring[1:] - ring[:-1]
        count = np.maximum(1, np.ceil(np.hypot(*delta.T) / _STEP)).astype(np.int64)
        edge = np.repeat(np.arange(len(delta)), count)
        step = (np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)) / count[edge]
        found += [ring[edge] + delta[edge] * step[:, None], ring[-1:]]
    return np.concatenate(found) if found else np.zeros((0, 2))


def anchor_points(table: FeatureTable, segments: Segments, preferred: Array,
                  limit: float) -> list[Optional[Anchor]]:
    """Anchor each feature's representative point to the nearest preferred piece, else to any; None beyond limit."""
    places = [None if shape is None or shape.is_empty else
              shape if shape.geom_type == "Point" else shape.representative_point() for shape in table.geometry]
    groups = [np.zeros((0, 2)) if place is None else np.array([[place.x, place.y]]) for place in places]
    return _anchors(places, groups, segments, [preferred, np.ones(len(segments), dtype=bool)], limit)


def anchor_buildings(table: FeatureTable, segments: Segments, ground: Array, fed: Array, limit: float,
                     progress: Progress = SILENT) -> list[Optional[Anchor]]:
    """Anchor each building's facade to the nearest street piece.

    ``ground`` marks pieces at ground level, ``fed`` pieces connected with a supply point; fed pieces on the ground
    are tried first, then fed ones, then any. None where no piece lies within ``limit`` metres.
    """
    shapes = [None if shape is None or shape.is_empty else shape for shape in table.geometry]
    groups = [np.zeros((0, 2)) if shape is None else facade_points(shape) for shape in shapes]
    progress.step(0.3)
    return _anchors(shapes, groups, segments, [ground & fed, fed, np.ones_like(fed)], limit, progress)


def _anchors(shapes: Sequence[Any], groups: Sequence[Array], segments: Segments, masks: Sequence[Array], limit: float,
             progress: Progress = SILENT) -> list[Optional[Anchor]]:
    """Anchor each shape (None: none) to the piece nearest to its points, of the first mask that has one near enough."""
    piece = [-1] * len(shapes)
    for mask in masks:
        left = [i for i, points in enumerate(groups) if piece[i] < 0 and len(points)]
        if left:
            for i, found in zip(left, Finder(segments, mask).nearest([groups[i] for i in left], limit)):
                piece[i] = found
    anchors: list[Optional[Anchor]] = []
    for i, shape in enumerate(shapes):
        if i % 500 == 0:
            progress.step(0.5 + 0.5 * i / max(1, len(shapes)))
        anchors.append(None if piece[i] < 0 else _anchor(shape, piece[i], segments))
    return anchors


def _anchor(geometry: Any, piece: int, segments: Segments) -> Anchor:
    line = LineString([segments.start[piece], segments.end[piece]])
    facade = geometry.boundary if geometry.geom_type in ("Polygon", "MultiPolygon") else geometry
    own, street = nearest_points(facade, line)
    own_xy, street_xy = (own.x, own.y), np.array([street.x, street.y])
    share, street_xy = tidy(street_xy, segments.start[piece], segments.end[piece])
    if np.hypot(*(street_xy - own_xy)) < _NEAR:  # the facade stands at the street
        own_xy = (float(street_xy[0]), float(street_xy[1]))
    return Anchor(piece, share, (float(street_xy[0]), float(street_xy[1])), own_xy)


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
