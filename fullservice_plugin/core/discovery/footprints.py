# SPDX-License-Identifier: GPL-2.0-or-later
"""Footprints as flat arrays of edges, and exact overlap areas computed on them all at once.

A Python loop over GEOS intersections is four fifths of the time of a match. Here a polygon is the signed
sum of the strips below its edges, so the overlap of two polygons is the signed sum, over pairs of their
edges, of the area below the lower of two lines: exact for valid polygons with holes and parts, and a few
array operations for a whole city.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np
import shapely.wkb

from fullservice_plugin.core.discovery.arrays import Array

_CHUNK = 400_000  # edge pairs at once: about 50 MB of scratch arrays


@dataclass(frozen=True)
class Footprints:
    """Polygons in metres: ``edges`` rows x0, y0, x1, y1, sign; ``start`` (n+1) offsets into them.

    ``bounds`` rows are west, south, east, north; ``centroid`` rows x, y; ``area`` in m²; ``spread`` the
    second moments (xx, yy, xy, m²) per area, from which direction and elongation follow. An empty polygon
    has area 0 and bounds of not-a-number, so that it meets nothing.
    """

    edges: Array
    start: Array
    bounds: Array
    centroid: Array
    area: Array
    spread: Array

    def __len__(self) -> int:
        return len(self.area)

    def moved(self, dx: Array, dy: Array) -> "Footprints":
        """Return the footprints moved by one vector each (metres)."""
        count = np.diff(self.start)
        edges = self.edges.copy()
        by_edge_x, by_edge_y = np.repeat(dx, count), np.repeat(dy, count)
        edges[:, 0] += by_edge_x
        edges[:, 2] += by_edge_x
        edges[:, 1] += by_edge_y
        edges[:, 3] += by_edge_y
        shift = np.column_stack([dx, dy])
        return Footprints(
            edges, self.start, self.bounds + np.hstack([shift, shift]), self.centroid + shift, self.area, self.spread
        )


def footprints_of(geometries: Sequence[Any]) -> Footprints:
    """Return shapely (multi)polygons as :class:`Footprints`; ``None`` and other kinds count as empty."""
    rings: list[Array] = []
    ring_owner: list[int] = []
    ring_hole: list[bool] = []
    for number, geometry in enumerate(geometries):
        if geometry is None or geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
            continue
        for points, hole in _rings(shapely.wkb.dumps(geometry, output_dimension=2, srid=None)):
            rings.append(points)
            ring_owner.append(number)
            ring_hole.append(hole)
    return _assemble(len(geometries), rings, np.array(ring_owner, dtype=int), np.array(ring_hole, dtype=bool))


def _rings(wkb: bytes) -> list[tuple[Array, bool]]:
    """Return the rings of a (multi)polygon's WKB as (n, 2) arrays with a flag for holes."""
    order = "<" if wkb[0] == 1 else ">"
    kind, count = struct.unpack_from(order + "II", wkb, 1)
    at, polygons = 9, 1
    if kind == 6:
        polygons, at = count, 18
        count = struct.unpack_from(order + "I", wkb, 14)[0] if polygons else 0
    found: list[tuple[Array, bool]] = []
    for polygon in range(polygons):
        if polygon:
            count = struct.unpack_from(order + "I", wkb, at + 5)[0]
            at += 9
        for ring in range(count):
            length = struct.unpack_from(order + "I", wkb, at)[0]
            points = np.frombuffer(wkb, dtype=order + "f8", count=2 * length, offset=at + 4).reshape(-1, 2)
            found.append((points, ring > 0))
            at += 4 + 16 * length
    return found


def _assemble(n: int, rings: list[Array], owner: Array, hole: Array) -> Footprints:
    empty = np.full((n, 4), np.nan)
    if not rings:
        nothing = np.zeros((n, 2))
        return Footprints(np.empty((0, 5)), np.zeros(n + 1, dtype=int), empty, nothing, np.zeros(n), np.zeros((n, 3)))
    length = np.array([len(ring) for ring in rings])
    points = np.concatenate(rings)
    last = np.zeros(len(points), dtype=bool)
    last[np.cumsum(length) - 1] = True
    tail = np.nonzero(~last)[0]
    ring_of = np.repeat(np.arange(len(rings)), length)[tail]
    edge_owner = owner[ring_of]
    count = np.bincount(edge_owner, minlength=n)
    start = np.concatenate([[0], np.cumsum(count)])
    bounds = empty
    filled = np.nonzero(count)[0]
    first = start[filled]
    bounds[filled, 0], bounds[filled, 1] = (np.minimum.reduceat(points[tail, k], first) for k in (0, 1))
    bounds[filled, 2], bounds[filled, 3] = (np.maximum.reduceat(points[tail, k], first) for k in (0, 1))
    base = np.where(np.isnan(bounds[:, :2]), 0.0, bounds[:, :2])
    x0, y0 = points[tail, 0], points[tail, 1]
    x1, y1 = points[tail + 1, 0], points[tail + 1, 1]
    lx0, ly0 = x0 - base[edge_owner, 0], y0 - base[edge_owner, 1]
    lx1, ly1 = x1 - base[edge_owner, 0], y1 - base[edge_owner, 1]
    cross = lx0 * ly1 - lx1 * ly0
    ring_area = np.bincount(ring_of, weights=cross, minlength=len(rings)) / 2.0
    # clockwise shells and counter-clockwise holes make the strips below the edges sum to the inside
    turn = np.where(ring_area > 0, -1.0, 1.0) * np.where(hole, -1.0, 1.0)
    weight = turn[ring_of]
    sign = weight * np.sign(x1 - x0)
    area = -np.bincount(edge_owner, weights=cross * weight, minlength=n) / 2.0
    safe = np.where(area > 0, area, 1.0)

    def moment(value: Array, divisor: float) -> Array:
        return np.asarray(-np.bincount(edge_owner, weights=value * cross * weight, minlength=n) / divisor / safe)

    cx, cy = moment(lx0 + lx1, 6.0), moment(ly0 + ly1, 6.0)
    xx: Array = moment(lx0 * lx0 + lx0 * lx1 + lx1 * lx1, 12.0) - cx * cx
    yy: Array = moment(ly0 * ly0 + ly0 * ly1 + ly1 * ly1, 12.0) - cy * cy
    xy: Array = moment(lx0 * ly1 + 2 * lx0 * ly0 + 2 * lx1 * ly1 + lx1 * ly0, 24.0) - cx * cy
    return Footprints(
        np.column_stack([x0, y0, x1, y1, sign]),
        start,
        bounds,
        np.column_stack([cx, cy]) + base,
        np.maximum(area, 0.0),
        np.column_stack([xx, yy, xy]),
    )


def overlap_areas(a: Footprints, b: Footprints, i: Array, j: Array) -> Array:
    """Return the overlap in m² of footprint ``i[k]`` of ``a`` with footprint ``j[k]`` of ``b``, for every k."""
    result = np.zeros(len(i))
    box_a, box_b = a.bounds[i], b.bounds[j]
    meets = (np.minimum(box_a[:, 2:], box_b[:, 2:]) > np.maximum(box_a[:, :2], box_b[:, :2])).all(axis=1)
    index = np.nonzero(meets)[0]
    if not len(index):
        return result
    work = np.diff(a.start)[i[index]] * np.diff(b.start)[j[index]]
    done = np.concatenate([[0], np.cumsum(work)])
    at = 0
    while at < len(index):
        until = max(at + 1, int(np.searchsorted(done, done[at] + _CHUNK, side="right")) - 1)
        part = index[at:until]
        result[part] = _overlap_chunk(a, b, i[part], j[part])
        at = until
    return np.clip(result, 0.0, np.minimum(a.area[i], b.area[j]))


def _overlap_chunk(a: Footprints, b: Footprints, i: Array, j: Array) -> Array:
    count_a, count_b = np.diff(a.start)[i], np.diff(b.start)[j]
    work = count_a * count_b
    pair = np.repeat(np.arange(len(i)), work)
    inner = np.arange(len(pair)) - np.repeat(np.cumsum(work) - work, work)
    width = count_b[pair]
    edge_a = a.start[i][pair] + inner // width
    edge_b = b.start[j][pair] + inner % width
    ea, eb = a.edges[edge_a], b.edges[edge_b]
    low = np.maximum(np.minimum(ea[:, 0], ea[:, 2]), np.minimum(eb[:, 0], eb[:, 2]))
    high = np.minimum(np.maximum(ea[:, 0], ea[:, 2]), np.maximum(eb[:, 0], eb[:, 2]))
    keep = high > low
    pair, ea, eb, low, high = pair[keep], ea[keep], eb[keep], low[keep], high[keep]
    floor = np.minimum(a.bounds[i, 1], b.bounds[j, 1])[pair]
    slope_a = (ea[:, 3] - ea[:, 1]) / (ea[:, 2] - ea[:, 0])
    slope_b = (eb[:, 3] - eb[:, 1]) / (eb[:, 2] - eb[:, 0])
    lower_b = eb[:, 1] - floor + slope_b * (low - eb[:, 0])
    upper_b = eb[:, 1] - floor + slope_b * (high - eb[:, 0])
    d0 = ea[:, 1] - floor + slope_a * (low - ea[:, 0]) - lower_b
    d1 = ea[:, 1] - floor + slope_a * (high - ea[:, 0]) - upper_b
    below0, below1 = np.minimum(d0, 0.0), np.minimum(d1, 0.0)
    total = np.abs(d0) + np.abs(d1)
    share = np.where(total > 0, -(below0 + below1) / np.where(total > 0, total, 1.0), 0.0)
    value = (high - low) * ((lower_b + upper_b) + (below0 + below1) * share) / 2.0
    return np.bincount(pair, weights=value * ea[:, 4] * eb[:, 4], minlength=len(i))


def near_pairs(a: Array, b: Array, reach: float) -> tuple[Array, Array]:
    """Return the index pairs (i, j) of boxes in ``a`` and ``b`` whose distance on each axis is ≤ ``reach``.

    Boxes are rows west, south, east, north in metres; rows of not-a-number meet nothing. Found through a
    grid as wide as a typical box, so large boxes fill several cells.
    """
    none = np.empty(0, dtype=int)
    if not len(a) or not len(b):
        return none, none
    wide = a + np.array([-reach, -reach, reach, reach])
    cell = _cell_size(wide, b)
    if cell <= 0.0 or not np.isfinite(wide[:, 0]).any() or not np.isfinite(b[:, 0]).any():
        return none, none
    west = float(np.nanmin([np.nanmin(wide[:, 0]), np.nanmin(b[:, 0])]))
    south = float(np.nanmin([np.nanmin(wide[:, 1]), np.nanmin(b[:, 1])]))
    key_a, row_a = _cells(wide, west, south, cell)
    key_b, row_b = _cells(b, west, south, cell)
    order = np.argsort(key_b, kind="stable")
    key_b, row_b = key_b[order], row_b[order]
    first = np.searchsorted(key_b, key_a, side="left")
    count = np.searchsorted(key_b, key_a, side="right") - first
    i = np.repeat(row_a, count)
    at = np.repeat(first, count) + np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    j = row_b[at]
    meets = (np.minimum(wide[i, 2:], b[j, 2:]) >= np.maximum(wide[i, :2], b[j, :2])).all(axis=1)
    unique = np.unique(i[meets] * np.int64(len(b)) + j[meets])
    return unique // len(b), unique % len(b)


def _cell_size(a: Array, b: Array) -> float:
    """Return a grid width for two sets of boxes: a typical box, and few cells even where some boxes are huge."""
    size = np.vstack([a[:, 2:] - a[:, :2], b[:, 2:] - b[:, :2]])
    size = size[np.isfinite(size).all(axis=1)]
    if not len(size):
        return 0.0
    cell = max(float(np.percentile(size[:, 0], 80)), 1.0)
    while ((size[:, 0] / cell + 1.0) * (size[:, 1] / cell + 1.0)).sum() > 8.0 * len(size) + 4096.0:
        cell *= 1.5
    return cell


def _cells(boxes: Array, west: float, south: float, cell: float) -> tuple[Array, Array]:
    """Return (cell key, box number) for every grid cell that a box touches."""
    rows = np.nonzero(np.isfinite(boxes).all(axis=1))[0]
    low_x = np.floor((boxes[rows, 0] - west) / cell).astype(np.int64)
    low_y = np.floor((boxes[rows, 1] - south) / cell).astype(np.int64)
    wide = np.floor((boxes[rows, 2] - west) / cell).astype(np.int64) - low_x + 1
    high = np.floor((boxes[rows, 3] - south) / cell).astype(np.int64) - low_y + 1
    work = wide * high
    owner = np.repeat(np.arange(len(rows)), work)
    inner = np.arange(int(work.sum())) - np.repeat(np.cumsum(work) - work, work)
    x = low_x[owner] + inner % wide[owner]
    y = low_y[owner] + inner // wide[owner]
    return x * np.int64(2**31) + y, rows[owner]
