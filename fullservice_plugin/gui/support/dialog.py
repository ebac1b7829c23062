# SPDX-License-Identifier: GPL-2.0-or-later
"""The window of the log for support: the user reads it, may strike out more, then saves or copies it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QFontDatabase
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.gui.small_screen import open_at
from fullservice_plugin.gui.support.facts import compose
from fullservice_plugin.gui.support.journal import Journal
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.support import StoreFacts, store_facts


class SupportDialog(QDialog):
    """Shows the scrubbed log of ``journal`` with the versions of this computer and of ``store`` (empty: of none)."""

    def __init__(self, parent: Optional[QWidget], notifier: Notifier, journal: Journal, store: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("FullServiceSupport")
        self.setWindowTitle(tr("Log for support"))
        open_at(self, 820, 560)
        self._notifier, self._journal, self._task = notifier, journal, None
        self.hint = QLabel(tr("Passwords, tokens, hosts, names, e-mail addresses and telephone numbers were taken out. "
                              "Read it all the same before you send it; you may strike out more."), self)
        self.hint.setWordWrap(True)
        self.state = QLabel(self)
        self.state.setWordWrap(True)
        self.text = QPlainTextEdit(self)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = QDialogButtonBox(self)
        self.save_button = buttons.addButton(tr("Save…"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button = buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.close_button = buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        self.save_button.clicked.connect(lambda _checked=False: notifier.guard(self._ask_where))
        self.copy_button.clicked.connect(lambda _checked=False: QApplication.clipboard().setText(
            self.text.toPlainText()))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.hint, self.text, self.state, buttons):
            layout.addWidget(widget)
        help_on(self)
        self.finished.connect(lambda _result: self._stop())
        self._read(store)

    def _read(self, store: str) -> None:
        if not store:
            self._show(StoreFacts(), tr("No store is known: the log tells of this computer only."))
            return
        self.save_button.setEnabled(False)
        self.copy_button.setEnabled(False)
        self.state.setText(tr("The store is asked for its versions, and for the names that are to be taken out…"))

        def answered(found: StoreFacts) -> None:
            self._task = None
            self._show(found, "")

        def failed(error: BaseException) -> None:
            self._task = None
            self._show(StoreFacts(), tr("The store does not answer, so names of its people may still stand in the log: "
                                        "{reason}", reason=sentence(error)))

        self._task = ask_later(tr("Log for support"), store, store_facts, answered, failed)

    def _show(self, found: StoreFacts, state: str) -> None:
        self.text.setPlainText(compose(self._journal.lines, found.facts, found.people))
        self.state.setText(state)
        self.state.setVisible(bool(state))
        self.save_button.setEnabled(True)
        self.copy_button.setEnabled(True)

    def _ask_where(self) -> None:
        name = f"fullservice_log_{date.today().isoformat()}.txt"
        path, _ = QFileDialog.getSaveFileName(self, tr("Log for support"), str(Path.home() / name), "Text (*.txt)")
        if path:
            self.save(path)

    def save(self, path: str) -> None:
        """Write what is shown. Raises OutputError where that cannot be."""
        try:
            Path(path).write_text(self.text.toPlainText(), encoding="utf-8")
        except OSError as error:
            raise OutputError("{file} cannot be written: {reason}. Choose another place.", file=path,
                              reason=error.strerror or str(error)) from error
        self._notifier.success(tr("The log was saved as {file}.", file=path))

    def _stop(self) -> None:
        task: Any = self._task
        if task is not None:
            task.cancel()
        self._task = None
