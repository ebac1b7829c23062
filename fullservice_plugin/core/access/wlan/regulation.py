# SPDX-License-Identifier: GPL-2.0-or-later
"""What a region allows on the air: channels and radiated power, from the dated table ``regulation.json``."""

from __future__ import annotations

import math
from typing import Any

from fullservice_plugin.core.access.wlan.tables import read_table
from fullservice_plugin.core.errors import ParameterError

_FIRST_5GHZ_MHZ = 5000
"""Channel n of the 5 GHz band is centred on 5000 + 5 n MHz (IEEE 802.11)."""


def region_table(region: str) -> dict[str, Any]:
    """Return the table of a region (``cn``, ``etsi``, ``fcc``)."""
    regions: dict[str, Any] = read_table("regulation")["regions"]
    if region not in regions:
        raise ParameterError(
            "Region {region} is not known. Choose one of: {known}.", region=region, known=list(regions)
        )
    found: dict[str, Any] = regions[region]
    return found


def channels(region: str, width: int = 20) -> list[int]:
    """Return the 5 GHz channel numbers of ``width`` MHz that the region allows indoors."""
    table = region_table(region)["channels_5"]
    if str(width) not in table:
        raise ParameterError(
            "Region {region} has no channels of {width} MHz. Choose one of: {known}.",
            region=region, width=width, known=list(table),
        )
    return [int(channel) for channel in table[str(width)]]


def eirp_limit(region: str, channel: int, width: int = 20, *, indoor: bool = True) -> float:
    """Return the largest legal EIRP (dBm) on a 5 GHz channel: the lesser of total and density limit.

    Raises :class:`ParameterError` when the region has no such channel.
    """
    low = _FIRST_5GHZ_MHZ + 5 * channel - width / 2
    high = low + width
    limits = [
        min(entry["eirp_dbm"], math.inf if entry["psd"] is None else entry["psd"] + 10 * math.log10(width))
        for entry in region_table(region)["bands"]
        if entry["band"] == "5" and entry["from_mhz"] <= low + 0.5 and high - 0.5 <= entry["to_mhz"]
        and (indoor or not entry["indoor"])
    ]
    if not limits or channel not in channels(region, width):
        raise ParameterError(
            "Channel {channel} ({width} MHz) is not allowed in region {region}. Choose another.",
            channel=channel, width=width, region=region,
        )
    return float(max(limits))
