# SPDX-License-Identifier: GPL-2.0-or-later
"""Shortens a tree where its detours would break the optical budget.

A tree of least trench may lead to some buildings the long way round. Walking down from the supply point, the first
node whose way is longer than some building below it can bear is joined to the supply point by the shortest way
instead (after Khuller, Raghavachari and Young 1995, light approximate shortest-path trees). What is no longer
needed is cut.
"""
from __future__ import annotations

import math
from typing import Mapping

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.hierarchy import RootedTree, root_tree
from fullservice_plugin.core.access.wired.jit import Array

_ABOVE = 1.0  # metres from the node above all supply points to each of them: an arc of no length would be none


def shorten(graph: StreetGraph, tree: RootedTree, limits: dict[int, float], roots: Mapping[int, float]) -> RootedTree:
    """A tree in which no node of ``limits`` lies farther (metres) from its supply point than given, where possible.

    ``limits``: facade node → metres; ``roots``: supply node → metres that count before it. The same tree comes back
    where nothing is too far.
    """
    if all(tree.dist.get(v, 0.0) <= limit for v, limit in limits.items()):
        return tree
    shortest, before = _shortest(graph, roots)
    allowed: dict[int, float] = {}
    for v in reversed(tree.order):
        bear = min(allowed.get(v, math.inf), limits.get(v, math.inf))
        allowed[v] = bear
        up = tree.parent[v]
        if up >= 0:
            allowed[up] = min(allowed.get(up, math.inf), bear - (tree.dist[v] - tree.dist[up]))
    parent: dict[int, int] = dict(tree.parent)
    dist: dict[int, float] = {}
    for v in tree.order:
        up = tree.parent[v]
        way = dist[up] + tree.dist[v] - tree.dist[up] if up >= 0 else roots[v]
        if v in dist and dist[v] <= way:
            continue
        parent[v], dist[v] = up, way
        if way > allowed[v] and shortest[v] <= allowed[v]:
            _graft(v, parent, dist, shortest, before)
    return _rebuilt(graph, parent, limits, roots)


def _graft(start: int, parent: dict[int, int], dist: dict[int, float], shortest: Array, before: Array) -> None:
    """Join a node to the supply point by the shortest way."""
    v = start
    while v >= 0 and (v == start or dist.get(v, math.inf) > shortest[v]):
        dist[v] = float(shortest[v])
        parent[v] = int(before[v]) if before[v] >= 0 else -1
        v = parent[v]


def _shortest(graph: StreetGraph, roots: Mapping[int, float]) -> tuple[Array, Array]:
    """Shortest distance of each node from a supply point, and the node before it (negative: none)."""
    tails, heads, length = graph.directed(np.maximum(graph.length, 1e-6))
    nodes, hub = np.array(sorted(roots), dtype=np.int64), graph.n
    tails, heads = np.concatenate([tails, np.full(len(nodes), hub)]), np.concatenate([heads, nodes])
    length = np.concatenate([length, [_ABOVE + roots[int(node)] for node in nodes]])
    order = np.lexsort((length, heads, tails))
    tails, heads, length = tails[order], heads[order], length[order]
    first = np.ones(len(tails), dtype=bool)  # of parallel edges the shortest
    first[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    matrix = coo_matrix((length[first], (tails[first], heads[first])), shape=(hub + 1, hub + 1)).tocsr()
    far, before = dijkstra(matrix, directed=True, indices=hub, return_predecessors=True)
    return far[:hub] - _ABOVE, np.where(before[:hub] == hub, -1, before[:hub])


def _rebuilt(graph: StreetGraph, parent: dict[int, int], limits: dict[int, float],
             roots: Mapping[int, float]) -> RootedTree:
    """The tree that the parents of the needed nodes form."""
    pairs = set()
    for v in limits:
        node = v
        while parent.get(node, -1) >= 0 and (node, parent[node]) not in pairs:
            pairs.add((node, parent[node]))
            node = parent[node]
    wanted = {(min(a, b), max(a, b)) for a, b in pairs}
    chosen: dict[tuple[int, int], int] = {}
    for e, (a, b) in enumerate(zip(graph.tails.tolist(), graph.heads.tolist())):
        key = (min(a, b), max(a, b))
        if key in wanted and (key not in chosen or graph.length[e] < graph.length[chosen[key]]):
            chosen[key] = e
    edges = np.array(sorted(chosen.values()), dtype=np.int64)
    return root_tree(graph.n, edges, graph.tails, graph.heads, graph.length, list(roots), roots)
