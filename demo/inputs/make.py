# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs of the demo for a city named on the command line."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Optional

DATA = Path(__file__).resolve().parent.parent / "data"
CITIES = {"helsinki": ("Helsinki", DATA / "helsinki_centre.osm.pbf")}


def make_inputs(city: str, folder: Path, today: Optional[date] = None) -> Path:
    """Make all inputs of ``helsinki``, ``yangban`` (样板城) or an OpenStreetMap file; return their folder.

    The same city and day give the same files. A folder of an earlier run is replaced.
    """
    if folder.exists():
        shutil.rmtree(folder)
    if city == "yangban":
        from inputs.yangban import make_yangban_inputs

        return make_yangban_inputs(folder, today)
    from inputs.helsinki_like import make_osm_inputs

    name, path = CITIES.get(city, (Path(city).name.split(".")[0].capitalize(), Path(city)))
    return make_osm_inputs(path, folder, name, today)
