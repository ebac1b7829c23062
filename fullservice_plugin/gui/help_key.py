# SPDX-License-Identifier: GPL-2.0-or-later
"""F1 and a question mark in every dock, dialog and form: each opens its own page of the help."""

from __future__ import annotations

import re
from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QToolButton,
    QWidget,
    QWizard,
)

from fullservice_plugin.gis.kept import keep
from fullservice_plugin.gui.ask import name_days
from fullservice_plugin.gui.whole_text import tell_whole
from fullservice_plugin.i18n import tr

PREFIX = "FullService"
_open: Optional[Callable[[str], None]] = None


def set_help(opener: Optional[Callable[[str], None]]) -> None:
    """Say who opens a page by its topic; None when the plugin goes."""
    global _open
    _open = opener


def topic_of(name: str) -> str:
    """Topic of a window by its object name: ``FullServiceEstateCard`` → ``estate_card``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name[len(PREFIX):]).lower()


def show_help(topic: str) -> None:
    """Open the page of a topic, where the plugin is there to show it."""
    if _open is not None:
        _open(topic)


def help_on(window: QWidget, topic: str = "") -> None:
    """Give a window its help: F1, a question mark in the title of a dock, a button beside those of a dialog.

    What its cells cut off is told there too, and its calendars speak the language of the interface. Whoever opens a
    window need not hold it: it works until Qt deletes it.
    """
    keep(window, window)
    topic = topic or topic_of(window.objectName())
    HelpKey(window, topic)
    tell_whole(window)
    name_days(window)
    if isinstance(window, QDockWidget):
        window.setTitleBarWidget(DockTitle(window, topic))
        return
    if isinstance(window, QWizard):
        window.setOption(QWizard.WizardOption.HaveHelpButton, True)
        window.setButtonText(QWizard.WizardButton.HelpButton, tr("Help"))
        window.helpRequested.connect(lambda: show_help(topic))
        return
    buttons = window.findChild(QDialogButtonBox)
    if buttons is not None:
        button = buttons.addButton(tr("Help"), QDialogButtonBox.ButtonRole.HelpRole)
        button.setObjectName("FullServiceHelpButton")
        button.setAutoDefault(False)
        button.clicked.connect(lambda: show_help(topic))


def close_windows(main: QWidget) -> None:
    """Close what is open of ours over the main window of QGIS: the plugin goes."""
    for window in main.findChildren(QDialog):
        if window.objectName().startswith(PREFIX):
            window.close()


class HelpKey(QObject):
    """F1 anywhere in a window: taken before QGIS, whose own help has the same key."""

    def __init__(self, window: QWidget, topic: str) -> None:
        super().__init__(window)
        self._topic = topic
        window.installEventFilter(self)

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:  # noqa: N802 (the name Qt asks for)
        """Claim the key, then open the page."""
        kind = event.type()
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or event.key() != Qt.Key.Key_F1:
            return False
        event.accept()
        if kind == QEvent.Type.KeyPress:
            show_help(self._topic)
        return True


class DockTitle(QWidget):
    """The title of a dock: its name, a question mark, float and close; it is dragged like any other title."""

    def __init__(self, dock: QDockWidget, topic: str) -> None:
        super().__init__(dock)
        self.title = QLabel(dock.windowTitle(), self)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        dock.windowTitleChanged.connect(self.title.setText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 2, 2, 2)
        layout.setSpacing(0)
        layout.addWidget(self.title, 1)
        self._button("FullServiceHelpButton", tr("Help on this window (F1)"), None, lambda: show_help(topic))
        self._button("FullServiceFloatButton", tr("Detach or attach the window"),
                     QStyle.StandardPixmap.SP_TitleBarNormalButton, lambda: dock.setFloating(not dock.isFloating()))
        self._button("FullServiceCloseButton", tr("Close"), QStyle.StandardPixmap.SP_TitleBarCloseButton, dock.close)

    def _button(self, name: str, hint: str, picture: Any, run: Callable[[], Any]) -> None:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAutoRaise(True)
        button.setToolTip(hint)
        if picture is None:
            button.setText("?")
        else:
            button.setIcon(self.style().standardIcon(picture))
        button.clicked.connect(lambda _checked=False: run())
        self.layout().addWidget(button)
