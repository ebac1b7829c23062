# SPDX-License-Identifier: GPL-2.0-or-later
"""Set covering with a second signal, places that may be missed, and access points that stand already.

Solved by greedy choice and by HiGHS; the better is kept, with the proven least number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint

from fullservice_plugin.core.access.wlan.setcover import Array, greedy, rounded_bound, run_milp

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Cover:
    """Coverage targets: ``primary`` and ``second`` (points × candidates), points that may be missed of each.

    ``forced`` columns are in every choice: they stand already or were locked by hand.
    """

    primary: Flags
    second: Array
    spare: int
    second_spare: int
    forced: tuple[int, ...] = ()

    def met_by(self, chosen: Sequence[int]) -> bool:
        """Tell whether a choice meets both targets."""
        columns = list(chosen)
        dark = int((~self.primary[:, columns].any(axis=1)).sum())
        return dark <= self.spare and int((self.second[:, columns].sum(axis=1) < 2).sum()) <= self.second_spare

    def rows(self, columns: Optional[list[int]] = None) -> tuple[list[tuple[sparse.csr_matrix, float]], int]:
        """Return the constraints (matrix, least) over the candidates and, per point, two slacks; and their number."""
        primary = self.primary if columns is None else self.primary[:, columns]
        second = self.second if columns is None else self.second[:, columns]
        count = len(primary)
        one, none = sparse.identity(count, format="csr"), sparse.csr_matrix((count, count))
        first = sparse.hstack([sparse.csr_matrix(primary.astype(float)), one, none]).tocsr()
        # a point without a second signal takes a slack; counts are whole, so it needs not be declared integer. One that
        # has no first signal either borrows that slack, so that the numbers proven are a little low at worst
        other = sparse.hstack([sparse.csr_matrix(second), one, one]).tocsr()
        return [(first, 1.0), (other, 2.0)], count


def choose(cover: Cover, seconds: float) -> tuple[list[int], int]:
    """Return a smallest choice of candidates found (sorted columns) and the proven least number.

    Both count the forced ones. ``seconds`` is for HiGHS; without them the choice is greedy.
    """
    kept = np.flatnonzero(_worthy(cover))
    position = {int(column): number for number, column in enumerate(kept)}
    part = Cover(cover.primary[:, kept], cover.second[:, kept], cover.spare, cover.second_spare,
                 tuple(position[column] for column in cover.forced))
    chosen, least = _choose(part, seconds)
    return [int(kept[column]) for column in chosen], least


def _worthy(cover: Cover) -> Flags:
    """Tell which columns no other one makes needless: whatever they reach, it reaches too (of equals one stays)."""
    layers = [cover.primary, *(cover.second >= level for level in range(1, int(cover.second.max(initial=0)) + 1))]
    within = np.ones((cover.primary.shape[1],) * 2, dtype=bool)
    for layer in layers:
        binary = layer.astype(np.float32)
        within &= binary.T @ binary >= binary.sum(axis=0)[:, None] - 0.5
    np.fill_diagonal(within, False)
    equal = within & within.T
    within &= ~np.triu(equal)  # of equals the first stays
    needless = within.any(axis=1)
    needless[list(cover.forced)] = False
    return np.asarray(~needless)


def _choose(cover: Cover, seconds: float) -> tuple[list[int], int]:
    rows, columns = cover.primary.shape
    forced = list(cover.forced)
    if rows == 0:
        return sorted(forced) or [0], max(1, len(forced))
    heuristic = choose_greedily(cover)
    left = int((~cover.primary[:, forced].any(axis=1)).sum()) - cover.spare
    least = max(1, len(forced) + math.ceil(left / max(1, int(cover.primary.sum(axis=0).max())) - 1e-9))
    if len(heuristic) <= least or seconds <= 0:
        return heuristic, min(least, len(heuristic))
    constraints = [LinearConstraint(matrix, need, np.inf) for matrix, need in cover.rows()[0]]
    ones, none = np.ones((1, rows)), np.zeros((1, rows))
    budget = sparse.csr_matrix(np.vstack([
        np.hstack([np.zeros((1, columns)), ones, none]), np.hstack([np.zeros((1, columns)), none, ones])]))
    constraints.append(LinearConstraint(budget, -np.inf, [cover.spare, cover.second_spare]))
    costs = np.concatenate((np.ones(columns), np.zeros(2 * rows)))
    integer = np.concatenate((np.ones(columns), np.zeros(2 * rows)))
    integer[columns:columns + rows] = 1.0 if cover.spare else 0.0
    lower, upper = np.zeros(columns + 2 * rows), np.ones(columns + 2 * rows)
    lower[forced] = 1.0
    if not cover.spare:
        upper[columns:columns + rows] = 0.0
    found, bound = run_milp(costs, constraints, integer, Bounds(lower, upper), seconds, float(len(heuristic)))
    proven = max(least, int(rounded_bound(max(bound, 1.0), np.ones(1))))
    best = heuristic
    if found is not None:
        exact = [int(c) for c in np.flatnonzero(found[:columns] > 0.5)]
        if len(exact) < len(heuristic) and cover.met_by(exact):
            best = exact
    return best, min(proven, len(best))


def choose_greedily(cover: Cover) -> list[int]:
    """Greedy cover of the primary target, then candidates for the second signal, then none to spare."""
    primary, second, forced = cover.primary, cover.second, list(cover.forced)
    open_rows = ~primary[:, forced].any(axis=1)
    matrix = sparse.csc_matrix(primary[open_rows].astype(float))
    chosen = sorted({*forced, *greedy(matrix, np.ones(primary.shape[1]))})
    count = second[:, chosen].sum(axis=1)
    while int((count < 2).sum()) > cover.second_spare:
        gain = np.minimum(second, np.maximum(2 - count, 0)[:, None]).sum(axis=0)
        gain[chosen] = -1
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        chosen = [*chosen, best]
        count = count + second[:, best]
    for column in sorted(chosen, key=lambda c: (float(primary[:, c].sum()), c)):
        rest = [c for c in chosen if c != column]
        if column not in forced and rest and int((~primary[:, rest].any(axis=1)).sum()) <= cover.spare and int(
                (second[:, rest].sum(axis=1) < 2).sum()) <= cover.second_spare:
            chosen = rest
    return sorted(chosen)
