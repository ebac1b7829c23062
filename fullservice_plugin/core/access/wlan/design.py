# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN design of buildings: access points per floor, channels, coverage, bill of materials."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
from shapely.geometry import Point

from fullservice_plugin.core.access.wlan.bom import Parts
from fullservice_plugin.core.access.wlan.channels import assign_channels
from fullservice_plugin.core.access.wlan.floor import FloorPlan, FloorTask, largest_circle
from fullservice_plugin.core.access.wlan.given import on_floor
from fullservice_plugin.core.access.wlan.interference import Storey, couplings, quiet_shares, shared_airtime
from fullservice_plugin.core.access.wlan.layout import plan_floor
from fullservice_plugin.core.access.wlan.model import AccessPoint, FloorCoverage, GivenAp, WlanDesign, WlanOptions
from fullservice_plugin.core.access.wlan.outline import Frame, Outline, outline_of
from fullservice_plugin.core.access.wlan.phy import rate_at
from fullservice_plugin.core.access.wlan.settings import Settings, UseModel, canonical_use, settings_from
from fullservice_plugin.core.access.wlan.walls import walls_on
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

if TYPE_CHECKING:
    from fullservice_plugin.core.access.catalogue import Catalogue

_DEMAND_STEP = 0.5
"""Demands are rounded up to this (Mb/s), so that alike floors are solved once."""
_LONGEST_FLOOR = 10.0
_AHEAD = 3.0
"""A floor may take this multiple of its share of the time left: most floors need far less."""
_MOST_STOREYS = 200
_LEAST_FLOOR = 1.0
"""Smaller footprints (m²) are slips of the pen, no floors."""


@dataclass(frozen=True)
class _Floor:
    number: int
    geometry: Any
    frame: Frame
    outline: Outline
    use: UseModel
    demand: float
    given: tuple[GivenAp, ...] = ()

    def places(self, settings: Settings) -> tuple[tuple[float, float, float], ...]:
        """Return the given access points in own axes with their EIRP."""
        if not self.given:
            return ()
        own = self.frame.to_own(np.array([[ap.x, ap.y] for ap in self.given]))
        return tuple((float(x), float(y), settings.eirp_dbm if ap.eirp_dbm is None else ap.eirp_dbm)
                     for (x, y), ap in zip(own, self.given))

    def alike(self, settings: Settings) -> tuple[object, ...]:
        """Return what floors share that are designed alike."""
        return self.outline.key(), self.use, self.places(settings)


class _Designer:
    """Designs buildings one after the other; equal floors and equal channel plans are solved once."""

    def __init__(self, catalogue: "Catalogue", options: WlanOptions) -> None:
        self.settings: Settings = settings_from(catalogue, options.region)
        self.parts = Parts(catalogue)
        self.options = options
        self._plans: dict[tuple[object, ...], FloorPlan] = {}
        self._channels: dict[tuple[object, ...], tuple[list[int], list[float], list[float]]] = {}

    def plan(self, floor: _Floor, stacked: bool, seconds: float) -> FloorPlan:
        """Return the layout of a floor."""
        key = (*floor.alike(self.settings), floor.demand, stacked)
        if key not in self._plans:
            task = FloorTask(floor.outline, floor.use, floor.demand, stacked, self.options.grid,
                             self.options.max_candidates, floor.places(self.settings))
            self._plans[key] = plan_floor(task, self.settings, seconds)
        return self._plans[key]

    def channels(
        self, floors: list[_Floor], plans: list[FloorPlan]
    ) -> tuple[list[int], list[float], list[float]]:
        """Return a channel number per access point, floor after floor, and per floor the quiet share and the airtime.
        """
        kept = [self._kept(f, len(p.points)) for f, p in zip(floors, plans)]
        key = tuple((f.outline.key(), f.use, id(p), tuple(k)) for f, p, k in zip(floors, plans, kept))
        if key not in self._channels:
            storeys = [Storey(f.number, f.frame, f.outline, f.use, p.points, p.eirp) for f, p in zip(floors, plans)]
            strong, faint = couplings(storeys, self.settings)
            fixed = np.array([index for floor in kept for index in floor], dtype=np.int64)
            found = assign_channels(strong, len(self.settings.channels), faint, fixed)
            self._channels[key] = ([self.settings.channels[int(c)] for c in found],
                                   quiet_shares(storeys, found, strong, self.settings),
                                   shared_airtime(storeys, [p.loads for p in plans], found, strong))
        return self._channels[key]

    def _kept(self, floor: _Floor, count: int) -> list[int]:
        """Return per access point of a floor the index of the channel that it keeps, −1 where it is free."""
        known = {channel: index for index, channel in enumerate(self.settings.channels)}
        own = [-1 if ap.channel is None else known[ap.channel] for ap in floor.given]
        return own + [-1] * (count - len(own))

    def locks_cost(self, floor: _Floor, plan: FloorPlan, stacked: bool, seconds: float) -> int:
        """Return how many access points a floor would do without, were none given."""
        if not floor.given:
            return 0
        free = self.plan(replace(floor, given=()), stacked, seconds)
        return max(0, len(plan.points) - len(free.points))


def design_wlan(
    buildings: FeatureTable,
    catalogue: "Catalogue",
    options: Optional[WlanOptions] = None,
    progress: Progress = SILENT,
    floors: Optional[FeatureTable] = None,
) -> WlanDesign:
    """Design the WLAN of every building.

    ``buildings``: footprints in metres with the optional columns ``storeys, use, users, households,
    businesses``. Without ``storeys`` one storey counts; without ``users`` they follow from households or
    floor area and use. ``floors``: floor outlines that replace the footprint (``building_id, floor, use,
    users``). Equal input gives equal output as long as the time limit does not cut a proof short.
    """
    options = options or WlanOptions()
    start = time.perf_counter()
    designer = _Designer(catalogue, options)
    given = _given_floors(floors)
    columns = {name: buildings.numbers(name, least=0) for name in ("storeys", "users", "households")}
    uses = buildings.column("use")
    aps: list[AccessPoint] = []
    coverage: list[FloorCoverage] = []
    quantities: dict[str, dict[str, float]] = {}
    costs: dict[str, float] = {}
    bounds: dict[str, float] = {}
    unserved: list[tuple[str, str]] = []
    for row, building in enumerate(buildings.ids):
        progress.step(row / max(1, len(buildings)))
        geometry = buildings.geometry[row]
        levels = _floors_of(building, geometry, given.get(building), uses[row],
                            {n: c[row] for n, c in columns.items()}, designer)
        if not levels:
            unserved.append((building, "The building has no footprint that could be a floor."))
            continue
        left = options.time_limit - (time.perf_counter() - start)
        share = min(_LONGEST_FLOOR, max(0.0, _AHEAD * left / max(1, len(buildings) - row)))
        used, covered, cable_m, least = _design_building(building, levels, designer, share)
        aps.extend(used)
        coverage.extend(covered)
        parts = designer.parts.quantities(len(used), cable_m)
        quantities[building] = dict(parts)
        costs[building] = designer.parts.cost(parts)
        bounds[building] = min(costs[building], designer.parts.lower_bound(least, designer.settings.storey_m))
    progress.step(1.0)
    return _design_of(designer.parts, WlanDesign(
        aps, coverage, [], 0, 0.0, 0.0, costs, bounds, quantities, unserved, time.perf_counter() - start,
        options.region, options.grid,
    ), set(buildings.ids))


def least_access_points(
    buildings: FeatureTable, catalogue: "Catalogue", options: WlanOptions, floors: Optional[FeatureTable] = None
) -> dict[str, list[int]]:
    """Return building → at least how many access points each floor needs, without designing anything.

    No layout does with fewer: an access point covers at most a full circle without walls, and carries at most
    the highest rate.
    """
    designer = _Designer(catalogue, options)
    given = _given_floors(floors)
    columns = {name: buildings.numbers(name, least=0) for name in ("storeys", "users", "households")}
    found: dict[str, list[int]] = {}
    circles: dict[UseModel, float] = {}
    strongest = replace(designer.settings, eirp_dbm=max(
        designer.settings.eirp_dbm, *(ap.eirp_dbm or -math.inf for ap in options.given), -math.inf))
    best = float(rate_at(0.0, designer.settings.width, designer.settings.streams))
    carried = designer.settings.airtime_limit * designer.settings.mac_efficiency * best
    for row, building in enumerate(buildings.ids):
        levels = _floors_of(building, buildings.geometry[row], given.get(building), buildings.column("use")[row],
                            {n: c[row] for n, c in columns.items()}, designer)
        for level in levels:
            if level.use not in circles:
                circles[level.use] = largest_circle(level.use, strongest)
            area = level.geometry.area * designer.settings.primary_share
            found.setdefault(building, []).append(max(
                1, len(level.given), math.ceil(area / circles[level.use] - 1e-9),
                math.ceil(level.demand / carried - 1e-9)))
    return found


def take_buildings(design: WlanDesign, buildings: set[str], catalogue: "Catalogue") -> WlanDesign:
    """Return the part of a design that lies in the given buildings (each is designed for itself)."""
    return _design_of(Parts(catalogue), design, buildings)


def _design_of(parts: Parts, design: WlanDesign, buildings: set[str]) -> WlanDesign:
    total: Counter[str] = Counter()
    for building, quantities in design.quantities_by_building.items():
        if building in buildings:
            for item, quantity in quantities.items():
                total[item] += quantity  # type: ignore[assignment]
    bom = parts.rows(total)
    bounds = {b: v for b, v in design.lower_bound_by_building.items() if b in buildings}
    coverage = [c for c in design.coverage if c.building_id in buildings]
    cost = math.fsum(row.cost for row in bom)
    return replace(
        design, aps=[a for a in design.aps if a.building_id in buildings], coverage=coverage, bom=bom,
        aps_lower_bound=sum(c.aps_lower_bound for c in coverage), cost=cost,
        lower_bound=min(cost, math.fsum(bounds.values())),
        cost_by_building={b: v for b, v in design.cost_by_building.items() if b in buildings},
        lower_bound_by_building=bounds,
        quantities_by_building={b: q for b, q in design.quantities_by_building.items() if b in buildings},
        unserved=[(b, why) for b, why in design.unserved if b in buildings],
    )


def _design_building(
    building: str, levels: list[_Floor], designer: _Designer, seconds: float
) -> tuple[list[AccessPoint], list[FloorCoverage], float, list[int]]:
    settings = designer.settings
    stacked = len(levels) > 1 and len({f.alike(settings) for f in levels}) == 1
    plans = [designer.plan(level, stacked, seconds) for level in levels]
    numbers, quiet, busy = designer.channels(levels, plans)
    channels = iter(numbers)
    aps: list[AccessPoint] = []
    coverage: list[FloorCoverage] = []
    cable_m = 0.0
    for index, (level, plan) in enumerate(zip(levels, plans)):
        names = _names(building, level, len(plan.points))
        placed = level.frame.to_map(plan.points)
        for number, (name, (x, y), eirp) in enumerate(zip(names, placed, plan.eirp)):
            aps.append(AccessPoint(
                name, building, level.number, "5", next(channels), float(eirp), Point(float(x), float(y)),
                settings.width, int(number < len(level.given)),
            ))
        riser = np.array([level.outline.width / 2, level.outline.height / 2])
        across = np.abs(plan.points - riser).sum(axis=1)
        cable_m += float((designer.parts.detour * across + designer.parts.slack_m).sum())
        cable_m += len(plan.points) * settings.storey_m * index
        alone = not stacked
        edge = index in (0, len(levels) - 1)
        second = plan.secondary_share if alone else plan.neighbour_share if edge else plan.both_share
        coverage.append(FloorCoverage(
            building, level.number, plan.primary_share, second, busy[index], level.geometry,
            len(plan.points), plan.lower_bound, level.use.name, level.use.margin_db, quiet[index],
            designer.locks_cost(level, plan, stacked, seconds),
        ))
    return aps, coverage, math.ceil(cable_m), [plan.lower_bound for plan in plans]


def _names(building: str, level: _Floor, count: int) -> list[str]:
    """Return the names of a floor's access points: the given ones keep theirs, the others count on."""
    own = [ap.ap_id for ap in level.given]
    new = (f"{building}-F{level.number}-AP{number}" for number in range(1, count + len(own) + 1))
    free = [name for name in new if name not in own]
    return own + free[:count - len(own)]


def _floors_of(
    building: str, geometry: Any, given: Optional[list[dict[str, Any]]], use: Any,
    numbers: dict[str, Optional[float]], designer: _Designer,
) -> list[_Floor]:
    if given:
        rows = sorted(given, key=lambda r: int(r["floor"]))
    elif geometry is None or geometry.is_empty or geometry.area < _LEAST_FLOOR:
        return []
    else:
        count = int(min(_MOST_STOREYS, max(1, round(numbers["storeys"] or 1))))
        rows = [{"floor": n, "geometry": geometry, "use": use, "users": None} for n in range(1, count + 1)]
    area = sum(row["geometry"].area for row in rows)
    found = []
    settings, options = designer.settings, designer.options
    shapes: dict[tuple[int, bytes], tuple[Frame, Outline]] = {}
    for row in rows:
        shape, number = row["geometry"], int(row["floor"])
        walls = walls_on(options.walls, building, number)
        key = id(shape), walls.tobytes()
        if key not in shapes:
            shapes[key] = outline_of(shape, walls)
        frame, outline = shapes[key]
        model = settings.use_model(row["use"] or use, options.calibration.get(building))
        if len(walls):
            model = model.walled(settings.probability)
        users = row["users"]
        if users is None:
            users = _users(numbers, model, area) * shape.area / area
        demand = users * model.active_share * model.mbps
        demand = math.ceil(demand / _DEMAND_STEP - 1e-9) * _DEMAND_STEP
        own = on_floor(options.given, building, number, shape, settings)
        found.append(_Floor(number, shape, frame, outline, model, demand, tuple(own)))
    return found


def busy_hour(buildings: FeatureTable, row: int, model: UseModel) -> float:
    """Return what the users of a building ask for in the busy hour (Mb/s, all floors together)."""
    numbers = {name: buildings.numbers(name, least=0)[row] for name in ("storeys", "users", "households")}
    area = buildings.geometry[row].area * max(1.0, numbers["storeys"] or 1.0)
    return _users(numbers, model, area) * model.active_share * model.mbps


def _users(numbers: dict[str, Optional[float]], model: UseModel, area: float) -> float:
    """Users of a building: given, or by households, or by floor area where households are unknown or 0."""
    if numbers["users"] is not None:
        return numbers["users"]
    if numbers["households"] and canonical_use(model.use) in ("residential", "dorm"):
        return numbers["households"] * model.users_per_home
    return area / 100.0 * model.users_per_100m2


def _given_floors(floors: Optional[FeatureTable]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    if floors is None:
        return found
    numbers = floors.numbers("floor", 1)
    users = floors.numbers("users", least=0)
    for row, (building, use) in enumerate(zip(floors.column("building_id"), floors.column("use"))):
        geometry = floors.geometry[row]
        if building is None or geometry is None or geometry.is_empty or geometry.area <= 0:
            continue
        found.setdefault(str(building), []).append(
            {"floor": int(numbers[row] or 1), "geometry": geometry, "use": use, "users": users[row]})
    return found
