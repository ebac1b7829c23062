# SPDX-License-Identifier: GPL-2.0-or-later
"""The street network as the choice sees it: sites with prizes, one root, fewer nodes with the same trees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """Undirected edges with costs; ``root`` is the supply, ``site`` the node of each site (−1: none)."""

    n: int
    tails: Ints
    heads: Ints
    costs: Floats
    root: int
    site: Ints


def shrink(network: Network) -> Network:
    """Contract what no cheapest tree needs apart: dead ends, nodes of degree two, parallel edges.

    Sites and the root stay. For every set of sites the cheapest tree costs the same as before.
    """
    near: list[dict[int, float]] = [{} for _ in range(network.n)]
    for a, b, cost in zip(network.tails.tolist(), network.heads.tolist(), network.costs.tolist()):
        if a != b and cost < near[a].get(b, np.inf):
            near[a][b] = near[b][a] = cost
    keep = set(network.site[network.site >= 0].tolist()) | {network.root}
    queue = [v for v in range(network.n) if len(near[v]) <= 2 and v not in keep]
    while queue:
        v = queue.pop()
        ends = near[v]
        if v in keep or not ends or len(ends) > 2:
            continue
        for u in ends:
            del near[u][v]
        if len(ends) == 2:
            (a, first), (b, second) = ends.items()
            if first + second < near[a].get(b, np.inf):
                near[a][b] = near[b][a] = first + second
        queue.extend(u for u in ends if len(near[u]) <= 2)
        near[v] = {}
    number = {v: i for i, v in enumerate(sorted(keep | {v for v in range(network.n) if near[v]}))}
    rows = sorted((number[a], number[b], cost) for a in number for b, cost in near[a].items() if a < b)
    tails, heads = (np.array([row[k] for row in rows], dtype=np.int64) for k in (0, 1))
    site = np.array([number[int(v)] if v >= 0 else -1 for v in network.site], dtype=np.int64)
    costs = np.array([row[2] for row in rows], dtype=np.float64)
    return Network(len(number), tails, heads, costs, number[network.root], site)
