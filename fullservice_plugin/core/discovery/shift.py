# SPDX-License-Identifier: GPL-2.0-or-later
"""The local displacement between two footprint sources.

Sources drawn from different imagery sit metres apart, differently from place to place. Every pair of
alike footprints within reach votes for a displacement; the fullest spot of the votes near a building is
its displacement. Voting finds the shift also where rows of equal houses make the nearest one wrong.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.footprints import Footprints, near_pairs, overlap_areas

REACH = 15.0  # m, the largest displacement looked for
_NEIGHBOURS = 24  # votes asked around a building
_RADIUS = 300.0  # m, how far votes count as local
_BIN = 1.5  # m, width of a vote's spot
_CELL = 400.0  # m, cell in which the fullest spot is found
_PRIOR = 1.5  # votes of "no displacement" that a place starts with


def local_shift(existing: Footprints, candidates: Footprints) -> tuple[Array, Array]:
    """Return (dx, dy) in metres per candidate footprint that moves it onto the existing source."""
    n = len(candidates)
    i, j = near_pairs(existing.bounds, candidates.bounds, REACH)
    alike = _alike(existing, candidates, i, j)
    i, j, alike = i[alike > 0.5], j[alike > 0.5], alike[alike > 0.5]
    if not len(i):
        return np.zeros(n), np.zeros(n)
    offset = existing.centroid[i] - candidates.centroid[j]
    near = np.hypot(offset[:, 0], offset[:, 1]) <= REACH
    i, j, alike, offset = i[near], j[near], alike[near], offset[near]
    if not len(i):
        return np.zeros(n), np.zeros(n)
    coarse = _fullest_spots(candidates.centroid[j], offset, alike)
    # the pair nearest to its cell's spot is the vote of a building; refine by the median of neighbours
    distance = np.hypot(*(offset - coarse).T)
    order = np.lexsort((distance, j))
    first = np.ones(len(order), dtype=bool)
    first[1:] = j[order][1:] != j[order][:-1]
    vote = order[first]
    vote = vote[distance[vote] <= 2.0 * _BIN]
    if not len(vote):
        return np.zeros(n), np.zeros(n)
    tree = cKDTree(candidates.centroid[j[vote]])
    wanted = np.nonzero(candidates.area > 0)[0]
    far, at = tree.query(candidates.centroid[wanted], k=_NEIGHBOURS, distance_upper_bound=_RADIUS)
    values = np.vstack([offset[vote], [[np.nan, np.nan]]])
    dx, dy = np.zeros(n), np.zeros(n)
    for target, axis in ((dx, 0), (dy, 1)):
        local = values[np.minimum(at, len(vote)), axis]
        count = np.isfinite(local).sum(axis=1)
        some = count > 0
        median = np.zeros(len(wanted))
        median[some] = np.nanmedian(local[some], axis=1)
        target[wanted] = median * count / (count + _PRIOR)
    return dx, dy


def _alike(a: Footprints, b: Footprints, i: Array, j: Array) -> Array:
    """Return how alike two footprints are, 0–1, by area and second moments (blind to position)."""
    small = np.minimum(a.area[i], b.area[j])
    large = np.maximum(np.maximum(a.area[i], b.area[j]), 1e-9)
    turn = np.abs(a.spread[i] - b.spread[j]).sum(axis=1)
    size = np.maximum(a.spread[i, :2].sum(axis=1) + b.spread[j, :2].sum(axis=1), 1e-9)
    return np.asarray((small / large) * np.maximum(0.0, 1.0 - 2.0 * turn / size))


def _fullest_spots(position: Array, offset: Array, weight: Array) -> Array:
    """Return for each vote the displacement at the fullest spot of its cell, shrunk towards none."""
    cell = np.floor(position / _CELL).astype(np.int64)
    _, number = np.unique(cell[:, 0] * np.int64(2**31) + cell[:, 1], return_inverse=True)
    cells = int(number.max()) + 1
    width = int(2 * REACH / _BIN) + 1
    bx = np.clip(((offset[:, 0] + REACH) / _BIN).round().astype(int), 0, width - 1)
    by = np.clip(((offset[:, 1] + REACH) / _BIN).round().astype(int), 0, width - 1)
    middle = width // 2
    result = np.zeros((cells, 2))
    order = np.argsort(number, kind="stable")
    bounds = np.searchsorted(number[order], np.arange(cells + 1))
    for k in range(cells):
        rows = order[bounds[k] : bounds[k + 1]]
        votes = np.zeros((width + 2, width + 2))
        np.add.at(votes, (bx[rows] + 1, by[rows] + 1), weight[rows])
        full: Array = np.zeros((width, width))
        for s, t in ((s, t) for s in (-1, 0, 1) for t in (-1, 0, 1)):
            full += votes[1 + s : width + 1 + s, 1 + t : width + 1 + t]
        full[middle, middle] += _PRIOR
        spot = np.unravel_index(int(np.argmax(full)), full.shape)
        result[k] = (spot[0] * _BIN - REACH, spot[1] * _BIN - REACH)
        close = np.hypot(*(offset[rows] - result[k]).T) <= 1.5 * _BIN
        if close.any():
            result[k] = np.median(offset[rows][close], axis=0)
    return result[number]


def mutual_overlap(a: Footprints, b: Footprints) -> float:
    """Return which share of the footprints of ``a`` meets one of ``b`` (0–1)."""
    i, j = near_pairs(a.bounds, b.bounds, 0.0)
    met = np.unique(i[overlap_areas(a, b, i, j) > 0.0])
    return len(met) / max(int((a.area > 0).sum()), 1)
