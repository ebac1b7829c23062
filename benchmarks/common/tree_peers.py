# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user could pick instead: trees of networkx, rustworkx, scipy and pcst_fast. Runs in an environment of its own.

``tree_peers.py FILE.npz [--edges]`` prints ``{"peer": [cost, seconds]}`` as JSON; a library that is absent or fails
is left out.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Callable

import numpy as np


def networkx_tree(case: Any) -> Any:
    """Return the tree as a networkx graph, Mehlhorn's method as its documentation advises for large graphs."""
    import networkx
    from networkx.algorithms.approximation import steiner_tree

    graph = networkx.Graph()
    for a, b, c in zip(case["tails"].tolist(), case["heads"].tolist(), case["costs"].tolist()):
        if a != b and (not graph.has_edge(a, b) or graph[a][b]["weight"] > c):
            graph.add_edge(a, b, weight=c)
    # it fails on graphs of several parts
    graph = graph.subgraph(networkx.node_connected_component(graph, int(case["terminals"][0])))
    return steiner_tree(graph, case["terminals"].tolist(), weight="weight", method="mehlhorn")


def with_networkx(case: Any) -> float:
    tree = networkx_tree(case)
    return float(sum(data["weight"] for _, _, data in tree.edges(data=True)))


def with_rustworkx(case: Any) -> float:
    import rustworkx

    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(int(case["n"])))
    order = np.argsort(-case["costs"], kind="stable")
    graph.add_edges_from(
        list(zip(case["tails"][order].tolist(), case["heads"][order].tolist(), case["costs"][order].tolist()))
    )
    return float(sum(rustworkx.steiner_tree(graph, case["terminals"].tolist(), float).edges()))


def with_pcst_fast(case: Any) -> float:
    import pcst_fast

    edges = np.column_stack([case["tails"], case["heads"]]).astype(np.int64)
    prizes = case["prizes"].astype(float)
    root = int(case["root"])
    nodes, used = pcst_fast.pcst_fast(edges, prizes, case["costs"].astype(float), root, 1, "strong", 0)
    left = np.ones(len(prizes), dtype=bool)
    left[nodes] = False
    return float(case["costs"][used].sum() + prizes[left].sum())


def main() -> int:
    """Time every library that is there."""
    case = dict(np.load(sys.argv[1]))
    if sys.argv[2:] == ["--edges"]:  # the edges of networkx's tree, as pairs of nodes
        print(json.dumps([[int(a), int(b)] for a, b in networkx_tree(case).edges()]))
        return 0
    prizes = len(case["prizes"]) > 0
    peers: dict[str, Callable[[Any], float]] = (
        {"pcst_fast": with_pcst_fast} if prizes else {"networkx": with_networkx, "rustworkx": with_rustworkx}
    )
    found = {}
    for name, solve in peers.items():
        start = time.perf_counter()
        try:
            cost = solve(case)
        except Exception as error:
            sys.stderr.write(f"{name}: {type(error).__name__}\n")
            continue
        found[name] = [cost, round(time.perf_counter() - start, 3)]
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
