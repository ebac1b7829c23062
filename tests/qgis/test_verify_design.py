# SPDX-License-Identifier: GPL-2.0-or-later
"""verifydesign through Processing: nothing is found in a design of designwired, and each spoiled layer is caught."""

from __future__ import annotations

import pytest

qgis_core = pytest.importorskip("qgis.core")
from qgis.core import (  # noqa: E402
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorLayer,
)

STEP = 0.0012
BLOCKS = 4


def layer(kind, fields, rows):
    made = QgsVectorLayer(f"{kind}?crs=EPSG:4326&{fields}", kind, "memory")
    for wkt, values in rows:
        feature = QgsFeature(made.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(values)
        assert made.dataProvider().addFeature(feature)
    return made


@pytest.fixture(scope="module")
def design(qgis_app):
    """Buildings and the layers that designwired makes of them."""
    import processing

    streets, houses = [], []
    for k in range(BLOCKS + 1):
        streets.append((f"LineString(8 {48 + k * STEP}, {8 + BLOCKS * STEP} {48 + k * STEP})", []))
        streets.append((f"LineString({8 + k * STEP} 48, {8 + k * STEP} {48 + BLOCKS * STEP})", []))
    for i in range(BLOCKS):
        for j in range(BLOCKS):
            for side in (0.0002, 0.0007):
                x, y = 8 + i * STEP + side, 48 + j * STEP + 0.00012
                ring = f"{x} {y}, {x + 0.0003} {y}, {x + 0.0003} {y + 0.0002}, {x} {y + 0.0002}, {x} {y}"
                state = "refused" if i == j == 2 else "open"
                houses.append((f"Polygon(({ring}))", [f"B{len(houses):02d}", 3 + 9 * (i % 3) * (j % 2), 4, state]))
    buildings = layer(
        "Polygon", "field=code:string&field=households:integer&field=storeys:integer&field=access_state:string", houses
    )
    made = processing.run(
        "fullservice:designwired",
        {
            "BUILDINGS": buildings,
            "ID_FIELD": "code",
            "HOUSEHOLDS_FIELD": "households",
            "STOREYS_FIELD": "storeys",
            "STREETS": layer("LineString", "field=name:string", streets),
            "SUPPLY": layer("Point", "field=code:string", [("Point(8.00002 48.00002)", ["A"])]),
            "TAKE_RATE": 0.6,
            "TIME_LIMIT": 1,
            "OUTPUT_ROUTES": "memory:",
            "OUTPUT_NODES": "memory:",
            "OUTPUT_DROPS": "memory:",
            "OUTPUT_WIRED_BOM": "memory:",
        },
        feedback=QgsProcessingFeedback(),
    )
    return {
        "BUILDINGS": buildings,
        "ID_FIELD": "code",
        "TAKE_RATE": 0.6,
        **{name: made[f"OUTPUT_{name}"] for name in ("ROUTES", "NODES", "DROPS", "WIRED_BOM")},
    }


def verify(parameters):
    import processing

    made = processing.run(
        "fullservice:verifydesign", {**parameters, "OUTPUT_FINDINGS": "memory:"}, feedback=QgsProcessingFeedback()
    )
    found = [feature.attributes() for feature in made["OUTPUT_FINDINGS"].getFeatures()]
    assert len(found) == made["FINDINGS"]
    return found


def spoiled(design, name, field, value):
    """The parameters with one layer copied and one value of its first feature changed."""
    copy = (
        design[name].clone()
        if design[name].providerType() != "memory"
        else design[name].materialize(qgis_core.QgsFeatureRequest())
    )
    first = next(copy.getFeatures())
    assert copy.dataProvider().changeAttributeValues({first.id(): {copy.fields().lookupField(field): value}})
    return {**design, name: copy}


def test_nothing_is_found_in_a_good_design(design):
    assert verify(design) == []


@pytest.mark.parametrize(
    "name, field, value, rule",
    [
        ("ROUTES", "length_m", 9999.0, "length.geometry"),
        ("ROUTES", "cable", "13F", "route.cable"),
        ("NODES", "used", 999, "node.ports"),
        ("DROPS", "loss_db", 1.0, "loss.value"),
        ("DROPS", "node_id", "nowhere", "drop.node"),
        ("WIRED_BOM", "quantity", 3.0, "bom.row"),
    ],
)
def test_spoiled_layer_is_caught(design, name, field, value, rule):
    found = verify(spoiled(design, name, field, value))
    assert rule in {row[0] for row in found}
    assert all(row[1] in ("error", "warning") and row[3] for row in found)


def test_findings_speak_the_language_of_the_user(design):
    from fullservice_plugin.i18n import set_language

    set_language("zh")
    try:
        found = verify(spoiled(design, "ROUTES", "cable", "13F"))
    finally:
        set_language("en")
    assert any("不在目录中" in row[3] for row in found)


def test_layers_may_come_in_other_crs(design):
    import processing

    moved = {
        name: processing.run(
            "native:reprojectlayer", {"INPUT": design[name], "TARGET_CRS": "EPSG:3857", "OUTPUT": "memory:"}
        )["OUTPUT"]
        for name in ("ROUTES", "DROPS")
    }
    assert verify({**design, **moved}) == []


def test_without_a_design_layer_it_says_what_to_do(design):
    with pytest.raises(QgsProcessingException, match="at least one layer"):
        verify({"BUILDINGS": design["BUILDINGS"], "ID_FIELD": "code"})


def test_foreign_layer_is_named(design):
    with pytest.raises(QgsProcessingException, match="has no field"):
        verify({**design, "NODES": layer("Point", "field=x:integer", [("Point(8 48)", [1])])})
