# SPDX-License-Identifier: GPL-2.0-or-later
"""Phases: each keeps its budget, nothing is dug twice, together they are the design."""
from __future__ import annotations

import math
from typing import Any

import pytest

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.phases import SHARED, Phases, bills_by_cabinet, plan_phases
from fullservice_plugin.core.access.wired.records import WiredDesign, WiredOptions
from fullservice_plugin.core.errors import ParameterError


@pytest.fixture(scope="module")
def design() -> WiredDesign:
    from shapely.geometry import LineString, Point, box

    from fullservice_plugin.core.table import FeatureTable

    streets = [LineString([(0, 100 * k), (1000, 100 * k)]) for k in range(6)] + [LineString([(0, 0), (0, 500)])]
    ways = ["aerial" if k == 2 else "trench" for k in range(7)]
    houses = [box(40 * i + 12, 100 * j + 8, 40 * i + 24, 100 * j + 18) for i in range(24) for j in range(6)]
    buildings = FeatureTable([f"b{i}" for i in range(len(houses))], houses,
                             {"households": [4 + i % 30 for i in range(len(houses))], "storeys": [3] * len(houses)})
    return design_wired(buildings, FeatureTable([f"s{i}" for i in range(7)], streets, {"construction": ways}),
                        FeatureTable(["olt"], [Point(1, 1)]), load_catalogue(), WiredOptions(seconds=2.0))


def total(bom: list[Any]) -> dict[tuple[str, str], tuple[float, float]]:
    return {(line.component, line.item): (line.quantity, line.cost) for line in bom}


def summed(found: Phases) -> dict[tuple[str, str], tuple[float, float]]:
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for phase in found.phases:
        for key, (quantity, cost) in total(phase.bom).items():
            old = sums.get(key, (0.0, 0.0))
            sums[key] = (old[0] + quantity, old[1] + cost)
    return sums


@pytest.mark.parametrize("shares", [(0.3, 0.3), (0.25, 0.25, 0.25), (1.0,), (0.5,)])
def test_phases_keep_their_budgets_and_add_up(design: WiredDesign, shares: tuple[float, ...]) -> None:
    found = plan_phases(design, [share * design.wired_cost for share in shares])
    for phase in found.phases:
        assert phase.cost <= phase.budget + 0.01
        assert phase.cost == pytest.approx(math.fsum(line.cost for line in phase.bom))
    sums, whole = summed(found), total(design.bom)
    assert set(sums) == set(whole)
    for key, (quantity, cost) in whole.items():
        assert sums[key] == (pytest.approx(quantity), pytest.approx(cost))
    assert sum(phase.homes for phase in found.phases) == design.homes
    assert sorted(b for phase in found.phases for b in phase.buildings) == sorted(design.served)
    dug = {kind: sum(r.length_m for r in design.routes if r.trench_cost > 0 and (r.construction == "trench") is kind)
           for kind in (True, False)}
    assert sum(phase.trench_m for phase in found.phases) == pytest.approx(dug[True]) and dug[False] > 0
    assert set(found.routes) == {r.route_id for r in design.routes}
    assert set(found.nodes) == {n.node_id for n in design.nodes}


def test_each_phase_works_with_what_is_there_by_then(design: WiredDesign) -> None:
    """The routes up to a phase join every box of that phase with the supply point, by geometry alone."""
    found = plan_phases(design, [0.25 * design.wired_cost] * 3)
    assert len(found.phases) >= 3
    nodes = {n.node_id: n for n in design.nodes}
    for phase in range(1, len(found.phases) + 1):
        near: dict[tuple[float, float], list[tuple[float, float]]] = {}
        for route in design.routes:
            if found.routes[route.route_id] <= phase:
                corners = [(round(x, 3), round(y, 3)) for x, y in route.geometry.coords]
                for a, b in zip(corners, corners[1:]):
                    near.setdefault(a, []).append(b)
                    near.setdefault(b, []).append(a)
        root = next(n for n in design.nodes if n.kind == "olt").geometry
        reached, todo = set(), [(round(root.x, 3), round(root.y, 3))]
        while todo:
            here = todo.pop()
            if here not in reached:
                reached.add(here)
                todo.extend(near.get(here, ()))
        for key, when in found.nodes.items():
            if when <= phase:
                place = nodes[key].geometry
                assert (round(place.x, 3), round(place.y, 3)) in reached


def test_the_best_for_its_money_comes_first(design: WiredDesign) -> None:
    found = plan_phases(design, [0.3 * design.wired_cost, 0.3 * design.wired_cost])
    last = found.phases[-1]
    far = {key: 1000.0 if key in last.buildings else 0.0 for key in design.served}
    turned = plan_phases(design, [0.5 * design.wired_cost], far)
    assert sum(key in last.buildings for key in turned.phases[0].buildings) > len(last.buildings) * 0.5


def test_a_budget_too_small_builds_nothing_yet(design: WiredDesign) -> None:
    found = plan_phases(design, [1.0])
    assert found.phases[0].cost == 0.0 and found.phases[0].buildings == []
    assert found.phases[1].cost == pytest.approx(design.wired_cost)
    with pytest.raises(ParameterError, match="above zero"):
        plan_phases(design, [0.0])


def test_nothing_to_build(design: WiredDesign) -> None:
    assert plan_phases(WiredDesign(), [100.0]).phases == []


def test_bills_of_cabinets_and_shared_ways_are_the_bill(design: WiredDesign) -> None:
    bills = bills_by_cabinet(design)
    assert set(bills) == {n.node_id for n in design.nodes if n.kind == "fdt"} | {SHARED}
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for bill in bills.values():
        for key, (quantity, cost) in total(bill).items():
            old = sums.get(key, (0.0, 0.0))
            sums[key] = (old[0] + quantity, old[1] + cost)
    whole = total(design.bom)
    assert set(sums) == set(whole)
    for key, (quantity, cost) in whole.items():
        assert sums[key] == (pytest.approx(quantity), pytest.approx(cost))
    assert {line.component for line in bills[SHARED]} <= {"trench", "cable"}
    assert bills_by_cabinet(WiredDesign()) == {}
