# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that chooses an area: a click means what lies there, a drag what lies in the rectangle."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsGeometry, QgsPointXY, QgsRectangle, QgsWkbTypes
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtWidgets import QApplication

from fullservice_plugin.gis import palette
from fullservice_plugin.gui.discovery.map_tools import HandTool, band, to_wgs84


class AreaTool(HandTool):
    """``clicked`` gets (lon, lat), ``drawn`` a box (west, south, east, north) in degrees; Escape or a right click gives
    up: first the rectangle, then the tool (``given_up``)."""

    def __init__(
        self, canvas: Any, clicked: Callable[[float, float], None], drawn: Callable[[tuple[float, ...]], None],
        given_up: Callable[[], None],
    ) -> None:
        super().__init__(canvas, given_up)
        self._clicked, self._drawn = clicked, drawn
        self._start: Optional[QPoint] = None
        self.setCursor(Qt.CursorShape.CrossCursor)

    def canvasPressEvent(self, event: Any) -> None:  # noqa: N802
        """Begin a rectangle, or give up."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = event.pos()
        else:
            self._leave()

    def canvasMoveEvent(self, event: Any) -> None:  # noqa: N802
        """Show the rectangle."""
        if self._start is None or not self._far(event.pos()):
            return
        if self._band is None:
            self._band = band(self.canvas(), QgsWkbTypes.GeometryType.PolygonGeometry, palette.DRAWN)
        self._band.setToGeometry(QgsGeometry.fromRect(self._box(event.pos())), None)

    def canvasReleaseEvent(self, event: Any) -> None:  # noqa: N802
        """Choose."""
        start, at = self._start, event.pos()
        if start is None or event.button() != Qt.MouseButton.LeftButton:
            return
        way, far = to_wgs84(self.canvas()), self._far(at)
        box = way.transformBoundingBox(self._box(at)) if far else None
        self.clear()
        if box is not None:
            self._drawn((box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()))
            return
        point = way.transform(self.toMapCoordinates(at))
        self._clicked(point.x(), point.y())

    def begun(self) -> bool:
        """Whether a rectangle is under way."""
        return self._start is not None

    def _far(self, at: QPoint) -> bool:
        return self._start is not None and (at - self._start).manhattanLength() >= QApplication.startDragDistance()

    def _box(self, at: QPoint) -> QgsRectangle:
        corner: QgsPointXY = self.toMapCoordinates(self._start)
        return QgsRectangle(corner, self.toMapCoordinates(at))

    def clear(self) -> None:
        """Forget the rectangle."""
        super().clear()
        self._start = None
