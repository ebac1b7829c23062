# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings the estate card into QGIS, joins it with the other desks, and takes it out again."""

from __future__ import annotations

from typing import Any

from fullservice_plugin.gui.competition.place import Chosen
from fullservice_plugin.gui.docks import add_dock
from fullservice_plugin.gui.estate.card_dock import CardDock
from fullservice_plugin.gui.fly import fly_to
from fullservice_plugin.gui.negotiation.papers import open_paper
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.estate_card import EstateCard
from fullservice_plugin.services.negotiation import read_attachment
from fullservice_plugin.store.map_views import Place


class CardDesk:
    """The dock and what its buttons call: the desks of ``plugin``, which are there already."""

    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin
        self.iface, self.notifier = plugin.iface, plugin.notifier
        self.dock = CardDock(self.iface, self.notifier, self)
        add_dock(self.iface, self.dock, "estate_card", plugin.toolbar, plugin.menu, plugin.dock)
        plugin.dock.place_chosen.connect(self.follow)
        plugin.dock.card_wanted.connect(self.open)
        plugin.negotiation.board.card_wanted.connect(self.open)
        plugin.negotiation.day.card_wanted.connect(self.open)
        plugin.watch.live.told.connect(self.dock.tables_changed)

    def open(self, kind: str, key: str) -> None:
        """Bring the card to the front with the estate of a place."""
        self.dock.show()
        self.dock.raise_()
        self.dock.show_place(kind, key)

    def follow(self, kind: str, key: str) -> None:
        """Show the estate of a place where the card is open; else nothing changes."""
        if self.dock.isVisible():
            self.dock.show_place(kind, key)

    def press(self, key: str, card: EstateCard) -> None:
        """Do what a button of the card says."""
        if key == "talks" and card.deals:
            self.open_line("talks", card.deals[0]["ids"])
        elif key == "talks":
            self._plugin.negotiation.begin("estate", [card.id])
        elif key == "observe":
            self._plugin.competition.capture.start(Chosen("estate", card.id, card.name))
        elif key == "lead":
            self._plugin.discovery.tools.lead_of(card.id)
        elif key == "designs":
            self.open_line("designs", card.designs[0]["id"])
        elif key == "fly" and not fly_to(self.iface.mapCanvas(), Place("estate", card.id, card.name, "", card.box)):
            self.notifier.info(tr("{name} has no position yet.", name=card.name))

    def open_line(self, tab: str, key: Any) -> None:
        """Open what a line of a tab stands for: the talk, the review of the design, the rivals, the document."""
        if tab == "talks":
            self._plugin.negotiation.open_deal(key)
        elif tab == "designs":
            review = self._plugin.review
            review.show()
            review.raise_()
            review.load(key)
        elif tab == "rivals":
            rivals, card = self._plugin.competition.dock, self.dock.card
            rivals.show()
            rivals.raise_()
            rivals.show_place(Chosen("estate", card.id, card.name))
        else:
            self.dock.ask_paper(lambda store: read_attachment(store, key), lambda paper: open_paper(*paper))

    def stop(self) -> None:
        """Take everything out of QGIS again."""
        self._plugin.watch.live.told.disconnect(self.dock.tables_changed)
        self._plugin.negotiation.board.card_wanted.disconnect(self.open)
        self._plugin.negotiation.day.card_wanted.disconnect(self.open)
        self._plugin.dock.place_chosen.disconnect(self.follow)
        self._plugin.dock.card_wanted.disconnect(self.open)
        self.dock.stop()
        self.iface.removeDockWidget(self.dock)
        self.dock.deleteLater()
