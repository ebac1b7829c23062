# SPDX-License-Identifier: GPL-2.0-or-later
"""The plan of an area computed in a process of its own, so that a window beside it never waits.

Threads do not do for that: the solvers of SciPy and the collection of garbage hold Python's lock for as long as they
take, and with it every window that has a line of Python in it. Stopping ends the process, at once.
"""

from __future__ import annotations

import contextlib
import os
import pickle  # nosec B403 - both ends of the pipe are this file
import queue
import subprocess  # nosec B404 - the Python that runs us
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, BinaryIO, Optional

from fullservice_plugin.core.access.choice.model import AccessPlan
from fullservice_plugin.core.access.choice.plan import plan_access
from fullservice_plugin.core.errors import FullServiceError, SolverError
from fullservice_plugin.core.progress import SILENT, Progress

_WAIT_S = 0.1
"""So often it is looked whether the user stopped."""
_NAMES = (f"bin/python{sys.version_info[0]}.{sys.version_info[1]}", "bin/python3", "python.exe", "python3.exe")
_RUN = f"import sys; sys.path[:] = sys.argv[1:]; from {__name__} import serve; serve()"
_HIDDEN = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would open a console


def plan_apart(*given: Any, progress: Progress = SILENT) -> AccessPlan:
    """Return what :func:`plan_access` returns for the same arguments; computed in this process where no other starts.

    Raises as :func:`plan_access`, Cancelled, and SolverError where the process dies.
    """
    program = python_program()
    if program is None:
        return _plan(given, progress)
    with subprocess.Popen(  # nosec B603 - a program found by us, with arguments of ours
        [program, "-I", "-c", _RUN, *filter(None, sys.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, creationflags=_HIDDEN,
    ) as child:
        told: queue.Queue[tuple[str, Any]] = queue.Queue()
        reader = threading.Thread(target=_talk, args=(child, given, told), name="fullservice plan", daemon=True)
        reader.start()
        try:
            found = _listen(told, progress)
        finally:
            child.kill()
            child.wait()
            reader.join()
    return _plan(given, progress) if found is None else found


def _plan(given: tuple[Any, ...], progress: Progress) -> AccessPlan:
    buildings, streets, supply, packages, catalogue, options = given
    return plan_access(buildings, streets, supply, packages, catalogue, options, progress)


def python_program() -> Optional[str]:
    """Return the Python whose library this one uses; None where there is none.

    ``sys.executable`` does not tell inside QGIS: there it is QGIS itself, or the first Python of the search path, which
    may be another one.
    """
    found = (Path(prefix) / name for prefix in (sys.exec_prefix, sys.base_exec_prefix) for name in _NAMES)
    return next((str(path) for path in found if path.is_file()), None)


def _talk(child: subprocess.Popen[bytes], given: tuple[Any, ...], told: queue.Queue[tuple[str, Any]]) -> None:
    """Give the process its work and queue what it sends, until it ends."""
    try:
        if child.stdin is not None:
            with child.stdin as pipe:
                pickle.dump(given, pipe, pickle.HIGHEST_PROTOCOL)
        while child.stdout is not None:
            told.put(pickle.load(child.stdout))  # nosec B301 - written by serve below
    except Exception as error:
        if not isinstance(error, (EOFError, OSError)):
            child.kill()  # what goes or comes cannot be read: whoever listens must not wait for more
        told.put(("died", child.wait()))


def _listen(told: queue.Queue[tuple[str, Any]], progress: Progress) -> Optional[AccessPlan]:
    """Hand progress on until the answer is there; None where the process ended before it had begun."""
    begun = False
    while True:
        progress.check()
        try:
            kind, value = told.get(timeout=_WAIT_S)
        except queue.Empty:
            continue
        if kind == "done":
            return value  # type: ignore[no-any-return]
        if kind == "error":
            raise value
        if kind == "broken":
            raise RuntimeError(value)
        if kind == "died":
            if not begun:
                return None
            raise SolverError(
                "The computation ended unexpectedly (code {code}); nothing was written. Free memory and try again, or "
                "plan a smaller area.", code=value)  # fmt: skip
        begun = True
        progress.step(value)


def serve() -> None:
    """Take the work from standard input, send progress and answer to standard output (the process apart)."""
    given = pickle.load(sys.stdin.buffer)  # nosec B301 - written by _talk above
    with os.fdopen(os.dup(1), "wb") as out, contextlib.suppress(OSError):  # suppressed: nobody waits any more
        os.dup2(2, 1)  # what libraries print is no answer
        _send(out, "share", 0.0)
        _send(out, *_answer(out, given))


def _answer(out: BinaryIO, given: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "done", _plan(given, Progress(lambda share: _send(out, "share", share)))
    except FullServiceError as error:
        return "error", error
    except OSError:
        raise
    except Exception:  # told whole to whoever waits
        return "broken", traceback.format_exc()


def _send(out: BinaryIO, kind: str, value: Any) -> None:
    pickle.dump((kind, value), out, pickle.HIGHEST_PROTOCOL)
    out.flush()
