# SPDX-License-Identifier: GPL-2.0-or-later
"""Wires provider, actions and dock into QGIS, and takes every one of them out again."""

from __future__ import annotations

import sys
from typing import Any, Callable

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QAction, QMenu, QToolBar

from fullservice_plugin import vendoring
from fullservice_plugin.gis.settings import LANGUAGE
from fullservice_plugin.i18n import set_language, tr

TITLE = "Full-Service Battle Map"


def forget_modules() -> None:
    """Forget our modules, so that an updated plugin loads its own: QGIS overlooks those imported by name."""
    for name in [name for name in sys.modules if name.startswith("fullservice_plugin.")]:
        del sys.modules[name]


class FullServicePlugin:
    """The plugin object that QGIS creates. ``iface`` is None in ``qgis_process``."""

    def __init__(self, iface: Any) -> None:
        set_language(str(LANGUAGE.read()) or QgsApplication.locale())
        self.iface = iface
        self.provider: Any = None
        self.actions: dict[str, QAction] = {}
        self.toolbar: Any = None
        self.menu: Any = None
        self.dock: Any = None
        self.watch: Any = None
        self.notifier: Any = None
        self.discovery: Any = None
        self.design: Any = None
        self.floors: Any = None
        self.review: Any = None
        self.plan: Any = None
        self.negotiation: Any = None
        self.competition: Any = None
        self.card: Any = None
        self.start: Any = None
        self.plans: Any = None
        self.map: Any = None
        self.helping: Any = None

    def initProcessing(self) -> None:  # noqa: N802 (the name QGIS asks for)
        """Register the provider (all that ``qgis_process`` needs)."""
        from fullservice_plugin.processing.provider import FullServiceProvider

        if self.provider is None:
            self.provider = FullServiceProvider()
            QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802 (the name QGIS asks for)
        """Add provider, menu, toolbar, start dock and the watch over our layers."""
        from fullservice_plugin.gui.desks import open_desks
        from fullservice_plugin.gui.notify import Notifier
        from fullservice_plugin.gui.watch import ProjectWatch

        self.initProcessing()
        self.notifier = Notifier(self.iface)
        self.watch = ProjectWatch(self.notifier)
        self._add_dock()
        self._add_actions()
        open_desks(self)

    def unload(self) -> None:
        """Undo all that :meth:`initGui` and :meth:`initProcessing` did."""
        self._no_windows()
        if self.watch is not None:
            self.watch.live.told.disconnect(self.plan.tables_changed)
            self.watch.stop()
        for desk in (self.map, self.start, self.card, self.competition, self.discovery, self.negotiation):
            if desk is not None:
                desk.stop()
        for dock in (self.plan, self.design, self.floors, self.review, self.plans):
            if dock is not None:
                dock.stop()
                self.iface.removeDockWidget(dock)
                dock.deleteLater()
        if self.dock is not None:
            self.iface.initializationCompleted.disconnect(self._tabs_again)
            self.dock.stop()
            self.iface.removeDockWidget(self.dock)
            self.dock.deleteLater()
        for action in self.actions.values():
            action.deleteLater()
        if self.menu is not None:
            self.menu.menuAction().deleteLater()
            self.menu.deleteLater()
        if self.toolbar is not None:
            self.iface.mainWindow().removeToolBar(self.toolbar)
            self.toolbar.deleteLater()
        if self.notifier is not None:
            self.notifier.stop()
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
        self.provider = self.toolbar = self.menu = self.dock = self.watch = self.notifier = None
        self.discovery = self.design = self.floors = self.review = self.negotiation = self.competition = None
        self.card = self.start = self.plan = self.plans = self.map = None
        self.actions = {}
        vendoring.remove()
        forget_modules()

    def _add_dock(self) -> None:
        from fullservice_plugin.gui.help_key import help_on, set_help
        from fullservice_plugin.gui.workbench import Workbench

        self.dock = Workbench(self.iface, self.notifier)
        self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        help_on(self.dock)
        set_help(self._help)
        self.iface.initializationCompleted.connect(self._tabs_again)

    def _tabs_again(self) -> None:
        from fullservice_plugin.gui.docks import tabs_again

        tabs_again(self.iface.mainWindow(), self.dock)

    def _add_actions(self) -> None:
        from fullservice_plugin.gui.docks import switch

        window = self.iface.mainWindow()
        self.toolbar = QToolBar(tr(TITLE), window)
        self.toolbar.setObjectName("FullServiceToolBar")
        self.iface.addToolBar(self.toolbar)
        self.menu = QMenu(tr(TITLE), window)
        self.menu.setObjectName("FullServiceMenu")
        window.menuBar().insertMenu(self.iface.firstRightStandardMenu().menuAction(), self.menu)
        workbench = switch(self.dock, "action_workbench", tr("Workbench"))
        self.toolbar.addAction(workbench)
        self.menu.addAction(workbench)
        self._action("project", tr("Open the battle map of a store…"), self._open_project)
        self._action("toolbox", tr("Show our algorithms in the toolbox"), self._show_toolbox)
        self._action("connection", tr("Check a connection…"), self._check_connection)
        self._action("history", tr("History of this row…"), self._history)
        self._action("export", tr("Save the table for handing on…"), self._export)
        self._action("help", tr("Help"), self._help)

    def _action(self, key: str, text: str, run: Callable[[], None]) -> None:
        from fullservice_plugin.gui.docks import add_action

        self.actions[key] = add_action(self.iface, self.notifier, key, f"action_{key}", text, run, self.toolbar,
                                       self.menu)

    def _open_project(self) -> None:
        from fullservice_plugin.gui.open_project import open_battle_map

        open_battle_map(self.iface, self.notifier)

    def _show_toolbox(self) -> None:
        from fullservice_plugin.gui.toolbox import show_toolbox

        show_toolbox(self.iface, self.provider)

    def _check_connection(self) -> None:
        from fullservice_plugin.gui.check_connection import ConnectionDialog

        ConnectionDialog(self.iface.mainWindow()).open()

    def _history(self) -> None:
        from fullservice_plugin.gui.history_dialog import open_history

        open_history(self.iface, self.notifier)

    def _export(self) -> None:
        from fullservice_plugin.gui.export_table import save_active_table

        save_active_table(self.iface, self.notifier)

    def _no_windows(self) -> None:
        from fullservice_plugin.gui.help_key import close_windows, set_help

        set_help(None)
        if self.iface is not None:
            close_windows(self.iface.mainWindow())
        if self.helping is not None:
            self.helping.close()
            self.helping.deleteLater()
            self.helping = None

    def _help(self, topic: str = "map") -> None:
        from fullservice_plugin.gui.help import HelpWindow

        if self.helping is None:
            self.helping = HelpWindow(self.iface.mainWindow(), self.provider)
        self.helping.open_page(topic)
        self.helping.show()
        self.helping.raise_()
