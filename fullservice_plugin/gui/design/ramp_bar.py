# SPDX-License-Identifier: GPL-2.0-or-later
"""A colour ramp with its values, drawn small: the legend of one raster."""

from __future__ import annotations

from typing import Optional, Sequence

from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from qgis.PyQt.QtWidgets import QWidget

_HIGH, _BAR = 40, 14


class RampBar(QWidget):
    """Draws (value, colour, label) from left to right, evenly spaced."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.stops: list[tuple[float, str, str]] = []
        self.setMinimumHeight(_HIGH)

    def show_ramp(self, stops: Sequence[tuple[float, str, str]]) -> None:
        """Show other stops."""
        self.stops = list(stops)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that shows all labels."""
        return QSize(260, _HIGH)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw."""
        if len(self.stops) < 2:
            return
        painter = QPainter(self)
        wide = self.width() - 1.0
        ramp = QLinearGradient(0.0, 0.0, wide, 0.0)
        for number, (_, colour, _) in enumerate(self.stops):
            ramp.setColorAt(number / (len(self.stops) - 1), QColor(colour))
        painter.fillRect(QRectF(0.0, 2.0, wide, _BAR), ramp)
        box = wide / len(self.stops)
        painter.setPen(self.palette().color(self.foregroundRole()))
        for number, (_, _, label) in enumerate(self.stops):
            middle = number / (len(self.stops) - 1) * wide
            left = min(max(0.0, middle - box / 2), wide - box)
            side = Qt.AlignmentFlag.AlignLeft if number == 0 else (
                Qt.AlignmentFlag.AlignRight if number == len(self.stops) - 1 else Qt.AlignmentFlag.AlignHCenter)
            painter.drawText(QRectF(left, _BAR + 4.0, box, _HIGH - _BAR - 4.0), int(side), label)
        painter.end()
