# SPDX-License-Identifier: GPL-2.0-or-later
"""Backup, restore and removal of a store.

A backup is one file: a zip with ``store.dump`` (pg_dump's own format, without what is rebuilt) and ``manifest.json``
(rows and md5 of every table). Both are of one snapshot. A restored store gets the rights, triggers and functions of
this plugin, not those of the dump, so it may have another name or come from an older version.
"""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.core.errors import InputError, OutputError, ParameterError, StoreError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.store import manifest, migrate, pg_tools, roles, versions
from fullservice_plugin.store.connection import Store

DUMP, MANIFEST, FORMAT = "store.dump", "manifest.json", 1
#: Entries of a dump that this plugin makes anew, under the names of the store they go into.
_REBUILT = ("POLICY", "ROW SECURITY", "TRIGGER", "ACL", "DEFAULT ACL", "EXTENSION", "EVENT TRIGGER")
#: A manifest of more than this is no manifest of ours.
_LARGEST_MANIFEST = 16 << 20


def backup(store: Store, path: Path, progress: Progress = SILENT) -> dict[str, Any]:
    """Write the store into ``path``; returns the manifest. The file is there whole or not at all."""
    if not path.parent.is_dir():
        raise OutputError("The folder {folder} does not exist. Create it or choose another one.", folder=path.parent)
    owner = require_owner(store)
    program = pg_tools.find("pg_dump", store.connection.info.server_version // 10000)
    with tempfile.TemporaryDirectory(prefix=".fullservice-", dir=path.parent) as folder:
        dump, packed = Path(folder) / DUMP, Path(folder) / "backup.zip"
        with store.transaction() as cur:
            cur.execute("set transaction isolation level repeatable read, read only")
            cur.execute("select pg_export_snapshot()")
            snapshot = cur.fetchone()[0]
            cur.execute(sql.SQL("set local role {}").format(sql.Identifier(owner)))
            made = {"format": FORMAT, "version": versions.installed(cur), "prefix": roles.prefix_of(cur),
                    "server": store.connection.info.server_version, "at": _now(),
                    "tables": manifest.take(cur, progress.part(0.0, 0.4))}
            progress.step(0.4)
            schemas = [argument for name in manifest.SCHEMAS for argument in ("--schema", name)]
            pg_tools.run(store.connection, [program, "--format=custom", "--no-password", "--enable-row-security",
                                            "--snapshot", snapshot, "--role", owner, *schemas, "--file", str(dump)],
                         progress)
        made["dump_sha256"] = _sha256(dump)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            archive.write(dump, DUMP)
            archive.writestr(MANIFEST, json.dumps(made, ensure_ascii=False, indent=1))
        progress.step(0.9)
        read(packed)
        os.replace(packed, path)
    progress.step(1.0)
    return made


def read(path: Path) -> dict[str, Any]:
    """The manifest of a backup whose every byte is as it was written; InputError otherwise."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if {DUMP, MANIFEST} - names or archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
                raise InputError("{file} is no backup of a store.", file=path.name)
            made: dict[str, Any] = json.loads(archive.read(MANIFEST))
            digest = hashlib.sha256()
            with archive.open(DUMP) as stream:
                for block in iter(lambda: stream.read(1 << 20), b""):
                    digest.update(block)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise InputError("{file} is no backup of a store, or it is damaged: {reason}. Take another one.",
                         file=path.name, reason=str(error)) from error
    if made.get("format") != FORMAT or digest.hexdigest() != made.get("dump_sha256"):
        raise InputError("{file} is damaged: its content is not what was written. Take another backup.", file=path.name)
    return made


def restore(store: Store, path: Path, progress: Progress = SILENT) -> dict[str, Any]:
    """Bring a backup into the empty database of ``store``; returns the manifest. All rows of it, or none."""
    made = read(path)
    if made["version"] > versions.current():
        raise StoreError("The backup is of version {found}, this plugin only knows {needed}. Update the plugin.",
                         found=made["version"], needed=versions.current())
    program = pg_tools.find("pg_restore", store.connection.info.server_version // 10000)
    prefix, owner = _make_room(store)
    progress.step(0.1)
    with _unpacked(path) as dump:
        listed = pg_tools.run(store.connection, [program, "--list", str(dump)], progress)
        chosen = dump.parent / "chosen.list"
        chosen.write_text("\n".join(line for line in listed.splitlines() if _wanted(line)) + "\n", encoding="utf-8")
        pg_tools.run(store.connection, [program, "--single-transaction", "--exit-on-error", "--no-owner",
                                        "--no-privileges", "--no-password", "--role", owner, "--use-list", str(chosen),
                                        "--dbname", store.connection.info.dbname, str(dump)], progress)
    progress.step(0.6)
    with store.transaction() as cur:
        cur.execute(sql.SQL("set local role {}").format(sql.Identifier(owner)))
        wrong = manifest.differences(cur, made["tables"], progress.part(0.6, 0.8))
        if wrong:
            remove_schemas(cur)
        else:
            cur.execute("update fs_meta.setting set value = to_jsonb(%s::text) where key = 'role_prefix'", (prefix,))
            cur.execute("delete from fs_meta.setting where key in ('app_sha256', 'census')")
        cur.execute("reset role")
    if wrong:
        raise StoreError("What came back is not what was saved ({tables}). Nothing was kept; take another backup.",
                         tables=[f"{table}: {what}" for table, what in wrong.items()])
    migrate.install(store, True, progress.part(0.8, 1.0))
    return made


def regrant(store: Store) -> tuple[list[str], list[str]]:
    """Give the people of a restored store their roles again; returns (logins that got them, logins not there)."""
    with store.transaction() as cur:
        cur.execute("select s.login, s.role, exists (select 1 from pg_roles r where r.rolname = s.login) "
                    "from fullservice.staff s where s.active and not s.is_deleted order by s.login")
        found = cur.fetchall()
        for login, role, there in found:
            if there:
                roles.grant_role(cur, login, role)
    return ([login for login, _, there in found if there], [login for login, _, there in found if not there])


def remove(store: Store) -> None:
    """Take the store out of its database: schemas, rights and roles. The people's logins stay."""
    with store.transaction() as cur:
        cur.execute("set local lock_timeout = '30s'")
        prefix = roles.prefix_of(cur)
        remove_schemas(cur)
        for role in (*ROLES, roles.OWNER):
            name = sql.Identifier(roles.role_name(prefix, role))
            cur.execute(sql.SQL("drop owned by {}").format(name))
        for role in (*ROLES, roles.OWNER):
            cur.execute(sql.SQL("drop role {}").format(sql.Identifier(roles.role_name(prefix, role))))


def remove_schemas(cur: Any) -> None:
    """Drop the schemas of the store."""
    for name in ("fs_app", *manifest.SCHEMAS):
        cur.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(name)))


def require_owner(store: Store) -> str:
    """Name of the owner role; StoreError for a login that is no member: row security would hide rows from it."""
    with store.transaction() as cur:
        owner = roles.role_name(roles.prefix_of(cur), roles.OWNER)
        cur.execute("select session_user::text, pg_has_role(session_user, %s, 'member')", (owner,))
        login, member = cur.fetchone()
    if not member:
        raise StoreError("The login {login} sees only a part of the store, so it cannot do this. Use a login that is a "
                         "member of {role}.", login=login, role=owner)
    return owner


def confirm(store: Store, typed: str) -> None:
    """ParameterError unless the database's name was typed."""
    if typed != store.connection.info.dbname:
        raise ParameterError("To remove the store, type the name of its database into CONFIRM: {name}.",
                             name=store.connection.info.dbname)


def _make_room(store: Store) -> tuple[str, str]:
    """Roles and extensions in an empty database; refuses any other."""
    with store.transaction() as cur:
        cur.execute("select nspname from pg_namespace where nspname = any(%s) order by 1", (list(migrate.SCHEMAS),))
        there = [name for (name,) in cur.fetchall()]
        if there:
            raise StoreError("The database “{name}” is not empty: it holds {schemas}. Restore into a new database; "
                             "nothing was changed.", name=store.name, schemas=there)
        cur.execute("select current_database()::text")
        prefix = roles.prefix_for(cur.fetchone()[0])
        roles.ensure(cur, prefix)
        migrate.prepare_database(cur, prefix)
    return prefix, roles.role_name(prefix, roles.OWNER)


def _wanted(line: str) -> bool:
    """Whether an entry of the dump's table of contents is restored: ``id; oid oid TYPE schema name owner``."""
    if line.startswith(";") or not line.strip():
        return False
    entry = line.split(";", 1)[-1].split(None, 2)[-1]
    return not entry.startswith(_REBUILT)


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fullservice-") as folder:
        target = Path(folder) / DUMP
        with zipfile.ZipFile(path) as archive, archive.open(DUMP) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
        yield target


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
