# SPDX-License-Identifier: GPL-2.0-or-later
"""The window while a plan computes, while the store hangs and after it was killed: docks, map and a form stay awake."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import Callable, Optional

from hand_tour import Hand
from hanging_deeds import HangingDeeds
from heart import Heart
from qgis.core import QgsFeatureRequest, QgsPointXY, QgsProject
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface, plugins

from fullservice_plugin.gis.layers import require_layer
from fullservice_plugin.gui.open_project import open_map_later


class Server:
    """The store's server with all its processes: stopped, let go on, killed."""

    def __init__(self, postmaster: int) -> None:
        self.postmaster = postmaster
        self._rescue: Optional[subprocess.Popen] = None

    def _tell(self, what: signal.Signals) -> None:
        listed = subprocess.run(["pgrep", "-P", str(self.postmaster)], capture_output=True, text=True, check=False)
        for pid in (self.postmaster, *map(int, listed.stdout.split())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)

    def hang(self, longest: float) -> None:
        """Hang; after ``longest`` seconds a process apart lets it go on, whatever the window waits for, or died of."""
        self._tell(signal.SIGSTOP)
        self._rescue = subprocess.Popen(
            ["sh", "-c", f"sleep {longest}; kill -CONT {self.postmaster} $(pgrep -P {self.postmaster})"],
            start_new_session=True)

    def go_on(self) -> None:
        self._tell(signal.SIGCONT)
        if self._rescue is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._rescue.pid, signal.SIGKILL)
            self._rescue.wait()
            self._rescue = None

    def kill(self) -> None:
        self._tell(signal.SIGKILL)


class Watcher:
    """Keeps the window busy as people do, and listens."""

    def __init__(self, driver, found: dict, tour: dict) -> None:
        self.driver, self.found, self.tour = driver, found, tour
        self.plugin = plugins["fullservice_plugin"]
        self.heart = Heart(driver.tell)
        self.hand = Hand(driver, tour["store"])
        self._asked = QTimer()
        self._asked.setInterval(300)
        self._asked.timeout.connect(self._no_password)
        self._asked.start()

    def _no_password(self) -> None:
        """QGIS itself asks for a password when its connection breaks: a person closes the window, so does the walk."""
        window = QApplication.activeModalWidget()
        if window is not None:
            self.found.setdefault("asked", []).append(type(window).__name__)
            window.reject()

    def busy(self, seconds: float, until=lambda: False) -> None:
        """For some seconds, or until something is so: redraw, refresh docks, move the map."""
        end, turn = time.monotonic() + seconds, 0
        while time.monotonic() < end and not until():
            self._turn(turn)
            turn += 1
            self.driver.settle(0.4)

    def _turn(self, turn: int) -> None:
        plugin, canvas = self.plugin, iface.mapCanvas()
        deeds = (
            ("told of changes", lambda: plugin.watch.live.told.emit(["building", "plan", "access_design",
                                                                     "negotiation"])),
            ("redraw", canvas.refresh),
            ("plan dock", plugin.plan.reload),
            ("review dock", plugin.review.load),
            ("estate card", lambda: plugin.card.dock.show_place("estate", self.estate)),
            ("move the map", lambda: canvas.setCenter(canvas.center() + (QgsPointXY(30, 0) - QgsPointXY(0, 0)))),
            ("start dock", plugin.dock.connect_store),
            ("board of talks", plugin.negotiation.reload),
        )
        self.do(*deeds[turn % len(deeds)])

    def do(self, name: str, deed: Callable[[], None]) -> None:
        """Do one thing; how long the window then answers nobody is counted for it."""
        self.heart.doing(name)
        deed()

    def phase(self, name: str, run) -> None:
        self.heart.begin(name)
        try:
            run()
        finally:
            self.heart.end()


def heartbeat(driver, found: dict, tour: dict) -> None:
    watcher = Watcher(driver, found, tour)
    watcher.phase("known", lambda: time.sleep(0.3))  # what the heart has to hear
    watcher.phase("open", lambda: reopened(watcher))
    opened(watcher)
    watcher.phase("plan", lambda: planned(watcher))
    if tour.get("whole"):
        watcher.phase("hand", lambda: by_hand(watcher))
    server = Server(tour["postmaster"])
    watcher.phase("hang", lambda: hung(watcher, server))
    watcher.phase("form", lambda: forms(watcher, server))
    watcher.phase("kill", lambda: killed(watcher, server))
    found["heart"] = watcher.heart.told()


def reopened(watcher: Watcher) -> None:
    """The map is built and opened anew, as from the toolbar."""
    done: list[bool] = []
    watcher.do("build", lambda: open_map_later(iface, watcher.plugin.notifier, watcher.tour["store"], "zh",
                                               lambda: done.append(True)))

    def cleared() -> None:
        watcher.heart.doing("read by QGIS")

    QgsProject.instance().cleared.connect(cleared)
    watcher.driver.wait(lambda: bool(done), 60, "the map")
    QgsProject.instance().cleared.disconnect(cleared)
    watcher.driver.drawn()


def opened(watcher: Watcher) -> None:
    """Docks, a form and the area of the plan, before anything is measured."""
    plugin, driver = watcher.plugin, watcher.driver
    code, watcher.estate = watcher.hand.ask(
        "select o.code, (select e.id::text from fullservice.estate e where not e.is_deleted order by e.code limit 1) "
        "from fullservice.org_unit o where o.level = 'grid' order by o.code limit 1")[0]
    for dock in (plugin.review, plugin.card.dock, plugin.negotiation.board, plugin.plan):
        dock.show()
        dock.raise_()
    layer = require_layer("building")
    watcher.form = iface.getFeatureForm(layer, next(layer.getFeatures(QgsFeatureRequest().setLimit(1))))
    watcher.form.show()
    plugin.plan.choose(code)
    driver.wait(lambda: plugin.plan.area is not None, 20, "the area")
    plugin.plan.form.time_limit.setValue(watcher.tour.get("plan_seconds", 4))
    driver.settle(1.0)


def planned(watcher: Watcher) -> None:
    """A plan computes while the window is used."""
    dock = watcher.plugin.plan
    dock.form.scenario.setCurrentText("heart")
    dock.form.horizon.setValue(15)
    dock.make_button.click()
    watcher.found["computing"] = dock.work.busy
    watcher.busy(150, lambda: not dock.work.busy)
    watcher.driver.wait(lambda: dock.plan_page.view is not None and dock.map.plan != "", 30, "the plan")
    watcher.driver.settle(0.5)
    watcher.plan = dock.plan_page.view.plan["code"]


def by_hand(watcher: Watcher) -> None:
    """A session by hand opens and designs around a change."""
    hand = watcher.plugin.design
    watcher.plugin.plan.press("change")
    watcher.busy(90, lambda: hand.session is not None and not hand.work.busy)
    route = max(hand.session.step.design.routes, key=lambda one: one.length_m)
    from fullservice_plugin.gui.design.hand_tools import with_lock

    steps = len(hand.session.steps)
    hand._change(lambda session, _crs: with_lock(session, route.geometry.interpolate(0.5, normalized=True)))
    watcher.busy(60, lambda: len(hand.session.steps) > steps and not hand.work.busy)
    hand._close()


def hung(watcher: Watcher, server: Server) -> None:
    """The server takes everything and answers nothing; then it goes on."""
    deeds, least = HangingDeeds(watcher), watcher.tour.get("hang", 4.0)
    server.hang(least + 60.0)
    begun = time.monotonic()
    try:
        for name, deed in deeds.all():
            watcher.do(name, deed)
            watcher.driver.settle(0.3)
        watcher.busy(least - (time.monotonic() - begun))
        watcher.found["banner"] = bool(watcher.plugin.watch.live.banner.text)
    finally:
        server.go_on()
    watcher.found["hang_said"], watcher.found["hang_asking"] = deeds.said, deeds.still_asking
    watcher.busy(3.0)
    watcher.forms, watcher.open_form, watcher.selects = list(deeds.rows), deeds.form, deeds.select


def forms(watcher: Watcher, server: Server) -> None:
    """Forms are opened while the server answers, and while it hangs: nothing in them waits for it."""
    for key in watcher.forms:
        watcher.do(f"form of {key}, answered", lambda key=key: watcher.open_form(key))
        server.hang(3.0)
        try:
            watcher.do(f"form of {key}", lambda key=key: watcher.open_form(key))
        finally:
            server.go_on()


def killed(watcher: Watcher, server: Server) -> None:
    """The server is gone; the form that is open closes as ever."""
    server.kill()
    watcher.busy(watcher.tour.get("kill", 4.0))
    for key in watcher.forms:
        iface.mapCanvas().refresh()  # threads of QGIS draw meanwhile, and find nobody to connect to
        watcher.driver.settle(0.05)
        watcher.do(f"form of {key}", lambda key=key: watcher.open_form(key))
        watcher.do(f"select in {key}", lambda key=key: watcher.selects(key))
    watcher.form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    watcher.form.close()
    watcher.driver.settle(0.3)
