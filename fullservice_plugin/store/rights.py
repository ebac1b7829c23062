# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the login may do what it is about to do, asked before long work and before a form lets somebody type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from psycopg2 import sql

from fullservice_plugin.core.catalogue.closures import Closure, closures_of
from fullservice_plugin.core.catalogue.model import Table
from fullservice_plugin.core.catalogue.states import machine_of
from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.store import closing, ownership, roles


@dataclass(frozen=True)
class RowRights:
    """What the login may do with one row.

    ``granted`` are the columns its role may change at all, ``row`` tells whether this row is open to it. ``keeper`` is
    the login of the person it belongs to (empty where nobody keeps it), ``branch`` the row's (None: of all branches).
    ``closed`` names what closes the row, each with its reason; ``steps`` are the states the login may go to from
    ``state`` (both None without a state machine), evidence and notes not considered; ``movers`` the roles that go on.
    """

    granted: frozenset[str]
    row: bool
    keeper: str = ""
    branch: Optional[str] = None
    closed: tuple[tuple[Closure, str], ...] = ()
    state: Optional[str] = None
    steps: Optional[frozenset[str]] = None
    movers: tuple[str, ...] = ()

    @property
    def shut(self) -> frozenset[str]:
        """The columns that nobody may change now."""
        return frozenset(name for closure, _ in self.closed for name in closure.columns())

    @property
    def columns(self) -> frozenset[str]:
        """The columns that the login may change in this row now, the row itself being open."""
        return self.granted - self.shut


@dataclass(frozen=True)
class NewRow:
    """What a new row begins with: whether the login may add one, the login, its person and role ("" for nobody)."""

    may: bool
    login: str
    staff: str
    role: str


def row_rights(cur: Any, table: Table, fid: int) -> RowRights:
    """Return what the login may change in the row ``fid``: the conditions of grants, policies, triggers and steps."""
    schema = _written_in(table)
    keeper = ownership.keeper(table) if table.own_rows else sql.SQL("null::uuid")
    closures, machine = closures_of(table.name), machine_of(table.name)
    reasons = [sql.SQL("case when {} then {} end").format(closing.spoken(entry.when, "t"),
                                                          closing.spoken(entry.why, "t")) for entry in closures]
    state, steps, movers = sql.SQL("null::text"), sql.SQL("null::text[]"), sql.SQL("null::text[]")
    if machine is not None:
        state = sql.Identifier("t", machine.column)
        onward = sql.SQL("from fs_meta.sm_transition s where s.machine = {} and s.from_state = {}").format(
            sql.Literal(machine.code), state)
        steps = sql.SQL("array(select distinct s.to_state {} and fs_app.acts_as(s.role))").format(onward)
        movers = sql.SQL("array(select distinct s.role {} order by 1)").format(onward)
    cur.execute(
        sql.SQL(
            "select {granted}, {condition}, (select s.login from fullservice.staff s where s.id = {keeper}), "
            "branch_code, array[{reasons}]::text[], {state}, {steps}, {movers} from {target} t where fid = %s"
        ).format(granted=_granted(schema, table), condition=_condition(table), keeper=keeper,
                 reasons=sql.SQL(", ").join(reasons), state=state, steps=steps, movers=movers,
                 target=sql.Identifier(schema, table.name)),
        (fid,),
    )
    found = cur.fetchone()
    if found is None:
        return RowRights(frozenset(), False)
    columns, row, login, branch, why, stored, targets, onward_roles = found
    return RowRights(
        frozenset(columns), bool(row), login or "", branch,
        tuple((entry, reason) for entry, reason in zip(closures, why) if reason is not None), stored,
        None if machine is None else frozenset(targets), tuple(onward_roles or ()))


def new_row(cur: Any, table: Table) -> NewRow:
    """Return whether the login may add rows to a table, and who it is."""
    name = f"{_written_in(table)}.{table.name}"
    cur.execute("select has_table_privilege(%s, 'insert') or has_any_column_privilege(%s, 'insert'), "
                "session_user::text, coalesce(me.id::text, ''), coalesce(me.role, '') from (select 1) one "
                "left join fullservice.staff me on me.id = fs_app.staff_id()", (name, name))
    return NewRow(*cur.fetchone())


def _written_in(table: Table) -> str:
    return "fs_app" if table.schema == "fs_pii" else table.schema  # people are written through their masked view


def _granted(schema: str, table: Table) -> sql.Composable:
    return sql.SQL("array(select a.attname::text from pg_attribute a where a.attrelid = {}::regclass and a.attnum > 0 "
                   "and not a.attisdropped and has_column_privilege(a.attrelid, a.attnum, 'update'))").format(
        sql.Literal(f"{schema}.{table.name}"))


def _condition(table: Table) -> sql.Composable:
    """True for a row whose update policies let the login through."""
    ways = [sql.SQL("fs_app.has_role('admin')")]
    for _, people, rows in roles.write_policies(table, "update"):
        if people:
            mine = sql.SQL(" or ").join(sql.SQL("fs_app.has_role({})").format(sql.Literal(role)) for role in people)
            ways.append(sql.SQL("(({}) and {})").format(mine, rows))
    return sql.SQL(" or ").join(ways)


def require_bulk(cur: Any, *tables: str) -> None:
    """Raise StoreError unless the login may import in bulk (planner, administrator) and write all ``tables``."""
    cur.execute(
        "select session_user::text, fs_app.is_bulk(), array(select t from unnest(%s::text[]) as t"
        " where not has_table_privilege('fullservice.' || t, 'insert'))",
        (list(tables),),
    )
    login, bulk, closed = cur.fetchone()
    if closed or not bulk:
        raise StoreError(
            "The login {login} may not do this: it takes the role of planner or administrator. Ask the"
            " store's administrator.",
            login=login,
        )
