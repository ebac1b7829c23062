# SPDX-License-Identifier: GPL-2.0-or-later
"""Money over the whole range: the curve of cost and benefit with its bound, and the phases of construction."""

from __future__ import annotations

from fullservice_plugin.plans import formats
from fullservice_plugin.plans.charts import Curve
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.model import AccessPlan
from fullservice_plugin.plans.tables import Column, data_table

_ROOM = 240.0  # points: heading and chart stay on one page


def frontier(document: Document, plan: AccessPlan) -> None:
    """Add the curve: what more or less money would bring."""
    if len(plan.frontier) < 2 or plan.cost is None or plan.benefit is None:
        return
    t, language = document.t, document.language
    unit = formats.currency_name(plan.currency, language)
    document.heading(t("What more or less money would bring"), _ROOM)
    document.add(
        Curve(
            document.fonts,
            document.width,
            [(point.cost, point.benefit, point.upper_bound) for point in plan.frontier],
            (plan.cost, plan.benefit),
            (
                t("Cost ({unit})", unit=unit),
                t("Benefit ({unit})", unit=unit),
                t("Designed plans"),
                t("Proven: no plan of that cost brings more"),
            ),
            formats.integer,
        )
    )
    columns = [
        Column(t("Cost ({unit})", unit=unit), 1.2, "right"),
        Column(t("Homes passed"), 1.0, "right"),
        Column(t("Benefit ({unit})", unit=unit), 1.2, "right"),
        Column(t("Upper bound ({unit})", unit=unit), 1.2, "right"),
    ]
    rows = [
        tuple(
            formats.integer(value) for value in (round(p.cost), p.homes, round(p.benefit), round(p.upper_bound))
        )
        for p in plan.frontier
    ]
    document.add(*data_table(document, columns, rows))
    document.space(14)


def phases(document: Document, plan: AccessPlan) -> None:
    """Add the table of phases."""
    if not plan.phases:
        return
    t, language = document.t, document.language
    unit = formats.currency_name(plan.currency, language)
    document.heading(t("Phases"))
    document.text(t("Every way is dug once, in the first phase that needs it, with the cables of all phases."), 8.2)
    columns = [
        Column(t("Phase"), 0.6, "right"),
        Column(t("Budget ({unit})", unit=unit), 1.3, "right"),
        Column(t("Cost ({unit})", unit=unit), 1.3, "right"),
        Column(t("Buildings"), 0.8, "right"),
        Column(t("Homes passed"), 0.9, "right"),
        Column(t("Trench (m)"), 1.0, "right"),
    ]
    rows = [
        (
            str(phase.number),
            formats.decimal(phase.budget, 2),
            formats.decimal(phase.cost, 2),
            formats.integer(phase.buildings),
            formats.integer(phase.homes),
            formats.integer(round(phase.trench_m)),
        )
        for phase in plan.phases
    ]
    totals = [
        (
            t("Total"),
            "",
            formats.decimal(sum(phase.cost for phase in plan.phases), 2),
            formats.integer(sum(phase.buildings for phase in plan.phases)),
            formats.integer(sum(phase.homes for phase in plan.phases)),
            formats.integer(round(sum(phase.trench_m for phase in plan.phases))),
        )
    ]
    document.add(*data_table(document, columns, rows, totals))
    document.space(14)
