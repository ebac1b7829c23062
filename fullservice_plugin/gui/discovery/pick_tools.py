# SPDX-License-Identifier: GPL-2.0-or-later
"""Map tools that wait for a click on something, and that drag a pin: what lies there is asked of the store."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from qgis.core import QgsPointXY, QgsRectangle
from qgis.gui import QgsVertexMarker
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from fullservice_plugin.gis import palette
from fullservice_plugin.gis.layers import find_layer
from fullservice_plugin.gui.discovery.map_tools import HandTool, to_wgs84
from fullservice_plugin.gui.looking import Looking
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.services import picked as picking
from fullservice_plugin.services.picked import Picked

_GRAB_PX = 10  # how near a click must be to a pin or outline
#: Layers whose rows have a pin, in the order in which a click looks for one.
PINS = ("building_point", "site_poi", "building")


class _AskingTool(HandTool):
    """Asks the store what lies under the pointer; Escape gives that up first."""

    def __init__(self, canvas: Any, notifier: Notifier, keys: Sequence[str], missed: Callable[[], None],
                 given_up: Optional[Callable[[], None]], cursor: Qt.CursorShape) -> None:
        super().__init__(canvas, given_up)
        self._keys, self._missed, self._cursor = keys, missed, cursor
        self._looking = Looking(canvas, notifier)
        self.setCursor(cursor)

    def _ask(self, point: QgsPointXY, found: Callable[[Optional[Picked]], None]) -> None:
        """Ask what lies at a point of the map, among the layers that the map has."""
        reach = self.canvas().mapUnitsPerPixel() * _GRAB_PX
        way = to_wgs84(self.canvas())
        here = way.transform(point)
        box = way.transformBoundingBox(
            QgsRectangle(point.x() - reach, point.y() - reach, point.x() + reach, point.y() + reach))
        sides = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        keys = [key for key in self._keys if find_layer(key) is not None]

        def answered(row: Optional[Picked]) -> None:
            self.setCursor(self._cursor)
            found(row)

        def failed(error: BaseException) -> None:
            self.clear()
            raise error  # told where the answer is handed over

        self._looking.ask(lambda store: picking.row_at(store, keys, here.x(), here.y(), sides), answered, failed,
                          self.clear)
        self.setCursor(Qt.CursorShape.BusyCursor)

    def clear(self) -> None:
        """Let go of what is asked, too."""
        self._looking.stop()
        self.setCursor(self._cursor)
        super().clear()


class PickTool(_AskingTool):
    """Waits for a click on a row of the layers ``keys``; ``picked`` gets it."""

    def __init__(
        self, canvas: Any, notifier: Notifier, keys: Sequence[str], picked: Callable[[Picked], None],
        missed: Callable[[], None], given_up: Optional[Callable[[], None]] = None,
    ) -> None:
        super().__init__(canvas, notifier, keys, missed, given_up, Qt.CursorShape.PointingHandCursor)
        self._picked = picked

    def canvasReleaseEvent(self, event: Any) -> None:  # noqa: N802
        """Pick what lies under the pointer."""
        self._ask(self.toMapCoordinates(event.pos()), self._found)

    def _found(self, row: Optional[Picked]) -> None:
        if row is None:
            self._missed()
        else:
            self._picked(row)


class PinTool(_AskingTool):
    """Drags the pin of a building or site: press on it, let go where it belongs. ``moved`` gets the row and (lon, lat).

    The pin is in the hand at once, pale until the store has said whose it is; where it was let go before, it waits.
    """

    def __init__(
        self, canvas: Any, notifier: Notifier, moved: Callable[[Picked, tuple[float, float]], None],
        missed: Callable[[], None], given_up: Optional[Callable[[], None]] = None,
    ) -> None:
        super().__init__(canvas, notifier, PINS, missed, given_up, Qt.CursorShape.OpenHandCursor)
        self._moved = moved
        self._held: Optional[Picked] = None
        self._dropped: Optional[QgsPointXY] = None
        self._pin: Optional[QgsVertexMarker] = None

    def canvasPressEvent(self, event: Any) -> None:  # noqa: N802
        """Take the pin under the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self.clear()
        at = self.toMapCoordinates(event.pos())
        self._ask(at, self._found)
        self._pin = QgsVertexMarker(self.canvas())
        self._pin.setIconType(QgsVertexMarker.IconType.ICON_INVERTED_TRIANGLE)
        self._pin.setIconSize(16)
        self._pin.setPenWidth(3)
        self._pin.setColor(QColor(palette.HATCH))
        self._pin.setCenter(at)

    def _found(self, row: Optional[Picked]) -> None:
        if row is None:
            self.clear()
            self._missed()
            return
        self._held = row
        if self._pin is not None:
            self._pin.setColor(QColor(palette.DRAWN))
        if self._dropped is not None:
            self._put_down()

    def canvasMoveEvent(self, event: Any) -> None:  # noqa: N802
        """Carry it along."""
        if self._pin is not None and self._dropped is None:
            self._pin.setCenter(self.toMapCoordinates(event.pos()))

    def canvasReleaseEvent(self, event: Any) -> None:  # noqa: N802
        """Put it down."""
        if self._pin is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._dropped = self.toMapCoordinates(event.pos())
        if self._held is not None:
            self._put_down()

    def _put_down(self) -> None:
        held, point = self._held, to_wgs84(self.canvas()).transform(self._dropped)
        self.clear()
        if held is not None:
            self._moved(held, (point.x(), point.y()))

    def begun(self) -> bool:
        """Whether a pin is in the hand."""
        return self._pin is not None

    def clear(self) -> None:
        """Let go of the pin without moving it."""
        super().clear()
        self._held = self._dropped = None
        if self._pin is not None:
            self.canvas().scene().removeItem(self._pin)
            self._pin = None
