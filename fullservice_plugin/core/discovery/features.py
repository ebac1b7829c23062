# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured on a pair of footprints, and the fixed model that makes a score of it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.footprints import Footprints, overlap_areas
from fullservice_plugin.core.errors import SolverError

FEATURES = (
    "contained",
    "union",
    "larger",
    "share_existing",
    "share_candidate",
    "rank",
    "distance",
    "ratio",
    "gap",
    "direction",
)
_SEEN = 0.2  # union from which a neighbour counts as having a partner
# agreement of two sources around a place: neighbours with a partner, within how many metres, median of their unions
_CRISP = ((12, 100.0, 0.85), (4, 150.0, 0.95))
_THIN = 0.1  # share of a footprint covered by the whole other source, up to which it has no partner there
_SETTLED, _SEAM = 0.7, 0.3  # unions: a pair below the second, both of which have a partner above the first, is a seam
_NEIGHBOUR_SCORE = 0.1  # score of a pair that only touches


def pair_features(existing: Footprints, candidates: Footprints, i: Array, j: Array) -> tuple[Array, Array]:
    """Return the feature matrix (one row per pair, columns :data:`FEATURES`) and the overlaps in m².

    All candidates of both sources must be among the pairs: shares and ranks look at the rivals of a pair.
    ``candidates`` are already moved onto the existing source.
    """
    overlap = overlap_areas(existing, candidates, i, j)
    area_a, area_b = np.maximum(existing.area[i], 1e-9), np.maximum(candidates.area[j], 1e-9)
    small, large = np.minimum(area_a, area_b), np.maximum(area_a, area_b)
    contained = overlap / small
    total_a = np.bincount(i, weights=overlap, minlength=len(existing))[i]
    total_b = np.bincount(j, weights=overlap, minlength=len(candidates))[j]
    union = overlap / np.maximum(area_a + area_b - overlap, 1e-9)
    best_a, best_b = np.zeros(len(existing)), np.zeros(len(candidates))
    np.maximum.at(best_a, i, union)
    np.maximum.at(best_b, j, union)
    rank = union / np.maximum(np.maximum(best_a[i], best_b[j]), 1e-9)
    apart = existing.centroid[i] - candidates.centroid[j]
    distance = np.hypot(apart[:, 0], apart[:, 1]) / np.sqrt(small)
    gap_x = np.maximum(existing.bounds[i, 0], candidates.bounds[j, 0]) - np.minimum(
        existing.bounds[i, 2], candidates.bounds[j, 2]
    )
    gap_y = np.maximum(existing.bounds[i, 1], candidates.bounds[j, 1]) - np.minimum(
        existing.bounds[i, 3], candidates.bounds[j, 3]
    )
    gap = np.maximum(np.maximum(gap_x, gap_y), 0.0)
    matrix = np.column_stack(
        [
            contained,
            union,
            overlap / large,
            overlap / np.maximum(total_a, 1e-9),
            overlap / np.maximum(total_b, 1e-9),
            rank,
            np.minimum(distance, 3.0),
            np.log(large / small).clip(0.0, 5.0),
            np.minimum(gap, 10.0) / 10.0,
            _turned(existing.spread[i], candidates.spread[j]),
        ]
    )
    return matrix, overlap


def neighbours_only(existing: Footprints, candidates: Footprints, i: Array, j: Array, overlap: Array) -> Array:
    """Tell which pairs merely touch: thin overlaps where the two sources otherwise agree to the decimetre.

    In dense blocks a new building shares walls with old ones; such a sliver of overlap is no match.
    """
    area_a, area_b = np.maximum(existing.area, 1e-9), np.maximum(candidates.area, 1e-9)
    covered_a = np.bincount(i, weights=overlap, minlength=len(existing)) / area_a
    covered_b = np.bincount(j, weights=overlap, minlength=len(candidates)) / area_b
    union = overlap / np.maximum(area_a[i] + area_b[j] - overlap, 1e-9)
    best = np.zeros(len(existing))
    np.maximum.at(best, i, union)
    thin = np.minimum(covered_a[i], covered_b[j]) < _THIN
    touching = thin & _crisp(existing, best)[i]
    # both have found their own: what they share with each other is a seam
    rival = np.minimum(_rival(i, union, len(existing)), _rival(j, union, len(candidates)))
    return np.asarray(touching | ((rival >= _SETTLED) & (union < _SEAM)))


def _rival(side: Array, union: Array, n: int) -> Array:
    """Return for each pair the best union that its footprint on one side has with any other partner."""
    best, second = np.zeros(n), np.zeros(n)
    order = np.lexsort((-union, side))
    place = np.arange(len(order)) - np.searchsorted(side[order], side[order])
    best[side[order[place == 0]]] = union[order[place == 0]]
    second[side[order[place == 1]]] = union[order[place == 1]]
    first = np.zeros(len(side), dtype=bool)
    first[order[place == 0]] = True
    return np.where(first, second[side], best[side])


def _crisp(existing: Footprints, best: Array) -> Array:
    """Tell around which existing footprints the two sources agree so well that a thin overlap is a neighbour.

    Where outlines differ by metres a sliver may be the same building, so both are asked: enough neighbours
    with a partner, and the median of their best unions.
    """
    result = np.zeros(len(existing), dtype=bool)
    seen = np.nonzero(best > _SEEN)[0]
    if not len(seen):
        return result
    tree = cKDTree(existing.centroid[seen])
    for witnesses, reach, least in _CRISP:
        k = min(witnesses + 8, len(seen))
        if k < witnesses:
            continue
        _, at = tree.query(existing.centroid, k=k, distance_upper_bound=reach)
        values = np.concatenate([best[seen], [np.nan]])[np.minimum(at, len(seen))]
        enough = np.isfinite(values).sum(axis=1) >= witnesses
        result[enough] |= np.nanmedian(values[enough], axis=1) >= least
    return result


def _turned(a: Array, b: Array) -> Array:
    """Return the angle between two principal directions, 0–1 for 0–90°, weighted by elongation."""
    angle_a, long_a = _direction(a)
    angle_b, long_b = _direction(b)
    turned = np.abs(np.sin(angle_a - angle_b))
    return np.asarray(turned * np.minimum(long_a, long_b))


def _direction(spread: Array) -> tuple[Array, Array]:
    difference, cross = spread[:, 0] - spread[:, 1], 2.0 * spread[:, 2]
    size = np.maximum(spread[:, 0] + spread[:, 1], 1e-9)
    return 0.5 * np.arctan2(cross, difference), np.hypot(difference, cross) / size


def expand(matrix: Array) -> Array:
    """Return the terms of the model: a constant, the features, their squares and products."""
    n = matrix.shape[1]
    rows, columns = np.triu_indices(n)
    return np.hstack([np.ones((len(matrix), 1)), matrix, matrix[:, rows] * matrix[:, columns]])


@lru_cache(maxsize=1)
def _coefficients() -> Array:
    stored = json.loads(Path(__file__).with_name("pair_model.json").read_text(encoding="utf-8"))
    if tuple(stored["features"]) != FEATURES:
        raise SolverError("The pair model was fitted on other features. Reinstall the plugin.")
    return np.array(stored["coefficients"])


def scores(matrix: Array, touching: Array) -> Array:
    """Return the probability (0–1) that each pair is one building, by the fixed model; low where it only touches."""
    if not len(matrix):
        return np.zeros(0)
    found = 1.0 / (1.0 + np.exp(-np.clip(expand(matrix) @ _coefficients(), -30.0, 30.0)))
    return np.where(touching, np.minimum(found, _NEIGHBOUR_SCORE), found)
