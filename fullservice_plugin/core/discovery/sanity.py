# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of a source that cannot be what they claim: set aside with row and reason, so that the rest can be taken in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely.wkb

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable, Problem

FAR_KM = 500.0  # km from the middle of the source from which a row is astray: a branch is at most a province
HUGE_M2 = 2e6  # m²; the largest buildings of the world cover about half of that
_TWICE_SHARE = 0.1  # share of repeated ids from which the column is no id column
_DEGREE_KM = 111.2  # km per degree of latitude on the sphere
_FEW = 3  # rows of which none can be said to be astray
#: A town on the 180° meridian has one half at +180°, one at -180°: every extent around both would be the whole Earth.
ACROSS = "it lies across the 180° meridian from other rows (take each side in by itself, into a store of its own)"


def sound(table: FeatureTable) -> FeatureTable:
    """Return the rows of a table in degrees that can be true; the others become problems.

    Set aside are what is outside the range of degrees, at 0, 0, or :data:`FAR_KM` from the middle of all, an area
    above :data:`HUGE_M2`, and an outline drawn a second time.
    """
    if not len(table):
        return table
    bounds = np.array([shape.bounds for shape in table.geometry])
    middle = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2.0, (bounds[:, 1] + bounds[:, 3]) / 2.0])
    fine = (np.abs(bounds[:, [0, 2]]) <= 180.0).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90.0).all(axis=1)
    null = (np.abs(middle) < 1e-3).all(axis=1)
    away, across = _away(middle, fine & ~null)
    seen: dict[bytes, str] = {}
    kept: list[int] = []
    for row, shape in enumerate(table.geometry):
        found = _problem(table.ids[row], shape, middle[row], bool(fine[row]), bool(null[row]), float(away[row]))
        if found is not None and across[row] and away[row] > FAR_KM:
            found = Problem(table.ids[row], ACROSS)
        if found is None and shape.geom_type.endswith("Polygon"):
            drawn = shapely.wkb.dumps(shape.normalize())
            if drawn in seen:
                found = Problem(table.ids[row], "the same outline as {row}", {"row": seen[drawn]})
            seen.setdefault(drawn, table.ids[row])
        if found is None:
            kept.append(row)
        else:
            table.problems.append(found)
    return _kept(table, kept)


def _away(middle: Any, fine: Any) -> tuple[Any, Any]:
    """Return the distance in km of each row to the middle of the usable ones, 0 where they are too few to tell.

    And whether the row would be near them on a globe, where longitudes go on past 180°.
    """
    if fine.sum() < _FEW:
        return np.zeros(len(middle)), np.zeros(len(middle), dtype=bool)
    round_the_back = np.column_stack([middle[:, 0] % 360.0, middle[:, 1]])
    return _from_centre(middle, fine), fine & (_from_centre(round_the_back, fine) <= FAR_KM)


def _from_centre(middle: Any, fine: Any) -> Any:
    centre = np.median(middle[fine], axis=0)
    east = (middle[:, 0] - centre[0]) * math.cos(math.radians(float(np.clip(centre[1], -89.0, 89.0))))
    return np.hypot(east, middle[:, 1] - centre[1]) * _DEGREE_KM


def _problem(key: str, shape: Any, middle: Any, fine: bool, null: bool, away: float) -> Any:
    if not fine:
        x, y = (round(float(value), 6) for value in middle)
        return Problem(key, "the coordinates {x}, {y} are no degrees", {"x": x, "y": y})
    if null:
        return Problem(key, "the coordinates are 0, 0")
    if away > FAR_KM:
        return Problem(key, "it lies {km} km from the rest of the source", {"km": round(away)})
    if shape.geom_type.endswith("Polygon"):
        area = shape.area * (_DEGREE_KM * 1000.0) ** 2 * math.cos(math.radians(float(middle[1])))
        if area > HUGE_M2:
            return Problem(key, "an outline of {km2} km² is no building", {"km2": round(area / 1e6, 1)})
    return None


def first_of_each(table: FeatureTable) -> FeatureTable:
    """Return the first row of every id; repeated ids become problems. InputError where they are many."""
    seen: set[str] = set()
    kept: list[int] = []
    twice: list[int] = []
    for row, key in enumerate(table.ids):
        (twice if key in seen else kept).append(row)
        seen.add(key)
    if not twice:
        return table
    if len(twice) > _TWICE_SHARE * len(table):
        raise InputError(
            "{layer}: id {value} occurs twice. Choose an id field with different values.",
            layer=table.name,
            value=table.ids[twice[0]],
        )
    table.problems += [Problem(table.ids[row], "the id occurs twice; the first row was taken") for row in twice]
    return _kept(table, kept)


def _kept(table: FeatureTable, rows: list[int]) -> FeatureTable:
    if len(rows) == len(table):
        return table
    made = table.take(rows)
    made.problems = table.problems
    return made
