# SPDX-License-Identifier: GPL-2.0-or-later
"""The map of another store: what docks show of the last one goes, what is seen is read anew."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QObject

from fullservice_plugin.gis.known_stores import store_of_map


class MapSwitch(QObject):
    """Tells the docks of a plugin when its map follows another store than before; a store is one with its login."""

    def __init__(self, plugin: Any) -> None:
        super().__init__()
        self._live = plugin.watch.live
        self._docks = (plugin.review, plugin.plans, plugin.negotiation.board, plugin.negotiation.day,
                       plugin.negotiation.deal, plugin.discovery.review, plugin.discovery.ledger, plugin.card.dock,
                       plugin.competition.dock)  # fmt: skip
        self._store = store_of_map()
        self._live.followed.connect(self._follow)

    def stop(self) -> None:
        """Let go of the map."""
        self._live.followed.disconnect(self._follow)

    def _follow(self, store: str) -> None:
        if store == self._store:
            return
        self._store = store
        for dock in self._docks:
            if hasattr(dock, "forget"):
                dock.forget()
            if dock.isVisible():
                dock.load()
