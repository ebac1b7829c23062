# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportworkbook``: the bill of quantities of an access plan with live formulas."""

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


class ExportWorkbook(FullServiceAlgorithm):
    """Writes prices, bill, cabinets, boxes, estates and buildings of a plan as XLSX; every sum follows the prices."""

    ID = "exportworkbook"
    GROUP = "plans"
    WRITES = False

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterString("PLAN_ID", self.label("PLAN_ID"), None, False, False))
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.add(QgsProcessingParameterFileDestination("OUTPUT", self.label("OUTPUT"), "XLSX (*.xlsx)"))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Write the workbook; return its path."""
        from fullservice_plugin.services.workbooks import export_workbook

        store = self.store(parameters, context)
        try:
            path = export_workbook(
                store,
                self.parameterAsString(parameters, "PLAN_ID", context).strip(),
                self.parameterAsString(parameters, "LANGUAGE", context),
                self.parameterAsFileOutput(parameters, "OUTPUT", context),
                progress=progress,
            )
        finally:
            store.close()
        return {"OUTPUT": str(path)}
