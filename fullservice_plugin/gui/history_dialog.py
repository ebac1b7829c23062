# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of a row: who changed what and when, before and after, and the way back."""

from __future__ import annotations

import csv
from typing import Any, Callable, Iterable, Optional, Union

from qgis.core import QgsGeometry, QgsVectorLayer
from qgis.PyQt.QtCore import QByteArray, Qt
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.catalogue.states import MACHINES, state_label
from fullservice_plugin.core.spreadsheet import safe_cell
from fullservice_plugin.gis.layers import STORE_PROPERTY, definition, key_of
from fullservice_plugin.gui.ask import ask_yes
from fullservice_plugin.gui.attribute_forms.tools import project_language
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.gui.row_words import BEFORE, MINE, Outlines, field_words, value_words
from fullservice_plugin.gui.selected import selection_of
from fullservice_plugin.gui.small_screen import open_at
from fullservice_plugin.i18n import listed, translate
from fullservice_plugin.services.picked import Selection, selected_ids
from fullservice_plugin.store.history import Entry, Restored, history, restore

_ENTRY = Qt.ItemDataRole.UserRole
_DEEDS = {"I": "made", "U": "changed", "D": "removed", "S": "step"}


class HistoryDialog(QDialog):
    """Reads the history in the background; ``confirm`` asks before a restore (tests answer themselves).

    ``row`` is the id of the row, or what is selected in the layer.
    """

    def __init__(self, layer: QgsVectorLayer, row: Union[str, Selection], notifier: Notifier,
                 parent: Optional[QWidget] = None, confirm: Optional[Callable[[str], bool]] = None) -> None:
        super().__init__(parent)
        self.setObjectName("FullServiceHistoryDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._layer, self._row, self._notifier = layer, row, notifier
        self._store = str(layer.customProperty(STORE_PROPERTY))
        self._table = definition(key_of(layer)).table_of_labels
        self._language = project_language()
        self._confirm = confirm or self._question
        self._task: Any = None
        self.entries: list[Entry] = []
        self.setWindowTitle(self._say("History of this row"))
        open_at(self, 860, 520)
        layout = QVBoxLayout(self)
        self.state = QLabel(self._say("Reading…"), self)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        split = QSplitter(Qt.Orientation.Vertical, self)
        self.list = QTreeWidget(split)
        self.list.setRootIsDecorated(False)
        self.list.setHeaderLabels([self._say(word) for word in ("When", "Who", "What", "Fields", "Version")])
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.list.currentItemChanged.connect(lambda item, _old: self._show(item))
        self.fields = QTableWidget(0, 3, split)
        self.fields.setHorizontalHeaderLabels([self._say(word) for word in ("Field", "Before", "After")])
        self.fields.verticalHeader().hide()
        self.fields.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        layout.addWidget(split, 1)
        self.outlines = Outlines(self)
        self.outlines.hide()
        layout.addWidget(self.outlines)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(self._say("Close"))
        self.back = QPushButton(self._say("Restore this version…"), self)
        self.back.setEnabled(False)
        self.back.clicked.connect(self._restore)
        self.export = QPushButton(self._say("Save as CSV…"), self)
        self.export.clicked.connect(self._export)
        for button in (self.back, self.export):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        help_on(self)
        self.read()

    def _say(self, text: str, /, **values: Any) -> str:
        return translate(text, self._language, **values)

    def read(self) -> None:
        """Read the history again (in the background)."""
        row = self._row
        self._task = ask_later(self._say("History of this row"), self._store, lambda store: _read(store, row),
                               self._fill, self._failed)

    def _failed(self, error: BaseException) -> None:
        self.state.setText(sentence(error))

    def _fill(self, found: tuple[Union[str, Selection], list[Entry]]) -> None:
        self._task = None
        self._row, self.entries = found
        entries = self.entries
        self.list.clear()
        self.state.setText(self._say("Changes: {count}, newest first.", count=len(entries)) if entries else
                           self._say("Nothing is known of this row, or it is out of your reach."))
        for entry in entries:
            item = QTreeWidgetItem([entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"), entry.who, self._deed(entry),
                                    self._names(entry), str(entry.version or "")])
            item.setData(0, _ENTRY, entry)
            self.list.addTopLevelItem(item)
        for column in range(5):
            self.list.resizeColumnToContents(column)
        if entries:
            self.list.setCurrentItem(self.list.topLevelItem(0))

    def _deed(self, entry: Entry) -> str:
        if entry.restored_from is not None:
            return self._say("version {version} restored", version=entry.restored_from)
        return self._say(_DEEDS[entry.operation])

    def _names(self, entry: Entry) -> str:
        if entry.operation == "I":
            return ""
        if entry.operation == "S":
            name = next(iter(entry.before or entry.after))
            return " → ".join(self._words(entry, name, side.get(name)) for side in (entry.before, entry.after))
        return self._fields_of(entry.columns)

    def _fields_of(self, names: Iterable[str]) -> str:
        return listed((field_words(self._table, name, self._language) for name in names), self._language)

    def _label(self, entry: Entry, name: str) -> str:
        """Label of a field; a step calls the ruled column state or stage, whatever its name."""
        if entry.operation == "S":
            name = {"state": "lead_state" if self._table in ("estate", "building") else "state", "reason": "note"}.get(
                name, name)
        return field_words(self._table, name, self._language)

    def _words(self, entry: Entry, name: str, value: Any) -> str:
        if entry.operation == "S" and name in ("stage", "state"):
            machine = next((m for m in MACHINES.values() if self._table in m.tables), None)
            return state_label(machine.code, str(value), self._language) if machine and value else "–"
        return value_words(self._table, name, value, self._language)

    def _show(self, item: Optional[QTreeWidgetItem]) -> None:
        entry = item.data(0, _ENTRY) if item is not None else None
        self.fields.setRowCount(0)
        self.outlines.show_shapes([])
        newest = next((e.version for e in self.entries if e.version is not None), None)
        self.back.setEnabled(entry is not None and entry.operation in ("I", "U") and entry.version != newest
                             and not self._layer.readOnly())
        if entry is None:
            return
        shapes = []
        for name in entry.columns:
            row = self.fields.rowCount()
            self.fields.insertRow(row)
            texts = (self._label(entry, name), self._words(entry, name, entry.before.get(name)),
                     self._words(entry, name, entry.after.get(name)))
            for column, text in enumerate(texts):
                self.fields.setItem(row, column, QTableWidgetItem(text))
            if name in ("geom", "entry_point"):
                shapes += [(outline(entry.before.get(name)), BEFORE, True), (outline(entry.after.get(name)),
                    MINE, False)]
        self.outlines.show_shapes(shapes)

    def _question(self, text: str) -> bool:
        return ask_yes(self, self._say("Restore this version…"), text, self._say("Restore"), self._say("Cancel"))

    def _restore(self) -> None:
        """Bring the chosen version back as a new one; what was decided on is the newest version of this list."""
        entry = self.list.currentItem().data(0, _ENTRY)
        newest = next(e.version for e in self.entries if e.version is not None)
        later = [e for e in self.entries if e.version is not None and e.version > entry.version]
        names = dict.fromkeys(name for e in later for name in e.columns)
        text = self._say("These fields get their value of version {version}: {fields}. States stay as they are.",
                         version=entry.version,
                         fields=self._fields_of(names))
        if not self._confirm(text):
            return
        self.back.setEnabled(False)
        row = str(self._row)
        self._task = ask_later(self._say("Restore this version…"), self._store,
                               lambda store: restore(store, row, entry.version, newest), self._restored,
                               self._refused, write=True)

    def _restored(self, done: Restored) -> None:
        kept = self._say(" States stay: {fields}.", fields=self._fields_of(done.kept)) if done.kept else ""
        self._notifier.success(self._say("The earlier version is the newest one now.") + kept)
        self._layer.triggerRepaint()
        self.read()

    def _refused(self, error: BaseException) -> None:
        self._notifier.error(error)
        self.state.setText(sentence(error))
        self.read()

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self._say("Save as CSV…"), "history.csv", "CSV (*.csv)")
        if path:
            self.write_csv(path)

    def write_csv(self, path: str) -> None:
        """Write the history as a table that no spreadsheet program takes for formulas."""
        with open(path, "w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.writer(handle)
            heads = ("When", "Who", "What", "Version", "Field", "Before", "After")
            writer.writerow([self._say(word) for word in heads])
            for entry in self.entries:
                for name in entry.columns or [""]:
                    cells = (entry.at.isoformat(), entry.who, self._deed(entry), entry.version or "",
                             field_words(self._table, name, self._language),
                             self._words(entry, name, entry.before.get(name)),
                             self._words(entry, name, entry.after.get(name)))
                    writer.writerow([safe_cell(cell) for cell in cells])

    def done(self, result: int) -> None:
        """Drop a question that still runs when the window closes."""
        if self._task is not None:
            self._task.cancel()
        super().done(result)


def _read(store: Any, row: Union[str, Selection]) -> tuple[Union[str, Selection], list[Entry]]:
    """The id of a row and its history (background thread); no history where a selected row is gone."""
    if isinstance(row, Selection):
        ids = selected_ids(store, row)
        if not ids:
            return row, []
        row = ids[0]
    return row, history(store, row)


def outline(text: Any) -> QgsGeometry:
    """A geometry of the log: hexadecimal EWKB, whose SRID QGIS does not read."""
    shape = QgsGeometry()
    if not text:
        return shape
    raw = bytes.fromhex(str(text))
    kind = int.from_bytes(raw[1:5], "little" if raw[0] else "big")
    if kind & 0x20000000:
        raw = raw[:1] + (kind & ~0x20000000).to_bytes(4, "little" if raw[0] else "big") + raw[9:]
    shape.fromWkb(QByteArray(raw))
    return shape


def open_history(iface: Any, notifier: Notifier) -> Optional[HistoryDialog]:
    """Open the history of the row that is selected in the active layer; says what to do when there is none."""
    layer, language = iface.activeLayer(), project_language()
    if not isinstance(layer, QgsVectorLayer) or not key_of(layer) or layer.fields().lookupField("id") < 0:
        notifier.info(translate("Make a layer of the battle map the active one and select a row first.", language))
        return None
    chosen = selection_of(layer)
    if chosen is None or len(chosen.fids) != 1:
        notifier.info(translate("Select exactly one row to see its history.", language))
        return None
    dialog = HistoryDialog(layer, chosen, notifier, iface.mainWindow())
    dialog.show()
    return dialog
