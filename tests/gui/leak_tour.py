# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads and unloads the plugin, and opens cards, again and again: what is counted after may not be more than before."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections import Counter as Kinds
from pathlib import Path

import qgis.utils
from hand_tour import Hand
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject
from qgis.PyQt.QtWidgets import QAction, QApplication, QDockWidget
from qgis.utils import iface, plugins

NAME = "fullservice_plugin"
_WARM = 3  # rounds until caches of Qt, QGIS and Python are full


def signals() -> dict[str, tuple[QObject, object]]:
    """What others send and the plugin listens to."""
    project, canvas = QgsProject.instance(), iface.mapCanvas()
    return {
        **{f"project.{name}": (project, getattr(project, name))
           for name in ("readProject", "cleared", "layersAdded", "layersWillBeRemoved", "writeProject",
                        "projectSaved")},
        "themes": (project.mapThemeCollection(), project.mapThemeCollection().mapThemesChanged),
        **{f"canvas.{name}": (canvas, getattr(canvas, name))
           for name in ("selectionChanged", "xyCoordinates", "mapToolSet", "extentsChanged", "scaleChanged")},
        "layer": (iface.activeLayer() or project, (iface.activeLayer() or project).destroyed),
        "registry": (QgsApplication.processingRegistry(), QgsApplication.processingRegistry().providerAdded),
        "tasks": (QgsApplication.taskManager(), QgsApplication.taskManager().taskAdded),
    }  # fmt: skip


class Counter:
    """Counts what may not grow."""

    def __init__(self, driver, tour: dict) -> None:
        self.driver, self.hand = driver, Hand(driver, tour["store"])
        self._libc = ctypes.CDLL("libc.so.6")

    def quiet(self) -> None:
        """Until all that goes later is gone, messages in the bar too: one more of them is no leak."""
        for item in iface.messageBar().items():
            self.driver.tell(f"said: {item.text()}")
        iface.messageBar().clearWidgets()
        self.driver.wait(self.driver.idle, 20, "tasks")
        for _ in range(3):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            self.driver.settle(0.1)
        gc.collect()

    def count(self) -> dict[str, int]:
        window = iface.mainWindow()
        self.quiet()
        ours = [one for one in gc.get_objects() if type(one).__module__.startswith(NAME) and isinstance(one, QObject)]
        found = {
            "widgets": len(QApplication.allWidgets()), "actions": len(window.findChildren(QAction)),
            "objects": len(window.findChildren(QObject)), "wrappers": len(ours),
            "items": len(iface.mapCanvas().scene().items()), "python threads": threading.active_count(),
            "connections": self._connections(), "layers": len(QgsProject.instance().mapLayers()),
        }
        found.update({f"receivers of {name}": sender.receivers(signal) for name, (sender, signal) in signals().items()})
        return found

    def kinds(self) -> Kinds:
        """What there is by class, to tell what has grown."""
        window = iface.mainWindow()
        ours = (one for one in gc.get_objects() if type(one).__module__.startswith(NAME) and isinstance(one, QObject))
        return Kinds([f"{one.metaObject().className()} {one.objectName()}" for one in window.findChildren(QObject)]
                     + [f"{one.metaObject().className()} {one.objectName()}" for one in QApplication.allWidgets()]
                     + [type(one).__name__ for one in ours])

    def _connections(self) -> int:
        """Connections of the plugin to the store, not those of QGIS' own pool."""
        return self.hand.ask("select count(*) from pg_stat_activity where datname = current_database() and "
                             "application_name like 'fullservice%%' and pid <> pg_backend_pid()")[0][0]

    def memory(self) -> float:
        """Resident megabytes once the allocator gave back what it can."""
        gc.collect()
        self._libc.malloc_trim(0)
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

    def threads(self) -> int:
        line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("Threads"))
        return int(line.split()[1])


def again(counter: Counter, rounds: int, run, found: dict, name: str) -> None:
    """Do something some rounds to warm up, count, do it ``rounds`` times, count again."""
    for number in range(_WARM):
        run(number)
    before, memory, threads, started = counter.count(), counter.memory(), counter.threads(), time.monotonic()
    kinds = counter.kinds()
    for number in range(rounds):
        counter.driver.tell(f"{name} {number}")
        run(_WARM + number)
    after = counter.count()
    found[name] = {
        "rounds": rounds, "grown": {key: [before[key], after[key]] for key in before if after[key] > before[key]},
        "counted": before, "more": dict(counter.kinds() - kinds), "threads": [threads, counter.threads()],
        "memory": [round(memory, 1), round(counter.memory(), 1)],
        "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip


def leaks(driver, found: dict, tour: dict) -> None:
    counter = Counter(driver, tour)
    cards(counter, driver, found, tour["cards"])
    loads(counter, driver, found, tour["loads"])


def cards(counter: Counter, driver, found: dict, rounds: int) -> None:
    """Open the card of one estate after the other, each with all its tabs."""
    estates = [key for key, in counter.hand.ask(
        "select id::text from fullservice.estate where not is_deleted order by code limit 3")]
    dock = plugins[NAME].card.dock
    dock.show()

    def opened(number: int) -> None:
        key = estates[number % len(estates)]
        dock.show_place("estate", key)
        driver.wait(lambda: dock.card is not None and dock.card.id == key, 15, "the card")
        for tab in range(dock.tabs.count()):
            dock.tabs.setCurrentIndex(tab)

    again(counter, rounds, opened, found, "leak_cards")
    dock.hide()


def loads(counter: Counter, driver, found: dict, rounds: int) -> None:
    """Unload the plugin with its map open, all docks shown, and load it again."""

    def reloaded(_number: int) -> None:
        for dock in iface.mainWindow().findChildren(QDockWidget):
            if dock.objectName().startswith("FullService"):
                dock.show()
        QCoreApplication.processEvents()
        qgis.utils.unloadPlugin(NAME)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert qgis.utils.loadPlugin(NAME) and qgis.utils.startPlugin(NAME)
        QCoreApplication.processEvents()

    again(counter, rounds, reloaded, found, "leak_loads")
