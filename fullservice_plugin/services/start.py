# SPDX-License-Identifier: GPL-2.0-or-later
"""The start dock and the first steps: who is asking, what waits for them, and what the store holds already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Optional

from fullservice_plugin.core.negotiation.sla import EXPIRING_DAYS
from fullservice_plugin.services.talk_desk import day_counts
from fullservice_plugin.store import placing, review
from fullservice_plugin.store import start as ask
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.map_views import Box

#: So many lines of each kind of alert are shown; the number of all stands beside them.
ALERTS = 3
AREAS = 400


@dataclass(frozen=True)
class Who:
    """The login, its name and role (None where the store knows neither), its areas, whom it stands in for.

    ``staff``: ids of the person and of whom they stand in for.
    """

    login: str
    name: Optional[str]
    role: Optional[str]
    areas: tuple[str, ...]
    stands_in_for: Optional[str]
    admin: bool
    staff: tuple[str, ...] = ()


@dataclass(frozen=True)
class Duties:
    """What waits, as numbers, and the alerts (rows of ``store/start.py``)."""

    who: Who
    due: int
    late: int
    unread: int
    tasks: int
    tasks_late: int
    designs: int
    pairs: int
    ledger_rows: int
    rivals: tuple[dict[str, Any], ...]
    expiring: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Area:
    """A grid or estate that can be planned. ``households`` None: of no building known; ``box`` in degrees."""

    kind: str
    code: str
    name: str
    buildings: int
    households: Optional[int]
    box: Optional[Box]


@dataclass(frozen=True)
class Holdings:
    """What a store holds, by name of the thing, and the areas that can be planned."""

    counts: dict[str, int] = field(default_factory=dict)
    areas: tuple[Area, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nobody has begun here."""
        return not any(self.counts.get(name) for name in ("branch", "micro_region", "grid", "building", "plan"))

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a plan needs and is not there: building, street, olt."""
        return tuple(name for name in ("building", "street", "olt") if not self.counts.get(name))


def read_duties(store: Store, on: Optional[date] = None) -> Duties:
    """Return who is asking and what waits for them on a day (today)."""
    with store.transaction() as cur:
        found = ask.person(cur)
        who = Who(found["login"], found["name"], found["role"], tuple(found["areas"]), found["stands_in_for"],
                  bool(found["admin"]), tuple(found["staff"]))
        due, late, unread = day_counts(store, on)
        tasks, tasks_late = ask.tasks(cur)
        finds = ask.may_discover(cur)
        return Duties(
            who, due, late, unread, tasks, tasks_late, ask.designs_to_review(cur),
            sum(count for _, count in review.sources(cur)) if finds else 0,
            sum(count for _, count in placing.sources(cur)) if finds else 0,
            tuple(ask.rivals(cur, ALERTS)), tuple(ask.expiring(cur, EXPIRING_DAYS, ALERTS)))


def read_holdings(store: Store) -> Holdings:
    """Return what the store holds and which areas can be planned."""
    with store.transaction() as cur:
        counts = ask.holdings(cur)
        rows = ask.areas_to_plan(cur, AREAS) if counts["building"] else []
    return Holdings(counts, tuple(
        Area(row["kind"], row["code"], row["name"], int(row["buildings"]),
             None if row["households"] is None else int(row["households"]),
             None if row["west"] is None else (row["west"], row["south"], row["east"], row["north"]))
        for row in rows))
