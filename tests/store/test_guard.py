# SPDX-License-Identifier: GPL-2.0-or-later
"""Lost updates, zero-row writes, audit and rows that never change, through psycopg2 with people's own logins."""
from __future__ import annotations

import uuid

import psycopg2
import pytest

from fullservice_plugin.core.errors import ConflictError, InputError, StoreError, TransitionError
from fullservice_plugin.i18n import translate

BUILDING = "select id::text, row_version from fullservice.building where code = %s"


def test_identity_and_branch_are_filled_in(town):
    row = town.store.dicts("select id, row_version, edit_base, branch_code, origin, created_by, changed_by, lead_state "
                           "from fullservice.building where code = 'HEL-B0'")[0]
    assert uuid.UUID(row["id"]).version == 7
    assert row["row_version"] == 1 and row["edit_base"] is None and row["branch_code"] == "HEL"
    assert row["created_by"] == row["changed_by"] == "fs_owner" and row["lead_state"] == "candidate"


def test_an_edit_needs_its_base_and_the_base_must_be_current(town):
    person = town.login("customer_manager")
    row_id, version = person.rows(BUILDING, ("HEL-B0",))[0]
    with pytest.raises(ConflictError, match="which version"):
        person.execute("update fullservice.building set name = 'x' where id = %s", (row_id,))
    update = "update fullservice.building set name = %s, edit_base = %s where id = %s"
    assert person.execute(update, ("mine", version, row_id)) == 1
    with pytest.raises(ConflictError) as caught:
        person.execute(update, ("stale", version, row_id))
    assert caught.value.values["who"] == person.login and caught.value.values["stored"] == version + 1
    shown = translate(caught.value.template, "zh", **caught.value.values)
    assert shown.startswith("楼栋：") and "请重新加载" in shown
    assert person.rows(BUILDING, ("HEL-B0",)) == [(row_id, version + 1)]


def test_bulk_is_only_for_planners(town):
    update = "update fullservice.building set name = 'bulk' where code = 'HEL-B1'"
    with pytest.raises(ConflictError), town.login("customer_manager").transaction(bulk=True) as cur:
        cur.execute(update)
    with town.login("planner").transaction(bulk=True) as cur:
        cur.execute(update)
        assert cur.rowcount == 1


@pytest.mark.parametrize("code", ["ESP-B0", "no-such-building"])
def test_an_update_that_meets_no_row_is_an_error(town, code):
    person = town.login("customer_manager")
    with pytest.raises(ConflictError, match="deleted or lies outside"):
        person.execute("update fullservice.building set name = 'x', edit_base = 1 where code = %s", (code,))


def test_a_delete_that_meets_no_row_is_an_error(town):
    with pytest.raises(ConflictError, match="deleted or lies outside"):
        town.login("planner").execute("delete from fullservice.street where source_key = 'none'")


def test_identity_cannot_be_forged(town):
    person = town.login("customer_manager")
    before = person.dicts("select * from fullservice.building where code = 'HEL-B2'")[0]
    person.execute("update fullservice.building set id = gen_random_uuid(), created_by = 'somebody', row_version = 77, "
                   "changed_by = 'else', edit_base = row_version where code = 'HEL-B2'")
    after = person.dicts("select * from fullservice.building where code = 'HEL-B2'")[0]
    assert (after["id"], after["created_by"]) == (before["id"], before["created_by"])
    assert after["row_version"] == before["row_version"] + 1 and after["changed_by"] == person.login


def test_identity_cannot_be_forged_in_bulk_either(town):
    planner = town.login("planner")
    with planner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.building (code, estate_id, row_version, created_by, changed_by, "
                    "created_at, changed_at) values ('HEL-forged', %s, 77, 'somebody', 'else', '1999-01-01', "
                    "'1999-01-01')",
                    (town.ids["HEL-E"],))
        cur.execute("update fullservice.building set row_version = 500, created_by = 'x', changed_at = '1999-01-01' "
                    "where code = 'HEL-forged'")
    row = town.store.dicts("select * from fullservice.building where code = 'HEL-forged'")[0]
    assert row["row_version"] == 2 and row["created_by"] == row["changed_by"] == planner.login
    assert row["created_at"].year > 2020 and row["changed_at"].year > 2020


def test_audit_tells_who_before_and_after_without_geometry_in_json(town):
    person = town.login("customer_manager")
    row_id = person.rows(BUILDING, ("HEL-B2",))[0][0]
    person.execute("update fullservice.building set name = 'audited', geom = ST_Translate(geom, 0.0001, 0), "
                   "edit_base = row_version where id = %s", (row_id,))
    entry = town.store.dicts("select * from fs_audit.log where row_id = %s order by seq desc limit 1", (row_id,))[0]
    assert (entry["who"], entry["op"], entry["app"]) == (person.login, "U", "fullservice")
    assert set(entry["after"]) == {"name", "geom"} and entry["before"]["name"] is None
    assert entry["after"]["geom"].startswith("0106000020e6100000")
    history = person.rows("select who, op from fs_app.history(%s)", (row_id,))
    assert history[0] == (person.login, "U") and history[-1] == ("fs_owner", "I")
    assert town.login("customer_manager", "ESP").rows("select who from fs_app.history(%s)", (row_id,)) == []


def test_bulk_runs_are_audited_by_statement(town):
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set businesses = 5 where code like 'ESP-%%'")
    rows = town.store.rows("select l.op, l.before, l.after from fs_audit.log l join fullservice.building b "
                           "on b.id = l.row_id where b.code like 'ESP-%%' and l.op = 'U'")
    assert rows == [("U", {"businesses": None}, None)] * 3


@pytest.mark.parametrize("statement", ["update fs_audit.log set who = 'nobody'", "delete from fs_audit.log",
                                       "truncate fs_audit.log"])
def test_the_log_is_closed_even_to_superusers(town, statement):
    before = town.store.value("select count(*) from fs_audit.log")
    with pytest.raises(StoreError, match="can no longer be changed"):
        town.store.execute(statement)
    assert town.store.value("select count(*) from fs_audit.log") == before
    with pytest.raises(StoreError, match="may not"):
        town.login("planner").rows("select * from fs_audit.log")


def test_events_and_observations_stay(town):
    person = town.login("customer_manager")
    person.execute("insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, value, "
                   "source_class, source_text, observed_on, observer) values "
                   "('building', %s, 'CUCC', 'presence', 'in_service', 'resident', 'talk', current_date, 'me')",
                   (town.ids["HEL-B0"],))
    for store, statement in (
            (person, "update fullservice.intel_observation set value = 'withdrawn', edit_base = row_version"),
            (person, "delete from fullservice.intel_observation")):
        with pytest.raises(StoreError, match="may not"):
            store.execute(statement)
    with pytest.raises(ConflictError) as caught:
        person.transition("SM-10", town.ids["HEL-B0"], "verified")
    assert caught.value.values["table_zh"] == "情报记录"
    for statement in ("update fullservice.intel_observation set value = 'withdrawn', edit_base = row_version",
                      "delete from fullservice.intel_observation", "truncate fullservice.intel_observation",
                      "truncate fullservice.state_event"):
        with pytest.raises(TransitionError):
            town.store.execute(statement)
    with pytest.raises(StoreError, match="may not"):
        person.rows("select fs_app.log_step('SM-2', null, null, null, 'signed', 'forged')")


def test_rules_speak_in_words_that_people_understand(town):
    cases = (
        ("insert into fullservice.building (code, households_low, households_high) values ('x', 5, 2)",
         "Households, high cannot be less than Households, low"),
        ("insert into fullservice.building (code, lead_state) values (null, 'candidate')", "Code must have a value"),
        ("insert into fullservice.building (code) values ('HEL-B0')", "Code: this value is taken"),
        ("insert into fullservice.building (code, riser) values ('x', 'perhaps')",
         "Riser has a value that is not in its list"),
        ("insert into fullservice.network_resource (kind, code, installed_ports, occupied) values ('olt', 'o', 8, 9)",
         "together are more than installed"),
        ("insert into fullservice.attachment (subject_kind, subject_id, kind, file_name) values "
         "('estate', gen_random_uuid(), 'photo', '../../etc/passwd')", "without a path"),
    )
    for statement, rule in cases:
        with pytest.raises(InputError, match=rule):
            town.store.execute(statement)


def test_one_owner_per_grid_and_date(town):
    insert = ("insert into fullservice.area_assignment (staff_id, org_unit_id, valid_from, valid_to) select s.id, %s, "
              "%s, %s from fullservice.staff s where s.login = %s")
    town.login("customer_manager")
    login = town.login("customer_manager").login
    town.store.execute(insert, (town.ids["HEL-M"], "2026-01-01", "2026-06-30", login))
    town.store.execute(insert, (town.ids["HEL-M"], "2026-07-01", None, login))
    with pytest.raises(InputError, match="another owner in these days"):
        town.store.execute(insert, (town.ids["HEL-M"], "2026-06-30", "2026-07-05", login))


def test_eight_quick_conflicts_lose_nothing(town):
    links = [psycopg2.connect(**town.dsn("fs_owner")) for _ in range(4)]
    start = town.store.value("select row_version from fullservice.building where code = 'ESP-B1'")
    done = lost = 0
    for _ in range(10):
        bases = []
        for link in links:
            with link.cursor() as cur:
                cur.execute(BUILDING, ("ESP-B1",))
                bases.append(cur.fetchone()[1])
            link.rollback()
        for link, base in zip(links, bases):
            try:
                with link.cursor() as cur:
                    cur.execute("update fullservice.building set name = 'n', edit_base = %s where code = 'ESP-B1'",
                                (base,))
                link.commit()
                done += 1
            except psycopg2.Error as error:
                assert error.pgcode == "FS409"
                link.rollback()
                lost += 1
    for link in links:
        link.close()
    end = town.store.value("select row_version from fullservice.building where code = 'ESP-B1'")
    assert (done, lost) == (10, 30) and end == start + 10
