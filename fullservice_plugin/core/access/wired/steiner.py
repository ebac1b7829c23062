# SPDX-License-Identifier: GPL-2.0-or-later
"""Steiner trees in graphs: a good tree and a proven lower bound, any time.

Upper bound: shortest-path heuristic from several roots and along the reduced costs of the dual ascent, improved by
local search. Lower bound: dual ascent from several roots. Both work on integers: costs are rounded down to a fine grid,
so the bound holds for the true costs; the cost that is reported is summed from the true costs.
"""
from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from fullservice_plugin.core.access.wired.dual_ascent import Numbers, dual_ascent, grid_scale
from fullservice_plugin.core.access.wired.jit import Array, ints, native
from fullservice_plugin.core.access.wired.reduce import Reduced, reduce_instance
from fullservice_plugin.core.access.wired.trees import Graph, compress, is_tree, shortest_path_tree, span, total
from fullservice_plugin.core.errors import SolverError
from fullservice_plugin.core.progress import SILENT, Progress


@dataclass(frozen=True)
class SteinerResult:
    """``edges`` (numbers of the chosen edges, ascending), their ``cost`` and a proven ``lower_bound``."""

    cost: float
    lower_bound: float
    edges: Array


def solve_steiner(n: int, tails: Numbers, heads: Numbers, costs: Numbers, terminals: Numbers, seconds: float = 10.0,
                  progress: Progress = SILENT) -> SteinerResult:
    """Cheapest tree that joins all ``terminals`` over undirected edges, as good as ``seconds`` allow.

    ``costs`` ≥ 0 (finite). At least one tree and one bound are always made, however short the time. Raises
    :class:`SolverError` where terminals are not connected or costs are unusable.
    """
    tail, head, cost = ints(tails), ints(heads), np.asarray(costs, dtype=np.float64)
    goal = np.unique(ints(terminals))
    if cost.size and (not np.isfinite(cost).all() or cost.min() < 0):
        raise SolverError("Edge costs must be finite numbers that are not negative.")
    if len(goal) <= 1:
        return SteinerResult(0.0, 0.0, np.zeros(0, dtype=np.int64))
    end = time.monotonic() + seconds
    scale = grid_scale(cost)
    small = reduce_instance(n, tail, head, np.floor(cost * scale).astype(np.int64), goal)
    progress.step(0.1)
    edges, bound = _search(small, end, progress)
    chosen = np.array(small.expand(edges), dtype=np.int64)
    if not is_tree(n, tail[chosen], head[chosen], goal):
        raise SolverError("Some of the points to be joined are not connected.")
    value = float(cost[chosen].sum())
    progress.step(1.0)
    return SteinerResult(value, min(value, (bound + small.fixed_cost) / scale), chosen)


def steiner_bound(n: int, tails: Numbers, heads: Numbers, costs: Numbers, terminals: Numbers, roots: int = 3) -> float:
    """Proven lower bound on the cheapest tree that joins all ``terminals`` (see :func:`solve_steiner`)."""
    cost, goal = np.asarray(costs, dtype=np.float64), np.unique(ints(terminals))
    if len(goal) <= 1:
        return 0.0
    scale = grid_scale(cost)
    small = reduce_instance(n, ints(tails), ints(heads), np.floor(cost * scale).astype(np.int64), goal)
    bound = max((_ascend(small, root)[0] for root in _spread(small.terminals, roots)), default=0.0)
    if math.isinf(bound):
        raise SolverError("Some of the points to be joined are not connected.")
    return (bound + small.fixed_cost) / scale


def _ascend(small: Reduced, root: int) -> tuple[float, Array]:
    """Dual ascent over both directions of the edges of a reduced instance."""
    return dual_ascent(np.concatenate([small.tails, small.heads]), np.concatenate([small.heads, small.tails]),
                       np.concatenate([small.costs, small.costs]), small.n, root, small.terminals)


def _search(small: Reduced, end: float, progress: Progress) -> tuple[list[int], float]:
    """Best tree (edge numbers) and best bound of a reduced instance."""
    if len(small.terminals) <= 1:
        return [], 0.0
    graph = compress(small.n, small.tails, small.heads, small.costs)
    flag = np.zeros(small.n, dtype=np.int64)
    flag[small.terminals] = 1
    terminal = native(flag)
    best, value = None, math.inf
    bound = 0.0
    roots = _spread(small.terminals, 8)
    for i, root in enumerate(roots):
        progress.step(0.1 + 0.9 * i / len(roots))
        if best is not None and time.monotonic() > end:
            break
        best, value = _better(graph, best, value, shortest_path_tree(graph, terminal, root))
        if i >= 3:
            continue
        raised, reduced = _ascend(small, root)
        if math.isinf(raised):
            raise SolverError("Some of the points to be joined are not connected.")
        bound = max(bound, raised)
        best, value = _better(graph, best, value, _along(graph, terminal, root, reduced))
    edges = np.flatnonzero(np.asarray(best) == 1).tolist()
    return edges, min(bound, value)


def _better(graph: Graph, best: Any, value: float, other: Any) -> tuple[Any, float]:
    cost = total(graph, other)
    return (other, cost) if cost < value else (best, value)


def _along(graph: Graph, terminal: Any, root: int, reduced: Array) -> Any:
    """The heuristic guided by reduced costs: edges that the bound already paid for come first."""
    m = graph.m
    guide = np.minimum(reduced[:m], reduced[m:]).astype(np.int64)
    guided = shortest_path_tree(graph, terminal, root, native(guide * 64 + np.asarray(graph.costs) // 1024))
    inside = np.zeros(graph.n, dtype=np.int64)
    chosen = np.asarray(guided) == 1
    inside[np.asarray(graph.tails)[chosen]] = 1
    inside[np.asarray(graph.heads)[chosen]] = 1
    return span(graph, terminal, native(inside))


def _spread(terminals: Array, count: int) -> list[int]:
    """``count`` terminals spread evenly over the list."""
    step = max(1, len(terminals) // count)
    return [int(t) for t in terminals[::step][:count]]
