# SPDX-License-Identifier: GPL-2.0-or-later
"""The best plan for every budget at once: a knapsack over the subtrees of one tree.

Nodes stand in preorder. For a node with budget level b either its subtree is skipped, or its edge is paid and the
next node follows: f[i][b] = max(f[i + size][b], gain + f[i + 1][b − cost]). Costs are rounded to levels, so a plan's
cost is computed anew; for the given tree the result is optimal but for this rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fullservice_plugin.core.access.choice.network import Floats, Ints, Network
from fullservice_plugin.core.access.choice.problem import Problem

LEVELS = 1200
FORCED = 1e13


@dataclass(frozen=True)
class Item:
    """One node in preorder: edge cost to it, nodes in its subtree, site (−1: none), the item above it (−1: root)."""

    cost: float
    size: int
    site: int
    above: int


class Ladder:
    """Plans over one tree for ``LEVELS`` budgets from 0 to the cost of everything."""

    def __init__(self, problem: Problem, network: Network, edges: Ints) -> None:
        self.problem = problem
        self.items = preorder(network, edges, [bool(options) for options in problem.sites])
        top = sum(item.cost for item in self.items)
        for item in self.items:
            if item.site >= 0:
                top += max(option.cost for option in problem.sites[item.site])
        self.step = max(top, 1e-9) / (LEVELS - 1)
        self._choice = self._solve()

    def _levels(self, cost: float) -> int:
        return int(round(cost / self.step))

    def _solve(self) -> "list[np.ndarray[tuple[int], np.dtype[np.int16]]]":
        """Return per node and level: −2 skip the subtree, −1 pass, k take option k."""
        count = len(self.items)
        best: list[Floats] = [np.zeros(LEVELS)] * (count + 1)
        choice = [np.full(LEVELS, -2, dtype=np.int16)] * count
        for i in range(count - 1, -1, -1):
            item = self.items[i]
            value = best[i + item.size].copy()
            picked = np.full(LEVELS, -2, dtype=np.int16)
            moves = [(-1, 0.0, item.cost)]
            if item.site >= 0:
                bonus = FORCED if self.problem.forced[item.site] else 0.0
                moves = [(k, option.revenue - option.cost + bonus, item.cost + option.cost)
                         for k, option in enumerate(self.problem.sites[item.site])]
                if item.size > 1:
                    moves.append((-1, 0.0, item.cost))
            for k, gain, cost in moves:
                shift = self._levels(cost)
                if shift >= LEVELS:
                    continue
                other = np.full(LEVELS, -np.inf)
                other[shift:] = best[i + 1][:LEVELS - shift] + gain - item.cost
                better = other > value + 1e-9
                value[better] = other[better]
                picked[better] = k
            best[i], choice[i] = value, picked
        return choice

    def picks(self, level: int) -> tuple[list[int], float]:
        """Return the picks of the plan for a budget level (0 … LEVELS − 1), and what its part of the tree costs."""
        found = [-1] * len(self.problem.sites)
        i, left, ways = 0, level, 0.0
        while i < len(self.items):
            item, move = self.items[i], int(self._choice[i][left])
            if move == -2:
                i += item.size
                continue
            cost = item.cost
            ways += item.cost
            if move >= 0:
                found[item.site] = move
                cost += self.problem.sites[item.site][move].cost
            left -= self._levels(cost)
            i += 1
        return found, ways


def _rooted(network: Network, edges: Ints) -> tuple[list[int], dict[int, tuple[int, float]]]:
    """Return the tree's nodes, parents first, and node → (parent, edge cost)."""
    near: dict[int, list[tuple[int, float]]] = {}
    for edge in edges.tolist():
        a, b, cost = int(network.tails[edge]), int(network.heads[edge]), float(network.costs[edge])
        near.setdefault(a, []).append((b, cost))
        near.setdefault(b, []).append((a, cost))
    order, parent = [network.root], {network.root: (-1, 0.0)}
    for v in order:
        for u, cost in sorted(near.get(v, ())):
            if u not in parent:
                parent[u] = (v, cost)
                order.append(u)
    return order, parent


def preorder(network: Network, edges: Ints, usable: list[bool]) -> list[Item]:
    """Return the tree's nodes in preorder, chains without sites contracted, one entry per site."""
    order, parent = _rooted(network, edges)
    at: dict[int, list[int]] = {}
    for site, node in enumerate(network.site.tolist()):
        if node >= 0 and usable[site]:
            at.setdefault(node, []).append(site)
    children: dict[int, list[int]] = {v: [] for v in order}
    alive: set[int] = set()
    for v in reversed(order):
        if v in at or children[v]:
            alive.add(v)
            if parent[v][0] >= 0:
                children[parent[v][0]].append(v)
    costs: list[float] = []
    sites: list[int] = []
    above: list[int] = []
    stack: list[tuple[int, float, int]] = [(network.root, 0.0, -1)]
    while stack:
        v, cost, up = stack.pop()
        place, mine = up, at.get(v, [])
        if mine or len(children[v]) != 1 or v == network.root:
            # the node itself, then its sites as leaves of it: each is a choice of its own
            place = len(costs)
            lone = len(mine) == 1 and not children[v]
            for k, site in enumerate(mine if lone else [-1, *mine]):
                costs.append(cost if k == 0 else 0.0)
                sites.append(site)
                above.append(up if k == 0 else place)
            cost = 0.0
        stack.extend((u, cost + parent[u][1], place) for u in children[v])
    size = [1] * len(costs)
    for i in range(len(costs) - 1, 0, -1):
        if above[i] >= 0:
            size[above[i]] += size[i]
    return [Item(cost, size[i], sites[i], above[i]) for i, cost in enumerate(costs)]
