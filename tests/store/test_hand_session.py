# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan under the designer's hand: fast, undone in one step, saved as a new plan that keeps methods and hand."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from shapely.geometry import LineString, Point

from fullservice_plugin.core.access.wired.hand import DrawnRoute, Hand
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.services.design import plan_area
from fullservice_plugin.services.hand_session import open_session, save_session, without
from fullservice_plugin.services.resources import import_resources

_spec = importlib.util.spec_from_file_location("fs_town_hand", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)


@pytest.fixture(scope="module")
def planned(databases):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": databases.create()})
    install(store)
    town.build(store)
    import_resources(
        store, town.table({"code": ["OLT"], "kind": ["olt"], "free_ports": [64]}, [Point(town.at(-38, 64))])
    )
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set households = households * 6")
    made = plan_area(
        store, "G", budget=None, horizon_years=8.0, scenario="base", time_limit=10.0, today=date(2026, 3, 1)
    )
    yield store, made
    store.close()


def test_a_session_opens_with_the_plan_as_it_stands(planned):
    store, made = planned
    session = open_session(store, made.code)
    assert not session.step.hand and session.step.hand_cost == pytest.approx(0.0)
    kept = store.value(
        "select sum(cost) from fullservice.design_bom where plan_id = %s and domain = 'wired'"
        " and item not like 'Building terminal%%' and item <> 'Installation of a building terminal'"
        " and item <> 'LAN cabling, per home served'",
        (made.plan_id,),
    )
    assert session.step.cost == pytest.approx(float(kept), rel=1e-6)
    with pytest.raises(InputError, match="no plan"):
        open_session(store, "nothing")


def test_changes_are_made_undone_and_redone(planned):
    store, made = planned
    session = open_session(store, made.plan_id)
    route = max(session.step.design.routes, key=lambda r: r.length_m)
    before = session.step.cost
    locked = session.apply(Hand(forbidden=(route.geometry,)))
    assert locked.hand_cost >= -1e-6 and locked.seconds < 5.0
    drawn = session.apply(replace(locked.hand, drawn=(DrawnRoute(LineString([(0, 0), (30, 30)]), "aerial"),)))
    assert drawn.cost > locked.cost
    assert session.undo() and session.step.cost == locked.cost
    assert session.undo() and session.step.cost == before and not session.undo()
    assert session.redo() and session.redo() and session.step is drawn and not session.redo()
    session.apply(without(drawn.hand, "drawn", 0))
    assert session.step.cost == pytest.approx(locked.cost) and not session.redo()


def test_what_is_saved_is_a_new_plan_that_opens_the_same(planned):
    store, made = planned
    session = open_session(store, made.code)
    place = session.step.design.routes[0].geometry.interpolate(0.5, normalized=True)
    line = LineString([(place.x, place.y), (place.x + 25, place.y + 25)])
    session.apply(Hand(drawn=(DrawnRoute(line, "aerial"),), cabinets=(Point(place.x, place.y),)))
    saved = save_session(store, session)
    assert saved.new and saved.code != made.code
    methods = [
        dict(store.rows("select building_id::text, method from fullservice.access_decision where plan_id = %s", (key,)))
        for key in (made.plan_id, saved.plan_id)
    ]
    assert methods[0] == methods[1]
    air = store.value(
        "select sum(length_m) from fullservice.design_element where plan_id = %s and construction = 'aerial'"
        " and trench_cost > 0",
        (saved.plan_id,),
    )
    assert air == pytest.approx(line.length, rel=0.03)
    again = open_session(store, saved.code)
    assert again.step.hand.drawn[0].line.length == pytest.approx(line.length, rel=1e-3)
    assert again.step.cost == pytest.approx(session.step.cost, rel=1e-3)
    assert not save_session(store, again).new
    versions = store.value("select max(version_no) from fullservice.access_design where not is_deleted")
    assert versions == 2


def test_the_next_plan_may_keep_the_hand(planned):
    store, made = planned
    by_hand = store.value("select code from fullservice.plan where params -> 'hand' is not null and "
                          "params ->> 'hand' <> '' order by fid desc limit 1")  # fmt: skip
    given = {"budget": None, "horizon_years": 9.0, "scenario": "base", "time_limit": 10.0, "today": date(2026, 3, 1)}
    kept = plan_area(store, "G", hand_of_plan=by_hand, **given)
    plain = plan_area(store, "G", **given)
    air = (
        "select coalesce(sum(length_m), 0) from fullservice.design_element"
        " where plan_id = %s and construction = 'aerial'"
    )
    assert store.value(air, (kept.plan_id,)) > 20 and store.value(air, (plain.plan_id,)) == 0
    with pytest.raises(ParameterError, match="NONE"):
        plan_area(store, "G", hand_of_plan="NONE", **given)
