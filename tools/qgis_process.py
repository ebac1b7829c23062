# SPDX-License-Identifier: GPL-2.0-or-later
"""Run ``qgis_process`` with the staged plugin in a private profile: arguments are passed through."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"


def environment() -> dict[str, str]:
    """Return the variables for a headless QGIS that sees the staged plugin and the private PostGIS."""
    home = BUILD / "profile"
    home.mkdir(exist_ok=True)
    runtime = home / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    python = Path((BUILD / "setup.stamp").read_text(encoding="utf-8").splitlines()[1])
    return {
        **{name: value for name, value in os.environ.items() if name != "QGIS_CUSTOM_CONFIG_PATH"},
        # The Python inside qgis_process takes the libraries of the first python3 on the path: it must be QGIS' own.
        "PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", "")]),
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_PLUGINPATH": str(BUILD),
        "PYTHONPATH": str(BUILD / "lib"),
    }


def runner() -> str:
    """Return the qgis_process that works here, as found by the set-up."""
    lines = (BUILD / "setup.stamp").read_text(encoding="utf-8").splitlines()
    return lines[2]


def main() -> int:
    """Enable the plugin once, then run qgis_process; return its exit status."""
    program, variables = runner(), environment()
    enabled = Path(variables["HOME"]) / "plugin-enabled"
    if not enabled.exists():
        subprocess.run([program, "plugins", "enable", "fullservice_plugin"], env=variables, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        enabled.touch()
    return subprocess.run([program, *sys.argv[1:]], env=variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
