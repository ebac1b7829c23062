# SPDX-License-Identifier: GPL-2.0-or-later
"""The document of a plan: page templates, title block, header and footer, contents, bookmarks, properties.

Lengths are points (1/72 inch). A document is built in memory; nothing touches the disk here.
"""

from __future__ import annotations

import datetime
import io
import re
from dataclasses import dataclass
from typing import Any, Optional, Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import formats, palette
from fullservice_plugin.plans.fonts import FontSet, clean
from fullservice_plugin.plans.kept import Kept, Rows
from fullservice_plugin.plans.lines import draw_line

MARGIN = 40.0
TOP = 58.0
BOTTOM = 46.0
COVER = "cover"
_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_ALIGN = {"left": TA_LEFT, "right": TA_RIGHT, "center": TA_CENTER}


@dataclass(frozen=True)
class TitleBlock:
    """What stands in header, footer and document properties."""

    title: str
    subject: str
    code: str
    version: str
    author: str
    date: datetime.date
    content_hash: str
    language: str
    made: bool = False


class Mark(Flowable):  # type: ignore[misc]
    """An invisible place: a bookmark, an entry of the contents and, for maps, the slot of a map sheet."""

    def __init__(self, text: str, level: int, key: str, sheet: str = "") -> None:
        super().__init__()
        self.text, self.level, self.key, self.sheet = text, level, key, sheet

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Take no room."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Draw nothing: the document records the place."""


class PageCanvas(Canvas):  # type: ignore[misc]
    """Draws header and footer when all pages are known, so that 'page x of y' is right."""

    block: TitleBlock
    fonts: FontSet
    anchors: dict[str, tuple[int, float]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        base = self.fonts.latin or self.fonts.chinese
        if base is not None:  # reportlab's own start font, Helvetica, is never embedded
            kwargs["initialFontName"] = base.name
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page until all are known."""
        self._pages.append(dict(self.__dict__))
        self._doc.pageCounter += 1  # a bookmark set on the next page must name that page, not the first one
        self._startPage()

    def anchor(self, name: str, top: float) -> None:
        """Note that ``name`` stands on this page at the height ``top`` (points), for links from map sheets."""
        self.anchors[name] = (self.getPageNumber() - 1, top)

    def save(self) -> None:
        """Write the pages, each with its number of all."""
        pages = self._pages
        self._doc.pageCounter -= len(pages)
        for number, state in enumerate(pages, 1):
            self.__dict__.update(state)
            self._decorate(number, len(pages))
            Canvas.showPage(self)
        Canvas.save(self)

    def _line(
        self, text: str, x: float, y: float, size: float, colour: str, align: str = "left", bold: bool = False
    ) -> None:
        draw_line(self, self.fonts, text, x, y, size, colour, align, bold)

    def _decorate(self, number: int, total: int) -> None:
        block, (width, height) = self.block, self._pagesize
        language = block.language
        self.saveState()
        self.setStrokeColor(HexColor(palette.LINE))
        self.setLineWidth(0.5)
        if number > 1:
            top = height - 34
            brand = translate("Full-Service Battle Map", language)
            self._line(brand, MARGIN, top, 7.5, palette.ACCENT, bold=True)
            room = width - 2 * MARGIN - self.fonts.width(brand, 7.5, True) - 24
            self._line(self.fonts.fit(block.title, 7.5, room), width - MARGIN, top, 7.5, palette.MUTED, "right")
            self.line(MARGIN, top - 7, width - MARGIN, top - 7)
        self.line(MARGIN, 34, width - MARGIN, 34)
        page = translate("Page {page} of {pages}", language, page=number, pages=total)
        left = "  ·  ".join(part for part in (block.code, block.version, formats.day(block.date)) if part)
        self._line(self.fonts.fit(left, 7, width * 0.46), MARGIN, 23, 7, palette.MUTED)
        check = translate("Content {hash}", language, hash=block.content_hash[:12])
        self._line(check, width - MARGIN - 90, 23, 7, palette.MUTED, "right")
        self._line(page, width - MARGIN, 23, 7, palette.INK, "right")
        if block.made:
            note = translate("Contains invented sample data", language)
            self._line(note, width / 2, 12, 7, palette.WARN, "center", True)
        self.restoreState()


class _Template(BaseDocTemplate):  # type: ignore[misc]
    def __init__(self, target: io.BytesIO, owner: Document) -> None:
        block = owner.block
        super().__init__(
            target,
            pagesize=A4,
            title=clean(block.title),
            author=clean(block.author),
            subject=clean(block.subject),
            creator="Full-Service Battle Map",
            keywords=", ".join(("content-sha256:" + block.content_hash, clean(block.code))),
            lang="zh-CN" if block.language == "zh" else "en",
            invariant=1,
            pageCompression=1,
        )
        self.owner = owner
        templates = []
        for name, (width, height) in (("portrait", A4), ("landscape", landscape(A4))):
            frame = Frame(MARGIN, BOTTOM, width - 2 * MARGIN, height - TOP - BOTTOM, 0, 0, 0, 0, id=name)
            templates.append(PageTemplate(name, [frame], pagesize=(width, height)))
        cover = Frame(MARGIN, BOTTOM, A4[0] - 2 * MARGIN, A4[1] - MARGIN - BOTTOM, 0, 0, 0, 0, id="cover")
        self.addPageTemplates([PageTemplate("cover", [cover], pagesize=A4), *templates])

    def beforeDocument(self) -> None:  # noqa: N802 - reportlab's name
        self.owner.sheets.clear()
        self.owner.anchors.clear()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's name
        if not isinstance(flowable, Mark):
            return
        self.canv.bookmarkPage(flowable.key)
        self.canv.addOutlineEntry(clean(flowable.text), flowable.key, flowable.level, closed=flowable.level > 0)
        if flowable.sheet:
            self.owner.sheets[flowable.sheet] = self.page - 1
        if flowable.level == 0 and flowable.key != COVER:
            self.notify("TOCEntry", (0, self.owner.fonts.markup(flowable.text), self.page, flowable.key))


class Document:
    """Collects flowables and builds the PDF in memory; ``sheets`` then says on which page a map sheet "
    "belongs."""

    def __init__(self, block: TitleBlock, fonts: FontSet) -> None:
        self.block, self.fonts, self.language = block, fonts, block.language
        self.story: list[Flowable] = []
        self.sheets: dict[str, int] = {}
        self.places: dict[str, str] = {}  # sheet → bookmark, which a text may link to
        self.shown: dict[str, str] = {}  # building or box → sheet that shows it best
        self.kept: list[Kept] = []  # every table, for the workbook of the same numbers
        self._section = self.part = ""  # headings above what is added next
        self.anchors: dict[str, tuple[int, float]] = {}  # what a sheet may link to → page from 0, height in points
        self._keys = 0
        self._styles: dict[tuple[Any, ...], ParagraphStyle] = {}

    def t(self, source: str, /, **values: Any) -> str:
        """Return the sentence in the language of the document."""
        return translate(source, self.language, **values)

    def style(
        self,
        size: float = 8.8,
        colour: str = palette.INK,
        align: str = "left",
        chinese: bool = False,
        leading: float = 0.0,
    ) -> ParagraphStyle:
        """Return a paragraph style; Chinese text wraps between any two characters, Latin at words."""
        key = (size, colour, align, chinese, leading)
        if key not in self._styles:
            self._styles[key] = ParagraphStyle(
                f"style{len(self._styles)}",
                fontName=self.font,
                fontSize=size,
                leading=leading or round(size * 1.42, 1),
                textColor=HexColor(colour),
                alignment=_ALIGN[align],
                wordWrap="CJK" if chinese else None,
                splitLongWords=1,
            )
        return self._styles[key]

    def paragraph(
        self,
        text: object,
        size: float = 8.8,
        colour: str = palette.INK,
        align: str = "left",
        bold: bool = False,
        leading: float = 0.0,
    ) -> Paragraph:
        """Return a paragraph of plain text, each run in a font that has it."""
        whole = clean(text)
        style = self.style(size, colour, align, bool(_CHINESE.search(whole)), leading)
        markup = self.fonts.markup(whole, bold) or "&nbsp;"
        return Paragraph(markup, style)

    def add(self, *flowables: Flowable) -> None:
        """Append flowables."""
        for one in flowables:
            figures = getattr(one, "figures", None)  # of a chart
            if figures:
                self.keep((), figures)
        self.story.extend(flowables)

    def keep(self, titles: Sequence[str], rows: Rows, totals: Rows = ()) -> None:
        """Remember a table under the heading where it stands."""
        self.kept.append(Kept(self._section, self.part, tuple(titles), tuple(rows), tuple(totals)))

    def text(
        self, text: object, size: float = 8.8, colour: str = palette.INK, after: float = 6.0, bold: bool = False
    ) -> None:
        """Append a paragraph."""
        self.add(self.paragraph(text, size, colour, bold=bold), Spacer(1, after))

    def space(self, height: float) -> None:
        """Append empty room."""
        self.add(Spacer(1, height))

    def _key(self) -> str:
        self._keys += 1
        return f"s{self._keys}"

    def heading(self, text: str, room: float = 110.0) -> None:
        """Append a section heading with bookmark; at least ``room`` points follow it on its page."""
        self._section, self.part = text, ""
        self.add(CondPageBreak(room), Mark(text, 0, self._key()))
        self.add(self.paragraph(text, 14, palette.ACCENT, bold=True, leading=18), Spacer(1, 6))

    def mark(self, text: str, level: int) -> Mark:
        """Return a bookmark, to stand where it is added."""
        return Mark(text, level, self._key())

    def subheading(self, text: str, room: float = 70.0) -> None:
        """Append a heading inside a section."""
        self.part = text
        self.add(CondPageBreak(room), Spacer(1, 4))
        self.add(self.paragraph(text, 10, palette.INK, bold=True, leading=14), Spacer(1, 4))

    def page(self, template: str = "portrait") -> None:
        """Start a new page: ``portrait`` or ``landscape``."""
        self.add(NextPageTemplate(template), PageBreak())

    def sheet(self, key: str, text: str, template: str, level: int = 0) -> None:
        """Append an empty page that a map sheet will fill, with its bookmark."""
        self.page(template)
        self.places[key] = self._key()
        self.add(Mark(text, level, self.places[key], key))

    def contents(self) -> None:
        """Append the list of sections with page numbers and links."""
        table = TableOfContents(dotsMinLevel=0)
        style = self.style(8.4, palette.INK, leading=10.8)  # the longest list stays on the cover
        table.levelStyles = [ParagraphStyle("toc", parent=style, rightIndent=24)]
        padding = [("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]
        font = ("FONT", (0, 0), (-1, -1), self.font)
        table.tableStyle = TableStyle([font, ("VALIGN", (0, 0), (-1, -1), "TOP"), *padding])
        self.add(table)

    @property
    def font(self) -> str:
        """Return the name of the base font, for what is no paragraph."""
        base = self.fonts.latin or self.fonts.chinese
        return base.name if base else "Helvetica"

    @property
    def width(self) -> float:
        """Return the width of the text on a portrait page (points)."""
        return float(A4[0] - 2 * MARGIN)

    @property
    def wide(self) -> float:
        """Return the width of the text on a landscape page (points)."""
        return float(A4[1] - 2 * MARGIN)

    def build(self) -> bytes:
        """Return the PDF. The same content gives the same bytes."""
        target = io.BytesIO()
        block, fonts = self.block, self.fonts

        class Maker(PageCanvas):
            pass

        Maker.block, Maker.fonts, Maker.anchors = block, fonts, self.anchors
        _Template(target, self).multiBuild(self.story, canvasmaker=Maker)
        return target.getvalue()


def short_code(code: str, fallback: Optional[str] = None) -> str:
    """Return a code fit for a file name or bookmark key."""
    return re.sub(r"[^0-9A-Za-z_-]+", "-", code).strip("-") or (fallback or "plan")
