# SPDX-License-Identifier: GPL-2.0-or-later
"""Airtime: does each access point have time enough for its users, and if not, where to add one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from fullservice_plugin.core.access.wlan.phy import airtime as airtime_of
from fullservice_plugin.core.access.wlan.phy import rate_at
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.settings import Settings

NO_LINK = 1e3
"""Airtime of a link below the lowest rate: never chosen where another exists."""
_NODES = 100
"""Demand is gathered in about this many nodes."""
_GOLDEN = (math.sqrt(5) - 1) / 2


def nodes_of(total: int) -> NDArray[np.int64]:
    """Return about ``_NODES`` of ``total`` points of a grid, spread evenly over it.

    Taken at equal steps they would fall into a few columns of the grid where the step divides its width; steps of the
    golden ratio fall everywhere.
    """
    if total <= _NODES:
        return np.arange(total)
    return np.unique((np.arange(_NODES) * _GOLDEN % 1.0 * total).astype(np.int64))


@dataclass(frozen=True)
class Load:
    """Demand of a floor (Mb/s, spread evenly) and the signal (points × candidates, median dBm) that serves it."""

    rssi: Array
    demand_mbps: float
    settings: Settings
    margin_db: float

    def times(self) -> Array:
        """Return the airtime (nodes × candidates) that each demand node takes at each candidate."""
        rssi = self.rssi[nodes_of(len(self.rssi))] - self.margin_db
        rate = rate_at(rssi, self.settings.width, self.settings.streams)
        times = airtime_of(self.demand_mbps / len(rssi), rate, self.settings.mac_efficiency)
        return np.asarray(np.minimum(times, NO_LINK))


def busiest(times: Array, limit: float) -> tuple[float, Array]:
    """Return the airtime of the busiest access point and the load of each.

    Users take their fastest access point; where that overloads one, they are spread as well as their
    signals allow (a linear program: a point's users may split).
    """
    nodes, aps = times.shape
    best = np.argmin(times, axis=1)
    load = np.bincount(best, weights=times[np.arange(nodes), best], minlength=aps).astype(float)
    if float(load.max()) <= limit or aps == 1:
        return float(load.max()), load
    every = np.arange(nodes * aps)
    assign = sparse.csr_matrix((np.ones(nodes * aps), (every // aps, every)), shape=(nodes, nodes * aps + 1))
    capacity = sparse.csr_matrix(
        (np.append(times.ravel(), -np.ones(aps)),
         (np.append(every % aps, np.arange(aps)), np.append(every, np.full(aps, nodes * aps)))),
        shape=(aps, nodes * aps + 1))
    costs = np.append(np.zeros(nodes * aps), 1.0)
    found = linprog(costs, A_ub=capacity, b_ub=np.zeros(aps), A_eq=assign, b_eq=np.ones(nodes),
                    bounds=(0, None), method="highs")
    if found.status != 0 or found.fun > load.max():
        return float(load.max()), load
    spread = (found.x[:-1].reshape(nodes, aps) * times).sum(axis=0)
    return float(found.fun), np.asarray(spread)


def enough_for_users(load: Load, chosen: list[int], limit: float) -> tuple[list[int], float, int]:
    """Add access points until none is busier than ``limit``.

    Returns the columns, the airtime of the busiest, and a proven least number: all demand at everybody's
    best rate, divided by ``limit``.
    """
    times = load.times()
    candidates = times.shape[1]
    total = float(times.min(axis=1).sum())
    bound = max(1, math.ceil(total / limit - 1e-9)) if total < NO_LINK else 1
    chosen = list(chosen)
    top, loads = busiest(times[:, chosen], limit)
    while top > limit and len(chosen) < candidates:
        nearest = times[:, chosen].min(axis=1)
        # the busier the access point a node is near to, the more a new one there helps
        weight = 1.0 + np.maximum(0.0, loads - limit)[np.argmin(times[:, chosen], axis=1)] / limit
        gain = (weight[:, None] * np.maximum(0.0, nearest[:, None] - times)).sum(axis=0)
        # where rates cannot rise any more, share the users of the busiest: the candidate fastest for them
        crowd = np.argmin(times[:, chosen], axis=1) == int(np.argmax(loads))
        gain = gain - 1e-6 * times[crowd].sum(axis=0)
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
        top, loads = busiest(times[:, chosen], limit)
    return sorted(chosen), top, bound
