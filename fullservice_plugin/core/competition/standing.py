# SPDX-License-Identifier: GPL-2.0-or-later
"""How we stand against our rivals in one place, from what is known of every operator there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable, Optional, Sequence

from fullservice_plugin.core.competition.scores import (
    TECH_RANK,
    WIN_PROBABILITY,
    Expiring,
    Shares,
    hhi,
    market_shares,
    price_gap,
    tech_gap,
    threat,
    win_back,
)

# A contract whose term nobody knows runs so many months (default of ours); its end may lie in any of them.
CONTRACT_MONTHS = 24.0
WINDOW_MONTHS = 3.0
HORIZON_MONTHS = 24.0


@dataclass(frozen=True)
class Operator:
    """What is known of one operator in a place; None means unknown.

    ``subs``: lines; ``partial``: some of its buildings have unknown lines; ``price``: its lowest monthly price;
    ``promoted``: whether a promotion was seen in the last 30 days; ``exclusive``: whether a contract excludes others
    today;
    ``grown``: lines gained in 90 days; ``ending``: lines whose contracts end within the window; ``contract_months``:
    term of its offer; ``confidence`` 0–1.
    """

    code: str
    own: bool
    subs: Optional[float] = None
    partial: bool = False
    technology: Optional[str] = None
    price: Optional[float] = None
    promoted: bool = False
    exclusive: bool = False
    grown: Optional[float] = None
    ending: Optional[float] = None
    contract_months: Optional[float] = None
    confidence: Optional[float] = None


@dataclass(frozen=True)
class Standing:
    """Shares 0–1, the Herfindahl–Hirschman index as an interval, threat 0–100 with completeness 0–1 and, beside it, the
    mean confidence 0–1; win-back value in money. None: cannot be told. ``parts``: the inputs 0–1 of the threat.
    """

    own_share: Optional[float]
    leader: str
    leader_share: Optional[float]
    unknown_share: Optional[float]
    hhi_low: Optional[float]
    hhi_high: Optional[float]
    threat: Optional[float]
    completeness: float
    confidence: Optional[float]
    win_back: Optional[float]
    shares: dict[str, float]
    parts: dict[str, Optional[float]] = field(default_factory=dict)


def standing(
    operators: Sequence[Operator], households: Optional[float], own_price: Optional[float] = None,
    own_technology: Optional[str] = None, arpu: Optional[float] = None,
    probabilities: Sequence[float] = WIN_PROBABILITY,
) -> Standing:
    """Return our standing beside the operators of a place.

    ``households`` (None: unknown) is the market. ``own_price``: our monthly price there; ``own_technology``: what we
    have or have designed there where nobody observed our own network; ``arpu``: monthly revenue per line won.
    """
    rivals = [one for one in operators if not one.own]
    ours = _best(one.technology for one in operators if one.own) or own_technology
    shares = _shares(operators, households)
    known = dict(shares.known) if shares else {}
    own = [share for code, share in known.items() if any(one.own and one.code == code for one in operators)]
    against = {one.code: known[one.code] for one in rivals if one.code in known}
    own_share = sum(own) if own else None
    leader = max(sorted(against), key=lambda code: against[code], default="")
    lead = max(0.0, min(1.0, against[leader] - own_share)) if leader and own_share is not None else None
    cheapest = min((one.price for one in rivals if one.price is not None), default=None)
    grown = [one.grown for one in rivals if one.grown is not None]
    parts = {
        "lead_share": lead, "tech_gap": tech_gap(_best(one.technology for one in rivals), ours),
        "price_gap": price_gap(cheapest, own_price),
        "promotion": float(any(one.promoted for one in rivals)) if rivals else None,
        "exclusivity": float(any(one.exclusive for one in rivals)) if rivals else None,
        "growth": max(0.0, min(1.0, sum(grown) / households)) if grown and households else None}
    scored = threat(parts)
    low, high = hhi(shares) if shares else (None, None)
    trust = [one.confidence for one in operators if one.confidence is not None]
    return Standing(
        own_share, leader or (rivals[0].code if len({one.code for one in rivals}) == 1 else ""), against.get(leader),
        shares.unknown if shares else None, low, high, scored.score, scored.completeness,
        sum(trust) / len(trust) if trust else None, _won(rivals, ours, own_price, arpu, probabilities), known,
        parts)


def _shares(operators: Sequence[Operator], households: Optional[float]) -> Optional[Shares]:
    """Shares of the homes; homes nobody explains stay an unknown residual.

    Without households the observed operators are the market, unless one of them has unknown lines or we are not there.
    """
    if not operators or (not households and not any(one.own for one in operators)):
        return None
    counts = {one.code: one.subs for one in operators}
    if not households and any(one.partial for one in operators):
        return None
    return market_shares(counts, float(households) if households else None)


def _won(rivals: Iterable[Operator], ours: Optional[str], own_price: Optional[float], arpu: Optional[float],
         probabilities: Sequence[float]) -> Optional[float]:
    """Value of the rivals' lines whose contracts end in the window; None where nobody's lines are known."""
    if arpu is None:
        return None
    windows = []
    for one in rivals:
        ending = one.ending
        if ending is None and one.subs is not None:
            ending = one.subs * min(1.0, WINDOW_MONTHS / (one.contract_months or CONTRACT_MONTHS))
        if ending is None:
            continue
        cheaper = own_price is not None and one.price is not None and own_price < one.price
        faster = ours in TECH_RANK and one.technology in TECH_RANK and TECH_RANK[ours] > TECH_RANK[one.technology]
        windows.append(Expiring(ending, cheaper, faster))
    return win_back(windows, arpu, HORIZON_MONTHS, probabilities) if windows else None


def _best(names: Iterable[Optional[str]]) -> Optional[str]:
    known = [name for name in names if name in TECH_RANK]
    return max(known, key=lambda name: (TECH_RANK[name], name), default=None)
