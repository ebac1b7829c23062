# SPDX-License-Identifier: GPL-2.0-or-later
"""What a cell, the head of a column or a closed box cuts off is told where the mouse rests on it."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, Qt
from qgis.PyQt.QtGui import QFontMetrics
from qgis.PyQt.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QTableView, QToolTip, QWidget

#: Room at both sides of a cell's text together, besides its picture (pixels).
_MARGIN = 8
#: What an open box keeps for its arrow and frame (pixels).
_ARROW = 30


def tell_whole(window: QWidget) -> None:
    """Let every cell, head and box of a window tell its whole text, those that are made later too."""
    WholeText(window)


class WholeText(QObject):
    """Hears the questions for a tooltip that nothing inside the window has answered."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.installEventFilter(self)

    def eventFilter(self, window: QObject, event: QEvent) -> bool:  # noqa: N802 (the name Qt asks for)
        """Answer with the text that is cut off under the mouse."""
        if event.type() != QEvent.Type.ToolTip or not isinstance(window, QWidget):
            return False
        text = cut_text(window, event.pos())
        if not text:
            return False
        QToolTip.showText(event.globalPos(), text, window)
        event.accept()
        return True


def cut_text(window: QWidget, where: QPoint) -> str:
    """The text under a point of a window (its pixels) that does not fit where it stands; empty: none."""
    widget: Optional[QWidget] = window.childAt(where)
    while widget is not None and widget is not window:
        if isinstance(widget, QHeaderView):
            return cut_head(widget, widget.logicalIndexAt(widget.viewport().mapFrom(window, where)))
        if isinstance(widget, QAbstractItemView):
            return cut_cell(widget, widget.indexAt(widget.viewport().mapFrom(window, where)))
        if isinstance(widget, QComboBox):
            wide = widget.fontMetrics().horizontalAdvance(widget.currentText())
            return widget.currentText() if wide > widget.width() - _ARROW else ""
        widget = widget.parentWidget()
    return ""


def cut_head(header: QHeaderView, section: int) -> str:
    """The head of a column that does not fit, empty where it does."""
    model = header.model()
    if section < 0 or model is None or header.orientation() != Qt.Orientation.Horizontal:
        return ""
    text = str(model.headerData(section, header.orientation()) or "")
    return text if header.fontMetrics().horizontalAdvance(text) + _MARGIN > header.sectionSize(section) else ""


def cut_cell(view: QAbstractItemView, index: QModelIndex) -> str:
    """The text of a cell that does not fit, empty where it does. Lines are broken where the view breaks them."""
    text = str(index.data() or "") if index.isValid() else ""
    if not text:
        return ""
    place, metrics = view.visualRect(index), view.fontMetrics()
    font = index.data(Qt.ItemDataRole.FontRole)
    if font is not None:
        metrics = QFontMetrics(font)
    picture = index.data(Qt.ItemDataRole.DecorationRole)
    room = place.width() - _MARGIN - (view.iconSize().width() if picture is not None else 0)
    if isinstance(view, QTableView) and view.wordWrap():
        need = metrics.boundingRect(QRect(0, 0, max(room, 1), 1 << 20), Qt.TextFlag.TextWordWrap, text)
        return "" if need.width() <= room and need.height() <= place.height() else text
    return "" if max(map(metrics.horizontalAdvance, text.split("\n"))) <= room else text
