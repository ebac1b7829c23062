# SPDX-License-Identifier: GPL-2.0-or-later
"""Saves a shown document in the background: a sheet takes as long as its map is big, and the window must not wait."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Optional

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.gui.design.session_task import DesignTask, start
from fullservice_plugin.i18n import tr
from fullservice_plugin.services import preview


class Saving:
    """One file at a time; ``told`` hears the progress in per cent."""

    def __init__(self, told: Callable[[float], None], saved: Callable[[str], None],
                 failed: Callable[[BaseException], None]) -> None:
        self._told, self._saved, self._failed = told, saved, failed
        self._task: Optional[DesignTask] = None

    @property
    def busy(self) -> bool:
        """Whether a file is on its way."""
        return self._task is not None

    def start(self, draft: preview.Draft, store: str, path: str) -> None:
        """Save a document as ``path``."""
        self.cancel()
        self._told(0.0)
        self._task = DesignTask(tr("Save PDF…"), lambda progress: _write(draft, store, path, progress), self._done,
                                self._lost, self._ended)  # fmt: skip
        self._task.progressChanged.connect(self._told)
        start(self._task)

    def _ended(self) -> None:
        self._task = None

    def _done(self, path: str) -> None:
        self._task = None
        self._saved(path)

    def _lost(self, error: BaseException) -> None:
        self._task = None
        self._failed(error)

    def cancel(self) -> None:
        """Stop; a file that is not whole is never left."""
        if self._task is not None:
            self._task.progressChanged.disconnect(self._told)
            self._task.let_go()
            self._task = None


def _write(draft: preview.Draft, store: str, path: str, progress: Progress) -> str:
    """Write the file (background thread)."""
    if draft.whole:
        draft.save(Path(path), progress)
        return path
    with open_store(store) as opened:  # a look at a contact is written down
        return str(preview.save_dossiers(opened, draft.order, path, progress))
