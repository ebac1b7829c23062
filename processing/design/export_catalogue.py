# SPDX-License-Identifier: GPL-2.0-or-later
"""exportcatalogue: the prices and rules that hold for a branch, as JSON."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.prices import export_catalogue


class ExportCatalogue(FullServiceAlgorithm):
    """Write the catalogue that holds for a branch, defaults included."""

    ID = "exportcatalogue"
    GROUP = "design"
    WRITES = False

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterString("REGION", self.label("REGION"), None, False, True))
        self.add(QgsProcessingParameterFileDestination("OUTPUT", self.label("OUTPUT"), "JSON (*.json)"))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Write the file; return its path."""
        store = self.store(parameters, context)
        try:
            path = export_catalogue(
                store,
                self.parameterAsFileOutput(parameters, "OUTPUT", context),
                self.parameterAsString(parameters, "REGION", context).strip(),
            )
        finally:
            store.close()
        return {"OUTPUT": str(path)}
