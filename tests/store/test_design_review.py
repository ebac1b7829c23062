# SPDX-License-Identifier: GPL-2.0-or-later
"""Review per estate: methods decided by hand with their reason, a second pair of eyes, locks of the next plan."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest

from fullservice_plugin.core.errors import FullServiceError, InputError, ParameterError, TransitionError
from fullservice_plugin.services import design_review as review
from fullservice_plugin.services.design import plan_area

_spec = importlib.util.spec_from_file_location("fs_town_review", Path(__file__).with_name("town.py"))
place = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(place)
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def store(databases):
    made = place.supplied(databases.create(), 6)
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(store, databases):
    """One login per role, in the branch of the town."""
    roles = ("planner", "network_support", "functional", "customer_manager", "read_only")
    opened = place.logins(databases, store, roles)
    yield opened
    for one in opened.values():
        one.close()


def plan(login, **more):
    return plan_area(login, "G", budget=None, horizon_years=8.0, scenario="reviewed", time_limit=10.0, today=DAY,
                     **more)  # fmt: skip


def designs(login) -> dict[str, dict]:
    return {row["estate"]: row for row in review.newest_designs(login) if row["scenario"] == "reviewed"}


def test_a_method_changed_by_hand_is_kept_by_the_next_plan_with_its_reason(store, people):
    planner = people["planner"]
    plan(planner)
    first = designs(planner)["E1"]
    rows, steps = review.read_design(planner, first["id"])
    assert first["state"] == "draft" and "submitted" in steps and rows[0]["west"] is not None
    one = next(row for row in rows if row["method"] == "ftth")
    with pytest.raises(ParameterError, match="Say why"):
        review.override_method(planner, one["id"], "fttb", "  ")
    with pytest.raises(ParameterError, match="no access method"):
        review.override_method(planner, one["id"], "pigeon", "fast")
    review.override_method(planner, one["id"], "fttb", "risers are full", today=DAY)
    changed = next(row for row in review.read_design(planner, first["id"])[0] if row["id"] == one["id"])
    assert (changed["method"], changed["runner_up"], changed["locked"]) == ("fttb", "ftth", True)
    assert changed["reason_en"] == (
        f"Fibre to the building by hand of {planner.login} on 2026-03-01: risers are full")
    assert "risers are full" in changed["reason_zh"] and "光纤" in changed["reason_zh"]
    assert "risers are full" in changed["override_note"] and planner.login in changed["override_note"]

    other = next(row for row in rows if row["id"] != one["id"])
    assert review.keep_methods(planner, [other["id"]], "agreed with the owner") == 1
    again = plan(planner)
    assert again.new, "what people decided is part of the input"
    second = designs(planner)["E1"]
    assert second["version_no"] == first["version_no"] + 1 and second["id"] != first["id"]
    after = {row["code"]: row for row in review.read_design(planner, second["id"])[0]}
    kept = after[one["code"]]
    assert kept["method"] == "fttb" and kept["locked"] and kept["override_note"] == changed["override_note"]
    assert kept["cost"] > 0 and kept["cost"] != one["cost"], "its cost was reckoned anew"
    assert after[other["code"]]["method"] == other["method"] and after[other["code"]]["locked"]

    assert review.release_methods(planner, [row["id"] for row in after.values()]) == 2
    plan(planner)
    third = {row["code"]: row for row in review.read_design(planner, designs(planner)["E1"]["id"])[0]}
    assert third[one["code"]]["method"] == one["method"] and not third[one["code"]]["locked"]


def test_author_and_reviewer_are_two_and_approved_estates_are_locks(store, people):
    planner, support, functional = (people[role] for role in ("planner", "network_support", "functional"))
    design = designs(planner)["E1"]["id"]
    with pytest.raises(FullServiceError):
        review.hand_in(functional, design)
    review.hand_in(planner, design)
    rows, _ = review.read_design(planner, design)
    with pytest.raises(FullServiceError, match="closed|no longer"):
        review.override_method(planner, rows[0]["id"], "fttb", "late idea")
    with pytest.raises(TransitionError):
        review.decide(planner, design, "approve")
    with pytest.raises(ParameterError, match="Say why"):
        review.decide(support, design, "return", " ")
    review.decide(support, design, "return", "cabinet stands in a gateway")
    assert designs(planner)["E1"]["state"] == "returned"
    assert designs(planner)["E1"]["note"] == "cabinet stands in a gateway"
    review.hand_in(planner, design)
    review.decide(functional, design, "approve", "fine")
    assert designs(planner)["E1"]["state"] == "approved"
    told = store.rows("select by, decision, comment from fullservice.design_review where design_id = %s order by at",
                      (design,))  # fmt: skip
    assert told == [(support.login, "return", "cabinet stands in a gateway"), (functional.login, "approve", "fine")]
    methods = {row["code"]: row["method"] for row in review.read_design(planner, design)[0]}
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set households = 1 where code like 'E1-%'")
    plan(planner)
    assert designs(planner)["E1"]["id"] == design, "an approved estate gets no new version"
    newest = store.value("select id from fullservice.plan where scenario = 'reviewed' order by fid desc limit 1")
    stands = dict(store.rows(
        "select b.code, c.method from fullservice.access_decision c join fullservice.building b "
        "on b.id = c.building_id where c.plan_id = %s and b.code like 'E1-%%'", (newest,)))  # fmt: skip
    assert stands == methods


def test_a_rejected_design_and_its_author_alone(people):
    planner, support = people["planner"], people["network_support"]
    design = designs(planner)["E2"]["id"]
    review.hand_in(planner, design)
    with pytest.raises(ParameterError, match="not eaten"):
        review.decide(support, design, "eaten")
    review.decide(support, design, "reject", "no need")
    assert designs(planner)["E2"]["state"] == "rejected"
    with pytest.raises(TransitionError):
        review.decide(support, design, "approve")


@pytest.mark.parametrize("role", ["customer_manager", "read_only"])
def test_others_look_only(people, role):
    login = people[role]
    design = designs(login)["E2"]["id"]
    rows, steps = review.read_design(login, design)
    assert rows and steps == set()
    with pytest.raises(FullServiceError):
        review.keep_methods(login, [rows[0]["id"]], "mine")


def fresh(login, scenario: str, estate: str = "E2") -> str:
    plan_area(login, "G", budget=None, horizon_years=8.0, scenario=scenario, time_limit=10.0, today=DAY)
    return next(row["id"] for row in review.newest_designs(login)
                if row["scenario"] == scenario and row["estate"] == estate)  # fmt: skip


def refused(login, design: str) -> dict[str, str]:
    row = next(row for row in review.newest_designs(login) if row["id"] == design)
    return review.why_not(row, review.read_design(login, design)[1])


def attempt(login, deed: str, design: str, decisions: list[str]) -> None:
    if deed in review.BY_HAND:
        review.do_by_hand(login, deed, decisions, "fttb", "because")
    elif deed == "hand_in":
        review.hand_in(login, design)
    else:
        review.decide(login, design, deed, "because")


def test_an_author_who_may_review_is_told_why_not(store, people):
    design = fresh(store, "own")  # an administrator has every role
    review.hand_in(store, design)
    told = refused(store, design)
    assert {told[key] for key in review.DECISIONS} == {"You made this design: somebody else has to review it."}
    with pytest.raises(TransitionError):
        review.decide(store, design, "approve")
    assert not set(refused(people["functional"], design)) & set(review.DECISIONS)


def test_nothing_is_decided_twice(store, people):
    design = fresh(store, "twice")
    support, functional = people["network_support"], people["functional"]
    review.hand_in(store, design)
    with pytest.raises(InputError, match="already"):
        review.hand_in(store, design)
    review.decide(support, design, "return", "once")
    for login in (support, functional, store):
        with pytest.raises(InputError, match="already"):
            review.decide(login, design, "return", "again")
    assert store.value("select count(*) from fullservice.design_review where design_id = %s", (design,)) == 1


def test_of_two_reviewers_at_once_one_decides(store, people):
    from threading import Thread

    design = fresh(store, "race")
    review.hand_in(store, design)
    told: list[str] = []

    def decide(login) -> None:
        try:
            review.decide(login, design, "return", "mine")
            told.append("done")
        except FullServiceError as error:
            told.append(type(error).__name__)

    threads = [Thread(target=decide, args=(people[role],)) for role in ("network_support", "functional")]
    with store.transaction() as cur:  # both wait at the row
        cur.execute("select 1 from fullservice.access_design where id = %s for update", (design,))
        for thread in threads:
            thread.start()
        cur.execute("select pg_sleep(0.4)")
    for thread in threads:
        thread.join(20)
    assert sorted(told) == ["InputError", "done"]
    assert store.value("select count(*) from fullservice.design_review where design_id = %s", (design,)) == 1


def test_what_was_done_by_hand_is_taken_back_while_it_is_a_draft(people):
    from fullservice_plugin.services.by_hand import take_back

    planner, support = people["planner"], people["network_support"]
    design = fresh(planner, "undone")
    before = review.read_design(planner, design)[0]
    deed = review.do_by_hand(planner, "override", [before[0]["id"]], "hybrid", "a try")
    changed = review.read_design(planner, design)[0][0]
    assert changed["method"] == "hybrid" and changed["locked"] and deed.values == {"count": 1}
    with pytest.raises(FullServiceError):
        take_back(support, deed.number)
    assert take_back(planner, deed.number) == 1
    assert review.read_design(planner, design)[0] == before
    kept = review.do_by_hand(planner, "keep", [row["id"] for row in before], reason="all agreed")
    assert kept.values == {"count": len(before)}
    review.hand_in(planner, design)
    with pytest.raises(FullServiceError):
        take_back(planner, kept.number)
    assert all(row["locked"] for row in review.read_design(planner, design)[0])
    with pytest.raises(ParameterError, match="Say why"):
        review.do_by_hand(planner, "keep", [before[0]["id"]], reason=" ")


def test_versions_of_an_estate_side_by_side(store, people):
    planner = people["planner"]
    first = fresh(planner, "compared")
    one = review.read_design(planner, first)[0][0]
    other = "fttb" if one["method"] != "fttb" else "ftth"
    review.override_method(planner, one["id"], other, "cheaper here")
    second = fresh(planner, "compared")
    assert first != second and first in [row["id"] for row in review.other_versions(planner, second)]
    assert second not in [row["id"] for row in review.other_versions(planner, second)]
    found = review.compare_versions(planner, first, second)
    oracle = {code: (a, b, float(x), float(y)) for code, a, b, x, y in store.rows(
        "select b.code, p.method, q.method, p.cost, q.cost from fullservice.building b "
        "join fullservice.access_decision p on p.building_id = b.id and p.design_id = %s "
        "join fullservice.access_decision q on q.building_id = b.id and q.design_id = %s", (first, second))}
    assert {row["code"]: (row["method_a"], row["method_b"], row["cost_a"], row["cost_b"]) for row in found} == oracle
    assert [row["changed"] for row in found] == sorted((row["changed"] for row in found), reverse=True)
    estranged = review.compare_versions(planner, first, designs(planner)["E1"]["id"])  # nothing in common
    assert all(None in (row["method_a"], row["method_b"]) and row["changed"] for row in estranged)


def test_what_is_refused_beforehand_the_server_refuses_too_for_every_role(store, people):
    design = fresh(people["planner"], "standing")
    one = review.read_design(people["planner"], design)[0][0]["id"]
    review.keep_methods(people["planner"], [one], "kept, so that a release would do something")

    def picture() -> tuple:
        return tuple(store.rows("select row_version, state from fullservice.access_design where id = %s", (design,))
                     + store.rows("select row_version, method, locked from fullservice.access_decision "
                                  "where design_id = %s order by id", (design,)))  # fmt: skip

    designing, reviewing = {*review.BY_HAND, "hand_in"}, set(review.DECISIONS)
    both = designing | reviewing
    expected = {
        "draft": dict(planner=reviewing, network_support=reviewing, functional=both, customer_manager=both),
        "submitted": dict(planner=both, network_support=designing, functional=designing, customer_manager=both),
        "approved": dict.fromkeys(("planner", "network_support", "functional", "customer_manager"), both),
    }
    for state, roles in expected.items():
        if state == "submitted":
            review.hand_in(people["planner"], design)
        elif state == "approved":
            review.decide(people["network_support"], design, "approve")
        for role, wanted in {**roles, "read_only": both}.items():
            told = refused(people[role], design)
            assert set(told) == wanted, (state, role, told)
            before = picture()
            for deed in sorted(told):
                with pytest.raises(FullServiceError):
                    attempt(people[role], deed, design, [one])
                assert picture() == before, (state, role, deed)
