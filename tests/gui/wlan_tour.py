# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour about WLAN: access points by hand, floors one at a time."""

from __future__ import annotations

from hand_tour import Hand
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY, QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import iface


def wlan_by_hand(driver, found: dict, tour: dict) -> None:
    """Place, drag and lock an access point on a floor; another floor shows others; three steps back."""
    hand = Hand(driver, tour["store"])
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceDesignByHand")
    dock.show()
    dock.raise_()
    code = hand.ask("select code from fullservice.plan where scenario = 'wlan' order by fid limit 1")[0][0]
    dock.plan.setCurrentText(code)
    dock.open_button.click()
    driver.wait(lambda: dock.session is not None and not dock.work.busy, 30, "the session")
    session, way = dock.session, QgsCoordinateTransform(
        dock.layers.crs, QgsCoordinateReferenceSystem("EPSG:4326"), QgsProject.instance())

    def degrees(x: float, y: float) -> tuple[float, float]:
        moved = way.transform(QgsPointXY(x, y))
        return moved.x(), moved.y()

    def changed(run) -> int:
        steps = len(session.steps)
        run()
        driver.wait(lambda: len(session.steps) == steps + 1 and not dock.work.busy, 20, "the change")
        return len(session.step.hand.aps)

    aps = [ap for ap in session.step.wlan.aps if ap.floor == 1]
    one = aps[0]
    shape = dict(zip(session.area.buildings.ids, session.area.buildings.geometry))[one.building_id]
    middle = shape.representative_point()
    lon, lat = degrees(middle.x, middle.y)
    hand.look_at(lon, lat, 0.0005)
    dock.tools["ap"].click()
    placed = changed(lambda: hand.click(lon, lat))
    other = next(ap for ap in session.step.wlan.aps if ap.floor == 1 and ap.ap_id not in
                 {a.ap_id for a in session.step.hand.aps} and ap.building_id == one.building_id)
    start = hand.pixel(*degrees(other.geometry.x, other.geometry.y))
    toward = hand.pixel(*degrees(*(0.5 * (other.geometry.x + middle.x), 0.5 * (other.geometry.y + middle.y))))
    dock.tools["ap_drag"].click()

    def drag() -> None:
        none = Qt.KeyboardModifier.NoModifier
        QTest.mousePress(hand.canvas.viewport(), Qt.MouseButton.LeftButton, none, start)
        QTest.mouseMove(hand.canvas.viewport(), toward)
        QTest.mouseRelease(hand.canvas.viewport(), Qt.MouseButton.LeftButton, none, toward)

    dragged = changed(drag)
    last = next(ap for ap in session.step.wlan.aps if ap.floor == 1 and ap.building_id != one.building_id)
    hand.look_at(*degrees(last.geometry.x, last.geometry.y), 0.0005)
    dock.tools["ap_lock"].click()
    locked = changed(lambda: hand.click(*degrees(last.geometry.x, last.geometry.y)))
    hand.look_at(lon, lat, 0.0005)
    driver.drawn()
    driver.picture("wlan_hand")
    found["wlan_items"] = dock.list.count()
    dock.floor.setValue(77)
    found["wlan_hand"] = [placed, dragged, locked, dock.layers.layers["design_aps"].featureCount()]
    dock.floor.setValue(1)
    for _ in range(3):
        dock.undo_button.click()
    found["wlan_undone"] = dock.list.count()
    dock._close()
    dock.hide()


def floors(driver, found: dict, tour: dict) -> None:
    """Design and map one building, go up a floor, back to all floors: the map is as it was."""
    from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

    import processing

    hand = Hand(driver, tour["store"])
    code, wkt = hand.ask("select code, ST_AsText(geom) from fullservice.building where not is_deleted and geom is not "
                         "null order by ST_Area(geom) desc limit 1")[0]
    houses = QgsVectorLayer("MultiPolygon?crs=EPSG:4326&field=code:string&field=storeys:integer&field=use:string",
                            "houses", "memory")
    house = QgsFeature(houses.fields())
    house.setGeometry(QgsGeometry.fromWkt(wkt))
    house.setAttributes([code, 3, "residential"])
    houses.dataProvider().addFeatures([house])
    made = processing.run("fullservice:designwlan", {
        "BUILDINGS": houses, "ID_FIELD": "code", "TIME_LIMIT": 5, "OUTPUT_APS": "memory:", "OUTPUT_COVERAGE": "memory:",
        "OUTPUT_WLAN_BOM": "memory:"})
    aps = made["OUTPUT_APS"]
    aps.setName("AP")
    project = QgsProject.instance()
    project.addMapLayer(aps, False)
    project.layerTreeRoot().insertLayer(0, aps)
    processing.run("fullservice:mapwlan", {
        "BUILDINGS": houses, "ID_FIELD": "code", "APS": aps, "QUANTITY": "rssi", "OUTPUT_FOLDER": tour["maps"]})
    before = set(project.mapLayers())
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceWlanFloors")
    dock.show()
    dock.raise_()
    driver.wait(lambda: dock.building.count() == 1, 5, "the maps")
    dock.zoom()
    dock.floor.setValue(2)
    driver.drawn()
    folder = dock.folder.text()
    dock.folder.setText("…/maps")  # pictures show no place of the machine they were made on
    driver.picture("wlan_floors")
    dock.folder.setText(folder)
    found["floor_maps"] = [dock.building.currentText() == code, sorted({f["floor"] for f in aps.getFeatures()}),
                           len(set(project.mapLayers()) - before)]
    dock.clear()
    found["floor_back"] = [sorted({f["floor"] for f in aps.getFeatures()}), set(project.mapLayers()) == before]
    dock.hide()
    project.removeMapLayer(aps.id())
