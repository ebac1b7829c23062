# SPDX-License-Identifier: GPL-2.0-or-later
"""Snaps as the map is set to, and marks where; the window never waits for an index of points or for the store."""

from __future__ import annotations

from typing import Any, ClassVar

from qgis.core import QgsPointXY, QgsSnappingConfig
from qgis.gui import QgsVertexMarker
from qgis.PyQt.QtCore import QPoint

from fullservice_plugin.gis.layers import STORE_PROPERTY
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import tr


class Snapper:
    """Used by one map tool; its marker shows the point that the pointer snaps to."""

    #: Layers that QGIS has counted, and the configuration for which it did: its utilities are the same for all tools.
    _known: ClassVar[set[str]] = set()
    _config: ClassVar[Any] = None

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas
        self._asking = Asking()
        self._marker = QgsVertexMarker(canvas)
        self._marker.setVisible(False)
        if self._ready():  # asked as soon as the tool is in the hand, not at its first click
            self._index()

    def at(self, where: QPoint, marked: bool = True) -> QgsPointXY:
        """Return the point of the map at a place of the canvas, snapped where there is something to snap to."""
        if self._ready():
            # the last argument: an index that is not made yet is made in the background
            match = self._canvas.snappingUtils().snapToMap(where, None, True)
            self._marker.setVisible(marked and match.isValid())
            if match.isValid():
                self._marker.setCenter(match.point())
                return QgsPointXY(match.point())
        return self._canvas.getCoordinateTransform().toMapCoordinates(where)

    def _ready(self) -> bool:
        """Tell whether snapping is on and asks the store nothing: QGIS counts a layer's rows at its first use."""
        utils = self._canvas.snappingUtils()
        config = utils.config()
        if not config.enabled():
            self._marker.setVisible(False)
            return False
        if self._config != config:
            Snapper._config, Snapper._known = QgsSnappingConfig(config), set()
        mode = config.mode()
        one = mode == mode.__class__.ActiveLayer  # the enum moved to Qgis in 3.26
        layers = [layer for layer in ([utils.currentLayer()] if one else self._canvas.layers()) if layer is not None]
        fresh = {layer.id(): str(layer.customProperty(STORE_PROPERTY) or "") for layer in layers}
        fresh = {key: store for key, store in fresh.items() if store and key not in self._known}
        if fresh and not self._asking.busy:
            self._asking.ask(tr("Snapping"), next(iter(fresh.values())), lambda _store: None,
                             lambda _answer: self._count(set(fresh)), lambda _error: None)  # fmt: skip
        return not fresh

    def _count(self, layers: set[str]) -> None:
        """The store has just answered: QGIS counts now."""
        self._index()
        self._known.update(layers)

    def _index(self) -> None:
        """Let QGIS begin with the index around the pointer."""
        self._canvas.snappingUtils().snapToMap(self._canvas.mouseLastXY(), None, True)

    def remove(self) -> None:
        """Take the marker off the map: the tool is not used again."""
        self._asking.stop()
        self._canvas.scene().removeItem(self._marker)

    def hide(self) -> None:
        """Mark nothing."""
        self._asking.stop()
        self._marker.setVisible(False)
