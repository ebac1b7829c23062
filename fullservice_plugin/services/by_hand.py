# SPDX-License-Identifier: GPL-2.0-or-later
"""What people do by hand on the map: pins, new buildings and estates, outlines. Each is one transaction, a deed, that
its author can take back for a day. Positions are WGS-84 degrees, shapes shapely geometries in EPSG:4326.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Optional, Union

import shapely.wkb
from shapely.geometry import MultiPolygon, Point

from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.shapes import areas_of, stored
from fullservice_plugin.services.documents import attach, read_document
from fullservice_plugin.services.ledger import recount
from fullservice_plugin.store import by_hand as queries

#: Outline of an estate of which only a point is known: a circle of this radius, until somebody draws it (our default).
UNKNOWN_OUTLINE_M = 40.0
_MANUAL = "manual"


@dataclass(frozen=True)
class Deed:
    """One deed: its ``number``, what it did in a sentence (``said`` with ``values``), the rows it made or moved."""

    number: int
    said: str
    values: dict[str, Any] = field(default_factory=dict)
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewBuilding:
    """A building entered by hand: a footprint (``outline``) or only a pin (``point``).

    A planned building (在建) has a handover date; a house in a village without addresses has its own number and a
    photo. The estate is the one in which it lies where none is named.
    """

    point: Optional[tuple[float, float]] = None
    outline: Any = None
    name: str = ""
    number: str = ""
    use: Optional[str] = None
    storeys: Optional[int] = None
    households: Optional[int] = None
    handover_date: Optional[date] = None
    estate_id: Optional[str] = None
    photo: Union[None, str, Path] = None


@dataclass(frozen=True)
class NewEstate:
    """An estate entered by hand: name and type, an ``outline`` or only a ``point``; ``owner`` is a staff id."""

    name: str
    estate_type: Optional[str] = None
    point: Optional[tuple[float, float]] = None
    outline: Any = None
    owner: Optional[str] = None
    value_class: Optional[str] = None
    handover_date: Optional[date] = None


def take_back(store: Any, number: int) -> int:
    """Take a deed back and return how many rows that touched; ConflictError when somebody went on from it."""
    with store.transaction() as cur:
        return queries.undo(cur, number)


def move_pin(store: Any, table: str, row_id: str, place: tuple[float, float], base: Optional[int] = None) -> Deed:
    """Put the pin of a building, ledger row or site at ``place`` (lon, lat).

    A ledger row comes to the building on whose footprint the pin stands. A building without footprint comes to the
    estate and grid in which the pin lies.
    """
    column = queries.PINS.get(table)
    if column is None:
        raise ParameterError("Rows of {table} have no pin.", table=table)
    point = Point(*place)
    with store.transaction() as cur:
        values: dict[str, Any] = {column: point}
        if table == "ledger_row":
            found = queries.building_at(cur, point)
            values.update(
                method=_MANUAL,
                band="match",
                score=1.0,
                reason=None,
                accuracy_m=None,
                building_id=found[0] if found else None,
            )
        elif table == "building":
            shape, columns = _only(queries.shapes(cur, table, [row_id]), row_id)
            if shape is None:
                values.update(position_method=_MANUAL, position_accuracy_m=None)
                if columns["estate_id"] is None:
                    values["estate_id"] = queries.estate_at(cur, point)
                values["grid_id"] = queries.grid_at(cur, point) or columns["grid_id"]
        source, left = queries.ledger_of(cur, row_id) if table == "ledger_row" else ("", None)
        queries.update(cur, table, row_id, values, base)
        recount(cur, source, {key for key in (left, values.get("building_id")) if key})
        return Deed(queries.deed_number(cur), "The pin was moved.", {}, (row_id,))


def add_building(store: Any, new: NewBuilding) -> Deed:
    """Enter a building with its photo."""
    if new.point is None and new.outline is None:
        raise ParameterError("A building needs a footprint or a pin.")
    for name, number in (("storeys", new.storeys), ("households", new.households)):
        if number is not None and number < 0:
            raise ParameterError("{name} must not be negative.", name=name)
    photo = read_document(new.photo) if new.photo else None
    outline = polygon(new.outline) if new.outline is not None else None
    point = Point(*new.point) if new.point is not None else None
    inner = point or outline.representative_point()
    with store.transaction() as cur:
        estate = new.estate_id or queries.estate_at(cur, inner)
        key = queries.insert(
            cur,
            "building",
            {
                "code": new_code("H"),
                "name": new.name.strip() or None,
                "number": new.number.strip() or None,
                "use": new.use,
                "storeys": new.storeys,
                "households": new.households,
                "households_method": "given" if new.households is not None else None,
                "handover_date": new.handover_date,
                "estate_id": estate,
                "geom": outline,
                "entry_point": point,
                "position_method": _MANUAL,
                "discovery_source": _MANUAL,
                "discovery_confidence": 1.0,
            },
        )
        if photo is not None:
            attach(cur, "building", key, "photo", *photo)
        if estate is not None:
            queries.recount(cur, [estate])
        shown = new.name or new.number or "–"
        return Deed(queries.deed_number(cur), "The building {name} was entered.", {"name": shown}, (key,))


def add_estate(store: Any, new: NewEstate) -> Deed:
    """Enter an estate; buildings inside its outline come to it, except those of another estate drawn by hand."""
    if not new.name.strip():
        raise ParameterError("Give the estate a name.")
    if new.outline is None and new.point is None:
        raise ParameterError("An estate needs an outline or a point.")
    outline = polygon(new.outline) if new.outline is not None else _circle(*(new.point or (0.0, 0.0)))
    with store.transaction() as cur:
        key = queries.insert(
            cur,
            "estate",
            {
                "code": new_code("E"),
                "name": new.name.strip(),
                "estate_type": new.estate_type,
                "geom": outline,
                "method": _MANUAL,
                "owner_staff_id": new.owner or queries.my_staff(cur),
                "value_class": new.value_class,
                "handover_date": new.handover_date,
                "is_new_build": new.handover_date is not None,
            },
        )
        count = _gather(cur, key, outline)
        return Deed(
            queries.deed_number(cur),
            "The estate {name} was entered with {count} buildings.",
            {"name": new.name.strip(), "count": count},
            (key,),
        )


def redraw_estate(store: Any, estate_id: str, outline: Any, base: Optional[int] = None) -> Deed:
    """Give an estate another outline; its buildings are those inside. Later runs keep it."""
    shape = polygon(outline)
    with store.transaction() as cur:
        queries.update(cur, "estate", estate_id, {"geom": shape, "method": _MANUAL}, base)
        outside = [
            key
            for key, inner in queries.members(cur, estate_id)
            if inner is not None and not shape.intersects(shapely.wkb.loads(bytes(inner)))
        ]
        queries.bind(cur, outside, None)
        count = _gather(cur, estate_id, shape)
        return Deed(
            queries.deed_number(cur),
            "The outline was redrawn: {count} buildings came in, {left} left.",
            {"count": count, "left": len(outside)},
            (estate_id,),
        )


def _gather(cur: Any, estate_id: str, outline: Any) -> int:
    """Bind the buildings inside an outline, recount and drop estates that lost all; returns how many came."""
    inside = [
        (key, estate)
        for key, estate, manual in queries.buildings_inside(cur, outline)
        if estate != estate_id and not manual
    ]
    queries.bind(cur, [key for key, _ in inside], estate_id)
    others = sorted({estate for _, estate in inside if estate})
    queries.recount(cur, [estate_id, *others])
    if others:
        queries.drop_emptied(cur, others)
    return len(inside)


def polygon(shape: Any) -> MultiPolygon:
    """Return a drawn outline as a valid MultiPolygon; InputError when it has no area."""
    found = areas_of(shape)
    if not found.area > 0:
        raise InputError("The outline has no area. Draw it with at least three corners.")
    return found


def _circle(lon: float, lat: float) -> MultiPolygon:
    frame = LocalFrame.around(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)
    return polygon(frame.degrees(frame.geometry(Point(lon, lat)).buffer(UNKNOWN_OUTLINE_M)))


def new_code(letter: str) -> str:
    """A short code of its own for a row entered by hand."""
    return f"{letter}-{uuid.uuid4().hex[:10].upper()}"


def _only(found: dict[str, Any], row_id: str) -> Any:
    if row_id not in found:
        raise InputError("The row was deleted meanwhile, or lies outside your branch. Refresh the map.")
    return found[row_id]


def rows_of(cur: Any, table: str, ids: Sequence[str]) -> list[tuple[Any, dict[str, Any]]]:
    """Return (shape or None, columns) of rows in the order asked; InputError when one is gone."""
    found = queries.shapes(cur, table, ids)
    return [
        (stored(shape), columns)
        for shape, columns in (_only(found, key) for key in ids)
    ]
