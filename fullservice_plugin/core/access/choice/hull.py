# SPDX-License-Identifier: GPL-2.0-or-later
"""The best plans on one tree for all prices of money at once: the lower hull of cost and benefit.

With money at (1 + λ) a subtree is worth what its sites bring less their own cost and its ways; walking up, a branch is
kept where that is positive. All λ are walked together, as one array per node. The plans of neighbouring λ differ by a
branch, so that together they climb from nothing to everything worth building in small steps.
"""

from __future__ import annotations

import numpy as np

from fullservice_plugin.core.access.choice.ladder import FORCED, preorder
from fullservice_plugin.core.access.choice.network import Floats, Ints, Network
from fullservice_plugin.core.access.choice.problem import Problem

COUNT = 400
_TOP = 100.0
"""The largest multiplier: who does not bring a hundred times his cost back is not built first."""


def multipliers() -> Floats:
    """Return the multipliers λ, rising from 0."""
    return np.asarray(np.expm1(np.linspace(0.0, np.log1p(_TOP), COUNT)), dtype=np.float64)


class Hull:
    """Plans over one tree, one for each of ``multipliers()``."""

    def __init__(self, problem: Problem, network: Network, edges: Ints) -> None:
        self.problem = problem
        self.items = preorder(network, edges, [bool(options) for options in problem.sites])
        self.money = 1.0 + multipliers()
        self._solve()

    def _gain(self, site: int) -> tuple[Floats, Ints]:
        """Return what a site adds at each λ, and its option (−1: none)."""
        worth = np.zeros(COUNT)
        pick = np.full(COUNT, -1, dtype=np.int64)
        if self.problem.forced[site]:
            worth[:] = -np.inf
        for k, option in enumerate(self.problem.sites[site]):
            value = option.revenue / self.money - option.cost
            better = value > worth
            worth[better], pick[better] = value[better], k
        return (worth + FORCED if self.problem.forced[site] else worth), pick

    def _solve(self) -> None:
        count = len(self.items)
        worth = np.zeros((count, COUNT))
        self._pick = np.full((count, COUNT), -1, dtype=np.int16)
        self._kept = np.zeros((count, COUNT), dtype=bool)
        for i in range(count - 1, -1, -1):
            item = self.items[i]
            if item.site >= 0:
                gain, pick = self._gain(item.site)
                worth[i] += gain
                self._pick[i] = pick
            if item.above >= 0:
                left = worth[i] - item.cost
                self._kept[i] = left > 0
                worth[item.above] += np.maximum(left, 0.0)
        self._kept[:1] = True
        for i in range(1, count):
            self._kept[i] &= self._kept[self.items[i].above]

    def picks(self, level: int) -> tuple[list[int], float]:
        """Return the picks of the plan at one λ (by number), and what its part of the tree costs."""
        found = [-1] * len(self.problem.sites)
        ways = 0.0
        for i in np.flatnonzero(self._kept[:, level]).tolist():
            item = self.items[i]
            ways += item.cost
            if item.site >= 0:
                found[item.site] = int(self._pick[i, level])
        return found, ways

    def steps(self) -> list[int]:
        """Return the numbers of the λ at which the plan changes, from everything to nothing."""
        held = np.where(self._kept, self._pick, -2)
        changed = (held[:, 1:] != held[:, :-1]).any(axis=0)
        return [0, *(np.flatnonzero(changed) + 1).tolist()]
