# SPDX-License-Identifier: GPL-2.0-or-later
"""People of the store: one login each, role, areas, deputies, and what happens to their work when they leave."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Optional

import psycopg2
from psycopg2 import sql

from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.core.errors import ParameterError, StoreError
from fullservice_plugin.store import roles

#: What a QGIS window may wait for a lock, and a forgotten transaction may stay open. No compiling: it takes a second
#: where the map's queries take 60 ms (measured with 1,000,000 buildings).
SESSION_LIMITS = (("lock_timeout", "3s"), ("idle_in_transaction_session_timeout", "10min"), ("jit", "off"))


@dataclass(frozen=True)
class Person:
    """A person as an administrator describes it. ``areas`` are codes of branches, micro-regions and grids."""

    login: str
    role: str
    name: str = ""
    areas: tuple[str, ...] = ()
    deputy_of: str = ""
    deputy_from: Optional[date] = None
    deputy_to: Optional[date] = None


@dataclass(frozen=True)
class Known:
    """What the store knows of a login."""

    id: str
    role: str
    active: bool


def find(cur: Any, login: str) -> Optional[Known]:
    """The staff row of a login; None when there is none."""
    cur.execute("select id::text, role, active from fullservice.staff where login = %s and not is_deleted", (login,))
    row = cur.fetchone()
    return Known(*row) if row else None


def save(cur: Any, person: Person) -> str:
    """Make or change a person; returns the id of the staff row. Errors say what the server's administrator must do."""
    _check(cur, person)
    _login(cur, person.login)
    staff = roles.add_person(cur, person.login, person.role, person.areas, create_login=False)
    if person.name:
        _name(cur, staff, person.name)
    principal = find(cur, person.deputy_of) if person.deputy_of else None
    cur.execute("update fullservice.staff set deputy_of = %s, deputy_from = %s, deputy_to = %s, edit_base = "
                "row_version "
                "where id = %s", (principal.id if principal else None, person.deputy_from if principal else None,
                                  person.deputy_to if principal else None, staff))
    if principal:
        roles.grant_role(cur, person.login, person.role, principal.role)
    return staff


def open_work(cur: Any, staff: str) -> dict[str, int]:
    """Open estates, talks, tasks and areas of a person."""
    cur.execute("select estates, talks, tasks, areas from fs_app.open_work(%s::uuid)", (staff,))
    return dict(zip(("estates", "talks", "tasks", "areas"), cur.fetchone()))


def hand_over(cur: Any, leaver: str, successor: str) -> dict[str, int]:
    """Give everything open of the staff row ``leaver`` to ``successor``; returns how much of what."""
    cur.execute("select fs_app.hand_over(%s::uuid, %s::uuid)", (leaver, successor))
    return dict(cur.fetchone()[0])


def dismiss(cur: Any, login: str) -> bool:
    """Take the login's roles and close its staff row; the name stays. True when the login itself was locked too."""
    known = find(cur, login)
    if known is None:
        raise ParameterError("The store knows no login “{login}”. Check its spelling.", login=login)
    roles.grant_role(cur, login)
    cur.execute("update fullservice.staff set active = false, left_on = coalesce(left_on, current_date), "
                "deputy_of = null, deputy_from = null, deputy_to = null, edit_base = row_version where id = %s",
                (known.id,))
    cur.execute("select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = "
                "%s", (login,))
    if cur.fetchone()[0]:  # somebody of another store on this server, or of something else
        return False
    return tried(cur, sql.SQL("alter role {} nologin").format(sql.Identifier(login)))


def limit_sessions(cur: Any) -> None:
    """Bound the waits of every session of this database, where its owner asks; other programs set their own."""
    cur.execute("select current_database()::text")
    database = sql.Identifier(cur.fetchone()[0])
    for key, value in SESSION_LIMITS:
        tried(cur, sql.SQL("alter database {} set {} = {}").format(database, sql.Identifier(key), sql.Literal(value)))


def _name(cur: Any, staff: str, name: str) -> None:
    cur.execute("select name from fs_pii.staff_person where staff_id = %s", (staff,))
    row = cur.fetchone()
    if row is None:
        cur.execute("insert into fs_pii.staff_person (staff_id, name) values (%s, %s)", (staff, name))
    elif row[0] != name:
        cur.execute("update fs_pii.staff_person set name = %s, is_deleted = false, edit_base = row_version "
                    "where staff_id = %s", (name, staff))


def _check(cur: Any, person: Person) -> None:
    if not person.login.strip() or len(person.login.encode()) > 63:
        raise ParameterError("A login needs a name of at most 63 bytes, found “{login}”.", login=person.login)
    _not_special(cur, person.login)
    if person.role not in ROLES:
        raise ParameterError("There is no role “{role}”. Choose one of: {roles}.", role=person.role,
                             roles=list(ROLES))
    cur.execute("select code from fullservice.org_unit where code = any(%s) and not is_deleted", (list(person.areas),))
    unknown = sorted(set(person.areas) - {code for (code,) in cur.fetchall()})
    if unknown:
        raise ParameterError("The territory has no {codes}. Import it first, or correct the codes.",
                             codes=unknown)
    if not person.deputy_of:
        return
    principal = find(cur, person.deputy_of)
    if principal is None or person.deputy_of == person.login:
        raise ParameterError("“{login}” cannot stand in for “{principal}”: that must be another person of the store.",
                             login=person.login, principal=person.deputy_of)
    if principal.role == "admin" and person.role != "admin":
        raise ParameterError("Nobody stands in for an administrator. Make {login} an administrator if that is meant.",
                             login=person.login)


def _not_special(cur: Any, login: str) -> None:
    """Refuse what is no person's login: a role of the store, a group, somebody whom row security does not bind."""
    prefix = roles.prefix_of(cur)
    cur.execute("select rolsuper or rolbypassrls, rolcanlogin from pg_roles where rolname = %s", (login,))
    row = cur.fetchone()
    group = row is not None and not row[1] and find(cur, login) is None
    if group or login in {roles.role_name(prefix, role) for role in (roles.OWNER, *ROLES)}:
        raise ParameterError("“{login}” is a group of the server, no person's login. Choose another name.", login=login)
    if row is not None and row[0]:
        raise ParameterError("“{login}” is above row security and would see and write everything. Give the person a "
                             "login of its own.", login=login)


def _login(cur: Any, login: str) -> None:
    cur.execute("select 1 from pg_roles where rolname = %s", (login,))
    name = sql.Identifier(login)
    if cur.fetchone() is None:
        if not tried(cur, sql.SQL("create role {} login").format(name)):
            raise StoreError("The login {login} does not exist and may not be made from here. Let the server's "
                             "administrator run this, then try again: {script}", login=login,
                             script="create role " + roles.quoted(login) + " login;")
    cur.execute("select rolcanlogin from pg_roles where rolname = %s", (login,))
    if not cur.fetchone()[0]:
        tried(cur, sql.SQL("alter role {} login").format(name))
    cur.execute("select current_database()::text")
    database = cur.fetchone()[0]
    for key, value in SESSION_LIMITS:
        tried(cur, sql.SQL("alter role {} in database {} set {} = {}").format(
            name, sql.Identifier(database), sql.Identifier(key), sql.Literal(value)))


def tried(cur: Any, statement: sql.Composable) -> bool:
    """Run what takes a right of the server that the login may lack; False when it does."""
    cur.execute("savepoint fs_try")
    try:
        cur.execute(statement)
    except psycopg2.errors.InsufficientPrivilege:
        cur.execute("rollback to savepoint fs_try")
        return False
    cur.execute("release savepoint fs_try")
    return True


def managers(cur: Any) -> list[tuple[str, str]]:
    """Return (staff id, login) of the active account managers, by login."""
    cur.execute("select id::text, login from fullservice.staff where role = 'customer_manager' and active "
                "and not is_deleted order by login")
    return list(cur.fetchall())
