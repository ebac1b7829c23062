# SPDX-License-Identifier: GPL-2.0-or-later
"""The layers of a map sheet: memory layers (EPSG:4326) with our symbols and labels, from plain shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProperty,
    QgsRendererCategory,
    QgsSymbol,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor, QFont

from fullservice_plugin.compat import field
from fullservice_plugin.plans import labels, palette
from fullservice_plugin.plans.fonts import clean
from fullservice_plugin.plans.model import BaseMap, Shape

_TYPES = {"polygon": "MultiPolygon", "line": "MultiLineString", "point": "MultiPoint"}


@dataclass(frozen=True)
class Labels:
    """How a layer is labelled: size in points, colour, and the scale denominator above which labels are left out."""

    size: float = 6.0
    colour: str = palette.INK
    placement: str = "over"  # over (polygons), along (lines), around (points)
    smallest: float = 0.0  # scale denominator; 0: at every scale
    rank: int = (
        1  # a higher rank wins a contested place and is drawn later; distinct ranks keep the order fixed
    )


@dataclass(frozen=True)
class MapLayer:
    """One layer of a map: shapes by kind, the symbol and legend text of each kind in drawing order."""

    name: str
    form: str  # polygon, line or point
    shapes: tuple[Shape, ...]
    symbols: dict[str, tuple[str, dict[str, str]]]  # kind → (legend text, symbol properties)
    labels: Optional[Labels] = None
    legend: bool = True


def fill(colour: str, edge: str, width: float = 0.18, style: str = "solid") -> dict[str, str]:
    """Return properties of a polygon symbol; widths in millimetres on paper."""
    return {
        "color": colour,
        "outline_color": edge,
        "outline_width": str(width),
        "style": style,
        "joinstyle": "miter",
    }


def line(colour: str, width: float, style: str = "solid") -> dict[str, str]:
    """Return properties of a line symbol."""
    return {
        "line_color": colour,
        "line_width": str(width),
        "line_style": style,
        "capstyle": "round",
        "joinstyle": "round",
    }


def marker(shape: str, colour: str, size: float) -> dict[str, str]:
    """Return properties of a point symbol."""
    return {
        "name": shape,
        "color": colour,
        "size": str(size),
        "outline_color": "#FFFFFF",
        "outline_width": "0.25",
    }


def _symbol(form: str, properties: dict[str, str]) -> QgsSymbol:
    if form == "polygon":
        return QgsFillSymbol.createSimple(properties)
    if form == "line":
        return QgsLineSymbol.createSimple(properties)
    return QgsMarkerSymbol.createSimple(properties)


def _form(geometry: Any) -> str:
    kind = geometry.geom_type
    return "polygon" if kind.endswith("Polygon") else "line" if kind.endswith("LineString") else "point"


def build_layer(layer: MapLayer, family: str) -> Optional[QgsVectorLayer]:
    """Return the memory layer, or None where nothing is to be drawn. ``family`` is the label font."""
    drawn = [
        s
        for s in layer.shapes
        if s.geometry is not None and not s.geometry.is_empty and _form(s.geometry) == layer.form
    ]
    if not drawn:
        return None
    made = QgsVectorLayer(f"{_TYPES[layer.form]}?crs=EPSG:4326", layer.name, "memory")
    provider = made.dataProvider()
    provider.addAttributes([field("kind", "text"), field("label", "text")])
    made.updateFields()
    features = []
    for shape in drawn:
        feature = QgsFeature(made.fields())
        geometry = QgsGeometry()
        geometry.fromWkb(shape.geometry.wkb)
        geometry.convertToMultiType()
        feature.setGeometry(geometry)
        feature.setAttributes([shape.kind, clean(shape.label).replace("\n", " ")])
        features.append(feature)
    provider.addFeatures(features)
    provider.createSpatialIndex()
    made.updateExtents()
    present = {shape.kind for shape in drawn}
    categories = [
        QgsRendererCategory(kind, _symbol(layer.form, properties), text)
        for kind, (text, properties) in layer.symbols.items()
        if kind in present
    ]
    renderer = QgsCategorizedSymbolRenderer("kind", categories)
    if layer.form == "line":
        renderer.setUsingSymbolLevels(False)
    made.setRenderer(renderer)
    if layer.labels is not None and any(shape.label for shape in drawn):
        made.setLabeling(QgsVectorLayerSimpleLabeling(_labelling(layer.labels, family)))
        made.setLabelsEnabled(True)
    return made


def _labelling(style: Labels, family: str) -> QgsPalLayerSettings:
    text = QgsTextFormat()
    font = QFont(family)
    text.setFont(font)
    text.setSize(style.size)
    text.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    text.setColor(QColor(style.colour))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.5)
    halo.setColor(QColor(255, 255, 255, 220))
    text.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = "label"
    settings.setFormat(text)
    settings.priority = min(10, 2 * style.rank)
    # Every label has a drawing order of its own: QGIS leaves the order of equals to chance.
    order = QgsProperty.fromExpression(f"{style.rank} + $id / 10000000.0")
    own = settings.dataDefinedProperties()
    own.setProperty(QgsPalLayerSettings.Property.ZIndex, order)
    settings.setDataDefinedProperties(own)
    settings.placement = {
        "over": QgsPalLayerSettings.Placement.OverPoint,
        "along": QgsPalLayerSettings.Placement.Line,
        "around": QgsPalLayerSettings.Placement.OrderedPositionsAroundPoint,
    }[style.placement]
    if style.placement == "around":
        settings.dist = 1.4
    if style.placement == "along":
        merged = settings.lineSettings()
        merged.setMergeLines(True)
        settings.setLineSettings(merged)
    if style.placement == "over":
        settings.centroidInside = True
    if style.smallest:
        settings.scaleVisibility = True
        settings.minimumScale = style.smallest
        settings.maximumScale = 0.0
    return settings


def base_layers(base: BaseMap, others: str) -> list[MapLayer]:
    """Return the ground, bottom first; ``others`` is the legend text of the buildings outside the report."""
    casing = {}
    for shape in base.streets:
        major = shape.kind in ("motorway", "trunk", "primary", "secondary", "tertiary")
        path = shape.kind in ("footway", "path", "steps", "cycleway", "pedestrian", "track")
        width = 1.9 if major else 0.5 if path else 1.2
        casing[shape.kind] = (shape.kind, line(palette.STREET_EDGE, width + 0.3), line(palette.STREET, width))
    ordered = sorted(casing)
    return [
        MapLayer(
            "green",
            "polygon",
            base.green,
            _one(base.green, fill(palette.GREEN, palette.GREEN, 0.0)),
            legend=False,
        ),
        MapLayer(
            "water",
            "polygon",
            base.water,
            _one(base.water, fill(palette.WATER, palette.WATER, 0.0)),
            legend=False,
        ),
        MapLayer(
            "casing", "line", base.streets, {k: (casing[k][0], casing[k][1]) for k in ordered}, legend=False
        ),
        MapLayer(
            "streets",
            "line",
            base.streets,
            {k: (casing[k][0], casing[k][2]) for k in ordered},
            Labels(5.4, palette.MUTED, "along"),
            legend=False,
        ),
        MapLayer(
            "others",
            "polygon",
            base.buildings,
            _one(base.buildings, fill(palette.BUILDING, palette.BUILDING_EDGE, 0.1), others),
        ),
    ]


def _one(
    shapes: Sequence[Shape], properties: dict[str, str], text: str = ""
) -> dict[str, tuple[str, dict[str, str]]]:
    return {kind: (text or kind, properties) for kind in sorted({shape.kind for shape in shapes})}


def network_layers(network: Sequence[Shape], language: str) -> list[MapLayer]:
    """Return drops, routes and nodes of a design, bottom first."""

    def word(kind: str) -> str:
        return labels.label("map_kind", kind, language)

    lines = {
        "drop": (word("drop"), line(palette.DROP, 0.25)),
        "distribution": (word("distribution"), line(palette.DISTRIBUTION, 0.55)),
        "feeder": (word("feeder"), line(palette.FEEDER, 0.95)),
    }
    points = {
        "ap": (word("ap"), marker("triangle", "#E69F00", 2.3)),
        "switch": (word("switch"), marker("pentagon", "#8C6D31", 2.3)),
        "fat": (word("fat"), marker("circle", palette.DISTRIBUTION, 2.1)),
        "fdt": (word("fdt"), marker("diamond", palette.FEEDER, 3.2)),
        "olt": (word("olt"), marker("square", palette.INK, 3.2)),
    }
    order = {kind: rank for rank, kind in enumerate(points)}
    nodes = tuple(sorted((s for s in network if s.kind in points), key=lambda s: order[s.kind]))
    plain = tuple(Shape(s.kind, s.geometry) for s in nodes if s.kind in ("ap", "switch"))
    named = tuple(s for s in nodes if s.kind in ("fat", "fdt", "olt"))
    routes = tuple(s for s in network if s.kind in lines)
    halo = {"drop": 0.6, "distribution": 1.0, "feeder": 1.4}
    return [
        MapLayer("halo", "line", routes, {k: (k, line(palette.WHITE, w)) for k, w in halo.items()}, legend=False),
        MapLayer("drops", "line", tuple(s for s in routes if s.kind == "drop"), {"drop": lines["drop"]}),
        MapLayer(
            "distribution",
            "line",
            tuple(s for s in routes if s.kind == "distribution"),
            {"distribution": lines["distribution"]},
        ),
        MapLayer("feeder", "line", tuple(s for s in routes if s.kind == "feeder"), {"feeder": lines["feeder"]}),
        MapLayer("aps", "point", plain, points),
        MapLayer("nodes", "point", named, points, Labels(5.2, palette.FEEDER, "around", 3000.0, 3)),
    ]


def estate_layer(shapes: Sequence[Shape], text: str) -> MapLayer:
    """Return the estates of a plan as dashed outlines; ``text`` is their legend."""
    outline = {"style": "no", "outline_color": palette.INK, "outline_width": "0.35", "outline_style": "dash"}
    return MapLayer("estates", "polygon", tuple(shapes), _one(shapes, outline, text))


def building_layer(
    shapes: Sequence[Shape], words: dict[str, str], colours: dict[str, str], name: str
) -> MapLayer:
    """Return buildings coloured by their kind; ``words`` are the legend texts in order, no colour means hatched."""
    present = {shape.kind for shape in shapes}
    symbols = {}
    for kind in [*words, *sorted(present - set(words))]:
        if kind in present:
            colour = colours.get(kind)
            hatch = fill(palette.MUTED, palette.MUTED, 0.12, "b_diagonal")
            symbols[kind] = (words.get(kind, kind), fill(colour, palette.INK, 0.12) if colour else hatch)
    return MapLayer(name, "polygon", tuple(shapes), symbols, Labels(5.0, palette.INK, "over", 2600.0, 2))
