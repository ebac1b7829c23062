# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees over integer graphs: the shortest-path heuristic, minimum spanning tree with pruning, checks."""
from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np

from fullservice_plugin.core.access.wired.jit import Array, ints, kernel, native

_FAR = 1 << 60


@dataclass
class Graph:
    """Undirected graph in compressed rows; ``near`` and ``edge`` list neighbours and edges of v at pointer[v:v+1].

    All arrays are int64 in the form :func:`native` gives; ``rank`` lists the edges by cost, then number.
    """

    n: int
    m: int
    tails: Any
    heads: Any
    costs: Any
    pointer: Any
    near: Any
    edge: Any
    rank: Any


def compress(n: int, tails: Array, heads: Array, costs: Array) -> Graph:
    """Build the compressed rows of a graph."""
    m = len(tails)
    ends, others = np.concatenate([tails, heads]), np.concatenate([heads, tails])
    order = np.argsort(ends, kind="stable")
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=n), out=pointer[1:])
    edge = np.concatenate([np.arange(m), np.arange(m)])[order]
    rank = np.argsort(costs, kind="stable")
    return Graph(n, m, *(native(ints(a)) for a in (tails, heads, costs, pointer, others[order], edge, rank)))


def zeros(size: int, value: int = 0) -> Any:
    """A work array in the form a kernel reads fastest."""
    return native(np.full(size, value, dtype=np.int64))


def shortest_path_tree(graph: Graph, terminal: Any, root: int, costs: Any = None) -> Any:
    """Takahashi–Matsuyama: join the terminal nearest to the tree, again and again; then MST and pruning.

    ``terminal`` flags each node; ``costs`` may replace the edge costs that guide the growth. Returns one flag per
    edge; terminals that cannot be reached are left out.
    """
    inside = zeros(graph.n)
    guide = graph.costs if costs is None else costs
    _grow(root, graph.pointer, graph.near, graph.edge, guide, terminal, zeros(graph.n, _FAR),
          zeros(graph.n, -1), inside)
    return span(graph, terminal, inside)


def span(graph: Graph, terminal: Any, inside: Any) -> Any:
    """Minimum spanning tree of the flagged nodes, pruned to the terminals; one flag per edge."""
    flags = zeros(graph.m)
    _kruskal(graph.rank, graph.tails, graph.heads, inside, native(np.arange(graph.n, dtype=np.int64)), flags)
    prune(graph, terminal, flags)
    return flags


def prune(graph: Graph, terminal: Any, flags: Any) -> None:
    """Cut leaves that are no terminals off the flagged edges, in place."""
    _prune(graph.pointer, graph.near, graph.edge, graph.tails, graph.heads, terminal, flags, zeros(graph.n))


def total(graph: Graph, flags: Any) -> int:
    """Cost of the flagged edges."""
    return int(np.asarray(graph.costs)[np.asarray(flags) == 1].sum())


def is_tree(n: int, tails: Array, heads: Array, terminals: Array) -> bool:
    """Whether the edges form one tree that holds all terminals."""
    if not len(tails):
        return len(set(terminals.tolist())) <= 1
    above = list(range(n))

    def top(v: int) -> int:
        while above[v] != v:
            above[v] = above[above[v]]
            v = above[v]
        return v

    for a, b in zip(tails.tolist(), heads.tolist()):
        x, y = top(a), top(b)
        if x == y:
            return False
        above[x] = y
    return len({top(v) for v in set(tails.tolist()) | set(heads.tolist()) | set(terminals.tolist())}) == 1


@kernel
def _grow(root: Any, pointer: Any, near: Any, edge: Any, costs: Any, terminal: Any, dist: Any, via: Any,
inside: Any) -> Any:
    """Grow the tree; ``dist`` starts far, ``via`` −1, ``inside`` 0."""
    dist[root] = 0
    inside[root] = 1
    heap = [(0, root)]
    while len(heap) > 0:
        d, v = heapq.heappop(heap)
        if d > dist[v]:
            continue
        if d > 0 and terminal[v] == 1:
            u = v
            while inside[u] == 0:
                inside[u] = 1
                dist[u] = 0
                heapq.heappush(heap, (0, u))
                u = via[u]
            continue
        if d == 0 and inside[v] == 0 and terminal[v] == 1:
            u = v
            while inside[u] == 0:
                inside[u] = 1
                u = via[u]
        for k in range(pointer[v], pointer[v + 1]):
            u = near[k]
            c = d + costs[edge[k]]
            if c < dist[u]:
                dist[u] = c
                via[u] = v
                heapq.heappush(heap, (c, u))


@kernel
def _kruskal(rank: Any, tails: Any, heads: Any, inside: Any, above: Any, flags: Any) -> Any:
    """Flag a minimum spanning forest of the nodes ``inside``; ``above`` starts as 0…n−1."""
    for k in range(len(rank)):
        e = rank[k]
        a = tails[e]
        b = heads[e]
        if inside[a] == 1 and inside[b] == 1:
            while above[a] != a:
                above[a] = above[above[a]]
                a = above[a]
            while above[b] != b:
                above[b] = above[above[b]]
                b = above[b]
            if a != b:
                above[a] = b
                flags[e] = 1


@kernel
def _prune(pointer: Any, near: Any, edge: Any, tails: Any, heads: Any, terminal: Any, flags: Any,
           degree: Any) -> None:
    """Remove non-terminal leaves; ``degree`` starts as 0."""
    for e in range(len(flags)):
        if flags[e] == 1:
            degree[tails[e]] += 1
            degree[heads[e]] += 1
    for start in range(len(degree)):
        v = start
        while degree[v] == 1 and terminal[v] == 0:
            degree[v] = 0
            for k in range(pointer[v], pointer[v + 1]):
                if flags[edge[k]] == 1:
                    flags[edge[k]] = 0
                    degree[near[k]] -= 1
                    v = near[k]
                    break
