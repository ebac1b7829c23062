# SPDX-License-Identifier: GPL-2.0-or-later
"""Ranking of talks: survival against the closed form, priors where history is thin, worth against plain loops."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from fullservice_plugin.core.negotiation.outlook import CHAIN, PROBABILITY
from fullservice_plugin.core.negotiation.queue import rank
from fullservice_plugin.core.negotiation.sharing import share
from fullservice_plugin.core.negotiation.sla import SLA_DAYS
from fullservice_plugin.core.negotiation.survival import PATH, Spell, TalkHistory


def test_without_history_the_rules_speak():
    history = TalkHistory([])
    for stage in PATH:
        assert history.mean_days(stage) == pytest.approx(SLA_DAYS[stage])
        assert history.chance(stage) == pytest.approx(PROBABILITY[stage])
    assert history.days_to_entry("negotiating") == pytest.approx(30 + 10 + 10 + 15)
    assert history.days_to_entry("entry_permitted") == 0 and history.chance("closed") == 0


def test_much_history_outweighs_the_prior():
    spells = [Spell("contacted", None, None, 5000.0, 1000, 400, 600)]
    history = TalkHistory(spells)
    assert history.mean_days("contacted") == pytest.approx(5.0, rel=0.02)
    share_forward = history.chance("contacted") / history.chance("surveyed")
    assert share_forward == pytest.approx(0.4, rel=0.03)


def test_the_mean_is_the_maximum_of_the_likelihood():
    draw = random.Random(4)
    for _ in range(50):
        true = draw.uniform(3, 60)
        stays = [draw.expovariate(1 / true) for _ in range(800)]
        seen = [(min(stay, 2 * true), stay <= 2 * true) for stay in stays]  # those still open after 2·mean are censored
        days, exits = sum(day for day, _ in seen), sum(over for _, over in seen)

        def likelihood(mean: float, days: float = days, exits: int = exits) -> float:
            return -exits * math.log(mean) - days / mean

        told = TalkHistory([Spell("contacted", None, None, days, exits, 0, 0)]).mean_days("contacted")
        best = max((m / 100 for m in range(100, 10000, 5)), key=likelihood)
        assert told == pytest.approx(best, rel=0.03)


def test_obstacles_and_roles_shift_a_stage_towards_their_own_history():
    spells = [Spell("negotiating", None, "developer", 3000.0, 100, 90, 10),
              Spell("negotiating", "fee", "committee", 9000.0, 100, 40, 60)]
    history = TalkHistory(spells)
    assert history.mean_days("negotiating", None, "developer") < history.mean_days("negotiating")
    assert history.mean_days("negotiating", "fee") > history.mean_days("negotiating")
    assert history.mean_days("negotiating", "renovation") == pytest.approx(history.mean_days("negotiating"))


def test_chances_rise_along_the_chain_and_side_stages_are_worse():
    history = TalkHistory([])
    chances = [history.chance(stage) for stage in CHAIN[:9]]
    assert chances == sorted(chances)
    assert 0 < history.chance("refused") < history.chance("contacted")
    assert history.days_to_entry("refused") > history.days_to_entry("contacted")
    assert history.days_to_entry("party_identified", filing=True) < history.days_to_entry("party_identified")


_SPELLS = some.lists(some.builds(
    Spell, some.sampled_from([*PATH, "refused", "blocked"]), some.sampled_from([None, "fee", "power"]),
    some.sampled_from([None, "owner"]), some.floats(0, 1e5), some.integers(0, 500), some.integers(0, 200),
    some.integers(0, 200)), max_size=20)


@given(_SPELLS, some.sampled_from([*PATH, "refused", "blocked", "escalated_external", "renewing"]))
def test_estimates_stay_in_bounds(spells, stage):
    history = TalkHistory(spells)
    assert 0 <= history.chance(stage) <= 1
    assert history.days_to_entry(stage, "fee", "owner") >= 1


def test_worth_against_a_plain_loop():
    dice = np.random.default_rng(5)
    for _ in range(1000):
        size, count = int(dice.integers(1, 30)), int(dice.integers(1, 6))
        groups = dice.integers(0, count, size)
        revenue, cost = dice.uniform(0, 100, size), dice.uniform(0, 100, size)
        chance, days, held = dice.random(size), dice.uniform(1, 100, size), dice.random(size) < 0.2
        found = rank(groups, count, revenue, cost, chance, days, held)
        rates = []
        for group in range(count):
            mine = [i for i in range(size) if groups[i] == group]
            value = {i: 0.0 if held[i] else max(0.0, revenue[i] - cost[i]) for i in mine}
            assert found.value[group] == pytest.approx(sum(value.values()))
            assert found.expected[group] == pytest.approx(sum(chance[i] * value[i] for i in mine))
            rates.append(sum(chance[i] * value[i] / days[i] for i in mine))
            assert found.per_day[group] == pytest.approx(rates[-1])
            if rates[-1] > 0:
                assert min(days[i] for i in mine) - 1e-6 <= found.days[group] <= max(days[i] for i in mine) + 1e-6
        order = found.order().tolist()
        assert sorted(order) == list(range(count))
        assert all(rates[a] >= rates[b] - 1e-9 for a, b in zip(order, order[1:]))


def test_more_chance_or_fewer_days_never_ranks_lower():
    def rate(chance: float, days: float) -> float:
        one = np.ones(1)
        found = rank(np.zeros(1, dtype=np.int64), 1, 10 * one, one, chance * one, days * one, np.zeros(1, dtype=bool))
        return float(found.per_day[0])

    assert rate(0.6, 10) > rate(0.5, 10) and rate(0.5, 9) > rate(0.5, 10)


@given(some.lists(some.floats(0, 1000), min_size=1, max_size=40), some.integers(1, 6))
def test_shared_work_is_within_four_thirds_of_the_best(weights, people):
    pieces = [(f"p{n:03}", weight) for n, weight in enumerate(weights)]
    given_ = share(pieces, {f"m{n}": 0.0 for n in range(people)})
    assert sorted(given_) == [key for key, _ in pieces]
    loads = {f"m{n}": 0.0 for n in range(people)}
    for key, weight in pieces:
        loads[given_[key]] += weight
    ordered = sorted(weights, reverse=True)
    doubled = ordered[people - 1] + ordered[people] if len(ordered) > people else 0.0
    bound = max(sum(weights) / people, ordered[0], doubled)  # no sharing is below any of these
    assert max(loads.values()) <= (4 / 3) * bound + 1e-6
