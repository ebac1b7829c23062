# SPDX-License-Identifier: GPL-2.0-or-later
"""Own rows: what a customer manager may write, beyond belonging to the right branch.

A row is a person's own when its owner column names the person, or somebody for whom the person stands in; where the
owner is empty or there is no such column, when one of its parents is theirs, in the end an area assigned to them. Rows
of talks, visits and documents are also theirs when they entered them. Nothing else is: a manager without areas and
without talks of their own writes nothing.
"""
from __future__ import annotations

from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.model import Table

_MINE = sql.SQL("""
create function {function}(row_id uuid) returns boolean language sql stable security definer as $$
    select exists (select 1 from {table} t where t.id = row_id and not t.is_deleted and {rule})
$$""")
_AREA = """
create function fs_app.mine_org_unit(row_id uuid) returns boolean language sql stable security definer as $$
    select row_id = any (fs_app.my_areas())
$$"""
#: Agreements are also reached through the buildings that they cover.
_COVERED = sql.SQL("exists (select 1 from fullservice.agreement_building c where c.agreement_id = {id} "
                   "and not c.is_deleted and fs_app.mine_building(c.building_id))")


def create(cur: Any) -> None:
    """Create ``fs_app.mine_<table>(uuid)`` for every table with own rows, parents before children."""
    cur.execute(_AREA)
    made: set[str] = {"org_unit"}
    waiting = [table for table in TABLES.values() if table.own_rows]
    while waiting:
        ready = [table for table in waiting if {parent for _, parent in _parents(table)} <= made]
        for table in ready:
            cur.execute(_MINE.format(function=_function(table.name), rule=rule(table, "t"),
                                     table=sql.Identifier(table.schema, table.name)))
            made.add(table.name)
        waiting = [table for table in waiting if table.name not in made]
        if not ready and waiting:
            raise ValueError("own rows in a circle: " + ", ".join(table.name for table in waiting))


def rule(table: Table, alias: str = "") -> sql.Composable:
    """The condition that a row of ``table`` is the login's own; columns are those of ``alias``, or bare for a "
      "policy."""
    def column(name: str) -> sql.Composable:
        return sql.Identifier(alias, name) if alias else sql.Identifier(name)

    ways = [sql.SQL("({column} is not null and {function}({column}))").format(column=column(name),
                                                                              function=_function(parent))
            for name, parent in _parents(table)]
    if table.name == "agreement":
        ways.append(_COVERED.format(id=column("id")))
    if table.own_created:
        ways.append(sql.SQL("{} = session_user::text").format(column("created_by")))
    inherited = sql.SQL("({})").format(sql.SQL(" or ").join(ways))
    if not table.owner:
        return inherited
    owner = column(table.owner)
    return sql.SQL("({owner} = any ((select fs_app.my_staff())::uuid[]) or ({owner} is null and {inherited}))").format(
        owner=owner, inherited=inherited)


def _parents(table: Table) -> tuple[tuple[str, str], ...]:
    """Parents whose ownership counts: areas and tables with own rows."""
    return tuple((column, parent) for column, parent in table.parents
                 if parent == "org_unit" or (TABLES[parent].own_rows and parent != table.name))


def _function(table: str) -> sql.Identifier:
    return sql.Identifier("fs_app", "mine_" + table)
