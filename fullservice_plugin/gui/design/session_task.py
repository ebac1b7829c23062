# SPDX-License-Identifier: GPL-2.0-or-later
"""Work on a design that does not hold up the window: opening, re-designing, saving."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsTask

from fullservice_plugin.core.errors import Cancelled
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gui.background import KeptTask


class DesignTask(KeptTask):
    """Runs ``work(progress)`` in the background; the answer or the error comes back in the main thread."""

    def __init__(
        self,
        title: str,
        work: Callable[[Progress], Any],
        answered: Callable[[Any], None],
        failed: Callable[[BaseException], None],
        given_up: Callable[[], None],
    ) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel)
        self._work, self._answered, self._failed, self._given_up = work, answered, failed, given_up
        self._answer: Any = None
        self._error: Optional[BaseException] = None

    def work(self) -> bool:
        """Work (background thread)."""
        progress = Progress(lambda share: self.setProgress(100.0 * share), cancelled=self.isCanceled)
        try:
            self._answer = self._work(progress)
        except Cancelled:
            return False
        except Exception as error:  # handed over to the main thread, which shows it
            self._error = error
            return False
        return True

    def let_go(self) -> None:
        """Cancel, and tell nobody: whoever waited is gone."""
        self._answered, self._failed, self._given_up = (lambda _answer: None), (lambda _error: None), (lambda: None)
        self.cancel()

    def finished(self, result: bool) -> None:
        """Hand over (main thread)."""
        if result:
            try:
                self._answered(self._answer)
            except Exception as error:  # the edge: nobody above would tell the user
                self._failed(error)
        elif self._error is not None and not self.isCanceled():
            self._failed(self._error)
        else:
            self._given_up()


def start(task: DesignTask) -> DesignTask:
    """Start a task and return it, to cancel it by."""
    task.start()
    return task
