# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour about the dock of plans: chosen, seen page by page, another template, saved."""

from __future__ import annotations

import json
import time
from pathlib import Path

from card_tour import press, show
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface, plugins

BEAT_MS = 20


class Heart(QTimer):
    """The most that the window's thread worked without looking up: its own time of the processor, which does not count
    what other programs of the machine take.
    """

    def __init__(self) -> None:
        super().__init__()
        self.longest, self._last = 0.0, time.thread_time()
        self.timeout.connect(self._beat)
        self.start(BEAT_MS)

    def _beat(self) -> None:
        now = time.thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now

    def rest(self) -> float:
        """The longest so far (ms); counted anew from here."""
        found, self.longest, self._last = self.longest, 0.0, time.thread_time()
        return round(1000 * found)


def plans(driver, found: dict, tour: dict) -> None:
    """Preview, page by page, with another template; a fault told; saved and cancelled."""
    folder = Path(tour["maps"])
    folder.mkdir(parents=True, exist_ok=True)
    dock = plugins["fullservice_plugin"].plans
    show(dock)
    iface.mainWindow().resizeDocks([dock], [760], Qt.Orientation.Horizontal)
    driver.wait(lambda: dock.subject.count() > 0, 20, "the plans")
    found["plans_offered"] = dock.subject.count()
    heart = Heart()
    press(dock.look)
    driver.wait(lambda: dock.draft is not None and dock.pages.shown is not None, 60, "the first page")
    found["plans_pages"], found["plans_read_ms"] = dock.draft.count, heart.rest()
    driver.settle(0.3)
    driver.picture("plans_cover")
    before = dock.pages.picture.pixmap().toImage()
    press(dock.pages.forth)
    driver.wait(lambda: dock.pages.shown and dock.pages.shown[0] == 1, 60, "the map")
    found["plans_map_ms"] = heart.rest()
    driver.settle(0.3)
    driver.picture("plans_map")
    found["plans_map_colours"] = colours(dock.pages.picture.pixmap().toImage())
    press(dock.pages.back)
    own = folder / "own.json"
    own.write_text(json.dumps({"operator": "North Bay Telecom", "colours": {"accent": "#0F6B5C"}, "mark": "Internal",
                               "title_block": "ISO 7200",
                               "documents": {"access_plan": {"sections": ["cover", "maps", "sources"]}}}))
    dock.template.setFocus()
    QTest.keyClicks(dock.template, str(own))
    press(dock.look)
    driver.wait(lambda: dock.draft.count < found["plans_pages"], 60, "the template's pages")
    driver.wait(lambda: dock.pages.shown and dock.pages.picture.pixmap().toImage() != before, 60, "the own cover")
    driver.settle(0.3)
    driver.picture("plans_template")
    found["plans_own_pages"] = dock.draft.count
    press(dock.pages.forth)
    driver.wait(lambda: dock.pages.shown and dock.pages.shown[0] == 1, 60, "the map with its title block")
    driver.settle(0.3)
    driver.picture("plans_block")
    press(dock.pages.back)
    own.write_text('{"colour": {}}')
    press(dock.look)
    driver.wait(lambda: "colours" in dock.state.text(), 60, "the fault of the template")
    found["plans_fault"] = dock.state.text()
    dock.template.clear()
    press(dock.look)
    driver.wait(lambda: not dock.stop_button.isVisible() and dock.draft.count == found["plans_pages"], 60, "all pages")
    heart.rest()
    target = folder / "plan.pdf"
    dock.save_to(str(target))
    driver.wait(target.exists, 90, "the file")
    found["plans_saved"], found["plans_save_ms"] = target.stat().st_size, heart.rest()
    cancelled = folder / "cancelled.pdf"
    dock.save_to(str(cancelled))
    QApplication.processEvents()
    press(dock.stop_button)
    driver.settle(1.0)
    found["plans_cancelled"] = sorted(path.name for path in folder.glob("*.pdf"))
    heart.stop()
    dock.hide()


def colours(image) -> int:
    """How many colours a picture has, looked at here and there."""
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)})
