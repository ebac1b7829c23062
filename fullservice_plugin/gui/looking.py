# SPDX-License-Identifier: GPL-2.0-or-later
"""The store is asked what somebody means on the map: the window goes on, a sentence says so, Escape lets go."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import QEvent, QObject, Qt, QTimer

from fullservice_plugin.gui.discovery.deeds import project_store
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import tr

#: An answer that comes sooner needs no sentence.
_BLINK_MS = 300


class Looking(QObject):
    """One question at a time about the map; a newer one takes its place."""

    def __init__(self, canvas: Any, notifier: Notifier) -> None:
        super().__init__()
        self._canvas, self._notifier = canvas, notifier
        self._asking = Asking()
        self._given_up: Optional[Callable[[], None]] = None
        self._said = self._watching = False
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_BLINK_MS)
        self._late.timeout.connect(self._say)

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._asking.busy

    def ask(self, question: Callable[[Any], Any], answered: Callable[[Any], None],
            failed: Optional[Callable[[BaseException], None]] = None,
            given_up: Optional[Callable[[], None]] = None, store: str = "") -> None:
        """Ask the store of the map; ``given_up`` runs where Escape lets go. InputError where no store is open."""
        name = store or project_store()
        self.stop()
        self._given_up = given_up
        self._watch(True)
        self._late.start()
        self._asking.ask(tr("What is meant on the map"), name, question,
                         lambda answer: self._ended(answered, answer),
                         lambda error: self._ended(failed or self._notifier.error, error))  # fmt: skip

    def stop(self) -> None:
        """Let go of the question; nobody is told."""
        self._asking.stop()
        self._quiet()

    def _ended(self, tell: Callable[[Any], None], what: Any) -> None:
        self._quiet()
        self._notifier.guard(tell, what)

    def _quiet(self) -> None:
        self._late.stop()
        self._watch(False)
        if self._said:
            self._said = False
            self._notifier.withdraw()

    def _watch(self, wanted: bool) -> None:
        """Hear the Escape key of the map while an answer is awaited."""
        if wanted and not self._watching:
            self._canvas.installEventFilter(self)
        elif self._watching and not wanted:
            self._canvas.removeEventFilter(self)
        self._watching = wanted

    def _say(self) -> None:
        self._notifier.hint(tr("Looking for it in the store… Escape gives up."))
        self._said = True

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Escape lets go of the question, and does nothing else then."""
        if event.type() != QEvent.Type.KeyPress or event.key() != Qt.Key.Key_Escape or not self.busy:
            return False
        given_up, self._given_up = self._given_up, None
        self.stop()
        if given_up is not None:
            given_up()
        return True
