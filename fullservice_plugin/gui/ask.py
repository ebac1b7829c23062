# SPDX-License-Identifier: GPL-2.0-or-later
"""Short questions in a window of their own: a line, a choice, yes or no; their buttons speak our language.

Qt's own words follow the language files of the computer, which a Chinese QGIS often lacks.
"""

from __future__ import annotations

from typing import Optional, Sequence

from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtWidgets import (
    QCalendarWidget,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QWidget,
)

from fullservice_plugin.i18n import language, tr

_LEAST_WIDTH = 320  # pixels: titles are longer than most answers


def ask_text(parent: Optional[QWidget], title: str, label: str, text: str = "") -> tuple[str, bool]:
    """Return what was typed, and whether it was confirmed."""
    box = _box(parent, title, label)
    box.setTextValue(text)
    return _answer(box)


def ask_choice(parent: Optional[QWidget], title: str, label: str, choices: Sequence[str]) -> tuple[str, bool]:
    """Return which of ``choices`` was taken, and whether it was confirmed."""
    box = _box(parent, title, label)
    box.setComboBoxItems(list(choices))
    box.setComboBoxEditable(False)
    return _answer(box)


def _box(parent: Optional[QWidget], title: str, label: str) -> QInputDialog:
    box = QInputDialog(parent)
    box.setWindowTitle(title)
    box.setLabelText(label)
    box.setOkButtonText(tr("OK"))
    box.setCancelButtonText(tr("Cancel"))
    return box


def _answer(box: QInputDialog) -> tuple[str, bool]:
    for child in box.findChildren(QLineEdit) + box.findChildren(QComboBox):
        child.setMinimumWidth(_LEAST_WIDTH)
    given = box.exec() == QDialog.DialogCode.Accepted
    text = str(box.textValue())
    box.deleteLater()
    return (text, True) if given else ("", False)


def ask_yes(parent: Optional[QWidget], title: str, text: str, yes: str, no: str) -> bool:
    """Return whether ``yes``, the word on its button, was pressed; Enter and Escape mean ``no``."""
    box = QMessageBox(QMessageBox.Icon.Question, title, text, QMessageBox.StandardButton.NoButton, parent)
    agreed = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    declined = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(declined)
    box.setEscapeButton(declined)
    box.exec()
    pressed = box.clickedButton() is agreed
    box.deleteLater()
    return pressed


def name_days_of(calendar: QCalendarWidget, spoken: str = "") -> None:
    """Let a calendar speak a language (``zh`` or ``en``; empty: that of the interface); its weeks begin on Monday."""
    chinese = (spoken or language()) == "zh"
    calendar.setLocale(QLocale(QLocale.Language.Chinese if chinese else QLocale.Language.English))
    calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)


def name_days(window: QWidget) -> None:
    """Let the calendars of a window name days and months in the language of the interface."""
    for edit in window.findChildren(QDateTimeEdit):
        if edit.calendarPopup():
            name_days_of(edit.calendarWidget())
