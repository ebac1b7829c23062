# SPDX-License-Identifier: GPL-2.0-or-later
"""Interior walls: read from a layer of lines or rooms, and the loss of what a straight path crosses.

A wall's loss is that of a homogeneous slab at normal incidence (ITU-R P.2040-4) of its material and thickness at the
design frequency, or the figure given for it. Slanted paths through a wall count as straight ones.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Mapping, Optional

import numpy as np
from shapely.geometry import LineString
from shapely.ops import unary_union

from fullservice_plugin.core.access.wlan.propagation import slab
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.tables import read_table
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

if TYPE_CHECKING:
    from fullservice_plugin.core.access.catalogue import Catalogue

Walls = Mapping[str, Mapping[Optional[int], Array]]
"""Building → floor (None: every floor) → walls as rows x1, y1, x2, y2 (map, metres), loss (dB)."""
NO_WALLS: Array = np.zeros((0, 5))
WALL_FIELDS = ("building_id", "floor", "material", "thickness_m", "loss_db")
_SAME_WALL_M = 0.05
"""Edges of two rooms this near to each other are one wall."""
_MOST_DB = 200.0


def read_walls(table: FeatureTable, catalogue: "Catalogue", ghz: float) -> Walls:
    """Read walls: lines, or polygons of rooms whose edges are walls (an edge of two rooms counts once).

    Fields: ``building_id``; ``floor`` (empty: every floor); ``material`` (a key or a name of the catalogue's section
    wlan/walls); optional ``thickness_m`` instead of the catalogue's and ``loss_db`` instead of both. Raises InputError
    that names layer and feature for a row without a building or with a material that is not known.
    """
    kinds = _kinds(catalogue)
    floors, thick, loss = (table.numbers(name, least=least) for name, least in
                           (("floor", None), ("thickness_m", 0.0), ("loss_db", 0.0)))
    groups: dict[tuple[str, Optional[int]], dict[float, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row, (building, material) in enumerate(zip(table.column("building_id"), table.column("material"))):
        shape = table.geometry[row]
        if building in (None, "") or shape is None or shape.is_empty:
            raise InputError("{layer}: wall {feature} needs a place and a building_id.",
                             layer=table.name or "Walls", feature=table.ids[row])
        given = loss[row]
        if given is None:
            entry = kinds.get(str(material or "").strip().lower())
            if entry is None:
                raise InputError("{layer}: wall {feature} has the material {material}, which the catalogue does not "
                                 "know. Give one of: {known}, or its loss in loss_db.",
                                 layer=table.name or "Walls", feature=table.ids[row], material=repr(material),
                                 known=sorted(catalogue.section("wlan").get("walls", {})))
            given = _loss(entry, thick[row], ghz)
        number = floors[row]
        key = str(building), None if number is None else int(number)
        lines = shape if "Line" in shape.geom_type else shape.boundary
        groups[key][min(float(given), _MOST_DB)].append(lines)
    found: dict[str, dict[Optional[int], Array]] = {}
    for (building, floor), by_loss in groups.items():
        found.setdefault(building, {})[floor] = _segments(by_loss)
    return found


def walls_on(walls: Walls, building: str, floor: int) -> Array:
    """Return the walls of one floor (n × 5, map coordinates)."""
    mine: Mapping[Optional[int], Array] = walls.get(building, {})
    both = [mine[key] for key in (None, floor) if key in mine]
    return np.vstack(both) if both else NO_WALLS


def crossed_db(a: Array, b: Array, walls: Array) -> Array:
    """Return the summed loss (len(a) × len(b), dB) of the walls between the points ``a`` and ``b`` (n × 2).

    ``walls``: rows x1, y1, x2, y2, dB in the axes of the points. A path that meets a corner of two segments crosses
    one of them.
    """
    total = np.zeros((len(a), len(b)))
    for x1, y1, x2, y2, loss in walls:
        side_a = (x2 - x1) * (a[:, 1] - y1) - (y2 - y1) * (a[:, 0] - x1) > 0
        side_b = (x2 - x1) * (b[:, 1] - y1) - (y2 - y1) * (b[:, 0] - x1) > 0
        i, j = np.nonzero(side_a[:, None] != side_b[None, :])
        if not len(i):
            continue
        dx, dy = b[j, 0] - a[i, 0], b[j, 1] - a[i, 1]
        first = dx * (y1 - a[i, 1]) - dy * (x1 - a[i, 0]) > 0
        second = dx * (y2 - a[i, 1]) - dy * (x2 - a[i, 0]) > 0
        met = first != second
        total[i[met], j[met]] += loss
    return total


def _kinds(catalogue: "Catalogue") -> dict[str, dict[str, Any]]:
    """Return the catalogue's walls by key and by their names in both languages, in small letters."""
    found: dict[str, dict[str, Any]] = {}
    for key, entry in catalogue.section("wlan").get("walls", {}).items():
        if "loss_db" not in entry and entry.get("p2040") not in read_table("coefficients")["p2040"]["rows"]:
            raise InputError("Catalogue {file}: {section} / {item} needs loss_db, or a material of ITU-R P.2040 in "
                             "p2040.", file=catalogue.source, section="wlan/walls", item=key)
        for name in (key, *entry.get("name", {}).values()):
            found[str(name).strip().lower()] = entry
    return found


def _loss(entry: dict[str, Any], thickness: Optional[float], ghz: float) -> float:
    if thickness is None and "loss_db" in entry:
        return float(entry["loss_db"])
    if "p2040" not in entry:
        return float(entry["loss_db"])
    metres = float(entry.get("thickness_m", 0.1)) if thickness is None else thickness
    return max(0.0, float(slab(str(entry["p2040"]), ghz, metres)))


def _segments(by_loss: dict[float, list[Any]]) -> Array:
    """Return segments without doubles; where two rooms share an edge, the heavier wall stands."""
    rows: list[Array] = []
    taken: Any = None
    for loss in sorted(by_loss, reverse=True):
        lines = unary_union(by_loss[loss])
        if taken is not None:
            lines = lines.difference(taken.buffer(_SAME_WALL_M))
        taken = lines if taken is None else unary_union([taken, lines])
        for line in getattr(lines, "geoms", [lines]):
            if isinstance(line, LineString) and not line.is_empty:
                at = np.asarray(line.coords)[:, :2]
                rows.append(np.column_stack((at[:-1], at[1:], np.full(len(at) - 1, loss))))
    return np.vstack(rows) if rows else NO_WALLS
