# SPDX-License-Identifier: GPL-2.0-or-later
"""Prices and rules in the store: read as figures of the catalogue, written in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from psycopg2 import extensions, sql

from fullservice_plugin.core.access.catalogue import Figure
from fullservice_plugin.store.bulk import stage_rows

_COLUMNS = ("section", "item", "figure", "value", "text_value", "unit", "name_zh", "name_en", "source")


def figures(cur: extensions.cursor, branch: Optional[str]) -> list[Figure]:
    """Return the figures that hold for a branch: those of the whole store first, then its own (None: no own)."""
    cur.execute(
        "select section, item, figure, value, text_value, unit, name_zh, name_en, source from fullservice.price_item"
        " where not is_deleted and (branch_code is null or branch_code = %s)"
        " order by branch_code nulls first, section, item, figure",
        (branch,),
    )
    return [Figure(*row[:5], *(text or "" for text in row[5:])) for row in cur.fetchall()]


def branch_of(cur: extensions.cursor, buildings: Sequence[str]) -> Optional[str]:
    """Return the branch of all these buildings; None where there are several or none."""
    cur.execute(
        "select min(branch_code), count(distinct branch_code) from fullservice.building where id = any(%s::uuid[])",
        (list(buildings),),
    )
    branch, count = cur.fetchone()
    return str(branch) if count == 1 else None


def home_branch(cur: extensions.cursor, region: str) -> Optional[str]:
    """Return the branch that rows for a region come to: its own, or where none is named the store's only one, if so."""
    if region:
        return region
    cur.execute(
        "select coalesce((select min(code) from unnest(fs_app.my_branches()) as code having count(*) = 1),"
        " (select min(code) from fullservice.org_unit where level = 'branch' and not is_deleted having count(*) = 1))"
    )
    row = cur.fetchone()
    return None if row is None or row[0] is None else str(row[0])


def known_branch(cur: extensions.cursor, code: str) -> bool:
    """Return whether there is a branch with the code that the login may see."""
    cur.execute("select 1 from fullservice.org_unit where level = 'branch' and code = %s and not is_deleted", (code,))
    return cur.fetchone() is not None


def write(cur: extensions.cursor, rows: Sequence[Figure], branch: Optional[str]) -> tuple[int, int]:
    """Write figures for a branch (None: the whole store) in a bulk transaction; return how many are new and changed.

    What is there with the same value stays as it is.
    """
    values = [(f.section, f.item, f.figure, f.value, f.text, f.unit, f.name_zh, f.name_en, f.source) for f in rows]
    staged = stage_rows(cur, "price_item", _COLUMNS, values)
    same = sql.SQL(
        "p.section = s.section and p.item = coalesce(s.item, '') and p.figure = coalesce(s.figure, '')"
        " and p.branch_code is not distinct from %s and not p.is_deleted"
    )
    cur.execute(
        sql.SQL(
            "update fullservice.price_item p set value = s.value, text_value = s.text_value, unit = s.unit,"
            " name_zh = s.name_zh, name_en = s.name_en, source = s.source from {staged} s where {same}"
            " and (p.value, p.text_value) is distinct from (s.value, s.text_value)"
        ).format(staged=staged.table, same=same),
        (branch,),
    )
    changed = int(cur.rowcount)
    cur.execute(
        sql.SQL(
            "insert into fullservice.price_item (section, item, figure, value, text_value, unit, name_zh, name_en,"
            " source, branch_code, origin) select s.section, coalesce(s.item, ''), coalesce(s.figure, ''), s.value,"
            " s.text_value, s.unit, s.name_zh, s.name_en, s.source, %s, 'import' from {staged} s"
            " where not exists (select 1 from fullservice.price_item p where {same})"
        ).format(staged=staged.table, same=same),
        (branch, branch),
    )
    return int(cur.rowcount), changed


def may_write(cur: Any) -> bool:
    """Return whether the login may write prices."""
    cur.execute("select has_table_privilege('fullservice.price_item', 'insert')")
    return bool(cur.fetchone()[0])
