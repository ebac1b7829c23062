# SPDX-License-Identifier: GPL-2.0-or-later
"""Bandit and detect-secrets on the staged plugin: zero findings, as the plugin repository demands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGE = ROOT / "build" / "fullservice_plugin"
TOOLS = Path(sys.executable).parent


def bandit() -> list[str]:
    """Return Bandit's findings, one line each; every rule is on."""
    command = [str(TOOLS / "bandit"), "-r", "-q", "-f", "json", str(STAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    lines = [f"{found['filename']}:{found['line_number']}: {found['test_id']} {found['issue_text']}"
             for found in report["results"]]
    return lines + [f"{found['filename']}: {found['reason']}" for found in report["errors"]]


def secrets() -> list[str]:
    """Return detect-secrets' findings, one line each (its exit status is 0 even with findings)."""
    command = [str(TOOLS / "detect-secrets"), "scan", "--all-files", str(STAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    report = json.loads(done.stdout)
    return [f"{path}:{found['line_number']}: {found['type']}"
            for path, findings in report["results"].items() for found in findings]


def main() -> int:
    """Print the findings; return 1 if there are any."""
    findings = bandit() + secrets()
    for line in findings:
        print(line, file=sys.stderr)
    if not findings:
        print("bandit and detect-secrets: nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
