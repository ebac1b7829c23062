# SPDX-License-Identifier: GPL-2.0-or-later
"""Review per estate: methods decided by hand with their reason, a second pair of eyes, locks of the next plan."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
from shapely.geometry import Point

from fullservice_plugin.core.errors import FullServiceError, ParameterError, TransitionError
from fullservice_plugin.services import design_review as review
from fullservice_plugin.services.design import plan_area
from fullservice_plugin.services.resources import import_resources

_spec = importlib.util.spec_from_file_location("fs_town_review", Path(__file__).with_name("town.py"))
place = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(place)
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def store(databases):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    made = Store.connect({"service": databases.create()})
    install(made)
    place.build(made)
    import_resources(
        made, place.table({"code": ["OLT"], "kind": ["olt"], "free_ports": [64]}, [Point(place.at(-38, 64))])
    )
    with made.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set households = households * 6")
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(store, databases):
    """One login per role, in the branch of the town."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import add_person

    name = store.connection.info.dbname
    opened = {}
    branch = store.value("select code from fullservice.org_unit where level = 'branch' order by code limit 1")
    for role in ("planner", "network_support", "functional", "customer_manager", "read_only"):
        login = f"{name}_who_{role}"
        with store.transaction(bulk=True) as cur:
            add_person(cur, login, role, (branch,))
        opened[role] = Store.connect({"service": databases.service(login, name, login)})
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
