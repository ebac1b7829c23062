# SPDX-License-Identifier: GPL-2.0-or-later
"""Deeds of the map tools: done in the background, told with an Undo button, kept in a stack of this session."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QPushButton

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.gis.known_stores import store_at_hand, store_of_map
from fullservice_plugin.gis.layers import key_of
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.by_hand import Deed, take_back


def project_store() -> str:
    """Return the store of the open project, else the one used last; InputError when there is none."""
    name = store_at_hand()
    if not name:
        raise InputError("No store is open. Open the battle map of a store first.")
    return name


def is_open(store: str) -> bool:
    """Whether the open project is the map of a store."""
    return store_of_map() == store


def redraw() -> None:
    """Draw our layers anew; the table windows read their rows again."""
    for layer in QgsProject.instance().mapLayers().values():
        if isinstance(layer, QgsVectorLayer) and key_of(layer) and not layer.isEditable():
            layer.triggerRepaint()


class Deeds(QObject):
    """Runs deeds one after the other; ``done`` and ``undone`` tell the docks."""

    done = pyqtSignal(object)
    undone = pyqtSignal(object)

    def __init__(self, notifier: Notifier) -> None:
        super().__init__()
        self._notifier = notifier
        self._task: Any = None
        self.stack: list[tuple[str, Deed]] = []

    @property
    def busy(self) -> bool:
        """Whether a deed is on its way: the next one waits, so that nothing is done twice."""
        return self._task is not None

    def run(self, title: str, work: Callable[[Any], Deed], failed: Optional[Callable[[], None]] = None) -> bool:
        """Do ``work`` in the background; False when another deed is still on its way."""
        if self.busy:
            self._notifier.hint(tr("The last change is still being saved."))
            return False
        store = project_store()

        def answered(deed: Deed) -> None:
            self._task = None
            self.stack.append((store, deed))
            redraw()
            button = QPushButton(tr("Undo"))
            button.clicked.connect(lambda: self.undo(deed.number))
            self._notifier.success(tr(deed.said, **deed.values), button)
            self.done.emit(deed)

        self._task = ask_later(title, store, work, answered, lambda error: self._failed(error, failed), True)
        return True

    def undo(self, number: Optional[int] = None) -> None:
        """Take back a deed of this session, the last one where none is named."""
        found = next(((store, deed) for store, deed in reversed(self.stack) if number in (None, deed.number)), None)
        if found is None:
            self._notifier.hint(tr("There is nothing to take back."))
            return
        if self.busy:
            self._notifier.hint(tr("The last change is still being saved."))
            return
        store, deed = found
        self._notifier.withdraw()

        def answered(_rows: int) -> None:
            self._task = None
            self.stack.remove(found)
            redraw()
            self._notifier.hint(tr("Taken back: {what}", what=tr(deed.said, **deed.values)))
            self.undone.emit(deed)

        self._task = ask_later(
            tr("Take back"),
            store,
            lambda opened: take_back(opened, deed.number),
            answered,
            lambda error: self._failed(error, None),
            True,
        )

    def _failed(self, error: BaseException, after: Optional[Callable[[], None]]) -> None:
        self._task = None
        self._notifier.error(error)
        if after is not None:
            after()

    def stop(self) -> None:
        """Let go of a deed that is on its way: it is saved, or not, but nobody is told."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
