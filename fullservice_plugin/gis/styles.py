# SPDX-License-Identifier: GPL-2.0-or-later
"""Renderers and labels of the layers, with legends in the project's language."""

from __future__ import annotations

from typing import Callable, Optional

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFeatureRenderer,
    QgsPalLayerSettings,
    QgsRendererCategory,
    QgsRuleBasedRenderer,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsVectorLayer,
)

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gis import level_styles, palette, rival_styles
from fullservice_plugin.gis.layers import BRANCH, ESTATE, GRID, MICRO, LayerDefinition
from fullservice_plugin.gis.symbols import (
    Rule,
    any_of,
    cased_line,
    code_names,
    fill,
    hatched,
    label_settings,
    labels,
    labels_by_scale,
    line,
    marker,
    outline,
    rules,
)
from fullservice_plugin.i18n import translate


def negotiation_map(language: str) -> QgsFeatureRenderer:
    """Fill by negotiation stage; buildings without a talk are hatched."""
    entries: list[Rule] = [
        (
            any_of("stage", codes),
            code_names("negotiation_stage", codes, language),
            fill(colour),
        )
        for colour, codes in palette.STAGE_CLASSES
    ]
    entries.append(("", translate("No talk recorded", language), hatched()))
    return rules(entries)


def decision_map(language: str) -> QgsFeatureRenderer:
    """Fill by access method; undecided buildings are hatched, locked ones have a heavy outline."""
    entries: list[Rule] = [
        (f"\"method\" = '{code}'", code_label("access_method", code, language), fill(colour))
        for code, colour in palette.METHODS.items()
    ]
    entries.append(("", translate("Not decided", language), hatched()))
    return rules(entries)


def building(language: str) -> QgsFeatureRenderer:
    """Fill by lead state."""
    entries: list[Rule] = [
        (any_of("lead_state", codes), code_names("lead_state", codes, language), fill(colour))
        for colour, codes in palette.LEADS
    ]
    entries.append(("", translate("Unknown", language), hatched()))
    return rules(entries)


def coverage_outline(language: str) -> QgsFeatureRenderer:
    """Outline by coverage level, without a fill: goes over a map that is filled by something else."""
    categories = [
        QgsRendererCategory(int(level), outline(colour, width), code_label("coverage_level", level, language))
        for level, (colour, width) in palette.COVERAGE.items()
    ]
    return QgsCategorizedSymbolRenderer("coverage_level", categories)


def design_routes(language: str) -> QgsFeatureRenderer:
    """Feeder and distribution by colour, way of building by line style."""
    kinds = (("feeder", "#d55e00", 1.1), ("distribution", "#1b1f2a", 0.7))
    styles = (("trench", "solid"), ("duct", "dash"), ("aerial", "dot"), ("wall", "dash dot"))
    entries: list[Rule] = []
    for kind, colour, width in kinds:
        for construction, style in styles:
            label = f"{code_label('route_kind', kind, language)} · {code_label('construction', construction, language)}"
            entries.append(
                (
                    f"\"route_kind\" = '{kind}' AND \"construction\" = '{construction}'",
                    label,
                    cased_line(colour, width, palette.HALO) if style == "solid" else line(colour, width, style),
                )
            )
    entries.append(("", translate("Other route", language), line("#555555", 0.6)))
    return rules(entries)


def design_nodes(language: str) -> QgsFeatureRenderer:
    """OLT, cabinet and box by shape and size."""
    looks = (("olt", "star", "#d55e00", 5.4), ("fdt", "square", "#0072b2", 3.8), ("fat", "diamond", "#009e73", 2.9))
    return rules(
        (f"\"kind\" = '{kind}'", code_label("element_kind", kind, language), marker(shape, colour, size))
        for kind, shape, colour, size in looks
    )


def design_aps(language: str) -> QgsFeatureRenderer:
    """Access points and switches."""
    return rules(
        (
            ("\"kind\" = 'ap'", code_label("element_kind", "ap", language), marker("circle", "#e69f00", 2.2)),
            ("\"kind\" = 'switch'", code_label("element_kind", "switch", language), marker("square", "#cc79a7", 2.2)),
        )
    )


def area_package(language: str) -> QgsFeatureRenderer:
    """Area packages by what they are today: in force, expiring, to come, in review, over."""
    kind = (
        "case when \"state\" = 'withdrawn' or \"valid_to\" < to_date(now()) then 'over' "
        "when \"state\" <> 'approved' then 'review' when \"valid_from\" > to_date(now()) then 'later' "
        "when \"valid_to\" < to_date(now()) + to_interval('30 days') then 'soon' else 'valid' end"
    )
    looks = (
        ("over", "Expired or withdrawn", outline("#8c8c8c", 0.5, "dot")),
        ("review", "In review", outline("#e69f00", 0.7, "dash")),
        ("later", "To come", outline("#0072b2", 0.7, "dash")),
        ("soon", "Expires within 30 days", outline("#d55e00", 0.9)),
        ("valid", "In force", outline("#b0528a", 0.9)),
    )
    return rules([(f"{kind} = '{name}'", translate(words, language), symbol) for name, words, symbol in looks])


_MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary", "motorway_link", "trunk_link", "primary_link",
         "secondary_link", "tertiary_link")
_MINOR = ("service", "footway", "path", "cycleway", "steps", "track", "corridor", "bridleway", "elevator", "platform")


def streets(language: str) -> QgsFeatureRenderer:
    """Streets by class; ways of the courtyards only near by."""
    root = QgsRuleBasedRenderer.Rule(None)
    looks = (
        (any_of("highway", _MAIN), "Main streets", cased_line(palette.STREET, 1.3, palette.STREET_EDGE), 0),
        (any_of("highway", _MINOR), "Ways", line("#d9d6cf", 0.25), ESTATE * 2),
        ("", "Streets", cased_line(palette.STREET, 0.7, palette.STREET_EDGE), MICRO),
    )
    for expression, name, symbol, smallest in looks:
        root.appendChild(
            QgsRuleBasedRenderer.Rule(symbol, 0, smallest, expression or "ELSE", translate(name, language))
        )
    return QgsRuleBasedRenderer(root)


def sites(language: str) -> QgsFeatureRenderer:
    """Sites by kind."""
    looks = (("base_station", "triangle", "#0072b2"), ("service_hall", "pentagon", "#009e73"),
             ("partner", "circle", "#e69f00"), ("equipment_room", "square", "#22313f"),
             ("poi", "circle", "#9a9a9a"))
    return rules(
        (f"\"kind\" = '{kind}'", code_label("site_kind", kind, language),
         marker(shape, colour, 1.2 if kind == "poi" else 3.2))
        for kind, shape, colour in looks
    )


def resources(language: str) -> QgsFeatureRenderer:
    """Network resources in place by kind."""
    looks = (("olt", "star", "#8c4a00", 4.6), ("fdt", "square", "#004b75", 3.2), ("fat", "diamond", "#00654a", 2.6),
             ("pole", "circle", "#555555", 1.8))
    return rules(
        (f"\"kind\" = '{kind}'", code_label("resource_kind", kind, language), marker(shape, colour, size, "#ffe8b0"))
        for kind, shape, colour, size in looks
    )


def opportunity(language: str) -> QgsFeatureRenderer:
    """Fill by the opportunity's score in the store's currency; where households are unknown, hatched."""
    entries: list[Rule] = [
        (f'"score" >= {low}' if high is None else f'"score" >= {low} AND "score" < {high}',
         translate(word, language), fill(colour))
        for colour, low, high, word in palette.OPPORTUNITY
    ]
    entries.insert(0, ('"score" < 0', translate("Costs more than it brings", language), fill("#d9d9d9")))
    entries.append(("", translate("Households unknown", language), hatched()))
    return rules(entries)


def _single(symbol: QgsSymbol) -> Callable[[str], QgsFeatureRenderer]:
    return lambda _language: QgsSingleSymbolRenderer(symbol.clone())


RENDERERS: dict[str, Callable[[str], QgsFeatureRenderer]] = {
    "negotiation_map": negotiation_map,
    "decision_map": decision_map,
    "competition_map": rival_styles.competition_map,
    "rival_shares": rival_styles.rival_shares,
    "rival_state": rival_styles.rival_state,
    "rival_threat": rival_styles.rival_threat,
    "building": building,
    "opportunity": opportunity,
    "unassigned": lambda language: _single(fill("213,94,0,60", "#d55e00", 0.4))(language),
    "coverage": coverage_outline,
    "design_routes": design_routes,
    "design_nodes": design_nodes,
    "design_aps": design_aps,
    "site_poi": sites,
    "network_resource": resources,
    "building_point": lambda language: _single(marker("square", "#f0e442", 3.0, palette.INK))(language),
    "design_drops": lambda language: _single(line("#009e73", 0.35))(language),
    "duct": lambda language: _single(line("#8c6d31", 0.6, "dash"))(language),
    "address": lambda language: _single(marker("circle", "#5c6b7a", 1.2))(language),
    "visit_log": lambda language: _single(marker("circle", "#cc79a7", 2.6))(language),
    "estate": lambda language: _single(fill("13,92,117,14", "#0b5c75", 0.35))(language),
    "estate_map": lambda language: _single(outline("0,0,0,0", 0.0, "no"))(language),
    "grid": lambda language: level_styles.territory("#5b4b8a", 0.6, "dash", language),
    "micro_region": lambda language: level_styles.territory("#8a2d52", 0.9, "dash", language),
    "branch": lambda language: level_styles.territory("#22313f", 1.3, "solid", language),
    "area_signed": level_styles.area_signed,
    "area_coverage": level_styles.area_coverage,
    "own_building": level_styles.own_building,
    "own_area": level_styles.own_area,
    "design_state": level_styles.design_state,
    "area_package": area_package,
    "package_map": area_package,
    "street": streets,
    "water": lambda language: _single(fill(palette.WATER, "#a5c6dc", 0.1))(language),
    "green": lambda language: _single(fill(palette.GREEN, "#c3d8b1", 0.1))(language),
}

_ESTATE_INK = "#0b5c75"
_ROOM = 5_500  # scale denominator from which on there is room for a second line
_NAME = "coalesce(\"name\", \"code\")"
#: Where a line of indicators may break: before the covered share, and before the talks under way.
_BREAK = {"zh": " (?=覆盖|户数|在途)", "en": " · (?=[0-9]+ %|households|[0-9]+ under)"}
#: Millimetres that an area must be high on the map for its name, and for its indicators below the name. Heights are
#: reckoned with 111 km per degree of latitude: the store's coordinates are degrees.
_ROOM_NAME, _ROOM_ALL = 5.0, 17.0


def _indicators(language: str) -> str:
    """Expression of the indicators in lines."""
    return f"regexp_replace(\"indicators_{language}\", '{_BREAK[language]}', '\\n')"


def _area_label(language: str) -> str:
    """Expression of an area's label: its name, and its indicators where it is large enough on the map."""
    return (f"with_variable('mm', bounds_height($geometry) * 111e6 / @map_scale, case when @mm >= {_ROOM_ALL} then "
            f"{_NAME} || coalesce('\n' || {_indicators(language)}, '') when @mm >= {_ROOM_NAME} then {_NAME} end)")


def labelling(spec: LayerDefinition, language: str, layer: QgsVectorLayer) -> Optional[object]:
    """Return the labels of a layer, None where it has none. Indicators appear where the layer carries them."""
    known = {field.name() for field in layer.fields()}
    households = translate("households", language)
    if spec.key in ("building", "negotiation_map", "decision_map", "competition_map", "own_building"):
        return labels(
            "coalesce(\"number\", \"name\", '') || "
            f"if(\"households\" IS NULL, '', '\n' || \"households\" || ' {households}')",
            7.5, smallest=ESTATE, placement=QgsPalLayerSettings.Placement.OverPoint, plate=True,
        )
    if spec.key == "estate_map":
        # from afar only the larger estates that have a name; indicators when there is room for them, packages near by
        middle = QgsPalLayerSettings.Placement.OverPoint
        told = f"{_NAME} || coalesce('\n' || {_indicators(language)}, '')"
        packages = " || coalesce('\n' || replace(\"packages\", ' · ', '\n'), '')" if "packages" in known else ""
        bands = (('if("buildings" >= 4, "name", NULL)', GRID, _ROOM, 8.0, 6),
                 (told, _ROOM, ESTATE, 8.5, 7),
                 (told + packages, ESTATE, 600, 8.5, 7))
        return labels_by_scale(*(
            label_settings(text, size, smallest=far, largest=near, bold=True, colour=_ESTATE_INK, placement=middle,
                           priority=priority, plate=True, room=12.0) for text, far, near, size, priority in bands))
    if spec.key in ("grid", "micro_region", "branch"):
        size = {"grid": 8.5, "micro_region": 9.5, "branch": 11.0}[spec.key]
        # one level speaks at a scale: where the next one does, this one falls silent
        farthest, nearest = {"grid": (MICRO, GRID), "micro_region": (BRANCH, MICRO), "branch": (0, BRANCH)}[spec.key]
        text = _area_label(language) if f"indicators_{language}" in known else _NAME
        return labels(text, size, smallest=farthest, largest=nearest, bold=True, colour="#3b3163",
                      placement=QgsPalLayerSettings.Placement.OverPoint, priority=10, plate=True)
    if spec.key in ("area_package", "package_map"):
        return labels("\"name\" || coalesce('  ' || format_number(\"price_month\", 0), '') || if(\"priority\" > 0, "
                      "'  P' || \"priority\", '')", 8.0, smallest=GRID,
                      largest=ESTATE // 2, colour="#8a3a6b", placement=QgsPalLayerSettings.Placement.PerimeterCurved)
    if spec.key == "street":
        return labels('"name"', 7.0, smallest=6000, colour="#6a6f75",
                      placement=QgsPalLayerSettings.Placement.Curved, priority=2)
    if spec.key == "site_poi":
        return labels("if(\"kind\" = 'poi', NULL, \"name\")", 7.5, smallest=GRID // 2, priority=4)
    if spec.key == "design_nodes":
        return labels('"code"', 7.0, smallest=ESTATE * 2, priority=6)
    if spec.key == "address":
        return labels('"housenumber"', 6.5, smallest=1500, colour="#5c6b7a", priority=1)
    return None


def apply_style(layer: QgsVectorLayer, spec: LayerDefinition, language: str) -> None:
    """Give a layer its renderer and its labels."""
    if spec.shape == "none" or not layer.isValid():
        return
    make = RENDERERS.get(spec.key)
    if make is not None:
        layer.setRenderer(make(language))
    text = labelling(spec, language, layer)
    if text is not None:
        layer.setLabeling(text)
        layer.setLabelsEnabled(True)
