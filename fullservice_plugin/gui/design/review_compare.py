# SPDX-License-Identifier: GPL-2.0-or-later
"""Two designs of one estate side by side: what changed from building to building, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.i18n import tr


def show_comparison(
    parent: QWidget, titles: tuple[str, str], rows: Sequence[dict[str, Any]], money: Callable[[Any], str]
) -> QDialog:
    """Open and return the window; ``titles`` name the designs, ``money`` writes an amount, Escape closes it."""
    dialog = QDialog(parent)
    dialog.setObjectName("FullServiceCompareDesigns")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(tr("Compare designs"))
    dialog.resize(760, 460)
    layout = QVBoxLayout(dialog)
    told = QLabel(_summary(rows, money), dialog)
    told.setWordWrap(True)
    layout.addWidget(told)
    layout.addWidget(_table(dialog, titles, rows, money), 1)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
    buttons.rejected.connect(dialog.reject)
    layout.addWidget(buttons)
    help_on(dialog)
    dialog.show()
    return dialog


def _summary(rows: Sequence[dict[str, Any]], money: Callable[[Any], str]) -> str:
    """Count what changed and add up what both cost in the buildings."""
    costs = [money(sum(row[key] or 0.0 for row in rows)) for key in ("cost_a", "cost_b")]
    return tr("{changed} of {count} buildings get another method; cost of the buildings {first} → {second}.",
              changed=sum(row["changed"] for row in rows), count=len(rows), first=costs[0], second=costs[1])


def _table(
    parent: QWidget, titles: tuple[str, str], rows: Sequence[dict[str, Any]], money: Callable[[Any], str]
) -> QTableWidget:
    heads = [tr("Building"), *(f"{tr('Method')}\n{title}" for title in titles),
             *(f"{tr('Cost')}\n{title}" for title in titles), tr("Difference")]  # fmt: skip
    table = QTableWidget(len(rows), len(heads), parent)
    table.setHorizontalHeaderLabels(heads)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    for number, row in enumerate(rows):
        a, b = row["cost_a"], row["cost_b"]
        cells = (row["name"], _method(row["method_a"]), _method(row["method_b"]), money(a), money(b),
                 "" if a is None or b is None else money(b - a))  # fmt: skip
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            if row["changed"]:
                font = item.font()
                font.setBold(True)
                item.setFont(font)
            table.setItem(number, column, item)
    return table


def _method(code: Optional[str]) -> str:
    return tr(METHOD_NAMES[code]) if code in METHOD_NAMES else "–"
