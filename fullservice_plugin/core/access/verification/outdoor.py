# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN outdoors checked anew: legal channels and power in the open, coverage from the places alone.

Formulas: ITU-R P.1411-12 site-general below roof; sight is tested by geometry, not by the designer's crossings. Legal
values outdoors: CN MIIT 无〔2021〕129 and 5.8 GHz notice, ETSI EN 301 893 without power control, FCC 47 CFR 15.407 with
6 dBi; kept here on purpose and not shared with the designer.
"""

from __future__ import annotations

import math
from typing import Any, Sequence

from scipy.special import ndtri  # the quantile of the normal distribution; scipy.stats takes 0.1 s to load
from shapely.geometry import LineString, Point

from fullservice_plugin.core.access.verification.coverage import sample
from fullservice_plugin.core.access.verification.limits import Limits

_OPEN = {
    "cn": ((149, 165, 32.0),),
    "etsi": ((100, 140, 27.0),),
    "fcc": ((36, 48, 36.0), (52, 64, 30.0), (100, 144, 30.0), (149, 165, 36.0)),
}
_ROWS = {"los": (2.12, 29.2, 2.11, 5.06, 660.0), "nlos_highrise": (4.0, 10.2, 2.36, 7.6, 715.0),
         "nlos_residential": (3.01, 18.8, 2.07, 3.07, 170.0)}


def legal_outdoors(region: str, channel: int, eirp_dbm: float) -> bool:
    """Tell whether a 20-MHz channel may be used outdoors at this power."""
    return any(first <= channel <= last and (channel - first) % 4 == 0 and eirp_dbm <= limit + 1e-6
               for first, last, limit in _OPEN[region])


def outdoor_share(
    shape: Any, buildings: Sequence[Any], aps: Sequence[tuple[float, float, float]], environment: str, limits: Limits
) -> float:
    """Return the share (0–1) of an area outside buildings with the first signal and the way back.

    ``aps``: x, y, EIRP (dBm); geometry in metres.
    """
    rules = limits.data.get("wlan", {}).get("rules", {})

    def rule(name: str, default: float) -> float:
        return float(rules.get(name, {}).get("value", default))

    ghz, probability, rise = rule("frequency_ghz", 5.5), rule("location_probability", 0.9), rule("outdoor_mount_m", 4.0)
    wanted = max(rule("outdoor_dbm", -70.0), rule("noise_dbm", -95.0) + rule("snr_db", 25.0))
    near = [b for b in buildings if b.distance(shape) < 300.0]
    places = [p for p in (Point(x, y) for x, y in sample(shape)) if not any(b.contains(p) for b in near)]
    reached = 0
    for place in places:
        for x, y, eirp in aps:
            far = math.hypot(place.distance(Point(x, y)), rise - 1.5)
            hidden = any(LineString([place, (x, y)]).crosses(b) for b in near)
            loss, sigma, most = _loss(max(far, 1.0), "los", ghz)
            if hidden:
                around, sigma, most = _loss(max(far, 1.0), environment, ghz)
                loss = max(loss, around)
            margin = float(ndtri(probability)) * sigma
            back = rule("client_dbm", 15.0) - loss - margin >= rule("secondary_dbm", -75.0)
            if far <= most and eirp - loss - margin >= wanted and back:
                reached += 1
                break
    return reached / len(places) if places else 1.0


def _loss(metres: float, row: str, ghz: float) -> tuple[float, float, float]:
    alpha, beta, gamma, sigma, most = _ROWS[row]
    return 10 * alpha * math.log10(metres) + beta + 10 * gamma * math.log10(ghz), sigma, most
