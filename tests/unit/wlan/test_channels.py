# SPDX-License-Identifier: GPL-2.0-or-later
"""Channel assignment and the regional tables."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from fullservice_plugin.core.access.wlan.channels import assign_channels, cost_of, dsatur
from fullservice_plugin.core.access.wlan.regulation import channels, eirp_limit, region_table
from fullservice_plugin.core.errors import ParameterError


def interference(n: int, seed: int, reach: float = 25.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    points = random.random((n, 2)) * (80, 40)
    d = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    weights = np.maximum(0.0, 1 - d / reach)
    np.fill_diagonal(weights, 0)
    return weights


@pytest.mark.parametrize("seed", range(4))
def test_small_is_optimal(seed: int) -> None:
    weights = interference(7, seed, 60)
    best = min(cost_of(weights, np.array(c)) for c in itertools.product(range(3), repeat=7))
    assert cost_of(weights, assign_channels(weights, 3)) == pytest.approx(best)


def test_much_better_than_dsatur_and_quick() -> None:
    ratios = []
    for seed in range(4):
        weights = interference(48, seed, 20)
        ratios.append(cost_of(weights, assign_channels(weights, 6)) / cost_of(weights, dsatur(weights, 6)))
    assert max(ratios) <= 1 and np.mean(ratios) <= 0.9
    start = time.perf_counter()
    big = interference(100, 6, 40)
    assert cost_of(big, assign_channels(big, 6)) <= cost_of(big, dsatur(big, 6))
    assert time.perf_counter() - start < 2.0


def test_degenerate() -> None:
    assert len(assign_channels(np.zeros((0, 0)), 3)) == 0
    assert assign_channels(np.zeros((3, 3)), 1).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("region", "counts"), [("cn", (13, 6, 3)), ("etsi", (19, 9, 4)), ("fcc", (25, 12, 6))])
def test_channel_counts_and_legal_power(region: str, counts) -> None:
    assert tuple(len(channels(region, width)) for width in (20, 40, 80)) == counts
    for width in (20, 40, 80):
        for channel in channels(region, width):
            assert 14 <= eirp_limit(region, channel, width) <= 36
    assert region_table(region)["name"]["zh"]


def test_forbidden() -> None:
    assert eirp_limit("cn", 36) == pytest.approx(23, abs=0.02)
    assert eirp_limit("cn", 52) == 20 and eirp_limit("cn", 149) == pytest.approx(32, abs=0.1)
    for region, channel in (("cn", 100), ("etsi", 149), ("cn", 34)):
        with pytest.raises(ParameterError):
            eirp_limit(region, channel)
    with pytest.raises(ParameterError):
        eirp_limit("cn", 36, indoor=False)
    with pytest.raises(ParameterError):
        channels("mars")
