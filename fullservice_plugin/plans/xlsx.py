# SPDX-License-Identifier: GPL-2.0-or-later
"""Workbooks (XLSX, ECMA-376) with live formulas; stock QGIS brings no library that writes them.

Text is written as text, so nothing that a name contains is ever run. Each formula carries its value, so that programs
that do not calculate read the right number. The same content gives the same bytes.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Union

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DATE = (2000, 1, 1, 0, 0, 0)  # of every part: the content decides the bytes, not the day
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_BAD_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BAD_NAME = re.compile(r"[\[\]:*?/\\']")
#: Styles by name, in the order of the style sheet: (font, fill, number format, wrapped).
STYLES = {
    "text": (0, 0, 0, True),
    "head": (1, 2, 0, True),
    "title": (2, 0, 0, False),
    "whole": (0, 0, 3, False),
    "number": (0, 0, 4, False),
    "percent": (0, 0, 10, False),
    "input": (0, 3, 4, False),
    "total": (1, 4, 4, False),
    "total_text": (1, 4, 0, False),
    "note": (3, 0, 0, True),
}
_WIDEST = 31  # characters of a sheet's name at most


@dataclass(frozen=True)
class Formula:
    """A formula without its equals sign, and the value it has now."""

    text: str
    value: float


Value = Union[None, str, int, float, Formula]


@dataclass(frozen=True)
class Cell:
    """A value and the name of its style (see :data:`STYLES`)."""

    value: Value
    style: str = "text"


@dataclass
class Sheet:
    """Rows of cells; ``widths`` in characters, ``frozen`` rows stay on top."""

    name: str
    widths: Sequence[float]
    rows: list[list[Cell]] = field(default_factory=list)
    frozen: int = 0

    def add(self, *cells: Cell) -> int:
        """Append a row and return its number as spreadsheets count."""
        self.rows.append(list(cells))
        return len(self.rows)

    def reference(self, column: str, row: int) -> str:
        """Return a fixed reference to a cell of this sheet from anywhere in the workbook."""
        return f"'{sheet_name(self.name)}'!${column}${row}"


def sheet_name(name: str) -> str:
    """Return a name that spreadsheet programs accept."""
    return _BAD_NAME.sub(" ", name).strip()[:_WIDEST] or "Sheet"


def workbook(sheets: Sequence[Sheet], title: str) -> bytes:
    """Return the workbook."""
    if len({sheet_name(sheet.name).lower() for sheet in sheets}) != len(sheets):
        raise ValueError("two sheets have one name")
    parts = {
        "[Content_Types].xml": _types(len(sheets)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml"), ("core", "docProps/core.xml")]),
        "docProps/core.xml": _core(title),
        "xl/workbook.xml": _book(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            [*(("worksheet", f"worksheets/sheet{k}.xml") for k in range(1, len(sheets) + 1)), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": _styles(),
        **{f"xl/worksheets/sheet{k}.xml": _sheet(sheet) for k, sheet in enumerate(sheets, start=1)},
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), (_HEAD + text).encode("utf-8"), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def is_ours(path: Path) -> bool:
    """Return whether a workbook is as it was written here: a spreadsheet program that saves it stamps its parts.

    Raises OSError and BadZipFile.
    """
    with zipfile.ZipFile(path) as archive:
        return all(part.date_time == _DATE for part in archive.infolist())


def column_name(number: int) -> str:
    """Return the letters of a column, counted from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _types(count: int) -> str:
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{k}.xml" ContentType="{_KIND}.worksheet+xml"/>'
        for k in range(1, count + 1)
    )
    package = "application/vnd.openxmlformats-package"
    parts = (("workbook", f"{_KIND}.sheet.main+xml"), ("styles", f"{_KIND}.styles+xml"))
    others = "".join(f'<Override PartName="/xl/{name}.xml" ContentType="{kind}"/>' for name, kind in parts)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{package}.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{others}{sheets}'
        f'<Override PartName="/docProps/core.xml" ContentType="{package}.core-properties+xml"/></Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    kinds = {"core": f"{_PACKAGE}/relationships/metadata/core-properties"}
    rows = "".join(
        f'<Relationship Id="rId{k}" Type="{kinds.get(kind, f"{_REL}/{kind}")}" Target="{target}"/>'
        for k, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _core(title: str) -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{_text(title)}</dc:title></cp:coreProperties>'
    )


def _book(sheets: Sequence[Sheet]) -> str:
    names = "".join(
        f'<sheet name="{html.escape(sheet_name(sheet.name))}" sheetId="{k}" r:id="rId{k}"/>'
        for k, sheet in enumerate(sheets, start=1)
    )
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{names}</sheets><calcPr calcId="0" fullCalcOnLoad="1"/>'
        "</workbook>"
    )


def _styles() -> str:
    fonts = (
        "<font><sz val='10'/><name val='Arial'/></font>",
        "<font><b/><sz val='10'/><name val='Arial'/></font>",
        "<font><b/><sz val='14'/><name val='Arial'/></font>",
        "<font><i/><sz val='9'/><color rgb='FF666666'/><name val='Arial'/></font>",
    )
    fills = (
        "<fill><patternFill patternType='none'/></fill>",
        "<fill><patternFill patternType='gray125'/></fill>",
        *(
            f"<fill><patternFill patternType='solid'><fgColor rgb='FF{colour}'/></patternFill></fill>"
            for colour in ("D6E4EE", "FFF2CC", "EEEEEE")
        ),
    )
    formats = "".join(_style(*parts) for parts in STYLES.values())
    return (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="{len(fonts)}">{"".join(fonts)}</fonts>'
        f'<fills count="{len(fills)}">{"".join(fills)}</fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(STYLES)}">{formats}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _style(font: int, fill: int, number: int, wrapped: bool) -> str:
    wrap = ' wrapText="1"' if wrapped else ""
    return (
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" applyNumberFormat="1" '
        f'applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="top"{wrap}/></xf>'
    )


def _sheet(sheet: Sheet) -> str:
    pane = (
        f'<pane ySplit="{sheet.frozen}" topLeftCell="A{sheet.frozen + 1}" activePane="bottomLeft" state="frozen"/>'
        if sheet.frozen
        else ""
    )
    columns = "".join(
        f'<col min="{k}" max="{k}" width="{width}" customWidth="1"/>' for k, width in enumerate(sheet.widths, start=1)
    )
    rows = "".join(
        f'<row r="{number}">{"".join(_cell(cell, column, number) for column, cell in enumerate(row, start=1))}</row>'
        for number, row in enumerate(sheet.rows, start=1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<cols>{columns}</cols><sheetData>{rows}</sheetData><pageSetup orientation="landscape" paperSize="9"/>'
        "</worksheet>"
    )


def _cell(cell: Cell, column: int, row: int) -> str:
    at = f'r="{column_name(column)}{row}" s="{list(STYLES).index(cell.style)}"'
    value = cell.value
    if value is None or value == "":
        return f"<c {at}/>"
    if isinstance(value, Formula):
        return f"<c {at}><f>{html.escape(value.text, quote=False)}</f><v>{_number(value.value)}</v></c>"
    if isinstance(value, (int, float)):
        return f"<c {at}><v>{_number(value)}</v></c>"
    return f'<c {at} t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is></c>'


def _number(value: Optional[float]) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value)


def _text(value: str) -> str:
    return html.escape(_BAD_TEXT.sub("", value), quote=False)
