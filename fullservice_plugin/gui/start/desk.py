# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings first steps, settings and the log for support into QGIS, joins the start dock with the other docks."""

from __future__ import annotations

from typing import Any

from fullservice_plugin.gis.known_stores import last_store
from fullservice_plugin.gis.layers import require_layer
from fullservice_plugin.gui.competition.place import Chosen
from fullservice_plugin.gui.docks import add_action
from fullservice_plugin.gui.first_run.wizard import FirstRun
from fullservice_plugin.gui.settings_page import PAGE, SettingsFactory
from fullservice_plugin.gui.support.dialog import SupportDialog
from fullservice_plugin.gui.support.journal import Journal
from fullservice_plugin.i18n import tr

#: Open tasks of the login and of whom it stands in for; QGIS hands the filter to PostgreSQL.
_MY_TASKS = "\"assignee_staff_id\" IN ({ids}) AND \"state\" NOT IN ('done', 'verified', 'cancelled')"


class StartDesk:
    """What a user begins with; ``stop`` takes every one of its parts out. ``plugin`` has made its docks already."""

    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin
        self.iface, self.notifier = plugin.iface, plugin.notifier
        self.journal = Journal()
        self.first_run = FirstRun(self.iface, self.notifier)
        self.factory = SettingsFactory(lambda: self.notifier.success(tr("The settings were kept.")))
        self.iface.registerOptionsWidgetFactory(self.factory)
        self.actions = [
            add_action(self.iface, self.notifier, key, f"action_{key}", text, run, plugin.menu)
            for key, text, run in (("first_run", tr("First steps…"), self.first_run.open),
                                   ("settings", tr("Settings…"), self.settings),
                                   ("support", tr("Log for support…"), self.support))]
        plugin.dock.wanted.connect(self.lead)
        plugin.dock.place_wanted.connect(self.show_place)
        plugin.watch.live.told.connect(plugin.dock.tables_changed)
        plugin.watch.live.answers.connect(plugin.dock.store_answers)

    def settings(self) -> None:
        """Open the options of QGIS at our page."""
        self.iface.showOptionsDialog(self.iface.mainWindow(), PAGE)

    def support(self) -> None:
        """Open the log for support, with the store that is in use."""
        store = self._plugin.watch.live.store or last_store()
        SupportDialog(self.iface.mainWindow(), self.notifier, self.journal, store).show()

    def lead(self, where: str) -> None:
        """Go where a line of the start dock leads."""
        ways = {"day": self._plugin.negotiation.day, "designs": self._plugin.review,
                "pairs": self._plugin.discovery.review, "ledger": self._plugin.discovery.ledger}
        if where == "tasks":
            self.notifier.guard(self._tasks)
        elif where == "first_run":
            self.first_run.open()
        elif where in ways:
            ways[where].show()
            ways[where].raise_()

    def show_place(self, dock: str, kind: str, key: str, name: str) -> None:
        """Show a place in the dock that the alert is about: rivals, else the card."""
        if dock == "rivals":
            rivals = self._plugin.competition.dock
            rivals.show()
            rivals.raise_()
            rivals.show_place(Chosen(kind, key, name))
        else:
            self._plugin.card.open(kind, key)

    def _tasks(self) -> None:
        ids = ", ".join("'" + key.replace("'", "''") + "'" for key in self._plugin.dock.staff) or "''"
        self.iface.showAttributeTable(require_layer("task"), _MY_TASKS.format(ids=ids))

    def stop(self) -> None:
        """Take everything out of QGIS again."""
        self._plugin.watch.live.told.disconnect(self._plugin.dock.tables_changed)
        self._plugin.watch.live.answers.disconnect(self._plugin.dock.store_answers)
        self._plugin.dock.wanted.disconnect(self.lead)
        self._plugin.dock.place_wanted.disconnect(self.show_place)
        self.first_run.stop()
        self.iface.unregisterOptionsWidgetFactory(self.factory)
        self.journal.stop()
        for action in self.actions:
            action.deleteLater()
        self.actions = []
