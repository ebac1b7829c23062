# SPDX-License-Identifier: GPL-2.0-or-later
"""Leads by SM-1: read with their worth, verified by a visit or a document, given an owner, taken back whole."""

from __future__ import annotations

from datetime import date

import pytest

from fullservice_plugin.core.errors import ConflictError, InputError, TransitionError
from fullservice_plugin.services import by_hand, leads
from fullservice_plugin.services.leads import LeadUpdate


@pytest.fixture()
def manager(town):
    return town.login("customer_manager")


def state(store, town) -> list:
    return store.rows(
        "select lead_state, owner_staff_id::text, value_class, (select count(*) from fullservice.visit_log v where "
        "v.estate_id = e.id and not v.is_deleted), (select count(*) from fullservice.attachment a where a.subject_id = "
        "e.id and not a.is_deleted) from fullservice.estate e where id = %s::uuid",
        (town.ids["HEL-E"],),
    )


def test_a_lead_shows_its_worth_and_what_may_follow(town):
    found = leads.lead(town.login("planner"), town.ids["HEL-E"])
    assert (found.state, found.name) == ("candidate", "HEL estate")
    # 10 + 11 + 12 households, class unknown: 20 % of 58 a month for 36 months, 600 a home to get in
    assert found.worth["households"] == 33
    assert found.worth["score"] == pytest.approx(33 * 0.20 * 58 * 36 - 33 * 600, abs=1)
    steps = {step.state: step for step in found.steps}
    assert list(steps)[:2] == ["located", "verified"]
    assert steps["verified"].missing == ("second_source",) and steps["located"].missing == ()
    assert steps["not_a_building"].needs_note and not steps["located"].needs_note
    watching = leads.lead(town.login("functional"), town.ids["HEL-E"])
    assert all(step.roles for step in watching.steps), "it may look, and is told who acts"


def test_a_visit_verifies_in_one_deed_and_all_of_it_goes_back(town, manager):
    before = state(manager, town)
    found = leads.lead(manager, town.ids["HEL-E"])
    with pytest.raises(TransitionError):
        leads.register(manager, found, LeadUpdate(state="verified"))
    assert state(manager, town) == before, "refused whole"
    with pytest.raises(InputError, match="without a result"):
        leads.register(manager, found, LeadUpdate(state="verified", visited_on=date(2026, 11, 1)))
    owner = manager.rows("select id::text from fullservice.staff where login = session_user")[0][0]
    said = LeadUpdate(owner, "red", "verified", "", date(2026, 11, 1), "gate open, 3 risers")
    deed = leads.register(manager, found, said)
    assert state(manager, town) == [("verified", owner, "red", 1, 0)]
    assert manager.rows("select at::date::text, result from fullservice.visit_log where not is_deleted") == [
        ("2026-11-01", "gate open, 3 risers")
    ]
    with pytest.raises(ConflictError):
        leads.register(manager, found, said)
    assert by_hand.take_back(manager, deed.number) >= 2
    assert state(manager, town) == before


def test_a_document_is_the_proof_of_who_logs_no_visits(town, tmp_path):
    planner = town.login("planner")
    before = state(planner, town)
    path = tmp_path / "survey.jpg"
    path.write_bytes(b"\xff\xd8\xff photo")
    found = leads.lead(planner, town.ids["HEL-E"])
    deed = leads.register(planner, found, LeadUpdate(state="verified", document=path))
    assert [row[0] for row in state(planner, town)] == ["verified"] and state(planner, town)[0][4] == 1
    later = leads.lead(planner, town.ids["HEL-E"])
    assert [step.state for step in later.steps][0] == "qualified"
    with pytest.raises(TransitionError):
        leads.register(planner, later, LeadUpdate(state="demolished"))  # asks for a reason
    by_hand.take_back(planner, deed.number)
    assert state(planner, town) == before


def test_another_branch_sees_nothing(town):
    with pytest.raises(InputError, match="outside your branch"):
        leads.lead(town.login("customer_manager", "ESP"), town.ids["HEL-E"])
