# SPDX-License-Identifier: GPL-2.0-or-later
"""Listens to the heart of the window: how long its thread answers nobody, during what, and where it stands then."""

from __future__ import annotations

import gc
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Callable

from qgis.PyQt.QtCore import Qt, QTimer

BEAT_MS, BLOCKED_MS = 10, 200
OURS = "/fullservice_plugin/"
#: How many times longer than on a usual machine something is waited for before the walk is given up.
PATIENCE = 4.0
#: Milliseconds that the known piece of work takes on the computer on which the limits were set: its least of 25, idle.
KNOWN_WORK_MS = 5.2


def waited_for_core() -> float:
    """Milliseconds for which this thread was ready but got no core (Linux): others' work, not ours. 0 where unknown."""
    path = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    return int(path.read_text().split()[1]) / 1e6 if path.exists() else 0.0


def slowness() -> float:
    """How many times longer a known piece of work takes here and now than where the limits were set; 1 at least.

    Counted is the thread's own time of the processor, and the quickest of five tries: what a machine is slower by, and
    what its neighbours take of it, but no single hiccup.
    """
    tries = []
    for _ in range(5):
        begun = time.thread_time()
        sum(number * number % 7 for number in range(100_000))
        tries.append(1000 * (time.thread_time() - begun))
    return max(1.0, min(tries) / KNOWN_WORK_MS)


class Heart:
    """Beats every 10 ms in the main thread. A gap lies between two beats, less what the thread waited for a core, and
    less what another waited for one while it held Python's lock to collect garbage (some 100 ms of work in QGIS).

    While it is silent for more than 200 ms, a second thread looks where the main thread stands; it takes Python's lock
    for that, so where somebody else holds the lock the place stays unknown. ``dump`` off: it only counts. ``tell``
    hears what begins. ``usual`` is divided by how much slower the machine was before and after the phase.
    """

    def __init__(self, tell: Callable[[str], None], dump: bool = True) -> None:
        self._tell, self._dump = tell, dump
        self._phase = self.deed = ""
        self._main = threading.get_ident()
        self._stack: list[str] = []
        self._last = self._core = self._collector = self._others = self._begun = self._collected = 0.0
        self._listening = threading.Event()
        self.longest: dict[str, float] = {}
        self._slower: dict[str, float] = {}
        self.deeds: dict[str, dict[str, float]] = {}
        self.beats: dict[str, int] = {}
        self.blocks: list[dict] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def begin(self, phase: str) -> None:
        """Count for a phase from now on."""
        self._phase, self.deed = phase, ""
        self._tell(f"phase {phase}")
        self._slower[phase] = slowness()
        self._last, self._core, self._stack = time.perf_counter(), waited_for_core(), []
        self._others = self._collected = 0.0
        gc.callbacks.append(self._collecting)
        self._timer.start()
        if self._dump:
            self._listening = threading.Event()
            threading.Thread(target=self._look, args=(self._listening,), daemon=True).start()

    def doing(self, deed: str) -> None:
        """Count for a deed of the phase from now on; the gap that is under way still counts for the one before."""
        self._beat()
        self.deed = deed
        self._tell(f"phase {self._phase}: {deed}")

    def end(self) -> None:
        """Stop counting; a gap that is under way counts."""
        self._beat()
        self._timer.stop()
        gc.callbacks.remove(self._collecting)
        self._listening.set()
        self._slower[self._phase] = max(slowness(), self._slower[self._phase])

    def _collecting(self, when: str, _told: dict) -> None:
        """Garbage is collected, in whatever thread: it holds Python's lock even while it has no core itself."""
        if when == "start":
            self._begun = time.perf_counter()
        else:
            self._collected += 1000 * (time.perf_counter() - self._begun)
        if threading.get_ident() == self._main:
            return
        if when == "start":
            self._collector = waited_for_core()
        else:
            self._others += waited_for_core() - self._collector

    def _look(self, over: threading.Event) -> None:
        """Keep the stack of the main thread once per silence (thread of its own)."""
        while not over.wait(0.02):
            if not self._stack and time.perf_counter() - self._last > (BLOCKED_MS + BEAT_MS) / 1000:
                frame = sys._current_frames().get(self._main)
                found = traceback.extract_stack(frame)
                self._stack = [f"{one.filename}:{one.lineno} {one.name}" for one in reversed(found)]

    def _beat(self) -> None:
        now, core = time.perf_counter(), waited_for_core()
        whole = 1000 * (now - self._last)
        gap = whole - (core - self._core) - self._others
        collected, self._others, self._collected = self._collected, 0.0, 0.0
        main, self._stack = self._stack, []
        self._last, self._core = now, core
        self.longest[self._phase] = max(gap, self.longest.get(self._phase, 0.0))
        self.beats[self._phase] = self.beats.get(self._phase, 0) + 1
        deeds = self.deeds.setdefault(self._phase, {})
        deeds[self.deed] = max(gap, deeds.get(self.deed, 0.0))
        if gap > BLOCKED_MS:
            self.blocks.append({"phase": self._phase, "deed": self.deed, "ms": round(gap), "whole_ms": round(whole),
                                "collector_ms": round(collected), "ours": any(OURS in line for line in main),
                                "main": main[:12]})

    def told(self) -> dict:
        """What was heard, for the report."""
        deeds = {phase: {name: round(ms) for name, ms in sorted(found.items(), key=lambda one: -one[1])}
                 for phase, found in self.deeds.items()}
        blocks = [{**block, "usual_ms": round(block["ms"] / self._slower[block["phase"]])} for block in self.blocks]
        return {"longest": {name: round(value) for name, value in self.longest.items()},
                "usual": {name: round(value / self._slower[name]) for name, value in self.longest.items()},
                "slower": {name: round(value, 2) for name, value in self._slower.items()},
                "beats": self.beats, "deeds": deeds, "blocks": blocks}
