# SPDX-License-Identifier: GPL-2.0-or-later
"""Own rows: what a customer manager may write, beyond belonging to the right branch.

A row has a keeper: the person its owner column names, else the keeper of its parents, in the end whoever holds the grid
(or the area above it) today. A manager writes what they keep themselves or for somebody they stand in for, what nobody
keeps yet, and the visits, documents and requests they entered themselves; what somebody else keeps is closed to them.
"""
from __future__ import annotations

from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.model import Table

# In plpgsql, whose plans a session keeps: a function in SQL is planned anew for every statement.
_KEEPER = sql.SQL("""
create function {function}(row_id uuid) returns uuid language plpgsql stable security definer as $$
begin
    return (select {keeper} from {table} t where t.id = row_id);
end $$""")
_AREA = """
create function fs_app.keeper_org_unit(row_id uuid) returns uuid language plpgsql stable security definer as $$
begin
    return (with recursive above as (
        select o.id, o.parent_id, 0 as step from fullservice.org_unit o where o.id = row_id
        union all
        select o.id, o.parent_id, a.step + 1 from fullservice.org_unit o join above a on o.id = a.parent_id
        where a.step < 10
    )
    select x.staff_id from above a
    join fullservice.area_assignment x on x.org_unit_id = a.id and x.kind = 'owner' and not x.is_deleted
        and current_date between x.valid_from and coalesce(x.valid_to, current_date)
    order by a.step limit 1);
end $$"""
#: Agreements of no estate and no party belong to whoever keeps the first building they cover.
_COVERED = sql.SQL("(select fs_app.keeper_building(c.building_id) from fullservice.agreement_building c "
                   "where c.agreement_id = {id} and not c.is_deleted order by c.fid limit 1)")


def create(cur: Any) -> None:
    """Create ``fs_app.keeper_<table>(uuid)`` for every table with own rows, parents before children."""
    cur.execute(_AREA)
    made: set[str] = {"org_unit"}
    waiting = [table for table in TABLES.values() if table.own_rows]
    while waiting:
        ready = [table for table in waiting if {parent for _, parent in _parents(table)} <= made]
        if not ready:
            raise ValueError("own rows in a circle: " + ", ".join(table.name for table in waiting))
        for table in ready:
            cur.execute(_KEEPER.format(function=_function(table.name), keeper=keeper(table, "t"),
                                       table=sql.Identifier(table.schema, table.name)))
            made.add(table.name)
        waiting = [table for table in waiting if table.name not in made]


def rule(table: Table) -> sql.Composable:
    """The condition of a policy: the row is the login's own, or nobody's yet."""
    mine = sql.SQL("coalesce({} = any ((select fs_app.my_staff())::uuid[]), true)").format(keeper(table))
    if table.own_created:
        return sql.SQL("({} or created_by = session_user::text)").format(mine)
    return mine


def keeper(table: Table, alias: str = "") -> sql.Composable:
    """Who keeps the row; columns are those of ``alias``, or bare."""
    def column(name: str) -> sql.Composable:
        return sql.Identifier(alias, name) if alias else sql.Identifier(name)

    ways: list[sql.Composable] = [column(table.owner)] if table.owner else []
    ways += [sql.SQL("{}({})").format(_function(parent), column(name)) for name, parent in _parents(table)]
    if table.name == "agreement":
        ways.append(_COVERED.format(id=column("id")))
    return sql.SQL("coalesce({})").format(sql.SQL(", ").join(ways))


def _parents(table: Table) -> tuple[tuple[str, str], ...]:
    """Parents whose keeper counts: areas and tables with own rows."""
    return tuple((column, parent) for column, parent in table.parents
                 if parent == "org_unit" or (TABLES[parent].own_rows and parent != table.name))


def _function(table: str) -> sql.Identifier:
    return sql.Identifier("fs_app", "keeper_" + table)
