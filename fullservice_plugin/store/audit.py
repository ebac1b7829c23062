# SPDX-License-Identifier: GPL-2.0-or-later
"""The append-only log of who changed what: one pair of functions per table, made from the table's real columns.

Geometry never goes through ``to_jsonb`` (three times slower): it is kept as EWKB and only when it changed. Bulk runs
are logged by statement. Personal data leave only the names of the fields that changed.
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
        values ({name}, old.id, 'D', old.row_version, jsonb_strip_nulls({old}));
    else
        before := {old};
        after := {new};
        {geometry}
        insert into fs_audit.log (tbl, row_id, op, ver, before, after)
        select {name}, new.id, 'U', new.row_version, jsonb_object_agg(k, before -> k), jsonb_object_agg(k, after -> k)
        from jsonb_object_keys(after) k where before -> k is distinct from after -> k;
    end if;
    return null;
end $$""")

_BULK = sql.SQL("""
create function {insert}() returns trigger language plpgsql security definer as $$
begin
    insert into fs_audit.log (tbl, row_id, op, ver) select {name}, t.id, 'I', t.row_version from touched t;
    return null;
end $$;
create function {update}() returns trigger language plpgsql security definer as $$
begin
    insert into fs_audit.log (tbl, row_id, op, ver, before)
    select {name}, n.id, 'U', n.row_version, (
        select jsonb_object_agg(k, x.before -> k) from jsonb_object_keys(x.before) k
        where x.before -> k is distinct from x.after -> k)
    from touched n join was o on o.id = n.id
    cross join lateral (select {old} as before, {new} as after) x;
    return null;
end $$;
create function {delete}() returns trigger language plpgsql security definer as $$
begin
    insert into fs_audit.log (tbl, row_id, op, ver, before)
    select {name}, o.id, 'D', o.row_version, jsonb_strip_nulls({old}) from was o;
    return null;
end $$""")


def create(cur: Any) -> None:
    """Create the audit functions and triggers of every table, the partitions of the log and its guards."""
    single = sql.SQL("fs_app.is_bulk() is not true")
    many = sql.SQL("fs_app.is_bulk()")
    for table in TABLES.values():
        base = "audit_" + table.name
        name = sql.Literal(table.qualified)
        old, new, geometry = _images(cur, table)
        cur.execute(_ROW.format(function=sql.Identifier("fs_app", base), name=name, old=old, new=new,
                                geometry=geometry))
        old_set, new_set, _ = _images(cur, table, "o", "n", with_geometry=True)
        cur.execute(_BULK.format(insert=sql.Identifier("fs_app", base + "_insert"),
                                 update=sql.Identifier("fs_app", base + "_update"),
                                 delete=sql.Identifier("fs_app", base + "_delete"),
                                 name=name, old=old_set, new=new_set))
        trigger(cur, table, "fs_90_audit", "after insert or update or delete", base, condition=single)
        trigger(cur, table, "fs_91_audit_insert", "after insert", base + "_insert", "statement", many, new="touched")
        trigger(cur, table, "fs_91_audit_update", "after update", base + "_update", "statement", many, "was", "touched")
        trigger(cur, table, "fs_91_audit_delete", "after delete", base + "_delete", "statement", many, "was")
    cur.execute("select fs_app.ensure_partitions()")


def _images(cur: Any, table: Table, old: str = "old", new: str = "new",
            with_geometry: bool = False) -> tuple[sql.Composable, sql.Composable, sql.Composable]:
    """The row before and after as jsonb expressions, and the statement that adds changed geometries."""
    cur.execute("select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a where a.attrelid = "
                "%s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum", (table.qualified,))
    columns = [(name, kind) for name, kind in cur.fetchall() if name not in _SKIPPED]
    if table.schema == "fs_pii":
        return (_masked(old, columns), _masked(new, columns), sql.SQL(""))
    plain = [name for name, kind in columns if not kind.startswith(("geometry", "public.geometry", "bytea"))]
    shapes = [name for name, kind in columns if kind.startswith(("geometry", "public.geometry"))]
    images = [_object(row, plain) for row in (old, new)]
    if with_geometry and shapes:
        images = [sql.SQL("({} || {})").format(image, sql.SQL(" || ").join(
            _changed_shape(row, name, old, new) for name in shapes)) for image, row in zip(images, (old, new))]
    added = [sql.SQL("if {o} is distinct from {n} then before := before || {b}; after := after || {a}; end if;").format(
        o=sql.Identifier("old", name), n=sql.Identifier("new", name), b=_shape("old", name), a=_shape("new", name))
        for name in shapes]
    return images[0], images[1], sql.SQL(" ").join(added)


def _object(row: str, names: list[str]) -> sql.Composable:
    calls = []
    for start in range(0, len(names), _PER_CALL):
        pairs = [sql.SQL("{}, {}").format(sql.Literal(name), sql.Identifier(row, name))
                 for name in names[start:start + _PER_CALL]]
        calls.append(sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs)))
    return sql.SQL("({})").format(sql.SQL(" || ").join(calls))


def _shape(row: str, name: str) -> sql.Composable:
    return sql.SQL("jsonb_build_object({}, encode(ST_AsEWKB({}), 'hex'))").format(
        sql.Literal(name), sql.Identifier(row, name))


def _changed_shape(row: str, name: str, old: str, new: str) -> sql.Composable:
    if old == "o":  # only the set-based functions know both sides
        return sql.SQL("(case when {} is distinct from {} then {} else '{{}}'::jsonb end)").format(
            sql.Identifier("o", name), sql.Identifier("n", name), _shape(row, name))
    return _shape(row, name)


def _masked(row: str, columns: list[tuple[str, str]]) -> sql.Composable:
    """Personal data: a hash decides whether a field changed is not kept either; only null or not null is."""
    pairs = [sql.SQL("{}, ({} is not null)").format(sql.Literal(name), sql.Identifier(row, name))
             for name, _ in columns]
    return sql.SQL("(jsonb_build_object({}))").format(sql.SQL(", ").join(pairs))
