# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportplan``: the PDF of an access plan."""

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
from fullservice_plugin.services.plans import export_plan


class ExportPlan(FullServiceAlgorithm):
    """Writes one access plan, whole or of one estate, as a PDF with map sheets, tables and signatures."""

    ID = "exportplan"
    GROUP = "plans"

    def flags(self) -> QgsProcessingAlgorithm.Flags:
        """Layouts are drawn in the main thread."""
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterString("PLAN_ID", self.label("PLAN_ID")))
        self.add(QgsProcessingParameterString("ESTATE", self.label("ESTATE"), None, False, True))
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.add(QgsProcessingParameterFileDestination("OUTPUT", self.label("OUTPUT"), "PDF (*.pdf)"))

    def run(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        """Write the PDF; return its path."""
        store = self.store(parameters, context)
        try:
            path = export_plan(
                store,
                self.parameterAsString(parameters, "PLAN_ID", context),
                self.parameterAsString(parameters, "ESTATE", context).strip(),
                self.parameterAsString(parameters, "LANGUAGE", context),
                self.parameterAsFileOutput(parameters, "OUTPUT", context),
                progress=progress,
            )
        finally:
            store.close()
        return {"OUTPUT": str(path)}
