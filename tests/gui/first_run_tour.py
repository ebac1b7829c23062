# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour about the beginning: first steps on the sample city, settings, log for support, start dock."""

from __future__ import annotations

import time

import pyplugin_installer
from heart import PATIENCE, Heart
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDialogButtonBox, QDockWidget, QWizard
from qgis.utils import iface, plugins


class Clicks:
    """Counts what the user presses."""

    def __init__(self) -> None:
        self.count = 0

    def press(self, button) -> None:
        assert button.isVisible() and button.isEnabled(), button.text()
        self.count += 1
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def until(condition, seconds: float, what: str) -> None:
    """Wait as Qt does, without holding the window up ourselves."""
    end = time.monotonic() + PATIENCE * seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)


def top(name: str):
    return next((widget for widget in QApplication.topLevelWidgets() if widget.objectName() == name
                 and widget.isVisible()), None)


def first_run(driver, found: dict, tour: dict) -> None:
    """From the installed ZIP to the first plan on the map, with as few clicks as a new user needs."""
    clicks, begun = Clicks(), time.monotonic()
    times = found["first_seconds"] = {}

    def lap(name: str) -> None:
        times[name] = round(time.monotonic() - begun, 1)

    pyplugin_installer.instance().installFromZipFile(tour["zip"])
    until(lambda: top("FullServiceFirstRun") is not None, 20, "the window opens by itself")
    wizard = top("FullServiceFirstRun")
    store = wizard.currentPage()
    until(lambda: store.create.isVisible(), 20, "the empty database is found")
    driver.picture("first_1_create", wizard)
    found["first_before"] = [store.store, store.light.colour, store.sample.isVisible()]
    clicks.press(store.create_button)
    until(lambda: store.runner.busy, 5, "the store is begun")
    found["first_no_way_on_while_it_works"] = wizard.button(QWizard.WizardButton.NextButton).isEnabled()
    until(lambda: store.sample.isVisible(), 60, "the store")
    lap("store")
    driver.picture("first_2_sample", wizard)
    heart = Heart(driver.tell, dump=False)
    heart.begin("sample")
    clicks.press(store.sample_button)
    until(lambda: store.runner.busy and store.runner.bar.value() >= 40, 60, "the sample on its way")
    driver.picture("first_3_working", wizard)
    until(lambda: wizard.sample, 120, "the sample")
    heart.end()
    lap("sample")
    until(lambda: wizard.holdings is not None and wizard.holdings.counts["olt"] > 0, 20, "what the store holds")
    found["first_holds"] = wizard.holdings.counts
    clicks.press(wizard.button(QWizard.WizardButton.NextButton))
    page = wizard.currentPage()
    until(lambda: page.plan_button.isVisible() and page.plan_button.isEnabled(), 20, "the areas")
    found["first_plan_page"] = [wizard.currentId(), page.area.currentData().code, page.area.currentData().households]
    page.horizon.setFocus()
    page.horizon.selectAll()
    QTest.keyClicks(page.horizon, "8")
    driver.picture("first_4_plan", wizard)
    heart.begin("plan")
    clicks.press(page.plan_button)
    until(lambda: wizard.currentId() == 4, 150, "the plan")
    heart.end()
    found["first_heart"] = heart.told()
    lap("plan")
    driver.picture("first_5_end", wizard)
    found["first_made"] = list(wizard.made)
    found["first_plan"] = wizard.plan[0]
    clicks.press(wizard.button(QWizard.WizardButton.FinishButton))
    driver.wait(lambda: bool(QgsProject.instance().mapLayers()), 40, "the map")
    driver.wait(driver.idle, 20, "the start dock")
    for name in ("Browser", "LayerOrder"):
        other = iface.mainWindow().findChild(QDockWidget, name)
        if other is not None:
            other.hide()
    driver.drawn()
    driver.picture("first_6_map")
    found["first_clicks"] = clicks.count
    lap("map")
    found["first_scale"] = iface.mapCanvas().scale()
    found["first_bar"] = [item.text() for item in iface.messageBar().items()]
    again(driver, found, lap)


def again(driver, found: dict, lap) -> None:
    """From the menu later: it goes on where the store stands, and leaves what runs."""
    start = plugins["fullservice_plugin"].start
    start.actions[0].trigger()
    until(lambda: top("FullServiceFirstRun") is not None, 10, "the window again")
    wizard = top("FullServiceFirstRun")
    until(lambda: wizard.holdings is not None, 20, "what the store holds")
    found["first_again"] = [wizard.store, wizard.currentPage().sample.isVisible(), wizard.nextId()]
    QTest.mouseClick(wizard.button(QWizard.WizardButton.NextButton), Qt.MouseButton.LeftButton)
    page = wizard.currentPage()
    until(lambda: page.plan_button.isEnabled(), 20, "the areas")
    plans = wizard.holdings.counts["plan"]
    page.area.setCurrentIndex(2)
    QTest.mouseClick(page.plan_button, Qt.MouseButton.LeftButton)
    until(lambda: page.runner.busy and page.runner.bar.value() > 0, 30, "a plan on its way")
    QTest.mouseClick(page.runner.cancel_button, Qt.MouseButton.LeftButton)
    until(lambda: not page.runner.busy, 60, "it stops")
    driver.picture("first_7_stopped", wizard)
    found["first_stopped"] = [page.runner.state.text(), plans]
    seen = []
    page.look(lambda: seen.append(wizard.holdings.counts["plan"]))
    until(lambda: bool(seen), 20, "the plans")
    found["first_plans_after"] = seen[0]
    lap("again")
    QTest.keyClick(wizard, Qt.Key.Key_Escape)
    until(lambda: top("FullServiceFirstRun") is None, 5, "closed by Escape")


def start_dock(driver, found: dict, tour: dict) -> None:
    """The dock with its lines, the settings, the log for support."""
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceWorkbench")
    driver.wait(lambda: dock.found is not None, 20, "what waits")
    iface.mainWindow().resizeDocks([dock], [430], Qt.Orientation.Horizontal)
    driver.settle(0.3)
    driver.picture("start_dock")
    driver.picture("start_dock_alone", dock)
    found["start_state"] = dock.state.text()
    found["start_lines"] = [dock.duties.tasks.text(), dock.duties.alerts.text()]
    settings(driver, found)
    support(driver, found, tour)


def settings(driver, found: dict) -> None:
    """The page in the options of QGIS: a value changed by keys, kept by OK, there again the next time."""
    from fullservice_plugin.gis.settings import BUDGET, LOG_LEVEL
    from fullservice_plugin.gui.settings_page import PAGE, SettingsPage

    def visit(act) -> None:
        def once() -> None:
            dialog = QApplication.activeModalWidget()
            page = dialog.findChild(SettingsPage) if dialog is not None else None
            if page is None or not page.isVisible():
                QTimer.singleShot(200, once)
                return
            act(dialog, page)

        QTimer.singleShot(300, once)
        plugins["fullservice_plugin"].start.actions[1].trigger()

    def change(dialog, page) -> None:
        by_key = {editor.setting.key: editor.widget for editor in page.editors}
        by_key["plan/budget"].setFocus()
        by_key["plan/budget"].selectAll()
        QTest.keyClicks(by_key["plan/budget"], "250000")
        by_key["log_level"].setCurrentIndex(1)
        dialog.resize(980, 760)
        driver.picture("settings", dialog)
        QTest.mouseClick(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok),
                         Qt.MouseButton.LeftButton)

    def look(dialog, page) -> None:
        by_key = {editor.setting.key: editor.widget for editor in page.editors}
        found["settings_shown"] = [by_key["plan/budget"].value(), by_key["log_level"].currentData()]
        QTest.mouseClick(page.reset, Qt.MouseButton.LeftButton)
        found["settings_reset"] = [by_key["plan/budget"].value(), by_key["log_level"].currentData()]
        dialog.reject()

    visit(change)
    found["settings_kept"] = [BUDGET.read(), LOG_LEVEL.read(), PAGE]
    visit(look)
    found["settings_after"] = [BUDGET.read(), LOG_LEVEL.read()]
    BUDGET.reset()
    LOG_LEVEL.reset()


def support(driver, found: dict, tour: dict) -> None:
    """A message with secrets and people in it, and the log without them."""
    from fullservice_plugin.gui.notify import Notifier

    Notifier(iface).log(f"could not connect: postgresql://{tour['login']}:geheim77@db.inner.example/stock "
                        "(李伟, 13812345678, li.wei@mail.example)")
    plugins["fullservice_plugin"].start.actions[2].trigger()
    driver.wait(lambda: top("FullServiceSupport") is not None, 10, "the log")
    dialog = top("FullServiceSupport")
    driver.wait(lambda: dialog.save_button.isEnabled(), 20, "the versions of the store")
    driver.picture("support", dialog)
    path = f"{tour['report']}.log.txt"
    dialog.save(path)
    with open(path, encoding="utf-8") as handle:
        found["support_log"] = handle.read()
    QTest.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
