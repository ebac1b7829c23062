# SPDX-License-Identifier: GPL-2.0-or-later
"""checknegotiations: which talks and agreements are late, stalled, due or about to end; reminders written once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Optional, Sequence

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.store import reminders as ask
from fullservice_plugin.store.connection import Store

FLAGS = ("overdue", "stalled", "expiring", "action_due", "evidence_missing")


@dataclass(frozen=True)
class Late:
    """A talk that needs somebody: ``used`` is the share of its stage's time (1 = due today), None without a clock."""

    talk_id: str
    building: str
    estate: str
    stage: str
    since: date
    allowed_days: Optional[int]
    used: Optional[float]
    last_contact: date
    next_action_due: Optional[date]
    agreement_until: Optional[date]
    owner: str
    flags: tuple[str, ...]
    geometry: Any


@dataclass(frozen=True)
class Checked:
    """The talks that need somebody, and the reminders that were new (kind, level, number)."""

    late: list[Late]
    reminders: list[tuple[str, str, int]]

    def count(self, flag: str) -> int:
        """How many talks carry a flag."""
        return sum(flag in row.flags for row in self.late)

    @property
    def written(self) -> int:
        """How many reminders were new."""
        return sum(number for _, _, number in self.reminders)


def check_negotiations(store: Store, on: Optional[date] = None) -> Checked:
    """Read every clock as of a day (today) and write each reminder once, in one transaction.

    Raises StoreError for a login that may not write reminders for others.
    """
    day = on or date.today()
    with store.transaction() as cur:
        if not ask.may_write(cur):
            raise StoreError("The login {login} may not write reminders: that takes the role of planner or functional "
                             "staff. Ask the store's administrator.", login=store.login)
        rows = ask.clocks(cur, day)
        written = ask.write(cur, day)
    return Checked([_late(row) for row in rows], written)


def _late(row: dict[str, Any]) -> Late:
    return Late(row["id"], row["building"], row["estate"] or "", row["stage"], row["since"], row["days"],
                None if row["used"] is None else float(row["used"]), row["contact"], row["next_action_due"],
                row["valid_to"], row["owner"] or "", tuple(flag for flag in FLAGS if row[flag]),
                None if row["geom"] is None else stored(row["geom"]))


def acknowledge(store: Store, reminders: Sequence[str]) -> int:
    """Mark reminders as read and return how many were not before."""
    with store.transaction() as cur:
        return ask.acknowledge(cur, reminders)
