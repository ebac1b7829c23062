# SPDX-License-Identifier: GPL-2.0-or-later
"""Set covering against brute force, and on an OR-Library file."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from fullservice_plugin.core.access.wlan.covering import Cover, choose
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


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_needless_candidates_change_no_number(seed: int) -> None:
    """Against every subset: the least number with a second signal, points that may be missed and forced columns."""
    dice = np.random.default_rng(seed)
    primary = dice.random((9, 7)) < 0.35
    second = (primary | (dice.random((9, 7)) < 0.3)) + (dice.random((9, 7)) < 0.2).astype(float)
    forced = tuple(sorted(dice.choice(7, int(dice.integers(0, 3)), replace=False).tolist()))
    cover = Cover(primary, second, int(dice.integers(0, 3)), int(dice.integers(2, 8)), forced)
    possible = [
        subset for size in range(1, 8) for subset in itertools.combinations(range(7), size)
        if set(forced) <= set(subset)
        and int((~primary[:, subset].any(axis=1)).sum()) <= cover.spare
        and int((second[:, subset].sum(axis=1) < 2).sum()) <= cover.second_spare]
    chosen, least = choose(cover, 5.0)
    if possible:
        assert tuple(chosen) in possible and least <= len(possible[0])
        if not cover.spare:
            assert len(chosen) == least == len(possible[0])
