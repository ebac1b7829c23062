# SPDX-License-Identifier: GPL-2.0-or-later
"""Estates: by area, by name, by block; never across a main road; the same ids again."""

from __future__ import annotations

from shapely.geometry import LineString, box

from fullservice_plugin.core.discovery.blocks import road_kind
from fullservice_plugin.core.discovery.estates import group_estates, name_of_addresses
from fullservice_plugin.core.table import FeatureTable


def slabs(x: float, y: float, count: int) -> list:
    return [box(x, y + 35 * k, x + 50, y + 35 * k + 12) for k in range(count)]


def streets(*rows) -> FeatureTable:
    return FeatureTable(
        [str(k) for k in range(len(rows))], [LineString(row[1]) for row in rows], {"highway": [row[0] for row in rows]}
    )


def members(found, buildings) -> set[frozenset[str]]:
    return {frozenset(buildings.ids[row] for row in one.members) for one in found}


def test_never_across_a_main_road():
    shapes = slabs(0, 0, 4) + slabs(60, 0, 4)
    buildings = FeatureTable([str(k) for k in range(8)], shapes, {"name": [f"望湖苑{k}号楼" for k in range(8)]})
    main = streets(("tertiary", [(55, -50), (55, 90)]))
    assert len(group_estates(buildings, None)) == 1
    # a dead end: beyond it the two sides could meet around the tip
    assert all(len(one.members) == 8 for one in group_estates(buildings, streets(("service", [(55, -50), (55, 200)]))))
    whole = group_estates(buildings, streets(("secondary", [(55, -50), (55, 200)])))
    assert members(whole, buildings) == {frozenset("0123"), frozenset("4567")}
    for one in group_estates(buildings, main):
        assert one.name == "望湖苑" and one.method == "name"


def test_blocks_split_unnamed_buildings_and_names_cross_minor_roads():
    shapes = slabs(0, 0, 3) + slabs(60, 0, 3)
    minor = streets(("residential", [(55, -50), (55, 150)]))
    plain = FeatureTable([str(k) for k in range(6)], shapes)
    assert members(group_estates(plain, minor), plain) == {frozenset("012"), frozenset("345")}
    named = FeatureTable(plain.ids, shapes, {"name": [f"阳光花园{k}栋" for k in range(6)]})
    assert len(group_estates(named, minor)) == 1


def test_areas_win_and_are_closed():
    shapes = slabs(0, 0, 3) + slabs(60, 0, 1)
    buildings = FeatureTable([str(k) for k in range(4)], shapes, {"households": [10, 20, None, 5]})
    areas = FeatureTable(["a"], [box(-5, -5, 55, 100)], {"name": ["火炬小区轮廓"]})
    found = {one.name: one for one in group_estates(buildings, None, areas)}
    assert found["火炬小区"].households == 30 and found["火炬小区"].method == "area"
    assert found["火炬小区"].geometry.equals(areas.geometry[0])
    assert len(found) == 2


def test_ids_are_stable_and_kept():
    buildings = FeatureTable([f"b{k}" for k in range(4)], slabs(0, 0, 4))
    first = group_estates(buildings)
    assert [one.id for one in group_estates(buildings)] == [one.id for one in first]
    buildings.columns["estate_id"] = ["OLD", "OLD", None, "OTHER"]
    assert group_estates(buildings)[0].id == "OLD"


def test_every_building_is_in_one_estate():
    buildings = FeatureTable([str(k) for k in range(5)], [*slabs(0, 0, 3), None, box(900, 900, 910, 910)])
    rows = sorted(row for one in group_estates(buildings) for row in one.members)
    assert rows == [0, 1, 2, 4]
    assert group_estates(FeatureTable([], [])) == []


def test_names_from_addresses():
    assert name_of_addresses([("Hauptstraße", "17"), ("Hauptstraße", "5"), ("Gasse", "1")]) == "Hauptstraße 5–17"
    assert name_of_addresses([(None, "1")]) == ""


def test_road_kinds():
    assert [road_kind(word) for word in ("primary_link", "残", "service", "主干路")] == [
        "main",
        "minor",
        "inner",
        "main",
    ]


def test_numbers_in_series_and_equal_heights_bridge_a_wider_gap():
    shapes = [box(0, 0, 20, 12), box(70, 0, 120, 30)]
    ids = ["a", "b"]
    assert len(group_estates(FeatureTable(ids, shapes), None)) == 2
    series = FeatureTable(ids, shapes, {"name": ["85幢", "86幢"]})
    assert len(group_estates(series, None)) == 1
    far = FeatureTable(ids, shapes, {"name": ["85幢", "12幢"]})
    assert len(group_estates(far, None)) == 2
    near = [shapes[0], box(50, 0, 100, 30)]
    assert len(group_estates(FeatureTable(ids, near), None)) == 2
    assert len(group_estates(FeatureTable(ids, near, {"height_m": ["54", 57.0]}), None)) == 1
    assert len(group_estates(FeatureTable(ids, near, {"storeys": [18, 6]}), None)) == 2
