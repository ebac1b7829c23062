# SPDX-License-Identifier: GPL-2.0-or-later
"""Rooted prize collecting over the street network: which sites are worth their way, and a proven upper bound.

The bound turns prizes into arcs: each site gets a terminal that is reached from its node at no cost, or from the
root at the cost of the prize forgone. A cheapest arborescence to all terminals then costs (all prizes − best
benefit), and dual ascent bounds it from below (Ljubić et al. 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from fullservice_plugin.core.access.choice.network import Floats, Ints, Network
from fullservice_plugin.core.access.wired.dual_ascent import dual_ascent
from fullservice_plugin.core.access.wired.jit import native
from fullservice_plugin.core.access.wired.trees import compress, shortest_path_tree

_CENT = 100.0
"""Heuristic costs are whole cents."""
_ROUNDS = 5
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Collected:
    """Sites connected (flags), what their tree costs, and prizes − cost."""

    chosen: Flags
    tree_cost: float
    value: float


@dataclass(frozen=True)
class Hint:
    """From a dual solution: ``worth`` flags sites that it would connect, ``guide`` prices edges for a heuristic."""

    worth: Flags
    guide: Ints


class PrizeSolver:
    """Solves one network for many prizes."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._graph = compress(
            network.n, network.tails, network.heads, np.round(network.costs * _CENT).astype(np.int64))
        self._matrix = coo_matrix(
            (np.maximum(network.costs, 1e-9), (network.tails, network.heads)), shape=(network.n, network.n)).tocsr()
        self._known: dict[bytes, tuple[Ints, float]] = {}

    def tree(self, chosen: Flags) -> tuple[Ints, float]:
        """Return (edges, cost) of a short tree from the root to the chosen sites (flags)."""
        key = chosen.tobytes()
        if key not in self._known:
            net = self.network
            flags = np.zeros(net.n, dtype=np.int64)
            flags[net.site[chosen & (net.site >= 0)]] = 1
            flags[net.root] = 1
            edges = np.flatnonzero(np.asarray(shortest_path_tree(self._graph, native(flags), net.root)) == 1)
            self._known[key] = (edges, float(net.costs[edges].sum()))
        return self._known[key]

    def bound(self, prizes: Floats, forced: Floats) -> tuple[float, Hint]:
        """Return an upper bound on (prizes of the connected sites − cost of their tree), forced ones connected.

        Also what the dual solution says about good trees.
        """
        net = self.network
        sites = np.flatnonzero((net.site >= 0) & ((prizes > 0) | (forced > 0)))
        if not len(sites):
            return 0.0, Hint(np.zeros(len(prizes), dtype=bool), np.zeros(0, dtype=np.int64))
        extra = net.n + np.arange(len(sites))
        forgo = np.where(forced[sites] > 0, np.inf, prizes[sites])
        tails = np.concatenate((net.tails, net.heads, net.site[sites], np.full(len(sites), net.root)))
        heads = np.concatenate((net.heads, net.tails, extra, extra))
        costs = np.concatenate((net.costs, net.costs, np.zeros(len(sites)), forgo))
        least, reduced = dual_ascent(tails, heads, costs, net.n + len(sites), net.root, extra)
        worth = np.zeros(len(prizes), dtype=bool)
        worth[sites] = reduced[-len(sites):] > 0
        m = len(net.costs)
        left = np.round(np.minimum(reduced[:m], reduced[m:2 * m]) * _CENT).astype(np.int64)
        guide = left * 64 + np.round(net.costs * _CENT).astype(np.int64) // 1024
        return float(prizes[sites].sum() - least), Hint(worth, guide)

    def guided(self, chosen: Flags, hint: Hint) -> Ints:
        """Return the edges of a tree to the chosen sites that prefers ways the bound has paid for."""
        net = self.network
        if not len(hint.guide):
            return self.tree(chosen)[0]
        flags = np.zeros(net.n, dtype=np.int64)
        flags[net.site[chosen & (net.site >= 0)]] = 1
        flags[net.root] = 1
        found = shortest_path_tree(self._graph, native(flags), net.root, native(hint.guide))
        return np.asarray(np.flatnonzero(np.asarray(found) == 1))

    def collect(self, prizes: Floats, forced: Floats, hint: Hint) -> Collected:
        """Return a good set of sites: tree over promising sites, its worthless branches cut, again and again."""
        usable = self.network.site >= 0
        best = self._finish(forced > 0, prizes, forced)
        worthy = (prizes > 0) & usable
        starts = [worthy, worthy & hint.worth]
        for start in list(starts):
            edges = self.guided(start | ((forced > 0) & usable), hint)
            starts.append(strong_prune(self.network, edges, np.where(start, prizes, 0.0), np.asarray(forced)))
        for start in starts:
            chosen = start | ((forced > 0) & usable)
            for _ in range(_ROUNDS):
                found = self._finish(chosen, prizes, forced)
                if found.value > best.value + 1e-9:
                    best = found
                wider = found.chosen | self._near(found.chosen, prizes)
                if np.array_equal(wider, chosen):
                    break
                chosen = wider
        return best

    def _near(self, chosen: Flags, prizes: Floats) -> Flags:
        """Return the sites whose prize pays the way from the tree of the chosen."""
        net = self.network
        edges, _ = self.tree(chosen)
        inside = np.unique(np.concatenate(([net.root], net.tails[edges], net.heads[edges])))
        far = dijkstra(self._matrix, directed=False, indices=inside, min_only=True)
        site = np.maximum(net.site, 0)
        return np.asarray((net.site >= 0) & (prizes > 0) & (prizes > far[site]))

    def _finish(self, chosen: Flags, prizes: Floats, forced: Floats) -> Collected:
        edges, _ = self.tree(chosen)
        kept = strong_prune(self.network, edges, np.where(chosen, prizes, 0.0), np.asarray(forced))
        kept &= chosen
        _, cost = self.tree(kept)
        return Collected(kept, cost, float(prizes[kept].sum()) - cost)


def strong_prune(
    network: Network, edges: Ints, prizes: Floats, forced: Floats
) -> Flags:
    """Return which sites the best subtree (with the root) of a tree holds; exact for the given tree."""
    near: dict[int, list[tuple[int, float]]] = {}
    for edge in edges.tolist():
        a, b, cost = int(network.tails[edge]), int(network.heads[edge]), float(network.costs[edge])
        near.setdefault(a, []).append((b, cost))
        near.setdefault(b, []).append((a, cost))
    at: dict[int, list[int]] = {}
    for site, node in enumerate(network.site.tolist()):
        if node >= 0:
            at.setdefault(node, []).append(site)
    order, parent = [network.root], {network.root: (-1, 0.0)}
    for v in order:
        for u, cost in near.get(v, ()):
            if u not in parent:
                parent[u] = (v, cost)
                order.append(u)
    worth = {v: sum(max(0.0, float(prizes[s])) + (1e15 if forced[s] > 0 else 0.0) for s in at.get(v, ()))
             for v in order}
    cut: set[int] = set()
    for v in reversed(order[1:]):
        up, cost = parent[v]
        if worth[v] > cost:
            worth[up] += worth[v] - cost
        else:
            cut.add(v)
    kept = np.zeros(len(network.site), dtype=bool)
    alive = set()
    for v in order:
        up = parent[v][0]
        if up < 0 or (up in alive and v not in cut):
            alive.add(v)
            for site in at.get(v, ()):
                kept[site] = prizes[site] > 0 or forced[site] > 0
    return kept
