# SPDX-License-Identifier: GPL-2.0-or-later
"""Map sheets: a QGIS layout at a round scale, exported as vector PDF with its georeference.

The template (``styles/layouts/sheet_<page>.qpt``) gives every item its place; operators may change it in the
layout designer as long as the item ids stay. Sheets are drawn in the UTM zone of their centre (metres).
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsLayerTree,
    QgsLayout,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendStyle,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize, QSizeF
from qgis.PyQt.QtGui import QColor, QFont, QFontDatabase

from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import Face, FontSet
from fullservice_plugin.plans.layers import MapLayer, build_layer
from fullservice_plugin.plans.merge import PrintedSheet
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.sheet_forms import Form, fit, layouts_directory, read_layout, sheet_forms
from fullservice_plugin.plans.sheet_marks import MM, covered
from fullservice_plugin.plans.sheets import Sheet, frame_extent, ground_of, sheet_crs, wgs84

DPI = 600


@dataclass(frozen=True)
class ShownSheet:
    """A sheet for the screen: the layout without its map, the settings of the map and its box on it (pixels)."""

    ground: Any  # QImage
    settings: QgsMapSettings
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class MadeLayers:
    """The layers of QGIS for those of a plan, None where one has nothing to draw, and the font of their texts."""

    layers: list[Optional[QgsVectorLayer]]
    family: str


class MapPrinter:
    """Renders the sheets of one document from one set of layers (bottom first).

    ``made`` comes from :func:`make_layers`; without it that is done here.
    """

    def __init__(
        self, layers: Sequence[MapLayer], fonts: FontSet, language: str, attribution: str, date: str,
        look: PrintTemplate = OURS, made: Optional[MadeLayers] = None,
    ) -> None:
        self.language, self.attribution, self.date, self.look = language, attribution, date, look
        self.forms = sheet_forms(look)
        self.fonts = fonts
        made = made or make_layers(layers, fonts, language, attribution)
        self.family = made.family
        self.project = QgsProject()
        self.project.setEllipsoid("EPSG:7030")
        self.layers: list[Any] = []
        tree = QgsLayerTree()
        for layer, one in zip(layers, made.layers):
            if one is None:
                continue
            self.project.addMapLayer(one, False)
            self.layers.insert(0, one)
            if layer.legend:
                tree.insertLayer(0, one)
        self.tree = tree
        self._layouts: dict[str, QgsLayout] = {}
        self._scales: dict[str, int] = {}  # of the scale bar, by page
        self._clear: dict[str, list[QgsLayoutItemLabel]] = {}  # what keeps labels away, by page

    def print(self, sheet: Sheet) -> PrintedSheet:
        """Return the sheet as a one-page PDF with georeference."""
        layout = self._layout(sheet)
        with tempfile.TemporaryDirectory(prefix="fullservice-") as folder:
            path = str(Path(folder) / "sheet.pdf")
            settings = QgsLayoutExporter.PdfExportSettings()
            settings.dpi = DPI
            settings.forceVectorOutput = True
            settings.rasterizeWholeImage = False
            settings.appendGeoreference = True
            settings.writeGeoPdf = False
            settings.exportMetadata = False
            settings.simplifyGeometries = True
            settings.textRenderFormat = Qgis.TextRenderFormat.AlwaysText
            result = QgsLayoutExporter(layout).exportToPdf(path, settings)
            data = Path(path).read_bytes() if Path(path).exists() else b""
            # QGIS reports success on a full disk, too: the file then has no end.
            if result != QgsLayoutExporter.ExportResult.Success or b"%%EOF" not in data[-32:]:
                raise OutputError(
                    "The map sheet {sheet} could not be drawn. Check that the temporary directory {folder} has room.",
                    sheet=sheet.title,
                    folder=folder,
                )
        frame = layout.itemById("map")
        place = frame.pagePos()
        size = frame.rect()
        return PrintedSheet(data, (place.x(), place.y(), size.width(), size.height()), _corners(frame))

    def shown(self, sheet: Sheet, dpi: float) -> ShownSheet:
        """Return a sheet for the screen (main thread, quick): its map is left to a job in the background."""
        layout = self._layout(sheet)
        frame = layout.itemById("map")
        dots = dpi / 25.4
        wide, high = frame.rect().width() * dots, frame.rect().height() * dots
        settings = frame.mapSettings(frame.extent(), QSizeF(wide, high), dpi, True)
        settings.setFlag(QgsMapSettings.Flag.ForceVectorOutput, False)
        frame.setLayers([])
        try:
            ground = QgsLayoutExporter(layout).renderPageToImage(0, QSize(), dpi)
        finally:
            frame.setLayers(self.layers)
        place = frame.pagePos()
        box = (round(place.x() * dots), round(place.y() * dots), round(wide), round(high))
        return ShownSheet(ground, settings, box)

    def layout_of(self, page: str) -> QgsLayout:
        """Return the layout of a page, read once: reading it and its legend costs as much as drawing a sheet."""
        if page in self._layouts:
            return self._layouts[page]
        form = self.forms[page]
        layout = read_layout(self.project, form.path)
        frame = layout.itemById("map")
        if not isinstance(frame, QgsLayoutItemMap):
            raise OutputError(
                "The layout template {path} has no map with the id 'map'. Restore the template.", path=form.path
            )
        fit(layout, form)
        self._furnish(layout, frame)
        self._legend(layout, frame)
        self._layouts[page] = layout
        return layout

    def _layout(self, sheet: Sheet) -> QgsLayout:
        """Return the layout of a sheet, which the next sheet of the page changes."""
        layout = self.layout_of(sheet.page)
        frame = layout.itemById("map")
        self._map(layout, frame, sheet)
        self._text(layout, "title", sheet.title, 13.0, self.look.colour(palette.ACCENT))
        self._text(layout, "subtitle", sheet.subtitle, 7.5, self.look.colour(palette.MUTED))
        form = self.forms[sheet.page]
        notes = [
            translate("Scale 1:{scale} on {paper}", self.language, scale=f"{sheet.scale:,}", paper=_paper(form)),
            crs_name(frame.crs()),
            self.date,
            self.attribution,
        ]
        self._text(layout, "notes", "\n".join(note for note in notes if note), 6.4, self.look.colour(palette.MUTED))
        return layout

    def _map(self, layout: QgsLayout, frame: QgsLayoutItemMap, sheet: Sheet) -> None:
        frame.setCrs(sheet_crs(sheet))
        frame.setExtent(frame_extent(sheet, (frame.rect().width(), frame.rect().height())))
        bar = layout.itemById("scalebar")
        if isinstance(bar, QgsLayoutItemScaleBar) and self._scales.get(sheet.page) != sheet.scale:
            self._scales[sheet.page] = sheet.scale
            bar.setUnitsPerSegment(_nice(sheet.scale * 0.018))
            bar.update()
        self._keep_clear(layout, frame, sheet)

    def _keep_clear(self, layout: QgsLayout, frame: QgsLayoutItemMap, sheet: Sheet) -> None:
        """Keep labels from where the document will write over the sheet; the empty items for it are used again."""
        form, items = self.forms[sheet.page], self._clear.setdefault(sheet.page, [])
        ground = ground_of(sheet, form)
        while len(items) < len(sheet.marks):
            items.append(QgsLayoutItemLabel(layout))
            layout.addLayoutItem(items[-1])
            frame.addLabelBlockingItem(items[-1])
        for item, mark in zip(items, sheet.marks):
            left, bottom, wide, high = (value / MM for value in covered(self.fonts, ground, mark))
            item.attemptResize(QgsLayoutSize(wide, high))
            item.attemptMove(QgsLayoutPoint(left, form.size[1] - bottom - high))
        for number, item in enumerate(items):
            item.setVisibility(number < len(sheet.marks))

    def _furnish(self, layout: QgsLayout, frame: QgsLayoutItemMap) -> None:
        """Set up what is the same on every sheet of a page."""
        frame.setKeepLayerSet(True)
        frame.setLayers(self.layers)
        frame.setBackgroundColor(QColor(palette.PAPER))
        layout.setReferenceMap(frame)
        bar = layout.itemById("scalebar")
        if isinstance(bar, QgsLayoutItemScaleBar):
            bar.setLinkedMap(frame)
            bar.setUnits(QgsUnitTypes.DistanceUnit.DistanceMeters)
            bar.setUnitLabel("m")
            bar.setNumberOfSegments(2)
            bar.setNumberOfSegmentsLeft(0)
            bar.setTextFormat(self._format(7.0, self.look.colour(palette.INK)))
        arrow = layout.itemById("north")
        if isinstance(arrow, QgsLayoutItemPicture):
            arrow.setPicturePath(str(layouts_directory() / "north.svg"))
            arrow.setLinkedMap(frame)
            arrow.setNorthMode(QgsLayoutItemPicture.NorthMode.TrueNorth)

    def _text(self, layout: QgsLayout, name: str, text: str, size: float, colour: str) -> None:
        item = layout.itemById(name)
        if isinstance(item, QgsLayoutItemLabel):
            self.fonts.check([text])
            item.setText(
                self.fonts.fit(text, size, item.rect().width() * 72 / 25.4 - 4) if "\n" not in text else text
            )
            item.setFont(self._font(size))
            item.setFontColor(QColor(colour))

    def _font(self, size: float) -> QFont:
        font = QFont(self.family)
        font.setPointSizeF(size)
        return font

    def _format(self, size: float, colour: str) -> QgsTextFormat:
        made = QgsTextFormat()
        made.setFont(QFont(self.family))
        made.setSize(size)
        made.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
        made.setColor(QColor(colour))
        return made

    def _legend(self, layout: QgsLayout, frame: QgsLayoutItemMap) -> None:
        legend = layout.itemById("legend")
        if not isinstance(legend, QgsLayoutItemLegend):
            return
        legend.setAutoUpdateModel(False)
        root = legend.model().rootGroup()
        root.removeAllChildren()
        for node in self.tree.findLayers():
            child = root.addLayer(node.layer())
            child.setCustomProperty("legend/title-style", "hidden")
        styles = QgsLegendStyle.Style
        for style, size in (
            (styles.Title, 8.0),
            (styles.Group, 7.0),
            (styles.Subgroup, 7.0),
            (styles.SymbolLabel, 6.6),
        ):
            legend.setStyleFont(style, self._font(size))
        legend.setFontColor(QColor(self.look.colour(palette.INK)))
        legend.setLinkedMap(frame)
        legend.adjustBoxSize()


def family_of(layers: Sequence[MapLayer], fonts: FontSet, language: str, attribution: str) -> str:
    """Return the family of one font that has all texts; the layout must never choose for itself."""
    texts = [shape.label for layer in layers for shape in layer.shapes if shape.label]
    texts += [text for layer in layers for text, _ in layer.symbols.values()]
    fonts.check([*texts, attribution])
    needed = {ord(character) for text in texts for character in text}
    faces = [face for face in (fonts.latin, fonts.chinese) if face is not None]
    if language == "zh":
        faces.reverse()
    best: Face = max(faces, key=lambda face: len(needed & face.characters)) if needed else faces[0]
    for face in faces:
        _load(face)
    return _load(best)


def make_layers(layers: Sequence[MapLayer], fonts: FontSet, language: str, attribution: str) -> MadeLayers:
    """Return what is drawn with; the layers belong to the thread that makes them."""
    family = family_of(layers, fonts, language, attribution)
    return MadeLayers([build_layer(layer, family) for layer in layers], family)


def _corners(frame: QgsLayoutItemMap) -> tuple[tuple[float, float], ...]:
    """Return latitude and longitude of the frame's corners: lower left, upper left, upper right, lower right."""
    extent = frame.extent()
    back = QgsCoordinateTransform(frame.crs(), wgs84(), QgsProject.instance().transformContext())
    west, south, east, north = extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()
    points = [back.transform(QgsPointXY(x, y)) for x, y in ((west, south), (west, north), (east, north), (east, south))]
    return tuple((point.y(), point.x()) for point in points)


def crs_name(crs: QgsCoordinateReferenceSystem) -> str:
    """Return the name of a CRS as a sheet prints it."""
    return str(crs.userFriendlyIdentifier())


def _paper(form: Form) -> str:
    """Return the name of a paper, its millimetres where it has none."""
    known = {(210, 297): "A4", (297, 420): "A3", (420, 594): "A2", (594, 841): "A1", (841, 1189): "A0"}
    sides = sorted(round(side) for side in form.size)
    return known.get((sides[0], sides[1]), f"{form.size[0]:.0f} × {form.size[1]:.0f} mm")


def _nice(value: float) -> float:
    """Return the nearest of 1, 2, 5 × 10ⁿ not above ``value``."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= value)


_families: dict[str, str] = {}


def _load(face: Face) -> str:
    """Make the font file known to Qt and return its family name."""
    name = str(face.path)
    if name not in _families:
        families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(name))
        stem = face.path.stem.lower().replace("-", "")
        same = [f for f in QFontDatabase().families() if f.lower().replace(" ", "") == stem]
        _families[name] = [*same, *families, face.path.stem][0]
    return _families[name]
