# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings competitor intelligence into QGIS and takes it out again: form, dock and alerts."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QMenu, QToolBar

from fullservice_plugin.gui.competition.alerts import RivalAlerts
from fullservice_plugin.gui.competition.capture import Capture
from fullservice_plugin.gui.competition.rival_dock import RivalDock
from fullservice_plugin.gui.docks import add_action, add_dock
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.i18n import tr


class CompetitionDesk:
    """The parts that belong together; ``stop`` takes every one of them out. ``live`` is the map that is followed."""

    def __init__(self, iface: Any, notifier: Notifier, toolbar: QToolBar, menu: QMenu, beside: Any, live: Any) -> None:
        self._iface, self._notifier, self._live = iface, notifier, live
        self.capture = Capture(iface, notifier)
        self.dock = RivalDock(iface, notifier, self.capture)
        add_dock(iface, self.dock, "rivals", toolbar, menu, beside)
        self.action = add_action(iface, notifier, "rival_capture", "rival_capture", tr("Report a rival…"),
                                 self.capture.start, toolbar, menu)
        self.action.setToolTip(tr("Report a rival that was seen in the selected building or estate"))
        self.alerts = RivalAlerts(notifier, live)
        live.told.connect(self.dock.tables_changed)

    def stop(self) -> None:
        """Take everything out of QGIS again."""
        self._live.told.disconnect(self.dock.tables_changed)
        self.alerts.stop()
        self.capture.stop()
        self.dock.stop()
        self._iface.removeDockWidget(self.dock)
        self.dock.deleteLater()
        self.action.deleteLater()
