# SPDX-License-Identifier: GPL-2.0-or-later
"""The footprint that holds or is nearest to a point, for many points at once."""

from __future__ import annotations

import numpy as np

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.footprints import Footprints, near_pairs


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
    count = np.diff(footprints.start)[row]
    pair = np.repeat(np.arange(len(row)), count)
    edge = np.repeat(footprints.start[row], count) + np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    x0, y0, x1, y1 = footprints.edges[edge, :4].T
    px, py = x[pair], y[pair]
    dx, dy = x1 - x0, y1 - y0
    length2 = np.maximum(dx * dx + dy * dy, 1e-12)
    along = np.clip(((px - x0) * dx + (py - y0) * dy) / length2, 0.0, 1.0)
    apart = np.hypot(px - x0 - along * dx, py - y0 - along * dy)
    result = np.full(len(row), np.inf)
    np.minimum.at(result, pair, apart)
    crossing = ((y0 > py) != (y1 > py)) & (px < dx * (py - y0) / np.where(dy == 0, 1.0, dy) + x0)
    inside = np.bincount(pair, weights=crossing, minlength=len(row)).astype(int) % 2 == 1
    return np.where(inside, 0.0, result)
