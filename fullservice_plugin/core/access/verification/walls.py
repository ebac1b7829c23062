# SPDX-License-Identifier: GPL-2.0-or-later
"""Interior walls, read and crossed anew: loss of a slab by its transfer matrix, walls met one after the other.

Material figures: ITU-R P.2040-4 table 3. A slab of index n and electrical depth δ at normal incidence lets through
1 / (cos δ + j (n + 1/n) / 2 · sin δ).
"""

from __future__ import annotations

import cmath
import math
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from fullservice_plugin.core.access.verification.limits import Limits
from fullservice_plugin.core.access.verification.tables import text
from fullservice_plugin.core.table import FeatureTable

Array = NDArray[Any]
_MATERIALS = {"concrete": (5.24, 0.0462, 0.7822), "brick": (3.91, 0.0238, 0.16), "plasterboard": (2.73, 0.0085, 0.9395),
              "wood": (1.99, 0.0047, 1.0718), "glass": (6.31, 0.0036, 1.3394)}
_SAME = 0.05
"""Walls met within so many metres of a path are one: the heavier counts."""


def slab_loss(material: str, metres: float, ghz: float) -> float:
    """Return the loss (dB) of a wall at normal incidence."""
    permittivity, conductivity, power = _MATERIALS[material]
    index = cmath.sqrt(permittivity - 1j * 17.98 * conductivity * ghz**power / ghz)
    depth = 2 * math.pi * index * metres * ghz / 0.299792458
    through = 1 / (cmath.cos(depth) + 0.5j * (index + 1 / index) * cmath.sin(depth))
    return max(0.0, -20 * math.log10(abs(through)))


def wall_segments(table: Optional[FeatureTable], limits: Limits, ghz: float) -> dict[tuple[str, Optional[int]], Array]:
    """Return (building, floor or None for all) → rows x1, y1, x2, y2, loss; unknown materials lose nothing here."""
    if table is None:
        return {}
    known: dict[str, dict[str, Any]] = {}
    for key, entry in limits.data.get("wlan", {}).get("walls", {}).items():
        for name in (key, *entry.get("name", {}).values()):
            known[str(name).lower()] = entry
    found: dict[tuple[str, Optional[int]], list[tuple[float, ...]]] = {}
    rows = zip(table.column("building_id"), table.numbers("floor"), table.column("material"),
               table.numbers("thickness_m"), table.numbers("loss_db"), table.geometry)
    for building, floor, material, thickness, given, shape in rows:
        entry = known.get(text(material).strip().lower(), {})
        if given is None and thickness is None and "loss_db" in entry:
            given = float(entry["loss_db"])
        if given is None and entry.get("p2040") in _MATERIALS:
            given = slab_loss(entry["p2040"], float(entry.get("thickness_m", 0.1)) if thickness is None else thickness,
                              ghz)
        for line in _lines(shape):
            for (ax, ay), (bx, by) in zip(line[:-1], line[1:]):
                found.setdefault((text(building), None if floor is None else int(floor)), []).append(
                    (ax, ay, bx, by, float(given or 0.0)))
    return {key: np.asarray(values) for key, values in found.items()}


def crossed(points: Array, aps: Array, walls: Array) -> Array:
    """Return the loss (points × aps, dB) of the walls on the straight paths."""
    total = np.zeros((len(points), len(aps)))
    wall, along = walls[:, 0:2], walls[:, 2:4] - walls[:, 0:2]
    for k, ap in enumerate(aps):
        way = ap[None, :] - points
        length = np.hypot(way[:, 0], way[:, 1])
        cross = way[:, None, 0] * along[None, :, 1] - way[:, None, 1] * along[None, :, 0]
        start = wall[None, :, :] - points[:, None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (start[..., 0] * along[None, :, 1] - start[..., 1] * along[None, :, 0]) / cross
            u = (start[..., 0] * way[:, None, 1] - start[..., 1] * way[:, None, 0]) / cross
        met = (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
        at = np.where(met, t * length[:, None], np.inf)
        order = np.argsort(at, axis=1)
        at = np.take_along_axis(at, order, axis=1)
        loss = np.where(np.isfinite(at), walls[order, 4], 0.0)
        for column in range(loss.shape[1]):
            if column:
                near = at[:, column] < at[:, column - 1] + _SAME
                both = np.maximum(loss[:, column], loss[:, column - 1])
                loss[:, column - 1] = np.where(near, 0.0, loss[:, column - 1])
                loss[:, column] = np.where(near, both, loss[:, column])
        total[:, k] = loss.sum(axis=1)
    return total


def _lines(shape: Any) -> list[Array]:
    if shape is None or shape.is_empty:
        return []
    shape = shape if "Line" in shape.geom_type else shape.boundary
    return [np.asarray(line.coords)[:, :2] for line in getattr(shape, "geoms", [shape])]
