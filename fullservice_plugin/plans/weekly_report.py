# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of the weekly report: the week in figures, by grid, what moved, whom to talk to first."""

from __future__ import annotations

from typing import Any

from fullservice_plugin.i18n import listed, translate
from fullservice_plugin.plans import formats, labels, palette, sections
from fullservice_plugin.plans.charts import Bars
from fullservice_plugin.plans.compose import compose
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.model import texts
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.printing import Assembly
from fullservice_plugin.plans.tables import Column, cards, data_table


def week_assembly(report: Any, language: str, fonts: FontSet, look: PrintTemplate = OURS) -> Assembly:
    """Return the report on its way to paper. Raises MissingDependencyError for a character without a glyph."""
    fonts.check(texts(report))
    return Assembly(_document(report, language, fonts, look), [], [], report.sources)


def _document(report: Any, language: str, fonts: FontSet, look: PrintTemplate) -> Document:
    title, code = translate("Weekly report", language), translate("Week", language)
    document = Document(sections.report_block(report, title, code, language, look), fonts, look)
    compose(document, "weekly_report", report, {
        "cover": ("", _cover),
        "grids": ("landscape", _grids),
        "steps": ("landscape", _steps),
        "queue": ("portrait", _queue),
        "designs": ("portrait", _designs),
        "rivals": ("portrait", _rivals),
        "sources": ("portrait", lambda document, report: sections.sources(document, report.sources)),
    })  # fmt: skip
    return document


def _cover(document: Document, report: Any) -> None:
    t = document.t
    sections.banner(document, t("Weekly report"), report.area, report.made)
    document.text(t("{first} to {last}, both days included", first=formats.day(report.first),
                    last=formats.day(report.on)), 9.5, palette.MUTED)
    homes = report.total("unlocked")
    approved = sum(1 for row in report.designs if row["state"] == "approved")
    document.add(cards(document, [
        (t("Newly granted"), formats.integer(report.total("granted")), t("buildings")),
        (t("Households unlocked"), formats.integer(homes), t("known households")),
        (t("Steps of talks"), formats.integer(report.total("steps")), t("{count} contacts",
                                                                        count=formats.integer(report.total("contacts")))),
        (t("Refused or blocked"), formats.integer(report.total("lost")), t("buildings")),
        (t("Designs approved"), formats.integer(approved), t("{count} made or changed", count=len(report.designs))),
        (t("Rivals observed"), formats.integer(report.total("observed")), t("observations")),
    ]))
    document.space(12)
    moving = [row for row in report.grids if row["steps"]]
    if moving:
        document.subheading(t("Steps of talks by grid"))
        top = sorted(moving, key=lambda row: -row["steps"])[:20]
        document.add(Bars(document.fonts, document.width, [
            (row["name"] or row["code"] or t("Outside every grid"), float(row["steps"]), formats.integer(row["steps"]),
             palette.STAGES["negotiating"]) for row in top]))
    else:
        document.text(t("No talk moved this week."), colour=palette.MUTED)
    document.space(14)
    document.contents()


def _grids(document: Document, report: Any) -> None:
    t = document.t
    document.heading(t("Grids"))
    right = ("Estates", "Buildings", "Households", "Signed", "Covered", "Newly granted", "Steps", "Contacts", "Lost",
             "Observations", "Due in 7 days")
    columns = [Column(t("Grid"), 1.6), *(Column(t(name), 0.9, "right") for name in right)]
    rows = []
    for row in report.grids:
        homes = row["households"]
        share = float(row["covered"] or 0) / float(homes) if homes else None
        known = formats.integer(homes)
        if row["unknown"] and homes is not None:
            known = formats.Figure(f"{known} (+{row['unknown']}?)", homes, "whole")
        rows.append((row["name"] or row["code"] or t("Outside every grid"), formats.integer(row["estates"]),
                     formats.integer(row["buildings"]), known, formats.integer(row["signed"]),
                     formats.percent(share, 0, document.language), formats.integer(row["granted"]),
                     formats.integer(row["steps"]),
                     formats.integer(row["contacts"]), formats.integer(row["lost"]), formats.integer(row["observed"]),
                     formats.integer(row["due"])))
    document.add(*data_table(document, columns, rows, width=document.wide))
    document.text(t("(+n?): buildings whose households nobody knows; they are not counted as zero."), 8.0,
                  palette.MUTED)
    document.space(8)


def _steps(document: Document, report: Any) -> None:
    t, language = document.t, document.language
    if not report.steps:
        return
    document.heading(t("What moved"))
    columns = [Column(t("Day"), 0.9), Column(t("Estate"), 2.0), Column(t("From stage"), 1.3),
               Column(t("To stage"), 1.3),
               Column(t("Buildings"), 0.8, "right"), Column(t("Taken by"), 1.1), Column(t("Note"), 2.4)]
    rows = [(formats.day(row["day"]), row["place"], labels.label("negotiation_stage", row["before"], language),
             labels.label("negotiation_stage", row["after"], language), formats.integer(row["buildings"]), row["who"],
             row["reason"] or "") for row in report.steps]
    document.add(*data_table(document, columns, rows, width=document.wide))


def _queue(document: Document, report: Any) -> None:
    t = document.t
    document.heading(t("Whom to talk to first"))
    if not report.queue:
        document.text(t("Nothing that pays is left to negotiate here."), colour=palette.MUTED)
        return
    columns = [Column(t("Estate"), 1.4), Column(t("Owner"), 0.9), Column(t("Why"), 5.0)]
    document.add(*data_table(document, columns, list(report.queue), width=document.width))
    document.space(8)


def _designs(document: Document, report: Any) -> None:
    t, language = document.t, document.language
    if not report.designs:
        return
    document.heading(t("Designs of the week"))
    columns = [Column(t("Estate"), 2.0), Column(t("Version"), 0.6, "right"), Column(t("State"), 1.0),
               Column(t("Cost"), 1.1, "right"), Column(t("Homes"), 0.7, "right"), Column(t("Author"), 1.0),
               Column(t("Approver"), 1.0)]
    rows = [(row["place"], formats.integer(row["version_no"]), labels.label("design_state", row["state"], language),
             formats.money(row["cost"], row["currency"] or "", language), formats.integer(row["homes"]),
             row["author"] or formats.NONE, row["approver"] or formats.NONE) for row in report.designs]
    document.add(*data_table(document, columns, rows, width=document.width))
    document.space(8)


def _rivals(document: Document, report: Any) -> None:
    t, language = document.t, document.language
    if not report.rivals:
        return
    document.heading(t("Rivals seen this week"))
    columns = [Column(t("Operator"), 1.2), Column(t("Estate"), 2.0), Column(t("What was seen"), 3.0),
               Column(t("Observations"), 0.9, "right")]
    rows = [(row["operator"], row["place"],
             listed((labels.label("intel_field", name, language) for name in row["fields"]), language),
             formats.integer(row["number"])) for row in report.rivals]
    document.add(*data_table(document, columns, rows, width=document.width))
    document.space(8)
