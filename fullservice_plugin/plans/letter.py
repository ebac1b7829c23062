# SPDX-License-Identifier: GPL-2.0-or-later
"""A letter on A4: letterhead, address, reference, text, table, signature, and the page number when there are several.

It goes out of the house: the page carries the operator's name, never this program's. Lengths are points.
"""

from __future__ import annotations

import datetime
import io
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Spacer,
    Table,
    TableStyle,
)

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import palette
from fullservice_plugin.plans.document import Document, PageCanvas, TitleBlock
from fullservice_plugin.plans.fonts import FontSet, clean
from fullservice_plugin.plans.merge import merge
from fullservice_plugin.plans.model import content_hash, texts
from fullservice_plugin.plans.prose import Prose

# 25 mm at the sides as for filed paper; 20 mm above and below.
SIDE, EDGE, FOOT = 71.0, 57.0, 62.0
WIDTH = A4[0] - 2 * SIDE
HEAD = 26.0  # height of the running head of the second and later pages
#: Frames of the first and of later pages: left, bottom, width, height.
FRAMES = {"first": (SIDE, FOOT, WIDTH, A4[1] - EDGE - FOOT), "later": (SIDE, FOOT, WIDTH, A4[1] - EDGE - FOOT - HEAD)}
LONGEST = 400  # characters of a name or a cell; a longer one is cut with an ellipsis
RECEIPT_GAP = 24.0  # between our signature and the receipt beside it
LOGO = (130.0, 42.0)
LOGO_PIXELS = 16_000_000
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
    """Draw the running head, from the second page on, and the foot."""
    width, height = canvas._pagesize
    fonts = canvas.fonts
    canvas.saveState()
    canvas.setStrokeColor(HexColor(palette.LINE))
    canvas.setLineWidth(0.5)
    if number > 1:
        top = height - EDGE + 6
        room = WIDTH - fonts.width(letter.reference, 8) - 24
        canvas._line(fonts.fit(letter.subject, 8, room), SIDE, top, 8, palette.MUTED)
        canvas._line(letter.reference, width - SIDE, top, 8, palette.MUTED, "right")
        canvas.line(SIDE, top - 6, width - SIDE, top - 6)
    canvas.line(SIDE, 44, width - SIDE, 44)
    page = translate("Page {page} of {pages}", letter.language, page=number, pages=total)
    canvas._line(page, width - SIDE, 32, 8, palette.MUTED, "right")
    room = WIDTH - fonts.width(page, 8) - 24
    canvas._line(fonts.fit(letter.operator, 8, room), SIDE, 32, 8, palette.MUTED)
    if letter.made:
        note = translate("Contains invented sample data", letter.language)
        canvas._line(note, width / 2, 19, 7.5, palette.WARN, "center", True)
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

    def __init__(self, letter: Letter, fonts: FontSet) -> None:
        self.hash = content_hash(letter, letter.language)
        super().__init__(
            TitleBlock(
                letter.subject, letter.reference, letter.reference, "", letter.operator, letter.date, self.hash,
                letter.language, letter.made,
            ),
            fonts,
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

        Maker.letter, Maker.fonts, Maker.block = letter, fonts, self.block
        paper = _Paper(target, letter, f"{clean(letter.reference)}, content-sha256:{self.hash}")
        paper.build([NextPageTemplate("later"), *self.story], canvasmaker=Maker)
        return target.getvalue()


def print_letter(letter: Letter, fonts: FontSet) -> bytes:
    """Return the letter as PDF. Raises MissingDependencyError where a character has no glyph in any font."""
    fonts.check(texts(letter))
    return merge(lay_out(letter, fonts).build(), {}, letter.date)


def lay_out(letter: Letter, fonts: FontSet) -> LetterDocument:
    """Return the document of a letter with its story, which other documents may take into theirs."""
    document = LetterDocument(letter, fonts)
    _letterhead(document)
    _address(document)
    _subject(document)
    _body(document)
    _table(document)
    _signature(document)
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
        Spacer(1, 18),
    )  # fmt: skip


def logo_image(data: bytes) -> Image:
    """Return the logo as large as its place allows. Raises InputError for what is no PNG or JPEG of a usual size."""
    try:
        width, height = ImageReader(io.BytesIO(data)).getSize()
        if not 0 < width * height <= LOGO_PIXELS:
            raise ValueError(f"{width} × {height}")
        scale = min(LOGO[0] / width, LOGO[1] / height)
        return Image(io.BytesIO(data), width * scale, height * scale, mask="auto")
    except Exception as error:  # each kind of damage has an error of its own in the imaging library
        raise InputError(
            "The logo of the letters cannot be used: {reason}. Give a PNG or JPEG in the store's setting logo.",
            reason=str(error) or type(error).__name__,
        ) from error


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
    document.add(table, Spacer(1, 18))


def _subject(document: LetterDocument) -> None:
    letter = document.letter
    chinese = letter.language == "zh"
    size = 14.0 if chinese else 11.6
    align = "center" if chinese else "left"
    document.add(
        document.prose(letter.subject, size=size, leading=size * 1.5, bold=True, align=align, after=12),
        document.prose(letter.greeting, after=0.0 if chinese else 7.0),
    )


def _body(document: LetterDocument) -> None:
    # Chinese paragraphs start two characters in and follow each other without a gap; English ones are set apart.
    chinese = document.letter.language == "zh"
    indent, after = (2 * document.size, 0.0) if chinese else (0.0, 7.0)
    for text in document.letter.paragraphs:
        if text.strip():
            document.add(document.prose(text, indent=indent, flush=chinese, after=after))


def _table(document: LetterDocument) -> None:
    rows = document.letter.rows
    if not rows:
        return
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
    document.add(Spacer(1, 8), table, Spacer(1, 12))


def _signature(document: LetterDocument) -> None:
    """Append the closing, room to sign and, where the letter asks for it, the receipt that the other side signs."""
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
    document.add(Spacer(1, 6), KeepTogether([*closing, *names]))


def _receipt(document: LetterDocument, width: float) -> Table:
    colon = "：" if document.language == "zh" else ":"
    lines = (
        document.prose(document.t("Received for the property"), size=9, leading=13, after=2),
        document.prose(
            document.t("Please sign, copy and return this part: it confirms receipt and nothing else."),
            size=7.6, leading=10.5, colour=palette.MUTED,
        ),
        Spacer(1, 34),
        document.prose(document.t("Name") + colon, size=8.6, leading=12.5, after=3),
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
