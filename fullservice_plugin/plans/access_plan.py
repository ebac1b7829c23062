# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of an access plan: cover with key figures, tables, risks, review block and licences."""

from __future__ import annotations

from dataclasses import replace
from typing import Mapping, Optional, Sequence

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import (
    access_tables,
    floor_plans,
    formats,
    labels,
    palette,
    plan_money,
    printing,
    schematics,
    sections,
)
from fullservice_plugin.plans.access_bill import bills
from fullservice_plugin.plans.charts import Stack
from fullservice_plugin.plans.compose import compose
from fullservice_plugin.plans.document import Document, TitleBlock
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.model import AccessPlan, content_hash
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.sheet_forms import Forms, sheet_forms
from fullservice_plugin.plans.sheets import Sheet
from fullservice_plugin.plans.tables import Column, Link, cards, data_table, facts

KIND = "access_plan"


def access_document(
    plan: AccessPlan, language: str, fonts: FontSet, sheets: Sequence[Sheet], look: PrintTemplate = OURS,
    forms: Optional[Forms] = None, shown: Optional[Mapping[str, str]] = None,
) -> Document:
    """Return the document of a plan with its map sheets, overview first.

    ``shown``: key of a building or box → sheet that shows it best, which its row then leads to.
    """
    block = TitleBlock(
        title="{} · {}".format(translate("Access plan", language), plan.name),
        subject=translate("Access plan", language),
        code=plan.code,
        version=plan.version,
        author=plan.author,
        date=plan.created,
        content_hash=content_hash(look.stamped(plan), language),
        language=language,
        made=plan.made,
        name=plan.name,
    )
    document = plan_document(block, fonts, look, sheets, shown or {})
    compose(document, KIND, plan, {
        "cover": ("", _cover),
        "maps": ("", lambda document, plan: plan_maps(document, plan, sheets, forms or sheet_forms(look))),
        "estates": ("portrait", _estates),
        "cost": ("portrait", _components),
        "frontier": ("portrait", plan_money.frontier),
        "phases": ("portrait", plan_money.phases),
        "bills": ("portrait", _bills),
        "decisions": ("landscape", access_tables.decisions),
        "splitters": ("portrait", schematics.splitters),
        "risers": ("portrait", schematics.risers),
        "floors": ("portrait", lambda document, plan: floor_plans.floor_plans(document, plan.floors)),
        "optics": ("portrait", access_tables.optics),
        "risks": ("portrait", access_tables.risks),
        "reviews": ("portrait", access_tables.reviews),
        "sources": ("portrait", lambda document, plan: sections.sources(document, plan.sources)),
    })  # fmt: skip
    return document


def plan_document(
    block: TitleBlock, fonts: FontSet, look: PrintTemplate, sheets: Sequence[Sheet], shown: Mapping[str, str]
) -> Document:
    """Return the empty document of a plan or of a part of one; its tables may lead to ``sheets`` by ``shown``."""
    document = Document(block, fonts, look)
    document.shown.update(shown)
    document.reserve(sheet.key for sheet in sheets)
    return document


def plan_maps(document: Document, plan: AccessPlan, sheets: Sequence[Sheet], forms: Forms) -> None:
    """Append the sheets: overview and index stand in the outline's first level, the others under them."""
    titles = replace(
        printing.titles_of(document), state=labels.design_state(plan.state, document.language), approved=plan.approver,
        approved_on=formats.day(plan.approved_at),
    )  # fmt: skip
    printing.add_sheets(document, sheets, forms, titles,
                        lambda index, sheet: 0 if index == 0 or sheet.key == "index" else 1)  # fmt: skip


def _cover(document: Document, plan: AccessPlan) -> None:
    t, language = document.t, document.language
    sections.banner(document, t("Access plan"), plan.name, plan.made)
    money = formats.money(plan.cost, plan.currency, language)
    homes = plan.homes_passed
    served = sum(count for method, (count, _) in plan.methods().items() if method != "none")
    document.add(
        cards(
            document,
            [
                (
                    t("Homes passed"),
                    formats.integer(homes),
                    t("{count} buildings served", count=formats.integer(served)),
                ),
                (t("Cost"), money, t("Wired and WLAN together")),
                (
                    t("Cost per home"),
                    formats.money(plan.cost_per_home(), plan.currency, language),
                    t("Homes passed"),
                ),
                *_proven(document, plan),
                (
                    t("Estates"),
                    formats.integer(len(plan.estates)),
                    t("{count} buildings", count=formats.integer(len(plan.decisions))),
                ),
            ],
        )
    )
    document.space(10)
    _methods(document, plan)
    document.space(6)
    pairs = [
        (t("Plan"), plan.code),
        (t("Status"), labels.design_state(plan.state, language)),
        (t("Version"), plan.version or formats.NONE),
        (t("Scenario"), plan.scenario or formats.NONE),
        (t("Author"), plan.author or formats.NONE),
        (t("Date"), formats.day(plan.created, language, long=True)),
        (t("Approver"), plan.approver or t("not approved yet")),
        (t("Approved on"), formats.day(plan.approved_at, language, long=True)),
        (t("Budget"), formats.money(plan.budget, plan.currency, language)),
        (t("Horizon"), t("{years} years", years=plan.horizon_years) if plan.horizon_years else formats.NONE),
        (t("Benefit"), formats.money(plan.benefit, plan.currency, language)),
        (t("Benefit at most"), formats.money(plan.benefit_upper_bound, plan.currency, language)),
        (t("Buildings not served"), formats.integer(plan.unserved)),
        (t("Algorithm"), plan.algorithm_version or formats.NONE),
        (t("Input"), plan.input_hash[:16] or formats.NONE),
        (t("Content"), document.block.content_hash[:16]),
    ]
    document.add(facts(document, [(label, value) for label, value in pairs if value != formats.NONE]))
    document.space(8)
    document.contents()


def _proven(document: Document, plan: AccessPlan) -> list[tuple[str, str, str]]:
    """Return what is proven; a part of a plan has no bound of its own."""
    t, language = document.t, document.language
    if plan.lower_bound is None:
        return []
    low = formats.money(plan.lower_bound, plan.currency, language)
    return [
        (t("Lower bound"), low, t("No plan can cost less")),
        (t("Proven gap"), formats.percent(plan.gap(), 2, language), t("cost ÷ lower bound − 1")),
    ]


def _methods(document: Document, plan: AccessPlan) -> None:
    t, language = document.t, document.language
    chosen = plan.methods()
    document.subheading(t("Access methods"))
    if not chosen:
        document.text(t("No building has an access method yet."), colour=palette.MUTED)
        return
    parts = []
    for method, (buildings, homes) in chosen.items():
        text = t(
            "{buildings} buildings, {homes} homes",
            buildings=formats.integer(buildings),
            homes=formats.integer(homes),
        )
        parts.append(
            (
                labels.label("method_long", method, language),
                float(buildings),
                text,
                palette.METHODS.get(method, palette.MUTED),
            )
        )
    document.add(Stack(document.fonts, document.width, parts))


def _estates(document: Document, plan: AccessPlan) -> None:
    t, language = document.t, document.language
    document.heading(t("Estates"))
    money = formats.currency_name(plan.currency, language)
    columns = [
        Column(t("Estate"), 1.4),
        Column(t("Name"), 2.4),
        Column(t("Version"), 0.7, "right"),
        Column(t("State"), 1.2),
        Column(t("Homes"), 0.8, "right"),
        Column(t("Cost ({unit})", unit=money), 1.2, "right"),
        Column(t("Per home ({unit})", unit=money), 1.1, "right"),
    ]
    rows = [
        (
            Link(e.code, "estate:" + e.code, ("estate:" + e.code,)),
            e.name,
            formats.integer(e.version),
            labels.design_state(e.state, language),
            formats.integer(e.homes),
            formats.integer(e.cost),
            formats.integer(e.cost_per_home),
        )
        for e in plan.estates
    ]
    known = [e for e in plan.estates if e.cost is not None]
    totals = [
        (
            t("Total"),
            "",
            "",
            "",
            formats.integer(sum(e.homes or 0 for e in plan.estates)),
            formats.integer(sum(e.cost or 0.0 for e in known)),
            "",
        )
    ]
    document.add(*data_table(document, columns, rows, totals))
    document.space(14)


def _components(document: Document, plan: AccessPlan) -> None:
    t, language = document.t, document.language
    if not plan.components:
        return
    document.heading(t("Cost and lower bound"))
    document.text(
        t(
            "The lower bound is proven for each component: no plan that serves the same buildings can cost less. "
            "It speaks of every plan with the same methods, rules and prices over the same ways: streets, ducts, "
            "lead-ins and walls."
        ),
        8.2,
        palette.MUTED,
    )
    saving = plan.could_save()
    if saving is not None:
        document.text(
            t(
                "At most {whole} could still be saved, of which trench {trench}.",
                whole=formats.money(saving[0], plan.currency, language),
                trench=formats.money(saving[1], plan.currency, language),
            )
        )
    if plan.choice_gap is not None:
        document.text(
            t(
                "At these prices no other choice of buildings and methods is better by more than {share}.",
                share=formats.percent(plan.choice_gap, 2, language),
            )
        )
    unit = formats.currency_name(plan.currency, language)
    columns = [
        Column(t("Component"), 3.0),
        Column(t("Cost ({unit})", unit=unit), 1.3, "right"),
        Column(t("Lower bound ({unit})", unit=unit), 1.3, "right"),
        Column(t("Gap"), 0.9, "right"),
    ]
    rows = []
    for part in plan.components:
        gap = part.cost / part.lower_bound - 1.0 if part.lower_bound else None
        name = labels.label("component", part.name, language)
        rows.append(
            (name, formats.decimal(part.cost, 2), formats.decimal(part.lower_bound, 2),
             formats.percent(gap, 2, language))
        )
    totals = [
        (
            t("Total"),
            formats.decimal(plan.cost, 2),
            formats.decimal(plan.lower_bound, 2),
            formats.percent(plan.gap(), 2, language),
        )
    ]
    document.add(*data_table(document, columns, rows, totals))
    document.space(14)


def _bills(document: Document, plan: AccessPlan) -> None:
    t = document.t
    if not plan.bills and not plan.bill_note:
        return
    document.heading(t("Bill of materials"))
    if plan.bill_note:
        document.text(plan.bill_note, 8.2, palette.MUTED)
    bills(document, plan.bills, plan.currency)
