# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin is unloaded while its tasks, algorithms and listeners run: none of them takes QGIS down, none is lost."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref

import pytest

# Things begun and forgotten with the plugin's modules, as QGIS does at every unload and update; the collector at once.
UNLOADED = """
import faulthandler, gc, random, sys, time, weakref
faulthandler.enable()
import fullservice_plugin
from qgis.core import QgsApplication, QgsProcessingAlgorithm, QgsProcessingProvider
from qgis.PyQt.QtCore import QCoreApplication, QEvent
app = QgsApplication([], True)
app.initQgis()
seconds = float(sys.argv[1])

def busy():
    return QgsApplication.taskManager().countActiveTasks() > 0  # not kept here: it would keep the tasks

class Says(QgsProcessingAlgorithm):
    def name(self): return "says"
    def displayName(self): return "says"
    def createInstance(self): return Says()
    def initAlgorithm(self, _configuration=None): pass
    def processAlgorithm(self, _parameters, _context, feedback):
        for percent in range(100):
            feedback.pushInfo("word " * 20)
            feedback.setProgress(percent)
            if feedback.isCanceled():
                break
            time.sleep(0.0005)
        return {}

class Provider(QgsProcessingProvider):
    def id(self): return "fullservice"
    def name(self): return "hurried"
    def loadAlgorithms(self): self.addAlgorithm(Says())

provider = Provider()
QgsApplication.processingRegistry().addProvider(provider)

def forget():
    for name in [name for name in sys.modules if name.startswith("fullservice_plugin.")]:
        del sys.modules[name]
    for name in [name for name in vars(fullservice_plugin) if not name.startswith("__")]:
        delattr(fullservice_plugin, name)
    gc.collect()

def turn(most):
    for _ in range(random.randint(0, most)):
        app.processEvents()
        time.sleep(random.random() * 0.01)

def ask(did):
    from fullservice_plugin.gui.questions import do_later
    def one():
        task = do_later("hurry", lambda: time.sleep(0.01), lambda _answer: (did.append(1), task), print)
    for _ in range(6):
        one()

def step():
    from fullservice_plugin.gui.first_run.jobs import Job, Runner
    runner = Runner()
    runner.run([Job("one", "says", {}), Job("two", "says", {})], lambda _made: None)
    turn(4)
    runner.stop()

def listen(all_of_them):
    from fullservice_plugin.gis.listener import Listener
    one = Listener("host=127.0.0.1 port=9 dbname=nowhere", 10.0, 2.0, 0.1)
    one.ring = one
    one.begin()
    all_of_them.append(weakref.ref(one))
    turn(4)
    one.stop()

def until(ready):
    end = time.monotonic() + 20
    while not ready() and time.monotonic() < end:
        app.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
    assert ready()

listeners, rounds, end = [], 0, time.monotonic() + seconds
while rounds < 3 or time.monotonic() < end:
    did = []
    ask(did)
    forget()
    until(lambda: len(did) == 6 and not busy())
    for begin in (step, lambda: listen(listeners)):
        begin()
        forget()
        turn(4)
    rounds += 1
until(lambda: not busy() and not any(one() for one in listeners))
print("alive", rounds)
"""


@pytest.mark.parametrize("seconds", [1.5, pytest.param(40.0, marks=pytest.mark.long)])
def test_what_runs_outlives_the_modules_of_an_unloaded_plugin(qgis_app, seconds):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-P", "-c", UNLOADED, str(seconds)], capture_output=True, text=True,
                          timeout=seconds + 60, env=environment, check=False)
    assert done.returncode == 0 and "alive" in done.stdout, done.stderr[-3000:]


def test_a_window_that_nobody_holds_works_until_it_is_closed(qgis_app):
    from qgis.PyQt import sip
    from qgis.PyQt.QtCore import QCoreApplication, QEvent
    from qgis.PyQt.QtWidgets import QDialog, QMainWindow

    from fullservice_plugin.gui.check_connection import ConnectionDialog

    main = QMainWindow()
    place = sip.unwrapinstance(main)
    sip.transferto(main, None)
    del main  # QGIS' own window: Python knows it only while somebody asks for it
    ConnectionDialog(sip.wrapinstance(place, QMainWindow)).open()
    gc.collect()
    found = sip.wrapinstance(place, QMainWindow).findChild(QDialog, "FullServiceConnectionDialog")
    assert isinstance(found, ConnectionDialog) and found.check.isEnabled()
    found.store.setCurrentText("nowhere_at_all")
    found.check.click()
    assert not found.check.isEnabled(), "the button does what it says"
    known = weakref.ref(found)
    found.close()
    del found
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert known() is None
    sip.delete(sip.wrapinstance(place, QMainWindow))
