# SPDX-License-Identifier: GPL-2.0-or-later
"""Waits for what the background brings; where it does not come, says what was on its way."""

from __future__ import annotations

import sys
import threading
import time
import traceback


def on_their_way() -> str:
    """The tasks of QGIS, and where each other thread stands."""
    from qgis.core import QgsApplication

    tasks = [f"task {task.description()!r}, status {task.status()}" for task in QgsApplication.taskManager().tasks()]
    stacks = sys._current_frames()
    threads = [f"thread {thread.name!r}\n{''.join(traceback.format_stack(stacks[thread.ident])[-4:])}"
               for thread in threading.enumerate()
               if thread is not threading.current_thread() and thread.ident in stacks]
    return "\n".join(["it never came; on its way:", *tasks, *threads])


def wait(condition, seconds: float = 60.0) -> None:
    """Until ``condition()`` holds, while events are handled."""
    from qgis.PyQt.QtCore import QCoreApplication

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, on_their_way()
        QCoreApplication.processEvents()
        time.sleep(0.02)
