# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan of an area: what the store knows goes in, one plan with one design version per estate comes out."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
from psycopg2 import sql
from shapely.geometry import Point

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.errors import InputError, ParameterError, StoreError
from fullservice_plugin.services import design
from fullservice_plugin.services.competition import record_observation
from fullservice_plugin.services.negotiation_import import import_negotiations
from fullservice_plugin.services.packages import import_packages
from fullservice_plugin.services.plan_input import Scenario, read_area
from fullservice_plugin.services.refusal import refusal_cost
from fullservice_plugin.services.resources import import_resources

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)
DAY = date(2026, 3, 1)


def _open(service: str):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": service})
    install(store)
    return store


def _plan(store, **changes):
    given = {
        "budget": None,
        "horizon_years": 5.0,
        "scenario": "base",
        "catalogue": load_catalogue(),
        "time_limit": 20.0,
        "today": DAY,
    }
    return design.plan_area(store, changes.pop("area", "G"), **{**given, **changes})


@pytest.fixture(scope="module")
def place(empty_database):
    store = _open(empty_database)
    ids = town.build(store)
    import_resources(
        store, town.table({"code": ["OLT-1"], "kind": ["olt"], "free_ports": [64]}, [Point(town.at(-40, 30))])
    )
    import_packages(
        store,
        town.table({"code": ["P"], "name": ["p"], "segment": ["home"], "price_month": [600.0], "down_mbps": [1000]}),
    )
    import_negotiations(
        store,
        town.table(
            {
                "building_code": ["E1-1", "E1-2", "E2-1"],
                "stage": ["signed", "refused", "negotiating"],
                "reason_code": [None, "fee", None],
                "party_name": ["a", "a", "b"],
            }
        ),
        today=DAY,
    )
    record_observation(
        store, "CTCC", "technology", "ftth", "official", "list", building_id=ids["E1-3"], observed_on=DAY
    )
    record_observation(
        store,
        "CUCC",
        "exclusivity",
        "contract",
        "official",
        "list",
        building_id=ids["E2-3"],
        observed_on=DAY,
        valid_until=date(2028, 1, 1),
    )
    yield store, ids
    store.close()


def test_what_the_store_knows_reaches_the_computation(place):
    store, _ = place
    with store.transaction() as cur:
        area = read_area(cur, "G", Scenario("base"), DAY)
    at = {
        key: {name: values[n] for name, values in area.buildings.columns.items()}
        for n, key in enumerate(area.buildings.ids)
    }
    assert sorted(at) == ["E1-1", "E1-2", "E1-3", "E2-1", "E2-2", "E2-3"]
    assert at["E1-1"]["access_state"] == "open" and at["E1-1"]["probability"] == 1.0
    assert at["E1-2"]["access_state"] == "refused"
    assert at["E2-1"]["probability"] == 0.75 and at["E2-2"]["probability"] == 0.5
    assert at["E1-3"]["take_rate"] < at["E1-1"]["take_rate"] == 0.4
    assert at["E2-3"]["exclusive_until"] == "2028-01-01"
    assert area.supply.ids == ["OLT-1"] and len(area.streets) == 4 and area.packages.ids == ["P"]
    # 20 m wide footprints in metres
    assert area.buildings.geometry[0].bounds[2] - area.buildings.geometry[0].bounds[0] == pytest.approx(20, rel=0.01)


def test_plan_is_kept_whole_and_found_again(place):
    store, ids = place
    made = _plan(store)
    assert made.new and made.cost > 0 and 0 < made.lower_bound <= made.cost + 0.01
    plan = store.dicts("select * from fullservice.plan where id = %s", (made.plan_id,))[0]
    assert float(plan["cost"]) == made.cost and plan["homes_passed"] == made.homes_passed
    assert sum(part["cost"] for part in plan["components"].values()) == pytest.approx(made.cost, abs=0.02)
    assert sum(part["lower_bound"] for part in plan["components"].values()) == pytest.approx(made.lower_bound, abs=0.02)
    bom = store.value("select sum(cost) from fullservice.design_bom where plan_id = %s", (made.plan_id,))
    assert float(bom) == pytest.approx(made.cost, abs=0.05)
    decisions = {
        row["code"]: row
        for row in store.dicts(
            "select b.code, d.* from fullservice.access_decision d join fullservice.building b on b.id = d.building_id"
            " where d.plan_id = %s",
            (made.plan_id,),
        )
    }
    assert len(decisions) == 6
    assert decisions["E1-2"]["method"] == "none" and decisions["E1-2"]["constraint_code"] == "refused"
    assert decisions["E2-3"]["method"] == "none" and decisions["E2-3"]["constraint_code"] == "exclusive"
    assert decisions["E1-1"]["method"] != "none"
    for row in decisions.values():
        assert row["reason_en"] and any("\u4e00" <= letter <= "\u9fff" for letter in row["reason_zh"]), row["reason_zh"]
        assert "{" not in row["reason_en"] + row["reason_zh"]
    assert float(sum(row["cost"] for row in decisions.values())) == pytest.approx(made.cost, abs=0.1)
    wired = store.value("select sum(cost) from fullservice.design_bom where plan_id = %s and domain = 'wired'",
                        (made.plan_id,))  # fmt: skip
    assert float(wired) == pytest.approx(float(plan["wired_cost"]), abs=0.05)
    assert plan["wired_lower_bound"] <= plan["wired_cost"]
    designs = store.rows(
        "select e.code, d.version_no, d.state from fullservice.access_design d"
        " join fullservice.estate e on e.id = d.estate_id where d.plan_id = %s order by 1",
        (made.plan_id,),
    )
    assert designs == [("E1", 1, "draft"), ("E2", 1, "draft")]
    kinds = dict(
        store.rows(
            "select kind, count(*) from fullservice.design_element where plan_id = %s group by 1", (made.plan_id,)
        )
    )
    assert kinds["drop"] == sum(row["method"] != "none" for row in decisions.values())
    assert kinds["olt"] >= 1 and kinds["fat"] >= 1 and kinds["route"] >= 1
    assert store.value(
        "select bool_and(ST_SRID(geom) = 4326 and ST_DWithin(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326), 0.02))"
        " from fullservice.design_element where plan_id = %s",
        (town.LON, town.LAT, made.plan_id),
    )
    drop = store.rows(
        "select length_m, ST_Length(geom::geography) from fullservice.design_element"
        " where plan_id = %s and kind = 'route'",
        (made.plan_id,),
    )
    assert all(length == pytest.approx(ground, rel=0.01, abs=0.2) for length, ground in drop)

    knew = store.dicts("select * from fs_app.plan_building where plan = %s", (made.code,))
    known = {row["code"]: row for row in knew}
    assert known["E1-2"]["access_state"] == "refused" and known["E1-3"]["take_rate"] < known["E1-1"]["take_rate"]

    again = _plan(store)
    assert not again.new and again.plan_id == made.plan_id and again.cost == made.cost
    other = _plan(store, scenario="bold")
    assert other.new and other.plan_id != made.plan_id and other.cost == made.cost
    versions = store.rows("select max(version_no) from fullservice.access_design where plan_id = %s", (other.plan_id,))
    assert versions == [(2,)]


def test_a_budget_is_kept_and_an_estate_can_be_planned_alone(place):
    store, _ = place
    free = _plan(store, area="E1")
    assert store.value("select count(*) from fullservice.access_decision where plan_id = %s", (free.plan_id,)) == 3
    tight = _plan(store, area="E1", budget=free.cost * 0.6)
    assert tight.cost <= free.cost * 0.6 and tight.homes_passed <= free.homes_passed


def test_approved_estates_are_locks_of_the_next_run(place, databases):
    store, ids = place
    first = _plan(store, scenario="lock")
    key = store.value(
        "select id::text from fullservice.access_design where plan_id = %s and estate_id = %s",
        (first.plan_id, ids["E1"]),
    )
    before = dict(
        store.rows("select building_id::text, method from fullservice.access_decision where design_id = %s", (key,))
    )
    from fullservice_plugin.store.connection import Store

    name = store.connection.info.dbname
    login = f"{name}_reviewer"
    with store.transaction(bulk=True) as cur:
        cur.execute(sql.SQL("create role {} login in role {}").format(
            sql.Identifier(login), sql.Identifier(f"{name}_network_support")))  # fmt: skip
        town.insert(cur, "staff", login=login, role="network_support", branch_code="B")
    reviewer = Store.connect({"service": databases.service(login, name, login)})
    store.transition("SM-3", key, "submitted")
    for state in ("in_review", "approved"):
        reviewer.transition("SM-3", key, state)
    reviewer.close()
    second = _plan(store, scenario="lock", budget=first.cost * 2)
    assert second.new
    rows = store.rows(
        "select building_id::text, method, locked, design_id from fullservice.access_decision where plan_id = %s",
        (second.plan_id,),
    )
    locked = {row[0]: row for row in rows if row[0] in before}
    assert {key: row[1] for key, row in locked.items()} == before
    assert all(row[3] is None for row in locked.values()) and any(row[2] for row in locked.values())
    assert store.rows(
        "select estate_id::text from fullservice.access_design where plan_id = %s", (second.plan_id,)
    ) == [(ids["E2"],)]


def test_scenario_settings_change_the_plan(place):
    store, _ = place
    with store.transaction(bulk=True) as cur:
        cur.execute(
            "insert into fs_meta.setting values ('scenario:shy', '{\"take_rate\": 0.0}'), "
            "('scenario:wrong', '{\"take\": 1}')"
        )
    shy = _plan(store, area="E2", scenario="shy")
    assert shy.homes_passed == 0
    with pytest.raises(ParameterError, match="unknown settings"):
        _plan(store, scenario="wrong")


def test_bad_parameters(place):
    store, _ = place
    with pytest.raises(ParameterError, match="XYZ"):
        _plan(store, area="XYZ")
    with pytest.raises(ParameterError, match="budget"):
        _plan(store, budget=-1.0)
    with pytest.raises(ParameterError, match="HORIZON"):
        _plan(store, horizon_years=0.0)


def test_no_streets_no_supply_no_rights(databases):
    store = _open(databases.create())
    town.build(store, streets=False)
    with pytest.raises(InputError, match="OLT"):
        _plan(store)
    import_resources(store, town.table({"code": ["O"], "kind": ["olt"]}, [Point(town.at(-40, 30))]))
    with pytest.raises(InputError, match="streets"):
        _plan(store)
    with store.transaction(bulk=True) as cur:
        town.insert(cur, "estate", code="EMPTY", name="empty")
    with pytest.raises(InputError, match="no buildings"):
        _plan(store, area="EMPTY")
    name = store.connection.info.dbname
    login = f"{name}_reader"
    with store.transaction() as cur:
        cur.execute(
            sql.SQL("create role {} login in role {}").format(
                sql.Identifier(login), sql.Identifier(f"{name}_read_only")
            )
        )
    from fullservice_plugin.store.connection import Store

    reader = Store.connect({"service": databases.service(login, name, login)})
    with pytest.raises(StoreError, match="planner"):
        _plan(reader)
    reader.close()
    store.close()


def test_unknown_households_are_no_zero(databases):
    store = _open(databases.create())
    ids = town.build(store)
    import_resources(store, town.table({"code": ["O"], "kind": ["olt"], "free_ports": [64]}, [Point(town.at(-40, 30))]))
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set households = null where id = %s", (ids["E1-2"],))
        area = read_area(cur, "E1", Scenario("base"), DAY)
    assert area.buildings.column("households")[1] is None
    made = _plan(store, area="E1")
    assert made.new
    store.close()


def test_a_cabinet_with_free_ports_serves_before_a_new_one(databases):
    store = _open(databases.create())
    town.build(store)
    table = {"code": ["O", "CAB-1", "CAB-2"], "kind": ["olt", "fdt", "fdt"], "installed_ports": [64, 144, 144],
             "occupied": [0, 100, 144]}
    import_resources(store, town.table(table, [Point(town.at(-40, 30)), Point(town.at(10, 30)), Point(town.at(5, 30))]))
    import_packages(
        store,
        town.table({"code": ["P"], "name": ["p"], "segment": ["home"], "price_month": [600.0], "down_mbps": [1000]}),
    )
    with store.transaction() as cur:
        supply = read_area(cur, "G", Scenario("base"), DAY).supply
    assert supply.ids == ["CAB-1", "O"] and supply.column("kind") == ["fdt", "olt"]
    made = _plan(store)
    found = {row["code"]: row for row in store.dicts(
        "select code, parent_code, ports, used from fullservice.design_element where kind = 'fdt' and plan_id = %s",
        (made.plan_id,))}
    there = found.pop("FDT-CAB-1")
    assert not there["parent_code"] and 0 < there["used"] <= there["ports"] == 44
    bought = store.value("select sum(quantity) from fullservice.design_bom where "
                         "item ilike '%%cabinet%%' and plan_id = %s", (made.plan_id,))
    assert (bought or 0) == 2 * len(found)  # each new one and its installation
    store.close()


def test_a_coverage_target_of_a_grid_is_served_and_kept_with_the_plan(place):
    store, _ = place
    free = _plan(store, scenario="target")
    assert store.value("select params -> 'targets' from fullservice.plan where id = %s", (free.plan_id,)) == []
    total = store.value("select sum(households) from fullservice.building where not is_deleted and households > 0")
    with store.transaction() as cur:
        cur.execute("update fullservice.org_unit set coverage_target = 1, edit_base = row_version where code = 'G'")
    try:
        made = _plan(store, scenario="target")
        assert made.new and made.plan_id != free.plan_id, "a target is part of the input"
        (told,) = store.value("select params -> 'targets' from fullservice.plan where id = %s", (made.plan_id,))
        assert told["code"] == "G" and told["met"] and told["homes"] == total and told["possible"] < total
        assert made.homes_passed == told["served"] == told["possible"] >= free.homes_passed
        assert made.benefit <= free.benefit + 1e-6 and [one.met for one in made.targets] == [True]
        with pytest.raises(InputError, match="must lie between 0 and 1"), store.transaction() as cur:
            cur.execute("update fullservice.org_unit set coverage_target = 7, edit_base = row_version where code = 'G'")
    finally:
        with store.transaction() as cur:
            cur.execute("update fullservice.org_unit set coverage_target = null, edit_base = row_version "
                        "where code = 'G'")  # fmt: skip


def test_the_cost_of_a_refusal_is_told_and_nothing_is_stored(place):
    store, _ = place
    made = _plan(store)
    rows = store.dicts("select b.code, d.method, d.permission_value::float8 as value, d.revenue::float8 as revenue "
                       "from fullservice.access_decision d join fullservice.building b on b.id = d.building_id "
                       "where d.plan_id = %s order by value desc nulls last", (made.plan_id,))  # fmt: skip
    assert all(row["value"] == 0 for row in rows if row["method"] == "none")
    assert all(0 <= row["value"] <= row["revenue"] for row in rows)
    best = rows[0]
    before = store.value("select count(*) from fullservice.plan")
    found = refusal_cost(store, made.code, [best["code"]])
    assert not found.fresh and found.told == pytest.approx(best["value"])
    assert -0.01 * made.benefit <= found.lost_benefit <= best["value"] + 0.02 * made.cost
    assert (best["code"], best["method"], "none", True) in [
        (one.building, one.before, one.after, one.refused) for one in found.changed]
    whole = refusal_cost(store, made.code, estate="E1")
    assert whole.lost_homes >= found.lost_homes - 1 and {c.building[:2] for c in whole.changed if c.refused} == {"E1"}
    assert store.value("select count(*) from fullservice.plan") == before
    with pytest.raises(ParameterError, match="nothing about building nowhere"):
        refusal_cost(store, made.code, ["nowhere"])
    with pytest.raises(ParameterError, match="at least one building"):
        refusal_cost(store, made.code, estate="nowhere")
    with pytest.raises(InputError, match="no plan"):
        refusal_cost(store, "nothing", ["E1-1"])
