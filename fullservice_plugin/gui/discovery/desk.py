# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings discovery by hand into QGIS and takes it out again: hand tools and docks, with one undo stack."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QMenu, QToolBar

from fullservice_plugin.gui.discovery.deeds import Deeds
from fullservice_plugin.gui.discovery.hand_tools import HandTools
from fullservice_plugin.gui.discovery.ledger_dock import LedgerDock
from fullservice_plugin.gui.discovery.review_dock import ReviewDock
from fullservice_plugin.gui.docks import add_dock
from fullservice_plugin.gui.notify import Notifier


class DiscoveryDesk:
    """The parts that belong together; ``stop`` takes every one of them out."""

    def __init__(self, iface: Any, notifier: Notifier, toolbar: QToolBar, menu: QMenu, beside: Any) -> None:
        self._iface = iface
        self.deeds = Deeds(notifier)
        self.review = ReviewDock(iface, notifier, self.deeds)
        self.ledger = LedgerDock(iface, notifier, self.deeds)
        for dock, picture in ((self.review, "hand_review"), (self.ledger, "hand_ledger")):
            add_dock(iface, dock, picture, toolbar, menu, beside)
        self.tools = HandTools(iface, notifier, self.deeds, menu)

    def stop(self) -> None:
        """Take everything out of QGIS again."""
        self.deeds.stop()
        self.tools.stop()
        for dock in (self.review, self.ledger):
            dock.stop()
            self._iface.removeDockWidget(dock)
            dock.deleteLater()
