# SPDX-License-Identifier: GPL-2.0-or-later
"""Clocks, flags, outlook and compliance of property talks."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from fullservice_plugin.core.errors import ParameterError, TransitionError
from fullservice_plugin.core.negotiation import compliance, outlook, sla

DAY = date(2026, 3, 1)


def test_clock_levels_rise_with_the_days() -> None:
    order = [None, "owner", "team_lead", "market"]
    for stage, limit in sla.SLA_DAYS.items():
        reached = [order.index(sla.clock(stage, DAY - timedelta(days=n), DAY).level) for n in range(0, 200, 3)]
        assert reached == sorted(reached)
        assert (reached[-1] == 3) == bool(limit)


def test_clock_boundaries() -> None:
    assert sla.clock("negotiating", DAY - timedelta(days=23), DAY).level is None
    assert sla.clock("negotiating", DAY - timedelta(days=24), DAY).level == "owner"
    assert sla.clock("negotiating", DAY - timedelta(days=30), DAY).level == "team_lead"
    assert sla.clock("negotiating", DAY - timedelta(days=45), DAY).level == "market"
    assert sla.clock("negotiating", DAY + timedelta(days=3), DAY).days == 0
    assert sla.clock("signed", DAY, DAY, allowed=10).due == DAY + timedelta(days=10)
    with pytest.raises(ParameterError):
        sla.clock("nowhere", DAY, DAY)


def test_flags() -> None:
    facts = sla.Facts("negotiating", DAY - timedelta(days=40), last_contact=DAY - timedelta(days=22))
    assert sla.flags(facts, DAY) == ("stalled",)
    assert sla.flags(sla.Facts("negotiating", DAY, last_contact=DAY - timedelta(days=21)), DAY) == ()
    assert sla.flags(sla.Facts("in_force", DAY - timedelta(days=400), valid_to=DAY + timedelta(days=90)), DAY) == (
        "expiring",
    )
    assert sla.flags(sla.Facts("in_force", DAY, valid_to=DAY + timedelta(days=91)), DAY) == ()
    busy = sla.Facts(
        "contacted",
        DAY,
        rival_exclusive=True,
        rival_exclusive_until=DAY,
        fee_per_household=9.0,
        fee_cap=8.0,
        evidence_missing=True,
    )
    assert sla.flags(busy, DAY) == ("exclusive_blocked", "fee_over_cap", "evidence_missing")


def test_outlook_rises_along_the_chain_and_the_weakest_talk_decides() -> None:
    along = [outlook.outlook([stage]).probability for stage in outlook.CHAIN]
    assert along == sorted(along) and along[-1] == 1.0
    assert outlook.outlook(["signed", "proposal_sent"]).stage == "proposal_sent"
    assert outlook.outlook(["signed", "refused"]).state == "refused"
    assert outlook.outlook(["closed", "signed"]).probability == 1.0
    assert outlook.outlook([]).probability == outlook.UNASKED
    draw = random.Random(5)
    stages = list(outlook.PROBABILITY)
    for _ in range(500):
        some = draw.sample(stages, draw.randint(1, 4))
        more = some + [draw.choice(stages)]
        base, wider = outlook.outlook(some), outlook.outlook(more)
        if any(stage != "closed" for stage in some):
            assert 0.0 <= wider.probability <= base.probability <= 1.0


def test_outlook_refuses_nonsense() -> None:
    with pytest.raises(ParameterError):
        outlook.outlook(["married"])
    with pytest.raises(ParameterError):
        outlook.outlook(["signed"], {"contacted": 1.2})


@pytest.mark.parametrize(
    ("where", "agreement", "codes"),
    [
        ("CN", {"exclusivity": "access"}, ["CN-EXCLUSIVE-ACCESS"]),
        ("CN", {"exclusivity": "marketing"}, []),
        ("CN", {"fee_model": "one_off", "type": "entry"}, ["CN-ENTRY-FEE"]),
        ("CN", {"fee_model": "one_off", "type": "lease"}, []),
        ("CN", {"fee_model": "one_off", "type": "entry", "approver": "boss"}, []),
        ("US", {"exclusivity": "access", "share_kind": "graduated"}, ["US-EXCLUSIVE-ACCESS", "US-REVENUE-SHARE"]),
        ("US", {"share_kind": "flat"}, []),
        ("US", {"exclusivity": "marketing"}, ["US-MARKETING"]),
        ("UK", {"exclusivity": "access"}, []),
    ],
)
def test_compliance_by_jurisdiction(where: str, agreement: dict, codes: list) -> None:
    assert [finding.code for finding in compliance.check_agreement(agreement, where)] == codes


def test_a_blocking_rule_is_cited() -> None:
    with pytest.raises(TransitionError, match="MIIT 2018"):
        compliance.require_compliant({"exclusivity": "access"}, "CN")
    with pytest.raises(ParameterError):
        compliance.check_agreement({}, "XX")


def test_notice_chain_ends_when_acknowledged() -> None:
    step, seen = compliance.next_notice("UK", None, False), []
    while step is not None:
        seen.append(step)
        step = compliance.next_notice("UK", step, False)
    assert seen == ["request_notice", "warning_1", "warning_2", "final_notice", "tribunal"]
    assert compliance.next_notice("UK", "warning_1", True) is None
    assert compliance.next_notice("CN", None, False) is None
