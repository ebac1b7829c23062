# SPDX-License-Identifier: GPL-2.0-or-later
"""Seconds and peak memory of each step of the demo."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from report import columns
from words import say


@dataclass
class Step:
    """One step: what it made, how long it took, the most memory the process held meanwhile."""

    name: str
    seconds: float = 0.0
    peak_mb: float = 0.0
    made: dict[str, object] = field(default_factory=dict)


def _reset_peak() -> None:
    """Linux forgets the peak resident size of a process when 5 is written here; elsewhere it stays."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as handle:
        handle.write("5")


def _peak_mb() -> float:
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as handle:
        for line in handle:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024.0
    return float("nan")


class Stopwatch:
    """Collects the steps of a run."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Measure the block; the yielded step takes what it made."""
        _reset_peak()
        started = time.perf_counter()
        made = Step(name)
        yield made
        made.seconds = time.perf_counter() - started
        made.peak_mb = _peak_mb()
        self.steps.append(made)
        numbers = ", ".join(f"{key} {value}" for key, value in made.made.items())
        shown = say(name)
        blank = " " * max(1, 29 - columns(shown))
        print(f"  {shown}{blank}{made.seconds:6.1f} s {made.peak_mb:6.0f} MB   {numbers}", flush=True)
