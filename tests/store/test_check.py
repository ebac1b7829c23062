# SPDX-License-Identifier: GPL-2.0-or-later
"""checkstore finds what somebody severed, and says nothing about a store that is whole."""

from __future__ import annotations

import pytest

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.i18n import sentences
from fullservice_plugin.services.store_operation import check_store
from fullservice_plugin.store import check, hierarchy

HARM = {
    "alter table fullservice.building disable trigger fs_10_guard":
        ("trigger changed", "fullservice.building.fs_10_guard"),
    "drop trigger fs_90_audit on fullservice.estate": ("trigger missing", "fullservice.estate.fs_90_audit"),
    "drop policy fs_read on fullservice.plan": ("policy missing", "fullservice.plan.fs_read"),
    "create policy open on fullservice.plan using (true)": ("policy added", "fullservice.plan.open"),
    "alter policy fs_read on fullservice.estate using (true)": ("policy changed", "fullservice.estate.fs_read"),
    "alter table fullservice.task no force row level security": ("row security changed", "fullservice.task"),
    "alter table fullservice.building drop constraint building_footprint_valid":
        ("constraint missing", "fullservice.building.building_footprint_valid"),
    "drop index fullservice.building_geom_gist": ("index missing", "fullservice.building_geom_gist"),
    "alter table fullservice.estate add column extra text": ("column added", "fullservice.estate.extra"),
    "create or replace function fs_app.is_bulk() returns boolean language sql as 'select true'":
        ("function changed", "fs_app.is_bulk()"),
    "grant select on fs_pii.contact to public": ("right added", "fs_pii.contact to public"),
    "revoke select on fullservice.estate from {town}_read_only": ("right missing", "fullservice.estate to "
                                                                                   "{town}_read_only"),
}


def errors(found):
    return {(f.rule, f.feature) for f in found if f.rule not in ("login", "branch", "partition", "unassigned")}


def test_a_store_that_is_whole(town):
    town.login("planner")
    assert errors(check_store(town.store)) == set()


@pytest.mark.parametrize("statement", HARM)
def test_what_was_severed_is_found(town, statement):
    rule, feature = (text.format(town=town.name) for text in HARM[statement])
    cur = town.store.connection.cursor()
    try:
        cur.execute(statement.format(town=town.name))
        found = check.catalogue(cur)
    finally:
        town.store.connection.rollback()
    assert (rule, feature) in errors(found), found
    assert len(found) <= 3, "one deed is told once, not a hundred times"
    for one in found:
        assert one.template in sentences("zh") and one.values["kind"].capitalize() in sentences("zh")


def test_rows_that_need_a_hand(town):
    cur = town.store.connection.cursor()
    cur.execute("set local fs.bulk = 'on'")
    cur.execute("insert into fullservice.staff (login, role) values ('nobody.here', 'planner'), ('fs_owner', "
                "'planner')")
    cur.execute("insert into fs_audit.log (tbl, op, at) values ('x', 'I', '1999-01-01')")
    cur.execute("alter table fullservice.building disable trigger all")
    cur.execute("insert into fullservice.building (id, code) values (gen_random_uuid(), 'nowhere')")
    cur.execute("insert into fullservice.attachment (subject_kind, subject_id, kind, file_name, content) values "
                "('estate', gen_random_uuid(), 'photo', 'swapped.jpg', 'abc') returning id")
    row = cur.fetchone()
    cur.execute("alter table fullservice.attachment disable trigger all")
    cur.execute("update fullservice.attachment set content = 'xyz' where id = %s", row)
    found = check.rows(cur)
    town.store.connection.rollback()
    told = {(f.rule, f.severity, f.feature) for f in found}
    assert told >= {("login", "warning", "nobody.here"), ("login", "error", "fs_owner"),
                    ("partition", "warning", "fs_audit.log"), ("branch", "warning", "fullservice.building"),
                    ("document", "error", str(row[0]))}


def outline(x: float, y: float, size: float) -> str:
    return f"SRID=4326;MULTIPOLYGON((({x} {y},{x + size} {y},{x + size} {y + size},{x} {y + size},{x} {y})))"


def test_a_hierarchy_that_does_not_hold(town):
    """Every rule is quiet in a sound town and names the row that breaks it."""
    cur = town.store.connection.cursor()
    cur.execute("set local fs.bulk = 'on'")
    cur.execute("update fullservice.building b set grid_id = e.grid_id from fullservice.estate e where e.id = "
                "b.estate_id")
    assert hierarchy.broken(cur) == []
    building, estate = "update fullservice.building set ", "update fullservice.estate set "
    deeds = {
        "building astray": (building + "geom = %s where code = 'HEL-B0'", outline(24.95, 60.1, 0.001), "HEL-B0"),
        "unassigned": (building + "grid_id = %s where code = 'HEL-B1'", None, "HEL-B1"),
        "estates overlap": (estate + "geom = %s where code = 'HEL-E'", outline(25.9, 60.0, 0.01), "ESP-E"),
        "estate across": (estate + "geom = %s where code = 'HEL-E'", outline(24.896, 60.0, 0.01), "HEL-E"),
        "estate elsewhere": (estate + "geom = %s where code = 'HEL-E'", outline(30.0, 60.0, 0.01), "HEL-E"),
    }
    try:
        for rule, (statement, value, code) in deeds.items():
            cur.execute("savepoint before")
            cur.execute(statement, (value,))
            found = {one.rule: one for one in check.rows(cur)}
            assert rule in found and found[rule].feature == code, (rule, found)
            assert found[rule].template in sentences("zh")
            cur.execute("rollback to savepoint before")
    finally:
        town.store.connection.rollback()


def test_a_map_that_would_read_whole_tables_is_told(town):
    """Row security lets only leakproof functions go before it; the overlap of boxes is declared so at installation."""
    query = "explain select * from fs_app.map_negotiation where geom && ST_MakeEnvelope(0, 0, 1, 1, 4326)"
    cur = town.store.connection.cursor()
    assert not [f for f in check.rows(cur) if f.rule == "map index"]
    manager = town.login("customer_manager")
    manager.execute("set enable_seqscan = off")
    plan = "\n".join(line for (line,) in manager.rows(query))
    assert "building_geom_gist" in plan, plan
    cur.execute("alter function geometry_overlaps(geometry, geometry) not leakproof")
    assert [f.feature for f in check.rows(cur) if f.rule == "map index"] == ["geometry_overlaps"]
    town.store.connection.rollback()


def test_only_administrators_check(town):
    with pytest.raises(StoreError, match="role of administrator"):
        check_store(town.login("planner"))
    assert errors(check_store(town.login("admin"))) == set()
