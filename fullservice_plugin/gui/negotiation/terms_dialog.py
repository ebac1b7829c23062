# SPDX-License-Identifier: GPL-2.0-or-later
"""The terms of a deal and its signature; what the law says to them is told while they are entered."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QDateEdit, QDoubleSpinBox, QLabel, QLineEdit, QWidget

from fullservice_plugin.gui.discovery.dialogs import codes_box, day_of, dependent_day
from fullservice_plugin.gui.negotiation.dialogs import TalkDialog
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.agreements import findings

_CODES = (("type", "agreement_type", "Type"), ("exclusivity", "exclusivity", "Exclusivity"),
          ("fee_model", "fee_model", "Fee model"), ("fee_period", "fee_period", "Fee per"),
          ("share_kind", "share_kind", "Share kind"), ("power_model", "power_model", "Electricity"))
_DAYS = (("signed_on", "Signed on"), ("valid_from", "Valid from"), ("valid_to", "Valid to"),
         ("works_from", "Works from"), ("works_to", "Works to"))
_YEARS = 3


class TermsDialog(TalkDialog):
    """Terms as a draft, or with file and number as the signed agreement (``signing``)."""

    def __init__(self, parent: Optional[QWidget], stored: Optional[Mapping[str, Any]], where: str,
                 signing: bool = False, note: bool = False) -> None:
        title = tr("Sign the agreement") if signing else tr("Terms of the agreement")
        super().__init__(parent, title, "FullServiceTerms")
        self._where, self._signing, self._note_needed = where, signing, note
        given = dict(stored or {})
        self.number = QLineEdit(str(given.get("number") or ""), self)
        self.form.addRow(tr("Number"), self.number)
        self.codes: dict[str, QComboBox] = {}
        for name, listed, label in _CODES:
            box = codes_box(self, listed)
            first = given.get(name) or ("entry" if name == "type" else None)
            box.setCurrentIndex(max(0, box.findData(first)))
            box.currentIndexChanged.connect(self.check)
            self.codes[name] = box
            self.form.addRow(tr(label), box)
        self.amount = self._number(given.get("fee_amount"), 1e9, tr("Fee"))
        self.share = self._number(given.get("share_pct"), 100, tr("Revenue share (%)"))
        self.days: dict[str, tuple[QCheckBox, QDateEdit]] = {}
        for name, label in _DAYS:
            self._day(name, tr(label), given.get(name))
        self.hours = QLineEdit(str(given.get("works_hours") or ""), self)
        self.form.addRow(tr("Working hours"), self.hours)
        self.rights: dict[str, QCheckBox] = {}
        for name, label in (("riser_right", tr("We may use the riser")), ("power_right", tr("We may take power"))):
            self.rights[name] = QCheckBox(label, self)
            self.rights[name].setChecked(bool(given.get(name)))
            self.form.addRow("", self.rights[name])
        self.approver = QLineEdit(self)
        self.note = QLineEdit(self)
        self.document = QgsFileWidget(self)
        if signing:
            self.form.addRow(tr("Approved by"), self.approver)
            if note:
                self.form.addRow(tr("Why in one step"), self.note)
            self.form.addRow(tr("Signed document"), self.document)
        for widget, asked in ((self.approver, signing), (self.note, signing and note), (self.document, signing)):
            widget.setVisible(asked)  # what no row holds would float over the form
        self.law = QLabel(self)
        self.law.setWordWrap(True)
        self.form.addRow(self.law)
        for signal in (self.number.textChanged, self.approver.textChanged, self.note.textChanged,
                       self.document.fileChanged):
            signal.connect(self.check)
        self.finish()

    def _number(self, value: Any, most: float, label: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox(self)
        box.setRange(-1, most)
        box.setDecimals(2)
        box.setSpecialValueText(tr("Not known yet"))
        box.setValue(-1 if value is None else float(value))
        self.form.addRow(label, box)
        return box

    def _day(self, name: str, label: str, value: Any) -> None:
        box = QCheckBox(label, self)
        today = QDate.currentDate()
        first = QDate(value.year, value.month, value.day) if value else (
            today.addYears(_YEARS) if name == "valid_to" else today.addDays(30) if name == "works_to" else today)
        edit = dependent_day(box, first)
        box.setChecked(bool(value) or (self._signing and name in ("signed_on", "valid_from", "valid_to")))
        box.toggled.connect(self.check)
        edit.dateChanged.connect(self.check)
        self.days[name] = (box, edit)
        self.form.addRow(box, edit)

    def fields(self) -> dict[str, Any]:
        """Return the fields of the agreement."""
        made: dict[str, Any] = {name: box.currentData() for name, box in self.codes.items()}
        made["type"] = made["type"] or "entry"
        made.update({name: day_of(edit) if box.isChecked() else None for name, (box, edit) in self.days.items()})
        made.update({name: box.isChecked() for name, box in self.rights.items()})
        made.update(number=self.number.text().strip() or None, works_hours=self.hours.text().strip() or None,
                    fee_amount=None if self.amount.value() < 0 else self.amount.value(),
                    share_pct=None if self.share.value() < 0 else self.share.value())
        return made

    def check(self, *args: object) -> None:
        """Tell what the law says, and what is missing."""
        if not hasattr(self, "law") or not hasattr(self, "buttons"):
            return
        said = findings(self.fields(), self._where, self.approver.text())
        marks = {"block": tr("Forbidden:"), "warn": tr("Note:")}
        lines = [f"{marks[one.severity]} {one.text[language()]} ({one.code}, {one.source[language()]})" for one in said]
        self.law.setText("\n".join(lines))
        self.law.setVisible(bool(lines))
        room = 3 * len(lines) * self.fontMetrics().lineSpacing()
        self.law.setMinimumHeight(room)  # a form gives wrapped text no room of its own
        self._blocked = any(one.severity == "block" for one in said)
        super().check(*args)

    def lacking(self) -> str:
        """What the signature, or the draft, still needs."""
        made = self.fields()
        start, end = made["valid_from"], made["valid_to"]
        if start and end and end <= start:
            return tr("The agreement must end after it begins.")
        if made["works_from"] and made["works_to"] and made["works_to"] < made["works_from"]:
            return tr("The works must end after they begin.")
        if not self._signing:
            return ""
        if getattr(self, "_blocked", False):
            return tr("The law forbids a clause: change it before signing.")
        if not made["number"]:
            return tr("Give the number of the agreement.")
        if not (made["signed_on"] and start and end):
            return tr("Give the day of signature and the period.")
        if self._note_needed and not self.note.text().strip():
            return tr("Say why it is signed in one step, and who approved it.")
        if not self.document.filePath().strip():
            return tr("Choose the signed document. Its content is kept in the store.")
        return ""
