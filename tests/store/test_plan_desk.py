# SPDX-License-Identifier: GPL-2.0-or-later
"""The design workbench's services: areas found and picked, plans side by side, handed in whole, withdrawn and back."""

from __future__ import annotations

import importlib.util
import os
import time
from datetime import date
from pathlib import Path

import pytest

from fullservice_plugin.core.access.choice import apart
from fullservice_plugin.core.errors import Cancelled, InputError, ParameterError, SolverError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.services import plan_desk
from fullservice_plugin.services.design import plan_area, stage_of
from fullservice_plugin.services.hand_session import open_session

_spec = importlib.util.spec_from_file_location("fs_town_desk", Path(__file__).with_name("town.py"))
place = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(place)
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def owner(databases):
    made = place.supplied(databases.create(), 6)
    yield made
    made.close()


@pytest.fixture(scope="module")
def planner(owner, databases):
    made = place.logins(databases, owner, ("planner",))["planner"]
    yield made
    made.close()


def plan(store, scenario: str, area: str = "G", **more):
    return plan_area(store, area, budget=None, horizon_years=8.0, scenario=scenario, time_limit=5.0, today=DAY, **more)


def living(store, made, table: str) -> int:
    key = "id" if table == "plan" else "plan_id"
    return store.value(f"select count(*) from fullservice.{table} where {key} = %s and not is_deleted", (made.plan_id,))


def test_areas_are_found_by_text_place_and_rectangle(planner):
    assert {row["code"] for row in plan_desk.find_areas(planner, "e1")} == {"E1"}
    assert plan_desk.find_areas(planner, "G")[0]["code"] == "G", "a whole match comes first"
    assert plan_desk.find_areas(planner, "%") == [], "a sign is no wildcard"
    facts = plan_desk.read_area_facts(planner, "E1")
    west, south, east, north = facts.box
    here = plan_desk.areas_at(planner, (west + east) / 2, (south + north) / 2)
    kinds = [row["kind"] for row in here]
    assert "grid" in kinds and kinds == sorted(kinds, key=lambda kind: kind != "estate"), "estates before territories"
    whole = plan_desk.read_area_facts(planner, "G")
    picked = plan_desk.estates_in(planner, whole.box)
    assert set(picked["code"].split("+")) == {"E1", "E2"}
    with pytest.raises(InputError):
        plan_desk.estates_in(planner, (0.0, 0.0, 0.1, 0.1))
    with pytest.raises(ParameterError):
        plan_desk.read_area_facts(planner, "E1+E1")
    assert facts.may_plan and facts.buildings and whole.buildings > facts.buildings


def test_several_estates_are_planned_together(planner):
    made = plan(planner, "both", "E1+E2")
    view = plan_desk.read_plan_view(planner, made.code)
    assert view.plan["area_code"] == "E1+E2" and sum(view.plan["states"].values()) == 2
    assert sum(len(group.rows) for group in (*view.served, *view.left_out)) == plan_desk.read_area_facts(
        planner, "E1+E2").buildings


def test_take_rate_and_methods_hold_for_one_plan(planner):
    usual, few = plan(planner, "usual"), plan(planner, "few", take_rate=0.05, allowed=("ftth",))
    shown = {row["code"]: row for row in plan_desk.plans_here(planner, "G")}
    assert shown[usual.code]["take_rate"] == 0.4 and shown[few.code]["take_rate"] == 0.05
    assert set(shown[few.code]["methods"]) <= {"ftth", "none"}
    assert shown[few.code]["benefit"] < shown[usual.code]["benefit"]
    assert plan(planner, "few", take_rate=0.05, allowed=("ftth",)).new is False, "the same wish is the same plan"
    leased = plan_desk.read_plan_view(planner, plan(planner, "leased", allowed=("leased",)).code)
    assert not leased.served and {group.limit for group in leased.left_out} >= {"unreachable"}
    with pytest.raises(ParameterError):
        plan(planner, "wrong", take_rate=40.0)
    with pytest.raises(ParameterError):
        plan(planner, "wrong", allowed=("copper",))
    if shown[usual.code]["methods"].keys() - {"none"}:
        session = open_session(planner, usual.code)
        assert session.methods


def test_a_plan_is_withdrawn_whole_and_comes_back_whole(planner):
    made = plan(planner, "gone")
    tables = ("plan", "access_design", "access_decision", "design_element", "design_bom")
    before = [living(planner, made, table) for table in tables]
    assert all(before)
    with planner.transaction(bulk=True) as cur:  # one part that somebody deleted before stays deleted
        cur.execute("update fullservice.design_element set is_deleted = true where fid = (select max(fid) from "
                    "fullservice.design_element where plan_id = %s)", (made.plan_id,))
    since = plan_desk.withdraw_plan(planner, made.plan_id)
    assert [living(planner, made, table) for table in tables] == [0] * 5
    assert made.code not in {row["code"] for row in plan_desk.plans_here(planner, "G")}
    with pytest.raises(InputError):
        plan_desk.withdraw_plan(planner, made.plan_id)
    plan_desk.bring_back_plan(planner, made.plan_id, since)
    before[3] -= 1
    assert [living(planner, made, table) for table in tables] == before
    plan_desk.withdraw_plan(planner, made.plan_id)
    again = plan(planner, "gone")
    assert again.new and again.code != made.code, "the number of a withdrawn plan is not given again"


def test_a_plan_is_handed_in_whole_and_then_stays(planner):
    made = plan(planner, "ready")
    view = plan_desk.read_plan_view(planner, made.code)
    assert view.refused == {} and view.gap is not None and view.gap >= 0
    assert plan_desk.hand_in_plan(planner, made.plan_id) == sum(view.plan["states"].values())
    with pytest.raises(InputError):
        plan_desk.hand_in_plan(planner, made.plan_id)
    with pytest.raises(InputError):
        plan_desk.withdraw_plan(planner, made.plan_id)
    after = plan_desk.read_plan_view(planner, made.code)
    assert after.plan["states"] == {"submitted": sum(view.plan["states"].values())}
    assert set(after.refused) == {"hand_in", "withdraw"}


def test_a_process_apart_plans_the_same(planner):
    near, shares = plan(planner, "near"), []
    apart_one = plan(planner, "apart", solve=apart.plan_apart, progress=Progress(shares.append))
    assert (apart_one.cost, apart_one.lower_bound, apart_one.benefit) == (near.cost, near.lower_bound, near.benefit)
    assert len({stage_of(share) for share in shares}) >= 3 and shares == sorted(shares)


def test_a_stop_ends_the_process_and_leaves_nothing(planner):
    count = planner.value("select count(*) from fullservice.plan")
    stop = []

    def told(share: float) -> None:
        if share > 0.1:
            stop.append(share)

    with pytest.raises(Cancelled):
        plan(planner, "stopped", solve=apart.plan_apart, progress=Progress(told, cancelled=lambda: bool(stop)))
    assert planner.value("select count(*) from fullservice.plan") == count
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    assert not children.exists() or not children.read_text().split(), "no process is left"


def test_a_stop_does_not_wait_for_the_process(planner, monkeypatch):
    monkeypatch.setattr(apart, "_RUN", "import pickle, sys, time; sys.stdin.buffer.read(); pickle.dump(('share', 0.2), "
                                       "sys.stdout.buffer); sys.stdout.flush(); time.sleep(60)")
    stop: list[float] = []
    with pytest.raises(Cancelled):
        plan(planner, "stopped", solve=apart.plan_apart,
             progress=Progress(lambda _share: stop.append(time.monotonic()), cancelled=lambda: bool(stop)))
    assert time.monotonic() - stop[0] < 20.0


def test_errors_and_a_death_of_the_process_are_told(planner, monkeypatch):
    with pytest.raises(ParameterError) as refused:
        apart.plan_apart(None, None, None, None, None, _Wrong(-1.0))
    assert refused.value.values == {"value": -1.0}, "the error comes whole"
    with pytest.raises(AttributeError):  # what cannot be handed over is tried here, and fails here
        apart.plan_apart(lambda: None, None, None, None, None, None)
    monkeypatch.setattr(apart, "_RUN", "import os, pickle, sys; pickle.dump(('share', 0.0), sys.stdout.buffer); "
                                       "sys.stdout.flush(); os._exit(9)")
    with pytest.raises(SolverError):
        plan(planner, "dead", solve=apart.plan_apart)
    monkeypatch.setattr(apart, "_RUN", "raise SystemExit(3)")
    assert plan(planner, "thread", solve=apart.plan_apart).new, "a Python that cannot start is done without"


class _Wrong:
    """Settings with a budget that cannot be."""

    def __init__(self, budget: float) -> None:
        self.budget = budget
