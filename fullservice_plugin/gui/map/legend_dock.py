# SPDX-License-Identifier: GPL-2.0-or-later
"""The legend of what the map shows just now: only visible layers, only the classes of this scale."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsSymbolLayerUtils
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QSize, Qt, QTimer
from qgis.PyQt.QtWidgets import QTreeWidget, QTreeWidgetItem

from fullservice_plugin.gis.legend import legend_of
from fullservice_plugin.i18n import tr

_PICTURE = QSize(30, 18)
_REST_MS = 250


class LegendDock(QgsDockWidget):
    """Follows the map while it is open."""

    def __init__(self, iface: Any) -> None:
        super().__init__(tr("Legend of the map"), iface.mainWindow())
        self.setObjectName("FullServiceLegend")
        self._canvas = iface.mapCanvas()
        self.tree = QTreeWidget(self)
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(8)
        self.tree.setIconSize(_PICTURE)
        self.tree.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setWidget(self.tree)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.fill)
        self._canvas.layersChanged.connect(self._changed)
        self._canvas.scaleChanged.connect(self._changed)
        self.visibilityChanged.connect(self._changed)

    def stop(self) -> None:
        """Let go of the map."""
        self._rest.stop()
        self._canvas.layersChanged.disconnect(self._changed)
        self._canvas.scaleChanged.disconnect(self._changed)

    def _changed(self, _what: Any = None) -> None:
        if self.isVisible():
            self._rest.start()

    def fill(self) -> None:
        """Show what the map shows."""
        self.tree.clear()
        for title, entries in legend_of(self._canvas.layers(), self._canvas.scale()):
            if len(entries) == 1 and entries[0][1] == title:
                self._line(self.tree.invisibleRootItem(), *entries[0])
                continue
            head = QTreeWidgetItem(self.tree, [title])
            font = head.font(0)
            font.setBold(True)
            head.setFont(0, font)
            for symbol, words in entries:
                self._line(head, symbol, words)
            head.setExpanded(True)
        if not self.tree.topLevelItemCount():
            self.tree.addTopLevelItem(QTreeWidgetItem([tr("Nothing of the battle map is visible at this scale.")]))

    @staticmethod
    def _line(above: QTreeWidgetItem, symbol: Any, words: str) -> None:
        item = QTreeWidgetItem(above, [words])
        item.setIcon(0, QgsSymbolLayerUtils.symbolPreviewIcon(symbol, _PICTURE, 2))
        item.setToolTip(0, words)
