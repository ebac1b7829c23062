# SPDX-License-Identifier: GPL-2.0-or-later
"""Cabinets after local search: cheaper by the whole bill, still sound for the verifier, the same every time."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.wired import design
from fullservice_plugin.core.access.wired.hand import Hand
from fullservice_plugin.core.access.wired.records import WiredOptions


def grown(town, seed, blocks=6):
    """A larger town with households and storeys drawn at random."""
    dice = random.Random(seed)
    buildings = town(blocks=blocks)[0]
    n = len(buildings)
    return town(blocks=blocks, households=[dice.choice((1, 2, 4, 9, 30, 90)) for _ in range(n)],
                storeys=[dice.choice((1, 2, 6)) for _ in range(n)])


def made(tables, **more):
    return design.design_wired(*tables, load_catalogue(), WiredOptions(0.6, 1.0), **more)


def without(monkeypatch):
    monkeypatch.setattr(design, "settle", lambda tree, xy, boxes, cabinets, *rest: cabinets)


@pytest.mark.parametrize("seed", range(3))
def test_the_whole_bill_falls_and_nothing_breaks(town, findings, monkeypatch, seed) -> None:
    tables = grown(town, seed)
    settled = made(tables)
    assert findings(tables[0], settled) == []
    assert made(tables).nodes == settled.nodes and made(tables).routes == settled.routes
    without(monkeypatch)
    plain = made(tables)
    assert settled.wired_cost < plain.wired_cost
    assert settled.served == plain.served and settled.wired_lower_bound == pytest.approx(plain.wired_lower_bound)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), x=st.floats(0, 300), y=st.floats(0, 300))
def test_a_cabinet_given_by_hand_stays(town, findings, seed, x, y) -> None:
    tables = grown(town, seed, blocks=3)
    alone = made(tables)
    held = made(tables, hand=Hand(cabinets=(Point(x, y),)))
    assert findings(tables[0], held) == []
    assert held.served == alone.served
    near = min(Point(x, y).distance(node.geometry) for node in held.nodes if node.kind == "fdt")
    told = [problem for problem in held.problems if "cabinet given by hand" in problem.text()]
    assert near <= 60 or told
