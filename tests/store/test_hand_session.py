# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan under the designer's hand: fast, undone in one step, saved as a new plan that keeps methods and hand."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from shapely.geometry import LineString, MultiPolygon, Point

from fullservice_plugin.core.access.wired.hand import DrawnRoute, Hand
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.services.design import plan_area
from fullservice_plugin.services.hand_session import open_session, save_session, without
from fullservice_plugin.services.hand_wlan import locked, moved, placed
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


def test_access_points_are_placed_dragged_locked_and_kept(planned):
    """One building gets WLAN; its points follow the hand, the others and the wired network stay as they are."""
    store, made = planned
    codes = [row["code"] for row in store.dicts(
        "select b.code from fullservice.access_decision d join fullservice.building b on b.id = d.building_id "
        "where d.plan_id = %s and d.method <> 'none' order by b.code", (made.plan_id,))]  # fmt: skip
    methods = {code: "wlan" for code in codes[:2]}
    with_wlan = plan_area(
        store, "G", budget=None, horizon_years=8.0, scenario="base", time_limit=10.0, today=date(2026, 3, 1),
        methods={**{code: "ftth" for code in codes}, **methods},
    )  # fmt: skip
    session = open_session(store, with_wlan.code)
    before = session.step
    mine = [ap for ap in before.wlan.aps if ap.building_id == codes[0] and ap.floor == 1]
    assert mine and {ap.building_id for ap in before.wlan.aps} == set(codes[:2])

    shape = dict(zip(session.area.buildings.ids, session.area.buildings.geometry))[codes[0]]
    there = Point(shape.centroid.x + 0.5, shape.centroid.y)
    dragged = session.apply(replace(before.hand, aps=moved(before.wlan, before.hand.aps, mine[0].geometry, there, 1)))
    assert dragged.design is before.design, "the wired network was not designed again"
    assert [ap.geometry.distance(there) < 1e-6 for ap in dragged.wlan.aps if ap.ap_id == mine[0].ap_id] == [True]
    others = [ap for ap in dragged.wlan.aps if ap.building_id == codes[1]]
    assert others == [ap for ap in before.wlan.aps if ap.building_id == codes[1]]

    more = session.apply(replace(dragged.hand, aps=placed(session.wlan, dragged.hand.aps, shape.centroid, 1)))
    assert f"{codes[0]}-F1-own1" in {a.ap_id for a in more.wlan.aps}
    assert more.hand_cost == pytest.approx(more.wlan.hand_cost), "nothing of the wired network was changed by hand"
    held = session.apply(replace(more.hand, aps=locked(more.wlan, more.hand.aps, others[0].geometry, others[0].floor)))
    assert [(a.ap_id, a.channel) for a in held.hand.aps if a.building_id == codes[1]] == [
        (others[0].ap_id, others[0].channel)]  # fmt: skip
    assert locked(held.wlan, held.hand.aps, others[0].geometry, others[0].floor) == more.hand.aps, "a second click"
    with pytest.raises(InputError, match="no access point of floor 90"):
        moved(held.wlan, held.hand.aps, there, there, 90)
    with pytest.raises(InputError, match="no building with WLAN"):
        placed(session.wlan, (), Point(1e6, 1e6), 1)
    with pytest.raises(InputError, match="outside floor 1"):
        session.apply(replace(held.hand, aps=moved(held.wlan, held.hand.aps, there, Point(1e4, 1e4), 1)))
    assert session.step is held and session.undo() and session.step is more and session.redo()

    kept = save_session(store, session)
    assert kept.new
    stored = store.dicts("select code, channel, ST_X(geom) as x from fullservice.design_element where plan_id = %s and "
                         "kind = 'ap' and not is_deleted", (kept.plan_id,))  # fmt: skip
    assert {row["code"] for row in stored} >= {ap.ap_id for ap in held.hand.aps}
    again = open_session(store, kept.code)
    assert [(a.ap_id, a.floor, a.channel) for a in again.step.hand.aps] == [
        (a.ap_id, a.floor, a.channel) for a in held.hand.aps]  # fmt: skip
    assert {ap.ap_id for ap in again.step.wlan.aps} == {ap.ap_id for ap in held.wlan.aps}


def test_walls_of_houses_that_are_left_out_carry_cables_as_in_the_plan(planned):
    """A terrace whose middle house is not served: its owner did not refuse; the same network at the same cost."""
    store, _made = planned
    with store.transaction(bulk=True) as cur:
        for place in range(3):
            cur.execute("update fullservice.building set geom = %s where code = %s",
                        (_wkb(town.block(10 + 20 * place, 14)), f"E1-{place + 1}"))
    methods = {"E1-1": "ftth", "E1-2": "none", "E1-3": "ftth", "E2-1": "none", "E2-2": "none", "E2-3": "none"}
    terrace = plan_area(store, "G", budget=None, horizon_years=8.0, scenario="terrace", time_limit=10.0,
                        today=date(2026, 3, 1), methods=methods)
    walls = store.value("select count(*) from fullservice.design_element where plan_id = %s and construction = 'wall'",
                        (terrace.plan_id,))
    cost = store.value("select wired_cost from fullservice.plan where id = %s", (terrace.plan_id,))
    assert walls and open_session(store, terrace.code).step.cost == pytest.approx(float(cost), rel=1e-6)


def _wkb(shape) -> str:
    from fullservice_plugin.services.imports import ewkb

    return ewkb(MultiPolygon([shape]))
