# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour about the map: double clicks and keys through the levels, the way back, base maps in GCJ-02."""

from __future__ import annotations

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDialogButtonBox, QDockWidget, QToolBar
from qgis.utils import iface, plugins

BANDS = {"branch": (200_000, None), "micro_region": (50_000, 200_000), "grid": (10_000, 50_000),
         "estate": (2_500, 10_000), "building": (0, 2_500)}  # fmt: skip


class Walk:
    """The map and its bar, with what a hand does to them."""

    def __init__(self, driver) -> None:
        self.driver = driver
        self.canvas = iface.mapCanvas()
        self.desk = plugins["fullservice_plugin"].map
        self.bar = iface.mainWindow().findChild(QToolBar, "FullServiceTrail")

    def rest(self) -> None:
        """The map rests, and so does the question where it is."""
        self.driver.drawn()
        self.driver.wait(lambda: not self.desk._rest.isActive() and not self.desk._following.busy
                         and not self.desk._going.busy, 15, "the path")  # fmt: skip
        self.driver.settle(0.2)

    def twice(self, place: QPoint) -> None:
        """A double click of the left button."""
        view = self.canvas.viewport()
        none = Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, none, place)
        QTest.mouseDClick(view, Qt.MouseButton.LeftButton, none, place)
        self.driver.wait(lambda: not self.desk._going.busy, 15, "the area")
        self.rest()

    def key(self, key: Qt.Key) -> None:
        self.canvas.setFocus()
        QTest.keyClick(self.canvas, key, Qt.KeyboardModifier.AltModifier)
        self.rest()

    def middle(self) -> QPoint:
        return self.canvas.viewport().rect().center()

    def at(self, lon: float, lat: float) -> QPoint:
        from fullservice_plugin.gui.map.bands import to_map

        where = self.canvas.getCoordinateTransform().transform(to_map(self.canvas).transform(lon, lat))
        return QPoint(round(where.x()), round(where.y()))

    def told(self) -> dict:
        return {"path": [button.text().replace("›", "").strip() for button in self.bar.buttons],
                "scale": self.canvas.scale(), "said": self.bar.said.text(),
                "middle": [self.canvas.center().x(), self.canvas.center().y()]}  # fmt: skip


def map_levels(driver, found: dict, tour: dict) -> None:
    for name in ("Browser", "LayerOrder"):
        other = iface.mainWindow().findChild(QDockWidget, name)
        if other is not None:
            other.hide()
    walk = Walk(driver)
    iface.mainWindow().activateWindow()
    iface.actionPan().trigger()
    down(driver, walk, found, tour)
    back(driver, walk, found)
    legend(driver, walk, found)
    keys(driver, walk, found)
    other_tools(driver, walk, found)
    base_map(driver, walk, found, tour)


def down(driver, walk: Walk, found: dict, tour: dict) -> None:
    """From all areas to a building by double clicks."""
    walk.canvas.zoomScale(260_000)
    walk.rest()
    found["levels"] = [walk.told()]
    driver.picture("map_branch")
    for shot in ("map_micro", "map_grid", "map_estate"):
        walk.twice(walk.at(113.3222, 23.1312) if shot == "map_estate" else walk.middle())
        found["levels"].append(walk.told())
        driver.picture(shot)
    walk.twice(walk.at(*tour["estate"]))
    found["levels"].append(walk.told())
    driver.picture("map_building")
    walk.twice(walk.at(*tour["building"]))
    found["levels"].append(walk.told())


def back(driver, walk: Walk, found: dict) -> None:
    """All the way back, by key."""
    found["back"] = []
    while walk.bar.steps["back"].isEnabled():
        walk.key(Qt.Key.Key_Left)
        found["back"].append(walk.told())


def legend(driver, walk: Walk, found: dict) -> None:
    """The legend tells the classes of the scale: areas from afar, buildings near by."""
    dock = walk.desk.legend
    dock.show()
    dock.raise_()
    found["legends"] = []
    for scale in (60_000, 4_000):
        walk.canvas.zoomScale(scale)
        walk.rest()
        driver.wait(lambda: not dock._rest.isActive(), 5, "the legend")
        tree = dock.tree
        heads = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
        found["legends"].append({head.text(0): [head.child(row).text(0) for row in range(head.childCount())]
                                 for head in heads})  # fmt: skip
        driver.picture(f"map_legend_{scale}")
    iface.mainWindow().findChild(QDockWidget, "FullServiceWorkbench").raise_()
    walk.canvas.zoomScale(260_000)
    walk.rest()


def keys(driver, walk: Walk, found: dict) -> None:
    """Down twice and up once by keys; then a click on a part of the path, and on all areas."""
    walk.key(Qt.Key.Key_Down)
    walk.key(Qt.Key.Key_Down)
    found["keys"] = [walk.told()]
    walk.key(Qt.Key.Key_Up)
    found["keys"].append(walk.told())
    walk.key(Qt.Key.Key_Down)
    QTest.mouseClick(walk.bar.buttons[1], Qt.MouseButton.LeftButton)
    walk.rest()
    found["clicked"] = walk.told()
    QTest.mouseClick(walk.bar.buttons[0], Qt.MouseButton.LeftButton)
    walk.rest()
    found["all"] = walk.told()
    walk.key(Qt.Key.Key_Left)


def other_tools(driver, walk: Walk, found: dict) -> None:
    """A tool that works keeps its double click, and the switch turns it off."""
    iface.actionSelect().trigger()
    before = walk.canvas.scale()
    walk.twice(walk.middle())
    found["kept_scale"] = [before, walk.canvas.scale()]
    iface.actionPan().trigger()
    walk.bar.switch.setChecked(False)
    walk.twice(walk.middle())
    walk.bar.switch.setChecked(True)
    found["switched_off"] = walk.canvas.scale() / before


def base_map(driver, walk: Walk, found: dict, tour: dict) -> None:
    """A base map in GCJ-02 from an address: the datum is asked for, the warning said, at the next opening again."""
    plugins["fullservice_plugin"].map.base_map.trigger()
    dialog = walk.desk.base_maps.dialog
    driver.settle(0.3)
    dialog.kind.setCurrentIndex(dialog.kind.findData("xyz"))
    QTest.keyClicks(dialog.address, tour["tiles"])
    QTest.keyClicks(dialog.name, "tiles")
    QTest.keyClicks(dialog.credit, "© Test")
    okay = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    found["base_without_datum"] = [okay.isEnabled(), dialog.problem.text()]
    dialog.datum.setCurrentIndex(dialog.datum.findData("gcj02"))
    driver.settle(0.2)
    found["base_warning"] = dialog.warning.text()
    driver.picture("map_base_dialog", dialog)
    QTest.mouseClick(okay, Qt.MouseButton.LeftButton)
    walk.rest()
    found["base_bar"] = [item.text() for item in iface.messageBar().items()]
    project = QgsProject.instance()
    layer = next(one for one in project.mapLayers().values() if one.name() == "tiles")
    group = project.layerTreeRoot().findLayer(layer.id()).parent()
    found["base_place"] = [group.name(), [node.name() for node in group.children()][-1]]
    found["base_credit"] = project.customVariables().get("fullservice_credit")
    driver.picture("map_base")
    path = tour["maps"] + "_saved.qgz"
    project.write(path)
    iface.messageBar().clearWidgets()
    iface.addProject(path)
    walk.rest()
    found["base_again"] = [item.text() for item in iface.messageBar().items()]
    layer = next(one for one in QgsProject.instance().mapLayers().values() if one.name() == "tiles")
    walk.desk.base_maps.remove(layer.id())
    found["base_removed"] = [one.name() for one in QgsProject.instance().mapLayers().values() if one.name() == "tiles"]
    found["base_credit_after"] = QgsProject.instance().customVariables().get("fullservice_credit")
