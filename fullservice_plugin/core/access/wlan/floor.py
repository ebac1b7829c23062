# SPDX-License-Identifier: GPL-2.0-or-later
"""One floor: what is asked of it, and what an access point at one place gives another."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from fullservice_plugin.core.access.wlan.covering import Flags
from fullservice_plugin.core.access.wlan.outline import Outline
from fullservice_plugin.core.access.wlan.propagation import breakpoint_loss, free_space, site_general, tgax
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.settings import Settings, UseModel
from fullservice_plugin.core.access.wlan.walls import crossed_db


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
class Reach:
    """What each candidate (column) gives each demand point (row)."""

    primary: Flags
    secondary: Flags
    above: Flags
    rssi: Array


def reach_of(points: Array, candidates: Array, eirp: Array, task: FloorTask, settings: Settings) -> Reach:
    """Return what candidates of one floor (own axes, with their EIRP in dBm) give points of it."""
    walls = task.outline.walls
    crossed = crossed_db(points, candidates, walls) if len(walls) else None
    loss = path_loss(points, candidates, task.use, settings, 0, crossed)
    sent = eirp[None, :] - settings.client_loss_db
    down = sent - loss
    up = settings.client_dbm - settings.client_loss_db - loss
    primary = (down - task.use.margin_db >= settings.least_dbm) & (
        up - task.use.margin_db >= settings.secondary_dbm)
    above = sent - path_loss(points, candidates, task.use, settings, 1, crossed)
    return Reach(primary, down >= settings.secondary_dbm, above >= settings.secondary_dbm, down)


def largest_circle(use: UseModel, settings: Settings) -> float:
    """Return the area (m²) that one access point covers at most: a full circle, no wall in it."""
    metres = np.arange(1.0, 300.0, 0.05)
    open_space = replace(settings, apartment_m=1e9)
    loss = path_loss(np.zeros((1, 2)), np.column_stack((metres, np.zeros(len(metres)))), use, open_space)[0]
    reached = settings.eirp_dbm - settings.client_loss_db - loss - use.margin_db >= settings.least_dbm
    radius = float(metres[reached][-1]) + 0.05 if reached.any() else 1.0
    return math.pi * radius**2
