# SPDX-License-Identifier: GPL-2.0-or-later
"""Prize-collecting trees: against every tree there is, with and without a root, and what the cuts prove."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullservice_plugin.core.access.wired.prize_tree import solve_prize_tree
from fullservice_plugin.core.errors import SolverError


def spanning(nodes, edges) -> float:
    """Cost of the cheapest tree over exactly these nodes, infinity where they hang not together."""
    above = {v: v for v in nodes}

    def top(v):
        while above[v] != v:
            v = above[v]
        return v

    cost, joined = 0.0, 0
    for a, b, c in sorted(edges, key=lambda edge: edge[2]):
        if a in above and b in above and top(a) != top(b):
            above[top(a)] = top(b)
            cost, joined = cost + c, joined + 1
    return cost if joined == len(nodes) - 1 else float("inf")


def best_of_all(n, edges, prizes, root) -> float:
    found = float("inf")
    for size in range(1, n + 1):
        for nodes in itertools.combinations(range(n), size):
            if root is None or root in nodes:
                forgone = sum(p for v, p in enumerate(prizes) if v not in nodes)
                found = min(found, spanning(nodes, edges) + forgone)
    return found


def check(n, edges, prizes, root, found) -> None:
    nodes = found.nodes.tolist()
    chosen = [edges[e] for e in found.edges.tolist()]
    assert len(chosen) == len(nodes) - 1 and spanning(nodes, chosen) < float("inf")
    assert root is None or root in nodes
    told = sum(c for _, _, c in chosen) + sum(p for v, p in enumerate(prizes) if v not in nodes)
    assert found.cost == pytest.approx(told)


graphs = st.integers(2, 7).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(0, 20)).filter(lambda e: e[0] != e[1]),
            min_size=1,
            max_size=14,
        ),
        st.lists(st.integers(0, 25), min_size=n, max_size=n),
        st.one_of(st.none(), st.integers(0, n - 1)),
        st.sampled_from([1.0, 0.37]),
    )
)


@settings(max_examples=120, deadline=None)
@given(graphs)
def test_small_graphs_are_solved_to_the_optimum(case):
    n, edges, prizes, root, unit = case
    edges = [(a, b, c * unit) for a, b, c in edges]
    prizes = [p * unit for p in prizes]
    ends = np.array([edge[:2] for edge in edges])
    found = solve_prize_tree(n, ends[:, 0], ends[:, 1], [c for *_, c in edges], prizes, root, 3.0)
    if root is None and not any(prizes):
        assert found.cost == 0.0 and not len(found.nodes)
        return
    best = best_of_all(n, edges, prizes, root)
    check(n, edges, prizes, root, found)
    assert found.lower_bound <= best + 1e-6 * max(1.0, best)
    assert found.cost == pytest.approx(best, rel=1e-6, abs=1e-6)


def town(size: int, seed: int):
    """A street grid with houses that are worth more or less."""
    dice = np.random.default_rng(seed)
    n = size * size
    edges = []
    for v in range(n):
        for u in ([v + 1] if (v + 1) % size else []) + ([v + size] if v + size < n else []):
            edges.append((v, u, float(dice.integers(20, 120))))
    prizes = np.where(dice.random(n) < 0.3, dice.integers(10, 260, n), 0).astype(float)
    return n, edges, prizes


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_town_is_solved_with_a_proof_and_twice_the_same(seed):
    n, edges, prizes = town(18, seed)
    ends, costs = np.array([edge[:2] for edge in edges]), [c for *_, c in edges]
    found = solve_prize_tree(n, ends[:, 0], ends[:, 1], costs, prizes, 0, 8.0)
    check(n, edges, prizes.tolist(), 0, found)
    assert found.lower_bound <= found.cost <= found.lower_bound * 1.001
    again = solve_prize_tree(n, ends[:, 0], ends[:, 1], costs, prizes, 0, 8.0)
    assert again.edges.tolist() == found.edges.tolist() and again.lower_bound == found.lower_bound


def test_known_optima(shared_data):
    files = sorted((Path(shared_data) / "wired" / "pcstp").glob("K100*.gz"))
    if not files:
        pytest.skip("the prize-collecting instances are not at hand")
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks" / "common"))
    from instances import known, read

    for path in files[:4]:
        case = read(path)
        found = solve_prize_tree(case.n, case.tails, case.heads, case.costs, case.prizes, None, 8.0)
        assert found.cost == known(path)[1] and found.lower_bound == pytest.approx(found.cost)


def test_numbers_that_are_none():
    with pytest.raises(SolverError):
        solve_prize_tree(2, [0], [1], [-1.0], [1.0, 1.0])
    with pytest.raises(SolverError):
        solve_prize_tree(2, [0], [1], [1.0], [1.0, float("inf")])
