# SPDX-License-Identifier: GPL-2.0-or-later
"""Roles of one store, rights per table from the catalogue, row security by branch, and the people's logins.

Role names carry the store's prefix, so that two stores live on one server. Everything is refused unless granted here.
"""
from __future__ import annotations

import hashlib
from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import SNAPSHOTS, TABLES, all_fields
from fullservice_plugin.core.catalogue.model import ROLES, Snapshot, Table
from fullservice_plugin.core.errors import ParameterError, StoreError
from fullservice_plugin.store import ownership

#: PostgreSQL cuts names at 63 bytes; the longest role suffix has 17.
_PREFIX_BYTES = 46
OWNER = "owner"
EXTENSIONS = ("postgis", "btree_gist")


def prefix_for(database: str) -> str:
    """Prefix of the role names of the store in ``database``."""
    if len(database.encode()) <= _PREFIX_BYTES:
        return database
    return database[:30] + "_" + hashlib.sha256(database.encode()).hexdigest()[:8]


def role_name(prefix: str, role: str) -> str:
    """PostgreSQL name of one of our roles."""
    return prefix + "_" + role


def script(prefix: str, installer: str, database: str) -> str:
    """SQL that the server's administrator runs, once and in that database, where the installer may not."""
    names = {role: quoted(role_name(prefix, role)) for role in (OWNER, *ROLES)}
    lines = [f"create role {name} nologin;" for name in names.values()]
    lines += [f"grant {names['read_only']} to {names[role]};" for role in ROLES if role not in ("read_only", "admin")]
    lines += [f"grant {names[role]} to {names['admin']} with admin option;" for role in ROLES if role != "admin"]
    lines.append(f"grant {names[OWNER]} to {quoted(installer)};")
    lines.append(f"grant create on database {quoted(database)} to {names[OWNER]};")
    lines += [f"create extension if not exists {name};" for name in EXTENSIONS]
    lines.append("alter function geometry_overlaps(geometry, geometry) leakproof;  -- or every redraw reads "
                 "whole tables")
    return "\n".join(lines)


def quoted(name: str) -> str:
    """An identifier for a printed script."""
    return '"' + name.replace('"', '""') + '"'


def ensure(cur: Any, prefix: str) -> None:
    """Create the roles that are missing; StoreError with the script where that is not allowed."""
    names = [role_name(prefix, role) for role in (OWNER, *ROLES)]
    cur.execute("select rolname from pg_roles where rolname = any(%s)", (names,))
    there = {name for (name,) in cur.fetchall()}
    missing = [name for name in names if name not in there]
    cur.execute("select rolcreaterole or rolsuper, rolsuper, session_user::text, current_database()::text "
                "from pg_roles where rolname = session_user")
    may_create, is_super, login, database = cur.fetchone()
    if missing and not may_create:
        raise StoreError("The login {login} may not create roles. Let the server's administrator run this, then run "
                         "createstore again:\n{script}", login=login, script=script(prefix, login, database))
    for name in missing:
        cur.execute(sql.SQL("create role {} nologin").format(sql.Identifier(name)))
    if missing:
        for role in ROLES:
            if role not in ("read_only", "admin"):
                cur.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role_name(prefix, "read_only")),
                                                             sql.Identifier(role_name(prefix, role))))
        for role in ROLES:
            if role != "admin":  # administrators give the other roles to people
                cur.execute(sql.SQL("grant {} to {} with admin option").format(
                    sql.Identifier(role_name(prefix, role)), sql.Identifier(role_name(prefix, "admin"))))
        if not is_super:
            cur.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role_name(prefix, OWNER)),
                                                         sql.Identifier(login)))
    cur.execute(sql.SQL("select pg_has_role(session_user, {}, 'member')").format(
        sql.Literal(role_name(prefix, OWNER))))
    if not cur.fetchone()[0]:
        raise StoreError("Only the store's owner may install or upgrade it. The login {login} is not a member of "
                         "{role}.", login=login, role=role_name(prefix, OWNER))


def prefix_of(cur: Any) -> str:
    """Prefix of the installed store's roles."""
    cur.execute("select value #>> '{}' from fs_meta.setting where key = 'role_prefix'")
    row = cur.fetchone()
    if row is None:
        raise StoreError("The store does not say how its roles are called. Run createstore with UPGRADE.")
    return str(row[0])


def writers(table: Table) -> tuple[str, ...]:
    """Roles that may insert and change rows (administrators always)."""
    return () if table.append_only else (*table.writers, "admin")


def inserters(table: Table) -> tuple[str, ...]:
    """Roles that may insert rows."""
    if table.append_only and not table.inserters:
        return ()  # written by the database itself
    return tuple(dict.fromkeys((*table.writers, *table.inserters, "admin")))


def deleters(table: Table) -> tuple[str, ...]:
    """Roles that may remove rows for good; everywhere else rows are only marked."""
    return ("planner", "admin") if table.replaceable else ()


def readers(table: Table) -> tuple[str, ...]:
    """Roles that may read rows; read_only stands for everybody, since every role is a member of it."""
    return (*table.readers, "admin") if table.schema == "fs_pii" else ("read_only",)


#: Functions that only the store itself calls: with them a person could write events by hand.
INTERNAL = ("fs_app.log_step(text, uuid, text, text, text, text)", "fs_app.ensure_partitions()")

#: Columns that some roles may write where they may not write the row: the state, and what belongs to the step.
STATE_COLUMNS = {
    "intel_observation": (("customer_manager", "network_support", "functional", "planner", "admin"),
                          ("state", "verified_by", "edit_base")),
    "access_design": (("functional",), ("state", "note", "edit_base")),
}
_MANAGER = "customer_manager"


def create_readers(cur: Any) -> None:
    """Create the function that says whether the login's role reads a table of people; the catalogue names the roles."""
    tables = [table for table in TABLES.values() if table.schema == "fs_pii"]
    cases = sql.SQL(" ").join(
        sql.SQL("when {} then {}").format(sql.Literal(table.name), sql.SQL(" or ").join(
            sql.SQL("fs_app.has_role({})").format(sql.Literal(role)) for role in readers(table))) for table in tables)
    cur.execute(sql.SQL("create function fs_app.may_read_people(name text) returns boolean language plpgsql stable as "
                        "$$ begin return case name {} else false end; end $$").format(cases))


def apply(cur: Any, prefix: str) -> None:
    """Grant rights and make policies for every table of the catalogue, dropping the ones that were there."""
    names = {role: sql.Identifier(role_name(prefix, role)) for role in (OWNER, *ROLES)}
    _drop_policies(cur)
    for schema in ("fullservice", "fs_app", "fs_meta"):
        cur.execute(sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(schema), names["read_only"]))
    cur.execute(sql.SQL("grant select on all tables in schema fs_meta to {}").format(names["read_only"]))
    cur.execute(sql.SQL("grant insert, update on fs_meta.batch_run to {}, {}").format(
        names["planner"], names["admin"]))
    cur.execute(sql.SQL("grant insert, update, delete on fs_meta.setting, fs_meta.code to {}").format(names["admin"]))
    cur.execute(sql.SQL("grant usage on schema fs_audit to {}").format(names["admin"]))
    cur.execute(sql.SQL("grant select on fs_audit.log to {}").format(names["admin"]))
    ownership.create(cur)
    for table in TABLES.values():
        _table(cur, table, names)
    for snapshot in SNAPSHOTS.values():
        _snapshot(cur, snapshot, names)
    cur.execute("select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where n.nspname = 'fs_app' and c.relkind = 'v'")
    for (view,) in cur.fetchall():
        _grant(cur, sql.Identifier("fs_app", view), "select", ("read_only",), names)
    contact = TABLES["contact"]  # written through its masked view
    for verb, roles in (("insert", inserters(contact)), ("update", writers(contact)), ("delete", writers(contact))):
        _grant(cur, sql.Identifier("fs_app", "contact"), verb, roles, names)


def _snapshot(cur: Any, table: Snapshot, names: dict[str, sql.Identifier]) -> None:
    """Figures are read by branch and written by the store's own functions only."""
    target = sql.Identifier(table.schema, table.name)
    everyone = sql.SQL(", ").join(names[role] for role in ROLES)
    cur.execute(sql.SQL("revoke all on {} from public, {}").format(target, everyone))
    cur.execute(sql.SQL("alter table {} enable row level security").format(target))
    cur.execute(sql.SQL("alter table {} force row level security").format(target))
    _policy(cur, target, "everything", "all", (OWNER, "admin"), names, sql.SQL("true"), sql.SQL("true"))
    _policy(cur, target, "read", "select", ("read_only",), names, _BRANCH, None)
    _grant(cur, target, "select", ("read_only",), names)


_BRANCH = sql.SQL("branch_code = any ((select fs_app.my_branches())::text[])")


def _drop_policies(cur: Any) -> None:
    cur.execute("select schemaname, tablename, policyname from pg_policies where schemaname in "
                "('fullservice', 'fs_pii')")
    for schema, table, policy in cur.fetchall():
        cur.execute(sql.SQL("drop policy {} on {}").format(sql.Identifier(policy), sql.Identifier(schema, table)))


def _table(cur: Any, table: Table, names: dict[str, sql.Identifier]) -> None:
    target = sql.Identifier(table.schema, table.name)
    everyone = sql.SQL(", ").join(names[role] for role in ROLES)
    cur.execute(sql.SQL("revoke all on {} from public, {}").format(target, everyone))
    cur.execute(sql.SQL("alter table {} enable row level security").format(target))
    cur.execute(sql.SQL("alter table {} force row level security").format(target))
    if table.schema == "fs_pii":
        cur.execute(sql.SQL("grant usage on schema fs_pii to {}").format(
            sql.SQL(", ").join(names[role] for role in dict.fromkeys((*readers(table), *inserters(table))))))
    mine = _BRANCH
    read = sql.SQL("(branch_code is null or {})").format(mine) if table.shared else mine
    if table.name == "staff":
        read = sql.SQL("({} or login = session_user)").format(mine)
    _policy(cur, target, "everything", "all", (OWNER, "admin"), names, sql.SQL("true"), sql.SQL("true"))
    _grant(cur, target, "select", readers(table), names, _open_columns(table))
    _policy(cur, target, "read", "select", readers(table), names, read, None)
    for verb, roles in (("insert", inserters(table)), ("update", writers(table))):
        _grant(cur, target, verb, roles, names)
        for name, people, rows in write_policies(table, verb):
            _policy(cur, target, name, verb, people, names, None if verb == "insert" else rows, rows)
    _grant(cur, target, "delete", deleters(table), names)
    _policy(cur, target, "remove", "delete", deleters(table), names, mine, None)
    if table.name in STATE_COLUMNS:
        roles, columns = STATE_COLUMNS[table.name]
        cur.execute(sql.SQL("grant update ({}) on {} to {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), target, sql.SQL(", ").join(names[r] for r in roles)))
    if inserters(table):
        cur.execute("select pg_get_serial_sequence(%s, 'fid')", (table.qualified,))
        sequence = cur.fetchone()[0]
        cur.execute(sql.SQL("grant usage on sequence {} to {}").format(
            sql.Identifier(*sequence.replace('"', "").split(".", 1)),
            sql.SQL(", ").join(names[role] for role in inserters(table))))


def write_policies(table: Table, verb: str) -> list[tuple[str, tuple[str, ...], sql.Composable]]:
    """Policies for ``insert`` or ``update``: name, roles, and the rows they reach; administrators reach every row.

    What a form asks before it lets somebody type is this too (store/rights.py).
    """
    roles, name = (inserters(table), "add") if verb == "insert" else (writers(table), "change")
    found = [(name, tuple(role for role in roles if role != _MANAGER), _BRANCH)]
    if _MANAGER in roles:
        own = sql.SQL("({} and {})").format(_BRANCH, ownership.rule(table)) if table.own_rows else _BRANCH
        found.append((name + "_own", (_MANAGER,), own))
    if verb == "update" and table.name in STATE_COLUMNS:
        found.append(("move", STATE_COLUMNS[table.name][0], _BRANCH))
    return found


def _open_columns(table: Table) -> tuple[str, ...]:
    """Columns that may be read as they are; empty for all, when the table has no personal field."""
    if not any(field.personal for field in table.fields):
        return ()
    return tuple(field.name for field in all_fields(table.name) if not field.personal)


def _grant(cur: Any, target: sql.Identifier, verb: str, roles: tuple[str, ...],
           names: dict[str, sql.Identifier], columns: tuple[str, ...] = ()) -> None:
    if not roles:
        return
    what = sql.SQL(verb)
    if columns:
        what = sql.SQL("{} ({})").format(what, sql.SQL(", ").join(map(sql.Identifier, columns)))
    cur.execute(sql.SQL("grant {} on {} to {}").format(what, target, sql.SQL(", ").join(names[r] for r in roles)))


def _policy(cur: Any, target: sql.Identifier, name: str, verb: str, roles: tuple[str, ...],
            names: dict[str, sql.Identifier], using: sql.Composable | None, check: sql.Composable | None) -> None:
    if not roles:
        return
    parts = [sql.SQL("create policy {} on {} for {} to {}").format(
        sql.Identifier("fs_" + name), target, sql.SQL(verb), sql.SQL(", ").join(names[role] for role in roles))]
    if using is not None:
        parts.append(sql.SQL("using ({})").format(using))
    if check is not None:
        parts.append(sql.SQL("with check ({})").format(check))
    cur.execute(sql.SQL(" ").join(parts))


def protect_functions(cur: Any, prefix: str, extension_schema: str) -> None:
    """Give definer functions a search path nobody else can write, and everybody of the store the right to call."""
    names = {role: sql.Identifier(role_name(prefix, role)) for role in ROLES}
    cur.execute("select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
                "where n.nspname = 'fs_app' and p.prosecdef")
    for (signature,) in cur.fetchall():
        cur.execute(sql.SQL("alter function {} set search_path = pg_catalog, {}, pg_temp").format(
            sql.SQL(signature), sql.Identifier(extension_schema)))
    cur.execute("revoke all on all functions in schema fs_app from public")
    cur.execute(sql.SQL("grant execute on all functions in schema fs_app to {}").format(names["read_only"]))
    for signature in INTERNAL:
        cur.execute(sql.SQL("revoke all on function {} from {}").format(sql.SQL(signature), names["read_only"]))


def grant_role(cur: Any, login: str, *wanted: str) -> None:
    """Give the login the roles and take every other role of this store from it; the login must exist."""
    for role in wanted:
        if role not in ROLES:
            raise ParameterError("There is no role “{role}”. Choose one of: {roles}.", role=role,
                                 roles=list(ROLES))
    names = {other: role_name(prefix_of(cur), other) for other in ROLES}
    cur.execute("select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid "
                "join pg_roles p on p.oid = m.member where p.rolname = %s", (login,))
    held = {name for (name,) in cur.fetchall()}
    for other, name in names.items():
        if other in wanted and name not in held:
            cur.execute(sql.SQL("grant {} to {}").format(sql.Identifier(name), sql.Identifier(login)))
        elif other not in wanted and name in held:
            cur.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(name), sql.Identifier(login)))


def add_person(cur: Any, login: str, role: str, areas: tuple[str, ...] = (), create_login: bool = True) -> str:
    """Make (or change) a person: login without a password, role, staff row, areas; returns the staff row's id.

    A new login needs CREATEROLE; administrators of the store give roles to logins that are there. The password is set
    by the server's administrator, never by us. Areas are codes of org_unit rows: of a branch the person becomes a
    member (the first one becomes the person's own), of a micro-region or grid the owner. Areas not named any more end.
    """
    cur.execute("select 1 from pg_roles where rolname = %s", (login,))
    if cur.fetchone() is None and create_login:
        cur.execute(sql.SQL("create role {} login").format(sql.Identifier(login)))
    grant_role(cur, login, role)
    cur.execute("select o.branch_code from fullservice.org_unit o where o.code = any(%s) and not o.is_deleted "
                "order by array_position(%s, o.code) limit 1", (list(areas), list(areas)))
    home = cur.fetchone()
    values = (role, home[0] if home else (*areas, None)[0], login)
    # no upsert: its update trigger would take "nothing to update" for a lost edit
    cur.execute("select 1 from fullservice.staff where login = %s", (login,))
    if cur.fetchone() is None:
        cur.execute("insert into fullservice.staff (role, branch_code, login) values (%s, %s, %s) returning id", values)
    else:
        cur.execute("update fullservice.staff set role = %s, branch_code = %s, active = true, left_on = null, "
                    "is_deleted = false, edit_base = row_version where login = %s returning id", values)
    staff = cur.fetchone()[0]
    cur.execute("select a.id from fullservice.area_assignment a join fullservice.org_unit o on o.id = a.org_unit_id "
                "where a.staff_id = %s and not a.is_deleted and coalesce(a.valid_to, current_date) >= current_date "
                "and not o.code = any(%s)", (staff, list(areas)))
    left = [row for (row,) in cur.fetchall()]
    if left:
        cur.execute("update fullservice.area_assignment set is_deleted = valid_from >= current_date, valid_to = case "
                    "when valid_from < current_date then current_date - 1 else valid_to end, edit_base = row_version "
                    "where id = any(%s::uuid[])", (left,))
    cur.execute("insert into fullservice.area_assignment (staff_id, org_unit_id, kind) select %s, o.id, "
                "case o.level when 'branch' then 'member' else 'owner' end "
                "from fullservice.org_unit o where not o.is_deleted and o.code = any(%s) "
                "and not exists (select 1 from fullservice.area_assignment a where a.staff_id = %s "
                "and a.org_unit_id = o.id and not a.is_deleted and coalesce(a.valid_to, current_date) >= current_date)",
                (staff, list(areas), staff))
    return str(staff)
