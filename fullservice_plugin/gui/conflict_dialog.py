# SPDX-License-Identifier: GPL-2.0-or-later
"""The window in which somebody decides, field by field, between their own change and that of somebody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from qgis.core import QgsFeature, QgsGeometry
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.merge import Merge
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.row_words import BEFORE, MINE, THEIRS, Outlines, field_words, value_words
from fullservice_plugin.i18n import translate

GEOMETRY = "geom"


@dataclass
class Conflict:
    """One row: its table, the values of three sides by field (geometries under ``geom``), what merges by itself."""

    fid: int
    table: str
    title: str
    base: dict[str, Any]
    mine: dict[str, Any]
    theirs: dict[str, Any]
    result: Merge
    stored: QgsFeature
    who: str = ""
    at: str = ""
    chosen: dict[str, str] = field(default_factory=dict)


class ConflictDialog(QDialog):
    """Shows what both sides did; ``verdict`` is ``save``, ``theirs`` or ``keep`` (nothing happens)."""

    def __init__(self, conflicts: list[Conflict], language: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setObjectName("FullServiceConflictDialog")
        self.conflicts = conflicts
        self.verdict = "keep"
        self._language = language
        self._choices: list[tuple[Conflict, str, QComboBox]] = []
        self.setWindowTitle(self._say("Somebody else changed the same row"))
        self.resize(820, 460)
        layout = QVBoxLayout(self)
        hint = QLabel(self._say("Choose for each field what is saved. Nothing is lost before you do: “Keep "
                                "editing” leaves "
                                "everything as it is."), self)
        hint.setWordWrap(True)
        layout.addWidget(hint)
        self.table = QTableWidget(0, 5, self)
        heads = ("Field", "Before", "Mine", "Theirs", "Save")
        self.table.setHorizontalHeaderLabels([self._say(word) for word in heads])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        layout.addWidget(self.table, 1)
        self.outlines = Outlines(self)
        layout.addWidget(self.outlines)
        for conflict in conflicts:
            self._add(conflict)
        self._show_outlines()
        layout.addWidget(self._buttons())
        help_on(self)

    def _say(self, text: str, /, **values: Any) -> str:
        return translate(text, self._language, **values)

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        for verdict, text, role in (("save", "Save merged", QDialogButtonBox.ButtonRole.AcceptRole),
                                    ("theirs", "Take all theirs", QDialogButtonBox.ButtonRole.DestructiveRole),
                                    ("keep", "Keep editing", QDialogButtonBox.ButtonRole.RejectRole)):
            button = QPushButton(self._say(text), self)
            button.setObjectName("verdict_" + verdict)
            button.clicked.connect(lambda _checked=False, verdict=verdict: self._decide(verdict))
            box.addButton(button, role)
        return box

    def _decide(self, verdict: str) -> None:
        self.verdict = verdict
        for conflict, name, combo in self._choices:
            conflict.chosen[name] = str(combo.currentData())
        self.done(QDialog.DialogCode.Rejected if verdict == "keep" else QDialog.DialogCode.Accepted)

    def _add(self, conflict: Conflict) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        head = QTableWidgetItem(self._say("{row}: changed by {who} at {at}", row=conflict.title, who=conflict.who,
                                          at=conflict.at))
        head.setBackground(QColor("#e8edf2"))
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.table.setItem(row, 0, head)
        self.table.setSpan(row, 0, 1, 5)
        for name in (*conflict.result.ask, *conflict.result.moved, *conflict.result.keep):
            self._add_field(conflict, name)

    def _add_field(self, conflict: Conflict, name: str) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        sides = (conflict.base.get(name), conflict.mine.get(name, conflict.base.get(name)), conflict.theirs.get(name))
        texts = [field_words(conflict.table, name, self._language)]
        texts += [value_words(conflict.table, name, value, self._language) for value in sides]
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            if column:
                item.setForeground(QColor((BEFORE, MINE, THEIRS)[column - 1]))
            self.table.setItem(row, column, item)
        combo = QComboBox(self.table)
        combo.setObjectName(f"choice_{conflict.fid}_{name}")
        sides_offered = ("theirs",) if name in conflict.result.moved else ("mine", "theirs")
        for side in sides_offered:
            combo.addItem(self._say(side.capitalize()), side)
        self.table.setCellWidget(row, 4, combo)
        self._choices.append((conflict, name, combo))

    def _show_outlines(self) -> None:
        shapes: list[tuple[QgsGeometry, str, bool]] = []
        for conflict in self.conflicts:
            if GEOMETRY in conflict.mine:
                for side, colour, dashed in ((conflict.base, BEFORE, True), (conflict.theirs, THEIRS, False),
                                             (conflict.mine, MINE, False)):
                    if isinstance(side.get(GEOMETRY), QgsGeometry):
                        shapes.append((side[GEOMETRY], colour, dashed))
        self.outlines.show_shapes(shapes)


def plain(feature: QgsFeature, names: list[str]) -> dict[str, Any]:
    """A feature's values by field, None for NULL."""
    return {name: plain_value(feature[name]) for name in names}
