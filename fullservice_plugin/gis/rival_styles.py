# SPDX-License-Identifier: GPL-2.0-or-later
"""How the map shows rivals: pies of shares per estate, the threat per grid, and what is stale; unknown is hatched."""

from __future__ import annotations

from typing import Iterable, Optional

from qgis.core import (
    QgsDiagramLayerSettings,
    QgsDiagramSettings,
    QgsFeatureRenderer,
    QgsFilledMarkerSymbolLayer,
    QgsFillSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsPieDiagram,
    QgsProperty,
    QgsRuleBasedRenderer,
    QgsSimpleMarkerSymbolLayerBase,
    QgsSingleCategoryDiagramRenderer,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QSizeF
from qgis.PyQt.QtGui import QColor

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.competition.evidence import STALE_BELOW
from fullservice_plugin.gis import palette
from fullservice_plugin.gis.symbols import fill, hatched, line_pattern, outline, rules, text_format
from fullservice_plugin.i18n import translate

PIE_MM = 11.0
Slice = tuple[str, str, str]  # expression, colour (empty: see-through), label


def competition_map(language: str) -> QgsFeatureRenderer:
    """Fill by the number of rivals; what nobody looked at is hatched, and so is what is known but stale."""
    fresh = f'coalesce("confidence", 1) >= {STALE_BELOW}'
    words = ("One rival", "Two rivals", "Three rivals or more")
    entries = [
        (f'"rivals" > {low} AND "rivals" < {high} AND {fresh}', translate(word, language), fill(colour))
        for word, (colour, low, high) in zip(words, palette.RIVALS)
    ]
    entries.append((f'"rivals" = 0 AND {fresh}', translate("Visited, no rival found", language), fill("#dfe7d5")))
    entries.append((f'"rivals" IS NOT NULL AND "confidence" < {STALE_BELOW}',
                    translate("Known, but stale: look again", language), stale("#fbe6d4")))  # fmt: skip
    entries.append(("", translate("Nothing known", language), hatched()))
    return rules(entries)


def rival_state(language: str) -> QgsFeatureRenderer:
    """Estates by what their intelligence is worth: stale and never seen are hatched, each in its own direction."""
    return rules([
        ("\"standing\" = 'stale'", translate("Known, but stale: look again", language), stale("")),
        ("\"standing\" = 'unseen'", translate("Nobody has looked here", language), _lines(palette.HATCH, 135.0, 2.4)),
        ("\"standing\" = 'disputed'", translate("Sources contradict each other", language),
         outline(palette.DISPUTED, 0.9)),
        ("\"standing\" = 'fresh'", translate("Known", language), outline(palette.TRUST, 0.4)),
    ])  # fmt: skip


def rival_threat(language: str) -> QgsFeatureRenderer:
    """Grids by threat, 0–100; where it cannot be reckoned, hatched: never shown as no threat."""
    entries = []
    for colour, low, high in palette.THREAT:
        test = f'"threat" >= {low}' if high is None else f'"threat" >= {low} AND "threat" < {high}'
        label = translate("Threat {low} or more", language, low=low) if high is None else \
            translate("Threat {low} to {high}", language, low=low, high=high)  # fmt: skip
        entries.append((test, label, _see_through(colour)))
    unknown = hatched()
    unknown.setOpacity(0.7)
    entries.append(("", translate("Threat unknown", language), unknown))
    return rules(entries)


def rival_shares(language: str) -> QgsFeatureRenderer:
    """The ground of the pies: a hatched circle, which the unknown share leaves free."""
    root = QgsRuleBasedRenderer.Rule(None)
    words = translate("Share unknown (hatched part of the pie)", language)
    root.appendChild(QgsRuleBasedRenderer.Rule(_hatched_circle(), 0, 0, "", words))
    return QgsRuleBasedRenderer(root)


def stale(ground: str) -> QgsFillSymbol:
    """Return the hatch that means “known once, but stale”, on a ground or on none."""
    symbol = _lines(palette.STALE, 45.0, 1.8)
    if ground:
        symbol.insertSymbolLayer(0, fill(ground, palette.STALE).takeSymbolLayer(0))
        symbol.deleteSymbolLayer(1)
    return symbol


def _lines(colour: str, angle: float, distance: float) -> QgsFillSymbol:
    """An outline and lines, without a ground: what lies below stays seen."""
    symbol = outline(colour, 0.35, "dash")
    symbol.appendSymbolLayer(line_pattern(colour, distance, angle, 0.26))
    return symbol


def _see_through(colour: str) -> QgsFillSymbol:
    symbol = fill(colour, palette.INK, 0.3)
    symbol.setOpacity(0.55)
    return symbol


def _hatched_circle() -> QgsMarkerSymbol:
    layer = QgsFilledMarkerSymbolLayer(QgsSimpleMarkerSymbolLayerBase.Shape.Circle, PIE_MM)
    layer.setSubSymbol(hatched())
    symbol = QgsMarkerSymbol()
    symbol.changeSymbolLayer(0, layer)
    return symbol


def slices(operators: Iterable[tuple[str, str]], language: str) -> list[Slice]:
    """Return the parts of the pies: operators (code, name) in the order of their entry, all others, the unknown."""
    known = list(operators)
    named = known[: len(palette.OPERATORS)]
    share = "coalesce(map_get(json_to_map(\"shares\"), '{}'), 0)"
    found = [(share.format(code.replace("'", "''")), palette.operator_colour(number), name)
             for number, (code, name) in enumerate(named)]  # fmt: skip
    if len(known) > len(named):
        rest = " - ".join(["1 - coalesce(\"unknown_share\", 0)", *(expression for expression, _, _ in found)])
        found.append((f"max(0, {rest})", palette.OTHER_OPERATORS, translate("Other operators", language)))
    found.append(('"unknown_share"', "", translate("Unknown share: hatched", language)))
    return found


def operators_of(layer: Optional[QgsVectorLayer], language: str) -> list[tuple[str, str]]:
    """Return code and name of the operators of a layer, ours first, then in the order of their entry."""
    if layer is None:
        return []
    rows = [{name: plain_value(row[name]) for name in ("fid", "code", "name", "name_en", "is_self")}
            for row in layer.getFeatures()]  # fmt: skip
    rows.sort(key=lambda row: (not row["is_self"], row["fid"]))
    own = "name" if language == "zh" else "name_en"
    return [(str(row["code"]), str(row[own] or row["name"])) for row in rows]


def put_pies(layer: QgsVectorLayer, operators: Iterable[tuple[str, str]], language: str) -> None:
    """Put pies of shares on the estates of a layer; estates without shares keep the hatched circle only."""
    parts = slices(operators, language)
    settings = QgsDiagramSettings()
    settings.categoryAttributes = [expression for expression, _, _ in parts]
    settings.categoryColors = [QColor(colour) if colour else QColor(0, 0, 0, 0) for _, colour, _ in parts]
    settings.categoryLabels = [label for _, _, label in parts]
    settings.size = QSizeF(PIE_MM, PIE_MM)
    settings.sizeType = QgsUnitTypes.RenderUnit.RenderMillimeters
    settings.lineSizeUnit = QgsUnitTypes.RenderUnit.RenderMillimeters
    settings.penColor = QColor(palette.HALO)
    settings.penWidth = 0.2
    settings.rotationOffset = 270.0  # from the top, clockwise: as in the dock
    settings.setDirection(QgsDiagramSettings.Direction.Clockwise)
    settings.scaleByArea = False
    settings.minimumSize = 0.0
    renderer = QgsSingleCategoryDiagramRenderer()
    renderer.setDiagram(QgsPieDiagram())
    renderer.setDiagramSettings(settings)
    renderer.setAttributeLegend(True)
    layer.setDiagramRenderer(renderer)
    layer.setDiagramLayerSettings(_on_the_pole())
    layer.setLabeling(QgsVectorLayerSimpleLabeling(_keep_clear()))
    layer.setLabelsEnabled(True)


def _keep_clear() -> QgsPalLayerSettings:
    """No labels of its own: names of estates go round the circles."""
    settings = QgsPalLayerSettings()
    settings.setFormat(text_format(8.0))  # without one, newer QGIS asks the internet for the font of its own styles
    settings.drawLabels = False
    obstacle = settings.obstacleSettings()
    obstacle.setIsObstacle(True)
    obstacle.setFactor(2.0)
    settings.setObstacleSettings(obstacle)
    return settings


def _on_the_pole() -> QgsDiagramLayerSettings:
    """Every pie stands in the middle of its circle, also where pies meet."""
    place = QgsDiagramLayerSettings()
    place.setPlacement(QgsDiagramLayerSettings.Placement.OverPoint)
    place.setShowAllDiagrams(True)
    place.setIsObstacle(False)
    own = place.dataDefinedProperties()
    names = QgsDiagramLayerSettings.Property
    own.setProperty(names.PositionX, QgsProperty.fromExpression("$x"))
    own.setProperty(names.PositionY, QgsProperty.fromExpression("$y"))
    own.setProperty(names.Show, QgsProperty.fromExpression('"shares" IS NOT NULL'))
    place.setDataDefinedProperties(own)
    return place
