# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour about the review of designs: keep, override, hand in, and a refusal told in a sentence."""

from __future__ import annotations

from hand_tour import Hand
from qgis.PyQt.QtWidgets import QDialog, QDockWidget, QTableWidget
from qgis.utils import iface


def review_designs(driver, found: dict, tour: dict) -> None:
    hand = Hand(driver, tour["store"])
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceDesignReview")
    dock.show()
    dock.raise_()
    driver.wait(lambda: dock.design.count() > 0 and dock.table.rowCount() > 0, 15, "the designs")
    index = next(k for k, row in enumerate(dock._designs) if row["scenario"] == "wlan" and row["state"] == "draft")
    if index != dock.design.currentIndex():
        dock._rows = []
        dock.design.setCurrentIndex(index)
    driver.wait(lambda: bool(dock._rows) and dock.table.rowCount() > 0, 10, "the decisions")
    design = dock.design.currentData()
    note = "select count(*) from fullservice.access_decision where design_id = %s and override_note is not null"
    buttons = lambda: sorted(key for key, button in dock.buttons.items() if button.isEnabled())  # noqa: E731
    found["review_before"] = [buttons(), dock.why.text()]
    dock.table.selectRow(0)
    found["review_chosen"] = [buttons(), bool(dock.reason.text())]
    dock.fly()
    one = dock.chosen()[0]
    dock.do("override", design, [one["id"]], "ftth", "试试" if tour["language"] == "zh" else "A try")
    driver.wait(lambda: any(row["override_note"] for row in dock._rows), 10, "the deed to take back")
    tried = dock._rows[0]["method"]
    dock._press("undo")
    driver.wait(lambda: hand.ask(note, design)[0][0] == 0 and not any(row["override_note"] for row in dock._rows), 10,
                "taken back")
    found["review_undone"] = [tried, dock._rows[0]["method"] == one["method"], "undo" in buttons()]
    dock.do("override", design, [one["id"]], "ftth", "立管已满" if tour["language"] == "zh" else "The risers are full")
    driver.wait(lambda: hand.ask(note, design)[0][0] == 1 and any(row["override_note"] for row in dock._rows), 10,
                "the deed")
    dock.table.selectRow(0)
    driver.drawn()
    driver.picture("design_review")
    found["review_kept"] = [dock._rows[0]["method"], dock._rows[0]["locked"], dock.table.item(0, 7).text() != "",
                            dock.table.item(0, 3).text()]
    dock.compare(dock._versions[0])
    driver.wait(lambda: dock.findChild(QDialog, "FullServiceCompareDesigns") is not None, 10, "the comparison")
    window = dock.findChild(QDialog, "FullServiceCompareDesigns")
    driver.settle(0.6)
    driver.picture("design_compare", window)
    found["review_compared"] = window.findChild(QTableWidget).rowCount()
    window.close()
    state = "select state from fullservice.access_design where id = %s"
    dock.do("hand_in", design, [])
    driver.wait(lambda: hand.ask(state, design)[0][0] == "submitted" and "keep" not in buttons(), 10, "handed in")
    found["review_frozen"] = [buttons(), dock.why.text()]
    driver.picture("design_frozen")
    dock.do("approve", design, [])
    driver.settle(1.5)
    found["review_own"] = hand.ask(state, design)[0][0]
    dock.hide()
