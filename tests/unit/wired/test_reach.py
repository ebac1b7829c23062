# SPDX-License-Identifier: GPL-2.0-or-later
"""Detours of the cheapest tree are cut short where the optical budget asks for it."""
from __future__ import annotations

from shapely.geometry import LineString, Point, box

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.graph import build_street_graph
from fullservice_plugin.core.access.wired.records import WiredOptions
from fullservice_plugin.core.table import FeatureTable


def horseshoe() -> tuple[FeatureTable, FeatureTable, FeatureTable]:
    """Houses along a long U, whose far end lies near the supply point across a street without houses."""
    lines = [LineString([(0, 0), (2000, 0), (2000, 300), (0, 300)]), LineString([(0, 0), (0, 300)])]
    houses = [box(x, -20, x + 10, -8) for x in range(20, 2000, 60)]
    houses += [box(x, 308, x + 10, 320) for x in range(20, 2000, 60)]
    homes = [2] * len(houses)
    return (FeatureTable([f"b{i}" for i in range(len(houses))], houses, {"households": homes}, name="Buildings"),
            FeatureTable(["u", "cut"], lines, {"cost_factor": [1, 40]}, name="Streets"),
            FeatureTable(["olt"], [Point(-5, 0)], {}, name="Supply"))


def margin(value: float) -> Catalogue:
    data = dict(load_catalogue().data)
    data["optics"] = {**data["optics"], "margin_db": {"value": value}}
    return Catalogue(data, "test")


def test_the_cheap_way_round_stays_while_it_is_short_enough() -> None:
    design = design_wired(*horseshoe(), margin(1.0), WiredOptions(0.6, 2.0))
    assert not design.unserved
    assert max(d.loss_db for d in design.drops) > 24.2 + 4.0 * 0.35


def test_far_buildings_are_reached_by_the_short_way_where_they_must() -> None:
    easy = design_wired(*horseshoe(), margin(1.0), WiredOptions(0.6, 2.0))
    tight = design_wired(*horseshoe(), margin(2.8), WiredOptions(0.6, 2.0))
    assert not tight.unserved
    assert tight.worst_loss_db <= 28.0 - 2.8 + 1e-6 < easy.worst_loss_db
    assert tight.trench_cost > easy.trench_cost >= tight.trench_lower_bound
    none = design_wired(*horseshoe(), margin(3.6), WiredOptions(0.6, 2.0))
    assert none.unserved and {r for _, r in none.unserved} == {
        "too far from the supply point for the optical budget"}


def test_the_graph_of_the_horseshoe_is_one_piece() -> None:
    buildings, streets, supply = horseshoe()
    graph = build_street_graph(streets, buildings, supply, load_catalogue())
    assert len(set(graph.component.tolist())) == 1
