# SPDX-License-Identifier: GPL-2.0-or-later
"""Confidence as a bar in a table's cell; what is stale is hatched, what does not count any more is a dash."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QRectF, Qt
from qgis.PyQt.QtGui import QBrush, QColor
from qgis.PyQt.QtWidgets import QStyledItemDelegate, QTableWidgetItem

from fullservice_plugin.core.competition.evidence import STALE_BELOW
from fullservice_plugin.gis import palette
from fullservice_plugin.gui.row_words import in_percent

VALUE = int(Qt.ItemDataRole.UserRole) + 7
_TEXT = 40.0


def confidence_item(value: Any) -> QTableWidgetItem:
    """A cell with a confidence of 0–1, None where the observation does not count any more."""
    item = QTableWidgetItem(in_percent(value))
    item.setData(VALUE, value)
    return item


def mark_stale(item: QTableWidgetItem) -> None:
    """Hatch a cell, as stale things are hatched on the map."""
    item.setBackground(QBrush(QColor(palette.HATCH).lighter(150), Qt.BrushStyle.BDiagPattern))


class ConfidenceBar(QStyledItemDelegate):
    """Draws the number and beside it a bar."""

    def paint(self, painter: Any, option: Any, index: Any) -> None:
        """Draw the text of the cell, then the bar."""
        super().paint(painter, option, index)
        value = index.data(VALUE)
        if value is None:
            return
        box = QRectF(option.rect).adjusted(_TEXT, 5, -5, -5)
        if box.width() < 8:
            return
        painter.save()
        painter.setPen(QColor(palette.HATCH))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        box.setWidth(box.width() * min(1.0, max(0.0, float(value))))
        stale = value < STALE_BELOW
        painter.fillRect(box, QBrush(QColor(palette.HATCH if stale else palette.TRUST),
                                     Qt.BrushStyle.Dense5Pattern if stale else Qt.BrushStyle.SolidPattern))  # fmt: skip
        painter.restore()

    def sizeHint(self, option: Any, index: Any) -> Any:  # noqa: N802
        """Room for number and bar."""
        size = super().sizeHint(option, index)
        size.setWidth(max(size.width(), 96))
        return size
