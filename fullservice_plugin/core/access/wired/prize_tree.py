# SPDX-License-Identifier: GPL-2.0-or-later
"""Prize-collecting Steiner trees: which nodes are worth their way, a good tree and a proven lower bound.

The cost of a tree is that of its edges and of the prizes it forgoes. Each prize becomes a terminal that is reached
from its node at no cost, or at the price of the prize forgone; without a given root, one arc of a large cost enters
the tree (Ljubić et al. 2006; Rehfeldt and Koch 2021). Dual ascent over those arcs gives bound and guide; starts along
the guide are pruned to their best subtree, improved by key-path exchange, extended and recombined. Arcs that no
better tree can use are dropped, and what remains is settled by directed cuts where it is small (:mod:`cuts`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from fullservice_plugin.core.access.wired.clock import Clock
from fullservice_plugin.core.access.wired.cuts import Arcs, along, settle
from fullservice_plugin.core.access.wired.dual_ascent import Numbers, dual_ascent, grid_scale
from fullservice_plugin.core.access.wired.jit import Array, ints, native
from fullservice_plugin.core.access.wired.local import improve
from fullservice_plugin.core.access.wired.search import warm
from fullservice_plugin.core.access.wired.trees import Graph, compress, shortest_path_tree, span
from fullservice_plugin.core.access.wired.vertices import better_nodes, fits
from fullservice_plugin.core.errors import SolverError
from fullservice_plugin.core.progress import SILENT, Progress

_PATIENCE = 25  # rounds without gain before the search ends by itself
_ELITE = 8
_ROUNDS = 6  # improvements of one start
_SETTLE = 0.6  # share of the time that the cuts may take


@dataclass(frozen=True)
class PrizeTree:
    """``edges`` and ``nodes`` of the tree (ascending), ``cost`` with prizes forgone, a proven ``lower_bound``."""

    cost: float
    lower_bound: float
    edges: Array
    nodes: Array


@dataclass
class _Plan:
    """A tree in integers: its edges, its nodes, its cost with what it forgoes."""

    edges: Array
    nodes: Array
    value: int


def solve_prize_tree(
    n: int,
    tails: Numbers,
    heads: Numbers,
    costs: Numbers,
    prizes: Numbers,
    root: Optional[int] = None,
    seconds: float = 10.0,
    progress: Progress = SILENT,
) -> PrizeTree:
    """Cheapest tree over undirected edges, prizes of the nodes it misses included, as good as ``seconds`` allow.

    ``costs`` ≥ 0 per edge, ``prizes`` ≥ 0 per node, both finite. With ``root`` the tree holds that node; without, it
    may be anywhere, but is not empty where any prize is positive. Raises SolverError where numbers are unusable.
    """
    tail, head = ints(tails), ints(heads)
    cost, prize = np.asarray(costs, dtype=np.float64), np.asarray(prizes, dtype=np.float64)
    for values in (cost, prize):
        if values.size and (not np.isfinite(values).all() or values.min() < 0):
            raise SolverError("Edge costs and prizes must be finite numbers that are not negative.")
    if root is None and not (prize > 0).any():
        return PrizeTree(0.0, 0.0, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    warm()
    scale = grid_scale(np.concatenate([cost, prize, [4.0 * float(prize.sum())]]))
    work = _Search(
        n, tail, head, np.floor(cost * scale).astype(np.int64), np.floor(prize * scale).astype(np.int64), root, seconds
    )
    plan = work.run(progress)
    inside = np.zeros(n, dtype=bool)
    inside[plan.nodes] = True
    value = float(cost[plan.edges].sum() + prize[~inside].sum())
    progress.step(1.0)
    return PrizeTree(value, max(0.0, min(value, work.bound / scale)), np.sort(plan.edges), np.sort(plan.nodes))


class _Search:
    """State of one search; random numbers are seeded, so the same input gives the same tree."""

    def __init__(
        self, n: int, tails: Array, heads: Array, costs: Array, prizes: Array, root: Optional[int], seconds: float
    ) -> None:
        self.n, self.tails, self.heads, self.costs, self.prizes = n, tails, heads, costs, prizes
        self.root, self.seconds = root, seconds
        self.clock = Clock(seconds)
        self.graph: Graph = compress(n, tails, heads, costs)
        # an edge without cost must stay in the sparse matrix
        self.matrix = coo_matrix((np.maximum(costs, 0.25), (tails, heads)), shape=(n, n)).tocsr()
        self.bound = 0.0
        self.small, self.native_prizes = fits(self.graph), native(prizes)
        self.guide: Any = native(costs)
        self.worth = prizes > 0
        self.elite: list[_Plan] = []
        self.random = np.random.default_rng(1)

    def run(self, progress: Progress) -> _Plan:
        """Bound, starts, rounds, then the remainder by cuts."""
        arcs = self._arcs()
        reduced = self._ascend(arcs)
        for start in (self.worth, self.prizes > 0):
            for guide in (self.guide, native(self.costs)):
                self._keep(self._grown(start, guide))
        for node in np.argsort(-self.prizes, kind="stable")[:3].tolist():
            self._keep(self._alone(node if self.root is None else self.root))
        progress.step(0.3)
        idle = 0
        while idle < _PATIENCE and not self.clock.over() and self._open():
            idle = 0 if self._round() else idle + 1
        progress.step(0.6)
        if self._open():
            self._settle(arcs, reduced)
        return self.elite[0]

    def _open(self) -> bool:
        return self.elite[0].value > self.bound + 0.999

    def _arcs(self) -> Arcs:
        """The directed instance: streets both ways, a terminal per prize, the way into the tree."""
        goal = np.flatnonzero(self.prizes > 0)
        if self.root is not None:
            goal = goal[goal != self.root]
        copies = self.n + np.arange(len(goal))
        out = self.root if self.root is not None else self.n + len(goal)  # forgone prizes are reached from here
        tails = [self.tails, self.heads, goal, np.full(len(goal), out)]
        heads = [self.heads, self.tails, copies, copies]
        costs = [self.costs, self.costs, np.zeros(len(goal), dtype=np.int64), self.prizes[goal]]
        terminals, root, offset, count = copies, self.root if self.root is not None else out + 1, 0, self.n + len(goal)
        if self.root is None:
            offset, count = int(self.prizes.sum()) + 1, count + 2
            tails += [np.full(len(goal), root), goal]
            heads += [goal, np.full(len(goal), out)]
            costs += [np.full(len(goal), offset, dtype=np.int64), np.zeros(len(goal), dtype=np.int64)]
            terminals = np.append(copies, out)
        return Arcs(
            count,
            np.concatenate(tails),
            np.concatenate(heads),
            np.concatenate(costs),
            int(root or 0),
            terminals,
            offset,
        )

    def _ascend(self, arcs: Arcs) -> Array:
        """Bound, which prizes are worth their way, and prices along which good trees lie."""
        found, reduced = dual_ascent(
            arcs.tails, arcs.heads, arcs.costs, arcs.n, arcs.root, arcs.terminals, self.clock.left()
        )
        if math.isfinite(found):
            self.bound = max(self.bound, found - arcs.offset)
        m = len(self.costs)
        goal = np.flatnonzero(self.prizes > 0)
        goal = goal if self.root is None else goal[goal != self.root]
        self.worth = np.zeros(self.n, dtype=bool)
        self.worth[goal[reduced[2 * m + len(goal) : 2 * m + 2 * len(goal)] > 0]] = True
        left = np.minimum(reduced[:m], reduced[m : 2 * m]).astype(np.int64)
        self.guide = native(left * 64 + self.costs // 1024)
        return reduced

    def _alone(self, node: int) -> _Plan:
        nodes = np.array([node], dtype=np.int64)
        return _Plan(np.zeros(0, dtype=np.int64), nodes, int(self.prizes.sum() - self.prizes[node]))

    def _keep(self, plan: _Plan) -> bool:
        """Put a plan among the best, each kind once; True where it is the best of all."""
        if any(plan.value == one.value and np.array_equal(plan.nodes, one.nodes) for one in self.elite):
            return False
        best = not self.elite or plan.value < self.elite[0].value
        self.elite = sorted([*self.elite, plan], key=lambda one: one.value)[:_ELITE]
        return best

    def _grown(self, wanted: Array, guide: Any) -> _Plan:
        """A tree over the wanted nodes, pruned to its best subtree, improved and extended in turn."""
        goal = np.flatnonzero(wanted)
        start = self.root if self.root is not None else (int(goal[np.argmax(self.prizes[goal])]) if len(goal) else -1)
        if start < 0:
            return self._alone(int(np.argmax(self.prizes)))
        flag = np.zeros(self.n, dtype=np.int64)
        flag[goal] = 1
        flag[start] = 1
        tree = shortest_path_tree(self.graph, native(flag), start, guide)
        best = self._pruned(np.flatnonzero(np.asarray(tree) == 1), start)
        for _ in range(_ROUNDS):
            plan = self._better(best)
            if plan.value >= best.value:
                break
            best = plan
            if self.clock.over():
                break
        return best

    def _better(self, plan: _Plan) -> _Plan:
        """Exchange key paths, then reach for the prizes that pay their way from the tree; pruned after each."""
        flag = np.zeros(self.n, dtype=np.int64)
        inside = plan.nodes[self.prizes[plan.nodes] > 0]
        flag[inside] = 1
        start = self.root if self.root is not None else int(inside[0] if len(inside) else plan.nodes[0])
        flag[start] = 1
        if flag.sum() > 1 and len(plan.edges):
            tree = np.zeros(len(self.costs), dtype=np.int64)
            tree[plan.edges] = 1
            found = improve(self.graph, native(flag), native(tree), self.clock)
            plan = self._cheaper(plan, self._pruned(np.flatnonzero(np.asarray(found) == 1), start))
        self.clock.spend(len(self.costs))
        far = dijkstra(self.matrix, directed=False, indices=plan.nodes, min_only=True)
        near = (self.prizes > 0) & (far < self.prizes)
        near[plan.nodes] |= self.prizes[plan.nodes] > 0
        near[start] = True
        wider = shortest_path_tree(self.graph, native(near.astype(np.int64)), start)
        plan = self._cheaper(plan, self._pruned(np.flatnonzero(np.asarray(wider) == 1), start))
        if not self.small:
            return plan
        nodes = better_nodes(self.graph, self.native_prizes, plan.nodes, -1 if self.root is None else self.root)
        flags = np.zeros(self.n, dtype=np.int64)
        flags[nodes] = 1
        tree = span(self.graph, native(flags), native(flags))
        return self._cheaper(
            plan, self._pruned(np.flatnonzero(np.asarray(tree) == 1), int(nodes[0]) if self.root is None else self.root)
        )

    @staticmethod
    def _cheaper(one: _Plan, other: _Plan) -> _Plan:
        return other if other.value < one.value else one

    def _pruned(self, edges: Array, start: int) -> _Plan:
        """The best subtree of a tree: with the root where one is given, else wherever it is best."""
        near: dict[int, list[tuple[int, int]]] = {}
        for e in edges.tolist():
            a, b = int(self.tails[e]), int(self.heads[e])
            near.setdefault(a, []).append((b, e))
            near.setdefault(b, []).append((a, e))
        order, above = [start], {start: (-1, -1)}
        for v in order:
            for u, e in near.get(v, ()):
                if u not in above:
                    above[u] = (v, e)
                    order.append(u)
        worth = {v: int(self.prizes[v]) for v in order}
        cut = set()
        for v in reversed(order[1:]):
            up, e = above[v]
            if worth[v] > int(self.costs[e]):
                worth[up] += worth[v] - int(self.costs[e])
            else:
                cut.add(v)
        top = start if self.root is not None else max(order, key=lambda v: (worth[v], -v))
        nodes, kept, stack = [top], [], [top]
        while stack:
            v = stack.pop()
            for u, e in near.get(v, ()):
                if above[u][0] == v and u not in cut:
                    nodes.append(u)
                    kept.append(e)
                    stack.append(u)
        held = np.array(sorted(nodes), dtype=np.int64)
        used = np.array(sorted(kept), dtype=np.int64)
        value = int(self.costs[used].sum()) + int(self.prizes.sum() - self.prizes[held].sum())
        return _Plan(used, held, value)

    def _round(self) -> bool:
        """One disturbed start: nodes of good trees, some dropped and some added, along noisy prices."""
        self.clock.spend(len(self.costs) + self.n)
        one, other = (self.elite[int(self.random.integers(len(self.elite)))] for _ in range(2))
        wanted = np.zeros(self.n, dtype=bool)
        wanted[one.nodes] = True
        if self.random.random() < 0.5:
            wanted[other.nodes] = True
        flip = self.random.random(self.n) < self.random.choice([0.03, 0.1, 0.25])
        wanted = (wanted ^ flip) & (self.prizes > 0)
        if self.root is not None:
            wanted[self.root] = True
        noise = 1 + self.random.random(len(self.costs)) * self.random.choice([0.1, 0.5, 1.0])
        base = np.asarray(self.guide) if self.random.random() < 0.5 else self.costs
        return self._keep(self._grown(wanted, native((base * noise).astype(np.int64))))

    def _settle(self, arcs: Arcs, reduced: Array) -> None:
        """Drop arcs that no better tree can use, settle the rest by cuts; takes over bound and tree."""
        upper = self.elite[0].value + arcs.offset
        m = len(self.costs)

        def look(share: Array) -> float:
            used, guide = along(share, self.costs)
            wanted = np.zeros(self.n, dtype=bool)
            wanted[self.tails[used > 0.4]] = True
            wanted[self.heads[used > 0.4]] = True
            self._keep(self._grown(wanted & (self.prizes > 0), native(guide)))
            return float(self.elite[0].value + arcs.offset)

        found = settle(arcs, reduced, self.bound + arcs.offset, float(upper), self.seconds * _SETTLE, look)
        self.bound = max(self.bound, min(found.bound - arcs.offset, float(self.elite[0].value)))
        if found.arcs is not None:
            edges = np.unique(found.arcs[found.arcs < 2 * m] % m)
            if len(edges):
                self._keep(self._pruned(edges, self.root if self.root is not None else int(self.tails[edges[0]])))
