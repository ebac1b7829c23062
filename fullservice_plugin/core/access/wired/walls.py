# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways along the walls: outer walls of buildings that stand wall to wall, or nearly so, as pieces a cable may follow.

A house in a terrace or an urban village (城中村) is reached from its neighbour along the facade for a fraction of the
price of a trench. Party walls are no way; a gap between two buildings is bridged where it is at most the given
distance. Everything is arrays over all corners of all outlines.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.noding import components, near, project

_PARTY = 0.4  # metres: a wall this near to another building is no facade
_SAME = 0.15  # metres: corners this near are one


@dataclass(frozen=True)
class Walls:
    """Straight pieces ``start``, ``end`` (m × 2, metres); ``row`` building whose wall it is (−1: across a gap).

    ``facade`` (n × 2): the given facade points, moved onto a corner where one lies within 15 cm.
    """

    start: Array
    end: Array
    row: Array
    facade: Array


@dataclass
class _Rings:
    """Outlines laid end to end: ``xy`` corners, ``owner`` (number in ``rows``), ``at`` metres along the outline,
    ``length`` of the edge that starts here; per outline ``around`` metres and ``first`` corner."""

    xy: Array
    owner: Array
    at: Array
    length: Array
    around: Array
    first: Array

    @property
    def end(self) -> Array:
        """The corner after each corner."""
        after = np.arange(1, len(self.xy) + 1)
        after[np.append(self.first[1:], len(self.xy)) - 1] = self.first
        found: Array = self.xy[after]
        return found


def wall_ways(shapes: Sequence[Any], facade: Array, gap: float) -> Walls:
    """Ways along the walls of ``shapes`` (polygons, or None where no cable may follow).

    ``facade`` (n × 2): where each is entered, NaN where it is not; ``gap`` metres, 0 joins only what touches.
    """
    none = np.zeros((0, 2))
    rows = [i for i, shape in enumerate(shapes)
            if shape is not None and "Polygon" in shape.geom_type and not shape.is_empty]
    facade = np.array(facade, dtype=np.float64)
    if len(rows) < 2:
        return Walls(none, none, np.zeros(0, dtype=np.int64), facade)
    rings = _rings([shapes[i] for i in rows])
    door = _doors(rings, facade[rows])
    owner, at, xy, links = _contacts(rings, door, max(gap, _SAME))
    known = np.flatnonzero(~np.isnan(door))
    doors = facade[np.asarray(rows)[known]]
    points = np.concatenate([rings.xy, xy, doors])
    owners = np.concatenate([rings.owner, owner, known])
    along = np.concatenate([rings.at, at, door[known]])
    place = _merged(points)
    order = np.lexsort((along, owners))
    nxt = np.roll(order, -1)
    last = np.flatnonzero(owners[order] != owners[nxt])
    nxt[last] = order[np.append(0, last[:-1] + 1)] if len(last) else order[0]
    tail, head, row = place[order], place[nxt], np.asarray(rows, dtype=np.int64)[owners[order]]
    free = (tail != head) & ~_party(rings, owners[order], (points[tail] + points[head]) / 2)
    tail, head, row = tail[free], head[free], row[free]
    base = len(rings.xy)
    bridge = np.array([place[base + links[:, 0]], place[base + links[:, 1]]]).T
    bridge = bridge[bridge[:, 0] != bridge[:, 1]]
    tail, head = np.concatenate([tail, bridge[:, 0]]), np.concatenate([head, bridge[:, 1]])
    row = np.concatenate([row, np.full(len(bridge), -1, dtype=np.int64)])
    entry = place[base + len(xy):]
    kept = _useful(len(points), tail, head, entry)
    facade[np.asarray(rows)[known]] = points[entry]
    return Walls(points[tail[kept]], points[head[kept]], row[kept], facade)


def _rings(shapes: list[Any]) -> _Rings:
    """The outer ring of each shape's largest part."""
    rings = []
    for shape in shapes:
        part = max(shape.geoms, key=lambda one: one.area) if hasattr(shape, "geoms") else shape
        ring = np.round(np.asarray(part.exterior.coords, dtype=np.float64)[:, :2], 3)
        rings.append(ring[:-1][(ring[1:] != ring[:-1]).any(axis=1)])
    count = np.array([len(ring) for ring in rings])
    first = np.cumsum(count) - count
    found = _Rings(np.concatenate(rings), np.repeat(np.arange(len(rings)), count), np.zeros(0), np.zeros(0),
                   np.zeros(0), first)
    found.length = np.hypot(*(found.end - found.xy).T)
    total = np.cumsum(found.length)
    before = total - found.length
    found.at = before - before[first][found.owner]
    found.around = np.add.reduceat(found.length, first)
    return found


def _doors(rings: _Rings, facade: Array) -> Array:
    """Metres along the outline at which each building is entered; NaN where it is not."""
    share, _, far = project(facade[rings.owner], rings.xy, rings.end)
    far = np.where(np.isnan(far), np.inf, far)
    order = np.lexsort((far, rings.owner))
    best = order[rings.first]
    return np.where(np.isfinite(far[best]), rings.at[best] + share[best] * rings.length[best], np.nan)


def _contacts(rings: _Rings, door: Array, gap: float) -> tuple[Array, Array, Array, Array]:
    """Where outlines meet: points on them (owner, metres along, xy), and which two of these points are joined.

    Each pair of buildings is joined once, where the way from door to door is shortest.
    """
    corner, edge, share, xy, far = near(rings.xy, rings.xy, rings.end, gap)
    a, b = rings.owner[corner], rings.owner[edge]
    other = (a != b) & ~np.isnan(door[a]) & ~np.isnan(door[b])
    corner, edge, share, xy, far, a, b = (x[other] for x in (corner, edge, share, xy, far, a, b))
    at_b = rings.at[edge] + share * rings.length[edge]
    way = _arc(rings, a, rings.at[corner], door[a]) + _arc(rings, b, at_b, door[b]) + far
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((edge, corner, np.round(way, 3), high, low))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    best = order[first]
    m = len(best)
    cut = np.flatnonzero(far <= _PARTY)  # so that a party wall and a facade are never one piece
    owner = np.concatenate([a[best], b[best], b[cut]])
    along = np.concatenate([rings.at[corner[best]], at_b[best], at_b[cut]])
    points = np.round(np.concatenate([rings.xy[corner[best]], xy[best], xy[cut]]), 3)
    return owner, along, points, np.array([np.arange(m), m + np.arange(m)]).T


def _arc(rings: _Rings, owner: Array, one: Array, two: Array) -> Array:
    """Metres along the outline between two places on it, the shorter way round."""
    apart = np.abs(one - two)
    shorter: Array = np.minimum(apart, np.maximum(rings.around[owner] - apart, 0.0))
    return shorter


def _merged(points: Array) -> Array:
    """For each point the number of the first point that is one with it."""
    pairs = cKDTree(points).query_pairs(_SAME, output_type="ndarray")
    _, label = components(len(points), pairs[:, 0], pairs[:, 1])
    _, first = np.unique(label, return_index=True)
    found: Array = first[label].astype(np.int64)
    return found


def _party(rings: _Rings, owner: Array, middle: Array) -> Array:
    """Whether the middle of a piece lies at another building's outline."""
    point, edge, _, _, _ = near(middle, rings.xy, rings.end, _PARTY)
    found = np.zeros(len(middle), dtype=bool)
    found[point[rings.owner[edge] != owner[point]]] = True
    return found


def _useful(n: int, tail: Array, head: Array, entry: Array) -> Array:
    """Pieces on a way between two doors: dead ends and parts with one door are cut."""
    alive = np.ones(len(tail), dtype=bool)
    door = np.zeros(n, dtype=bool)
    door[entry] = True
    while True:
        degree = np.bincount(np.concatenate([tail[alive], head[alive]]), minlength=n)
        dead = (degree == 1) & ~door
        cut = alive & (dead[tail] | dead[head])
        if not cut.any():
            break
        alive &= ~cut
    _, label = components(n, tail[alive], head[alive])
    doors = np.bincount(label[np.unique(entry)], minlength=int(label.max()) + 1)
    return np.flatnonzero(alive & (doors[label[tail]] > 1))
