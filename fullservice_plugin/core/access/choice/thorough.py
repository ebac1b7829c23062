# SPDX-License-Identifier: GPL-2.0-or-later
"""The choice at one price of money, solved thoroughly: local search and directed cuts of the prize-collecting tree."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from fullservice_plugin.core.access.choice.network import Floats, Ints, Network
from fullservice_plugin.core.access.choice.prize import Collected
from fullservice_plugin.core.access.wired.prize_tree import solve_prize_tree
from fullservice_plugin.core.progress import SILENT, Progress


def solve_prizes(
    network: Network, prizes: Floats, forced: Floats, seconds: float, progress: Progress = SILENT
) -> tuple[Collected, float, Ints]:
    """Return a good set of sites, a proven upper bound on (prizes of the connected sites − cost of their tree), edges.

    ``prizes`` of sites that are no option are not positive; ``forced`` sites (> 0) are connected whatever they bring.
    """
    usable = network.site >= 0
    wanted = usable & ((prizes > 0) | (forced > 0))
    held = np.where(usable & (forced > 0), prizes, 0.0)
    # who is connected at a loss: his way alone is dearer to forgo than to pay, and the loss is the same in every plan
    way = _ways(network)
    gain = np.where(wanted, np.maximum(prizes, 0.0), 0.0)
    gain[wanted & (forced > 0)] += way[network.site[wanted & (forced > 0)]] + 1.0
    at_node = np.zeros(network.n)
    np.add.at(at_node, network.site[wanted], gain[wanted])
    found = solve_prize_tree(
        network.n, network.tails, network.heads, network.costs, at_node, network.root, seconds, progress)
    inside = np.zeros(network.n, dtype=bool)
    inside[found.nodes] = True
    chosen = np.zeros(len(prizes), dtype=bool)
    chosen[wanted] = inside[network.site[wanted]]
    loss = float(np.minimum(held, 0.0).sum())
    bonus = float((gain - np.maximum(prizes, 0.0))[wanted & (forced > 0)].sum())
    cost = float(network.costs[found.edges].sum())
    upper = float(at_node.sum()) - found.lower_bound - bonus + loss
    return Collected(chosen, cost, float(prizes[chosen].sum()) - cost), upper, found.edges


def _ways(network: Network) -> Floats:
    """Cost of the cheapest way from the root to every node; 0 where there is none."""
    matrix = coo_matrix(
        (np.maximum(network.costs, 1e-9), (network.tails, network.heads)), shape=(network.n, network.n)).tocsr()
    far = dijkstra(matrix, directed=False, indices=network.root)
    return np.asarray(np.where(np.isfinite(far), far, 0.0))
