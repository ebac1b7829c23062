# SPDX-License-Identifier: GPL-2.0-or-later
"""One question to the store at a time: a newer one takes the place of the one that is on its way."""

from __future__ import annotations

from typing import Any, Callable, Optional

from fullservice_plugin.gui.background import StoreTask, ask_later


class Asking:
    """Keeps the task of a question, and lets go of it once it is answered: QGIS deletes it then."""

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
