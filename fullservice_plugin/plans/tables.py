# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of the plans: aligned numbers, wrapped texts, headings repeated on every page, totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Optional, Sequence

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, LongTable, Table, TableStyle

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.fonts import clean
from fullservice_plugin.plans.lines import Cell

SIZE = 7.4
LEADING = 10.0
LONGEST = 600  # characters of one cell: a longer text is cut with an ellipsis, as a row must fit on a page
BLOCK = 300  # rows of one reportlab table: its splitting is quadratic in the rows


@dataclass(frozen=True)
class Column:
    """A column: heading, share of the width, alignment and whether its cells are text to be wrapped."""

    title: str
    share: float
    align: str = "left"


@dataclass(frozen=True)
class Link:
    """A cell that leads to a map sheet, and to which the sheet leads back by each of ``anchors``."""

    text: str
    sheet: str
    anchors: tuple[str, ...] = ()


def linked(document: Document, key: str, text: str, anchored: bool = False) -> Link:
    """Return a cell that leads to the sheet that shows ``key`` best, and to which sheets lead back if ``anchored``."""
    return Link(text, document.shown.get(key, ""), (key,) if anchored else ())


def cell(document: Document, text: object, align: str, bold: bool = False, colour: str = palette.INK) -> Any:
    """Return a table cell that wraps its text."""
    link: Optional[str] = None
    anchors: tuple[str, ...] = ()
    if isinstance(text, Link):
        link, anchors, text = document.places.get(text.sheet), text.anchors, text.text
        colour = palette.ACCENT if link else colour
    whole = clean(text)
    if len(whole) > LONGEST:
        whole = whole[: LONGEST - 1].rstrip() + "…"
    return Cell(document.fonts, whole, SIZE, LEADING, align, colour, bold, link, anchors) if whole else ""


def data_table(
    document: Document,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    totals: Optional[Sequence[Sequence[object]]] = None,
    width: Optional[float] = None,
    marks: Optional[Sequence[Optional[str]]] = None,
) -> list[Flowable]:
    """Return the flowables of a table. ``totals`` are set apart below; ``marks`` colour the left edge of each row."""
    rows, totals = [tuple(row) for row in rows], [tuple(row) for row in totals or ()]
    if rows:
        document.keep([c.title for c in columns], rows, totals)
    whole = document.width if width is None else width
    unit = whole / sum(column.share for column in columns)
    widths = [column.share * unit for column in columns]
    head = [cell(document, c.title, c.align, True, palette.ON_HEADER) for c in columns]
    body = [[cell(document, value, c.align) for value, c in zip(row, columns)] for row in rows]
    tail = [[cell(document, value, c.align, True) for value, c in zip(row, columns)] for row in totals]
    if not body:
        return [document.paragraph(document.t("None."), 8.4, palette.MUTED)]
    flowables: list[Flowable] = []
    for start in range(0, len(body), BLOCK):
        block = body[start : start + BLOCK]
        last = start + BLOCK >= len(body)
        ends = tail if last else []
        style = _style(document, columns, len(block), len(ends))
        for index, colour in enumerate((marks or ())[start : start + BLOCK], 1):
            if colour:
                style.append(("LINEBEFORE", (0, index), (0, index), 3, HexColor(colour)))
        table = LongTable(
            [head, *block, *ends], colWidths=widths, repeatRows=1, hAlign="LEFT", style=TableStyle(style)
        )
        flowables.append(table)
    return flowables


def _style(document: Document, columns: Sequence[Column], rows: int, totals: int) -> list[tuple[Any, ...]]:
    commands: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), document.font, SIZE, 10.0),
        ("TEXTCOLOR", (0, 1), (-1, -1), HexColor(palette.INK)),
        ("BACKGROUND", (0, 0), (-1, 0), HexColor(palette.HEADER)),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.8),
        ("LINEBELOW", (0, 1), (-1, rows), 0.35, HexColor(palette.LINE)),
        ("ROWBACKGROUNDS", (0, 1), (-1, rows), [HexColor(palette.WHITE), HexColor(palette.BAND)]),
    ]
    for index, column in enumerate(columns):
        commands.append(("ALIGN", (index, 1), (index, -1), column.align.upper()))
    if totals:
        commands.append(("NOSPLIT", (0, rows), (-1, rows + totals)))
        commands.append(("BACKGROUND", (0, rows + 1), (-1, rows + totals), HexColor(palette.TINT)))
        commands.append(("LINEABOVE", (0, rows + 1), (-1, rows + 1), 0.9, HexColor(palette.ACCENT)))
    return commands


def facts(
    document: Document, pairs: Sequence[tuple[str, object]], width: Optional[float] = None, columns: int = 2
) -> Flowable:
    """Return label–value pairs side by side, without a grid."""
    whole = document.width if width is None else width
    document.keep((), pairs)
    cells = []
    for label, value in pairs:
        cells.append(
            (
                document.paragraph(label, 7.4, palette.MUTED, leading=10.5),
                document.paragraph(value, 8.4, leading=11.5),
            )
        )
    while len(cells) % columns:
        cells.append(("", ""))
    rows = [[part for pair in cells[i : i + columns] for part in pair] for i in range(0, len(cells), columns)]
    each = whole / columns
    style = [
        ("FONT", (0, 0), (-1, -1), document.font, SIZE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 2.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4),
        ("LINEBELOW", (0, 0), (-1, -1), 0.35, HexColor(palette.LINE)),
    ]
    return Table(
        rows or [[""]], colWidths=[each * 0.34, each * 0.66] * columns, style=TableStyle(style), hAlign="LEFT"
    )


def cards(
    document: Document, figures: Sequence[tuple[str, str, str]], per_row: int = 3, width: Optional[float] = None
) -> Flowable:
    """Return key figures as cards: (label, large value, small note)."""
    whole = document.width if width is None else width
    document.keep((), figures)
    gap = 8.0
    each = (whole - gap * (per_row - 1)) / per_row
    made = []
    for label, value, note in figures:
        size = 17.0
        while size > 9 and document.fonts.width(value, size, True) > each - 20:
            size -= 0.5
        made.append(
            [
                document.paragraph(label, 7.6, palette.MUTED, leading=11),
                document.paragraph(value, size, palette.ACCENT, bold=True, leading=22),
                document.paragraph(note, 7.2, palette.MUTED, leading=10),
            ]
        )
    rows, widths = [], []
    for column in range(per_row):
        widths += [each] if column == 0 else [gap, each]
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), document.font, SIZE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 9),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 7),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
    ]
    for start in range(0, len(made), per_row):
        row: list[Any] = []
        for column in range(per_row):
            if column:
                row.append("")
            row.append(made[start + column] if start + column < len(made) else "")
            if start + column < len(made):
                place = (2 * column, len(rows))
                style.append(("BACKGROUND", place, place, HexColor(palette.TINT)))
                style.append(("LINEBEFORE", place, place, 2.2, HexColor(palette.ACCENT)))
        rows.append(row)
        if start + per_row < len(made):
            rows.append([""] * len(widths))
    heights = [None if index % 2 == 0 else gap for index in range(len(rows))]
    for index in range(1, len(rows), 2):
        style.append(("TOPPADDING", (0, index), (-1, index), 0))
        style.append(("BOTTOMPADDING", (0, index), (-1, index), 0))
    return Table(rows, colWidths=widths, rowHeights=heights, style=TableStyle(style), hAlign="LEFT")
