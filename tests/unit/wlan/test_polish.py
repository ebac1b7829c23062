# SPDX-License-Identifier: GPL-2.0-or-later
"""Layouts on the fine grid: targets met wherever candidates allow it, never larger than what was given and met them."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fullservice_plugin.core.access.wlan.covering import Cover
from fullservice_plugin.core.access.wlan.polish import polish


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 100_000))
def test_met_where_possible_and_close_to_the_smallest(seed: int) -> None:
    dice = np.random.default_rng(seed)
    primary = dice.random((14, 8)) < 0.4
    second = (primary | (dice.random((14, 8)) < 0.4)).astype(float)
    forced = tuple(sorted(dice.choice(8, int(dice.integers(0, 3)), replace=False).tolist()))
    cover = Cover(primary, second, int(dice.integers(0, 4)), int(dice.integers(2, 9)), forced)
    start = sorted({*forced, *dice.choice(8, int(dice.integers(1, 8)), replace=False).tolist()})
    found = polish(cover, start, 1, 1.0)
    assert set(forced) <= set(found) and len(set(found)) == len(found)
    if cover.met_by(start):
        assert cover.met_by(found) and len(found) <= len(start)
    smallest = next((size for size in range(1, 9) for one in itertools.combinations(range(8), size)
                     if set(forced) <= set(one) and cover.met_by(one)), None)
    if cover.met_by(found):
        assert len(found) >= smallest


def test_a_dark_corner_moves_an_access_point_instead_of_adding_one() -> None:
    """Two candidates beside each other; only the second also reaches the corner."""
    primary = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    cover = Cover(primary, primary.astype(float), 0, 4)
    assert polish(cover, [0, 2], 1, 1.0) == [1, 2]
