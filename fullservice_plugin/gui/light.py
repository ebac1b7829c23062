# SPDX-License-Identifier: GPL-2.0-or-later
"""The health light: colour and shape, so that it also speaks to those who see no colours."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QWidget

_COLOURS = {"green": "#009e73", "amber": "#e69f00", "red": "#d55e00", "grey": "#9aa5b1"}


class Light(QWidget):
    """Green disc with a tick, amber triangle, red square with a bar, grey ring when nothing is known."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._colour = "grey"
        self.setFixedSize(QSize(18, 18))

    @property
    def colour(self) -> str:
        """Return the colour shown."""
        return self._colour

    def show_colour(self, colour: str) -> None:
        """Show ``green``, ``amber``, ``red`` or ``grey``."""
        self._colour = colour if colour in _COLOURS else "grey"
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (the name Qt asks for)
        """Draw the light."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(_COLOURS[self._colour])
        area = QRectF(2, 2, 14, 14)
        white = QPen(QColor("white"), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if self._colour == "green":
            painter.drawEllipse(area)
            painter.setPen(white)
            painter.drawPolyline(QPolygonF([QPointF(5.5, 9.2), QPointF(8.2, 11.8), QPointF(12.6, 6.6)]))
        elif self._colour == "amber":
            painter.drawPolygon(QPolygonF([QPointF(9, 2), QPointF(17, 16), QPointF(1, 16)]))
        elif self._colour == "red":
            painter.drawRoundedRect(area, 3, 3)
            painter.setPen(white)
            painter.drawLine(QPointF(5.5, 9), QPointF(12.5, 9))
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour, 2.4))
            painter.drawEllipse(area.adjusted(1, 1, -1, -1))
        painter.end()
