# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows that a form offers by name, such as grids, people and the parties of a property."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from psycopg2 import sql


@dataclass(frozen=True)
class NameList:
    """Where the names come from: a relation, its column stored elsewhere (``key``), the one shown, and which rows.

    ``estate`` is the column with the estate a row belongs to, empty where it belongs to none. ``where`` is a constant
    of our own layers, never typed by anybody.
    """

    schema: str
    relation: str
    key: str
    shown: str
    estate: str = ""
    where: str = ""


@dataclass(frozen=True)
class Name:
    """One row of a list: what is stored, what is shown ("" for a row without a name), its estate's id or ""."""

    key: str
    shown: str
    estate: str = ""


def read_names(cur: Any, wanted: NameList, most: int) -> Optional[tuple[Name, ...]]:
    """The names that the login sees, in the order of the words; None where there are more than ``most``."""
    column = sql.Identifier(wanted.estate) if wanted.estate else sql.SQL("null")
    estate = sql.SQL("coalesce({}::text, '')").format(column)
    cur.execute(
        sql.SQL("select {key}::text, coalesce({shown}::text, ''), {estate} from {relation} where {where} "
                "and {key} is not null order by 2, 1 limit {most}").format(
            key=sql.Identifier(wanted.key), shown=sql.Identifier(wanted.shown), estate=estate,
            relation=sql.Identifier(wanted.schema, wanted.relation), where=sql.SQL(wanted.where or "true"),
            most=sql.Literal(most + 1)))
    found = cur.fetchall()
    return tuple(Name(*row) for row in found) if len(found) <= most else None
