# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of a document as rows, and the workbook of the same numbers: every sum in it is a live formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from fullservice_plugin.plans import formats
from fullservice_plugin.plans.formats import Figure
from fullservice_plugin.plans.xlsx import Cell, Formula, Sheet, column_name, sheet_name, workbook

Rows = Sequence[Sequence[object]]
WIDEST, NARROWEST = 60.0, 9.0  # characters of a column
LENGTH = 31  # characters of a sheet's name that spreadsheet programs allow


@dataclass(frozen=True)
class Kept:
    """A table: the headings above it, its columns (none: labels and values), rows and totals."""

    section: str
    part: str
    titles: tuple[str, ...]
    rows: tuple[Sequence[object], ...]
    totals: tuple[Sequence[object], ...] = ()


def kept_workbook(kept: Sequence[Kept], title: str, first: str, notes: Sequence[str] = ()) -> bytes:
    """Return the workbook: a sheet per section, that without a heading (the cover) as ``first``."""
    sheets: list[Sheet] = []
    sections = list(dict.fromkeys(table.section for table in kept))
    for section in sections:
        tables = [table for table in kept if table.section == section]
        sheet = Sheet(_free(section or first, sheets), _widths(tables))
        if not section:
            sheet.add(Cell(title, "title"))
            for note in notes:
                sheet.add(Cell(note, "note"))
        for table in tables:
            _table(sheet, table, len(tables) > 1)
        sheet.frozen = 1 if section and len(tables) == 1 and tables[0].titles else 0
        sheets.append(sheet)
    return workbook(sheets, title)


def _free(name: str, sheets: Sequence[Sheet]) -> str:
    """Return a name that no other sheet has, within what spreadsheet programs allow."""
    taken = {sheet_name(sheet.name).lower() for sheet in sheets}
    made, number = sheet_name(name), 2
    while made.lower() in taken:
        made, number = f"{sheet_name(name)[:LENGTH - 4]} ({number})", number + 1
    return made


def _widths(tables: Sequence[Kept]) -> list[float]:
    count = max(len(row) for table in tables for row in (table.titles, *table.rows, *table.totals))
    found = [NARROWEST] * count
    for table in tables:
        for row in (table.titles, *table.rows[:200]):
            for column, value in enumerate(row):
                wide = sum(1.0 if ord(letter) < 0x2E80 else 2.0 for letter in text_of(value))
                found[column] = max(found[column], min(WIDEST, wide + 2.0))
    return found


def text_of(value: object) -> str:
    """Return the text of a table cell, also where it is a link."""
    return str(getattr(value, "text", value) if value is not None else "")


def _table(sheet: Sheet, table: Kept, several: bool) -> None:
    if several and table.part:
        sheet.add(Cell(table.part, "total_text"))
    if table.titles:
        sheet.add(*(Cell(title, "head") for title in table.titles))
    start = len(sheet.rows) + 1
    for row in table.rows:
        sheet.add(*(_cell(value) for value in row))
    end = len(sheet.rows)
    for row in table.totals:
        sheet.add(*(_total(value, column, table, start, end) for column, value in enumerate(row)))
    if several:
        sheet.add()


def figure(value: object) -> Optional[Figure]:
    """Return the number of a table cell, None where it is a text."""
    found = getattr(value, "text", value)
    return found if isinstance(found, Figure) else None


def _cell(value: object) -> Cell:
    number = figure(value)
    if number is not None:
        return Cell(int(number.value) if number.style == "whole" and number.value.is_integer() else number.value,
                    number.style)  # fmt: skip
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Cell(value, "whole" if isinstance(value, int) else "number")
    text = text_of(value)
    return Cell(None if text == formats.NONE else text)


def _total(value: object, column: int, table: Kept, start: int, end: int) -> Cell:
    """Return a total: a live sum where it is the sum of its column, else the number as it is printed."""
    number = figure(value)
    if number is None:
        return Cell(text_of(value), "total_text")
    parts = [figure(row[column]) for row in table.rows]
    whole = sum(part.value for part in parts if part is not None)
    style = "percent" if number.style == "percent" else "total"
    if abs(whole - number.value) > 0.005 + 1e-9 * abs(whole):
        return Cell(number.value, style)
    letter = column_name(column + 1)
    return Cell(Formula(f"SUM({letter}{start}:{letter}{end})", number.value), style)
