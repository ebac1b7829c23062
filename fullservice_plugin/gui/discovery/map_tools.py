# SPDX-License-Identifier: GPL-2.0-or-later
"""Map tools that draw a point, a line or an outline; what they draw is handed over in WGS-84."""

from __future__ import annotations

from typing import Any, Callable, Optional

import shapely.wkb
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDistanceArea,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsWkbTypes,
)
from qgis.gui import QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtGui import QColor, QKeySequence
from qgis.PyQt.QtWidgets import QToolTip

from fullservice_plugin.gis import palette
from fullservice_plugin.gui.discovery.snapping import Snapper

_KINDS = {
    "line": (QgsWkbTypes.GeometryType.LineGeometry, 2),
    "polygon": (QgsWkbTypes.GeometryType.PolygonGeometry, 3),
}


def to_wgs84(canvas: Any) -> QgsCoordinateTransform:
    """Return the way from the map's CRS to WGS-84 degrees."""
    return QgsCoordinateTransform(
        canvas.mapSettings().destinationCrs(), QgsCoordinateReferenceSystem("EPSG:4326"), QgsProject.instance()
    )


class HandTool(QgsMapTool):
    """What all tools of the hand share: Escape first forgets what was begun, then puts the tool down (``given_up``);
    Ctrl+Z and Ctrl+Y do on the map what they do in the dock; ``under`` outlines what a click would take."""

    def __init__(self, canvas: Any, given_up: Optional[Callable[[], None]] = None) -> None:
        super().__init__(canvas)
        self._given_up = given_up
        self.undo: Optional[Callable[[], None]] = None
        self.redo: Optional[Callable[[], None]] = None
        self.under: Optional[Callable[[QgsPointXY], Optional[QgsGeometry]]] = None
        self._outline: Optional[QgsRubberBand] = None
        self._band: Optional[QgsRubberBand] = None
        self._snap: Optional[Snapper] = None

    def put_down(self) -> None:
        """Let the map go on without this tool, which is not taken up again: what it drew and marked goes with it."""
        self.canvas().unsetMapTool(self)
        self.clear()
        if self._snap is not None:
            self._snap.remove()
        self.deleteLater()  # later: it may be in the middle of a key or a click

    def begun(self) -> bool:
        """Whether something is under way."""
        return False

    def clear(self) -> None:
        """Forget what is under way, and the band that shows it."""
        self._mark(None)
        if self._band is not None:
            self.canvas().scene().removeItem(self._band)
            self._band = None

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Escape, undo, redo."""
        run: Optional[Callable[[], None]] = None
        if event.key() == Qt.Key.Key_Escape:
            run = self._leave
        elif event.matches(QKeySequence.StandardKey.Undo):
            run = self.undo
        elif event.matches(QKeySequence.StandardKey.Redo) or event.key() == Qt.Key.Key_Y and (
                event.modifiers() == Qt.KeyboardModifier.ControlModifier):  # fmt: skip
            run = self.redo
        if run is not None:
            run()
            event.accept()

    def _leave(self) -> None:
        begun = self.begun()
        self.clear()
        if not begun and self._given_up is not None:
            self._given_up()

    def _hover(self, point: QgsPointXY) -> None:
        """Outline what a click at a point of the map would take."""
        if self.under is not None:
            self._mark(self.under(point))

    def _mark(self, shape: Optional[QgsGeometry]) -> None:
        if self._outline is not None:
            self.canvas().scene().removeItem(self._outline)
            self._outline = None
        if shape is not None:
            self._outline = band(self.canvas(), shape.type(), palette.DRAWN)
            self._outline.setWidth(4)
            self._outline.setToGeometry(shape, None)

    def activate(self) -> None:
        """Hear Escape also while a button of the mouse is held: QGIS keeps keys from tools then."""
        super().activate()
        self.canvas().installEventFilter(self)

    def eventFilter(self, _canvas: Any, event: Any) -> bool:  # noqa: N802
        """Escape forgets what was begun."""
        if event.type() != QEvent.Type.KeyPress or event.key() != Qt.Key.Key_Escape or not self.begun():
            return False
        self.clear()
        return True

    def deactivate(self) -> None:
        """Another tool takes over."""
        self.canvas().removeEventFilter(self)
        self.clear()
        super().deactivate()


class DrawTool(HandTool):
    """Draws one point, line or outline. Click adds a corner, right click, double click or Enter ends, Backspace or
    Ctrl+Z takes one back, Escape gives up. Snaps where snapping is on; a line tells its length beside the pointer.
    ``drawn`` gets a shapely geometry in WGS-84; with ``or_point`` an outline of one corner is a point."""

    def __init__(
        self,
        canvas: Any,
        kind: str,
        drawn: Callable[[Any], None],
        given_up: Optional[Callable[[], None]] = None,
        or_point: bool = False,
    ) -> None:
        super().__init__(canvas, given_up)
        self.kind = kind
        self._drawn = drawn
        self._or_point = or_point
        self._corners: list[QgsPointXY] = []
        self._snap = Snapper(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def begun(self) -> bool:
        """Whether a corner is there."""
        return bool(self._corners)

    def canvasPressEvent(self, event: Any) -> None:  # noqa: N802
        """Add a corner, or end."""
        if self.kind == "point":
            if event.button() == Qt.MouseButton.LeftButton:
                self._hand_over(QgsGeometry.fromPointXY(self._at(event)))
        elif event.button() == Qt.MouseButton.RightButton:
            self.finish()
        else:
            self._corners.append(self._at(event))
            self._show(self._corners)

    def canvasMoveEvent(self, event: Any) -> None:  # noqa: N802
        """Show where the next corner would be."""
        point = self._at(event)
        if self._corners:
            self._show([*self._corners, point])
            if self.kind == "line":
                self._tell_length([*self._corners, point], event)
        else:
            self._hover(point)

    def canvasDoubleClickEvent(self, _event: Any) -> None:  # noqa: N802
        """End: the first click of the two added the corner."""
        if self.kind != "point":
            self.finish()

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Enter, Backspace; while a drawing is under way Ctrl+Z takes a corner back."""
        back = event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) or event.matches(QKeySequence.StandardKey.Undo)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
        elif back and self._corners:
            self._corners.pop()
            self._show(self._corners)
        else:
            super().keyPressEvent(event)
            return
        event.accept()  # QGIS would delete the selected features

    def _tell_length(self, corners: list[QgsPointXY], event: Any) -> None:
        measure = QgsDistanceArea()
        measure.setSourceCrs(self.canvas().mapSettings().destinationCrs(), QgsProject.instance().transformContext())
        measure.setEllipsoid("EPSG:7030")  # WGS 84
        metres = measure.measureLine(corners)
        QToolTip.showText(self.canvas().viewport().mapToGlobal(event.pos()), f"{metres:.0f} m", self.canvas())

    def finish(self) -> None:
        """End the drawing; with too few corners nothing happens yet."""
        corners = [point for k, point in enumerate(self._corners) if not k or point != self._corners[k - 1]]
        kind, least = _KINDS[self.kind]
        if len(corners) == 1 and self._or_point:
            self._hand_over(QgsGeometry.fromPointXY(corners[0]))
        if len(corners) < least:
            return
        made = QgsGeometry.fromPolylineXY(corners) if self.kind == "line" else QgsGeometry.fromPolygonXY([corners])
        self._hand_over(made)

    def clear(self) -> None:
        """Forget what was drawn."""
        super().clear()
        self._corners = []
        self._snap.hide()

    def _hand_over(self, geometry: QgsGeometry) -> None:
        geometry.transform(to_wgs84(self.canvas()))
        self.clear()
        self._drawn(shapely.wkb.loads(bytes(geometry.asWkb())))

    def _at(self, event: Any) -> QgsPointXY:
        return self._snap.at(event.pos())

    def _show(self, corners: list[QgsPointXY]) -> None:
        if self._band is None:
            self._band = band(self.canvas(), _KINDS[self.kind][0], palette.DRAWN)
        self._band.reset(_KINDS[self.kind][0])
        for point in corners:
            self._band.addPoint(point)


def band(canvas: Any, kind: Any, colour: str) -> QgsRubberBand:
    """Return an empty rubber band in a colour of the palette, its fill see-through."""
    made = QgsRubberBand(canvas, kind)
    made.setColor(QColor(colour))
    fill = QColor(colour)
    fill.setAlpha(50)
    made.setFillColor(fill)
    made.setWidth(2)
    return made
