# SPDX-License-Identifier: GPL-2.0-or-later
"""Title blocks of map sheets: the data fields of ISO 7200:2004, or the table of GB/T 10609.1-2008.

Both are 180 mm wide. What the store does not know stays empty, to be written by hand.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Optional

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import formats, palette
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.lines import draw_line

MM = 72.0 / 25.4
Box = tuple[float, float, float, float]
LABEL, VALUE = 5.2, 7.4  # points
OWNER = 0.62  # of the owner's field for the name, the rest for the logo
THICK, THIN = 0.5 * MM, 0.18 * MM  # lines of GB/T 4457.4 for outline and cells, as thin as a plotter allows


@dataclass(frozen=True)
class Titles:
    """What stands in the block of one sheet; ``scale`` and ``sheet`` are of the sheet, the rest of the plan."""

    owner: str
    kind: str
    title: str
    subtitle: str
    code: str
    version: str
    state: str
    designed: str
    checked: str
    approved: str
    date: str
    approved_on: str
    scale: str
    number: int
    count: int
    language: str
    logo: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class _Cell:
    """A field: its place in millimetres from the block's top left, its heading and what it says."""

    box: Box
    label: str
    value: str = ""
    size: float = VALUE
    align: str = "left"
    bold: bool = False
    share: float = 1.0  # of the field's width that the text may take


def draw_block(canvas: Any, fonts: FontSet, standard: str, box: Box, titles: Titles) -> None:
    """Draw the block of a standard into a box (points: left, bottom, width, height)."""
    left, bottom, wide, high = box
    cells = _iso(titles, fonts) if standard == "ISO 7200" else _gb(titles, fonts)
    whole = max(cell.box[0] + cell.box[2] for cell in cells), max(cell.box[1] + cell.box[3] for cell in cells)
    canvas.saveState()
    canvas.translate(left, bottom)
    canvas.setStrokeColor(HexColor(palette.INK))
    canvas.setFillColor(HexColor(palette.WHITE))
    canvas.rect(0, 0, wide, high, stroke=0, fill=1)
    across, down = wide / whole[0], high / whole[1]
    for cell in cells:
        x, y, w, h = cell.box
        place = (x * across, high - (y + h) * down, w * across, h * down)
        canvas.setLineWidth(THIN)
        canvas.rect(*place, stroke=1, fill=0)
        _fill(canvas, fonts, cell, place)
    canvas.setLineWidth(THICK)
    canvas.rect(0, 0, wide, high, stroke=1, fill=0)
    if titles.logo:
        _logo(canvas, titles.logo, cells[0], across, down, high)
    canvas.restoreState()


def _fill(canvas: Any, fonts: FontSet, cell: _Cell, place: Box) -> None:
    x, y, wide, high = place
    room = wide * cell.share - 4.0
    if cell.label and not cell.value and cell.align == "center":  # the heading of a column
        draw_line(canvas, fonts, fonts.fit(cell.label, LABEL, room), x + wide / 2, y + high / 2 - LABEL * 0.36, LABEL,
                  palette.MUTED, "center")  # fmt: skip
        return
    low = y + (high - cell.size) / 2 + cell.size * 0.14
    if cell.label:
        draw_line(canvas, fonts, fonts.fit(cell.label, LABEL, room), x + 2, y + high - LABEL - 1, LABEL, palette.MUTED)
        low = y + max(1.8, (high - LABEL - 1 - cell.size) / 2)
    if cell.value:
        size = cell.size
        while size > 5.5 and fonts.width(cell.value, size, cell.bold) > room:
            size -= 0.5
        text = fonts.fit(cell.value, size, room, cell.bold)
        start = x + wide / 2 if cell.align == "center" else x + 2
        draw_line(canvas, fonts, text, start, low, size, palette.INK, cell.align, cell.bold)


def _logo(canvas: Any, data: bytes, cell: _Cell, across: float, down: float, high: float) -> None:
    """Draw the logo at the right of the owner's field."""
    picture = ImageReader(io.BytesIO(data))
    wide, tall = picture.getSize()
    x, y, w, h = cell.box
    scale = min((1.0 - OWNER) * w * across / wide, (h * down - 4) / tall)
    canvas.drawImage(
        picture, (x + w) * across - wide * scale - 2, high - (y + h) * down + (h * down - tall * scale) / 2,
        wide * scale, tall * scale, mask="auto",
    )  # fmt: skip


def _iso(t: Titles, fonts: FontSet) -> list[_Cell]:
    """Return the fields of ISO 7200, table 1 to 3, in three rows of 9 mm."""

    def word(source: str) -> str:
        return translate(source, t.language)

    return [
        _Cell((0, 0, 70, 9), word("Legal owner"), t.owner, 8.4, bold=True, share=OWNER if t.logo else 1.0),
        _Cell((70, 0, 40, 9), word("Document type"), t.kind),
        _Cell((110, 0, 25, 9), word("Document status"), t.state),
        _Cell((135, 0, 45, 9), word("Identification number"), t.code, 8.4, bold=True),
        _Cell((0, 9, 35, 9), word("Created by"), t.designed),
        _Cell((35, 9, 35, 9), word("Approved by"), t.approved),
        _Cell((70, 9, 65, 9), word("Drawing title"), t.title, 8.4, bold=True),
        _Cell((135, 9, 15, 9), word("Revision"), t.version),
        _Cell((150, 9, 30, 9), word("Date of issue"), t.date),
        _Cell((0, 18, 35, 9), word("Checked by"), t.checked),
        _Cell((35, 18, 35, 9), word("Date of approval"), t.approved_on),
        _Cell((70, 18, 65, 9), word("Supplementary title"), t.subtitle),
        _Cell((135, 18, 15, 9), word("Language"), t.language),
        _Cell((150, 18, 15, 9), word("Scale"), t.scale),
        _Cell((165, 18, 15, 9), word("Sheet"), f"{t.number}/{t.count}"),
    ]


def _gb(t: Titles, fonts: FontSet) -> list[_Cell]:
    """Return the fields of GB/T 10609.1-2008, figure 2: changes and signatures, stage and scale, name and code."""

    def word(source: str) -> str:
        return translate(source, t.language)

    cells = [
        _Cell((130, 0, 50, 18), "", t.owner, 9.0, "left" if t.logo else "center", True, OWNER if t.logo else 1.0),
        _Cell((130, 18, 50, 20), "", t.title, 9.0, "center", True),
        _Cell((130, 38, 50, 18), "", t.code, 9.0, "center", True),
    ]
    heads = ("Mark", "Places", "Zone", "Change number", "Signature", "Date")
    widths = (10.0, 10.0, 16.0, 16.0, 12.0, 16.0)  # of the standard's figure
    for row in range(4):
        left = 0.0
        for head, wide in zip(heads, widths):
            label = word(head) if row == 3 else ""
            cells.append(_Cell((left, 7.0 * row, wide, 7), label, "", 6.0, "center"))
            left += wide
    people: tuple[tuple[str, str, Optional[str]], ...] = (
        ("Designed by", t.designed, t.date), ("Reviewed by", t.checked, None), ("Standardised by", "", None),
        ("Approved by", t.approved, t.approved_on),
    )  # fmt: skip
    for row, (role, name, day) in enumerate(people):
        top = 28.0 + 7.0 * row
        cells.append(_Cell((0, top, 18, 7), word(role), "", align="center"))
        cells.append(_Cell((18, top, 30, 7), "", name, 6.8, "center"))
        cells.append(_Cell((48, top, 16, 7), "", "", align="center"))
        cells.append(_Cell((64, top, 16, 7), "", (day or "").replace(formats.NONE, ""), 6.2, "center"))
    cells += [
        _Cell((80, 0, 50, 28), "", t.kind, 9.0, "center"),
        _Cell((80, 28, 26, 7), word("Stage"), "", align="center"),
        _Cell((106, 28, 12, 7), word("Version"), "", align="center"),
        _Cell((118, 28, 12, 7), word("Scale"), "", align="center"),
        _Cell((80, 35, 26, 12), "", t.state, 7.0, "center"),
        _Cell((106, 35, 12, 12), "", t.version, 7.0, "center"),
        _Cell((118, 35, 12, 12), "", t.scale, 7.0, "center"),
        _Cell((80, 47, 50, 9), "", translate("{count} sheets, no. {number}", t.language, count=t.count,
                                             number=t.number), 7.0, "center"),
    ]  # fmt: skip
    return cells
