# SPDX-License-Identifier: GPL-2.0-or-later
"""The index of the consent packs of a plan, for our own people: as PDF and, with the same numbers, as XLSX."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Callable, Optional

from reportlab.platypus import Spacer

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import formats
from fullservice_plugin.plans.document import Document, TitleBlock
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.merge import merge
from fullservice_plugin.plans.model import content_hash, texts
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.sections import banner
from fullservice_plugin.plans.tables import Column, cards, data_table
from fullservice_plugin.plans.xlsx import Cell, Formula, Sheet, column_name, workbook


@dataclass(frozen=True)
class IndexRow:
    """One property of the index."""

    party: str
    estate: str
    building: str  # code
    name: str
    homes: Optional[int]
    enters: bool
    metres: Optional[float]
    asks: str
    stage: str
    file: str


@dataclass(frozen=True)
class Index:
    """All properties that a plan asks, in the order of the packs."""

    plan: str
    area: str
    date: datetime.date
    rows: tuple[IndexRow, ...]
    made: bool = False


@dataclass(frozen=True)
class PartyRow:
    """The properties of one pack together."""

    party: str
    buildings: int
    homes: int
    unknown: int  # buildings whose homes nobody counted
    enters: int
    walls: int
    metres: float
    file: str


def parties(index: Index) -> list[PartyRow]:
    """Return the sums of each pack, in the order of the index."""
    files: dict[str, list[IndexRow]] = {}
    for row in index.rows:
        files.setdefault(row.file, []).append(row)
    return [
        PartyRow(
            rows[0].party, len(rows), sum(r.homes or 0 for r in rows), sum(r.homes is None for r in rows),
            sum(r.enters for r in rows), sum(r.metres is not None for r in rows), sum(r.metres or 0.0 for r in rows),
            file,
        )
        for file, rows in files.items()
    ]  # fmt: skip


def print_index(index: Index, language: str, author: str, fonts: FontSet, look: PrintTemplate = OURS) -> bytes:
    """Return the index as PDF. Raises MissingDependencyError where a character has no glyph in any font."""
    fonts.check(texts(index))
    title = translate("Consents of plan {plan}", language, plan=index.plan)
    digest = content_hash(look.stamped(index), language)
    document = Document(TitleBlock(title, title, index.plan, "", author, index.date, digest, language, index.made),
                        fonts, look)
    t = document.t
    banner(document, title, index.area, index.made)
    sums = parties(index)
    figures = ((t("Packs"), formats.integer(len(sums)), ""),
               (t("Properties"), formats.integer(len(index.rows)), ""),
               (t("Homes in them"), formats.integer(sum(row.homes for row in sums)),
                _unknown(document, sums)))  # fmt: skip
    document.add(cards(document, figures), Spacer(1, 10))
    document.heading(t("Packs"))
    document.add(*_parties(document, sums))
    document.page("landscape")
    document.heading(t("Properties"))
    document.add(*_properties(document, index))
    return merge(document.build(), {}, index.date)


def _unknown(document: Document, sums: list[PartyRow]) -> str:
    unknown = sum(row.unknown for row in sums)
    return document.t("{count} buildings without a count", count=unknown) if unknown else ""


def _parties(document: Document, sums: list[PartyRow]) -> list[Any]:
    t = document.t
    columns = [Column(t("Party"), 3.0), Column(t("Buildings"), 0.9, "right"), Column(t("Homes"), 0.9, "right"),
               Column(t("To enter"), 0.9, "right"), Column(t("Walls"), 0.8, "right"),
               Column(t("Metres of wall"), 1.0, "right"), Column(t("File"), 3.0)]  # fmt: skip
    rows = [(row.party, row.buildings, formats.integer(row.homes), row.enters, row.walls, formats.decimal(row.metres),
             row.file) for row in sums]  # fmt: skip
    total = (t("Total"), formats.integer(sum(r.buildings for r in sums)), formats.integer(sum(r.homes for r in sums)),
             formats.integer(sum(r.enters for r in sums)), formats.integer(sum(r.walls for r in sums)),
             formats.decimal(sum(r.metres for r in sums)), "")  # fmt: skip
    return data_table(document, columns, rows, [total])


def _properties(document: Document, index: Index) -> list[Any]:
    t = document.t
    columns = [Column(t("Property"), 2.2), Column(t("Estate"), 1.6), Column(t("Party"), 1.8),
               Column(t("Homes"), 0.8, "right"), Column(t("What is asked"), 3.0), Column(t("State of the talk"), 1.2),
               Column(t("File"), 2.2)]  # fmt: skip
    rows = [(_name(row), row.estate, row.party, formats.integer(row.homes), row.asks, row.stage, row.file)
            for row in index.rows]  # fmt: skip
    return data_table(document, columns, rows, width=document.wide)


def _name(row: IndexRow) -> str:
    return row.name if row.building == row.name else f"{row.name} ({row.building})"


def index_workbook(index: Index, words: Callable[..., str]) -> bytes:
    """Return the same index as XLSX; sums are live formulas."""
    title = words("Consents of plan {plan}", plan=index.plan)
    packs = Sheet(words("Packs"), (34, 11, 11, 11, 11, 14, 44), frozen=3)
    packs.add(Cell(title, "title"))
    packs.add(Cell(words("As of {day}", day=formats.day(index.date)), "note"))
    heads = ("Party", "Buildings", "Homes", "To enter", "Walls", "Metres of wall", "File")
    packs.add(*(Cell(words(text), "head") for text in heads))
    sums = parties(index)
    for row in sums:
        packs.add(Cell(row.party), Cell(row.buildings, "whole"), Cell(row.homes, "whole"), Cell(row.enters, "whole"),
                  Cell(row.walls, "whole"), Cell(round(row.metres, 2), "number"), Cell(row.file))  # fmt: skip
    last = 3 + len(sums)
    numbers = [
        (sum(getattr(row, name) for row in sums), name) for name in ("buildings", "homes", "enters", "walls", "metres")
    ]
    packs.add(Cell(words("Total"), "total_text"), *(
        Cell(Formula(f"SUM({column_name(k)}4:{column_name(k)}{last})", round(float(value), 2)), "total")
        for k, (value, _) in enumerate(numbers, start=2)))  # fmt: skip
    return workbook([packs, _property_sheet(index, words)], title)


def _property_sheet(index: Index, words: Callable[..., str]) -> Sheet:
    sheet = Sheet(words("Properties"), (18, 28, 28, 28, 9, 10, 14, 48, 18, 44), frozen=1)
    heads = ("Code", "Property", "Estate", "Party", "Homes", "To enter", "Metres of wall", "What is asked",
             "State of the talk", "File")  # fmt: skip
    sheet.add(*(Cell(words(text), "head") for text in heads))
    for row in index.rows:
        sheet.add(Cell(row.building), Cell(row.name), Cell(row.estate), Cell(row.party), Cell(row.homes, "whole"),
                  Cell(words("yes") if row.enters else words("no")),
                  Cell(None if row.metres is None else round(row.metres, 2), "number"), Cell(row.asks), Cell(row.stage),
                  Cell(row.file))  # fmt: skip
    return sheet
