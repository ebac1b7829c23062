# SPDX-License-Identifier: GPL-2.0-or-later
"""A time limit that does not make results depend on how busy the machine is.

Work is counted in scanned edges and stops at what an ordinary machine does in about two thirds of the seconds; the
clock itself is only the last resort, on a machine that is slower or without numba.
"""
from __future__ import annotations

import math
import time

_SPEED = 1_000_000  # scanned edges that count as one second


class Clock:
    """Counts work against ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._work = self._whole = seconds * _SPEED
        self._seconds = seconds

    def spend(self, edges: int) -> None:
        """Count work on so many edges."""
        self._work -= edges

    def over(self) -> bool:
        """Whether the work or the time is used up."""
        return self._work < 0 or time.monotonic() > self._end

    def late(self) -> bool:
        """Whether the time itself is used up, whatever work was counted."""
        return time.monotonic() > self._end

    def used(self) -> float:
        """The share (0–1) that is used up."""
        if not math.isfinite(self._seconds) or self._seconds <= 0:
            return 0.0 if self._seconds > 0 else 1.0
        late = 1.0 - (self._end - time.monotonic()) / self._seconds
        return min(1.0, max(late, 1.0 - self._work / self._whole))

    def left(self) -> float:
        """Seconds until the clock stops everything, at least one."""
        return max(1.0, self._end - time.monotonic()) if math.isfinite(self._end) else math.inf
