# SPDX-License-Identifier: GPL-2.0-or-later
"""The design under the hand on the map: what is drawn, and that nothing stays behind."""

from __future__ import annotations

import pytest

pytest.importorskip("qgis.core")
from qgis.core import QgsProject
from shapely.geometry import LineString, Point

PROJ = "+proj=tmerc +lat_0=60 +lon_0=25 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs +type=crs"


def test_layers_show_a_design_and_leave_no_trace(qgis_app):
    from fullservice_plugin.core.access.wired.records import Drop, Node, Route, WiredDesign
    from fullservice_plugin.core.access.wlan.model import AccessPoint
    from fullservice_plugin.gui.design.hand_layers import HandLayers

    project = QgsProject.instance()
    before = (len(project.mapLayers()), project.snappingConfig().enabled())
    layers = HandLayers(PROJ)
    assert project.snappingConfig().enabled()
    line = LineString([(0, 0), (10, 0)])
    design = WiredDesign(
        routes=[Route("R1", "feeder", "trench", 10.0, 4, "4F", 1.0, 1.0, line)],
        nodes=[Node("OLT-1", "olt", "", 2**40, 1, "", Point(0, 0))],
        drops=[Drop("b", "FAT-1", 5.0, 1, 20.0, LineString([(10, 0), (10, 5)]))],
    )
    for _ in range(2):
        layers.show(design)
    assert {key: layer.featureCount() for key, layer in layers.layers.items()} == {
        "design_nodes": 1, "design_drops": 1, "design_routes": 1, "design_aps": 0,
    }  # fmt: skip
    layers.show_aps([AccessPoint(f"a{k}", "b", k % 2 + 1, "5", 36, 20.0, Point(k, k)) for k in range(3)], 1)
    assert sorted(f["code"] for f in layers.layers["design_aps"].getFeatures()) == ["a0", "a2"]
    feature = next(layers.layers["design_routes"].getFeatures())
    assert feature.geometry().length() == pytest.approx(10.0) and feature["cable"] == "4F"
    layers.remove()
    assert (len(project.mapLayers()), project.snappingConfig().enabled()) == before
    assert project.layerTreeRoot().findGroup("Design by hand") is None


def test_a_map_that_is_closed_takes_the_layers_along_and_nothing_breaks(qgis_app):
    from fullservice_plugin.core.access.wired.records import WiredDesign
    from fullservice_plugin.gui.design.hand_layers import HandLayers

    project = QgsProject.instance()
    layers = HandLayers(PROJ)
    project.removeMapLayer(layers.layers["design_drops"].id())
    layers.show(WiredDesign())
    assert layers.layers["design_nodes"].featureCount() == 0
    project.clear()
    layers.show(WiredDesign())
    layers.remove()
    assert layers.layers == {} and not project.mapLayers()


def test_lines_and_points_come_to_the_session_s_metres(qgis_app):
    from qgis.core import QgsCoordinateReferenceSystem

    from fullservice_plugin.gui.design.hand_tools import to_session

    crs = QgsCoordinateReferenceSystem.fromProj(PROJ)
    line = to_session(LineString([(25.0, 60.0), (25.001, 60.0)]), crs)
    assert line.length == pytest.approx(55.8, abs=0.2) and abs(line.coords[0][0]) < 1e-3
    point = to_session(Point(25.0, 60.001), crs)
    assert point.y == pytest.approx(111.4, abs=0.2)


def test_the_curve_is_drawn_and_tells_its_plans(qgis_app):
    from fullservice_plugin.gui.design.frontier_chart import FrontierChart

    chart = FrontierChart()
    chart.resize(320, 160)
    points = [
        {"cost": 1000.0 * k, "benefit": 300.0 * k**0.5, "upper_bound": 400.0 * k**0.5, "homes": k} for k in range(5)
    ]
    chart.show_curve(points, 3000.0, 519.0, "CNY")
    picture = chart.grab().toImage()
    seen = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert len(seen) > 20
    where = chart.at(2000.0, points[2]["benefit"])
    told = chart.told(where.x() + 2, where.y() - 2)
    assert "2,000" in told and "424" in told and "566" in told
    assert chart.told(1.0, 1.0) == ""
    chart.show_curve(points[:1], None, None, "")
    assert chart.isHidden()
