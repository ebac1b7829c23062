# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour that works by hand: mouse and keys on the real map, every deed and its way back."""

from __future__ import annotations

import time

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDockWidget, QPushButton
from qgis.utils import iface, plugins

#: A free place of the small city, and buildings of it: their codes are in the tour's plan.
STEP = 0.0004


class Hand:
    """Clicks on the map in WGS-84 degrees and asks the store what came of it."""

    def __init__(self, driver, store: str) -> None:
        self.driver, self.store = driver, store
        self.canvas = iface.mapCanvas()
        self.desk = plugins["fullservice_plugin"].discovery

    def ask(self, query: str, *values):
        import psycopg2

        link = psycopg2.connect(f"service={self.store}")
        try:
            with link.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall()
        finally:
            link.close()

    def look_at(self, lon: float, lat: float, half: float = 0.002) -> None:
        way = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"),
                                     self.canvas.mapSettings().destinationCrs(), QgsProject.instance())
        self.canvas.setExtent(way.transformBoundingBox(QgsRectangle(lon - half, lat - half, lon + half, lat + half)))
        self.driver.drawn()

    def pixel(self, lon: float, lat: float) -> QPoint:
        way = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"),
                                     self.canvas.mapSettings().destinationCrs(), QgsProject.instance())
        point = self.canvas.getCoordinateTransform().transform(way.transform(QgsPointXY(lon, lat)))
        return QPoint(round(point.x()), round(point.y()))

    def click(self, lon: float, lat: float, button=Qt.MouseButton.LeftButton) -> None:
        at = self.pixel(lon, lat)
        QTest.mouseMove(self.canvas.viewport(), at)
        QTest.mouseClick(self.canvas.viewport(), button, Qt.KeyboardModifier.NoModifier, at)
        self.driver.settle(0.05)

    def snaps(self, lon: float, lat: float) -> None:
        """Wait, the pointer on a place, until the tool marks what it snaps to: as one does who draws."""
        def marked() -> bool:
            QTest.mouseMove(self.canvas.viewport(), self.pixel(lon, lat))
            QTest.mouseMove(self.canvas.viewport(), self.pixel(lon, lat) + QPoint(1, 0))
            return self.canvas.mapTool()._snap._marker.isVisible()

        self.driver.wait(marked, 10, "the mark of what is snapped to")

    def draw(self, *corners) -> None:
        for corner in corners:
            self.click(*corner)
        self.click(*corners[-1], Qt.MouseButton.RightButton)

    def done(self, before: int) -> float:
        """Wait until one more deed is done; seconds."""
        started = time.monotonic()
        self.driver.wait(lambda: len(self.desk.deeds.stack) == before + 1 and not self.desk.deeds.busy, 10, "the deed")
        return round(time.monotonic() - started, 2)

    def start(self, key: str) -> int:
        before = len(self.desk.deeds.stack)
        self.desk.tools.actions[key].trigger()
        self.driver.settle(0.1)
        return before

    def undo(self) -> float:
        """Press the Undo of the message bar."""
        before, started = len(self.desk.deeds.stack), time.monotonic()
        buttons = [button for item in iface.messageBar().items() for button in item.findChildren(QPushButton)
                   if button.text() in ("Undo", "撤销")]
        buttons[-1].click()
        self.driver.wait(lambda: len(self.desk.deeds.stack) == before - 1 and not self.desk.deeds.busy, 10, "undo")
        return round(time.monotonic() - started, 2)


def by_hand(driver, found: dict, tour: dict) -> None:
    hand = Hand(driver, tour["store"])
    code, lon, lat = hand.ask("select code, ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom)) from "
                              "fullservice.building where geom is not null and not is_deleted order by code limit 1")[0]
    living = "select count(*) from fullservice.{} where not is_deleted"
    counts = lambda: [hand.ask(living.format(table))[0][0] for table in ("estate", "building")]  # noqa: E731
    found["hand_before"], found["hand_seconds"] = counts(), {}

    hand.look_at(lon + 0.004, lat + 0.004)  # beside the city: nothing there
    x, y = lon + 0.004, lat + 0.004
    before = hand.start("new_estate")
    hand.click(x - STEP, y - STEP)
    hand.click(x + STEP, y - STEP)
    hand.click(x + STEP, y + STEP)
    driver.picture("hand_drawing")
    hand.click(x - STEP, y + STEP)
    hand.click(x - STEP, y + STEP, Qt.MouseButton.RightButton)
    driver.wait(lambda: hand.desk.tools.dialog is not None, 5, "the dialog")
    dialog = hand.desk.tools.dialog
    found["hand_ok_without_name"] = dialog.buttons.buttons()[0].isEnabled()
    dialog.name.setText("东湖新苑")
    driver.picture("hand_estate", dialog)
    dialog.accept()
    found["hand_seconds"]["estate"] = hand.done(before)

    before = hand.start("new_building")
    hand.click(x, y)
    QTest.keyClick(hand.canvas, Qt.Key.Key_Return)
    driver.wait(lambda: hand.desk.tools.dialog is not None, 5, "the dialog")
    dialog = hand.desk.tools.dialog
    dialog.number.setText("7号楼")
    dialog.households.setValue(96)
    dialog.planned.setChecked(True)
    driver.picture("hand_building", dialog)
    dialog.accept()
    found["hand_seconds"]["building"] = hand.done(before)
    found["hand_planned"] = hand.ask(
        "select e.name, b.number, b.households, b.handover_date is not null, b.geom is null "
        "from fullservice.building b join fullservice.estate e on e.id = b.estate_id "
        "where b.number = '7号楼' and not b.is_deleted")
    driver.drawn()
    driver.picture("hand_planned")

    before = hand.start("pin")
    start, end = hand.pixel(x, y), hand.pixel(x + STEP / 2, y + STEP / 2)
    view = hand.canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(view, end)
    driver.settle(0.2)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    found["hand_seconds"]["pin"] = hand.done(before)
    east, north = hand.ask("select ST_X(entry_point), ST_Y(entry_point) from fullservice.building "
                           "where number = '7号楼' and not is_deleted")[0]
    found["hand_pin_off"] = [abs(east - x - STEP / 2), abs(north - y - STEP / 2)]
    found["hand_seconds"]["pin_undo"] = hand.undo()
    hand.desk.tools.actions["undo"].trigger()
    driver.wait(lambda: not hand.desk.deeds.busy, 10, "undo")
    hand.desk.tools.actions["undo"].trigger()
    driver.wait(lambda: not hand.desk.deeds.busy and not hand.desk.deeds.stack, 10, "undo")
    found["hand_after"] = counts()

    hand.look_at(lon, lat, 0.001)
    before = hand.start("split_building")
    hand.click(lon, lat)
    driver.wait(lambda: type(hand.desk.tools.tool).__name__ == "DrawTool", 10, "the building is known")
    hand.draw((lon, lat - 0.0009), (lon, lat + 0.0009))
    found["hand_seconds"]["split"] = hand.done(before)
    found["hand_lineage"] = hand.ask("select count(*) from fullservice.building_lineage l join fullservice.building b "
                                     "on b.id = l.ancestor_id where b.code = %s", code)[0][0]
    driver.drawn()
    driver.picture("hand_split")
    found["hand_seconds"]["split_undo"] = hand.undo()
    found["hand_end"] = counts()


def review(driver, found: dict, tour: dict) -> None:
    hand = Hand(driver, tour["store"])
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceReview")
    dock.show()
    dock.raise_()
    dock.load()
    driver.wait(lambda: len(dock.items) == 2, 10, "pairs")
    driver.drawn()
    found["review_first"] = [dock.item.key, dock.item.gone, len(dock._bands)]
    driver.picture("review")
    before = len(hand.desk.deeds.stack)
    dock.table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    iface.mainWindow().activateWindow()
    dock.table.setFocus()
    driver.settle(0.2)
    QTest.keyClick(dock.table, Qt.Key.Key_A)
    found["hand_seconds"]["accept"] = hand.done(before)
    found["review_left"] = [pair.key for pair in dock.items]
    found["review_settled"] = hand.ask("select band, state from fullservice.source_record where source_key = 'r1'")
    QTest.keyClick(dock.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driver.wait(lambda: len(hand.desk.deeds.stack) == before and len(dock.items) == 2, 10, "undo by key")
    driver.picture("review_again")
    dock.hide()


def lead(driver, found: dict, tour: dict) -> None:
    hand = Hand(driver, tour["store"])
    key, lon, lat = hand.ask("select id::text, ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom)) from "
                             "fullservice.estate where not is_deleted and lead_state = 'candidate' limit 1")[0]
    asked = ("select lead_state, (select count(*) from fullservice.visit_log v where v.estate_id = e.id and not "
             "v.is_deleted) from fullservice.estate e where id = %s")
    hand.look_at(lon, lat, 0.002)
    before = hand.start("lead")
    hand.click(lon, lat)
    driver.wait(lambda: hand.desk.tools.dialog is not None, 10, "the lead")
    dialog = hand.desk.tools.dialog
    ready = dialog.buttons.buttons()[0].isEnabled
    dialog.state.setCurrentIndex(dialog.state.findData("verified"))
    driver.picture("lead_lacking", dialog)
    found["lead_needs_proof"] = ready()
    dialog.visited.setChecked(True)
    dialog.result.setText("已到现场，弱电井可用")
    dialog.value.setCurrentIndex(dialog.value.findData("blue"))
    found["lead_with_proof"] = ready()
    driver.picture("lead", dialog)
    dialog.accept()
    found["hand_seconds"]["lead"] = hand.done(before)
    found["lead_after"] = hand.ask(asked, key)
    found["hand_seconds"]["lead_undo"] = hand.undo()
    found["lead_back"] = hand.ask(asked, key)


def ledger(driver, found: dict, tour: dict) -> None:
    hand = Hand(driver, tour["store"])
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceLedger")
    dock.show()
    dock.raise_()
    dock.load()
    driver.wait(lambda: len(dock.items) == 2, 10, "rows")
    driver.drawn()
    found["ledger_first"] = [dock.item.key, list(dock.item.answers)]
    driver.picture("ledger")
    before = len(hand.desk.deeds.stack)
    dock.answer("accept")
    found["hand_seconds"]["ledger_accept"] = hand.done(before)
    driver.drawn()
    lon, lat = hand.ask("select ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom)) from fullservice.building "
                        "where geom is not null and not is_deleted order by code limit 1")[0]
    hand.look_at(lon, lat, 0.001)
    dock.answer("place")
    driver.picture("ledger_place")
    hand.click(lon, lat)
    found["hand_seconds"]["ledger_place"] = hand.done(before + 1)
    found["ledger_placed"] = hand.ask("select ledger_key, band, method from fullservice.ledger_row where ledger_key in "
                                      "('L1', 'L2') order by 1")
    hand.undo()
    hand.desk.tools.actions["undo"].trigger()
    driver.wait(lambda: len(hand.desk.deeds.stack) == before and len(dock.items) == 2, 10, "rows back")
    found["ledger_back"] = len(dock.items)
    dock.hide()


def design(driver, found: dict, tour: dict) -> None:
    """Open a plan, draw, place, lock, undo, redo, release, save: by mouse and buttons."""
    hand = Hand(driver, tour["store"])
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceDesignByHand")
    dock.show()
    dock.raise_()
    code = hand.ask("select code from fullservice.plan where scenario = 'hand' order by fid limit 1")[0][0]
    driver.wait(lambda: dock.plan.findText(code) >= 0, 10, "plans")
    dock.plan.setCurrentText(code)
    dock.open_button.click()
    driver.wait(lambda: dock.session is not None and not dock.work.busy, 30, "the session")
    driver.drawn()
    session = dock.session
    found["design_opened"] = [session.step.cost, dock.save_button.isEnabled()]
    seconds = found["design_seconds"] = []

    def degrees(point) -> tuple[float, float]:
        way = QgsCoordinateTransform(dock.layers.crs, QgsCoordinateReferenceSystem("EPSG:4326"), QgsProject.instance())
        moved = way.transform(QgsPointXY(point.x, point.y))
        return moved.x(), moved.y()

    def changed(run) -> None:
        steps = len(session.steps)
        started = time.monotonic()
        run()
        driver.wait(lambda: len(session.steps) == steps + 1 and not dock.work.busy, 20, "the change")
        seconds.append(round(time.monotonic() - started, 2))

    route = max(session.step.design.routes, key=lambda one: one.length_m)
    lon, lat = degrees(route.geometry.interpolate(0.5, normalized=True))
    dock.construction.setCurrentIndex(1)  # aerial
    dock.tools["draw"].click()
    driver.picture("design_draw")
    hand.snaps(lon, lat)
    changed(lambda: hand.draw((lon, lat), (lon + STEP, lat + STEP)))
    found["design_drawn"] = [len(session.step.hand.drawn), session.step.hand_cost != 0]
    dock.tools["cabinet"].click()
    changed(lambda: hand.click(lon, lat))
    there = [n for n in session.step.design.nodes if n.kind == "fdt"
             and n.geometry.distance(session.step.hand.cabinets[0]) < 30]
    found["design_cabinet"] = [len(session.step.hand.cabinets), len(there)]
    found["design_before_lock"] = [dock.list.count(), session.step.cost]
    route = max(session.step.design.routes, key=lambda one: one.length_m)
    dock.tools["lock"].click()
    changed(lambda: hand.click(*degrees(route.geometry.interpolate(0.3, normalized=True))))
    found["design_locked"] = [len(session.step.hand.locked), dock.save_button.isEnabled()]
    found["design_after_lock"] = [dock.list.count(), session.step.cost]
    driver.drawn()
    driver.picture("design_hand")
    at = hand.pixel(*degrees(session.step.design.routes[0].geometry.interpolate(0.5, normalized=True)))
    QTest.mouseMove(hand.canvas.viewport(), at)
    driver.settle(0.1)
    found["design_outlined"] = dock._tool._outline is not None
    QTest.keyClick(hand.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    found["design_undone"] = [dock.list.count(), session.step.cost]
    QTest.keyClick(hand.canvas, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    found["design_redone"] = [dock.list.count(), session.step.cost]
    QTest.keyClick(hand.canvas, Qt.Key.Key_Escape)
    found["design_put_down"] = [dock._tool is None, dock.tools["lock"].isChecked()]
    dock.list.setCurrentRow(next(k for k, item in enumerate(session.step.hand.drawn + session.step.hand.locked)
                                 if item is session.step.hand.locked[0]))
    changed(dock.release.click)
    found["design_released"] = len(session.step.hand.locked)

    def plans() -> int:
        return hand.ask("select count(*) from fullservice.plan")[0][0]

    before = plans()
    dock.save_button.click()
    driver.wait(lambda: not dock.work.busy and plans() > before, 90, "saved")
    found["design_saved"] = [plans(), before]
    found["design_kept"] = hand.ask("select sum(length_m) from fullservice.design_element where construction = 'aerial'"
                                    " and trench_cost > 0")[0][0]
    dock._close()
    driver.settle(0.3)
    found["design_gone"] = sum(layer.providerType() == "memory" and "tmerc" in layer.crs().toProj()
                               for layer in QgsProject.instance().mapLayers().values())
    dock.hide()
