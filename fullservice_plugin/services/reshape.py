# SPDX-License-Identifier: GPL-2.0-or-later
"""Estates and buildings split and merged by hand, lineage kept. Each is a deed, see :mod:`.by_hand`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import shapely.wkb
from shapely.ops import unary_union

from fullservice_plugin.core.discovery.cut import cut, shared_out
from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.services.by_hand import Deed, new_code, polygon, rows_of
from fullservice_plugin.store import by_hand as queries

#: What a part of a split building inherits as it is; counts are shared out by area.
_INHERITED = (
    "estate_id",
    "grid_id",
    "name",
    "use",
    "storeys",
    "basements",
    "height_m",
    "height_source",
    "riser",
    "power",
    "equip_room",
    "coverage_level",
    "discovery_source",
    "discovery_confidence",
    "handover_date",
)
_SHARED = ("households", "households_low", "households_high", "businesses", "entrances")


def split_estate(store: Any, estate_id: str, line: Any, base: Optional[int] = None) -> Deed:
    """Cut an estate along a line. The part with most buildings stays the estate, with all that hangs on it."""
    with store.transaction() as cur:
        shape, columns = rows_of(cur, "estate", [estate_id])[0]
        if shape is None:
            raise InputError("The estate has no outline yet. Draw it first.")
        parts = cut(shape, line)
        points = [shapely.wkb.loads(bytes(inner)) for _, inner in queries.members(cur, estate_id) if inner is not None]
        parts.sort(key=lambda part: -sum(part.intersects(point) for point in points))
        queries.update(cur, "estate", estate_id, {"geom": parts[0], "method": "manual"}, base)
        made = [estate_id]
        for number, part in enumerate(parts[1:], start=2):
            name = f"{columns['name'] or columns['code']} {number}"
            key = queries.insert(
                cur,
                "estate",
                {
                    "code": new_code("E"),
                    "name": name,
                    "geom": part,
                    "method": "manual",
                    "grid_id": columns["grid_id"],
                    **{
                        kept: columns[kept]
                        for kept in (
                            "estate_type",
                            "value_class",
                            "owner_staff_id",
                            "build_year",
                            "is_new_build",
                            "handover_date",
                        )
                    },
                },
            )
            inside = [
                row
                for row, inner in queries.members(cur, estate_id)
                if inner is not None and part.intersects(shapely.wkb.loads(bytes(inner)))
            ]
            queries.bind(cur, inside, key)
            made.append(key)
        queries.recount(cur, made)
        return Deed(queries.deed_number(cur), "The estate was split into {count}.", {"count": len(made)}, tuple(made))


def merge_estates(store: Any, estates: Sequence[str]) -> Deed:
    """Make one estate of several: it takes over the talks, agreements, observations and open designs of all.

    Open designs (drafts, returned ones) become further versions; those that are closed for good stay with their estate.

    The first goes on, whichever was chosen first, unless one of them has a design under review or approved: such a
    design is bound to its estate, so that one goes on. InputError where several have one.
    """
    ids = list(dict.fromkeys(estates))
    if len(ids) < 2:
        raise ParameterError("Choose at least two estates to merge.")
    with store.transaction() as cur:
        bound = queries.decided_designs(cur, ids)
        if len(bound) > 1:
            raise InputError(
                "Only one of the estates may have a design under review or approved, but these have one: {names}. "
                "Have it returned or rejected in the review of designs, or set an approved one to Superseded in its "
                "form, then merge again.",
                names=list(bound.values()),
            )
        ids.sort(key=lambda key: key not in bound)  # the others keep their order
        rows = rows_of(cur, "estate", ids)
        first = rows[0][1]
        names = [first["name"], *(first["aliases"] or [])]
        for _, columns in rows[1:]:
            names += [columns["name"], *(columns["aliases"] or [])]
        aliases = [name for name in dict.fromkeys(filter(None, names)) if name != first["name"]]
        values: dict[str, Any] = {"aliases": aliases or None, "method": "manual"}
        shapes = [shape for shape, _ in rows if shape is not None]
        if shapes:
            values["geom"] = polygon(unary_union(shapes))
        queries.update(cur, "estate", ids[0], values)
        queries.merge_estates(cur, ids[0], ids[1:])
        queries.recount(cur, [ids[0]])
        said = {"count": len(ids), "name": first["name"] or first["code"]}
        return Deed(queries.deed_number(cur), "{count} estates became one, {name}.", said, (ids[0],))


def split_building(store: Any, building_id: str, line: Any) -> Deed:
    """Cut a building along a line into new ones; households and the like are shared out by area."""
    with store.transaction() as cur:
        shape, columns = rows_of(cur, "building", [building_id])[0]
        if shape is None:
            raise InputError("The building has no footprint to cut.")
        parts = cut(shape, line)
        frame = LocalFrame.around(*shape.bounds)
        areas = [frame.geometry(part).area for part in parts]
        shares = {name: shared_out(columns[name], areas) for name in _SHARED if columns[name] is not None}
        made = []
        for k, part in enumerate(parts):
            values = {name: columns[name] for name in _INHERITED}
            values.update({name: share[k] for name, share in shares.items()})
            values.update(
                code=new_code("H"),
                geom=part,
                number=_lettered(columns["number"], k),
                position_method="manual",
                households_method=columns["households_method"],
                gross_area_m2=round(areas[k] * columns["storeys"], 1) if columns["storeys"] else None,
            )
            made.append(queries.insert(cur, "building", values))
        queries.replace_buildings(cur, [building_id], made, "split", "by hand")
        return Deed(queries.deed_number(cur), "The building was split into {count}.", {"count": len(made)}, tuple(made))


def merge_buildings(store: Any, buildings: Sequence[str]) -> Deed:
    """Make one building of several; households and the like are added up, unknown where one is unknown."""
    ids = list(dict.fromkeys(buildings))
    if len(ids) < 2:
        raise ParameterError("Choose at least two buildings to merge.")
    with store.transaction() as cur:
        rows = rows_of(cur, "building", ids)
        shapes = [shape for shape, _ in rows if shape is not None]
        largest = max(
            (columns for _, columns in rows), key=lambda one: (one["households"] or 0, one["gross_area_m2"] or 0)
        )
        values = {name: largest[name] for name in _INHERITED}
        for name in _SHARED:
            counts = [columns[name] for _, columns in rows]
            values[name] = None if None in counts else sum(counts)
        values["storeys"] = max((columns["storeys"] for _, columns in rows if columns["storeys"]), default=None)
        values["coverage_level"] = min(columns["coverage_level"] for _, columns in rows)
        areas = [columns["gross_area_m2"] for _, columns in rows]
        numbers = [columns["number"] for _, columns in rows if columns["number"]]
        values.update(
            code=new_code("H"),
            number=", ".join(dict.fromkeys(numbers)) or None,
            position_method="manual",
            households_method=largest["households_method"],
            gross_area_m2=None if None in areas else sum(areas),
        )
        if shapes:
            values["geom"] = polygon(unary_union(shapes))
        else:
            raise InputError("None of the buildings has a footprint to merge.")
        key = queries.insert(cur, "building", values)
        queries.replace_buildings(cur, ids, [key], "merged", "by hand")
        return Deed(queries.deed_number(cur), "{count} buildings became one.", {"count": len(ids)}, (key,))


def _lettered(number: Optional[str], k: int) -> Optional[str]:
    """The house number of part ``k`` of a split building: 12a, 12b, …"""
    return f"{number}{'abcdefghijklmnopqrstuvwxyz'[k]}" if number and k < 26 else None
