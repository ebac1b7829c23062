# SPDX-License-Identifier: GPL-2.0-or-later
"""Coverage of WLAN floors, computed anew from the places of the access points with formulas of its own.

Formulas and coefficients: ITU-R P.1238 site-general for one floor (10α lg d + β + 10γ lg f), the residential
model of IEEE 802.11-14/0980r16 (breakpoint 5 m, 5 dB per wall of an apartment grid), free space after ITU-R P.525.
The floor is sampled on a grid of its own, so shares differ by a few points of the sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri  # the quantile of the normal distribution; scipy.stats takes 0.1 s to load
from shapely.geometry import Point
from shapely.prepared import prep

from fullservice_plugin.core.access.verification.findings import Report
from fullservice_plugin.core.access.verification.limits import Limits
from fullservice_plugin.core.access.verification.tables import DesignTables, text
from fullservice_plugin.core.access.verification.walls import crossed, wall_segments
from fullservice_plugin.core.table import FeatureTable

Array = NDArray[Any]
Own = tuple[float, float, float]
"""Offset (dB), slope and spread (dB) of a building after a walk test."""
SAMPLES = 500
SLACK = 0.02
"""A recomputed share may miss its target by this much: sampling, and walls that are nowhere recorded."""
_SITE = {
    "office_nlos": (2.46, 29.53, 2.38, 5.04),
    "office_los": (1.46, 34.62, 2.03, 3.76),
    "corridor_nlos": (2.77, 29.27, 2.48, 7.63),
    "corridor_los": (1.63, 28.12, 2.25, 4.07),
    "industrial_nlos": (3.79, 21.01, 1.34, 9.05),
    "industrial_los": (2.31, 24.52, 2.06, 2.69),
}
_TGAX = {"residential": (5.0, 5.0, 5.0), "enterprise": (10.0, 7.0, 5.0)}
_SLAB = {"concrete": {"2.4": 18.0, "5": 26.0, "6": 26.0}, "timber": {"2.4": 5.0, "5": 7.0, "6": 7.0}}


@dataclass(frozen=True)
class Radio:
    """Targets and client; dBm and dB."""

    primary: float
    secondary: float
    probability: float
    client: float
    client_loss: float
    storey: float
    apartment: float
    ghz: float
    over: dict[str, Any] = field(default_factory=dict)


def loss(
    metres: Array, walls: Array, model: str, environment: str, ghz: float, over: Optional[dict[str, Any]] = None
) -> Array:
    """Return the median loss (dB) on one floor over 3-D distances (metres) and counts of apartment walls."""
    d = np.maximum(metres, 1.0)
    free = 20 * np.log10(d) + 20 * np.log10(1000 * ghz) - 27.55
    if model in ("tgax", "walls"):
        turn, wall = (_figure(over, model, environment, name, _TGAX[environment][k])
                      for k, name in enumerate(("breakpoint_m", "wall_db")))
        wall = 0.0 if model == "walls" else wall
        far = np.maximum(d / turn, 1.0)
        near = 40.05 + 20 * math.log10(ghz / 2.4) + 20 * np.log10(np.minimum(d, turn))
        return np.asarray(near + 35 * np.log10(far) + wall * walls)
    alpha, beta, gamma = (_figure(over, model, environment, name, _SITE[environment][k])
                          for k, name in enumerate(("alpha", "beta", "gamma")))
    return np.asarray(np.maximum(10 * alpha * np.log10(d) + beta + 10 * gamma * math.log10(ghz), free))


def _figure(over: Optional[dict[str, Any]], model: str, environment: str, name: str, value: float) -> float:
    """Return a coefficient: the catalogue's own, else the one known here."""
    return float((over or {}).get(model, {}).get(environment, {}).get(name, value))


def spread(model: str, environment: str, over: Optional[dict[str, Any]] = None) -> float:
    """Return the standard deviation of shadowing (dB)."""
    known = _TGAX[environment][2] if model in ("tgax", "walls") else _SITE[environment][3]
    return _figure(over, model, environment, "sigma_db", known)


def _models(limits: Limits) -> list[tuple[str, str, str]]:
    """Return the models (name, environment, slab) of all uses in the catalogue that are known here."""
    found = {
        (str(use.get("model")), str(use.get("environment")), str(use.get("slab")))
        for use in limits.data.get("wlan", {}).get("uses", {}).values()
        if isinstance(use, dict)
    }
    return sorted(
        (m, e, s)
        for m, e, s in found
        if s in _SLAB and (e in _TGAX if m == "tgax" else m == "p1238_site" and e in _SITE)
    )


def _told(models: list[tuple[str, str, str]], told: str, walled: bool) -> list[tuple[str, str, str]]:
    """Return the models that a floor may have been designed with: the one its row tells, else all."""
    if walled:
        models = sorted({("walls", e if m == "tgax" else "enterprise", s) for m, e, s in models})
    named = [m for m in models if told.split(",")[0] == f"{m[0]} {m[1]}"]
    return named or models


def _corrections(table: Optional[FeatureTable]) -> dict[str, Own]:
    """Return building → offset (dB), slope, spread (dB) of a calibration."""
    if table is None:
        return {}
    columns = (table.numbers("offset_db", 0.0), table.numbers("slope", 1.0), table.numbers("rmse_db", 0.0))
    rows = zip(table.column("building_id"), *columns)
    return {text(building): (float(a or 0), float(b or 0), float(c or 0)) for building, a, b, c in rows}


def _radio(limits: Limits) -> Radio:
    rules = limits.data.get("wlan", {}).get("rules", {})

    def value(name: str, default: float) -> float:
        return float(rules.get(name, {}).get("value", default))

    return Radio(
        value("primary_dbm", -67.0),
        value("secondary_dbm", -75.0),
        value("location_probability", 0.9),
        value("client_dbm", 15.0),
        value("client_loss_db", 0.0),
        value("storey_m", 3.0),
        value("apartment_m", 10.0),
        value("frequency_ghz", 5.5),
        limits.data.get("propagation", {}),
    )


def check_coverage(design: DesignTables, limits: Limits, report: Report) -> None:
    """Report floors whose recomputed coverage misses the targets.

    Where a layer does not say which model a floor was designed with, it is reported only when every model of the
    catalogue sees it below a target. Floors with walls and buildings with a correction are checked with them.
    """
    if design.aps is None or design.coverage is None:
        return
    radio, models = _radio(limits), _models(limits)
    rules = limits.data.get("wlan", {}).get("rules", {})
    least = (
        float(rules.get("primary_share", {}).get("value", 0.99)) - SLACK,
        float(rules.get("secondary_share", {}).get("value", 0.85)) - SLACK,
    )
    shapes = dict(zip(design.buildings.ids, design.buildings.geometry))
    places = _places(design)
    samples: dict[bytes, Array] = {}
    seen: dict[tuple[Any, ...], list[tuple[float, float]]] = {}
    walls = wall_segments(design.walls, limits, radio.ghz)
    own = _corrections(design.corrections)
    rows = zip(design.coverage.column("building_id"), design.coverage.numbers("floor"), design.coverage.geometry,
               design.coverage.column("model"))
    for building, floor, outline, told in rows:
        key = text(building)
        shape = outline if outline is not None and outline.geom_type.endswith("Polygon") else shapes.get(key)
        if shape is None or floor is None or shape.area <= 0:
            continue
        levels = [places.get((key, int(floor) + step)) for step in (-1, 0, 1)]
        if levels[1] is None:
            continue  # reported as a floor without access points
        inside = [walls[k] for k in ((key, None), (key, int(floor))) if k in walls]
        around = np.vstack(inside) if inside else np.zeros((0, 5))
        mine = _told(models, text(told), bool(len(around)))
        mark = (shape.wkb, around.tobytes(), own.get(key), tuple(mine),
                *(None if level is None else level.tobytes() for level in levels))
        if mark not in seen:
            if shape.wkb not in samples:
                samples[shape.wkb] = sample(shape)
            seen[mark] = [shares(shape, samples[shape.wkb], levels, model, radio, around, own.get(key))
                          for model in mine]
        found = seen[mark]
        for rule, part, target in (("coverage.primary", 0, least[0]), ("coverage.secondary", 1, least[1])):
            best = max((pair[part] for pair in found), default=1.0)
            if best < target:
                report.add(
                    rule.replace("coverage.", "recomputed."), key, floor=int(floor), share=best, target=target + SLACK
                )


def _places(design: DesignTables) -> dict[tuple[str, int], Array]:
    """Return per building and floor the access points: x, y, EIRP."""
    found: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    table = design.aps
    if table is None:
        return {}
    for building, floor, eirp, place in zip(
        table.column("building_id"), table.numbers("floor"), table.numbers("eirp_dbm"), table.geometry
    ):
        if floor is not None and eirp is not None and place is not None:
            found.setdefault((text(building), int(floor)), []).append((place.x, place.y, eirp))
    return {key: np.asarray(sorted(values)) for key, values in found.items()}


def sample(shape: Any) -> Array:
    """Return about ``SAMPLES`` points (n × 2) spread evenly over a polygon."""
    west, south, east, north = shape.bounds
    step = math.sqrt(shape.area / SAMPLES)
    ready = prep(shape)
    points = [
        (x, y)
        for x in np.arange(west + step / 2, east, step)
        for y in np.arange(south + step / 2, north, step)
        if ready.contains(Point(x, y))
    ]
    inner = shape.representative_point()
    return np.asarray(points or [(inner.x, inner.y)])


def shares(
    shape: Any, points: Array, levels: Sequence[Optional[Array]], model: tuple[str, str, str], radio: Radio,
    inside: Array, own: Optional[Own],
) -> tuple[float, float]:
    """Return the shares of the floor with a primary and with a second signal; ``levels`` are below, own, above.

    ``inside``: walls of the floor (x1, y1, x2, y2, dB); ``own``: offset, slope and spread after a walk test.
    """
    name, environment, slab = model
    offset, slope, sigma = own or (0.0, 1.0, spread(name, environment, radio.over))
    margin = float(ndtri(radio.probability)) * sigma
    turned, cells = _cells(shape, points, radio.apartment)
    primary = np.zeros(len(points), dtype=bool)
    heard = np.zeros(len(points), dtype=int)
    for step, aps in zip((-1, 0, 1), levels):
        if aps is None:
            continue
        stand, stand_cells = _cells(shape, aps[:, :2], radio.apartment)
        flat = np.hypot(turned[:, None, 0] - stand[None, :, 0], turned[:, None, 1] - stand[None, :, 1])
        walls = np.abs(cells[:, None, :] - stand_cells[None, :, :]).sum(axis=2)
        path = loss(np.hypot(flat, step * radio.storey), walls, name, environment, radio.ghz, radio.over)
        if len(inside):
            path = path + crossed(points, aps[:, :2], inside)
        path = offset + slope * path
        path = path + abs(step) * _figure(radio.over, "slab_db", slab, "5", _SLAB[slab]["5"]) + radio.client_loss
        level = aps[None, :, 2] - path
        heard += (level >= radio.secondary).sum(axis=1)
        if step == 0:
            back = radio.client - path - margin >= radio.secondary
            primary = ((level - margin >= radio.primary) & back).any(axis=1)
    return float(primary.mean()), float((heard >= 2).mean())


def _cells(shape: Any, points: Array, size: float) -> tuple[Array, Array]:
    """Return points along the floor's long side, and the apartment (of ``size`` metres) in which each lies."""
    corners = np.asarray(shape.minimum_rotated_rectangle.exterior.coords)
    sides = np.diff(corners[:3], axis=0)
    side = sides[int(np.argmax(np.hypot(*sides.T)))]
    angle = math.atan2(side[1], side[0]) % math.pi
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    own = points @ turn - (corners @ turn).min(axis=0)
    return own, np.floor(own / size)
