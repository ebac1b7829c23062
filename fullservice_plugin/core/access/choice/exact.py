# SPDX-License-Identifier: GPL-2.0-or-later
"""The joint choice solved exactly where it is small: multicommodity flow in HiGHS, budget included."""

from __future__ import annotations

import math
from typing import Optional

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from fullservice_plugin.core.access.choice.problem import Problem, Solution

LARGEST = 5000
"""Largest number of flow variables (arcs × sites) that is tried."""


def fits(problem: Problem) -> bool:
    """Tell whether the exact model is small enough."""
    sites = sum(1 for site in problem.sites if site)
    return 0 < sites and 2 * len(problem.network.costs) * sites <= LARGEST


def solve_exactly(problem: Problem, seconds: float) -> Optional[tuple[Solution, float]]:
    """Return (best plan, proven upper bound on the benefit); ``None`` when HiGHS finds no plan in time."""
    net = problem.network
    arcs = 2 * len(net.costs)
    tails, heads = np.concatenate((net.tails, net.heads)), np.concatenate((net.heads, net.tails))
    sites = [i for i, site in enumerate(problem.sites) if site]
    options = [(i, k) for i in sites for k in range(len(problem.sites[i]))]
    k_sites, k_options = len(sites), len(options)
    total = arcs + k_options + arcs * k_sites
    gain = np.zeros(total)
    gain[:arcs] = np.concatenate((net.costs, net.costs))
    for j, (i, k) in enumerate(options):
        option = problem.sites[i][k]
        gain[arcs + j] = option.cost - option.revenue
    rows, columns, values, low, high = [], [], [], [], []
    row = 0

    def add(entries: list[tuple[int, float]], least: float, most: float) -> None:
        nonlocal row
        for column, value in entries:
            rows.append(row)
            columns.append(column)
            values.append(value)
        low.append(least)
        high.append(most)
        row += 1

    for place, i in enumerate(sites):
        mine = [arcs + j for j, (site, _) in enumerate(options) if site == i]
        add([(c, 1.0) for c in mine], 1.0 if problem.forced[i] else 0.0, 1.0)
        base = arcs + k_options + place * arcs
        for v in range(net.n):
            if v == net.root:
                continue
            entries = [(base + int(a), 1.0) for a in np.flatnonzero(heads == v)]
            entries += [(base + int(a), -1.0) for a in np.flatnonzero(tails == v)]
            if v == int(net.site[i]):
                entries += [(c, -1.0) for c in mine]
            if entries:
                add(entries, 0.0, 0.0)
        for a in range(arcs):
            add([(base + a, 1.0), (a, -1.0)], -np.inf, 0.0)
    if problem.budget is not None:
        spend = [(a, float(net.costs[a % len(net.costs)])) for a in range(arcs)]
        spend += [(arcs + j, problem.sites[i][k].cost) for j, (i, k) in enumerate(options)]
        add(spend, -np.inf, problem.budget)
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(row, total))
    integer = np.concatenate((np.ones(arcs + k_options), np.zeros(arcs * k_sites)))
    result = milp(gain, constraints=LinearConstraint(matrix, low, high), integrality=integer, bounds=Bounds(0, 1),
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
