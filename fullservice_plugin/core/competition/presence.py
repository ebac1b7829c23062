# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is in a building, derived from observations; contradictions stay visible."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Iterable, Optional

from fullservice_plugin.core.competition.evidence import combined, confidence_on

# Another value with at least this share of the winner's confidence is a contradiction.
CONFLICT_SHARE = 0.5


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

    Sources that agree strengthen each other; one observer repeating himself does not. Values seen by
    others with at least half of the winner's confidence mark the fact as contradicted. Retired
    observations and those without confidence left are ignored.
    """
    support: dict[tuple[str, str], dict[str, dict[tuple[str, str], float]]] = defaultdict(lambda: defaultdict(dict))
    newest: dict[tuple[str, str, str], date] = {}
    for seen in observations:
        left = confidence_on(seen.confidence, seen.field, seen.observed_on, on, seen.valid_until)
        if seen.retired or left <= 0.0:
            continue
        voices = support[(seen.operator, seen.field)][seen.value]
        voice = (seen.source_class, seen.observer or seen.source_text)
        voices[voice] = max(voices.get(voice, 0.0), left)
        key = (seen.operator, seen.field, seen.value)
        newest[key] = max(newest.get(key, seen.observed_on), seen.observed_on)
    facts = []
    for (operator, field), values in sorted(support.items()):
        ranked = sorted(
            ((combined(voices.values()), newest[(operator, field, value)], value) for value, voices in values.items()),
            reverse=True,
        )
        best, when, value = ranked[0]
        conflict = len(ranked) > 1 and ranked[1][0] >= CONFLICT_SHARE * best
        facts.append(Fact(operator, field, value, best, when, conflict))
    return facts
