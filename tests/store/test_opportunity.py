# SPDX-License-Identifier: GPL-2.0-or-later
"""The opportunity of an estate equals the sum by hand, with every part shown; what lies outside every grid is told."""

from __future__ import annotations

import pytest


def row(store, code):
    return store.dicts("select * from fs_app.map_opportunity where code = %s", (code,))[0]


def test_the_score_is_the_sum_of_its_parts(town):
    planner = town.login("planner")
    with planner.transaction(bulk=True) as cur:
        cur.execute("update fullservice.estate set value_class = 'red' where code = 'HEL-E'")
    found = row(planner, "HEL-E")
    assert (found["households"], found["unknown"], found["penetration"]) == (33, 0, 0.4)
    assert found["revenue"] == pytest.approx(round(33 * 0.4 * 58 * 36))
    assert (found["entry_cost"], found["entry_cost_from"]) == (33 * 600.0, "default")
    assert found["score"] == pytest.approx(found["revenue"] - found["entry_cost"], abs=1)


def test_the_store_s_own_terms_and_a_design_count(town):
    town.store.execute("insert into fs_meta.setting (key, value) values ('opportunity', "
                       "'{\"red\": 0.5, \"arpu_month\": 100, \"months\": 24}')")
    planner = town.login("planner")
    with planner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.plan (code, area_code) values ('P1', 'HEL-G') returning id::text")
        plan = cur.fetchone()[0]
        cur.execute("insert into fullservice.access_design (plan_id, estate_id, cost_total) values (%s, %s, 12345.5)",
                    (plan, town.ids["HEL-E"]))
        cur.execute("insert into fullservice.access_design (plan_id, estate_id, cost_total, version_no) "
                    "values (%s, %s, 0, 2)", (plan, town.ids["HEL-E"]))  # newer, serves nobody
    found = row(planner, "HEL-E")
    assert (found["entry_cost"], found["entry_cost_from"]) == (12345.5, "design")
    assert found["score"] == pytest.approx(33 * 0.5 * 100 * 24 - 12345.5, abs=1)


def test_unknown_households_give_no_score(town):
    planner = town.login("planner")
    with planner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.estate (code, name, branch_code) values ('HEL-X', 'Unknown', 'HEL')")
    found = row(planner, "HEL-X")
    assert (found["households"], found["score"], found["entry_cost"]) == (None, None, None)


def test_what_lies_outside_every_grid_is_told(town):
    from fullservice_plugin.store.map_views import areas

    planner = town.login("planner")
    with planner.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set grid_id = %s where code like 'HEL-%%'", (town.ids["HEL-G"],))
    assert not [place for place in areas(planner, "zh") if place.kind == "unassigned"]
    with planner.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set grid_id = null where code = 'HEL-B2'")
    found = [place for place in areas(planner, "zh") if place.kind == "unassigned"]
    assert [(place.name, place.detail) for place in found] == [("未归属", "1 栋 1 盘")]
    assert found[0].parent_id == town.ids["HEL"] and found[0].box is not None
