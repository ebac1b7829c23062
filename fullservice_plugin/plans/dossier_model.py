# SPDX-License-Identifier: GPL-2.0-or-later
"""What a dossier and a consent pack print, every text in its words already.

The renderers know nothing of the store.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Optional

from fullservice_plugin.plans.letter import Letter
from fullservice_plugin.plans.site_map import Site

Rows = tuple[tuple[str, str], ...]  # label, value


@dataclass(frozen=True)
class Riser:
    """What stands on which floor (1: ground floor); ``outside``: the box that feeds the building is not in it."""

    storeys: int
    boxes: tuple[tuple[int, int], ...] = ()  # floor, number of boxes
    points: tuple[tuple[int, int], ...] = ()  # floor, number of access points
    outside: bool = False
    cabled: bool = False  # the cable runs through the riser to the homes


@dataclass(frozen=True)
class Offer:
    """A package that residents may order, as it stands in the table."""

    name: str
    down: str
    up: str
    price: str
    term: str


@dataclass(frozen=True)
class Dossier:
    """The pages about one building."""

    code: str
    language: str
    operator: str
    reference: str
    date: datetime.date
    day: str
    title: str
    place: str  # estate and address
    facts: Rows
    proposal: tuple[str, ...]
    gain: str
    offers: tuple[Offer, ...]
    entry: str
    building_works: tuple[str, ...]
    works: Rows
    terms: Rows
    contact: Rows
    signer: str
    site: Optional[Site] = None
    riser: Optional[Riser] = None
    letter: Optional[Letter] = None
    photo: str = ""  # hash of the photo, empty: none
    made: bool = False
    logo: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Asked:
    """One property in a consent pack: what we ask for, and its drawing."""

    code: str
    name: str
    homes: Optional[int]
    enters: bool
    metres: Optional[float]  # of cable along its wall that serves others
    asks: tuple[str, ...]
    stage: str  # words
    entry: str
    site: Optional[Site] = None


@dataclass(frozen=True)
class ConsentPack:
    """What one party gets: the letter, a drawing of each of its properties, the form to sign."""

    language: str
    operator: str
    reference: str
    date: datetime.date
    day: str
    party: str
    known: bool  # the party has a name in the store
    plan: str
    properties: tuple[Asked, ...]
    letter: Letter
    reply_by: str
    file: str
    made: bool = False

    @property
    def homes(self) -> int:
        """Return the known homes of the properties."""
        return sum(one.homes or 0 for one in self.properties)
