# SPDX-License-Identifier: GPL-2.0-or-later
"""Shares of operators as a pie with its legend; the share that nobody knows is hatched, never left out."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPen
from qgis.PyQt.QtWidgets import QWidget

from fullservice_plugin.gis import palette
from fullservice_plugin.gui.row_words import in_percent
from fullservice_plugin.i18n import tr

_MARGIN, _LINE, _BOX = 6.0, 18.0, 11.0
_FULL = 16 * 360  # Qt counts sixteenths of a degree


def unknown_brush() -> tuple[QBrush, QBrush]:
    """Ground and hatch of what is unknown, as on the map."""
    return QBrush(QColor(palette.UNKNOWN)), QBrush(QColor(palette.HATCH), Qt.BrushStyle.BDiagPattern)


class SharePie(QWidget):
    """Draws (name, share 0–1, colour) clockwise from the top, then the unknown share."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.parts: list[tuple[str, float, str]] = []
        self.unknown: Optional[float] = None

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for the pie and a line per operator."""
        return QSize(280, int(max(110.0, _LINE * (len(self.parts) + 1) + 2 * _MARGIN)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as it is; narrower docks shorten names."""
        return QSize(200, self.sizeHint().height())

    def show_shares(self, parts: Sequence[tuple[str, float, str]], unknown: Optional[float]) -> None:
        """Show shares; ``unknown`` None: no share can be told at all."""
        self.parts = [part for part in parts if part[1] > 0.0]
        self.unknown = unknown
        self.setAccessibleName(tr("; ").join(text for text, _ in self.legend()))
        self.updateGeometry()
        self.update()

    def legend(self) -> list[tuple[str, str]]:
        """The lines of the legend and their colours (empty: hatched)."""
        if self.unknown is None:
            return [(tr("Shares unknown"), "")]
        lines = [(f"{name}  {in_percent(share)}", colour) for name, share, colour in self.parts]
        if self.unknown > 0.0005:
            lines.append((tr("Unknown  {share} %", share=f"{100 * self.unknown:.0f}"), ""))
        return lines

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.height() - 2 * _MARGIN, 0.45 * self.width())
        circle = QRectF(_MARGIN, (self.height() - side) / 2, side, side)
        painter.setPen(QPen(self.palette().base().color(), 1.2))
        start = _FULL // 4
        if self.unknown is not None:
            for _, share, colour in self.parts:
                span = -round(_FULL * share)
                painter.setBrush(QColor(colour))
                painter.drawPie(circle, start, span)
                start += span
        left = _FULL if self.unknown is None else round(_FULL * self.unknown)
        if left > 3:
            for brush in unknown_brush():
                painter.setBrush(brush)
                painter.drawPie(circle, start, -left) if left < _FULL else painter.drawEllipse(circle)
        self._legend(painter, circle.right() + 2 * _MARGIN)
        painter.end()

    def _legend(self, painter: QPainter, x: float) -> None:
        lines = self.legend()
        y = (self.height() - _LINE * len(lines)) / 2
        room = max(20.0, self.width() - x - _BOX - 2 * _MARGIN)
        metrics = QFontMetrics(self.font())
        for text, colour in lines:
            box = QRectF(x, y + (_LINE - _BOX) / 2, _BOX, _BOX)
            painter.setPen(QPen(QColor(palette.HATCH), 0.8))
            for brush in (QBrush(QColor(colour)),) if colour else unknown_brush():
                painter.setBrush(brush)
                painter.drawRect(box)
            painter.setPen(self.palette().windowText().color())
            short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QRectF(x + _BOX + _MARGIN, y, room, _LINE), int(Qt.AlignmentFlag.AlignVCenter), short)
            y += _LINE
