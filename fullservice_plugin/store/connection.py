# SPDX-License-Identifier: GPL-2.0-or-later
"""One connection to the store: transactions that commit only on success, and errors that a person understands."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Union

import numpy as np
import psycopg2
from psycopg2 import extensions, sql

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.store import versions
from fullservice_plugin.store.errors import first_line, mapped

Query = Union[str, sql.Composable]
Values = Union[Sequence[Any], Mapping[str, Any], None]

#: Seconds until a server that does not answer counts as unreachable, and a lock as taken.
CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT = "30s"
IDLE_TIMEOUT = "10min"

# psycopg2 binds what it does not know by its representation, which for numpy 2 is no SQL: np.float64(1.0)
for _kind in (np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.float32,
              np.float64):
    extensions.register_adapter(_kind, lambda value: extensions.adapt(value.item()))


class Store:
    """An open store. Not shared between threads: one per task.

    Errors of the database leave as ``StoreError``, ``ConflictError``, ``TransitionError`` or ``InputError``.
    """

    def __init__(self, connection: extensions.connection, name: str = "") -> None:
        self.connection = connection
        self.name = name or str(connection.info.dbname)
        self._depth = 0

    @classmethod
    def connect(cls, dsn: Mapping[str, str] | str, name: str = "") -> Store:
        """Connect by libpq keywords (``{"service": "x"}``) or a connection string; StoreError when it fails."""
        extra = {"connect_timeout": str(CONNECT_TIMEOUT_S), "application_name": "fullservice",
                 "client_encoding": "UTF8"}
        try:
            if isinstance(dsn, str):
                given = extensions.parse_dsn(dsn)
            else:
                given = {key: str(value) for key, value in dsn.items()}
            connection = psycopg2.connect(**{**extra, **given})
        except psycopg2.Error as error:
            raise StoreError("Cannot connect to the store “{name}”: {reason}. Check the connection or service name, "
                             "that the server runs and that the login is right.",
                             name=name or _shown(dsn), reason=first_line(error)) from error
        store = cls(connection, name)
        with store.transaction() as cur:
            cur.execute("select set_config('lock_timeout', %s, false), "
                        "set_config('idle_in_transaction_session_timeout', %s, false)", (LOCK_TIMEOUT, IDLE_TIMEOUT))
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def transaction(self, bulk: bool = False) -> Iterator[extensions.cursor]:
        """A cursor whose work is committed on success and rolled back otherwise.

        ``bulk`` (planners and administrators) lifts the duty to name the version an edit started from. Inside an
        open transaction the same one is used, and only the outermost commits.
        """
        if self._depth:
            with self._joined(bulk) as cur:
                yield cur
            return
        self._depth = 1
        try:
            cur = self.connection.cursor()
            if bulk:
                cur.execute("select set_config('fs.bulk', 'on', true)")
            yield cur
            self.connection.commit()
        except psycopg2.Error as error:
            self._rollback()
            raise mapped(error) from error
        except BaseException:
            self._rollback()
            raise
        finally:
            self._depth = 0

    @contextmanager
    def _joined(self, bulk: bool) -> Iterator[extensions.cursor]:
        self._depth += 1
        try:
            cur = self.connection.cursor()
            if bulk:
                cur.execute("select set_config('fs.bulk', 'on', true)")
            yield cur
        finally:
            self._depth -= 1

    def _rollback(self) -> None:
        if not self.connection.closed:
            self.connection.rollback()

    def execute(self, query: Query, params: Values = None) -> int:
        """Run one statement in its own transaction (or the open one); number of rows it touched."""
        with self.transaction() as cur:
            cur.execute(query, params)
            return int(cur.rowcount)

    def rows(self, query: Query, params: Values = None) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.transaction() as cur:
            cur.execute(query, params)
            return list(cur.fetchall())

    def dicts(self, query: Query, params: Values = None) -> list[dict[str, Any]]:
        """All rows of a query, each as a dict by column name."""
        with self.transaction() as cur:
            cur.execute(query, params)
            return named_rows(cur)

    def value(self, query: Query, params: Values = None) -> Any:
        """First column of the first row, None when there is none."""
        found = self.rows(query, params)
        return found[0][0] if found else None

    @property
    def login(self) -> str:
        """Name of the login of this connection."""
        return str(self.value("select session_user::text"))

    def version(self) -> int:
        """Installed version, 0 when there is no store."""
        with self.transaction() as cur:
            return versions.installed(cur)

    def require_installed(self) -> None:
        """StoreError when the database holds no store; any version will do."""
        if not self.version():
            raise versions.absent(self.name)

    def require_version(self, write: bool = True) -> str:
        """StoreError, saying what to do, when the store is absent, too old or too new for this plugin.

        With ``write`` off: the reason why it can only be read, empty when it can be written too.
        """
        with self.transaction() as cur:
            return versions.require(cur, self.name, write)

    def transition(self, machine: str, row_id: str, to_state: str, note: str = "",
                   evidence: Sequence[str] = ()) -> None:
        """Move a row to ``to_state``; TransitionError says what is missing."""
        self.rows("select fs_app.transition(%s, %s::uuid, %s, %s, %s::uuid[])",
                  (machine, row_id, to_state, note, list(evidence)))

    @property
    def process(self) -> int:
        """Number of the server's process that works for this connection."""
        return int(self.connection.info.backend_pid)

    def interrupt(self, process: int) -> None:
        """Stop what another connection of the same login does just now; its statement fails, nothing of it stays.

        A connection of its own, since psycopg2's own way to cancel keeps Python's lock while the server is silent.
        """
        self.rows("select pg_cancel_backend(pid) from pg_stat_activity where pid = %s and usename = session_user",
                  (process,))

    def close(self) -> None:
        """Close the connection; open work is lost."""
        self.connection.close()


def named_rows(cur: extensions.cursor) -> list[dict[str, Any]]:
    """The rows that a cursor holds, each as a dict by column name."""
    names = [column.name for column in cur.description or ()]
    return [dict(zip(names, row)) for row in cur.fetchall()]


def literal(text: str) -> str:
    """Return a text so that LIKE takes every sign of it as itself."""
    for mark in ("\\", "%", "_"):
        text = text.replace(mark, "\\" + mark)
    return text


def _shown(dsn: Mapping[str, str] | str) -> str:
    """Name of a connection for messages, never with a password."""
    parts = dict(dsn) if not isinstance(dsn, str) else {}
    if isinstance(dsn, str):
        try:
            parts = extensions.parse_dsn(dsn)
        except psycopg2.Error:
            return "?"
    return str(parts.get("service") or parts.get("dbname") or "?")
