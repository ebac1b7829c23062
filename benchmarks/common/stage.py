# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the staged plugin and the interpreter that has what QGIS brings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


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
