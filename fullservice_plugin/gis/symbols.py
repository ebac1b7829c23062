# SPDX-License-Identifier: GPL-2.0-or-later
"""Symbols and labels from which the styles are put together. Sizes are millimetres unless said otherwise."""

from __future__ import annotations

from typing import Iterable, Optional

from qgis.core import (
    QgsFillSymbol,
    QgsLinePatternFillSymbolLayer,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsRuleBasedLabeling,
    QgsRuleBasedRenderer,
    QgsSimpleFillSymbolLayer,
    QgsSymbol,
    QgsSymbolLayer,
    QgsTextBackgroundSettings,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QSizeF
from qgis.PyQt.QtGui import QColor, QFont

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gis import palette

FONTS = ("WenQuanYi Zen Hei", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "Noto Sans", "DejaVu Sans")


Rule = tuple[str, str, QgsSymbol]  # expression (empty = all others), label, symbol


def any_of(field: str, codes: Iterable[str]) -> str:
    """Return the expression that a text field holds one of the codes."""
    quoted = ", ".join(f"'{code}'" for code in codes)
    return f'"{field}" IN ({quoted})'


def code_names(list_name: str, codes: Iterable[str], language: str) -> str:
    """Return the names of codes of a list, side by side."""
    return " / ".join(code_label(list_name, code, language) for code in codes)


def rules(entries: Iterable[Rule]) -> QgsRuleBasedRenderer:
    """Return a rule-based renderer; an empty expression catches what no other rule took."""
    root = QgsRuleBasedRenderer.Rule(None)
    for expression, label, symbol in entries:
        rule = QgsRuleBasedRenderer.Rule(symbol, 0, 0, expression or "ELSE", label)
        root.appendChild(rule)
    return QgsRuleBasedRenderer(root)


def fill(colour: str, outline: str = palette.INK, width: float = 0.2, style: str = "solid") -> QgsFillSymbol:
    """Return a plain fill; ``colour`` may carry alpha as ``#rrggbbaa`` in QGIS' order ``r,g,b,a``."""
    return QgsFillSymbol.createSimple(
        {"color": colour, "outline_color": outline, "outline_width": str(width), "outline_style": style,
         "joinstyle": "miter"}
    )


def outline(colour: str, width: float, style: str = "solid") -> QgsFillSymbol:
    """Return a fill symbol that draws its outline only."""
    return QgsFillSymbol.createSimple(
        {"style": "no", "outline_color": colour, "outline_width": str(width), "outline_style": style}
    )


def line_pattern(colour: str, distance: float, angle: float = 45.0, width: float = 0.2) -> QgsSymbolLayer:
    """Return the layer of a fill that draws lines only (distance and width in millimetres, angle in degrees)."""
    pattern = QgsLinePatternFillSymbolLayer()
    pattern.setLineAngle(angle)
    pattern.setDistance(distance)
    pattern.setSubSymbol(QgsLineSymbol.createSimple({"color": colour, "width": str(width)}))
    return pattern


def hatched(outline_colour: str = palette.HATCH, width: float = 0.2) -> QgsFillSymbol:
    """Return the hatch that means “unknown”; never white, never zero."""
    symbol = QgsFillSymbol()
    ground = QgsSimpleFillSymbolLayer(QColor(palette.UNKNOWN))
    ground.setStrokeColor(QColor(outline_colour))
    ground.setStrokeWidth(width)
    symbol.changeSymbolLayer(0, ground)
    symbol.appendSymbolLayer(line_pattern(palette.HATCH, 1.4))
    return symbol


def line(colour: str, width: float, style: str = "solid") -> QgsLineSymbol:
    """Return a plain line with round ends."""
    return QgsLineSymbol.createSimple(
        {"color": colour, "width": str(width), "line_style": style, "capstyle": "round", "joinstyle": "round"}
    )


def cased_line(colour: str, width: float, edge: str) -> QgsLineSymbol:
    """Return a line with an edge on both sides."""
    symbol = line(edge, width + 0.3)
    symbol.appendSymbolLayer(line(colour, width).takeSymbolLayer(0))
    return symbol


def marker(shape: str, colour: str, size: float, edge: str = palette.HALO) -> QgsMarkerSymbol:
    """Return a simple marker; ``shape`` is a QGIS name such as ``circle square diamond triangle star``."""
    return QgsMarkerSymbol.createSimple(
        {"name": shape, "color": colour, "size": str(size), "outline_color": edge, "outline_width": "0.3"}
    )


def text_format(size: float, colour: str = palette.INK, bold: bool = False, plate: bool = False) -> QgsTextFormat:
    """Return a text format (``size`` in points) with a halo and a font that has Chinese glyphs.

    ``plate``: on a plate that lets the map shine through; drawn three times as fast as halos round Chinese characters.
    """
    shape = QgsTextFormat()
    font = QFont()
    font.setFamily(FONTS[0])
    if hasattr(font, "setFamilies"):
        font.setFamilies(list(FONTS))
    font.setBold(bold)
    shape.setFont(font)
    if hasattr(shape, "setFamilies"):
        shape.setFamilies(list(FONTS))
    shape.setSize(size)
    shape.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    shape.setColor(QColor(colour))
    if plate:
        shape.setBackground(_plate())
        return shape
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.9)
    halo.setColor(QColor(palette.HALO))
    shape.setBuffer(halo)
    return shape


def _plate() -> QgsTextBackgroundSettings:
    ground = QgsTextBackgroundSettings()
    ground.setEnabled(True)
    ground.setType(QgsTextBackgroundSettings.ShapeType.ShapeRectangle)
    ground.setSizeType(QgsTextBackgroundSettings.SizeType.SizeBuffer)
    ground.setSize(QSizeF(0.7, 0.3))
    ground.setRadii(QSizeF(0.8, 0.8))
    colour = QColor(palette.HALO)
    colour.setAlphaF(0.78)
    ground.setFillColor(colour)
    ground.setStrokeWidth(0.0)
    return ground


def labels(
    expression: str,
    size: float,
    *,
    smallest: int = 0,
    largest: int = 0,
    bold: bool = False,
    colour: str = palette.INK,
    placement: Optional[int] = None,
    priority: int = 5,
    always: bool = False,
    plate: bool = False,
    room: float = 0.0,
) -> QgsVectorLayerSimpleLabeling:
    """Return labels shown between two scale denominators (0 = no limit).

    ``always``: also where they collide; ``plate``: see :func:`text_format`; ``room``: only what is at least
    so many millimetres large on the map is labelled.
    """
    return QgsVectorLayerSimpleLabeling(label_settings(
        expression, size, smallest=smallest, largest=largest, bold=bold, colour=colour, placement=placement,
        priority=priority, always=always, plate=plate, room=room))


def label_settings(
    expression: str,
    size: float,
    *,
    smallest: int = 0,
    largest: int = 0,
    bold: bool = False,
    colour: str = palette.INK,
    placement: Optional[int] = None,
    priority: int = 5,
    always: bool = False,
    plate: bool = False,
    room: float = 0.0,
) -> QgsPalLayerSettings:
    """Return the settings that :func:`labels` and :func:`labels_by_scale` are made of."""
    settings = QgsPalLayerSettings()
    settings.isExpression = True
    settings.fieldName = expression
    settings.priority = priority
    settings.displayAll = always
    # over a point inside of what is on the map of the area: one candidate per label, where fitting a label into each of
    # some hundred polygons takes seconds
    settings.centroidInside = True
    settings.centroidWhole = False
    settings.multilineAlign = QgsPalLayerSettings.MultiLineAlign.MultiCenter
    settings.setFormat(text_format(size, colour, bold, plate))
    if room:
        thinning = settings.thinningSettings()
        thinning.setMinimumFeatureSize(room)
        settings.setThinningSettings(thinning)
    if smallest or largest:
        settings.scaleVisibility = True
        settings.minimumScale = smallest
        settings.maximumScale = largest
    if placement is not None:
        settings.placement = placement
    return settings


def labels_by_scale(*bands: QgsPalLayerSettings) -> QgsRuleBasedLabeling:
    """Return labels that differ between bands of scales."""
    root = QgsRuleBasedLabeling.Rule(None)
    for settings in bands:
        root.appendChild(QgsRuleBasedLabeling.Rule(settings))
    return QgsRuleBasedLabeling(root)
