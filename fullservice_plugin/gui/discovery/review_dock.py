# SPDX-License-Identifier: GPL-2.0-or-later
"""The review dock: doubtful pairs one after the other, side by side on the map, decided by single keys."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gui.discovery.deeds import Deeds
from fullservice_plugin.gui.discovery.waiting_dock import WaitingDock
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.review import GONE_ANSWERS, PAIR_ANSWERS, Pair, decide, sources, waiting

_ROWS = (("Name", "name"), ("Number", "number"), ("Use", "use"), ("Storeys", "storeys"), ("Households", "households"))


class ReviewDock(WaitingDock):
    """Pairs of a source's record (orange) and the building it looks like (blue)."""

    NAME = "FullServiceReview"
    ANSWERS = (
        ("same", "A", "Accept: the same building"),
        ("different", "R", "Reject: a building of its own"),
        ("merged", "M", "Merge: the same, and take its outline"),
        ("replaced", "B", "Rebuilt: new in place of the old"),
        ("no_building", "X", "Not a building"),
        ("standing", "S", "Still standing"),
        ("demolished", "D", "Demolished"),
    )

    def __init__(self, iface: Any, notifier: Notifier, deeds: Deeds) -> None:
        headings = tr("Source (orange)"), tr("Store (blue)")
        super().__init__(iface, notifier, deeds, tr("Review of doubtful buildings"), headings)

    def _fetch(self, store: Any, source: Optional[str]) -> tuple[list[tuple[str, int]], list[Pair]]:
        return sources(store), waiting(store, source)

    def _carry_out(self, item: Pair, answer: str) -> None:
        self._run(item, lambda store: decide(store, item, answer))

    def _shown(self, item: Optional[Pair]) -> Sequence[str]:
        return GONE_ANSWERS if item is not None and item.gone else PAIR_ANSWERS

    def _sentence(self, item: Pair) -> str:
        if item.gone:
            return tr(
                "{at} of {count} · {source} no longer shows this building.",
                at=self.at + 1,
                count=len(self.items),
                source=item.source,
            )
        return tr(
            "{at} of {count} · {source} · likeness {score} %",
            at=self.at + 1,
            count=len(self.items),
            source=item.source,
            score=round(100 * (item.score or 0)),
        )

    def _facts(self, item: Pair) -> Sequence[tuple[str, Any, Any]]:
        rows = []
        for label, name in _ROWS:
            left, right = item.attributes.get(name), item.building.get(name)
            if name == "use":
                left, right = (code_label("building_use", word, language()) if word else None for word in (left, right))
            rows.append((tr(label), left, right))
        return [
            *rows,
            (tr("Source"), item.source, item.building.get("discovery_source")),
            (tr("Key"), item.key if not item.gone else None, item.building.get("code")),
            (tr("Observed on"), item.observed_on, None),
        ]
