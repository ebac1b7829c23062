# SPDX-License-Identifier: GPL-2.0-or-later
"""Steiner trees: never below the optimum, the bound never above it, the same with and without numba."""
from __future__ import annotations

import csv
import gzip
import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fullservice_plugin.core.access.wired.local import exchange
from fullservice_plugin.core.access.wired.reduce import reduce_instance
from fullservice_plugin.core.access.wired.steiner import solve_steiner, steiner_bound
from fullservice_plugin.core.access.wired.trees import compress, is_tree, prune, shortest_path_tree, total
from fullservice_plugin.core.errors import SolverError

DATA = Path(__file__).resolve().parents[2] / "data" / "steiner"
INDEX = {row["file"]: row for row in csv.DictReader((DATA / "index.csv").open(encoding="utf-8"))}


def read(name: str) -> tuple[int, np.ndarray, np.ndarray]:
    edges, terminals, count = [], [], 0
    with gzip.open(DATA / name, "rt") as file:
        for line in file:
            word = line.split()
            if word[:1] == ["E"]:
                edges.append([int(x) for x in word[1:4]])
            elif word[:1] == ["T"] and len(word) == 2:
                terminals.append(int(word[1]) - 1)
            elif word[:1] == ["Nodes"]:
                count = int(word[1])
    table = np.array(edges)
    table[:, :2] -= 1
    return count, table, np.array(terminals)


def random_graph(seed: int, n: int, m: int, whole: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    tails = np.concatenate([np.arange(1, n), rng.integers(0, n, m)])
    heads = np.concatenate([[rng.integers(0, v) for v in range(1, n)], rng.integers(0, n, m)])
    costs = rng.integers(0, 12, len(tails)).astype(float) if whole else rng.random(len(tails)) * 9
    return tails, heads, costs


def brute_force(n: int, tails: np.ndarray, heads: np.ndarray, costs: np.ndarray, terminals: list[int]) -> float:
    """Minimum over all sets of Steiner nodes of the minimum spanning tree."""
    best = np.inf
    others = [v for v in range(n) if v not in terminals]
    order = np.argsort(costs, kind="stable")
    for size in range(len(others) + 1):
        for extra in itertools.combinations(others, size):
            inside, above, cost, joined = {*terminals, *extra}, list(range(n)), 0.0, 0
            for e in order:
                a, b = int(tails[e]), int(heads[e])
                if a in inside and b in inside:
                    while above[a] != a:
                        a = above[a]
                    while above[b] != b:
                        b = above[b]
                    if a != b:
                        above[a] = b
                        cost += costs[e]
                        joined += 1
            if joined == len(inside) - 1:
                best = min(best, cost)
    return best


@pytest.mark.parametrize("seed", range(40))
def test_small_graphs_against_brute_force(seed: int) -> None:
    n, terminals = 10, [0, 3, 4, 7, 9]
    tails, heads, costs = random_graph(seed, n, 12, seed % 2 == 0)
    true = brute_force(n, tails, heads, costs, terminals)
    found = solve_steiner(n, tails, heads, costs, terminals, 5.0)
    assert found.lower_bound <= true + 1e-9 <= found.cost + 2e-9
    assert found.cost == pytest.approx(costs[found.edges].sum())
    assert is_tree(n, tails[found.edges], heads[found.edges], np.array(terminals))
    assert found.cost <= true * 1.25 + 1e-9
    assert steiner_bound(n, tails, heads, costs, terminals) <= true + 1e-9


@pytest.mark.parametrize("seed", range(25))
def test_reductions_keep_the_optimum(seed: int) -> None:
    n, terminals = 10, np.array([1, 2, 5, 8])
    tails, heads, costs = random_graph(seed, n, 5)
    true = brute_force(n, tails, heads, costs, terminals.tolist())
    small = reduce_instance(n, tails, heads, costs.astype(np.int64), terminals)
    rest = 0.0
    if len(small.terminals) > 1:
        rest = brute_force(small.n, small.tails, small.heads, small.costs.astype(float), small.terminals.tolist())
    assert small.fixed_cost + rest == true
    assert small.n <= n and all(costs[part].sum() == c for part, c in zip(small.parts, small.costs))


@pytest.mark.parametrize("seed", range(12))
def test_every_exchange_keeps_a_tree_and_never_costs_more(seed: int) -> None:
    n = 300
    tails, heads, costs = random_graph(seed, n, 500)
    terminals = np.random.default_rng(seed).choice(n, 40, replace=False)
    loops = tails != heads
    pairs = {}
    for a, b, c in zip(tails[loops], heads[loops], costs[loops]):
        key = (min(a, b), max(a, b))
        pairs[key] = min(c, pairs.get(key, np.inf))
    ends = np.array(list(pairs))
    graph = compress(n, ends[:, 0], ends[:, 1], np.array(list(pairs.values())).astype(np.int64))
    flag = np.zeros(n, dtype=np.int64)
    flag[terminals] = 1
    terminal = flag if isinstance(graph.tails, np.ndarray) else flag.tolist()
    tree = shortest_path_tree(graph, terminal, int(terminals[0]))
    before = total(graph, tree)
    after = exchange(graph, terminal, tree)
    prune(graph, terminal, after)
    chosen = np.flatnonzero(np.asarray(after) == 1)
    assert total(graph, after) <= before
    assert is_tree(n, ends[chosen, 0], ends[chosen, 1], terminals)


@pytest.mark.parametrize("name", sorted(INDEX))
def test_public_instances(name: str) -> None:
    n, table, terminals = read(name)
    found = solve_steiner(n, table[:, 0], table[:, 1], table[:, 2], terminals, 2.0)
    assert found.lower_bound <= float(INDEX[name]["best"])
    assert float(INDEX[name]["lower"]) <= found.cost <= 1.06 * float(INDEX[name]["best"])
    assert is_tree(n, table[found.edges, 0], table[found.edges, 1], terminals)


def digest() -> str:
    """What solver and bound give on two instances, as one text."""
    parts = []
    for name in ("wrp3-23.gr.gz", "I056.gr.gz"):
        n, table, terminals = read(name)
        found = solve_steiner(n, table[:, 0], table[:, 1], table[:, 2], terminals, 60.0)
        parts.append((found.cost, found.lower_bound, found.edges.tolist()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def test_same_with_and_without_numba() -> None:
    here = digest()
    assert here == digest()
    code = f"import runpy; print(runpy.run_path({str(__file__)!r})['digest']())"
    other = "1" if os.environ.get("FULLSERVICE_NO_NUMBA", "") in ("", "0") else "0"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True,
                         env={**os.environ, "FULLSERVICE_NO_NUMBA": other, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert run.stdout.split()[-1] == here


def test_edges_of_the_input() -> None:
    assert solve_steiner(3, [0], [1], [5.0], [2], 1.0).cost == 0
    assert solve_steiner(2, [0], [1], [0.0], [0, 1], 1.0).edges.tolist() == [0]
    short = solve_steiner(4, [0, 1, 2], [1, 2, 3], [1.5, 2.25, 0.5], [0, 3], 0.0)
    assert short.cost == short.lower_bound == 4.25
    with pytest.raises(SolverError):
        solve_steiner(4, [0, 2], [1, 3], [1.0, 1.0], [0, 3], 1.0)
    with pytest.raises(SolverError):
        solve_steiner(2, [0], [1], [-1.0], [0, 1], 1.0)
    with pytest.raises(SolverError):
        solve_steiner(2, [0], [1], [float("nan")], [0, 1], 1.0)
