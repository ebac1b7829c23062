# SPDX-License-Identifier: GPL-2.0-or-later
"""Exact reductions of a Steiner tree instance: degree 1, degree 2, parallel edges, edges that must be in every tree."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fullservice_plugin.core.access.wired.jit import Array


@dataclass
class Reduced:
    """A smaller instance with the same optimum less ``fixed_cost``.

    ``tails``, ``heads``, ``costs`` (int64) of its edges over ``n`` nodes, ``terminals`` its terminals, ``fixed``
    the original edges in every optimal tree, ``parts[e]`` the original edges behind edge e.
    """

    n: int
    tails: Array
    heads: Array
    costs: Array
    terminals: Array
    fixed: list[int]
    fixed_cost: int
    parts: list[list[int]]

    def expand(self, edges: list[int]) -> list[int]:
        """Original edges of a tree of the reduced instance, ascending."""
        found = list(self.fixed)
        for edge in edges:
            found.extend(self.parts[edge])
        return sorted(found)


def reduce_instance(n: int, tails: Array, heads: Array, costs: Array, terminals: Array) -> Reduced:  # noqa: C901
    """Contract what is decided anyway; ``costs`` are integers ≥ 0. All terminals must be connected.

    A node of degree 1 that is no terminal goes with its edge; a terminal of degree 1 takes its edge into the tree
    and hands its role to the neighbour; a node of degree 2 that is no terminal becomes one edge; of parallel edges
    the cheapest stays.
    """
    near: list[dict[int, int]] = [{} for _ in range(n)]
    cost: list[int] = costs.tolist()
    ends = list(zip(tails.tolist(), heads.tolist()))
    made: list[tuple[int, int]] = []  # edge m + k joins the two edges made[k]
    m = len(cost)
    for e, (a, b) in enumerate(ends):
        if a == b:
            continue
        old = near[a].get(b)
        if old is None or cost[e] < cost[old]:
            near[a][b] = e
            near[b][a] = e
    terminal = [False] * n
    for t in terminals.tolist():
        terminal[t] = True
    left = sum(terminal)
    fixed: list[int] = []
    fixed_cost = 0
    queue = [v for v in range(n) if len(near[v]) <= 2]
    while queue:
        v = queue.pop()
        degree = len(near[v])
        if degree == 1:
            if terminal[v] and left == 1:
                continue
            (u, e), = near[v].items()
            if terminal[v]:
                fixed.append(e)
                fixed_cost += cost[e]
                terminal[v] = False
                if terminal[u]:
                    left -= 1
                terminal[u] = True
            near[v].clear()
            del near[u][v]
            if len(near[u]) <= 2:
                queue.append(u)
        elif degree == 2 and not terminal[v]:
            (a, e), (b, f) = near[v].items()
            near[v].clear()
            del near[a][v]
            del near[b][v]
            old = near[a].get(b)
            total = cost[e] + cost[f]
            if old is None or total < cost[old]:
                near[a][b] = near[b][a] = len(cost)
                made.append((e, f))
                cost.append(total)
            for u in (a, b):
                if len(near[u]) <= 2:
                    queue.append(u)
    return _collect(n, m, near, cost, made, terminal, fixed, fixed_cost)


def _collect(n: int, m: int, near: list[dict[int, int]], cost: list[int], made: list[tuple[int, int]],
             terminal: list[bool], fixed: list[int], fixed_cost: int) -> Reduced:
    """Number what is left, keeping only the part that holds the terminals."""
    start = next(v for v in range(n) if terminal[v])
    number = {start: 0}
    stack = [start]
    while stack:
        v = stack.pop()
        for u in near[v]:
            if u not in number:
                number[u] = 0
                stack.append(u)
    for k, v in enumerate(sorted(number)):
        number[v] = k

    def unfold(edge: int) -> list[int]:
        found, todo = [], [edge]
        while todo:
            e = todo.pop()
            if e < m:
                found.append(e)
            else:
                todo.extend(made[e - m])
        return found

    edges = sorted((number[v], number[u], e) for v in number for u, e in near[v].items() if number[v] < number[u])
    return Reduced(
        len(number), np.array([a for a, _, _ in edges], dtype=np.int64), np.array([b for _, b, _ in edges], np.int64),
        np.array([cost[e] for _, _, e in edges], dtype=np.int64),
        np.array(sorted(number[v] for v in number if terminal[v]), dtype=np.int64),
        [x for e in fixed for x in unfold(e)], fixed_cost, [unfold(e) for _, _, e in edges])
