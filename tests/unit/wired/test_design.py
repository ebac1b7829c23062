# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole design: capacities, lengths, losses, sums, bounds, and what happens to buildings that cannot be served."""
from __future__ import annotations

import json
import math
from collections import defaultdict

import pytest
from shapely.geometry import LineString, Point, Polygon, box

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.optics import load_optics
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.records import WiredOptions
from fullservice_plugin.core.access.wired.rules import cover_cost, cover_set, load_rules
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.table import FeatureTable

OPTIONS = WiredOptions(0.6, 5.0)


def make(tables, catalogue=None, options=OPTIONS):
    return design_wired(*tables, catalogue or load_catalogue(), options)


def changed(**sections) -> Catalogue:
    data = {name: dict(value) for name, value in load_catalogue().data.items() if isinstance(value, dict)}
    for name, entries in sections.items():
        for item, fields in entries.items():
            data[name][item] = {**data[name].get(item, {}), **fields}
    return Catalogue(data, "test")


def check(design, tables, catalogue=None) -> None:
    """Recompute from the rows alone what a design promises."""
    catalogue = catalogue or load_catalogue()
    reserve = catalogue.rule("reserve")
    assert math.fsum(line.cost for line in design.bom) == design.wired_cost
    assert all(line.quantity * line.unit_price == pytest.approx(line.cost) for line in design.bom)
    assert math.fsum(c.cost for c in design.components.values()) == pytest.approx(design.wired_cost)
    assert all(0 <= c.lower_bound <= c.cost for c in design.components.values())
    assert design.wired_lower_bound <= design.wired_cost
    assert 0 < design.trench_lower_bound <= design.trench_cost
    assert math.fsum(r.trench_cost for r in design.routes) == pytest.approx(design.trench_cost)
    nodes = {n.node_id: n for n in design.nodes}
    assert len(nodes) == len(design.nodes) and len({r.route_id for r in design.routes}) == len(design.routes)
    for node in design.nodes:
        assert node.used <= node.ports
        parent = nodes.get(node.parent_id)
        assert (parent.kind if parent else "") == {"olt": "", "fdt": "olt", "fat": "fdt"}[node.kind]
    users: dict[str, int] = defaultdict(int)
    shapes = dict(zip(tables[0].ids, tables[0].geometry))
    for drop in design.drops:
        fat = nodes[drop.node_id]
        users[drop.node_id] += drop.fibres
        assert fat.kind == "fat" and Point(drop.geometry.coords[0]).distance(fat.geometry) < 0.002
        assert Point(drop.geometry.coords[-1]).distance(shapes[drop.building_id]) < 0.002
        assert drop.length_m == pytest.approx(drop.geometry.length) and drop.length_m <= catalogue.rule("drop_max_m")
        assert drop.loss_db <= load_optics(catalogue).budget
    assert {d.building_id for d in design.drops} == set(design.served)
    for node in design.nodes:
        if node.kind == "fat":
            assert node.used == users[node.node_id]
            assert node.ports >= math.ceil(node.used * (1 + reserve) - 1e-9)
    check_routes(design)


def check_routes(design) -> None:
    """Feeder rows join every cabinet with an OLT, distribution rows every box with a cabinet."""
    for kind, goal in (("feeder", "fdt"), ("distribution", "fat")):
        near = defaultdict(set)
        for route in design.routes:
            assert route.length_m == pytest.approx(route.geometry.length)
            if route.kind == kind and route.cable:
                points = [(round(x, 3), round(y, 3)) for x, y in route.geometry.coords]
                for a, b in zip(points[:-1], points[1:]):
                    near[a].add(b)
                    near[b].add(a)
        start = [n.geometry for n in design.nodes if n.kind == ("olt" if kind == "feeder" else "fdt")]
        todo = [(round(p.x, 3), round(p.y, 3)) for p in start]
        seen = set(todo)
        while todo:
            for other in near[todo.pop()] - seen:
                seen.add(other)
                todo.append(other)
        for node in design.nodes:
            if node.kind == goal:
                assert (round(node.geometry.x, 3), round(node.geometry.y, 3)) in seen


def test_town_is_served_within_every_rule(town) -> None:
    tables = town()
    design = make(tables)
    check(design, tables)
    assert not design.unserved and design.homes == 27 * 2 + 60 + 300
    assert design.users == 27 * 2 + 36 + 180
    assert design.wired_cost / design.wired_lower_bound - 1 < 0.25
    assert design.trench_cost / design.trench_lower_bound - 1 < 0.05
    cabinets = [n for n in design.nodes if n.kind == "fdt"]
    assert len(cabinets) == 2  # 114 homes on the street and 300 in the tower that has its own


def test_same_input_same_design(town) -> None:
    first, again = make(town()), make(town())
    assert [r.geometry.wkb for r in first.routes] == [r.geometry.wkb for r in again.routes]
    assert (first.drops, first.bom, first.components) == (again.drops, again.bom, again.components)


def test_refused_spare_locked_and_empty_buildings(town) -> None:
    state = [None] * 29
    state[0], state[1] = "refused", "spare"
    lock = [None] * 29
    lock[2] = "wlan"
    homes = [2] * 27 + [60, 300]
    homes[3] = 0
    homes[4] = None
    tables = town(access_state=state, method_lock=lock, households=homes)
    design = make(tables)
    check(design, tables)
    assert {key for key, _ in design.left_out} == {"b0", "b1", "b2", "b3"}
    assert not {"b0", "b1", "b2", "b3"} & set(design.served) and not design.unserved
    assert design.unknown == ["b4"] and design.homes == 22 * 2 + 1 + 360
    without = make(town(access_state=["refused", "refused", *state[2:]], method_lock=lock, households=homes))
    assert sum(r.fibres for r in design.routes) > sum(r.fibres for r in without.routes)


def test_take_rates(town) -> None:
    few = make(town(), options=WiredOptions(0.1, 5.0))
    assert few.users < make(town()).users and few.wired_cost < make(town()).wired_cost
    own = make(town(take_rate=[1.0] * 29))
    assert own.users == own.homes
    with pytest.raises(ParameterError):
        make(town(), options=WiredOptions(1.5, 5.0))


@pytest.mark.parametrize(("field", "value"), [("households", -1), ("households", "many"), ("take_rate", 2),
                                              ("access_state", "maybe"), ("method_lock", "radio"), ("storeys", -3)])
def test_bad_building_values_are_named(town, field, value) -> None:
    values = [None] * 29
    values[5] = value
    with pytest.raises(InputError) as caught:
        make(town(**{field: values}))
    assert "b5" in str(caught.value) and field in str(caught.value)


def test_disconnected_buildings_and_far_supply_are_reported(town) -> None:
    buildings, streets, supply = town()
    island = FeatureTable([*buildings.ids, "far"], [*buildings.geometry, box(5010, 5010, 5020, 5020)],
                          {k: [*v, 5] for k, v in buildings.columns.items()}, name="Buildings")
    roads = FeatureTable([*streets.ids, "lane"], [*streets.geometry, LineString([(5000, 5000), (5100, 5000)])], {},
                         name="Streets")
    design = make((island, roads, supply))
    check(design, (island, roads, supply))
    assert design.unserved == [("far", "its streets are not connected with a supply point")]
    lost = make((buildings, streets, FeatureTable(["olt"], [Point(9999, 9999)], {}, name="Supply")))
    assert len(lost.unserved) == 29 and lost.wired_cost == 0 and not lost.routes


def test_optical_budget_limits_the_reach(town) -> None:
    tables = town(blocks=3, side=100.0)
    strict = changed(optics={"margin_db": {"value": 3.9}, "fibre_db_per_km": {"1310": {"value": 0.35}}})
    design = make(tables, strict)
    assert design.served == [] or all(d.loss_db + 3.9 <= 28.0 + 1e-6 for d in design.drops)
    assert design.unserved
    check_part = make(tables, changed(optics={"margin_db": {"value": 3.7}}))
    check(check_part, tables, changed(optics={"margin_db": {"value": 3.7}}))


def test_free_ports_are_not_exceeded(town) -> None:
    buildings, streets, _ = town()
    supply = FeatureTable(["olt"], [Point(-5, 3)], {"free_ports": [2]}, name="Supply")
    design = make((buildings, streets, supply))
    olt = [n for n in design.nodes if n.kind == "olt"]
    assert olt[0].ports == 2 and olt[0].used <= 2
    assert design.unserved and {reason for _, reason in design.unserved} == {"no free port left at its supply point"}
    check(design, (buildings, streets, supply))
    none = make((buildings, streets, FeatureTable(["olt"], [Point(-5, 3)], {"free_ports": [0]}, name="Supply")))
    assert len(none.unserved) == 29


def test_two_supply_points_share_the_town(town) -> None:
    buildings, streets, _ = town(blocks=4)
    supply = FeatureTable(["west", "east"], [Point(-5, 3), Point(405, 303)], {}, name="Supply")
    design = make((buildings, streets, supply))
    check(design, (buildings, streets, supply))
    assert {n.node_id for n in design.nodes if n.kind == "olt"} == {"OLT-west", "OLT-east"}
    alone = make((buildings, streets, supply.take([0])))
    assert design.trench_cost <= alone.trench_cost


def test_points_instead_of_footprints(town) -> None:
    buildings, streets, supply = town()
    points = FeatureTable(buildings.ids, [g.centroid for g in buildings.geometry], buildings.columns, name="Buildings")
    design = make((points, streets, supply))
    assert not design.unserved and design.wired_lower_bound <= design.wired_cost


def test_optics_against_the_worked_example() -> None:
    optics = load_optics(load_catalogue())
    assert optics.loss(5000) == pytest.approx(25.95)
    assert optics.loss(20000) == pytest.approx(31.2)
    assert optics.loss(20000) > optics.budget > optics.loss(5000)
    assert optics.loss(optics.reach()) == pytest.approx(optics.budget - optics.margin)
    with pytest.raises(InputError):
        load_optics(changed(optics={"class": {"value": "Z9"}}))


def test_cheapest_covers() -> None:
    sizes = load_rules(load_catalogue()).building_sizes
    for need in (1, 8, 9, 40, 73, 200):
        chosen = cover_set(need, sizes)
        assert sum(s.capacity for s in chosen) >= need
        assert cover_cost(need, sizes) == pytest.approx(sum(s.price for s in chosen))
    assert cover_cost(30_000, sizes) <= sum(s.price for s in cover_set(10_000, sizes)) * 3


def test_cables_hold_their_fibres() -> None:
    rules = load_rules(load_catalogue())
    assert rules.cable(3) == ("4F", 1.9)
    assert rules.cable(4)[0] == "8F"  # 10 % spare
    assert rules.cable(300)[0] == "288F+48F"
    assert [name for name, _ in rules.cable_parts(600)] == ["288F", "96F"]


def test_catalogue_files(tmp_path) -> None:
    file = tmp_path / "own.json"
    file.write_text('{"construction": {"trench": {"price": 1}}, "boxes": {"FAT-72": null}}', encoding="utf-8")
    own = load_catalogue(file)
    assert own.price("construction", "trench") == 1 and own.price("construction", "aerial") > 0
    assert "FAT-72" not in own.section("boxes")
    for text in ("[1]", "{", '{"construction": {"trench": {"price": "cheap"}}}', '{"boxes": {"FAT-8": {"ports": -8}}}'):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            load_rules(load_catalogue(file))
            load_catalogue(file).price("construction", "trench")
    with pytest.raises(InputError):
        load_catalogue(tmp_path / "absent.json")


def test_default_figures_are_marked() -> None:
    def walk(value, path):
        if isinstance(value, dict):
            if {"price", "value", "factor", "loss_db", "budget_db"} & set(value):
                assert value.get("status") == "default", path
            for key, inner in value.items():
                walk(inner, f"{path}/{key}")

    data = load_catalogue().data
    for name in ("construction", "surfaces", "cables", "boxes", "cabinets", "splitters", "olt", "labour", "rules",
                 "optics"):
        walk(data[name], name)


def test_the_independent_verifier_finds_nothing(town) -> None:
    from fullservice_plugin.core.access.verification.tables import DesignTables
    from fullservice_plugin.core.access.verification.verify import verify_design

    def table(rows, *names) -> FeatureTable:
        return FeatureTable([str(i) for i in range(len(rows))], [getattr(row, "geometry", None) for row in rows],
                            {name: [getattr(row, name) for row in rows] for name in names})

    tables = town(blocks=5)
    design = make(tables)
    found = verify_design(DesignTables(
        buildings=tables[0],
        routes=table(design.routes, "route_id", "kind", "construction", "length_m", "fibres", "cable", "trench_cost",
                     "cable_cost"),
        nodes=table(design.nodes, "node_id", "kind", "parent_id", "ports", "used", "splitter"),
        drops=table(design.drops, "building_id", "node_id", "length_m", "fibres", "loss_db"),
        wired_bom=table(design.bom, "item", "unit", "quantity", "unit_price", "cost")),
        load_catalogue(), take_rate=0.6)
    assert not found, found[:5]


def test_supply_points_in_one_room_add_up_and_may_stand_at_a_building(town) -> None:
    buildings, streets, _ = town()
    here = FeatureTable(["a", "b"], [Point(-5, 3), Point(-5, 3)], {"free_ports": [4, 4]}, name="Supply")
    design = make((buildings, streets, here))
    assert not design.unserved and [n.ports for n in design.nodes if n.kind == "olt"] == [8]
    tower = buildings.geometry[28].representative_point()
    inside = FeatureTable(["in", "corner"], [tower, Point(-5, 3)], {}, name="Supply")
    design = make((buildings, streets, inside))
    check(design, (buildings, streets, inside))
    assert not design.unserved


def test_odd_geometry_does_no_harm(town) -> None:
    buildings, streets, supply = town()
    bow = Polygon([(10, 60), (30, 80), (30, 60), (10, 80), (10, 60)])
    flat = Polygon([(10, 30), (20, 30), (30, 30), (10, 30)])
    odd = [*buildings.geometry, bow, flat, LineString([(60, 60), (70, 65)]), None]
    n = len(odd)
    table = FeatureTable([f"b{i}" for i in range(n)], odd, {"households": [2] * n}, name="Buildings")
    roads = FeatureTable([*streets.ids, "area", "none"], [*streets.geometry, bow, None], {}, name="Streets")
    design = make((table, roads, supply))
    assert design.unserved == [(f"b{n - 1}", "no street within reach")]
    assert {p.row for p in design.problems} == {"area", "none"}
    assert design.wired_lower_bound <= design.wired_cost


def test_catalogue_that_contradicts_itself_is_refused(town) -> None:
    with pytest.raises(InputError):
        make(town(), changed(rules={"reserve": {"value": 200}}))
    free = changed(construction={"trench": {"price": 0}}, labour={"cable_laying": {"price": 0}})
    design = make(town(), free)
    assert design.trench_cost == 0 and design.wired_lower_bound <= design.wired_cost


@pytest.mark.parametrize(("first", "second"), [("1:1", "1:32"), ("1:64", "1:1"), ("1:4", "1:16"), ("1:8", "1:8")])
@pytest.mark.parametrize("optical_class", ["B+", "C+", "N1", "N2", "E1"])
def test_one_or_two_stages_of_splitting_and_every_optical_class(town, tmp_path, findings, first, second, optical_class):
    file = tmp_path / "split.json"
    optics = {"first_stage": {"value": first}, "second_stage": {"value": second}, "class": {"value": optical_class}}
    file.write_text(json.dumps({"optics": optics}))
    catalogue = load_catalogue(file)
    case = town()
    made = design_wired(*case, catalogue, WiredOptions(seconds=1.0))
    budget = catalogue.data["optics"]["classes"][optical_class]["budget_db"]
    assert len(made.served) == len(case[0]) and made.worst_loss_db <= budget - 1.0
    outputs = {stage: int(stage.split(":")[1]) for stage in (first, second)}
    for node in made.nodes:
        if node.kind in ("fdt", "fat"):
            count, ratio = node.splitter.split("x")
            assert ratio == (first if node.kind == "fdt" else second)
            assert node.used <= int(count) * outputs[ratio]

    assert findings(case[0], made, catalogue) == []
    assert made.wired_lower_bound <= made.wired_cost


def test_boxes_of_a_tower_stand_on_the_floors_they_serve(town):
    made = design_wired(*town(), load_catalogue(), WiredOptions(seconds=1.0))
    boxes = {node.node_id: node for node in made.nodes if node.kind == "fat"}
    of_tower = [boxes[drop.node_id] for drop in made.drops if drop.building_id == "b28"]  # 300 homes, 20 storeys
    floors = [box.floor for box in of_tower]
    assert len(floors) > 2 and floors == sorted(floors) and len(set(floors)) == len(floors)
    assert min(floors) >= 1 and max(floors) <= 20 and max(floors) - min(floors) >= 10
    single = [node for node in boxes.values() if node not in of_tower]
    assert {node.floor for node in single if [d.node_id for d in made.drops].count(node.node_id) > 1} <= {0}


def test_boxes_outside_the_fill_window_are_named(town):
    made = design_wired(*town(), load_catalogue(), WiredOptions(seconds=1.0))
    shares = {node.node_id: node.used / node.ports for node in made.nodes if node.kind == "fat"}
    assert made.thin_boxes(0.5) == [key for key, share in shares.items() if share < 0.5]
    assert made.thin_boxes(0.0) == [] and len(made.thin_boxes(1.01)) == len(shares)
    assert max(shares.values()) <= 1 / 1.1 + 1e-9
