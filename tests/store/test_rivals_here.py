# SPDX-License-Identifier: GPL-2.0-or-later
"""What the dock of rivals reads and moves: facts, standing, advice, what was seen; SM-10 for every role."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.core.errors import FullServiceError, InputError, TransitionError
from fullservice_plugin.services.capture import Sighting, record_sighting
from fullservice_plugin.services.rivals import (
    STEPS,
    acknowledge_alerts,
    move_observations,
    rival_news,
    rivals_here,
    why_not,
)

TODAY = date.today()
STATES = [one.code for one in MACHINES["SM-10"].states]


def observation(town, state: str, other_source: bool, house: str = "HEL-B2") -> str:
    """An observation in a state, seen by a second source or not; written past the machine."""
    field = "ports" if other_source else "speed"
    with town.store.transaction() as cur:
        cur.execute("select set_config('session_replication_role', 'replica', true)")
        keys = []
        for observer in ("a", "b") if other_source else ("a",):
            cur.execute(
                "insert into fullservice.intel_observation (id, subject_kind, building_id, operator_code, field,"
                " number, source_class, source_text, observed_on, observer, state, branch_code, created_by, changed_by)"
                " values (gen_random_uuid(), 'building', %s, %s, %s, 5, 'manager', 't', current_date, %s, %s, 'HEL', "
                "'x', 'x') returning id::text", (town.ids[house], f"X{state}{other_source}", field, observer, state))
            keys.append(cur.fetchone()[0])
    return keys[0]


@pytest.mark.parametrize("proof", [True, False])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", ROLES)
def test_the_buttons_offer_exactly_what_the_database_takes(town, role, state, proof):
    store = town.login(role)
    town.store.execute("insert into fullservice.competitor_operator (code, name) select %(c)s, %(c)s where not exists "
                       "(select 1 from fullservice.competitor_operator where code = %(c)s)", {"c": f"X{state}{proof}"})
    for target in STEPS:
        if target == state:
            continue
        key = observation(town, state, proof)
        seen = next(one for one in rivals_here(store, "building", town.ids["HEL-B2"]).seen if one.id == key)
        offered = target not in why_not([seen])
        if offered:
            move_observations(store, [key], target)
        else:
            with pytest.raises(FullServiceError):
                move_observations(store, [key], target)
        after = town.store.value("select state from fullservice.intel_observation where id = %s", (key,))
        assert after == (target if offered else state), (role, state, target)

        with town.store.transaction() as cur:
            cur.execute("select set_config('session_replication_role', 'replica', true)")
            cur.execute("delete from fullservice.intel_observation where operator_code = %s", (f"X{state}{proof}",))


def test_why_a_step_is_closed_is_told(town):
    key = observation(town, "captured", False)
    found = {one.id: one for one in rivals_here(town.login("planner"), "building", town.ids["HEL-B2"]).seen}
    closed = why_not([found[key]])
    assert closed["verified"] == ("Still missing: {what}.", {"what": ("second_observation",)})
    assert closed["retired"][0] == "This step is taken by: {roles}." and "functional" in closed["retired"][1]["roles"]
    assert "stale" not in closed
    with pytest.raises(TransitionError):
        move_observations(town.login("functional"), [key], "verified")
    move_observations(town.login("functional"), [key], "retired")
    after = next(one for one in rivals_here(town.store, "building", town.ids["HEL-B2"]).seen if one.id == key)
    assert after.state == "retired" and after.confidence is None
    assert {words for words, _ in why_not([after]).values()} == {"From “{state}” there is no such step."}


def test_several_are_moved_together_or_not_at_all(town):
    one, two = observation(town, "captured", True), observation(town, "captured", False)
    with pytest.raises(TransitionError):
        move_observations(town.login("functional"), [one, two], "verified")
    states = "select distinct state from fullservice.intel_observation where id = any(%s::uuid[])"
    assert town.store.rows(states, ([one, two],)) == [("captured",)]
    move_observations(town.login("functional"), [one, two], "stale")
    assert town.store.rows(states, ([one, two],)) == [("stale",)]


def test_who_is_there_with_since_confidence_and_contradiction(town):
    store, house = town.login("planner"), town.ids["HEL-B0"]
    old, new = TODAY - timedelta(days=100), TODAY - timedelta(days=5)
    record_sighting(store, Sighting("CUCC", "manager", technology="ftth", speed=500, price=80, subscribers=4,
                                    observed_on=old, observer="a"), building_id=house)
    record_sighting(store, Sighting("CUCC", "resident", technology="xdsl", observed_on=new, observer="b"),
                    building_id=house)
    record_sighting(store, Sighting("CMCC", "official", technology="ftth", subscribers=3), building_id=house)
    record_sighting(store, Sighting("CTCC", "hearsay", presence="withdrawn", observed_on=TODAY - timedelta(days=900)),
                    building_id=house)
    found = rivals_here(store, "building", house)
    assert [row["code"] for row in found.present] == ["CMCC", "CUCC", "CTCC"]
    union = found.present[1]
    assert (union["since"], union["observed_on"], union["conflict"]) == (old, new, True)
    assert (union["technology"], union["speed"], union["price"], union["subs"]) == ("ftth", 500, 80, 4)
    assert union["confidence"] == pytest.approx(max(0.6 * 0.5 ** (100 / 365), 0.5 * 0.5 ** (5 / 365)))
    assert found.present[2]["status"] == "withdrawn" and found.present[2]["confidence"] < 0.15
    assert [one.observed_on for one in found.seen] == sorted((one.observed_on for one in found.seen), reverse=True)
    said = found.standing.standing
    assert found.standing.households == 10 and said.own_share == pytest.approx(0.3)
    assert said.unknown_share == pytest.approx(0.3) and said.hhi_low < said.hhi_high
    assert set(said.parts) and any(one.template.startswith("Sources contradict") for one in found.advice)
    assert found.name_of("CUCC", "zh") == "中国联通" and found.name_of("nobody", "en") == "nobody"


def test_an_average_of_the_estate_is_no_fact_about_a_building(town):
    store = town.login("planner")
    record_sighting(store, Sighting("CTCC", "official", technology="hfc_eoc", subscribers=9),
                    estate_id=town.ids["HEL-E"])
    house = rivals_here(store, "building", town.ids["HEL-B1"])
    assert house.present == [] and house.seen == [] and house.standing.standing.confidence is None
    estate = rivals_here(store, "estate", town.ids["HEL-E"])
    assert {row["code"] for row in estate.present} >= {"CTCC", "CUCC"} and estate.standing.standing.shares
    assert {one.building for one in estate.seen} >= {None, "HEL-B0"}


def test_other_branches_see_nothing(town):
    with pytest.raises(InputError):
        rivals_here(town.login("planner", "ESP"), "building", town.ids["HEL-B0"])
    with pytest.raises(InputError):
        rivals_here(town.login("planner"), "estate", "00000000-0000-0000-0000-000000000000")


def test_alerts_of_rivals_that_enter_where_we_talk(town):
    store = town.login("planner")
    estate, house = town.ids["HEL-E"], town.ids["HEL-B1"]
    assert rival_news(store, None) == []
    with town.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.negotiation (building_id, origin) values (%s, 'import')", (house,))
    record_sighting(store, Sighting("CUCC", "resident", technology="ftth"), building_id=house)
    news = rival_news(store, None)
    assert [(row["estate_id"], row["operators"]) for row in news] == [(estate, ["CUCC"])]
    assert rival_news(store, news[0]["mark"]) == [] and rival_news(town.login("planner", "ESP"), None) == []
    alerts = rivals_here(store, "estate", estate).alerts
    assert [(row["operator_code"], len(row["ids"])) for row in alerts] == [("CUCC", 1)]
    assert rivals_here(store, "building", town.ids["HEL-B0"]).alerts == alerts
    assert acknowledge_alerts(store, alerts[0]["ids"]) == 1
    assert rivals_here(store, "estate", estate).alerts == [] and rival_news(store, None) == []
    with pytest.raises(InputError):
        acknowledge_alerts(store, alerts[0]["ids"])


def test_a_managers_news_are_of_his_own_talks(town):
    manager = town.login("customer_manager")
    with town.store.transaction(bulk=True) as cur:
        cur.execute("select id::text from fullservice.staff where login = %s", (manager.login,))
        mine = cur.fetchone()[0]
        cur.execute("insert into fullservice.staff (role, branch_code, login) values ('customer_manager', 'HEL', "
                    "'else') returning id::text")
        other = cur.fetchone()[0]
        for house, owner in (("HEL-B0", mine), ("HEL-B2", other)):
            cur.execute("insert into fullservice.negotiation (building_id, owner_staff_id, origin) values "
                        "(%s, %s, 'import')", (town.ids[house], owner))
    before = max([row["mark"] for row in rival_news(town.store, None)] or [0])
    for house in ("HEL-B0", "HEL-B2"):
        record_sighting(town.store, Sighting("CTCC", "resident", technology="fwa"), building_id=town.ids[house])
    heard = town.store.rows("select n.owner_staff_id::text from fullservice.reminder r join fullservice.negotiation n "
                            "on n.id = r.subject_id where r.kind = 'rival' and r.fid > %s", (before,))
    expected = [owner for owner, in heard if owner == mine]
    assert sum(len(row["operators"]) for row in rival_news(manager, before)) == len(expected)
