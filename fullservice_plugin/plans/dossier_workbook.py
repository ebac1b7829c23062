# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of many dossiers as a workbook: a row for each building and one for each package offered there."""

from __future__ import annotations

from typing import Callable, Sequence

from fullservice_plugin.plans.dossier_model import Dossier
from fullservice_plugin.plans.formats import Figure
from fullservice_plugin.plans.kept import Kept, kept_workbook

Words = Callable[..., str]


class DossierTable:
    """Collects the dossiers as they are printed; only what the workbook needs is kept of each."""

    def __init__(self, t: Words) -> None:
        self.t = t
        self.labels: dict[str, None] = {}
        self.rows: list[tuple[str, str, str, bool, dict[str, str]]] = []
        self.offers: list[tuple[str, ...]] = []

    def add(self, one: Dossier) -> None:
        """Keep the numbers of a dossier."""
        told = dict((*one.facts, *one.works, *one.terms))
        self.labels.update(dict.fromkeys(told))
        self.rows.append((one.code, one.title, one.place, one.letter is not None, told))
        self.offers += [(one.code, o.name, o.down, o.up, o.price, o.term) for o in one.offers]

    def workbook(self, title: str, notes: Sequence[str]) -> bytes:
        """Return the workbook (XLSX)."""
        t = self.t
        designed = sum(1 for row in self.rows if row[3])
        kept = [Kept("", "", (), ((t("Buildings"), _whole(len(self.rows))), (t("With a design"), _whole(designed))))]
        body = tuple(
            (code, name, place, t("yes") if letter else t("no"), *(told.get(label, "") for label in self.labels))
            for code, name, place, letter, told in self.rows
        )
        titles = (t("Code"), t("Building"), t("Estate"), t("With a design"), *self.labels)
        kept.append(Kept(t("Buildings"), "", titles, body))
        if self.offers:
            heads = (t("Code"), t("Package"), t("Down"), t("Up"), t("Price"), t("Term"))
            kept.append(Kept(t("Packages"), "", heads, tuple(self.offers)))
        return kept_workbook(kept, title, t("Key figures"), notes)


def _whole(value: int) -> Figure:
    return Figure(f"{value:,}", value, "whole")
