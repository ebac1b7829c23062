# SPDX-License-Identifier: GPL-2.0-or-later
"""A line under which long work runs: what it is doing, how far it is, a button and Escape to stop it."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QShortcut, QWidget

from fullservice_plugin.gui.design.session_task import DesignTask, start
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.i18n import tr


class WorkBar(QWidget):
    """Runs one piece of work at a time in the background, hidden while idle; ``changed`` tells begin and end."""

    changed = pyqtSignal()

    def __init__(self, notifier: Notifier, parent: QWidget) -> None:
        super().__init__(parent)
        self._notifier = notifier
        self._task: Optional[DesignTask] = None
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.stage = QLabel(self)
        self.stage.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 100)
        self.stop_button = QPushButton(tr("Stop (Esc)"), self)
        QShortcut(QKeySequence("Esc"), parent, self.cancel, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.stop_button.clicked.connect(lambda _checked=False: self.cancel())
        layout.addWidget(self.stage, 0, 0, 1, 2)
        layout.addWidget(self.bar, 1, 0)
        layout.addWidget(self.stop_button, 1, 1)
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether something is running."""
        return self._task is not None

    def run(self, title: str, work: Callable[[Any], Any], answered: Callable[[Any], None],
            stage: Optional[Callable[[float], str]] = None) -> None:
        """Run ``work(progress)``; ``stage`` tells in words what it does at a share (0–1) of the progress."""

        def over() -> None:
            self._task = None
            self.hide()
            self.changed.emit()

        def done(answer: Any) -> None:
            over()
            answered(answer)

        def failed(error: BaseException) -> None:
            over()
            self._notifier.error(error)

        def given_up() -> None:
            over()
            self._notifier.info(tr("Stopped. Nothing was written."))

        def moved(share: float) -> None:
            self.bar.setValue(int(share))
            self.stage.setText(stage(share / 100.0) if stage is not None else title + "…")

        self._task = DesignTask(title, work, done, failed, given_up)
        self._task.progressChanged.connect(moved)
        moved(0.0)
        self.stop_button.setEnabled(True)
        self.show()
        start(self._task)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop what is running."""
        if self._task is not None:
            self.stage.setText(tr("Stopping…"))
            self.stop_button.setEnabled(False)
            self._task.cancel()

    def stop(self) -> None:
        """Let go of what is running: nobody is told any more."""
        if self._task is not None:
            self._task.progressChanged.disconnect()
            self._task.let_go()
            self._task = None
