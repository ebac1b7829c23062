# SPDX-License-Identifier: GPL-2.0-or-later
"""The append-only log of who changed what: one pair of functions per table, made from the table's real columns.

Geometry never goes through ``to_jsonb`` (three times slower): it is kept as EWKB, when it changed or its row goes.
Bulk runs are logged by statement. Personal data leave only the names of the fields that changed.
"""
from __future__ import annotations

from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.model import Table
from fullservice_plugin.store.triggers import trigger

#: Bookkeeping of the row itself, which the log has in columns of its own.
_SKIPPED = ("fid", "id", "row_version", "edit_base", "changed_at", "changed_by", "created_at", "created_by")
#: PostgreSQL functions take 100 arguments at most: two per column.
_PER_CALL = 45

_ROW = sql.SQL("""
create function {function}() returns trigger language plpgsql security definer as $$
declare
    before jsonb;
    after jsonb;
begin
    if tg_op = 'INSERT' then
        insert into fs_audit.log (tbl, row_id, op, ver, after)
        values ({name}, new.id, 'I', new.row_version, jsonb_strip_nulls({new}));
    elsif tg_op = 'DELETE' then
        insert into fs_audit.log (tbl, row_id, op, ver, before)
        values ({name}, old.id, 'D', old.row_version, jsonb_strip_nulls({old}{gone}));
    else
        before := {old} - {same};
        after := {new} - {same};
        {geometry}
        if coalesce(current_setting('fs.restored_from', true), '') <> '' then
            after := after || jsonb_build_object('restored_from', current_setting('fs.restored_from')::bigint);
        end if;
        insert into fs_audit.log (tbl, row_id, op, ver, before, after)
        values ({name}, new.id, 'U', new.row_version, before, after);
    end if;
    return null;
end $$""")

# The planner knows nothing about transition tables and would join them row by row.
_BULK = sql.SQL("""
create function {insert}() returns trigger language plpgsql security definer as $$
begin
    insert into fs_audit.log (tbl, row_id, op, ver) select {name}, t.id, 'I', t.row_version from touched t;
    return null;
end $$;
create function {update}() returns trigger language plpgsql security definer set enable_nestloop = off as $$
begin
    insert into fs_audit.log (tbl, row_id, op, ver, before)
    select {name}, n.id, 'U', n.row_version, {was} - {changed}{shapes}
    from touched n join was o on o.id = n.id;
    return null;
end $$;
create function {delete}() returns trigger language plpgsql security definer as $$
begin
    insert into fs_audit.log (tbl, row_id, op, ver, before)
    select {name}, o.id, 'D', o.row_version, jsonb_strip_nulls({old}{gone}) from was o;
    return null;
end $$""")


def create(cur: Any) -> None:
    """Create the audit functions and triggers of every table, the partitions of the log and its guards."""
    single = sql.SQL("fs_app.is_bulk() is not true")
    many = sql.SQL("fs_app.is_bulk()")
    for table in TABLES.values():
        base = "audit_" + table.name
        name = sql.Literal(table.qualified)
        plain, shapes = _columns(cur, table)
        image = _masked if table.schema == "fs_pii" else _object
        moved = sql.SQL(" ").join(_row_shape(shape) for shape in shapes)
        cur.execute(_ROW.format(
            function=sql.Identifier("fs_app", base), name=name, old=image("old", plain), new=image("new", plain),
            same=_same("old", "new", plain), gone=_shapes("old", shapes), geometry=moved))
        cur.execute(_BULK.format(
            insert=sql.Identifier("fs_app", base + "_insert"), update=sql.Identifier("fs_app", base + "_update"),
            delete=sql.Identifier("fs_app", base + "_delete"), name=name, old=image("o", plain),
            was=image("o", plain), gone=_shapes("o", shapes), changed=_same("o", "n", plain),
            shapes=sql.SQL("").join(_bulk_shape(shape) for shape in shapes)))
        trigger(cur, table, "fs_90_audit", "after insert or update or delete", base, condition=single)
        trigger(cur, table, "fs_91_audit_insert", "after insert", base + "_insert", "statement", many, new="touched")
        trigger(cur, table, "fs_91_audit_update", "after update", base + "_update", "statement", many, "was", "touched")
        trigger(cur, table, "fs_91_audit_delete", "after delete", base + "_delete", "statement", many, "was")
    cur.execute("select fs_app.ensure_partitions()")


def _columns(cur: Any, table: Table) -> tuple[list[str], list[str]]:
    """The table's real columns that are logged: plain ones and geometries."""
    cur.execute("select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a where a.attrelid = "
                "%s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum", (table.qualified,))
    columns = [(name, kind.rsplit(".", 1)[-1]) for name, kind in cur.fetchall() if name not in _SKIPPED]
    plain = [name for name, kind in columns if not kind.startswith(("geometry", "bytea"))]
    shapes = [name for name, kind in columns if kind.startswith("geometry") and table.schema != "fs_pii"]
    return plain, shapes


def _object(row: str, names: list[str]) -> sql.Composable:
    """The row's columns as one jsonb object."""
    return _build([sql.SQL("{}, {}").format(sql.Literal(name), sql.Identifier(row, name)) for name in names])


def _masked(row: str, names: list[str]) -> sql.Composable:
    """Personal data: only whether a field holds something."""
    return _build([sql.SQL("{}, ({} is not null)").format(sql.Literal(name), sql.Identifier(row, name))
                   for name in names])


def _build(pairs: list[sql.Composed]) -> sql.Composable:
    calls = [sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs[start:start + _PER_CALL]))
             for start in range(0, len(pairs), _PER_CALL)]
    return sql.SQL("({})").format(sql.SQL(" || ").join(calls))


def _same(old: str, new: str, names: list[str]) -> sql.Composable:
    """Names of the columns that did not change, as a text array."""
    return sql.SQL("array_remove(array[{}]::text[], null)").format(sql.SQL(", ").join(
        sql.SQL("case when {} is not distinct from {} then {} end").format(
            sql.Identifier(old, name), sql.Identifier(new, name), sql.Literal(name)) for name in names))


def _shape(row: str, name: str) -> sql.Composable:
    return sql.SQL("jsonb_build_object({}, encode(ST_AsEWKB({}), 'hex'))").format(
        sql.Literal(name), sql.Identifier(row, name))


def _shapes(row: str, names: list[str]) -> sql.Composable:
    """All geometries of a row that goes for good, so that it can come back."""
    return sql.SQL("").join(sql.SQL(" || {}").format(_shape(row, name)) for name in names)


def _row_shape(name: str) -> sql.Composable:
    """Adds a geometry to both images when it changed."""
    return sql.SQL("if {o} is distinct from {n} then before := before || {b}; after := after || {a}; end if;").format(
        o=sql.Identifier("old", name), n=sql.Identifier("new", name), b=_shape("old", name), a=_shape("new", name))


def _bulk_shape(name: str) -> sql.Composable:
    return sql.SQL(" || (case when {} is distinct from {} then {} else '{{}}'::jsonb end)").format(
        sql.Identifier("o", name), sql.Identifier("n", name), _shape("o", name))
