# SPDX-License-Identifier: GPL-2.0-or-later
"""Clocks and derived flags of a property talk. Flags are computed, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Optional

from fullservice_plugin.core.errors import ParameterError

# Days a talk may stay in a stage (our defaults; the store's transition table overrides them).
# None: no clock runs.
SLA_DAYS: dict[str, Optional[int]] = {
    "not_started": 14,
    "party_identified": 7,
    "contacted": 14,
    "surveyed": 14,
    "proposal_sent": 14,
    "negotiating": 30,
    "terms_agreed": 10,
    "in_approval": 10,
    "signed": 15,
    "entry_permitted": None,
    "in_force": None,
    "renewing": 60,
    "refused": 90,
    "blocked": 15,
    "escalated_external": 30,
    "terminated": None,
    "expired": None,
    "closed": None,
}
# Share of the clock used → who hears of it: the owner, the team lead, the market department.
LADDER = ((1.5, "market"), (1.0, "team_lead"), (0.8, "owner"))
# Days without a word after which a talk is stalled (domain facts, SM-2); the store's setting stalled_days overrides it.
STALLED_DAYS = 21
EXPIRING_DAYS = 90
OPEN = (
    "not_started",
    "party_identified",
    "contacted",
    "surveyed",
    "proposal_sent",
    "negotiating",
    "terms_agreed",
    "in_approval",
    "renewing",
    "blocked",
    "escalated_external",
)
# Stages in which silence counts: the next word is ours or theirs, no document or date is awaited (fs_app.stalls).
STALLING = tuple(stage for stage in OPEN if stage not in ("not_started", "blocked", "escalated_external"))


@dataclass(frozen=True)
class Clock:
    """How much of a stage's time is used: ``used`` is a fraction (1 = due today), ``level`` who must hear."""

    stage: str
    days: int
    allowed: Optional[int]
    used: Optional[float]
    due: Optional[date]
    level: Optional[str]


def clock(stage: str, since: date, on: date, allowed: Optional[int] = None) -> Clock:
    """Return the clock of a talk in ``stage`` since ``since``, read on day ``on``.

    ``allowed`` days override the default of the stage. A ``since`` in the future counts as today.
    Raises ParameterError for an unknown stage.
    """
    if stage not in SLA_DAYS:
        raise ParameterError("{stage} is not a stage of property negotiation.", stage=stage)
    limit = SLA_DAYS[stage] if allowed is None else allowed
    days = max(0, (on - since).days)
    if not limit:
        return Clock(stage, days, None, None, None, None)
    used = days / limit
    level = next((who for share, who in LADDER if used >= share), None)
    return Clock(stage, days, limit, used, since + timedelta(days=limit), level)


@dataclass(frozen=True)
class Facts:
    """What the flags of one talk are derived from; None means unknown."""

    stage: str
    stage_since: date
    last_contact: Optional[date] = None
    valid_to: Optional[date] = None
    rival_exclusive: bool = False
    rival_exclusive_until: Optional[date] = None
    fee_per_household: Optional[float] = None
    fee_cap: Optional[float] = None
    evidence_missing: bool = False


def flags(facts: Facts, on: date, stalled_days: int = STALLED_DAYS) -> tuple[str, ...]:
    """Return the flags of a talk on a day, in a fixed order.

    ``stalled``: silence counts in its stage, and no contact for more than ``stalled_days``; ``expiring``: the
    agreement ends within 90 days; ``exclusive_blocked``: a rival's exclusive agreement is in force; ``fee_over_cap``;
    ``evidence_missing``: entered by an import whose documents are still to be supplied.
    """
    found = []
    quiet_since = max(facts.last_contact or facts.stage_since, facts.stage_since)
    if facts.stage in STALLING and (on - quiet_since).days > stalled_days:
        found.append("stalled")
    if facts.valid_to is not None and 0 <= (facts.valid_to - on).days <= EXPIRING_DAYS:
        found.append("expiring")
    if facts.rival_exclusive and (facts.rival_exclusive_until is None or facts.rival_exclusive_until >= on):
        found.append("exclusive_blocked")
    if facts.fee_per_household is not None and facts.fee_cap is not None and facts.fee_per_household > facts.fee_cap:
        found.append("fee_over_cap")
    if facts.evidence_missing:
        found.append("evidence_missing")
    return tuple(found)
