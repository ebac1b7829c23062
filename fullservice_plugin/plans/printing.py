# SPDX-License-Identifier: GPL-2.0-or-later
"""Joins a document with its map sheets, the same way for every kind of plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Optional, Sequence

from qgis.PyQt.QtCore import QCoreApplication

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import formats
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.layers import MapLayer
from fullservice_plugin.plans.maps import MadeLayers, MapPrinter, make_layers
from fullservice_plugin.plans.merge import PrintedSheet, merge
from fullservice_plugin.plans.model import Source
from fullservice_plugin.plans.sheet_forms import Form, Forms
from fullservice_plugin.plans.sheet_links import Spot, links
from fullservice_plugin.plans.sheet_marks import MM, draw_mark
from fullservice_plugin.plans.sheets import Sheet, ground_of
from fullservice_plugin.plans.title_blocks import Titles, draw_block

OSM_NOTICE = "© OpenStreetMap contributors"


def attribution(sources: Sequence[Source]) -> str:
    """Return the notice that the sheets must carry for the sources drawn on them."""
    osm = any(
        "openstreetmap" in (source.name + source.licence).lower() or "odbl" in source.licence.lower()
        for source in sources
    )
    return OSM_NOTICE if osm else ""


def notice(sources: Sequence[Source], language: str) -> str:
    """Return what a sheet for ourselves says of its sources: the attribution, and how many state no licence."""
    unknown = sum(1 for source in sources if not source.licence)
    flag = translate("Sources without a stated licence: {count}, see the last page", language, count=unknown)
    return "\n".join(line for line in (attribution(sources), flag if unknown else "") if line)


def titles_of(document: Document) -> Titles:
    """Return what the title blocks of a document say, as far as its own block knows."""
    block, look = document.block, document.look
    return Titles(
        owner=look.word("operator", block.language), kind=block.subject, title=block.name or block.title, subtitle="",
        code=block.code, version=block.version, state="", designed=block.author, checked="", approved="",
        date=formats.day(block.date), approved_on="", scale="", number=0, count=0, language=block.language,
        logo=look.logo,
    )  # fmt: skip


def add_sheets(
    document: Document, sheets: Sequence[Sheet], forms: Forms, titles: Optional[Titles] = None,
    level: Callable[[int, Sheet], int] = lambda index, sheet: 0,
) -> None:
    """Append a page for each map sheet, with its match lines and, where the template has one, its title block."""
    for page, form in forms.items():
        document.sizes["map_" + page] = (form.size[0] * MM, form.size[1] * MM)
    base = titles or titles_of(document)
    for index, sheet in enumerate(sheets):
        said = replace(base, subtitle=sheet.title, scale=f"1:{sheet.scale:,}", number=index + 1, count=len(sheets))
        draw = _over(document, sheet, forms[sheet.page], said)
        document.sheet(sheet.key, sheet.title, "map_" + sheet.page, level(index, sheet), draw)


def _over(document: Document, sheet: Sheet, form: Form, titles: Titles) -> Callable[[Any], None]:
    """Return what draws over a sheet."""

    def draw(canvas: Any) -> None:
        if sheet.marks:
            ground = ground_of(sheet, form)
            for mark in sheet.marks:
                draw_mark(canvas, document.fonts, ground, mark)
        if form.block is not None and document.look.title_block != "none":
            left, top, wide, high = (value * MM for value in form.block)
            place = (left, form.size[1] * MM - top - high, wide, high)
            draw_block(canvas, document.fonts, document.look.title_block, place, titles)

    return draw


class Assembly:
    """A document and its sheets on their way to one PDF, step by step: a window can draw between two sheets."""

    def __init__(
        self, document: Document, sheets: Sequence[Sheet], layers: Sequence[MapLayer], sources: Sequence[Source],
        spots: Sequence[Spot] = (),
    ) -> None:
        self.document, self.sheets, self._layers, self._sources = document, list(sheets), layers, sources
        self._spots = spots  # what the sheets link from, to its row
        self._printer: Optional[MapPrinter] = None
        self._made: Optional[MadeLayers] = None  # layers for the printer of another thread
        self.pages = b""
        self.printed: dict[int, PrintedSheet] = {}

    def build(self, progress: Progress = SILENT) -> None:
        """Lay the document out; its pages are there then, without maps (any thread)."""
        self.pages = self.document.build(progress)

    def make_layers(self) -> None:
        """Make the layers of the map (any thread) for the printer of the window: those of a big plan take seconds."""
        window = QCoreApplication.instance()
        if window is None or not self.sheets:
            return
        document = self.document
        said = notice(self._sources, document.language)
        made = make_layers(self._layers, document.fonts, document.language, said)
        for layer in made.layers:
            if layer is not None:
                layer.moveToThread(window.thread())
        self._made = made

    def print_sheet(self, sheet: Sheet) -> None:
        """Draw one map sheet, unless it is there (in the thread of the printer: layouts belong to it)."""
        page = self.document.sheets[sheet.key]
        if page not in self.printed:
            self.printed[page] = self.printer().print(sheet)

    def print_apart(self, progress: Progress = SILENT) -> None:
        """Draw all sheets that are missing, with a printer of the thread that runs this: the window keeps its own."""
        printer: Optional[MapPrinter] = None
        for index, sheet in enumerate(self.sheets):
            progress.step(index / len(self.sheets))
            page = self.document.sheets[sheet.key]
            if page not in self.printed:
                printer = printer or self._new_printer()
                self.printed[page] = printer.print(sheet)

    def printer(self) -> MapPrinter:
        """Return what draws the sheets; it belongs to the thread that asks first."""
        if self._printer is None:
            self._printer, self._made = self._new_printer(self._made), None
        return self._printer

    def _new_printer(self, made: Optional[MadeLayers] = None) -> MapPrinter:
        document = self.document
        told = notice(self._sources, document.language)
        return MapPrinter(self._layers, document.fonts, document.language, told, formats.day(document.block.date),
                          document.look, made)  # fmt: skip

    def merge(self) -> bytes:
        """Return one PDF of the pages with the sheets that are drawn (any thread)."""
        document, sheets = self.document, [s for s in self.sheets if self.document.sheets[s.key] in self.printed]
        linked = links(sheets, self.printed, document.sheets, document.anchors, self._spots, document.shown)
        return merge(self.pages, self.printed, document.block.date, linked)

    def run(self, progress: Progress = SILENT) -> bytes:
        """Do all of it at once."""
        progress.step(0.05)
        self.build(progress)
        progress.step(0.3)
        for index, sheet in enumerate(self.sheets):
            self.print_sheet(sheet)
            progress.step(0.3 + 0.6 * (index + 1) / len(self.sheets))
        made = self.merge()
        progress.step(1.0)
        return made
