# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the staged plugin and the interpreter that has what QGIS brings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def development_data() -> Path:
    """Return the folder of development data beside the checkout (or FULLSERVICE_DATA); it may be absent."""
    return Path(os.environ.get("FULLSERVICE_DATA", ROOT.parent / "shared" / "data"))


def files_or_default(given: list[Path], pattern: str, shipped: str = "") -> list[Path]:
    """Return the files given, else those of the development data, else those that ship with the tests."""
    found = given or sorted(development_data().glob(pattern)) or (sorted(ROOT.glob(shipped)) if shipped else [])
    if not found:
        sys.stderr.write(f"No files were given and the development data has no {pattern}: nothing to measure.\n")
    return found


def use_stage() -> None:
    """Make the plugin importable: the stage, else a folder that holds the package and nothing beside it.

    The checkout itself must not be on the path, since its ``processing`` would shadow QGIS's. Starts the script anew
    with the system's Python where this one lacks the libraries.
    """
    hidden = {ROOT, ROOT / "benchmarks", ROOT / "benchmarks" / "common"}
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() not in hidden]
    place = ROOT / "build"
    if not (place / "fullservice_plugin").exists():
        place = ROOT / "build" / "bench"
        place.mkdir(parents=True, exist_ok=True)
        if not (place / "fullservice_plugin").exists():
            (place / "fullservice_plugin").symlink_to(ROOT / "fullservice_plugin")
    sys.path.insert(0, str(place))
    try:
        import osgeo  # noqa: F401
        import scipy  # noqa: F401
        import shapely  # noqa: F401
    except ImportError:
        other = "/usr/bin/python3"
        if os.path.realpath(sys.executable) != os.path.realpath(other) and os.path.exists(other):
            os.execv(other, [other, os.path.abspath(sys.argv[0]), *sys.argv[1:]])
        raise
