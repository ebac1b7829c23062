# SPDX-License-Identifier: GPL-2.0-or-later
"""Python environments for libraries that a peer needs and the product does not: made once under build/peers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Optional

ROOT = Path(__file__).resolve().parent.parent.parent


def python_with(name: str, *packages: str) -> Optional[str]:
    """Return an interpreter that has the packages, None (said on stderr) where they cannot be installed."""
    place = ROOT / "build" / "peers" / name
    python = place / "bin" / "python"
    done = place / "packages.txt"
    wanted = "\n".join(packages)
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return str(python)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True, capture_output=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", b"") or str(error).encode()
        sys.stderr.write(f"{', '.join(packages)} cannot be installed; that peer is left out: {reason[-300:]!r}\n")
        return None
    done.write_text(wanted, encoding="utf-8")
    return str(python)
