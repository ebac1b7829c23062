# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentences about the datum of base maps."""

from __future__ import annotations

import math

from fullservice_plugin.core.discovery.datum_offset import offset_m
from fullservice_plugin.i18n import tr

#: What can be chosen: datum, English words.
DATUMS = (("wgs84", "WGS-84 or CGCS2000"), ("gcj02", "GCJ-02 (Amap, Tencent, Google in China)"),
          ("bd09", "BD-09 (Baidu)"))  # fmt: skip
NAMES = {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}
_WINDS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
#: Less than this is not seen on a map of buildings.
_NOTICED_M = 1.0


def shift_sentence(datum: str, lon: float, lat: float) -> str:
    """Say how far a base map lies off our data at a place (degrees, WGS-84); empty where nothing is off."""
    east, north = offset_m(lon, lat, datum)
    metres = math.hypot(east, north)
    if metres < _NOTICED_M:
        return ""
    wind = _WINDS[round(math.degrees(math.atan2(east, north)) / 45.0) % 8]
    return tr("This base map is drawn in {datum}. Here everything on it lies {metres} m to the {wind} of where it is "
              "on our map, which is WGS-84. Do not place or measure anything by it.", datum=NAMES[datum],
              metres=round(metres), wind=tr(wind))
