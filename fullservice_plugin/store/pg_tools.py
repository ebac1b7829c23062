# SPDX-License-Identifier: GPL-2.0-or-later
"""PostgreSQL's own programs: found where they are installed, run with the connection of an open store.

The password goes through the child's environment, never through its command line, and into no message.
"""
from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess  # nosec B404 - pg_dump and pg_restore are programs
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.core.progress import SILENT, Progress

_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
            "/Applications/Postgres.app/Contents/Versions/*/bin", "/Library/PostgreSQL/*/bin",
            "C:/Program Files/PostgreSQL/*/bin")
_VARIABLES = {"host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
              "sslmode": "PGSSLMODE", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslrootcert": "PGSSLROOTCERT",
              "channel_binding": "PGCHANNELBINDING", "krbsrvname": "PGKRBSRVNAME"}
_POLL_S = 0.1


def find(name: str, server: int) -> str:
    """Path of the program ``name`` for a server of major version ``server``; StoreError says what to install."""
    suffix = ".exe" if sys.platform == "win32" else ""
    candidates = [Path(found) for found in [shutil.which(name)] if found]
    candidates += [Path(place) / (name + suffix) for folder in _FOLDERS for place in glob.glob(folder)]
    known = {path: _major(path) for path in dict.fromkeys(candidates) if path.is_file()}
    fitting = sorted((version, str(path)) for path, version in known.items() if version >= server)
    if not fitting:
        raise StoreError("{program} of PostgreSQL {version} or later was not found on this computer. Install the "
                         "PostgreSQL client programs and run again.", program=name, version=server)
    return fitting[0][1]


def run(connection: Any, command: Sequence[str], progress: Progress = SILENT) -> str:
    """Run a program on the database of ``connection``; its output. Stopped when the user cancels."""
    with subprocess.Popen(  # nosec B603 - a program found by us, with arguments of ours
            list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(connection), text=True, encoding="utf-8", errors="replace") as child:
        try:
            while True:
                try:
                    output, problems = child.communicate(timeout=_POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    progress.check()
        except BaseException:
            child.kill()
            child.communicate()
            raise
    if child.returncode != 0:
        raise StoreError("{program} failed: {reason}. Nothing was kept.", program=Path(command[0]).stem,
                         reason=_reason(problems))
    return output


def environment(connection: Any) -> dict[str, str]:
    """The child's environment: connection parameters and password of an open connection."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG") or key == "PGSYSCONFDIR"}
    for name, value in connection.info.dsn_parameters.items():
        if name in _VARIABLES:
            kept[_VARIABLES[name]] = value
    if connection.info.password:
        kept["PGPASSWORD"] = connection.info.password
    kept["PGCLIENTENCODING"] = "UTF8"
    return kept


def _major(path: Path) -> int:
    try:
        done = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False,  # nosec B603
                              timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"(\d+)(?:\.\d+)?", done.stdout)
    return int(found.group(1)) if found else 0


def _reason(problems: str) -> str:
    lines = [line.strip() for line in problems.splitlines() if line.strip()]
    wrong = next((line for line in lines if "error" in line.lower()), lines[0] if lines else "-")
    return wrong.split("error: ", 1)[-1].rstrip(".")
