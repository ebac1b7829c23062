# SPDX-License-Identifier: GPL-2.0-or-later
"""importledger: a ledger brought into the store and put on its buildings."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import check_files
from fullservice_plugin.processing.discovery.ledger_input import LedgerInput, add_ledger, check_ledger, read_ledger
from fullservice_plugin.processing.discovery.locate_ledger import tell_result
from fullservice_plugin.services import mappings
from fullservice_plugin.services.telling import tell_alike

KIND = "ledger"
NUMBERS = {
    "ROWS": "rows",
    "MATCHED": "match",
    "REVIEW": "review",
    "UNPLACED": "unplaced",
    "NEW": "new",
    "CHANGED": "changed",
    "UNCHANGED": "unchanged",
}


class ImportLedger(FullServiceAlgorithm):
    """Import a ledger."""

    ID = "importledger"
    GROUP = "discovery"

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        add_ledger(self, households=True)
        self.add(QgsProcessingParameterString("SOURCE_NAME", self.label("SOURCE_NAME"), "", False, True))
        for name in NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))
        for name in ("DATUM_USED", "REJECTS"):
            self.addOutput(QgsProcessingOutputString(name, self.label(name)))

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Look at the ledger's file before QGIS does."""
        return check_files(self, lambda: check_ledger(parameters), parameters, context)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read the ledger, locate and keep it."""
        given = self.parameterAsString(parameters, "SOURCE_NAME", context).strip()
        datum = self.parameterAsEnumString(parameters, "DATUM", context)
        store = self.store(parameters, context)
        try:
            ledger = read_ledger(
                self, parameters, context, lambda name: dict(mappings.recall(store, given or name, KIND).columns)
            )
            return self._import(store, ledger, given or ledger.name, datum, progress)
        finally:
            store.close()

    def _import(self, store: Any, ledger: LedgerInput, name: str, datum: str, progress: Progress) -> dict[str, Any]:
        """Locate and keep the rows, remember the columns, tell what came of it."""
        from fullservice_plugin.services.ledger import import_ledger

        headings = [one.name() for one in ledger.fields]
        extra = [{key: value for key, value in zip(headings, values) if value is not None} for values in ledger.values]
        found = import_ledger(
            store, name, ledger.name, ledger.rows, ledger.numbers, ledger.households, extra, datum,
            progress.part(0.1, 1.0),
        )  # fmt: skip
        mappings.keep(store, name, KIND, ledger.columns, datum)
        tell_result(progress, ledger, found.result)
        lost = _unplaced(ledger.numbers, found.result)
        tell_alike(
            progress.warn,
            [
                (reason, tr("{file}, row {row}: {reason}.", file=ledger.name, row=number, reason=reason))
                for number, reason in found.rejects
                if number not in lost
            ],
        )
        if found.known:
            progress.say(tr("This ledger was taken in before; nothing was changed."))
        rejects = [{"file": ledger.name, "row": number, "reason": reason} for number, reason in found.rejects]
        return {
            **{output: found.counts.get(count, 0) for output, count in NUMBERS.items()},
            "DATUM_USED": found.result.datum,
            "REJECTS": json.dumps(rejects, ensure_ascii=False),
        }


def _unplaced(numbers: list[int], result: Any) -> set[int]:
    return {number for number, place in zip(numbers, result.placements) if place.band == "unplaced"}
