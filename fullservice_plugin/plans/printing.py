# SPDX-License-Identifier: GPL-2.0-or-later
"""Joins a document with its map sheets, the same way for every kind of plan."""

from __future__ import annotations

from typing import Sequence

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.plans import formats
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.layers import MapLayer
from fullservice_plugin.plans.maps import MapPrinter, Sheet
from fullservice_plugin.plans.merge import merge
from fullservice_plugin.plans.model import Source
from fullservice_plugin.plans.sheet_links import Spot, links

OSM_NOTICE = "© OpenStreetMap contributors"


def attribution(sources: Sequence[Source]) -> str:
    """Return the notice that the sheets must carry for the sources drawn on them."""
    osm = any(
        "openstreetmap" in (source.name + source.licence).lower() or "odbl" in source.licence.lower()
        for source in sources
    )
    return OSM_NOTICE if osm else ""


def assemble(
    document: Document,
    sheets: Sequence[Sheet],
    layers: Sequence[MapLayer],
    sources: Sequence[Source],
    progress: Progress = SILENT,
    spots: Sequence[Spot] = (),
) -> bytes:
    """Build the document, print each sheet and return one PDF; the sheets link from ``spots`` to their rows."""
    progress.step(0.05)
    pages = document.build()
    progress.step(0.3)
    printed = {}
    if sheets:
        block = document.block
        printer = MapPrinter(
            layers, document.fonts, block.language, attribution(sources), formats.day(block.date)
        )
        for index, sheet in enumerate(sheets):
            printed[document.sheets[sheet.key]] = printer.print(sheet)
            progress.step(0.3 + 0.6 * (index + 1) / len(sheets))
    linked = links(sheets, printed, document.sheets, document.anchors, spots, document.shown)
    made = merge(pages, printed, document.block.date, linked)
    progress.step(1.0)
    return made
