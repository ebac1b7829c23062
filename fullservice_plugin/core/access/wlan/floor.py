# SPDX-License-Identifier: GPL-2.0-or-later
"""Access points of one floor: coverage by set covering, then enough of them for the users."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from fullservice_plugin.core.access.wlan.capacitated import fewer
from fullservice_plugin.core.access.wlan.capacity import Load, busiest, enough_for_users
from fullservice_plugin.core.access.wlan.covering import Cover, Flags, choose
from fullservice_plugin.core.access.wlan.outline import Outline
from fullservice_plugin.core.access.wlan.propagation import breakpoint_loss, free_space, site_general, tgax
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.settings import Settings, UseModel
from fullservice_plugin.core.access.wlan.walls import crossed_db

MIN_DEMAND, MAX_DEMAND = 150, 900
"""Demand points of a floor: small floors get a finer grid, large ones a coarser one."""
UNHURRIED = 3.0
"""With less time than this (seconds) large floors get at most the following grids."""
HURRIED_DEMAND, HURRIED_CANDIDATES = 300, 110
MIN_CANDIDATES = 12
"""Tiny floors get a finer grid, so that a second access point finds a place."""
ALLOWANCE = 0.7
"""Share of the uncovered area that the targets allow which the design uses on its own grid."""


@dataclass(frozen=True)
class FloorTask:
    """One distinct floor: its outline, use, busy-hour demand (Mb/s in all) and whether like floors adjoin.

    ``given``: access points that keep their places (x, y in own axes, EIRP in dBm); they come first in the plan.
    """

    outline: Outline
    use: UseModel
    demand_mbps: float
    stacked: bool
    grid: float
    max_candidates: int
    given: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class FloorPlan:
    """Positions (n × 2, own axes) of the access points of a floor, their EIRP (dBm) and airtime, and what they reach.

    ``neighbour_share`` is the secondary share where one like floor adjoins, ``both_share`` where two do.
    """

    points: Array
    lower_bound: int
    primary_share: float
    secondary_share: float
    neighbour_share: float
    both_share: float
    loads: Array
    eirp: Array


def path_loss(
    a: Array, b: Array, use: UseModel, settings: Settings, floors: int = 0, walls_db: Optional[Array] = None
) -> Array:
    """Return the median loss (len(a) × len(b), dB) between points of one floor, or ``floors`` slabs apart.

    ``walls_db``: loss of the walls between them, where the floor's walls are known.
    """
    flat = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    metres = np.hypot(flat, floors * settings.storey_m) if floors else flat
    if use.model == "tgax":
        cells_a, cells_b = np.floor(a / settings.apartment_m), np.floor(b / settings.apartment_m)
        walls = np.abs(cells_a[:, None, :] - cells_b[None, :, :]).sum(axis=2)
        loss = tgax(metres, settings.ghz, use.environment, 0.0, walls, use.row)
    elif use.model == "walls":
        loss = breakpoint_loss(metres, settings.ghz, use.row["breakpoint_m"])
    else:
        # beyond its range the site-general fit falls below free space, which nothing indoors does
        loss = np.maximum(site_general(metres, settings.ghz, use.environment, use.model, use.row),
                          free_space(metres, settings.ghz))
    if walls_db is not None:
        loss = loss + walls_db
    return np.asarray(use.offset_db + use.slope * loss + floors * use.slab_db)


@dataclass(frozen=True)
class _Reach:
    """What each candidate (column) gives each demand point (row)."""

    primary: Flags
    secondary: Flags
    above: Flags
    rssi: Array


def _reach(points: Array, candidates: Array, eirp: Array, task: FloorTask, settings: Settings) -> _Reach:
    walls = task.outline.walls
    crossed = crossed_db(points, candidates, walls) if len(walls) else None
    loss = path_loss(points, candidates, task.use, settings, 0, crossed)
    sent = eirp[None, :] - settings.client_loss_db
    down = sent - loss
    up = settings.client_dbm - settings.client_loss_db - loss
    primary = (down - task.use.margin_db >= settings.least_dbm) & (
        up - task.use.margin_db >= settings.secondary_dbm)
    above = sent - path_loss(points, candidates, task.use, settings, 1, crossed)
    return _Reach(primary, down >= settings.secondary_dbm, above >= settings.secondary_dbm, down)


def largest_circle(use: UseModel, settings: Settings) -> float:
    """Return the area (m²) that one access point covers at most: a full circle, no wall in it."""
    metres = np.arange(1.0, 300.0, 0.05)
    open_space = replace(settings, apartment_m=1e9)
    loss = path_loss(np.zeros((1, 2)), np.column_stack((metres, np.zeros(len(metres)))), use, open_space)[0]
    reached = settings.eirp_dbm - settings.client_loss_db - loss - use.margin_db >= settings.least_dbm
    radius = float(metres[reached][-1]) + 0.05 if reached.any() else 1.0
    return math.pi * radius**2


def plan_floor(task: FloorTask, settings: Settings, seconds: float) -> FloorPlan:
    """Place as few access points as the targets allow, with a proven lower bound on their number.

    The bound holds for all layouts on the candidate grid that meet the targets on the demand grid, of whose
    allowance (1 % and 15 % by default) the design uses ``ALLOWANCE`` only: a finer grid sees a little more.
    """
    area = task.outline.area
    hurried = seconds < UNHURRIED
    most = min(task.max_candidates, HURRIED_CANDIDATES) if hurried else task.max_candidates
    candidates = task.outline.grid(
        max(min(task.grid, math.sqrt(area / MIN_CANDIDATES)), math.sqrt(area / most)))
    points = task.outline.grid(max(task.grid / 8, min(task.grid / 2, math.sqrt(area / MIN_DEMAND)),
                                   math.sqrt(area / (HURRIED_DEMAND if hurried else MAX_DEMAND))))
    given = np.array([place[:2] for place in task.given], dtype=float).reshape(-1, 2)
    candidates = np.vstack((given, candidates))
    eirp = np.full(len(candidates), settings.eirp_dbm)
    eirp[:len(given)] = [place[2] for place in task.given]
    reach = _reach(points, candidates, eirp, task, settings)
    start = time.perf_counter()
    cover = _targets(reach, task, settings)
    chosen, bound = choose(cover, seconds)
    load = Load(reach.rssi, task.demand_mbps, settings, task.use.margin_db)
    covering = len(chosen)
    chosen, _, capacity_bound = enough_for_users(load, chosen, settings.airtime_limit)
    bound = max(bound, capacity_bound)
    left = seconds - (time.perf_counter() - start)
    times = load.times()
    if len(chosen) > max(bound, covering) and left > 0 and len(cover.primary):
        chosen, bound = fewer(cover, times, settings.airtime_limit, chosen, max(bound, 1), left)
    bound = min(bound, len(chosen))
    own = reach.secondary[:, chosen].sum(axis=1)
    other = reach.above[:, chosen].sum(axis=1)
    return FloorPlan(
        candidates[chosen], bound, float(reach.primary[:, chosen].any(axis=1).mean()),
        float((own >= 2).mean()), float((own + other >= 2).mean()), float((own + 2 * other >= 2).mean()), busiest(
            times[:, chosen], settings.airtime_limit)[1],
        eirp[chosen],
    )


def _targets(reach: _Reach, task: FloorTask, settings: Settings) -> Cover:
    """Return what a choice of candidates has to cover, of the points that can be covered at all."""
    wanted = reach.primary.any(axis=1)
    primary = reach.primary[wanted]
    second = reach.secondary[wanted].astype(float)
    if task.stacked:
        second = second + reach.above[wanted]
    rows, columns = primary.shape
    spare = math.floor(ALLOWANCE * (1 - settings.primary_share) * rows + 1e-9)
    second_spare = math.floor(ALLOWANCE * (1 - settings.secondary_share) * rows + 1e-9)
    need_second = settings.secondary_share > 0 and columns > 1
    return Cover(primary, second, spare, second_spare if need_second else rows,
                 tuple(range(len(task.given))))
