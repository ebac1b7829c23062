# SPDX-License-Identifier: GPL-2.0-or-later
"""A document on its way to paper, seen page by page before it is saved.

Read and laid out in any thread. On the screen a map is drawn by a job in the background when its page is looked at; for
the file the sheets are printed by the thread that saves.
"""

from __future__ import annotations

import datetime
import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.plans import libraries
from fullservice_plugin.services import dossiers, letters, plans, reports, weekly
from fullservice_plugin.services.templates import find_template
from fullservice_plugin.store import handouts
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store

KINDS = ("access_plan", "negotiation_report", "competitor_brief", "weekly_report", "dossier", "letter")
CHOICES = 2000  # plans and areas that are offered; others are typed
DOSSIERS = 3  # buildings of an area that a preview of dossiers shows


@dataclass(frozen=True)
class Order:
    """What is to be seen: kind, plan or area, language, template file; ``letter`` is the kind of a letter."""

    kind: str
    subject: str
    language: str
    template: str = ""
    letter: str = "proposal"


class Draft:
    """The pages of a document; ``whole`` where all of it is there, else the sheets are drawn on demand."""

    def __init__(self, order: Order, *, assembly: Any = None, data: bytes = b"", whole: bool = True) -> None:
        from pypdf import PdfReader

        self.order, self.assembly, self.whole = order, assembly, whole
        self._data = data
        self._reader = PdfReader(io.BytesIO(assembly.pages if assembly else data))
        self.count = len(self._reader.pages)
        self._sheets = {assembly.document.sheets[sheet.key]: sheet for sheet in assembly.sheets} if assembly else {}

    def shown(self, number: int, dpi: float) -> Any:
        """Return the map sheet of a page (from 0) for the screen, None where it has none (main thread, quick)."""
        sheet = self._sheets.get(number)
        return None if sheet is None else self.assembly.printer().shown(sheet, dpi)

    def warm_up(self) -> list[Callable[[], Any]]:
        """Return what the first map needs, in steps that a window can take between two events (main thread)."""
        if not self._sheets:
            return []
        printer, pages = self.assembly.printer, sorted({sheet.page for sheet in self._sheets.values()})
        return [printer, *(partial(lambda page: printer().layout_of(page), page) for page in pages)]

    def size(self, number: int) -> tuple[float, float]:
        """Return width and height of a page in points."""
        box = self._reader.pages[number].mediabox
        return float(box.width), float(box.height)

    def picture(self, number: int, dpi: float) -> Any:
        """Return what the document draws on a page, without its map, as a picture (any thread)."""
        from fullservice_plugin.plans.page_pictures import draw_page, single_page

        return draw_page(single_page(self._reader, number), dpi)

    def save(self, path: Path, progress: Progress = SILENT) -> None:
        """Draw the sheets that are missing and write the PDF, whole or not at all (any thread)."""
        from fullservice_plugin.plans.merge import write_whole

        data = self._data
        if self.assembly:
            self.assembly.print_apart(progress.part(0.0, 0.9))
            data = self.assembly.merge()
        progress.step(0.95)  # whoever stopped until now finds no file
        write_whole(plans.check_target(str(path)), data)


def draft(store: Store, order: Order, progress: Progress = SILENT) -> Draft:
    """Return the pages of a document. Raises what the export of this kind raises."""
    libraries.require()
    look = find_template(store, order.template)
    if order.kind == "dossier":
        return _dossiers(store, order, look, progress)
    if order.kind == "letter":
        return Draft(order, data=letters.first_letter(store, order.subject, order.letter, order.language, look))
    assembly = _assembly(store, order, look, progress)
    progress.step(0.6)
    assembly.build(progress)
    progress.step(0.8)
    assembly.make_layers()
    progress.step(0.9)
    return Draft(order, assembly=assembly)


def _assembly(store: Store, order: Order, look: Any, progress: Progress) -> Any:
    today, language, fonts = datetime.date.today(), order.language, plans.fonts()
    if order.kind == "access_plan":
        from fullservice_plugin.plans.print_access import access_assembly

        plan = plans.read_access_plan(store, order.subject, "", language)
        progress.step(0.4)
        return access_assembly(plan, language, fonts, "auto", look)
    if order.kind == "negotiation_report":
        from fullservice_plugin.plans.negotiation_report import negotiations_assembly

        return negotiations_assembly(reports.read_negotiations(store, order.subject, language, today), language, fonts,
                                     look)  # fmt: skip
    if order.kind == "competitor_brief":
        from fullservice_plugin.plans.competition_report import competition_assembly

        return competition_assembly(reports.read_competition(store, order.subject, language, today), language, fonts,
                                    look)  # fmt: skip
    from fullservice_plugin.plans.weekly_report import week_assembly

    return week_assembly(weekly.read_week(store, order.subject, language, today, progress.part(0.1, 0.4)), language,
                         fonts, look)  # fmt: skip


def _dossiers(store: Store, order: Order, look: Any, progress: Progress) -> Draft:
    buildings = handouts.area_buildings(store, order.subject)
    if not buildings:
        raise InputError("There is no building in {area} that your login may see. Give the code of a building, estate, "
                         "grid, micro-region or branch.", area=order.subject or "–")  # fmt: skip
    today = datetime.date.today()
    run = dossiers.DossierRun(store, order.subject, order.language, today, None, False, look)
    data = run.print(buildings[:DOSSIERS], progress.part(0.1, 1.0))
    return Draft(order, data=data, whole=len(buildings) <= DOSSIERS)


def save_dossiers(store: Store, order: Order, path: str, progress: Progress = SILENT) -> Path:
    """Write the dossiers of all buildings of an area, of which the preview shows the first."""
    return dossiers.export_dossier(store, order.subject, order.language, path, template=order.template,
                                   progress=progress)  # fmt: skip


def subjects(store: Store) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the codes of the plans, newest first, and code and name of the areas that this login sees."""
    return queries.plan_codes(store, CHOICES), queries.area_codes(store, CHOICES)
