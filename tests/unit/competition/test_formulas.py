# SPDX-License-Identifier: GPL-2.0-or-later
"""Competition formulas: bounded, monotone, honest about what is unknown."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from fullservice_plugin.core.competition import evidence, presence, scores, take
from fullservice_plugin.core.errors import ParameterError

DAY = date(2026, 3, 1)


def test_shares_and_hhi_against_hand_figures() -> None:
    shares = scores.market_shares({"A": 50, "B": 30}, 100)
    assert shares is not None and shares.unknown == pytest.approx(0.2)
    assert scores.hhi(shares) == pytest.approx((3400.0, 3800.0))
    assert scores.hhi_band(3400) == "high" and scores.hhi_band(1000) == "moderate" and scores.hhi_band(999) == "low"
    assert scores.market_shares({"A": 5, "B": None}) is None
    assert scores.market_shares({}) is None
    assert scores.market_shares({"A": 0}) is None
    with pytest.raises(ParameterError):
        scores.market_shares({"A": -1})


def test_hhi_interval_holds_every_way_to_split_the_unknown() -> None:
    draw = random.Random(1)
    for _ in range(1000):
        counts = {str(n): draw.uniform(0, 40) for n in range(draw.randint(1, 5))}
        shares = scores.market_shares(counts, sum(counts.values()) + draw.uniform(0, 60))
        assert shares is not None
        assert sum(shares.known.values()) + shares.unknown == pytest.approx(1.0)
        low, high = scores.hhi(shares)
        parts = [draw.random() for _ in range(draw.randint(1, 6))]
        split = sum((100 * shares.unknown * part / sum(parts)) ** 2 for part in parts)
        assert 0 <= low <= low + split <= high + 1e-6 <= 10000 + 1e-5


def test_threat_is_bounded_monotone_and_says_how_complete_it_is() -> None:
    assert sum(scores.THREAT_WEIGHTS.values()) == pytest.approx(1.0)
    names = list(scores.THREAT_WEIGHTS)
    draw = random.Random(2)
    for _ in range(1000):
        inputs = {name: draw.choice([None, draw.random()]) for name in names}
        found = scores.threat(inputs)
        known = [name for name in names if inputs[name] is not None]
        assert found.completeness == pytest.approx(sum(scores.THREAT_WEIGHTS[name] for name in known))
        if not known:
            assert found.score is None
            continue
        assert 0.0 <= found.score <= 100.0
        worse = dict(inputs)
        which = draw.choice(known)
        worse[which] = min(1.0, worse[which] + draw.random())
        assert scores.threat(worse).score >= found.score - 1e-9
    assert scores.threat(dict.fromkeys(names, 1.0)).score == pytest.approx(100.0)
    with pytest.raises(ParameterError):
        scores.threat({"lead_share": 1.4})
    with pytest.raises(ParameterError):
        scores.threat({"lead_share": 1.0}, {"lead_share": 0.9})


def test_gaps() -> None:
    assert scores.tech_gap("ftth", None) == 1.0
    assert scores.tech_gap("xdsl", "ftth") == 0.0
    assert scores.tech_gap("unknown", "ftth") is None
    assert scores.price_gap(80, 100) == pytest.approx(0.2)
    assert scores.price_gap(120, 100) == 0.0
    assert scores.price_gap(None, 100) is None


def test_win_back_is_linear_and_monotone_in_advantages() -> None:
    values = [
        scores.win_back([scores.Expiring(10, cheap, fast)], 50, 12)
        for cheap, fast in ((False, False), (True, False), (False, True), (True, True))
    ]
    assert values == [300.0, 600.0, 600.0, 1200.0]
    with pytest.raises(ParameterError):
        scores.win_back([scores.Expiring(-1, True, True)], 50, 12)
    with pytest.raises(ParameterError):
        scores.win_back([], 50, 12, (0.5, 0.1, 0.2))


def test_confidence_halves_and_fades() -> None:
    assert evidence.confidence_on(0.8, "promotion", DAY - timedelta(days=14), DAY) == pytest.approx(0.4)
    assert evidence.confidence_on(0.8, "presence", DAY + timedelta(days=9), DAY) == 0.8
    assert evidence.confidence_on(0.8, "tariff", DAY, DAY + timedelta(days=2), DAY + timedelta(days=1)) == 0.0
    assert evidence.initial_confidence("official", area_average=True) == evidence.AREA_AVERAGE_CAP
    with pytest.raises(ParameterError):
        evidence.initial_confidence("rumour")
    for field in evidence.HALF_LIFE_DAYS:
        seen = [evidence.confidence_on(0.9, field, DAY, DAY + timedelta(days=n)) for n in range(0, 900, 30)]
        assert all(0.0 <= later < earlier <= 0.9 for earlier, later in zip(seen, seen[1:]))


def _seen(value: str, source: str, confidence: float, days: int = 0, observer: str = "a") -> presence.Observation:
    return presence.Observation(
        "CTCC", "technology", value, DAY - timedelta(days=days), source, confidence, observer=observer
    )


def test_presence_takes_the_best_observation_and_conflicts_stay_visible() -> None:
    one = presence.derive([_seen("ftth", "manager", 0.6)], DAY)[0]
    two = presence.derive([_seen("ftth", "manager", 0.6), _seen("ftth", "resident", 0.5, observer="b")], DAY)[0]
    assert one.confidence == two.confidence == pytest.approx(0.6) and not two.conflict
    assert evidence.combined([0.6, 0.5]) == pytest.approx(0.8)
    against = presence.derive([_seen("ftth", "manager", 0.6), _seen("xdsl", "web_ad", 0.5)], DAY)[0]
    assert against.value == "ftth" and against.conflict
    faded = presence.derive([_seen("ftth", "manager", 0.6), _seen("xdsl", "hearsay", 0.3, 300)], DAY)[0]
    assert not faded.conflict
    assert (
        presence.derive([presence.Observation("X", "promotion", "flyer", DAY, "resident", 0.5, retired=True)], DAY)
        == []
    )


def test_rivals_only_ever_lower_the_take_rate() -> None:
    draw = random.Random(3)
    for _ in range(1000):
        base = draw.random()
        rivals = [
            take.Rival(draw.choice("ABCD"), draw.choice([*take.TECH_EFFECT, None]), draw.random())
            for _ in range(draw.randint(0, 5))
        ]
        rate = take.take_rate(base, rivals)
        one_more = take.take_rate(base, [*rivals, take.Rival("E", "ftth", draw.random())])
        assert take.FLOOR * base - 1e-12 <= one_more <= rate <= base
    assert take.take_rate(0.4, []) == 0.4
    assert take.take_rate(0.4, [take.Rival("A", "ftth", 1.0)]) == pytest.approx(0.26)
    with pytest.raises(ParameterError):
        take.take_rate(1.2, [])
