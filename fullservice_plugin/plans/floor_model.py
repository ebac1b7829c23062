# SPDX-License-Identifier: GPL-2.0-or-later
"""A WLAN floor as it is printed: outline, access points, channels per floor, and the signal in classes.

Lengths are metres in the metric CRS of the plan, x to the east, y to the north.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

#: Lower ends of the classes of signal (dBm), from the second on: below the first is the weakest class.
CLASSES = (-75, -67, -60, -50)
OUTSIDE = 0  # in a heat map; the classes are 1 … 5


@dataclass(frozen=True)
class Heat:
    """Signal of the strongest access point: a class per cell, rows from north to south."""

    west: float
    north: float
    cell: float
    columns: int
    rows: int
    classes: bytes = field(repr=False)


@dataclass(frozen=True)
class FloorPoint:
    """An access point: number on the drawing, place, EIRP (dBm), width of its channel (MHz)."""

    number: int
    x: float
    y: float
    eirp_dbm: Optional[float]
    width_mhz: Optional[int]


@dataclass(frozen=True)
class FloorRow:
    """What differs from floor to floor: channels in the order of the numbers; shares 0–1; None: nobody knows."""

    floor: int
    channels: tuple[Optional[int], ...]
    primary_share: Optional[float]
    secondary_share: Optional[float]
    airtime: Optional[float]


@dataclass(frozen=True)
class FloorPlan:
    """Floors of one building with the access points at the same places: drawn once, a row for each."""

    code: str
    building: str
    estate: str
    outline: Any
    points: tuple[FloorPoint, ...]
    floors: tuple[FloorRow, ...]
    heat: Optional[Heat]
    model: str
    primary_dbm: float
    primary_share: float
    airtime_limit: float
