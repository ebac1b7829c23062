# SPDX-License-Identifier: GPL-2.0-or-later
"""Capacitated covering: as few access points as cover the floor and have airtime for all its users, by HiGHS.

A point's users may split over the access points they hear. Asked is for a given number: can so few do it?
"""

from __future__ import annotations

from typing import Optional

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from fullservice_plugin.core.access.wlan.capacity import busiest
from fullservice_plugin.core.access.wlan.covering import Cover
from fullservice_plugin.core.access.wlan.setcover import Array

_SITES = 60
"""Candidates among which a smaller number is sought where all of them would be too many."""
_WHOLE = 25_000
"""Up to so many pairs of demand node and candidate all candidates are asked, so that a "no" is a proof."""
_INFEASIBLE = 2


def fewer(
    cover: Cover, times: Array, limit: float, chosen: list[int], least: int, seconds: float
) -> tuple[list[int], int]:
    """Return a choice no larger than ``chosen``, smaller where one is found, and the proven least number.

    ``times``: airtime (demand nodes × candidates); ``limit``: of one access point; ``least``: proven before. Numbers
    are tried upwards.
    """
    columns = _sites(times, chosen)  # the forced are among the chosen
    whole = len(columns) == times.shape[1]
    for count in range(least, len(chosen)):
        found, none = _with(cover, times, limit, columns, count, seconds / max(1, len(chosen) - least))
        if found is not None and busiest(times[:, found], limit)[0] <= limit + 1e-9:
            return found, least
        if none and whole and count == least:
            least = count + 1
    return chosen, least


def _sites(times: Array, chosen: list[int]) -> list[int]:
    """Return all candidates where they are few, else the chosen and others spread evenly."""
    if times.size <= _WHOLE:
        return list(range(times.shape[1]))
    spread = np.linspace(0, times.shape[1] - 1, min(_SITES, times.shape[1])).round().astype(int)
    return sorted({*chosen, *spread.tolist()})


def _with(
    cover: Cover, times: Array, limit: float, columns: list[int], count: int, seconds: float
) -> tuple[Optional[list[int]], bool]:
    """Return candidates, at most ``count`` of them, that meet coverage and airtime, and whether there are none."""
    rows, points = cover.rows(columns)
    nodes, sites = len(times), len(columns)
    share = nodes * sites
    total = sites + 2 * points + share
    constraints = [
        LinearConstraint(sparse.hstack([matrix, sparse.csr_matrix((points, share))]).tocsr(), least, np.inf)
        for matrix, least in rows]
    budget = np.zeros((3, sites + 2 * points))
    budget[0, :sites] = 1.0
    budget[1, sites:sites + points] = 1.0
    budget[2, sites + points:] = 1.0
    constraints.append(LinearConstraint(
        sparse.hstack([sparse.csr_matrix(budget), sparse.csr_matrix((3, share))]).tocsr(),
        -np.inf, [count, cover.spare, cover.second_spare]))
    every, first = np.arange(share), sites + 2 * points
    constraints.append(LinearConstraint(
        sparse.csr_matrix((np.ones(share), (every // sites, first + every)), shape=(nodes, total)), 1, 1))
    constraints.append(LinearConstraint(sparse.csr_matrix(
        (np.concatenate((times[:, columns].ravel(), np.full(sites, -limit))),
         (np.concatenate((every % sites, np.arange(sites))), np.concatenate((first + every, np.arange(sites))))),
        shape=(sites, total)), -np.inf, 0))
    costs = np.zeros(total)
    costs[:sites] = 1.0
    integer = np.zeros(total)
    integer[:sites] = 1.0
    integer[sites:sites + points] = 1.0 if cover.spare else 0.0
    fewest, most = np.zeros(total), np.ones(total)
    fewest[[columns.index(column) for column in cover.forced]] = 1.0
    most[sites:sites + points] = 1.0 if cover.spare else 0.0
    result = milp(costs, constraints=constraints, integrality=integer, bounds=Bounds(fewest, most),
                  options={"time_limit": max(0.1, seconds), "mip_rel_gap": 1.0})  # the first that fits will do
    if result.x is None:
        return None, result.status == _INFEASIBLE
    return [columns[int(c)] for c in np.flatnonzero(result.x[:sites] > 0.5)], False
