# SPDX-License-Identifier: GPL-2.0-or-later
"""The dual ascent bound never exceeds the true optimum, symmetric or not, and is the same every time."""
from __future__ import annotations

import math

import numpy as np
import pytest

from fullservice_plugin.core.access.wired.dual_ascent import dual_ascent
from fullservice_plugin.core.errors import SolverError


def optimum(n: int, tails: np.ndarray, heads: np.ndarray, costs: np.ndarray, root: int, terminals: list[int]) -> float:
    """Cheapest arborescence by dynamic programming over terminal subsets (Dreyfus and Wagner 1971, directed)."""
    far = np.full((n, n), math.inf)
    np.fill_diagonal(far, 0)
    for a, b, c in zip(tails, heads, costs):
        far[a, b] = min(far[a, b], c)
    for k in range(n):
        far = np.minimum(far, far[:, k:k + 1] + far[k:k + 1, :])
    full = (1 << len(terminals)) - 1
    best = np.full((full + 1, n), math.inf)
    for i, t in enumerate(terminals):
        best[1 << i] = far[:, t]
    for mask in range(1, full + 1):
        part = (mask - 1) & mask
        while part:
            best[mask] = np.minimum(best[mask], best[part] + best[mask ^ part])
            part = (part - 1) & mask
        best[mask] = (far + best[mask][None, :]).min(axis=1)
    return float(best[full, root])


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("whole", [True, False])
def test_bound_is_valid_on_random_digraphs(seed: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    n, m = 9, 40
    tails, heads = rng.integers(0, n, m), rng.integers(0, n, m)
    costs = rng.integers(0, 20, m).astype(float) if whole else rng.random(m) * 3.7
    terminals = [1, 2, 3, 4]
    true = optimum(n, tails, heads, costs, 0, terminals)
    bound, reduced = dual_ascent(tails, heads, costs, n, 0, terminals)
    assert bound <= true + 1e-9 * (1 if math.isfinite(true) else 0)
    assert math.isinf(true) == math.isinf(bound)
    assert reduced.min() >= 0 and (reduced <= costs + 1e-9).all()
    if math.isfinite(true):
        assert bound >= 0.5 * true


def test_single_terminal_gives_the_shortest_path() -> None:
    bound, _ = dual_ascent([0, 1, 0], [1, 2, 2], [2.5, 1.25, 4.0], 3, 0, [2])
    assert bound == 3.75


def test_same_input_same_result_and_costs_checked() -> None:
    rng = np.random.default_rng(7)
    tails, heads, costs = rng.integers(0, 200, 900), rng.integers(0, 200, 900), rng.random(900)
    first = dual_ascent(tails, heads, costs, 200, 0, range(40))
    again = dual_ascent(tails, heads, costs, 200, 0, range(40))
    assert first[0] == again[0] and (first[1] == again[1]).all()
    with pytest.raises(SolverError):
        dual_ascent([0], [1], [-1.0], 2, 0, [1])
    assert dual_ascent([], [], [], 2, 0, [0])[0] == 0
    assert math.isinf(dual_ascent([], [], [], 2, 0, [1])[0])
