# SPDX-License-Identifier: GPL-2.0-or-later
"""How the negotiation of an area is doing: the figures of the board and of the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Optional

from fullservice_plugin.store import talk_measures as ask
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.talk_queue import area_filter


@dataclass(frozen=True)
class Measures:
    """Sums, so that ratios of larger areas come from the sums of smaller ones.

    ``stage_days``: stage, median days of stays that are over, their number; ``refusals``: reason, talks, households;
    ``unlocked``: month, households first granted in it. Unknown households are counted apart, never as zero.
    """

    signed: int
    buildings: int
    signed_households: int
    households: int
    unknown_households: int
    stage_days: tuple[tuple[str, float, int], ...]
    refusals: tuple[tuple[Optional[str], int, int], ...]
    expiring: int
    without_renewal: int
    unlocked: tuple[tuple[str, int], ...]
    contacts: int
    signed_talks: int
    open_talks: int
    stalled: int

    @property
    def signed_rate(self) -> Optional[float]:
        """Share of buildings signed (0–1), None without buildings."""
        return self.signed / self.buildings if self.buildings else None

    @property
    def household_rate(self) -> Optional[float]:
        """Share of the known households in signed buildings (0–1), None where none is known."""
        return self.signed_households / self.households if self.households else None

    @property
    def contacts_per_signature(self) -> Optional[float]:
        """Visits, calls and letters per signed talk in which any were logged, None without one."""
        return self.contacts / self.signed_talks if self.signed_talks else None


def measures(store: Store, area: str = "", on: Optional[date] = None) -> Measures:
    """Return the figures of an area ('': all that the login sees). Raises ParameterError for an unknown area."""
    day = on or date.today()
    with store.transaction() as cur:
        where, values = area_filter(cur, area)
        return Measures(
            *ask.signed(cur, where, values), tuple(ask.stage_days(cur, where, values)),
            tuple(ask.refusals(cur, where, values)), *ask.expiring(cur, where, values, day),
            tuple(ask.unlocked(cur, where, values, day)), *ask.effort(cur, where, values))
