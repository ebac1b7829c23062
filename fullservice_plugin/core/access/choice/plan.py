# SPDX-License-Identifier: GPL-2.0-or-later
"""Plan the access of an area: method per building, wired design, WLAN design, cost and proof.

Upper bound of the benefit
--------------------------
Take any plan: a method or none per building, and any wired and WLAN design that carries it out under the
catalogue's rules. Its cost is at least

* Σ over the edges of the trees that join the served buildings with a supply point: the price of the way, plus
  the least price of one cable or one drop per metre, since each metre of a tree carries one of them;
* Σ over the served buildings of their own shares (:mod:`own_cost`): work in the building, boxes, splitters,
  cabinets and ports at the least price per port or home, which any set of boxes and cabinets exceeds;
* Σ over buildings of the proven lower bound of their WLAN (or, where a WLAN was not designed because it could not
  pay, the fewest access points thinkable), and the exact price of building terminals and leased lines.

Revenue is a constant of building and method. So max (revenue − these lower bounds) within the budget bounds the
benefit of every plan from above, and that maximum, a rooted prize-collecting Steiner tree problem with a budget,
is bounded by dual ascent and a budget multiplier (:mod:`solve`). Capacity of supply points and optical reach are left
out, which only raises the bound. Targets (:mod:`targets`) can only lower it.
"""

from __future__ import annotations

import bisect
import math
import time
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Mapping, Optional, Sequence

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.choice.decide import Shares, cost_shares, decide
from fullservice_plugin.core.access.choice.frontier import frontier, spread
from fullservice_plugin.core.access.choice.instance import Instance, build_instance
from fullservice_plugin.core.access.choice.model import AccessOptions, AccessPlan, FrontierPoint
from fullservice_plugin.core.access.choice.own_cost import OwnCosts
from fullservice_plugin.core.access.choice.problem import Problem, Solution
from fullservice_plugin.core.access.choice.realise import Realised, Realiser
from fullservice_plugin.core.access.choice.revenue import RevenueModel
from fullservice_plugin.core.access.choice.sites import read_sites
from fullservice_plugin.core.access.choice.solve import Candidates, complete_plan, upper_bound
from fullservice_plugin.core.access.choice.stages import access_phases, cabinet_bills
from fullservice_plugin.core.access.choice.targets import (
    Target,
    bonus_of,
    prices_for,
    results,
    shortfall,
    targets_of,
    trimmed,
)
from fullservice_plugin.core.errors import ParameterError, SolverError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

STAGES: dict[str, tuple[float, float]] = {"network": (0.0, 0.35), "bound": (0.35, 0.45), "choose": (0.45, 0.95)}
"""What a plan is doing, by its share of the progress: ways and costs, the bound, choosing and designing."""
_CALIBRATIONS = 2
_WAYS = ("trench", "cable", "ducts")
_TRIES = 12
"""Most choices that are designed for real."""
_SEARCH, _BOUND = 0.2, 0.1
"""Shares of the time limit for the thorough search of choices, and for each of two bounds."""
_CENT = 0.005
"""Money: a difference that is less than this is rounding."""
_RISES = 4
"""So often the bonus of targets that real designs still miss is raised."""
_TRIM = 0.1
"""Share of the time limit for giving up what a target does not need."""
_NEAR = 0.998
"""A plan that uses this share of the budget is near enough."""


def plan_access(
    buildings: FeatureTable,
    streets: FeatureTable,
    supply: FeatureTable,
    packages: Optional[FeatureTable],
    catalogue: Catalogue,
    options: AccessOptions,
    progress: Progress = SILENT,
    floors: Optional[FeatureTable] = None,
) -> AccessPlan:
    """Choose the access method of every building and design the chosen set.

    All geometry in metres in one local metric CRS. Columns of ``buildings`` (all optional, NULL = unknown):
    ``households, businesses, storeys, use, users`` counts and use; ``access_state`` (open, refused, spare);
    ``probability`` (0–1) of agreement; ``take_rate`` (0–1); ``method_lock`` (a method: an approved or locked
    choice); ``rivals`` (number of rival networks present), ``rival_share`` (0–1), ``exclusive_until`` (ISO
    date of a rival's exclusive right), ``riser_right`` and ``power_right`` (bool). Columns of ``packages``
    (polygons, or no geometry = everywhere): ``segment`` (home, business), ``price_month``, ``down_mbps``,
    ``valid_from``, ``valid_to`` (ISO dates), ``priority``. ``floors`` (optional) are floor outlines with
    ``building_id, floor, use, users``.

    Raises :class:`ParameterError` and :class:`InputError` for values that cannot be used, and
    :class:`SolverError` where locked buildings alone exceed the budget.
    """
    start = time.perf_counter()
    if options.budget is not None and not 0 <= options.budget < 1e15:
        raise ParameterError("BUDGET must be a number of at least 0, found {value}.", value=options.budget)
    revenue = RevenueModel(catalogue, options.horizon_years)
    costs = OwnCosts(catalogue)
    sites = read_sites(buildings, packages, revenue, costs, options)
    instance = build_instance(buildings, streets, supply, catalogue, options, sites, revenue, costs, floors,
                              progress.part(*STAGES["network"]))
    realiser = Realiser(buildings, streets, supply, catalogue, options, sites, costs, instance.wlan, instance.graph)
    bound = instance.bound(options.budget, progress.part(*STAGES["bound"]), _BOUND * options.time_limit)
    targets = targets_of(options.targets, sites, list(buildings.geometry), instance.options)
    search = _search(instance, realiser, options, targets, progress.part(*STAGES["choose"]))
    realised, tried, candidates = search.best, search.tried, search.candidates
    if search.bonus and not shortfall(targets, realised.methods):
        with_bonus = instance.bound(options.budget, SILENT, _BOUND * options.time_limit, search.bonus)
        bound = min(bound, with_bonus - search.given)
    plan = _finish(instance, realised, costs, bound, options, time.perf_counter() - start)
    plan = replace(plan, targets=results(targets, realised.methods), without_targets=search.without)
    curve: list[FrontierPoint] = []
    if options.frontier:
        ever = bound if options.budget is None else instance.bound(None)
        curve = frontier(instance, tried, max(ever, plan.benefit))
    phases, phase_of = access_phases(instance, realiser, realised, options.phases) if options.phases else ([], {})
    gap = _choice_gap(instance, candidates, realised, options, search)
    return replace(plan, choice_gap=gap, frontier=curve, phases=phases, phase_of=phase_of,
                   cabinets=cabinet_bills(instance, realiser, realised), seconds=time.perf_counter() - start)


@dataclass(frozen=True)
class _Search:
    """The best designed choice, all that were designed, what they were drawn from.

    ``bonus`` (row → money) and ``given`` (Σ price × households asked) of the targets; ``without``: the benefit that the
    best choice without targets would have.
    """

    best: Realised
    tried: list[Realised]
    candidates: Candidates
    bonus: dict[int, float] = field(default_factory=dict)
    given: float = 0.0
    without: Optional[float] = None


def _search(
    instance: Instance, realiser: Realiser, options: AccessOptions, targets: list[Target], progress: Progress
) -> _Search:
    """Return the best designed choice; where it misses targets, one that serves what they ask, as far as money goes."""
    best, tried, candidates = _best(instance, realiser, options, progress.part(0.0, 0.5))
    found = _Search(best, tried, candidates)
    if not shortfall(targets, best.methods):
        return found
    without = instance.revenue_of(best.methods) - best.cost
    prices = prices_for(targets, candidates.problem, instance.rows)
    for number in range(_RISES):
        bonus = bonus_of(targets, prices)
        one, more, drawn = _best(
            instance, realiser, options, progress.part(0.5 + number / 10, 0.6 + number / 10), bonus, targets)
        tried += more
        missed = shortfall(targets, one.methods)
        until = time.perf_counter() + _TRIM * options.time_limit
        less = realiser.realise(trimmed(instance, targets, one.methods, until))
        tried.append(less)
        if shortfall(targets, less.methods) <= missed and instance.revenue_of(less.methods) - less.cost > (
                instance.revenue_of(one.methods) - one.cost):
            one, missed = less, shortfall(targets, less.methods)
        if number == 0 or missed < shortfall(targets, found.best.methods):
            given = math.fsum(price * target.asked for price, target in zip(prices, targets))
            found = _Search(one, tried, drawn, bonus, given, without)
        if not missed or number == _RISES - 1:
            break
        prices = [price * 2 + 1.0 if target.served(one.methods) < target.asked else price
                  for price, target in zip(prices, targets)]
    return found


def _best(
    instance: Instance, realiser: Realiser, options: AccessOptions, progress: Progress,
    bonus: Mapping[int, float] = MappingProxyType({}), targets: Sequence[Target] = (),
) -> tuple[Realised, list[Realised], Candidates]:
    """Return the best designed choice within the budget, all that were designed, and what they were drawn from.

    The plans that are tried do not depend on the budget, only how far up one may go does. Who serves what the
    ``targets`` ask comes before who brings more.
    """
    limit = math.inf if options.budget is None else options.budget
    tried: list[Realised] = []
    if not any(site.lock for site in instance.sites):
        tried.append(realiser.realise({}))
    way = own = 1.0
    for step in range(_CALIBRATIONS):
        progress.step(0.05 * step)
        problem = instance.estimate(way, own, bonus)
        guess = complete_plan(problem)
        tried.append(realiser.realise(instance.methods(problem, guess.picks)))
        way_ratio, own_ratio = _ratios(tried[-1], guess, problem)
        way, own = way * way_ratio, own * own_ratio
        if guess.cost <= 0 or max(abs(way_ratio - 1), abs(own_ratio - 1)) < 0.01:
            break
    problem = instance.estimate(way, own, bonus)
    candidates = Candidates(problem, progress.part(0.1, 0.5), _SEARCH * options.time_limit)
    tried.append(realiser.realise(instance.methods(problem, candidates.steps[-1].picks)))
    ladder = [instance.methods(problem, plan.picks) for plan in candidates.steps]
    guesses = [plan.cost for plan in candidates.steps]
    low, high, ratio = -1, len(ladder), 1.0
    if options.budget is None:
        low = high - 1
    while high - low > 1 and len(tried) < _TRIES:
        progress.step(0.5 + 0.5 * len(tried) / _TRIES)
        # the highest step that should fit by the ratio seen so far, else the middle
        near = bisect.bisect_right(guesses, limit / ratio) - 1
        at = min(high - 1, max(low + 1, near if len(tried) % 3 else (low + high) // 2))
        found = realiser.realise(ladder[at])
        tried.append(found)
        if guesses[at] > 0:
            ratio = found.cost / guesses[at]
        if found.cost <= limit + 1e-6:
            low = at
            if found.cost >= _NEAR * limit:
                break
        else:
            high = at
    if low < 0:
        tried.append(realiser.realise(ladder[0]))
    if not any(found.cost <= limit + 1e-6 for found in tried):
        raise SolverError(
            "The locked buildings alone cost {cost}; the budget is {budget}. Raise the budget or release locks.",
            cost=round(min(found.cost for found in tried)), budget=options.budget)
    for number in spread(guesses, options.frontier):
        progress.check()
        tried.append(realiser.realise(ladder[number]))
    # the points of the curve are designed plans as well: one of them may turn out better than what was searched for
    best = max((found for found in tried if found.cost <= limit + 1e-6), key=lambda found: (
        -shortfall(targets, found.methods), instance.revenue_of(found.methods) - found.cost, -found.cost))
    return best, tried, candidates


def _choice_gap(
    instance: Instance, candidates: Candidates, found: Realised, options: AccessOptions, search: _Search
) -> float:
    """Return by how much (0–1) another choice could at most be better at the prices this one was made by.

    Those are the estimated prices of the options, set right by real designs; ways are shared as in the plan.
    """
    problem = candidates.problem
    picks = []
    for site, choices in zip(instance.sites, problem.sites):
        method = found.methods.get(site.row)
        picks.append(next((k for k, option in enumerate(choices) if option.method == method), -1))
    plan = candidates.best_of(picks)
    budget = None if options.budget is None else max(options.budget, plan.cost)
    upper = upper_bound([replace(problem, budget=budget)], SILENT, 0.5, _BOUND * options.time_limit) - search.given
    benefit = plan.benefit - math.fsum(search.bonus.get(row, 0.0) for row in found.methods)
    return _gap(upper, benefit)


def _gap(upper: float, benefit: float) -> float:
    """Return which share (0–1) of ``upper`` is not reached; 0 where the two are the same to a cent.

    Where nothing earns its cost, the solvers' rounding leaves a bound of some 1e-9: that is no possibility.
    """
    return (upper - benefit) / upper if upper > 0.0 and upper - benefit > _CENT else 0.0


def _ratios(real: Realised, guess: Solution, problem: Problem) -> tuple[float, float]:
    """Return real over estimated cost, of the ways (trench and cable) and of everything else."""
    own = math.fsum(problem.sites[i][k].cost for i, k in enumerate(guess.picks) if k >= 0)
    ways = sum(real.components[name].cost for name in _WAYS if name in real.components)
    pairs = ((ways, guess.cost - own), (real.cost - ways, own))
    first, second = (min(3.0, max(0.5, a / b)) if a > 0 and b > 0 else 1.0 for a, b in pairs)
    return first, second


def _finish(
    instance: Instance, realised: Realised, costs: OwnCosts, bound: float, options: AccessOptions, seconds: float
) -> AccessPlan:
    shares = Shares(
        instance.options, instance.ways(realised.methods), instance.lone_ways(realised.methods))
    split = cost_shares(realised, instance.sites, shares, costs.leased_equipment(1))
    decisions = decide(instance.sites, realised, shares, split, realised.failed, instance.unreachable, options.budget)
    revenue = instance.revenue_of(realised.methods)
    lower = math.fsum(part.lower_bound for part in realised.components.values())
    benefit = revenue - realised.cost
    upper = max(bound, benefit)
    gap = _gap(upper, benefit)
    return AccessPlan(
        decisions, realised.wired, realised.wlan, realised.leased_bom, realised.cost, min(lower, realised.cost),
        realised.wired.wired_cost, realised.wlan.cost, realised.leased_cost, revenue, benefit, upper, gap,
        realised.components, options.budget, seconds,
    )


