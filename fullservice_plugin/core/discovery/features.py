# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured on a pair of footprints, and the fixed model that makes a score of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.footprints import Footprints, overlap_areas
from fullservice_plugin.core.discovery.threads import in_threads
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
# two dates of one source: neighbours asked, within how many metres, least answers, share drawn to the same corners
_ASKED, _ASK_WITHIN, _ANSWERS, _UNCHANGED = 40, 400.0, 4, 0.5
_SAME_AREA, _SAME_SPREAD = 1e-5, 1e-4  # relative differences that rounding and a new frame leave of one drawing
_THIN = 0.1  # share of a footprint covered by the whole other source, up to which it has no partner there
_SETTLED, _SEAM = 0.7, 0.3  # unions: a pair below the second, both of which have a partner above the first, is a seam
_NEIGHBOUR_SCORE = 0.1  # score of a pair that only touches
_BATCH = 20_000  # pairs scored at once


class Side:
    """Groups of pairs by their footprint on one side: largest value per footprint, and the largest of the others."""

    def __init__(self, side: Array, n: int) -> None:
        self.side, self.n = side, n
        self.order = np.argsort(side, kind="stable")
        ordered = side[self.order]
        self.first = np.nonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))[0] if len(side) else ordered
        self.rows = ordered[self.first]

    def most(self, values: Array) -> Array:
        """Return the largest value per footprint, 0 where it has no pair."""
        found = np.zeros(self.n)
        if len(self.rows):
            found[self.rows] = np.maximum.reduceat(values[self.order], self.first)
        return found

    def rival(self, values: Array) -> Array:
        """Return for each pair the largest value that its footprint has in any other pair."""
        if not len(self.rows):
            return np.zeros(len(values))
        best = self.most(values)
        ordered = values[self.order].copy()
        group = np.repeat(np.arange(len(self.rows)), np.diff(np.append(self.first, len(ordered))))
        top = np.nonzero(ordered == best[self.rows][group])[0]
        top = top[np.concatenate([[True], group[top][1:] != group[top][:-1]])]
        ordered[top] = 0.0
        second = np.zeros(self.n)
        second[self.rows] = np.maximum.reduceat(ordered, self.first)
        result = best[self.side]
        result[self.order[top]] = second[self.rows[group[top]]]
        return result


@dataclass(frozen=True)
class Measured:
    """Overlaps and unions of pairs, and what all pairs of a footprint come to, on each side."""

    i: Array
    j: Array
    overlap: Array
    union: Array
    sides: tuple[Side, Side]
    shared: tuple[Array, Array]
    best: tuple[Array, Array]


def measure(existing: Footprints, candidates: Footprints, i: Array, j: Array) -> Measured:
    """Return what is measured on the pairs; all candidates of both sources must be among them.

    Shares and ranks look at the rivals of a pair. ``candidates`` are already moved onto the existing source.
    """
    overlap = overlap_areas(existing, candidates, i, j)
    union = overlap / np.maximum(existing.area[i] + candidates.area[j] - overlap, 1e-9)
    sides = Side(i, len(existing)), Side(j, len(candidates))
    shared = (
        np.bincount(i, weights=overlap, minlength=len(existing)),
        np.bincount(j, weights=overlap, minlength=len(candidates)),
    )
    return Measured(i, j, overlap, union, sides, shared, (sides[0].most(union), sides[1].most(union)))


def pair_features(existing: Footprints, candidates: Footprints, found: Measured, rows: Any = slice(None)) -> Array:
    """Return the feature matrix of the pairs ``rows`` (all by default), columns :data:`FEATURES`."""
    i, j, overlap, union = found.i[rows], found.j[rows], found.overlap[rows], found.union[rows]
    area_a, area_b = np.maximum(existing.area[i], 1e-9), np.maximum(candidates.area[j], 1e-9)
    small, large = np.minimum(area_a, area_b), np.maximum(area_a, area_b)
    apart = existing.centroid[i] - candidates.centroid[j]
    box_a, box_b = existing.bounds[i], candidates.bounds[j]
    gap = (np.maximum(box_a[:, :2], box_b[:, :2]) - np.minimum(box_a[:, 2:], box_b[:, 2:])).max(axis=1)
    return np.column_stack(
        [
            overlap / small,
            union,
            overlap / large,
            overlap / np.maximum(found.shared[0][i], 1e-9),
            overlap / np.maximum(found.shared[1][j], 1e-9),
            union / np.maximum(np.maximum(found.best[0][i], found.best[1][j]), 1e-9),
            np.minimum(np.hypot(apart[:, 0], apart[:, 1]) / np.sqrt(small), 3.0),
            np.log(large / small).clip(0.0, 5.0),
            gap.clip(0.0, 10.0) / 10.0,
            _turned(existing.spread[i], candidates.spread[j]),
        ]
    )


def neighbours_only(existing: Footprints, candidates: Footprints, found: Measured) -> Array:
    """Tell which pairs merely touch, though they overlap a little.

    Between two dates of one source nothing is redrawn without a reason, so a thin overlap is the seam between
    a new building and an old one. Between different sources such a sliver is mostly one building (people who
    labelled pairs said so); there it is a seam only where both have found their own.
    """
    i, j, union = found.i, found.j, found.union
    covered_a = found.shared[0] / np.maximum(existing.area, 1e-9)
    covered_b = found.shared[1] / np.maximum(candidates.area, 1e-9)
    thin = np.minimum(covered_a[i], covered_b[j]) < _THIN
    touching = thin & _redrawn_from(existing, candidates, i, j, union, np.unique(i[thin]))[i]
    rival = np.minimum(found.sides[0].rival(union), found.sides[1].rival(union))
    return np.asarray(touching | ((rival >= _SETTLED) & (union < _SEAM)))


def _redrawn_from(
    existing: Footprints, candidates: Footprints, i: Array, j: Array, union: Array, asked: Array
) -> Array:
    """Tell around which of the ``asked`` existing footprints the candidates are a later date of the same source.

    There at least half of the neighbours that have a partner have it with the very same outline; area and
    second moments are compared, which a shift of the whole source does not change.
    """
    result = np.zeros(len(existing), dtype=bool)
    partner = union > _SEEN
    seen = np.unique(i[partner])
    if not len(seen) or not len(asked):
        return result
    i, j = i[partner], j[partner]
    area = np.abs(existing.area[i] - candidates.area[j]) <= _SAME_AREA * existing.area[i]
    spread = np.abs(existing.spread[i] - candidates.spread[j]).sum(axis=1)
    alike = area & (spread <= _SAME_SPREAD * existing.spread[i, :2].sum(axis=1))
    unchanged = np.zeros(len(existing), dtype=bool)
    unchanged[i[alike]] = True
    _, at = cKDTree(existing.centroid[seen]).query(
        existing.centroid[asked], k=min(_ASKED, len(seen)), distance_upper_bound=_ASK_WITHIN
    )
    at = at.reshape(len(asked), -1)
    answers = (at < len(seen)).sum(axis=1)
    yes = np.concatenate([unchanged[seen], [False]])[np.minimum(at, len(seen))].sum(axis=1)
    result[asked] = (answers >= _ANSWERS) & (yes >= _UNCHANGED * answers)
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
def _model() -> tuple[float, Array, Array]:
    """Return constant, linear and (upper triangular) quadratic coefficients of the fixed model."""
    stored = json.loads(Path(__file__).with_name("pair_model.json").read_text(encoding="utf-8"))
    if tuple(stored["features"]) != FEATURES:
        raise SolverError("The pair model was fitted on other features. Reinstall the plugin.")
    given, n = np.array(stored["coefficients"]), len(FEATURES)
    square = np.zeros((n, n))
    square[np.triu_indices(n)] = given[n + 1 :]
    return float(given[0]), given[1 : n + 1], square


def scores(existing: Footprints, candidates: Footprints, found: Measured) -> Array:
    """Return the probability (0–1) that each pair is one building, by the fixed model; low where it only touches."""
    constant, linear, square = _model()

    def scored(rows: slice) -> Array:
        matrix = pair_features(existing, candidates, found, rows)
        logit = constant + matrix @ linear + np.einsum("ij,ij->i", matrix @ square, matrix)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))

    parts = [slice(first, first + _BATCH) for first in range(0, len(found.i), _BATCH)]
    result = np.concatenate([np.zeros(0), *in_threads(scored, parts)])
    touching = neighbours_only(existing, candidates, found)
    return np.where(touching, np.minimum(result, _NEIGHBOUR_SCORE), result)
