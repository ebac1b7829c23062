# SPDX-License-Identifier: GPL-2.0-or-later
"""Competitor scores of a real store against a plain loop over its observations."""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from fullservice_plugin.core.competition.evidence import HALF_LIFE_DAYS
from fullservice_plugin.core.competition.scores import TECH_RANK
from fullservice_plugin.core.competition.standing import Operator, standing

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
TODAY = date.today()
COLUMNS = ("subject_kind, building_id, estate_id, operator_code, field, value, number, unit, source_class, "
           "source_text, observed_on, observer, confidence, valid_until")
FIELDS = ("presence", "technology", "subs", "tariff", "exclusivity", "speed", "contract_end")


@pytest.fixture
def place(databases):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": databases.create()})
    install(store)
    yield store, made.build(store)
    store.close()


def observe(cur, ids, dice, count: int) -> list[dict]:
    """Write random observations about houses and estates; return them."""
    rows = []
    for number in range(count):
        house = dice.random() < 0.85
        estate = f"E{int(dice.integers(1, 3))}"
        field = FIELDS[int(dice.integers(0, len(FIELDS)))]
        value, count_, until = None, None, None
        if field == "presence":
            value = ("in_service", "withdrawn", "planned")[int(dice.choice(3, p=[0.8, 0.1, 0.1]))]
        elif field == "technology":
            value = list(TECH_RANK)[int(dice.integers(0, len(TECH_RANK)))]
        elif field == "exclusivity":
            value = ("none", "contract")[int(dice.integers(0, 2))]
            until = TODAY + timedelta(days=int(dice.integers(-50, 200)))
        else:
            count_ = int(dice.integers(1, 20))
            until = TODAY + timedelta(days=int(dice.integers(5, 200))) if field == "contract_end" else None
        seen = TODAY - timedelta(days=int(dice.integers(0, 300)))
        rows.append({"place": estate, "building": f"{estate}-{int(dice.integers(1, 4))}" if house else None,
                     "operator": ("CMCC", "CTCC", "CUCC")[int(dice.integers(0, 3))], "field": field, "value": value,
                     "number": count_, "seen": seen, "until": until,
                     "confidence": 0.3 + 0.1 * number % 0.6 + number / 1e5})
        row = rows[-1]
        if until is not None and until < seen:
            row["until"] = until = None
        cur.execute(
            f"insert into fullservice.intel_observation ({COLUMNS}) values ("
            + ", ".join(["%s"] * 14) + ")",
            ("building" if house else "estate", ids[row["building"]] if house else None, ids[estate], row["operator"],
             field, value, count_, None, "manager", "t", seen, "me", row["confidence"], until))
    return rows


def expected(rows: list[dict], estate: str) -> list[Operator]:
    """What is known of every operator in an estate, worked out by loops."""
    groups = defaultdict(list)
    for row in rows:
        if row["place"] == estate and (row["until"] is None or row["until"] >= TODAY):
            left = row["confidence"] * 0.5 ** ((TODAY - row["seen"]).days / HALF_LIFE_DAYS[row["field"]])
            groups[(row["operator"], row["building"])].append((left, row))
    there = defaultdict(list)
    for (operator, _), seen in groups.items():
        best = {}
        for left, row in seen:
            key = row["field"]
            if key not in best or (round(left, 6), row["seen"]) > (round(best[key][0], 6), best[key][1]["seen"]):
                best[key] = (left, row)
        if "presence" in best and best["presence"][1]["value"] in ("withdrawn", "planned"):
            continue
        there[operator].append({
            "subs": best["subs"][1]["number"] if "subs" in best else None,
            "technology": best["technology"][1]["value"] if "technology" in best else None,
            "price": best["tariff"][1]["number"] if "tariff" in best else None,
            "exclusive": "exclusivity" in best and best["exclusivity"][1]["value"] == "contract",
            "ending": [row["number"] for left, row in seen if row["field"] == "contract_end"
                       and row["until"] <= TODAY + timedelta(days=91)],
            "confidence": max(left for left, _ in seen)})
    found = []
    for operator, houses in sorted(there.items()):
        subs = [house["subs"] for house in houses if house["subs"] is not None]
        ranks = [house["technology"] for house in houses if house["technology"]]
        prices = [house["price"] for house in houses if house["price"] is not None]
        ending = [number for house in houses for number in house["ending"]]
        found.append(Operator(
            operator, operator == "CMCC", sum(subs) if subs else None, len(subs) < len(houses),
            max(ranks, key=lambda name: TECH_RANK[name]) if ranks else None, min(prices) if prices else None, False,
            any(house["exclusive"] for house in houses), None, sum(ending) if ending else None, None,
            sum(house["confidence"] for house in houses) / len(houses)))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_scores_against_plain_loops(place, seed):
    from fullservice_plugin.services.standings import standings

    store, ids = place
    with store.transaction(bulk=True) as cur:
        rows = observe(cur, ids, np.random.default_rng(seed), 20 + 40 * seed)
    found = {one.code: one for one in standings(store)}
    assert set(found) == {"E1", "E2"}
    for code, one in found.items():
        there = expected(rows, code)
        grown = {operator.code: operator.grown for operator in one.operators}
        wanted = standing([replace(operator, grown=grown.get(operator.code)) for operator in there], 108,
                          one.own_price, arpu=one.own_price)
        assert [operator.code for operator in one.operators] == [operator.code for operator in there]
        for mine, theirs in zip(one.operators, there):
            assert (mine.subs, mine.price, mine.exclusive, mine.ending) == (
                theirs.subs, theirs.price, theirs.exclusive, theirs.ending), code
            assert TECH_RANK.get(mine.technology or "") == TECH_RANK.get(theirs.technology or "")
            assert mine.confidence == pytest.approx(theirs.confidence)
        for name in ("own_share", "leader_share", "hhi_low", "hhi_high", "threat", "win_back"):
            value = getattr(wanted, name)
            assert getattr(one.standing, name) == (None if value is None else pytest.approx(value)), name


def test_white_spots_overbuild_growth_promotions_and_contradictions(place):
    from fullservice_plugin.services.competition import record_observation
    from fullservice_plugin.services.standings import standings

    store, ids = place

    def see(house, operator, field, value=None, days=0, **more):
        assert record_observation(store, operator, field, value, "manager", "t", building_id=ids[house],
                                  observed_on=TODAY - timedelta(days=days), **more)

    def estate(code="E1"):
        return next(one for one in standings(store) if one.code == code)

    assert estate().seen == 0 and estate().white is None and estate().standing.threat is None, "unknown is not zero"
    see("E1-1", "CTCC", "presence", "in_service")
    see("E1-1", "CUCC", "presence", "in_service")
    see("E1-2", "CTCC", "presence", "withdrawn")
    assert (estate().seen, estate().overbuilt, estate().white) == (2, 24, 36)
    see("E1-1", "CTCC", "subs", number=5, days=120)
    see("E1-1", "CTCC", "subs", number=11, days=1)
    grown = {one.code: one.grown for one in estate().operators}
    assert grown == {"CTCC": 6, "CUCC": None}
    calm = estate().standing.threat
    see("E1-1", "CTCC", "promotion", "gift")
    assert estate().standing.threat > calm
    assert not estate().conflict
    see("E1-1", "CUCC", "technology", "ftth")
    see("E1-1", "CUCC", "technology", "xdsl", days=2)
    assert estate().conflict and estate("E2").seen == 0
