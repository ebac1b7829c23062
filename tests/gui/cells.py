# SPDX-License-Identifier: GPL-2.0-or-later
"""Cells of tables, trees and lists: what they say, and what is cut off without the mouse being able to read it."""

from __future__ import annotations

from qgis.PyQt.QtCore import QAbstractItemModel, QAbstractListModel, QEvent, QModelIndex, QPoint, Qt
from qgis.PyQt.QtGui import QHelpEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QToolTip, QTreeView

#: How many rows of a view are read: later ones are of the same kind.
MOST = 400


def columns(model: QAbstractItemModel, parent=QModelIndex()) -> int:  # noqa: B008 (a constant)
    """How many columns a model has; that of a list does not tell."""
    return 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)


def indexes(model: QAbstractItemModel, parent=QModelIndex(), budget=None):  # noqa: B008 (a constant)
    """Every cell of a model, its children after it."""
    budget = budget if budget is not None else [MOST]
    for row in range(model.rowCount(parent)):
        budget[0] -= 1
        if budget[0] < 0:
            return
        for column in range(columns(model, parent)):
            yield model.index(row, column, parent)
        yield from indexes(model, model.index(row, 0, parent), budget)


def words_of(view: QAbstractItemView):
    """Texts and tooltips of all cells and heads of a view."""
    model = view.model()
    if model is None or isinstance(view, QHeaderView):
        return
    for index in indexes(model):
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.StatusTipRole,
                     Qt.ItemDataRole.WhatsThisRole, Qt.ItemDataRole.AccessibleTextRole):  # fmt: skip
            yield index.data(role)
    for section in range(columns(model)):
        yield model.headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def told_by_mouse(viewport, place: QPoint) -> str:
    """What a tooltip says where the mouse rests."""
    QToolTip.hideText()
    QToolTip.showText(viewport.mapToGlobal(place), "")
    event = QHelpEvent(QEvent.Type.ToolTip, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    said = QToolTip.text() if QToolTip.isVisible() else ""
    QToolTip.hideText()
    return said


def _need(view: QAbstractItemView, index: QModelIndex) -> int:
    return view.sizeHintForIndex(index).width()


def cut_cells(view: QAbstractItemView) -> list[str]:
    """Cells in sight that are cut off, and whose whole text the mouse does not tell."""
    if isinstance(view, QHeaderView) or view.model() is None or type(view.itemDelegate()).__module__.startswith(
            "fullservice_plugin"):  # paints itself
        return []
    found = []
    area = view.viewport().rect()
    for index in indexes(view.model()):
        text = str(index.data() or "")
        place = view.visualRect(index)
        if not text or not place.isValid() or not area.intersects(place):
            continue
        if isinstance(view, QTableView) and (view.columnSpan(index.row(), index.column()) > 1
                                             or view.indexWidget(index) is not None):  # fmt: skip
            continue
        if isinstance(view, QTreeView) and view.isFirstColumnSpanned(index.row(), index.parent()):
            continue
        wraps = isinstance(view, QTableView) and view.wordWrap()
        broken = wraps and place.height() > 1.6 * view.fontMetrics().height()
        cut = _need(view, index) > place.width() + 2 and not broken
        beyond = not isinstance(view, QTableView) and place.right() > area.right() + 2 and not _scrolls(view)
        if (cut or beyond) and text not in told_by_mouse(view.viewport(), place.intersected(area).center()):
            found.append(f"{view.objectName() or type(view).__name__} {place.width()}px: {text}")
    return found


def _scrolls(view: QAbstractItemView) -> bool:
    return view.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff
