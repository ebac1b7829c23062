# SPDX-License-Identifier: GPL-2.0-or-later
"""The long tables of an access plan: decisions, optical budget, risks, review."""

from __future__ import annotations

from typing import Optional

from fullservice_plugin.plans import formats, labels, palette, sections
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.formats import natural
from fullservice_plugin.plans.model import AccessPlan
from fullservice_plugin.plans.tables import Column, Link, data_table, linked


def decisions(document: Document, plan: AccessPlan) -> None:
    """Append the method of each building with runner-up and reason (landscape)."""
    t, language = document.t, document.language
    document.heading(t("Access method per building"))
    unit = formats.currency_name(plan.currency, language)
    columns = [
        Column(t("Estate"), 1.1),
        Column(t("Building"), 2.2),
        Column(t("Homes"), 0.7, "right"),
        Column(t("Method"), 1.0),
        Column(t("Runner-up"), 1.0),
        Column(t("Cost ({unit})", unit=unit), 1.0, "right"),
        Column(t("Revenue ({unit})", unit=unit), 1.1, "right"),
        Column(t("Runner-up costs more by ({unit})", unit=unit), 1.2, "right"),
        Column(t("Reason"), 4.2),
    ]
    rows, marks = [], []
    ordered = sorted(
        plan.decisions, key=lambda d: (d.estate, d.method == "none", natural(d.name or d.building), d.building)
    )
    for d in ordered:
        reason = d.reason
        if d.locked:
            reason = "{} ({})".format(reason, t("locked"))
        rows.append(
            (
                Link(d.estate, "estate:" + d.estate),
                linked(document, "building:" + d.building, d.name or d.building, anchored=True),
                formats.integer(d.households),
                labels.label("method_short", d.method, language),
                labels.label("method_short", d.runner_up, language) if d.runner_up else formats.NONE,
                formats.integer(d.cost),
                formats.integer(d.revenue),
                formats.integer(d.cost_delta),
                reason,
            )
        )
        marks.append(palette.METHODS.get(d.method))
    document.add(*data_table(document, columns, rows, width=document.wide, marks=marks))


def optics(document: Document, plan: AccessPlan) -> None:
    """Append the optical loss of every drop, worst first."""
    t = document.t
    if not plan.paths:
        return
    document.heading(t("Optical budget, worst first"))
    limit = plan.loss_budget_db
    if limit is not None:
        document.text(
            t("Budget {limit} dB from the OLT to the subscriber.", limit=formats.decimal(limit, 1)),
            8.2,
            palette.MUTED,
        )
    columns = [
        Column(t("Estate"), 1.3),
        Column(t("Building"), 2.8),
        Column(t("Box"), 1.5),
        Column(t("Drop (m)"), 0.9, "right"),
        Column(t("Fibres"), 0.8, "right"),
        Column(t("Loss (dB)"), 0.9, "right"),
        Column(t("Reserve (dB)"), 0.9, "right"),
    ]
    rows, marks = [], []
    ranked = sorted(
        plan.paths, key=lambda p: (-(p.loss_db if p.loss_db is not None else -1.0), p.building, p.node)
    )
    for path in ranked:
        reserve = limit - path.loss_db if limit is not None and path.loss_db is not None else None
        rows.append(
            (
                path.estate,
                linked(document, "building:" + path.code, path.building),
                linked(document, "node:" + path.node, path.node),
                formats.decimal(path.length_m, 1),
                formats.integer(path.fibres),
                formats.decimal(path.loss_db, 2),
                formats.decimal(reserve, 2),
            )
        )
        marks.append(palette.WARN if reserve is not None and reserve < 0 else None)
    document.add(*data_table(document, columns, rows, marks=marks))
    document.space(14)


def risks(document: Document, plan: AccessPlan) -> None:
    """Append what may stop the plan."""
    t, language = document.t, document.language
    if not plan.risks:
        return
    document.heading(t("Risks"))
    columns = [
        Column(t("Risk"), 1.5),
        Column(t("Estate"), 1.4),
        Column(t("Building"), 1.8),
        Column(t("Detail"), 2.7),
        Column(t("Owner"), 1.4),
        Column(t("Date"), 1.0),
    ]
    rows, marks = [], []
    for risk in plan.risks:
        stage = labels.label("negotiation_stage", risk.stage, language) if risk.stage else ""
        detail = " · ".join(part for part in (stage, risk.detail) if part)
        rows.append(
            (
                labels.label("risk", risk.kind, language),
                risk.estate,
                risk.building,
                detail,
                risk.owner,
                formats.day(risk.due),
            )
        )
        marks.append(_risk_colour(risk.kind))
    document.add(*data_table(document, columns, rows, marks=marks))
    document.space(14)


def _risk_colour(kind: str) -> Optional[str]:
    return palette.WARN if kind in ("negotiation_refused", "rival_exclusive") else palette.METHODS["wlan"]


def reviews(document: Document, plan: AccessPlan) -> None:
    """Append the steps of the review and the signature block."""
    t, language = document.t, document.language
    document.heading(t("Review and signatures"), 190)
    if plan.reviews:
        columns = [
            Column(t("Estate"), 1.5),
            Column(t("Date"), 1.0),
            Column(t("By"), 1.3),
            Column(t("Decision"), 1.1),
            Column(t("Comment"), 4.0),
        ]
        rows = [
            (
                r.estate,
                formats.day(r.at),
                r.by,
                labels.label("review_decision", r.decision, language),
                r.comment,
            )
            for r in plan.reviews
        ]
        document.add(*data_table(document, columns, rows))
        document.space(10)
    sections.signatures(
        document, (t("Designed by"), t("Reviewed by"), t("Approved by")), (plan.author, "", plan.approver)
    )
    document.space(14)
