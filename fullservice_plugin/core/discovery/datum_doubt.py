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
        centroid = centroid[sample(len(centroid))]
        found = better_datum(*degrees(centroid[:, 0], centroid[:, 1]), fixed, metres)
        if found is not None:
            return side, found
    return None


def better_datum(
    lon: Array, lat: Array, footprints: Footprints, metres: Way, declared: str = "wgs84"
) -> Optional[str]:
    """Return the datum in which positions (degrees of ``declared``) clearly fit footprints better, None where none.

    ``footprints`` are true positions in metres, ``metres`` turns WGS-84 degrees into them.
    """
    if not len(lon) or int((footprints.area > 0).sum()) < _LEAST or not in_mainland(lon, lat, declared):
        return None
    found = vote(lon, lat, [None] * len(lon), footprints, metres)
    return found.best if found.clear and found.best != declared else None


def in_mainland(lon: Array, lat: Array, declared: str = "wgs84") -> bool:
    """Tell whether any position lies where the datums differ."""
    true = convert(lon, lat, declared, "wgs84")
    return not np.allclose(true[0], convert(*true, "wgs84", "gcj02")[0])


def sample(count: int) -> Array:
    """Return the rows to look at of so many: all of a few, evenly spread ones of many."""
    return np.arange(count) if count <= _SAMPLE else np.linspace(0, count - 1, _SAMPLE).astype(int)
