# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions to the store, and other short work, that do not hold up the window.

They have threads of their own and are no tasks of QGIS: QGIS runs as many of those as the computer has cores, so on a
small one two plans that are being computed would hold up every card. Nor can QGIS lose them (see ``add_task``).
"""

from __future__ import annotations

from contextlib import suppress
from threading import Semaphore, Thread
from typing import Any, Callable, Optional, Union

from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from fullservice_plugin.core.errors import FullServiceError
from fullservice_plugin.gis.connections import connect, open_store
from fullservice_plugin.gis.kept import keep
from fullservice_plugin.gui.background import Background

#: How many questions are on their way at a time: each has a connection of its own, and a user has five to ten.
_AT_ONCE = Semaphore(4)
#: How their threads are called.
THREAD = "fullservice question"
_BELL = "fullservice_bell"


class _Bell(QObject):
    """Rung in a question's thread, heard in the main thread."""

    rung = pyqtSignal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rung.connect(_hear)


def _hear(question: Any) -> None:
    question.tell()


def _bell() -> Any:
    """The bell of this QGIS (main thread); it outlives the plugin, which may be unloaded while something is asked."""
    application = QCoreApplication.instance()
    found = application.property(_BELL)
    if found is None:
        found = _Bell(application)
        keep(found, found)  # QGIS' own application: Python knows it only now and then, and forgets its children with it
        application.setProperty(_BELL, found)
    return found


class Question:
    """Asks in a thread of its own; answer or error are handed over in the main thread. Nothing in it is of Qt."""

    def __init__(self, title: str, do: Callable[[], Any], answered: Callable[[Any], None],
                 failed: Callable[[BaseException], None]) -> None:
        self._title = title
        self._do: Any = do  # None once it is told
        self._answered: Optional[Callable[[Any], None]] = answered
        self._failed: Optional[Callable[[BaseException], None]] = failed
        self._answer: Any = None
        self._error: Optional[BaseException] = None
        self._bell = _bell()

    def start(self) -> None:
        """Ask; at exit nobody waits for an answer."""
        Thread(target=self._run, name=f"{THREAD}: {self._title}", daemon=True).start()

    def isCanceled(self) -> bool:  # noqa: N802 - as tasks of QGIS call it
        """Whether nobody waits for the answer any more."""
        return self._answered is None

    def cancel(self) -> None:
        """Let go of the answer (main thread)."""
        self._answered = self._failed = None

    def _run(self) -> None:
        with _AT_ONCE:
            self._ask()
        with suppress(RuntimeError):  # QGIS has gone meanwhile
            self._bell.rung.emit(self)

    def _ask(self) -> None:
        if self._do is None or self.isCanceled():
            return
        try:
            self._answer = self._do()
        except Exception as error:  # handed over to the main thread, which shows it
            self._error = error

    def tell(self) -> None:
        """Hand over (main thread). Whatever of Qt hangs on the call-backs is let go of here, in Qt's own thread."""
        answered, failed, answer, error = self._answered, self._failed, self._answer, self._error
        self._do = self._answered = self._failed = self._answer = self._error = None
        if error is None and answered is not None:
            answered(answer)
        elif error is not None and failed is not None:
            failed(error)


class StoreWork:
    """What opens the store and asks; the connection is its own."""

    def __init__(self, name: str, ask: Callable[[Any], Any], write: bool) -> None:
        self._name, self._ask, self._write = name, ask, write
        self._process: Optional[int] = None
        self._let_go = False

    def __call__(self) -> Any:
        """Ask (background thread)."""
        with open_store(self._name, write=self._write) as store:
            self._process = store.process
            if self._let_go and not self._write:
                return None
            try:
                return self._ask(store)
            finally:
                self._process = None

    def let_go(self) -> None:
        """Spare the server the search for an answer that nobody waits for; a change that is on its way is made."""
        self._let_go = True
        if self._process is not None and not self._write:
            Thread(target=_interrupt, args=(self._name, self._process), name="interrupt", daemon=True).start()


class StoreTask(Background):
    """Opens the store as a task of QGIS, which shows it in its list and asks before it is closed meanwhile."""

    def cancel(self) -> None:
        """Let go of the answer."""
        super().cancel()
        self._do.let_go()


class StoreQuestion(Question):
    """Opens the store and asks."""

    def cancel(self) -> None:
        """Let go of the answer; nothing happens where it was handed over."""
        super().cancel()
        if self._do is not None:
            self._do.let_go()


def _interrupt(name: str, process: int) -> None:
    """Stop a question on the server (thread of its own: it waits as long as the server does)."""
    with suppress(FullServiceError):  # it cannot be reached: then it answers nobody anyway
        with connect(name) as store:
            store.interrupt(process)


#: What is on its way.
Asked = Union[StoreTask, StoreQuestion]


def ask_later(title: str, name: str, ask: Callable[[Any], Any], answered: Callable[[Any], None],
              failed: Callable[[BaseException], None], write: bool = False, listed: bool = False) -> Asked:
    """Start a question to the store of that name and return it, to cancel it by.

    ``listed``: it takes long, so it stands in QGIS' list of tasks. ``write``: it is a change; it stands there too, but
    the list offers no cancel: it would be made all the same, and nobody told.
    """
    work = StoreWork(name, ask, write)
    asked = (StoreTask(title, work, answered, failed, not write) if write or listed
             else StoreQuestion(title, work, answered, failed))  # fmt: skip
    asked.start()
    return asked


def do_later(title: str, do: Callable[[], Any], answered: Callable[[Any], None],
             failed: Callable[[BaseException], None]) -> Question:
    """Start short work that needs no store and return it, to cancel it by."""
    question = Question(title, do, answered, failed)
    question.start()
    return question


class Asking:
    """One question at a time: a newer one takes the place of the one that is on its way.

    Keeps it, and lets go of it once it is answered.
    """

    def __init__(self) -> None:
        self._asked: Optional[Asked] = None

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._asked is not None

    def ask(self, title: str, store: str, ask: Callable[[Any], Any], answered: Callable[[Any], None],
            failed: Callable[[BaseException], None], write: bool = False) -> None:
        """Ask in the background; who asked before hears nothing."""
        self.stop()
        asked = ask_later(title, store, ask, lambda answer: self._done(asked, answered, answer),
                          lambda error: self._done(asked, failed, error), write)  # fmt: skip
        self._asked = asked

    def _done(self, asked: Asked, tell: Callable[[Any], None], what: Any) -> None:
        if self._asked is asked:
            self._asked = None
        tell(what)

    def stop(self) -> None:
        """Let go: what is on its way is done, or not, but nobody is told."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
