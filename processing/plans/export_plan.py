# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportplan``: the PDF of an access plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsProcessingContext

from fullservice_plugin.processing.file_export import PdfExport
from fullservice_plugin.services.plans import export_plan


class ExportPlan(PdfExport):
    """Writes one access plan, whole or of one estate, as a PDF with map sheets, tables and signatures."""

    ID = "exportplan"
    SUBJECTS = ("PLAN_ID", "ESTATE")
    REQUIRED = ("PLAN_ID",)
    WORKBOOK = True

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service that prints it."""
        return export_plan

    def define_further(self) -> None:
        """Ask for the scale of the atlas."""
        self.add_choice("SHEET_SCALE", ["auto", "none", "500", "1000"], "auto")

    def further(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Return the scale of the atlas."""
        return {"sheet_scale": self.parameterAsEnumString(parameters, "SHEET_SCALE", context)}
