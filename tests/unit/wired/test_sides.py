# SPDX-License-Identifier: GPL-2.0-or-later
"""Both sides of wide streets: pavements, crossings, and no room for them."""
from __future__ import annotations

import json
import random
from typing import Any, Callable, Optional

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.graph import StreetGraph, build_street_graph
from fullservice_plugin.core.access.wired.records import WiredDesign, WiredOptions
from fullservice_plugin.core.table import FeatureTable

ROAD = [LineString([(0, 0), (100, 0), (200, 10)])]

Findings = Callable[..., list[Any]]


def tables(houses: list[Any], lines: list[Any], kinds: list[str]) -> tuple[FeatureTable, ...]:
    return (FeatureTable([f"b{i}" for i in range(len(houses))], houses,
                         {"households": [3] * len(houses), "storeys": [2] * len(houses)}),
            FeatureTable([f"s{i}" for i in range(len(lines))], lines, {"highway": kinds}, name="Streets"),
            FeatureTable(["olt"], [Point(0, 1)], {}))


def graph_of(houses: list[Any], kinds: list[str], lines: Optional[list[Any]] = None) -> StreetGraph:
    buildings, streets, supply = tables(houses, lines or ROAD, kinds)
    return build_street_graph(streets, buildings, supply, load_catalogue())


def design(case: tuple[FeatureTable, ...]) -> WiredDesign:
    return design_wired(*case, load_catalogue(), WiredOptions(seconds=1.0))


def test_a_wide_street_has_two_pavements_and_crossings() -> None:
    graph = graph_of([box(40, 25, 50, 35)], ["primary"], [LineString([(0, 0), (200, 0)])])
    street = graph.street == 0
    nodes = np.unique(np.concatenate([graph.tails[street], graph.heads[street]]))
    assert set(np.round(graph.xy[nodes, 1], 1)) >= {-7.0, 0.0, 7.0}
    along = street & (np.abs(graph.xy[graph.tails, 1]) > 6.9) & (np.abs(graph.xy[graph.heads, 1]) > 6.9)
    catalogue = load_catalogue()
    trench = catalogue.price("construction", "trench")
    assert graph.length[along].sum() == pytest.approx(400.0)
    assert graph.cost[along].sum() == pytest.approx(400.0 * trench)
    across = street & ~along
    crossing = trench * catalogue.number("surfaces", "primary", "factor") * catalogue.rule("crossing_factor")
    assert graph.cost[across] == pytest.approx(graph.length[across] * crossing)
    assert len(np.unique(graph.component)) == 1


def test_a_plain_street_and_a_narrow_one_stay_one_line() -> None:
    line = [LineString([(0, 0), (200, 0)])]
    close = [box(10, 3, 190, 12), box(10, -12, 90, -3)]
    for houses, kind in (([box(40, 25, 50, 35)], "residential"), (close, "primary")):
        graph = graph_of(houses, [kind], line)
        street = graph.street == 0
        nodes = np.unique(np.concatenate([graph.tails[street], graph.heads[street]]))
        inside = nodes[(graph.xy[nodes, 0] > 20) & (graph.xy[nodes, 0] < 80)]
        assert np.abs(graph.xy[inside, 1]).max() < 0.1


def test_lead_ins_start_at_the_pavement_on_their_side(findings: Findings) -> None:
    houses = [box(20 * k + 12, y, 20 * k + 22, y + 10) for k in range(8) for y in (14, -24)]
    case = tables(houses, [LineString([(0, 0), (200, 0)])], ["primary"])
    made = design(case)
    assert len(made.served) == 16 and findings(case[0], made) == []
    graph = build_street_graph(case[1], case[0], case[2], load_catalogue())
    facade, start = graph.xy[graph.building_node], graph.xy[graph.attach_node]
    assert np.abs(start[:, 1]) == pytest.approx(7.0)
    assert np.sign(start[:, 1]).tolist() == np.sign(facade[:, 1]).tolist()


def test_a_ducted_wide_street_keeps_its_duct() -> None:
    buildings, streets, supply = tables([box(40, 25, 50, 35)], ROAD, ["primary"])
    streets.columns["existing_duct"] = [True]
    graph = build_street_graph(streets, buildings, supply, load_catalogue())
    assert {graph.constructions[k] for k in graph.construction[graph.street == 0]} == {"duct"}


def test_widths_are_the_catalogue_s(tmp_path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"surfaces": {"primary": {"half_width_m": 0}, "residential": {"half_width_m": 4}}}))
    for kind, off in (("primary", 0.0), ("residential", 4.0)):
        buildings, streets, supply = tables([box(40, 25, 50, 35)], [LineString([(0, 0), (200, 0)])], [kind])
        graph = build_street_graph(streets, buildings, supply, load_catalogue(file))
        nodes = np.unique(np.concatenate([graph.tails[graph.street == 0], graph.heads[graph.street == 0]]))
        assert np.abs(graph.xy[nodes, 1]).max() == pytest.approx(off, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_crossroads_of_wide_and_narrow_streets_give_sound_designs(seed: int, findings: Findings) -> None:
    dice = random.Random(seed)
    kinds, lines, houses = [], [], []
    for k in range(4):
        bend = dice.uniform(-15, 15)
        lines.append(LineString([(0, 90 * k), (130, 90 * k + bend), (270, 90 * k)]))
        lines.append(LineString([(90 * k, 0), (90 * k + dice.uniform(-12, 12), 140), (90 * k, 270)]))
        kinds += [dice.choice(("primary", "secondary", "residential", "trunk")) for _ in range(2)]
    for i in range(3):
        for j in range(3):
            for _ in range(3):
                x, y = 90 * i + dice.uniform(12, 60), 90 * j + dice.uniform(12, 60)
                houses.append(box(x, y, x + dice.uniform(6, 18), y + dice.uniform(6, 18)))
    case = tables(houses, lines, kinds)
    made = design(case)
    assert len(made.served) == len(houses)
    assert [one for one in findings(case[0], made)] == []
    assert made.wired_lower_bound <= made.wired_cost
