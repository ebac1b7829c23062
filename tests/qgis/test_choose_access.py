# SPDX-License-Identifier: GPL-2.0-or-later
"""chooseaccess through Processing: decisions, designs and sums belong together."""

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

STEP = 0.001
SINKS = [f"OUTPUT_{name}" for name in (
    "DECISIONS", "ROUTES", "NODES", "DROPS", "WIRED_BOM", "APS", "COVERAGE", "WLAN_BOM")]


def layer(kind: str, fields: str, rows: list) -> QgsVectorLayer:
    made = QgsVectorLayer(f"{kind}?crs=EPSG:4326&{fields}", kind, "memory")
    features = []
    for wkt, values in rows:
        feature = QgsFeature(made.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(values)
        features.append(feature)
    assert made.dataProvider().addFeatures(features)[0]
    return made


def town(state: str = "open", lock: str = "") -> dict:
    streets, houses = [], []
    for k in range(4):
        streets.append((f"LineString(0 {50 + k * STEP}, {3 * STEP} {50 + k * STEP})", [""]))
        streets.append((f"LineString({k * STEP} 50, {k * STEP} {50 + 3 * STEP})", [""]))
    for i in range(3):
        for j in range(3):
            x, y = i * STEP + 0.0004, 50 + j * STEP + 0.0001
            ring = f"{x} {y}, {x + 0.0002} {y}, {x + 0.0002} {y + 0.0001}, {x} {y + 0.0001}, {x} {y}"
            refused = "refused" if (i, j) == (1, 1) else state
            houses.append((f"Polygon(({ring}))", [
                f"B{i}{j}", 40 + 5 * i, 6, "residential", refused, lock if (i, j) == (0, 0) else ""]))
    package = layer("Polygon", "field=segment:string&field=price_month:double&field=down_mbps:double",
                    [("Polygon((-1 49, 1 49, 1 51, -1 51, -1 49))", ["home", 99.0, 100.0])])
    return {
        "BUILDINGS": layer("Polygon", "field=code:string&field=households:integer&field=storeys:integer"
                           "&field=use:string&field=access_state:string&field=method_lock:string", houses),
        "ID_FIELD": "code", "STREETS": layer("LineString", "field=name:string", streets),
        "SUPPLY": layer("Point", "field=code:string", [("Point(0.0001 49.9999)", ["A"])]),
        "PACKAGES": package, "TIME_LIMIT": 2, **dict.fromkeys(SINKS, "memory:"),
    }


def run(qgis_app, parameters):
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    results, done = qgis_app.fullservice_provider.algorithm("chooseaccess").run(
        parameters, context, feedback, {}, False)
    assert done, feedback.textLog()
    return results, {name: list(context.getMapLayer(results[name]).getFeatures()) for name in SINKS}


def test_designs_carry_out_the_decisions(qgis_app) -> None:
    results, rows = run(qgis_app, town(lock="hybrid"))
    decisions = {row["building_id"]: row for row in rows["OUTPUT_DECISIONS"]}
    assert len(decisions) == 9 and decisions["B11"]["method"] == "none"
    assert decisions["B11"]["constraint"] == "refused" and decisions["B00"]["method"] == "hybrid"
    drops, aps = ({row["building_id"] for row in rows[name]} for name in ("OUTPUT_DROPS", "OUTPUT_APS"))
    connected = {key for key, row in decisions.items() if row["method"] != "none"}
    assert drops == connected and aps == {
        key for key, row in decisions.items() if row["method"] in ("wlan", "hybrid")}
    bill = sum(row["cost"] for name in ("OUTPUT_WIRED_BOM", "OUTPUT_WLAN_BOM") for row in rows[name])
    assert results["COST"] == pytest.approx(bill)
    assert results["COST"] == pytest.approx(results["WIRED_COST"] + results["WLAN_COST"])
    assert results["COST"] == pytest.approx(sum(row["cost"] for row in decisions.values()))
    revenue = sum(row["revenue"] for row in decisions.values())
    assert results["BENEFIT"] == pytest.approx(revenue - results["COST"])
    assert results["BENEFIT"] <= results["BENEFIT_UPPER_BOUND"] and 0 <= results["BENEFIT_GAP"] < 1
    assert all(row["reason"] for row in decisions.values())


def test_budget_and_refusals(qgis_app) -> None:
    full, _ = run(qgis_app, town())
    half, rows = run(qgis_app, {**town(), "BUDGET": full["COST"] / 2})
    assert half["COST"] <= full["COST"] / 2 and half["BENEFIT"] <= full["BENEFIT"] + 1e-6
    empty, rows = run(qgis_app, town("refused"))
    assert empty["COST"] == 0 and empty["BENEFIT"] == 0 and empty["BENEFIT_UPPER_BOUND"] == 0
    assert {row["method"] for row in rows["OUTPUT_DECISIONS"]} == {"none"} and not rows["OUTPUT_ROUTES"]


def test_packages_that_nobody_approved_do_not_count(qgis_app) -> None:
    def benefit(*packages: tuple[float, str]) -> float:
        rows = [("Polygon((-1 49, 1 49, 1 51, -1 51, -1 49))", ["home", price, 100.0, state])
                for price, state in packages]
        fields = "field=segment:string&field=price_month:double&field=down_mbps:double&field=state:string"
        return run(qgis_app, {**town(), "PACKAGES": layer("Polygon", fields, rows)})[0]["BENEFIT"]

    agreed = benefit((50.0, "approved"))
    assert benefit((50.0, "approved"), (500.0, "draft"), (500.0, "withdrawn")) == pytest.approx(agreed)
    assert benefit((50.0, "approved"), (500.0, "approved")) > agreed


def test_lock_beyond_the_budget_is_told(qgis_app) -> None:
    algorithm = qgis_app.fullservice_provider.algorithm("chooseaccess")
    with pytest.raises(QgsProcessingException, match="locked"):
        algorithm.run({**town(lock="ftth"), "BUDGET": 10}, QgsProcessingContext(), QgsProcessingFeedback(), {}, False)
