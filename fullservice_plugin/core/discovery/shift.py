# SPDX-License-Identifier: GPL-2.0-or-later
"""The local displacement between two footprint sources.

Sources drawn from different imagery sit metres apart, differently from place to place. Every pair of alike
footprints within reach votes for a displacement; a vote counts by how many votes near it, in place and in
displacement, say the same. So the shift is found also where rows of equal houses make the nearest one
wrong, and where it changes from one block to the next.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.footprints import Footprints, near_pairs

REACH = 15.0  # m, the largest displacement looked for
_LIKE = 0.5  # likeness of two footprints from which they vote
_PLACE, _OFFSET = 200.0, 1.5  # m, over which votes of one place, and of one displacement, support each other
_NEIGHBOURS = 12  # votes asked around a building
_RADIUS = 300.0  # m, how far votes count as local
_LEAST = 3  # votes that must agree before a building's own vote counts
_PRIOR = 1.0  # votes of "no displacement" that a place starts with
_SETTLED = 6  # votes from which the prior no longer counts
_SMALL = 0.35  # votes that a displacement is worth less per metre: of two equal ones the smaller wins


def local_shift(existing: Footprints, candidates: Footprints) -> tuple[Array, Array]:
    """Return (dx, dy) in metres per candidate footprint that moves it onto the existing source."""
    n = len(candidates)
    i, j = near_pairs(existing.bounds, candidates.bounds, REACH)
    offset = existing.centroid[i] - candidates.centroid[j]
    keep = (_alike(existing, candidates, i, j) > _LIKE) & (np.hypot(offset[:, 0], offset[:, 1]) <= REACH)
    j, offset = j[keep], offset[keep]
    if not len(j):
        return np.zeros(n), np.zeros(n)
    support = _support(candidates.centroid[j], offset)
    worth = support - _SMALL * np.hypot(offset[:, 0], offset[:, 1])
    order = np.lexsort((-worth, j))
    first = np.ones(len(order), dtype=bool)
    first[1:] = j[order][1:] != j[order][:-1]
    vote = order[first]
    shift = _agreed(candidates, j[vote], offset[vote], support[vote])
    return shift[:, 0], shift[:, 1]


def _support(place: Array, offset: Array) -> Array:
    """Return how many votes near each one, itself included, say the same."""
    points = np.hstack([place / _PLACE, offset / _OFFSET])
    return np.asarray(cKDTree(points).query_ball_point(points, 1.0, return_length=True), dtype=float)


def _agreed(candidates: Footprints, voter: Array, offset: Array, support: Array) -> Array:
    """Return per candidate the mean of the votes around it that agree with its own, or with their median."""
    result = np.zeros((len(candidates), 2))
    wanted = np.nonzero(candidates.area > 0)[0]
    sure = support >= _LEAST
    if not sure.any():
        sure = np.ones(len(voter), dtype=bool)
    own = np.full((len(candidates), 2), np.nan)
    own[voter[sure]] = offset[sure]
    known, values = voter[sure], np.vstack([offset[sure], [[np.nan, np.nan]]])
    _, at = cKDTree(candidates.centroid[known]).query(
        candidates.centroid[wanted], k=min(_NEIGHBOURS, len(known) + 1), distance_upper_bound=_RADIUS
    )
    local = values[np.minimum(at.reshape(len(wanted), -1), len(known))]
    some = np.isfinite(local[:, :, 0]).any(axis=1)
    wanted, local = wanted[some], local[some]
    middle = np.nanmedian(local, axis=1)
    mine = np.where(np.isfinite(own[wanted]), own[wanted], middle)
    # among equal houses a new one votes for its neighbour: its own vote needs winning votes beside it
    reference = np.where((_near(local, mine).sum(axis=1) >= _LEAST)[:, None], mine, middle)
    near = _near(local, reference)
    count = near.sum(axis=1)
    total = np.where(near[:, :, None], local, 0.0).sum(axis=1)
    weight = np.where(count >= _SETTLED, 1.0, count / (count + _PRIOR)) / np.maximum(count, 1)
    result[wanted] = total * weight[:, None]
    return result


def _near(local: Array, reference: Array) -> Array:
    """Tell which of the votes around each building agree with its reference."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.hypot(*np.moveaxis(local - reference[:, None, :], 2, 0)) <= _OFFSET)


def _alike(a: Footprints, b: Footprints, i: Array, j: Array) -> Array:
    """Return how alike two footprints are, 0–1, by area and second moments (blind to position)."""
    small = np.minimum(a.area[i], b.area[j])
    large = np.maximum(np.maximum(a.area[i], b.area[j]), 1e-9)
    turn = np.abs(a.spread[i] - b.spread[j]).sum(axis=1)
    size = np.maximum(a.spread[i, :2].sum(axis=1) + b.spread[j, :2].sum(axis=1), 1e-9)
    return np.asarray((small / large) * np.maximum(0.0, 1.0 - 2.0 * turn / size))
