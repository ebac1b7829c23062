# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages to the user: one sentence in the message bar, the details behind a button."""

from __future__ import annotations

import traceback
from typing import Any, Callable, Optional

from qgis.core import Qgis, QgsMessageLog
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.errors import Cancelled, FullServiceError
from fullservice_plugin.gis.settings import LOG_LEVEL
from fullservice_plugin.i18n import tr

LOG_TAB = "全业务作战地图"
TITLE = "Full-Service Battle Map"
SECONDS = 8
#: The object name of our messages, by which they are found and taken out again.
MESSAGE = "FullServiceMessage"
#: Sentences longer than this may be cut off in a narrow window; a button opens them in full.
LONG = 40


def sentence(error: BaseException) -> str:
    """Return what the user reads about an error, in the current language."""
    if isinstance(error, FullServiceError):
        return tr(error.template, **error.values)
    return tr("Something unexpected happened ({kind}). Nothing was saved. The details tell support what to look for.",
              kind=type(error).__name__)


#: From which level on each choice of the setting writes.
_LOGGED = {
    "info": (Qgis.MessageLevel.Info, Qgis.MessageLevel.Success, Qgis.MessageLevel.Warning, Qgis.MessageLevel.Critical),
    "warning": (Qgis.MessageLevel.Warning, Qgis.MessageLevel.Critical),
    "error": (Qgis.MessageLevel.Critical,),
}


def write_log(text: str, level: Any) -> None:
    """Write into the plugin's tab of the message log, unless the settings say that this level is of no interest."""
    if level in _LOGGED[str(LOG_LEVEL.read())]:
        QgsMessageLog.logMessage(text, LOG_TAB, level, False)


class Notifier:
    """Speaks through the message bar of one QGIS window (to the log where ``iface`` is None)."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._offer: Any = None

    def info(self, text: str) -> None:
        """Show a sentence that informs."""
        self._push(text, Qgis.MessageLevel.Info)

    def hint(self, text: str) -> None:
        """Show a sentence that holds until the next one of its kind: what to click now, what was just done."""
        self.withdraw()
        self._push(text, Qgis.MessageLevel.Info, passing=True)

    def success(self, text: str, button: Optional[QPushButton] = None) -> None:
        """Show a sentence that something is done, with a button for what may come next; the last offer goes."""
        self.withdraw()
        self._push(text, Qgis.MessageLevel.Success, button=button)

    def withdraw(self) -> None:
        """Take the last offer out of the message bar: its time is over."""
        item, self._offer = self._offer, None
        if item is not None and self._iface is not None and item in self._iface.messageBar().items():
            self._iface.messageBar().popWidget(item)

    def supersede(self, text: str) -> None:
        """Take out of the message bar what QGIS itself said in the words of the database: ours say it again."""
        bar = self._iface.messageBar() if self._iface is not None else None
        for item in list(bar.items()) if bar is not None else ():
            if item.text().strip() == text.strip():
                bar.popWidget(item)

    def stop(self) -> None:
        """Take all our messages out of the bar: what their buttons do goes with the plugin."""
        self._offer = None
        for item in self._iface.messageBar().items():
            if item.objectName() == MESSAGE:
                self._iface.messageBar().popWidget(item)

    def guard(self, run: Callable[..., Any], *values: Any) -> Any:
        """Run what a button, an action or a click stands for: its failure is told and may not take QGIS down."""
        try:
            return run(*values)
        except Exception as error:  # the edge
            self.error(error)
            return None

    def log(self, text: str) -> None:
        """Write a sentence into the log only."""
        write_log(text, Qgis.MessageLevel.Warning)

    @property
    def window(self) -> Any:
        """The main window of QGIS, None without one."""
        return self._iface.mainWindow() if self._iface is not None else None

    @property
    def canvas(self) -> Any:
        """The map canvas of the window, None without a window."""
        return self._iface.mapCanvas() if self._iface is not None else None

    def warning(self, text: str, details: str = "") -> None:
        """Show a sentence that should not be missed; ``details`` open behind a button."""
        self._push(text, Qgis.MessageLevel.Warning, details)

    def error(self, error: BaseException) -> None:
        """Show an error as one sentence, its trace behind a button. A cancelled run stays silent."""
        if isinstance(error, Cancelled):
            return
        details = ""
        if not isinstance(error, FullServiceError):
            details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        elif error.__cause__ is not None:
            details = str(error.__cause__)
        self._push(sentence(error), Qgis.MessageLevel.Critical, details)

    def _push(self, text: str, level: Any, details: str = "", button: Optional[QPushButton] = None,
              passing: bool = False) -> None:
        write_log(f"{text}\n{details}".strip(), level)
        if self._iface is None:
            return
        bar = self._iface.messageBar()
        item = bar.createMessage(tr(TITLE), text)
        item.setObjectName(MESSAGE)
        if passing or button is not None:
            self._offer = item
        if button is not None:
            item.layout().addWidget(button)
        if details or len(text) > LONG:
            more = QPushButton(tr("Details…"), item)
            more.clicked.connect(lambda: show_details(text, details, self._iface.mainWindow()))
            item.layout().addWidget(more)
        bar.pushWidget(item, level, self._seconds(level, button))

    @staticmethod
    def _seconds(level: Any, button: Optional[QPushButton]) -> int:
        """How long a message stays; warnings and errors until they are closed, an offer to undo a little longer."""
        if button is not None:
            return 3 * SECONDS
        return SECONDS if level in (Qgis.MessageLevel.Info, Qgis.MessageLevel.Success) else 0


def show_details(text: str, details: str, parent: Optional[QWidget] = None) -> None:
    """Open a window with the full text, ready to be copied."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(tr("Details"))
    dialog.resize(640, 360)
    view = QPlainTextEdit(f"{text}\n\n{details}", dialog)
    view.setReadOnly(True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
    copy = buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
    copy.clicked.connect(lambda: QApplication.clipboard().setText(view.toPlainText()))
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(view)
    layout.addWidget(buttons)
    dialog.show()
