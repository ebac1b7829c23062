# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a map in another datum lies off ours at a place."""

from __future__ import annotations

import math

from fullservice_plugin.core.discovery.datum import convert

#: Metres per degree of latitude on WGS-84 at 45°; good to 0.6 % everywhere, the offsets are some hundred metres.
_METRES = 111_132.0


def offset_m(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """Return by how many metres (east, north) a map of ``datum`` draws things off their WGS-84 place.

    ``lon`` and ``lat`` are degrees of WGS-84; ``datum`` is ``wgs84``, ``gcj02`` or ``bd09`` (ParameterError otherwise).
    Both are 0 outside mainland China, where the datums are the same.
    """
    x, y = convert(lon, lat, "wgs84", datum)
    east = (float(x) - lon) * _METRES * math.cos(math.radians(lat))
    return east, (float(y) - lat) * _METRES
