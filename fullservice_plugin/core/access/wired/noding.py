# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns street lines as they are in real data into straight segments that meet wherever the streets meet.

Shared vertices join. Streets that cross without a common vertex are cut there, except where bridge, tunnel or layer
say that they pass above each other. Ends that miss a street by less than the snapping distance get a short
connector. All coordinates are metres in one metric CRS, rounded to a millimetre.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fullservice_plugin.core.access.wired.jit import Array

PIECE = 30.0  # metres: about the longest piece, so that neighbours are found by their midpoints
TOUCH = 0.12  # metres: what lies nearer is one place to whoever reads the drawing
_OFF = 0.0123
_STEP = 8.0  # metres: neighbours of a point are looked for in pieces of this length


@dataclass
class Segments:
    """Straight pieces: ``start`` and ``end`` (m × 2, metres) and ``street`` (m, row of the street table)."""

    start: Array
    end: Array
    street: Array

    def __len__(self) -> int:
        return len(self.street)


def explode(geometries: list[Any], rows: list[int]) -> Segments:
    """Cut lines (shapely LineString or MultiLineString) into pieces of at most ``PIECE`` metres."""
    starts, ends, streets = [], [], []
    for geometry, row in zip(geometries, rows):
        for line in getattr(geometry, "geoms", [geometry]):
            xy = np.asarray(line.coords, dtype=np.float64)[:, :2]
            if len(xy) >= 2 and np.isfinite(xy).all():
                starts.append(xy[:-1])
                ends.append(xy[1:])
                streets.append(np.full(len(xy) - 1, row, dtype=np.int64))
    if not starts:
        return Segments(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0, dtype=np.int64))
    start, end, street = np.round(np.concatenate(starts), 3), np.round(np.concatenate(ends), 3), np.concatenate(streets)
    length = np.hypot(*(end - start).T)
    keep = length > 0
    start, end, street, length = start[keep], end[keep], street[keep], length[keep]
    count = np.maximum(1, np.ceil(length / PIECE)).astype(np.int64)
    of = np.repeat(np.arange(len(street)), count)
    step = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    # The cuts are a little off the even share, so that those of two streets at different levels never meet.
    a, b = (step + _OFF) / count[of], (step + 1 + _OFF) / count[of]
    delta = end - start
    first = np.where((step == 0)[:, None], start[of], np.round(start[of] + a[:, None] * delta[of], 3))
    last = np.where((step + 1 == count[of])[:, None], end[of], np.round(start[of] + b[:, None] * delta[of], 3))
    return Segments(first, last, street[of])


def cut(segments: Segments, piece: Array, share: Array, xy: Array) -> Segments:
    """Cut piece number ``piece[k]`` at ``xy[k]``, which lies at ``share[k]`` (0–1) of its length."""
    m = len(segments)
    which = np.concatenate([np.arange(m), piece, np.arange(m)])
    at = np.concatenate([np.zeros(m), np.clip(share, 0.0, 1.0), np.ones(m)])
    kind = np.concatenate([np.zeros(m), np.ones(len(piece)), np.full(m, 2)])
    points = np.concatenate([segments.start, np.round(xy, 3).reshape(-1, 2), segments.end])
    order = np.lexsort((kind, at, which))
    which, points = which[order], points[order]
    same = which[1:] == which[:-1]
    start, end, street = points[:-1][same], points[1:][same], segments.street[which[:-1][same]]
    moved = (start != end).any(axis=1)
    return Segments(start[moved], end[moved], street[moved])


def project(points: Array, start: Array, end: Array) -> tuple[Array, Array, Array]:
    """Nearest point of each segment to each point (arrays broadcast): (share 0–1, xy, distance in metres)."""
    delta = end - start
    square = (delta ** 2).sum(axis=-1)
    share = ((points - start) * delta).sum(axis=-1) / np.where(square > 0, square, 1.0)
    share = np.clip(share, 0.0, 1.0)
    xy = start + share[..., None] * delta
    return share, xy, np.hypot(points[..., 0] - xy[..., 0], points[..., 1] - xy[..., 1])


def near(points: Array, start: Array, end: Array, reach: float) -> tuple[Array, Array, Array, Array, Array]:
    """Pairs of a point and a segment at most ``reach`` metres apart: point, segment, share, xy on it, distance."""
    length = np.hypot(*(end - start).T)
    count = np.maximum(1, np.ceil(length / _STEP)).astype(np.int64)
    which = np.repeat(np.arange(len(count)), count)
    step = (np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[which]
    middle = start[which] + step[:, None] * (end - start)[which]
    found = cKDTree(points).sparse_distance_matrix(cKDTree(middle), reach + _STEP / 2, output_type="ndarray")
    pair = np.unique(found["i"].astype(np.int64) * len(count) + which[found["j"]])
    point, segment = pair // len(count), pair % len(count)
    share, xy, far = project(points[point], start[segment], end[segment])
    close = far <= reach
    return point[close], segment[close], share[close], xy[close], far[close]


def components(n: int, tails: Array, heads: Array) -> tuple[int, Array]:
    """Number of connected parts, and the part of each of n nodes."""
    matrix = coo_matrix((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(n, n))
    count, label = connected_components(matrix, directed=False)
    return int(count), label.astype(np.int64)


def touch(segments: Segments, loose: Array, apart: Array) -> Segments:
    """Join what touches: ends within 12 cm become one, and a piece is cut where an end of another lies on it.

    Only where at least one of the two is ``loose`` (mask of pieces): streets keep the joints they have. Pieces
    ``apart`` (bridges, tunnels) stay by themselves. A drawing cannot tell such places apart, so the design must not.
    """
    xy, first, last = number(segments)
    free = np.zeros(len(xy), dtype=bool)
    free[first[loose]] = free[last[loose]] = True
    pairs = cKDTree(xy).query_pairs(TOUCH, output_type="ndarray")
    high = np.zeros(len(xy), dtype=bool)
    high[first[apart]] = high[last[apart]] = True
    pairs = pairs[(free[pairs[:, 0]] | free[pairs[:, 1]]) & ~high[pairs].any(axis=1)]
    _, label = components(len(xy), pairs[:, 0], pairs[:, 1])
    order = np.lexsort((free, label))  # the place of a street's end is kept
    leader = np.zeros(len(xy), dtype=np.int64)
    leader[label[order][::-1]] = order[::-1]
    xy = xy[leader[label]]
    moved = Segments(xy[first], xy[last], segments.street)
    point, piece, share, _, _ = near(xy, moved.start, moved.end, TOUCH)
    inner = np.hypot(*(xy[point] - moved.start[piece]).T) > TOUCH
    inner &= np.hypot(*(xy[point] - moved.end[piece]).T) > TOUCH
    inner &= (free[point] | loose[piece]) & ~high[point] & ~apart[piece]
    return cut(moved, piece[inner], share[inner], xy[point[inner]])


def cross(segments: Segments, level: Array) -> Segments:
    """Cut pieces of the same ``level`` (m, one integer per piece) where they cross or touch."""
    if len(segments) < 2:
        return segments
    middle = (segments.start + segments.end) / 2
    longest = float(np.hypot(*(segments.end - segments.start).T).max())
    pairs = cKDTree(middle).query_pairs(longest + 0.002, output_type="ndarray")
    if not len(pairs):
        return segments
    pairs = pairs[level[pairs[:, 0]] == level[pairs[:, 1]]]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    p, r = segments.start[pairs[:, 0]], (segments.end - segments.start)[pairs[:, 0]]
    q, s = segments.start[pairs[:, 1]], (segments.end - segments.start)[pairs[:, 1]]
    det = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    parallel = np.abs(det) < 1e-9 * np.maximum(1e-12, np.hypot(*r.T) * np.hypot(*s.T))
    det = np.where(parallel, 1.0, det)
    gap = q - p
    t = (gap[:, 0] * s[:, 1] - gap[:, 1] * s[:, 0]) / det
    u = (gap[:, 0] * r[:, 1] - gap[:, 1] * r[:, 0]) / det
    slack_t, slack_u = 0.002 / np.hypot(*r.T), 0.002 / np.hypot(*s.T)  # 2 mm: the rounding of both ends
    hit = ~parallel & (t >= -slack_t) & (t <= 1 + slack_t) & (u >= -slack_u) & (u <= 1 + slack_u)
    t, u, r, p, s, q = t[hit], u[hit], r[hit], p[hit], s[hit], q[hit]
    first, second = pairs[hit, 0], pairs[hit, 1]
    xy = _own_end(p + t[:, None] * r, p, p + r)
    xy = _own_end(xy, q, q + s)
    return cut(segments, np.concatenate([first, second]), np.concatenate([t, u]), np.concatenate([xy, xy]))


def _own_end(xy: Array, start: Array, end: Array) -> Array:
    """Move a crossing onto an end that lies within 2 mm."""
    for point in (start, end):
        near = np.hypot(*(xy - point).T) <= 0.002
        xy = np.where(near[:, None], point, xy)
    return xy


def snap(segments: Segments, level: Array, distance: float) -> Segments:
    """Join dangling ends to the nearest other piece of the same level within ``distance`` metres."""
    if distance <= 0 or not len(segments):
        return segments
    nodes, first, last = number(segments)
    degree = np.bincount(np.concatenate([first, last]), minlength=len(nodes))
    tree = cKDTree((segments.start + segments.end) / 2)
    longest = float(np.hypot(*(segments.end - segments.start).T).max())
    own = np.full(len(nodes), -1, dtype=np.int64)
    own[first], own[last] = np.arange(len(first)), np.arange(len(last))
    piece, share, points, links = [], [], [], []
    for node in np.flatnonzero(degree == 1):
        mine = own[node]
        near = np.array(sorted(tree.query_ball_point(nodes[node], longest / 2 + distance)), dtype=np.int64)
        near = near[(level[near] == level[mine]) & (first[near] != node) & (last[near] != node)]
        shared = {first[mine], last[mine]} - {node}
        near = near[[first[k] not in shared and last[k] not in shared for k in near]] if len(near) else near
        if not len(near):
            continue
        at, xy, far = project(nodes[node], segments.start[near], segments.end[near])
        best = int(np.argmin(far))
        if far[best] <= distance:
            piece.append(near[best])
            share.append(at[best])
            points.append(np.round(xy[best], 3))
            links.append((nodes[node], np.round(xy[best], 3), segments.street[mine]))
    if not piece:
        return segments
    joined = cut(segments, np.array(piece), np.array(share), np.array(points))
    links = [link for link in links if (link[0] != link[1]).any()]
    if not links:
        return joined
    return Segments(np.concatenate([joined.start, [link[0] for link in links]]),
                    np.concatenate([joined.end, [link[1] for link in links]]),
                    np.concatenate([joined.street, np.array([link[2] for link in links], dtype=np.int64)]))


def number(segments: Segments, extra: Optional[Array] = None) -> tuple[Array, Array, Array]:
    """Number the end points: (node coordinates n × 2, first node and last node of each piece)."""
    points = np.concatenate([segments.start, segments.end] + ([extra] if extra is not None else []))
    keys = np.round(points * 1000).astype(np.int64)
    _, index, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    m = len(segments)
    return points[index], inverse[:m], inverse[m:2 * m]
