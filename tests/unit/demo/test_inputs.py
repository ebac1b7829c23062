# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo's inputs: deterministic, plausible, named as samples, and fit for the importers."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from datetime import date

import numpy as np
import pytest
import shapely.wkb
from osgeo import ogr
from shapely.ops import unary_union

DAY = date(2026, 3, 2)
CITIES = ("helsinki", "yangban")


@pytest.fixture(params=CITIES)
def city(request):
    return request.getfixturevalue(request.param)


def rows(path):
    """The rows of a CSV; Chinese headings and labels turned back into ours."""
    from inputs.chinese import HEADINGS, LISTED

    from fullservice_plugin.core.catalogue.lists import LISTS

    with path.open(encoding="utf-8-sig", newline="") as handle:
        table = list(csv.DictReader(handle))
    if not any(heading in HEADINGS.values() for heading in table[0]):
        return table
    ours = {heading: column for column, heading in HEADINGS.items()}
    codes = {column: {entry.zh: entry.code for entry in LISTS[name]} for column, name in LISTED.items()}
    return [
        {ours.get(h, h): codes.get(ours.get(h, h), {}).get(value, value) for h, value in row.items()} for row in table
    ]


def features(path):
    source = ogr.Open(str(path))
    layer = source.GetLayer(0)
    return [
        (
            {layer.GetLayerDefn().GetFieldDefn(k).GetName(): f.GetField(k) for k in range(f.GetFieldCount())},
            shapely.wkb.loads(bytes(f.GetGeometryRef().ExportToWkb())),
        )
        for f in layer
    ]


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_city_and_day_give_the_same_files(city, tmp_path):
    from inputs.make import make_inputs

    name = "yangban" if (city / "ledger.xlsx").exists() else "helsinki"
    assert digests(make_inputs(name, tmp_path / "again", DAY)) == digests(city)


def test_about_names_grid_and_budget(city):
    about = json.loads((city / "about.json").read_text(encoding="utf-8"))
    grids = {values["code"] for values, _ in features(city / "territory_grid.gpkg")}
    assert about["grid_for_plan"] in grids
    assert about["budget"] > 0 and about["grid_buildings"] >= 20
    assert 400 <= about["buildings"] <= 1300


def test_levels_nest_without_gap_or_overlap(city):
    levels = {name: features(city / f"territory_{name}.gpkg") for name in ("branch", "micro_region", "grid")}
    assert len(levels["branch"]) == 1 and len(levels["micro_region"]) >= 2 and len(levels["grid"]) >= 4
    whole = levels["branch"][0][1]
    for name, above in (("micro_region", "branch"), ("grid", "micro_region")):
        parents = {values["code"]: shape for values, shape in levels[above]}
        for values, shape in levels[name]:
            outside = shape.difference(parents[values["parent"]].buffer(1e-7)).area
            assert outside < 1e-10
        assert abs(sum(shape.area for _, shape in levels[name]) - whole.area) < 1e-3 * whole.area
        assert unary_union([shape for _, shape in levels[name]]).area == pytest.approx(whole.area, rel=1e-3)


def test_names_say_that_they_are_samples(city):
    word = "样板" if (city / "ledger.xlsx").exists() else "ample"
    for level in ("branch", "micro_region", "grid"):
        assert all(word in values["name"] for values, _ in features(city / f"territory_{level}.gpkg"))
    assert all(word in values["name"] for values, _ in features(city / "packages.gpkg"))
    assert all(word in row["party_name"] and word in row["note"] for row in rows(city / "negotiations.csv"))
    assert all(word in row["observer"] for row in rows(city / "competitors.csv"))


def test_talks_show_every_stage(city):
    from fullservice_plugin.core.catalogue.lists import LISTS

    known = {entry.code for entry in LISTS["negotiation_stage"]}
    talks = rows(city / "negotiations.csv")
    stages = Counter(row["stage"] for row in talks)
    assert set(stages) <= known
    assert {"signed", "refused", "blocked", "negotiating", "not_started", "in_force"} <= set(stages)
    assert len({row["building_key"] for row in talks}) == len(talks)
    for row in talks:
        assert row["stage_since"] <= DAY.isoformat()
        if row["stage"] in ("signed", "entry_permitted", "in_force"):
            assert row["agreement_number"] and row["valid_to"] > row["valid_from"]
    named = [row for row in talks if row["evidence_file"]]
    assert len(named) >= 15
    for row in named:
        content = (city / row["evidence_file"]).read_bytes()
        assert content.startswith(b"%PDF") if row["evidence_file"].endswith(".pdf") else len(content) > 20


@pytest.mark.parametrize("name", ["negotiations.csv", "competitors.csv"])
def test_importers_read_every_row(city, name):
    from fullservice_plugin.core.intake import take
    from fullservice_plugin.core.table import FeatureTable
    from fullservice_plugin.services.competition import COLUMNS as OBSERVATIONS
    from fullservice_plugin.services.negotiation_import import COLUMNS as TALKS

    with (city / name).open(encoding="utf-8-sig", newline="") as handle:
        table = list(csv.DictReader(handle))
    columns = {heading: [row[heading] or None for row in table] for heading in table[0]}
    ids = [str(n) for n in range(len(table))]
    taken = take(FeatureTable(ids, [None] * len(ids), columns), TALKS if name.startswith("n") else OBSERVATIONS)
    assert taken.rejected == [] and len(taken.rows) == len(table)
    wanted = {"stage", "party_name", "x", "y"} if name.startswith("n") else {"field", "operator_code", "observed_on"}
    assert wanted <= set(taken.headings)


def test_observations_have_source_date_observer_confidence(city):
    from fullservice_plugin.core.catalogue.lists import LISTS

    operators = {row["code"] for row in rows(city / "operators.csv")}
    seen = rows(city / "competitors.csv")
    assert len(seen) > 300
    lists = {name: {entry.code for entry in LISTS[name]} for name in ("intel_field", "source_class", "technology")}
    for row in seen:
        assert row["operator_code"] in operators and row["field"] in lists["intel_field"]
        assert row["source_class"] in lists["source_class"] and row["observed_on"] < DAY.isoformat()
        assert row["observer"] and 0 < float(row["confidence"]) <= 1
        if row["field"] == "technology":
            assert row["value"] in lists["technology"]


def test_second_source_is_what_its_truth_says(city):
    second = {values["source_id"]: shape for values, shape in features(city / "second_source.gpkg")}
    truth = rows(city / "second_source_truth.csv")
    changes = Counter(row["change"] for row in truth)
    assert min(changes[name] for name in ("shifted", "split", "dropped", "added")) >= 3
    assert {row["source_id"] for row in truth if row["source_id"]} == set(second)
    assert all(shape.is_valid for shape in second.values())


def test_supply_point_has_free_ports_and_lies_outside_buildings(city):
    from fullservice_plugin.connectors.osm_file import read_osm

    data = read_osm(next(path for path in city.iterdir() if path.name.startswith("city.osm")))
    olts = [(values, place) for values, place in features(city / "supply.gpkg") if values["kind"] == "olt"]
    assert olts
    for values, place in olts:
        assert values["installed_ports"] - values["occupied"] - values["reserved"] - values["faulty"] >= 100
        assert not any(shape.contains(place) for shape in data.buildings.geometry)


def test_packages_are_valid_today_but_one(city):
    packages = [values for values, _ in features(city / "packages.gpkg")]
    today = DAY.isoformat()
    assert sum(values["valid_from"] <= today <= values["valid_to"] for values in packages) == len(packages) - 1


def test_ledger_finds_real_buildings(helsinki):
    from fullservice_plugin.connectors.osm_file import read_osm

    data = read_osm(helsinki / "city.osm.pbf")
    shapes = dict(zip(data.buildings.ids, data.buildings.geometry))
    truth = {row["ledger_key"]: row for row in rows(helsinki / "ledger_truth.csv")}
    ledger = rows(helsinki / "ledger.csv")
    lost = [row for row in ledger if truth[row["ledger_key"]]["locatable"] == "0"]
    assert len(ledger) > 300 and 3 <= len(lost) < 0.1 * len(ledger)
    assert not any(row["x"] for row in lost)
    from shapely.geometry import Point

    near = sum(
        shapes[truth[row["ledger_key"]]["osm_id"]].distance(Point(float(row["x"]), float(row["y"]))) < 1e-4
        for row in ledger
        if row["x"]
    )
    assert near == sum(1 for row in ledger if row["x"])


def test_other_real_cities(shared_data, tmp_path):
    from inputs.make import make_inputs

    made = make_inputs(str(shared_data / "city" / "monaco.osm.pbf"), tmp_path / "monaco", DAY)
    about = json.loads((made / "about.json").read_text(encoding="utf-8"))
    assert about["city"] == "Monaco" and about["buildings"] > 1200 and about["made"]["grids"] >= 8


def test_file_that_is_no_map_is_refused(tmp_path):
    from inputs.make import make_inputs

    from fullservice_plugin.core.errors import InputError

    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"not a map at all")
    with pytest.raises(InputError):
        make_inputs(str(broken), tmp_path / "out", DAY)


def test_yangban_has_no_overlaps_and_everything_of_a_city(yangban):
    from fullservice_plugin.connectors.osm_file import read_osm

    data = read_osm(yangban / "city.osm")
    assert 600 <= len(data.buildings) <= 1200
    assert not data.buildings.problems and not data.streets.problems
    shapes = data.buildings.geometry
    bounds = np.array([shape.bounds for shape in shapes])
    for i, shape in enumerate(shapes):
        west, south, east, north = bounds[i]
        rest = bounds[i + 1 :]
        near = (rest[:, 0] < east) & (rest[:, 2] > west) & (rest[:, 1] < north) & (rest[:, 3] > south)
        for j in np.flatnonzero(near).tolist():
            assert shape.intersection(shapes[i + 1 + j]).area < 1e-14
    kinds = Counter(data.areas.column("kind"))
    assert kinds["estate"] >= 12 and kinds["water"] >= 1 and kinds["green"] >= 2
    names = {name for name in data.streets.column("name") if name}
    assert len(names) > 8 and all("样板" in name for name in names)
    assert all("样板" in name for name in data.buildings.column("name"))
    water = unary_union([s for s, k in zip(data.areas.geometry, data.areas.column("kind")) if k == "water"])
    assert not any(shape.intersects(water) for shape in shapes)


def test_yangban_streets_are_joined(yangban):
    """Streets that meet share a node: the street network is one piece."""
    from fullservice_plugin.connectors.osm_file import read_osm

    data = read_osm(yangban / "city.osm")
    group = {}

    def root(node):
        while group.setdefault(node, node) != node:
            node = group[node]
        return node

    for line in data.streets.geometry:
        nodes = [root((round(x, 7), round(y, 7))) for x, y in line.coords]
        for node in nodes:
            group[root(node)] = root(nodes[0])
    assert len({root(node) for node in group}) == 1


def test_yangban_ledger_is_a_workbook_in_gcj02(yangban):

    from fullservice_plugin.core.discovery.datum import convert

    source = ogr.Open(str(yangban / "ledger.xlsx"))
    layer = source.GetLayerByName("台账")
    names = [layer.GetLayerDefn().GetFieldDefn(k).GetName() for k in range(layer.GetLayerDefn().GetFieldCount())]
    assert names == ["台账编号", "名称", "地址", "经度", "纬度", "户数", "商户数", "备注"]
    truth = {row["ledger_key"]: row for row in rows(yangban / "ledger_truth.csv")}
    given, real = [], []
    for feature in layer:
        row = truth[feature.GetField("台账编号")]
        if feature.GetField("经度") is not None and row["x_wgs84"]:
            given.append((float(feature.GetField("经度")), float(feature.GetField("纬度"))))
            real.append((float(row["x_wgs84"]), float(row["y_wgs84"])))
    given, real = np.array(given), np.array(real)
    assert len(given) > 500
    metres = (given - real) * [96000.0, 111000.0]
    assert np.hypot(*metres.T).min() > 400.0
    back = np.column_stack(convert(given[:, 0], given[:, 1], "gcj02", "wgs84"))
    off = np.hypot(*((back - real) * [96000.0, 111000.0]).T)
    assert np.median(off) < 4.0 and off.max() < 15.0


def test_yangban_site_has_planned_buildings_only(yangban):
    planned = features(yangban / "planned_buildings.gpkg")
    assert len(planned) >= 8
    assert all(values["handover_date"] > DAY.isoformat() and values["households"] > 0 for values, _ in planned)
    estates = {values["name"]: shape for values, shape in features(yangban / "estate_truth.gpkg")}
    for values, place in planned:
        assert estates[values["estate_name"]].contains(place)


def test_file_without_buildings_says_so(tmp_path):
    from inputs.make import make_inputs

    bare = tmp_path / "bare.osm"
    bare.write_text(
        '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="50" lon="8" version="1">'
        '<tag k="shop" v="bakery"/><tag k="name" v="B"/></node></osm>\n'
    )
    with pytest.raises(SystemExit, match="holds no buildings"):
        make_inputs(str(bare), tmp_path / "out", DAY)
