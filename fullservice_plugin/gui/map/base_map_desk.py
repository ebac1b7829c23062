# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds and removes base maps, and warns of those that are drawn in another datum, also when a project is opened."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsCsException, QgsPointXY, QgsProject
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QPushButton

from fullservice_plugin.gis.basemaps import add_base_map, base_maps, datum_of, remove_base_map, show_credits
from fullservice_plugin.gis.key_ring import KeyRing, references
from fullservice_plugin.gui.map.bands import degrees
from fullservice_plugin.gui.map.base_map_dialog import BaseMapDialog
from fullservice_plugin.gui.map.base_map_words import shift_sentence
from fullservice_plugin.i18n import headed, tr


class BaseMapDesk(QObject):
    """Lives as long as the plugin; ``dialog`` is the open one."""

    def __init__(self, iface: Any, notifier: Any) -> None:
        super().__init__()
        self._iface, self._notifier = iface, notifier
        self.keys = KeyRing()
        self.dialog: Any = None
        QgsProject.instance().readProject.connect(self._read)
        self._read()

    def stop(self) -> None:
        """Let go of project and keys."""
        QgsProject.instance().readProject.disconnect(self._read)
        self.keys.stop()
        if self.dialog is not None:
            self.dialog.reject()

    def open(self) -> None:
        """Show the dialog; the window goes on behind it."""
        if self.dialog is not None:  # asked for twice
            self.dialog.raise_()
            return
        self.dialog = BaseMapDialog(self._middle(), self.remove, self._iface.mainWindow())
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _closed(self, _result: int) -> None:
        dialog, self.dialog = self.dialog, None
        dialog.deleteLater()
        if dialog.layer is None:
            return
        layer = dialog.layer
        if dialog.key_id:
            self.keys.load([dialog.key_id])
        try:
            add_base_map(QgsProject.instance(), layer)
        except Exception as error:  # the edge: shown, not thrown into Qt
            self._notifier.error(error)
            return
        self._iface.mapCanvas().refresh()
        key = layer.id()
        button = QPushButton(tr("Undo"))
        button.clicked.connect(lambda _checked=False: self.remove(key))
        self._notifier.success(tr("The base map “{name}” lies below the data.", name=layer.name()), button)
        self._warn([layer])

    def remove(self, layer_id: str) -> None:
        """Take a base map out of the project."""
        self._notifier.withdraw()
        if QgsProject.instance().mapLayer(layer_id) is not None:
            remove_base_map(QgsProject.instance(), layer_id)
            self._iface.mapCanvas().refresh()

    def _read(self, _document: Any = None) -> None:
        """A project was opened: its keys, its credits, and what is off."""
        found = base_maps(QgsProject.instance())
        if not found:
            return
        if self.keys.load(sorted(references(found))):
            self._notifier.warning(tr("A base map needs a key that this computer does not have. Remove it and add it "
                                      "again with your own key."))
        show_credits(QgsProject.instance())
        self._warn(found)

    def _warn(self, layers: list[Any]) -> None:
        where = self._middle()
        for layer in layers:
            told = shift_sentence(datum_of(layer), *where)
            if told:
                self._notifier.warning(headed(layer.name(), told))

    def _middle(self) -> tuple[float, float]:
        """The middle of the map in degrees; of a project that is being opened, the middle of its first view."""
        canvas = self._iface.mapCanvas()
        view = QgsProject.instance().viewSettings().defaultViewExtent()
        point = canvas.center() if canvas.extent().width() > 0 else QgsPointXY(view.center())
        try:
            return degrees(canvas, point)
        except QgsCsException:
            return 0.0, 0.0
