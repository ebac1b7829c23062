# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings the catalogue into the database: value lists, transitions, checks of codes, comments."""

from __future__ import annotations

import hashlib
from typing import Any

from psycopg2 import extras, sql

from fullservice_plugin.core.catalogue.fields import SNAPSHOTS, TABLES, all_fields
from fullservice_plugin.core.catalogue.lists import EDITABLE, LISTS, codes
from fullservice_plugin.core.catalogue.model import Field, Snapshot, Table
from fullservice_plugin.core.catalogue.states import MACHINES


def apply(cur: Any) -> None:
    """Write lists and transitions, checks and comments; words edited in the store stay."""
    _lists(cur)
    _transitions(cur)
    for table in TABLES.values():
        _comments(cur, table, all_fields(table.name))
        for field in table.fields:
            if field.list and field.list not in EDITABLE:
                _check(cur, table, field)
    for snapshot in SNAPSHOTS.values():
        _comments(cur, snapshot, snapshot.fields)


def _lists(cur: Any) -> None:
    rows = [
        (name, entry.code, entry.zh, entry.en, sort)
        for name, entries in LISTS.items()
        for sort, entry in enumerate(entries)
    ]
    extras.execute_values(
        cur,
        "insert into fs_meta.code as c (list, code, zh, en, sort) values %s "
        "on conflict (list, code) do update set zh = excluded.zh, en = excluded.en, "
        "sort = excluded.sort where not c.edited",
        rows,
        page_size=1000,
    )


def _transitions(cur: Any) -> None:
    rows = [
        (machine.code, step.source, step.target, role, list(step.evidence), step.needs_note, step.sla_days)
        for machine in MACHINES.values()
        for step in machine.transitions
        for role in step.roles
    ]
    cur.execute("delete from fs_meta.sm_transition")
    extras.execute_values(
        cur,
        "insert into fs_meta.sm_transition (machine, from_state, to_state, role, evidence, "
        "needs_note, sla_days) values %s",
        rows,
        page_size=1000,
        template="(%s,%s,%s,%s,%s::text[],%s,%s)",
    )


def _comments(cur: Any, table: Table | Snapshot, fields: tuple[Field, ...]) -> None:
    target = sql.Identifier(table.schema, table.name)
    statements = [sql.SQL("comment on table {} is {}").format(target, sql.Literal(table.en))]
    for field in fields:
        text = (
            field.en + (" [" + field.unit + "]" if field.unit else "") + (" {" + field.list + "}" if field.list else "")
        )
        statements.append(
            sql.SQL("comment on column {}.{} is {}").format(target, sql.Identifier(field.name), sql.Literal(text))
        )
    cur.execute(sql.SQL("; ").join(statements))


def check_name(table: Table, field: Field) -> str:
    """Name of the check that a column holds a code of its list."""
    return table.name + "_" + field.name + "_is_a_code"


def _check(cur: Any, table: Table, field: Field) -> None:
    """(Re)make the check of a fixed list when the list changed; its hash is the constraint's comment."""
    values = codes(field.list)
    mark = hashlib.sha256("|".join(values).encode()).hexdigest()[:16]
    name = check_name(table, field)
    cur.execute(
        "select obj_description(c.oid, 'pg_constraint') from pg_constraint c where c.conname = %s "
        "and c.conrelid = %s::regclass",
        (name, table.qualified),
    )
    row = cur.fetchone()
    if row is not None and row[0] == mark:
        return
    target, constraint = sql.Identifier(table.schema, table.name), sql.Identifier(name)
    if row is not None:
        cur.execute(sql.SQL("alter table {} drop constraint {}").format(target, constraint))
    number = field.type in ("integer", "smallint", "bigint")
    allowed = sql.SQL(", ").join(sql.Literal(int(value) if number else value) for value in values)
    cur.execute(
        sql.SQL("alter table {} add constraint {} check ({} in ({}))").format(
            target, constraint, sql.Identifier(field.name), allowed
        )
    )
    cur.execute(sql.SQL("comment on constraint {} on {} is {}").format(constraint, target, sql.Literal(mark)))
