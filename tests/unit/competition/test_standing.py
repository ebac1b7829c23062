# SPDX-License-Identifier: GPL-2.0-or-later
"""How we stand in a place: unknown stays unknown, intervals hold the truth, worse never looks better."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fullservice_plugin.core.competition.advice import NOTHING, UNSEEN, advise
from fullservice_plugin.core.competition.scores import TECH_RANK
from fullservice_plugin.core.competition.standing import Operator, standing


def rival(subs=None, technology="ftth", code="A", **more):
    return Operator(code, False, subs, subs is None, technology, **more)


def us(subs=None, technology="ftth"):
    return Operator("US", True, subs, subs is None, technology)


def test_homes_that_nobody_explains_widen_the_interval():
    found = standing([us(30), rival(30)], 100)
    assert found.own_share == pytest.approx(0.3) and found.unknown_share == pytest.approx(0.4)
    assert (found.leader, found.leader_share) == ("A", pytest.approx(0.3))
    assert found.hhi_low == pytest.approx(30**2 + 30**2)
    assert found.hhi_high == pytest.approx(30**2 + 30**2 + 40**2)


def test_our_own_share_is_unknown_not_zero():
    found = standing([rival(40)], 100)
    assert found.own_share is None and found.leader_share == pytest.approx(0.4)
    assert found.completeness == pytest.approx(0.45)


def test_without_households_and_without_us_no_share_is_told():
    found = standing([rival(40)], None)
    assert (found.own_share, found.leader_share, found.hhi_low, found.leader) == (None, None, None, "A")
    assert standing([us(10), rival(None)], None).hhi_low is None
    assert standing([us(10), rival(30)], None).own_share == pytest.approx(0.25)


def test_nobody_there_is_no_threat_score():
    found = standing([], 100, 60.0, arpu=60.0)
    assert (found.leader, found.threat, found.completeness, found.win_back) == ("", None, 0.0, None)


def test_win_back_by_hand():
    # 24 lines over 24 months: 3 end in the window; cheaper and faster: 20 %; 60 a month for 24 months.
    found = standing([rival(24, "xdsl", price=80.0), us(1)], 100, 60.0, arpu=60.0)
    assert found.win_back == pytest.approx(3 * 0.20 * 60 * 24)
    told = standing([rival(24, "xdsl", price=80.0, ending=10.0), us(1)], 100, 60.0, arpu=60.0)
    assert told.win_back == pytest.approx(10 * 0.20 * 60 * 24)
    short = standing([rival(24, "ftth", price=50.0, contract_months=2), us(1)], 100, 60.0, arpu=60.0)
    assert short.win_back == pytest.approx(24 * 0.05 * 60 * 24)


_OPERATORS = some.lists(some.builds(
    Operator, some.sampled_from("ABCD"), some.just(False), some.one_of(some.none(), some.floats(0, 200)),
    some.just(False),
    some.sampled_from([None, *TECH_RANK]), some.one_of(some.none(), some.floats(1, 200)), some.booleans(),
    some.booleans(), some.one_of(some.none(), some.floats(-50, 50)), some.one_of(some.none(), some.floats(0, 50)),
    some.one_of(some.none(), some.floats(1, 48)), some.one_of(some.none(), some.floats(0, 1))),
    max_size=4, unique_by=lambda one: one.code)


def by_hand(operators, homes, price):
    """The threat worked out anew, from the words of the definition."""
    parts = {}
    known = {one.code: one.subs for one in operators if one.subs is not None}
    market = max(homes, sum(known.values())) if known else None
    ours = [one for one in operators if one.own]
    rivals = [one for one in operators if not one.own]
    lines = [known[one.code] / market for one in rivals if one.code in known] if market else []
    mine = [known[one.code] / market for one in ours if one.code in known] if market else []
    if lines and mine:
        parts["lead"] = (0.25, min(1, max(0, max(lines) - sum(mine))))
    ranks = [TECH_RANK[one.technology] for one in rivals if one.technology]
    if ranks:
        own = max([TECH_RANK[one.technology] for one in ours if one.technology], default=0)
        parts["tech"] = (0.20, max(0, max(ranks) - own) / 5)
    prices = [one.price for one in rivals if one.price is not None]
    if prices:
        parts["price"] = (0.20, min(1, max(0, (price - min(prices)) / price)))
    if rivals:
        parts["promo"] = (0.15, float(any(one.promoted for one in rivals)))
        parts["exclusive"] = (0.10, float(any(one.exclusive for one in rivals)))
    grown = [one.grown for one in rivals if one.grown is not None]
    if grown:
        parts["growth"] = (0.10, min(1, max(0, sum(grown) / homes)))
    weight = sum(part[0] for part in parts.values())
    return (None if not weight else 100 * sum(w * x for w, x in parts.values()) / weight), weight


@settings(max_examples=1000, deadline=None)
@given(_OPERATORS, some.integers(1, 500), some.floats(10, 200), some.one_of(some.none(), some.floats(0, 100)))
def test_against_the_definition_worked_out_anew(operators, homes, price, own):
    there = [*operators, *([us(own)] if own is not None else [])]
    found = standing(there, homes, price, arpu=price)
    threat, weight = by_hand(there, homes, price)
    assert found.completeness == pytest.approx(weight)
    assert found.threat == (None if threat is None else pytest.approx(threat))
    assert found.threat is None or 0 <= found.threat <= 100
    assert found.hhi_low is None or 0 <= found.hhi_low <= found.hhi_high <= 10000 + 1e-6
    assert found.win_back is None or found.win_back >= 0


@given(_OPERATORS.filter(bool), some.integers(1, 500), some.floats(10, 200))
def test_a_stronger_rival_is_never_a_smaller_threat(operators, homes, price):
    before = standing(operators, homes, price).threat
    first = operators[0]
    for worse in (replace(first, promoted=True), replace(first, exclusive=True)):
        after = standing([worse, *operators[1:]], homes, price).threat
        assert before is not None and after is not None and after >= before - 1e-9
    if first.price is not None:
        assert standing([replace(first, price=first.price / 2), *operators[1:]], homes, price).threat >= before - 1e-9


def test_advice_says_what_to_do():
    found = standing([rival(40, price=40.0, exclusive=True), us(5)], 100, 60.0, arpu=60.0)
    said = advise(found, [rival(40, price=40.0, exclusive=True)], own_price=60.0, seen=3, white=12, conflict=True,
                  exclusive_until=date(2027, 1, 1))
    words = [line.template.format(**line.values) for line in said]
    assert "2027-01-01" in words[0] and "12 homes" in words[1] and any("33 %" in line for line in words)
    assert any("contradict" in line for line in words)
    calm = standing([us(90)], 100)
    told = advise(calm, [us(90)], own_price=60.0, seen=1, white=0, conflict=False)
    assert [line.template for line in told] == [NOTHING]
    nobody = standing([], None)
    told = advise(nobody, [], own_price=None, seen=0, white=None, conflict=False)
    assert [line.template for line in told] == [UNSEEN]
