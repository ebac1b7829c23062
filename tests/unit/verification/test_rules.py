# SPDX-License-Identifier: GPL-2.0-or-later
"""A correct design gives no findings; each rule catches the design that was spoiled against it."""

from __future__ import annotations

import pytest
from shapely.affinity import translate
from shapely.geometry import LineString, Point, box

from fullservice_plugin.core.access.verification.findings import RULES
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.i18n import sentences


def put(layer, column, row, value):
    def spoil(design):
        getattr(design, layer).columns[column][row] = value

    return spoil


def repeat(layer, row=0):
    def spoil(design):
        table = getattr(design, layer)
        table.ids.append(table.ids[row])
        table.geometry.append(table.geometry[row])
        for values in table.columns.values():
            values.append(values[row])

    return spoil


def remove(layer, row):
    def spoil(design):
        table = getattr(design, layer)
        for values in (table.ids, table.geometry, *table.columns.values()):
            del values[row]

    return spoil


def shape(layer, row, geometry):
    def spoil(design):
        getattr(design, layer).geometry[row] = geometry

    return spoil


def both(*steps):
    def spoil(design):
        for step in steps:
            step(design)

    return spoil


def without(layer, then):
    def spoil(design):
        setattr(design, layer, None)
        then(design)

    return spoil


def cycle(design):
    put("nodes", "parent_id", 1, "B1")(design)


SPOILED = {
    "node.id": repeat("nodes", 2),
    "node.kind": put("nodes", "kind", 2, "splice"),
    "node.parent": put("nodes", "parent_id", 2, "O"),
    "node.cycle": cycle,
    "node.ports": put("nodes", "ports", 2, 1),
    "node.reserve": put("nodes", "ports", 2, 3),
    "node.used": put("nodes", "used", 2, 2),
    "node.splitter": put("nodes", "splitter", 2, "1:7"),
    "node.homes": put("buildings", "households", 0, 301),
    "node.idle": remove("drops", 1),
    "building.id": repeat("buildings"),
    "building.unserved": without("decisions", remove("drops", 0)),
    "drop.repeated": repeat("drops"),
    "drop.building": put("drops", "building_id", 0, "z"),
    "drop.node": put("drops", "node_id", 0, "C"),
    "drop.refused": put("buildings", "access_state", 0, "refused"),
    "drop.start": shape("drops", 0, LineString([(150, 3), (150, 13)])),
    "drop.end": shape("drops", 0, LineString([(150, 0), (160, 0)])),
    "drop.limit": both(
        shape("drops", 0, LineString([(150, 0), (260, 0), (150, 10)])), put("drops", "length_m", 0, 220.45)
    ),
    "drop.fibres": put("buildings", "households", 0, 3),
    "route.id": put("routes", "route_id", 1, "R1"),
    "route.kind": put("routes", "kind", 1, "backbone"),
    "route.construction": put("routes", "construction", 1, "balloon"),
    "route.connected": shape("routes", 2, LineString([(150, 2), (200, 2)])),
    "route.fibres": put("routes", "fibres", 1, 1),
    "route.cable": put("routes", "cable", 1, "5F"),
    "route.cable_size": put("routes", "fibres", 1, 5),
    "route.idle": put("routes", "fibres", 3, 2),
    "length.geometry": put("routes", "length_m", 0, 110.0),
    "loss.value": put("drops", "loss_db", 0, 23.0),
    "loss.budget": both(put("nodes", "splitter", 2, "1x1:16"), put("nodes", "splitter", 1, "1x1:16")),
    "loss.reach": lambda design: stretch(design, 25000.0),
    "split.total": put("nodes", "splitter", 2, "1x1:16"),
    "bom.row": put("wired_bom", "cost", 0, 1.0),
    "bom.negative": put("wired_bom", "quantity", 0, -5.0),
    "bom.repeated": repeat("wired_bom"),
    "bom.price": put("wired_bom", "unit_price", 1, 9.9),
    "bom.quantity": put("wired_bom", "quantity", 1, 100.0),
    "bom.missing": remove("wired_bom", 9),
    "bom.unknown": put("wired_bom", "item", 3, "Golden cable"),
    "bom.capacity": put("wlan_bom", "quantity", 4, 0.0),
    "bom.routes": put("routes", "trench_cost", 0, 30000.0),
    "bom.trench_twice": both(repeat("routes"), put("routes", "route_id", 4, "R9")),
    "bom.decisions": put("decisions", "cost", 0, 10.0),
    "ap.id": put("aps", "ap_id", 1, "b-1"),
    "ap.building": put("aps", "building_id", 0, "z"),
    "ap.inside": shape("aps", 0, Point(207, 25)),
    "ap.floor": put("aps", "floor", 0, 2),
    "ap.band": put("aps", "band", 0, "6"),
    "ap.channel": put("aps", "channel", 0, 100),
    "ap.eirp": put("aps", "eirp_dbm", 0, 24.0),
    "ap.uncovered": remove("coverage", 0),
    "coverage.repeated": repeat("coverage"),
    "coverage.share": put("coverage", "primary_share", 0, 1.2),
    "coverage.primary": put("coverage", "primary_share", 0, 0.98),
    "coverage.secondary": put("coverage", "secondary_share", 0, 0.8),
    "coverage.airtime": put("coverage", "airtime", 0, 0.7),
    "recomputed.primary": shape("buildings", 3, box(100, 40, 250, 190)),
    "recomputed.secondary": remove("aps", 1),
    "coverage.no_ap": both(remove("aps", 0), remove("aps", 0)),
    "coverage.floors": put("buildings", "storeys", 1, 2),
    "decision.missing": remove("decisions", 0),
    "decision.repeated": repeat("decisions"),
    "decision.building": put("decisions", "building_id", 0, "z"),
    "decision.method": put("decisions", "method", 0, "pigeon"),
    "decision.drop": remove("drops", 0),
    "decision.no_drop": put("decisions", "method", 0, "none"),
    "decision.ap": put("decisions", "method", 0, "wlan"),
    "decision.no_ap": put("decisions", "method", 3, "none"),
    "decision.refused": put("decisions", "method", 2, "ftth"),
    "decision.lock": put("buildings", "method_lock", 0, "wlan"),
    "decision.runner_up": put("decisions", "runner_up", 0, "ftth"),
    "decision.cost": put("decisions", "cost", 1, None),
    "decision.none_cost": put("decisions", "cost", 2, 5.0),
    "decision.budget": put("decisions", "cost", 0, 90000.0),
}


def stretch(design, metres):
    """Pull the OLT away along a long feeder."""
    design.nodes.geometry[0] = Point(-metres, 0)
    design.routes.geometry[0] = LineString([(-metres, 0), (100, 0)])


def test_correct_design_has_no_findings(tiny, find):
    assert find(tiny) == []


def test_every_rule_has_a_spoiled_design():
    assert set(SPOILED) == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_rule_catches_its_breach(tiny, find, rule):
    SPOILED[rule](tiny)
    assert rule in find(tiny)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_rule_is_translated(rule):
    chinese = sentences("zh")[RULES[rule].template]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_findings_read_well(tiny, catalogue):
    from fullservice_plugin.core.access.verification.verify import verify_design

    SPOILED["loss.value"](tiny)
    (found,) = verify_design(tiny, catalogue)
    assert (found.rule, found.severity, found.feature) == ("loss.value", "error", "a")
    assert found.text == "The drop of building a reports 23 dB; recomputed it is 24.256 dB."


@pytest.mark.parametrize("layer", ["routes", "nodes", "drops", "wired_bom", "aps", "coverage", "wlan_bom", "decisions"])
def test_each_layer_may_be_absent(tiny, find, layer):
    setattr(tiny, layer, None)
    assert [rule for rule in find(tiny) if rule != "building.unserved"] == []


def test_layers_may_lie_anywhere(tiny, find):
    for name in ("buildings", "routes", "nodes", "drops", "aps"):
        layer = getattr(tiny, name)
        layer.geometry = [translate(geometry, 412.3, -98765.4) for geometry in layer.geometry]
    assert find(tiny) == []


def test_verifier_shares_nothing_with_the_designers(root):
    import ast

    allowed = ("core.access.verification.", "core.access.catalogue", "core.errors", "core.progress", "core.table")
    for path in (root / "fullservice_plugin" / "core" / "access" / "verification").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("fullservice_plugin."):
                    assert name.split(".", 1)[1].startswith(allowed), f"{path.name} imports {name}"


def test_foreign_layer_is_named(tiny, find):
    del tiny.nodes.columns["parent_id"]
    with pytest.raises(InputError, match="Nodes has no field parent_id"):
        find(tiny)


def test_unknown_region_is_refused(tiny, find):
    with pytest.raises(ParameterError, match="Region moon"):
        find(tiny, region="moon")


@pytest.mark.parametrize(
    "region, band, channel, limit",
    [
        ("cn", "5", 36, 23.0),
        ("cn", "5", 52, 20.0),
        ("cn", "5", 165, 32.0),
        ("cn", "5", 100, None),
        ("cn", "6", 1, None),
        ("cn", "5", 42, 23.0),
        ("cn", "5", 50, 20.0),
        ("etsi", "5", 140, 27.0),
        ("etsi", "5", 144, None),
        ("etsi", "6", 5, 23.0),
        ("fcc", "2.4", 12, None),
        ("fcc", "5", 144, 30.0),
        ("etsi", "2.4", 13, 20.0),
        ("cn", "5", 37, None),
    ],
)
def test_legal_power(region, band, channel, limit):
    from fullservice_plugin.core.access.verification.radio import legal_eirp

    assert legal_eirp(region, band, channel) == limit
