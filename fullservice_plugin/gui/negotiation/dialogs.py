# SPDX-License-Identifier: GPL-2.0-or-later
"""Dialogs of a talk: a contact, a document, the party, what a step asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping, Optional, Sequence

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QDate, QDateTime
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from fullservice_plugin.core.catalogue.lists import LISTS, code_label
from fullservice_plugin.gui.discovery.dialogs import codes_box, day_of, dependent_day, save_buttons
from fullservice_plugin.gui.negotiation.words import stage_name
from fullservice_plugin.gui.small_screen import let_scroll
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.talk_desk import Step

_DAYS_AHEAD = 7
_REVIEW_DAYS = 90


class TalkDialog(QDialog):
    """A form with Save (only when it can be kept), Cancel, and a sentence on what is missing."""

    def __init__(self, parent: Optional[QWidget], title: str, name: str) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setMinimumWidth(440)
        self.form = QFormLayout(self)

    def finish(self) -> None:
        """Add hint and buttons; called last by a subclass."""
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.buttons = save_buttons(self)
        let_scroll(self, self.hint, self.buttons)
        self.check()

    def lacking(self) -> str:
        """What is still missing in one sentence; empty when the form can be kept."""
        return ""

    def check(self, *_args: object) -> None:
        """Enable Save when nothing is missing."""
        said = self.lacking()
        self.hint.setText(said)
        self.hint.setVisible(bool(said))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not said)


class ContactDialog(TalkDialog):
    """A visit, call, letter or meeting: its result, what comes next, a photo, the place."""

    def __init__(self, parent: Optional[QWidget], contacts: Sequence[Mapping[str, Any]] = (),
                 place: Optional[tuple[float, float]] = None) -> None:
        super().__init__(parent, tr("Log a contact"), "FullServiceContact")
        self._place = place
        self.channel = QComboBox(self)
        for entry in LISTS["visit_channel"]:
            self.channel.addItem(code_label("visit_channel", entry.code, language()), entry.code)
        self.at = QDateTimeEdit(QDateTime.currentDateTime(), self)
        self.at.setCalendarPopup(True)
        self.at.setDisplayFormat("yyyy-MM-dd HH:mm")
        self.at.setMaximumDateTime(QDateTime.currentDateTime().addSecs(3600))
        self.person = QComboBox(self)
        self.person.addItem(tr("Nobody named"), None)
        for row in contacts:
            self.person.addItem(" ".join(part for part in (row["name"], row["title"], row["phone"]) if part), row["id"])
        self.result = QPlainTextEdit(self)
        self.result.setTabChangesFocus(True)
        self.result.setFixedHeight(4 * self.fontMetrics().lineSpacing())
        self.next_step = QLineEdit(self)
        self.has_due = QCheckBox(tr("Due"), self)
        self.due = dependent_day(self.has_due, QDate.currentDate().addDays(_DAYS_AHEAD))
        self.obstacle = codes_box(self, "obstacle")
        self.document = QgsFileWidget(self)
        self.kind = _kinds(self, ("photo", "survey", "letter", "proposal", "term_sheet", "other"))
        self.here = QCheckBox(tr("At the middle of the map"), self)
        self.here.setEnabled(place is not None)
        for label, widget in ((tr("How"), self.channel), (tr("When"), self.at), (tr("With"), self.person),
                              (tr("Result"), self.result), (tr("Next step"), self.next_step), (self.has_due, self.due),
                              (tr("Obstacle"), self.obstacle), (tr("Photo or record"), self.document),
                              (tr("It is a"), self.kind), (tr("Position"), self.here)):
            self.form.addRow(label, widget)
        self.result.textChanged.connect(self.check)
        self.finish()

    def lacking(self) -> str:
        """A contact needs its result."""
        return "" if self.result.toPlainText().strip() else tr("Say what came out of it.")

    def made(self) -> dict[str, Any]:
        """Return the arguments of ``log_contact``."""
        moment = self.at.dateTime().toPyDateTime()
        point = None
        if self.here.isChecked() and self._place is not None:
            from shapely.geometry import Point

            point = Point(*self._place)
        return {"result": self.result.toPlainText(), "channel": self.channel.currentData(), "at": _aware(moment),
                "next_step": self.next_step.text(), "due": day_of(self.due) if self.has_due.isChecked() else None,
                "contact_id": self.person.currentData(), "position": point,
                "document": self.document.filePath().strip() or None, "kind": self.kind.currentData(),
                "obstacle": self.obstacle.currentData()}


class DocumentDialog(TalkDialog):
    """A document and what it proves."""

    def __init__(self, parent: Optional[QWidget], wanted: str = "") -> None:
        super().__init__(parent, tr("Add a document"), "FullServiceDocument")
        self.document = QgsFileWidget(self)
        self.kind = _kinds(self, tuple(entry.code for entry in LISTS["attachment_kind"]))
        self.kind.setCurrentIndex(max(0, self.kind.findData(wanted)))
        self.form.addRow(tr("File"), self.document)
        self.form.addRow(tr("It is a"), self.kind)
        self.document.fileChanged.connect(self.check)
        self.finish()

    def lacking(self) -> str:
        """A document needs its file."""
        return "" if self.document.filePath().strip() else tr("Choose the file. Its content is kept in the store.")


class PartyDialog(TalkDialog):
    """Who can say yes: name, role, authority, and whom to reach (kept in the protected contacts)."""

    def __init__(self, parent: Optional[QWidget], known: Sequence[tuple[str, str]] = (), title: str = "") -> None:
        super().__init__(parent, title or tr("Responsible party"), "FullServiceParty")
        self.known = QComboBox(self)
        self.known.addItem(tr("A new one"), None)
        for key, name in known:
            self.known.addItem(name, key)
        self.name = QLineEdit(self)
        self.role = codes_box(self, "party_role", "property_mgmt")
        self.authority = codes_box(self, "authority")
        self.person = QLineEdit(self)
        self.title = QLineEdit(self)
        self.phone = QLineEdit(self)
        self.wechat = QLineEdit(self)
        self.consent = QCheckBox(tr("Agrees to being kept as a contact"), self)
        for label, widget in ((tr("Party"), self.known), (tr("Name"), self.name), (tr("Role"), self.role),
                              (tr("May sign"), self.authority), (tr("Contact"), self.person), (tr("Title"), self.title),
                              (tr("Phone"), self.phone), (tr("WeChat"), self.wechat), ("", self.consent)):
            self.form.addRow(label, widget)
        self.name.textChanged.connect(self.check)
        self.known.currentIndexChanged.connect(self.check)
        self.role.currentIndexChanged.connect(self.check)
        self.finish()

    def check(self, *args: object) -> None:
        """A known party has its name and role already."""
        for widget in (self.name, self.role, self.authority):
            widget.setEnabled(self.known.currentData() is None)
        super().check(*args)

    def lacking(self) -> str:
        """A new party needs its name and role."""
        if self.known.currentData() is None and not (self.name.text().strip() and self.role.currentData()):
            return tr("Give the party its name and its role.")
        return ""

    def made(self) -> dict[str, Any]:
        """Return the arguments of ``set_party``."""
        return {"party_id": self.known.currentData(), "name": self.name.text(), "role": self.role.currentData() or "",
                "authority": self.authority.currentData(),
                "contact": {"name": self.person.text().strip(), "title": self.title.text().strip(),
                            "phone": self.phone.text().strip(), "wechat": self.wechat.text().strip(),
                            "consent": self.consent.isChecked()}}


class StepDialog(TalkDialog):
    """What a step asks of the person who takes it: a reason code, the day of the next review, a note."""

    def __init__(self, parent: Optional[QWidget], step: Step, reason: Optional[str] = None) -> None:
        super().__init__(parent, tr("Move to {stage}", stage=stage_name(step.stage)), "FullServiceStep")
        self._step = step
        self._needs_reason = "reason" in step.missing or step.stage in ("refused", "blocked", "closed")
        self._needs_review = "next_review" in step.missing or step.stage == "refused"
        self.reason = codes_box(self, "negotiation_reason")
        self.reason.setCurrentIndex(max(0, self.reason.findData(reason)))
        self.has_review = QCheckBox(tr("Next review"), self)
        self.review = dependent_day(self.has_review, QDate.currentDate().addDays(_REVIEW_DAYS))
        self.note = QPlainTextEdit(self)
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(3 * self.fontMetrics().lineSpacing())
        if self._needs_reason:
            self.form.addRow(tr("Reason"), self.reason)
        if self._needs_review:
            self.has_review.setChecked(True)
            self.form.addRow(self.has_review, self.review)
        self.form.addRow(tr("Note"), self.note)
        self.reason.setVisible(self._needs_reason)  # what no row holds would float over the form
        for widget in (self.has_review, self.review):
            widget.setVisible(self._needs_review)
        self.reason.currentIndexChanged.connect(self.check)
        self.has_review.toggled.connect(self.check)
        self.note.textChanged.connect(self.check)
        self.finish()

    def lacking(self) -> str:
        """What the step still asks for."""
        if self._needs_reason and not self.reason.currentData():
            return tr("Choose the reason.")
        if self._needs_review and not self.has_review.isChecked():
            return tr("Say when to ask again.")
        if self._step.needs_note and not self.note.toPlainText().strip():
            return tr("Give a reason for this step.")
        return ""

    def made(self) -> tuple[str, dict[str, Any]]:
        """Return the note and the fields that go with the step."""
        changes: dict[str, Any] = {}
        if self._needs_reason:
            changes["reason_code"] = self.reason.currentData()
        if self._needs_review and self.has_review.isChecked():
            changes["next_review"] = day_of(self.review)
        return self.note.toPlainText().strip(), changes


SUPPLIED = ("reason", "next_review")
"""Evidence that the dialog of a step supplies itself."""


def needs_dialog(step: Step) -> bool:
    """Whether a step asks something of the person who takes it."""
    return step.needs_note or any(name in SUPPLIED for name in step.missing)


def only_words_missing(step: Step) -> bool:
    """Whether nothing is missing but what the dialog of the step asks for."""
    return not step.roles and all(name in SUPPLIED for name in step.missing)


def _kinds(parent: QWidget, kinds: Sequence[str]) -> QComboBox:
    box = QComboBox(parent)
    for kind in kinds:
        box.addItem(code_label("attachment_kind", kind, language()), kind)
    return box


def _aware(moment: datetime) -> datetime:
    return moment.astimezone()
