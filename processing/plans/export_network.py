# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportnetwork``: the network of an access plan for other systems."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import language
from fullservice_plugin.processing.base import FullServiceAlgorithm

FORMATS = "GeoPackage (*.gpkg);;KML (*.kml);;DXF (*.dxf);;Open Fibre Data Standard (*.json)"


class ExportNetwork(FullServiceAlgorithm):
    """Writes routes, nodes, drops and access points of a plan as GeoPackage, KML, DXF or Open Fibre Data Standard."""

    ID = "exportnetwork"
    GROUP = "plans"
    WRITES = False

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterString("PLAN_ID", self.label("PLAN_ID"), None, False, False))
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.add(QgsProcessingParameterFileDestination("OUTPUT", self.label("OUTPUT"), FORMATS))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Write the file; return its path."""
        from fullservice_plugin.services.network_files import export_network

        store = self.store(parameters, context)
        try:
            path = export_network(
                store,
                self.parameterAsString(parameters, "PLAN_ID", context).strip(),
                self.parameterAsFileOutput(parameters, "OUTPUT", context),
                self.parameterAsString(parameters, "LANGUAGE", context),
                progress=progress,
            )
        finally:
            store.close()
        return {"OUTPUT": str(path)}
