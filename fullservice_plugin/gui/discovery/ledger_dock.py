# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of ledger rows that no rule could place: beside the building they may mean, placed by a click."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from fullservice_plugin.gui.discovery.deeds import Deeds
from fullservice_plugin.gui.discovery.map_tools import DrawTool
from fullservice_plugin.gui.discovery.waiting_dock import WaitingDock
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.placing import ACCEPT, PLACE, REFUSE, Waiting, decide, sources, waiting


class LedgerDock(WaitingDock):
    """Ledger rows (orange where they have a position) and the building proposed for each (blue)."""

    NAME = "FullServiceLedger"
    ANSWERS = (
        (ACCEPT, "A", "Accept: this building is meant"),
        (PLACE, "M", "Place it by a click on the map"),
        (REFUSE, "R", "Refuse: it has no place"),
    )

    def __init__(self, iface: Any, notifier: Notifier, deeds: Deeds) -> None:
        self._tool: Optional[DrawTool] = None
        headings = tr("Ledger (orange)"), tr("Store (blue)")
        super().__init__(iface, notifier, deeds, tr("Ledger rows to place"), headings)

    def _fetch(self, store: Any, source: Optional[str]) -> tuple[list[tuple[str, int]], list[Waiting]]:
        return sources(store), waiting(store, source)

    def _carry_out(self, item: Waiting, answer: str) -> None:
        self._drop_tool()
        if answer != PLACE:
            self._run(item, lambda store: decide(store, item, answer))
            return

        def placed(point: Any) -> None:
            self._drop_tool()
            if item in self.items and not self.deeds.busy:
                self._run(item, lambda store: decide(store, item, PLACE, (point.x, point.y)))

        self._tool = DrawTool(self._iface.mapCanvas(), "point", placed, self._drop_tool)
        self._iface.mapCanvas().setMapTool(self._tool)
        self._notifier.hint(
            tr("Click where {name} is, on its building if it has one; Escape gives up.", name=_called(item))
        )

    def go(self, step: int) -> None:
        """Show the next or the previous row; a click that was waited for is no longer meant."""
        self._drop_tool()
        super().go(step)

    def stop(self) -> None:
        """Let go of task, map and tool."""
        self._drop_tool()
        super().stop()

    def _drop_tool(self) -> None:
        if self._tool is not None:
            tool, self._tool = self._tool, None
            tool.put_down()

    def _sentence(self, item: Waiting) -> str:
        said = tr("{at} of {count} · {source}", at=self.at + 1, count=len(self.items), source=item.source)
        return f"{said} · {item.reason}" if item.reason else said

    def _facts(self, item: Waiting) -> Sequence[tuple[str, Any, Any]]:
        building = item.building
        return [
            (tr("Name"), item.name, building["name"]),
            (tr("Number"), None, building["number"]),
            (tr("Address"), item.address, building["address"] or None),
            (tr("Households"), item.households, building["households"]),
            (tr("Key"), item.key, building["code"]),
            (tr("Row"), item.row_number, None),
        ]


def _called(item: Waiting) -> str:
    return item.name or item.address or item.key or str(item.row_number)
