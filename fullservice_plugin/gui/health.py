# SPDX-License-Identifier: GPL-2.0-or-later
"""How a store is doing: reachable, which version, as whom, how quickly. Runs in the background."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Callable, Optional

from qgis.core import QgsTask

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.errors import FullServiceError, StoreError
from fullservice_plugin.gui.background import KeptTask
from fullservice_plugin.i18n import language, tr

SLOW_MS = 250.0


@dataclass
class Health:
    """What was found out about a store. ``milliseconds`` is one round trip; ``absent``: a database without a store."""

    store: str
    reachable: bool = False
    installed: bool = False
    milliseconds: float = 0.0
    facts: list[tuple[str, str]] = field(default_factory=list)
    error: Optional[BaseException] = None
    absent: bool = False

    @property
    def light(self) -> str:
        """Return ``green``, ``amber`` (slow) or ``red``."""
        if not self.reachable or not self.installed:
            return "red"
        return "amber" if self.milliseconds > SLOW_MS else "green"


def examine(name: str) -> Health:
    """Return the health of the store ``name``; never raises for a store that is not well."""
    from fullservice_plugin.gis.connections import connect

    health = Health(name)
    try:
        store = connect(name)
    except FullServiceError as error:
        health.error = error
        return health
    try:
        health.reachable = True
        started = time.perf_counter()
        row = store.rows("select session_user::text, current_database()::text, current_setting('server_version')")[0]
        health.milliseconds = 1000.0 * (time.perf_counter() - started)
        health.facts = [
            ("Login", row[0]),
            ("Database", row[1]),
            ("PostgreSQL", row[2]),
            ("Round trip", f"{health.milliseconds:.1f} ms"),
        ]
        health.absent = not store.version()
        store.require_version(write=False)
        health.installed = True
        health.facts.append(("Version of the store", str(store.version())))
        role = store.rows("select role from fullservice.staff where login = session_user and active and not is_deleted")
        health.facts.append(("Role", code_label("role", role[0][0], language()) if role else "–"))
    except FullServiceError as error:
        health.error = error
    finally:
        store.close()
    return health


class HealthTask(KeptTask):
    """Examines a store without holding up the window; ``done`` gets the result in the main thread."""

    def __init__(self, name: str, done: Callable[[Health], None]) -> None:
        super().__init__(tr("Check the connection {name}", name=name), QgsTask.Flag.CanCancel)
        self._name = name
        self._done = done
        self._health: Optional[Health] = None

    def work(self) -> bool:
        """Ask the store (background thread)."""
        self._health = examine(self._name)
        return True

    def let_go(self) -> None:
        """Cancel, and tell nobody: whoever waited is gone, or waits for a newer examination."""
        self._done = lambda _health: None
        self.cancel()

    def finished(self, _result: bool) -> None:
        """Hand the result over (main thread)."""
        lost = Health(self._name, error=StoreError("The check of {name} was cancelled.", name=self._name))
        self._done(self._health or lost)


def examine_later(name: str, done: Callable[[Health], None]) -> HealthTask:
    """Start the examination and return its task."""
    task = HealthTask(name, done)
    task.start()
    return task
