# SPDX-License-Identifier: GPL-2.0-or-later
"""The window of the first steps: each may be passed over, nothing is deleted, and it goes on where the store stands."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QWizard

from fullservice_plugin.gis.known_stores import last_store
from fullservice_plugin.gui.first_run.buildings_page import BuildingsPage
from fullservice_plugin.gui.first_run.end_page import EndPage
from fullservice_plugin.gui.first_run.plan_page import PlanPage
from fullservice_plugin.gui.first_run.store_page import StorePage
from fullservice_plugin.gui.first_run.territory_page import TerritoryPage
from fullservice_plugin.gui.fly import fly_to
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.open_project import open_map_later
from fullservice_plugin.gui.small_screen import open_at
from fullservice_plugin.gui.theme import show_theme_of
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.start import Area, Holdings
from fullservice_plugin.store.map_views import Place

#: Set once the window has opened by itself; it never does so again.
SEEN = "fullservice/first_run_seen"
STORE, TERRITORY, BUILDINGS, PLAN, END = range(5)


class FirstRunWizard(QWizard):
    """Store → territory → buildings → plan → end. ``made`` tells what this window did."""

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        super().__init__(iface.mainWindow())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("FullServiceFirstRun")
        self.setWindowTitle(tr("First steps") + " – " + tr("Full-Service Battle Map"))
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setWindowModality(Qt.WindowModality.NonModal)
        open_at(self, 720, 640)
        self._iface, self._notifier = iface, notifier
        self.store = ""
        self.holdings: Optional[Holdings] = None
        self.made: list[str] = []
        self.plan: Optional[tuple[str, Area]] = None
        self.sample = False
        self.pages = {STORE: StorePage(iface.mainWindow()), TERRITORY: TerritoryPage(), BUILDINGS: BuildingsPage(),
                      PLAN: PlanPage(), END: EndPage()}
        for number, page in self.pages.items():
            self.setPage(number, page)
        buttons = QWizard.WizardButton
        for button, text in ((buttons.BackButton, tr("Back")), (buttons.NextButton, tr("Next")),
                             (buttons.FinishButton, tr("Finish")), (buttons.CancelButton, tr("Close"))):
            self.setButtonText(button, text)
        help_on(self)
        self.finished.connect(self._finished)

    def take(self, store: str) -> None:
        """Work with another store (empty: none)."""
        if store != self.store:
            self.store, self.holdings = store, None

    def nextId(self) -> int:  # noqa: N802 (the name Qt asks for)
        """Go on with the step that the first page proposes, or that was chosen there."""
        here = self.currentId()
        if here == STORE and self.holdings is not None:
            return int(self.pages[STORE].go_on.currentData())
        return here + 1 if here < END else -1

    def _finished(self, result: int) -> None:
        busy = any(page.runner.busy for page in self.pages.values())
        for page in self.pages.values():
            page.stop()
        if busy:
            self._notifier.warning(tr(
                "The step that was running was stopped and taken back. What was done before it stays."))
        end = self.pages[END]
        if result == QWizard.DialogCode.Accepted and self.store and end.map.isChecked():
            iface, notifier, plan = self._iface, self._notifier, self.plan
            open_map_later(iface, notifier, self.store, language(),
                           (lambda: show_plan(iface, notifier, *plan)) if plan is not None else None)


def show_plan(iface: Any, notifier: Notifier, code: str, area: Area) -> None:
    """Show a plan on the open map: its theme and its place."""
    show_theme_of(iface, "decision_map")
    fly_to(iface.mapCanvas(), Place(area.kind, "", area.name, "", area.box), flash=False)
    notifier.success(tr("Plan {code} lies on the map.", code=code))


class FirstRun:
    """Opens the window: by itself once, where QGIS is really shown and no store was ever used; else from the menu."""

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        self._iface, self._notifier = iface, notifier
        self.wizard: Optional[FirstRunWizard] = None
        self._wait = QTimer()
        self._wait.setSingleShot(True)
        self._wait.setInterval(400)
        self._wait.timeout.connect(self.offer)
        self._starting = not iface.mainWindow().isVisible()
        if self._starting:
            iface.initializationCompleted.connect(self._wait.start)
        else:
            self._wait.start()

    def offer(self) -> None:
        """Open by itself on the very first start; never again, and never without a window to look at."""
        if QgsSettings().value(SEEN, False, bool) or last_store() or not self._iface.mainWindow().isVisible():
            return
        self.open()

    def open(self) -> None:
        """Open the window, or bring it to the front where it is open."""
        QgsSettings().setValue(SEEN, True)
        if self.wizard is None:
            self.wizard = FirstRunWizard(self._iface, self._notifier)
            self.wizard.finished.connect(self._closed)
            self.wizard.show()
        self.wizard.raise_()
        self.wizard.activateWindow()

    def _closed(self, _result: int) -> None:
        self.wizard = None

    def stop(self) -> None:
        """Close it; what runs is taken back."""
        self._wait.stop()
        if self._starting:
            self._iface.initializationCompleted.disconnect(self._wait.start)
        if self.wizard is not None:
            self.wizard.close()
            self.wizard = None
