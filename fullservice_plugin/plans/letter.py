# SPDX-License-Identifier: GPL-2.0-or-later
"""A letter on A4: letterhead, address, reference, text, table, signature, and the page number when there are several.

It goes out of the house: the page carries the operator's name, never this program's. Lengths are points.
"""

from __future__ import annotations

import datetime
import io
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Spacer,
    Table,
    TableStyle,
)

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import palette
from fullservice_plugin.plans.document import Document, TitleBlock
from fullservice_plugin.plans.fonts import FontSet, clean
from fullservice_plugin.plans.merge import merge
from fullservice_plugin.plans.model import content_hash, texts
from fullservice_plugin.plans.page_canvas import PageCanvas, draw_mark
from fullservice_plugin.plans.pictures import logo_image
from fullservice_plugin.plans.print_template import OURS, PrintTemplate, filled
from fullservice_plugin.plans.prose import Prose

# 25 mm at the sides as for filed paper; 20 mm above and below.
SIDE, EDGE, FOOT = 71.0, 57.0, 62.0
WIDTH = A4[0] - 2 * SIDE
HEAD = 26.0  # height of the running head of the second and later pages
#: Frames of the first and of later pages: left, bottom, width, height.
FRAMES = {"first": (SIDE, FOOT, WIDTH, A4[1] - EDGE - FOOT), "later": (SIDE, FOOT, WIDTH, A4[1] - EDGE - FOOT - HEAD)}
LONGEST = 400  # characters of a name or a cell; a longer one is cut with an ellipsis
RECEIPT_GAP = 24.0  # between our signature and the receipt beside it
SIZE = {"zh": (11.0, 19.5), "en": (10.2, 15.0)}  # text and its leading


@dataclass(frozen=True)
class Letter:
    """A letter with every text in its words already."""

    language: str
    kind: str
    operator: str
    reference: str
    date: datetime.date
    day: str
    recipient: tuple[str, ...]
    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    closing: str
    sender: str
    rows: tuple[tuple[str, str], ...] = ()
    receipt: bool = False
    made: bool = False
    logo: bytes = field(default=b"", repr=False)


def draw_margins(canvas: PageCanvas, letter: Letter, number: int, total: int) -> None:
    """Draw the running head, from the second page on, the operator's mark and the foot."""
    head = (letter.subject, letter.reference) if number > 1 else None
    foot = footer(canvas, (letter.operator,))
    draw_frame(canvas, (SIDE, WIDTH, A4[1] - EDGE + 6, 44.0), head, foot, (number, total), letter.made)


def footer(canvas: PageCanvas, parts: Sequence[str]) -> str:
    """Return what stands at the foot: the operator's own words, or ``parts``."""
    block, look = canvas.block, canvas.look
    return filled(look.word("footer", block.language), block.values(look)) or "  ·  ".join(filter(None, parts))


def draw_frame(
    canvas: PageCanvas, place: tuple[float, float, float, float], head: Optional[tuple[str, str]], foot: str,
    page: tuple[int, int], made: bool,
) -> None:
    """Draw head and foot of a page that goes out of the house.

    ``place``: left edge and width of the text, height of the head, of the line above the foot.
    """
    side, wide, top, low = place
    fonts, (width, height), language = canvas.fonts, canvas._pagesize, canvas.block.language
    right = side + wide
    canvas.saveState()
    canvas.setStrokeColor(HexColor(palette.LINE))
    canvas.setLineWidth(0.5)
    draw_mark(canvas, wide, height - 26)
    if head is not None:
        room = wide - fonts.width(head[1], 8) - 24
        canvas._line(fonts.fit(head[0], 8, room), side, top, 8, palette.MUTED)
        canvas._line(head[1], right, top, 8, palette.MUTED, "right")
        canvas.line(side, top - 6, right, top - 6)
    canvas.line(side, low, right, low)
    words = translate("Page {page} of {pages}", language, page=page[0], pages=page[1])
    canvas._line(words, right, low - 12, 8, palette.MUTED, "right")
    canvas._line(fonts.fit(foot, 8, wide - fonts.width(words, 8) - 24), side, low - 12, 8, palette.MUTED)
    if made:
        note = translate("Contains invented sample data", language)
        canvas._line(note, width / 2, low - 25, 7.5, palette.WARN, "center", True)
    canvas.restoreState()


class _Page(PageCanvas):
    """Running head from the second page on, and the foot."""

    letter: Letter

    def _decorate(self, number: int, total: int) -> None:
        draw_margins(self, self.letter, number, total)


class _Paper(BaseDocTemplate):  # type: ignore[misc]
    def __init__(self, target: io.BytesIO, letter: Letter, keywords: str) -> None:
        super().__init__(
            target,
            pagesize=A4,
            title=clean(letter.subject),
            author=clean(letter.operator),
            subject=clean(letter.reference),
            creator="Full-Service Battle Map",
            keywords=keywords,
            lang="zh-CN" if letter.language == "zh" else "en",
            invariant=1,
            pageCompression=1,
        )
        self.addPageTemplates(
            [PageTemplate(name, [Frame(*frame, 0, 0, 0, 0, id=name)]) for name, frame in FRAMES.items()]
        )


class LetterDocument(Document):
    """The pages of one letter."""

    def __init__(self, letter: Letter, fonts: FontSet, look: PrintTemplate = OURS) -> None:
        self.hash = content_hash(look.stamped(letter), letter.language)
        super().__init__(
            TitleBlock(
                letter.subject, letter.reference, letter.reference, "", letter.operator, letter.date, self.hash,
                letter.language, letter.made,
            ),
            fonts,
            look,
        )  # fmt: skip
        self.letter = letter
        self.size, self.leading = SIZE[letter.language]

    @property
    def width(self) -> float:
        """Return the width of the text."""
        return WIDTH

    def prose(self, text: object, **form: Any) -> Prose:
        """Return running text in the size of the letter, cut where no letter could hold it."""
        return Prose(self.fonts, text, form.pop("size", self.size), form.pop("leading", self.leading), **form)

    def build(self) -> bytes:
        """Return the PDF. The same letter gives the same bytes."""
        target = io.BytesIO()
        letter, fonts = self.letter, self.fonts

        class Maker(_Page):
            pass

        Maker.letter, Maker.fonts, Maker.block, Maker.look = letter, fonts, self.block, self.look
        paper = _Paper(target, letter, f"{clean(letter.reference)}, content-sha256:{self.hash}")
        paper.build([NextPageTemplate("later"), *self.story], canvasmaker=Maker)
        return target.getvalue()


def print_letter(letter: Letter, fonts: FontSet, look: PrintTemplate = OURS) -> bytes:
    """Return the letter as PDF. Raises MissingDependencyError where a character has no glyph in any font."""
    fonts.check(texts(letter))
    return merge(lay_out(letter, fonts, look).build(), {}, letter.date)


def lay_out(letter: Letter, fonts: FontSet, look: PrintTemplate = OURS) -> LetterDocument:
    """Return the document of a letter with its story, which other documents may take into theirs."""
    document = LetterDocument(letter, fonts, look)
    _letterhead(document)
    _address(document)
    _subject(document)
    _signature(document, _body(document))
    return document


def short(text: object) -> str:
    """Return a name or value as one that fits a cell: at most ``LONGEST`` characters."""
    whole = clean(text).strip()
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1].rstrip() + "…"


def _letterhead(document: LetterDocument) -> None:
    letter = document.letter
    name = document.prose(short(letter.operator), size=14, leading=19, bold=True, colour=palette.ACCENT)
    cells: list[Any] = [name]
    widths = [WIDTH]
    if letter.logo:
        logo = logo_image(letter.logo)
        cells, widths = [logo, name], [logo.drawWidth + 14, WIDTH - logo.drawWidth - 14]
    document.add(
        _plain_table(
            document, [cells], widths, ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LINEBELOW", (0, 0), (-1, -1), 1.2, HexColor(palette.ACCENT)), ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
        ),
        Spacer(1, 14),
    )  # fmt: skip


def _address(document: LetterDocument) -> None:
    letter = document.letter
    left: list[Flowable] = []
    for number, line in enumerate(letter.recipient):
        left.append(document.prose(short(line), size=10.2, leading=14.5, bold=number == 0))
    right: list[Flowable] = []
    for label, value in (
        (document.t("Reference"), letter.reference),
        (document.t("Date"), letter.day),
        (document.t("Our contact"), letter.sender),
    ):
        right.append(document.prose(label, size=7.8, leading=11, colour=palette.MUTED))
        right.append(document.prose(short(value), size=9.6, leading=13.5, after=3))
    whole = WIDTH * 0.6
    table = _plain_table(
        document, [[left, right]], [whole, WIDTH - whole], ("RIGHTPADDING", (0, 0), (0, 0), 24),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    )  # fmt: skip
    document.add(table, Spacer(1, 14))


def _subject(document: LetterDocument) -> None:
    letter = document.letter
    chinese = letter.language == "zh"
    size = 14.0 if chinese else 11.6
    align = "center" if chinese else "left"
    document.add(
        document.prose(letter.subject, size=size, leading=size * 1.5, bold=True, align=align, after=12),
        document.prose(letter.greeting, after=0.0 if chinese else 7.0),
    )


def _body(document: LetterDocument) -> list[Flowable]:
    """Append the text but for its end, the table or the last paragraph, which is returned.

    The signature goes with it: alone on a page it could stand under anything.
    """
    # Chinese paragraphs start two characters in and follow each other without a gap; English ones are set apart.
    chinese = document.letter.language == "zh"
    indent, after = (2 * document.size, 0.0) if chinese else (0.0, 7.0)
    texts = [text for text in document.letter.paragraphs if text.strip()]
    paragraphs: list[Flowable] = [document.prose(text, indent=indent, flush=chinese, after=after) for text in texts]
    table = _table(document)
    document.add(*(paragraphs if table else paragraphs[:-1]))
    return table or paragraphs[-1:]


def _table(document: LetterDocument) -> list[Flowable]:
    rows = document.letter.rows
    if not rows:
        return []
    cells = [
        [
            document.prose(label, size=9.2, leading=13.5, colour=palette.MUTED),
            document.prose(short(value), size=9.6, leading=13.5),
        ]
        for label, value in rows
    ]
    table = _plain_table(
        document, cells, [WIDTH * 0.3, WIDTH * 0.7],
        ("LINEABOVE", (0, 0), (-1, 0), 0.9, HexColor(palette.ACCENT)),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(palette.LINE)),
        ("LINEBELOW", (0, -1), (-1, -1), 0.9, HexColor(palette.ACCENT)),
        ("BACKGROUND", (0, 0), (0, -1), HexColor(palette.TINT)), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 7), ("RIGHTPADDING", (0, 0), (-1, -1), 7),
        ("TOPPADDING", (0, 0), (-1, -1), 3), ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    )  # fmt: skip
    return [Spacer(1, 8), table, Spacer(1, 10)]


def _signature(document: LetterDocument, end: Sequence[Flowable]) -> None:
    """Append the end of the text, the closing, room to sign and the receipt, where the other side is to sign one."""
    letter = document.letter
    chinese = letter.language == "zh"
    closing = [
        document.prose(line, indent=2 * document.size if chinese and n == 0 else 0.0)
        for n, line in enumerate(letter.closing.split("\n"))
    ]
    align = "right" if chinese else "left"
    names = [Spacer(1, 30 if chinese else 40), document.prose(short(letter.operator), align=align, bold=True)]
    names.append(document.prose(short(letter.sender), align=align))
    if chinese:  # the sender's seal and the date stand at the end, on the right
        names.append(document.prose(letter.day, align=align))
    if letter.receipt:
        half = (WIDTH - RECEIPT_GAP) / 2
        receipt = _receipt(document, half)
        cells = [receipt, "", names] if chinese else [[*closing, *names], "", receipt]
        closing = closing if chinese else []
        table = _plain_table(document, [cells], [half, RECEIPT_GAP, half], ("VALIGN", (0, 0), (-1, -1), "TOP"))
        names = [Spacer(1, 4), table]
    document.add(KeepTogether([*end, Spacer(1, 6), *closing, *names]))


def _receipt(document: LetterDocument, width: float) -> Table:
    colon = "：" if document.language == "zh" else ":"
    lines = (
        document.prose(document.t("Received for the property"), size=9, leading=13, after=2),
        document.prose(
            document.t("Please sign, copy and return this part: it confirms receipt and nothing else."),
            size=7.6, leading=10.5, colour=palette.MUTED,
        ),
        Spacer(1, 28),
        document.prose(document.t("Full name") + colon, size=8.6, leading=12.5, after=3),
        document.prose(document.t("Date and seal") + colon, size=8.6, leading=12.5),
    )  # fmt: skip
    return _plain_table(
        document, [[list(lines)]], [width], ("BOX", (0, 0), (-1, -1), 0.6, HexColor(palette.LINE)),
        ("LEFTPADDING", (0, 0), (-1, -1), 9), ("RIGHTPADDING", (0, 0), (-1, -1), 9),
        ("TOPPADDING", (0, 0), (-1, -1), 7), ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    )  # fmt: skip


def _plain_table(document: Document, cells: list[list[Any]], widths: list[float], *style: tuple[Any, ...]) -> Table:
    """Return a table without any space of its own but what ``style`` adds."""
    base: list[tuple[Any, ...]] = [("FONT", (0, 0), (-1, -1), document.font, 9.6)]
    base += [(side + "PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    return Table(cells, colWidths=widths, style=TableStyle([*base, *style]), hAlign="LEFT")
