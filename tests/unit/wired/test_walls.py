# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways along walls, and lead-ins that cross nothing."""
from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import LineString, Point, box
from shapely.ops import unary_union

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.graph import LEAD_IN, WALL, StreetGraph, build_street_graph
from fullservice_plugin.core.access.wired.records import WiredDesign, WiredOptions
from fullservice_plugin.core.table import FeatureTable

TERRACE = [box(20 + 8 * k, 12, 28 + 8 * k, 22) for k in range(6)]
STREET = [LineString([(0, 0), (100, 0)])]

Findings = Callable[..., list[Any]]


def tables(houses: list[Any], streets: Optional[list[Any]] = None, **columns: Any) -> tuple[FeatureTable, ...]:
    lines = streets or STREET
    kinds = columns.pop("highway", ["residential"] * len(lines))
    data = {"households": [2] * len(houses), "storeys": [2] * len(houses), **columns}
    return (FeatureTable([f"b{i}" for i in range(len(houses))], houses, data, name="Buildings"),
            FeatureTable([f"s{i}" for i in range(len(lines))], lines, {"highway": kinds}, name="Streets"),
            FeatureTable(["olt"], [Point(0, 1)], {}, name="Supply"))


def graph_of(houses: list[Any], streets: Optional[list[Any]] = None, catalogue: Optional[Catalogue] = None,
             **columns: Any) -> StreetGraph:
    buildings, lines, supply = tables(houses, streets, **columns)
    return build_street_graph(lines, buildings, supply, catalogue or load_catalogue())


def without_walls(path: Path) -> Catalogue:
    file = path / "plain.json"
    file.write_text(json.dumps({"rules": {"wall_routes": {"value": 0}}}))
    return load_catalogue(file)


def wall_joins(graph: StreetGraph, a: int, b: int) -> bool:
    """Whether walls alone lead from one facade to the other."""
    walls = graph.street == WALL
    near: dict[int, list[int]] = {}
    for tail, head in zip(graph.tails[walls].tolist(), graph.heads[walls].tolist()):
        near.setdefault(tail, []).append(head)
        near.setdefault(head, []).append(tail)
    seen, todo = set(), [int(graph.building_node[a])]
    while todo:
        v = todo.pop()
        if v not in seen:
            seen.add(v)
            todo.extend(near.get(v, ()))
    return int(graph.building_node[b]) in seen


def design(case: tuple[FeatureTable, ...], catalogue: Catalogue) -> WiredDesign:
    buildings, lines, supply = case
    return design_wired(buildings, lines, supply, catalogue, WiredOptions(seconds=1.0))


def test_a_terrace_is_entered_once_and_followed_along_its_walls(tmp_path: Path, findings: Findings) -> None:
    case = tables(TERRACE)
    with_walls, plain = design(case, load_catalogue()), design(case, without_walls(tmp_path))
    leads = [r for r in with_walls.routes if r.construction == "trench" and r.geometry.bounds[3] > 11]
    walls = [r for r in with_walls.routes if r.construction == "wall"]
    assert len(leads) == 1
    assert sum(r.length_m for r in walls) >= 40.0 - 8.0  # from door to door of the first and the last house
    assert not [r for r in plain.routes if r.construction == "wall"]
    assert with_walls.wired_cost < 0.8 * plain.wired_cost
    assert len(with_walls.served) == len(plain.served) == 6
    assert findings(case[0], with_walls) == []


def test_no_way_leads_through_a_party_wall() -> None:
    graph = graph_of(TERRACE)
    outer = unary_union(TERRACE).boundary
    for e in np.flatnonzero(graph.street == WALL):
        middle = Point(*(graph.xy[graph.tails[e]] + graph.xy[graph.heads[e]]) / 2)
        assert middle.distance(outer) < 0.05


@pytest.mark.parametrize(("gap", "joined"), [(0.0, True), (1.5, True), (2.0, True), (2.5, False)])
def test_gaps_up_to_two_metres_are_bridged(gap: float, joined: bool) -> None:
    assert wall_joins(graph_of([box(20, 12, 28, 22), box(28 + gap, 13, 36 + gap, 23)]), 0, 1) is joined


def test_a_refused_house_breaks_the_way() -> None:
    states = ["open", "open", "refused", "open", "open", "open"]
    graph = graph_of(TERRACE, access_state=states)
    assert wall_joins(graph, 0, 1) and wall_joins(graph, 3, 5)
    assert not wall_joins(graph, 1, 3)
    assert 2 not in graph.wall[graph.street == WALL]


def test_walls_are_priced_by_the_catalogue_and_known_by_building() -> None:
    catalogue = load_catalogue()
    graph = graph_of(TERRACE)
    walls = graph.street == WALL
    price = catalogue.price("construction", "wall")
    assert graph.cost[walls] == pytest.approx(graph.length[walls] * price)
    assert {graph.constructions[k] for k in graph.construction[walls]} == {"wall"}
    assert set(graph.wall[walls].tolist()) <= set(range(6))


def test_a_lead_in_goes_round_the_house_in_front() -> None:
    front, rear = box(20, 6, 40, 16), box(22, 20, 30, 28)
    side = [*STREET, LineString([(45, 0), (45, 60)])]
    graph = graph_of([front, rear], side)
    lead = graph.xy[[int(graph.building_node[1]), int(graph.attach_node[1])]]
    assert LineString(lead).intersection(front).length < 0.5
    assert lead[1][0] == pytest.approx(45.0)
    assert graph.problems == []


def test_a_house_that_only_others_hide_is_told_or_reached_along_walls() -> None:
    ring = [box(0, 10, 60, 16), box(0, 16, 6, 60), box(54, 16, 60, 60), box(0, 60, 60, 66)]
    yard = [LineString([(-20, 0), (80, 0)])]
    alone = graph_of([*ring, box(25, 30, 35, 40)], yard)
    assert [p.values["building"] for p in alone.problems] == ["b4"]
    ring[2] = box(54, 17, 60, 59)  # the yard is open at a corner
    attached = graph_of([*ring, box(25, 16, 35, 40)], yard)
    assert attached.problems == []
    facade = int(attached.building_node[4])
    kinds = attached.street[(attached.tails == facade) | (attached.heads == facade)]
    assert LEAD_IN not in kinds.tolist() and WALL in kinds.tolist()


def test_a_lead_in_does_not_cross_a_railway() -> None:
    lines = [LineString([(0, 0), (100, 0)]), LineString([(0, 40), (100, 40)]), LineString([(0, 0), (0, 40)]),
             LineString([(-10, 5), (110, 5)])]
    house = [box(40, 10, 50, 20)]
    buildings, streets, supply = tables(house, lines, highway=["residential"] * 3 + [None])
    streets.columns["railway"] = [None, None, None, "rail"]
    graph = build_street_graph(streets, buildings, supply, load_catalogue())
    assert graph.xy[int(graph.attach_node[0])][1] == pytest.approx(40.0)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_designs_of_crooked_old_towns_keep_every_rule(seed: int, findings: Findings) -> None:
    """Rows that nearly touch, overlap by centimetres, are turned: still one tree by geometry alone."""
    dice = random.Random(seed)
    houses = []
    for row in range(3):
        x = 5.0
        while x < 90:
            wide, back = dice.uniform(4, 12), dice.uniform(8, 14)
            low = 40 * row + dice.uniform(3.0, 6.0)
            houses.append(rotate(box(x, low, x + wide, low + back), dice.uniform(-4, 4)))
            x += wide + dice.choice((-0.05, 0.0, 0.02, 0.3, 1.2, 5.0))
    lines = [LineString([(0, 40 * k), (100, 40 * k)]) for k in range(3)]
    lines.append(LineString([(0, 0), (0, 80)]))
    case = tables(houses, lines)
    made = design(case, load_catalogue())
    assert len(made.served) == len(houses)
    assert findings(case[0], made) == []
    assert made.wired_lower_bound <= made.wired_cost


def test_properties_whose_walls_carry_others_are_named() -> None:
    made = design(tables(TERRACE), load_catalogue())
    through = {c.building_id: c for c in made.crossings}
    assert set(through) == {"b0", "b1", "b2", "b3", "b4"}  # entered at b0, the nearest to the supply; b5 is the last
    assert all(c.served for c in made.crossings)
    assert sum(c.metres for c in made.crossings) <= sum(r.length_m for r in made.routes if r.construction == "wall")
    shut = design(tables(TERRACE, households=[2, 0, 2, 2, 2, 2], storeys=[2] * 6), load_catalogue())
    assert {c.building_id for c in shut.crossings if not c.served} == {"b1"}


def test_what_could_still_be_saved_is_the_distance_to_the_bounds() -> None:
    made = design(tables(TERRACE), load_catalogue())
    whole, trench = made.could_save()
    assert whole == pytest.approx(made.wired_cost - made.wired_lower_bound)
    assert 0.0 <= trench <= whole
