# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of a negotiation report: stages, estates at a glance, each talk with its next step, agreements."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from typing import Sequence

from fullservice_plugin.core.negotiation.outlook import GRANTED, REFUSED
from fullservice_plugin.core.negotiation.sla import EXPIRING_DAYS, OPEN
from fullservice_plugin.i18n import headed, listed, translate
from fullservice_plugin.plans import formats, labels, palette, sections, talk_figures
from fullservice_plugin.plans.charts import Bars
from fullservice_plugin.plans.compose import compose
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.layers import base_layers, building_layer
from fullservice_plugin.plans.model import NegotiationReport, Shape, Talk, texts
from fullservice_plugin.plans.print_template import MAPS, OURS, PrintTemplate
from fullservice_plugin.plans.printing import Assembly, add_sheets
from fullservice_plugin.plans.sheet_forms import Forms, rooms, sheet_forms
from fullservice_plugin.plans.sheets import Sheet, plan_sheet
from fullservice_plugin.plans.tables import Column, cards, data_table

KIND = "negotiation_report"
UNTOUCHED = "no_talk"


def negotiations_assembly(
    report: NegotiationReport, language: str, fonts: FontSet, look: PrintTemplate = OURS
) -> Assembly:
    """Return the report on its way to paper. Raises MissingDependencyError for a character without a glyph."""
    fonts.check(texts(report))
    forms = sheet_forms(look)
    title = translate("Map of negotiations", language)
    shapes = [
        *_worst(report.talks),
        *(Shape(UNTOUCHED, s.geometry, s.label, s.estate) for s in report.untouched),
    ]
    sheet = plan_sheet("map", title, report.area, [s.geometry for s in shapes], 1000, rooms(forms))
    sheets = [sheet] if sheet and MAPS in look.sections(KIND) else []
    words = {**labels.words("negotiation_stage", language), UNTOUCHED: translate("No talk yet", language)}
    layers = [
        *base_layers(report.base, translate("Other buildings", language)),
        building_layer(shapes, words, palette.STAGES, "stages"),
    ]
    return Assembly(_document(report, language, fonts, sheets, look, forms), sheets, layers, report.sources)


def _worst(talks: Sequence[Talk]) -> list[Shape]:
    """Return one shape per building, in the stage of its least advanced talk."""
    order = {stage: rank for rank, stage in enumerate((*REFUSED, *OPEN, "renewing", *GRANTED))}
    found: dict[tuple[str, str], Talk] = {}
    for talk in talks:
        key = (talk.estate, talk.code)
        if talk.geometry is not None and (
            key not in found or order.get(talk.stage, 99) < order.get(found[key].stage, 99)
        ):
            found[key] = talk
    return [Shape(talk.stage, talk.geometry, talk.building, talk.estate, talk.code) for talk in found.values()]


def _document(
    report: NegotiationReport, language: str, fonts: FontSet, sheets: Sequence[Sheet], look: PrintTemplate, forms: Forms
) -> Document:
    title, code = translate("Negotiation report", language), translate("Negotiations", language)
    document = Document(sections.report_block(report, title, code, language, look), fonts, look)
    compose(document, KIND, report, {
        "cover": ("", _cover),
        "maps": ("", lambda document, report: add_sheets(document, sheets, forms)),
        "estates": ("portrait", _glance),
        "agreements": ("portrait", _agreements),
        "figures": ("portrait", _figures),
        "talks": ("landscape", _talks),
        "sources": ("portrait", lambda document, report: sections.sources(document, report.sources)),
    })  # fmt: skip
    return document


def _overdue(talk: Talk, on: datetime.date) -> bool:
    return talk.due is not None and talk.due < on and talk.stage in (*OPEN, "refused")


def _cover(document: Document, report: NegotiationReport) -> None:
    t, language = document.t, document.language
    sections.banner(document, t("Negotiation report"), report.area, report.made)
    buildings = {(talk.estate, talk.code) for talk in report.talks}
    worst = _states(report.talks)
    signed = [key for key, stage in worst.items() if stage in GRANTED]
    households = sum(
        h or 0
        for h in {
            (k.estate, k.code): k.households for k in report.talks if (k.estate, k.code) in signed
        }.values()
    )
    all_buildings = len(buildings) + len(report.untouched)
    share = len(signed) / all_buildings if all_buildings else None
    late = [talk for talk in report.talks if _overdue(talk, report.on)]
    ending = [
        a for a in report.agreements if a.valid_to and 0 <= (a.valid_to - report.on).days <= EXPIRING_DAYS
    ]
    refused = sum(1 for stage in worst.values() if stage in REFUSED)
    document.add(
        cards(
            document,
            [
                (
                    t("Buildings with a talk"),
                    formats.integer(len(buildings)),
                    t("of {count} buildings", count=formats.integer(all_buildings)),
                ),
                (
                    t("Entry granted"),
                    formats.percent(share, 1, document.language),
                    t("{count} buildings", count=formats.integer(len(signed))),
                ),
                (t("Homes with entry"), formats.integer(households), t("known households")),
                (t("Refused or blocked"), formats.integer(refused), t("buildings")),
                (t("Overdue steps"), formats.integer(len(late)), t("as of {day}", day=formats.day(report.on))),
                (
                    t("Agreements ending"),
                    formats.integer(len(ending)),
                    t("within {days} days", days=EXPIRING_DAYS),
                ),
            ],
        )
    )
    document.space(12)
    document.subheading(t("Talks by stage"))
    counts = Counter(talk.stage for talk in report.talks)
    rows = [
        (
            labels.label("negotiation_stage", stage, language),
            float(counts[stage]),
            formats.integer(counts[stage]),
            palette.STAGES[stage],
        )
        for stage in labels.codes("negotiation_stage")
        if counts[stage]
    ]
    if rows:
        document.add(Bars(document.fonts, document.width, rows))
    else:
        document.text(t("No talk has been recorded in this area."), colour=palette.MUTED)
    document.space(14)
    document.contents()


def _states(talks: Sequence[Talk]) -> dict[tuple[str, str], str]:
    order = {stage: rank for rank, stage in enumerate((*REFUSED, *OPEN, *GRANTED))}
    found: dict[tuple[str, str], str] = {}
    for talk in talks:
        key = (talk.estate, talk.code)
        if key not in found or order.get(talk.stage, 99) < order.get(found[key], 99):
            found[key] = talk.stage
    return found


def _glance(document: Document, report: NegotiationReport) -> None:
    t = document.t
    document.heading(t("Estates at a glance"))
    columns = [
        Column(t("Estate"), 1.1),
        Column(t("Name"), 2.4),
        Column(t("Buildings"), 0.9, "right"),
        Column(t("Granted"), 0.9, "right"),
        Column(t("In talks"), 0.9, "right"),
        Column(t("Refused"), 0.9, "right"),
        Column(t("No talk"), 0.9, "right"),
        Column(t("Overdue"), 0.9, "right"),
    ]
    worst = _states(report.talks)
    names = {**{talk.estate: talk.estate_name for talk in report.talks}, **dict(report.estates)}
    untouched = Counter(shape.estate for shape in report.untouched)
    late = Counter(talk.estate for talk in report.talks if _overdue(talk, report.on))
    rows = []
    sums = [0] * 6
    for estate in sorted(set(names) | set(untouched), key=lambda code: (code == "", code)):
        stages = [stage for (place, _), stage in worst.items() if place == estate]
        granted = sum(1 for stage in stages if stage in GRANTED)
        refused = sum(1 for stage in stages if stage in REFUSED)
        figures = [
            len(stages) + untouched[estate],
            granted,
            len(stages) - granted - refused,
            refused,
            untouched[estate],
            late[estate],
        ]
        sums = [a + b for a, b in zip(sums, figures)]
        rows.append(
            (
                estate or formats.NONE,
                names.get(estate) or t("Without estate") if not estate else names.get(estate, ""),
                *map(formats.integer, figures),
            )
        )
    document.add(*data_table(document, columns, rows, [(t("Total"), "", *map(formats.integer, sums))]))
    document.space(14)


def _figures(document: Document, report: NegotiationReport) -> None:
    if report.measures:
        talk_figures.figures(document, report.measures)


def _agreements(document: Document, report: NegotiationReport) -> None:
    t, language = document.t, document.language
    document.heading(t("Agreements by their end"))
    columns = [
        Column(t("Number"), 1.5),
        Column(t("Type"), 1.0),
        Column(t("Estate"), 1.4),
        Column(t("Party"), 1.9),
        Column(t("Buildings"), 0.8, "right"),
        Column(t("From"), 1.0),
        Column(t("To"), 1.0),
        Column(t("Days left"), 0.8, "right"),
    ]
    rows, marks = [], []
    for a in report.agreements:
        left = (a.valid_to - report.on).days if a.valid_to else None
        rows.append(
            (
                a.number or formats.NONE,
                labels.label("agreement_type", a.kind, language),
                a.estate,
                a.party,
                formats.integer(a.buildings),
                formats.day(a.valid_from),
                formats.day(a.valid_to),
                formats.integer(left),
            )
        )
        marks.append(palette.WARN if left is not None and left <= EXPIRING_DAYS else None)
    document.add(*data_table(document, columns, rows, marks=marks))
    document.space(14)


def _talks(document: Document, report: NegotiationReport) -> None:
    t, language = document.t, document.language
    document.heading(t("Talks and next steps"))
    columns = [
        Column(t("Buildings"), 2.6),
        Column(t("Party"), 1.7),
        Column(t("Stage"), 1.4),
        Column(t("Since"), 0.9),
        Column(t("Owner"), 0.9),
        Column(t("Next action"), 2.4),
        Column(t("Due"), 0.9),
        Column(t("Flags"), 1.3),
    ]
    estates: dict[str, list[Talk]] = defaultdict(list)
    for talk in report.talks:
        estates[talk.estate].append(talk)
    if not estates:
        document.text(t("None."), 8.4, palette.MUTED)
    for estate in sorted(estates, key=lambda code: (code == "", code)):
        talks = estates[estate]
        name = talks[0].estate_name if estate else t("Without estate")
        document.subheading("{} {}".format(estate, name if name != estate else "").strip(), 90)
        grouped: dict[tuple[object, ...], list[Talk]] = defaultdict(list)
        for talk in talks:
            flags = (("overdue",) if _overdue(talk, report.on) else ()) + talk.flags
            grouped[(talk.party, talk.stage, talk.since, talk.owner, talk.next_action, talk.due, flags)].append(
                talk
            )
        rows, marks = [], []
        for (party, stage, since, owner, action, due, flags), same in grouped.items():
            names = listed((talk.building for talk in same), language)
            if len(same) > 1:
                names = headed(t("{count} buildings", count=len(same)), names, language)
            words = listed((labels.label("flag", flag, language) for flag in flags), language)
            rows.append(
                (
                    names,
                    party,
                    labels.label("negotiation_stage", stage, language),
                    formats.day(since),
                    owner,
                    action,
                    formats.day(due),
                    words,
                )
            )
            marks.append(palette.STAGES.get(stage))
        document.add(*data_table(document, columns, rows, width=document.wide, marks=marks))
        document.space(8)
