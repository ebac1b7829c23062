# SPDX-License-Identifier: GPL-2.0-or-later
"""What to do in an estate, from how we stand there: English templates for the edge, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Optional, Sequence

from fullservice_plugin.core.competition.evidence import STALE_BELOW
from fullservice_plugin.core.competition.standing import Operator, Standing

DEAR = 0.15
"""A rival cheaper by this share of our price is answered (default of ours)."""
CROWDED = 60.0
"""Threat (0–100) from which an estate is defended first (default of ours)."""

EXCLUSIVE = "{operator} holds an exclusive right until {until}: prepare the offer before it ends."
UNSEEN = "Nobody has looked at this estate: ask on the next visit."
FADED = "What is known has faded: look again."
DISPUTED = "Sources contradict each other: verify on site."
WHITE = "{homes} homes have no network at all: be first."
WIN_BACK = "Contracts of rivals worth {value} end within three months: call on them."
PRICE = "{operator} is cheaper by {percent} %: answer with an area package."
DEFEND = "The threat is high: visit our customers before they are asked."
NOTHING = "No action needed now."


@dataclass(frozen=True)
class Advice:
    """One sentence: a template and its values."""

    template: str
    values: dict[str, object]


def advise(
    found: Standing, operators: Sequence[Operator], *, own_price: Optional[float], seen: int, white: Optional[int],
    conflict: bool, exclusive_until: Optional[date] = None,
) -> list[Advice]:
    """Return what to do, at least one sentence."""
    rivals = [one for one in operators if not one.own]
    said: list[Advice] = []
    if not seen and not operators:
        return [Advice(UNSEEN, {})]
    holder = next((one for one in rivals if one.exclusive), None)
    if holder is not None:
        said.append(Advice(EXCLUSIVE, {"operator": holder.code, "until": "–" if exclusive_until is None
                                       else exclusive_until.isoformat()}))
    if white:
        said.append(Advice(WHITE, {"homes": white}))
    if found.win_back:
        said.append(Advice(WIN_BACK, {"value": f"{found.win_back:,.0f}"}))
    priced = [one for one in rivals if one.price is not None]
    if priced and own_price:
        cheapest = min(priced, key=lambda one: (one.price or 0.0, one.code))
        share = (own_price - (cheapest.price or 0.0)) / own_price
        if share >= DEAR:
            said.append(Advice(PRICE, {"operator": cheapest.code, "percent": f"{100 * share:.0f}"}))
    if found.threat is not None and found.threat >= CROWDED:
        said.append(Advice(DEFEND, {}))
    if conflict:
        said.append(Advice(DISPUTED, {}))
    if found.confidence is not None and found.confidence < STALE_BELOW:
        said.append(Advice(FADED, {}))
    return said or [Advice(NOTHING, {})]
