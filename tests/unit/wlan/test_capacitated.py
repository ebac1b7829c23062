# SPDX-License-Identifier: GPL-2.0-or-later
"""Capacitated covering: the least number of access points against trying every set of candidates."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fullservice_plugin.core.access.wlan.capacitated import fewer, relaxed
from fullservice_plugin.core.access.wlan.capacity import busiest
from fullservice_plugin.core.access.wlan.covering import Cover


def case(seed: int):
    """Twenty points, nine candidates; near candidates cover and take little airtime."""
    random = np.random.default_rng(seed)
    points, candidates = random.random((20, 2)), random.random((9, 2))
    far = np.hypot(*(points[:, None] - candidates[None]).transpose(2, 0, 1))
    primary = far < 0.55
    points, far, primary = points[primary.any(axis=1)], far[primary.any(axis=1)], primary[primary.any(axis=1)]
    times = np.where(far < 0.3, 0.05, np.where(far < 0.6, 0.1, 0.2)) * random.uniform(0.6, 1.6)
    return Cover(primary, primary.astype(float), 0, len(points)), times


def least(cover: Cover, times, limit: float) -> int:
    """Size of the smallest set that covers and carries all."""
    count = times.shape[1]
    for size in range(1, count + 1):
        for chosen in itertools.combinations(range(count), size):
            columns = list(chosen)
            if cover.primary[:, columns].any(axis=1).all() and busiest(times[:, columns], limit)[0] <= limit + 1e-9:
                return size
    return count + 1


@pytest.mark.parametrize("seed", range(12))
def test_number_and_proof_against_every_set(seed: int) -> None:
    cover, times = case(seed)
    limit = 0.6
    best = least(cover, times, limit)
    everything = list(range(times.shape[1]))
    if best > len(everything):
        pytest.skip("even all candidates cannot carry this demand")
    found, bound = fewer(cover, times, limit, everything, 1, 20.0)
    assert len(found) == bound == best
    assert cover.primary[:, found].any(axis=1).all() and busiest(times[:, found], limit)[0] <= limit + 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_the_relaxation_never_promises_too_many_and_beats_plain_demand(seed: int) -> None:
    cover, times = case(seed)
    free = Cover(np.ones_like(cover.primary), np.ones_like(cover.second), 0, len(times))
    for limit in (0.25, 0.6):
        best = least(free, times, limit)
        if best > times.shape[1]:
            continue
        bound = relaxed(times, limit, 10.0)
        assert np.ceil(times.min(axis=1).sum() / limit - 1e-9) <= bound <= best
