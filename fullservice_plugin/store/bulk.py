# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing many rows: COPY into a temporary table, then one INSERT … ON CONFLICT, in the caller's transaction.

Open the transaction with ``store.transaction(bulk=True)``. Table names may be qualified; without a schema they are
tables of ``fullservice``. Geometries are shapely objects, WKB bytes or hexadecimal WKB, in EPSG:4326.
"""
from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Callable

import psycopg2
from psycopg2 import extensions, sql
from shapely.geometry.base import BaseGeometry

from fullservice_plugin.core.errors import InputError

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_SPECIAL = re.compile("[\\\\\t\n\r\x00]").search
_CHUNK = 1 << 16
#: From so many rows on, a load of these tables is put into spatial order; in others the order may mean something.
_WORTH_ORDERING = 5000
_ON_THE_MAP = frozenset({"building", "address", "source_record", "ledger_row", "street", "land_area"})


@dataclass(frozen=True)
class Counts:
    """What an upsert did."""

    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class Staged:
    """Rows waiting in a temporary table."""

    table: sql.Identifier
    count: int


def identifier(table: str) -> sql.Identifier:
    """``"building"`` or ``"fs_meta.code"`` as a quoted identifier."""
    return sql.Identifier(*(table.split(".", 1) if "." in table else ("fullservice", table)))


def stage_rows(cur: extensions.cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Staged:
    """COPY ``rows`` into a temporary table shaped like ``columns`` of ``table``; it goes with the transaction.

    InputError names the row that cannot be written.
    """
    number = _next_number(cur)
    staged = sql.Identifier("fs_stage_" + str(number))
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    cur.execute(sql.SQL("create temp table {} on commit drop as select {} from {} with no data").format(
        staged, names, identifier(table)))
    writers = _writers(cur, staged, len(columns))
    stream = _Lines(_encoded(table, columns, writers, rows))
    try:
        cur.copy_expert(sql.SQL("copy {} ({}) from stdin").format(staged, names), stream)
    except psycopg2.Error as error:
        if stream.failure is not None:  # what the rows raised, not that COPY was stopped by it
            raise stream.failure from error
        raise
    return Staged(staged, stream.count)


def copy_rows(cur: extensions.cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Add ``rows`` to ``table``; returns how many. Guards, checks and audit of the table apply."""
    staged = stage_rows(cur, table, columns, rows)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    cur.execute(sql.SQL("insert into {} ({}) select {} from {}{}").format(
        identifier(table), names, names, staged.table, _spatially(table, columns, staged)))
    return staged.count


def upsert(cur: extensions.cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]],
           key: Sequence[str] = ("code",), keep: Sequence[str] = ()) -> Counts:
    """Insert ``rows`` or bring those with the same ``key`` up to date; rows that are the same stay untouched.

    Columns in ``keep`` are written only when a row is new.
    """
    staged = stage_rows(cur, table, columns, rows)
    target = identifier(table)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    changed = [name for name in columns if name not in key and name not in keep]
    if changed:
        action = sql.SQL("do update set {} where ({}) is distinct from ({})").format(
            sql.SQL(", ").join(sql.SQL("{} = excluded.{}").format(sql.Identifier(name), sql.Identifier(name))
                               for name in changed),
            sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(name)) for name in changed),
            sql.SQL(", ").join(sql.SQL("excluded.{}").format(sql.Identifier(name)) for name in changed))
    else:
        action = sql.SQL("do nothing")
    cur.execute(sql.SQL(
        "with done as (insert into {} as t ({}) select {} from {}{} on conflict ({}) {} returning (xmax = 0) as fresh) "
        "select count(*) filter (where fresh), count(*) filter (where not fresh) from done").format(
            target, names, names, staged.table, _spatially(table, columns, staged) if changed else sql.SQL(""),
            sql.SQL(", ").join(map(sql.Identifier, key)), action))
    inserted, updated = cur.fetchone()
    return Counts(inserted, updated, staged.count - inserted - updated)


def _spatially(table: str, columns: Sequence[str], staged: Staged) -> sql.Composable:
    """Neighbours side by side on the disk, so that a map's window reads few pages (PostGIS: a Hilbert curve)."""
    if table in _ON_THE_MAP and "geom" in columns and staged.count >= _WORTH_ORDERING:
        return sql.SQL(" order by geom")
    return sql.SQL("")


def claim_run(cur: extensions.cursor, kind: str, input_hash: str, counts: Mapping[str, Any] | None = None) -> bool:
    """Record the batch (kind, hash of its input); False when the same input was taken in before."""
    cur.execute("insert into fs_meta.batch_run (kind, input_hash, counts) values (%s, %s, %s) on conflict do nothing",
                (kind, input_hash, json.dumps(counts) if counts is not None else None))
    return int(cur.rowcount) == 1


def finish_run(cur: extensions.cursor, kind: str, input_hash: str, counts: Mapping[str, Any]) -> None:
    """Keep the counts of a batch claimed before."""
    cur.execute("update fs_meta.batch_run set counts = %s where kind = %s and input_hash = %s",
                (json.dumps(counts), kind, input_hash))


def json_text(value: Any) -> str:
    """A value as JSON text, numpy scalars and arrays included."""
    return json.dumps(value, ensure_ascii=False, default=_json_value)


def plain_value(value: Any) -> Any:
    """A value that psycopg2 can bind: numpy scalars become Python's, NaN becomes None."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _next_number(cur: extensions.cursor) -> int:
    """The session's next number for a temporary table."""
    cur.execute("select set_config('client_min_messages', 'warning', true)")
    cur.execute("create temp sequence if not exists fs_stage")
    cur.execute("select nextval('pg_temp.fs_stage')")
    return int(cur.fetchone()[0])


def _writers(cur: extensions.cursor, staged: sql.Identifier, count: int) -> list[Callable[[Any], str]]:
    """One encoder per column, after the column's type."""
    cur.execute("select a.attname, format_type(a.atttypid, null) from pg_attribute a "
                "where a.attrelid = %s::regclass and a.attnum > 0 order by a.attnum", (staged.as_string(cur),))
    types = [kind for _, kind in cur.fetchall()]
    return [_ENCODERS.get(kind.rsplit(".", 1)[-1], _array if kind.endswith("[]") else _plain)
            for kind in types[:count]]


def _encoded(table: str, columns: Sequence[str], writers: Sequence[Callable[[Any], str]],
             rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            raise InputError("Row {row} for {table} has {found} values, {needed} are needed.", row=number, table=table,
                             found=len(row), needed=len(columns))
        try:
            yield "\t".join("\\N" if value is None else write(value) for write, value in zip(writers, row)) + "\n"
        except (TypeError, ValueError) as error:
            raise InputError("Row {row} for {table} cannot be written: {reason}.", row=number, table=table,
                             reason=str(error)) from error


class _Lines(io.TextIOBase):
    """A file that makes its lines while COPY reads it; counts them."""

    def __init__(self, lines: Iterator[str]) -> None:
        super().__init__()
        self._lines = lines
        self._rest = ""
        self.count = 0
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        want = size if size is not None and size > 0 else _CHUNK
        parts, length = [self._rest], len(self._rest)
        while length < want:
            try:
                line = next(self._lines, "")
            except Exception as error:
                self.failure = error
                raise
            if not line:
                break
            self.count += 1
            parts.append(line)
            length += len(line)
        text = "".join(parts)
        self._rest = text[want:]
        return text[:want]


def _plain(value: Any) -> str:
    if isinstance(value, str):  # translating costs a look-up per letter, and hardly any text needs it
        return value.replace("\x00", "").translate(_ESCAPES) if _SPECIAL(value) else value
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if hasattr(value, "item"):  # a numpy scalar
        return _plain(value.item())
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "\\N"
    return str(value).translate(_ESCAPES)


def _json(value: Any) -> str:
    return json_text(value).replace("\\u0000", "").translate(_ESCAPES)


def _json_value(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def _array(value: Any) -> str:
    if isinstance(value, str):
        return _plain(value)
    quoted = ('"' + str(item).replace("\x00", "").replace("\\", "\\\\").replace('"', '\\"') + '"' for item in value)
    return ("{" + ",".join(quoted) + "}").translate(_ESCAPES)


def _geometry(value: Any) -> str:
    if isinstance(value, BaseGeometry):
        if value.is_empty:
            return "\\N"
        return str(value.wkb_hex)  # the column's type adds the SRID
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    return _plain(value)


def _integer(value: Any) -> str:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _plain(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return "\\N"
        if value != int(value):
            raise ValueError(f"{value!r} is not a whole number")
    return str(int(value))


def _bytea(value: Any) -> str:
    return "\\\\x" + bytes(value).hex()


_ENCODERS: dict[str, Callable[[Any], str]] = {
    "jsonb": _json, "json": _json, "geometry": _geometry, "bytea": _bytea, "integer": _integer, "bigint": _integer,
}
