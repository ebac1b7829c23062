# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress and cancellation that the domain code can speak without knowing QGIS."""

from __future__ import annotations

from typing import Callable, Optional

from fullservice_plugin.core.errors import Cancelled


class Progress:
    """Reports a fraction (0–1) and sentences; raises :class:`Cancelled` when the user asks to stop.

    ``report(fraction)`` receives the fraction, ``say(text)`` a sentence, ``warn(text)`` a sentence the
    user should not miss, ``cancelled()`` tells whether to stop. All are optional.
    """

    def __init__(
        self,
        report: Optional[Callable[[float], None]] = None,
        say: Optional[Callable[[str], None]] = None,
        warn: Optional[Callable[[str], None]] = None,
        cancelled: Optional[Callable[[], bool]] = None,
    ) -> None:
        self._report = report
        self._say = say
        self._warn = warn
        self._cancelled = cancelled

    def step(self, fraction: float, text: str = "") -> None:
        """Report how much is done; raise :class:`Cancelled` if the user asked to stop."""
        self.check()
        if self._report is not None:
            self._report(min(1.0, max(0.0, fraction)))
        if text:
            self.say(text)

    def check(self) -> None:
        """Raise :class:`Cancelled` if the user asked to stop."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled()

    def say(self, text: str) -> None:
        """Tell the user a sentence."""
        if self._say is not None:
            self._say(text)

    def warn(self, text: str) -> None:
        """Tell the user a sentence that should not be missed."""
        if self._warn is not None:
            self._warn(text)

    def part(self, start: float, end: float) -> "Progress":
        """Return a progress whose 0–1 covers ``start``–``end`` of this one."""
        return Progress(
            lambda fraction: self.step(start + (end - start) * fraction), self.say, self.warn, self._cancelled
        )


SILENT = Progress()
