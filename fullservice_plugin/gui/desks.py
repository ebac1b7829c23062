# SPDX-License-Identifier: GPL-2.0-or-later
"""The desks and docks of every stage, opened one after the other when the plugin starts."""

from __future__ import annotations

from typing import Any

from fullservice_plugin.gui.competition.desk import CompetitionDesk
from fullservice_plugin.gui.design.floor_dock import FloorDock
from fullservice_plugin.gui.design.hand_dock import HandDock
from fullservice_plugin.gui.design.plan_dock import PlanDock
from fullservice_plugin.gui.design.review_dock import ReviewDock
from fullservice_plugin.gui.discovery.desk import DiscoveryDesk
from fullservice_plugin.gui.docks import add_dock
from fullservice_plugin.gui.estate.desk import CardDesk
from fullservice_plugin.gui.map.desk import MapDesk
from fullservice_plugin.gui.menu_order import arrange
from fullservice_plugin.gui.negotiation.desk import NegotiationDesk
from fullservice_plugin.gui.plans.preview_dock import PreviewDock
from fullservice_plugin.gui.start.desk import StartDesk


def open_desks(plugin: Any) -> None:
    """Give the plugin its desks. The later ones know the earlier ones."""
    iface, notifier, toolbar, menu, dock = plugin.iface, plugin.notifier, plugin.toolbar, plugin.menu, plugin.dock
    plugin.discovery = DiscoveryDesk(iface, notifier, toolbar, menu, dock)
    _open_design(plugin)
    plugin.negotiation = NegotiationDesk(iface, notifier, toolbar, menu, dock)
    plugin.competition = CompetitionDesk(iface, notifier, toolbar, menu, dock, plugin.watch.live)
    plugin.card = CardDesk(plugin)
    plugin.start = StartDesk(plugin)
    plugin.plans = PreviewDock(iface, notifier)
    add_dock(iface, plugin.plans, "plans", toolbar, menu, dock)
    plugin.map = MapDesk(plugin)
    arrange(iface.mainWindow(), menu, toolbar)


def _open_design(plugin: Any) -> None:
    iface, notifier = plugin.iface, plugin.notifier
    plugin.design = HandDock(iface, notifier)
    plugin.floors = FloorDock(iface, notifier)
    plugin.review = ReviewDock(iface, notifier)
    plugin.plan = PlanDock(iface, notifier, plugin.design, plugin.review)
    plugin.watch.live.told.connect(plugin.plan.tables_changed)
    for dock, picture in ((plugin.plan, "design"), (plugin.design, "hand_design"), (plugin.review, "design_review"),
                          (plugin.floors, "wlan_floors")):
        add_dock(iface, dock, picture, plugin.toolbar, plugin.menu, plugin.dock)
