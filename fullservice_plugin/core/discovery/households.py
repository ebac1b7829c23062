# SPDX-License-Identifier: GPL-2.0-or-later
"""Storeys and households of a building, with an interval and the method that gave them.

Rules of practice, not a census: floor area over a typical gross area per dwelling for apartments, one
dwelling for a house. Totals known per estate (a ledger's) scale the estimates of its buildings.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, Optional, Sequence

from fullservice_plugin.core.discovery import uses
from fullservice_plugin.core.table import FeatureTable

# Gross floor area per dwelling in buildings of four and more (BD TOPO: pooled 107 m², median 96 m²);
# for urban villages (握手楼) rooms of 25–40 m² behind 0.85 efficiency.
_GROSS_M2 = {uses.APARTMENTS: 104.0, uses.MIXED: 104.0, uses.VILLAGE: 38.0, uses.DORM: 32.0}
_SPREAD = {uses.APARTMENTS: (0.65, 1.35), uses.MIXED: (0.55, 1.35), uses.VILLAGE: (0.5, 1.6), uses.DORM: (0.5, 1.5)}
_STOREY_M = {  # m per storey; BD TOPO low buildings 3.2, Chinese apartments 2.9, offices and halls higher
    uses.OFFICE: 3.8,
    uses.HOTEL: 3.3,
    uses.OTHER: 4.5,
    uses.HOUSE: 3.2,
    uses.VILLAGE: 3.1,
    uses.DORM: 3.2,
}
_USUAL_STOREYS = {
    uses.HOUSE: 2,
    uses.APARTMENTS: 5,
    uses.MIXED: 5,
    uses.VILLAGE: 5,
    uses.DORM: 5,
    uses.OFFICE: 5,
    uses.HOTEL: 5,
    uses.OTHER: 2,
    uses.ANNEX: 1,
}
_OUTBUILDING_M2 = 30.0  # an unnamed footprint below this holds nobody
_HOUSE_M2 = 220.0  # an unnamed footprint up to this with at most three storeys is a house
_LARGE_HOUSE_M2 = 330.0  # a footprint known to be residential up to this with at most two storeys is a house
_HOUSE_GROSS_M2 = 500.0  # and with three storeys up to this floor area (95 % of single dwellings in BD TOPO have less)
_HUGE_M2 = 10_000.0  # an unnamed footprint above this is a hospital, station or works, whatever its shape
_DEEP_M, _DEEP_M2 = 22.0, 1500.0  # an unnamed footprint above this mean depth and area has rooms without daylight
_LOW_STOREY_M = 2.2  # a height that leaves less than this per storey tells more than the number of storeys
_HALL_M2 = 4000.0  # an unnamed footprint above this with at most four storeys is a hall, school or works
_HOUSE_PLOT_M2 = 130.0  # footprint per dwelling of semi-detached and row houses drawn as one
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_MOST_STOREYS, _MOST_HEIGHT = 200, 1000.0  # beyond these the value is no storey count, no height in metres


@dataclass(frozen=True)
class Estimate:
    """Storeys and households with their interval; None is unknown. ``method`` is a code
    of the list ``households_method``: storeys, height, area, house, use, ledger."""

    storeys: Optional[int]
    households: Optional[int]
    low: Optional[int]
    high: Optional[int]
    method: str


def number_in(value: Any) -> Optional[float]:
    """Return the largest plain number in a value such as ``5``, ``"12.5 m"`` or ``"3;5"``; None where there is none."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else None
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if text.startswith("-"):
        return None
    found = [float(part.replace(",", ".")) for part in _NUMBER.findall(text)]
    if not found:
        return None
    return max(found) * (0.3048 if "'" in text or "ft" in text.lower() else 1.0)


def estimate(
    area: float, storeys: Any = None, height: Any = None, use: Any = None, perimeter: Optional[float] = None
) -> Estimate:
    """Return the estimate for one footprint of ``area`` m²; ``height`` in metres, ``use`` any source's word.

    ``perimeter`` (m, courtyards included) tells a hall or a hospital from a block of flats where nothing else does.
    """
    word = uses.use_of(use)
    levels, how = _storeys(number_in(storeys), number_in(height), word)
    if word == uses.DWELLINGS:
        small = (levels or 2) <= 2 and area <= _LARGE_HOUSE_M2
        word = uses.HOUSE if small or (levels == 3 and 3.0 * area <= _HOUSE_GROSS_M2) else uses.APARTMENTS
    elif word == uses.UNKNOWN:
        word = _guess(area, levels, 2.0 * area / perimeter if perimeter else 0.0)
    if levels is None:
        levels = _USUAL_STOREYS[word]
    if word in (uses.OFFICE, uses.HOTEL, uses.OTHER, uses.ANNEX):
        return Estimate(levels, 0, 0, 0, "use")
    if word == uses.HOUSE:
        homes = max(1, round(area / _HOUSE_PLOT_M2)) if area > 1.6 * _HOUSE_M2 else 1
        return Estimate(levels, homes, 1, max(2, 2 * homes), "house")
    living = levels - 1 if word == uses.MIXED and levels > 1 else levels
    exact = area * living / _GROSS_M2[word]
    low, high = _SPREAD[word]
    if how == "area":  # storeys unknown too
        low, high = 0.4 * low, 2.0 * high
    homes = max(1, round(exact))
    least, most = max(1, math.floor(exact * low)), math.ceil(exact * high)
    return Estimate(levels, homes, min(homes, least), max(homes, most), how)


def _storeys(levels: Optional[float], height: Optional[float], word: str) -> tuple[Optional[int], str]:
    tall = height is not None and 0 < height <= _MOST_HEIGHT
    if levels is not None and 0 < levels <= _MOST_STOREYS and not (tall and levels * _LOW_STOREY_M > (height or 0.0)):
        return max(1, math.ceil(levels - 0.25)), "storeys"
    if height is not None and tall:
        usual = 3.2 if height <= 12.0 else 3.0
        return max(1, round(height / _STOREY_M.get(word, usual))), "height"
    return None, "area"


def _guess(area: float, levels: Optional[int], depth: float) -> str:
    """Return the likely use of a footprint that says nothing; ``depth`` is its mean depth in metres, 0 unknown."""
    if area < _OUTBUILDING_M2:
        return uses.ANNEX
    if area <= _HOUSE_M2 and (levels is None or levels <= 3):
        return uses.HOUSE
    if area > _HUGE_M2 or (depth > _DEEP_M and area > _DEEP_M2):
        return uses.OTHER
    if levels == 1 or (area > _HALL_M2 and (levels is None or levels <= 4)):
        return uses.OTHER
    return uses.APARTMENTS


def estimate_all(
    table: FeatureTable, storeys_field: str = "", height_field: str = "", use_field: str = ""
) -> list[Estimate]:
    """Return one estimate per building of a table in metres; empty field names mean unknown."""
    columns = [table.column(name) if name else [None] * len(table) for name in (storeys_field, height_field, use_field)]
    return [
        estimate(shape.area, storeys, height, use, shape.length) if shape is not None else estimate(0.0, storeys)
        for shape, storeys, height, use in zip(table.geometry, *columns)
    ]


def calibrate(estimates: Sequence[Estimate], groups: Sequence[Optional[str]], totals: dict[str, int]) -> list[Estimate]:
    """Return the estimates scaled so that each group's households sum to its known total.

    Groups without a total, and buildings without households, stay. Largest remainders keep the sums
    exact; the interval shrinks to ±25 %, for the split within the group stays an estimate.
    """
    result = list(estimates)
    for group, total in totals.items():
        rows = [k for k, name in enumerate(groups) if name == group and (result[k].households or 0) > 0]
        known = sum(result[k].households or 0 for k in rows)
        if not rows or known <= 0 or total < 0:
            continue
        exact = [(result[k].households or 0) * total / known for k in rows]
        whole = [math.floor(value) for value in exact]
        spare = total - sum(whole)
        for k in sorted(range(len(rows)), key=lambda n: (whole[n] - exact[n], n))[:spare]:
            whole[k] += 1
        for row, homes in zip(rows, whole):
            result[row] = replace(
                result[row],
                households=homes,
                low=math.floor(homes * 0.75),
                high=math.ceil(homes * 1.25),
                method="ledger",
            )
    return result
