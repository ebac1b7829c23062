# SPDX-License-Identifier: GPL-2.0-or-later
"""Work in the background as tasks of QGIS, which lists them, cancels them and asks before it is closed meanwhile."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any, Callable, Optional

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QTimer

from fullservice_plugin.gis.kept import keep

#: Held while a task of ours ends, and while one is handed over.
_ENDING = Lock()
#: How often, a tenth of a millisecond apart, it is looked whether the end of a task has come to the main thread.
_LOOKS = 1000


def add_task(task: QgsTask) -> None:
    """Hand a task to QGIS, once those that have ended are told so (main thread).

    QGIS up to 4.0 remembers where in memory the runner of a task stood until it has told the task's end, and then takes
    whatever stands there out of its queue (QGIS issue 53806): a task that begins in between could get that place and
    would wait for ever. So none of ours ends while one is handed over; of QGIS' own, those are told that can be.
    """
    manager = QgsApplication.taskManager()
    for _ in range(_LOOKS):
        for other in manager.tasks():
            if not sip.isdeleted(other):  # told meanwhile, and gone
                QCoreApplication.sendPostedEvents(other, QEvent.Type.MetaCall)
        with _ENDING:
            if not any(getattr(other, "ended", False) for other in manager.tasks()):
                manager.addTask(task)
                return
        time.sleep(0.0001)
    manager.addTask(task)


class KeptTask(QgsTask):
    """A task of which no half is lost: what is in Python lives from ``start`` until QGIS deletes the task.

    QGIS owns only the half in C++. Who cancels a task and forgets it, or is forgotten with it, leaves a ring of task
    and call-back to Python's collector; it may collect in the very thread that is about to call ``run``, and QGIS dies.
    """

    ended = False

    def work(self) -> bool:
        """Do it (background thread); whether it was done."""
        raise NotImplementedError

    def run(self) -> bool:
        """Work, and say that the end has come, which QGIS tells later (background thread)."""
        try:
            return self.work()
        finally:
            with _ENDING:
                self.ended = True

    def start(self) -> None:
        """Hand the task to QGIS, once that is through with what it does just now (see :func:`add_task`)."""
        keep(self, self)
        QTimer.singleShot(0, self._begin)

    def _begin(self) -> None:
        if not self.isCanceled():
            add_task(self)
            return
        self.finished(False)  # as QGIS would
        keep(self)
        self.deleteLater()


class Background(KeptTask):
    """Does something in the background, and hands answer or error over in the main thread."""

    def __init__(self, title: str, do: Callable[[], Any], answered: Callable[[Any], None],
                 failed: Callable[[BaseException], None], cancels: bool = True) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel if cancels else QgsTask.Flags())
        self._do: Any = do
        self._answered = answered
        self._failed = failed
        self._answer: Any = None
        self._error: Optional[BaseException] = None

    def work(self) -> bool:
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
