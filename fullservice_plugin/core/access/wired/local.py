# SPDX-License-Identifier: GPL-2.0-or-later
"""Local search on Steiner trees: key-path exchange until nothing is gained (after Uchoa and Werneck 2012).

A key path runs between two nodes that are terminals or branch points. A pass finds for every key path the cheapest
other way to join the two halves of the tree: the boundary edges between Voronoi cells of the tree nodes wait in
mergeable heaps that move up the tree, and the cells of the path's own inner nodes are given to the others for the
moment. The new ways are then added, largest gain first; each takes out the dearest key path of the cycle it closes.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from fullservice_plugin.core.access.wired.clock import Clock
from fullservice_plugin.core.access.wired.jit import Array, ints, native
from fullservice_plugin.core.access.wired.keypaths import apply_moves, find_moves, root_tree, voronoi
from fullservice_plugin.core.access.wired.trees import Graph, prune, span, total, zeros

_FAR = 1 << 60


def improve(graph: Graph, terminal: Any, flags: Any, clock: Clock) -> Any:
    """Exchange key paths until a pass gains nothing or the clock is over.

    ``flags`` (one per edge) is a tree over all terminals; so is the result, and it costs no more.
    """
    best, value = flags, total(graph, flags)
    while not clock.over():
        clock.spend(graph.m + graph.n)
        found = _tidy(graph, terminal, exchange(graph, terminal, best))
        cost = total(graph, found)
        if cost >= value:
            break
        best, value = found, cost
    return best


def _tidy(graph: Graph, terminal: Any, flags: Any) -> Any:
    """Prune, then the spanning tree of the same nodes."""
    prune(graph, terminal, flags)
    inside = np.zeros(graph.n, dtype=np.int64)
    chosen = np.asarray(flags) == 1
    inside[np.asarray(graph.tails)[chosen]] = 1
    inside[np.asarray(graph.heads)[chosen]] = 1
    return span(graph, terminal, native(inside))


def exchange(graph: Graph, terminal: Any, flags: Any) -> Any:
    """One pass of key-path exchange; returns new flags."""
    n = graph.n
    root = int(np.flatnonzero(np.asarray(terminal) == 1)[0])
    parent, above, tin, tout, degree = zeros(n, -1), zeros(n, -1), zeros(n), zeros(n, -1), zeros(n)
    order = native(ints(root_tree(root, graph.pointer, graph.near, graph.edge, flags, parent, above, tin, tout,
                                   degree)))
    dist, base, via = zeros(n, _FAR), zeros(n, -1), zeros(n, -1)
    voronoi(graph.pointer, graph.near, graph.edge, graph.costs, order, dist, base, via)
    border = _border(graph, np.asarray(dist), np.asarray(base))
    cells = np.asarray(base)
    members = np.argsort(cells, kind="stable")
    first = np.searchsorted(cells[members], np.arange(n + 1))
    moves = find_moves(
        graph.pointer, graph.near, graph.edge, graph.tails, graph.heads, graph.costs, terminal, root, order, parent,
        above, tin, tout, degree, dist, base, via, native(ints(border)), native(ints(members)), native(ints(first)),
        zeros(n, -1), zeros(2 * len(border), -1), zeros(2 * len(border), -1), zeros(n, -1), zeros(n, _FAR),
        zeros(n, -1), zeros(n, -1))
    gain, low, start, nodes = (ints(part) for part in moves)
    if not len(gain):
        return native(np.asarray(flags).copy())
    start = np.append(start, len(nodes))
    rank = np.lexsort((low, -gain))
    apply_moves(graph.pointer, graph.near, graph.edge, graph.costs, terminal, parent, above, degree, native(rank),
                native(low), native(start), native(nodes), zeros(n, -1))
    chosen = np.zeros(graph.m, dtype=np.int64)
    used = np.asarray(above)
    chosen[used[used >= 0]] = 1
    return native(chosen)


def _border(graph: Graph, dist: Array, base: Array) -> Array:
    """Edges between different cells, cheapest connection first."""
    tails, heads = np.asarray(graph.tails), np.asarray(graph.heads)
    edges = np.flatnonzero((base[tails] != base[heads]) & (base[tails] >= 0) & (base[heads] >= 0))
    length = dist[tails[edges]] + np.asarray(graph.costs)[edges] + dist[heads[edges]]
    return edges[np.argsort(length, kind="stable")]
