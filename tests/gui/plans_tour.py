# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour about the dock of plans: chosen, seen page by page, another template, saved."""

from __future__ import annotations

import json
from pathlib import Path

from card_tour import press, show
from heart import Heart
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface, plugins


def plans(driver, found: dict, tour: dict) -> None:
    """Preview, page by page, with another template; a fault told; saved and cancelled."""
    folder = Path(tour["maps"])
    folder.mkdir(parents=True, exist_ok=True)
    dock = plugins["fullservice_plugin"].plans
    show(dock)
    iface.mainWindow().resizeDocks([dock], [760], Qt.Orientation.Horizontal)
    driver.wait(lambda: dock.subject.count() > 0, 20, "the plans")
    found["plans_offered"] = dock.subject.count()
    heart = Heart(driver.tell)
    heart.begin("read")
    press(dock.look)
    driver.wait(lambda: dock.draft is not None and dock.pages.shown is not None, 60, "the first page")
    heart.end()
    found["plans_pages"] = dock.draft.count
    driver.settle(0.3)
    driver.picture("plans_cover")
    before = dock.pages.picture.pixmap().toImage()
    heart.begin("map")
    press(dock.pages.forth)
    driver.wait(lambda: dock.pages.shown and dock.pages.shown[0] == 1, 60, "the map")
    heart.end()
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
    heart.begin("save")
    target = folder / "plan.pdf"
    dock.save_to(str(target))
    driver.wait(target.exists, 90, "the file")
    heart.end()
    found["plans_saved"], found["heart"] = target.stat().st_size, heart.told()
    cancelled = folder / "cancelled.pdf"
    dock.save_to(str(cancelled))
    QApplication.processEvents()
    press(dock.stop_button)
    driver.settle(1.0)
    found["plans_cancelled"] = sorted(path.name for path in folder.glob("*.pdf"))
    dock.hide()


def colours(image) -> int:
    """How many colours a picture has, looked at here and there."""
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)})
