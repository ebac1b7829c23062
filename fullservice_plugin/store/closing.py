# SPDX-License-Identifier: GPL-2.0-or-later
"""Triggers that keep closed rows as they are, made from the catalogue's closures."""

from __future__ import annotations

from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.closures import CLOSURES, Closure
from fullservice_plugin.core.catalogue.fields import TABLES


def spoken(text: str, row: str) -> sql.Composable:
    """A condition or reason of a closure, over the row that is called ``row``."""
    return sql.SQL(text.replace("{row}", row))


def create(cur: Any) -> None:
    """Create the triggers of every closure."""
    for number, closure in enumerate(CLOSURES):
        if closure.content:
            _content(cur, closure)
        else:
            _row(cur, closure, f"fs_41_closed_{number}")


def _row(cur: Any, closure: Closure, name: str) -> None:
    """A row that closes itself: told apart before anything is called, so that open rows cost nothing."""
    table = TABLES[closure.table]
    target = sql.Identifier(table.schema, table.name)
    when = [sql.SQL("({})").format(spoken(closure.when, "old"))]
    if closure.bulk:
        when.append(sql.SQL("fs_app.is_bulk() is not true"))
    changed = sql.SQL("({}) is distinct from ({})").format(*(
        sql.SQL(", ").join(sql.Identifier(side, column) for column in closure.columns()) for side in ("old", "new")))
    why = sql.Literal(closure.why.strip("'") if "{row}" not in closure.why else "")
    for verb, conditions in (("update", [*when, changed]), ("delete", when)):
        if verb == "delete" and not closure.stays:
            continue
        cur.execute(sql.SQL("create trigger {} before {} on {} for each row when ({}) "
                            "execute function fs_app.row_closed({})").format(
            sql.Identifier(f"{name}_{verb}"), sql.SQL(verb), target, sql.SQL(" and ").join(conditions), why))


def _content(cur: Any, closure: Closure) -> None:
    """Rows of a design that is closed: looked at once per statement, since designs are written in bulk."""
    table = TABLES[closure.table]
    for verb in ("insert", "update", "delete"):
        cur.execute(sql.SQL("create trigger {} after {} on {} referencing {} as touched for each statement "
                            "execute function fs_app.design_content_closed()").format(
            sql.Identifier("fs_60_closed_" + verb), sql.SQL(verb), sql.Identifier(table.schema, table.name),
            sql.SQL("old table" if verb == "delete" else "new table")))
