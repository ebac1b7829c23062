# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithms of ours run one after the other in the background, with progress and a way to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional, Sequence, Union

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from fullservice_plugin.gis.kept import keep
from fullservice_plugin.gui.background import add_task
from fullservice_plugin.gui.notify import show_details
from fullservice_plugin.i18n import tr


@dataclass(frozen=True)
class Job:
    """One algorithm: ``title`` is what the user reads while it runs; ``parameters`` may be made when it begins.

    ``wanted`` tells from the results so far whether there is anything to do; what is passed over has an empty result.
    """

    title: str
    algorithm: str
    parameters: Union[dict[str, Any], Callable[[], dict[str, Any]]]
    wanted: Callable[[Sequence[dict[str, Any]]], bool] = lambda _results: True


class Told(QgsProcessingFeedback):
    """Keeps what an algorithm says, for the details."""

    def __init__(self) -> None:
        super().__init__(False)
        self.lines: list[str] = []
        self.errors: list[str] = []

    def pushInfo(self, text: str) -> None:  # noqa: N802 (the name QGIS asks for)
        """Keep a sentence."""
        self.lines.append(text)

    def pushWarning(self, text: str) -> None:  # noqa: N802 (the name QGIS asks for)
        """Keep a warning."""
        self.lines.append(text)

    def reportError(self, text: str, fatalError: bool = False) -> None:  # noqa: N802, N803 (the names QGIS asks for)
        """Keep the reason of a failure."""
        self.errors.append(text)


class Runner(QWidget):
    """A strip that is hidden until something runs: what runs, how far it is, a button to stop it, what came out."""

    busy_changed = pyqtSignal(bool)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._results: list[dict[str, Any]] = []
        self._done: Optional[Callable[[list[dict[str, Any]]], None]] = None
        self._now: Optional[tuple[Any, Told]] = None  # task and feedback
        self._all = 0
        self._said: list[str] = []
        self.state = QLabel(self)
        self.state.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 100)
        self.cancel_button = QPushButton(tr("Cancel this step"), self)
        self.cancel_button.clicked.connect(lambda _checked=False: self.cancel())
        self.details_button = QPushButton(tr("Details…"), self)
        self.details_button.clicked.connect(
            lambda _checked=False: show_details(self.state.text(), "\n".join(self._said), self.window()))
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel_button)
        row.addStretch()
        row.addWidget(self.details_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        layout.addLayout(row)
        self._quiet("")

    @property
    def busy(self) -> bool:
        """Whether something runs."""
        return self._now is not None or bool(self._jobs)

    def run(self, jobs: Sequence[Job], done: Callable[[list[dict[str, Any]]], None]) -> None:
        """Run ``jobs`` in order; ``done`` gets their results once all are through. Nothing begins while one runs."""
        if self.busy or not jobs:
            return
        self._jobs, self._results, self._done, self._all, self._said = list(jobs), [], done, len(jobs), []
        self.busy_changed.emit(True)
        self._next()

    def cancel(self) -> None:
        """Stop what runs: it is taken back whole, what was through before stays."""
        if self._now is not None:
            self.cancel_button.setEnabled(False)
            self.state.setText(tr("Stopping…"))
            self._now[0].cancel()

    def _next(self) -> None:
        while self._jobs and not self._jobs[0].wanted(self._results):
            self._jobs.pop(0)
            self._results.append({})
        if not self._jobs:
            done, made = self._done, self._results
            self._end("")
            if done is not None:
                done(made)
            return
        job = self._jobs[0]
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"fullservice:{job.algorithm}")
        context, told = QgsProcessingContext(), Told()
        context.setProject(QgsProject.instance())
        context.setFeedback(told)
        parameters = job.parameters() if callable(job.parameters) else job.parameters
        good, why = algorithm.checkParameterValues(parameters, context)
        if not good:
            self._end(why)
            return
        number = len(self._results)
        self.state.setText(tr("{what} ({number} of {all})", what=job.title, number=number + 1, all=self._all)
                           if self._all > 1 else job.title)
        self.state.setVisible(True)
        for widget in (self.bar, self.cancel_button):
            widget.setVisible(True)
        self.cancel_button.setEnabled(True)
        self.details_button.setVisible(False)
        self.bar.setValue(round(100 * number / self._all))
        task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, told)
        keep(task, task, context, told)  # it works with both, but owns neither
        self._now = (task, told)
        told.progressChanged.connect(self._moved)
        task.executed.connect(self._executed)
        QTimer.singleShot(0, lambda: self._begin(task, told))  # why later: see add_task

    def _begin(self, task: QgsProcessingAlgRunnerTask, told: Told) -> None:
        if not told.isCanceled():
            add_task(task)
            return
        keep(task)
        if not sip.isdeleted(self):
            self._executed(False, {})

    def _moved(self, percent: float) -> None:
        self.bar.setValue(round((100 * len(self._results) + percent) / self._all))

    def _executed(self, good: bool, results: dict[str, Any]) -> None:
        if self._now is None:
            return
        told = self._now[1]
        self._said += [*told.lines, *told.errors]
        if told.isCanceled() and (not results or len(self._jobs) > 1):
            self._end(tr("Stopped. What had not been finished was taken back; nothing else was changed."))
        elif not good and not results:  # with results the stop came when all was kept already: it is told as done
            self._end(told.errors[-1] if told.errors else tr("The step failed. The details tell why."))
        else:
            self._results.append(dict(results))
            self._jobs.pop(0)
            self._next()

    def _end(self, text: str) -> None:
        self._now, self._jobs, self._done = None, [], None
        self._quiet(text)
        self.busy_changed.emit(False)

    def _quiet(self, text: str) -> None:
        self.bar.setVisible(False)
        self.cancel_button.setVisible(False)
        self.tell(text)

    def tell(self, text: str) -> None:
        """Show a sentence below the step, with what the algorithms said behind a button."""
        self.state.setText(text)
        self.state.setVisible(bool(text))
        self.details_button.setVisible(bool(text) and bool(self._said))

    def forget(self) -> None:
        """Forget what the last algorithms said."""
        self._said = []

    def stop(self) -> None:
        """Let go of what runs; it is taken back."""
        if self._now is not None:
            task, told = self._now
            task.executed.disconnect(self._executed)
            told.progressChanged.disconnect(self._moved)
            task.cancel()
        self._now, self._jobs = None, []
