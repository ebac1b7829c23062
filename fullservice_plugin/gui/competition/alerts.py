# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells that rivals entered estates where we talk: grouped, and seldom enough (a setting, at most once a minute)."""

from __future__ import annotations

import time
from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import QObject, Qt, QTimer

from fullservice_plugin.gis.settings import ALERTS
from fullservice_plugin.gui.background import Asking
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.i18n import headed, language, listed, tr
from fullservice_plugin.services.rivals import rival_news

_NAMED = 3


class RivalAlerts(QObject):
    """Hears of the store that the map follows; asks for news when its reminders change."""

    def __init__(self, notifier: Notifier, live: Any, clock: Callable[[], float] = time.monotonic,
                 every_s: Optional[float] = None) -> None:
        super().__init__()
        self._notifier, self._live, self._clock, self._every_s = notifier, live, clock, every_s
        self._mark: Optional[int] = None
        self._told_at = -float("inf")
        self._asking = Asking()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setTimerType(Qt.TimerType.PreciseTimer)  # the others may come five per cent early
        self._wait.timeout.connect(self._ask)
        live.followed.connect(self._follow)
        live.told.connect(self._changed)
        if live.store:
            self._follow(live.store)

    def _follow(self, _store: str) -> None:
        """Another store: what came in the last day is news."""
        self._mark, self._told_at = None, -float("inf")
        self._ask()

    def _changed(self, tables: list[str]) -> None:
        if "reminder" in tables and not self._wait.isActive():
            every_s = self._every_s if self._every_s is not None else 60.0 * float(ALERTS.read())
            left = max(0.0, self._told_at + every_s - self._clock())
            self._wait.start(round(1000 * left))

    def _ask(self) -> None:
        store, mark = self._live.store, self._mark
        if not store:
            return

        def answered(rows: list[dict[str, Any]]) -> None:
            if store == self._live.store:
                self.tell(rows)

        self._asking.ask(tr("Rivals that entered"), store, lambda opened: rival_news(opened, mark), answered,
                         lambda error: self._notifier.log(sentence(error)))  # fmt: skip

    def tell(self, rows: list[dict[str, Any]]) -> None:
        """Tell of estates with the rivals that entered them, in one message."""
        rows = [row for row in rows if self._mark is None or row["mark"] > self._mark]
        if not rows:
            return
        self._mark = max(row["mark"] for row in rows)
        self._told_at = self._clock()
        names = "names" if language() == "zh" else "names_en"
        lines = [headed(row["estate"], listed(row[names])) for row in rows]
        more = " …" if len(lines) > _NAMED else ""
        which = tr("; ").join(lines[:_NAMED]) + more
        text = tr("A rival entered where we talk: {which}", which=which) if len(lines) == 1 else \
            tr("Rivals entered {count} estates where we talk: {which}", count=len(lines), which=which)  # fmt: skip
        self._notifier.warning(text, "\n".join(lines) if more else "")

    def stop(self) -> None:
        """Let go of the map and of a question on its way."""
        self._wait.stop()
        self._live.followed.disconnect(self._follow)
        self._live.told.disconnect(self._changed)
        self._asking.stop()
