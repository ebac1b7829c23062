# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportnegotiations``: the PDF report of an area."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import language
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.reports import export_negotiations


class ExportNegotiations(FullServiceAlgorithm):
    """Writes where every talk of an area stands, what is next and which agreements end, with a map."""

    ID = "exportnegotiations"
    GROUP = "plans"

    def flags(self) -> QgsProcessingAlgorithm.Flags:
        """Layouts are drawn in the main thread."""
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterString("AREA", self.label("AREA"), None, False, True))
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.add(QgsProcessingParameterFileDestination("OUTPUT", self.label("OUTPUT"), "PDF (*.pdf)"))

    def run(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        """Write the PDF; return its path."""
        store = self.store(parameters, context)
        try:
            path = export_negotiations(
                store,
                self.parameterAsString(parameters, "AREA", context).strip(),
                self.parameterAsString(parameters, "LANGUAGE", context),
                self.parameterAsFileOutput(parameters, "OUTPUT", context),
                progress=progress,
            )
        finally:
            store.close()
        return {"OUTPUT": str(path)}
