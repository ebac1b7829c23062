# SPDX-License-Identifier: GPL-2.0-or-later
"""Access points of one floor: coverage by set covering, held to a fine grid, then enough of them for the users."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from fullservice_plugin.core.access.wlan.capacitated import fewer
from fullservice_plugin.core.access.wlan.capacity import Load, busiest, enough_for_users
from fullservice_plugin.core.access.wlan.covering import Cover, Flags, choose
from fullservice_plugin.core.access.wlan.floor import FloorPlan, FloorTask, Reach, reach_of
from fullservice_plugin.core.access.wlan.polish import polish
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.settings import Settings

MIN_DEMAND, MAX_DEMAND = 150, 900
"""Demand points of a floor: small floors get a finer grid, large ones a coarser one."""
UNHURRIED = 3.0
"""With less time than this (seconds) large floors get at most the following grids."""
HURRIED_DEMAND, HURRIED_CANDIDATES = 300, 110
MIN_CANDIDATES = 12
"""Tiny floors get a finer grid, so that a second access point finds a place."""
ALLOWANCE = 0.7
"""Share of the uncovered area that the targets allow which the design uses on its own grid."""
_FINE = 3000
"""Points of the grid on which a layout is judged; between points of the demand grid a wall may hide a corner."""
_ADDED, _NEW_PLACES = 150, 25
"""So many points that a layout misses are tried as places for access points."""
_POLISH, _LEAST_POLISH = 0.2, 0.1
"""Share of the time for the search of smaller layouts on the fine grid, and the least of it (seconds)."""
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass
class _Ground:
    """Demand ``points``, candidate ``places`` (given ones first) and their EIRP (dBm)."""

    points: Array
    places: Array
    eirp: Array

    def add(self, places: Array, eirp_dbm: float) -> None:
        """Add candidates."""
        self.places = np.vstack((self.places, places))
        self.eirp = np.append(self.eirp, np.full(len(places), eirp_dbm))


def plan_floor(task: FloorTask, settings: Settings, seconds: float) -> FloorPlan:
    """Place as few access points as the targets allow, with a proven lower bound on their number.

    The bound holds for all layouts on the first candidate grid that meet the targets on the first demand grid, of whose
    allowance (1 % and 15 % by default) the design uses ``ALLOWANCE`` only. The layout is then made to meet the targets
    on a fine grid; what no exchange mends gets access points of its own.
    """
    start = time.perf_counter()
    ground = _ground(task, settings, seconds < UNHURRIED)
    fine = task.outline.grid(max(0.1, math.sqrt(task.outline.area / _FINE)))
    chosen, bound = _covering(ground, fine, task, settings, seconds)
    reach = reach_of(ground.points, ground.places, ground.eirp, task, settings)
    load = Load(reach.rssi, task.demand_mbps, settings, task.use.margin_db)
    covering = len(chosen)
    chosen, _, capacity_bound = enough_for_users(load, chosen, settings.airtime_limit)
    bound = max(bound, capacity_bound)
    left = seconds - (time.perf_counter() - start)
    cover = _targets(reach, task, settings, ALLOWANCE)
    if len(chosen) > max(bound, covering) and left > 0 and len(cover.primary):
        chosen, bound = fewer(cover, load.times(), settings.airtime_limit, chosen, max(bound, 1), left)
    places, eirp = _repaired(fine, ground.places[chosen], ground.eirp[chosen], task, settings)
    return _plan(fine, ground.points, places, eirp, bound, task, settings)


def _covering(
    ground: _Ground, fine: Array, task: FloorTask, settings: Settings, seconds: float
) -> tuple[list[int], int]:
    """Return a small choice of places that the fine grid accepts, and the proven least number."""
    reach = reach_of(ground.points, ground.places, ground.eirp, task, settings)
    chosen, bound = choose(_targets(reach, task, settings, ALLOWANCE), seconds)
    missed = _missed(fine, ground.places[chosen], ground.eirp[chosen], task, settings)
    if missed.any() or len(chosen) > bound:
        ground.add(_spread(fine[missed], _NEW_PLACES), settings.eirp_dbm)
        judged = reach_of(fine, ground.places, ground.eirp, task, settings)
        chosen = polish(_targets(judged, task, settings, 1.0), chosen, bound,
                        max(_LEAST_POLISH, _POLISH * seconds))
    return chosen, bound


def _ground(task: FloorTask, settings: Settings, hurried: bool) -> _Ground:
    area = task.outline.area
    most = min(task.max_candidates, HURRIED_CANDIDATES) if hurried else task.max_candidates
    places = task.outline.grid(max(min(task.grid, math.sqrt(area / MIN_CANDIDATES)), math.sqrt(area / most)))
    points = task.outline.grid(max(task.grid / 8, min(task.grid / 2, math.sqrt(area / MIN_DEMAND)),
                                   math.sqrt(area / (HURRIED_DEMAND if hurried else MAX_DEMAND))))
    given = np.array([place[:2] for place in task.given], dtype=float).reshape(-1, 2)
    eirp = np.concatenate((np.array([place[2] for place in task.given]), np.full(len(places), settings.eirp_dbm)))
    return _Ground(points, np.vstack((given, places)), eirp)


def _targets(reach: Reach, task: FloorTask, settings: Settings, allowance: float) -> Cover:
    """Return what a choice of candidates has to cover, of the points that can be covered at all.

    ``allowance``: share of what the targets allow to be missed that is used.
    """
    wanted = reach.primary.any(axis=1)
    primary = reach.primary[wanted]
    second = reach.secondary[wanted].astype(float)
    if task.stacked:
        second = second + reach.above[wanted]
    rows, columns = primary.shape
    spare = math.floor(allowance * (1 - settings.primary_share) * rows + 1e-9)
    second_spare = math.floor(allowance * (1 - settings.secondary_share) * rows + 1e-9)
    need_second = settings.secondary_share > 0 and columns > 1
    return Cover(primary, second, spare, second_spare if need_second else rows, tuple(range(len(task.given))))


def _missed(fine: Array, places: Array, eirp: Array, task: FloorTask, settings: Settings) -> Flags:
    """Tell which points of the fine grid lack a signal, where so many do that a target is missed."""
    reach = reach_of(fine, places, eirp, task, settings)
    first = reach.primary.any(axis=1)
    second = _second(reach, task) >= 2
    missed = np.zeros(len(fine), dtype=bool)
    if first.mean() < settings.primary_share:
        missed |= ~first
    if second.mean() < settings.secondary_share:
        missed |= ~second
    return missed


def _second(reach: Reach, task: FloorTask) -> Array:
    count = reach.secondary.sum(axis=1)
    return np.asarray(count + reach.above.sum(axis=1) if task.stacked else count, dtype=float)


def _repaired(
    fine: Array, places: Array, eirp: Array, task: FloorTask, settings: Settings
) -> tuple[Array, Array]:
    """Add access points where the fine grid still misses a target, each where it helps most points."""
    for _ in range(len(places) + 2):
        missed = _missed(fine, places, eirp, task, settings)
        if not missed.any():
            break
        tried = _spread(fine[missed], _ADDED)
        power = np.full(len(tried), settings.eirp_dbm)
        there = reach_of(fine, places, eirp, task, settings)
        new = reach_of(fine[missed], tried, power, task, settings)
        dark = ~there.primary[missed].any(axis=1)
        gain = new.primary[dark].sum(axis=0) if dark.any() else new.secondary.sum(axis=0)
        best = int(np.argmax(gain))
        places, eirp = np.vstack((places, tried[best:best + 1])), np.append(eirp, settings.eirp_dbm)
    return places, eirp


def _plan(
    fine: Array, points: Array, places: Array, eirp: Array, bound: int, task: FloorTask, settings: Settings
) -> FloorPlan:
    reach = reach_of(fine, places, eirp, task, settings)
    own, other = reach.secondary.sum(axis=1), reach.above.sum(axis=1)
    base = reach_of(points, places, eirp, task, settings).rssi
    times = Load(base, task.demand_mbps, settings, task.use.margin_db).times()
    return FloorPlan(
        places, min(bound, len(places)), float(reach.primary.any(axis=1).mean()), float((own >= 2).mean()),
        float((own + other >= 2).mean()), float((own + 2 * other >= 2).mean()),
        busiest(times, settings.airtime_limit)[1], eirp,
    )


def _spread(points: Array, most: int) -> Array:
    """Return at most so many of the points, spread evenly over them."""
    if len(points) <= most:
        return points
    return points[np.unique((np.arange(most) * _GOLDEN % 1.0 * len(points)).astype(np.int64))]
