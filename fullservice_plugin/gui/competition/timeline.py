# SPDX-License-Identifier: GPL-2.0-or-later
"""What was observed in a place, the newest first, and the steps that the chosen observations may take."""

from __future__ import annotations

from functools import partial
from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTableWidgetItem, QVBoxLayout, QWidget

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gui.competition import words
from fullservice_plugin.gui.competition.bars import ConfidenceBar, confidence_item, mark_stale
from fullservice_plugin.gui.competition.tables import plain_table
from fullservice_plugin.i18n import headed, language, tr
from fullservice_plugin.services.rivals import STEPS, RivalsHere, Seen, why_not

COLUMNS = ("Observed on", "Operator", "Building", "What was seen", "Confidence now", "State", "Source", "Observer")
_BUILDING, _CONFIDENCE, _SOURCE = 2, 4, 6
_WORDS = {"verified": "Verify", "stale": "Mark as stale", "retired": "Retire"}
_HINTS = {
    "verified": "A second source, a visit or a photo confirms it.", "stale": "It may have changed: look again.",
    "retired": "It was wrong, or does not hold any more: it counts no longer, and stays in the history.",
}  # fmt: skip


class Timeline(QWidget):
    """Table, buttons and the reason why a button is closed; ``step`` gets ids of observations and the state."""

    step = pyqtSignal(list, str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.rows: list[Seen] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.table = plain_table(COLUMNS, self)
        self.table.setItemDelegateForColumn(_CONFIDENCE, ConfidenceBar(self.table))
        self.table.itemSelectionChanged.connect(self._chosen)
        layout.addWidget(self.table, 1)
        self.why = QLabel(self)
        self.why.setWordWrap(True)
        layout.addWidget(self.why)
        row = QHBoxLayout()
        self.buttons: dict[str, QPushButton] = {}
        for key in STEPS:
            button = QPushButton(tr(_WORDS[key]), self)
            button.clicked.connect(partial(self._press, key))
            self.buttons[key] = button
            row.addWidget(button)
        row.addStretch(1)
        layout.addLayout(row)
        self._chosen()

    def show_seen(self, here: Optional[RivalsHere]) -> None:
        """Show the observations of a place; what was chosen stays chosen where it is still there."""
        before = {one.id for one in self.chosen()}
        self.rows = here.seen if here else []
        self.table.blockSignals(True)
        self.table.clearSelection()
        self.table.setRowCount(len(self.rows))
        self.table.setColumnHidden(_BUILDING, here is None or here.kind != "estate")
        for number, one in enumerate(self.rows):
            self._fill(number, one, here)
        mode = self.table.selectionMode()
        self.table.setSelectionMode(self.table.SelectionMode.MultiSelection)
        for number, one in enumerate(self.rows):
            if one.id in before:
                self.table.selectRow(number)
        self.table.setSelectionMode(mode)
        self.table.blockSignals(False)
        self._chosen()

    def _fill(self, number: int, one: Seen, here: Optional[RivalsHere]) -> None:
        name = here.name_of(one.operator, language()) if here else one.operator
        state = code_label("intel_state", one.state, language())
        if one.verified_by and one.state == "verified":
            state = f"{state} ({one.verified_by})"
        texts = [one.observed_on.isoformat(), name, one.building or tr("whole estate"), words.told(one), "", state,
                 words.source(one), one.observer]  # fmt: skip
        if one.photo:
            texts[_SOURCE] += " · " + tr("photo")
        for column, text in enumerate(texts):
            item = confidence_item(one.confidence) if column == _CONFIDENCE else QTableWidgetItem(text)
            item.setToolTip(item.text())
            if one.stale:
                mark_stale(item)
            self.table.setItem(number, column, item)

    def chosen(self) -> list[Seen]:
        """The chosen observations."""
        return [self.rows[number] for number in sorted({i.row() for i in self.table.selectedIndexes()})
                if number < len(self.rows)]  # fmt: skip

    def _chosen(self) -> None:
        """Offer the steps that all chosen observations may take; say why the others are closed."""
        mine = self.chosen()
        shut = {key: words.closed(reason) for key, reason in why_not(mine).items()}
        for key, button in self.buttons.items():
            button.setEnabled(bool(mine) and key not in shut)
            button.setToolTip(shut.get(key) or tr(_HINTS[key]))
        self.why.setText("\n".join(headed(tr(_WORDS[key]), text) for key, text in shut.items()))
        self.why.setVisible(bool(shut))

    def _press(self, key: str, _checked: bool = False) -> None:
        ids = [one.id for one in self.chosen()]
        if ids:
            self.step.emit(ids, key)
