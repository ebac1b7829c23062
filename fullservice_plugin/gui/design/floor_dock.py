# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of WLAN floors: one map of one floor at a time, and the layers of that floor."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsCoordinateTransform, QgsProject, QgsRasterLayer, QgsSettings, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.gis.floor_maps import FOLDER_SETTING, QUANTITIES, FloorFilter, FloorMapFile, read_floor_maps
from fullservice_plugin.gui.design.ramp_bar import RampBar
from fullservice_plugin.gui.filters import FILTERS
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import Question, do_later
from fullservice_plugin.i18n import headed, tr
from fullservice_plugin.services.telling_models import told_model


class FloorDock(QgsDockWidget):
    """Folder, building, quantity, floor; Closed, the map is as before."""

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        super().__init__(tr("WLAN floors"), iface.mainWindow())
        self.setObjectName("FullServiceWlanFloors")
        self._iface, self._notifier = iface, notifier
        self._maps: list[FloorMapFile] = []
        self._filter = FloorFilter(FILTERS.of, FILTERS.put)
        self._reading: Optional[Question] = None
        self._layer_id = ""
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(self._folder_row(body))
        layout.addLayout(self._choices(body))
        self.legend = RampBar(body)
        layout.addWidget(self.legend)
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        self.state.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.state, 1)
        layout.addLayout(self._buttons(body))
        self.setWidget(body)
        self.visibilityChanged.connect(self._visible)
        iface.mapCanvas().xyCoordinates.connect(self._told_at)
        self._show()

    def _folder_row(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.folder = QLineEdit(body)
        self.folder.setPlaceholderText(tr("Folder with maps of floors"))
        self.folder.editingFinished.connect(lambda: self.open(self.folder.text()))
        browse = QPushButton(tr("Choose…"), body)
        browse.clicked.connect(lambda _checked=False: self._browse())
        row.addWidget(self.folder, 1)
        row.addWidget(browse)
        return row

    def _choices(self, body: QWidget) -> QFormLayout:
        form = QFormLayout()
        self.building, self.quantity = QComboBox(body), QComboBox(body)
        self.building.setEditable(True)
        self.building.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.floor = QSpinBox(body)
        self.floor.setRange(-9, 200)
        self.floor.setValue(1)
        self.floor.setToolTip(tr("Storeys count from 1, the ground floor. Arrow keys go up and down."))
        self.opacity = QSlider(Qt.Orientation.Horizontal, body)
        self.opacity.setRange(10, 100)
        self.opacity.setValue(75)
        self.building.currentIndexChanged.connect(lambda _index: self._building_chosen())
        self.quantity.currentIndexChanged.connect(lambda _index: self._show())
        self.floor.valueChanged.connect(lambda _value: self._show())
        self.opacity.valueChanged.connect(lambda _value: self._fade())
        for words, widget in (("Building", self.building), ("Map", self.quantity), ("Floor", self.floor),
                              ("Opacity", self.opacity)):
            form.addRow(tr(words), widget)
        return form

    def _buttons(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.all_button = QPushButton(tr("All floors"), body)
        self.zoom_button = QPushButton(tr("Zoom to building"), body)
        self.all_button.setToolTip(tr("Take the map away and give every layer its own filter back"))
        self.all_button.clicked.connect(lambda _checked=False: self.clear())
        self.zoom_button.clicked.connect(lambda _checked=False: self.zoom())
        row.addWidget(self.all_button)
        row.addWidget(self.zoom_button)
        return row

    def _visible(self, shown: bool) -> None:
        if shown and not self._maps:
            remembered = str(QgsSettings().value(FOLDER_SETTING, "") or "")
            if remembered and Path(remembered).is_dir():
                self.open(remembered)

    def closeEvent(self, event: Any) -> None:  # noqa: N802
        """Leave the map as it was."""
        self.clear()
        super().closeEvent(event)

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder with maps of floors"), self.folder.text())
        if chosen:
            self.open(chosen)

    def open(self, folder: str) -> None:
        """Read the maps of a folder and show the first."""
        if not folder.strip():
            return
        self._stop_reading()
        self.state.setText(tr("Reading…"))
        self._reading = do_later(tr("WLAN floors"), lambda: read_floor_maps(Path(folder)),
                                 lambda read: self._opened(folder, *read), self._failed)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _failed(self, error: BaseException) -> None:
        self._reading = None
        self._show()
        self._notifier.error(error)

    def _opened(self, folder: str, maps: list[FloorMapFile], left: list[str]) -> None:
        self._reading, self._maps = None, maps
        self.folder.setText(folder)
        QgsSettings().setValue(FOLDER_SETTING, folder)
        if left:
            self._notifier.info(
                tr("{count} files hold no map of a floor, such as {name}.", count=len(left), name=left[0]))
        self.building.blockSignals(True)
        self.building.clear()
        self.building.addItems(sorted({one.building for one in self._maps}))
        self.building.blockSignals(False)
        self._building_chosen()

    def _mine(self) -> list[FloorMapFile]:
        return [one for one in self._maps if one.building == self.building.currentText()]

    def _building_chosen(self) -> None:
        mine = self._mine()
        if not mine and self._maps:
            return  # a name is being typed
        before = self.quantity.currentData()
        there = {one.quantity for one in mine}
        self.quantity.blockSignals(True)
        self.quantity.clear()
        for key, words in QUANTITIES.items():
            if key in there:
                self.quantity.addItem(tr(words), key)
        self.quantity.setCurrentIndex(max(0, self.quantity.findData(before)))
        self.quantity.blockSignals(False)
        floors = sorted({one.floor for one in mine})
        self.floor.blockSignals(True)
        self.floor.setRange(*((floors[0], floors[-1]) if floors else (-9, 200)))
        self.floor.blockSignals(False)
        self._show()

    def _show(self) -> None:
        """Show the chosen map and narrow the layers to its floor."""
        wanted = [one for one in self._mine()
                  if one.quantity == self.quantity.currentData() and one.floor == self.floor.value()]
        there = bool(self._mine())
        for widget in (self.quantity, self.floor, self.opacity, self.all_button, self.zoom_button):
            widget.setEnabled(there)
        self._take_away()
        if not self._maps:
            self.state.setText(tr("Run “Map WLAN signal”, then choose its folder here: one floor is shown at a time."))
            return
        if not wanted:
            self.legend.show_ramp(())
            self.state.setText(tr("There is no map of this floor."))
            return
        self._put(wanted[0])
        narrowed = self._filter.show(wanted[0].floor)
        self.state.setText(tr("{model}. {count} layers show this floor only.", model=told_model(wanted[0].model),
                              count=narrowed))

    def _put(self, one: FloorMapFile) -> None:
        title = f"{one.building} · {tr('Floor')} {one.floor} · {tr(QUANTITIES[one.quantity])}"
        layer = QgsRasterLayer(str(one.path), title)
        if not layer.isValid():
            self.state.setText(tr("{name} cannot be read.", name=one.path.name))
            return
        layer.setOpacity(self.opacity.value() / 100.0)
        project = QgsProject.instance()
        project.addMapLayer(layer, False)
        project.layerTreeRoot().insertLayer(self._place(), layer)
        self._layer_id = layer.id()
        shader = layer.renderer().shader() if hasattr(layer.renderer(), "shader") else None
        items = shader.rasterShaderFunction().colorRampItemList() if shader is not None else []
        self.legend.show_ramp([(item.value, item.color.name(), item.label) for item in items])

    def _place(self) -> int:
        """Below the first layers of points and lines at the top of the tree, so that access points stay seen."""
        nodes = QgsProject.instance().layerTreeRoot().children()
        for number, node in enumerate(nodes):
            layer = node.layer() if hasattr(node, "layer") else None
            if isinstance(layer, QgsVectorLayer) and layer.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry:
                continue
            return number
        return len(nodes)

    def _layer(self) -> Optional[QgsRasterLayer]:
        return QgsProject.instance().mapLayer(self._layer_id) if self._layer_id else None

    def _take_away(self) -> None:
        if self._layer() is not None:
            QgsProject.instance().removeMapLayer(self._layer_id)
        self._layer_id = ""

    def _fade(self) -> None:
        layer = self._layer()
        if layer is not None:
            layer.setOpacity(self.opacity.value() / 100.0)
            layer.triggerRepaint()

    def _told_at(self, point: Any) -> None:
        """Tell the value under the cursor."""
        layer = self._layer()
        if layer is None or not self.isVisible():
            return
        canvas = self._iface.mapCanvas().mapSettings().destinationCrs()
        at = QgsCoordinateTransform(canvas, layer.crs(), QgsProject.instance()).transform(point)
        value, known = layer.dataProvider().sample(at, 1)
        unit = next((one.unit for one in self._mine() if str(one.path) == layer.source()), "")
        self.legend.setToolTip(f"{value:.2f} {unit}".strip() if known else "")
        if known:
            self._iface.mainWindow().statusBar().showMessage(headed(layer.name(), f"{value:.2f} {unit}".strip()), 2000)

    def zoom(self) -> None:
        """Fly to the building."""
        layer = self._layer()
        if layer is None:
            return
        canvas = self._iface.mapCanvas()
        way = QgsCoordinateTransform(layer.crs(), canvas.mapSettings().destinationCrs(), QgsProject.instance())
        box = way.transformBoundingBox(layer.extent())
        box.scale(1.3)
        canvas.setExtent(box)
        canvas.refresh()

    def clear(self) -> None:
        """Take the map away and give every layer its own filter back."""
        self._take_away()
        self._filter.restore()
        self.legend.show_ramp(())

    def stop(self) -> None:
        """Let go of map and filters; called before the dock is deleted."""
        self._stop_reading()
        self.clear()
        FILTERS.now()
        self._iface.mapCanvas().xyCoordinates.disconnect(self._told_at)
