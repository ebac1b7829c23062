# SPDX-License-Identifier: GPL-2.0-or-later
"""designwlan through Processing."""

from __future__ import annotations

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


def layer(kind: str, fields: str, rows: list) -> QgsVectorLayer:
    made = QgsVectorLayer(f"{kind}?crs=EPSG:4326&{fields}", kind, "memory")
    features = []
    for wkt, values in rows:
        feature = QgsFeature(made.fields())
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(values)
        features.append(feature)
    assert made.dataProvider().addFeatures(features)[0]
    return made


def square(x: float, y: float, size: float) -> str:
    return f"Polygon(({x} {y}, {x + size} {y}, {x + size} {y + size}, {x} {y + size}, {x} {y}))"


def run(qgis_app, name, parameters):
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    results, done = qgis_app.fullservice_provider.algorithm(name).run(parameters, context, feedback, {}, False)
    assert done, feedback.textLog()
    return results, context, feedback


def rows(results, context, name):
    return list(context.getMapLayer(results[name]).getFeatures())


SINKS = {"OUTPUT_APS": "memory:", "OUTPUT_COVERAGE": "memory:", "OUTPUT_WLAN_BOM": "memory:"}


def test_layers_and_numbers_agree(qgis_app) -> None:
    buildings = layer("Polygon", "field=code:string&field=levels:integer&field=kind:string",
                      [(square(24.94, 60.17, 0.0003), ["A", 3, "residential"]),
                       (square(24.95, 60.17, 0.0002), ["B", None, "office"])])
    results, context, _ = run(qgis_app, "designwlan", {
        "BUILDINGS": buildings, "ID_FIELD": "code", "STOREYS_FIELD": "levels", "USE_FIELD": "kind", "REGION": "etsi",
        "TIME_LIMIT": 5, **SINKS})
    aps, coverage, bom = (rows(results, context, name) for name in SINKS)
    assert results["APS"] == len(aps) >= results["APS_LOWER_BOUND"] >= 4
    assert {(row["building_id"], row["floor"]) for row in coverage} == {("A", 1), ("A", 2), ("A", 3), ("B", 1)}
    assert results["WLAN_COST"] == pytest.approx(sum(row["cost"] for row in bom))
    footprints = {row["code"]: row.geometry() for row in buildings.getFeatures()}
    for ap in aps:
        assert footprints[ap["building_id"]].buffer(1e-6, 4).contains(ap.geometry())
        assert ap["band"] == "5" and 36 <= ap["channel"] <= 140 and ap["eirp_dbm"] <= 23
    for row in coverage:
        assert row["primary_share"] >= 0.99 and row["secondary_share"] >= 0.85 and row["airtime"] <= 0.6


def test_floor_layer_and_bad_input(qgis_app) -> None:
    buildings = layer("Polygon", "field=code:string", [(square(24.94, 60.17, 0.0003), ["A"])])
    floors = layer("Polygon", "field=building_id:string&field=floor:integer",
                   [(square(24.94, 60.17, 0.0001), ["A", 7])])
    results, context, _ = run(qgis_app, "designwlan", {
        "BUILDINGS": buildings, "ID_FIELD": "code", "FLOORS": floors, **SINKS})
    assert [row["floor"] for row in rows(results, context, "OUTPUT_COVERAGE")] == [7]
    wrong = layer("Polygon", "field=x:string", [(square(24.94, 60.17, 0.0001), ["A"])])
    algorithm = qgis_app.fullservice_provider.algorithm("designwlan")
    for parameters in ({"FLOORS": wrong}, {"BUILDINGS": layer("Polygon", "field=code:string", [])}):
        with pytest.raises(QgsProcessingException):
            algorithm.run({"BUILDINGS": buildings, **SINKS, **parameters}, QgsProcessingContext(),
                          QgsProcessingFeedback(), {}, False)


def test_walls_and_hand_placed_points_through_processing(qgis_app) -> None:
    """Design, lock one access point where it stands, draw walls, design again, verify with the same layers."""
    buildings = layer("Polygon", "field=code:string&field=storeys:integer&field=use:string",
                      [(square(24.94, 60.17, 0.0003), ["A", 2, "office"])])
    results, context, _ = run(qgis_app, "designwlan", {
        "BUILDINGS": buildings, "ID_FIELD": "code", "TIME_LIMIT": 5, **SINKS})
    aps = context.temporaryLayerStore().takeMapLayer(context.getMapLayer(results["OUTPUT_APS"]))
    first = next(aps.getFeatures())
    assert aps.dataProvider().changeAttributeValues({first.id(): {aps.fields().lookupField("locked"): 1}})
    x = 24.94015
    walls = layer("LineString", "field=building_id:string&field=floor:integer&field=material:string",
                  [(f"LineString({x} 60.1699, {x} 60.1704)", ["A", None, "混凝土"]),
                   ("LineString(20 60, 20 60.1)", ["elsewhere", 1, "brick"])])
    given = {"BUILDINGS": buildings, "ID_FIELD": "code", "TIME_LIMIT": 5, "WALLS": walls, "GIVEN_APS": aps}
    results, context, feedback = run(qgis_app, "designwlan", {**given, **SINKS})
    kept = [row for row in rows(results, context, "OUTPUT_APS") if row["locked"]]
    assert [(row["ap_id"], row["channel"]) for row in kept] == [(first["ap_id"], first["channel"])]
    assert kept[0].geometry().distance(first.geometry()) < 1e-7
    assert {row["model"] for row in rows(results, context, "OUTPUT_COVERAGE")} == {"walls enterprise"}
    assert "elsewhere" in feedback.textLog()
    layers = {name: context.temporaryLayerStore().takeMapLayer(context.getMapLayer(results[f"OUTPUT_{name}"]))
              for name in ("APS", "COVERAGE")}
    checked, context, feedback = run(qgis_app, "verifydesign", {
        "BUILDINGS": buildings, "ID_FIELD": "code", **layers, "WALLS": walls, "OUTPUT_FINDINGS": "memory:"})
    assert checked["FINDINGS"] == 0, feedback.textLog()
    metal = layer("LineString", "field=building_id:string&field=material:string",
                  [(f"LineString({x} 60.1699, {x} 60.1704)", ["A", "metal"])])
    algorithm = qgis_app.fullservice_provider.algorithm("designwlan")
    with pytest.raises(QgsProcessingException, match="metal"):
        algorithm.run({**given, "WALLS": metal, **SINKS}, QgsProcessingContext(), QgsProcessingFeedback(), {}, False)


def test_outdoors_through_processing(qgis_app) -> None:
    areas = layer("Polygon", "field=code:string&field=users:integer",
                  [(square(24.94, 60.17, 0.0015), ["square", 40]), (square(24.95, 60.17, 0.0008), ["yard", None])])
    houses = layer("Polygon", "field=code:string", [(square(24.9405, 60.1705, 0.0003), ["H"])])
    results, context, feedback = run(qgis_app, "designoutdoorwlan", {
        "AREAS": areas, "ID_FIELD": "code", "BUILDINGS": houses, "REGION": "etsi", "TIME_LIMIT": 8,
        "OUTPUT_INDOORS": "memory:", **SINKS})
    aps, coverage, bom, indoors = (rows(results, context, name) for name in (*SINKS, "OUTPUT_INDOORS"))
    assert results["APS"] == len(aps) >= results["APS_LOWER_BOUND"] >= 2
    assert {row["building_id"] for row in coverage} == {"square", "yard"}
    assert all(row["primary_share"] >= 0.95 and row["aps"] >= row["aps_lower_bound"] for row in coverage)
    assert results["WLAN_COST"] == pytest.approx(sum(row["cost"] for row in bom))
    assert [row["ap_id"].startswith("square") for row in indoors] == [True]
    assert all(100 <= ap["channel"] <= 140 and ap["eirp_dbm"] <= 27 for ap in aps), "nothing that is for indoors only"
    assert "p1411_site los_street" in feedback.textLog()
    algorithm = qgis_app.fullservice_provider.algorithm("designoutdoorwlan")
    with pytest.raises(QgsProcessingException):
        algorithm.run({"AREAS": layer("Polygon", "field=code:string", []), "OUTPUT_INDOORS": "memory:", **SINKS},
                      QgsProcessingContext(), QgsProcessingFeedback(), {}, False)
