# SPDX-License-Identifier: GPL-2.0-or-later
"""Resources, sites and packages come in by code; ducts mark their streets; overlaps are told."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
from shapely.geometry import MultiPolygon, Point

from fullservice_plugin.services.packages import import_packages
from fullservice_plugin.services.resources import import_resources, import_sites

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)


@pytest.fixture(scope="module")
def place(empty_database):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": empty_database})
    install(store)
    ids = town.build(store)
    yield store, ids
    store.close()


def test_resources_and_ducted_streets(place):
    store, _ = place
    x, y = town.at(-40, 30)
    rows = town.table(
        {
            "code": ["OLT-1", "OLT-2", "D-1", "D-2", "X", "OLT-1", "F-1"],
            "kind": ["olt", "OLT", "duct", "管道", "rocket", "olt", "光交箱"],
            "installed_ports": [64, None, None, None, None, 64, 8],
            "occupied": [10, None, None, None, None, None, 9],
            "free_ports": [None, 32, None, None, None, None, None],
            "owner": [None, None, "City", "City", None, None, None],
            "free_bores": [None, None, 2, 1, None, None, None],
            "rent_per_m": [None, None, 1.5, 2.0, None, None, None],
            "x": [x, x, None, None, x, x, x],
            "y": [y, y, None, None, y, y, y],
            "wkt": [None, None, town.line((-40, 8), (120, 8)).wkt, "LINESTRING(oops", None, None, None],
        }
    )
    result = import_resources(store, rows)
    reasons = {problem.row: problem.text() for problem in result.rejected}
    assert set(reasons) == {"4", "5", "6", "7"}
    assert "WKT" in reasons["4"] and "rocket" in reasons["5"] and "same as row 1" in reasons["6"]
    assert "9 ports in use" in reasons["7"]
    assert result.counts["new"] == 3 and result.counts["streets"] == 1
    assert store.rows(
        "select code, free_ports, branch_code from fullservice.network_resource where kind = 'olt' order by 1"
    ) == [("OLT-1", 54, "B"), ("OLT-2", 32, "B")]
    street = store.rows(
        "select existing_duct, duct_owner, free_bores, rent_per_m::float from fullservice.street"
        " where source_key = 's1'"
    )
    assert street == [(True, "City", 2, 1.5)]
    again = import_resources(store, rows)
    assert again.counts["new"] == again.counts["changed"] == again.counts["streets"] == 0
    assert again.counts["unchanged"] == 3


def test_poles_mark_the_street_they_stand_along(place):
    store, _ = place
    spots = [town.at(x, 68) for x in range(-40, 201, 40)] + [town.at(300, 30)]
    rows = town.table(
        {
            "code": [f"P{k}" for k in range(len(spots))],
            "kind": ["pole"] * (len(spots) - 1) + ["电杆"],
            "owner": ["Grid"] * len(spots),
            "rent_per_m": [0.5] * len(spots),
            "x": [x for x, _ in spots],
            "y": [y for _, y in spots],
        }
    )
    made = import_resources(store, rows)
    assert made.counts["new"] == len(spots) and made.counts["streets"] == 1
    marked = store.rows(
        "select source_key, pole_owner, pole_rent_per_m::float from fullservice.street where existing_poles"
    )
    assert marked == [("s2", "Grid", 0.5)]
    assert import_resources(store, rows).counts["streets"] == 0


def test_sites(place):
    store, _ = place
    rows = town.table(
        {"kind": ["base_station", "服务厅", "poi"], "code": ["BS1", "H1", "P1"], "name": ["Mast", "Hall", "?"]},
        [Point(town.at(0, 0)), Point(town.at(9, 9)), None],
    )
    result = import_sites(store, rows)
    assert result.counts == {"new": 2, "changed": 0, "unchanged": 0, "rejected": 1}
    rows.columns["name"][0] = "Tall mast"
    assert import_sites(store, rows).counts == {"new": 0, "changed": 1, "unchanged": 1, "rejected": 1}


def test_packages_and_their_overlaps(place):
    store, _ = place
    area = MultiPolygon([town.block(0, 0, 100, 100)])
    rows = town.table(
        {
            "code": ["P1", "P2", "P3", "P4", "P5", "P6"],
            "name": ["a", "b", "c", "d", "e", "f"],
            "segment": ["home", "home", "business", "home", "home", "home"],
            "price_month": [30, 40, 90, 20, None, 10],
            "down_mbps": [300, 1000, 1000, 100, 100, 100],
            "valid_from": ["2026-01-01", "2026-06-01", "2026-01-01", "2024-01-01", None, "2027-01-01"],
            "valid_to": ["2026-12-31", None, None, "2025-01-01", None, "2026-01-01"],
            "area_code": [None, "E1", "G", None, None, "E1"],
        },
        [area, None, None, area, area, None],
    )
    result = import_packages(store, rows)
    assert {p.row for p in result.rejected} == {"5", "6"}
    assert result.counts["new"] == 4
    assert [(remark.row, remark.values["other"]) for remark in result.remarks] == [("P1", "P2")]
    assert result.remarks[0].values["area"] > 3000
    stored = store.rows(
        "select code, valid_from, estate_id is not null, org_unit_id is not null, price_month::float"
        " from fullservice.area_package order by code"
    )
    assert stored[1] == ("P2", date(2026, 6, 1), True, False, 40.0) and stored[2][3]
    assert import_packages(store, rows).counts["unchanged"] == 4


def test_an_overlap_says_whether_the_priorities_decide_it(place):
    store, _ = place
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.area_package set is_deleted = true")
    codes, ranks = ["T1", "T2", "T3", "T4"], [1, 1, 2, 1]
    values = {"code": codes, "name": codes, "price_month": [10] * 4, "priority": ranks}
    here, there = MultiPolygon([town.block(0, 0, 50, 50)]), MultiPolygon([town.block(50, 0, 50, 50)])
    rows = town.table(values, [here, here, here, there])  # T4 touches the others
    told = {(remark.row, remark.values["other"]): remark.reason for remark in import_packages(store, rows).remarks}
    assert set(told) == {("T1", "T2"), ("T1", "T3"), ("T2", "T3")}
    assert "the same priority" in told[("T1", "T2")]
    assert all("the higher priority wins" in told[pair] for pair in (("T1", "T3"), ("T2", "T3")))
    key = store.value("select id::text from fullservice.area_package where code = 'T2'")
    store.transition("package", key, "withdrawn", "stopped")
    again = import_packages(store, rows)
    assert [(remark.row, remark.values["other"]) for remark in again.remarks] == [("T1", "T3")], "T2 is out of force"
