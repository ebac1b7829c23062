# SPDX-License-Identifier: GPL-2.0-or-later
"""What a construction work pack prints: a part of an access plan, and what a crew needs to build it.

Lengths are metres, losses dB, money in the plan's currency. None means unknown.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Optional

from fullservice_plugin.plans.model import AccessPlan, Bill


@dataclass(frozen=True)
class Way:
    """A stretch to be built: trench, duct or wall with its cable."""

    code: str
    kind: str  # feeder or distribution
    construction: str
    length_m: Optional[float]
    cable: str
    fibres: Optional[int]
    dug: bool  # for this cable; False: it lies in a trench that another one of the list needs, or in none


@dataclass(frozen=True)
class Box:
    """A box or cabinet to be set: in which floor (None: outside), what feeds it."""

    code: str
    kind: str
    parent: str
    splitter: str
    ports: Optional[int]
    used: Optional[int]
    floor: Optional[int]


@dataclass(frozen=True)
class Permit:
    """Whether a crew may start at a property: state of the talk, agreement, works window, whom to ask (by role)."""

    code: str
    building: str
    estate: str
    homes: Optional[int]
    method: str  # empty: a cable only passes along its wall
    wall_m: Optional[float]
    stage: str  # empty: no talk
    granted: bool
    agreement: str
    works_from: Optional[datetime.date]
    works_to: Optional[datetime.date]
    works_hours: str
    contact: str
    owner: str

    def hindrance(self, on: datetime.date) -> str:
        """Return why nobody may start there on a day: talk, window or over; empty where one may."""
        if not self.granted:
            return "talk"
        if self.works_to is not None and self.works_to < on:
            return "over"
        return "window" if self.works_from is None and self.works_to is None else ""


@dataclass(frozen=True)
class WorkPack:
    """A part of a plan for one crew. ``plan`` holds only that part; its bills are those of the part."""

    plan: AccessPlan
    part: str  # in words: the phase, cabinet or estate, or the whole plan
    crew: str
    on: datetime.date
    ways: tuple[Way, ...] = ()
    boxes: tuple[Box, ...] = ()
    permits: tuple[Permit, ...] = ()
    bills_by: tuple[tuple[str, tuple[Bill, ...]], ...] = ()  # of the whole plan: one bill for each crew
    note: str = ""  # what the bill does not tell apart, in words

    def cost(self) -> float:
        """Return the sum of the bill."""
        return sum(line.cost for line in self.plan.bills)

    def trench_m(self) -> float:
        """Return the metres that are dug: a trench with two cables is dug once."""
        return sum(way.length_m or 0.0 for way in self.ways if way.dug)
