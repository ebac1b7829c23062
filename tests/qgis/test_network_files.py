# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan's network in other systems' formats: the same things, figures and places as in the store."""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from pathlib import Path

import pytest
from osgeo import ogr
from shapely.geometry import Point, shape

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.errors import InputError, OutputError
from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.services.design import plan_area
from fullservice_plugin.services.network_files import export_network
from fullservice_plugin.services.resources import import_resources

_spec = importlib.util.spec_from_file_location("fs_town_files", Path(__file__).parent.parent / "store" / "town.py")
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)


@pytest.fixture(scope="module")
def planned(store_name):
    """A store with the small town and one plan of it."""
    store = open_store(store_name)
    town.build(store)
    import_resources(
        store, town.table({"code": ["OLT-1"], "kind": ["olt"], "free_ports": [64]}, [Point(town.at(-40, 30))])
    )
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set households = households * 6")
    made = plan_area(
        store, "G", budget=None, horizon_years=8.0, scenario="base", catalogue=load_catalogue(), time_limit=10.0,
        today=date(2026, 3, 1),
    )  # fmt: skip
    yield store, made
    store.close()


def stored(store, made, kind):
    return store.dicts(
        "select code, length_m, fibres, cable, ST_X(ST_StartPoint(geom)) as x from fullservice.design_element"
        " where plan_id = %s and kind = %s order by code",
        (made.plan_id, kind),
    )


def test_geopackage_holds_everything(planned, tmp_path):
    store, made = planned
    path = export_network(store, made.code, "en", str(tmp_path / "net.gpkg"))
    source = ogr.Open(str(path))
    routes = source.GetLayerByName("routes")
    assert routes.GetSpatialRef().GetAuthorityCode(None) == "4326"
    got = sorted((f["code"], round(f["length_m"], 6), f["fibres"], f["cable"]) for f in routes)
    assert got == sorted(
        (r["code"], round(r["length_m"], 6), r["fibres"], r["cable"]) for r in stored(store, made, "route")
    )
    assert source.GetLayerByName("drops").GetFeatureCount() == len(stored(store, made, "drop")) > 0
    kinds = {f["kind"] for f in source.GetLayerByName("nodes")}
    assert kinds == {"olt", "fdt", "fat"}
    assert [p.name for p in tmp_path.iterdir()] == ["net.gpkg"]


def test_kml_is_in_degrees(planned, tmp_path):
    store, made = planned
    source = ogr.Open(str(export_network(store, made.plan_id, "en", str(tmp_path / "net.kml"))))
    counts = {source.GetLayer(i).GetName(): source.GetLayer(i).GetFeatureCount() for i in range(source.GetLayerCount())}
    assert counts["routes"] == len(stored(store, made, "route"))
    west, east, south, north = source.GetLayerByName("routes").GetExtent()
    assert town.LON - 0.01 < west < east < town.LON + 0.01 and town.LAT - 0.01 < south < north < town.LAT + 0.01


def test_drawing_is_in_metres_with_labels(planned, tmp_path):
    store, made = planned
    source = ogr.Open(str(export_network(store, made.code, "en", str(tmp_path / "net.dxf"))))
    layer = source.GetLayer(0)
    names = [f["Layer"] for f in layer]
    assert {"FAT", "FDT", "OLT", "FAT_TEXT"} <= set(names) and any(name.startswith("FEEDER") for name in names)
    lines = sum(f.GetGeometryRef().Length() for f in layer if "DISTRIBUTION" in f["Layer"] or "FEEDER" in f["Layer"])
    assert lines == pytest.approx(sum(r["length_m"] for r in stored(store, made, "route")), rel=0.002)
    texts = {f["Text"] for f in layer if f["Layer"] == "FAT_TEXT"}
    assert texts == {r["code"] for r in stored(store, made, "fat")}


def test_open_fibre_data_standard(planned, tmp_path):
    store, made = planned
    first = export_network(store, made.code, "zh", str(tmp_path / "net.json"))
    data = json.loads(first.read_text(encoding="utf-8"))
    (network,) = data["networks"]
    assert network["links"][0]["rel"] == "describedby" and "0__3__0" in network["links"][0]["href"]
    nodes = {node["id"]: Point(node["location"]["coordinates"]) for node in network["nodes"]}
    assert len(nodes) == len(network["nodes"])
    spans = network["spans"]
    assert len({span["id"] for span in spans}) == len(spans)
    assert len(spans) == len(stored(store, made, "route")) + len(stored(store, made, "drop"))
    for span in spans:
        line = shape(span["route"])
        assert Point(line.coords[0]).distance(nodes[span["start"]]) < 2e-5
        assert Point(line.coords[-1]).distance(nodes[span["end"]]) < 2e-5
        assert set(span["deployment"]) <= {"aboveGround", "belowGround"} and span["transmissionMedium"] == ["fibre"]
    total = sum(r["length_m"] for kind in ("route", "drop") for r in stored(store, made, kind))
    assert sum(span["fibreLength"] for span in spans) * 1000 == pytest.approx(total, rel=1e-3)
    assert {node["status"] for node in network["nodes"]} == {"proposed"}
    again = export_network(store, made.code, "zh", str(tmp_path / "again.json"))
    assert again.read_bytes() == first.read_bytes()


def test_reasons(planned, tmp_path):
    store, made = planned
    with pytest.raises(OutputError, match="ends in .gpkg"):
        export_network(store, made.code, "en", str(tmp_path / "net.shp"))
    with pytest.raises(InputError, match=made.code):
        export_network(store, "nothing", "en", str(tmp_path / "net.gpkg"))
    with pytest.raises(OutputError):
        export_network(store, made.code, "en", str(tmp_path / "missing" / "net.gpkg"))
    assert list(tmp_path.iterdir()) == []


def test_two_scenarios_side_by_side(planned, qgis_app, store_name):
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    store, made = planned
    poor = plan_area(
        store, "G", budget=0.6 * made.cost, horizon_years=8.0, scenario="poor", catalogue=load_catalogue(),
        time_limit=10.0, today=date(2026, 3, 1),
    )  # fmt: skip
    context = QgsProcessingContext()
    given = {"STORE": store_name, "PLAN_A": made.code, "PLAN_B": poor.code, "OUTPUT_FIGURES": "memory:",
             "OUTPUT_WAYS": "memory:", "OUTPUT_BUILDINGS": "memory:"}  # fmt: skip
    algorithm = qgis_app.fullservice_provider.algorithm("compareplans")
    results, done = algorithm.run(given, context, QgsProcessingFeedback(), {}, False)
    assert done
    layers = {name: context.takeResultLayer(value) for name, value in results.items() if name.startswith("OUTPUT")}
    rows = {f["figure"]: f for f in layers["OUTPUT_FIGURES"].getFeatures()}
    assert results["COST_DIFFERENCE"] == pytest.approx(poor.cost - made.cost)
    assert rows["Homes passed"]["plan_b"] == poor.homes_passed
    metres = {where: 0.0 for where in ("a", "b", "both")}
    for feature in layers["OUTPUT_WAYS"].getFeatures():
        metres[feature["where"]] += feature["length_m"]
    once = "select distinct on (geom) length_m from fullservice.design_element where plan_id = %s and kind = 'route'"
    lengths = {plan.code: sum(r["length_m"] for r in store.dicts(once, (plan.plan_id,))) for plan in (made, poor)}
    assert metres["a"] + metres["both"] == pytest.approx(lengths[made.code], rel=0.01)
    assert metres["b"] + metres["both"] == pytest.approx(lengths[poor.code], rel=0.02)
    changed = [f for f in layers["OUTPUT_BUILDINGS"].getFeatures() if f["changed"]]
    assert len(changed) == results["CHANGED"] > 0
    assert all(f["method_a"] != f["method_b"] for f in changed)
    for key in ("PLAN_A", "PLAN_B"):
        with pytest.raises(Exception, match="no plan"):
            algorithm.run({**given, key: "none"}, context, QgsProcessingFeedback(), {}, False)
