# SPDX-License-Identifier: GPL-2.0-or-later
"""Board, deal, day and deeds of the negotiation desk in a real store: whole deals move or nothing does."""

from __future__ import annotations

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest

from fullservice_plugin.core.catalogue.states import EVIDENCE, MACHINES
from fullservice_plugin.core.errors import FullServiceError, ParameterError, TransitionError
from fullservice_plugin.core.negotiation.board import COLUMN_OF, COLUMNS, STAGES

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
TODAY = date.today()
TERMS = {"number": "R-9", "signed_on": TODAY, "valid_from": TODAY, "valid_to": TODAY + timedelta(days=900),
         "exclusivity": "none", "fee_model": "none"}
ROLES = ("customer_manager", "network_support", "functional", "planner", "admin")


@pytest.fixture
def place(databases):
    name = databases.create()
    store, ids = made.opened(name)
    yield store, ids, name
    store.close()


def column(store, code: str):
    from fullservice_plugin.services.talk_desk import read_board

    return next(one for one in read_board(store) if one.code == code)


def test_every_stage_has_one_column_but_those_that_are_over():
    stages = {state.code for state in MACHINES["SM-2"].states}
    assert stages - set(COLUMN_OF) == {"closed", "terminated", "expired"}
    assert sum(len(found) for found in STAGES.values()) == len(COLUMN_OF) and len(COLUMNS) == 7


def test_a_deal_from_its_begin_to_the_signature_by_deeds(place):
    from fullservice_plugin.services import agreements, talk_desk
    from fullservice_plugin.services.by_hand import take_back
    from fullservice_plugin.services.negotiation import begin_talks

    store, ids, _ = place
    begun = begin_talks(store, "estate", [ids["E1"]], "call")
    assert begun.values == {"count": 3}
    with pytest.raises(ParameterError, match="already"):
        begin_talks(store, "estate", [ids["E1"]], "call")
    card = column(store, "not_started").cards[0]
    assert (card.talks, card.buildings, card.households, card.code) == (3, 3, 108, "E1") and len(card.ids) == 3
    deal = talk_desk.read_deal(store, card.ids)
    step = next(step for step in deal.steps if step.stage == "party_identified")
    assert set(step.missing) == {"party", "contact"} and not step.open
    with pytest.raises(TransitionError):
        talk_desk.move(store, deal.ids, "party_identified")
    talk_desk.set_party(store, deal.ids, None, "Rose Management", "property_mgmt", "sign",
                        {"name": "Li Lei", "phone": "13800001234", "consent": True})
    moved = talk_desk.move(store, deal.ids, "party_identified")
    assert column(store, "contact").talks == 3 and column(store, "not_started").talks == 0
    take_back(store, moved.number)
    assert column(store, "not_started").talks == 3, "one undo takes the whole deal back"
    talk_desk.move(store, deal.ids, "party_identified")
    talk_desk.log_contact(store, deal.ids, "friendly", channel="phone", next_step="survey", due=TODAY)
    talk_desk.move(store, deal.ids, "contacted")
    talk_desk.add_document(store, deal.ids, "survey", b"riser free", "survey.txt")
    deal = talk_desk.read_deal(store, deal.ids)
    assert all("13800001234" not in str(row) for row in deal.contacts), "contacts are masked"
    with pytest.raises(ParameterError):
        talk_desk.reveal_contact(store, deal.contacts[0]["id"], " ")
    assert talk_desk.reveal_contact(store, deal.contacts[0]["id"], "call back")["phone"] == "13800001234"
    assert store.value("select count(*) from fs_audit.unmask") == 1, "and every look in clear is written down"
    assert next(step for step in deal.steps if step.stage == "surveyed").open, "one document proves it for all"
    talk_desk.move(store, deal.ids, "surveyed")
    talk_desk.add_document(store, deal.ids, "proposal", b"offer", "offer.pdf")
    talk_desk.move(store, deal.ids, "proposal_sent")
    talk_desk.log_contact(store, deal.ids, "second round", channel="meeting")
    talk_desk.move(store, deal.ids, "negotiating")
    agreements.save_terms(store, deal.ids, {"fee_model": "none", "exclusivity": "none"})
    assert store.rows("select status, count(*) from fullservice.agreement group by 1") == [("draft", 1)]
    with pytest.raises(TransitionError, match="EXCLUSIVE"):
        agreements.sign(store, deal.ids, {**TERMS, "exclusivity": "access"}, b"x", "a.pdf", "small deal")
    signed, warnings = agreements.sign(store, deal.ids, TERMS, b"signed", "a.pdf", "small deal", "Boss")
    assert warnings == [] and signed.values == {"count": 3}
    assert store.rows("select status, number from fullservice.agreement") == [("active", "R-9")], "the draft became it"
    assert store.value("select count(*) from fullservice.agreement_building") == 3
    assert column(store, "signed").talks == 3
    timeline = talk_desk.read_deal(store, deal.ids).timeline
    kinds = [row["kind"] for row in timeline]
    assert {"step", "contact", "document", "agreement"} <= set(kinds)
    assert [row["at"] for row in timeline] == sorted((row["at"] for row in timeline), reverse=True)
    assert max(row["times"] for row in timeline if row["kind"] == "contact") == 3, "one line for three houses"


def test_a_deal_moves_whole_or_not_at_all(place):
    from fullservice_plugin.services import talk_desk
    from fullservice_plugin.services.negotiation import begin_talks

    store, ids, _ = place
    begin_talks(store, "estate", [ids["E1"]], "call")
    card = column(store, "not_started").cards[0]
    with store.transaction(bulk=True) as cur:
        key = made.insert(cur, "property_party", name="P", role="owner")
        cur.execute("insert into fs_pii.contact (party_id, name, phone) values (%s, 'x', '1380000')", (key,))
        cur.execute("update fullservice.negotiation set party_id = %s where id = %s", (key, card.ids[0]))
    step = next(one for one in talk_desk.read_deal(store, card.ids).steps if one.stage == "party_identified")
    assert "party" in step.missing, "two of three have none"
    with pytest.raises(TransitionError):
        talk_desk.move(store, card.ids, "party_identified")
    assert column(store, "not_started").talks == 3 and column(store, "contact").talks == 0
    assert talk_desk.deals_at(store, ids["E1"], None) == [list(card.ids)]
    assert talk_desk.deals_at(store, None, ids["E1-2"]) == [[card.ids[1]]]
    talk_desk.move(store, card.ids[:1], "party_identified")
    deals = talk_desk.deals_at(store, ids["E1"], None)
    assert deals == [list(card.ids[1:]), [card.ids[0]]]
    view = talk_desk.read_deal(store, deals[0])
    assert [row["stage"] for row in view.others] == ["party_identified"]


def test_the_board_counts_all_but_shows_the_urgent(place):
    from fullservice_plugin.services.talk_desk import read_board

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        for number, code in enumerate(("E1-1", "E1-2", "E2-1", "E2-2")):
            made.insert(cur, "negotiation", building_id=ids[code], estate_id=ids[code[:2]], stage="contacted",
                        origin="import", stage_since=TODAY - timedelta(days=1 + 10 * number))
    found = next(one for one in read_board(store, most=1) if one.code == "contact")
    assert (found.talks, found.deals, len(found.cards)) == (4, 2, 1)
    assert found.cards[0].code == "E2" and found.cards[0].used == pytest.approx(31 / 14, abs=0.15)
    named = next(one for one in read_board(store, text="Rose") if one.code == "contact")
    assert [card.code for card in named.cards] == ["E1"]
    assert not any(one.talks for one in read_board(store, text="100%_x"))
    assert not any(one.talks for one in read_board(store, mine=True)), "nobody owns them"


def test_my_day_lists_each_thing_once_and_reminders_can_be_read(place):
    from fullservice_plugin.services.reminders import acknowledge, check_negotiations
    from fullservice_plugin.services.talk_desk import day_counts, my_day

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        late = made.insert(cur, "negotiation", building_id=ids["E1-1"], stage="contacted", origin="import",
                           stage_since=TODAY - timedelta(days=40), next_action="call again", next_action_due=TODAY)
        made.insert(cur, "negotiation", building_id=ids["E1-2"], stage="contacted", origin="import",
                    stage_since=TODAY, next_action="later", next_action_due=TODAY + timedelta(days=9))
    check_negotiations(store)
    assert day_counts(store) == (0, 0, 0), "nobody owns them"
    with store.transaction(bulk=True) as cur:
        me = made.insert(cur, "staff", login=store.login, role="planner", branch_code="B")
        cur.execute("update fullservice.negotiation set owner_staff_id = %s", (me,))
    due, late_, unread = day_counts(store)
    assert (due, late_) == (1, 1) and unread >= 1
    assert late in {row["talk"] for row in my_day(store)} <= {row["talk"] for row in my_day(store, mine=False)}
    rows = my_day(store, mine=False)
    assert {row["kind"] for row in rows if row["talk"] == late} == {"action", "clock", "reminder"}
    assert all(row["what"] != "later" for row in rows)
    reminders = [row["reminder"] for row in rows if row["reminder"]]
    assert acknowledge(store, reminders) == len(reminders) > 0 and acknowledge(store, reminders) == 0
    assert not [row for row in my_day(store, mine=False) if row["reminder"]]
    assert len(my_day(store, TODAY + timedelta(days=10), mine=False)) > len(rows) - len(reminders)


def test_my_day_tells_of_agreements_and_of_rivals_that_are_bound(place):
    from fullservice_plugin.services.reminders import check_negotiations
    from fullservice_plugin.services.talk_desk import day_counts, my_day

    store, ids, _ = place
    with store.transaction(bulk=True) as cur:
        me = made.insert(cur, "staff", login=store.login, role="planner", branch_code="B")
        other = made.insert(cur, "staff", login="other", role="planner", branch_code="B")
        talk = made.insert(cur, "negotiation", building_id=ids["E1-2"], estate_id=ids["E1"], stage="in_force",
                           origin="import", stage_since=TODAY - timedelta(days=400), owner_staff_id=me)
        paper = made.insert(cur, "agreement", number="R-1", type="entry", status="active", origin="import",
                            estate_id=ids["E1"], signed_on=TODAY - timedelta(days=400),
                            valid_from=TODAY - timedelta(days=400), valid_to=TODAY + timedelta(days=60))
        for code in ("E1-1", "E1-2"):
            made.insert(cur, "agreement_building", agreement_id=paper, building_id=ids[code])
        made.insert(cur, "competitor_operator", code="RV", name="Rival", is_self=False)
        for code, until in (("E2", 50), ("E1", 70)):
            made.insert(cur, "intel_observation", operator_code="RV", subject_kind="estate", estate_id=ids[code],
                        field="exclusivity", value="contract", valid_until=TODAY + timedelta(days=until),
                        source_class="manager", source_text="told", observed_on=TODAY, observer="x")
        cur.execute("update fullservice.estate set owner_staff_id = %s where id = %s", (me, ids["E2"]))
    assert {kind for kind, _, _ in check_negotiations(store).reminders} >= {"expiry", "exclusive"}
    rows = [row for row in my_day(store) if row["kind"] == "reminder"]
    told = {(row["what"], row["talk"], row["estate_id"]) for row in rows}
    assert told - {("evidence", talk, ids["E1"])} == {
        ("expiry", talk, ids["E1"]), ("exclusive", None, ids["E2"]), ("exclusive", talk, ids["E1"])}
    assert len(rows) == 4, "one row per reminder, not one per building"
    assert all(row["x"] is not None and row["owner"] == store.login for row in rows)
    assert day_counts(store)[2] == 4
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.negotiation set owner_staff_id = %s", (other,))
        cur.execute("update fullservice.estate set owner_staff_id = %s", (other,))
    assert day_counts(store)[2] == 0 and not [row for row in my_day(store) if row["kind"] == "reminder"]
    assert len([row for row in my_day(store, mine=False) if row["kind"] == "reminder"]) == 4


def test_stalled_means_the_same_everywhere(place):
    """The list of the board, the estate card, the reminders and the printed report agree, renewals included."""
    from fullservice_plugin.core.negotiation import sla
    from fullservice_plugin.services.estate_card import estate_card
    from fullservice_plugin.services.reminders import check_negotiations
    from fullservice_plugin.services.reports import read_negotiations

    store, ids, _ = place
    stages = [state.code for state in MACHINES["SM-2"].states]
    assert {stage for stage in stages if store.value("select fs_app.stalls(%s)", (stage,))} == set(sla.STALLING)
    assert store.value("select fs_app.stalled_days()") == sla.STALLED_DAYS
    with store.transaction(bulk=True) as cur:
        cur.execute("insert into fs_meta.setting (key, value) values ('stalled_days', '30')")
        for code, stage, days in (("E1-1", "renewing", 31), ("E1-2", "contacted", 30), ("E1-3", "blocked", 90),
                                  ("E2-1", "negotiating", 31),
                                  ("E2-2", "not_started", 90)):
            made.insert(cur, "negotiation", building_id=ids[code], estate_id=ids[code[:2]], stage=stage,
                        origin="import", stage_since=TODAY - timedelta(days=days))
    listed = {row[0] for row in store.rows("select b.code from fs_app.negotiation_status s join fullservice.building b "
                                           "on b.id = s.building_id where s.stalled")}
    late = {row.building for row in check_negotiations(store).late if "stalled" in row.flags}
    printed = {talk.code for talk in read_negotiations(store, "", "en", TODAY).talks if "stalled" in talk.flags}
    assert listed == late == printed == {"E1-1", "E2-1"}
    card = estate_card(store, "estate", ids["E1"])
    assert [deal["stage"] for deal in card.deals if deal["stalled"]] == ["renewing"]


@pytest.fixture(scope="module")
def crowd(databases):
    """A store with a person of every role."""
    store, ids, links = made.crowd(databases, ROLES)
    yield store, ids, links
    for link in (*links.values(), store):
        link.close()


@pytest.mark.parametrize("role", ROLES)
def test_every_step_offered_is_what_the_database_takes(crowd, role):
    """Each (from, to, role): what the desk offers as open the database takes; everything else it refuses, evidence and
    all. Rolled back each time."""
    from fullservice_plugin.services import talk_desk

    store, ids, links = crowd
    link, machine = links[role], MACHINES["SM-2"]
    states = [state.code for state in machine.states]
    for number, source in enumerate(states):
        with store.transaction(bulk=True) as cur:
            talk = made.insert(cur, "negotiation", building_id=ids[f"E{1 + number % 2}-{1 + number % 3}"], stage=source,
                               origin="import")
        offered = {step.stage: step for step in talk_desk.read_deal(link, [talk]).steps}
        assert set(offered) == set(machine.targets(source)), source
        for target in states:
            if target == source:
                continue
            try:
                with link.transaction():
                    talk_desk.move(link, [talk], target, "a note")
                    raise _Back
            except _Back:
                taken = True
            except FullServiceError:
                taken = False
            step = offered.get(target)
            assert taken == (step is not None and step.open), (source, target, role, step)
            if step is not None:
                allowed = {one for t in machine.transitions if (t.source, t.target) == (source, target)
                           for one in t.roles}
                assert bool(step.roles) == (role not in allowed and role != "admin"), (source, target, role)
                assert set(step.missing) <= set(EVIDENCE)


class _Back(Exception):
    """Takes a step back that was taken as a trial."""
