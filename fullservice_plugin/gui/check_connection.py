# SPDX-License-Identifier: GPL-2.0-or-later
"""The dialog that checks a connection and says what is wrong in one sentence."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.gis.known_stores import last_store, remember_store, store_names
from fullservice_plugin.gui.health import Health, examine_later
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.light import Light
from fullservice_plugin.gui.notify import sentence
from fullservice_plugin.i18n import tr

#: Names of the facts that :mod:`health` finds out.
FACTS = {
    "Login": lambda: tr("Login"),
    "Database": lambda: tr("Database"),
    "PostgreSQL": lambda: "PostgreSQL",
    "Round trip": lambda: tr("Round trip"),
    "Version of the store": lambda: tr("Version of the store"),
    "Role": lambda: tr("Role"),
}


class ConnectionDialog(QDialog):
    """Choose a store, check it, read the result."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("FullServiceConnectionDialog")
        self.setWindowTitle(tr("Check a connection"))
        self.setMinimumWidth(460)
        self._task: Any = None
        self.store = QComboBox(self)
        self.store.setEditable(True)
        self.store.addItems(store_names())
        self.store.setCurrentText(last_store() or self.store.currentText())
        self.light = Light(self)
        self.result = QLabel(tr("Choose a saved PostgreSQL connection or a service, then check."), self)
        self.result.setWordWrap(True)
        self.facts = QFormLayout()
        self.check = QPushButton(tr("Check"), self)
        self.check.clicked.connect(self.start)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.addButton(self.check, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(tr("Store"), self.store)
        form.addRow(self.light, self.result)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addLayout(self.facts)
        layout.addStretch(1)
        layout.addWidget(buttons)
        help_on(self)

    def start(self) -> None:
        """Check the chosen store in the background."""
        self.check.setEnabled(False)
        self.light.show_colour("amber")
        self.result.setText(tr("Checking…"))
        self._task = examine_later(self.store.currentText().strip(), self._show)

    def _show(self, health: Health) -> None:
        self._task = None
        self.check.setEnabled(True)
        self.light.show_colour(health.light)
        while self.facts.rowCount():
            self.facts.removeRow(0)
        for name, value in health.facts:
            self.facts.addRow(FACTS[name](), QLabel(value))
        if health.error is not None:
            self.result.setText(sentence(health.error))
            return
        remember_store(health.store)
        self.result.setText(
            tr("The store answers slowly ({ms} ms per round trip).", ms=round(health.milliseconds))
            if health.light == "amber" else tr("The store answers and fits this plugin.")
        )

    def done(self, result: int) -> None:
        """Drop a check that still runs when the dialog closes."""
        if self._task is not None:
            self._task.let_go()
        super().done(result)
