# SPDX-License-Identifier: GPL-2.0-or-later
"""Bandit, detect-secrets and flake8 on the ZIP as the plugin repository runs them on an upload: zero findings.

Every rule of Bandit and of detect-secrets is on; of flake8 those that the repository has switched on (the others it
calls style). What the ZIP brings along from others is left out by its own ``.bandit``, as the repository allows, and of
flake8; detect-secrets finds nothing there either, which takes longer and is a long test: it changes with the pins only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from package import package

TOOLS = Path(sys.executable).parent
FLAKE8 = ("E101,E711,E712,E713,E714,E721,E722,E731,E741,E742,E743,E9,W605,F402,F403,F404,F405,F811,F821,F822,F823,F831,"
          "F901,C901")


def bandit(folder: Path) -> list[str]:
    """Return Bandit's findings in an unpacked ZIP, one line each."""
    command = [str(TOOLS / "bandit"), "-r", "-q", "-f", "json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    lines = [f"{found['filename']}:{found['line_number']}: {found['test_id']} {found['issue_text']}"
             for found in report["results"]]
    return lines + [f"{found['filename']}: {found['reason']}" for found in report["errors"]]


def secrets(folder: Path, *, whole: bool) -> list[str]:
    """Return detect-secrets' findings, one line each (its exit status is 0 even with findings)."""
    left_out = r"metadata\.txt" if whole else r"metadata\.txt|fullservice_plugin/vendor/"
    command = [str(TOOLS / "detect-secrets"), "scan", "--all-files", "--exclude-files", left_out, "."]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    report = json.loads(done.stdout)
    return [f"{path}:{found['line_number']}: {found['type']}"
            for path, findings in report["results"].items() for found in findings]


def flake8(folder: Path) -> list[str]:
    """Return flake8's findings in our own files, one line each."""
    command = [str(TOOLS / "flake8"), "--isolated", "--max-line-length=120", f"--select={FLAKE8}", "--exclude=vendor",
               "."]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.stdout.splitlines() + done.stderr.splitlines()


def findings(archive: Path, *, whole: bool = False) -> list[str]:
    """Return what the three say about a ZIP; ``whole``: detect-secrets about the work of others in it, too."""
    with tempfile.TemporaryDirectory() as name:
        with zipfile.ZipFile(archive) as source:
            source.extractall(name)
        folder = Path(name)
        return bandit(folder) + secrets(folder, whole=whole) + flake8(folder)


def main() -> int:
    """Print the findings; return 1 if there are any."""
    with tempfile.TemporaryDirectory() as name:
        found = findings(package(Path(name)))
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print("bandit, detect-secrets and flake8 on the ZIP: nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
