# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the estate's way in the design workbench: area, plan, stop, scenario, comparison, handed in; PDF."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit
from qgis.utils import iface, plugins

PLANS = "select count(*) from fullservice.plan where not is_deleted"


def press(button) -> None:
    assert button.isVisible() and button.isEnabled(), f"{button.text()}: {button.toolTip()}"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def designed(talker) -> None:
    """Plan the estate, stop a plan, make a second scenario, compare, withdraw and bring back, hand in."""
    driver, found = talker.driver, talker.found
    dock = plugins["fullservice_plugin"].plan
    talker.desk.board.hide()
    dock.show()
    dock.raise_()
    iface.mainWindow().resizeDocks([dock], [520], Qt.Orientation.Horizontal)
    found["plan_first"] = [dock.tabs.count(), dock.make_button.isEnabled(), bool(dock.lacking.text())]
    code = talker.hand.ask("select code from fullservice.estate where name = %s", talker.words["estate"])[0][0]
    chosen(talker, dock, code)
    dock.form.more.setCollapsed(False)
    dock.form.time_limit.setValue(5)
    driver.drawn()
    driver.picture("plan_area")
    first = made(talker, dock, "base", "plan_running")
    driver.drawn()
    dock.plan_page.tree.topLevelItem(0).setExpanded(True)
    dock.plan_page.tree.setCurrentItem(dock.plan_page.tree.topLevelItem(0).child(0))
    driver.picture("plan_made")
    view = dock.plan_page.view
    why = bool(dock.plan_page.why.text())
    found["plan_shown"] = [view.gap is not None and view.gap >= 0, why, alone(talker, view.plan["id"])]
    stopped(talker, dock)
    for name in ("wlan", "hybrid"):
        dock.form.methods[name].setChecked(False)
    second = made(talker, dock, "fibre")
    compared(talker, dock, first, second)
    taken_back(talker, dock, second)
    handed_in(talker, dock, first)


def chosen(talker, dock, code: str) -> None:
    """Click the estate on the map, then a grid by its name, then the estate by its code and Enter."""
    press(dock.picker.map_button)
    x, y = talker.tour["place"]
    talker.hand.look_at(x, y)
    talker.hand.click(x, y)
    talker.driver.wait(lambda: dock.area is not None and dock.area.code == code, 10, "the estate under the click")
    talker.found["plan_clicked"] = [dock.picker.hits.count() > 1, dock.picker.map_button.isChecked()]
    press(dock.picker.map_button)
    talker.hand.look_at(x, y)
    canvas = iface.mapCanvas().viewport()
    low, high = talker.hand.pixel(x - 0.0012, y - 0.0008), talker.hand.pixel(x + 0.0012, y + 0.0008)
    dock.area = None
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, low)
    QTest.mouseMove(canvas, (low + high) / 2)
    QTest.mouseMove(canvas, high)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, high)
    talker.driver.wait(lambda: dock.area is not None, 10, "the estates in the rectangle")
    talker.found["plan_rectangle"] = code in dock.area.code.split("+")
    dock.area = None
    QTest.keyClicks(dock.picker.text, code)
    QTest.keyClick(dock.picker.text, Qt.Key.Key_Return)
    talker.driver.wait(lambda: dock.area is not None and dock.area.code == code, 10, "the estate by its code")


def made(talker, dock, scenario: str, shot: str = "") -> str:
    """Make a plan of a scenario by its button; its code."""
    dock.tabs.setCurrentIndex(0)
    dock.form.scenario.setCurrentText(scenario)
    before = talker.hand.ask(PLANS)[0][0]
    press(dock.make_button)
    talker.driver.wait(lambda: dock.work.busy, 5, "it runs")
    stages: list[str] = []
    if shot:
        talker.driver.wait(lambda: dock.work.bar.value() > 9, 30, "progress")
        talker.driver.picture(shot)

    def over() -> bool:
        if dock.work.stage.text() not in stages:
            stages.append(dock.work.stage.text())
        view = dock.plan_page.view
        return not dock.work.busy and view is not None and view.plan["scenario"] == scenario

    talker.driver.wait(over, 90, f"the plan {scenario}")
    talker.driver.wait(lambda: dock.tabs.currentWidget() is dock.plan_page, 10, "its page")
    talker.found.setdefault("plan_stages", {})[scenario] = stages
    talker.found.setdefault("plan_more", []).append(talker.hand.ask(PLANS)[0][0] - before)
    return dock.plan_page.view.plan["code"]


def alone(talker, plan: str) -> bool:
    """Whether the map shows the network of one plan only, and its methods in a layer of their own."""
    from fullservice_plugin.gis.layers import require_layer

    routes = require_layer("design_routes")
    memory = [layer for layer in QgsProject.instance().mapLayers().values() if layer.providerType() == "memory"]
    # set once the store has answered
    talker.driver.wait(lambda: plan in routes.subsetString(), 5, "the filter")
    mine = routes.featureCount() > 0
    return mine and any(one.featureCount() == 2 for one in memory)


def stopped(talker, dock) -> None:
    """Begin a plan and stop it by Escape: nothing is left."""
    dock.tabs.setCurrentIndex(0)
    dock.form.scenario.setCurrentText("gone")
    before = talker.hand.ask(PLANS)
    press(dock.make_button)
    talker.driver.wait(lambda: dock.work.busy and dock.work.bar.value() > 5, 20, "it runs")
    press(dock.work.stop_button)
    talker.driver.wait(lambda: not dock.work.busy, 20, "it stops")
    talker.driver.settle(0.5)
    talker.found["plan_stopped"] = [talker.hand.ask(PLANS) == before, dock.make_button.isEnabled()]


def compared(talker, dock, first: str, second: str) -> None:
    """Choose both plans by mouse, compare them, on the map too; end it."""
    page = dock.scenarios
    dock.tabs.setCurrentWidget(page)
    talker.driver.settle(0.2)
    for number, keys in ((0, Qt.KeyboardModifier.NoModifier), (1, Qt.KeyboardModifier.ControlModifier)):
        at = page.table.visualItemRect(page.table.item(number, 0)).center()
        QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, keys, at)
    press(page.compare_button)
    talker.driver.wait(lambda: page.figures.isVisible() and page.figures.rowCount() > 5, 15, "the comparison")
    talker.driver.drawn()
    talker.driver.picture("plan_compared")
    names = [layer.name() for layer in QgsProject.instance().mapLayers().values() if layer.providerType() == "memory"]
    talker.found["plan_compared"] = [first.endswith(page.figures.horizontalHeaderItem(1).text()),
                                     second.endswith(page.figures.horizontalHeaderItem(2).text()), len(names)]
    press(page.end_button)
    talker.driver.settle(0.2)
    talker.found["plan_compared_off"] = sum(
        layer.providerType() == "memory" for layer in QgsProject.instance().mapLayers().values())


def taken_back(talker, dock, code: str) -> None:
    """Withdraw the second plan, and bring it back by the button of the message bar."""
    dock.tabs.setCurrentWidget(dock.plan_page)
    talker.driver.settle(0.2)
    press(dock.plan_page.buttons["withdraw"])
    gone = "select is_deleted from fullservice.plan where code = %s"
    talker.driver.wait(lambda: talker.hand.ask(gone, code)[0][0], 10, "withdrawn")
    talker.driver.wait(lambda: dock.tabs.indexOf(dock.plan_page) < 0, 10, "its page is gone")
    words = ("Undo", "撤销")
    button = [b for item in iface.messageBar().items() for b in item.findChildren(type(dock.make_button))
              if b.text() in words][-1]
    press(button)
    talker.driver.wait(lambda: not talker.hand.ask(gone, code)[0][0], 10, "brought back")
    talker.driver.wait(lambda: dock.tabs.currentWidget() is dock.plan_page, 10, "its page again")
    parts = "select count(*) from fullservice.access_decision d join fullservice.plan p on p.id = d.plan_id " \
            "where p.code = %s and not d.is_deleted"
    talker.found["plan_back"] = talker.hand.ask(parts, code)[0][0]


def handed_in(talker, dock, code: str) -> None:
    """Open the first plan by a double click, hand it in, and look for who approves."""
    page = dock.scenarios
    dock.tabs.setCurrentWidget(page)
    talker.driver.settle(0.2)
    number = next(k for k, plan in enumerate(page.plans) if plan["code"] == code)
    at = page.table.visualItemRect(page.table.item(number, 0)).center()
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    talker.driver.wait(lambda: dock.plan_page.view.plan["code"] == code and not dock._reading.busy, 15,
                       "the first plan")
    press(dock.plan_page.buttons["hand_in"])
    states = "select d.id::text, d.state from fullservice.access_design d join fullservice.plan p " \
             "on p.id = d.plan_id where p.code = %s and not d.is_deleted"
    talker.driver.wait(lambda: {row[1] for row in talker.hand.ask(states, code)} == {"submitted"}, 15, "handed in")
    talker.driver.wait(lambda: not dock.plan_page.buttons["hand_in"].isEnabled(), 10, "shown")
    talker.found["plan_frozen"] = [dock.plan_page.buttons["withdraw"].isEnabled(),
                                   dock.plan_page.buttons["hand_in"].toolTip()]
    talker.driver.picture("plan_handed_in")
    talker.design, talker.plan = talker.hand.ask(states, code)[0][0], code
    press(dock.plan_page.buttons["review"])
    review = plugins["fullservice_plugin"].review
    talker.driver.wait(lambda: review.isVisible() and review.design.currentData() == talker.design, 40, "its review")
    talker.driver.wait(lambda: review.table.rowCount() == 2, 40, "its rows")
    talker.found["own_approval_closed"] = not review.buttons["approve"].isEnabled()


def printed(talker) -> None:
    """The approved plan as PDF, by the button and the file dialog."""
    dock = plugins["fullservice_plugin"].plan
    dock.show()
    dock.raise_()
    dock.reload()
    talker.driver.wait(lambda: not dock._reading.busy and "approved" in dock.plan_page.view.plan["states"], 15,
                       "approved")
    talker.driver.drawn()
    talker.driver.picture("plan_approved")
    path = Path(talker.tour["papers"]) / f"{talker.tour['language']}_plan.pdf"

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QFileDialog), box
        box.findChild(QLineEdit).setText(str(path))
        buttons = box.findChild(QDialogButtonBox)
        QTest.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton)

    QTimer.singleShot(1200, answer)
    press(dock.plan_page.buttons["pdf"])
    talker.driver.wait(lambda: not dock.work.busy and path.exists(), 60, "the PDF")
    talker.found["plan_pdf"] = [path.read_bytes()[:5].decode(), path.stat().st_size]
    QTest.mouseMove(iface.mapCanvas().viewport(), QPoint(5, 5))
