# SPDX-License-Identifier: GPL-2.0-or-later
"""Designs of our own on random towns keep every rule, and any spoiling of them is noticed."""

from __future__ import annotations

import random

import pytest
from shapely.affinity import rotate
from shapely.geometry import LineString, Point, box


def table(name, ids, geometry, **columns):
    from fullservice_plugin.core.table import FeatureTable

    return FeatureTable(list(ids), list(geometry), {key: list(values) for key, values in columns.items()}, [], name)


def town(seed):
    """Streets in a bent grid and houses, towers and offices along them; some refuse, some are unknown."""
    chance = random.Random(seed)
    turn = chance.uniform(0, 90)
    step, count = chance.uniform(60, 140), chance.randint(2, 4)
    corners = {
        (i, j): (i * step + chance.uniform(-8, 8), j * step + chance.uniform(-8, 8))
        for i in range(count + 1)
        for j in range(count + 1)
    }
    streets = [
        LineString([corners[i, j], corners[i + di, j + dj]])
        for i in range(count + 1)
        for j in range(count + 1)
        for di, dj in ((1, 0), (0, 1))
        if (i + di, j + dj) in corners and chance.random() < 0.93
    ]
    shapes, households, businesses, storeys, uses, states = [], [], [], [], [], []
    for i in range(count):
        for j in range(count):
            for k in range(chance.randint(1, 3)):
                x, y = i * step + 14 + 17 * k, j * step + chance.uniform(12, step - 30)
                shapes.append(box(x, y, x + chance.uniform(8, 14), y + chance.uniform(8, 16)))
                levels = chance.choice((1, 2, 5, 12))
                storeys.append(levels)
                households.append(chance.choice((None, 0, 1, 3, 12 * levels)))
                businesses.append(chance.choice((0, 0, 2, 30)))
                uses.append(chance.choice(("apartments", "office", "industrial", "school", None)))
                states.append(chance.choice(("open", "open", "open", "refused", "spare")))
    names = [f"B{n:03d}" for n in range(len(shapes))]
    around = (count * step / 2, count * step / 2)
    buildings = table(
        "Buildings", names, [rotate(shape, turn, around) for shape in shapes], households=households,
        businesses=businesses, storeys=storeys, use=uses, access_state=states,
    )  # fmt: skip
    lines = table("Streets", map(str, range(len(streets))), [rotate(line, turn, around) for line in streets])
    supply = table("Supply", ["A"], [rotate(Point(2, 3), turn, around)], free_ports=[64])
    return buildings, lines, supply


def layer(name, records, *columns, geometry=True):
    return table(
        name, map(str, range(len(records))), [record.geometry if geometry else None for record in records],
        **{column: [getattr(record, column) for record in records] for column in columns},
    )  # fmt: skip


def wired_layers(buildings, design):
    from fullservice_plugin.core.access.verification.tables import DesignTables

    return DesignTables(
        buildings,
        layer("Routes", design.routes, "route_id", "kind", "construction", "length_m", "fibres", "cable", "trench_cost",
              "cable_cost"),
        layer("Nodes", design.nodes, "node_id", "kind", "parent_id", "ports", "used", "splitter"),
        layer("Drops", design.drops, "building_id", "node_id", "length_m", "fibres", "loss_db"),
        layer("Bill", design.bom, "item", "unit", "quantity", "unit_price", "cost", geometry=False),
    )  # fmt: skip


def errors(design, catalogue, **options):
    from fullservice_plugin.core.access.verification.verify import verify_design

    return [f"{f.rule}: {f.text}" for f in verify_design(design, catalogue, **options) if f.severity == "error"]


@pytest.fixture(scope="module")
def designs(catalogue):
    """Wired designs of some random towns, made once."""
    from fullservice_plugin.core.access.wired.design import design_wired
    from fullservice_plugin.core.access.wired.records import WiredOptions

    made = []
    for seed in range(6):
        buildings, streets, supply = town(seed)
        made.append(
            wired_layers(buildings, design_wired(buildings, streets, supply, catalogue, WiredOptions(0.5, 0.3)))
        )
    return made


def test_wired_designs_keep_every_rule(designs, catalogue):
    assert sum(len(design.drops) for design in designs) > 30
    for design in designs:
        assert errors(design, catalogue, take_rate=0.5) == []


def numbers(design, name):
    """The figures of a layer that a design cannot do without."""
    wanted = {
        "routes": ("length_m", "trench_cost"), "nodes": ("used",), "drops": ("length_m", "fibres", "loss_db"),
        "wired_bom": ("quantity", "unit_price", "cost"),
    }  # fmt: skip
    return [(name, column) for column in wanted[name]]


def test_any_doubled_figure_is_noticed(designs, catalogue):
    chance = random.Random(7)
    for design in designs:
        for name, column in [pair for layer_name in ("routes", "nodes", "drops", "wired_bom")
                             for pair in numbers(design, layer_name)]:  # fmt: skip
            values = getattr(design, name).columns[column]
            rows = [row for row, value in enumerate(values) if value > 3]
            if not rows:
                continue
            row = chance.choice(rows)
            before, values[row] = values[row], values[row] * 2
            assert errors(design, catalogue, take_rate=0.5), (name, column, row, before)
            values[row] = before


def test_any_removed_row_is_noticed(designs, catalogue):
    chance = random.Random(11)
    for design in designs:
        for name in ("routes", "nodes", "drops", "wired_bom"):
            whole = getattr(design, name)
            rows = range(len(whole))
            if name == "routes":  # ways of no fibre and no cost may be left out unnoticed
                costs = whole.columns["trench_cost"]
                rows = [row for row in rows if whole.columns["length_m"][row] > 5 and costs[row] > 0]
            if not len(rows):
                continue
            gone = chance.choice(rows)
            setattr(design, name, whole.take([row for row in range(len(whole)) if row != gone]))
            assert errors(design, catalogue, take_rate=0.5), (name, gone)
            setattr(design, name, whole)


def test_any_moved_node_is_noticed(designs, catalogue):
    chance = random.Random(13)
    for design in designs:
        shapes = design.nodes.geometry
        row = chance.randrange(len(shapes))
        before, shapes[row] = shapes[row], Point(shapes[row].x + 25.0, shapes[row].y + 31.0)
        assert errors(design, catalogue, take_rate=0.5)
        shapes[row] = before


def test_wlan_designs_keep_every_rule(catalogue):
    from fullservice_plugin.core.access.verification.tables import DesignTables
    from fullservice_plugin.core.access.wlan.design import design_wlan
    from fullservice_plugin.core.access.wlan.model import WlanOptions

    for seed, region in ((1, "cn"), (2, "etsi"), (3, "fcc")):
        buildings, _, _ = town(seed)
        made = design_wlan(buildings, catalogue, WlanOptions(region=region, time_limit=2.0))
        design = DesignTables(
            buildings,
            aps=layer("APs", made.aps, "ap_id", "building_id", "floor", "band", "channel", "eirp_dbm"),
            coverage=layer("Coverage", made.coverage, "building_id", "floor", "primary_share", "secondary_share",
                           "airtime"),
            wlan_bom=layer("Bill", made.bom, "item", "unit", "quantity", "unit_price", "cost", geometry=False),
        )  # fmt: skip
        assert len(made.aps) > 5
        assert errors(design, catalogue, region=region) == []
        row = len(made.aps) // 2
        design.aps.geometry[row] = Point(design.aps.geometry[row].x + 60.0, design.aps.geometry[row].y)
        assert errors(design, catalogue, region=region)


def test_plans_keep_every_rule(catalogue):
    from fullservice_plugin.core.access.choice.model import AccessOptions
    from fullservice_plugin.core.access.choice.plan import plan_access
    from fullservice_plugin.core.access.wlan.model import WlanOptions

    for seed, budget in ((1, 40000.0), (4, 250000.0)):
        buildings, streets, supply = town(seed)
        options = AccessOptions(budget=budget, time_limit=3.0, wlan=WlanOptions(time_limit=1.0))
        plan = plan_access(buildings, streets, supply, None, catalogue, options)
        design = wired_layers(buildings, plan.wired)
        design.wired_bom = layer("Bill", [*plan.wired.bom, *plan.leased_bom], "item", "unit", "quantity", "unit_price",
                                 "cost", geometry=False)  # fmt: skip
        design.aps = layer("APs", plan.wlan.aps, "ap_id", "building_id", "floor", "band", "channel", "eirp_dbm")
        design.coverage = layer("Coverage", plan.wlan.coverage, "building_id", "floor", "primary_share",
                                "secondary_share", "airtime")  # fmt: skip
        design.wlan_bom = layer("WLAN bill", plan.wlan.bom, "item", "unit", "quantity", "unit_price", "cost",
                                geometry=False)  # fmt: skip
        design.decisions = layer("Decisions", plan.decisions, "building_id", "method", "runner_up", "cost",
                                 geometry=False)  # fmt: skip
        assert errors(design, catalogue, budget=budget) == []
