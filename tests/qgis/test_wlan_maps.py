# SPDX-License-Identifier: GPL-2.0-or-later
"""designwlan → mapwlan → calibratewlan → designwlan in real QGIS: rasters at their place, corrections that help."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsRasterLayer,
    QgsVectorLayer,
)

WEST, SOUTH = 385000.0, 6672000.0


def layer(kind: str, fields: str, rows) -> QgsVectorLayer:
    made = QgsVectorLayer(f"{kind}?crs=EPSG:3067&{fields}", "made", "memory")
    features = []
    for wkt, values in rows:
        feature = QgsFeature(made.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(list(values))
        features.append(feature)
    assert made.dataProvider().addFeatures(features)[0]
    return made


@pytest.fixture(scope="module")
def run(qgis_app):
    """Run an algorithm; its memory layers come as layers."""
    def work(name, parameters):
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
        algorithm = qgis_app.fullservice_provider.algorithm(name.split(":")[1])
        results, _ = algorithm.run(parameters, context, feedback, {}, False)
        layers = {key: context.takeResultLayer(value) for key, value in results.items()
                  if isinstance(value, str) and context.getMapLayer(value) is not None}
        return {**results, **layers}

    return work


@pytest.fixture(scope="module")
def designed(run):
    ring = ", ".join(f"{WEST + x} {SOUTH + y}" for x, y in ((0, 0), (60, 0), (60, 25), (0, 25), (0, 0)))
    buildings = layer("Polygon", "field=code:string&field=storeys:integer&field=use:string",
                      [(f"POLYGON(({ring}))", ("H 1", 2, "office"))])
    found = run("fullservice:designwlan", {"BUILDINGS": buildings, "ID_FIELD": "code", "OUTPUT_APS": "memory:",
                                           "OUTPUT_COVERAGE": "memory:", "OUTPUT_WLAN_BOM": "memory:"})
    return buildings, found["OUTPUT_APS"], found["APS"]


@pytest.mark.parametrize("quantity", ["rssi", "snr", "throughput", "airtime"])
def test_a_raster_per_floor_lies_where_the_floor_is(run, designed, tmp_path, quantity) -> None:
    buildings, aps, _ = designed
    found = run("fullservice:mapwlan", {"BUILDINGS": buildings, "ID_FIELD": "code", "APS": aps, "QUANTITY": quantity,
                                        "OUTPUT_FOLDER": str(tmp_path)})
    files = sorted(Path(found["OUTPUT_FOLDER"]).glob("*.tif"))
    assert [path.name for path in files] == [f"H_1_F1_{quantity}.tif", f"H_1_F2_{quantity}.tif"]
    assert found["FLOOR_MAPS"] == 2
    shown = QgsRasterLayer(str(files[0]), "x")
    assert shown.isValid() and shown.renderer().type() == "singlebandpseudocolor"
    assert 120 <= shown.width() <= 124 and 50 <= shown.height() <= 54  # the metric CRS is turned a little
    raster = gdal.Open(str(files[0]))
    values = raster.ReadAsArray()
    values = np.where(values == raster.GetRasterBand(1).GetNoDataValue(), np.nan, values)
    assert np.isfinite(values).mean() > 0.9
    if quantity == "rssi":
        assert np.nanmin(values) > -75
        point = next(f for f in aps.getFeatures() if f["floor"] == 1).geometry().asPoint()
        here, ok = shown.dataProvider().sample(QgsPointXY(_metric(buildings, shown, point)), 1)
        assert ok and here == pytest.approx(np.nanmax(values), abs=3)


def _metric(buildings, raster, point):
    from qgis.core import QgsCoordinateTransform, QgsProject

    return QgsCoordinateTransform(buildings.crs(), raster.crs(), QgsProject.instance()).transform(point)


def test_a_walk_test_corrects_the_model_and_the_design(run, designed) -> None:
    buildings, aps, before = designed
    random = np.random.default_rng(5)
    ap = next(f for f in aps.getFeatures() if f["floor"] == 1)
    x0, y0 = ap.geometry().asPoint().x() - WEST, ap.geometry().asPoint().y() - SOUTH
    rows = []
    for x, y in random.uniform((1, 1), (59, 24), (120, 2)):
        metres = max(1.0, float(np.hypot(x - x0, y - y0)))
        loss = max(24.6 * np.log10(metres) + 29.53 + 23.8 * np.log10(5.5), 20 * np.log10(metres) + 47.26) + 9.0
        rows.append((f"POINT({WEST + x} {SOUTH + y})",
                     ("H 1", 1, ap["ap_id"], float(ap["eirp_dbm"] - loss + random.normal(0, 3)))))
    walk = layer("Point", "field=building_id:string&field=floor:integer&field=ap_id:string&field=rssi_dbm:double", rows)
    found = run("fullservice:calibratewlan", {"INPUT": walk, "BUILDINGS": buildings, "ID_FIELD": "code", "APS": aps,
                                              "OUTPUT": "memory:", "OUTPUT_CORRECTIONS": "memory:"})
    assert found["BIAS"] == pytest.approx(-9.0, abs=1.0) and found["RMSE"] > 8
    assert found["HELD_OUT_AFTER"] < 4.5 < found["HELD_OUT_BEFORE"]
    assert found["READINGS"] + found["CENSORED"] == 120
    residuals = [f["residual_db"] for f in found["OUTPUT"].getFeatures()]
    assert np.mean(residuals) == pytest.approx(found["BIAS"], abs=1.5)
    (row,) = found["OUTPUT_CORRECTIONS"].getFeatures()
    assert row["building_id"] == "H 1" and row["offset_db"] + row["slope"] * 75 == pytest.approx(84, abs=2.5)
    again = run("fullservice:designwlan", {
        "BUILDINGS": buildings, "ID_FIELD": "code", "CALIBRATION": found["OUTPUT_CORRECTIONS"],
        "OUTPUT_APS": "memory:", "OUTPUT_COVERAGE": "memory:", "OUTPUT_WLAN_BOM": "memory:"})
    assert again["APS"] > before  # nine decibels more loss than the book says


def test_what_does_not_meet_is_told(run, designed, tmp_path) -> None:
    buildings, aps, _ = designed
    with pytest.raises(QgsProcessingException, match="ID_FIELD"):
        run("fullservice:mapwlan", {"BUILDINGS": buildings, "APS": aps, "OUTPUT_FOLDER": str(tmp_path)})
    empty = layer("Point", "field=building_id:string", [(f"POINT({WEST} {SOUTH})", ("H 1",))])
    with pytest.raises(QgsProcessingException, match="rssi_dbm"):
        run("fullservice:calibratewlan", {"INPUT": empty, "BUILDINGS": buildings, "ID_FIELD": "code", "APS": aps,
                                          "OUTPUT": "memory:", "OUTPUT_CORRECTIONS": "memory:"})
    (tmp_path / "file").write_text("x")
    with pytest.raises(QgsProcessingException, match="does not exist"):
        run("fullservice:mapwlan", {"BUILDINGS": buildings, "ID_FIELD": "code", "APS": aps,
                                    "OUTPUT_FOLDER": str(tmp_path / "file" / "in")})
