# SPDX-License-Identifier: GPL-2.0-or-later
"""The document of a plan: page templates, title block, header and footer, contents, bookmarks, properties.

Lengths are points (1/72 inch). A document is built in memory; nothing touches the disk here.
"""

from __future__ import annotations

import io
import re
from typing import Any, Callable, Iterable, Optional, Sequence

from reportlab.lib.pagesizes import A4, landscape
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
)

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import palette
from fullservice_plugin.plans.contents import Entry
from fullservice_plugin.plans.fonts import FontSet, clean
from fullservice_plugin.plans.kept import Kept, Rows
from fullservice_plugin.plans.page_canvas import MARGIN, PageCanvas, TitleBlock
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.prose import Prose

TOP = 58.0
BOTTOM = 46.0
COVER = "cover"


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
        self.numbers: dict[str, int] = {}  # bookmark → page
        cover = Frame(MARGIN, BOTTOM, A4[0] - 2 * MARGIN, A4[1] - MARGIN - BOTTOM, 0, 0, 0, 0, id="cover")
        templates = [PageTemplate(COVER, [cover], pagesize=A4)]
        for name, (width, height) in owner.sizes.items():
            frame = Frame(MARGIN, BOTTOM, width - 2 * MARGIN, height - TOP - BOTTOM, 0, 0, 0, 0, id=name)
            templates.append(PageTemplate(name, [frame], pagesize=(width, height)))
        self.addPageTemplates(templates)
        self._firstPageTemplateIndex = [template.id for template in templates].index(owner.first)

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's name
        self.owner.progress.check()
        if not isinstance(flowable, Mark):
            return
        self.canv.bookmarkPage(flowable.key)
        self.canv.addOutlineEntry(clean(flowable.text), flowable.key, flowable.level, closed=flowable.level > 0)
        if flowable.sheet:
            self.owner.sheets[flowable.sheet] = self.page - 1
        self.numbers[flowable.key] = self.page


class _ContentsHere(Mark):
    """The place of the list of sections."""

    def __init__(self) -> None:
        super().__init__("", 1, "")


class _Drawing(Flowable):  # type: ignore[misc]
    """What is drawn over a whole page, in points from its lower left."""

    def __init__(self, draw: Callable[[Any], None]) -> None:
        super().__init__()
        self._draw_page = draw

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Take no room."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Draw it from the page's corner."""
        self.canv.saveState()
        x, y = self.canv.absolutePosition(0, 0)
        self.canv.translate(-x, -y)
        self._draw_page(self.canv)
        self.canv.restoreState()


class Document:
    """Collects flowables and builds the PDF in memory; ``sheets`` then says on which page a map sheet belongs."""

    def __init__(self, block: TitleBlock, fonts: FontSet, look: PrintTemplate = OURS) -> None:
        self.block, self.fonts, self.language, self.look = block, fonts, block.language, look
        self.story: list[Flowable] = []
        self.sheets: dict[str, int] = {}
        self.places: dict[str, str] = {}  # sheet → bookmark, which a text may link to
        self.sizes: dict[str, tuple[float, float]] = {"portrait": A4, "landscape": landscape(A4)}  # of page templates
        self.shown: dict[str, str] = {}  # building or box → sheet that shows it best
        self.kept: list[Kept] = []  # every table, for the workbook of the same numbers
        self._section = self.part = ""  # headings above what is added next
        self.anchors: dict[str, tuple[int, float]] = {}  # what a sheet may link to → page from 0, height in points
        self.first = COVER
        self.progress = SILENT
        self.note = ""  # the operator's own text, which follows the next heading
        self._keys = 0

    def t(self, source: str, /, **values: Any) -> str:
        """Return the sentence in the language of the document."""
        return translate(source, self.language, **values)

    def paragraph(
        self,
        text: object,
        size: float = 8.8,
        colour: str = palette.INK,
        align: str = "left",
        bold: bool = False,
        leading: float = 0.0,
    ) -> Prose:
        """Return a paragraph of plain text, each run in a font that has it."""
        return Prose(self.fonts, text, size, leading or round(size * 1.42, 1), align=align, bold=bold, colour=colour)

    def add(self, *flowables: Flowable) -> None:
        """Append flowables."""
        for one in flowables:
            figures = getattr(one, "figures", None)  # of a chart
            if figures:
                self.keep((), figures)
        self.story.extend(flowables)

    def text(
        self, text: object, size: float = 8.8, colour: str = palette.INK, after: float = 6.0, bold: bool = False
    ) -> None:
        """Append a paragraph."""
        self.add(self.paragraph(text, size, colour, bold=bold), Spacer(1, after))

    def keep(self, titles: Sequence[str], rows: Rows, totals: Rows = ()) -> None:
        """Remember a table under the heading where it stands."""
        self.kept.append(Kept(self._section, self.part, tuple(titles), tuple(rows), tuple(totals)))

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
        self.say_note()

    def say_note(self) -> None:
        """Append the operator's own text that waits for its heading."""
        note, self.note = self.note, ""
        for part in note.split("\n"):
            if part.strip():
                self.add(Prose(self.fonts, part, 8.8, 12.8, flush=self.language == "zh", after=4))

    def mark(self, text: str, level: int) -> Mark:
        """Return a bookmark, to stand where it is added."""
        return Mark(text, level, self._key())

    def subheading(self, text: str, room: float = 70.0) -> None:
        """Append a heading inside a section."""
        self.part = text
        self.add(CondPageBreak(room), Spacer(1, 4))
        self.add(self.paragraph(text, 10, palette.INK, bold=True, leading=14), Spacer(1, 4))

    def page(self, template: str = "portrait") -> None:
        """Start a new page: ``portrait``, ``landscape`` or another of ``sizes``."""
        if self.story:
            self.add(NextPageTemplate(template), PageBreak())
        else:
            self.first = template

    def sheet(
        self, key: str, text: str, template: str, level: int = 0, draw: Optional[Callable[[Any], None]] = None
    ) -> None:
        """Append an empty page that a map sheet will fill, with its bookmark and what ``draw`` puts over it."""
        self.page(template)
        self.reserve((key,))
        self.add(Mark(text, level, self.places[key], key))
        if draw is not None:
            self.add(_Drawing(draw))

    def reserve(self, sheets: Iterable[str]) -> None:
        """Give map sheets their bookmarks, so that tables before them may link to them."""
        for key in sheets:
            if key not in self.places:
                self.places[key] = self._key()

    def contents(self) -> None:
        """Append the list of sections with page numbers and links, under its heading."""
        self.add(self.paragraph(self.t("Contents"), 10, bold=True, leading=14), _ContentsHere())

    def _listed(self) -> list[Flowable]:
        """Return the story with the list of its sections in place."""
        entries = [Entry(self.fonts, mark.text, mark.key) for mark in self.story
                   if isinstance(mark, Mark) and mark.level == 0 and mark.key != COVER]  # fmt: skip
        made: list[Flowable] = []
        for flowable in self.story:
            made += entries if isinstance(flowable, _ContentsHere) else [flowable]
        return made

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

    def build(self, progress: Progress = SILENT) -> bytes:
        """Return the PDF. The same content gives the same bytes. Raises Cancelled where the user asks to stop."""
        self.progress = progress
        target = io.BytesIO()
        block, fonts = self.block, self.fonts

        class Maker(PageCanvas):
            pass

        Maker.block, Maker.fonts, Maker.look, Maker.anchors = block, fonts, self.look, self.anchors
        _Template(target, self).build(self._listed(), canvasmaker=Maker)
        return target.getvalue()


def short_code(code: str, fallback: Optional[str] = None) -> str:
    """Return a code fit for a file name or bookmark key."""
    return re.sub(r"[^0-9A-Za-z_-]+", "-", code).strip("-") or (fallback or "plan")
