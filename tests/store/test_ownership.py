# SPDX-License-Identifier: GPL-2.0-or-later
"""Own rows: who writes what inside a branch, deputies, handover; generated from the catalogue where it can be."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.core.errors import ConflictError, FullServiceError, ParameterError, StoreError, TransitionError
from fullservice_plugin.services.form_rows import rights_on_row
from fullservice_plugin.services.people import manage_person
from fullservice_plugin.store import people, roles
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.people import Person

TODAY = date.today()
TOUCH = "update {} set edit_base = row_version where id = %s"


@pytest.fixture(scope="module")
def second(town):
    """A second grid of HEL, held by another manager, with an estate and a building."""
    with town.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.org_unit (level, code, name, parent_id) values ('grid', 'HEL-G2', "
                    "'second', %s) "
                    "returning id::text", (town.ids["HEL-M"],))
        town.ids["HEL-G2"] = cur.fetchone()[0]
        cur.execute("insert into fullservice.estate (code, grid_id) values ('HEL-E2', %s) returning id::text",
                    (town.ids["HEL-G2"],))
        town.ids["HEL-E2"] = cur.fetchone()[0]
        cur.execute("insert into fullservice.building (code, estate_id) values ('HEL-C0', %s) returning id::text",
                    (town.ids["HEL-E2"],))
        town.ids["HEL-C0"] = cur.fetchone()[0]
    person(town, "next", areas=("HEL", "HEL-G2"))
    return town


def person(town, suffix, role="customer_manager", areas=("HEL",), **more):
    """A further person by the service that the algorithm uses; returns (login, open store)."""
    login = f"{town.name}_{suffix}"
    manage_person(town.store, Person(login, role, suffix, areas, **more))
    key = (suffix, "own")
    if key not in town.open:
        town.open[key] = Store.connect(town.dsn(login))
    return login, town.open[key]


def sample_rows(town, estate, building):
    """One row of every table with own rows, under an estate and a building; id by table."""
    made = {"estate": estate, "building": building}
    with town.store.transaction(bulk=True) as cur:
        def add(table, **values):
            target = sql.Identifier(TABLES[table].schema, table)
            cur.execute(sql.SQL("insert into {} ({}) values ({}) returning id::text").format(
                target, sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(sql.Placeholder() for _ in values)), list(values.values()))
            made[table] = cur.fetchone()[0]

        add("property_party", estate_id=estate, name="P", role="owner")
        add("contact", party_id=made["property_party"], name="王小明", phone="13800001234", wechat="wxwang")
        add("negotiation", building_id=building, estate_id=estate)
        add("visit_log", negotiation_id=made["negotiation"], result="r")
        add("agreement", estate_id=estate, number=uuid.uuid4().hex)
        add("agreement_term", agreement_id=made["agreement"], clause="fee", text="t")
        add("agreement_building", agreement_id=made["agreement"], building_id=building)
        add("attachment", subject_kind="negotiation", subject_id=made["negotiation"], kind="photo", file_name="a.jpg")
        add("address", building_id=building, full_text="a")
        add("task", kind="visit", ref_kind="estate", ref_id=estate, title="t")
        add("reminder", subject_kind="negotiation", subject_id=made["negotiation"], level="owner", task_id=made["task"])
        add("precoverage_request", estate_id=estate, reason="r")
    return made


def writes(store, made):
    """Tables of the sample whose row this login may change."""
    able = set()
    for table, row in made.items():
        name = sql.Identifier(TABLES[table].schema, table)
        try:
            store.execute(sql.SQL(TOUCH).format(name), (row,))
            able.add(table)
        except ConflictError as error:
            assert "outside your branch" in error.text(), error
        except StoreError as error:
            assert "permission denied" in error.text(), error
    return able


def test_the_sample_covers_every_table_with_own_rows(second):
    made = sample_rows(second, second.ids["HEL-E"], second.ids["HEL-B0"])
    assert set(made) == {table.name for table in TABLES.values() if table.own_rows}


def test_role_by_branch_by_own_rows_by_table(second):
    """Everything in the own grid, nothing in the grid next to it, nothing in another branch; other roles by branch."""
    own = sample_rows(second, second.ids["HEL-E"], second.ids["HEL-B0"])
    other = sample_rows(second, second.ids["HEL-E2"], second.ids["HEL-C0"])
    everything = {table.name for table in TABLES.values() if table.own_rows}
    for role in ROLES:
        store, stranger = second.login(role), second.login(role, "ESP")
        allowed = {table for table in everything if role in roles.writers(TABLES[table])}
        if role == "planner":
            allowed.discard("contact")  # imports people, never reads or changes them
        assert writes(store, own) == allowed, role
        assert writes(store, other) == (set() if role == "customer_manager" else allowed), role
        assert writes(stranger, own) == (allowed if role == "admin" else set()), role


def open_in_forms(second, store, made):
    """Tables of the sample whose row a form lets this login type into."""
    able = set()
    for table, row in made.items():
        fid = second.store.value(sql.SQL("select fid from {} where id = %s").format(
            sql.Identifier(TABLES[table].schema, table)), (row,))
        found = rights_on_row(store, table, fid)
        if found.row and found.columns - {"edit_base"}:
            able.add(table)
    return able


def test_a_form_opens_exactly_what_the_store_would_take(second):
    own = sample_rows(second, second.ids["HEL-E"], second.ids["HEL-B0"])
    other = sample_rows(second, second.ids["HEL-E2"], second.ids["HEL-C0"])
    seen = 0
    for role in ROLES:
        for store in (second.login(role), second.login(role, "ESP")):
            for made in (own, other):
                able = writes(store, made)
                assert open_in_forms(second, store, made) == able, role
                seen += len(able)
    assert seen > 60
    _, neighbour = person(second, "next", areas=("HEL", "HEL-G2"))
    kept = rights_on_row(neighbour, "estate", second.store.value(
        "select fid from fullservice.estate where id = %s", (second.ids["HEL-E"],)))
    assert not kept.row and kept.keeper, "the form names whose row it is"


def test_some_roles_change_the_state_of_a_design_only(second):
    fid = second.store.value("insert into fullservice.access_design (estate_id, branch_code) values (%s, 'HEL') "
                             "returning fid", (second.ids["HEL-E"],))
    approver = rights_on_row(second.login("functional"), "access_design", fid)
    assert approver.row and approver.columns == {"state", "note", "edit_base"}
    assert not rights_on_row(second.login("read_only"), "access_design", fid).columns


def test_a_manager_without_areas_reads_the_branch_and_writes_what_nobody_keeps(second):
    _, store = person(second, "noarea")
    assert store.value("select count(*) from fullservice.building where branch_code = 'HEL'") >= 4
    assert writes(store, sample_rows(second, second.ids["HEL-E2"], second.ids["HEL-C0"])) == set()
    with second.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.estate (code, branch_code) values ('HEL-free', 'HEL') returning id::text")
        free = cur.fetchone()[0]
        cur.execute("insert into fullservice.building (code, estate_id) values ('HEL-F0', %s) returning "
                    "id::text", (free,))
        house = cur.fetchone()[0]
    assert writes(store, sample_rows(second, free, house)) == {
        table.name for table in TABLES.values() if table.own_rows}
    with pytest.raises(FullServiceError, match="row-level security"):
        store.execute("insert into fullservice.building (code, estate_id) values ('x', %s)", (second.ids["HEL-E2"],))


def test_what_one_entered_oneself_and_what_one_owns(second):
    login, store = person(second, "holder")
    talk = second.store.value(
        "insert into fullservice.negotiation (building_id, owner_staff_id) select %s, id from fullservice.staff "
        "where login = %s returning id::text", (second.ids["HEL-C0"], login))
    assert writes(store, {"negotiation": talk}) == {"negotiation"}
    visit = store.value("insert into fullservice.visit_log (negotiation_id, result) values (%s, 'r') returning "
                        "id::text",
                        (talk,))
    assert writes(store, {"visit_log": visit, "building": second.ids["HEL-C0"]}) == {"visit_log"}
    grid_owner = second.login("customer_manager")
    assert writes(grid_owner, {"negotiation": talk}) == set()


def test_a_drawn_building_belongs_to_the_grid_it_lies_in(second):
    manager = second.login("customer_manager")
    grid = manager.value(
        "insert into fullservice.building (code, geom) values ('HEL-drawn', ST_Multi(ST_MakeEnvelope(24.91, 60.01, "
        "24.911, 60.011, 4326))) returning grid_id::text")
    assert grid == second.ids["HEL-G"]
    _, neighbour = person(second, "next", areas=("HEL", "HEL-G2"))
    with pytest.raises(FullServiceError, match="row-level security"):
        neighbour.execute("insert into fullservice.building (code, geom) values ('HEL-theirs', "
                          "ST_Multi(ST_MakeEnvelope(24.91, 60.01, 24.911, 60.011, 4326)))")


def test_a_deputy_acts_for_the_absent_between_the_dates_only(second):
    absent = second.login("customer_manager").login
    own = sample_rows(second, second.ids["HEL-E"], second.ids["HEL-B1"])
    span = {"now": (None, None), "past": (None, TODAY - timedelta(days=1)), "future": (TODAY + timedelta(days=1), None)}
    for name, (first, last) in span.items():
        _, store = person(second, "deputy", deputy_of=absent, deputy_from=first, deputy_to=last)
        able = writes(store, own)
        assert ("negotiation" in able and "contact" in able) is (name == "now"), name
    person(second, "deputy")
    assert writes(second.open[("deputy", "own")], own) == set()


def test_a_deputy_approver_and_still_not_the_author(second):
    """Two people in a branch: the designer stands in for the approver, but never approves a design of their own."""
    approver = second.login("network_support").login
    login, store = person(second, "designer", role="planner", deputy_of=approver)
    colleague = second.login("planner")
    ids = {}
    for author, made_by in (("own", store), ("theirs", colleague)):
        with made_by.transaction(bulk=True) as cur:
            cur.execute("insert into fullservice.plan (code, area_code) values (%s, 'HEL-G') returning id",
                        ("P-" + author,))
            plan = cur.fetchone()[0]
            cur.execute("insert into fullservice.access_design (plan_id, estate_id, version_no, cost_total) "
                        "values (%s, %s, "
                        "%s, 1) returning id::text", (plan, second.ids["HEL-E"], 70 + len(author)))
            ids[author] = cur.fetchone()[0]
            cur.execute("insert into fullservice.access_decision (design_id, plan_id, building_id, method) "
                        "values (%s, %s, "
                        "%s, 'ftth')", (ids[author], plan, second.ids["HEL-B0"]))
        made_by.transition("SM-3", ids[author], "submitted")
    store.transition("SM-3", ids["theirs"], "in_review")
    store.transition("SM-3", ids["theirs"], "approved")
    assert second.store.value("select approver from fullservice.access_design where id = %s", (ids["theirs"],)) == login
    with pytest.raises(TransitionError, match="somebody other than the author"):
        store.transition("SM-3", ids["own"], "in_review")
    # the right to the table outlives the dates, the right to the step does not
    second.store.execute("update fullservice.staff set deputy_to = current_date - 1, edit_base = row_version "
                         "where login = %s", (login,))
    with pytest.raises(TransitionError, match="Only these roles"):
        store.transition("SM-3", ids["own"], "in_review")


def test_somebody_leaves_and_everything_open_changes_hands(second):
    second.store.execute("insert into fullservice.org_unit (level, code, name, parent_id) values ('grid', 'HEL-G3', "
                         "'third', %s)", (second.ids["HEL-M"],))
    leaver, left = person(second, "leaver", areas=("HEL", "HEL-G3"))
    heir, taken = person(second, "heir", areas=("HEL",))
    staff = dict(second.store.rows("select login, id::text from fullservice.staff"))
    with second.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.estate set owner_staff_id = %s where code = 'HEL-E2'", (staff[leaver],))
        cur.execute("insert into fullservice.negotiation (building_id, owner_staff_id) values (%s, %s) "
                    "returning id::text",
                    (second.ids["HEL-C0"], staff[leaver]))
        talk = cur.fetchone()[0]
        for state in ("open", "done"):
            cur.execute("insert into fullservice.task (kind, title, state, assignee_staff_id, origin) values "
                        "('visit', %s, "
                        "%s, %s, 'import')", (state, state, staff[leaver]))
    with pytest.raises(ParameterError, match="still holds 1 estates, 1 talks, 1 tasks and 1 areas"):
        manage_person(second.store, Person(leaver, "customer_manager"), active=False)
    done = manage_person(second.store, Person(leaver, "customer_manager"), active=False, successor=heir)
    assert done.handed == {"estates": 1, "talks": 1, "tasks": 1, "areas": 1} and not done.active
    assert writes(taken, {"negotiation": talk, "estate": second.ids["HEL-E2"]}) == {"negotiation", "estate"}
    rows = second.store.rows("select title, assignee_staff_id::text from fullservice.task where title in "
                             "('open', 'done') "
                             "order by title")
    assert rows == [("done", staff[leaver]), ("open", staff[heir])]
    with pytest.raises(StoreError, match="permission denied"):
        left.rows("select 1 from fullservice.building")
    row = second.store.dicts("select active, left_on from fullservice.staff where login = %s", (leaver,))[0]
    assert row == {"active": False, "left_on": TODAY}
    assert second.store.value("select name from fs_pii.staff_person where staff_id = %s", (staff[leaver],)) == "leaver"
    assert second.store.value("select rolcanlogin from pg_roles where rolname = %s", (leaver,)) is False
    history = second.store.rows("select who from fs_audit.log where row_id = %s and op = 'U'", (talk,))
    assert history, "the handover is in the log"


def test_who_may_not_manage_people(second):
    with pytest.raises(StoreError, match="role of administrator"):
        manage_person(second.login("planner"), Person("x", "planner"))
    for wrong, words in ((Person("", "planner"), "needs a name"), (Person("x", "king"), "no role"),
                         (Person("x", "planner", areas=("NOWHERE",)), "territory has no NOWHERE"),
                         (Person("x", "planner", deputy_of="nobody"), "cannot stand in")):
        with pytest.raises(ParameterError, match=words):
            manage_person(second.store, wrong)
    assert second.store.rows("select 1 from pg_roles where rolname = 'x'") == []
    for special, words in ((second.name + "_owner", "is a group"), (second.name + "_planner", "is a group"),
                           ("pg_monitor", "is a group"), ("fs_owner", "above row security")):
        with pytest.raises(ParameterError, match=words):
            manage_person(second.store, Person(special, "planner"))
    with pytest.raises(ParameterError, match="knows no login"):
        manage_person(second.store, Person("nobody.here", "planner"), active=False)


def test_limits_of_a_login_are_set_where_that_is_allowed(second):
    login, store = person(second, "limits")
    fresh = Store.connect(second.dsn(login))
    with fresh.connection.cursor() as cur:
        cur.execute("select setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole "
                    "where r.rolname = %s", (login,))
        assert set(cur.fetchone()[0]) == {f"{key}={value}" for key, value in people.SESSION_LIMITS}
    fresh.close()


def test_who_works_for_another_store_keeps_the_login(second):
    login, _ = person(second, "both")
    second.store.execute(sql.SQL("grant pg_monitor to {}").format(sql.Identifier(login)))
    told = []
    from fullservice_plugin.core.progress import Progress

    manage_person(second.store, Person(login, "customer_manager"), active=False, progress=Progress(warn=told.append))
    assert second.store.value("select rolcanlogin from pg_roles where rolname = %s", (login,)) is True
    assert "can still sign in" in told[0]
    with pytest.raises(StoreError, match="permission denied"):
        second.open[("both", "own")].rows("select 1 from fullservice.building")
