# SPDX-License-Identifier: GPL-2.0-or-later
"""Which datum a list of coordinates is in, told by how well it fits known footprints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Sequence

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.datum import DATUMS, convert
from fullservice_plugin.core.discovery.footprints import Footprints
from fullservice_plugin.core.discovery.nearest import nearest_footprints

Project = Callable[[Array, Array], "tuple[Array, Array]"]
_SAMPLE = 1500  # rows looked at
_SOFT = 8.0  # m, distance to a wall at which a point's vote has fallen to a third
_KNOWN = 40.0  # m, the same for the building that the row's address names
_MARGIN = 1.15  # how much better the best datum must fit than the declared one
_LEAST = 5  # rows needed for a vote


@dataclass(frozen=True)
class DatumVote:
    """The best fitting datum, whether the vote is clear, and the fit (0–1) of each datum."""

    best: str
    clear: bool
    fit: dict[str, float]


def vote(lon: Array, lat: Array, known: Sequence[Any], footprints: Footprints, project: Project) -> DatumVote:
    """Return the vote of positions (degrees, datum unknown) against footprints (metres, true position).

    ``known`` holds per position the row of the building that its address names, or None. ``project``
    turns WGS-84 degrees into the footprints' metres. Outside mainland China all datums are one: wgs84.
    """
    usable = np.nonzero(np.isfinite(lon) & np.isfinite(lat))[0]
    if len(usable) > _SAMPLE:
        usable = usable[np.linspace(0, len(usable) - 1, _SAMPLE).astype(int)]
    if len(usable) < _LEAST or not (footprints.area > 0).any():
        return DatumVote("wgs84", False, dict.fromkeys(DATUMS, 0.0))
    tree = cKDTree(footprints.centroid[footprints.area > 0])
    fit: dict[str, float] = {}
    for datum in DATUMS:
        x, y = project(*convert(lon[usable], lat[usable], datum, "wgs84"))
        _, distance = nearest_footprints(footprints, x, y, 60.0)
        value = np.exp(-np.minimum(distance, 1e6) / _SOFT)
        named = [(k, known[row]) for k, row in enumerate(usable) if known[row] is not None]
        if named:
            at = np.array([k for k, _ in named])
            centre = footprints.centroid[[row for _, row in named]]
            own = np.exp(-np.hypot(x[at] - centre[:, 0], y[at] - centre[:, 1]) / _KNOWN)
            value[at] = 0.25 * value[at] + 0.75 * own
        far, _ = tree.query(np.column_stack([x, y]))
        fit[datum] = float(np.where(far > 5000.0, 0.0, value).mean())
    best = max(DATUMS, key=lambda datum: (round(fit[datum], 9), -DATUMS.index(datum)))
    others = [fit[datum] for datum in DATUMS if datum != best]
    clear = fit[best] > 0.05 and fit[best] >= _MARGIN * max(others)
    return DatumVote(best, clear, fit)
