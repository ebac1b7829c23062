# SPDX-License-Identifier: GPL-2.0-or-later
"""Set covering against brute force, and on an OR-Library file."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from fullservice_plugin.core.access.wlan.setcover import greedy, solve_cover


@pytest.mark.parametrize("seed", range(12))
def test_optimal_against_brute_force(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, columns = int(random.integers(3, 9)), int(random.integers(4, 10))
    dense = (random.random((rows, columns)) < 0.4).astype(float)
    costs = random.integers(1, 9, columns).astype(float) if seed % 2 else random.random(columns) + 0.1
    coverable = dense.sum(axis=1) > 0
    best = min(
        sum(costs[list(pick)])
        for size in range(columns + 1) for pick in itertools.combinations(range(columns), size)
        if np.all(dense[coverable][:, list(pick)].sum(axis=1) > 0)
    )
    result = solve_cover(sparse.csc_matrix(dense), costs)
    assert result.cost == pytest.approx(best)
    assert result.lower_bound <= result.cost + 1e-9
    assert result.lower_bound == pytest.approx(best, rel=1e-4)
    assert result.cost <= costs[greedy(sparse.csc_matrix(dense), costs)].sum() + 1e-9


def test_nothing_to_cover() -> None:
    assert solve_cover(sparse.csc_matrix((0, 3)), np.ones(3)).columns == []
    assert solve_cover(sparse.csc_matrix((2, 3)), np.ones(3)).cost == 0


def test_library_instance(shared_data: Path, root: Path) -> None:
    path = shared_data / "wlan" / "orlib_scp" / "scp41.txt"
    if not path.exists():
        pytest.skip("OR-Library files are not here")
    spec = importlib.util.spec_from_file_location("setcover_bench", root / "benchmarks" / "setcover.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    matrix, costs = module.read(path)
    result = solve_cover(matrix, costs, 10)
    assert (result.cost, result.lower_bound) == (429, 429)
