# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of a competitor brief: who is where since when, on what evidence; shares, concentration and threat."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Optional, Sequence

from fullservice_plugin.i18n import headed, listed, translate
from fullservice_plugin.plans import formats, labels, palette, sections
from fullservice_plugin.plans.charts import Bars
from fullservice_plugin.plans.compose import compose
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.layers import base_layers, building_layer
from fullservice_plugin.plans.model import Shape, texts
from fullservice_plugin.plans.print_template import MAPS, OURS, PrintTemplate
from fullservice_plugin.plans.printing import Assembly, add_sheets
from fullservice_plugin.plans.rivals_model import CompetitionReport, Presence
from fullservice_plugin.plans.sheet_forms import Forms, rooms, sheet_forms
from fullservice_plugin.plans.sheets import Sheet, plan_sheet
from fullservice_plugin.plans.tables import Column, cards, data_table

KIND = "competitor_brief"
SEVERAL, UNKNOWN = "several", "unknown"
PRESENT = ("in_service", "building", "planned", "unknown")


def competition_assembly(
    report: CompetitionReport, language: str, fonts: FontSet, look: PrintTemplate = OURS
) -> Assembly:
    """Return the brief on its way to paper. Raises MissingDependencyError for a character without a glyph."""
    fonts.check(texts(report))
    forms = sheet_forms(look)
    shapes = _shapes(report)
    title = translate("Map of rivals", language)
    sheet = plan_sheet("map", title, report.area, [s.geometry for s in shapes], 1000, rooms(forms))
    sheets = [sheet] if sheet and MAPS in look.sections(KIND) else []
    words = {code: name for code, name, _, _ in report.operators}
    words[SEVERAL] = translate("Several rivals", language)
    words[UNKNOWN] = translate("No rival known", language)
    colours = {**operator_colours(report), SEVERAL: "#7A1F5C", UNKNOWN: palette.BUILDING}
    layers = [
        *base_layers(report.base, translate("Other buildings", language)),
        building_layer(shapes, words, colours, "rivals"),
    ]
    return Assembly(_document(report, language, fonts, sheets, look, forms), sheets, layers, report.sources)


def operator_colours(report: CompetitionReport) -> dict[str, str]:
    """Return the colour of each operator: the store's where given, else one of our set."""
    found = {}
    for index, (code, _, _, colour) in enumerate(report.operators):
        given = colour if len(colour) == 7 and colour.startswith("#") else ""
        found[code] = given or palette.OPERATORS[index % len(palette.OPERATORS)]
    return found


def _rivals(report: CompetitionReport) -> list[Presence]:
    own = {code for code, _, is_self, _ in report.operators if is_self}
    return [p for p in report.presences if p.operator not in own and p.status in PRESENT]


def _shapes(report: CompetitionReport) -> list[Shape]:
    """Return every building coloured by its rival, the estate's where the building has none of its own."""
    by_building: dict[str, set[str]] = defaultdict(set)
    by_estate: dict[str, set[str]] = defaultdict(set)
    for p in _rivals(report):
        if p.code:
            by_building[p.code].add(p.operator)
        else:
            by_estate[p.estate].add(p.operator)
    shapes = []
    for building in report.buildings:
        there = by_building.get(building.code, set()) | by_estate.get(
            building.estate, set()
        )
        kind = UNKNOWN if not there else SEVERAL if len(there) > 1 else next(iter(there))
        shapes.append(Shape(kind, building.geometry, building.label, building.estate, building.code))
    return shapes


def _document(
    report: CompetitionReport, language: str, fonts: FontSet, sheets: Sequence[Sheet], look: PrintTemplate, forms: Forms
) -> Document:
    title, code = translate("Competitor brief", language), translate("Competition", language)
    document = Document(sections.report_block(report, title, code, language, look), fonts, look)
    compose(document, KIND, report, {
        "cover": ("", _cover),
        "maps": ("", lambda document, report: add_sheets(document, sheets, forms)),
        "scores": ("landscape", _scores),
        "actions": ("landscape", _actions),
        "presences": ("landscape", _presences),
        "sources": ("portrait", lambda document, report: sections.sources(document, report.sources)),
    })  # fmt: skip
    return document


def _cover(document: Document, report: CompetitionReport) -> None:
    t = document.t
    sections.banner(document, t("Competitor brief"), report.area, report.made)
    rivals = _rivals(report)
    shapes = _shapes(report)
    reached = sum(1 for shape in shapes if shape.kind != UNKNOWN)
    exclusive = {p.estate for p in rivals if p.exclusivity == "contract"}
    threats = [s.threat for s in report.scores if s.threat is not None]
    conflicts = sum(1 for p in report.presences if p.conflict)
    worst = max(report.scores, key=lambda s: (s.threat is not None, s.threat or 0.0, s.estate), default=None)
    document.add(
        cards(
            document,
            [
                (t("Rivals present"), formats.integer(len({p.operator for p in rivals})), t("operators")),
                (
                    t("Buildings with a rival"),
                    formats.integer(reached),
                    t("of {count} buildings", count=formats.integer(len(shapes))),
                ),
                (t("Estates with exclusivity"), formats.integer(len(exclusive)), t("by contract")),
                (
                    t("Highest threat"),
                    formats.integer(max(threats, default=None)),
                    worst.name if worst and threats else t("not computable"),
                ),
                (t("Contradictions"), formats.integer(conflicts), t("presences that sources dispute")),
                (
                    t("Observed presences"),
                    formats.integer(len(report.presences)),
                    t("as of {day}", day=formats.day(report.on)),
                ),
            ],
        )
    )
    document.space(12)
    document.subheading(t("Buildings and estates by operator"))
    counts = Counter(p.operator for p in report.presences if p.status in PRESENT)
    colours = operator_colours(report)
    rows = [
        (
            name if not own else t("{name} (own)", name=name),
            float(counts[code]),
            formats.integer(counts[code]),
            colours[code],
        )
        for code, name, own, _ in report.operators
        if counts[code]
    ]
    if rows:
        document.add(Bars(document.fonts, document.width, rows))
    else:
        document.text(t("No operator has been observed in this area."), colour=palette.MUTED)
    document.space(14)
    document.contents()


def _interval(low: Optional[float], high: Optional[float]) -> str:
    if low is None or high is None:
        return formats.NONE
    if round(low) == round(high):
        return formats.integer(low)
    return f"{formats.integer(low)}–{formats.integer(high)}"


def _scores(document: Document, report: CompetitionReport) -> None:
    t = document.t
    document.heading(t("Shares, concentration and threat by estate"))
    document.text(
        t(
            "HHI is an interval where shares are partly unknown: below, the rest is spread over many; above, it "
            "belongs to one operator more. Shares are of all known homes. Threat (0–100) counts only what is known; "
            "completeness says how much that is."
        ),
        8.2,
        palette.MUTED,
    )
    names = {code: name for code, name, _, _ in report.operators}
    columns = [
        Column(t("Estate"), 1.0),
        Column(t("Name"), 2.4),
        Column(t("Our share"), 0.9, "right"),
        Column(t("Leading rival"), 1.6),
        Column(t("Rival's share"), 0.9, "right"),
        Column(t("HHI"), 1.2, "right"),
        Column(t("Threat"), 0.8, "right"),
        Column(t("Completeness"), 1.0, "right"),
        Column(t("Confidence"), 1.0, "right"),
    ]
    rows = [
        (
            s.estate or formats.NONE,
            s.name,
            formats.percent(s.own_share, 0, document.language),
            names.get(s.leader, s.leader) or formats.NONE,
            formats.percent(s.leader_share, 0, document.language),
            _interval(s.hhi_low, s.hhi_high),
            formats.integer(s.threat),
            formats.percent(s.completeness, 0, document.language),
            formats.percent(s.confidence, 0, document.language),
        )
        for s in report.scores
    ]
    document.add(*data_table(document, columns, rows, width=document.wide))
    document.space(12)


def _actions(document: Document, report: CompetitionReport) -> None:
    """Prices against ours, homes without and with several networks, what contracts are worth, what to do."""
    t, language = document.t, document.language
    document.heading(t("Prices against ours, and what to do"))
    document.text(t("Prices are the lowest per month that somebody saw; what nobody saw is left empty, which is not "
                    "zero. The value of contracts is that of rivals' lines whose terms end within three months."),
                  8.2, palette.MUTED)
    names = {code: name for code, name, _, _ in report.operators}
    columns = [
        Column(t("Estate"), 1.0),
        Column(t("Name"), 1.8),
        Column(t("Our price"), 0.8, "right"),
        Column(t("Rivals' prices"), 1.8),
        Column(t("Homes without a network"), 1.0, "right"),
        Column(t("Homes with several"), 1.0, "right"),
        Column(t("Contracts ending"), 1.0, "right"),
        Column(t("What to do"), 4.2),
    ]
    rows = []
    for s in report.scores:
        prices = listed((f"{names.get(code, code)} {formats.integer(price)}" for code, price in s.prices), language)
        said = [translate(template, language, **{k: names.get(v, v) for k, v in values})
                for template, values in s.advice]
        rows.append((s.estate or formats.NONE, s.name, formats.integer(s.own_price), prices or formats.NONE,
                     formats.integer(s.white), formats.integer(s.overbuilt), formats.integer(s.win_back),
                     (" " if language == "en" else "").join(said)))
    document.add(*data_table(document, columns, rows, width=document.wide))
    document.space(12)


def _presences(document: Document, report: CompetitionReport) -> None:
    t, language = document.t, document.language
    document.heading(t("Who is where"))
    names = {code: name for code, name, _, _ in report.operators}
    colours = operator_colours(report)
    columns = [
        Column(t("Estate"), 1.0),
        Column(t("Building"), 2.0),
        Column(t("Operator"), 1.4),
        Column(t("Technology"), 1.0),
        Column(t("Status"), 0.9),
        Column(t("Since"), 0.9),
        Column(t("Down (Mbit/s)"), 0.8, "right"),
        Column(t("Exclusivity"), 1.2),
        Column(t("Source"), 1.1),
        Column(t("Observed"), 0.9),
        Column(t("Confidence"), 0.9, "right"),
    ]
    grouped: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for p in report.presences:
        exclusivity = (
            labels.label("rival_exclusivity", p.exclusivity, language)
            if p.exclusivity not in ("", "none")
            else formats.NONE
        )
        if p.exclusive_until:
            exclusivity = t("{kind} until {day}", kind=exclusivity, day=formats.day(p.exclusive_until))
        source = labels.label("source_class", p.source, language) if p.source else formats.NONE
        confidence = formats.percent(p.confidence, 0, document.language) + (" · " + t("disputed") if p.conflict else "")
        key = (
            p.estate or formats.NONE,
            p.operator,
            labels.label("technology", p.technology, language) if p.technology else formats.NONE,
            labels.label("presence_status", p.status, language) if p.status else formats.NONE,
            formats.day(p.since),
            formats.integer(p.down_mbps),
            exclusivity,
            source,
            formats.day(p.observed),
            confidence,
        )
        grouped[key].append(p.building or t("Whole estate"))
    rows, marks = [], []
    for key, buildings in grouped.items():
        shown = listed(buildings, language)
        if len(buildings) > 1:
            shown = headed(t("{count} buildings", count=len(buildings)), shown, language)
        rows.append((key[0], shown, names.get(str(key[1]), key[1]), *key[2:]))
        marks.append(colours.get(str(key[1])))
    document.add(*data_table(document, columns, rows, width=document.wide, marks=marks))
