# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints an access plan: sheets of the overview and of each estate, the document, and both in one file."""

from __future__ import annotations

from typing import Callable, Mapping, Sequence

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import formats, labels, palette
from fullservice_plugin.plans.access_plan import KIND, access_document
from fullservice_plugin.plans.atlas import atlas_scale, atlas_sheets
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.layers import MapLayer, base_layers, building_layer, estate_layer, network_layers
from fullservice_plugin.plans.model import AccessPlan, Shape, texts
from fullservice_plugin.plans.print_template import MAPS, OURS, PrintTemplate
from fullservice_plugin.plans.printing import Assembly
from fullservice_plugin.plans.sheet_forms import Forms, rooms, sheet_forms
from fullservice_plugin.plans.sheet_links import Spot, shown_on, spot
from fullservice_plugin.plans.sheets import FRAMES, Frames, Sheet, plan_sheet


def access_sheets(
    plan: AccessPlan, language: str, sheet_scale: str = "auto", frames: Frames = FRAMES
) -> list[Sheet]:
    """Return the overview (at most 1:1,000) and a sheet (at most 1:500) of each estate where something is built.

    Where nothing is built the overview says so; a plan of one estate always has its sheet. The atlas follows with its
    index: ``sheet_scale`` is auto, none, 500 or 1000. ``frames`` are the map frames by page (millimetres).
    """
    placed = [d for d in plan.decisions if d.geometry is not None]
    everything = [d.geometry for d in placed] + [s.geometry for s in plan.network]
    title = translate("Overview map", language)
    subtitle = f"{plan.name} · {plan.code}"
    overview = plan_sheet("overview", title, subtitle, everything, 1000, frames)
    sheets = [overview] if overview else []
    built = {d.estate for d in placed if d.method != "none"} | {s.estate for s in plan.network}
    for estate in plan.estates:
        if estate.code not in built and len(plan.estates) > 1:
            continue
        geometries = [d.geometry for d in placed if d.estate == estate.code]
        geometries += [s.geometry for s in plan.network if s.estate == estate.code and s.kind != "feeder"]
        name = " ".join(
            part for part in (estate.code, estate.name if estate.name != estate.code else "") if part
        )
        homes = translate("{homes} homes", language, homes=formats.integer(estate.homes))
        cost = formats.money(estate.cost, plan.currency, language)
        sheet = plan_sheet(
            "estate:" + estate.code, name, f"{plan.code} · {homes} · {cost}", geometries, 500, frames
        )
        if sheet:
            sheets.append(sheet)
    scale = atlas_scale(sheet_scale, overview)
    return sheets + atlas_sheets([s.geometry for s in plan.network], scale, subtitle, language, frames)


def access_layers(plan: AccessPlan, language: str) -> list[MapLayer]:
    """Return what the sheets of a plan show, bottom first."""
    buildings = [Shape(d.method, d.geometry, d.name or d.building) for d in plan.decisions]
    estates = [Shape("estate", e.geometry, e.code) for e in plan.estates if e.geometry is not None]
    return [
        *base_layers(plan.base, translate("Other buildings", language)),
        building_layer(buildings, labels.words("method_long", language), palette.METHODS, "methods"),
        estate_layer(estates, translate("Estate", language)),
        *network_layers(plan.network, language),
    ]


def access_assembly(
    plan: AccessPlan, language: str, fonts: FontSet, sheet_scale: str = "auto", look: PrintTemplate = OURS
) -> Assembly:
    """Return the access plan on its way to paper. Raises MissingDependencyError for a character without a glyph."""
    fonts.check(texts(plan))

    def laid_out(sheets: Sequence[Sheet], forms: Forms, shown: Mapping[str, str]) -> Document:
        return access_document(plan, language, fonts, sheets, look, forms, shown)

    return plan_assembly(plan, language, sheet_scale, look, KIND, laid_out)


def plan_assembly(
    plan: AccessPlan, language: str, sheet_scale: str, look: PrintTemplate, kind: str,
    laid_out: Callable[[Sequence[Sheet], Forms, Mapping[str, str]], Document],
) -> Assembly:
    """Return a kind of document about a plan on its way to paper, with the plan's sheets.

    ``laid_out`` makes the document of the sheets, their forms, and the sheet that shows a building or box best.
    """
    forms = sheet_forms(look)
    frames = rooms(forms)
    sheets = access_sheets(plan, language, sheet_scale, frames) if MAPS in look.sections(kind) else []
    spots = access_spots(plan)
    document = laid_out(sheets, forms, shown_on(spots, sheets, frames))
    return Assembly(document, sheets, access_layers(plan, language), plan.sources, spots)


def print_access(
    plan: AccessPlan, language: str, fonts: FontSet, progress: Progress = SILENT, sheet_scale: str = "auto",
    look: PrintTemplate = OURS,
) -> bytes:
    """Return the access plan as one PDF with bookmarks and georeferenced sheets."""
    return access_assembly(plan, language, fonts, sheet_scale, look).run(progress)


def access_spots(plan: AccessPlan) -> list[Spot]:
    """Return the buildings and the boxes of a plan, which its sheets and tables link to each other."""
    found = [spot("building:" + d.building, d.geometry, d.estate) for d in plan.decisions]
    found += [spot("node:" + s.label, s.geometry, s.estate) for s in plan.network if s.label]
    return [one for one in found if one is not None]
