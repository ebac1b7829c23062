# SPDX-License-Identifier: GPL-2.0-or-later
"""A consent pack: the letter to a property party, a drawing of each of its properties, the form it signs."""

from __future__ import annotations

from typing import Any, Iterator

from reportlab.lib.colors import HexColor
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, LongTable, Spacer, TableStyle

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.plans import palette
from fullservice_plugin.plans.document import TitleBlock
from fullservice_plugin.plans.dossier import TEMPLATES, Sheets, letter_part, margins
from fullservice_plugin.plans.dossier_model import Asked, ConsentPack
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.handout import WIDTH, Bookmark, Part, build
from fullservice_plugin.plans.letter import short
from fullservice_plugin.plans.model import texts
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.site_map import SiteMap

MAP = (WIDTH, 250.0)  # two drawings on a page
BLOCK = 100  # rows of one reportlab table: its splitting is quadratic in the rows
REMARK_LINES = 3


class Tick(Flowable):  # type: ignore[misc]
    """An empty square to tick, in the middle of its column: few fonts have one."""

    SIDE = 9.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the room of the column and the height of a line."""
        self._room = available_width
        return available_width, 12.0

    def draw(self) -> None:
        """Draw the square."""
        self.canv.setStrokeColor(HexColor(palette.INK))
        self.canv.setLineWidth(0.8)
        self.canv.rect((self._room - self.SIDE) / 2, 1.5, self.SIDE, self.SIDE, stroke=1, fill=0)


def print_pack(
    pack: ConsentPack, block: TitleBlock, fonts: FontSet, progress: Progress = SILENT, look: PrintTemplate = OURS
) -> bytes:
    """Return the pack as PDF. Raises MissingDependencyError where a character has no glyph in any font."""
    fonts.check(texts(pack))
    return build(_parts(pack, block, fonts, look), block, fonts, TEMPLATES, progress, None, look)


def _parts(pack: ConsentPack, block: TitleBlock, fonts: FontSet, look: PrintTemplate) -> Iterator[Part]:
    form = Sheets(pack.language, fonts, block, look)
    yield letter_part(pack.letter, fonts, form.t("Letter"), 0, look)
    draw = margins(pack.operator, block.title, pack.reference, pack.made)
    drawings = Sheets(pack.language, fonts, block, look)
    drawings.title(
        pack.operator, pack.letter.logo, f"{pack.reference}  ·  {pack.day}", drawings.t("Drawings"), pack.party
    )
    drawings.story.insert(0, Bookmark(drawings.t("Drawings")))
    for one in pack.properties:
        _drawing(drawings, one, pack)
    yield Part(drawings.story, draw, "sheet", "sheet_later")
    _form(form, pack)
    yield Part(form.story, draw, "sheet", "sheet_later")


def _drawing(sheets: Sheets, one: Asked, pack: ConsentPack) -> None:
    gap = " " if pack.language == "en" else ""
    parts: list[Flowable] = [
        sheets.prose(short(one.name), size=11, leading=15.5, bold=True, colour=palette.ACCENT, after=2),
        sheets.prose(gap.join([*one.asks, one.entry]).strip(), size=8.8, leading=13, after=3),
    ]
    if one.site is not None:
        parts.append(SiteMap(sheets.fonts, one.site, pack.language, *MAP))
    sheets.add(CondPageBreak(MAP[1] + 70), Bookmark(one.name, 1), KeepTogether(parts), Spacer(1, 14))


def _form(sheets: Sheets, pack: ConsentPack) -> None:
    t = sheets.t
    sheets.add(Bookmark(t("Consent form")))
    sheets.title(pack.operator, pack.letter.logo, f"{pack.reference}  ·  {pack.day}", t("Consent form"), pack.party)
    sheets.add(sheets.prose(
        t("We answer the request of {operator} of {day} for each property as ticked. Consent is given free of charge "
          "and for the cables described only.", operator=pack.operator, day=pack.day), after=6))  # fmt: skip
    sheets.add(*_table(sheets, pack), Spacer(1, 8))
    sheets.part_heading(t("What {operator} undertakes", operator=pack.operator), 90)
    for text in (
        t("Works are announced in writing beforehand and done at the agreed hours only."),
        t("Cables follow existing ways or the wall where they are seen least; openings are closed and fire-stopped."),
        t("Damage caused by the works is repaired at the expense of {operator}.", operator=pack.operator),
        t("Where the house is repaired later, {operator} moves its cable at its own expense.", operator=pack.operator),
        t("Other operators may enter on the same terms; no exclusive right is asked for."),
    ):
        sheets.add(sheets.prose("–  " + text, size=8.8, leading=13, after=1.5))
    lines = sheets.table(
        [[""]] * REMARK_LINES, [WIDTH], ("LINEBELOW", (0, 0), (-1, -1), 0.5, HexColor(palette.LINE)),
        ("TOPPADDING", (0, 0), (-1, -1), 6), ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    )  # fmt: skip
    remark = t("Remarks, or what we do not agree to") + ("：" if pack.language == "zh" else ":")
    sheets.add(KeepTogether([Spacer(1, 6), sheets.prose(remark, size=8.8, leading=13, colour=palette.MUTED), lines]))
    sheets.add(sheets.signing([(t("For the property"), pack.party if pack.known else "")]), Spacer(1, 6))
    sheets.add(sheets.prose(t("Please return this form by {day} to {operator}.", day=pack.reply_by,
                              operator=pack.operator),
                            size=8.8, leading=13, bold=True))  # fmt: skip


def _table(sheets: Sheets, pack: ConsentPack) -> list[Flowable]:
    """Return the rows to tick: one per property and thing asked."""
    t = sheets.t
    head = [sheets.prose(words, size=8.4, leading=12, bold=True, colour=palette.ON_HEADER, align=align)
            for words, align in ((t("Property"), "left"), (t("What we ask for"), "left"), (t("Agreed"), "center"),
                                 (t("Not agreed"), "center"))]  # fmt: skip
    rows: list[list[Any]] = []
    for one in pack.properties:
        for number, ask in enumerate(one.asks):
            name = short(one.name) if number == 0 else ""
            rows.append([sheets.prose(name, size=8.6, leading=12.4), sheets.prose(ask, size=8.6, leading=12.4),
                         Tick(), Tick()])  # fmt: skip
    style = TableStyle([
        ("FONT", (0, 0), (-1, -1), sheets.font, 8.6), ("BACKGROUND", (0, 0), (-1, 0), HexColor(palette.HEADER)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 1), (-1, -1), 0.4, HexColor(palette.LINE)),
        ("LEFTPADDING", (0, 0), (-1, -1), 5), ("RIGHTPADDING", (0, 0), (-1, -1), 5),
        ("TOPPADDING", (0, 0), (-1, -1), 3), ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ])  # fmt: skip
    widths = [WIDTH * share for share in (0.3, 0.44, 0.12, 0.14)]
    return [
        LongTable([head, *rows[start : start + BLOCK]], colWidths=widths, repeatRows=1, hAlign="LEFT", style=style)
        for start in range(0, len(rows), BLOCK)
    ]
