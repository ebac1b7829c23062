# SPDX-License-Identifier: GPL-2.0-or-later
"""How the levels of the hierarchy look: areas by what is signed or covered, what is one's own, the state of designs."""

from __future__ import annotations

from qgis.core import (
    QgsFeatureRenderer,
    QgsFillSymbol,
    QgsRuleBasedRenderer,
    QgsSymbol,
)

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gis import palette
from fullservice_plugin.gis.layers import BRANCH, GRID, MICRO
from fullservice_plugin.gis.symbols import Rule, any_of, code_names, fill, hatched, line_pattern, outline, rules
from fullservice_plugin.i18n import translate

#: Level → scale denominators far and near (0: no limit) at which it fills the map. Estates stand for their grid's band.
FILLED: dict[str, tuple[int, int]] = {
    "branch": (0, BRANCH),
    "micro_region": (BRANCH, MICRO),
    "estate": (MICRO, GRID),
}
#: Fills of areas let the streets shine through.
_SEE_THROUGH = 0.72


def territory(colour: str, width: float, style: str, language: str) -> QgsFeatureRenderer:
    """Outline of an area; one without a known building is hatched, whatever the theme."""
    return rules([
        ('"buildings" > 0', translate("Border", language), outline(colour, width, style)),
        ("", translate("No buildings known", language), _lines_only(colour, width, style)),
    ])  # fmt: skip


def _lines_only(colour: str, width: float, style: str) -> QgsFillSymbol:
    symbol = outline(colour, width, style)
    symbol.appendSymbolLayer(line_pattern(palette.HATCH, 2.2))
    return symbol


def area_signed(language: str) -> QgsFeatureRenderer:
    """Areas and estates by the share of their buildings that are signed."""
    return _shares("signed_share", translate("No talks recorded", language),
                   (translate("Nothing signed", language), *_class_words("signed", language)), language)


def area_coverage(language: str) -> QgsFeatureRenderer:
    """Areas and estates by the share of their known households that are covered."""
    return _shares("covered_share", translate("Households unknown", language),
                   (translate("Nobody covered", language), *_class_words("covered", language)), language)


def _class_words(word: str, language: str) -> list[str]:
    """Words of the classes above zero, in whole per cent."""
    sentences = {
        "signed": ("Up to {high} % signed", "{low} to {high} % signed", "More than {low} % signed"),
        "covered": ("Up to {high} % covered", "{low} to {high} % covered", "More than {low} % covered"),
    }[word]
    found = []
    bounds = [0.0, *palette.SHARE_BOUNDS, 1.0]
    for number, (low, high) in enumerate(zip(bounds, bounds[1:])):
        sentence = sentences[0] if number == 0 else sentences[2] if high == 1.0 else sentences[1]
        found.append(translate(sentence, language, low=round(100 * low), high=round(100 * high)))
    return found


def _shares(field: str, unknown: str, words: tuple[str, ...], language: str) -> QgsFeatureRenderer:
    """Classes of a share, level by level: each level has its scales, so that only its rows are fetched."""
    tests = [f'"{field}" = 0']
    bounds = [0.0, *palette.SHARE_BOUNDS, 1.0]
    tests += [f'"{field}" > {low} AND "{field}" <= {high}' for low, high in zip(bounds, bounds[1:])]
    titles = {"branch": "Branches", "micro_region": "Micro-regions", "estate": "Estates"}
    root = QgsRuleBasedRenderer.Rule(None)
    for level, (far, near) in FILLED.items():
        # no outline round estates: thousands of them lie side by side at these scales
        edge = "no" if level == "estate" else "solid"
        band = QgsRuleBasedRenderer.Rule(None, near, far, f"\"level\" = '{level}'", translate(titles[level], language))
        for test, word, colour in zip(tests, words, palette.SHARES):
            ground = _glass(fill(colour, palette.HATCH, 0.1, edge))
            band.appendChild(QgsRuleBasedRenderer.Rule(ground, 0, 0, test, word))
        band.appendChild(QgsRuleBasedRenderer.Rule(_glass(hatched()), 0, 0, f'"{field}" IS NULL', unknown))
        root.appendChild(band)
    return QgsRuleBasedRenderer(root)


def _glass(symbol: QgsSymbol) -> QgsSymbol:
    symbol.setOpacity(_SEE_THROUGH)
    return symbol


def own_building(language: str) -> QgsFeatureRenderer:
    """One's own buildings by stage; what is out of time has a heavy edge."""
    late = translate("Out of time", language)
    entries: list[Rule] = []
    for colour, codes in palette.STAGE_CLASSES:
        entries.append((any_of("stage", codes), code_names("negotiation_stage", codes, language), fill(colour)))
    entries.append(("", translate("No talk recorded", language), hatched()))
    renderer = rules(entries)
    renderer.rootRule().appendChild(QgsRuleBasedRenderer.Rule(outline(palette.LATE, 0.9), 0, 0, '"late"', late))
    return renderer


def own_area(language: str) -> QgsFeatureRenderer:
    """The areas that the login holds."""
    return rules([("TRUE", translate("My area", language), outline(palette.OWN, 1.4))])


#: States of designs that wait for somebody stand out: colour, width in millimetres and style of the outline.
_DESIGNS = (
    ("draft", "#7a7a7a", 0.6, "dot"),
    ("submitted", "#e69f00", 1.0, "solid"),
    ("in_review", "#56b4e9", 1.0, "dash"),
    ("returned", "#d55e00", 1.0, "dash"),
    ("rejected", "#d55e00", 0.6, "dot"),
    ("approved", "#0072b2", 0.8, "solid"),
)


def design_state(language: str) -> QgsFeatureRenderer:
    """Estates by the state of their newest design; colours are told apart by the kind of line as well."""
    return rules(
        (f"\"state\" = '{code}'",
         translate("Design: {state}", language, state=code_label("design_state", code, language)),
         outline(colour, width, style))
        for code, colour, width, style in _DESIGNS
    )  # fmt: skip
