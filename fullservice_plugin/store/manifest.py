# SPDX-License-Identifier: GPL-2.0-or-later
"""What a store holds, table by table: number of rows and a hash over them, the same wherever the store is restored."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.progress import SILENT, Progress

#: Schemas whose rows a backup holds; fs_app is rebuilt.
SCHEMAS = ("fullservice", "fs_pii", "fs_audit", "fs_meta")
#: How values are written as text must not depend on the session.
_SESSION = ("set local timezone = 'UTC'", "set local datestyle = 'ISO, YMD'", "set local extra_float_digits = 1",
            "set local bytea_output = 'hex'", "set local intervalstyle = 'iso_8601'", "set local enable_seqscan = on")


def tables(cur: Any) -> list[str]:
    """Qualified names of the tables with rows of their own; a partitioned table stands for its partitions."""
    cur.execute("select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where n.nspname = any(%s) and c.relkind in ('r', 'p') and not c.relispartition order by 1",
                (list(SCHEMAS),))
    return [name for (name,) in cur.fetchall()]


def columns(cur: Any, table: str) -> list[str]:
    """Columns of a table in order."""
    cur.execute("select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped "
                "order by attnum", (table,))
    return [name for (name,) in cur.fetchall()]


def take(cur: Any, progress: Progress = SILENT) -> dict[str, dict[str, Any]]:
    """Table → rows, md5 and the columns it was taken over. Reads everything: the store's owner asks."""
    for statement in _SESSION:
        cur.execute(statement)
    names = tables(cur)
    found = {}
    for number, table in enumerate(names):
        progress.step(number / len(names))
        over = columns(cur, table)
        found[table] = {**_digest(cur, table, over), "columns": over}
    return found


def differences(cur: Any, manifest: Mapping[str, Mapping[str, Any]], progress: Progress = SILENT) -> dict[str, str]:
    """Table → what is different from the manifest: ``missing``, ``rows`` or ``content``."""
    for statement in _SESSION:
        cur.execute(statement)
    there = set(tables(cur))
    found = {}
    for number, (table, known) in enumerate(manifest.items()):
        progress.step(number / max(1, len(manifest)))
        if table not in there or not set(known["columns"]) <= set(columns(cur, table)):
            found[table] = "missing"
            continue
        now = _digest(cur, table, list(known["columns"]))
        if now["rows"] != known["rows"]:
            found[table] = "rows"
        elif now["md5"] != known["md5"]:
            found[table] = "content"
    return found


def _digest(cur: Any, table: str, over: list[str]) -> dict[str, Any]:
    """Rows and md5 of a table, whatever the order in which they lie."""
    row = sql.SQL("row({})::text").format(sql.SQL(", ").join(map(sql.Identifier, over)))
    cur.execute(sql.SQL(
        "select count(*), coalesce(md5(string_agg(h, '' order by h)), '') from (select md5({}) as h from {}) x"
    ).format(row, sql.Identifier(*table.split(".", 1))))
    count, digest = cur.fetchone()
    return {"rows": int(count), "md5": digest}
