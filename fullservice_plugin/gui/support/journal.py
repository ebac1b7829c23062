# SPDX-License-Identifier: GPL-2.0-or-later
"""Remembers what the plugin wrote into the message log since it was started."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any

from qgis.core import Qgis, QgsApplication
from qgis.PyQt.QtCore import QObject

from fullservice_plugin.gui.notify import LOG_TAB

#: So many lines are kept, the newest ones: a working day of warnings, a few hundred kB.
LINES = 2000
_LEVELS = {Qgis.MessageLevel.Info: "info", Qgis.MessageLevel.Success: "done", Qgis.MessageLevel.Warning: "warning",
           Qgis.MessageLevel.Critical: "error"}


class Journal(QObject):
    """Hears the plugin's own tab of the message log; other tabs are none of our business."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=LINES)
        QgsApplication.messageLog().messageReceived.connect(self._hear)

    def _hear(self, *said: Any) -> None:
        if len(said) == 3 and said[1] == LOG_TAB:  # the signal also comes as a mere yes or no
            at = datetime.now().astimezone().isoformat(timespec="seconds")
            self.lines.append(f"{at} {_LEVELS.get(said[2], 'info')} {said[0]}")

    def stop(self) -> None:
        """Hear no more."""
        QgsApplication.messageLog().messageReceived.disconnect(self._hear)
