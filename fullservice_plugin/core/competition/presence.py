# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is in a building, derived from observations; contradictions stay visible."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Iterable, Optional

from fullservice_plugin.core.competition.evidence import confidence_on

# Another value with at least this share of the winner's confidence is a contradiction (as in the store's view).
CONFLICT_SHARE = 0.7


@dataclass(frozen=True)
class Observation:
    """One observed fact about an operator in one building or estate."""

    operator: str
    field: str
    value: str
    observed_on: date
    source_class: str
    confidence: float
    source_text: str = ""
    observer: str = ""
    valid_until: Optional[date] = None
    retired: bool = False


@dataclass(frozen=True)
class Fact:
    """The value that is best supported on a day, its confidence (0–1) and whether others contradict it."""

    operator: str
    field: str
    value: str
    confidence: float
    observed_on: date
    conflict: bool


def derive(observations: Iterable[Observation], on: date) -> list[Fact]:
    """Return one fact per operator and field, ordered by both.

    The observation with the most confidence left wins, the younger one of two equals. Another value with at
    least 70 % of its confidence marks the fact as contradicted. Retired observations and those without
    confidence left are ignored.
    """
    groups: dict[tuple[str, str], list[tuple[float, date, str]]] = defaultdict(list)
    for seen in observations:
        left = confidence_on(seen.confidence, seen.field, seen.observed_on, on, seen.valid_until)
        if not seen.retired and left > 0.0:
            groups[(seen.operator, seen.field)].append((left, seen.observed_on, seen.value))
    facts = []
    for (operator, field), voices in sorted(groups.items()):
        best, when, value = max(voices)
        conflict = any(other != value and left >= CONFLICT_SHARE * best for left, _, other in voices)
        facts.append(Fact(operator, field, value, best, when, conflict))
    return facts
