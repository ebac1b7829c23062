# SPDX-License-Identifier: GPL-2.0-or-later
"""Saves a shown document: its map sheets one by one in the main thread, to which layouts belong, the rest in the
background.
"""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Optional

from qgis.PyQt.QtCore import QObject, QTimer

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.gui.design.session_task import DesignTask, start
from fullservice_plugin.i18n import tr
from fullservice_plugin.services import preview


class Saving(QObject):
    """One file at a time; ``told`` hears the progress in per cent."""

    def __init__(self, told: Callable[[float], None], saved: Callable[[str], None],
                 failed: Callable[[BaseException], None]) -> None:
        super().__init__()
        self._told, self._saved, self._failed = told, saved, failed
        self._task: Optional[DesignTask] = None
        self._draft: Optional[preview.Draft] = None
        self._path = self._store = ""
        self._next = 0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)

    @property
    def busy(self) -> bool:
        """Whether a file is on its way."""
        return self._timer.isActive() or self._task is not None

    def start(self, draft: preview.Draft, store: str, path: str) -> None:
        """Save a document as ``path``."""
        self.cancel()
        self._draft, self._store, self._path, self._next = draft, store, path, 0
        self._told(0.0)
        self._timer.start()

    def _step(self) -> None:
        """Draw the next sheet, then hand the rest over."""
        draft = self._draft
        if draft is None:
            self._timer.stop()
            return
        try:
            if self._next < len(draft.sheets):
                draft.assembly.print_sheet(draft.sheets[self._next])
                self._next += 1
                self._told(80.0 * self._next / len(draft.sheets))
                return
        except Exception as error:  # the edge: a timer
            self.cancel()
            self._failed(error)
            return
        self._timer.stop()
        self._task = DesignTask(tr("Save PDF…"), self._write, self._done, self._lost, self.cancel)
        self._task.progressChanged.connect(self._told)
        start(self._task)

    def _write(self, progress: Progress) -> str:
        """Write the file (background thread)."""
        draft = self._draft
        if draft is None:
            return ""
        if draft.whole:
            progress.step(0.85)
            draft.save(Path(self._path))
            return self._path
        with open_store(self._store) as store:  # a look at a contact is written down
            return str(preview.save_dossiers(store, draft.order, self._path, progress))

    def _done(self, path: str) -> None:
        self._task = self._draft = None
        self._saved(path)

    def _lost(self, error: BaseException) -> None:
        self._task = self._draft = None
        self._failed(error)

    def cancel(self) -> None:
        """Stop; a file that is not whole is never left."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()
        self._task = self._draft = None
