# SPDX-License-Identifier: GPL-2.0-or-later
"""Installs and upgrades the store: numbered SQL files, one transaction, one installer at a time.

Tables come from ``migrations/NNNN_*.sql`` (never edited once released, guarded by their sha256). Everything else
(functions, triggers, policies, views) lives in ``fs_app``, which is dropped and rebuilt in the same transaction
whenever a migration ran or its sources changed.
"""
from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg2 import errors, sql

from fullservice_plugin.core.catalogue import (
    closures,
    fields_design,
    fields_discovery,
    fields_negotiation,
    fields_territory,
    lists_network,
    lists_property,
    model,
    states,
)
from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.store import (
    audit,
    census,
    closing,
    history,
    notify,
    ownership,
    people,
    roles,
    seed,
    triggers,
    versions,
)
from fullservice_plugin.store.connection import Store

APP = Path(__file__).parent / "app"
SCHEMAS = ("fullservice", "fs_app", "fs_audit", "fs_pii", "fs_meta")

#: One installer at a time per database; the number is ours and means nothing else.
_LOCK = 715_517_201
#: security_invoker views need PostgreSQL 15.
_OLDEST_SERVER = 150_000
#: How long an upgrade waits for somebody who is reading or writing just now.
LOCK_TIMEOUT = "60s"
#: Each attempt lasts at least the server's deadlock_timeout, so that this is patience for a minute or so.
_LOCK_ATTEMPTS = 40
_SOURCES = (audit, census, closing, history, notify, ownership, roles, seed, triggers, closures, fields_design,
            fields_discovery, fields_negotiation, fields_territory, lists_network, lists_property, model,
            states)


@dataclass(frozen=True)
class Installed:
    """What an installation did: version now, migrations applied, whether ``fs_app`` was rebuilt."""

    version: int
    applied: tuple[int, ...]
    rebuilt: bool


def install(store: Store, upgrade: bool = True, progress: Progress = SILENT) -> Installed:
    """Install the store, or bring it to this plugin's version.

    Raises StoreError for a database that holds something else under our names, for a store of a newer plugin, for a
    login that may not do it, and for an older store when ``upgrade`` is off. All or nothing.
    """
    with store.transaction() as cur, _patiently(cur, store.name):
        progress.step(0.0, "")
        cur.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        found = _state(cur, store.name)
        pending = [(number, path) for number, path in versions.files() if number > found]
        wanted = app_hash()
        complete = _has_app(cur)  # a restored store comes without it
        if found and complete and not pending and _setting(cur, "app_sha256") == wanted:
            return Installed(found, (), False)
        if found and complete and not upgrade:
            raise StoreError("The store “{name}” has version {found}, this plugin brings {needed}. Allow the upgrade "
                             "with UPGRADE.", name=store.name, found=found, needed=versions.current())
        cur.execute("select current_database()::text")
        prefix = roles.prefix_of(cur) if found and complete else roles.prefix_for(cur.fetchone()[0])
        roles.ensure(cur, prefix)
        _prepare(cur, prefix)
        _wait_for_all_tables(cur)
        for done, (number, path) in enumerate(pending):
            progress.step(0.1 + 0.4 * done / len(pending), path.stem)
            _migrate(cur, number, path)
        progress.step(0.5, "fs_app")
        rebuild(cur, prefix)
        for key, value in (("role_prefix", prefix), ("app_sha256", wanted), ("min_client", versions.MIN_CLIENT),
                           ("min_reader", versions.MIN_READER)):
            cur.execute("insert into fs_meta.setting (key, value) values (%s, %s) on conflict (key) do update "
                        "set value = excluded.value", (key, json.dumps(value)))
        census.record(cur, prefix)
        cur.execute("reset role")
        people.limit_sessions(cur)
        _let_row_security_use_the_map_index(cur)
        progress.step(1.0)
    return Installed(versions.current(), tuple(number for number, _ in pending), True)


def _wait_for_all_tables(cur: Any) -> None:
    """Hold every table and view of the store before the first change.

    Taken one by one while the work goes on, these locks meet those of writers crosswise, and PostgreSQL ends one of
    the two. Here that costs nothing: nothing is changed yet, the locks are let go, and taken again.
    """
    cur.execute("select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v') "
                "and pg_has_role(current_user, c.relowner, 'usage') order by c.relkind, n.nspname, c.relname",
                (list(SCHEMAS),))
    tables = [sql.Identifier(*name) for name in cur.fetchall()]
    if not tables:
        return
    for attempt in range(_LOCK_ATTEMPTS):
        cur.execute("savepoint locks")
        try:
            cur.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.SQL(", ").join(tables)))
            return
        except errors.DeadlockDetected:
            cur.execute("rollback to savepoint locks")
            if attempt + 1 == _LOCK_ATTEMPTS:
                raise
        cur.execute("select pg_sleep(random() * 0.2)")


@contextmanager
def _patiently(cur: Any, name: str) -> Iterator[None]:
    """Bound the wait for others; say who is meant when it is over."""
    cur.execute("select set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
    try:
        yield
    except errors.LockNotAvailable as error:
        raise StoreError("Somebody is still at work in the store “{name}”, and the upgrade cannot begin. Let them save "
                         "and pause, then run again; nothing was changed.", name=name) from error


def _state(cur: Any, name: str) -> int:
    """Installed version; StoreError when the database is not ours, too new, or its files differ."""
    cur.execute("select current_setting('server_version_num')::int")
    if cur.fetchone()[0] < _OLDEST_SERVER:
        raise StoreError("The store needs PostgreSQL 15 or later.")
    cur.execute("select nspname from pg_namespace where nspname = any(%s) order by 1", (list(SCHEMAS),))
    there = [schema for (schema,) in cur.fetchall()]
    cur.execute("select count(*) from pg_attribute where attrelid = to_regclass('fs_meta.migration') "
                "and attname in ('v', 'sha256', 'at', 'by')")
    if cur.fetchone()[0] != 4:
        if there:
            raise StoreError("The database “{name}” already holds something else named {schemas}. Choose another "
                             "database; nothing was changed.", name=name, schemas=there)
        return 0
    found = versions.installed(cur)
    if found > versions.current():
        raise StoreError("The store “{name}” has version {found}, this plugin only knows {needed}. Update the plugin.",
                         name=name, found=found, needed=versions.current())
    cur.execute("select v, sha256 from fs_meta.migration order by v")
    known = {number: digest for number, digest in cur.fetchall()}
    for number, path in versions.files():
        if number in known and known[number] != _digest(path.read_bytes()):
            raise StoreError("The store “{name}” was installed from another build: step {number} differs. Install "
                             "into a new database.", name=name, number=number)
    return found


def _has_app(cur: Any) -> bool:
    cur.execute("select to_regnamespace('fs_app') is not null")
    return bool(cur.fetchone()[0])


def _prepare(cur: Any, prefix: str) -> None:
    """Extensions, owner role and bookkeeping schema."""
    prepare_database(cur, prefix)
    cur.execute(sql.SQL("set local role {}").format(sql.Identifier(roles.role_name(prefix, roles.OWNER))))
    cur.execute("create schema if not exists fs_meta")
    cur.execute("create table if not exists fs_meta.migration (v integer primary key, sha256 text not null, "
                "at timestamptz not null default clock_timestamp(), by text not null default session_user)")


def prepare_database(cur: Any, prefix: str) -> None:
    """Extensions, and the owner's right to make schemas."""
    cur.execute("set local client_min_messages = warning")
    for extension in roles.EXTENSIONS:
        cur.execute("select 1 from pg_extension where extname = %s", (extension,))
        if cur.fetchone() is None:
            cur.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
    owner = sql.Identifier(roles.role_name(prefix, roles.OWNER))
    cur.execute("select current_database()::text, has_database_privilege(%s, current_database(), 'create')",
                (roles.role_name(prefix, roles.OWNER),))
    database, may = cur.fetchone()
    if not may:
        cur.execute(sql.SQL("grant create on database {} to {}").format(sql.Identifier(database), owner))


def _let_row_security_use_the_map_index(cur: Any) -> None:
    """Declare the overlap of boxes leakproof, where a superuser installs.

    PostgreSQL runs only such functions before row security, so that otherwise every redraw reads the whole table. It
    compares boxes and tells nothing about a row but whether it lies in the map's window.
    """
    people.tried(cur, sql.SQL("alter function {}({}, {}) leakproof").format(
        sql.Identifier(_extension_schema(cur), "geometry_overlaps"),
        *(sql.Identifier(_extension_schema(cur), "geometry") for _ in range(2))))


def _extension_schema(cur: Any) -> str:
    cur.execute("select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace "
                "where e.extname = 'postgis'")
    return str(cur.fetchone()[0])


def _search_path(cur: Any) -> None:
    cur.execute(sql.SQL("set local search_path = {}, pg_catalog").format(sql.Identifier(_extension_schema(cur))))


def _migrate(cur: Any, number: int, path: Path) -> None:
    body = path.read_bytes()
    _search_path(cur)
    cur.execute(body.decode("utf-8"))
    cur.execute("insert into fs_meta.migration (v, sha256) values (%s, %s)", (number, _digest(body)))


def rebuild(cur: Any, prefix: str) -> None:
    """Drop ``fs_app`` and make it again, with every trigger, policy, grant, check and comment that hangs on it."""
    _search_path(cur)
    cur.execute("drop trigger if exists fs_05_append_only on fs_audit.log")
    cur.execute("drop schema if exists fs_app cascade")
    cur.execute("create schema fs_app")
    cur.execute(sql.SQL("create function fs_app.role_name(role text) returns name language sql immutable parallel safe "
                        "as $$ select ({} || role)::name $$").format(sql.Literal(roles.role_name(prefix, ""))))
    roles.create_readers(cur)
    history.create(cur)
    files = sorted(APP.glob("*.sql"))
    for path in files:
        cur.execute(path.read_text(encoding="utf-8"))
    triggers.create(cur)
    audit.create(cur)
    notify.create(cur)
    seed.apply(cur)
    roles.apply(cur, prefix)
    roles.protect_functions(cur, prefix, _extension_schema(cur))


def app_hash() -> str:
    """sha256 over everything that makes ``fs_app``: SQL files, catalogue and the modules that compose it."""
    digest = hashlib.sha256()
    for path in sorted(APP.glob("*.sql")):
        digest.update(path.read_bytes())
    for module in _SOURCES:
        digest.update(inspect.getsource(module).encode("utf-8"))
    return digest.hexdigest()


def _digest(body: bytes) -> str:
    """sha256 of a migration, the same whatever the line ends of the checkout."""
    return hashlib.sha256(body.replace(b"\r\n", b"\n")).hexdigest()


def _setting(cur: Any, key: str) -> Any:
    cur.execute("select value from fs_meta.setting where key = %s", (key,))
    row = cur.fetchone()
    return row[0] if row else None
