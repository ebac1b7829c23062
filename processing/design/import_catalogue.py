# SPDX-License-Identifier: GPL-2.0-or-later
"""importcatalogue: prices and rules of the operator, kept in the store."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.prices import import_catalogue


class ImportCatalogue(FullServiceAlgorithm):
    """Bring a catalogue's prices and rules into the store, for all or for one branch."""

    ID = "importcatalogue"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        self.add_store()
        self.add(QgsProcessingParameterFile("CATALOGUE", self.label("CATALOGUE"), extension="json", optional=True))
        self.add(QgsProcessingParameterString("REGION", self.label("REGION"), None, False, True))
        for name in ("NEW", "CHANGED", "UNCHANGED"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def work(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Check and write the figures."""
        store = self.store(parameters, context)
        try:
            found = import_catalogue(
                store,
                self.parameterAsString(parameters, "CATALOGUE", context),
                self.parameterAsString(parameters, "REGION", context).strip(),
            )
        finally:
            store.close()
        progress.say(
            tr(
                "Prices and rules: {new} new, {changed} changed, {same} as before.",
                new=found.new,
                changed=found.changed,
                same=found.same,
            )
        )
        return {"NEW": found.new, "CHANGED": found.changed, "UNCHANGED": found.same}
