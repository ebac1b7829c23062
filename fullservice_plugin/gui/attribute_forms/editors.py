# SPDX-License-Identifier: GPL-2.0-or-later
"""Editors of our forms: what is empty looks empty, dates with a calendar, choices that are open."""

from __future__ import annotations

from typing import Optional, Union

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QDate, QEvent, QObject, Qt, QTimer
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCalendarWidget,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
)

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.model import Machine
from fullservice_plugin.gui.ask import name_days_of

#: What happens to a line that may have given it another look.
_LOOKS = (QEvent.Type.StyleChange, QEvent.Type.EnabledChange, QEvent.Type.Polish, QEvent.Type.Show,
          QEvent.Type.FontChange, QEvent.Type.PaletteChange)
#: How an empty field looks, as in the lists.
EMPTY = "–"
_MARK = "/* fullservice */"
_UNSEEN = (_MARK + "QLineEdit, QPlainTextEdit { color: transparent; selection-color: transparent; "
           "selection-background-color: transparent; }")


class EmptyLine(QObject):
    """Hides the word that QGIS writes for NULL behind a dash; typing replaces it, and emptying a text brings it back.

    The word itself stays in the line: QGIS takes an empty text for a value. ``named`` lines show the name of a row,
    which QGIS writes as if it were a hint.
    """

    def __init__(self, line: Union[QLineEdit, QPlainTextEdit], text: bool = False, named: bool = False) -> None:
        super().__init__(line)
        self._line, self._text, self._named, self._waits = line, text, named, False
        place = line.viewport() if isinstance(line, QPlainTextEdit) else line
        self._dash = QLabel(EMPTY, place)
        self._dash.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._dash.setStyleSheet("color: #7b8794; background: transparent;")
        self._dash.move(6, 3)
        line.textChanged.connect(self.later)
        line.installEventFilter(self)
        self.later()

    @property
    def empty(self) -> bool:
        """Whether the line stands for no value."""
        return self._words() == QgsApplication.nullRepresentation()

    def later(self, _text: str = "") -> None:
        """Look again, after QGIS has set its own look for the value."""
        if not self._waits:
            self._waits = True
            QTimer.singleShot(0, self._show)

    def _words(self) -> str:
        line = self._line
        return str(line.toPlainText() if isinstance(line, QPlainTextEdit) else line.text())

    def _show(self) -> None:
        self._waits = False
        empty, focus = self.empty, self._line.hasFocus() and not self._line.isReadOnly()
        style = _UNSEEN if empty else ""
        if self._named and not empty:
            self._plain()
        theirs = self._line.styleSheet().split(_MARK)[0]
        if style and theirs and "{" not in theirs:
            theirs = f"QLineEdit, QPlainTextEdit {{ {theirs} }}"
        if self._line.styleSheet() != theirs + style:
            self._line.setStyleSheet(theirs + style)
        self._dash.setVisible(empty and not focus)
        hint = self._line.placeholderText()
        if hint == QgsApplication.nullRepresentation() or "(" in hint:  # the latter: the database's default, as code
            self._line.setPlaceholderText(EMPTY)

    def _plain(self) -> None:
        """Write the name of a row as any other text: QGIS slants and greys it."""
        font, palette = self._line.font(), self._line.palette()
        group = QPalette.ColorGroup.Normal if self._line.isEnabled() else QPalette.ColorGroup.Disabled
        ink = QApplication.palette().color(group, QPalette.ColorRole.Text)
        if font.italic() or font.bold():
            font.setItalic(False)
            font.setBold(False)
            self._line.setFont(font)
        if palette.color(QPalette.ColorRole.Text) != ink:
            palette.setColor(QPalette.ColorRole.Text, ink)
            self._line.setPalette(palette)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (the name Qt asks for)
        """Let what is typed replace the hidden word."""
        kind = event.type()
        if kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            if kind == QEvent.Type.FocusOut and self._text and not self._words() and not self._line.isReadOnly():
                word = QgsApplication.nullRepresentation()
                (self._line.setPlainText if isinstance(self._line, QPlainTextEdit) else self._line.setText)(word)
            if self.empty:
                QTimer.singleShot(0, self._line.selectAll)
            self.later()
        elif kind == QEvent.Type.KeyPress and self.empty and event.text():
            self._line.selectAll()
        elif kind in _LOOKS:
            self.later()
        return False


def choose_date(line: QLineEdit) -> None:
    """Open a calendar below a line and write the chosen day into it."""
    if line.isReadOnly() or not line.isEnabled():
        return
    popup = QDialog(line, Qt.WindowType.Popup)
    popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    calendar = QCalendarWidget(popup)
    name_days_of(calendar)
    day = QDate.fromString(line.text(), Qt.DateFormat.ISODate)
    calendar.setSelectedDate(day if day.isValid() else QDate.currentDate())
    layout = QVBoxLayout(popup)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(calendar)

    def take(chosen: QDate) -> None:
        line.setText(chosen.toString(Qt.DateFormat.ISODate))
        popup.close()

    calendar.clicked.connect(take)
    popup.move(line.mapToGlobal(line.rect().bottomLeft()))
    popup.show()


def offer_only(combo: QComboBox, codes: set[str]) -> None:
    """Hide the choices of a value list whose code is not among ``codes``."""
    view = combo.view()
    model = combo.model()
    for row in range(combo.count()):
        wanted = str(combo.itemData(row)) in codes
        item = model.item(row) if hasattr(model, "item") else None
        if item is not None:
            item.setEnabled(wanted)
        if hasattr(view, "setRowHidden"):
            view.setRowHidden(row, not wanted)


def offer_steps(combo: Optional[QComboBox], machine: Machine, stored: Optional[str]) -> None:
    """Offer the stored state and the states one step away from it; the initial one for a new row."""
    if combo is None:
        return
    codes = {machine.initial} if not stored else {stored, *machine.targets(stored)}
    offer_only(combo, codes)


def dash_the_empty_choice(combo: QComboBox) -> None:
    """Write the choice that stands for no value as a dash, and show it where nothing is chosen."""
    row = next((row for row in range(combo.count()) if plain_value(combo.itemData(row)) is None
                or QgsApplication.nullRepresentation() in combo.itemText(row)), -1)
    if row < 0:
        return
    combo.setItemText(row, EMPTY)
    if combo.currentIndex() < 0:
        combo.blockSignals(True)
        combo.setCurrentIndex(row)
        combo.blockSignals(False)
