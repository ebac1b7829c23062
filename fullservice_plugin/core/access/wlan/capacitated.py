# SPDX-License-Identifier: GPL-2.0-or-later
"""Capacitated covering: as few access points as cover the floor and have airtime for all its users, by HiGHS.

A point's users may split over the access points they hear. Asked is for a given number: can so few do it?
"""

from __future__ import annotations

import math
import time
from typing import Optional

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from fullservice_plugin.core.access.wlan.capacity import NO_LINK, busiest
from fullservice_plugin.core.access.wlan.covering import Cover
from fullservice_plugin.core.access.wlan.setcover import Array

_SITES = 60
"""Candidates among which a smaller number is sought where all of them would be too many."""
_WHOLE = 25_000
"""Up to so many pairs of demand node and candidate all candidates are asked, so that a "no" is a proof."""
_INFEASIBLE = 2
_WHOLE_LP, _LP_SHARE = 40_000, 0.8
"""Up to so many pairs the relaxation is solved, in so much of the time."""


def fewer(
    cover: Cover, times: Array, limit: float, chosen: list[int], least: int, seconds: float
) -> tuple[list[int], int]:
    """Return a choice no larger than ``chosen``, smaller where one is found, and the proven least number.

    ``times``: airtime (demand nodes × candidates); ``limit``: of one access point; ``least``: proven before. Numbers
    are tried upwards.
    """
    start = time.perf_counter()
    if len(chosen) - least > 1 and times.size <= _WHOLE_LP:
        least = max(least, min(len(chosen), relaxed(times, limit, _LP_SHARE * seconds)))
        seconds -= time.perf_counter() - start
    if len(chosen) <= least or seconds <= 0:
        return chosen, least
    columns = _sites(times, chosen)  # the forced are among the chosen
    whole = len(columns) == times.shape[1]
    for count in range(least, len(chosen)):
        found, none = _with(cover, times, limit, columns, count, seconds / max(1, len(chosen) - least))
        if found is not None and busiest(times[:, found], limit)[0] <= limit + 1e-9:
            return found, least
        if none and whole and count == least:
            least = count + 1
    return chosen, least


def relaxed(times: Array, limit: float, seconds: float) -> int:
    """Return a proven least number of access points: users and access points may be split, but nobody is served by
    more of one than is there (the strong linear relaxation of capacitated location). 0 where the time is too short.
    """
    nodes, sites = times.shape
    links = nodes * sites
    every = np.arange(links)
    owner, site = every // sites, every % sites
    one, total = np.ones(links), links + sites
    assign = sparse.csr_matrix((one, (owner, every)), shape=(nodes, total))
    capacity = sparse.csr_matrix(
        (np.append(times.ravel(), np.full(sites, -limit)),
         (np.append(site, np.arange(sites)), np.append(every, links + np.arange(sites)))), shape=(sites, total))
    there = sparse.csr_matrix((np.append(one, -one), (np.append(every, every), np.append(every, links + site))),
                              shape=(links, total))
    most = np.append((times.ravel() < NO_LINK).astype(float), np.ones(sites))
    found = linprog(
        np.append(np.zeros(links), np.ones(sites)), A_ub=sparse.vstack([capacity, there]).tocsr(),
        b_ub=np.zeros(sites + links), A_eq=assign, b_eq=np.ones(nodes),
        bounds=np.column_stack((np.zeros(total), most)), method="highs-ipm", options={"time_limit": max(0.1, seconds)})
    return math.ceil(found.fun - 1e-6) if found.status == 0 else 0


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
