# SPDX-License-Identifier: GPL-2.0-or-later
"""The competition of one estate from the presences of its operators; what nobody observed stays unknown."""

from __future__ import annotations

import datetime
from typing import Any, Iterable, Optional, Sequence

from fullservice_plugin.core.competition.scores import TECH_RANK, Shares, hhi, market_shares, tech_gap, threat
from fullservice_plugin.plans.model import EstateScore

Row = dict[str, Any]


def estate_shares(rows: Sequence[Row], own: set[str], households: Optional[int]) -> Optional[Shares]:
    """Return the shares of the estate's homes, None where they cannot be told.

    The known households are the market, so that homes nobody explains stay an unknown residual. Without them the
    observed operators are the market, unless one of them, or we, are there with unknown subscribers.
    """
    subscribers: dict[str, Optional[float]] = {}
    for row in rows:
        known, count = subscribers.get(row["operator_code"]), row["subs_est"]
        if count is not None:
            subscribers[row["operator_code"]] = (known or 0.0) + float(count)
        else:
            subscribers.setdefault(row["operator_code"], None)
    if not subscribers:
        return None
    if not households and not own & set(subscribers):
        return None
    return market_shares(subscribers, float(households) if households else None)


def estate_score(
    code: str,
    rows: Sequence[Row],
    own: set[str],
    households: Optional[int],
    promoted: set[tuple[str, str]],
    on: datetime.date,
) -> EstateScore:
    """Return shares, HHI interval and threat of an estate.

    ``rows`` are its presences, ``own`` our operator codes, ``promoted`` the (estate, operator) pairs with a recent
    promotion, ``on`` the day on which exclusivities are read.
    """
    present = [row for row in rows if row["status"] != "withdrawn"]
    against = [row for row in present if row["operator_code"] not in own]
    shares = estate_shares(present, own, households)
    known = dict(shares.known) if shares else {}
    ours = [share for name, share in known.items() if name in own]
    own_share = sum(ours) if ours else None
    rivals = {name: share for name, share in known.items() if name not in own}
    leader = max(sorted(rivals), key=lambda name: rivals[name], default="")
    lead = max(0.0, min(1.0, rivals[leader] - own_share)) if leader and own_share is not None else None
    scored = threat(
        {
            "lead_share": lead,
            "tech_gap": tech_gap(_best(against), _best(row for row in present if row["operator_code"] in own)),
            "promotion": float(any((code, row["operator_code"]) in promoted for row in against)) if against else None,
            "exclusivity": float(any(_exclusive(row, on) for row in against)) if against else None,
        }
    )
    low, high = hhi(shares) if shares else (None, None)
    alone = {row["operator_code"] for row in against}
    confidences = [float(row["confidence"]) for row in present if row["confidence"] is not None]
    return EstateScore(
        estate=code,
        name=str(rows[0]["estate_name"] or "") if rows else "",
        own_share=own_share,
        leader=leader or (alone.pop() if len(alone) == 1 else ""),
        leader_share=rivals.get(leader),
        hhi_low=low,
        hhi_high=high,
        threat=scored.score,
        completeness=scored.completeness,
        confidence=sum(confidences) / len(confidences) if confidences else None,
    )


def _best(rows: Iterable[Row]) -> Optional[str]:
    known = [row["technology"] for row in rows if row["technology"] in TECH_RANK]
    return max(known, key=lambda name: TECH_RANK[name], default=None)


def _exclusive(row: Row, on: datetime.date) -> bool:
    until = row["exclusive_until"]
    return row["exclusivity"] == "contract" and (until is None or until >= on)
