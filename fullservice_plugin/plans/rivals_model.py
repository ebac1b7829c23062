# SPDX-License-Identifier: GPL-2.0-or-later
"""What a competitor brief prints: presences, scores and what to do, as of one day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, Optional

from fullservice_plugin.plans.model import BaseMap, Shape, Source


@dataclass(frozen=True)
class Presence:
    """One operator in one building or estate, derived from dated observations."""

    estate: str
    estate_name: str
    building: str
    operator: str
    technology: str
    status: str
    since: Optional[datetime.date]
    down_mbps: Optional[float]
    share: Optional[float]
    exclusivity: str
    exclusive_until: Optional[datetime.date]
    confidence: Optional[float]
    observed: Optional[datetime.date]
    source: str = ""
    conflict: bool = False
    geometry: Any = None
    code: str = ""  # of the building, empty for a whole estate


@dataclass(frozen=True)
class EstateScore:
    """Competition of one estate: shares, HHI as an interval, threat (0–100) where computable."""

    estate: str
    name: str
    own_share: Optional[float]
    leader: str
    leader_share: Optional[float]
    hhi_low: Optional[float]
    hhi_high: Optional[float]
    threat: Optional[float]
    completeness: Optional[float]
    confidence: Optional[float]
    win_back: Optional[float] = None
    white: Optional[int] = None  # homes without any network; None: nobody looked
    overbuilt: Optional[int] = None  # homes with two networks or more
    own_price: Optional[float] = None  # per month
    prices: tuple[tuple[str, float], ...] = ()  # operator, lowest price per month
    advice: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()  # template, values


@dataclass(frozen=True)
class CompetitionReport:
    """Everything a competitor brief prints, as of one day."""

    area: str
    on: datetime.date
    operators: tuple[tuple[str, str, bool, str], ...] = ()  # code, name, is own company, colour or ''
    presences: tuple[Presence, ...] = ()
    scores: tuple[EstateScore, ...] = ()
    sources: tuple[Source, ...] = ()
    buildings: tuple[Shape, ...] = ()
    base: BaseMap = field(default_factory=BaseMap)
    made: bool = False
