# SPDX-License-Identifier: GPL-2.0-or-later
"""The joint choice as a mathematical problem: exact where small, bounds that hold, ladders over budgets."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from fullservice_plugin.core.access.choice import solve
from fullservice_plugin.core.access.choice.hull import COUNT, Hull, multipliers
from fullservice_plugin.core.access.choice.ladder import LEVELS, Ladder
from fullservice_plugin.core.access.choice.network import Network, shrink
from fullservice_plugin.core.access.choice.problem import Option, Problem
from fullservice_plugin.core.access.choice.solve import Candidates, Solver, solve_problem, upper_bound


def town(seed: int, sites: int = 5, side: int = 4, budget: bool = False, forced: bool = False) -> Problem:
    random = np.random.default_rng(seed)
    number = np.arange(side * side).reshape(side, side)
    tails = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    heads = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    costs = random.integers(1, 10, len(tails)).astype(float)
    where = random.choice(np.arange(1, side * side), sites)
    options = [[Option(m, float(random.integers(0, 25)), float(random.integers(0, 8))) for m in ("ftth", "wlan")]
               for _ in range(sites)]
    limit = float(random.integers(8, 60)) if budget else None
    flags = [bool(forced and i == 0) for i in range(sites)]
    return Problem(Network(side * side, tails, heads, costs, 0, where), options, flags, limit)


def steiner_costs(network: Network) -> tuple[list[int], np.ndarray]:
    """Cheapest tree from the root to every subset of the sites' nodes (Dreyfus–Wagner)."""
    n = network.n
    far = np.full((n, n), np.inf)
    for a, b, cost in zip(network.tails, network.heads, network.costs):
        far[a, b] = far[b, a] = min(far[a, b], cost)
    np.fill_diagonal(far, 0)
    for k in range(n):
        far = np.minimum(far, far[:, k:k + 1] + far[k:k + 1])
    nodes = sorted({int(v) for v in network.site})
    best = np.full((1 << len(nodes), n), np.inf)
    for i, v in enumerate(nodes):
        best[1 << i] = far[v]
    for mask in range(1, 1 << len(nodes)):
        if mask & (mask - 1):
            value, part = best[mask], (mask - 1) & mask
            while part:
                value = np.minimum(value, best[part] + best[mask ^ part])
                part = (part - 1) & mask
            best[mask] = (value[:, None] + far).min(axis=0)
    best[0] = 0
    return nodes, best[:, network.root]


def brute_force(problem: Problem) -> float:
    nodes, trees = steiner_costs(problem.network)
    best = -np.inf
    for picks in itertools.product(*[range(-1, len(o)) for o in problem.sites]):
        if any(f and k < 0 for f, k in zip(problem.forced, picks)):
            continue
        mask = 0
        for i, k in enumerate(picks):
            if k >= 0:
                mask |= 1 << nodes.index(int(problem.network.site[i]))
        taken = [problem.sites[i][k] for i, k in enumerate(picks) if k >= 0]
        cost = trees[mask] + sum(o.cost for o in taken)
        if problem.budget is None or cost <= problem.budget + 1e-9:
            best = max(best, sum(o.revenue for o in taken) - cost)
    return best


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["free", "budget", "forced"])
def test_exact_against_brute_force(seed: int, kind: str) -> None:
    problem = town(seed, budget=kind == "budget", forced=kind == "forced")
    best = brute_force(problem)
    plan, bound = solve_problem(problem)
    assert plan.benefit == pytest.approx(best)
    assert bound >= best - 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_large_path_is_bounded_and_close(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "fits", lambda *given: False)
    problem = town(seed + 50, sites=6, budget=seed % 2 == 0)
    best = brute_force(problem)
    plan, bound = solve_problem(problem)
    assert plan.benefit <= best + 1e-6 <= bound + 2e-6
    assert plan.benefit >= 0.6 * best - 1e-6
    assert upper_bound([problem]) == pytest.approx(bound, abs=1e-4) or upper_bound([problem]) < bound


@pytest.mark.parametrize("seed", range(3))
def test_more_budget_never_less_benefit(seed: int) -> None:
    problem = town(seed + 20)
    benefits = [solve_problem(replace(problem, budget=float(b)))[0].benefit for b in range(0, 70, 10)]
    assert all(a <= b + 1e-9 for a, b in zip(benefits, benefits[1:]))
    bounds = [upper_bound([replace(problem, budget=float(b))]) for b in range(0, 70, 10)]
    assert all(benefit <= bound + 1e-6 for benefit, bound in zip(benefits, bounds))


@pytest.mark.parametrize("seed", range(5))
def test_shrinking_keeps_every_tree_cost(seed: int) -> None:
    network = town(seed, sites=4, side=5).network
    random = np.random.default_rng(seed)
    keep = random.random(len(network.costs)) < 0.85
    network = replace(network, tails=network.tails[keep], heads=network.heads[keep], costs=network.costs[keep])
    small = shrink(network)
    assert small.n <= network.n
    assert steiner_costs(small)[1] == pytest.approx(steiner_costs(network)[1])


def tree(seed: int, revenue: int, forced: list[bool]) -> Problem:
    """Five sites on a tree of nine nodes; revenues below the given number."""
    random = np.random.default_rng(seed)
    n = 9
    heads = np.arange(1, n)
    tails = np.array([int(random.integers(0, v)) for v in heads])
    network = Network(n, tails, heads, random.integers(1, 9, n - 1).astype(float), 0, random.integers(1, n, 5))
    options = [[Option(m, float(random.integers(0, revenue)), float(random.integers(1, 9))) for m in ("ftth", "fttb")]
               for _ in range(5)]
    return Problem(network, options, forced)


@pytest.mark.parametrize("seed", range(5))
def test_ladder_is_optimal_on_a_tree(seed: int) -> None:
    problem = tree(seed, 30, [False] * 5)
    n = problem.network.n
    ladder = Ladder(problem, problem.network, np.arange(n - 1))
    solver = Solver(problem)
    for level in (LEVELS // 4, LEVELS // 2, LEVELS - 1):
        picks, ways = ladder.picks(level)
        plan = solver.evaluate(picks)
        assert ways == pytest.approx(solver.evaluate(picks).cost - sum(
            problem.sites[i][k].cost for i, k in enumerate(picks) if k >= 0))
        budget = level * ladder.step
        assert plan.cost <= budget + n * ladder.step
        assert plan.benefit >= brute_force(replace(problem, budget=budget - n * ladder.step)) - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_hull_is_optimal_on_a_tree_at_every_price_of_money(seed: int) -> None:
    problem = tree(seed, 60, [seed % 2 == 0 and i == 0 for i in range(5)])
    options = problem.sites
    hull = Hull(problem, problem.network, np.arange(problem.network.n - 1))
    for number in (0, COUNT // 8, COUNT // 4, COUNT - 1):
        money = 1.0 + multipliers()[number]
        picks, ways = hull.picks(number)
        taken = [options[i][k] for i, k in enumerate(picks) if k >= 0]
        value = sum(o.revenue / money - o.cost for o in taken) - ways
        dear = [[replace(o, revenue=o.revenue / money) for o in site] for site in options]
        assert value == pytest.approx(brute_force(replace(problem, sites=dear)))
    assert hull.steps()[0] == 0 and len(hull.steps()) <= COUNT


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("forced", [False, True])
def test_thorough_search_against_brute_force(seed: int, forced: bool) -> None:
    problem = town(seed + 70, sites=6, forced=forced)
    best = brute_force(problem)
    picks, ways, upper, _ = Solver(problem).thorough(0.0, 1.0)
    taken = [problem.sites[i][k] for i, k in enumerate(picks) if k >= 0]
    assert all(picks[i] >= 0 for i, flag in enumerate(problem.forced) if flag)
    assert sum(o.revenue - o.cost for o in taken) - ways == pytest.approx(best)
    assert best - 1e-6 <= upper <= best + 0.02


@pytest.mark.parametrize("seed", range(4))
def test_twelve_buildings_against_brute_force(seed: int) -> None:
    problem = town(seed + 90, sites=12, side=4)
    problem = replace(problem, sites=[site[:1] for site in problem.sites])
    plan, bound = solve_problem(problem)
    best = brute_force(problem)
    assert plan.benefit == pytest.approx(best) and bound >= best - 1e-6


def test_steps_rise_and_forced_sites_stay() -> None:
    steps = Candidates(town(3)).steps
    assert steps[0].cost == 0
    assert all(a.cost < b.cost and a.benefit < b.benefit for a, b in zip(steps, steps[1:]))
    assert all(plan.picks[0] >= 0 for plan in Candidates(town(4, forced=True)).steps)


def test_nothing_possible() -> None:
    problem = town(1)
    empty = replace(problem, sites=[[] for _ in problem.sites])
    plan, bound = solve_problem(empty)
    assert plan.cost == 0 and plan.benefit == 0 and bound == 0
    away = replace(problem, network=replace(problem.network, site=np.full(5, -1)))
    assert upper_bound([away]) == 0
