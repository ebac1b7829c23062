# SPDX-License-Identifier: GPL-2.0-or-later
"""Queue, clocks, shared work and measures of talks in a real store, each against an independent answer."""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from fullservice_plugin.core.errors import ParameterError, StoreError

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
TODAY = date.today()
STAGES = ("not_started", "party_identified", "contacted", "surveyed", "proposal_sent", "negotiating", "terms_agreed",
          "in_approval", "signed", "entry_permitted", "refused", "blocked")


def put_talk(cur, ids, building: str, stage: str, days: int = 5, **more) -> str:
    """A talk as it would be after ``days`` in its stage."""
    since = datetime.now() - timedelta(days=days)
    cur.execute("alter table fullservice.negotiation disable trigger fs_30_state_new")  # not an import: nothing is due
    key = made.insert(cur, "negotiation", building_id=ids[building], stage=stage, stage_since=since, origin="import",
                      **more)
    cur.execute("alter table fullservice.negotiation enable trigger fs_30_state_new")
    return key


def put_events(cur, talk: str, steps: list[tuple]) -> None:
    """Replace the history of a talk by (from, to, at)."""
    cur.execute("alter table fullservice.negotiation_event disable trigger user")
    cur.execute("delete from fullservice.negotiation_event where negotiation_id = %s", (talk,))
    for source, target, at in steps:
        cur.execute("insert into fullservice.negotiation_event (id, negotiation_id, from_stage, to_stage, at, by, "
                    "branch_code) values (gen_random_uuid(), %s, %s, %s, %s, 'x', 'B')", (talk, source, target, at))
    cur.execute("alter table fullservice.negotiation_event enable trigger user")


@pytest.fixture
def place(databases):
    name = databases.create()
    store, ids = made.opened(name)
    yield store, ids, name
    store.close()


def person(store, name: str, role: str, number: int = 1) -> str:
    login = f"{name}_{role[:3]}{number}"
    with store.transaction(bulk=True) as cur:
        cur.execute("select fs_app.role_name(%s)", (role,))
        return made.insert(cur, "staff", login=login, role=role, branch_code="B")


def test_several_estates_are_an_area_and_a_code_may_hold_the_joining_sign(place):
    from fullservice_plugin.services.talk_queue import negotiation_queue

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        put_talk(cur, ids, "E1-1", "in_approval")
        put_talk(cur, ids, "E2-1", "contacted")
    assert {entry.code for entry in negotiation_queue(store, "E1+E2")} == {"E1", "E2"}
    store.execute("update fullservice.estate set code = 'E2+1', edit_base = row_version where code = 'E2'")
    assert [entry.code for entry in negotiation_queue(store, "E2+1")] == ["E2+1"]
    for unknown in ("E1+E1", "E1+G", "E1+E9", "E1+"):
        with pytest.raises(ParameterError, match="no estate"):
            negotiation_queue(store, unknown)


def test_the_queue_adds_up_and_follows_chances_and_days(place):
    from fullservice_plugin.services.talk_queue import negotiation_queue

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        for number in (1, 2, 3):
            put_talk(cur, ids, f"E1-{number}", "in_approval")
            put_talk(cur, ids, f"E2-{number}", "contacted")
        cur.execute("insert into fs_meta.setting (key, value) values ('opportunity', '{\"cost_per_home\": 50}')")
    found = negotiation_queue(store, "G")
    assert [entry.code for entry in found] == ["E1", "E2"], "the same houses, but nearer to the signature"
    first, second = found
    assert first.value > 0 and first.value == pytest.approx(second.value)
    assert first.cost == pytest.approx(50 * (24 + 36 + 48)) and first.households == 108 and first.designed == 0
    assert first.value == pytest.approx(first.revenue - first.cost)
    assert first.expected == pytest.approx(0.95 * first.value), "nobody has left a stage: the rules speak"
    assert first.days == pytest.approx(10 + 15), "nor was anybody watched before today"
    assert first.per_day == pytest.approx(first.expected / first.days)
    assert second.stages == {"contacted": 3} and second.chance < first.chance and second.days > first.days
    for language, word in (("en", "per day"), ("zh", "每日")):
        assert word in first.reason(language) and "108" in first.reason(language)
    assert [entry.code for entry in negotiation_queue(store, "E2")] == ["E2"]
    with pytest.raises(ParameterError, match="NOWHERE"):
        negotiation_queue(store, "NOWHERE")


def test_rivals_lower_the_worth_and_an_exclusive_right_holds_a_house_back(place):
    from fullservice_plugin.core.competition.take import FLOOR, TECH_EFFECT
    from fullservice_plugin.services.competition import record_observation
    from fullservice_plugin.services.talk_queue import negotiation_queue

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        cur.execute("insert into fs_meta.setting (key, value) values ('opportunity', '{\"cost_per_home\": 0}')")
    before = {entry.code: entry for entry in negotiation_queue(store)}
    record_observation(store, "CTCC", "technology", "ftth", "official", "list", building_id=ids["E1-1"])
    record_observation(store, "CMCC", "technology", "ftth", "official", "list", building_id=ids["E1-2"])
    after = {entry.code: entry for entry in negotiation_queue(store)}
    one, three = before["E1"].revenue / 108 * 24, before["E1"].revenue
    kept = max(FLOOR, 1 - TECH_EFFECT["ftth"] * 0.9)
    assert after["E1"].revenue == pytest.approx(three - one * (1 - kept)), "our own network lowers nothing"
    assert after["E2"].revenue == pytest.approx(before["E2"].revenue)
    far = TODAY + timedelta(days=400)
    record_observation(store, "CTCC", "exclusivity", "contract", "official", "deed", building_id=ids["E1-3"],
                       valid_until=far)
    held = {entry.code: entry for entry in negotiation_queue(store)}
    assert held["E1"].held_until == far and held["E1"].value < after["E1"].value
    assert far.isoformat() in held["E1"].reason("zh")
    soon = TODAY + timedelta(days=60)
    record_observation(store, "CTCC", "exclusivity", "contract", "official", "deed", building_id=ids["E2-1"],
                       valid_until=soon)
    assert {entry.code: entry for entry in negotiation_queue(store)}["E2"].held_until is None, "back before it ends"
    record_observation(store, "CTCC", "exclusivity", "contract", "official", "deed", building_id=ids["E2-2"])
    unknown = {entry.code: entry for entry in negotiation_queue(store)}["E2"]
    assert unknown.value < after["E2"].value
    for language, words in (("en", "whose end nobody knows"), ("zh", "期限不详")):
        assert words in unknown.reason(language) and "9999" not in unknown.reason(language)


def test_history_of_the_store_against_a_plain_loop(place):
    from fullservice_plugin.core.negotiation.outlook import CHAIN
    from fullservice_plugin.store.talk_queue import history

    store, ids, _ = place
    dice = np.random.default_rng(3)
    with store.transaction(bulk=True) as cur:
        for number in range(60):
            stage = STAGES[int(dice.integers(0, len(STAGES)))]
            talk = put_talk(cur, ids, f"E{1 + number % 2}-{1 + number % 3}", stage, int(dice.integers(1, 50)),
                            kind=("new_entry", "expansion", "filing", "renewal")[number % 4],
                            obstacle_code=[None, "fee"][number % 2])
            at = datetime.now() - timedelta(days=400)
            last, steps = None, []
            for _ in range(int(dice.integers(0, 6))):
                step = STAGES[int(dice.integers(0, len(STAGES)))]
                at += timedelta(days=int(dice.integers(1, 40)))
                steps.append((last, step, at))
                last = step
            cur.execute("select stage_since from fullservice.negotiation where id = %s", (talk,))
            put_events(cur, talk, [*steps, (last, stage, cur.fetchone()[0])])
        told = {(s.stage, s.obstacle): s for s in history(cur)}
        cur.execute("select e.negotiation_id, e.to_stage, e.at, n.obstacle_code from fullservice.negotiation_event e "
                    "join fullservice.negotiation n on n.id = e.negotiation_id order by e.at, e.fid")
        rows = cur.fetchall()
    talks = defaultdict(list)
    for talk, stage, at, obstacle in rows:
        talks[talk].append((stage, at, obstacle))
    days, exits, forward, lost = (defaultdict(float) for _ in range(4))
    for steps in talks.values():
        for here, after in zip(steps, [*steps[1:], None]):
            key = (here[0], here[2])
            if here[0] in ("entry_permitted", "in_force"):
                continue
            end = after[1] if after else datetime.now(here[1].tzinfo)
            days[key] += (end - here[1]).total_seconds() / 86400
            if after:
                exits[key] += 1
                nearer = after[0] in CHAIN and (here[0] not in CHAIN or CHAIN.index(after[0]) > CHAIN.index(here[0]))
                forward[key] += nearer
                lost[key] += after[0] in ("refused", "blocked")
    assert set(told) == set(days) and len(told) > 10
    for key, spell in told.items():
        assert spell.days == pytest.approx(days[key], abs=0.01)
        assert (spell.exits, spell.forward, spell.lost) == (exits[key], forward[key], lost[key]), key


def test_every_reminder_once_and_only_what_is_due(place):
    from fullservice_plugin.services.reminders import check_negotiations

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        calm = put_talk(cur, ids, "E1-1", "contacted", 5)
        warned = put_talk(cur, ids, "E1-2", "contacted", 12)
        late = put_talk(cur, ids, "E1-3", "contacted", 22, next_action="call", next_action_due=TODAY)
        deal = made.insert(cur, "agreement", number="A1", status="active", estate_id=ids["E2"], signed_on=TODAY,
                           valid_from=TODAY - timedelta(days=300), valid_to=TODAY + timedelta(days=40))
        made.insert(cur, "agreement_building", agreement_id=deal, building_id=ids["E2-1"])
    first = check_negotiations(store)
    levels = {key: {row[0] for row in store.rows(
        "select level from fullservice.reminder where subject_id = %s and kind = 'sla'", (key,))}
        for key in (calm, warned, late)}
    assert levels == {calm: set(), warned: {"owner"}, late: {"owner", "team_lead", "market"}}
    kinds = dict(store.rows("select kind, count(*) from fullservice.reminder group by 1"))
    assert kinds == {"sla": 4, "stalled": 1, "next_action": 1, "expiry": 1}
    assert first.written == 7 and first.count("overdue") == 1 and first.count("stalled") == 1
    assert check_negotiations(store).written == 0, "a second run says nothing twice"
    later = check_negotiations(store, TODAY + timedelta(days=15))
    assert later.written > 0 and {kind for kind, _, _ in later.reminders} >= {"sla", "expiry"}
    assert check_negotiations(store, TODAY + timedelta(days=15)).written == 0


def test_two_at_once_write_each_reminder_once(place, databases):
    from concurrent.futures import ThreadPoolExecutor

    from fullservice_plugin.services.reminders import check_negotiations
    from fullservice_plugin.store.connection import Store

    store, ids, name = place
    with store.transaction(bulk=True) as cur:
        for number in (1, 2, 3):
            put_talk(cur, ids, f"E1-{number}", "contacted", 40)
    others = [Store.connect({"service": name}) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        counts = [done.written for done in pool.map(check_negotiations, others)]
    for other in others:
        other.close()
    assert sum(counts) == store.value("select count(*) from fullservice.reminder") == 12


def test_a_rival_that_enters_while_we_talk_is_told_at_once(place):
    from fullservice_plugin.services.competition import record_observation

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        talk = put_talk(cur, ids, "E1-1", "negotiating")
    record_observation(store, "CTCC", "presence", "in_service", "manager", "said so", building_id=ids["E1-1"])
    record_observation(store, "CTCC", "technology", "ftth", "manager", "said so", building_id=ids["E1-1"])
    record_observation(store, "CMCC", "presence", "in_service", "manager", "ours", building_id=ids["E1-1"])
    rows = store.rows("select subject_id::text, message from fullservice.reminder where kind = 'rival'")
    assert rows == [(talk, "CTCC")], "once, and not of ourselves"


def test_work_by_grid_load_and_list_and_of_a_leaver(place):
    from fullservice_plugin.services.assign import assign_work

    store, ids, name = place
    one, two = person(store, name, "customer_manager", 1), person(store, name, "customer_manager", 2)
    with store.transaction(bulk=True) as cur:
        talk = put_talk(cur, ids, "E1-1", "contacted")
    nobody = assign_work(store, "G", "grid")
    assert (nobody.estates, nobody.talks) == (0, 0) and {code for code, _ in nobody.without} == {"E1", "E2"}
    shared = assign_work(store, "", "load")
    owners = dict(store.rows("select code, owner_staff_id::text from fullservice.estate"))
    assert sorted(owners.values()) == sorted([one, two]) and shared.estates == 2
    owner = store.value("select owner_staff_id::text from fullservice.negotiation where id = %s", (talk,))
    assert owner == owners["E1"]
    assert assign_work(store, "", "load").estates == 0, "what has an owner stays"
    leaver = f"{name}_cus1"
    handed = assign_work(store, "", "load", leaver=leaver)
    assert handed.estates == 1
    assert {row[0] for row in store.rows("select owner_staff_id::text from fullservice.estate")} == {two}
    assert {row[0] for row in store.rows("select owner_staff_id::text from fullservice.negotiation")} == {two}
    assign_work(store, "", "list", {"E1": leaver}, everything=True)
    assert store.value("select owner_staff_id::text from fullservice.estate where code = 'E1'") == one
    with pytest.raises(ParameterError, match="stranger"):
        assign_work(store, "", "list", {"E1": "stranger"})
    with store.transaction(bulk=True) as cur:
        made.insert(cur, "area_assignment", staff_id=two, org_unit_id=ids["G"], kind="owner", valid_from=TODAY)
    by_grid = assign_work(store, "G", "grid", everything=True)
    assert not by_grid.without
    assert {row[0] for row in store.rows("select owner_staff_id::text from fullservice.estate")} == {two}


def test_measures_against_an_independent_count(place):
    from fullservice_plugin.services.talk_measures import measures

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        put_talk(cur, ids, "E1-1", "signed", 3)
        put_talk(cur, ids, "E1-2", "refused", 3, reason_code="fee", next_review=TODAY)
        put_talk(cur, ids, "E1-3", "blocked", 3, reason_code="fee")
        put_talk(cur, ids, "E2-1", "in_force", 3)
        put_talk(cur, ids, "E2-2", "negotiating", 30)
        deal = made.insert(cur, "agreement", number="A1", status="active", estate_id=ids["E1"], signed_on=TODAY,
                           valid_from=TODAY, valid_to=TODAY + timedelta(days=30))
        made.insert(cur, "agreement_building", agreement_id=deal, building_id=ids["E1-1"])
    found = measures(store, "G")
    homes = dict(store.rows("select code, households from fullservice.building"))
    assert (found.signed, found.buildings) == (2, 6) and found.signed_rate == pytest.approx(1 / 3)
    assert found.signed_households == homes["E1-1"] + homes["E2-1"] and found.households == sum(homes.values())
    assert found.refusals == (("fee", 2, homes["E1-2"] + homes["E1-3"]),)
    assert (found.expiring, found.without_renewal) == (1, 1)
    assert (found.open_talks, found.stalled) == (2, 1), "blocked and negotiating are open"
    assert sum(number for _, number in found.unlocked) == homes["E1-1"] + homes["E2-1"]
    assert len(found.unlocked) == 12 and found.unlocked[-1][0] == TODAY.strftime("%Y-%m")
    alone = measures(store, "E2")
    assert (alone.signed, alone.buildings, alone.refusals) == (1, 3, ())


def test_medians_of_stays_against_the_events(place):
    from statistics import median

    from fullservice_plugin.services.talk_measures import measures

    store, ids, _ = place
    stays = [1, 4, 9]
    with store.transaction(bulk=True) as cur:
        for number, length in enumerate(stays):
            talk = put_talk(cur, ids, f"E1-{number + 1}", "contacted", 0)
            now = datetime.now()
            put_events(cur, talk, [(None, "party_identified", now - timedelta(days=length)),
                                   ("party_identified", "contacted", now)])
    assert measures(store).stage_days == (("party_identified", pytest.approx(median(stays)), 3),)


def test_a_customer_manager_reads_the_queue_but_neither_assigns_nor_reminds(databases, place):
    from fullservice_plugin.services.assign import assign_work
    from fullservice_plugin.services.reminders import check_negotiations
    from fullservice_plugin.services.talk_queue import negotiation_queue
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import add_person

    store, _, name = place
    login = f"{name}_mgr"
    with store.transaction(bulk=True) as cur:
        add_person(cur, login, "customer_manager", ("B", "G"))
    manager = Store.connect({"service": databases.service(login, name, login)})
    try:
        assert {entry.code for entry in negotiation_queue(manager)} == {"E1", "E2"}
        with pytest.raises(StoreError, match="planner"):
            assign_work(manager, "", "load")
        with pytest.raises(StoreError, match="reminders"):
            check_negotiations(manager)
    finally:
        manager.close()
