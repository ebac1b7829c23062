# SPDX-License-Identifier: GPL-2.0-or-later
"""The form of a lead: its worth, its owner, what proves it, and the step that it takes."""

from __future__ import annotations

from typing import Optional

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.catalogue.states import EVIDENCE
from fullservice_plugin.gui.discovery.dialogs import codes_box, day_of, dependent_day, save_buttons
from fullservice_plugin.i18n import language, listed, tr
from fullservice_plugin.services.leads import Lead, LeadUpdate, Step

#: Evidence that this form itself can supply: the missing pieces that a visit or a document closes.
_SUPPLIED = ("second_source", "new_evidence")


class LeadDialog(QDialog):
    """Shows one lead; OK is enabled once the chosen step has what it asks for."""

    def __init__(
        self, lead: Lead, people: tuple[tuple[str, str], ...] = (), parent: Optional[QWidget] = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("FullServiceLead")
        self.setWindowTitle(tr("Lead: {name}", name=lead.name or lead.code))
        self.setMinimumWidth(480)
        self.lead = lead
        form = QFormLayout(self)
        form.addRow(tr("State"), QLabel(code_label("lead_state", lead.state, language()), self))
        form.addRow(tr("Worth"), self._worth())
        self.owner = QComboBox(self)
        self.owner.addItem(tr("Nobody yet"), None)
        for key, login in people:
            self.owner.addItem(login, key)
        if lead.owner and self.owner.findData(lead.owner) < 0:
            self.owner.addItem(tr("As before"), lead.owner)
        self.owner.setCurrentIndex(max(0, self.owner.findData(lead.owner)))
        self.value = codes_box(self, "value_class")
        self.value.setCurrentIndex(max(0, self.value.findData(lead.value_class)))
        form.addRow(tr("Account manager"), self.owner)
        form.addRow(tr("Value class"), self.value)
        self._evidence(form)
        self.state = QComboBox(self)
        self.state.addItem(tr("Stays as it is"), None)
        for step in lead.steps:
            self.state.addItem(code_label("lead_state", step.state, language()), step.state)
        self.note = QLineEdit(self)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        form.addRow(tr("Next state"), self.state)
        form.addRow(tr("Reason or note"), self.note)
        form.addRow(self.hint)
        self.buttons = save_buttons(self)
        form.addRow(self.buttons)
        for signal in (self.state.currentIndexChanged, self.note.textChanged, self.result.textChanged,
                       self.document.fileChanged):  # fmt: skip
            signal.connect(lambda _value: self._check())
        self.visited.toggled.connect(lambda _on: self._check())
        self._check()

    def _worth(self) -> QLabel:
        """The score with its parts; what is unknown says so."""
        worth = self.lead.worth
        if worth["score"] is None:
            text = tr("Not known: nobody has counted or estimated its households yet.")
        else:
            text = tr(
                "{score} = {households} households × {penetration} % × {arpu} a month × {months} months − {cost} "
                "to get in",
                score=f"{worth['score']:,.0f}",
                households=f"{worth['households']:,.0f}",
                penetration=f"{100 * (worth['penetration'] or 0):.0f}",
                arpu=f"{worth['arpu_month']:,.0f}",
                months=f"{worth['months']:.0f}",
                cost=f"{worth['entry_cost']:,.0f}",
            )
        label = QLabel(text, self)
        label.setWordWrap(True)
        label.setMinimumHeight(3 * label.fontMetrics().lineSpacing())  # a form gives wrapped text too little room
        return label

    def _evidence(self, form: QFormLayout) -> None:
        self.visited = QCheckBox(tr("Visited on"), self)
        self.day = dependent_day(self.visited, QDate.currentDate())
        self.day.setMaximumDate(QDate.currentDate())
        self.result = QLineEdit(self)
        self.result.setPlaceholderText(tr("What was found there"))
        self.result.setEnabled(False)
        self.visited.toggled.connect(self.result.setEnabled)
        self.document = QgsFileWidget(self)
        form.addRow(self.visited, self.day)
        form.addRow(tr("Result"), self.result)
        form.addRow(tr("Photo or survey record"), self.document)

    @property
    def step(self) -> Optional[Step]:
        """The chosen step, None where the state stays."""
        return next((one for one in self.lead.steps if one.state == self.state.currentData()), None)

    def _check(self) -> None:
        said = self._lacking()
        self.hint.setText(said)
        self.hint.setVisible(bool(said))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not said)

    def _lacking(self) -> str:
        """What the chosen step still asks for, in one sentence; empty when nothing."""
        if self.visited.isChecked() and not self.result.text().strip():
            return tr("Say what the visit found: a visit without a result proves nothing.")
        step = self.step
        if step is None:
            return ""
        if step.roles:
            return tr(
                "This step is taken by: {roles}.",
                roles=listed(code_label("role", role, language()) for role in step.roles),
            )
        supplied = self.visited.isChecked() or bool(self.document.filePath().strip())
        missing = [name for name in step.missing if not (supplied and name in _SUPPLIED)]
        if missing:
            spoken = [EVIDENCE[name].zh if language() == "zh" else EVIDENCE[name].en for name in missing]
            return tr("Still missing: {what}.", what=listed(spoken))
        if step.needs_note and not self.note.text().strip():
            return tr("Give a reason for this step.")
        return ""

    def made(self) -> LeadUpdate:
        """Return what was entered."""
        return LeadUpdate(
            self.owner.currentData(),
            self.value.currentData(),
            self.state.currentData(),
            self.note.text().strip(),
            day_of(self.day) if self.visited.isChecked() else None,
            self.result.text().strip() if self.visited.isChecked() else "",
            self.document.filePath().strip() or None,
        )

