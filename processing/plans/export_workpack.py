# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportworkpack``: what a crew needs to build one part of an access plan, as PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsProcessingContext, QgsProcessingParameterNumber, QgsProcessingParameterString

from fullservice_plugin.processing.file_export import PdfExport
from fullservice_plugin.services.workpack import export_workpack


class ExportWorkpack(PdfExport):
    """Writes bill, drawings, permits, records, checklist and sign-off of an estate, a cabinet area or a phase."""

    ID = "exportworkpack"
    WORKBOOK = True
    SUBJECTS = ("PLAN_ID", "ESTATE", "CABINET")
    REQUIRED = ("PLAN_ID",)

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service that prints it."""
        return export_workpack

    def define_further(self) -> None:
        """Ask for phase, crew and the scale of the sheets."""
        kind = QgsProcessingParameterNumber.Type.Integer
        self.add(QgsProcessingParameterNumber("PHASE", self.label("PHASE"), kind, None, True, 1))
        self.add(QgsProcessingParameterString("CREW", self.label("CREW"), None, False, True))
        self.add_choice("SHEET_SCALE", ["auto", "none", "500", "1000"], "500")

    def further(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Return phase, crew and scale."""
        given = parameters.get("PHASE") is not None
        return {
            "phase": self.parameterAsInt(parameters, "PHASE", context) if given else None,
            "crew": self.parameterAsString(parameters, "CREW", context).strip(),
            "sheet_scale": self.parameterAsEnumString(parameters, "SHEET_SCALE", context),
        }
