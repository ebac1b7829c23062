# SPDX-License-Identifier: GPL-2.0-or-later
"""The plans of an area side by side; two of them compared in figures, their differences on the map."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QShortcut,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.gui.design.plan_words import compared_rows, scenario_cells, short_code
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.compare import Comparison

COLUMNS = ("Plan", "Cost", "Proven gap", "Homes", "Benefit", "Methods", "Designs")
_NUMBERS = (1, 2, 3, 4)


class ScenarioPage(QWidget):
    """``opened`` tells the code of a plan, ``compared`` the codes of two; ``ended`` that the map shall forget them."""

    opened = pyqtSignal(str)
    compared = pyqtSignal(str, str)
    ended = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.plans: list[dict[str, Any]] = []
        layout, row = QVBoxLayout(self), QHBoxLayout()
        layout.setContentsMargins(0, 6, 0, 0)
        self.table = _table(self, COLUMNS)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.itemSelectionChanged.connect(self._enable)
        self.table.cellDoubleClicked.connect(lambda _row, _column: self._open())
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            QShortcut(QKeySequence(key), self.table, self._open, context=Qt.ShortcutContext.WidgetShortcut)
        layout.addWidget(self.table, 1)
        self.open_button = QPushButton(tr("Open"), self)
        self.compare_button = QPushButton(tr("Compare two"), self)
        self.end_button = QPushButton(tr("End comparison"), self)
        self.compare_button.setToolTip(tr("Choose two plans, with Ctrl and a click or with Shift and an arrow key."))
        for button, run in ((self.open_button, self._open), (self.compare_button, self._compare),
                            (self.end_button, self.end)):  # fmt: skip
            button.clicked.connect(lambda _checked=False, run=run: run())
            row.addWidget(button)
        layout.addLayout(row)
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self.figures = _table(self, ("", "", "", ""))
        layout.addWidget(self.said)
        layout.addWidget(self.figures, 1)
        self.end()

    def show_plans(self, plans: list[dict[str, Any]], current: str = "") -> None:
        """Show plans, newest first, and select one by its code; what was compared ends if one of the two is gone."""
        chosen = {self.plans[number]["code"] for number in self._rows()} or {current}
        self.plans = plans
        self.table.setRowCount(len(plans))
        for number, plan in enumerate(plans):
            for column, text in enumerate(scenario_cells(plan)):
                item = QTableWidgetItem(text)
                item.setToolTip(text if column else str(plan["code"]))
                if column in _NUMBERS:
                    item.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
                self.table.setItem(number, column, item)
        self.select(*(code for code in chosen if code))
        if not set(self._compared) <= {plan["code"] for plan in plans}:
            self.end()

    def select(self, *codes: str) -> None:
        """Select plans by code."""
        self.table.clearSelection()
        mode = self.table.selectionMode()
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        for number, plan in enumerate(self.plans):
            if plan["code"] in codes:
                self.table.selectRow(number)
        self.table.setSelectionMode(mode)
        self._enable()

    def _rows(self) -> list[int]:
        return sorted({item.row() for item in self.table.selectedIndexes() if item.row() < len(self.plans)})

    def _enable(self) -> None:
        rows = self._rows()
        self.open_button.setEnabled(len(rows) == 1)
        self.compare_button.setEnabled(len(rows) == 2)
        self.compare_button.setVisible(len(self.plans) > 1)

    def _open(self) -> None:
        rows = self._rows()
        if len(rows) == 1:
            self.opened.emit(str(self.plans[rows[0]]["code"]))

    def _compare(self) -> None:
        """The older plan is the first: the newer one is what changes."""
        newer, older = self._rows()
        self.compared.emit(str(self.plans[older]["code"]), str(self.plans[newer]["code"]))

    def show_comparison(self, found: Comparison) -> None:
        """Show the figures of two plans beside each other."""
        self._compared = found.plans
        plan = next((one for one in self.plans if one["code"] in found.plans), self.plans[0])
        rows = compared_rows(found, plan)
        self.figures.setHorizontalHeaderLabels(["", *map(self._short, found.plans), tr("Second − first")])
        self.figures.setRowCount(len(rows))
        for number, cells in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
                self.figures.setItem(number, column, item)
        changed = sum(one.changed for one in found.buildings)
        self.said.setText(tr("{changed} of {count} buildings get another method; the map shows the ways of each plan.",
                             changed=changed, count=len(found.buildings)))
        self._show_comparison(True)

    def _short(self, code: str) -> str:
        return next((short_code(plan) for plan in self.plans if plan["code"] == code), code)

    def end(self) -> None:
        """Forget the comparison."""
        self._compared: Sequence[str] = ()
        self._show_comparison(False)
        self.ended.emit()

    def _show_comparison(self, shown: bool) -> None:
        for widget in (self.said, self.figures, self.end_button):
            widget.setVisible(shown)


def _table(parent: QWidget, columns: Sequence[str]) -> QTableWidget:
    table = QTableWidget(0, len(columns), parent)
    table.setHorizontalHeaderLabels([tr(words) if words else "" for words in columns])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return table
