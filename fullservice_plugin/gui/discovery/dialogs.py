# SPDX-License-Identifier: GPL-2.0-or-later
"""Dialogs of discovery by hand: a new estate, a new building."""

from __future__ import annotations

from datetime import date
from typing import Any, Optional

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from fullservice_plugin.core.catalogue.lists import LISTS, code_label
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.by_hand import NewBuilding, NewEstate


def codes_box(parent: QWidget, name: str, first: str = "", unknown: str = "") -> QComboBox:
    """A box with the labels of a value list; the first entry (``unknown``: its words) stands for what nobody knows."""
    box = QComboBox(parent)
    box.addItem(unknown or tr("Not known yet"), None)
    for entry in LISTS[name]:
        if entry.code != "unknown":
            box.addItem(code_label(name, entry.code, language()), entry.code)
    if first:
        box.setCurrentIndex(box.findData(first))
    return box


def _count(parent: QWidget, unit: str, most: int) -> QSpinBox:
    """A number that may stay unknown: the lowest value says so."""
    box = QSpinBox(parent)
    box.setRange(-1, most)
    box.setValue(-1)
    box.setSpecialValueText(tr("Not known yet"))
    box.setSuffix(" " + unit)
    return box


def save_buttons(dialog: QDialog) -> QDialogButtonBox:
    """Save, Cancel and Help of a dialog, in our words."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, dialog)
    buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Save"))
    buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    help_on(dialog)
    return buttons


def dependent_day(box: QCheckBox, day: QDate) -> QDateEdit:
    """A date that counts only while ``box`` is checked."""
    edit = QDateEdit(day, box.parentWidget())
    edit.setCalendarPopup(True)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.setEnabled(box.isChecked())
    box.toggled.connect(edit.setEnabled)
    return edit


def day_of(edit: QDateEdit) -> date:
    """The date that is entered."""
    chosen = edit.date()
    return date(chosen.year(), chosen.month(), chosen.day())


class _Dialog(QDialog):
    """A form with OK (only when it can be kept) and Cancel."""

    def __init__(self, parent: Optional[QWidget], title: str, name: str) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setMinimumWidth(420)
        self.form = QFormLayout(self)
        self.buttons = save_buttons(self)
        self.planned = QCheckBox(tr("Under construction, handover on"), self)
        self.handover = dependent_day(self.planned, QDate.currentDate().addYears(1))

    def _end(self) -> None:
        self.form.addRow(self.planned, self.handover)
        self.form.addRow(self.buttons)

    def _date(self) -> Optional[date]:
        return day_of(self.handover) if self.planned.isChecked() else None


class EstateDialog(_Dialog):
    """Asks for name, type, value class and owner of an estate that was drawn."""

    def __init__(self, shape: Any, parent: Optional[QWidget] = None, people: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(parent, tr("New estate"), "FullServiceNewEstate")
        self._shape = shape
        self.name = QLineEdit(self)
        self.kind = codes_box(self, "estate_type", "residential")
        self.value = codes_box(self, "value_class")
        self.owner = QComboBox(self)
        self.owner.addItem(tr("Me, or nobody yet"), None)
        for key, login in people:
            self.owner.addItem(login, key)
        self.form.addRow(tr("Name"), self.name)
        self.form.addRow(tr("Type"), self.kind)
        self.form.addRow(tr("Value class"), self.value)
        self.form.addRow(tr("Account manager"), self.owner)
        self._end()
        self.name.textChanged.connect(self._check)
        self._check()

    def _check(self, _text: str = "") -> None:
        ready = bool(self.name.text().strip())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(ready)

    def made(self) -> NewEstate:
        """Return what was entered."""
        point = self._shape.geom_type == "Point"
        return NewEstate(
            self.name.text().strip(),
            self.kind.currentData(),
            (self._shape.x, self._shape.y) if point else None,
            None if point else self._shape,
            self.owner.currentData(),
            self.value.currentData(),
            self._date(),
        )


class BuildingDialog(_Dialog):
    """Asks for what is known of a building that was drawn or pinned; everything may stay unknown."""

    def __init__(self, shape: Any, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent, tr("New building"), "FullServiceNewBuilding")
        self._shape = shape
        self.name = QLineEdit(self)
        self.number = QLineEdit(self)
        self.number.setToolTip(tr("In a village without addresses: the number you give it, as painted on the door."))
        self.use = codes_box(self, "building_use", "residential")
        self.storeys = _count(self, tr("storeys"), 200)
        self.households = _count(self, tr("households"), 20_000)
        self.photo = QgsFileWidget(self)
        self.photo.setFilter(tr("Pictures") + " (*.jpg *.jpeg *.png)")
        self.form.addRow(tr("Name"), self.name)
        self.form.addRow(tr("Number"), self.number)
        self.form.addRow(tr("Use"), self.use)
        self.form.addRow(tr("Storeys"), self.storeys)
        self.form.addRow(tr("Households"), self.households)
        self.form.addRow(tr("Photo"), self.photo)
        if shape.geom_type == "Point":
            hint = QLabel(tr("It has no footprint yet; its pin stands for it until one is found or drawn."), self)
            hint.setWordWrap(True)
            self.form.addRow(hint)
        self._end()

    def made(self) -> NewBuilding:
        """Return what was entered."""
        point = self._shape.geom_type == "Point"
        return NewBuilding(
            (self._shape.x, self._shape.y) if point else None,
            None if point else self._shape,
            self.name.text().strip(),
            self.number.text().strip(),
            self.use.currentData(),
            _known(self.storeys),
            _known(self.households),
            self._date(),
            None,
            self.photo.filePath().strip() or None,
        )


def _known(box: QSpinBox) -> Optional[int]:
    return None if box.value() < 0 else int(box.value())
