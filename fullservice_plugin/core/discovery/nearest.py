# SPDX-License-Identifier: GPL-2.0-or-later
"""The footprint that holds or is nearest to a point, for many points at once."""

from __future__ import annotations

import numpy as np

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.boxes import near_pairs
from fullservice_plugin.core.discovery.footprints import Footprints
from fullservice_plugin.core.discovery.threads import in_threads


def nearest_footprints(footprints: Footprints, x: Array, y: Array, reach: float) -> tuple[Array, Array]:
    """Return (row, distance in m) of the nearest footprint per point; row −1 and infinity beyond ``reach``.

    Inside a footprint the distance is 0; of several that hold the point the smallest wins.
    """
    row = np.full(len(x), -1)
    distance = np.full(len(x), np.inf)
    points = np.column_stack([x, y, x, y])
    i, j = near_pairs(points, footprints.bounds, reach)
    if not len(i):
        return row, distance
    gap = point_distances(footprints, x[i], y[i], j)
    order = np.lexsort((footprints.area[j], gap, i))
    first = np.ones(len(order), dtype=bool)
    first[1:] = i[order][1:] != i[order][:-1]
    best = order[first]
    best = best[gap[best] <= reach]
    row[i[best]] = j[best]
    distance[i[best]] = gap[best]
    return row, distance


def point_distances(footprints: Footprints, x: Array, y: Array, row: Array) -> Array:
    """Return the distance in metres of each point to the footprint of its row; 0 inside."""
    count = footprints.start[row + 1] - footprints.start[row]
    pair = np.repeat(np.arange(len(row)), count)
    edge = np.repeat(footprints.start[row], count) + np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    x0, y0, x1, y1 = footprints.walls(edge, row[pair])
    px, py = x[pair], y[pair]
    dx, dy = x1 - x0, y1 - y0
    length2 = np.maximum(dx * dx + dy * dy, 1e-12)
    along = np.clip(((px - x0) * dx + (py - y0) * dy) / length2, 0.0, 1.0)
    apart = np.hypot(px - x0 - along * dx, py - y0 - along * dy)
    result = np.full(len(row), np.inf)
    some = np.nonzero(count)[0]
    if len(some):
        result[some] = np.minimum.reduceat(apart, (np.cumsum(count) - count)[some])
    crossing = ((y0 > py) != (y1 > py)) & (px < dx * (py - y0) / np.where(dy == 0, 1.0, dy) + x0)
    inside = np.bincount(pair, weights=crossing, minlength=len(row)).astype(int) % 2 == 1
    return np.where(inside, 0.0, result)


_CHUNK = 100_000  # vertex–edge pairs at once


def shortest_links(footprints: Footprints, i: Array, j: Array) -> tuple[Array, Array]:
    """Return the shortest link (rows x0, y0, x1, y1) between the walls of each pair of footprints, and its length.

    Measured from the corners of one to the walls of the other, both ways: exact unless they cross.
    """
    links, length = np.zeros((len(i), 4)), np.full(len(i), np.inf)
    count = np.diff(footprints.start)
    done = np.concatenate([[0], np.cumsum(count[i] * count[j])])
    cuts = [0]
    while cuts[-1] < len(i):
        at = cuts[-1]
        cuts.append(max(at + 1, int(np.searchsorted(done, done[at] + _CHUNK, side="right")) - 1))

    def closer(part: slice) -> None:
        for a, b in ((i[part], j[part]), (j[part], i[part])):
            _closer(footprints, a, b, links[part], length[part])

    in_threads(closer, [slice(first, last) for first, last in zip(cuts, cuts[1:])])
    return links, length


def _closer(footprints: Footprints, a: Array, b: Array, links: Array, length: Array) -> None:
    """Take over the links from corners of ``a`` to walls of ``b`` that are shorter than those known."""
    count_a = footprints.start[a + 1] - footprints.start[a]
    count_b = footprints.start[b + 1] - footprints.start[b]
    work = count_a * count_b
    pair = np.repeat(np.arange(len(a)), work)
    inner = np.arange(len(pair)) - np.repeat(np.cumsum(work) - work, work)
    corner = footprints.edges[footprints.start[a][pair] + inner // count_b[pair], :2] + footprints.base[a][pair]
    x0, y0, x1, y1 = footprints.walls(footprints.start[b][pair] + inner % count_b[pair], b[pair])
    dx, dy = x1 - x0, y1 - y0
    along = ((corner[:, 0] - x0) * dx + (corner[:, 1] - y0) * dy) / np.maximum(dx * dx + dy * dy, 1e-12)
    along = np.clip(along, 0.0, 1.0)
    fx, fy = x0 + along * dx, y0 + along * dy
    apart = np.hypot(corner[:, 0] - fx, corner[:, 1] - fy)
    first = np.cumsum(work) - work
    least = np.minimum.reduceat(apart, first)
    ties = np.nonzero(apart == least[pair])[0]
    best = ties[np.concatenate([[True], pair[ties][1:] != pair[ties][:-1]])]
    take = least < length
    length[take] = least[take]
    links[take] = np.column_stack([corner[best, 0], corner[best, 1], fx[best], fy[best]])[take]
