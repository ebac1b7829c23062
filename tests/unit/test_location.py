# SPDX-License-Identifier: GPL-2.0-or-later
"""Sites by optimisation: against every plan there is, against a checker of its own, and refused where nothing fits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullservice_plugin.core.access.location import solve_location
from fullservice_plugin.core.errors import SolverError


def price(fixed, cost, site) -> float:
    return sum(fixed[i] for i in set(site)) + sum(cost[k][i] for k, i in enumerate(site))


def best_of_all(capacity, fixed, demand, cost) -> float:
    found = float("inf")
    for site in itertools.product(range(len(fixed)), repeat=len(demand)):
        load = [0.0] * len(fixed)
        for k, i in enumerate(site):
            load[i] += demand[k]
        if all(a <= b for a, b in zip(load, capacity)):
            found = min(found, price(fixed, cost, site))
    return found


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_small_cases_are_solved_to_the_optimum(data):
    sites, customers = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    whole = data.draw(st.booleans())
    number = st.integers(1, 20) if whole else st.floats(0.5, 20.0)
    demand = data.draw(st.lists(number, min_size=customers, max_size=customers))
    capacity = data.draw(st.lists(st.integers(5, 60), min_size=sites, max_size=sites))
    fixed = data.draw(st.lists(st.integers(0, 50), min_size=sites, max_size=sites))
    price_of = st.one_of(st.integers(0, 40), st.just(float("inf")))
    cost = [data.draw(st.lists(price_of, min_size=sites, max_size=sites)) for _ in range(customers)]
    best = best_of_all(capacity, fixed, demand, cost)
    if best == float("inf"):
        with pytest.raises(SolverError):
            solve_location(capacity, fixed, demand, cost, 2.0)
        return
    found = solve_location(capacity, fixed, demand, cost, 2.0)
    load = np.bincount(found.site, weights=demand, minlength=sites)
    assert (load <= np.array(capacity) + 1e-9).all()
    assert found.cost == pytest.approx(price(fixed, cost, found.site.tolist())) == pytest.approx(best)
    assert found.lower_bound <= best + 1e-6


def test_a_larger_case_keeps_its_promises_and_repeats_itself():
    dice = np.random.default_rng(5)
    where, houses = dice.uniform(0, 1000, (25, 2)), dice.uniform(0, 1000, (150, 2))
    cost = np.hypot(*(houses[:, None, :] - where[None, :, :]).transpose(2, 0, 1))
    demand = dice.integers(2, 12, 150).astype(float)
    case = np.full(25, 120.0), np.full(25, 900.0), demand, cost
    found = solve_location(*case, 6.0)
    assert (np.bincount(found.site, weights=demand, minlength=25) <= 120).all()
    assert found.lower_bound <= found.cost <= 1.02 * found.lower_bound
    nearest = cost.min(axis=1).sum() + 25 * 900.0
    assert found.cost < 0.95 * nearest


def test_nothing_to_serve_and_nothing_that_fits():
    assert solve_location([10], [5], [], np.zeros((0, 1))).cost == 0.0
    with pytest.raises(SolverError, match="cannot take everything"):
        solve_location([10, 10], [1, 1], [11], [[1.0, 1.0]], 1.0)
    with pytest.raises(SolverError):
        solve_location([10, 10], [1, 1], [8, 8, 8], np.ones((3, 2)), 1.0)
