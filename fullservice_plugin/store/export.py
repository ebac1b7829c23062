# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of a table as the login sees them, for a file that leaves the store: people masked, bookkeeping left out."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.model import Field, Table
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.store.connection import Store

#: Views that stand for tables of people.
MASKED = {"contact": "contact", "staff_person": "person"}
_AT_ONCE = 2000


def columns(table: Table) -> list[Field]:
    """What is exported: everything but geometry, documents and inner keys."""
    return [field for field in table.fields if not field.is_geometry and field.type not in ("bytea", "jsonb")]


def table_of(name: str) -> Table:
    """The table ``name``; ParameterError when there is none."""
    if name not in TABLES:
        raise ParameterError("There is no table “{table}”. Choose one of: {tables}.", table=name,
                             tables=list(TABLES))
    return TABLES[name]


def read(store: Store, table: Table) -> Iterator[tuple[Any, ...]]:
    """Rows of a table in order, memory bounded; people only through their masked views."""
    name = table.name
    source = sql.Identifier("fs_app", MASKED[name]) if name in MASKED else sql.Identifier(table.schema, name)
    alive = sql.SQL("") if name in MASKED else sql.SQL(" where not is_deleted")
    with store.transaction() as cur:
        with cur.connection.cursor(name="fs_export") as reader:
            reader.itersize = _AT_ONCE
            reader.execute(sql.SQL("select {} from {}{} order by fid").format(
                sql.SQL(", ").join(sql.Identifier(field.name) for field in columns(table)), source, alive))
            yield from reader
