# SPDX-License-Identifier: GPL-2.0-or-later
"""How long talks take and how they end, from the store's own history; a prior where history is thin.

Time. In each stage talks leave at a constant rate (exponential survival). With e exits in t days of exposure, open
talks counted in (censored), the maximum-likelihood mean stay is t / e (Lawless 2003, Statistical Models and Methods for
Lifetime Data, §4.1). A conjugate gamma prior that is worth ``PRIOR_EXITS`` exits at the allowed days of the stage makes
it (n·prior + t) / (n + e). Obstacle and role of the other party shift the mean of a stage in the same way, with the
stage itself as their prior.

End. Of those that leave a stage for a nearer one or for good, the share that goes forward has a beta prior of
``PRIOR_TALKS`` talks at the ratio of
the table's probabilities (:mod:`outlook`); the chance of entry is the product along what is still ahead.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Iterable, Mapping, Optional

from fullservice_plugin.core.negotiation.outlook import CHAIN, PROBABILITY
from fullservice_plugin.core.negotiation.sla import SLA_DAYS

PRIOR_EXITS = 5.0
PRIOR_TALKS = 10.0
PATH = CHAIN[: CHAIN.index("entry_permitted")]
"""What lies between a new talk and entry."""
FILING_PATH = ("not_started", "party_identified", "surveyed")
# Share of talks that come back from a side stage, and where to (defaults of ours).
RETURNS: dict[str, tuple[float, str]] = {
    "refused": (0.10, "contacted"),
    "blocked": (0.25, "negotiating"),
    "escalated_external": (0.40, "negotiating"),
}
ENTERED = ("entry_permitted", "in_force")
OVER = ("closed", "terminated", "expired")
DONE = (*ENTERED, *OVER)
"""Stages in which this talk has nothing left to win; after those that are over a new one may begin."""
_LEAST_DAYS = 1.0


@dataclass(frozen=True)
class Spell:
    """History of one stage and kind of talk: ``days`` of exposure and ``exits``.

    Of these ``forward`` led nearer to entry and ``lost`` to a refusal, an obstacle or the end; the rest went back a
    step.
    """

    stage: str
    obstacle: Optional[str]
    role: Optional[str]
    days: float
    exits: int
    forward: int
    lost: int


class TalkHistory:
    """Mean stays and chances. ``allowed`` replaces the allowed days of stages (the prior); None runs no clock."""

    def __init__(self, spells: Iterable[Spell], allowed: Optional[Mapping[str, Optional[int]]] = None,
                 probabilities: Optional[Mapping[str, float]] = None) -> None:
        self._prior = {**SLA_DAYS, **(allowed or {})}
        self._chance = {**PROBABILITY, **(probabilities or {})}
        self._days: dict[tuple[str, str, Optional[str]], float] = defaultdict(float)
        self._exits: dict[tuple[str, str, Optional[str]], int] = defaultdict(int)
        self._forward: dict[str, int] = defaultdict(int)
        self._lost: dict[str, int] = defaultdict(int)
        for spell in spells:
            for key in ((spell.stage, "", None), (spell.stage, "obstacle", spell.obstacle),
                        (spell.stage, "role", spell.role)):
                self._days[key] += spell.days
                self._exits[key] += spell.exits
            self._forward[spell.stage] += spell.forward
            self._lost[spell.stage] += spell.lost

    def exits(self, stage: str) -> int:
        """How many talks have left the stage: what the estimate rests on."""
        return self._exits[(stage, "", None)]

    def mean_days(self, stage: str, obstacle: Optional[str] = None, role: Optional[str] = None) -> float:
        """Return the expected stay in a stage, at least one day."""
        prior = float(self._prior.get(stage) or 30)
        mean = self._mean((stage, "", None), prior)
        shifts = 1.0
        for kind, value in (("obstacle", obstacle), ("role", role)):
            if value:
                shifts *= self._mean((stage, kind, value), mean) / mean
        return max(_LEAST_DAYS, mean * shifts)

    def days_to_entry(self, stage: str, obstacle: Optional[str] = None, role: Optional[str] = None,
                      filing: bool = False) -> float:
        """Return the expected days until entry is permitted: what is left of the path, its own stage whole.

        Stays are without memory, so how long the talk has been there does not matter. The obstacle counts where the
        talk stands; later stages are those of any talk with that role.
        """
        if stage in DONE:
            return 0.0
        own = self.mean_days(stage, obstacle, role)
        ahead = self._ahead(stage, filing)
        return own + sum(self.mean_days(one, None, role) for one in ahead)

    def chance(self, stage: str, filing: bool = False) -> float:
        """Return the chance (0–1) that a talk in this stage ends in a right of entry."""
        if stage in (*ENTERED, "renewing", "signed"):
            return self._chance[stage]
        if stage in OVER:
            return 0.0
        value = self._forward_share(stage, RETURNS[stage][0] if stage in RETURNS else self._step(stage))
        for one in self._ahead(stage, filing):
            value *= self._forward_share(one, self._step(one))
        return min(1.0, value)

    def _ahead(self, stage: str, filing: bool) -> tuple[str, ...]:
        path = FILING_PATH if filing else PATH
        if stage in RETURNS:
            target = RETURNS[stage][1]
            return path[path.index(target):] if target in path else path[-1:]
        return path[path.index(stage) + 1:] if stage in path else ()

    def _step(self, stage: str) -> float:
        """The prior share that goes on from a stage of the chain."""
        if stage == "signed":
            return 1.0
        after = self._chance[CHAIN[CHAIN.index(stage) + 1]]
        return min(1.0, self._chance[stage] / after) if after > 0 else 0.0

    def _forward_share(self, stage: str, prior: float) -> float:
        forward = self._forward[stage]
        return (PRIOR_TALKS * prior + forward) / (PRIOR_TALKS + forward + self._lost[stage])

    def _mean(self, key: tuple[str, str, Optional[str]], prior: float) -> float:
        return (PRIOR_EXITS * prior + self._days[key]) / (PRIOR_EXITS + self._exits[key])
