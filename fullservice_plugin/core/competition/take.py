# SPDX-License-Identifier: GPL-2.0-or-later
"""What rivals in a building do to our expected share of its households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Optional

from fullservice_plugin.core.errors import ParameterError

# By how much one rival of this technology, known for certain, lowers our take rate (our defaults).
TECH_EFFECT: dict[str, float] = {
    "ftth": 0.35,
    "fttr": 0.35,
    "fttb_lan": 0.25,
    "fttb": 0.25,
    "hfc_eoc": 0.20,
    "xdsl": 0.10,
    "wlan": 0.10,
    "fwa": 0.10,
    "leased": 0.05,
    "unknown": 0.20,
}
# However crowded the building, this share of the base rate stays.
FLOOR = 0.2


@dataclass(frozen=True)
class Rival:
    """One rival operator in a building: ``technology`` None means unknown; ``confidence`` 0–1."""

    operator: str
    technology: Optional[str]
    confidence: float


def take_rate(base: float, rivals: Iterable[Rival]) -> float:
    """Return the take rate (share of households, 0–1) that remains of ``base`` beside the rivals.

    base · max(FLOOR, Π(1 − effect(technology) · confidence)), one factor per operator, its strongest
    technology counting. Never above base; falls with every rival and with confidence. Raises
    ParameterError when base is outside 0–1.
    """
    if not 0.0 <= base <= 1.0:
        raise ParameterError("The take rate must be between 0 and 1, found {value}.", value=base)
    strongest: dict[str, float] = {}
    for rival in rivals:
        effect = TECH_EFFECT.get(rival.technology or "unknown", TECH_EFFECT["unknown"])
        weight = effect * max(0.0, min(1.0, rival.confidence))
        strongest[rival.operator] = max(strongest.get(rival.operator, 0.0), weight)
    kept = 1.0
    for weight in sorted(strongest.values()):
        kept *= 1.0 - weight
    return base * max(FLOOR, kept)
