# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the login may do what it is about to do, asked before long work and before a form lets somebody type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.model import Table
from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.store import ownership, roles


@dataclass(frozen=True)
class RowRights:
    """What the login may do with one row.

    ``columns`` are those it may change at all, ``row`` tells whether this row is open to it, and ``keeper`` is the
    login of the person it belongs to (empty where nobody keeps it).
    """

    columns: frozenset[str]
    row: bool
    keeper: str


def row_rights(cur: Any, table: Table, fid: int) -> RowRights:
    """Return what the login may change in the row ``fid``; the same conditions as those of the policies."""
    view = table.schema == "fs_pii"  # people are written through their masked view
    target = sql.Identifier("fs_app" if view else table.schema, table.name)
    keeper = ownership.keeper(table) if table.own_rows else sql.SQL("null::uuid")
    cur.execute(
        sql.SQL(
            "select array(select a.attname::text from pg_attribute a where a.attrelid = {name}::regclass"
            " and a.attnum > 0 and not a.attisdropped and has_column_privilege(a.attrelid, a.attnum, 'update')), "
            "(select {condition} from {target} where fid = %s), "
            "(select s.login from fullservice.staff s where s.id = (select {keeper} from {target} where fid = %s))"
        ).format(name=sql.Literal(f"{'fs_app' if view else table.schema}.{table.name}"), target=target,
                 condition=_condition(table), keeper=keeper),
        (fid, fid),
    )
    columns, row, login = cur.fetchone()
    return RowRights(frozenset(columns), bool(row), login or "")


def _condition(table: Table) -> sql.Composable:
    """True for a row whose update policies let the login through."""
    manager = "customer_manager"
    writers = roles.writers(table)
    moving = roles.STATE_COLUMNS.get(table.name, ((), ()))[0]
    everyone = [role for role in (*writers, *moving) if role != manager or role in moving]
    ways = [sql.SQL("fs_app.has_role({})").format(sql.Literal(role)) for role in dict.fromkeys(everyone)]
    if manager in writers:
        own = ownership.rule(table) if table.own_rows else sql.SQL("true")
        ways.append(sql.SQL("(fs_app.has_role({}) and {})").format(sql.Literal(manager), own))
    if not ways:
        return sql.SQL("fs_app.has_role('admin')")
    return sql.SQL("fs_app.has_role('admin') or (branch_code = any (fs_app.my_branches()) and ({}))").format(
        sql.SQL(" or ").join(ways))


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
