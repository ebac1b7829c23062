# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells that rivals entered estates where we talk: grouped, and seldom enough (a setting, at most once a minute)."""

from __future__ import annotations

import time
from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import QObject, Qt, QTimer

from fullservice_plugin.gis.settings import ALERTS
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import headed, language, listed, tr
from fullservice_plugin.services.rivals import rival_news

#: So many estates, and so many rivals, are named in the message; the details name all.
_NAMED = 2


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
        if len(rows) == 1:
            self._notifier.warning(tr("A rival entered where we talk: {which}", which=lines[0]))
            return
        rivals = list(dict.fromkeys(name for row in rows for name in row[names]))
        self._notifier.warning(
            tr("Rivals entered {count} estates where we talk ({who}): {which}", count=len(rows), who=_first(rivals),
               which=_first([row["estate"] for row in rows])), "\n".join(lines))

    def stop(self) -> None:
        """Let go of the map and of a question on its way."""
        self._wait.stop()
        self._live.followed.disconnect(self._follow)
        self._live.told.disconnect(self._changed)
        self._asking.stop()


def _first(names: list[str]) -> str:
    """The first few of some names."""
    return listed(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
