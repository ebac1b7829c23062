# SPDX-License-Identifier: GPL-2.0-or-later
"""Work, and questions to the store, that do not hold up the window."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread
from typing import Any, Callable, Optional

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QTimer

from fullservice_plugin.core.errors import FullServiceError
from fullservice_plugin.gis.connections import connect, open_store
from fullservice_plugin.gis.kept import keep


class KeptTask(QgsTask):
    """A task of which no half is lost: what is in Python lives from ``start`` until QGIS deletes the task.

    QGIS owns only the half in C++. Who cancels a task and forgets it, or is forgotten with it, leaves a ring of task
    and call-back to Python's collector; it may collect in the very thread that is about to call ``run``, and QGIS dies.

    Nor is it lost in the queue: QGIS up to 4.0 remembers where in memory the runner of a task stood until it has told
    its end, and then takes whatever stands there out of the queue (QGIS issue 53806). A task that begins while
    another one's end is told could get that place and would wait for ever; so none begins before.
    """

    def start(self) -> None:
        """Hand the task to QGIS, once that is through with what it does just now."""
        keep(self, self)
        QTimer.singleShot(0, self._begin)

    def _begin(self) -> None:
        if not self.isCanceled():
            QgsApplication.taskManager().addTask(self)
            return
        self.finished(False)  # as QGIS would
        keep(self)
        self.deleteLater()


class Background(KeptTask):
    """Does something in the background, and hands answer or error over in the main thread."""

    def __init__(self, title: str, do: Callable[[], Any], answered: Callable[[Any], None],
                 failed: Callable[[BaseException], None], cancels: bool = True) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel if cancels else QgsTask.Flags())
        self._do = do
        self._answered = answered
        self._failed = failed
        self._answer: Any = None
        self._error: Optional[BaseException] = None

    def run(self) -> bool:
        """Do it (background thread)."""
        try:
            self._answer = self._do()
        except Exception as error:  # handed over to the main thread, which shows it
            self._error = error
            return False
        return True

    def cancel(self) -> None:
        """Let go of the answer; nothing happens where it was handed over, since QGIS deletes a task that has ended."""
        if not sip.isdeleted(self):
            super().cancel()

    def finished(self, result: bool) -> None:
        """Hand over (main thread); a cancelled task says nothing."""
        if self.isCanceled():
            return
        if result:
            self._answered(self._answer)
        elif self._error is not None:
            self._failed(self._error)


class StoreTask(Background):
    """Opens the store in the background and asks; the connection is this task's own."""

    def __init__(self, title: str, name: str, ask: Callable[[Any], Any], answered: Callable[[Any], None],
                 failed: Callable[[BaseException], None], write: bool = False) -> None:
        # The list of tasks offers no cancel for a change: it would be made all the same, and nobody told.
        super().__init__(title, self._ask_store, answered, failed, not write)
        self._name = name
        self._ask = ask
        self._write = write
        self._process: Optional[int] = None

    def _ask_store(self) -> Any:
        with open_store(self._name, write=self._write) as store:
            self._process = store.process
            if self.isCanceled() and not self._write:
                return None
            try:
                return self._ask(store)
            finally:
                self._process = None

    def cancel(self) -> None:
        """Let go of the answer, and spare the server the search for it; a change that is on its way is made."""
        super().cancel()
        if self._process is not None and not self._write:
            Thread(target=_interrupt, args=(self._name, self._process), name="interrupt", daemon=True).start()


def _interrupt(name: str, process: int) -> None:
    """Stop a question on the server (thread of its own: it waits as long as the server does)."""
    with suppress(FullServiceError):  # it cannot be reached: then it answers nobody anyway
        with connect(name) as store:
            store.interrupt(process)


def ask_later(title: str, name: str, ask: Callable[[Any], Any], answered: Callable[[Any], None],
              failed: Callable[[BaseException], None], write: bool = False) -> StoreTask:
    """Start a question (``write``: a change) and return its task, to cancel it by."""
    task = StoreTask(title, name, ask, answered, failed, write)
    task.start()
    return task


def do_later(title: str, do: Callable[[], Any], answered: Callable[[Any], None],
             failed: Callable[[BaseException], None]) -> Background:
    """Start work that needs no store and return its task, to cancel it by."""
    task = Background(title, do, answered, failed)
    task.start()
    return task


class Asking:
    """One question at a time: a newer one takes the place of the one that is on its way.

    Keeps the task, and lets go of it once it is answered: QGIS deletes it then.
    """

    def __init__(self) -> None:
        self._task: Optional[StoreTask] = None

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._task is not None

    def ask(self, title: str, store: str, ask: Callable[[Any], Any], answered: Callable[[Any], None],
            failed: Callable[[BaseException], None], write: bool = False) -> None:
        """Ask in the background; who asked before hears nothing."""
        self.stop()
        task = ask_later(title, store, ask, lambda answer: self._done(task, answered, answer),
                         lambda error: self._done(task, failed, error), write)  # fmt: skip
        self._task = task

    def _done(self, task: StoreTask, tell: Callable[[Any], None], what: Any) -> None:
        if self._task is task:
            self._task = None
        tell(what)

    def stop(self) -> None:
        """Let go: what is on its way is done, or not, but nobody is told."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
