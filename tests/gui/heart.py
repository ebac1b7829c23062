# SPDX-License-Identifier: GPL-2.0-or-later
"""Listens to the heart of the window: how long its thread answers nobody, during what, and where it stands then."""

from __future__ import annotations

import faulthandler
import threading
import time
from pathlib import Path

from qgis.PyQt.QtCore import Qt, QTimer

BEAT_MS, BLOCKED_MS = 10, 200
OURS = "/fullservice_plugin/"


def waited_for_core() -> float:
    """Milliseconds for which this thread was ready but got no core (Linux): others' work, not ours. 0 where unknown."""
    path = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    return int(path.read_text().split()[1]) / 1e6 if path.exists() else 0.0


class Heart:
    """Beats every 10 ms in the main thread. A gap lies between two beats, less what the thread waited for a core.

    While it is silent for more than 200 ms, all threads are written to ``trace`` by a thread that needs no lock.
    """

    def __init__(self, trace: Path) -> None:
        self._trace = trace.open("w+")
        self._phase = ""
        self.longest: dict[str, float] = {}
        self.beats: dict[str, int] = {}
        self.blocks: list[dict] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def begin(self, phase: str) -> None:
        """Count for a phase from now on."""
        self._phase = phase
        self._last, self._core = time.perf_counter(), waited_for_core()
        self._at = self._trace.seek(0, 2)
        self._timer.start()
        self._watch()

    def end(self) -> None:
        """Stop counting; a gap that is under way counts."""
        self._beat()
        self._timer.stop()
        faulthandler.cancel_dump_traceback_later()

    def _watch(self) -> None:
        faulthandler.dump_traceback_later((BLOCKED_MS + BEAT_MS) / 1000, file=self._trace)

    def _beat(self) -> None:
        now, core = time.perf_counter(), waited_for_core()
        whole = 1000 * (now - self._last)
        gap = whole - (core - self._core)
        self._last, self._core = now, core
        self.longest[self._phase] = max(gap, self.longest.get(self._phase, 0.0))
        self.beats[self._phase] = self.beats.get(self._phase, 0) + 1
        if whole > BLOCKED_MS + BEAT_MS:
            faulthandler.cancel_dump_traceback_later()
            self._trace.flush()
            with open(self._trace.name, encoding="utf-8") as written:
                written.seek(self._at)
                text = written.read()
            self._at = self._trace.seek(0, 2)
            main = main_frames(text)
            if gap > BLOCKED_MS:
                self.blocks.append({"phase": self._phase, "ms": round(gap), "whole_ms": round(whole),
                                    "ours": any(OURS in line for line in main), "main": main[:12]})
        self._watch()

    def told(self) -> dict:
        """What was heard, for the report."""
        return {"longest": {name: round(value) for name, value in self.longest.items()}, "beats": self.beats,
                "blocks": self.blocks}


def main_frames(text: str) -> list[str]:
    """The frames of the main thread in a dump, innermost first: it is the last one of the dump."""
    return [line.strip() for line in text.split("Thread 0x")[-1].splitlines() if line.strip().startswith("File")]
