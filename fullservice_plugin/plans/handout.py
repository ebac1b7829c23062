# SPDX-License-Identifier: GPL-2.0-or-later
"""A PDF for people outside the house, made of parts: each numbers its own pages and has its own head and foot.

Parts are laid out one after the other as they come, so that five hundred of them need no more memory than their pages.
It carries the operator's name, never this program's. Lengths are points.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Callable, Iterator, Optional

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate
from reportlab.platypus.doctemplate import ActionFlowable

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.plans.fonts import FontSet, clean
from fullservice_plugin.plans.page_canvas import PageCanvas, TitleBlock
from fullservice_plugin.plans.print_template import OURS, PrintTemplate

SIDE, EDGE, FOOT = 48.0, 44.0, 56.0
WIDTH = A4[0] - 2 * SIDE
#: Name of a template → its frame: left, bottom, width, height.
FRAMES = {"sheet": (SIDE, FOOT, WIDTH, A4[1] - EDGE - FOOT)}


@dataclass
class Part:
    """Pages that belong together: ``draw(canvas, page, pages)`` adds their head and foot.

    ``first`` and ``later`` name the templates of the first and of the further pages.
    """

    story: list[Flowable]
    draw: Callable[[Any, int, int], None]
    first: str = "sheet"
    later: str = "sheet"


@dataclass(frozen=True)
class View:
    """Where on a page a map is: its box (points), corners (latitude, longitude) and CRS as WKT and EPSG code."""

    box: tuple[float, float, float, float]
    corners: tuple[tuple[float, float], ...]
    wkt: str
    epsg: int


@dataclass
class _Notes:
    marks: list[tuple[str, int]] = field(default_factory=list)
    views: list[View] = field(default_factory=list)


class Bookmark(Flowable):  # type: ignore[misc]
    """An entry of the outline that leads to the page where it stands."""

    def __init__(self, text: str, level: int = 0) -> None:
        super().__init__()
        self.text, self.level = text, level

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Take no room."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Note the entry: its page gets its number only when its part is complete."""
        self.canv.notes.marks.append((self.text, self.level))


class _Turn(ActionFlowable):  # type: ignore[misc]
    """The pages from the next break on belong to another part."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part

    def apply(self, doc: Any) -> None:
        """Tell the document."""
        doc.part = self.part


class HandoutCanvas(PageCanvas):
    """Keeps the pages of a part until it is complete, then writes them with numbers, bookmarks and georeference."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notes = _Notes()
        self.part: Optional[Part] = None
        self._marks = 0
        self._written: Optional[_Notes] = None
        day = self.block.date
        # The day of the letter stands for the hour at which it was made: the same content gives the same bytes.
        self._doc._timeStamp.YMDhms = (day.year, day.month, day.day, 0, 0, 0)

    def begin(self, part: Part) -> None:
        """Start a page of ``part``; a new part completes the one before."""
        if part is not self.part:
            self._flush()
            self.part = part

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page."""
        super().showPage()
        self.notes = _Notes()

    def save(self) -> None:
        """Write what is kept, and the file."""
        self._flush()
        Canvas.save(self)

    def _flush(self) -> None:
        now, pages = dict(self.__dict__), self._pages
        marks = self._marks
        self._doc.pageCounter -= len(pages)
        for number, state in enumerate(pages, 1):
            self.__dict__.update(state)
            self._written = self.notes
            if self.part is not None:
                self.part.draw(self, number, len(pages))
            for text, level in self.notes.marks:
                marks += 1
                self.bookmarkPage(f"m{marks}")
                self.addOutlineEntry(clean(text), f"m{marks}", level, closed=level == 0)
            Canvas.showPage(self)
        self.__dict__.update(now)
        self._marks, self._pages = marks, []

    def _setAnnotations(self, page: Any) -> None:  # noqa: N802 - reportlab's name, the last step before a page is added
        super()._setAnnotations(page)
        if self._written is not None and self._written.views:
            page.__NoDefault__ = [*page.__NoDefault__, "VP"]
            page.VP = pdfdoc.PDFArray([_viewport(view) for view in self._written.views])


def _viewport(view: View) -> Any:
    """Return the viewport of a map (ISO 32000-2, 12.9) with exact corners."""
    unit = "[0 0 0 1 1 1 1 0]"
    measure = {
        "Type": pdfdoc.PDFName("Measure"),
        "Subtype": pdfdoc.PDFName("GEO"),
        "Bounds": _Raw(unit),
        "LPTS": _Raw(unit),
        "GPTS": _Raw("[" + " ".join(f"{value:.10f}" for corner in view.corners for value in corner) + "]"),
        "GCS": pdfdoc.PDFDictionary(
            {"Type": pdfdoc.PDFName("PROJCS"), "EPSG": view.epsg, "WKT": pdfdoc.PDFString(view.wkt)}
        ),
    }
    box = _Raw("[" + " ".join(f"{value:.4f}" for value in view.box) + "]")
    return pdfdoc.PDFDictionary(
        {"Type": pdfdoc.PDFName("Viewport"), "BBox": box, "Measure": pdfdoc.PDFDictionary(measure)}
    )


class _Raw(pdfdoc.PDFObject):  # type: ignore[misc]
    """Numbers written as given: reportlab keeps six digits, which is a decimetre on the ground."""

    def __init__(self, text: str) -> None:
        self.text = text

    def format(self, document: Any) -> bytes:
        """Return the text."""
        return self.text.encode("ascii")


class _Paper(BaseDocTemplate):  # type: ignore[misc]
    part: Part

    def __init__(self, target: io.BytesIO, block: TitleBlock, frames: dict[str, tuple[float, ...]]) -> None:
        super().__init__(
            target,
            pagesize=A4,
            creator="Full-Service Battle Map",
            producer="Full-Service Battle Map",
            lang="zh-CN" if block.language == "zh" else "en",
            invariant=1,
            pageCompression=1,
        )
        self.addPageTemplates([
            PageTemplate(name, [Frame(*frame, 0, 0, 0, 0, id=name)], onPage=_Paper._turned)
            for name, frame in frames.items()
        ])  # fmt: skip

    def describe(self, block: TitleBlock) -> None:
        """Set the properties of the file."""
        self.canv.setTitle(clean(block.title))
        self.canv.setAuthor(clean(block.author))
        self.canv.setSubject(clean(block.subject))
        parts = (clean(block.code), "content-sha256:" + block.content_hash)
        self.canv.setKeywords(", ".join(part for part in parts if part))

    @staticmethod
    def _turned(canvas: HandoutCanvas, paper: _Paper) -> None:
        canvas.begin(paper.part)


def build(
    parts: Iterator[Part],
    block: TitleBlock,
    fonts: FontSet,
    frames: Optional[dict[str, tuple[float, ...]]] = None,
    progress: Progress = SILENT,
    final: Optional[Callable[[], TitleBlock]] = None,
    look: PrintTemplate = OURS,
) -> bytes:
    """Return the PDF of the parts, of which there is at least one; each is asked for when the one before is laid out.

    ``final`` gives the properties when all parts are known; the day and the language are those of ``block``.
    """

    class Maker(HandoutCanvas):
        pass

    Maker.block, Maker.fonts, Maker.look = block, fonts, look
    target = io.BytesIO()
    paper = _Paper(target, block, {**FRAMES, **(frames or {})})
    paper.part = next(parts)
    names = [template.id for template in paper.pageTemplates]
    paper._firstPageTemplateIndex = names.index(paper.part.first)
    paper._startBuild(None, Maker)
    paper.canv._doctemplate = paper
    part: Optional[Part] = paper.part
    while part is not None:
        story = [NextPageTemplate(part.later), *part.story]
        while story:
            progress.check()
            paper.clean_hanging()
            paper.handle_flowable(story)
        part = next(parts, None)
        if part is not None:
            for step in (NextPageTemplate(part.first), _Turn(part), PageBreak()):
                paper.clean_hanging()
                paper.handle_flowable([step])
    paper.describe(final() if final else block)
    paper._endBuild()
    return target.getvalue()
