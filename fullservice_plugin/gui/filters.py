# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters of layers. QGIS asks the store about a new one and waits for it: so it is set once the store has answered."""

from __future__ import annotations

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer

from fullservice_plugin.gis.layers import STORE_PROPERTY
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import tr

_AGAIN_MS = 15000


class LayerFilters(QObject):
    """The filters that are wanted; those of a store that does not answer wait until it does."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted: dict[str, str] = {}
        self._asking = Asking()
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._ask)

    def of(self, layer: QgsVectorLayer) -> str:
        """Return the filter that a layer has, or is to have."""
        return self._wanted.get(layer.id(), layer.subsetString())

    def put(self, layer: QgsVectorLayer, text: str) -> bool:
        """Give a layer a filter (of its provider); False where it does not take it, which a store tells nobody."""
        if not layer.customProperty(STORE_PROPERTY):
            return bool(layer.setSubsetString(text))
        if text == self.of(layer):
            return True
        self._wanted[layer.id()] = text
        if not self._asking.busy:
            self._ask()
        return True

    def now(self) -> None:
        """Set what waits, whatever the store does: the plugin goes."""
        self._again.stop()
        self._asking.stop()
        self._set()

    def _ask(self) -> None:
        layers = [QgsProject.instance().mapLayer(key) for key in self._wanted]
        store = next((str(layer.customProperty(STORE_PROPERTY)) for layer in layers if layer is not None), "")
        if not store:
            self._wanted.clear()
            return
        self._asking.ask(tr("Filter the layers of the map"), store, lambda _opened: None, lambda _answer: self._set(),
                         lambda _error: self._again.start())  # fmt: skip

    def _set(self) -> None:
        wanted, self._wanted = self._wanted, {}
        for key, text in wanted.items():
            layer = QgsProject.instance().mapLayer(key)
            if layer is not None and not layer.isEditable():
                layer.setSubsetString(text)


#: One for all: a plan alone on the map and one floor of a building filter the same layers.
FILTERS = LayerFilters()
