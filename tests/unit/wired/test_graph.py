# SPDX-License-Identifier: GPL-2.0-or-later
"""The street graph survives streets as they are drawn in real data."""
from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import LineString, MultiLineString, Point, box

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.wired.graph import LEAD_IN, build_street_graph
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

HOUSE = box(30, 10, 40, 20)
CORNER = Point(0, 2)


def graph_of(lines, house=HOUSE, supply=CORNER, **columns):
    streets = FeatureTable([f"s{i}" for i in range(len(lines))], list(lines), columns, name="Streets")
    return build_street_graph(streets, FeatureTable(["b"], [house]), FeatureTable(["olt"], [supply]), load_catalogue())


def test_crossing_streets_join_and_bridges_do_not() -> None:
    lines = [LineString([(0, 0), (100, 0)]), LineString([(50, -50), (50, 50)])]
    assert len(np.unique(graph_of(lines).component)) == 1
    assert len(np.unique(graph_of(lines, bridge=[None, "yes"]).component)) == 2
    assert len(np.unique(graph_of(lines, layer=[None, "-1"]).component)) == 2
    assert len(np.unique(graph_of(lines, other_tags=[None, '"tunnel"=>"yes"']).component)) == 2
    assert len(np.unique(graph_of(lines, bridge=["no", "0"]).component)) == 1


def test_near_misses_are_joined_with_their_true_length() -> None:
    near = graph_of([LineString([(0, 0), (100, 0)]), LineString([(50, 0.6), (50, 50)])])
    assert len(np.unique(near.component)) == 1
    assert near.length[near.street != LEAD_IN].sum() == pytest.approx(150.0)
    assert len(np.unique(graph_of([LineString([(0, 0), (100, 0)]), LineString([(50, 3), (50, 50)])]).component)) == 2


def test_shared_vertices_join_and_doubles_do_no_harm() -> None:
    line = LineString([(0, 0), (50, 0), (50, 0), (100, 0)])
    found = graph_of([line, line, MultiLineString([[(100, 0), (100, 80)], [(0, 0), (0, 80)]])])
    assert len(np.unique(found.component)) == 1
    assert (found.length > 0).all()


def test_lead_in_is_the_shortest_way_from_the_facade() -> None:
    found = graph_of([LineString([(0, 0), (100, 0)])])
    lead = found.length[found.street == LEAD_IN]
    assert sorted(lead.tolist()) == pytest.approx([2.0, 10.0], abs=0.1)
    node, street = found.xy[found.building_node[0]], found.xy[found.attach_node[0]]
    assert HOUSE.touches(Point(node)) and street[1] == 0
    assert np.hypot(*(node - street)) == pytest.approx(10.0, abs=0.1)


def test_a_street_without_supply_is_passed_over_for_one_with() -> None:
    lines = [LineString([(0, 0), (100, 0)]), LineString([(30, 25), (60, 25)])]
    found = graph_of(lines)
    assert found.xy[found.attach_node[0]][1] == 0 and not found.reasons
    alone = graph_of(lines, house=box(40, 300, 50, 310))
    assert alone.building_node[0] == -1 and alone.reasons[0] == "no street within reach"


def test_forbidden_barriers_costs_and_ducts() -> None:
    lines = [LineString([(0, 0), (100, 0)]), LineString([(0, 0), (0, 50)])]
    price = load_catalogue().price("construction", "trench")
    assert graph_of(lines, forbidden=[0, 1]).length.sum() == pytest.approx(112.0, abs=0.1)
    assert graph_of(lines, highway=["residential", "motorway"]).length.sum() == pytest.approx(112.0, abs=0.1)
    assert graph_of(lines, highway=["residential", None]).length.sum() == pytest.approx(112.0, abs=0.1)
    plain, dear = graph_of(lines), graph_of(lines, cost_factor=[2, None])
    assert dear.cost.sum() - plain.cost.sum() == pytest.approx(100 * price)
    duct = graph_of(lines, existing_duct=[True, True], free_bores=[2, 0])
    kinds = [duct.constructions[k] for k, s in zip(duct.construction, duct.street) if s == 0]
    assert set(kinds) == {"duct"}
    assert "duct" not in {duct.constructions[k] for k, s in zip(duct.construction, duct.street) if s == 1}
    rent = graph_of(lines, existing_duct=[True, False], duct_owner=["tower", None], rent_per_m=[1000.0, None])
    assert "duct" not in {rent.constructions[k] for k in rent.construction}
    aerial = graph_of(lines, construction=["aerial", None])
    assert aerial.cost.sum() < plain.cost.sum()


@pytest.mark.parametrize("columns", [{"cost_factor": [-1, 1]}, {"cost_factor": ["wide", 1]}, {"forbidden": ["?", 0]},
                                     {"construction": ["tube", None]}])
def test_bad_street_values_are_named(columns) -> None:
    lines = [LineString([(0, 0), (100, 0)]), LineString([(0, 0), (0, 50)])]
    with pytest.raises(InputError) as caught:
        graph_of(lines, **columns)
    assert "s0" in str(caught.value) and next(iter(columns)) in str(caught.value)


def test_no_street_at_all_and_far_supply() -> None:
    with pytest.raises(InputError):
        graph_of([LineString([(0, 0), (100, 0)])], highway=["motorway"])
    far = graph_of([LineString([(0, 0), (100, 0)])], supply=Point(0, 5000))
    assert far.supply_node[0] == -1 and "olt" in far.problems[0].text()
    assert far.reasons[0] == "its streets are not connected with a supply point"


def test_numbering_does_not_depend_on_the_run() -> None:
    lines = [LineString([(0, k), (100, 100 - k)]) for k in range(0, 100, 7)]
    first, again = graph_of(lines), graph_of(lines)
    assert (first.xy == again.xy).all() and (first.tails == again.tails).all() and (first.cost == again.cost).all()


def test_streets_without_supply_are_told_with_what_would_join_them() -> None:
    lines = [LineString([(0, 0), (100, 0)]), LineString([(100, 7), (350, 7)])]
    houses = FeatureTable(["near", "far"], [box(30, 10, 40, 20), box(300, 12, 310, 20)])
    streets = FeatureTable(["main", "island"], lines, {}, name="Streets")
    graph = build_street_graph(streets, houses, FeatureTable(["olt"], [CORNER]), load_catalogue())
    assert [p.values for p in graph.problems] == [{"buildings": 1, "metres": 7.0, "one": "island", "two": "main"}]
    assert list(graph.reasons) == [1]


@pytest.mark.parametrize(
    ("columns", "construction"),
    [
        ({"existing_poles": [True]}, "aerial"),
        ({"existing_poles": [True], "pole_rent_per_m": [30.0]}, "trench"),
        ({"existing_poles": [True], "pole_owner": ["Grid"]}, "aerial"),
        ({"existing_poles": [True], "existing_duct": [True]}, "duct"),
        ({"existing_poles": [True], "existing_duct": [True], "rent_per_m": [5.0]}, "aerial"),
        ({"existing_poles": [False]}, "trench"),
    ],
)
def test_poles_are_rented_where_that_is_cheaper_than_digging(columns, construction) -> None:
    graph = graph_of([LineString([(0, 0), (100, 0)])], **columns)
    assert {graph.constructions[k] for k in graph.construction[graph.street == 0]} == {construction}
    catalogue = load_catalogue()
    if construction == "aerial":
        yearly = catalogue.rule("pole_rent_per_m") if "pole_owner" in columns else 0.0
        price = catalogue.price("construction", "aerial") + yearly * catalogue.rule("rent_years")
        assert graph.cost[graph.street == 0].sum() == pytest.approx(100.0 * price)
