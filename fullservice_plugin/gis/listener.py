# SPDX-License-Identifier: GPL-2.0-or-later
"""Listens to a store in a thread of its own: which tables changed, and whether the store still answers.

QGIS' own listener stays silent after a server restart and notices no dead network. This one asks at every
heartbeat for the mark of the log: it finds out what it was not told, and when nobody answers.
"""

from __future__ import annotations

import select
import time
from typing import Any, Optional

import psycopg2
from psycopg2 import extensions
from qgis.PyQt.QtCore import QThread, pyqtSignal

from fullservice_plugin.gis.kept import keep
from fullservice_plugin.store.errors import first_line
from fullservice_plugin.store.notify import CHANNEL

_ASK = "select now_at, tables from fs_app.changes_since(%s)"


class Silence(Exception):
    """The store did not answer in time."""


class Listener(QThread):
    """Signals: ``changed(list of tables)``, ``lost(reason)``, ``back()``, ``unbounded()`` (saves may wait for ever).

    ``dsn`` stays in this object only. ``heartbeat_s`` is how often the store is asked, ``patience_s`` how long it may
    take to answer, ``gather_s`` how long changes are gathered before they are told.
    """

    changed = pyqtSignal(list)
    lost = pyqtSignal(str)
    back = pyqtSignal()
    unbounded = pyqtSignal()

    def __init__(self, dsn: str, heartbeat_s: float = 10.0, patience_s: float = 5.0, gather_s: float = 1.0) -> None:
        super().__init__()
        self._dsn = dsn
        self._heartbeat_s, self._patience_s, self._gather_s = heartbeat_s, patience_s, gather_s
        self._stopping = False
        self._is_lost = False
        self._warned = False
        self._mark: Optional[int] = None
        self._gathered: set[str] = set()
        self._first = 0.0
        self.finished.connect(self._ended)

    def begin(self) -> None:
        """Start the thread; it lives until it has ended, whoever forgets it."""
        keep(self, self)
        self.start()

    def stop(self) -> None:
        """End the thread; returns at once. It ends by itself soon."""
        self._stopping = True

    def _ended(self) -> None:
        """Let go (main thread): Qt aborts QGIS where a thread is deleted before its very end."""
        self.wait()
        keep(self)

    def run(self) -> None:
        """Listen until stopped; connect again whenever the store is lost."""
        pause = 0.5
        while not self._stopping:
            connection = None
            try:
                connection = self._connect()
                pause = 0.5
                self._listen(connection)
            except psycopg2.ProgrammingError:
                pause = 5.0  # it answers, but knows less than this plugin: a store that waits for its upgrade
            except (psycopg2.Error, Silence, OSError) as error:
                self._tell_lost(error)
            finally:
                if connection is not None:
                    connection.close()
            self._sleep(pause)
            pause = min(5.0, pause * 1.5)

    def _connect(self) -> Any:
        # looking up names holds up the whole program in an asynchronous connection, but not in an ordinary one
        psycopg2.connect(self._dsn, connect_timeout=int(max(2, self._patience_s))).close()
        connection = psycopg2.connect(self._dsn, async_=1, application_name="fullservice live",
                                      connect_timeout=int(max(2, self._patience_s)))
        self._until_done(connection)
        self._ask(connection, "listen " + CHANNEL)
        if not self._warned and self._ask(connection, "select current_setting('lock_timeout') = '0'")[0][0]:
            self._warned = True
            self.unbounded.emit()
        return connection

    def _listen(self, connection: Any) -> None:
        self._catch_up(connection)
        if self._is_lost:
            self._is_lost = False
            self.back.emit()
        asked = time.monotonic()
        while not self._stopping:
            self._poll(connection)
            if time.monotonic() - asked > self._heartbeat_s:
                self._catch_up(connection)
                asked = time.monotonic()
            if self._gathered and time.monotonic() - self._first >= self._gather_s:
                tables, self._gathered = sorted(self._gathered), set()
                self.changed.emit(tables)

    def _catch_up(self, connection: Any) -> None:
        """Ask what changed since the last time; tells it as if it had been notified."""
        now, tables = self._ask(connection, _ASK, (self._mark,))[0]
        self._mark = max(now, self._mark or 0)
        self._gather(tables)

    def _gather(self, tables: list[str]) -> None:
        if tables and not self._gathered:
            self._first = time.monotonic()
        self._gathered.update(tables)

    def _poll(self, connection: Any) -> None:
        """Wait a moment for messages."""
        ready, _, _ = select.select([connection], [], [], 0.2)
        if ready:
            connection.poll()
        told = [notice.payload for notice in connection.notifies]
        connection.notifies.clear()
        self._gather(told)

    def _ask(self, connection: Any, query: str, values: Optional[tuple[Any, ...]] = None) -> list[tuple[Any, ...]]:
        cursor = connection.cursor()
        cursor.execute(query, values)
        self._until_done(connection)
        return list(cursor.fetchall()) if cursor.description else []

    def _until_done(self, connection: Any) -> None:
        """Drive the connection until what it does is done; Silence when that takes too long."""
        end = time.monotonic() + self._patience_s
        while True:
            state = connection.poll()
            if state == extensions.POLL_OK:
                return
            if self._stopping or time.monotonic() > end:
                raise Silence("no answer")
            reading, writing = ([connection], []) if state == extensions.POLL_READ else ([], [connection])
            select.select(reading, writing, [], 0.2)

    def _tell_lost(self, error: Exception) -> None:
        if not self._is_lost and not self._stopping:
            self._is_lost = True
            self.lost.emit(first_line(error))

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end:
            time.sleep(0.05)
