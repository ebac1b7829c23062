# SPDX-License-Identifier: GPL-2.0-or-later
"""What a metre along each street costs, which streets may be used, and at which level they lie."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable, Problem

# Ways of OpenStreetMap's key highway that no cable follows: barriers, indoor ways and ways that do not exist (yet).
_UNUSABLE = {"motorway", "motorway_link", "proposed", "construction", "raceway", "corridor", "elevator", "platform",
             "bus_guideway", "busway", "abandoned", "razed", "demolished", "via_ferrata"}
_USUAL_RENT = {"duct": "duct_rent_per_m", "aerial": "pole_rent_per_m"}
_YES = {"1", "t", "true", "yes", "y", "是"}
_NO = {"", "0", "f", "false", "no", "n", "none", "否"}


@dataclass
class StreetCosts:
    """Per street row: ``unit`` price per metre, ``kind`` index into ``names``, ``level``; ``rows`` that may be used.

    ``barriers``: lines that no lead-in crosses (motorways, railways, waterways at ground level). A wide street has two
    more rows behind those of the table, its pavements (number in ``side``, −1 elsewhere) and, after it, its crossings;
    ``half`` is how far its pavements lie off the middle (metres), ``owner`` the row of the table.
    """

    rows: list[int]
    unit: Array
    kind: Array
    level: Array
    names: tuple[str, ...]
    problems: list[Problem]
    barriers: list[Any]
    side: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    half: Array = field(default_factory=lambda: np.zeros(0))
    owner: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def street_costs(streets: FeatureTable, catalogue: Catalogue) -> StreetCosts:
    """Price every street; raises :class:`InputError` that names layer, feature and field of a value it cannot use."""
    names = tuple(sorted(set(catalogue.section("construction")) | {"trench", "duct", "wall", "aerial"}))
    price = {name: catalogue.price("construction", name) for name in names}
    factor = streets.numbers("cost_factor", 1.0, least=0.0)
    bores = streets.numbers("free_bores", None, least=0.0)
    rent = streets.numbers("rent_per_m", None, least=0.0)
    pole_rent = streets.numbers("pole_rent_per_m", None, least=0.0)
    years = catalogue.rule("rent_years")
    highway, tags = streets.column("highway"), streets.column("other_tags")
    typed = any(value not in (None, "") for value in highway)
    rows: list[int] = []
    problems: list[Problem] = []
    barriers: list[Any] = []
    unit, kind = np.zeros(len(streets)), np.zeros(len(streets), dtype=np.int64)
    level = np.zeros(len(streets), dtype=np.int64)
    columns = {name: streets.column(name) for name in ("forbidden", "construction", "existing_duct", "duct_owner",
                                                       "bridge", "tunnel", "layer", "railway", "waterway",
                                                       "existing_poles", "pole_owner")}
    surfaces = {name: catalogue.number("surfaces", name, "factor") for name in catalogue.section("surfaces")}
    for i, key in enumerate(streets.ids):
        value = {name: column[i] for name, column in columns.items()}
        road = str(highway[i] or "")
        if streets.geometry[i] is None or streets.geometry[i].is_empty:
            problems.append(Problem(key, "Street {street} has no geometry and was left out.", {"street": key}))
            continue
        if "Line" not in streets.geometry[i].geom_type:
            problems.append(Problem(key, "Street {street} is no line and was left out.", {"street": key}))
            continue
        if _is_barrier(road, value) and _level(value["layer"], value["bridge"], value["tunnel"], tags[i]) == 0:
            barriers.append(streets.geometry[i])
        if (typed and not road) or road in _UNUSABLE or flag(value["forbidden"], streets.name, key, "forbidden"):
            continue
        rows.append(i)
        level[i] = _level(value["layer"], value["bridge"], value["tunnel"], tags[i])
        way = str(value["construction"] or "trench")
        if way not in price:
            raise InputError("{layer}: field construction of feature {feature} must be one of {known}, found {value}.",
                             layer=streets.name or "Streets", feature=key, known=list(names), value=repr(way))
        given = factor[i]
        multiple = 1.0 if given is None else float(given)
        if way == "trench":
            multiple *= surfaces.get(_class_of(road), 1.0)
        unit[i], kind[i] = price[way] * multiple, names.index(way)
        # rent or dig: whichever is cheaper
        for there, way, owner, yearly in (
                (flag(value["existing_duct"], streets.name, key, "existing_duct") and bores[i] != 0, "duct",
                 value["duct_owner"], rent[i]),
                (flag(value["existing_poles"], streets.name, key, "existing_poles"), "aerial", value["pole_owner"],
                 pole_rent[i])):
            if there:
                if yearly is None:
                    yearly = catalogue.rule(_USUAL_RENT[way]) if owner not in (None, "") else 0.0
                rented = price[way] + float(yearly) * years
                if rented < unit[i]:
                    unit[i], kind[i] = rented, names.index(way)
    found = StreetCosts(rows, unit, kind, level, names, problems, barriers)
    return _with_sides(found, [str(value or "") for value in highway], catalogue)


def _with_sides(costs: StreetCosts, highway: list[str], catalogue: Catalogue) -> StreetCosts:
    """Add the rows of pavements and crossings of the streets whose class has a ``half_width_m`` in the catalogue.

    Pavements cost as much as the rule ``side_factor`` says in terms of the plain trench, crossings the price of the
    carriageway times ``crossing_factor``. Streets that are no trench stay as they are.
    """
    n, trench = len(costs.unit), costs.names.index("trench")
    surfaces = catalogue.section("surfaces")
    width = {name: catalogue.number("surfaces", name, "half_width_m") for name, entry in surfaces.items()
             if isinstance(entry, dict) and "half_width_m" in entry}
    half = np.array([width.get(_class_of(name), 0.0) for name in highway])
    usable = set(costs.rows)
    wide = [i for i in range(n) if half[i] > 0 and i in usable and costs.kind[i] == trench]
    side = np.full(n + 2 * len(wide), -1, dtype=np.int64)
    side[wide] = n + 2 * np.arange(len(wide))
    plain, more = catalogue.price("construction", "trench"), np.zeros(2 * len(wide))
    more[0::2] = plain * catalogue.rule("side_factor")
    more[1::2] = costs.unit[wide] * catalogue.rule("crossing_factor")
    double = np.repeat(np.array(wide, dtype=np.int64), 2)
    costs.owner = np.concatenate([np.arange(n), double])
    costs.unit = np.concatenate([costs.unit, more])
    costs.kind = np.concatenate([costs.kind, np.full(len(double), trench, dtype=np.int64)])
    costs.level = np.concatenate([costs.level, np.zeros(len(double), dtype=np.int64)])
    costs.side, costs.half = side, np.concatenate([half, np.zeros(len(double))])
    return costs


def _class_of(road: str) -> str:
    """The class by which a street is priced: that of the street which a link belongs to."""
    return road[:-5] if road.endswith("_link") else road


def _is_barrier(road: str, value: dict[str, Any]) -> bool:
    """Whether no lead-in crosses a line: a motorway, a railway or a waterway in use."""
    rail, water = str(value["railway"] or ""), str(value["waterway"] or "")
    return (road in ("motorway", "motorway_link") or rail in ("rail", "light_rail", "narrow_gauge", "subway")
            or water in ("river", "canal", "stream"))


def flag(value: Any, layer: str, feature: str, field: str) -> bool:
    """A yes/no value as real data writes it; NULL is no. Raises :class:`InputError` on anything else."""
    if value is None:
        return False
    text = str(value).strip().lower()
    if text in _YES or text in ("1.0",):
        return True
    if text in _NO or text in ("0.0",):
        return False
    raise InputError("{layer}: field {field} of feature {feature} must be yes or no, found {value}.",
                     layer=layer or "layer", field=field, feature=feature, value=repr(value))


def _level(layer: Any, bridge: Any, tunnel: Any, tags: Optional[Any]) -> int:
    """Vertical level after OpenStreetMap: the layer, else 1 on bridges, −1 in tunnels, 0 elsewhere."""
    if tags:
        found = dict(re.findall(r'"(layer|bridge|tunnel)"=>"([^"]*)"', str(tags)))
        layer, bridge, tunnel = (layer or found.get("layer"), bridge or found.get("bridge"),
                                 tunnel or found.get("tunnel"))
    try:
        number = int(float(layer)) if layer not in (None, "") else 0
    except (TypeError, ValueError):
        number = 0
    if number:
        return number
    if str(bridge or "no").strip().lower() not in _NO:
        return 1
    return -1 if str(tunnel or "no").strip().lower() not in _NO | {"building_passage"} else 0
