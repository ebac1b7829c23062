# SPDX-License-Identifier: GPL-2.0-or-later
"""Double clicks on the map while a tool is on that only looks: they go into the area, other tools keep theirs."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsPointXY, QgsRectangle
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, Qt
from qgis.PyQt.QtWidgets import QApplication


class DoubleClicks(QObject):
    """Watches the canvas while ``wanted``; ``go`` gets the point (map coordinates) and the view before the first click.

    The tool to move the map centres it at the first click of the two already, so the point is taken at that click.
    """

    def __init__(self, iface: Any, go: Callable[[QgsPointXY, QgsRectangle], None], wanted: Callable[[], bool]) -> None:
        super().__init__()
        self._iface = iface
        self._canvas = iface.mapCanvas()
        self._go, self._wanted = go, wanted
        self._pressed: Optional[tuple[QPoint, QgsPointXY, QgsRectangle]] = None
        self._swallow = False
        self._canvas.viewport().installEventFilter(self)

    def stop(self) -> None:
        """Let go of the canvas."""
        self._canvas.viewport().removeEventFilter(self)

    def eventFilter(self, _watched: Any, event: Any) -> bool:  # noqa: N802 (Qt's name)
        """Take a double click of a looking tool, and the release that belongs to it; leave everything else."""
        kind = event.type()
        if kind not in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
            return False
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if kind == QEvent.Type.MouseButtonPress:
            self._pressed = (event.pos(), self._place(event.pos()), self._canvas.extent())
        elif kind == QEvent.Type.MouseButtonRelease and self._swallow:
            self._swallow = False
            return True
        elif kind == QEvent.Type.MouseButtonDblClick and self._wanted() and self._looking():
            self._swallow = True
            point, view = self._first(event.pos())
            self._pressed = None
            self._go(point, view)
            return True
        return False

    def _place(self, where: QPoint) -> QgsPointXY:
        return self._canvas.getCoordinateTransform().toMapCoordinates(where.x(), where.y())

    def _first(self, where: QPoint) -> tuple[QgsPointXY, QgsRectangle]:
        """Point and view of the first click of the two; of now where that was elsewhere."""
        if self._pressed is not None:
            then, point, view = self._pressed
            if (then - where).manhattanLength() <= 2 * QApplication.startDragDistance():
                return point, view
        return self._place(where), self._canvas.extent()

    def _looking(self) -> bool:
        """Tell whether the tool in hand moves the map or asks it, or there is none."""
        tool = self._canvas.mapTool()
        if tool is None:
            return True
        actions = (self._iface.actionPan(), self._iface.actionIdentify())
        return tool.action() is not None and tool.action() in actions
