# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of an imported table: columns found by name, values read, bad rows set aside with their reason."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Iterable, Mapping, Optional, Sequence

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.table import FeatureTable, Problem

_TRUE = {"1", "true", "t", "yes", "y", "是", "有"}
_FALSE = {"0", "false", "f", "no", "n", "否", "无"}
_DATE = re.compile(r"^\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s].*)?$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_UNNAMED = re.compile(r"^Field\d+$")
# Not "none": it is a value of some lists (no exclusivity, no fee).
_MISSING = {"", "null", "n/a", "-", "—"}


@dataclass(frozen=True)
class Column:
    """One wanted column: our ``name``, its ``kind`` (text, integer, number, date, bool), other headings.

    ``codes`` are the allowed values; a value may also be given as one of the code's labels.
    """

    name: str
    kind: str = "text"
    aliases: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    least: Optional[float] = None


@dataclass
class Row:
    """One accepted row: its number in the source, its values by column name, its geometry."""

    key: str
    values: dict[str, Any]
    geometry: Any = None

    def get(self, name: str) -> Any:
        """Return a value; None when empty or absent."""
        return self.values.get(name)


@dataclass
class Intake:
    """The accepted rows, and the rejected ones with their reasons."""

    rows: list[Row]
    rejected: list[Problem]
    headings: dict[str, str]


class _Unreadable(Exception):
    """A value that cannot be read; carries the English template and its values."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.template, self.values = template, values


def labels(codes: Iterable[Any]) -> dict[str, str]:
    """Return label → code for codes with ``code``, ``zh`` and ``en``, in lower case; codes map to themselves."""
    found: dict[str, str] = {}
    for entry in codes:
        for text in (entry.code, entry.zh, entry.en):
            found.setdefault(fold(text), entry.code)
    return found


def fold(text: object) -> str:
    """Return text for comparing: full-width folded, lower case, outer blanks and inner runs removed."""
    flat = unicodedata.normalize("NFKC", str(text)).strip().lower()
    return re.sub(r"\s+", " ", flat)


def read_mapping(text: str) -> dict[str, str]:
    """Return our column → their heading from ``stage=阶段; party_name=物业``.

    Raises ParameterError when a part has no ``=``.
    """
    found: dict[str, str] = {}
    for part in re.split(r"[;\n；]", text or ""):
        if not part.strip():
            continue
        ours, sign, theirs = part.partition("=")
        if not sign or not ours.strip() or not theirs.strip():
            raise ParameterError(
                "The field mapping {part} must look like stage=Heading; party_name=Other heading.", part=part.strip()
            )
        found[ours.strip()] = theirs.strip()
    return found


def take(table: FeatureTable, columns: Sequence[Column], mapping: Optional[Mapping[str, str]] = None) -> Intake:
    """Return the rows of ``table`` with the wanted columns read.

    A column is found by ``mapping`` (our name → heading), its own name or an alias. Rows with an
    unreadable or missing required value are rejected; features the reader had to drop are listed too.
    Raises ParameterError when the mapping names an unknown column or a heading the table lacks.
    """
    headings = _headings(table, columns, mapping or {})
    rows: list[Row] = []
    rejected = [Problem(problem.row, problem.reason, problem.values) for problem in table.problems]
    for number, key in enumerate(table.ids):
        values: dict[str, Any] = {}
        try:
            for column in columns:
                heading = headings.get(column.name)
                raw = table.columns[heading][number] if heading is not None else None
                values[column.name] = _read(column, raw)
        except _Unreadable as problem:
            rejected.append(Problem(key, problem.template, dict(problem.values)))
            continue
        if not any(value is not None for value in values.values()):
            rejected.append(Problem(key, "the row is empty"))
            continue
        rows.append(Row(key, values, table.geometry[number]))
    return Intake(rows, rejected, headings)


def with_headings(table: FeatureTable) -> FeatureTable:
    """Return a table whose first row holds its headings with these as column names.

    GDAL reads a sheet that holds nothing but text without recognising its headings: Field1, Field2, ….
    Other tables are returned as they are.
    """
    names = list(table.columns)
    if not table.ids or not names or any(not _UNNAMED.match(name) for name in names):
        return table
    first = [table.columns[name][0] for name in names]
    titles = [
        name if value is None or not str(value).strip() else str(value).strip() for name, value in zip(names, first)
    ]
    if len(set(titles)) < len(titles) or titles == names:
        return table
    columns = {title: table.columns[name][1:] for title, name in zip(titles, names)}
    return FeatureTable(table.ids[1:], table.geometry[1:], columns, table.problems, table.name)


def _headings(table: FeatureTable, columns: Sequence[Column], mapping: Mapping[str, str]) -> dict[str, str]:
    known = {column.name for column in columns}
    present = {fold(name): name for name in table.columns}
    for ours, theirs in mapping.items():
        if ours not in known:
            raise ParameterError(
                "{name} is not a column of this import. Known: {known}.", name=ours, known=sorted(known)
            )
        if fold(theirs) not in present:
            raise ParameterError(
                "{layer} has no column {name}. It has: {known}.",
                layer=table.name or "INPUT",
                name=theirs,
                known=list(table.columns),
            )
    found: dict[str, str] = {}
    for column in columns:
        wanted = (mapping[column.name],) if column.name in mapping else (column.name, *column.aliases)
        heading = next((present[fold(name)] for name in wanted if fold(name) in present), None)
        if heading is not None:
            found[column.name] = heading
    return found


def _read(column: Column, raw: Any) -> Any:
    text = "" if raw is None else str(raw).strip()
    if raw is None or text.lower() in _MISSING or (isinstance(raw, float) and math.isnan(raw)):
        if column.required:
            raise _Unreadable("{field} is empty", field=column.name)
        return None
    if column.kind in ("number", "integer"):
        return _number(column, raw)
    if column.kind == "date":
        return _date(column, raw)
    if column.kind == "bool":
        return _bool(column, text)
    if isinstance(raw, float) and raw.is_integer():
        text = str(int(raw))
    if not column.codes:
        return unicodedata.normalize("NFC", text.replace("\x00", ""))
    code = column.codes.get(fold(text))
    if code is None:
        raise _Unreadable(
            "{field}: {value} is not one of {known}",
            field=column.name,
            value=repr(text),
            known=sorted(set(column.codes.values())),
        )
    return code


def _number(column: Column, raw: Any) -> Any:
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    try:
        value = float(text.replace(",", "") if _THOUSANDS.match(text) else text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _Unreadable("{field} must be a number, found {value}", field=column.name, value=repr(raw))
    if column.least is not None and value < column.least:
        raise _Unreadable(
            "{field} must be at least {least}, found {value}", field=column.name, least=column.least, value=raw
        )
    if column.kind == "integer":
        if value != int(value):
            raise _Unreadable("{field} must be a whole number, found {value}", field=column.name, value=raw)
        return int(value)
    return value


def _date(column: Column, raw: Any) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    found = _DATE.match(unicodedata.normalize("NFKC", str(raw)))
    try:
        if found is None:
            raise ValueError
        return date(int(found.group(1)), int(found.group(2)), int(found.group(3)))
    except ValueError:
        raise _Unreadable(
            "{field} must be a date such as 2025-06-30, found {value}", field=column.name, value=repr(raw)
        ) from None


def _bool(column: Column, text: str) -> bool:
    low = fold(text)
    if low in _TRUE:
        return True
    if low in _FALSE:
        return False
    raise _Unreadable("{field} must be yes or no, found {value}", field=column.name, value=repr(text))
