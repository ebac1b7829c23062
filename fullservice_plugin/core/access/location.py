# SPDX-License-Identifier: GPL-2.0-or-later
"""Sites chosen by optimisation: single-source capacitated facility location, a good plan and a proven lower bound.

Each customer is served whole by one open site; an open site costs ``fixed`` and holds ``capacity`` units of demand.
Lagrangian relaxation of "each customer once" leaves one knapsack per site and gives bound, reduced costs and starts
(Beasley 1993; Holmberg, Rönnqvist, Yuan 1999). Reduced costs rule out pairs that no better plan can use; what remains
goes to HiGHS whole where that is small, else part by part (large-neighbourhood search), the better kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from fullservice_plugin.core.errors import SolverError
from fullservice_plugin.core.progress import SILENT, Progress

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEPS = 400  # subgradient steps at most
_HALVE_AFTER = 15  # steps without a better bound after which the step length is halved
_SHARE = 0.25  # of the time for the bound
_WHOLE, _WHOLE_LARGE = 0.85, 0.3  # of the time that is left for the whole remainder in HiGHS, small or large
_LARGE = 10_000  # pairs from which the remainder is large
_PART = 2.5  # s for one part
_PART_SITES = 12  # sites reconsidered together
_FLAT = 1e-9  # relative gap from which a plan counts as optimal
_DUAL = 1e-6  # relative slack of HiGHS's own bound
_KNAPSACK = 40_000_000  # customers × sites × units up to which knapsacks are solved as integers


@dataclass(frozen=True)
class Location:
    """``site`` of each customer, the plan's ``cost`` and a proven ``lower_bound`` on every plan's."""

    site: Ints
    cost: float
    lower_bound: float


@dataclass
class _Case:
    capacity: Floats
    fixed: Floats
    demand: Floats
    cost: Floats  # customers × sites, inf where not allowed

    def price(self, site: Ints) -> float:
        """Cost of an assignment."""
        opened = np.unique(site)
        return float(self.fixed[opened].sum() + self.cost[np.arange(len(site)), site].sum())

    def fits(self, site: Ints) -> bool:
        """Whether no site holds more than it may."""
        load = np.bincount(site, weights=self.demand, minlength=len(self.fixed))
        return bool((load <= self.capacity + 1e-9).all())


def solve_location(
    capacity: Any, fixed: Any, demand: Any, cost: Any, seconds: float = 10.0, progress: Progress = SILENT
) -> Location:
    """Return the best plan found and a proven bound.

    ``capacity`` and ``fixed`` per site, ``demand`` per customer, ``cost`` (customers × sites) of serving a customer
    whole, ``inf`` where that may not be. Raises SolverError where no plan was found: the sites are too small, or the
    time too short.
    """
    case = _Case(*(np.asarray(values, dtype=np.float64) for values in (capacity, fixed, demand, cost)))
    if not len(case.demand):
        return Location(np.zeros(0, dtype=np.int64), 0.0, 0.0)
    end = time.monotonic() + max(seconds, 0.2)
    bound = _Bound(case)
    best = bound.run(time.monotonic() + _SHARE * max(seconds, 0.2), progress.part(0.0, 0.3))
    lower = bound.best
    whole, proven = _whole(case, bound, best, end)
    lower = max(lower, proven)
    best = _better(case, best, whole)
    if best is None:
        raise SolverError("The sites cannot take everything. Allow more or larger sites, or give more time.")
    best = _polish(case, best)
    if whole is None or case.price(best) > lower * (1 + _FLAT):
        best = _by_parts(case, best, bound, lower, end, progress.part(0.3, 1.0))
    value = case.price(best)
    return Location(best, value, min(value, lower))


def _better(case: _Case, one: Optional[Ints], other: Optional[Ints]) -> Optional[Ints]:
    found = [site for site in (one, other) if site is not None]
    return min(found, key=case.price) if found else None


class _Bound:
    """Subgradient ascent over the multipliers of "each customer once"."""

    def __init__(self, case: _Case) -> None:
        self.case = case
        self.allowed = np.isfinite(case.cost) & (case.demand[:, None] <= case.capacity[None, :])
        self.cost = np.where(self.allowed, case.cost, 1e18)
        second = np.sort(self.cost + case.fixed[None, :] * (case.demand[:, None] / case.capacity[None, :]), axis=1)
        self.dual = np.minimum(second[:, min(1, second.shape[1] - 1)], second[:, 0] * 1.5 + 1.0)
        self.best, self.best_dual = -np.inf, self.dual
        whole = bool((case.demand == np.floor(case.demand)).all() and (case.capacity == np.floor(case.capacity)).all())
        units = case.capacity.max() if len(case.capacity) else 0
        self.integral = whole and case.cost.size * units <= _KNAPSACK
        self.worth = np.zeros(len(case.fixed))

    def run(self, until: float, progress: Progress) -> Optional[Ints]:
        """Raise the bound until it stays; return the best plan met on the way."""
        case, upper, plan = self.case, np.inf, None
        step, idle = 2.0, 0
        for number in range(_STEPS):
            value, taken, worth = self._relaxed(self.dual)
            if value > self.best + 1e-9 * abs(value):
                self.best, self.best_dual, self.worth, idle = value, self.dual.copy(), worth, 0
            else:
                idle += 1
            if number % 10 == 0 or idle == 1:
                found = _repair(case, self.cost, worth < 0)
                if found is not None and case.price(found) < upper:
                    plan, upper = found, case.price(found)
            missing = 1.0 - taken.sum(axis=1)
            norm = float((missing * missing).sum())
            progress.step(number / _STEPS)
            target = upper if np.isfinite(upper) else 1.05 * abs(value) + 1.0
            if norm < 1e-12 or step < 1e-3 or time.monotonic() > until or target - self.best <= _FLAT * abs(target):
                break
            if idle >= _HALVE_AFTER:
                step, idle, self.dual = step / 2.0, 0, self.best_dual.copy()
            self.dual = self.dual + step * max(target - value, 1e-9) / norm * missing
        return plan

    def _relaxed(self, dual: Floats) -> tuple[float, Floats, Floats]:
        """Return the bound, what each site takes (customers × sites), what opening each costs (< 0: opened)."""
        gain = self.cost - dual[:, None]
        taken = self._knapsacks(gain)
        worth = self.case.fixed + np.where(taken > 0, gain * taken, 0.0).sum(axis=0)
        opened = worth < 0
        return float(dual.sum() + worth[opened].sum()), taken * opened[None, :], worth

    def _knapsacks(self, gain: Floats) -> Floats:
        """Return the best filling of every site: exact where demands are whole numbers, else with one part customer."""
        return _exact_knapsacks(gain, self.case) if self.integral else _filled(gain, self.case)

    def possible(self, upper: float) -> NDArray[np.bool_]:
        """Return which pairs (customers × sites) a plan better than ``upper`` may use."""
        reduced = np.maximum(self.worth, 0.0)[None, :] + np.maximum(self.cost - self.best_dual[:, None], 0.0)
        return np.asarray(self.allowed & (self.best + reduced <= upper + 1e-7 * abs(upper)))


def _filled(gain: Floats, case: _Case) -> Floats:
    """Continuous knapsacks: the customers with the best gain per unit, the last one in part."""
    rate = gain / np.maximum(case.demand, 1e-12)[:, None]
    order = np.argsort(rate, axis=0, kind="stable")
    load = np.where(np.take_along_axis(gain, order, axis=0) < 0, case.demand[order], 0.0)
    before = np.cumsum(load, axis=0) - load
    share = np.clip((case.capacity[None, :] - before) / np.maximum(load, 1e-12), 0.0, 1.0) * (load > 0)
    taken = np.zeros_like(gain)
    np.put_along_axis(taken, order, share, axis=0)
    return taken


def _exact_knapsacks(gain: Floats, case: _Case) -> Floats:
    """Integer knapsacks of all sites at once, by dynamic programming over whole units."""
    customers, sites = gain.shape
    units = int(case.capacity.max())
    useful = np.flatnonzero((gain < 0).any(axis=1))
    table = np.zeros((sites, units + 1))
    picked = np.zeros((len(useful), sites, units + 1), dtype=np.bool_)
    for k, row in enumerate(useful.tolist()):
        need = int(case.demand[row])
        if need > units:
            continue
        with_it = table[:, : units + 1 - need] + np.minimum(gain[row], 0.0)[:, None]
        better = with_it < table[:, need:] - 1e-12
        picked[k][:, need:] = better
        table[:, need:] = np.where(better, with_it, table[:, need:])
    taken = np.zeros_like(gain)
    left = case.capacity.astype(np.int64).copy()
    every = np.arange(sites)
    for k in range(len(useful) - 1, -1, -1):
        chosen = picked[k][every, left]
        taken[useful[k], chosen] = 1.0
        left = left - np.where(chosen, int(case.demand[useful[k]]), 0)
    return taken


def _repair(case: _Case, cost: Floats, opened: NDArray[np.bool_]) -> Optional[Ints]:
    """Open sites until they may be enough, then serve customers by regret; None where nothing fits."""
    opened = opened.copy()
    order = np.argsort(case.fixed / np.maximum(case.capacity, 1e-12), kind="stable")
    for site in order:
        if case.capacity[opened].sum() >= 1.02 * case.demand.sum():
            break
        opened[site] = True
    while True:
        plan = _by_regret(case, np.where(opened[None, :], cost, np.inf))
        if plan is not None:
            return _polish(case, plan)
        closed = np.flatnonzero(~opened)
        if not len(closed):
            return None
        opened[closed[np.argmin(case.fixed[closed] / np.maximum(case.capacity[closed], 1e-12))]] = True


def _by_regret(case: _Case, cost: Floats) -> Optional[Ints]:
    """Serve the customer next that would lose most by not getting its best site with room."""
    left, plan = case.capacity.copy(), np.full(len(case.demand), -1, dtype=np.int64)
    todo = np.ones(len(plan), dtype=bool)
    while todo.any():
        rows = np.flatnonzero(todo)
        open_cost = np.where(case.demand[rows][:, None] <= left[None, :] + 1e-9, cost[rows], np.inf)
        ranked = (
            np.sort(open_cost, axis=1)[:, :2] if open_cost.shape[1] > 1 else np.hstack([open_cost, open_cost + 1e12])
        )
        if not np.isfinite(ranked[:, 0]).all() or (ranked[:, 0] >= 1e17).any():
            return None
        second = np.where(np.isfinite(ranked[:, 1]), ranked[:, 1], ranked[:, 0] + 1e9)
        pick = int(np.lexsort((rows, -case.demand[rows], ranked[:, 0] - second))[0])
        row, site = int(rows[pick]), int(np.argmin(open_cost[pick]))
        plan[row] = site
        left[site] -= case.demand[row]
        todo[row] = False
    return plan


def _polish(case: _Case, plan: Ints) -> Ints:
    """Move single customers, swap pairs and close sites while that is cheaper."""
    plan = plan.copy()
    sites = len(case.fixed)
    for _ in range(50):
        load = np.bincount(plan, weights=case.demand, minlength=sites).astype(np.float64)
        count = np.bincount(plan, minlength=sites)
        own = case.cost[np.arange(len(plan)), plan]
        room = case.demand[:, None] <= (case.capacity - load)[None, :] + 1e-9
        change = np.where(room, case.cost - own[:, None], np.inf)
        change = change + np.where(count[None, :] == 0, case.fixed[None, :], 0.0)
        change = change - np.where(count[plan] == 1, case.fixed[plan], 0.0)[:, None]
        change[np.arange(len(plan)), plan] = 0.0
        row, site = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[row, site] < -1e-9 * max(1.0, abs(float(own.sum()))):
            plan[row] = site
            continue
        pair = _best_swap(case, plan, load, own)
        if pair is None:
            break
        plan[pair[0]], plan[pair[1]] = plan[pair[1]], plan[pair[0]]
    return plan


def _best_swap(case: _Case, plan: Ints, load: Floats, own: Floats) -> Optional[tuple[int, int]]:
    """Return two customers that save most by changing places; None where no pair saves."""
    cross = case.cost[:, plan]  # customer k at the site of customer l
    change = cross + cross.T - own[:, None] - own[None, :]
    room = (case.capacity - load)[plan]
    grow = case.demand[None, :] - case.demand[:, None]
    change = np.where((grow <= room[:, None] + 1e-9) & (-grow <= room[None, :] + 1e-9), change, np.inf)
    change[plan[:, None] == plan[None, :]] = 0.0
    k, other = np.unravel_index(int(np.argmin(change)), change.shape)
    return (int(k), int(other)) if change[k, other] < -1e-9 * max(1.0, abs(float(own.sum()))) else None


def _model(
    case: _Case, rows: Ints, sites: Ints, possible: NDArray[np.bool_], seconds: float
) -> tuple[Any, Optional[Ints]]:
    """Solve the customers ``rows`` over ``sites`` in HiGHS; returns its answer and each row's site, None if none."""
    room = case.capacity[sites]
    k, i = np.nonzero(possible[np.ix_(rows, sites)])
    pairs, n = len(k), len(sites)
    value = np.concatenate([case.cost[rows[k], sites[i]], case.fixed[sites]])
    once = sparse.csr_matrix((np.ones(pairs), (k, np.arange(pairs))), shape=(len(rows), pairs + n))
    hold = sparse.csr_matrix(
        (
            np.concatenate([case.demand[rows[k]], -room]),
            (np.concatenate([i, np.arange(n)]), np.concatenate([np.arange(pairs), pairs + np.arange(n)])),
        ),
        shape=(n, pairs + n),
    )
    link = sparse.csr_matrix(
        (
            np.concatenate([np.ones(pairs), -np.ones(pairs)]),
            (np.tile(np.arange(pairs), 2), np.concatenate([np.arange(pairs), pairs + i])),
        ),
        shape=(pairs, pairs + n),
    )
    limits = [LinearConstraint(once, 1, 1), LinearConstraint(hold, -np.inf, 0), LinearConstraint(link, -np.inf, 0)]
    found = milp(
        value,
        constraints=limits,
        integrality=np.ones(pairs + n),
        bounds=Bounds(0, 1),
        options={"time_limit": max(seconds, 0.05), "mip_rel_gap": 0.0},
    )
    plan = None
    if found.x is not None:
        chosen = np.flatnonzero(found.x[:pairs] > 0.5)
        plan = np.full(len(rows), -1, dtype=np.int64)
        plan[k[chosen]] = sites[i[chosen]]
        plan = plan if (plan >= 0).all() else None
    return found, plan


def _whole(case: _Case, bound: _Bound, best: Optional[Ints], end: float) -> tuple[Optional[Ints], float]:
    """Solve what remains as one model; returns the plan (None where none was found) and the bound it proves."""
    upper = case.price(best) if best is not None else np.inf
    possible = bound.possible(upper) if np.isfinite(upper) else bound.allowed
    if best is not None:
        possible[np.arange(len(best)), best] = True
    sites = np.flatnonzero(possible.any(axis=0))
    if not possible.any(axis=1).all():
        return None, bound.best
    rows = np.arange(len(case.demand))
    share = _WHOLE if possible.sum() <= _LARGE else _WHOLE_LARGE
    seconds = (end - time.monotonic()) * share
    found, plan = _model(case, rows, sites, possible, seconds)
    dual = getattr(found, "mip_dual_bound", None)
    # pairs left out cost more than the best plan known, so the bound of the remainder holds up to that plan's cost
    proven = min(float(dual) - _DUAL * abs(float(dual)), upper) if dual is not None and np.isfinite(dual) else -np.inf
    if found.status == 0 and plan is not None:
        proven = min(case.price(plan), upper)
    return (plan if plan is not None and case.fits(plan) else None), proven


def _by_parts(case: _Case, best: Ints, bound: _Bound, lower: float, end: float, progress: Progress) -> Ints:
    """Reconsider a few sites and their customers at a time, until the time is over or nothing is left to gain."""
    dice = np.random.default_rng(1)
    start = time.monotonic()
    possible = bound.allowed
    tried = 0
    while time.monotonic() < end - 0.1 and case.price(best) > lower * (1 + _FLAT) and tried < 60:
        opened = np.unique(best)
        seed = int(dice.choice(opened))
        mean = np.array(
            [
                case.cost[best == seed][:, site].mean()
                if np.isfinite(case.cost[best == seed][:, site]).all()
                else np.inf
                for site in range(len(case.fixed))
            ]
        )
        order = np.argsort(mean * dice.uniform(0.8, 1.25, len(mean)), kind="stable")
        used = [int(site) for site in order if site in opened][: max(2, _PART_SITES // 2)]
        spare = [int(site) for site in order if site not in opened][: _PART_SITES - len(used)]
        sites = np.array(sorted({seed, *used, *spare}), dtype=np.int64)
        rows = np.flatnonzero(np.isin(best, sites))
        before = case.price(best)
        left = min(_PART, end - time.monotonic())
        _, plan = _model(case, rows, sites, possible, left)
        tried += 1
        if plan is not None:
            other = best.copy()
            other[rows] = plan
            if case.fits(other) and case.price(other) < before - 1e-9 * abs(before):
                best, tried = _polish(case, other), 0
        progress.step(min(1.0, (time.monotonic() - start) / max(end - start, 1e-9)))
    return best
