# SPDX-License-Identifier: GPL-2.0-or-later
"""Solve the choice: plans from cheap to complete, and a proven upper bound on the benefit of any plan.

A budget enters by a multiplier λ: money costs (1 + λ). For every λ ≥ 0 the best value of
Σ revenue − (1 + λ) cost + λ budget bounds every plan within the budget from above; the smallest over λ is kept.
The sweep over λ that makes the plans does not look at the budget, so that a larger budget chooses from more.
"""

from __future__ import annotations

import math

import numpy as np

from fullservice_plugin.core.access.choice.exact import fits, solve_exactly
from fullservice_plugin.core.access.choice.hull import Hull
from fullservice_plugin.core.access.choice.ladder import LEVELS, Ladder
from fullservice_plugin.core.access.choice.network import Floats, Ints, shrink
from fullservice_plugin.core.access.choice.prize import Flags, Hint, PrizeSolver
from fullservice_plugin.core.access.choice.problem import Problem, Solution
from fullservice_plugin.core.access.choice.thorough import solve_prizes
from fullservice_plugin.core.access.wired.steiner import solve_steiner
from fullservice_plugin.core.progress import SILENT, Progress

SWEEP = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2, 3.0, 4.0, 6.0, 9.0, 14.0, 25.0, 60.0)
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_BOUND_STEPS = 14
TINY = 700
"""Up to this many flow variables the exact model is solved for parts of the budget too."""
_FREE = 0.4
"""Share of the thorough search for the plan without a budget."""
_STRIDE, _LADDERS = 8, 4
"""Every so many budget levels give a plan; so many trees are climbed by levels."""
_TREES = 3
"""Every so many steps of the sweep give a tree for all budgets."""
_THOROUGH = (0.0, 0.1, 0.3, 0.6, 1.0, 1.7, 4.0)
"""Multipliers that are searched thoroughly; whatever the budget, so that more money never buys less."""


class Solver:
    """One problem, solved for many multipliers."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.prizes = PrizeSolver(shrink(problem.network))
        usable = self.prizes.network.site >= 0
        self.forced = np.array([bool(f) and bool(o) and bool(u)
                                for f, o, u in zip(problem.forced, problem.sites, usable)], dtype=float)

    def picks_at(self, multiplier: float) -> tuple[list[int], Floats]:
        """Return the best option of each site (−1: none pays) and its prize in units of (1 + λ) money."""
        picks, prizes = [], np.zeros(len(self.problem.sites))
        usable = self.prizes.network.site >= 0
        for i, options in enumerate(self.problem.sites):
            best, worth = -1, 0.0 if not self.forced[i] else -math.inf
            for k, option in enumerate(options if usable[i] else ()):
                value = option.revenue / (1 + multiplier) - option.cost
                if value > worth:
                    best, worth = k, value
            picks.append(best)
            prizes[i] = worth if best >= 0 else 0.0
        return picks, prizes

    def upper(self, multiplier: float) -> tuple[float, Hint]:
        """Return the bound at one multiplier (budget term included) and hints for the heuristic."""
        _, prizes = self.picks_at(multiplier)
        value, left = self.prizes.bound(prizes, self.forced)
        budget = self.problem.budget
        return (1 + multiplier) * value + (multiplier * budget if budget is not None else 0.0), left

    def at(self, multiplier: float, hint: Hint) -> list[int]:
        """Return the picks of a good plan at one multiplier."""
        picks, prizes = self.picks_at(multiplier)
        found = self.prizes.collect(prizes, self.forced, hint)
        return [pick if found.chosen[i] else -1 for i, pick in enumerate(picks)]

    def thorough(self, multiplier: float, seconds: float) -> tuple[list[int], float, float, Ints]:
        """Return picks, the cost of their tree, the bound at one multiplier (budget term included) and the edges."""
        picks, prizes = self.picks_at(multiplier)
        found, value, edges = solve_prizes(self.prizes.network, prizes, self.forced, seconds)
        budget = self.problem.budget
        upper = (1 + multiplier) * value + (multiplier * budget if budget is not None else 0.0)
        return [k if found.chosen[i] else -1 for i, k in enumerate(picks)], found.tree_cost, upper, edges

    def tree_cost(self, picks: list[int], seconds: float = 1.0) -> float:
        """Return the cost of a thoroughly sought tree to the picked sites."""
        net = self.prizes.network
        goal = [net.root, *(int(net.site[i]) for i, pick in enumerate(picks) if pick >= 0)]
        return float(solve_steiner(net.n, net.tails, net.heads, net.costs, goal, seconds, SILENT, prove=False).cost)

    def evaluate(self, picks: list[int], known: float = math.inf) -> Solution:
        """Return the plan of the picks with its cost and revenue.

        The tree is one whose cost is ``known``, else that of the shortest-path heuristic.
        """
        tree = known
        if not math.isfinite(known):
            chosen: Flags = np.array([pick >= 0 for pick in picks], dtype=bool)
            tree = self.prizes.tree(chosen)[1]
        taken = [self.problem.sites[i][k] for i, k in enumerate(picks) if k >= 0]
        return Solution(list(picks), tree + math.fsum(o.cost for o in taken), math.fsum(o.revenue for o in taken))


def upper_bound(
    problems: list[Problem], progress: Progress = SILENT, seconds: float = 0.5, thorough: float = 0.0
) -> float:
    """Return a proven upper bound on the benefit of every plan within the budget.

    Each problem bounds the same plans in its own way (all with one budget); the least bound is kept. Not below
    zero where the empty plan is allowed. ``seconds``: for the exact model where it is small; ``thorough``: for
    directed cuts on the problem whose bound is least.
    """
    best = math.inf
    multiplier = 0.0
    least: tuple[float, int, float] = (math.inf, 0, 0.0)  # bound, problem, multiplier
    for number, problem in enumerate(problems):
        solver = Solver(problem)
        least = min(least, (solver.upper(0.0)[0], number, 0.0))
        if problem.budget is not None:
            if number in (0, len(problems) - 1):
                multiplier, value = _least(solver, progress)
            else:
                value = solver.upper(multiplier)[0]
            least = min(least, (value, number, multiplier))
        best = min(best, least[0])
        small = Problem(solver.prizes.network, problem.sites, problem.forced, problem.budget)
        if fits(small):
            exact = solve_exactly(small, seconds)
            if exact is not None:
                best = min(best, exact[1])
    if thorough > 0:
        best = min(best, Solver(problems[least[1]]).thorough(least[2], thorough)[2])
    return best if any(any(problem.forced) for problem in problems) else max(best, 0.0)


def _least(solver: Solver, progress: Progress) -> tuple[float, float]:
    """Return (multiplier, bound) where the bound is least: it is convex, so ternary search on a logarithmic scale."""
    best = (0.0, math.inf)
    a, b = 0.0, math.log1p(SWEEP[-1])
    for step in range(_BOUND_STEPS):
        progress.step(step / _BOUND_STEPS)
        first, second = math.expm1(a + (b - a) / 3), math.expm1(b - (b - a) / 3)
        left, right = solver.upper(first)[0], solver.upper(second)[0]
        best = min(best, (first, left), (second, right), key=lambda pair: pair[1])
        if left <= right:
            b -= (b - a) / 3
        else:
            a += (b - a) / 3
    return best


def complete_plan(problem: Problem) -> Solution:
    """Return a good plan without a budget, quickly."""
    solver = Solver(Problem(problem.network, problem.sites, problem.forced, None))
    plans = []
    for multiplier in SWEEP[:2]:
        _, hint = solver.upper(multiplier)
        plans.append(solver.evaluate(solver.at(multiplier, hint)))
    return max(plans, key=lambda plan: plan.benefit)


class Candidates:
    """Plans of one problem from nothing to the complete one, whatever the budget; every one fills forced sites.

    ``steps`` rise in cost and benefit (estimated). The last is the best found without a budget. ``seconds``: for a
    thorough search at a few multipliers.
    """

    def __init__(self, problem: Problem, progress: Progress = SILENT, seconds: float = 0.0) -> None:
        self.problem = Problem(problem.network, problem.sites, problem.forced, None)
        self.solver = Solver(self.problem)
        self._found: dict[tuple[int, ...], Solution] = {}
        self._trees: list[Ints] = []
        for step, multiplier in enumerate(SWEEP[::2] if seconds > 0 else SWEEP):
            progress.step(0.4 * step / len(SWEEP))
            _, hint = self.solver.upper(multiplier)
            picks = self.solver.at(multiplier, hint)
            self._add(picks)
            if step % _TREES == 0:
                chosen = hint.worth | np.array([pick >= 0 for pick in picks]) | (self.solver.forced > 0)
                self._trees.append(self.solver.prizes.guided(chosen, hint))
        for step, multiplier in enumerate(_THOROUGH if seconds > 0 else ()):
            progress.step(0.4 + 0.3 * step / len(_THOROUGH))
            share = _FREE if multiplier == 0 else (1 - _FREE) / (len(_THOROUGH) - 1)
            picks, cost, _, edges = self.solver.thorough(multiplier, seconds * share)
            self._add(picks, cost)
            self._trees.append(edges)
        self._exact()
        if not self.solver.forced.any():
            self._add([-1] * len(problem.sites))
        self._climb(progress)
        kept: list[Solution] = []
        for plan in sorted(self._found.values(), key=lambda plan: (plan.cost, -plan.benefit)):
            if not kept or plan.benefit > kept[-1].benefit + 1e-9:
                kept.append(plan)
        self.steps = kept

    def _add(self, picks: list[int], known: float = math.inf) -> None:
        key = tuple(picks)
        if self._complete(picks) and (key not in self._found or known < math.inf):
            plan = self.solver.evaluate(picks, known)
            if key not in self._found or plan.cost < self._found[key].cost:
                self._found[key] = plan

    def best_of(self, picks: list[int]) -> Solution:
        """Return the plan of the picks at the cheapest tree known for it."""
        self._add(picks, self.solver.tree_cost(picks))
        plan = self.solver.evaluate(picks)
        return min(plan, self._found.get(tuple(picks), plan), key=lambda one: one.cost)

    def _complete(self, picks: list[int]) -> bool:
        return all(pick >= 0 or not forced for pick, forced in zip(picks, self.solver.forced))

    def _exact(self) -> None:
        small = Problem(self.solver.prizes.network, self.problem.sites, self.problem.forced, None)
        if not fits(small):
            return
        complete = solve_exactly(small, 1.0)
        if complete is None:
            return
        self._add(complete[0].picks)
        if not fits(small, TINY):
            return
        for share in _SHARES:
            part = solve_exactly(Problem(small.network, small.sites, small.forced, share * complete[0].cost), 0.5)
            if part is not None:
                self._add(part[0].picks)

    def _climb(self, progress: Progress) -> None:
        """Add the plans for all budgets over several trees: all sites that could pay, the best plan's, the sweep's."""
        best = max(self._found.values(), key=lambda plan: plan.benefit)
        _, prizes = self.solver.picks_at(0.0)
        for flags in ((prizes > 0) | (self.solver.forced > 0), np.array([pick >= 0 for pick in best.picks])):
            self._trees.append(self.solver.prizes.tree(flags)[0])
        trees = list({edges.tobytes(): edges for edges in self._trees}.values())
        climbed = set(np.linspace(0, len(trees) - 1, _LADDERS).round().astype(int).tolist())
        for number, edges in enumerate(trees):
            progress.step(0.7 + 0.3 * number / len(trees))
            if number in climbed:
                ladder = Ladder(self.problem, self.solver.prizes.network, edges)
                for level in range(0, LEVELS, _STRIDE):
                    self._add(*ladder.picks(level))
            hull = Hull(self.problem, self.solver.prizes.network, edges)
            for step in hull.steps():
                self._add(*hull.picks(step))


def solve_problem(problem: Problem, seconds: float = 10.0) -> tuple[Solution, float]:
    """Return the best plan found within the budget and a proven upper bound; exact where the problem is small.

    ``seconds``: for the thorough search of larger ones, and as many again for the bound.
    """
    bound = upper_bound([problem], SILENT, 10.0, seconds)
    small = Problem(shrink(problem.network), problem.sites, problem.forced, problem.budget)
    if fits(small):
        exact = solve_exactly(small, 20.0)
        if exact is not None:
            return exact[0], min(bound, exact[1])
    limit = math.inf if problem.budget is None else problem.budget
    fitting = [plan for plan in Candidates(problem, SILENT, seconds).steps if plan.cost <= limit + 1e-9]
    best = max(fitting, key=lambda plan: plan.benefit, default=Solution([-1] * len(problem.sites), 0.0, 0.0))
    return best, max(bound, best.benefit)
