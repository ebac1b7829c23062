# SPDX-License-Identifier: GPL-2.0-or-later
"""Choosing a file or a layer of the open project, and looking at it before anything is done with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional, Union

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeatureRequest,
    QgsMapLayerProxyModel,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
)
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import QRectF, QSize, pyqtSignal
from qgis.PyQt.QtGui import QColor, QPainter, QPaintEvent
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from fullservice_plugin.connectors.osm_file import is_osm_file, read_osm
from fullservice_plugin.core.errors import Cancelled, InputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gui.background import Background
from fullservice_plugin.i18n import tr

Box = tuple[float, float, float, float]
#: So many outlines are sketched; more would only be grey.
SKETCHED = 4000
_FILES = "*.gpkg *.geojson *.json *.shp *.fgb *.gml *.kml *.parquet *.sqlite"
_OSM = "*.osm.pbf *.pbf *.osm"


class SourceChoice(QWidget):
    """A layer of the project or a file; ``value`` is what an algorithm takes, None where nothing is chosen."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget, kind: str, osm: bool = False) -> None:
        super().__init__(parent)
        self._osm = osm
        filters = QgsMapLayerProxyModel.Filter
        kinds = {"point": filters.PointLayer, "line": filters.LineLayer, "polygon": filters.PolygonLayer}
        self.combo = QgsMapLayerComboBox(self)
        self.combo.setFilters(kinds[kind])
        self.combo.setAllowEmptyLayer(True)
        self.combo.setCurrentIndex(0)
        self.combo.currentTextChanged.connect(lambda _text: self.changed.emit())
        self.file_button = QPushButton(tr("File…"), self)
        self.file_button.clicked.connect(lambda _checked=False: self._browse())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.combo, 1)
        row.addWidget(self.file_button)

    def _browse(self) -> None:
        files = f"{_OSM} {_FILES}" if self._osm else _FILES
        path, _ = QFileDialog.getOpenFileName(self, tr("Choose a file"), "", f"{tr('Maps')} ({files})")
        if path:
            self.set_file(path)

    def set_file(self, path: str) -> None:
        """Choose a file."""
        self.combo.setAdditionalItems([path])
        self.combo.setCurrentIndex(self.combo.findText(path))

    @property
    def path(self) -> str:
        """The chosen file, empty where a layer or nothing is chosen."""
        text = self.combo.currentText()
        return text if text in self.combo.additionalItems() else ""

    @property
    def value(self) -> Union[str, QgsVectorLayer, None]:
        """The file's path or the layer."""
        return self.path or self.combo.currentLayer()

    @property
    def title(self) -> str:
        """A name for the source: that of the file without its endings, or of the layer."""
        layer = self.combo.currentLayer()
        return Path(self.path).name.split(".")[0] if self.path else layer.name() if layer is not None else ""

    def layer(self) -> Optional[QgsVectorLayer]:
        """Return a layer to read columns from; None for an OpenStreetMap file and for nothing."""
        if not self.path:
            return self.combo.currentLayer()
        if is_osm_file(self.path):
            return None
        found = QgsVectorLayer(self.path, self.title, "ogr")
        return found if found.isValid() else None


@dataclass(frozen=True)
class Look:
    """What a source holds: features, their extent in degrees (EPSG:4326), the boxes of the first ones."""

    count: int
    extent: Optional[Box]
    boxes: tuple[Box, ...]

    @property
    def points(self) -> bool:
        """Whether they have no extent of their own: points, no footprints."""
        return bool(self.boxes) and all(west == east and south == north for west, south, east, north in self.boxes)


class LookTask(Background):
    """Counts and measures a source in the background; ``told`` gets a :class:`Look` or an error in the main thread."""

    def __init__(self, value: Union[str, QgsVectorLayer], told: Callable[[Any], None]) -> None:
        super().__init__(tr("Look at a source"), self._read, told, told)
        self._path = value if isinstance(value, str) else ""
        self._features = QgsVectorLayerFeatureSource(value) if not self._path else None
        self._crs = QgsCoordinateReferenceSystem(value.crs()) if not self._path else None
        self._where = QgsProject.instance().transformContext()

    def _read(self) -> Look:
        return self._osm() if is_osm_file(self._path) else self._layer()

    def _osm(self) -> Look:
        progress = Progress(lambda share: self.setProgress(100.0 * share), cancelled=self.isCanceled)
        table = read_osm(Path(self._path), None, progress).buildings
        return _look(len(table), (shape.bounds for shape in table.geometry))

    def _layer(self) -> Look:
        features, crs, layer = self._features, self._crs, None
        if features is None:
            layer = QgsVectorLayer(self._path, "look", "ogr")
            if not layer.isValid():
                raise InputError("{file} is no map that QGIS can read. Choose another file.", file=self._path)
            features, crs = QgsVectorLayerFeatureSource(layer), layer.crs()
        request = QgsFeatureRequest().setNoAttributes()
        move = QgsCoordinateTransform(crs, QgsCoordinateReferenceSystem("EPSG:4326"), self._where)
        boxes, count = [], 0
        for feature in features.getFeatures(request):
            if count % 500 == 0 and self.isCanceled():
                raise Cancelled()
            count += 1
            if feature.hasGeometry():
                try:
                    box = move.transformBoundingBox(feature.geometry().boundingBox())
                except QgsCsException:  # coordinates that this system does not know: the import tells of such rows
                    continue
                boxes.append((box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()))
        return _look(count, boxes)


def _look(count: int, bounds: Any) -> Look:
    boxes = list(bounds)
    if not boxes:
        return Look(count, None, ())
    west, south, east, north = zip(*boxes)
    step = max(1, len(boxes) // SKETCHED)
    return Look(count, (min(west), min(south), max(east), max(north)), tuple(boxes[::step]))


class Sketch(QWidget):
    """The outlines of a source as small boxes, north up, so that one sees whether it is the right place."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.look = Look(0, None, ())
        self.setMinimumHeight(110)

    def sizeHint(self) -> QSize:  # noqa: N802 (the name Qt asks for)
        """Return a size that shows a town."""
        return QSize(320, 150)

    def show_look(self, look: Look) -> None:
        """Show another source."""
        self.look = look
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (the name Qt asks for)
        """Draw the boxes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#f4f6f8"))
        if self.look.extent is not None:
            west, south, east, north = self.look.extent
            squeeze = max(math.cos(math.radians((south + north) / 2)), 0.05)  # a degree to the east is the shorter one
            width, height = max((east - west) * squeeze, 1e-9), max(north - south, 1e-9)
            scale = min((self.width() - 12) / width, (self.height() - 12) / height)
            left, top = (self.width() - width * scale) / 2, (self.height() - height * scale) / 2
            painter.setBrush(QColor("#0b3c5d"))
            painter.setPen(QColor("#0b3c5d"))
            least = 3.0 if self.look.points else 0.6  # pixels
            for x0, y0, x1, y1 in self.look.boxes:
                painter.drawRect(QRectF(left + (x0 - west) * squeeze * scale, top + (north - y1) * scale,
                                        max((x1 - x0) * squeeze * scale, least), max((y1 - y0) * scale, least)))
        painter.end()
