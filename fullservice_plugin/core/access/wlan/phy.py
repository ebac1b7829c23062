# SPDX-License-Identifier: GPL-2.0-or-later
"""PHY rates, sensitivity and airtime of IEEE 802.11ac (VHT), ax (HE) and be (EHT)."""

from __future__ import annotations

from typing import Union

import numpy as np
from numpy.typing import NDArray

from fullservice_plugin.core.errors import ParameterError

Array = NDArray[np.float64]

BITS = (1, 2, 2, 4, 4, 6, 6, 6, 8, 8, 10, 10, 12, 12)
"""Coded bits per subcarrier and stream, by MCS."""
CODE_RATE = (1 / 2, 1 / 2, 3 / 4, 1 / 2, 3 / 4, 2 / 3, 3 / 4, 5 / 6, 3 / 4, 5 / 6, 3 / 4, 5 / 6, 3 / 4, 5 / 6)
SENSITIVITY_20 = (-82, -79, -77, -74, -70, -66, -65, -64, -59, -57, -54, -52, -49, -46)
"""Minimum sensitivity (dBm) at 20 MHz by MCS, IEEE 802.11; +3 dB per doubling of the width. MCS 12 unverified."""
HE_TONES = {20: 234, 40: 468, 80: 980, 160: 1960, 320: 3920}
VHT_TONES = {20: 52, 40: 108, 80: 234, 160: 468}
_HE_SYMBOL, _HE_GUARD = 12.8, 0.8
_VHT_SYMBOL, _VHT_GUARD = 3.2, 0.4
_VHT20_MCS9_STREAMS = (3, 6)
"""At 20 MHz, VHT MCS 9 exists for these stream counts only."""


def phy_rate(standard: str, width: int, mcs: int, streams: int = 1) -> float:
    """Return the PHY rate in Mb/s for ``standard`` ``vht``, ``he`` or ``eht`` at ``width`` MHz.

    Shortest guard interval of each (0.4 µs VHT, 0.8 µs HE and EHT). Raises :class:`ParameterError` for a
    combination that the standard does not have.
    """
    tones = VHT_TONES if standard == "vht" else HE_TONES
    highest = {"vht": 9, "he": 11, "eht": 13}.get(standard, -1)
    known = width in tones and 0 <= mcs <= highest and 1 <= streams <= 8 and not (standard == "he" and width > 160)
    if not known or (standard == "vht" and width == 20 and mcs == 9 and streams not in _VHT20_MCS9_STREAMS):
        raise ParameterError(
            "There is no rate for {standard}, {width} MHz, MCS {mcs}, {streams} streams. Choose others.",
            standard=standard, width=width, mcs=mcs, streams=streams,
        )
    symbol = _VHT_SYMBOL + _VHT_GUARD if standard == "vht" else _HE_SYMBOL + _HE_GUARD
    return tones[width] * BITS[mcs] * CODE_RATE[mcs] * streams / symbol


def rate_at(rssi_dbm: Union[float, Array], width: int, streams: int = 2, standard: str = "he") -> Array:
    """Return the PHY rate (Mb/s) of the best MCS whose sensitivity the signal meets; 0 below MCS 0."""
    highest = {"vht": 9, "he": 11, "eht": 13}[standard]
    usable = [m for m in range(highest + 1) if not (standard == "vht" and width == 20 and m == 9)]
    shift = 3.0 * np.log2(width / 20.0)
    thresholds = np.array([SENSITIVITY_20[m] + shift for m in usable])
    rates = np.array([0.0] + [phy_rate(standard, width, m, streams) for m in usable])
    found: Array = rates[np.searchsorted(thresholds, np.asarray(rssi_dbm, dtype=float), side="right")]
    return found


def airtime(demand_mbps: Union[float, Array], rate_mbps: Union[float, Array], efficiency: float) -> Array:
    """Return the share of time that a demand takes at a PHY rate: D / (η R); infinite where R is 0."""
    rate = np.asarray(rate_mbps, dtype=float)
    safe = np.where(rate > 0, rate, 1.0)
    return np.asarray(np.where(rate > 0, np.asarray(demand_mbps, dtype=float) / (efficiency * safe), np.inf))
