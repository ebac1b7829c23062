# SPDX-License-Identifier: GPL-2.0-or-later
"""The designer's hand: drawn, locked and forbidden ways, given sites, moved homes."""
from __future__ import annotations

import random
from typing import Any, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.wired.design import build_graph, design_wired
from fullservice_plugin.core.access.wired.hand import DrawnRoute, Hand
from fullservice_plugin.core.access.wired.records import WiredDesign, WiredOptions
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

Town = Callable[..., tuple[FeatureTable, FeatureTable, FeatureTable]]
CATALOGUE = load_catalogue()
NOTHING = Hand()

Findings = Callable[..., list[Any]]


def make(case: tuple[FeatureTable, ...], hand: Hand = NOTHING) -> WiredDesign:
    return design_wired(*case, CATALOGUE, WiredOptions(seconds=1.0), hand=hand)


def wrong(case: tuple[FeatureTable, ...], made: WiredDesign, findings: Findings) -> list[Any]:
    """What the verifier finds, but for ways drawn to nowhere: they stay, as was wished."""
    return [one for one in findings(case[0], made) if one.rule != "route.idle"]


def covered(made: WiredDesign, line: LineString) -> float:
    """Metres of the line that routes of the design follow."""
    ways = {route.geometry.wkb: route.geometry for route in made.routes}
    return sum(way.intersection(line.buffer(0.2)).length for way in ways.values())


def test_no_hand_changes_nothing(town: Town) -> None:
    assert make(town()) == make(town(), Hand())


def test_a_drawn_way_is_built_and_priced_as_drawn(town: Town, findings: Findings) -> None:
    line = LineString([(0, 100), (100, 200)])
    made = make(town(), Hand(drawn=(DrawnRoute(line, "aerial"),)))
    assert covered(made, line) == pytest.approx(line.length, rel=0.02)
    air = next(entry for entry in made.bom if entry.item.startswith("Aerial"))
    assert air.quantity == pytest.approx(line.length, rel=0.02) and air.unit_price == pytest.approx(32.0)
    assert wrong(town(), made, findings) == []


def test_a_way_drawn_to_where_nothing_is_needed_stays(town: Town, findings: Findings) -> None:
    line = LineString([(300, 300), (300, 360)])
    made = make(town(), Hand(drawn=(DrawnRoute(line),)))
    assert covered(made, line) == pytest.approx(60.0, rel=0.02)
    assert made.problems == [] and wrong(town(), made, findings) == []


def test_a_locked_way_stays_and_its_price_is_known(town: Town, findings: Findings) -> None:
    free = make(town())
    unused = LineString([(100, 200), (100, 300)])
    assert covered(free, unused) < 50
    made = make(town(), Hand(locked=(unused,)))
    assert covered(made, unused) == pytest.approx(100.0, rel=0.02)
    assert made.wired_cost > free.wired_cost
    assert free.wired_lower_bound <= made.wired_lower_bound <= made.wired_cost
    assert wrong(town(), made, findings) == []


def test_locking_what_is_there_costs_nothing(town: Town) -> None:
    free = make(town())
    made = make(town(), Hand(locked=tuple(route.geometry for route in free.routes)))
    assert made.wired_cost == pytest.approx(free.wired_cost, rel=1e-6)


def test_a_locked_ring_is_opened_and_told(town: Town, findings: Findings) -> None:
    ring = LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
    made = make(town(), Hand(locked=(ring,)))
    assert len(made.problems) == 1 and "ring" in made.problems[0].reason
    assert wrong(town(), made, findings) == [] and made.wired_lower_bound <= made.wired_cost


def test_no_way_follows_a_forbidden_line(town: Town, findings: Findings) -> None:
    free = make(town())
    busiest = max(free.routes, key=lambda route: route.length_m).geometry
    made = make(town(), Hand(forbidden=(busiest,)))
    assert covered(made, busiest) < 3.0  # what crosses it
    assert len(made.served) + len(made.unserved) == len(free.served)
    assert wrong(town(), made, findings) == [] or made.unserved


def test_a_preferred_street_is_taken_at_its_true_price(town: Town, findings: Findings) -> None:
    case = town()
    street = LineString([(0, 300), (300, 300)])
    made = make(case, Hand(preferred=(street,)))
    assert covered(made, street) >= covered(make(case), street)
    assert wrong(case, made, findings) == []


def test_a_given_cabinet_stands_there_and_serves_the_nearest(town: Town, findings: Findings) -> None:
    place = Point(200, 100)
    made = make(town(), Hand(cabinets=(place,)))
    there = [node for node in made.nodes if node.kind == "fdt" and node.geometry.distance(place) < 1.0]
    assert len(there) == 1 and there[0].used > 0
    assert wrong(town(), made, findings) == []


def test_a_given_box_serves_the_homes_around_it(town: Town, findings: Findings) -> None:
    place = Point(150, 100)
    made = make(town(), Hand(boxes=(place,)))
    there = [node for node in made.nodes if node.kind == "fat" and node.geometry.distance(place) < 1.0]
    assert len(there) == 1 and there[0].used > 0
    assert wrong(town(), made, findings) == []


def test_a_home_is_moved_to_another_box(town: Town, findings: Findings) -> None:
    free = make(town())
    boxes = {node.node_id: node for node in free.nodes if node.kind == "fat"}
    small = [drop for drop in free.drops if drop.fibres <= 2]
    drop = small[0]
    other = next(box for key, box in sorted(boxes.items()) if key != drop.node_id
                 and 5 < box.geometry.distance(boxes[drop.node_id].geometry) < 120)
    made = make(town(), Hand(homes={drop.building_id: other.geometry}))
    now = next(d for d in made.drops if d.building_id == drop.building_id)
    box = next(node for node in made.nodes if node.node_id == now.node_id)
    assert box.geometry.distance(other.geometry) < 1.0
    assert wrong(town(), made, findings) == []


def test_what_cannot_be_done_is_told(town: Town, findings: Findings) -> None:
    tower = "b27"
    made = make(town(), Hand(cabinets=(Point(5000, 5000),), homes={tower: Point(0, 0), "gone": Point(0, 0)}))
    told = " ".join(problem.reason for problem in made.problems)
    assert "lies more than" in told and "not in this design" in told and "boxes of its own" in told
    assert wrong(town(), made, findings) == []
    with pytest.raises(InputError, match="no line"):
        make(town(), Hand(drawn=(DrawnRoute(LineString()),)))


def test_a_graph_made_before_is_not_changed_by_the_hand(town: Town) -> None:
    buildings, streets, supply = town()
    graph = build_graph(buildings, streets, supply, CATALOGUE)
    edges = graph.m
    options = WiredOptions(seconds=1.0)
    before = design_wired(buildings, streets, supply, CATALOGUE, options, graph=graph)
    street = LineString([(0, 0), (100, 0)])
    design_wired(buildings, streets, supply, CATALOGUE, options, graph=graph, hand=Hand(forbidden=(street,)))
    assert graph.m == edges
    assert design_wired(buildings, streets, supply, CATALOGUE, options, graph=graph) == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 100_000))
def test_any_hand_leaves_a_design_that_keeps_every_rule(town: Town, seed: int, findings: Findings) -> None:
    dice = random.Random(seed)

    def spot() -> Point:
        return Point(dice.uniform(-20, 320), dice.uniform(-20, 320))

    def way() -> LineString:
        k, along = 100 * dice.randint(0, 3), sorted((dice.uniform(0, 300), dice.uniform(0, 300)))
        across = [(along[0], k), (along[1] + 1, k)]
        return LineString(across if dice.random() < 0.5 else [(y, x) for x, y in across])

    def some(most: int, thing: Callable[[], Any]) -> tuple[Any, ...]:
        return tuple(thing() for _ in range(dice.randint(0, most)))

    line = LineString([spot(), spot()])
    hand = Hand(
        drawn=(DrawnRoute(line, dice.choice(("trench", "aerial", "duct"))),), locked=some(2, way),
        forbidden=some(1, way), preferred=some(1, way), cabinets=some(2, spot), boxes=some(2, spot),
        homes={f"b{dice.randint(0, 28)}": spot() for _ in range(dice.randint(0, 2))})
    case = town()
    made = make(case, hand)
    broken = [one for one in wrong(case, made, findings) if one.rule != "building.unserved"]
    assert broken == []
    assert made.wired_lower_bound <= made.wired_cost
