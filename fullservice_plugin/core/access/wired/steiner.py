# SPDX-License-Identifier: GPL-2.0-or-later
"""Steiner trees in graphs: a good tree and a proven lower bound, any time.

See :mod:`search` for the method. It works on integers: costs are rounded down to a fine grid, so the bound holds
for the true costs; the cost that is reported is summed from the true costs.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional

import numpy as np

from fullservice_plugin.core.access.wired.clock import Clock
from fullservice_plugin.core.access.wired.dual_ascent import Numbers, grid_scale
from fullservice_plugin.core.access.wired.jit import Array, ints
from fullservice_plugin.core.access.wired.reduce import reduce_instance
from fullservice_plugin.core.access.wired.search import ascend, search, spread, warm
from fullservice_plugin.core.access.wired.trees import is_tree
from fullservice_plugin.core.errors import SolverError
from fullservice_plugin.core.progress import SILENT, Progress


@dataclass(frozen=True)
class SteinerResult:
    """``edges`` (numbers of the chosen edges, ascending), their ``cost`` and a proven ``lower_bound``."""

    cost: float
    lower_bound: float
    edges: Array


def solve_steiner(n: int, tails: Numbers, heads: Numbers, costs: Numbers, terminals: Numbers, seconds: float = 10.0,
                  progress: Progress = SILENT, prove: bool = True) -> SteinerResult:
    """Cheapest tree that joins all ``terminals`` over undirected edges, as good as ``seconds`` allow.

    ``prove``: whether time left goes into the bound; a caller that bounds other costs than these does without.
    ``costs`` ≥ 0 (finite). At least one tree and one bound are always made, however short the time. Raises
    :class:`SolverError` where terminals are not connected or costs are unusable.
    """
    tail, head, cost = ints(tails), ints(heads), np.asarray(costs, dtype=np.float64)
    goal = np.unique(ints(terminals))
    if cost.size and (not np.isfinite(cost).all() or cost.min() < 0):
        raise SolverError("Edge costs must be finite numbers that are not negative.")
    if len(goal) <= 1:
        return SteinerResult(0.0, 0.0, np.zeros(0, dtype=np.int64))
    warm()
    clock = Clock(seconds)
    scale = grid_scale(cost)
    small = reduce_instance(n, tail, head, np.floor(cost * scale).astype(np.int64), goal)
    progress.step(0.1)
    edges, bound = search(small, clock, progress, prove)
    chosen = np.array(small.expand(edges), dtype=np.int64)
    if not is_tree(n, tail[chosen], head[chosen], goal):
        raise SolverError("Some of the points to be joined are not connected.")
    value = float(cost[chosen].sum())
    progress.step(1.0)
    return SteinerResult(value, min(value, (bound + small.fixed_cost) / scale), chosen)


def steiner_bound(n: int, tails: Numbers, heads: Numbers, costs: Numbers, terminals: Numbers, roots: int = 3,
                  tree: Optional[Array] = None) -> float:
    """Proven lower bound on the cheapest tree that joins all ``terminals`` (see :func:`solve_steiner`).

    ``tree``: edges of a good tree, along which the bound gets better.
    """
    cost, goal = np.asarray(costs, dtype=np.float64), np.unique(ints(terminals))
    if len(goal) <= 1:
        return 0.0
    scale = grid_scale(cost)
    small = reduce_instance(n, ints(tails), ints(heads), np.floor(cost * scale).astype(np.int64), goal)
    flags = None
    if tree is not None:
        inside = set(ints(tree).tolist())
        flags = np.array([all(e in inside for e in part) for part in small.parts], dtype=np.int64)
    bound = max((ascend(small, root, tree=flags)[0] for root in spread(small.terminals, roots)), default=0.0)
    if math.isinf(bound):
        raise SolverError("Some of the points to be joined are not connected.")
    return (bound + small.fixed_cost) / scale
