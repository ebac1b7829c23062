# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user may set on this computer: kept in the QGIS profile under ``fullservice/``, read where it is used.

What holds for everybody (print template, take rates of scenarios, jurisdiction) stands in the store instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from qgis.core import QgsSettings

from fullservice_plugin.core.discovery.datum import DATUMS

Value = Union[str, float, int, bool]


@dataclass(frozen=True)
class Setting:
    """One setting; ``default`` gives its type. Numbers lie between ``low`` and ``high``, texts among ``choices``."""

    key: str
    default: Value
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its place in the settings of QGIS."""
        return f"fullservice/{self.key}"

    def read(self) -> Value:
        """Return the value; the default where none is set, or what is set cannot be."""
        found = QgsSettings().value(self.path, None)
        if found is None:
            return self.default
        if isinstance(self.default, str):
            text = str(found)
            return text if not self.choices or text in self.choices else self.default
        try:
            number = float(found)
        except (TypeError, ValueError):
            return self.default
        if not self.low <= number <= self.high:
            return self.default
        return int(number) if isinstance(self.default, int) else number

    def write(self, value: Value) -> None:
        """Keep a value; the default leaves nothing behind."""
        if value == self.default:
            self.reset()
        else:
            QgsSettings().setValue(self.path, value)

    def reset(self) -> None:
        """Go back to the default."""
        QgsSettings().remove(self.path)


#: The store that every dialog offers first; empty: the one used last.
STORE = Setting("default_store", "")
#: Language of the plugin; empty: that of QGIS.
LANGUAGE = Setting("language", "", choices=("", "zh", "en"))
#: Datum that sources are first taken to be in.
DATUM = Setting("datum", "wgs84", choices=tuple(DATUMS))
#: Budget that a plan begins with, in the currency of the store; 0: none.
BUDGET = Setting("plan/budget", 0.0, 0.0, 1e12)
#: Years over which the benefit of a plan is counted; planaccess takes the same where nothing is said.
HORIZON = Setting("plan/horizon_years", 5.0, 0.5, 100.0)
#: Share of homes that become customers; 0: as the scenario in the store says.
TAKE_RATE = Setting("plan/take_rate", 0.0, 0.0, 1.0)
#: Seconds that the search for a plan may take; planaccess takes the same where nothing is said.
TIME_LIMIT = Setting("plan/time_limit", 60.0, 1.0, 3600.0)
#: Seconds between two questions to the store whether it still answers (bounds: see gis/listener.py).
HEARTBEAT = Setting("heartbeat_s", 10.0, 2.0, 600.0)
#: Minutes at least between two messages about rivals.
ALERTS = Setting("alert_minutes", 1.0, 1.0, 1440.0)
#: The least important messages that are written into the log.
LOG_LEVEL = Setting("log_level", "info", choices=("info", "warning", "error"))
#: A TrueType font for the PDF plans; empty: one of the system.
FONT = Setting("font", "")
#: The print template of this computer; empty: that of the store.
TEMPLATE = Setting("template", "")

ALL = (STORE, LANGUAGE, DATUM, BUDGET, HORIZON, TAKE_RATE, TIME_LIMIT, HEARTBEAT, ALERTS, LOG_LEVEL, FONT, TEMPLATE)
