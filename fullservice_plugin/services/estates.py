# SPDX-License-Identifier: GPL-2.0-or-later
"""Estates kept in the store with outline, grid and buildings, in one transaction."""

from __future__ import annotations

from collections import Counter
from typing import Any, Sequence

import shapely.wkb
from shapely.geometry import MultiPolygon
from shapely.ops import unary_union

from fullservice_plugin.core.discovery.estates import Estate, name_of_addresses
from fullservice_plugin.core.discovery.places import Branches, containing
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import areas_of, stored
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.store import discovery as places
from fullservice_plugin.store import estates as queries
from fullservice_plugin.store.rights import require_bulk

_TYPES = {  # building_use → estate_type where one use holds most buildings
    "residential": "residential",
    "apartments": "residential",
    "house": "residential",
    "office": "office",
    "commercial": "office",
    "retail": "market",
    "mixed": "mixed",
    "industrial": "park",
    "school": "school",
    "hospital": "hospital",
    "hotel": "hotel",
    "dorm": "dorm",
    "village": "village",
}


def keep_estates(
    store: Any, buildings: FeatureTable, found: Sequence[Estate], outlines: Sequence[Any], progress: Progress = SILENT
) -> int:
    """Write estates and bind the store's buildings (by id or code) to them; returns how many estates changed.

    ``outlines`` are the estates' outlines in WGS-84 degrees. An estate that already holds most of the
    buildings keeps its code, name and everything that hangs on it. Estates drawn by hand keep their outline and their
    buildings; what a run finds goes around them. Raises InputError when no building is known.
    """
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "estate")
        places.lock(cur)
        known = queries.buildings_of(cur, buildings.ids)
        if not known:
            raise InputError(
                "No building of the store has an id or code of {layer}. Choose the field with the "
                "store's id or code as id field.",
                layer=buildings.name,
            )
        held, outlines = _around_drawn(cur, [building for building, _ in known.values()], outlines)
        known = {key: row for key, row in known.items() if row[0] not in held}
        facts = queries.households_of(cur, [building for building, _ in known.values()])
        addresses = queries.addresses_of(cur, list(facts))
        codes = _codes(buildings, found, known)
        grids = [(key, shapely.wkb.loads(bytes(shape))) for key, shape in places.grids(cur)]
        branches = Branches(
            [
                (code, stored(shape))
                for code, shape in places.branches(cur)
            ]
        )
        grid = containing(grids, [outline.representative_point() for outline in outlines])
        branch = branches.of(list(outlines))
        progress.step(0.3)
        rows, pairs = [], []
        for k, one in enumerate(found):
            members = [known[buildings.ids[row]][0] for row in one.members if buildings.ids[row] in known]
            if not members:
                continue  # unknown, or all of an estate drawn by hand
            homes = [facts[key][0] for key in members if facts[key][0] is not None]
            kinds = Counter(_TYPES[facts[key][1]] for key in members if facts[key][1] in _TYPES)
            kind = kinds.most_common(1)[0][0] if kinds else None
            name = one.name
            if one.named_by in ("", "guess"):
                name = name_of_addresses([pair for key in members for pair in addresses.get(key, ())]) or name
            rows.append(
                [
                    codes[k],
                    name or None,
                    None,
                    grid[k],
                    kind,
                    sum(homes) if homes else None,
                    one.method,
                    areas_of(outlines[k]),
                    "algorithm",
                    branch[k],
                ]
            )
            pairs += [(key, codes[k]) for key in members]
        changed = queries.keep_estates(cur, rows) + queries.recount_drawn(cur, sorted(held))
        progress.step(0.6)
        queries.assign_buildings(cur, pairs)
        left = {estate for _, estate in known.values() if estate} - {row[0] for row in rows}
        if left:
            queries.drop_empty(cur, sorted(left))
        progress.check()
    progress.step(1.0)
    return changed


def _around_drawn(cur: Any, buildings: Sequence[str], outlines: Sequence[Any]) -> tuple[set[str], list[Any]]:
    """Return the buildings of estates drawn by hand, and the outlines without those estates' areas."""
    held, shapes = queries.drawn_by_hand(cur, buildings)
    if not shapes:
        return held, list(outlines)
    drawn = unary_union([shapely.wkb.loads(bytes(shape)).buffer(0) for shape in shapes])
    rest = []
    for outline in outlines:
        clean = outline if outline.is_valid else outline.buffer(0)
        left = clean.difference(drawn) if clean.intersects(drawn) else clean
        parts = [part for part in getattr(left, "geoms", [left]) if part.geom_type == "Polygon" and part.area > 0]
        rest.append(MultiPolygon(parts) if parts else clean)
    return held, rest


def _codes(buildings: FeatureTable, found: Sequence[Estate], known: dict[str, tuple[str, Any]]) -> list[str]:
    """Return the code of each estate: the store's own where its buildings already have one, else the found id."""
    shared: Counter[tuple[str, int]] = Counter()
    for k, one in enumerate(found):
        for row in one.members:
            estate = known.get(buildings.ids[row], ("", None))[1]
            if estate:
                shared[estate, k] += 1
    codes: dict[int, str] = {}
    taken: set[str] = set()
    for (code, k), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if k not in codes and code not in taken:
            codes[k] = code
            taken.add(code)
    for k, one in enumerate(found):
        if k not in codes:
            code, number = one.id, 2
            while code in taken:
                code, number = f"{one.id}-{number}", number + 1
            codes[k] = code
            taken.add(code)
    return [codes[k] for k in range(len(found))]
