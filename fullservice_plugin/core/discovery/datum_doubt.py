# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether one of two footprint sources lies in another datum than its CRS says: warned of, never silently moved."""

from __future__ import annotations

from typing import Callable, Optional

import numpy as np

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.datum import convert
from fullservice_plugin.core.discovery.datum_vote import vote
from fullservice_plugin.core.discovery.footprints import Footprints

Way = Callable[[Array, Array], "tuple[Array, Array]"]
_LEAST = 20  # footprints on the other side needed for a vote
_SAMPLE = 1500  # centroids looked at


def datum_doubt(
    existing: Footprints, candidates: Footprints, degrees: Way, metres: Way
) -> Optional[tuple[str, str]]:
    """Return (side, datum) of the source that fits the other one better in that datum; None where all is well.

    Both footprints are metres of one CRS; ``degrees`` turns such metres into WGS-84 degrees and ``metres`` back.
    ``side`` is ``candidates`` or ``existing``. Outside mainland China all datums are one and there is no doubt.
    """
    for side, moved, fixed in (("candidates", candidates, existing), ("existing", existing, candidates)):
        centroid = moved.centroid[moved.area > 0]
        if len(centroid) > _SAMPLE:
            centroid = centroid[np.linspace(0, len(centroid) - 1, _SAMPLE).astype(int)]
        if not len(centroid) or int((fixed.area > 0).sum()) < _LEAST:
            continue
        lon, lat = degrees(centroid[:, 0], centroid[:, 1])
        if np.allclose(lon, convert(lon, lat, "wgs84", "gcj02")[0]):
            return None
        found = vote(lon, lat, [None] * len(lon), fixed, metres)
        if found.clear and found.best != "wgs84":
            return side, found.best
    return None
