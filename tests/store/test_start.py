# SPDX-License-Identifier: GPL-2.0-or-later
"""What the start dock tells each role, and what the first steps find in a store."""

from __future__ import annotations

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("fs_start_town", Path(__file__).with_name("town.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
TODAY = date.today()


@pytest.fixture(scope="module")
def place(databases):
    """A town with a manager, whose logins are returned by role."""
    store, ids, links = made.crowd(databases, ("customer_manager", "planner", "network_support"))
    mine = store.value("select id::text from fullservice.staff where login like '%%_cust'")
    with store.transaction(bulk=True) as cur:
        cur.execute("insert into fs_pii.staff_person (staff_id, name) values (%s, '李伟')", (mine,))
        talk = made.insert(cur, "negotiation", building_id=ids["E1-1"], estate_id=ids["E1"], stage="contacted",
                           origin="import", stage_since=TODAY - timedelta(days=40), owner_staff_id=mine,
                           next_action="call", next_action_due=TODAY)
        cur.execute("insert into fullservice.reminder (subject_kind, subject_id, kind, level, due, occasion, origin,"
                    " message) values ('negotiation', %s, 'rival', 'owner', current_date, 'r1', 'algorithm', 'RV')",
                    (talk,))
        made.insert(cur, "competitor_operator", code="RV", name="对手", name_en="Rival", is_self=False)
        paper = made.insert(cur, "agreement", number="R-1", type="entry", status="active", origin="import",
                            estate_id=ids["E1"], signed_on=TODAY - timedelta(days=400),
                            valid_from=TODAY - timedelta(days=400), valid_to=TODAY + timedelta(days=60))
        made.insert(cur, "agreement_building", agreement_id=paper, building_id=ids["E1-1"])
        for title, days in (("visit", -2), ("write", 5)):
            made.insert(cur, "task", kind="other", title=title, assignee_staff_id=mine,
                        due=TODAY + timedelta(days=days))
        cur.execute("insert into fullservice.source_record (source_name, source_key, kind, state, band, score, geom,"
                    " branch_code, origin) select 'imagery', 'r1', 'building', 'review', 'review', 0.5, geom, 'B',"
                    " 'algorithm' from fullservice.building where code = 'E1-1'")
    yield store, ids, links
    for link in (store, *links.values()):
        link.close()


def test_a_manager_reads_who_they_are_and_what_waits(place):
    from fullservice_plugin.services.start import read_duties

    _, ids, links = place
    found = read_duties(links["customer_manager"])
    assert (found.who.name, found.who.role) == ("李伟", "customer_manager") and not found.who.admin
    assert found.who.areas and found.who.login.endswith("_cust")
    assert (found.due, found.late, found.unread) == (1, 1, 1)
    assert (found.tasks, found.tasks_late) == (2, 1)
    assert found.pairs == 0 and found.ledger_rows == 0, "pairs are the planner's work"
    assert [(row["estate_id"], row["names"], row["names_en"], row["estates"]) for row in found.rivals] == [
        (ids["E1"], ["对手"], ["Rival"], 1)]
    assert [(row["number"], row["estate_id"], row["agreements"]) for row in found.expiring] == [("R-1", ids["E1"], 1)]


def test_other_roles_are_told_of_their_own_work(place):
    from fullservice_plugin.services.start import read_duties

    store, _, links = place
    planner = read_duties(links["planner"])
    assert planner.pairs == 1 and (planner.due, planner.tasks) == (0, 0)
    assert len(planner.rivals) == 1 and len(planner.expiring) == 1, "who leads others hears of all"
    owner = read_duties(store)
    assert owner.who.role is None and owner.who.admin and owner.who.areas == ()


def test_what_a_store_holds_and_what_a_plan_lacks(place, databases):
    from fullservice_plugin.services.start import read_holdings
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store, _, _ = place
    found = read_holdings(store)
    assert found.counts["grid"] == 1 and found.counts["estate"] == 2 and not found.empty
    assert found.lacks == ("olt",)
    assert [area.kind for area in found.areas] == ["grid", "estate", "estate"] and found.areas[0].code == "G"
    assert found.areas[0].buildings == found.counts["building"] and found.areas[0].box is not None
    name = databases.create()
    with Store.connect({"service": name}) as fresh:
        install(fresh)
        bare = read_holdings(fresh)
    assert bare.empty and bare.areas == () and bare.lacks == ("building", "street", "olt")
