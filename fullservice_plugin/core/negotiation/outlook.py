# SPDX-License-Identifier: GPL-2.0-or-later
"""What the stage of a property talk means for a design: may we enter, and how likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Optional

from fullservice_plugin.core.errors import ParameterError

# Our default prior, editable in the store's settings: the chance that a talk now in this stage ends in a
# right of entry. It rises along the chain; the four stages after the signature carry the right itself.
PROBABILITY: dict[str, float] = {
    "not_started": 0.50,
    "party_identified": 0.55,
    "contacted": 0.60,
    "surveyed": 0.65,
    "proposal_sent": 0.70,
    "negotiating": 0.75,
    "terms_agreed": 0.90,
    "in_approval": 0.95,
    "signed": 1.0,
    "entry_permitted": 1.0,
    "in_force": 1.0,
    "renewing": 1.0,
    "refused": 0.0,
    "blocked": 0.0,
    "escalated_external": 0.30,
    "terminated": 0.20,
    "expired": 0.40,
    "closed": 0.0,
}
# In order; a talk moves forward through these.
CHAIN = tuple(PROBABILITY)[:12]
GRANTED = ("signed", "entry_permitted", "in_force", "renewing")
REFUSED = ("refused", "blocked")
# Without any talk nobody has asked yet: the same prior as a talk that has not started.
UNASKED = PROBABILITY["not_started"]


@dataclass(frozen=True)
class Outlook:
    """``state`` (open, refused) and ``probability`` (0–1) of entry into one building; ``stage`` decides."""

    state: str
    probability: float
    stage: Optional[str]


def outlook(stages: Iterable[str], table: Optional[Mapping[str, float]] = None) -> Outlook:
    """Return the outlook of a building from the stages of its talks.

    A building may need several parties (developer and property company): the weakest talk decides.
    Closed talks have a successor and do not count. ``table`` replaces the default prior where it names a
    stage. Raises ParameterError for an unknown stage or a probability outside 0–1.
    """
    priors = dict(PROBABILITY)
    for stage, value in (table or {}).items():
        if stage not in priors or not 0.0 <= value <= 1.0:
            raise ParameterError(
                "The probability of stage {stage} must be a known stage and a number from 0 to 1, found {value}.",
                stage=stage,
                value=value,
            )
        priors[stage] = float(value)
    weakest: Optional[str] = None
    for stage in sorted(set(stages)):
        if stage not in priors:
            raise ParameterError("{stage} is not a stage of property negotiation.", stage=stage)
        if stage == "closed":
            continue
        if weakest is None or (priors[stage], stage) < (priors[weakest], weakest):
            weakest = stage
    if weakest is None:
        return Outlook("open", priors["not_started"], None)
    if weakest in REFUSED:
        return Outlook("refused", 0.0, weakest)
    return Outlook("open", priors[weakest], weakest)
