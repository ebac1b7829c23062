# SPDX-License-Identifier: GPL-2.0-or-later
"""Role × branch × table × verb with real logins; the database agrees with the catalogue; bulk writing; plans; views."""

from __future__ import annotations

import psycopg2
import pytest
from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import SNAPSHOTS, TABLES, all_fields
from fullservice_plugin.core.catalogue.lists import EDITABLE, LISTS
from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.core.errors import FullServiceError, InputError, StoreError
from fullservice_plugin.store import bulk, design, roles, seed


def test_every_table_forces_row_security_and_has_its_policies(town):
    rows = town.store.rows(
        "select n.nspname || '.' || c.relname, c.relrowsecurity and c.relforcerowsecurity, "
        "(select count(*) from pg_policy p where p.polrelid = c.oid), "
        "(select count(*) from pg_trigger t where t.tgrelid = c.oid and t.tgname in ('fs_10_guard', 'fs_90_audit', "
        "'fs_99_hit_update', 'fs_20_branch')) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname in ('fullservice', 'fs_pii') and c.relkind = 'r' and not c.relispartition"
    )
    assert {name for name, *_ in rows} == {table.qualified for table in TABLES.values()}
    for name, forced, policies, guards in rows:
        assert forced and policies >= 2 and guards == 4, name


def test_views_never_read_past_row_security(town):
    """A plain view in fs_app either asks with the reader's rights or filters by branch itself."""
    for name, options, body in town.store.rows(
        "select c.relname, coalesce(c.reloptions, '{}'), pg_get_viewdef(c.oid) from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'fs_app' and c.relkind = 'v'"
    ):
        assert "security_invoker=true" in options or "fs_app.sees(" in body or "fs_app.my_branches()" in body, name
    assert (
        town.store.rows(
            "select grantee from information_schema.role_table_grants where table_schema = 'fs_app' "
            "and table_name like 'mv\\_%%' and grantee <> %s",
            (town.name + "_owner",),
        )
        == []
    )


def _may(store, statement):
    """Whether the privilege system lets this login run the statement (rules of the row aside)."""
    try:
        with store.transaction() as cur:
            cur.execute(statement)
            raise psycopg2.errors.RaiseException()
    except StoreError as error:
        return "permission denied" not in error.text()
    except FullServiceError:
        return True


@pytest.mark.parametrize("role", ROLES)
def test_verbs_per_role_are_those_of_the_catalogue(town, role):
    store = town.login(role)
    for table in TABLES.values():
        name = bulk.identifier(table.qualified)
        expected = {
            "select": role in roles.readers(table) or "read_only" in roles.readers(table),
            "insert": role in roles.inserters(table),
            "update": role in roles.writers(table),
            "delete": role in roles.deleters(table),
        }
        found = {
            "select": _may(store, sql.SQL("select 1 from {} limit 0").format(name)),
            "insert": _may(store, sql.SQL("insert into {} default values").format(name)),
            "update": _may(store, sql.SQL("update {} set is_deleted = false where false").format(name)),
            "delete": _may(store, sql.SQL("delete from {} where false").format(name)),
        }
        if not expected["select"]:  # a write that reads its own table is refused before the verb is looked at
            expected["update"] = found["update"] = False
        assert found == expected, (role, table.name)


@pytest.mark.parametrize("role", ["customer_manager", "network_support", "functional", "planner", "read_only"])
def test_people_see_and_write_their_branch_only(town, role):
    store = town.login(role, "ESP")
    for table in ("estate", "building", "org_unit"):
        name = bulk.identifier(table)
        assert store.rows(sql.SQL("select distinct branch_code from {}").format(name)) == [("ESP",)]
    if role in TABLES["building"].writers:
        with pytest.raises(FullServiceError, match="row-level security"):
            store.execute("insert into fullservice.building (code, branch_code) values ('smuggled', 'HEL')")
        with pytest.raises(FullServiceError, match="row-level security"):
            store.execute(
                "update fullservice.building set branch_code = 'HEL', edit_base = row_version where code = 'ESP-B0'"
            )


def test_administrators_see_everything_and_strangers_nothing(town):
    assert town.login("admin", "ESP").value("select count(distinct branch_code) from fullservice.building") == 2
    stranger = town.login("planner", "")
    assert stranger.value("select count(*) from fullservice.building") == 0
    assert stranger.value("select count(*) from fs_app.estate_stat") == 0
    with pytest.raises(FullServiceError):
        stranger.execute("insert into fullservice.building (code) values ('x')")


def test_somebody_who_left_sees_nothing(town):
    person = town.login("functional", "ESP")
    assert person.value("select count(*) from fullservice.building") > 0
    town.store.execute(
        "update fullservice.staff set active = false, edit_base = row_version where login = %s", (person.login,)
    )
    assert person.value("select count(*) from fullservice.building") == 0
    town.store.execute(
        "update fullservice.staff set active = true, edit_base = row_version where login = %s", (person.login,)
    )


def test_contacts_are_for_those_who_talk(town):
    manager = town.login("customer_manager")
    with manager.transaction() as cur:
        cur.execute(
            "insert into fullservice.property_party (estate_id, name, role) values (%s, 'P', 'owner') returning id",
            (town.ids["HEL-E"],),
        )
        cur.execute(
            "insert into fs_pii.contact (party_id, name, phone) values (%s, '李四', '13912345678') returning id",
            cur.fetchone(),
        )
        contact = cur.fetchone()[0]
    assert manager.value("select count(*) from fs_pii.contact") >= 1
    assert town.login("customer_manager", "ESP").value("select count(*) from fs_pii.contact") == 0
    for role in ("network_support", "functional", "planner", "read_only"):
        with pytest.raises(StoreError, match="may not"):
            town.login(role).rows("select * from fs_pii.contact")
    logged = town.store.value(
        "select string_agg(coalesce(before::text, '') || coalesce(after::text, ''), ' ') "
        "from fs_audit.log where row_id = %s",
        (contact,),
    )
    assert "13912345678" not in logged and "李四" not in logged and '"phone": true' in logged


def test_the_database_agrees_with_the_catalogue(town):
    found = {}
    for table, column, kind, required, comment in town.store.rows(
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
        "col_description(c.oid, a.attnum) from pg_attribute a join pg_class c on c.oid = a.attrelid "
        "join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('fullservice', 'fs_pii') "
        "and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped "
        "order by c.relname, a.attnum"
    ):
        kind = kind.replace("timestamp with time zone", "timestamptz")
        found.setdefault(table, []).append((column, kind, required, comment.split(" [")[0].split(" {")[0]))
    wanted = {
        table.name: [(entry.name, entry.type, entry.required, entry.en) for entry in all_fields(table.name)]
        for table in TABLES.values()
    }
    for snapshot in SNAPSHOTS.values():
        wanted[snapshot.name] = [(entry.name, entry.type, entry.required, entry.en) for entry in snapshot.fields]
    assert found == wanted


def test_lists_and_transitions_are_in_the_database(town):
    assert set(town.store.rows("select list, code, zh, en from fs_meta.code")) == {
        (name, entry.code, entry.zh, entry.en) for name, entries in LISTS.items() for entry in entries
    }
    assert town.store.value("select count(*) from fs_meta.sm_transition") == sum(
        len(step.roles) for machine in MACHINES.values() for step in machine.transitions
    )
    for table in TABLES.values():
        for entry in table.fields:
            if entry.list:
                assert entry.list in LISTS, (table.name, entry.name)
                there = town.store.value(
                    "select count(*) from pg_constraint where conname = %s", (seed.check_name(table, entry),)
                )
                assert there == (0 if entry.list in EDITABLE else 1), (table.name, entry.name)


def test_every_foreign_key_is_in_the_catalogue(town):
    found = set(
        town.store.rows(
            "select c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text from "
            "pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] "
            "where c.contype = 'f' and a.attname <> 'operator_code'"
        )
    )
    assert found == {
        (table.qualified, entry.name, TABLES[entry.ref].qualified)
        for table in TABLES.values()
        for entry in table.fields
        if entry.ref
    }


def test_copy_takes_awkward_text_and_upsert_counts(town):
    awkward = ["tab\there", "line\nbreak", "back\\slash", "quote'\"", "\\N", "\\.", "样板城", "; drop table x; --", ""]
    lines = [("src", f"S{number}", "building", {"k": text}, None) for number, text in enumerate(awkward)]
    columns = ("source_name", "source_key", "kind", "attributes", "geom")
    with town.store.transaction(bulk=True) as cur:
        first = bulk.upsert(cur, "source_record", columns, lines, key=("source_name", "source_key"))
        again = bulk.upsert(cur, "source_record", columns, lines, key=("source_name", "source_key"))
        changed = bulk.upsert(
            cur, "source_record", columns, [("src", "S0", "poi", {"k": 1}, None)], key=("source_name", "source_key")
        )
    assert (first, again, changed) == (bulk.Counts(9, 0, 0), bulk.Counts(0, 0, 9), bulk.Counts(0, 1, 0))
    stored = dict(town.store.rows("select source_key, attributes ->> 'k' from fullservice.source_record"))
    assert [stored[f"S{number}"] for number in range(1, len(awkward))] == awkward[1:]
    with pytest.raises(InputError, match="Row 2 for estate"), town.store.transaction(bulk=True) as cur:
        bulk.copy_rows(cur, "estate", ("code", "households"), [("C1", 3), ("C2", 2.5)])


def test_large_loads_lie_in_spatial_order(town):
    """Neighbours side by side: the mean jump from row to row is small, whatever the order of the file."""
    import random

    cells = [(x, y) for x in range(80) for y in range(80)]
    random.Random(3).shuffle(cells)
    rows = [("order", f"k{n}", "building", f"SRID=4326;POINT({x} {y})") for n, (x, y) in enumerate(cells)]
    with town.store.transaction(bulk=True) as cur:
        bulk.copy_rows(cur, "source_record", ("source_name", "source_key", "kind", "geom"), rows)
    jump = town.store.value(
        "select avg(d) from (select ST_Distance(geom, lag(geom) over (order by fid)) as d "
        "from fullservice.source_record where source_name = 'order') x"
    )
    assert jump < 4, jump


def test_a_batch_is_taken_in_once(town):
    with town.login("planner").transaction(bulk=True) as cur:
        assert bulk.claim_run(cur, "ledger", "abc") and not bulk.claim_run(cur, "ledger", "abc")


def test_plans_come_back_as_they_were_written(town):
    from shapely.geometry import LineString, Point

    planner = town.login("planner")
    estate = town.ids["HEL-E"]
    with planner.transaction(bulk=True) as cur:
        done = design.write_plan(
            cur,
            {"code": "P-rt", "area_code": "HEL-G", "cost": 12.5, "components": {"trench": {"cost": 1}}},
            [{"estate_id": estate, "cost_total": 12.5, "homes_served": 33}],
            [{"building_id": town.ids["HEL-B0"], "estate_id": estate, "method": "ftth", "reason_zh": "造价最低"}],
            [
                {"kind": "olt", "code": "O1", "geom": Point(24.9, 60.0)},
                {"kind": "route", "estate_id": estate, "length_m": 3.25, "geom": LineString([(24.9, 60), (24.91, 60)])},
            ],
            [
                {
                    "domain": "wired",
                    "item": "cable",
                    "quantity": 2.0,
                    "unit_price": 6.25,
                    "cost": 12.5,
                    "estate_id": estate,
                }
            ],
        )
    back = design.read_plan(planner, "P-rt")
    assert back.plan["id"] == done.plan_id and back.plan["components"] == {"trench": {"cost": 1}}
    assert back.plan["branch_code"] == "HEL" and back.designs[0]["author"] == planner.login
    assert back.decisions[0]["reason_zh"] == "造价最低" and back.decisions[0]["design_id"] == done.designs[estate]
    assert [element["design_id"] for element in back.elements] == [None, done.designs[estate]]
    assert back.elements[1]["geom"].coords[1] == (24.91, 60.0) and float(back.bom[0]["cost"]) == 12.5
    with pytest.raises(InputError, match="no field colour"), planner.transaction(bulk=True) as cur:
        design.write_plan(cur, {"code": "P-x", "area_code": "a", "colour": 1}, [], [], [], [])
    assert town.login("planner", "ESP").value("select count(*) from fullservice.plan") == 0


def test_presence_follows_the_newest_and_most_confident(town):
    manager = town.login("customer_manager")
    insert = (
        "insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, value, number, "
        "source_class, source_text, observed_on, observer) values ('building', %s, %s, %s, %s, %s, %s, 's', "
        "current_date - %s, 'me')"
    )
    house = town.ids["HEL-B1"]
    for row in (
        ("CTCC", "technology", "xdsl", None, "official", 1500),
        ("CTCC", "technology", "ftth", None, "resident", 10),
        ("CTCC", "subs", None, 4, "win_loss", 5),
        ("CTCC", "speed", None, 1000, "web_ad", 5),
        ("CUCC", "technology", "ftth", None, "manager", 3),
        ("CUCC", "technology", "fwa", None, "manager", 4),
    ):
        manager.execute(insert, (house, *row))
    found = {
        row["operator_code"]: row
        for row in manager.dicts("select * from fs_app.competitor_presence where building_id = %s", (house,))
    }
    assert found["CTCC"]["technology"] == "ftth" and found["CTCC"]["conflict"] is False
    assert found["CTCC"]["max_down_mbps"] == 1000 and round(float(found["CTCC"]["share"]), 3) == round(4 / 11, 3)
    assert found["CUCC"]["conflict"] is True and found["CUCC"]["technology"] == "ftth"


def test_sums_per_level_agree_and_are_hidden_from_other_branches(town):
    town.store.rows("select fs_app.refresh_aggregates()")
    planner = town.login("planner")
    summary = planner.dicts("select * from fs_app.estate_summary where code = 'HEL-E'")[0]
    levels = [
        planner.value(sql.SQL("select sum(households) from {}").format(sql.Identifier("fs_app", level + "_stat")))
        for level in ("estate", "grid", "micro_region", "branch")
    ]
    truth = planner.value("select sum(households) from fullservice.building where not is_deleted")
    assert levels == [truth] * 4 and summary["households"] == truth
    assert planner.rows("select distinct branch_code from fs_app.grid_stat") == [("HEL",)]
    with pytest.raises(StoreError, match="may not"):
        planner.rows("select * from fs_app.mv_grid")
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building b set branch_code = 'OTHER' from (select x.id from "
                    "fullservice.building x join fullservice.estate e on e.id = x.estate_id where "
                    "coalesce(x.grid_id, e.grid_id) is not null order by x.code limit 1) one where one.id = b.id")
        assert cur.rowcount == 1
    town.store.rows("select fs_app.refresh_aggregates()")
    assert planner.value("select sum(households) from fs_app.grid_stat") == truth, "one row a grid"
    with pytest.raises(StoreError, match="may not"):
        town.login("customer_manager").rows("select fs_app.refresh_aggregates()")
