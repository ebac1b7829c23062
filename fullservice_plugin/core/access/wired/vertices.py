# SPDX-License-Identifier: GPL-2.0-or-later
"""Local search on the nodes of a tree: one more or one less, as long as spanning tree and prizes together gain.

Steiner-vertex insertion and elimination (Minoux 1990; Uchoa and Werneck 2012), with prizes. A node is put in by
merging its edges into the sorted spanning tree, and taken out by spanning the rest of the induced graph anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fullservice_plugin.core.access.wired.jit import Array, ints, kernel, native
from fullservice_plugin.core.access.wired.trees import Graph, zeros

LARGEST = 60_000_000  # nodes × edges up to which a pass is worth its time


def fits(graph: Graph) -> bool:
    """Whether passes over this graph are quick enough."""
    return graph.n * graph.m <= LARGEST


def better_nodes(graph: Graph, prizes: Any, nodes: Array, fixed: int) -> Array:
    """Return nodes whose spanning tree costs less, prizes counted; ``fixed`` (−1 for none) stays inside."""
    inside = np.zeros(graph.n, dtype=np.int64)
    inside[nodes] = 1
    place = np.empty(graph.m, dtype=np.int64)
    place[np.asarray(graph.rank)] = np.arange(graph.m)
    flags = native(inside)
    _search(
        graph.rank,
        graph.tails,
        graph.heads,
        graph.costs,
        graph.pointer,
        graph.near,
        graph.edge,
        native(place),
        prizes,
        flags,
        fixed,
        zeros(graph.n),
        zeros(graph.m),
        zeros(graph.n),
    )
    return np.flatnonzero(ints(flags) == 1)


@kernel
def _top(above: Any, v: int) -> int:
    while above[v] != v:
        above[v] = above[above[v]]
        v = above[v]
    return v


@kernel
def _induced(rank: Any, tails: Any, heads: Any, inside: Any, own: Any) -> int:
    """List the edges between inside nodes, cheapest first; returns how many."""
    k = 0
    for e in rank:
        if inside[tails[e]] == 1 and inside[heads[e]] == 1:
            own[k] = e
            k += 1
    return k


@kernel
def _span(
    own: Any, count: int, tails: Any, heads: Any, costs: Any, above: Any, skip: int, wanted: int, tree: Any
) -> int:
    """Cost of the spanning tree of ``wanted`` nodes without node ``skip``; −1 where they hang not together."""
    for v in range(len(above)):
        above[v] = v
    cost = 0
    joined = 0
    for k in range(count):
        e = own[k]
        if tails[e] == skip or heads[e] == skip:
            continue
        a = _top(above, tails[e])
        b = _top(above, heads[e])
        if a != b:
            above[a] = b
            if skip < 0:
                tree[joined] = e
            cost += costs[e]
            joined += 1
            if joined == wanted - 1:
                break
    if joined < wanted - 1:
        return -1
    return cost


@kernel
def _with(
    v: int,
    tree: Any,
    size: int,
    tails: Any,
    heads: Any,
    costs: Any,
    pointer: Any,
    near: Any,
    edge: Any,
    place: Any,
    rank: Any,
    inside: Any,
    above: Any,
) -> int:
    """Cost of the spanning tree with one more node; −1 where no edge leads to it."""
    fresh = [0]
    fresh.pop()
    for k in range(pointer[v], pointer[v + 1]):
        if inside[near[k]] == 1:
            fresh.append(place[edge[k]])
    if len(fresh) == 0:
        return -1
    fresh.sort()
    for u in range(len(above)):
        above[u] = u
    cost = 0
    i = 0
    j = 0
    joined = 0
    while joined < size + 1:
        if j >= len(fresh) or (i < size and place[tree[i]] < fresh[j]):
            e = tree[i]
            i += 1
        else:
            e = rank[fresh[j]]
            j += 1
        a = _top(above, tails[e])
        b = _top(above, heads[e])
        if a != b:
            above[a] = b
            cost += costs[e]
            joined += 1
    return cost


@kernel
def _search(
    rank: Any,
    tails: Any,
    heads: Any,
    costs: Any,
    pointer: Any,
    near: Any,
    edge: Any,
    place: Any,
    prizes: Any,
    inside: Any,
    fixed: int,
    above: Any,
    own: Any,
    tree: Any,
) -> None:
    """Put in and take out until a whole round gains nothing; ``inside`` is changed in place."""
    n = len(inside)
    nodes = 0
    for v in range(n):
        nodes += inside[v]
    count = _induced(rank, tails, heads, inside, own)
    base = _span(own, count, tails, heads, costs, above, -1, nodes, tree)
    if base < 0:
        return
    idle = 0
    v = 0
    while idle < n:
        gain = 0
        if inside[v] == 0:
            cost = _with(v, tree, nodes - 1, tails, heads, costs, pointer, near, edge, place, rank, inside, above)
            if cost >= 0:
                gain = base + prizes[v] - cost
        elif v != fixed and nodes > 1:
            cost = _span(own, count, tails, heads, costs, above, v, nodes - 1, tree)
            if cost >= 0:
                gain = base - prizes[v] - cost
        if gain > 0:
            nodes += 1 - 2 * inside[v]
            inside[v] = 1 - inside[v]
            count = _induced(rank, tails, heads, inside, own)
            base = _span(own, count, tails, heads, costs, above, -1, nodes, tree)
            idle = 0
        else:
            idle += 1
        v = (v + 1) % n
