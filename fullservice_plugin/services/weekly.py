# SPDX-License-Identifier: GPL-2.0-or-later
"""The weekly report of an area's grids: read, print, write whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Optional

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import translate
from fullservice_plugin.services.beside import write_both
from fullservice_plugin.services.plans import check_target, invented, read_sources
from fullservice_plugin.services.plans import fonts as find_fonts
from fullservice_plugin.services.talk_queue import negotiation_queue
from fullservice_plugin.services.templates import find_template
from fullservice_plugin.store import plans as areas
from fullservice_plugin.store import weekly as ask
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.talk_queue import area_filter

DAYS = 7
STEPS = 120
FIRST = 15
"""So many estates of the queue are printed."""


@dataclass(frozen=True)
class WeeklyReport:
    """A week of an area, both days included; rows as the store tells them."""

    area: str
    first: date
    on: date
    grids: tuple[dict[str, Any], ...] = ()
    steps: tuple[dict[str, Any], ...] = ()
    designs: tuple[dict[str, Any], ...] = ()
    rivals: tuple[dict[str, Any], ...] = ()
    queue: tuple[tuple[str, str, str], ...] = ()  # place, owner, reason
    sources: tuple[Any, ...] = ()
    made: bool = False

    def total(self, name: str) -> int:
        """Sum of a column over the grids."""
        return sum(int(row[name] or 0) for row in self.grids)


def export_weekly(
    store: Store,
    area: str,
    language: str,
    output: str,
    *,
    on: Optional[date] = None,
    workbook: str = "",
    template: str = "",
    progress: Progress = SILENT,
) -> Path:
    """Write the report of the seven days up to ``on`` (today) as PDF and return its path.

    ``workbook``: path of an XLSX with the same numbers, empty for none. ``template``: file of a print template.
    """
    path = check_target(output)
    look = find_template(store, template)
    report = read_week(store, area, language, on or date.today(), progress.part(0.0, 0.5))
    from fullservice_plugin.plans.weekly_report import week_assembly

    return write_both(path, week_assembly(report, language, find_fonts(), look), workbook, progress.part(0.5, 0.95))


def read_week(store: Store, area: str, language: str, on: date, progress: Progress = SILENT) -> WeeklyReport:
    """Return what the weekly report prints. InputError where the area is unknown to this login."""
    name = areas.area_name(store, area) if area else translate("All areas of this login", language)
    if name is None:
        raise InputError("There is no estate, grid, micro-region or branch {area} that your login may see.", area=area)
    first = on - timedelta(days=DAYS - 1)
    with store.transaction() as cur:
        where, values = area_filter(cur, area)
        grids = ask.grids(cur, where, values, first, on)
        steps = ask.steps(cur, where, values, first, on, STEPS)
        designs = ask.designs(cur, where, values, first, on)
        rivals = ask.rivals(cur, where, values, first, on)
    progress.step(0.4)
    queue = negotiation_queue(store, area, on=on)[:FIRST]
    sources = read_sources(store)
    return WeeklyReport(
        f"{area} {name}" if area and area != name else name, first, on, tuple(grids), tuple(steps), tuple(designs),
        tuple(rivals), tuple((entry.name or entry.code, entry.owner, entry.reason(language)) for entry in queue
                             if entry.per_day > 0),
        tuple(sources), invented(sources))
