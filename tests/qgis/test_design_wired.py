# SPDX-License-Identifier: GPL-2.0-or-later
"""designwired through Processing: layers in degrees, results in their CRS, sums and errors."""

from __future__ import annotations

import json

import pytest

qgis_core = pytest.importorskip("qgis.core")
from qgis.core import (  # noqa: E402
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorLayer,
)

STEP = 0.001  # about 111 m


def layer(kind: str, fields: str, rows: list[tuple[str, list]]) -> QgsVectorLayer:
    made = QgsVectorLayer(f"{kind}?crs=EPSG:4326&{fields}", kind, "memory")
    features = []
    for wkt, values in rows:
        feature = QgsFeature(made.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(values)
        features.append(feature)
    assert made.dataProvider().addFeatures(features)[0]
    return made


def town(homes: object = 3) -> dict[str, object]:
    streets, houses = [], []
    for k in range(4):
        streets.append((f"LineString(0 {50 + k * STEP}, {3 * STEP} {50 + k * STEP})", []))
        streets.append((f"LineString({k * STEP} 50, {k * STEP} {50 + 3 * STEP})", []))
    for i in range(3):
        for j in range(3):
            x, y = i * STEP + 0.0004, 50 + j * STEP + 0.0001
            corners = [(x, y), (x + 0.0002, y), (x + 0.0002, y + 0.0001), (x, y + 0.0001), (x, y)]
            ring = ", ".join(f"{a} {b}" for a, b in corners)
            houses.append((f"Polygon(({ring}))", [f"B{i}{j}", homes]))
    kind = "integer" if isinstance(homes, int) else "string"
    return {
        "BUILDINGS": layer("Polygon", f"field=code:string&field=hh:{kind}", houses),
        "ID_FIELD": "code", "HOUSEHOLDS_FIELD": "hh",
        "STREETS": layer("LineString", "field=name:string", streets),
        "SUPPLY": layer("Point", "field=code:string", [("Point(0.0001 49.9999)", ["A"])]),
        "TIME_LIMIT": 2, "OUTPUT_ROUTES": "memory:", "OUTPUT_NODES": "memory:", "OUTPUT_DROPS": "memory:",
        "OUTPUT_WIRED_BOM": "memory:",
    }


def run(qgis_app, parameters):
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    algorithm = qgis_app.fullservice_provider.algorithm("designwired")
    results, done = algorithm.run(parameters, context, feedback, {}, False)
    assert done
    layers = {name: context.takeResultLayer(value) for name, value in results.items() if name.startswith("OUTPUT")}
    return results, layers, feedback


def test_design_of_layers_in_degrees(qgis_app):
    results, layers, feedback = run(qgis_app, town())
    assert results["HOMES"] == 27 and results["UNSERVED"] == 0
    assert 0 < results["WIRED_LOWER_BOUND"] <= results["WIRED_COST"]
    assert results["WIRED_GAP"] == pytest.approx(results["WIRED_COST"] / results["WIRED_LOWER_BOUND"] - 1)
    bill = [feature["cost"] for feature in layers["OUTPUT_WIRED_BOM"].getFeatures()]
    assert sum(bill) == pytest.approx(results["WIRED_COST"], rel=1e-12)
    routes = list(layers["OUTPUT_ROUTES"].getFeatures())
    assert sum(feature["trench_cost"] for feature in routes) == pytest.approx(results["TRENCH_COST"], rel=1e-9)
    assert layers["OUTPUT_ROUTES"].crs().authid() == "EPSG:4326"
    assert layers["OUTPUT_DROPS"].extent().yMinimum() > 49.9
    drops = {feature["building_id"] for feature in layers["OUTPUT_DROPS"].getFeatures()}
    assert drops == {f"B{i}{j}" for i in range(3) for j in range(3)}
    assert {feature["kind"] for feature in layers["OUTPUT_NODES"].getFeatures()} == {"olt", "fdt", "fat"}
    assert "trench" in feedback.textLog()


@pytest.mark.parametrize(("change", "word"), [
    ({"homes": "many"}, "hh"), ({"homes": "-2"}, "hh"), ({"TAKE_RATE": 0.5, "ID_FIELD": "hh"}, "twice"),
    ({"CATALOGUE": "/nowhere/prices.json"}, "prices.json")])
def test_errors_name_what_is_wrong(qgis_app, change, word):
    change = dict(change)
    parameters = {**town(change.pop("homes", 3)), **change}
    with pytest.raises(QgsProcessingException) as caught:
        qgis_app.fullservice_provider.algorithm("designwired").run(
            parameters, QgsProcessingContext(), QgsProcessingFeedback(), {}, False)
    assert word in str(caught.value)


def test_supply_far_off_is_one_clear_error(qgis_app):
    parameters = town()
    parameters["SUPPLY"] = layer("Point", "field=code:string", [("Point(2 51)", ["A"])])
    with pytest.raises(QgsProcessingException) as caught:
        run(qgis_app, parameters)
    assert "Supply point A is more than" in str(caught.value)


def test_areas_that_are_no_buildings_are_ignored(qgis_app):
    parameters = town()
    rows = [(f.geometry().asWkt(), [f["code"], f["hh"], "yes" if i else None])
            for i, f in enumerate(parameters["BUILDINGS"].getFeatures())]
    parameters["BUILDINGS"] = layer("Polygon", "field=code:string&field=hh:integer&field=building:string", rows)
    assert run(qgis_app, parameters)[0]["HOMES"] == 24


def test_a_layer_without_crs_is_named(qgis_app):
    parameters = town()
    bare = QgsVectorLayer("LineString?field=a:string", "bare streets", "memory")
    parameters["STREETS"] = bare
    with pytest.raises(QgsProcessingException) as caught:
        run(qgis_app, parameters)
    assert "bare streets" in str(caught.value)


def test_own_prices_change_the_result(qgis_app, tmp_path):
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({"construction": {"trench": {"price": 1.0}}}), encoding="utf-8")
    assert run(qgis_app, {**town(), "CATALOGUE": str(file)})[0]["TRENCH_COST"] < run(qgis_app, town())[0]["TRENCH_COST"]


def test_what_the_designer_draws_and_places_is_honoured(qgis_app):
    given = town()
    given["HAND_WAYS"] = layer("LineString", "field=action:string&field=construction:string", [
        (f"LineString(0 50, {STEP} {50 + STEP})", ["draw", "aerial"]),
        (f"LineString({2 * STEP} {50 + 2 * STEP}, {3 * STEP} {50 + 2 * STEP})", ["lock", None]),
    ])
    given["HAND_SITES"] = layer("Point", "field=kind:string&field=building_id:string", [
        (f"Point({STEP} {50 + STEP})", ["cabinet", None]), (f"Point({2 * STEP} 50)", [None, "B10"])])
    results, layers, _ = run(qgis_app, given)
    ways = list(layers["OUTPUT_ROUTES"].getFeatures())
    assert sum(f["length_m"] for f in ways if f["construction"] == "aerial" and f["trench_cost"]) > 120
    locked = QgsGeometry.fromWkt(f"LineString({2 * STEP} {50 + 2 * STEP}, {3 * STEP} {50 + 2 * STEP})").buffer(1e-6, 4)
    assert sum(f.geometry().intersection(locked).length() for f in ways if f["trench_cost"]) > 0.95 * STEP
    cabinet = QgsGeometry.fromWkt(f"Point({STEP} {50 + STEP})")
    nodes = list(layers["OUTPUT_NODES"].getFeatures())
    assert [f for f in nodes if f["kind"] == "fdt" and f.geometry().distance(cabinet) < 1e-5]
    box = next(f["node_id"] for f in layers["OUTPUT_DROPS"].getFeatures() if f["building_id"] == "B10")
    place = next(f for f in nodes if f["node_id"] == box)
    assert place.geometry().distance(QgsGeometry.fromWkt(f"Point({2 * STEP} 50)")) < 1e-5
    given["HAND_WAYS"] = layer("LineString", "field=action:string", [("LineString(0 50, 0.001 50)", ["erase"])])
    with pytest.raises(QgsProcessingException, match="erase"):
        run(qgis_app, given)
