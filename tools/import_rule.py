# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold the import rule of ``pyproject.toml`` on the staged plugin.

The folders of the toolbox and of the forms are no packages on disk, so that QGIS' own ``processing`` is not
shadowed; the linter reads packages only, so it looks at a copy in which they are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "import-rule"


def main() -> int:
    """Copy, complete, check; return the exit status of the linter."""
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT / "build" / "fullservice_plugin", COPY / "fullservice_plugin",
                    ignore=shutil.ignore_patterns("__pycache__", "*.json", "*.sql", "*.qml", "*.svg"))
    for room in ("processing", "forms"):
        for folder in [COPY / "fullservice_plugin" / room, *(COPY / "fullservice_plugin" / room).glob("*/")]:
            if folder.is_dir():
                (folder / "__init__.py").touch()
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(linter), "--config", str(ROOT / "pyproject.toml"), "--no-cache"], check=False,
                          env={**os.environ, "PYTHONPATH": str(COPY)}, capture_output=True, text=True, cwd=COPY)
    print(done.stdout[done.stdout.find("Contracts"):] if done.returncode == 0 else done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
