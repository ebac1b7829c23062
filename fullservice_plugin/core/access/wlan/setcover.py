# SPDX-License-Identifier: GPL-2.0-or-later
"""Weighted set covering: HiGHS with a greedy beside it, the better one kept, with a proven bound."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

Array = NDArray[np.float64]
_EPS = 1e-6


@dataclass(frozen=True)
class CoverResult:
    """Chosen columns (sorted), their cost and a proven lower bound (rounded up where costs are integers)."""

    columns: list[int]
    cost: float
    lower_bound: float
    seconds: float


def integral(costs: Array) -> bool:
    """Tell whether all costs are whole numbers, so that any bound may be rounded up."""
    return bool(np.all(np.abs(costs - np.round(costs)) < 1e-9))


def rounded_bound(bound: float, costs: Array) -> float:
    """Round a proven bound up to what integer costs allow."""
    return float(math.ceil(bound - 1e-6)) if integral(costs) else bound


def greedy(matrix: sparse.csc_matrix, costs: Array, need: Optional[Array] = None) -> list[int]:
    """Return a cover by most-new-rows-per-cost, then without its redundant columns (dearest first).

    ``matrix`` (rows × columns) is 1 where a column covers a row; ``need`` is how often each row must be
    covered (default once). Rows that cannot be covered are left out.
    """
    rows, columns = matrix.shape
    missing = np.ones(rows) if need is None else np.asarray(need, dtype=float).copy()
    price = np.maximum(costs, 1e-12)
    free = np.ones(columns, dtype=bool)
    chosen: list[int] = []
    while np.any(missing > 0):
        gain = matrix.T @ (missing > 0).astype(float)
        score = np.where(free & (gain > 0), gain / price, -1.0)
        best = int(np.argmax(score))
        if score[best] <= 0:
            break
        chosen.append(best)
        free[best] = False
        missing[matrix.indices[matrix.indptr[best]:matrix.indptr[best + 1]]] -= 1
    return without_redundant(matrix, costs, chosen, need)


def without_redundant(
    matrix: sparse.csc_matrix, costs: Array, chosen: list[int], need: Optional[Array] = None
) -> list[int]:
    """Drop columns, dearest first, that the others make superfluous."""
    need_ = np.ones(matrix.shape[0]) if need is None else np.asarray(need, dtype=float)
    count = np.asarray(matrix[:, chosen].sum(axis=1)).ravel() if chosen else np.zeros(matrix.shape[0])
    kept = set(chosen)
    for column in sorted(chosen, key=lambda c: (-costs[c], c)):
        rows = matrix.indices[matrix.indptr[column]:matrix.indptr[column + 1]]
        # a row that cannot be covered often enough keeps what it has
        if np.all(count[rows] - 1 >= np.minimum(need_[rows], count[rows])):
            count[rows] -= 1
            kept.discard(column)
    return sorted(kept)


def solve_cover(
    matrix: sparse.csc_matrix, costs: Array, seconds: float = 10.0, need: Optional[Array] = None
) -> CoverResult:
    """Return a cheapest cover of all rows that can be covered, with a proven lower bound.

    Deterministic but for the time limit. The result is never worse than the greedy one.
    """
    start = time.perf_counter()
    costs = np.asarray(costs, dtype=float)
    reach = np.asarray(matrix.sum(axis=1)).ravel()
    need_ = np.minimum(np.ones(matrix.shape[0]) if need is None else np.asarray(need, dtype=float), reach)
    if matrix.shape[0] == 0 or not np.any(need_ > 0):
        return CoverResult([], 0.0, 0.0, time.perf_counter() - start)
    heuristic = greedy(matrix, costs, need_)
    upper = float(costs[heuristic].sum())
    constraint = LinearConstraint(matrix.tocsr(), lb=need_, ub=np.inf)
    found, bound = run_milp(costs, [constraint], np.ones(len(costs)), Bounds(0, 1), seconds, upper)
    best, cost = heuristic, upper
    if found is not None:
        columns = without_redundant(matrix, costs, [int(c) for c in np.flatnonzero(found > 0.5)], need_)
        covered = np.asarray(matrix[:, columns].sum(axis=1)).ravel()
        value = float(costs[columns].sum())
        if value < cost - _EPS and np.all(covered >= need_):
            best, cost = columns, value
    bound = rounded_bound(max(bound, 0.0), costs)
    return CoverResult(best, cost, min(bound, cost), time.perf_counter() - start)


def run_milp(
    costs: Array, constraints: list[Any], integrality: Array, bounds: Bounds, seconds: float, upper: float
) -> tuple[Optional[Array], float]:
    """Run HiGHS; return (solution or None, proven lower bound, −inf when there is none).

    Where costs are integers the relative gap is set so that a proof by rounding up suffices.
    """
    gap = 0.0
    if integral(costs) and math.isfinite(upper) and upper > 0:
        gap = 0.9 / max(upper, 1.0)
    result = milp(
        costs, constraints=constraints, integrality=integrality, bounds=bounds,
        options={"time_limit": max(0.05, seconds), "mip_rel_gap": gap},
    )
    bound = getattr(result, "mip_dual_bound", None)
    if bound is None and result.status == 0:
        bound = result.fun
    solution = None if result.x is None else np.asarray(result.x)
    return solution, -math.inf if bound is None or not math.isfinite(bound) else float(bound)
