# SPDX-License-Identifier: GPL-2.0-or-later
"""What the map shows at a scale, in words: the classes of our visible layers, the hatched unknown among them."""

from __future__ import annotations

from typing import Iterable

from qgis.core import QgsLegendSymbolItem, QgsMapLayer, QgsSymbol, QgsVectorLayer

from fullservice_plugin.gis.layers import key_of

Entry = tuple[QgsSymbol, str]


def legend_of(layers: Iterable[QgsMapLayer], scale: float) -> list[tuple[str, list[Entry]]]:
    """Return title and classes (symbol, words) of each of our layers that draws something at a scale denominator."""
    found = []
    for layer in layers:
        if not isinstance(layer, QgsVectorLayer) or not key_of(layer) or not layer.isInScaleRange(scale):
            continue
        if layer.renderer() is None:
            continue
        entries = _classes(layer.renderer().legendSymbolItems(), scale)
        if entries:
            found.append((layer.name(), [(symbol, words or layer.name()) for symbol, words in entries]))
    return found


def _classes(items: list[QgsLegendSymbolItem], scale: float) -> list[Entry]:
    """Items with a symbol whose scales, and those of the rule above them, hold here."""
    by_key = {item.ruleKey(): item for item in items}
    found = []
    for item in items:
        above = by_key.get(item.parentRuleKey())
        if item.symbol() is None or not item.isScaleOK(scale) or (above is not None and not above.isScaleOK(scale)):
            continue
        if item.symbol().symbolLayerCount() and not _empty(item.symbol()):
            found.append((item.symbol().clone(), item.label()))
    return found


def _empty(symbol: QgsSymbol) -> bool:
    """A fill without fill and edge, which only carries labels."""
    layer = symbol.symbolLayer(0)
    told = layer.properties()
    return symbol.symbolLayerCount() == 1 and told.get("style") == "no" and told.get("outline_style") == "no"
