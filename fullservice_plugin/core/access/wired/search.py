# SPDX-License-Identifier: GPL-2.0-or-later
"""The search for a good Steiner tree and a good bound on a reduced instance.

Starts: the shortest-path heuristic, and the same along the reduced costs of the dual ascent; each is improved by
local search. Then rounds: a start under disturbed costs is improved and recombined with one of the best trees so
far, by solving the union of both, a small graph. The bound is the best dual ascent over several roots. The rounds
end when the bound meets the tree, when some rounds in a row gain nothing, or with the time.
"""
from __future__ import annotations

import math
from functools import cache
from typing import Any, Optional

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order

from fullservice_plugin.core.access.wired.clock import Clock
from fullservice_plugin.core.access.wired.cuts import SMALL, Arcs, along, settle, usable
from fullservice_plugin.core.access.wired.dual_ascent import dual_ascent
from fullservice_plugin.core.access.wired.jit import HAS_NUMBA, Array, native
from fullservice_plugin.core.access.wired.local import exchange, improve
from fullservice_plugin.core.access.wired.reduce import Reduced, reduce_instance
from fullservice_plugin.core.access.wired.trees import compress, prune, shortest_path_tree, total
from fullservice_plugin.core.errors import SolverError
from fullservice_plugin.core.progress import SILENT, Progress

_PATIENCE = 12  # rounds without gain before the search ends by itself
_ELITE = 6  # trees kept for recombination
_ROOTS = 4  # dual ascents
_PROOFS = 3  # dual ascents along the best tree in the end
_RESERVE = 0.5  # share of the time after which an instance that is nearly decided goes to the directed cuts


def ascend(
    small: Reduced, root: int, seconds: float = math.inf, tree: Optional[Array] = None
) -> tuple[float, Array]:
    """Dual ascent over both directions of the edges of a reduced instance, guided by a ``tree`` (edge flags)."""
    arcs = None if tree is None else _away_from(small, root, tree)
    return dual_ascent(np.concatenate([small.tails, small.heads]), np.concatenate([small.heads, small.tails]),
                       np.concatenate([small.costs, small.costs]), small.n, root, small.terminals, seconds, arcs)


def _away_from(small: Reduced, root: int, tree: Array) -> Array:
    """Flags of the arcs (both directions, as in :func:`ascend`) by which a tree leads away from the root."""
    m = len(small.tails)
    edges = np.flatnonzero(np.asarray(tree) == 1)
    ends = small.tails[edges], small.heads[edges]
    matrix = coo_matrix((np.ones(len(edges), dtype=np.int8), ends), shape=(small.n, small.n))
    _, above = breadth_first_order(matrix.tocsr(), root, directed=False)
    flags = np.zeros(2 * m, dtype=np.int64)
    down = above[ends[1]] == ends[0]
    flags[edges[down]] = 1
    flags[m + edges[~down]] = 1
    return flags


def spread(terminals: Array, count: int) -> list[int]:
    """``count`` terminals spread evenly over the list."""
    step = max(1, len(terminals) // count)
    return [int(t) for t in terminals[::step][:count]]


def search(
    small: Reduced, clock: Clock, progress: Progress = SILENT, prove: bool = True
) -> tuple[list[int], float]:
    """Best tree (edge numbers) and best bound; until ``clock`` is over. ``prove``: whether the bound matters."""
    if len(small.terminals) <= 1:
        return [], 0.0
    work = _Search(small, clock)
    roots = spread(small.terminals, _ROOTS)
    for i, root in enumerate(roots):
        progress.step(0.1 + 0.3 * i / len(roots))
        if i and work.over():
            break
        work.start(root)
    idle = 0
    reserve = _RESERVE if prove and work.remainder() <= SMALL else 1.0
    while idle < _PATIENCE and not work.over() and clock.used() < reserve:
        progress.step(0.4 + 0.4 * idle / _PATIENCE)
        idle = 0 if work.round() else idle + 1
    if prove:
        work.prove()
        work.settle()
    return np.flatnonzero(np.asarray(work.elite[0][1]) == 1).tolist(), min(work.bound, work.elite[0][0])


@cache
def warm() -> None:
    """Have every kernel compiled before a clock starts, so that the first run of a machine is like all others."""
    if not HAS_NUMBA:
        return
    ends = np.array([[0, 1, 10], [0, 2, 1], [2, 1, 1], [2, 3, 1], [1, 3, 5], [1, 4, 9]], dtype=np.int64)
    graph = compress(5, ends[:, 0], ends[:, 1], ends[:, 2])
    terminal = np.array([1, 1, 0, 0, 1], dtype=np.int64)
    exchange(graph, terminal, np.array([1, 0, 0, 0, 0, 1], dtype=np.int64))
    shortest_path_tree(graph, terminal, 0)
    dual_ascent(ends[:, 0], ends[:, 1], ends[:, 2], 5, 0, [1])


class _Search:
    """State of one search; the random numbers are seeded, so the same input gives the same tree."""

    def __init__(self, small: Reduced, clock: Clock) -> None:
        self.small = small
        self.clock = clock
        self.graph = compress(small.n, small.tails, small.heads, small.costs)
        flag = np.zeros(small.n, dtype=np.int64)
        flag[small.terminals] = 1
        self.terminal = native(flag)
        self.bound = 0.0
        self.elite: list[tuple[int, Any]] = []
        self.guides: list[Array] = []
        self.dual: tuple[float, int, Array] = (-1.0, -1, np.zeros(0))  # bound, root, reduced costs: best ascent
        self.random = np.random.default_rng(20160)

    def over(self) -> bool:
        """Whether time is up or the tree is proven to be the best."""
        return self.clock.over() or (bool(self.elite) and self.bound >= self.elite[0][0])

    def keep(self, flags: Any) -> bool:
        """Add a tree to the best ones; True where it is better than all."""
        cost = total(self.graph, flags)
        better = not self.elite or cost < self.elite[0][0]
        if all(cost != known for known, _ in self.elite):
            self.elite.append((cost, flags))
            self.elite.sort(key=lambda entry: entry[0])
            del self.elite[_ELITE:]
        return better

    def start(self, root: int) -> None:
        """A tree grown from ``root``, a bound from ``root``, and a tree along the bound's reduced costs."""
        self.clock.spend(3 * (self.graph.m + self.graph.n))
        first = shortest_path_tree(self.graph, self.terminal, root)
        self.keep(improve(self.graph, self.terminal, first, self.clock))
        raised, reduced = ascend(self.small, root, self.clock.left(), self.elite[0][1])
        if math.isinf(raised):
            raise SolverError("Some of the points to be joined are not connected.")
        self.bound = max(self.bound, raised)
        if raised > self.dual[0]:
            self.dual = raised, root, reduced
        m = self.graph.m
        guide = np.minimum(reduced[:m], reduced[m:]).astype(np.int64) * 64 + np.asarray(self.graph.costs) // 1024
        self.guides.append(guide)
        if not self.over():
            tree = shortest_path_tree(self.graph, self.terminal, root, native(guide))
            self.keep(improve(self.graph, self.terminal, tree, self.clock))

    def prove(self) -> None:
        """Raise the bound along the best tree, from a few of its terminals."""
        for root in spread(self.small.terminals, _PROOFS):
            if self.bound >= self.elite[0][0] or self.clock.late():
                return
            raised, reduced = ascend(self.small, root, self.clock.left(), self.elite[0][1])
            self.bound = max(self.bound, raised)
            if raised > self.dual[0]:
                self.dual = raised, root, reduced

    def _arcs(self) -> Arcs:
        small = self.small
        ends = np.concatenate([small.tails, small.heads]), np.concatenate([small.heads, small.tails])
        return Arcs(small.n, *ends, np.concatenate([small.costs, small.costs]), self.dual[1], small.terminals)

    def remainder(self) -> int:
        """How many arcs a better tree may use."""
        return len(usable(self._arcs(), self.dual[2], self.dual[0], float(self.elite[0][0])))

    def settle(self) -> None:
        """Let directed cuts decide what is left, where that is little."""
        if self.bound >= self.elite[0][0] or self.clock.late() or self.remainder() > SMALL:
            return
        m, root = self.graph.m, self.dual[1]

        def look(share: Array) -> float:
            _, guide = along(share, np.asarray(self.graph.costs))
            tree = shortest_path_tree(self.graph, self.terminal, root, native(guide))
            self.keep(improve(self.graph, self.terminal, tree, self.clock))
            return float(self.elite[0][0])

        found = settle(self._arcs(), self.dual[2], self.dual[0], float(self.elite[0][0]), self.clock.left(), look)
        if found.arcs is not None:
            flags = np.zeros(m, dtype=np.int64)
            flags[found.arcs % m] = 1
            tree = native(flags)
            prune(self.graph, self.terminal, tree)
            self.keep(tree)
        self.bound = max(self.bound, found.bound)

    def round(self) -> bool:
        """One disturbed start, improved and recombined; True where the best tree got better."""
        self.clock.spend(self.graph.m + self.graph.n)
        base = np.asarray(self.graph.costs)
        noise = self.random.random(len(base))
        if self.random.random() < 0.5:
            guide = (self.guides[int(self.random.integers(len(self.guides)))] * (1 + noise)).astype(np.int64)
        else:
            guide = (base * (1 + 0.5 * noise)).astype(np.int64)
        root = int(self.random.choice(self.small.terminals))
        tree = shortest_path_tree(self.graph, self.terminal, root, native(guide))
        tree = improve(self.graph, self.terminal, tree, self.clock)
        partner = self.elite[int(self.random.integers(len(self.elite)))][1]
        better = self.keep(tree)
        if not self.over():
            better = self.keep(self.combine(tree, partner, root)) or better
        return better

    def combine(self, one: Any, other: Any, root: int) -> Any:
        """The best tree found inside the union of two, improved in the whole graph."""
        small = self.small
        union = np.flatnonzero((np.asarray(one) == 1) | (np.asarray(other) == 1))
        inner = reduce_instance(small.n, small.tails[union], small.heads[union], small.costs[union], small.terminals)
        chosen = np.zeros(self.graph.m, dtype=np.int64)
        edges: list[int] = []
        if len(inner.terminals) > 1:
            graph = compress(inner.n, inner.tails, inner.heads, inner.costs)
            flag = np.zeros(inner.n, dtype=np.int64)
            flag[inner.terminals] = 1
            terminal = native(flag)
            trees = [improve(graph, terminal, shortest_path_tree(graph, terminal, start), self.clock)
                     for start in spread(inner.terminals, 3)]
            best = min(trees, key=lambda tree: total(graph, tree))
            edges = np.flatnonzero(np.asarray(best) == 1).tolist()
        chosen[union[inner.expand(edges)]] = 1
        return improve(self.graph, self.terminal, native(chosen), self.clock)
