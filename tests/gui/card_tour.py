# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour about the estate card: selected, searched, opened from the board; its lines and buttons."""

from __future__ import annotations

from hand_tour import Hand
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QMenu
from qgis.utils import iface, plugins

_HOUSE = """
select b.id::text, e.code from fullservice.building b join fullservice.estate e on e.id = b.estate_id
where e.code = 'LP0002' and b.geom is not null and not b.is_deleted order by b.code limit 1
"""


def press(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def twice(tree, item) -> None:
    """A double click on a line."""
    tree.scrollToItem(item)
    place = tree.visualItemRect(item).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    QTest.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def choose(driver, found: dict, widget, place, shot: str) -> bool:
    """Right click, then the entry of the card by a click."""
    done = []

    def click() -> None:
        menu = QApplication.activePopupWidget()
        if isinstance(menu, QMenu):
            action = next(one for one in menu.actions() if one.text() in ("楼盘卡", "Estate card"))
            driver.picture(shot)
            QTest.mouseClick(menu, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
                             menu.actionGeometry(action).center())
            done.append(True)

    widget.customContextMenuRequested.emit(place)
    driver.wait(lambda: QApplication.activePopupWidget() is not None, 10, "the menu")
    QTimer.singleShot(100, click)
    driver.wait(lambda: bool(done), 5, "the entry")
    return True


def card_of(driver, dock, code: str) -> None:
    driver.wait(lambda: dock.card is not None and dock.card.code == code, 10, f"the card of {code}")
    driver.settle(0.2)


def show(dock) -> None:
    dock.show()
    dock.raise_()
    iface.mainWindow().resizeDocks([dock], [720], Qt.Orientation.Horizontal)
    for name in ("Browser", "LayerOrder"):
        other = iface.mainWindow().findChild(QDockWidget, name)
        if other is not None:
            other.hide()


def selected(driver, hand, found: dict, dock) -> None:
    """An estate selected on the map, then a building of another one."""
    from fullservice_plugin.gis.layers import require_layer

    layer = require_layer("estate")
    layer.selectByExpression("\"code\" = 'LP0001'")
    iface.setActiveLayer(layer)
    card_of(driver, dock, "LP0001")
    found["card_selected"] = [dock.card.code, list(dock.trees)]
    press(dock.buttons["fly"])
    driver.drawn()
    dock.tabs.setCurrentWidget(dock.trees["talks"])
    iface.messageBar().clearWidgets()
    driver.settle(1.5)  # until the place has flashed
    driver.picture("card")
    dock.tabs.setCurrentWidget(dock.trees["story"])
    found["card_story"] = dock.trees["story"].topLevelItemCount()
    driver.picture("card_story")
    layer.removeSelection()
    key, code = hand.ask(_HOUSE)[0]
    houses = require_layer("coverage")  # the buildings that this theme shows
    houses.selectByExpression(f"\"id\" = '{key}'")
    iface.setActiveLayer(houses)
    card_of(driver, dock, code)
    found["card_building"], found["card_building_estate"] = dock.card.code, code
    houses.removeSelection()


def searched(driver, hand, found: dict, dock) -> None:
    """Found in the workbench, the card by a right click."""
    bench = iface.mainWindow().findChild(QDockWidget, "FullServiceWorkbench")
    bench.show()
    bench.raise_()
    QTest.keyClicks(bench.filter, "dongfang")  # 东方新村
    driver.wait(lambda: bench.tree.topLevelItemCount() and bench.tree.topLevelItem(0).text(1) == "LP0003", 15, "found")
    found["card_hit"] = bench.tree.topLevelItem(0).text(0)
    driver.settle(0.2)
    place = bench.tree.visualItemRect(bench.tree.topLevelItem(0)).center()
    choose(driver, found, bench.tree, place, "card_search")
    card_of(driver, dock, "LP0003")
    found["card_found"] = [dock.card.code, "LP0003"]


def lines(driver, found: dict, dock, plugin) -> None:
    """Talks, the document, the design; lead and observation by their buttons."""
    from fullservice_plugin.gui.estate import desk as module

    opened = []
    module.open_paper = lambda name, content: opened.append(name)  # no viewer in a test
    dock.tabs.setCurrentWidget(dock.trees["documents"])
    twice(dock.trees["documents"], dock.trees["documents"].topLevelItem(0))
    driver.wait(lambda: bool(opened), 10, "the document")
    found["card_paper"] = opened[0]
    dock.tabs.setCurrentWidget(dock.trees["talks"])
    twice(dock.trees["talks"], dock.trees["talks"].topLevelItem(0))
    deal = plugin.negotiation.deal
    driver.wait(lambda: deal.isVisible() and deal.view is not None, 10, "the talk")
    found["card_deal"] = deal.view.talks[0]["estate_id"] == dock.card.id
    show(dock)
    press(dock.buttons["lead"])
    driver.wait(lambda: plugin.discovery.tools.dialog is not None, 10, "the lead")
    found["card_lead"] = plugin.discovery.tools.dialog.lead.estate_id == dock.card.id
    plugin.discovery.tools.dialog.reject()
    press(dock.buttons["observe"])
    driver.wait(lambda: plugin.competition.capture.dialog is not None, 10, "the form")
    found["card_capture"] = plugin.competition.capture.dialog.isVisible()
    plugin.competition.capture.dialog.reject()
    press(dock.buttons["designs"])
    driver.wait(lambda: plugin.review.design.currentData() == dock.card.designs[0]["id"], 10, "the review")
    found["card_review"] = plugin.review.isVisible()


def board(driver, found: dict, dock, plugin) -> None:
    """From a card of the board."""
    table = plugin.negotiation.board
    table.show()
    driver.wait(lambda: any(cards.count() for cards in table.columns.values()), 15, "the board")
    iface.mainWindow().resizeDocks([table], [300], Qt.Orientation.Vertical)
    driver.settle(0.3)
    cards = next(cards for cards in table.columns.values() if cards.count())
    cards.setCurrentRow(0)
    wanted = cards.chosen().code
    dock.card = None
    choose(driver, found, cards, cards.visualItemRect(cards.item(0)).center(), "card_board")
    card_of(driver, dock, wanted)
    found["card_from_board"] = dock.card.code == wanted
    table.hide()


def estate_card(driver, found: dict, tour: dict) -> None:
    hand = Hand(driver, tour["store"])
    plugin = plugins["fullservice_plugin"]
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceEstateCard")
    for layer in QgsProject.instance().mapLayers().values():
        if hasattr(layer, "removeSelection"):
            layer.removeSelection()
    show(dock)
    selected(driver, hand, found, dock)
    searched(driver, hand, found, dock)
    show(dock)
    dock.show_place("estate", hand.ask("select id::text from fullservice.estate where code = 'LP0001'")[0][0])
    card_of(driver, dock, "LP0001")
    lines(driver, found, dock, plugin)
    board(driver, found, dock, plugin)
