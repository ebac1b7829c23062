# SPDX-License-Identifier: GPL-2.0-or-later
"""How far an observation about a rival may be trusted, and how that fades with time."""

from __future__ import annotations

from datetime import date
from typing import Iterable, Optional

from fullservice_plugin.core.errors import ParameterError

# Confidence by class of source (our defaults).
SOURCE_CONFIDENCE: dict[str, float] = {
    "official": 0.9,
    "win_loss": 0.8,
    "site_photo": 0.8,
    "manager": 0.6,
    "resident": 0.5,
    "web_ad": 0.5,
    "hearsay": 0.3,
}
# Days after which half of the confidence is gone (our defaults).
HALF_LIFE_DAYS: dict[str, float] = {
    "tariff": 60.0,
    "promotion": 14.0,
    "presence": 365.0,
    "technology": 365.0,
    "speed": 365.0,
    "exclusivity": 365.0,
    "subs": 365.0,
    "ports": 365.0,
    "contract_end": 365.0,
}
# An average over an area (postcode, census block) says little about one building of it.
AREA_AVERAGE_CAP = 0.3
# Below this share of certainty a value is stale: it is shown hatched and asked for again.
STALE_BELOW = 0.15


def initial_confidence(source_class: str, area_average: bool = False) -> float:
    """Return the confidence (0–1) of a new observation. Raises ParameterError for an unknown class."""
    if source_class not in SOURCE_CONFIDENCE:
        raise ParameterError(
            "{source} is not a class of sources. Use one of {known}.",
            source=source_class,
            known=list(SOURCE_CONFIDENCE),
        )
    value = SOURCE_CONFIDENCE[source_class]
    return min(value, AREA_AVERAGE_CAP) if area_average else value


def confidence_on(initial: float, field: str, observed_on: date, on: date, valid_until: Optional[date] = None) -> float:
    """Return the confidence left on a day: it halves every half-life of the field.

    After ``valid_until`` nothing is left; an observation dated in the future counts as made today.
    Raises ParameterError for an unknown field.
    """
    if field not in HALF_LIFE_DAYS:
        raise ParameterError("{field} is not a field of competitor observations.", field=field)
    if valid_until is not None and on > valid_until:
        return 0.0
    age = max(0, (on - observed_on).days)
    return max(0.0, min(1.0, initial)) * float(0.5 ** (age / HALF_LIFE_DAYS[field]))


def combined(confidences: Iterable[float]) -> float:
    """Return the confidence in a value that independent sources agree on: 1 − Π(1 − c)."""
    doubt = 1.0
    for value in confidences:
        doubt *= 1.0 - max(0.0, min(1.0, value))
    return 1.0 - doubt
