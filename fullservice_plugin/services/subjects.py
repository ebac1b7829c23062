# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of an imported table matched to buildings and estates by code, key, position or name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence

import numpy as np

from fullservice_plugin.core.discovery import datum as datums
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.intake import Column, Row, fold
from fullservice_plugin.core.table import Problem
from fullservice_plugin.store import subjects as ask

# Columns by which a row may name its building or estate; the Chinese headings are the usual ones of ledgers.
SUBJECT_COLUMNS = (
    Column("building_code", aliases=("楼栋编码",)),
    Column("building_key", aliases=("source_key", "台账编号")),
    Column("building_name", aliases=("楼栋名称", "楼栋")),
    Column("estate_code", aliases=("楼盘编码",)),
    Column("estate_name", aliases=("楼盘名称", "楼盘", "小区")),
    Column("x", "number", aliases=("lon", "longitude", "经度")),
    Column("y", "number", aliases=("lat", "latitude", "纬度")),
)


@dataclass(frozen=True)
class Subject:
    """What a row speaks of: a building (then ``building_id``), or a whole estate; ``how`` it was found."""

    building_id: Optional[str]
    estate_id: Optional[str]
    how: str


def positions(rows: Sequence[Row], datum: str) -> list[Optional[tuple[float, float]]]:
    """Return lon, lat in WGS 84 per row, from its columns x and y (given in ``datum``) or its geometry.

    Raises ParameterError for an unknown datum.
    """
    if datum not in datums.DATUMS:
        raise ParameterError("Datum {datum} is unknown. Use wgs84, gcj02 or bd09.", datum=datum)
    found: list[Optional[tuple[float, float]]] = []
    for row in rows:
        x, y = row.get("x"), row.get("y")
        if x is not None and y is not None and -180 <= x <= 180 and -90 <= y <= 90 and (x or y):
            found.append((x, y))
        elif row.geometry is not None and not row.geometry.is_empty:
            inside = row.geometry.representative_point()
            found.append((inside.x, inside.y))
        else:
            found.append(None)
    here = [n for n, place in enumerate(found) if place is not None]
    if datum != "wgs84" and here:
        lon, lat = datums.convert(
            np.array([found[n][0] for n in here]),
            np.array([found[n][1] for n in here]),
            datum,
            "wgs84",  # type: ignore[index]
        )
        for n, x, y in zip(here, lon, lat):
            found[n] = (float(x), float(y))
    return found


def locate(cur: Any, rows: Sequence[Row], datum: str = "wgs84") -> tuple[list[Optional[Subject]], list[Problem]]:
    """Return the subject of each row (None where it has none) and the problems of those.

    A building's code wins, then its key in a source or ledger, its position, its name within the estate;
    else the estate by code, name or position. A position beside the footprints names the nearest building only
    where the row names no estate. What is ambiguous is refused, never guessed.
    """
    places = positions(rows, datum)
    here = [(n, place[0], place[1]) for n, place in enumerate(places) if place is not None]
    by_code = ask.buildings_by_code(cur, _values(rows, "building_code"))
    by_key = ask.buildings_by_key(cur, _values(rows, "building_key"))
    by_name = ask.buildings_by_name(cur, _values(rows, "building_name"))
    here = [
        place
        for place in here
        if rows[place[0]].get("building_code") is None and rows[place[0]].get("building_key") not in by_key
    ]
    by_place = ask.buildings_at(cur, here)
    estate_code = ask.estates_by_code(cur, _values(rows, "estate_code"))
    estate_name = ask.estates_by_name(cur, _values(rows, "estate_name"))
    estate_place = ask.estates_at(cur, [place for place in here if place[0] not in by_place])
    subjects: list[Optional[Subject]] = []
    problems: list[Problem] = []
    for n, row in enumerate(rows):
        found: Any = None
        code = row.get("building_code")
        key = row.get("building_key")
        if code is not None:
            hit = by_code.get(code)
            found = _building(hit, "code") if hit else ("no building has the code {code}", {"code": code})
        elif key is not None and key in by_key:
            found = _building(by_key[key], "key")
        elif n in by_place and (by_place[n][1] == 0.0 or not (row.get("estate_code") or row.get("estate_name"))):
            found = _building(by_place[n][0], "position")
        else:
            found = _by_name(row, estate_code, estate_name, estate_place.get(n), by_name)
        if isinstance(found, Subject):
            subjects.append(found)
        else:
            subjects.append(None)
            problems.append(Problem(row.key, found[0], found[1]))
    return subjects, problems


def _by_name(
    row: Row,
    codes: dict[str, str],
    names: dict[str, list[str]],
    nearby: Optional[str],
    buildings: dict[tuple[Optional[str], str], list[ask.Building]],
) -> Any:
    estate: Optional[str] = None
    if row.get("estate_code") is not None:
        estate = codes.get(row.get("estate_code"))
        if estate is None:
            return "no estate has the code {code}", {"code": row.get("estate_code")}
    elif row.get("estate_name") is not None:
        hits = names.get(fold(row.get("estate_name")), [])
        if len(hits) > 1 and nearby not in hits:
            return "several estates are called {name}: give its code", {"name": row.get("estate_name")}
        estate = nearby if nearby in hits else (hits[0] if hits else None)
    estate = estate or nearby
    name = row.get("building_name")
    if name is not None:
        found = buildings.get((estate, fold(name)), [])
        if len(found) == 1:
            return _building(found[0], "name")
        if len(found) > 1:
            return "several buildings are called {name}: give its code", {"name": name}
        return "no building is called {name} there, and no code, key or position finds it", {"name": name}
    if estate is not None:
        return Subject(None, estate, "estate")
    if row.get("building_key") is not None:
        return "no building is known under {key}, and nothing else in the row finds it", {
            "key": row.get("building_key")
        }
    return "no building or estate is found by code, name or position", {}


def _building(hit: ask.Building, how: str) -> Subject:
    return Subject(hit.id, hit.estate_id, how)


def _values(rows: Sequence[Row], name: str) -> list[str]:
    return [str(row.get(name)) for row in rows if row.get(name) is not None]
