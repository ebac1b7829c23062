# SPDX-License-Identifier: GPL-2.0-or-later
"""Dossiers of buildings for their property managers: read, printed and written whole or not at all."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator, Optional, Sequence

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr, translate
from fullservice_plugin.plans import formats
from fullservice_plugin.plans.letter_templates import template as letter_template
from fullservice_plugin.plans.print_template import PrintTemplate
from fullservice_plugin.services.beside import words, write_workbook
from fullservice_plugin.services.plans import check_target, invented, read_sources, require_plan
from fullservice_plugin.services.plans import fonts as find_fonts
from fullservice_plugin.services.templates import find_template
from fullservice_plugin.store import handouts as queries
from fullservice_plugin.store.connection import Store

BATCH = 25  # buildings read at once
FORMAT = 2  # of the pages: a change of their look changes the hash of their content


def export_dossier(
    store: Store,
    area: str,
    language: str,
    output: str,
    *,
    plan_id: str = "",
    named: bool = False,
    on: Optional[datetime.date] = None,
    templates: str = "",
    template: str = "",
    workbook: str = "",
    progress: Progress = SILENT,
) -> Path:
    """Write the dossiers of an area's buildings (an estate, a territory, one building; '' for all) as one PDF.

    Of each building the newest design counts, or that of the plan ``plan_id`` (code or uuid). ``named``: contacts by
    name where the role may read them; every look is written down. Raises InputError where the area holds no building
    that this login sees, OutputError where the file cannot be written; then nothing is left. ``workbook``: path of an
    XLSX with a row per building and per package, empty for none. ``template``: file of a print template.
    """
    path = check_target(output)
    buildings = queries.area_buildings(store, area)
    if not buildings:
        raise InputError("There is no building in {area} that your login may see. Give the code of a building, estate, "
                         "grid, micro-region or branch.", area=area or tr("the store"))  # fmt: skip
    plan = str(require_plan(store, plan_id)["id"]) if plan_id else None
    look = find_template(store, template, templates)
    run = DossierRun(store, area, language, on or datetime.date.today(), plan, named, look)
    progress.step(0.05)
    data = run.print(buildings, progress.part(0.05, 0.97))
    from fullservice_plugin.plans.merge import write_whole

    write_whole(path, data)
    if workbook:
        write_workbook(workbook, run.workbook(buildings), progress)
    progress.step(1.0)
    return path


class DossierRun:
    """Reads and prints the dossiers of one run."""

    def __init__(
        self,
        store: Store,
        area: str,
        language: str,
        on: datetime.date,
        plan: Optional[str],
        named: bool,
        look: PrintTemplate,
    ) -> None:
        from fullservice_plugin.plans.dossier import MAP
        from fullservice_plugin.plans.dossier_workbook import DossierTable
        from fullservice_plugin.plans.printing import attribution
        from fullservice_plugin.services.dossier_facts import Order, Reader

        sources = read_sources(store)
        self.store, self.area = store, area
        self.template, self.look = letter_template("proposal", language, look.letters, look.source), look
        self.fonts, self.made = find_fonts(), invented(sources)
        self.order = Order(
            language, on, plan, MAP, attribution(sources), named, f"dossier of {area or 'all buildings'}"
        )
        self.reader = Reader(store, self.order, look)
        self.photos: dict[str, str] = {}  # hash → id of the attachment
        self.digest, self.designed = hashlib.sha256(b"%d" % FORMAT), 0
        self.last: Any = None
        self.table = DossierTable(words(language))

    def print(self, buildings: Sequence[str], progress: Progress) -> bytes:
        """Return the PDF; buildings are read batch by batch, so that memory never holds more than one."""
        from fullservice_plugin.plans.dossier import print_dossiers, title_block

        language, code = self.order.language, self.area
        title = translate("Dossiers of {count} buildings", language, count=len(buildings))
        block = title_block(title, code, self.reader.operator, self.order.on, "", language)
        data = print_dossiers(
            self.dossiers(buildings, progress), block, self.fonts, lambda dossier: self.photo(dossier, progress),
            lambda: self.properties(block, len(buildings)), progress, self.look,
        )  # fmt: skip
        if self.designed < len(buildings):
            progress.warn(tr("{count} of {total} buildings have no design that connects them: their dossier says so "
                             "and has no letter.", count=len(buildings) - self.designed,
                             total=len(buildings)))  # fmt: skip
        return data

    def workbook(self, buildings: Sequence[str]) -> bytes:
        """Return the numbers of the dossiers that were printed, as XLSX."""
        language = self.order.language
        title = translate("Dossiers of {count} buildings", language, count=len(buildings))
        notes = [translate("As of {day}", language, day=formats.day(self.order.on))]
        return self.table.workbook(title, notes)

    def properties(self, block: Any, count: int) -> Any:
        """Return the properties of the file; those of a single building name it."""
        one = {"title": self.last.title, "subject": self.last.title, "code": self.last.code} if count == 1 else {}
        return replace(block, author=self.last.operator, content_hash=self.digest.hexdigest(), **one)

    def dossiers(self, buildings: Sequence[str], progress: Progress) -> Iterator[Any]:
        """Yield the dossiers in order, and count and hash what they say."""
        from fullservice_plugin.plans.model import content_hash
        from fullservice_plugin.services.dossier_facts import dossier

        for start in range(0, len(buildings), BATCH):
            found = self.reader.read(buildings[start : start + BATCH])
            for number, known in enumerate(found):
                progress.step((start + number) / len(buildings))
                if known.photo:
                    self.photos[known.photo["sha256"] or ""] = known.photo["id"]
                self.last = dossier(known, self.order, self.template, look=self.look, made=self.made)
                self.designed += self.last.letter is not None
                self.digest.update(bytes.fromhex(content_hash(self.look.stamped(self.last), self.last.language)))
                self.table.add(self.last)
                yield self.last

    def photo(self, dossier: Any, progress: Progress) -> bytes:
        """Return the photo of a building as a small JPEG, nothing where it is missing or damaged, which is told."""
        from fullservice_plugin.plans.photo import shrunk

        if not dossier.photo:
            return b""
        try:
            return shrunk(queries.content(self.store, self.photos[dossier.photo]))
        except ValueError as error:
            progress.warn(tr("{building}: the photo cannot be used ({reason}). A drawing stands in its place.",
                             building=dossier.code, reason=str(error)))  # fmt: skip
            return b""
