# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of a construction work pack: what to build, where one may start, drawings, records to fill in, sign-off."""

from __future__ import annotations

from typing import Mapping, Sequence

from fullservice_plugin.i18n import listed, translate
from fullservice_plugin.plans import floor_plans, formats, labels, palette, schematics, sections, work_records
from fullservice_plugin.plans.access_bill import bills, short_bill
from fullservice_plugin.plans.access_plan import plan_document, plan_maps
from fullservice_plugin.plans.compose import compose
from fullservice_plugin.plans.document import Document, TitleBlock
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.formats import natural
from fullservice_plugin.plans.model import content_hash, texts
from fullservice_plugin.plans.print_access import plan_assembly
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.printing import Assembly
from fullservice_plugin.plans.sheet_forms import Forms
from fullservice_plugin.plans.sheets import Sheet
from fullservice_plugin.plans.tables import Column, cards, data_table, facts, linked
from fullservice_plugin.plans.workpack_model import Permit, WorkPack

KIND = "work_pack"


def workpack_assembly(
    pack: WorkPack, language: str, fonts: FontSet, sheet_scale: str = "500", look: PrintTemplate = OURS
) -> Assembly:
    """Return the work pack on its way to paper. Raises MissingDependencyError for a character without a glyph."""
    fonts.check(texts(pack))

    def laid_out(sheets: Sequence[Sheet], forms: Forms, shown: Mapping[str, str]) -> Document:
        return _document(pack, language, fonts, sheets, shown, look, forms)

    return plan_assembly(pack.plan, language, sheet_scale, look, KIND, laid_out)


def _document(
    pack: WorkPack, language: str, fonts: FontSet, sheets: Sequence[Sheet], shown: Mapping[str, str],
    look: PrintTemplate, forms: Forms,
) -> Document:
    plan, title = pack.plan, translate("Work pack", language)
    block = TitleBlock(
        title=f"{title} · {plan.code} · {pack.part}",
        subject=title,
        code=plan.code,
        version=plan.version,
        author=plan.author,
        date=pack.on,
        content_hash=content_hash(look.stamped(pack), language),
        language=language,
        made=plan.made,
        name=f"{plan.name} · {pack.part}",
    )
    document = plan_document(block, fonts, look, sheets, shown)
    compose(document, KIND, pack, {
        "cover": ("", _cover),
        "maps": ("", lambda document, pack: plan_maps(document, pack.plan, sheets, forms)),
        "permits": ("landscape", _permits),
        "bills": ("portrait", _bills),
        "ways": ("portrait", work_records.ways),
        "boxes": ("portrait", work_records.boxes),
        "splitters": ("portrait", lambda document, pack: schematics.splitters(document, pack.plan)),
        "risers": ("portrait", lambda document, pack: schematics.risers(document, pack.plan)),
        "floors": ("portrait", lambda document, pack: floor_plans.floor_plans(document, pack.plan.floors)),
        "measurements": ("portrait", work_records.measurements),
        "checklist": ("portrait", work_records.checklist),
        "sign_off": ("portrait", _sign_off),
        "sources": ("portrait", lambda document, pack: sections.sources(document, pack.plan.sources)),
    })  # fmt: skip
    return document


def _cover(document: Document, pack: WorkPack) -> None:
    t, language, plan = document.t, document.language, pack.plan
    sections.banner(document, t("Work pack"), f"{plan.name} · {pack.part}", plan.made)
    ready = sum(1 for one in pack.permits if not one.hindrance(pack.on))
    served = [d for d in plan.decisions if d.method != "none"]
    cabinets = sum(1 for box in pack.boxes if box.kind == "fdt")
    points = sum(len(f.points) * len(f.floors) for f in plan.floors)
    document.add(
        cards(
            document,
            [
                (t("Buildings"), formats.integer(len(served)),
                 t("{count} homes", count=formats.integer(sum(d.households or 0 for d in served)))),
                (t("Where one may start"), formats.integer(ready),
                 t("of {count} properties", count=formats.integer(len(pack.permits)))),
                (t("To dig"), _metres(pack.trench_m()), t("trench, each once")),
                (t("Boxes"), formats.integer(len(pack.boxes) - cabinets),
                 t("and {count} cabinets", count=formats.integer(cabinets))),
                *([(t("Access points"), formats.integer(points), t("WLAN"))] if points else ()),
                *([(t("Bill"), formats.money(pack.cost(), plan.currency, language), t("material and labour"))]
                  if plan.bills else ()),
            ],
        )
    )  # fmt: skip
    document.space(10)
    pairs = [
        (t("Plan"), plan.code),
        (t("Part"), pack.part),
        (t("Crew"), pack.crew or "................................"),
        (t("Status of the design"), labels.design_state(plan.state, language)),
        (t("Version"), plan.version or formats.NONE),
        (t("Designer"), plan.author or formats.NONE),
        (t("Approver"), plan.approver or t("not approved yet")),
        (t("Printed on"), formats.day(pack.on, language, long=True)),
        (t("Input"), plan.input_hash[:16] or formats.NONE),
        (t("Content"), document.block.content_hash[:16]),
    ]
    document.add(facts(document, pairs))
    document.space(6)
    if plan.state != "approved":
        document.text(t("The design is not approved: do not build from this pack."), 9.4, palette.WARN, bold=True)
    document.space(8)
    document.contents()


def _metres(value: float) -> str:
    return formats.Figure(f"{value:,.0f} m", value, "number")


def _permits(document: Document, pack: WorkPack) -> None:
    t, language = document.t, document.language
    document.heading(t("Permits and works windows"))
    document.text(
        t("As of {day}. Where the mark is orange, nobody starts before the permit is there.",
          day=formats.day(pack.on, language, long=True)), 8.2, palette.MUTED)  # fmt: skip
    columns = [
        Column(t("Estate"), 1.1),
        Column(t("Building"), 1.9),
        Column(t("What is built"), 1.5),
        Column(t("State of the talk"), 1.2),
        Column(t("Agreement"), 1.2),
        Column(t("Works window"), 1.4),
        Column(t("Hours"), 0.9),
        Column(t("For the property"), 1.8),
        Column(t("Our contact"), 1.1),
        Column(t("May we start?"), 1.3),
    ]
    rows, marks = [], []
    ordered = sorted(pack.permits, key=lambda p: (p.estate, natural(p.building), p.code))
    for one in ordered:
        hindrance = one.hindrance(pack.on)
        stage = labels.label("negotiation_stage", one.stage, language) if one.stage else t("no talk yet")
        rows.append(
            (one.estate, linked(document, "building:" + one.code, one.building, anchored=True), _built(document, one),
             stage, one.agreement or formats.NONE, _window(document, one), one.works_hours or formats.NONE,
             one.contact or formats.NONE, one.owner or formats.NONE, _answer(document, hindrance))
        )  # fmt: skip
        marks.append(palette.WARN if hindrance else palette.GOOD)
    document.add(*data_table(document, columns, rows, width=document.wide, marks=marks))


def _built(document: Document, one: Permit) -> str:
    t = document.t
    parts = [labels.label("method_short", one.method, document.language)] if one.method else []
    if one.wall_m is not None:
        parts.append(t("cable along the wall, {metres} m", metres=formats.decimal(one.wall_m)))
    return listed(parts, document.language)


def _window(document: Document, one: Permit) -> str:
    if one.works_from is None and one.works_to is None:
        return formats.NONE
    return f"{formats.day(one.works_from)} – {formats.day(one.works_to)}"


def _answer(document: Document, hindrance: str) -> str:
    t = document.t
    return {
        "": t("yes, within the window"),
        "talk": t("no: entry not granted"),
        "window": t("ask first: no window agreed"),
        "over": t("no: the window is over"),
    }[hindrance]


def _bills(document: Document, pack: WorkPack) -> None:
    t, language, plan = document.t, document.language, pack.plan
    if not plan.bills and not pack.note:
        return
    document.heading(t("Bill of materials"))
    if pack.note:
        document.text(pack.note, 8.2, palette.MUTED)
    bills(document, plan.bills, plan.currency, used=True)
    for name, lines in pack.bills_by:
        document.subheading(name)
        document.add(*short_bill(document, lines, plan.currency, language))
        document.space(8)


def _sign_off(document: Document, pack: WorkPack) -> None:
    t = document.t
    document.heading(t("Sign-off"), 190)
    said = t("Built as drawn, measured, left clean; changes are drawn in red on the sheets.")
    document.text(said, 8.2, palette.MUTED)
    sections.signatures(
        document, (t("Crew leader"), t("Site supervisor"), t("Taken over by")), (pack.crew, "", "")
    )
    document.space(14)
