# SPDX-License-Identifier: GPL-2.0-or-later
"""Share, concentration, threat and win-back value. Unknown stays unknown: it is never read as zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Sequence

from fullservice_plugin.core.errors import ParameterError

# Weights of the threat score (our defaults, editable); they sum to one.
THREAT_WEIGHTS: dict[str, float] = {
    "lead_share": 0.25,
    "tech_gap": 0.20,
    "price_gap": 0.20,
    "promotion": 0.15,
    "exclusivity": 0.10,
    "growth": 0.10,
}
# Fibre to the home leads, wireless LAN closes.
TECH_RANK: dict[str, int] = {
    "fttr": 5,
    "ftth": 5,
    "leased": 5,
    "hfc_eoc": 4,
    "fttb_lan": 3,
    "fttb": 3,
    "xdsl": 2,
    "wlan": 1,
    "fwa": 1,
}
# Concentration bands of the 2023 US merger guidelines.
HHI_BANDS = ((1800.0, "high"), (1000.0, "moderate"), (0.0, "low"))
# Chance that a subscriber whose contract ends comes over: no advantage, one, both (price, technology).
WIN_PROBABILITY = (0.05, 0.10, 0.20)


@dataclass(frozen=True)
class Shares:
    """Shares of a building or area: ``known`` by operator, and the ``unknown`` residual; they sum to 1."""

    known: Mapping[str, float]
    unknown: float


def market_shares(subscribers: Mapping[str, Optional[float]], market: Optional[float] = None) -> Optional[Shares]:
    """Return the shares of operators, or None when nobody's subscribers are known.

    ``market`` is the number of all subscribers where it is known: what the named operators do not
    explain is the unknown residual. Without it the known operators are the market, unless one of them is
    present with unknown subscribers (None), when no share can be told. Raises ParameterError for a
    negative number.
    """
    counts = {name: float(count) for name, count in subscribers.items() if count is not None}
    if any(count < 0 for count in counts.values()) or (market is not None and market < 0):
        raise ParameterError("Subscribers cannot be negative.")
    total = sum(counts.values())
    if market is None:
        if len(counts) < len(subscribers) or total <= 0:
            return None
        return Shares({name: count / total for name, count in counts.items()}, 0.0)
    whole = max(float(market), total)
    if whole <= 0 or not counts:
        return None
    known = {name: count / whole for name, count in counts.items()}
    return Shares(known, max(0.0, 1.0 - sum(known.values())))


def hhi(shares: Shares) -> tuple[float, float]:
    """Return the Herfindahl–Hirschman index (0–10,000) as an interval.

    Low: the unknown residual is spread over many; high: it belongs to one operator more.
    """
    low = sum((100.0 * share) ** 2 for share in shares.known.values())
    return low, min(10000.0, low + (100.0 * shares.unknown) ** 2)


def hhi_band(value: float) -> str:
    """Return ``low``, ``moderate`` or ``high``."""
    return next(name for least, name in HHI_BANDS if value >= least)


@dataclass(frozen=True)
class Threat:
    """``score`` 0–100 (None: nothing is known) and ``completeness`` 0–1, the weight that was known."""

    score: Optional[float]
    completeness: float


def threat(inputs: Mapping[str, Optional[float]], weights: Optional[Mapping[str, float]] = None) -> Threat:
    """Return the threat of rivals from inputs of 0–1 named as in :data:`THREAT_WEIGHTS`.

    Missing inputs (None or absent) are left out, the rest is renormalised and completeness falls.
    Confidence is shown beside the score, never multiplied in. Raises ParameterError for unknown names,
    values outside 0–1 or weights that do not sum to one.
    """
    table = dict(weights or THREAT_WEIGHTS)
    if abs(sum(table.values()) - 1.0) > 1e-9 or any(weight < 0 for weight in table.values()):
        raise ParameterError("The weights of the threat score must not be negative and must sum to 1.")
    known = {name: float(value) for name, value in inputs.items() if value is not None}
    for name, value in known.items():
        if name not in table or not 0.0 <= value <= 1.0:
            raise ParameterError(
                "Threat input {name} must be one of {known} and between 0 and 1, found {value}.",
                name=name,
                known=list(table),
                value=value,
            )
    completeness = sum(table[name] for name in known)
    if completeness <= 0.0:
        return Threat(None, 0.0)
    score = 100.0 * sum(table[name] * value for name, value in known.items()) / completeness
    return Threat(min(100.0, max(0.0, score)), min(1.0, completeness))


def tech_gap(rival: Optional[str], own: Optional[str]) -> Optional[float]:
    """Return how far a rival's technology leads ours, 0–1; None when the rival's is unknown.

    Where we have nothing (``own`` None) the rival leads by his whole rank.
    """
    if rival is None or rival not in TECH_RANK:
        return None
    return max(0.0, (TECH_RANK[rival] - TECH_RANK.get(own or "", 0)) / 5.0)


def price_gap(rival: Optional[float], own: Optional[float]) -> Optional[float]:
    """Return by which share of our monthly price a rival is cheaper, 0–1; None when a price is unknown."""
    if rival is None or own is None or own <= 0 or rival < 0:
        return None
    return min(1.0, max(0.0, (own - rival) / own))


@dataclass(frozen=True)
class Expiring:
    """Rival subscribers whose contracts end in one month, and our advantages there."""

    subscribers: float
    cheaper: bool
    faster: bool


def win_back(
    windows: Sequence[Expiring],
    arpu: float,
    horizon_months: float,
    probabilities: Sequence[float] = WIN_PROBABILITY,
) -> float:
    """Return the win-back value W = Σ subscribers · p(advantages) · ARPU · horizon, in the ARPU's currency.

    ``probabilities`` is indexed by the number of advantages (0, 1, 2) and must not fall.
    """
    if (
        len(probabilities) != 3
        or any(not 0 <= p <= 1 for p in probabilities)
        or list(probabilities) != sorted(probabilities)
    ):
        raise ParameterError("Win-back probabilities must be three numbers from 0 to 1 that do not fall.")
    if arpu < 0 or horizon_months < 0 or any(row.subscribers < 0 for row in windows):
        raise ParameterError("Subscribers, ARPU and horizon cannot be negative.")
    expected = sum(row.subscribers * probabilities[int(row.cheaper) + int(row.faster)] for row in windows)
    return expected * arpu * horizon_months
