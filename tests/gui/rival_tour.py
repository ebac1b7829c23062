# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour about rivals: reported by clicks on the map and in the form, seen in the dock, told, drawn."""

from __future__ import annotations

from pathlib import Path

from hand_tour import Hand
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QDialogButtonBox, QDockWidget
from qgis.utils import iface, plugins

_HOUSE = """
select b.id::text, ST_X(ST_PointOnSurface(b.geom)), ST_Y(ST_PointOnSurface(b.geom)), e.id::text
from fullservice.building b join fullservice.estate e on e.id = b.estate_id
join fullservice.negotiation n on n.building_id = b.id and n.stage = 'contacted'
where b.geom is not null and not b.is_deleted and not exists (
    select 1 from fullservice.intel_observation o where o.building_id = b.id and o.operator_code = %s)
order by b.code limit 1
"""


def press(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(driver, box, data) -> None:
    """Open a box and go to an entry by its keys, as a person does."""
    index = next(k for k in range(box.count()) if box.itemData(k) == data)
    box.setFocus()
    for _ in range(index - box.currentIndex()):
        QTest.keyClick(box, Qt.Key.Key_Down)
    driver.settle(0.02)


def pick_row(table, number: int) -> None:
    """Click a row of a table."""
    item = table.item(number, 3)
    table.scrollToItem(item)
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
                     table.visualItemRect(item).center())


def report(driver, hand, found: dict, tour: dict, desk, house: tuple) -> None:
    """The toolbar's action, a click on the building, the form."""
    key, lon, lat, _ = house
    for layer in QgsProject.instance().mapLayers().values():
        if hasattr(layer, "removeSelection"):
            layer.removeSelection()
    hand.look_at(lon, lat, 0.0012)
    iface.mainWindow().findChild(QAction, "FullService_rival_capture").trigger()
    driver.settle(0.1)
    hand.click(lon, lat)
    driver.wait(lambda: desk.capture.dialog is not None, 10, "the form")
    form = desk.capture.dialog
    driver.settle(0.3)
    save = form.buttons.button(QDialogButtonBox.StandardButton.Ok)
    needs = [save.isEnabled()]
    for box, data in ((form.operator, tour["rival"]), (form.seen, ("technology", "ftth")), (form.source, "site_photo")):
        choose(driver, box, data)
        needs.append(save.isEnabled())
    found["rival_needs"] = needs
    form.source_text.setText("楼道分纤箱" if tour["language"] == "zh" else "Box in the riser")
    form.observer.setText(tour["observer"])
    form.numbers["speed"].setValue(1000)
    form.numbers["price"].setValue(88)
    photo = Path(tour["report"]).parent / "box.png"
    iface.mapCanvas().grab().save(str(photo))
    form.photo.setFilePath("box.png")  # no path of this computer on the picture
    driver.picture("rival_form", form)
    form.photo.setFilePath(str(photo))
    press(save)
    driver.wait(lambda: not form.isVisible(), 15, "kept")
    found["rival_kept"] = [[field, value, number] for field, value, number in hand.ask(
        "select field, value, number::float8 from fullservice.intel_observation where building_id = %s and "
        "operator_code = %s and observer = %s order by field", key, tour["rival"], tour["observer"])]
    found["rival_photo"] = hand.ask(
        "select count(*) from fullservice.attachment a join fullservice.intel_observation o on o.id = a.subject_id "
        "where o.building_id = %s and o.operator_code = %s", key, tour["rival"])[0][0]


def steps(driver, hand, found: dict, dock) -> None:
    """Verify and retire by the buttons; a closed one says why."""
    table, buttons = dock.timeline.table, dock.timeline.buttons
    offered = lambda: [buttons[key].isEnabled() for key in ("verified", "stale", "retired")]  # noqa: E731
    state = "select state from fullservice.intel_observation where id = %s"
    rows = lambda: {one.field: number for number, one in enumerate(dock.here.seen) if one.state == "captured"  # noqa: E731
                    and one.operator == found["rival_code"]}  # fmt: skip
    pick_row(table, rows()["tariff"])
    found["rival_verify"] = [offered(), dock.timeline.why.text()]
    driver.picture("rival_closed")
    pick_row(table, rows()["technology"])
    mine = dock.timeline.chosen()[0].id
    before = offered()
    press(buttons["verified"])
    driver.wait(lambda: hand.ask(state, mine)[0][0] == "verified" and any(
        one.id == mine and one.state == "verified" for one in dock.here.seen), 10, "verified")
    found["rival_verified"] = ["verified", before]
    pick_row(table, rows()["tariff"])
    mine = dock.timeline.chosen()[0].id
    press(buttons["retired"])
    driver.wait(lambda: hand.ask(state, mine)[0][0] == "retired" and any(
        one.id == mine and one.state == "retired" for one in dock.here.seen), 10, "retired")
    found["rival_retired"] = "retired"


def estate(driver, hand, found: dict, dock, house: tuple) -> None:
    """The estate by a click beside its buildings; its parts, its alert."""
    lon, lat = hand.ask("select ST_X(p), ST_Y(p) from (select ST_StartPoint(ST_ExteriorRing(ST_GeometryN(ST_Buffer("
                        "geom, -0.00008), 1))) as p from fullservice.estate where id = %s) s", house[3])[0]
    press(dock.pick_button)
    driver.settle(0.1)
    hand.click(lon, lat)
    driver.wait(lambda: dock.here is not None and dock.here.kind == "estate", 10, "the estate")
    driver.picture("rivals_estate")
    press(dock.more)
    driver.settle(0.3)
    dock.table.parentWidget().parentWidget().parentWidget().ensureWidgetVisible(dock.parts)
    driver.picture("rivals_reckoned")
    found["rival_estate"] = [len(dock.here.present), dock.parts.isVisible()]
    shown = dock.alert_bar.isVisible()
    press(dock.alert_button)
    driver.wait(lambda: not dock.alert_bar.isVisible(), 10, "read")
    found["rival_acked"] = [shown, dock.alert_bar.isVisible()]
    press(dock.more)


def drawn(driver, hand, found: dict, tour: dict) -> None:
    """The theme of rivals with its legend."""
    hand.ask("begin; select fs_app.refresh_aggregates(); commit; select 1")
    bench = iface.mainWindow().findChild(QDockWidget, "FullServiceWorkbench")
    name = "竞争情报" if tour["language"] == "zh" else "Competition"
    bench._apply_theme(bench.themes.findText(name))
    iface.mapCanvas().setExtent(QgsProject.instance().viewSettings().defaultViewExtent())
    from fullservice_plugin.gis.layers import require_layer

    root = QgsProject.instance().layerTreeRoot()
    iface.messageBar().clearWidgets()
    for group in root.findGroups(False):
        group.setExpanded(False)
    lines = 0
    for key in ("rival_shares", "competition_map", "rival_state", "rival_threat"):
        node = root.findLayer(require_layer(key).id())
        node.setExpanded(True)
        node.parent().setExpanded(True)
        lines += len(iface.layerTreeView().layerTreeModel().layerLegendNodes(node))
    found["rival_legend"] = lines
    iface.layerTreeView().setCurrentLayer(require_layer("rival_shares"))
    driver.drawn()
    driver.picture("rivals_map")


def rivals(driver, found: dict, tour: dict) -> None:
    hand = Hand(driver, tour["store"])
    tour["rival"] = found["rival_code"] = "CUCC" if tour["language"] == "zh" else "CTCC"
    house = hand.ask(_HOUSE, tour["rival"])[0]
    desk = plugins["fullservice_plugin"].competition
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceRivals")
    dock.show()
    dock.raise_()
    iface.mainWindow().resizeDocks([dock], [560], Qt.Orientation.Horizontal)
    iface.mainWindow().findChild(QDockWidget, "Browser").hide()
    desk.alerts._every_s = 0.0
    report(driver, hand, found, tour, desk, house)
    driver.wait(lambda: dock.here is not None and dock.here.seen, 10, "the dock")
    words = "竞品进入" if tour["language"] == "zh" else "rival entered"
    told = lambda: [item.text() for item in iface.messageBar().items() if words in item.text()]  # noqa: E731
    driver.wait(lambda: told(), 20, "the alert")
    found["rival_alerted"] = len(told())
    driver.picture("rivals_building")
    steps(driver, hand, found, dock)
    estate(driver, hand, found, dock, house)
    press(dock.new_button)
    driver.wait(lambda: desk.capture.dialog is not None and desk.capture.dialog.isVisible(), 10, "the form again")
    found["rival_again"] = [desk.capture.dialog.observer.text(), tour["observer"]]
    desk.capture.dialog.reject()
    drawn(driver, hand, found, tour)
    dock.hide()
