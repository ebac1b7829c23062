# SPDX-License-Identifier: GPL-2.0-or-later
"""The routes of a design as a graph rebuilt from nothing but their geometry."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

Array = NDArray[Any]
JOIN = 0.1
"""Two route points closer than this (metres) are one: layers are stored with rounded coordinates."""
ATTACH = 0.5
"""A node or box may stand this far (metres) from the route that reaches it."""
_PIECE = 40.0
"""Segments are cut to at most this length (metres) so that a point finds the segments near it."""


class RouteGraph:
    """An undirected graph: routes cut wherever routes touch each other or a given place touches them.

    ``lines`` are the coordinates of each route row's lines; ``places`` (n × 2, metres) are the nodes.
    ``place_vertex[i]`` is the graph vertex of place i, or −1 if no route comes within ``ATTACH``.
    ``tail``, ``head``, ``length`` and ``route`` (row of the route) describe the edges.
    """

    def __init__(self, lines: Sequence[Sequence[Array]], places: Array) -> None:
        start, end, route = _pieces(lines)
        self.route = np.zeros(0, dtype=int)
        self.tail = self.head = self.route
        self.length = np.zeros(0)
        self.place_vertex = np.full(len(places), -1, dtype=int)
        if not len(start):
            return
        corners = np.unique(np.round(np.vstack([start, end]), 3), axis=0)
        cuts = _touches(start, end, np.vstack([corners, places]) if len(places) else corners, len(corners))
        points, tail, head, owner = _split(start, end, route, cuts)
        vertex, count = _merge(points)
        self.tail, self.head, self.route = vertex[tail], vertex[head], owner
        self.length = np.hypot(*(points[tail] - points[head]).T)
        keep = self.tail != self.head
        self.tail, self.head = self.tail[keep], self.head[keep]
        self.route, self.length = self.route[keep], self.length[keep]
        centre = np.zeros((count, 2))
        centre[vertex] = points
        if len(places):
            distance, nearest = cKDTree(centre).query(places)
            self.place_vertex = np.where(distance <= ATTACH, nearest, -1)
        self.count = count

    count = 0

    def is_forest(self) -> bool:
        """Tell whether there is at most one way between any two vertices (parallel routes count as one)."""
        pairs = np.unique(np.sort(np.column_stack([self.tail, self.head]), axis=1), axis=0)
        if not len(pairs):
            return True
        graph = csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(self.count, self.count))
        components, _ = connected_components(graph, directed=False)
        return len(pairs) == self.count - int(components)

    def paths(self, source: int, targets: Sequence[int]) -> dict[int, tuple[float, list[tuple[int, int]]]]:
        """Return per reachable target the length (metres) of the shortest way and its vertex pairs."""
        if not self.count:
            return {target: (0.0, []) for target in targets if target == source >= 0}
        distance, before = dijkstra(self._matrix(), directed=False, indices=source, return_predecessors=True)
        found: dict[int, tuple[float, list[tuple[int, int]]]] = {}
        for target in targets:
            if target < 0 or not np.isfinite(distance[target]):
                continue
            steps: list[tuple[int, int]] = []
            here = int(target)
            while here != source:
                steps.append((int(before[here]), here))
                here = int(before[here])
            found[int(target)] = (float(distance[target]), steps)
        return found

    def rows_between(self) -> dict[tuple[int, int], set[int]]:
        """Return the route rows that run between each pair of neighbouring vertices (smaller first)."""
        rows: dict[tuple[int, int], set[int]] = {}
        for a, b, row in zip(self.tail.tolist(), self.head.tolist(), self.route.tolist()):
            rows.setdefault((min(a, b), max(a, b)), set()).add(row)
        return rows

    _cached: Optional[csr_matrix] = None

    def _matrix(self) -> csr_matrix:
        if self._cached is None:
            order = np.lexsort((-self.length, np.maximum(self.tail, self.head), np.minimum(self.tail, self.head)))
            low = np.minimum(self.tail, self.head)[order]
            high = np.maximum(self.tail, self.head)[order]
            last = np.ones(len(order), dtype=bool)  # of parallel edges keep the shortest, which sorts last
            last[:-1] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
            data = np.maximum(self.length[order][last], 1e-9)
            self._cached = csr_matrix((data, (low[last], high[last])), shape=(self.count, self.count))
        return self._cached


def _pieces(lines: Sequence[Sequence[Array]]) -> tuple[Array, Array, Array]:
    """Cut all lines into straight pieces of at most ``_PIECE`` metres."""
    starts: list[Array] = []
    ends: list[Array] = []
    owners: list[Array] = []
    for row, members in enumerate(lines):
        for coords in members:
            for a, b in zip(coords[:-1], coords[1:]):
                count = max(1, int(np.ceil(np.hypot(*(b - a)) / _PIECE)))
                steps = np.linspace(0.0, 1.0, count + 1)[:, None]
                corner = a + steps * (b - a)
                starts.append(corner[:-1])
                ends.append(corner[1:])
                owners.append(np.full(count, row))
    if not starts:
        return np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0, dtype=int)
    return np.vstack(starts), np.vstack(ends), np.concatenate(owners)


def _touches(start: Array, end: Array, points: Array, strict: int) -> dict[int, list[float]]:
    """Return, per piece, where (0–1 along it) a point touches its inside.

    The first ``strict`` points touch within ``JOIN``, the others within ``ATTACH``; the latter only cut
    the piece that is nearest to them, and none if a corner is near enough.
    """
    middle = cKDTree((start + end) / 2.0)
    near = middle.query_ball_point(points, _PIECE / 2.0 + ATTACH)
    cuts: dict[int, list[float]] = {}
    for number, pieces in enumerate(near):
        if not pieces:
            continue
        index = np.asarray(pieces)
        a, d = start[index], end[index] - start[index]
        square = np.maximum((d * d).sum(axis=1), 1e-12)
        t = np.clip(((points[number] - a) * d).sum(axis=1) / square, 0.0, 1.0)
        gap = np.hypot(*(points[number] - a - t[:, None] * d).T)
        size = np.sqrt(square)
        inside = (t * size > JOIN) & ((1.0 - t) * size > JOIN)
        if number < strict:
            chosen = np.flatnonzero(inside & (gap <= JOIN))
        else:
            best = int(np.argmin(gap))
            chosen = np.asarray([best]) if gap[best] <= ATTACH and inside[best] else np.zeros(0, dtype=int)
        for k in chosen:
            cuts.setdefault(int(index[k]), []).append(float(t[k]))
    return cuts


def _split(start: Array, end: Array, route: Array, cuts: dict[int, list[float]]) -> tuple[Array, Array, Array, Array]:
    """Return points and the edges between them after cutting the pieces."""
    points: list[Array] = []
    tails: list[int] = []
    heads: list[int] = []
    owner: list[int] = []
    for piece in range(len(start)):
        shares = [0.0, *sorted(cuts.get(piece, [])), 1.0]
        first = len(points)
        points.extend(start[piece] + share * (end[piece] - start[piece]) for share in shares)
        for k in range(len(shares) - 1):
            tails.append(first + k)
            heads.append(first + k + 1)
            owner.append(int(route[piece]))
    return np.asarray(points), np.asarray(tails), np.asarray(heads), np.asarray(owner)


def _merge(points: Array) -> tuple[Array, int]:
    """Return one vertex number per point; points within ``JOIN`` share it."""
    pairs = cKDTree(points).query_pairs(JOIN, output_type="ndarray")
    ones = np.ones(len(pairs))
    graph = csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    count, vertex = connected_components(graph, directed=False)
    return vertex, int(count)
