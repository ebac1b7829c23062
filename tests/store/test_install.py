# SPDX-License-Identifier: GPL-2.0-or-later
"""Installing: complete or not at all, once at a time, never over somebody else's tables."""
from __future__ import annotations

import threading

import psycopg2
import pytest
from psycopg2 import sql

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.store import migrate, roles, versions
from fullservice_plugin.store.connection import Store

SCHEMAS = "select nspname from pg_namespace where nspname in ('fullservice','fs_app','fs_audit','fs_pii','fs_meta')"


@pytest.fixture
def database(databases):
    """A fresh database as libpq keywords."""
    name = databases.create()
    return {"host": str(databases.cluster.sockets), "dbname": name, "user": "fs_owner"}


def test_install_and_again(database):
    with Store.connect(database) as store:
        with pytest.raises(StoreError, match="createstore"):
            store.require_version()
        done = migrate.install(store)
        assert done.applied == tuple(number for number, _ in versions.files()) and done.rebuilt
        store.require_version()
        before = store.rows("select v, sha256, at from fs_meta.migration")
        assert migrate.install(store) == migrate.Installed(versions.current(), (), False)
        assert store.rows("select v, sha256, at from fs_meta.migration") == before
        assert store.value("select current_user = session_user")


def test_rebuild_leaves_nothing_out(database):
    census = ("select 'trigger', t.tgrelid::regclass::text, t.tgname from pg_trigger t where not t.tgisinternal "
              "union all select 'policy', schemaname || '.' || tablename, policyname from pg_policies "
              "union all select 'function', p.oid::regprocedure::text, '' from pg_proc p join pg_namespace n "
              "on n.oid = p.pronamespace where n.nspname = 'fs_app' "
              "union all select 'view', c.relname, c.relkind::text from pg_class c join pg_namespace n "
              "on n.oid = c.relnamespace where n.nspname = 'fs_app' and c.relkind in ('v', 'm') "
              "union all select 'grant', table_schema || '.' || table_name || ' ' || grantee, privilege_type "
              "from information_schema.role_table_grants where table_schema in ('fullservice', 'fs_pii', 'fs_app') "
              "order by 1, 2, 3")
    with Store.connect(database) as store:
        migrate.install(store)
        before = store.rows(census)
        store.execute("update fs_meta.setting set value = '\"older\"' where key = 'app_sha256'")
        assert migrate.install(store) == migrate.Installed(versions.current(), (), True)
        assert store.rows(census) == before
        assert len(before) > 400


def test_two_installers_at_once(database):
    results = []

    def run():
        with Store.connect(database) as store:
            results.append(migrate.install(store))

    threads = [threading.Thread(daemon=True, target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(done.applied) for done in results) == [0, len(versions.files())]


@pytest.mark.parametrize("step", ["migration", "rebuild", "rights"])
def test_killed_midway_leaves_nothing(database, monkeypatch, step):
    store = Store.connect(database)
    owner, name = {"migration": (migrate, "_migrate"), "rebuild": (migrate.triggers, "create"),
                   "rights": (migrate.roles, "protect_functions")}[step]
    real = getattr(owner, name)

    def then_die(cur, *args):
        real(cur, *args)
        link = psycopg2.connect(**database)
        with link.cursor() as other:
            other.execute("select pg_terminate_backend(%s)", (store.connection.get_backend_pid(),))
        link.close()
        cur.execute("select 1")

    monkeypatch.setattr(owner, name, then_die)
    with pytest.raises(StoreError):
        migrate.install(store)
    monkeypatch.undo()
    with Store.connect(database) as again:
        assert again.rows(SCHEMAS) == []
        assert again.rows("select rolname from pg_roles where rolname like %s", (database["dbname"] + "%",)) == []
        assert migrate.install(again).applied


def test_refuses_a_foreign_database(database):
    with Store.connect(database) as store:
        store.execute("create schema fullservice")
        store.execute("create table fullservice.building (id int)")
        with pytest.raises(StoreError, match="something else named fullservice"):
            migrate.install(store)
        assert store.rows(SCHEMAS) == [("fullservice",)]


def test_too_new_and_too_old(database):
    with Store.connect(database) as store:
        migrate.install(store)
        store.execute("insert into fs_meta.migration (v, sha256) values (9999, 'x')")
        with pytest.raises(StoreError, match="Update the plugin"):
            migrate.install(store)
        store.require_version()  # newer, but still lets this client write
        store.execute("update fs_meta.setting set value = '9999' where key = 'min_client'")
        with pytest.raises(StoreError, match="Update the plugin"):
            store.require_version()
        store.execute("delete from fs_meta.migration")
        with pytest.raises(StoreError, match="createstore"):
            store.require_version()


def test_another_build_is_refused(database):
    with Store.connect(database) as store:
        migrate.install(store)
        store.execute("update fs_meta.migration set sha256 = 'other' where v = 1")
        with pytest.raises(StoreError, match="another build"):
            migrate.install(store)


def test_without_the_right_to_create_roles(database):
    """The printed script, run once by the server's administrator, is all that an ordinary owner needs."""
    logins = [database["dbname"] + suffix for suffix in ("_plain", "_boss", "_new")]
    with Store.connect(database) as store:
        for login in logins:
            store.execute(sql.SQL("create role {} login").format(sql.Identifier(login)))
        with Store.connect({**database, "user": logins[0]}) as plain:
            with pytest.raises(StoreError) as caught:
                migrate.install(plain)
            script = caught.value.values["script"]
            assert f'create role "{database["dbname"]}_planner" nologin;' in script
            assert plain.rows(SCHEMAS) == []
            store.execute(script)
            assert migrate.install(plain).applied
            with plain.transaction(bulk=True) as cur:
                cur.execute("insert into fullservice.org_unit (level, code, name) values ('branch', 'B', 'B')")
        with store.transaction(bulk=True) as cur:
            roles.add_person(cur, logins[1], "admin", ("B",))
    with Store.connect({**database, "user": logins[1]}) as boss:
        for role in ("planner", "customer_manager"):
            with boss.transaction(bulk=True) as cur:
                roles.add_person(cur, logins[2], role, ("B",))
    with Store.connect({**database, "user": logins[2]}) as person:
        assert person.value("select fs_app.has_role('customer_manager') and not fs_app.has_role('planner')")
        assert person.rows("select code from fullservice.org_unit") == [("B",)]
        with pytest.raises(StoreError, match="Only the store's owner"):
            migrate.roles.ensure(person.connection.cursor(), database["dbname"])


def test_unreachable_and_unknown():
    with pytest.raises(StoreError, match="no-such-service"):
        Store.connect({"service": "no-such-service"})
    with pytest.raises(StoreError) as caught:
        Store.connect({"host": "/nowhere", "dbname": "x", "password": "not-to-be-shown"})  # pragma: allowlist secret
    assert "not-to-be-shown" not in caught.value.text()


def test_a_login_without_a_role_is_told_so(database):
    login = database["dbname"] + "_guest"
    with Store.connect(database) as store:
        migrate.install(store)
        store.execute(sql.SQL("create role {} login").format(sql.Identifier(login)))
    with Store.connect({**database, "user": login}) as guest, pytest.raises(StoreError, match="Ask the store's admin"):
        guest.require_version()


def test_rows_taken_in_before_the_territory_get_their_branch(database):
    with Store.connect(database) as store:
        migrate.install(store)
        with store.transaction(bulk=True) as cur:
            cur.execute("insert into fullservice.building (code, geom) values ('b', ST_GeomFromText("
                        "'MULTIPOLYGON(((1 1,2 1,2 2,1 2,1 1)))', 4326))")
            for code, west in (("A", 10), ("B", 0)):
                cur.execute("insert into fullservice.org_unit (level, code, name, geom) values ('branch', %s, %s, "
                            "ST_Multi(ST_MakeEnvelope(%s, 0, %s, 5, 4326)))", (code, code, west, west + 5))
            cur.execute("select fs_app.place_branches()")
            assert cur.fetchone() == (1,)
        assert store.value("select branch_code from fullservice.building") == "B"


def test_numpy_numbers_are_bound_as_numbers(databases):
    import numpy as np

    from fullservice_plugin.store.connection import Store

    store = Store.connect({"service": databases.create()})
    given = (np.float64(1.5), np.float32(0.5), np.int64(7), np.bool_(True))
    assert store.rows("select %s, %s, %s, %s", given) == [(1.5, 0.5, 7, True)]
    store.close()
