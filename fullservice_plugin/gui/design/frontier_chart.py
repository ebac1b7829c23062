# SPDX-License-Identifier: GPL-2.0-or-later
"""The curve of cost and benefit of a plan, drawn in the dock: designed plans, the bound above them, this plan."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from qgis.PyQt.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QToolTip, QWidget

from fullservice_plugin.gis import palette
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.plans.formats import integer, money, ticks

_LEFT, _BOTTOM, _TOP, _RIGHT = 64.0, 20.0, 18.0, 10.0
_HIT_PX = 8.0


class FrontierChart(QWidget):
    """Benefit over cost. Pointing at a plan tells its figures."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.points: list[tuple[float, float, float, int]] = []
        self.chosen: Optional[tuple[float, float]] = None
        self.currency = ""
        self.setMinimumHeight(130)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("What more or less money would bring"))

    def sizeHint(self) -> QSize:  # noqa: N802
        """A third of a dock."""
        return QSize(300, 150)

    def show_curve(self, points: Sequence[Any], cost: Optional[float], benefit: Optional[float], currency: str) -> None:
        """Show points (dicts: cost, benefit, upper_bound, homes) and the plan itself; hidden with fewer than two."""
        self.points = [(p["cost"], p["benefit"], p["upper_bound"], p["homes"]) for p in points]
        self.chosen = None if cost is None or benefit is None else (cost, benefit)
        self.currency = currency
        self.setVisible(len(self.points) > 1)
        self.update()

    def _most(self) -> tuple[float, float]:
        chosen = [self.chosen] if self.chosen else []
        return (
            max([p[0] for p in self.points] + [c[0] for c in chosen]) * 1.05 or 1.0,
            max([p[2] for p in self.points] + [c[1] for c in chosen]) * 1.08 or 1.0,
        )

    def at(self, cost: float, value: float) -> QPointF:
        """Return the place of a plan in the widget."""
        wide, high = self.width() - _LEFT - _RIGHT, self.height() - _BOTTOM - _TOP
        most = self._most()
        return QPointF(_LEFT + wide * cost / most[0], self.height() - _BOTTOM - high * max(value, 0.0) / most[1])

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        """Draw axes, bound, curve and the plan."""
        if len(self.points) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1.5))
        painter.setFont(font)
        ink = self.palette().windowText().color()
        most = self._most()
        grid = QColor(ink)
        grid.setAlpha(40)
        for value in ticks(most[1], 3):
            y = self.at(0, value).y()
            painter.setPen(grid)
            painter.drawLine(QPointF(_LEFT, y), QPointF(self.width() - _RIGHT, y))
            painter.setPen(ink)
            painter.drawText(QRectF(0, y - 8, _LEFT - 5, 16), int(Qt.AlignmentFlag.AlignRight), integer(round(value)))
        for value in ticks(most[0], 3)[1:]:
            x = self.at(value, 0).x()
            painter.drawText(QRectF(x - 40, self.height() - _BOTTOM + 3, 80, 16), int(Qt.AlignmentFlag.AlignHCenter),
                             integer(round(value)))  # fmt: skip
        painter.drawText(QRectF(0, 0, self.width(), 16), 0, tr("Benefit over cost; dashed: no plan brings more"))
        self._line(painter, 2, QColor(palette.DRAWN), Qt.PenStyle.DashLine)
        self._line(painter, 1, ink, Qt.PenStyle.SolidLine)
        painter.setBrush(ink)
        for point in self.points:
            painter.drawEllipse(self.at(point[0], point[1]), 2.2, 2.2)
        if self.chosen is not None:
            painter.setBrush(QColor(palette.DRAWN))
            painter.drawEllipse(self.at(*self.chosen), 4.5, 4.5)
        painter.end()

    def _line(self, painter: QPainter, column: int, colour: QColor, style: Any) -> None:
        painter.setPen(QPen(colour, 1.6, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self.at(point[0], point[column]) for point in self.points]))

    def told(self, x: float, y: float) -> str:
        """Return the figures of the plan at a place of the widget; empty where there is none."""
        for cost, benefit, bound, homes in self.points:
            where = self.at(cost, benefit)
            if abs(where.x() - x) <= _HIT_PX and abs(where.y() - y) <= _HIT_PX:
                words = [money(value, self.currency, language()) for value in (cost, benefit, bound)]
                return tr(
                    "Cost {cost}, {homes} homes: benefit {benefit}; no plan of that cost brings more than {bound}.",
                    cost=words[0],
                    homes=integer(homes),
                    benefit=words[1],
                    bound=words[2],
                )
        return ""

    def event(self, event: Any) -> bool:
        """Tell the figures of a plan where the pointer rests on it."""
        if event.type() == QEvent.Type.ToolTip:
            text = self.told(event.pos().x(), event.pos().y())
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return bool(super().event(event))
