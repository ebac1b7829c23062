# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN of public areas outdoors: campus, street, square.

Links with sight follow ITU-R P.1411-12 site-general below roof (los_street), those through buildings its row of the
environment, never below the loss with sight. Each link keeps the margin of its own row. Access points hang on given
mounts, else on a grid of the area that stays out of buildings.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
from shapely.geometry import Point
from shapely.ops import nearest_points, unary_union
from shapely.prepared import prep

from fullservice_plugin.core.access.wlan.bom import Parts
from fullservice_plugin.core.access.wlan.capacity import Load, busiest, enough_for_users
from fullservice_plugin.core.access.wlan.channels import assign_channels
from fullservice_plugin.core.access.wlan.covering import Cover, Flags, choose
from fullservice_plugin.core.access.wlan.interference import FAINT
from fullservice_plugin.core.access.wlan.model import AccessPoint, FloorCoverage, WlanDesign
from fullservice_plugin.core.access.wlan.outline import outline_of
from fullservice_plugin.core.access.wlan.polish import polish
from fullservice_plugin.core.access.wlan.propagation import building_entry, shadow_margin, site_general
from fullservice_plugin.core.access.wlan.regulation import channels, eirp_limit
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.settings import HEARD_DBM, Settings, figure, settings_from
from fullservice_plugin.core.access.wlan.tables import coefficients
from fullservice_plugin.core.access.wlan.walls import NO_WALLS, crossed_db
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

if TYPE_CHECKING:
    from fullservice_plugin.core.access.catalogue import Catalogue

ENVIRONMENTS = ("nlos_highrise", "nlos_residential")
OUTDOOR_AP = "AP-outdoor"
_SIGHT = "los_street"
_POINTS, _FINE, _PLACES = 700, 2000, 150
_MOUNT_REACH_M = 30.0
_INDOORS_M = 150.0
_ALLOWANCE, _POLISH = 0.7, 0.2


@dataclass(frozen=True)
class OutdoorOptions:
    """``environment``: P.1411 row for links without sight; ``entry``: traditional or efficient buildings (P.2109)."""

    region: str = "cn"
    time_limit: float = 30.0
    environment: str = "nlos_residential"
    entry: str = "traditional"


@dataclass(frozen=True)
class Indoors:
    """What the best access point outdoors gives a building: level at the facade and behind it (dBm)."""

    building_id: str
    ap_id: str
    facade_dbm: float
    entry_db: float
    indoor_dbm: float
    usable: int
    geometry: Any


class _Air:
    """Loss and margin of links outdoors, with the obstacles of one area."""

    def __init__(self, settings: Settings, options: OutdoorOptions, edges: Array, rise_m: float) -> None:
        self.settings, self.options, self.edges, self.rise_m = settings, options, edges, rise_m
        if options.environment not in ENVIRONMENTS:
            raise ParameterError("The environment must be one of {known}, found {value}.",
                                 known=list(ENVIRONMENTS), value=options.environment)
        self._rows = [coefficients("p1411_site", name) for name in (_SIGHT, options.environment)]
        self.margins = [shadow_margin(row["sigma_db"], settings.probability) for row in self._rows]

    def links(self, a: Array, b: Array) -> tuple[Array, Array]:
        """Return loss and margin (len(a) × len(b), dB); beyond the range of its row a link loses everything."""
        flat = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
        metres = np.hypot(flat, self.rise_m)
        hidden = crossed_db(a, b, self.edges) > 0 if len(self.edges) else np.zeros(metres.shape, dtype=bool)
        sight = site_general(metres, self.settings.ghz, _SIGHT, "p1411_site")
        around = site_general(metres, self.settings.ghz, self.options.environment, "p1411_site")
        loss = np.where(hidden, np.maximum(sight, around), sight)
        most = np.where(hidden, self._rows[1]["d_max_m"], self._rows[0]["d_max_m"])
        return np.where(metres > most, 1e3, loss), np.where(hidden, self.margins[1], self.margins[0])


def outdoor_settings(catalogue: "Catalogue", region: str) -> Settings:
    """Return the settings outdoors: channels and power that the region allows there."""
    base = settings_from(catalogue, region)
    wanted = figure(catalogue, "access_points", OUTDOOR_AP, "eirp_dbm")
    limits: dict[int, float] = {}
    for channel in channels(region, base.width):
        try:
            limits[channel] = eirp_limit(region, channel, base.width, indoor=False)
        except ParameterError:
            continue  # indoors only
    allowed = {channel: limit for channel, limit in limits.items() if limit >= wanted}
    if not allowed:
        wanted = max(limits.values())
        allowed = {channel: limit for channel, limit in limits.items() if limit >= wanted}
    return replace(
        base, eirp_dbm=wanted, channels=tuple(sorted(allowed)), most_eirp_dbm=min(allowed.values()),
        primary_dbm=figure(catalogue, "rules", "outdoor_dbm", "value"),
        primary_share=figure(catalogue, "rules", "outdoor_share", "value", least=0),
        streams=int(figure(catalogue, "access_points", OUTDOOR_AP, "streams", least=1)))


def design_outdoors(
    areas: FeatureTable, catalogue: "Catalogue", options: Optional[OutdoorOptions] = None,
    buildings: Optional[FeatureTable] = None, mounts: Optional[FeatureTable] = None, progress: Progress = SILENT,
) -> tuple[WlanDesign, list[Indoors]]:
    """Place access points in every area (polygons in metres; optional column ``users``) and tell what reaches indoors.

    ``buildings`` (polygons) hide; ``mounts`` (points) are where access points may hang. The access points of an area
    carry its id as building_id and stand on floor 0. Raises InputError for an area that is none.
    """
    options = options or OutdoorOptions()
    start = time.perf_counter()
    settings = outdoor_settings(catalogue, options.region)
    shapes = [] if buildings is None else [s for s in buildings.geometry if s is not None and not s.is_empty]
    rise = figure(catalogue, "rules", "outdoor_mount_m", "value", least=0) - 1.5
    parts, people = Parts(catalogue), areas.numbers("users", least=0)
    aps: list[AccessPoint] = []
    coverage: list[FloorCoverage] = []
    quantities: dict[str, dict[str, float]] = {}
    for row, key in enumerate(areas.ids):
        progress.step(row / max(1, len(areas)))
        shape = areas.geometry[row]
        if shape is None or shape.is_empty or shape.area < 1.0:
            raise InputError("{layer}: area {feature} is no polygon with an area.", layer=areas.name or "Areas",
                             feature=key)
        near = [one for one in shapes if one.distance(shape) < _INDOORS_M]
        air = _Air(settings, options, _edges(near), rise)
        left = options.time_limit - (time.perf_counter() - start)
        placed, covered, poles = _design_area(
            key, shape, people[row], near, mounts, air, catalogue, max(0.0, left / (len(areas) - row)))
        aps += placed
        coverage.append(covered)
        count = len(placed)
        quantities[key] = {OUTDOOR_AP: count, "outdoor_install": count, "licence": count, "uplink": count,
                           **({"pole": poles} if poles else {})}
    total: Counter[str] = Counter()
    for found in quantities.values():
        total.update(found)
    bom = parts.rows(total)
    design = WlanDesign(
        aps, coverage, bom, sum(c.aps_lower_bound for c in coverage), math.fsum(row.cost for row in bom), 0.0,
        {key: parts.cost(Counter(found)) for key, found in quantities.items()},
        {}, quantities, [], time.perf_counter() - start, options.region)
    progress.step(1.0)
    return design, [] if buildings is None else _indoors(aps, buildings, settings, options, rise)


def _design_area(
    key: str, shape: Any, users: Optional[float], near: list[Any], mounts: Optional[FeatureTable], air: _Air,
    catalogue: "Catalogue", seconds: float,
) -> tuple[list[AccessPoint], FloorCoverage, int]:
    settings = air.settings
    solid = unary_union(near) if near else None
    hung = _mounts(shape, mounts)
    places = hung if len(hung) else _grid(shape, solid, math.sqrt(shape.area / _PLACES))
    points, fine = (_grid(shape, solid, max(0.5, math.sqrt(shape.area / count))) for count in (_POINTS, _FINE))
    chosen, bound = choose(_targets(points, places, air, _ALLOWANCE), (1 - _POLISH) * seconds)
    chosen = polish(_targets(fine, places, air, 1.0), chosen, bound, _POLISH * seconds)
    model = settings.uses.get("outdoor", settings.uses["office"])
    people = shape.area / 100 * model.users_per_100m2 if users is None else users
    loss, margin = air.links(points, places)
    load = Load(settings.eirp_dbm - settings.client_loss_db - loss - margin,
                people * model.active_share * model.mbps, settings, 0.0)
    chosen, _, least = enough_for_users(load, chosen, settings.airtime_limit)
    times = load.times()[:, chosen]
    _, loads = busiest(times, settings.airtime_limit)
    stand = places[chosen]
    between, _ = air.links(stand, stand)
    heard = settings.eirp_dbm - between
    strong = np.maximum(0.0, heard - HEARD_DBM) / 10.0
    faint = FAINT * np.log10(1.0 + 10 ** ((heard - settings.noise_dbm) / 10.0))
    for matrix in (strong, faint):
        np.fill_diagonal(matrix, 0.0)
    picked = assign_channels(strong, len(settings.channels), faint)
    turns = (picked[:, None] == picked[None, :]) & (strong > 0)
    aps = [AccessPoint(f"{key}-AP{number}", key, 0, "5", settings.channels[int(channel)], settings.eirp_dbm,
                       Point(float(x), float(y)), settings.width)
           for number, ((x, y), channel) in enumerate(zip(stand, picked), start=1)]
    first, second = _shares(fine, stand, air)
    covered = FloorCoverage(
        key, 0, first, second, float((loads + turns @ loads).max()), shape, len(aps), min(len(aps), max(bound, least)),
        f"p1411_site {_SIGHT}", air.margins[0])
    return aps, covered, 0 if len(hung) else len(aps)


def _reached(points: Array, places: Array, air: _Air) -> tuple[Flags, Flags]:
    loss, margin = air.links(points, places)
    settings = air.settings
    down = settings.eirp_dbm - settings.client_loss_db - loss
    up = settings.client_dbm - settings.client_loss_db - loss - margin
    return (down - margin >= settings.least_dbm) & (up >= settings.secondary_dbm), down >= settings.secondary_dbm


def _targets(points: Array, places: Array, air: _Air, allowance: float) -> Cover:
    primary, _ = _reached(points, places, air)
    primary = primary[primary.any(axis=1)]
    spare = math.floor(allowance * (1 - air.settings.primary_share) * len(primary) + 1e-9)
    return Cover(primary, primary.astype(float), spare, len(primary))


def _shares(points: Array, stand: Array, air: _Air) -> tuple[float, float]:
    primary, heard = _reached(points, stand, air)
    return float(primary.any(axis=1).mean()), float((heard.sum(axis=1) >= 2).mean())


def _grid(shape: Any, solid: Any, step: float) -> Array:
    """Return points of an area outside of buildings; one inside where there is none else."""
    frame, outline = outline_of(shape)
    found = frame.to_map(outline.grid(step))
    if solid is not None:
        ready = prep(solid)
        found = found[[not ready.contains(Point(x, y)) for x, y in found]]
    if not len(found):
        point = (shape if solid is None or shape.within(solid) else shape.difference(solid)).representative_point()
        found = np.array([[point.x, point.y]])
    return found


def _mounts(shape: Any, mounts: Optional[FeatureTable]) -> Array:
    if mounts is None:
        return np.zeros((0, 2))
    near = [p for p in mounts.geometry if p is not None and not p.is_empty and p.distance(shape) <= _MOUNT_REACH_M]
    return np.array([[p.x, p.y] for p in near], dtype=float).reshape(-1, 2)


def _edges(shapes: list[Any]) -> Array:
    """Return the outlines of buildings as walls that hide."""
    rows = []
    for shape in shapes:
        for part in getattr(shape, "geoms", [shape]):
            for ring in (part.exterior, *part.interiors):
                at = np.asarray(ring.coords)[:, :2]
                rows.append(np.column_stack((at[:-1], at[1:], np.ones(len(at) - 1))))
    return np.vstack(rows) if rows else NO_WALLS


def _indoors(
    aps: list[AccessPoint], buildings: FeatureTable, settings: Settings, options: OutdoorOptions, rise: float
) -> list[Indoors]:
    """Return what each building within reach hears best; its own walls do not hide its facade."""
    entry = float(building_entry(settings.ghz, settings.probability, options.entry))
    found = []
    for key, shape in zip(buildings.ids, buildings.geometry):
        close = [] if shape is None or shape.is_empty else [
            ap for ap in aps if ap.geometry.distance(shape) < _INDOORS_M]
        if not close:
            continue
        others = [o for o in buildings.geometry if o is not None and o is not shape and o.distance(shape) < _INDOORS_M]
        air = _Air(settings, options, _edges(others), rise)
        best: Optional[tuple[float, str]] = None
        for ap in close:
            facade = nearest_points(shape, ap.geometry)[0]
            loss, _ = air.links(np.array([[facade.x, facade.y]]), np.array([[ap.geometry.x, ap.geometry.y]]))
            level = ap.eirp_dbm - settings.client_loss_db - float(loss[0, 0])
            if best is None or level > best[0]:
                best = level, ap.ap_id
        assert best is not None  # nosec B101 - there is a close one
        found.append(Indoors(str(key), best[1], best[0], entry, best[0] - entry,
                             int(best[0] - entry >= settings.secondary_dbm), shape))
    return found
