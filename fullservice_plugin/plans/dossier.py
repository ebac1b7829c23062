# SPDX-License-Identifier: GPL-2.0-or-later
"""The dossier of a building for its property manager: what we propose, where we enter, the letter.

Every building is a part of its own, so that its pages can be taken out and handed over. Lengths are points.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator, Optional, Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer, Table, TableStyle

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import letter as letters
from fullservice_plugin.plans import palette
from fullservice_plugin.plans.document import Document, TitleBlock
from fullservice_plugin.plans.dossier_model import Dossier, Rows
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.handout import EDGE, FRAMES, SIDE, WIDTH, Bookmark, Part, build
from fullservice_plugin.plans.letter import Letter, lay_out, short
from fullservice_plugin.plans.model import texts
from fullservice_plugin.plans.photo import picture
from fullservice_plugin.plans.pictures import logo_image
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.prose import Prose
from fullservice_plugin.plans.riser import RiserSketch
from fullservice_plugin.plans.site_map import SiteMap
from fullservice_plugin.plans.tables import Column, data_table

PICTURE = (204.0, 150.0)
MAP = (WIDTH, 296.0)  # of the drawing on a page; services choose its scale by it
SKETCH = (236.0, 190.0)
#: Head of the second and later pages of a dossier takes this much of the page.
HEAD = 24.0
TEMPLATES: dict[str, tuple[float, ...]] = {
    "letter_first": letters.FRAMES["first"],
    "letter_later": letters.FRAMES["later"],
    "sheet_later": (SIDE, FRAMES["sheet"][1], WIDTH, FRAMES["sheet"][3] - HEAD),
}


class Sheets(Document):
    """Words and blocks of the pages that are not letters."""

    def __init__(self, language: str, fonts: FontSet, block: TitleBlock, look: PrintTemplate = OURS) -> None:
        super().__init__(block, fonts, look)
        self.size, self.leading = (9.6, 15.2) if language == "zh" else (9.2, 13.4)

    def prose(self, text: object, **form: Any) -> Prose:
        """Return running text."""
        return Prose(self.fonts, text, form.pop("size", self.size), form.pop("leading", self.leading), **form)

    def part_heading(self, text: str, room: float = 60.0) -> None:
        """Append a heading that stays with at least ``room`` points of what follows."""
        self.add(CondPageBreak(room), Spacer(1, 5))
        self.add(self.prose(text, size=11.4, leading=16, bold=True, colour=palette.ACCENT, after=3))
        self.say_note()

    def pairs(self, rows: Rows, width: float, share: float = 0.32) -> Table:
        """Return label–value rows."""
        cells = [
            [
                self.prose(label, size=8.2, leading=12.2, colour=palette.MUTED),
                self.prose(short(value), size=8.8, leading=12.6),
            ]
            for label, value in rows
        ]
        return self.table(
            cells or [["", ""]], [width * share, width * (1 - share)], ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("RIGHTPADDING", (0, 0), (0, -1), 8), ("TOPPADDING", (0, 0), (-1, -1), 2.4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3), ("LINEBELOW", (0, 0), (-1, -1), 0.35, HexColor(palette.LINE)),
        )  # fmt: skip

    def table(self, cells: list[list[Any]], widths: Sequence[float], *style: tuple[Any, ...]) -> Table:
        """Return a table without any space of its own but what ``style`` adds."""
        base: list[tuple[Any, ...]] = [("FONT", (0, 0), (-1, -1), self.font, 9)]
        base += [(side + "PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
        return Table(cells, colWidths=list(widths), style=TableStyle([*base, *style]), hAlign="LEFT")

    def title(self, operator: str, logo: bytes, kicker: str, title: str, place: str) -> None:
        """Append the head of the first page: who writes, about what."""
        name = self.prose(short(operator), size=11, leading=15, bold=True, colour=palette.ACCENT)
        right = self.prose(kicker, size=8.4, leading=15, colour=palette.MUTED, align="right")
        cells: list[Any] = [name, right]
        widths = [WIDTH * 0.5, WIDTH * 0.5]
        if logo:
            image = logo_image(logo)
            cells, widths = [image, name, right], [image.drawWidth + 12, WIDTH * 0.5 - image.drawWidth - 12, widths[1]]
        self.add(
            self.table([cells], widths, ("VALIGN", (0, 0), (-1, -1), "BOTTOM"), ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
                       ("LINEBELOW", (0, 0), (-1, -1), 1.1, HexColor(palette.ACCENT))),
            Spacer(1, 9),
        )  # fmt: skip
        size = 17.0 if self.fonts.width(title, 17, True) < WIDTH else 12.0
        self.add(self.prose(short(title), size=size, leading=size * 1.35, bold=True, after=2))
        if place:
            self.add(self.prose(short(place), size=9, leading=13, colour=palette.MUTED, after=2))
        self.add(Spacer(1, 7))

    def signing(self, boxes: Sequence[tuple[str, str]]) -> Flowable:
        """Return the places to sign: one per (for whom, name)."""
        colon = "：" if self.language == "zh" else ":"
        each = WIDTH / len(boxes)
        cells = []
        for whom, name in boxes:
            cells.append([
                self.prose(whom, size=8.2, leading=11.5, colour=palette.MUTED),
                self.prose(short(name), size=9, leading=12.5, bold=True),
                Spacer(1, 30),
                self.prose(self.t("Name and signature") + colon, size=8.2, leading=12.5),
                self.prose(self.t("Date and seal") + colon, size=8.2, leading=12.5),
            ])  # fmt: skip
        table = self.table(
            [cells], [each] * len(boxes), ("BOX", (0, 0), (-1, -1), 0.6, HexColor(palette.LINE)),
            ("INNERGRID", (0, 0), (-1, -1), 0.6, HexColor(palette.LINE)), ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 8), ("RIGHTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 6), ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
        )  # fmt: skip
        return KeepTogether([Spacer(1, 8), table])


def margins(operator: str, title: str, reference: str, made: bool) -> Callable[[Any, int, int], None]:
    """Return what draws head and foot of the sheets of one part."""

    def draw(canvas: Any, number: int, total: int) -> None:
        head = (title, reference) if number > 1 else None
        foot = letters.footer(canvas, (operator, reference))
        letters.draw_frame(canvas, (SIDE, WIDTH, A4[1] - EDGE + 2, 42.0), head, foot, (number, total), made)

    return draw


def letter_part(letter: Letter, fonts: FontSet, bookmark: str, level: int, look: PrintTemplate = OURS) -> Part:
    """Return a letter as a part of a longer document."""

    def draw(canvas: Any, number: int, total: int) -> None:
        letters.draw_margins(canvas, letter, number, total)

    return Part([Bookmark(bookmark, level), *lay_out(letter, fonts, look).story], draw, "letter_first", "letter_later")


def print_dossiers(
    dossiers: Iterable[Dossier],
    block: TitleBlock,
    fonts: FontSet,
    photo: Callable[[Dossier], bytes],
    final: Callable[[], TitleBlock],
    progress: Progress = SILENT,
    look: PrintTemplate = OURS,
) -> bytes:
    """Return the dossiers as one PDF; each is fetched and laid out in turn. ``photo`` gives a JPEG or nothing.

    ``final`` gives the properties of the file when all have been seen.

    Raises MissingDependencyError where a character has no glyph in any font.
    """
    return build(_parts(dossiers, block, fonts, photo, look), block, fonts, TEMPLATES, progress, final, look)


def _parts(
    dossiers: Iterable[Dossier], block: TitleBlock, fonts: FontSet, photo: Callable[[Dossier], bytes],
    look: PrintTemplate,
) -> Iterator[Part]:
    for dossier in dossiers:
        fonts.check(texts(dossier))
        sheets = Sheets(dossier.language, fonts, block, look)
        sheets.add(Bookmark(dossier.title))
        kicker = f"{dossier.reference}  ·  {dossier.day}"
        sheets.title(dossier.operator, dossier.logo, kicker, dossier.title, dossier.place)
        values = {**block.values(look), "operator": dossier.operator, "title": dossier.title, "name": dossier.title,
                  "code": dossier.reference, "date": dossier.day}  # fmt: skip
        wanted = look.sections("dossier")
        for name in wanted:
            if name in _SECTIONS:
                sheets.note = look.text("dossier", name, dossier.language, values)
                _SECTIONS[name](sheets, dossier, photo)
                sheets.say_note()  # of a section without a heading
        draw = margins(dossier.operator, dossier.title, dossier.reference, dossier.made)
        yield Part(sheets.story, draw, "sheet", "sheet_later")
        if dossier.letter is not None and "letter" in wanted:
            yield letter_part(dossier.letter, fonts, translate("Letter", dossier.language), 1, look)


def _facts(sheets: Sheets, dossier: Dossier, photo: Callable[[Dossier], bytes]) -> None:
    storeys = dossier.riser.storeys if dossier.riser else None
    room = WIDTH - PICTURE[0] - 18
    sheets.add(
        sheets.table(
            [[picture(photo(dossier), *PICTURE, storeys), sheets.pairs(dossier.facts, room, 0.4)]],
            [PICTURE[0] + 18, room], ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ),
        Spacer(1, 4),
    )  # fmt: skip


def _proposal(sheets: Sheets, dossier: Dossier, photo: Callable[[Dossier], bytes]) -> None:
    sheets.part_heading(sheets.t("What we propose"))
    for text in dossier.proposal:
        sheets.add(sheets.prose(text, after=3))


def _gain(sheets: Sheets, dossier: Dossier, photo: Callable[[Dossier], bytes]) -> None:
    sheets.part_heading(sheets.t("What the residents gain"))
    sheets.add(sheets.prose(dossier.gain, after=4))
    _offers(sheets, dossier)


def _terms(sheets: Sheets, dossier: Dossier, photo: Callable[[Dossier], bytes]) -> None:
    sheets.part_heading(sheets.t("When we work, and on what terms"))
    sheets.add(sheets.pairs((*dossier.works, *dossier.terms, *dossier.contact), WIDTH, 0.27))


def _offers(sheets: Sheets, dossier: Dossier) -> None:
    if not dossier.offers:
        return
    t = sheets.t
    columns = [Column(t("Package"), 2.6), Column(t("Download"), 1.2, "right"), Column(t("Upload"), 1.2, "right"),
               Column(t("Price per month"), 1.3, "right"), Column(t("Contract"), 1.2, "right")]  # fmt: skip
    rows = [(offer.name, offer.down, offer.up, offer.price, offer.term) for offer in dossier.offers]
    sheets.add(*data_table(sheets, columns, rows, width=WIDTH), Spacer(1, 2))


def _entry(sheets: Sheets, dossier: Dossier, photo: Callable[[Dossier], bytes]) -> None:
    if dossier.site is None:
        return
    t = sheets.t
    sheets.part_heading(t("Where we enter"), MAP[1] + 60)
    sheets.add(Bookmark(t("Where we enter"), 1))
    sheets.add(sheets.prose(dossier.entry, after=5))
    sheets.add(SiteMap(sheets.fonts, dossier.site, dossier.language, *MAP), Spacer(1, 4))


def _building(sheets: Sheets, dossier: Dossier, photo: Callable[[Dossier], bytes]) -> None:
    sheets.part_heading(sheets.t("In the building"), 80)
    words: list[Flowable] = [sheets.prose(text, after=4) for text in dossier.building_works]
    if dossier.riser is not None:
        sketch = RiserSketch(sheets.fonts, dossier.riser, dossier.language, *SKETCH)
        room = WIDTH - SKETCH[0] - 16
        sheets.add(
            sheets.table([[sketch, words]], [SKETCH[0] + 16, room], ("VALIGN", (0, 0), (-1, -1), "TOP")), Spacer(1, 2)
        )
    else:
        sheets.add(*words)


def _signing(sheets: Sheets, dossier: Dossier, photo: Callable[[Dossier], bytes]) -> None:
    t = sheets.t
    boxes = [(t("For the property"), ""), (t("For {operator}", operator=dossier.operator), dossier.signer)]
    sheets.add(sheets.signing(boxes))


_SECTIONS: dict[str, Callable[[Sheets, Dossier, Callable[[Dossier], bytes]], None]] = {
    "facts": _facts, "proposal": _proposal, "gain": _gain, "terms": _terms, "entry": _entry, "building": _building,
    "signing": _signing,
}  # fmt: skip


def title_block(
    title: str, code: str, operator: str, date: Any, digest: str, language: str, subject: Optional[str] = None
) -> TitleBlock:
    """Return the properties of a document for properties: author is the operator."""
    return TitleBlock(title, subject or title, code, "", operator, date, digest, language)
