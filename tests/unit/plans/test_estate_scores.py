# SPDX-License-Identifier: GPL-2.0-or-later
"""Competition of one estate: unknown stays unknown, intervals hold the truth."""

from __future__ import annotations

import datetime

import pytest

from fullservice_plugin.services.estate_scores import estate_score

ON = datetime.date(2026, 5, 4)


def row(operator, subs=None, technology="ftth", exclusivity="none", until=None, status="in_service"):
    return {"operator_code": operator, "subs_est": subs, "technology": technology, "exclusivity": exclusivity,
            "exclusive_until": until, "status": status, "confidence": 0.5, "estate_name": "Estate"}


def score(rows, households=100, promoted=()):
    return estate_score("E1", rows, {"US"}, households, set(promoted), ON)


def test_homes_that_nobody_explains_widen_the_interval():
    found = score([row("US", 30), row("A", 20), row("A", 10)])
    assert found.own_share == pytest.approx(0.3)
    assert (found.leader, found.leader_share) == ("A", pytest.approx(0.3))
    assert found.hhi_low == pytest.approx(30**2 + 30**2)
    assert found.hhi_high == pytest.approx(30**2 + 30**2 + 40**2)


def test_our_own_share_is_unknown_not_zero():
    found = score([row("A", 40)])
    assert found.own_share is None
    assert found.leader_share == pytest.approx(0.4)
    assert found.completeness == pytest.approx(0.45)


def test_without_households_and_without_us_no_share_is_told():
    found = score([row("A", 40)], households=None)
    assert (found.own_share, found.leader_share, found.hhi_low) == (None, None, None)
    assert found.leader == "A"


def test_unknown_subscribers_without_households():
    assert score([row("US", 10), row("A", None)], households=None).hhi_low is None


def test_exclusivity_counts_until_its_day():
    there = score([row("A", exclusivity="contract", until=ON)])
    gone = score([row("A", exclusivity="contract", until=ON - datetime.timedelta(1))])
    assert there.threat > gone.threat


def test_withdrawn_rivals_do_not_count():
    found = score([row("A", 40, status="withdrawn")])
    assert (found.leader, found.threat) == ("", None)


def test_a_promotion_raises_the_threat():
    assert score([row("A")], promoted=[("E1", "A")]).threat > score([row("A")]).threat
