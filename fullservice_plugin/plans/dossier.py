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

    def __init__(self, language: str, fonts: FontSet, block: TitleBlock) -> None:
        super().__init__(block, fonts)
        self.size, self.leading = (9.6, 15.2) if language == "zh" else (9.2, 13.4)

    def prose(self, text: object, **form: Any) -> Prose:
        """Return running text."""
        return Prose(self.fonts, text, form.pop("size", self.size), form.pop("leading", self.leading), **form)

    def part_heading(self, text: str, room: float = 60.0) -> None:
        """Append a heading that stays with at least ``room`` points of what follows."""
        self.add(CondPageBreak(room), Spacer(1, 5))
        self.add(self.prose(text, size=11.4, leading=16, bold=True, colour=palette.ACCENT, after=3))

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
            image = letters.logo_image(logo)
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


def margins(operator: str, title: str, reference: str, language: str, made: bool) -> Callable[[Any, int, int], None]:
    """Return what draws head and foot of the sheets of one part."""

    def draw(canvas: Any, number: int, total: int) -> None:
        fonts, (width, height) = canvas.fonts, A4
        canvas.saveState()
        canvas.setStrokeColor(HexColor(palette.LINE))
        canvas.setLineWidth(0.5)
        if number > 1:
            top = height - EDGE + 2
            room = WIDTH - fonts.width(reference, 8) - 24
            canvas._line(fonts.fit(title, 8, room), SIDE, top, 8, palette.MUTED)
            canvas._line(reference, width - SIDE, top, 8, palette.MUTED, "right")
            canvas.line(SIDE, top - 6, width - SIDE, top - 6)
        canvas.line(SIDE, 42, width - SIDE, 42)
        page = translate("Page {page} of {pages}", language, page=number, pages=total)
        canvas._line(page, width - SIDE, 30, 8, palette.MUTED, "right")
        left = f"{operator}  ·  {reference}"
        canvas._line(fonts.fit(left, 8, WIDTH - fonts.width(page, 8) - 24), SIDE, 30, 8, palette.MUTED)
        if made:
            note = translate("Contains invented sample data", language)
            canvas._line(note, width / 2, 18, 7.5, palette.WARN, "center", True)
        canvas.restoreState()

    return draw


def letter_part(letter: Letter, fonts: FontSet, bookmark: str, level: int) -> Part:
    """Return a letter as a part of a longer document."""

    def draw(canvas: Any, number: int, total: int) -> None:
        letters.draw_margins(canvas, letter, number, total)

    return Part([Bookmark(bookmark, level), *lay_out(letter, fonts).story], draw, "letter_first", "letter_later")


def print_dossiers(
    dossiers: Iterable[Dossier],
    block: TitleBlock,
    fonts: FontSet,
    photo: Callable[[Dossier], bytes],
    final: Callable[[], TitleBlock],
    progress: Progress = SILENT,
) -> bytes:
    """Return the dossiers as one PDF; each is fetched and laid out in turn. ``photo`` gives a JPEG or nothing.

    ``final`` gives the properties of the file when all have been seen.

    Raises MissingDependencyError where a character has no glyph in any font.
    """
    return build(_parts(dossiers, block, fonts, photo), block, fonts, TEMPLATES, progress, final)


def _parts(
    dossiers: Iterable[Dossier], block: TitleBlock, fonts: FontSet, photo: Callable[[Dossier], bytes]
) -> Iterator[Part]:
    for dossier in dossiers:
        fonts.check(texts(dossier))
        sheets = Sheets(dossier.language, fonts, block)
        sheets.add(Bookmark(dossier.title))
        _first_page(sheets, dossier, photo(dossier))
        _second_page(sheets, dossier)
        draw = margins(dossier.operator, dossier.title, dossier.reference, dossier.language, dossier.made)
        yield Part(sheets.story, draw, "sheet", "sheet_later")
        if dossier.letter is not None:
            yield letter_part(dossier.letter, fonts, translate("Letter", dossier.language), 1)


def _first_page(sheets: Sheets, dossier: Dossier, photo: bytes) -> None:
    t = sheets.t
    sheets.title(dossier.operator, dossier.logo, f"{dossier.reference}  ·  {dossier.day}", dossier.title, dossier.place)
    storeys = dossier.riser.storeys if dossier.riser else None
    room = WIDTH - PICTURE[0] - 18
    sheets.add(
        sheets.table(
            [[picture(photo, *PICTURE, storeys), sheets.pairs(dossier.facts, room, 0.4)]], [PICTURE[0] + 18, room],
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ),
        Spacer(1, 4),
    )  # fmt: skip
    sheets.part_heading(t("What we propose"))
    for text in dossier.proposal:
        sheets.add(sheets.prose(text, after=3))
    sheets.part_heading(t("What the residents gain"))
    sheets.add(sheets.prose(dossier.gain, after=4))
    _offers(sheets, dossier)
    sheets.part_heading(t("When we work, and on what terms"))
    sheets.add(sheets.pairs((*dossier.works, *dossier.terms, *dossier.contact), WIDTH, 0.27))


def _offers(sheets: Sheets, dossier: Dossier) -> None:
    if not dossier.offers:
        return
    t = sheets.t
    columns = [Column(t("Package"), 2.6), Column(t("Download"), 1.2, "right"), Column(t("Upload"), 1.2, "right"),
               Column(t("Price per month"), 1.3, "right"), Column(t("Contract"), 1.2, "right")]  # fmt: skip
    rows = [(offer.name, offer.down, offer.up, offer.price, offer.term) for offer in dossier.offers]
    sheets.add(*data_table(sheets, columns, rows, width=WIDTH), Spacer(1, 2))


def _second_page(sheets: Sheets, dossier: Dossier) -> None:
    t = sheets.t
    if dossier.site is not None:
        sheets.part_heading(t("Where we enter"), MAP[1] + 60)
        sheets.add(Bookmark(t("Where we enter"), 1))
        sheets.add(sheets.prose(dossier.entry, after=5))
        sheets.add(SiteMap(sheets.fonts, dossier.site, dossier.language, *MAP), Spacer(1, 4))
    sheets.part_heading(t("In the building"), 80)
    words: list[Flowable] = [sheets.prose(text, after=4) for text in dossier.building_works]
    if dossier.riser is not None:
        sketch = RiserSketch(sheets.fonts, dossier.riser, dossier.language, *SKETCH)
        room = WIDTH - SKETCH[0] - 16
        sheets.add(
            sheets.table([[sketch, words]], [SKETCH[0] + 16, room], ("VALIGN", (0, 0), (-1, -1), "TOP")), Spacer(1, 2)
        )
    else:
        sheets.add(*words)
    boxes = [(t("For the property"), ""), (t("For {operator}", operator=dossier.operator), dossier.signer)]
    sheets.add(sheets.signing(boxes))


def title_block(
    title: str, code: str, operator: str, date: Any, digest: str, language: str, subject: Optional[str] = None
) -> TitleBlock:
    """Return the properties of a document for properties: author is the operator."""
    return TitleBlock(title, subject or title, code, "", operator, date, digest, language)
