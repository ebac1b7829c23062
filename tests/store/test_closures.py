# SPDX-License-Identifier: GPL-2.0-or-later
"""A form closes exactly the fields that the store would refuse: every rule, on real rows, column by column, by role."""

from __future__ import annotations

from hashlib import sha256

import pytest
from psycopg2 import sql

from fullservice_plugin.core.catalogue.closures import CLOSURES, closures_of
from fullservice_plugin.core.catalogue.fields import TABLES, all_fields
from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.core.catalogue.states import MACHINES, machine_of
from fullservice_plugin.core.errors import ConflictError, FullServiceError, InputError, StoreError, TransitionError
from fullservice_plugin.i18n import translate
from fullservice_plugin.services.form_rows import new_row_of, rights_on_row

#: Columns that the store fills whoever writes: what is typed there is neither refused nor kept.
KEPT = ("fid", "id", "row_version", "edit_base", "created_at", "created_by", "changed_at", "changed_by", "branch_code")
OTHER = {"integer": "3", "bigint": "3", "numeric": "3", "double precision": "3", "boolean": "not coalesce({c}, false)",
         "date": "current_date + 3", "timestamptz": "now() + interval '3 days'", "uuid": "gen_random_uuid()",
         "bytea": "'other'", "jsonb": "'{{}}'"}


def add(cur, table: str, **values) -> str:
    """Insert a row as an import and return its id."""
    cur.execute(sql.SQL("insert into {} ({}) values ({}) returning id::text").format(
        sql.Identifier(TABLES[table].schema, table), sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() for _ in values)), list(values.values()))
    return cur.fetchone()[0]


def put(cur, table: str, row: str, column: str, value: str) -> None:
    """Let a row stand in a state, past the steps."""
    cur.execute("set local session_replication_role = replica")
    cur.execute(sql.SQL("update {} set {} = %s where id = %s").format(
        sql.Identifier(TABLES[table].schema, table), sql.Identifier(column)), (value, row))
    cur.execute("set local session_replication_role = origin")


@pytest.fixture(scope="module")
def rows(town) -> list[tuple[str, str]]:
    """(table, id): every table that has a closure or a state machine, in every state."""
    made: list[tuple[str, str]] = []
    estate, building = town.ids["HEL-E"], town.ids["HEL-B0"]
    with town.store.transaction(bulk=True) as cur:
        for number, state in enumerate(MACHINES["SM-3"].states):
            plan = add(cur, "plan", code=f"P-{number}", area_code="HEL-G", branch_code="HEL")
            design = add(cur, "access_design", plan_id=plan, estate_id=estate, version_no=100 + number)
            inside = {"plan_id": plan, "design_id": design}
            made += [("access_decision", add(cur, "access_decision", building_id=building, method="ftth", **inside)),
                     ("design_element", add(cur, "design_element", kind="olt", **inside)),
                     ("design_bom", add(cur, "design_bom", domain="wired", item="cable", **inside)),
                     ("access_design", design)]
            put(cur, "access_design", design, "state", state.code)
        for number, state in enumerate(MACHINES["SM-13"].states):
            made.append(("area_package", add(cur, "area_package", code=f"A-{number}", name="a", branch_code="HEL")))
            put(cur, "area_package", made[-1][1], "state", state.code)
        talk = add(cur, "negotiation", building_id=building, estate_id=estate)
        papers = {"subject_kind": "negotiation", "subject_id": talk, "kind": "photo"}
        made += [("attachment", add(cur, "attachment", file_name="bytes.jpg", content=b"bytes", **papers)),
                 ("attachment", add(cur, "attachment", file_name="hash.jpg", sha256=sha256(b"other").hexdigest(),
                                    **papers)),
                 ("attachment", add(cur, "attachment", file_name="none.jpg", **papers))]
        for state in MACHINES["SM-10"].states:
            made.append(("intel_observation", add(
                cur, "intel_observation", subject_kind="building", building_id=building, operator_code="CTCC",
                field="presence", source_class="resident", source_text="s", observed_on="2026-01-01", observer="o")))
            put(cur, "intel_observation", made[-1][1], "state", state.code)
        made += [("agreement", add(cur, "agreement", number="N-1", estate_id=estate, status="active")),
                 ("org_unit", town.ids["HEL-G"]), ("building", building), ("negotiation", talk)]
    return made


def fid_of(town, table: str, row: str) -> int:
    return town.store.value(sql.SQL("select fid from {} where id = %s").format(
        sql.Identifier(TABLES[table].schema, table)), (row,))


def refused(cur, table: str, row: str, column: str, value: str) -> bool:
    """Whether the store refuses the change of a column because of grant, policy or closure; nothing is kept."""
    from psycopg2 import Error

    from fullservice_plugin.store.errors import mapped

    cur.execute("savepoint one")
    try:
        cur.execute(sql.SQL("update {} set {} = " + value + ", edit_base = row_version where id = %s").format(
            sql.Identifier(TABLES[table].schema, table), sql.Identifier(column)), (row,))
        return False
    except Error as error:
        said = mapped(error)
        if error.pgcode in ("FS410", "FS423", "42501"):
            return True
        assert isinstance(said, (InputError, TransitionError, StoreError)), said
        return False
    finally:
        cur.execute("rollback to savepoint one")


def other(field) -> str:
    """Another value of a column, as SQL."""
    kind = field.type.split("(")[0]
    return OTHER.get(kind, "{c} || 'x'" if kind == "text" else "{c}").format(c=field.name)


def judged(town, login, table: str, row: str) -> tuple[set, set]:
    """Columns that the form opens, and columns that the store takes."""
    found = rights_on_row(login, table, fid_of(town, table, row))
    fields = [field for field in all_fields(table) if field.name not in KEPT and not field.is_geometry]
    opened = {field.name for field in fields if found.row and field.name in found.columns}
    taken = set()
    with login.transaction() as cur:
        for field in fields:
            values = [other(field)] if closures_of(table) and not closures_of(table)[0].content else [field.name]
            if not any(refused(cur, table, row, field.name, value) for value in values):
                taken.add(field.name)
    return opened, taken


@pytest.mark.parametrize("role", ROLES)
def test_the_form_opens_what_the_store_takes(town, rows, role):
    differ = []
    one_of_each = list(dict(rows).items())
    for login, seen in ((town.login(role), rows), (town.login(role, "ESP"), one_of_each)):
        for table, row in seen:
            opened, taken = judged(town, login, table, row)
            computed = {"author", "approver", "approved_at", "submitted_at", "free_ports"}
            if opened - computed != taken - computed:
                differ.append((login.login, table, row, sorted(opened ^ taken)))
    assert not differ, differ


def test_every_closure_closed_something_and_says_so(town, rows):
    """Each rule met a row, with a sentence in both languages that names the state."""
    login, met = town.login("admin"), set()
    for table, row in rows:
        found = rights_on_row(login, table, fid_of(town, table, row))
        for closure, why in found.closed:
            met.add((CLOSURES.index(closure), why))
            english, chinese = (translate(closure.sentence(why), kind, state=why) for kind in ("en", "zh"))
            assert english != chinese and "{" not in english + chinese
    assert {number for number, _ in met} == set(range(len(CLOSURES)))


@pytest.mark.parametrize("role", ROLES)
def test_the_steps_a_form_offers_are_those_the_store_lets_the_role_take(town, rows, role):
    """Neither the order nor the role is ever the reason of a refusal; evidence and notes may be."""
    login = town.login(role)
    for table, row in rows:
        machine = machine_of(table)
        if machine is None:
            continue
        found = rights_on_row(login, table, fid_of(town, table, row))
        if not found.row or machine.column not in found.columns:
            continue
        for state in machine.states:
            if state.code == found.state:
                continue
            with login.transaction() as cur:
                assert (state.code in found.steps) == may_step(cur, table, row, machine.column, state.code), (
                    table, found.state, state.code)


def may_step(cur, table: str, row: str, column: str, target: str) -> bool:
    from psycopg2 import Error

    from fullservice_plugin.store.errors import detail_of

    cur.execute("savepoint one")
    try:
        cur.execute(sql.SQL("update {} set {} = %s, edit_base = row_version where id = %s").format(
            sql.Identifier(TABLES[table].schema, table), sql.Identifier(column)), (target, row))
        return True
    except Error as error:
        assert error.pgcode == "FS422", error
        return detail_of(error)["reason"] not in ("step", "role")
    finally:
        cur.execute("rollback to savepoint one")


def test_a_new_row_knows_whether_the_role_may_add_it_and_who_adds_it(town):
    manager, reader = town.login("customer_manager"), town.login("read_only")
    assert new_row_of(manager, "visit_log").may and new_row_of(manager, "contact").may
    assert not new_row_of(reader, "visit_log").may and not new_row_of(manager, "plan").may
    found = new_row_of(manager, "visit_log")
    assert found.login == manager.login
    assert found.staff == town.store.value("select id::text from fullservice.staff where login = %s", (found.login,))
    with pytest.raises((ConflictError, FullServiceError)):
        reader.execute("insert into fullservice.visit_log (result) values ('r')")
