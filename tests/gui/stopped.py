# SPDX-License-Identifier: GPL-2.0-or-later
"""What a walk that stood still leaves behind: where it was, the stacks of its threads, and how busy it was."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Optional

LINES, WIDTH = 60, 160


def run_until(command: list[str], environment: dict[str, str], seconds: float, report: Path) -> str:
    """Run a walk with all that it starts, and return what it said; none of it outlives ``seconds``.

    A walk that is stopped leaves in what it said: the steps it began, the Python stacks of all its threads, the native
    stack of the window's thread (where gdb is installed), and how much of a core it used and could have used.
    """
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as running:
        try:
            return running.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            found = evidence(running.pid, report)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            return f"{running.communicate()[1][-1500:]}\nstopped after {seconds} s\n{found}"


def where(report: Path) -> str:
    """The steps that a walk began, and its stacks; the last lines of each."""
    told = []
    for title, suffix, lines in (("Begun last:", ".steps", 25), ("Python stacks:", ".trace", 2 * LINES)):
        path = Path(f"{report}{suffix}")
        told += [title, _end(path.read_text(encoding="utf-8"), lines) if path.exists() else "QGIS did not begin", ""]
    return "\n".join(told)


def evidence(session: int, report: Path) -> str:
    """Where the walk of a session of processes stands now."""
    pid = _window(session)
    if pid is None:
        return "QGIS was gone.\n" + where(report)
    busy, native = _busy(pid), _native(pid)
    if Path(f"{report}.trace").exists():  # else nobody listens yet, and the signal would end it
        os.kill(pid, signal.SIGUSR1)
        time.sleep(1.0)
    return f"{busy}\n{where(report)}Native stack of the window's thread:\n{native}\n"


def _window(session: int) -> Optional[int]:
    """The process of QGIS in a session: its oldest of that name."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            name, _, rest = (folder / "stat").read_text().rpartition(")")
            fields = rest.split()
            if "(qgis" in name and int(fields[3]) == session:
                found.append((int(fields[19]), int(folder.name)))
    return min(found)[1] if found else None


def _busy(pid: int) -> str:
    """How much of a core the process used in five seconds, how long its main thread waited for one, and the load."""
    before = _used(pid)
    time.sleep(5.0)
    after = _used(pid)
    used, waited = after[0] - before[0], after[1] - before[1]
    return (f"In 5 s QGIS used {used:.1f} s of a core, its main thread waited {waited:.1f} s for one; "
            f"{after[0]:.0f} s and {after[1]:.0f} s in all; load {os.getloadavg()}.")


def _used(pid: int) -> tuple[float, float]:
    """Seconds of a core that the process used, and for which its main thread was ready but had none (0: unknown)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    waits = Path(f"/proc/{pid}/task/{pid}/schedstat")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), (
        int(waits.read_text().split()[1]) / 1e9 if waits.exists() else 0.0)


def _native(pid: int) -> str:
    if shutil.which("gdb") is None:
        return "gdb is not installed"
    looked = subprocess.Popen(
        ["gdb", "-nx", "-batch", "-p", str(pid), "-ex", f"bt {LINES}"], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, start_new_session=True)
    try:
        told = looked.communicate(timeout=90)[0]
    except subprocess.TimeoutExpired:
        os.killpg(looked.pid, signal.SIGKILL)
        told = looked.communicate()[0]
    frames = [line for line in told.splitlines() if line.startswith("#")]
    return "\n".join(line[:WIDTH] for line in frames) or told[-1000:]


def _end(text: str, lines: int) -> str:
    return "\n".join(line[:WIDTH] for line in text.splitlines()[-lines:])
