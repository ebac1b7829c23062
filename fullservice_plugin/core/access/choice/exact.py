# SPDX-License-Identifier: GPL-2.0-or-later
"""The joint choice solved exactly where it is small: multicommodity flow in HiGHS, budget included."""

from __future__ import annotations

import math
from typing import Optional

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from fullservice_plugin.core.access.choice.problem import Problem, Solution

LARGEST = 2500
"""Largest number of flow variables (arcs × sites) that is tried."""


def fits(problem: Problem, largest: int = LARGEST) -> bool:
    """Tell whether the exact model has at most ``largest`` flow variables."""
    sites = sum(1 for site in problem.sites if site)
    return 0 < sites and 2 * len(problem.network.costs) * sites <= largest


class _Rows:
    """Collects sparse constraints."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.values: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, entries: list[tuple[int, float]], least: float, most: float) -> None:
        """Add one row."""
        for column, value in entries:
            self.rows.append(len(self.low))
            self.columns.append(column)
            self.values.append(value)
        self.low.append(least)
        self.high.append(most)

    def constraint(self, total: int) -> LinearConstraint:
        """Return all rows over ``total`` variables."""
        shape = (len(self.low), total)
        return LinearConstraint(sparse.csr_matrix((self.values, (self.rows, self.columns)), shape=shape),
                                self.low, self.high)


def _flows(rows: _Rows, problem: Problem, site: int, base: int, mine: list[int]) -> None:
    """One unit flows from the root to a chosen site, over open arcs only."""
    net = problem.network
    arcs = 2 * len(net.costs)
    tails, heads = np.concatenate((net.tails, net.heads)), np.concatenate((net.heads, net.tails))
    for v in range(net.n):
        if v == net.root:
            continue
        entries = [(base + int(a), 1.0) for a in np.flatnonzero(heads == v)]
        entries += [(base + int(a), -1.0) for a in np.flatnonzero(tails == v)]
        entries += [(c, -1.0) for c in mine] if v == int(net.site[site]) else []
        if entries:
            rows.add(entries, 0.0, 0.0)
    for a in range(arcs):
        rows.add([(base + a, 1.0), (a, -1.0)], -np.inf, 0.0)


def solve_exactly(problem: Problem, seconds: float) -> Optional[tuple[Solution, float]]:
    """Return (best plan, proven upper bound on the benefit); ``None`` when HiGHS finds no plan in time."""
    net = problem.network
    arcs = 2 * len(net.costs)
    sites = [i for i, site in enumerate(problem.sites) if site]
    options = [(i, k) for i in sites for k in range(len(problem.sites[i]))]
    total = arcs + len(options) + arcs * len(sites)
    gain = np.zeros(total)
    gain[:arcs] = np.concatenate((net.costs, net.costs))
    for j, (i, k) in enumerate(options):
        gain[arcs + j] = problem.sites[i][k].cost - problem.sites[i][k].revenue
    rows = _Rows()
    for place, i in enumerate(sites):
        mine = [arcs + j for j, (site, _) in enumerate(options) if site == i]
        rows.add([(c, 1.0) for c in mine], 1.0 if problem.forced[i] else 0.0, 1.0)
        _flows(rows, problem, i, arcs + len(options) + place * arcs, mine)
    if problem.budget is not None:
        spend = [(a, float(net.costs[a % len(net.costs)])) for a in range(arcs)]
        spend += [(arcs + j, problem.sites[i][k].cost) for j, (i, k) in enumerate(options)]
        rows.add(spend, -np.inf, problem.budget)
    integer = np.concatenate((np.ones(arcs + len(options)), np.zeros(arcs * len(sites))))
    result = milp(gain, constraints=rows.constraint(total), integrality=integer, bounds=Bounds(0, 1),
                  options={"time_limit": max(0.1, seconds), "mip_rel_gap": 0.0})
    if result.x is None:
        return None
    picks = [-1] * len(problem.sites)
    for j, (i, k) in enumerate(options):
        if result.x[arcs + j] > 0.5:
            picks[i] = k
    edges = np.flatnonzero((result.x[:len(net.costs)] > 0.5) | (result.x[len(net.costs):arcs] > 0.5))
    cost = float(net.costs[edges].sum()) + sum(problem.sites[i][k].cost for i, k in enumerate(picks) if k >= 0)
    revenue = sum(problem.sites[i][k].revenue for i, k in enumerate(picks) if k >= 0)
    bound = getattr(result, "mip_dual_bound", None)
    upper = -float(bound) if bound is not None and math.isfinite(bound) else math.inf
    return Solution(picks, cost, revenue), max(upper, revenue - cost)
