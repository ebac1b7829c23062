# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes into a WLAN design and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from fullservice_plugin.core.access.wlan.walktest import Correction

REGIONS = ("cn", "etsi", "fcc")


@dataclass(frozen=True)
class WlanOptions:
    """Settings of a WLAN design that are not prices.

    ``region`` names the regulatory table. ``time_limit`` (seconds) is for all buildings together.
    ``grid`` is the spacing (metres) of candidate positions and demand points; on large floors it grows so
    that there are at most ``max_candidates`` candidates. ``calibration``: building → correction by walk tests.
    ``walls``: interior walls as :mod:`walls` reads them. ``given``: access points that keep their places.
    """

    region: str = "cn"
    time_limit: float = 30.0
    grid: float = 4.0
    max_candidates: int = 400
    calibration: Mapping[str, Correction] = field(default_factory=dict)
    walls: Mapping[str, Mapping[Optional[int], Any]] = field(default_factory=dict)
    given: Sequence["GivenAp"] = ()


@dataclass(frozen=True)
class GivenAp:
    """An access point placed or locked by hand: place in the CRS of the buildings, floor from 1.

    ``eirp_dbm`` and ``channel`` are kept where given.
    """

    ap_id: str
    building_id: str
    floor: int
    x: float
    y: float
    eirp_dbm: Optional[float] = None
    channel: Optional[int] = None


@dataclass(frozen=True)
class AccessPoint:
    """One access point and its 5 GHz radio.

    ``floor`` counts storeys from 1 (the ground floor); ``channel`` is the IEEE 802.11 channel number of
    the ``width``-MHz channel; ``geometry`` is a shapely point in the CRS of the buildings.
    """

    ap_id: str
    building_id: str
    floor: int
    band: str
    channel: int
    eirp_dbm: float
    geometry: Any
    width: int = 20
    locked: int = 0


@dataclass(frozen=True)
class FloorCoverage:
    """How one floor is served.

    ``primary_share`` and ``secondary_share`` are shares (0–1) of the floor area, ``snr_share`` that with the wanted
    signal to noise, other access points on the channel counted in; ``airtime`` is the load (0–1) of the busiest access
    point of the floor; ``geometry`` is the floor's outline. ``locks_cost``: access points that would be saved without
    those given by hand.
    """

    building_id: str
    floor: int
    primary_share: float
    secondary_share: float
    airtime: float
    geometry: Any
    aps: int = 0
    aps_lower_bound: int = 0
    model: str = ""
    margin_db: float = 0.0
    snr_share: float = 1.0
    locks_cost: int = 0


@dataclass(frozen=True)
class BomRow:
    """One line of a bill of materials: ``cost = quantity × unit_price``."""

    item: str
    unit: str
    quantity: float
    unit_price: float
    cost: float


@dataclass(frozen=True)
class WlanDesign:
    """Access points, coverage per floor and bill of materials of all buildings designed.

    ``cost`` is the sum of ``bom``; ``cost_by_building`` splits it without remainder;
    ``lower_bound_by_building`` bounds each building's cost from below for any layout on the same grid.
    ``unserved`` lists buildings that cannot be designed, with an English reason template.
    """

    aps: list[AccessPoint] = field(default_factory=list)
    coverage: list[FloorCoverage] = field(default_factory=list)
    bom: list[BomRow] = field(default_factory=list)
    aps_lower_bound: int = 0
    cost: float = 0.0
    lower_bound: float = 0.0
    cost_by_building: dict[str, float] = field(default_factory=dict)
    lower_bound_by_building: dict[str, float] = field(default_factory=dict)
    quantities_by_building: dict[str, dict[str, float]] = field(default_factory=dict)
    unserved: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    region: str = "cn"
    grid: Optional[float] = None
