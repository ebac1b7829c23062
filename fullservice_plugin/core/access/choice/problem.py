# SPDX-License-Identifier: GPL-2.0-or-later
"""The choice as a mathematical problem: one option or none per site, a shared tree, a budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Mapping, Optional, Sequence

from fullservice_plugin.core.access.choice.network import Network


@dataclass(frozen=True)
class Option:
    """One method at one site: what it brings and what it costs of its own (the way to it not counted)."""

    method: str
    revenue: float
    cost: float


@dataclass(frozen=True)
class Problem:
    """``sites[i]`` holds the options of site i (none: the site is out); ``forced[i]``: one of them must be taken.

    Maximise Σ revenue − Σ own cost − cost of the tree that joins the chosen sites with the root, total cost
    within ``budget`` (``None``: no limit). Costs and revenues are ≥ 0.
    """

    network: Network
    sites: list[list[Option]]
    forced: list[bool]
    budget: Optional[float] = None


@dataclass(frozen=True)
class Solution:
    """``picks[i]``: number of the option taken at site i, −1 for none."""

    picks: list[int]
    cost: float
    revenue: float

    @property
    def benefit(self) -> float:
        """Revenue − cost."""
        return self.revenue - self.cost


def boosted(problem: Problem, rows: Sequence[int], bonus: Mapping[int, float]) -> Problem:
    """Return a problem (site i is row ``rows[i]``) whose options bring the bonus beside their revenue."""
    if not bonus:
        return problem
    sites = [[replace(o, revenue=o.revenue + bonus[row]) for o in options] if row in bonus else options
             for row, options in zip(rows, problem.sites)]
    return replace(problem, sites=sites)
