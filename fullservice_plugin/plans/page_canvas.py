# SPDX-License-Identifier: GPL-2.0-or-later
"""The canvas of all papers: head and foot when all pages are known, and the operator's colours for ours.

What is drawn names colours of :mod:`palette`; here, where everything passes, each becomes the one that the template has
for it. So no drawing has to know of templates.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import formats, palette
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.lines import draw_line
from fullservice_plugin.plans.print_template import OURS, PrintTemplate, filled

MARGIN = 40.0


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
    name: str = ""  # of the area or plan, without the kind of document

    def values(self, look: PrintTemplate) -> dict[str, str]:
        """Return what placeholders of the operator's texts stand for."""
        return {
            "operator": look.word("operator", self.language),
            "title": self.title,
            "name": self.name or self.title,
            "code": self.code,
            "version": self.version,
            "author": self.author,
            "date": formats.day(self.date, self.language, long=True),
            "hash": self.content_hash[:12],
        }


class _Text(PDFTextObject):  # type: ignore[misc]
    """Text in the operator's colours."""

    def setFillColor(self, colour: Any, alpha: Any = None) -> None:  # noqa: N802 - reportlab's name
        """Set the colour of the letters."""
        super().setFillColor(self._canvas.printed(colour), alpha)

    def setStrokeColor(self, colour: Any, alpha: Any = None) -> None:  # noqa: N802 - reportlab's name
        """Set the colour of their outline."""
        super().setStrokeColor(self._canvas.printed(colour), alpha)


class ColourCanvas(Canvas):  # type: ignore[misc]
    """Prints the operator's colour wherever one of ours is named."""

    look: PrintTemplate = OURS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._printed = {HexColor(ours): HexColor(own) for ours, own in self.look.colours().items()}
        super().__init__(*args, **kwargs)

    def printed(self, colour: Any) -> Any:
        """Return what is printed for a colour."""
        return self._printed.get(colour, colour) if self._printed else colour

    def setFillColor(self, colour: Any, alpha: Any = None) -> None:  # noqa: N802 - reportlab's name
        """Set the colour of areas."""
        super().setFillColor(self.printed(colour), alpha)

    def setStrokeColor(self, colour: Any, alpha: Any = None) -> None:  # noqa: N802 - reportlab's name
        """Set the colour of lines."""
        super().setStrokeColor(self.printed(colour), alpha)

    def beginText(self, x: float = 0, y: float = 0, direction: Any = None) -> _Text:  # noqa: N802 - reportlab's name
        """Return a text object of ours."""
        return _Text(self, x, y)


class PageCanvas(ColourCanvas):
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
        self.numbers: list[tuple[str, float, float]] = []  # bookmark whose page number belongs to a place (points)

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page until all are known."""
        self._pages.append(dict(self.__dict__))
        self._doc.pageCounter += 1  # a bookmark set on the next page must name that page, not the first one
        self.numbers = []
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
        block, look, (width, height) = self.block, self.look, self._pagesize
        language = block.language
        self.saveState()
        for key, x, y in self.numbers:
            self._line(str(self._doctemplate.numbers.get(key, "")), x, y, 8.8, palette.INK, "right")
        self.setStrokeColor(HexColor(palette.LINE))
        self.setLineWidth(0.5)
        room = draw_mark(self, width - 2 * MARGIN, height - 34 if number > 1 else height - 26)
        if number > 1:
            top = height - 34
            brand = look.word("operator", language) or translate("Full-Service Battle Map", language)
            brand = self.fonts.fit(brand, 7.5, room / 2, True)
            self._line(brand, MARGIN, top, 7.5, palette.ACCENT, bold=True)
            room -= self.fonts.width(brand, 7.5, True) + 24
            self._line(self.fonts.fit(block.title, 7.5, room), width - MARGIN, top, 7.5, palette.MUTED, "right")
            self.line(MARGIN, top - 7, width - MARGIN, top - 7)
        self.line(MARGIN, 34, width - MARGIN, 34)
        page = translate("Page {page} of {pages}", language, page=number, pages=total)
        left = filled(look.word("footer", language), block.values(look)) or "  ·  ".join(
            part for part in (block.code, block.version, formats.day(block.date)) if part
        )
        self._line(self.fonts.fit(left, 7, width * 0.46), MARGIN, 23, 7, palette.MUTED)
        check = translate("Content {hash}", language, hash=block.content_hash[:12])
        self._line(check, width - MARGIN - 90, 23, 7, palette.MUTED, "right")
        self._line(page, width - MARGIN, 23, 7, palette.INK, "right")
        if block.made:
            note = translate("Contains invented sample data", language)
            self._line(note, width / 2, 12, 7, palette.WARN, "center", True)
        self.restoreState()


def draw_mark(canvas: PageCanvas, room: float, y: float) -> float:
    """Draw the operator's mark of confidentiality, where there is one, in the middle; return the room beside it."""
    mark = canvas.look.word("mark", canvas.block.language)
    if not mark:
        return room
    mark = canvas.fonts.fit(mark, 8, room / 3, True)
    canvas._line(mark, canvas._pagesize[0] / 2, y, 8, palette.WARN, "center", True)
    return room - canvas.fonts.width(mark, 8, True) - 24
