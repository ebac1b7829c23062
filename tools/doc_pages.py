# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts pages of plans, reports, work packs and dossiers of the sample city into docs/images, side by side.

First ``make run CITY=yangban``, then in the environment of that: ``build/venv/bin/python -P tools/doc_pages.py``.
It writes what the demo does not from the demo's store, and finds pages by their bookmark: numbers change.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QColor, QImage, QPainter

sys.path.insert(0, str(Path(__file__).resolve().parent))

from doc_pictures import GAP, KEPT, ROOT, save, side_by_side
from headless import start_qgis

MADE = ROOT / "build" / "demo-yangban"
DPI, GROUND = 60.0, "#9aa3ab"
#: Pages are drawn so many times finer, then made small: small letters stay clear.
FINER = 3
#: So many colours stay as they are; of the others those are one that differ by less, added up over red, green and blue.
AS_THEY_ARE, NEAR = 96, 24

Page = tuple[str, str, int]
#: Picture → dots per inch and rows of pages; a page is document, bookmark (empty: the first page) and pages after it.
PICTURES: dict[str, tuple[float, list[list[Page]]]] = {
    "plan_pages": (DPI - 10, [
        [("plan", "", 0), ("plan", "Estates", 0), ("plan", "Bill of materials", 0),
         ("plan", "Splitters and drops per cabinet", 0)],
        [("plan", "Riser diagrams", 0), ("plan", "WLAN floor plans", 0), ("plan", "Optical budget, worst first", 0),
         ("plan", "Risks", 0)]]),
    "plan_maps": (DPI, [[("plan", "Overview map", 0), ("plan", "Overview map", 1)],
                        [("plan", "Index of sheets", 0), ("plan", "Access method per building", 0)]]),
    "plan_sheets": (DPI + 10, [[("plan", "Index of sheets", 0), ("plan", "Index of sheets", 4)]]),
    "report_pages": (DPI, [[("negotiations", "", 0), ("competition", "", 0), ("weekly", "", 0)]]),
    "report_maps": (DPI, [[("negotiations", "Map of negotiations", 0), ("competition", "Map of rivals", 0)],
                          [("competition", "Shares, concentration and threat by estate", 0), ("weekly", "Grids", 0)]]),
    "workpack": (DPI - 10, [[("workpack", "", 0), ("workpack", "Bill of materials", 0),
                             ("workpack", "Ways and cables", 0), ("workpack", "Measurements", 0)]]),
    "workpack_permits": (DPI, [[("workpack", "Permits and works windows", 0), ("workpack", "Overview map", 0)]]),
    "dossier": (DPI + 10, [[("dossier", "", 0), ("dossier", "", 1)]]),
}  # fmt: skip
#: The building of the dossier: fibre to the home by the plan (its code), its agreement with a window for the works.
BUILDING = """
select b.code from fullservice.plan p join fullservice.access_decision d on d.plan_id = p.id and d.method = 'ftth'
join fullservice.building b on b.id = d.building_id
join fullservice.agreement_building ab on ab.building_id = b.id join fullservice.agreement a on a.id = ab.agreement_id
where p.code = %s and a.works_from is not null order by a.number desc, b.code limit 1
"""


def export(store: str) -> None:
    """Write the weekly report, a work pack and a dossier in both languages."""
    import processing
    from fullservice_plugin.gis.connections import open_store

    plan = json.loads((MADE / "summary.json").read_text(encoding="utf-8"))["plan"]["PLAN_ID"]
    with open_store(store, write=False) as opened:
        building = opened.rows(BUILDING, (plan,))[0][0]
    for language in ("en", "zh"):
        crew = "Crew 7" if language == "en" else "七队"
        for name, more in (("weekly", {"AREA": ""}), ("dossier", {"AREA": building}),
                           ("workpack", {"PLAN_ID": plan, "PHASE": 2, "CREW": crew})):
            processing.run(f"fullservice:export{name}", {
                "STORE": store, "LANGUAGE": language, "OUTPUT": str(MADE / f"{name}_{language}.pdf"), **more})


def bookmarks(reader: Any, outline: Any) -> Iterator[tuple[str, int]]:
    """Title and page (from 0) of every bookmark."""
    for entry in outline:
        if isinstance(entry, list):
            yield from bookmarks(reader, entry)
        else:
            yield str(entry.title), reader.get_destination_page_number(entry)


def page(language: str, document: str, title: str, after: int, dpi: float) -> QImage:
    """A page as a picture on white."""
    from pypdf import PdfReader

    from fullservice_plugin.i18n import translate
    from fullservice_plugin.plans.page_pictures import draw_page, single_page

    reader = PdfReader(MADE / f"{document}_{language}.pdf")
    found = dict(bookmarks(reader, reader.outline))
    number = (found[translate(title, language)] if title else 0) + after
    made = draw_page(single_page(reader, number), FINER * dpi)
    drawn = QImage(made.data, made.width, made.height, 4 * made.width, QImage.Format.Format_RGBA8888)
    whole = QImage(made.width, made.height, QImage.Format.Format_RGB32)
    whole.fill(QColor("white"))
    painter = QPainter(whole)
    painter.drawImage(0, 0, drawn)
    painter.end()
    return whole.scaled(made.width // FINER, made.height // FINER, Qt.AspectRatioMode.IgnoreAspectRatio,
                        Qt.TransformationMode.SmoothTransformation)


def few_colours(image: QImage) -> QImage:
    """The picture in 256 colours: the most frequent as they are, then what is unlike those; a third of the bytes."""

    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    known, counts = np.unique(np.frombuffer(bits, dtype=np.uint32) & 0xFFFFFF, return_counts=True)
    known = known[np.argsort(-counts)]
    parts = np.stack([known >> 16 & 0xFF, known >> 8 & 0xFF, known & 0xFF], axis=1).astype(int)
    taken = [int(colour) | 0xFF000000 for colour in known[:AS_THEY_ARE]]
    left = np.ones(len(known), dtype=bool)
    for first in range(min(AS_THEY_ARE, len(known))):
        left &= np.abs(parts - parts[first]).sum(axis=1) > NEAR
    while left.any() and len(taken) < 256:
        first = int(np.argmax(left))
        taken.append(int(known[first]) | 0xFF000000)
        left &= np.abs(parts - parts[first]).sum(axis=1) > NEAR
    return image.convertToFormat(QImage.Format.Format_Indexed8, taken,
                                 Qt.ImageConversionFlag.AvoidDither | Qt.ImageConversionFlag.ThresholdDither)


def main(wanted: list[str]) -> None:
    """Make the pictures that are named, all where none is."""
    start_qgis(ROOT / "build" / "profile-demo")
    export("fullservice_yangban")
    for name in wanted or PICTURES:
        dpi, rows = PICTURES[name]
        for language, suffix in (("en", ""), ("zh", "_zh")):
            pages = [[page(language, *one, dpi) for one in row] for row in rows]
            save(few_colours(side_by_side(pages, GROUND, GAP)), KEPT / f"{name}{suffix}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    import os

    os._exit(0)  # QGIS 3.22 without a window may crash while the interpreter unwinds
