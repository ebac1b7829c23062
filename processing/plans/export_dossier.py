# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportdossier``: what we propose to each building of an area, for its property manager."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsProcessingContext, QgsProcessingParameterBoolean, QgsProcessingParameterFile
from qgis.core import QgsProcessingParameterString as Text

from fullservice_plugin.processing.file_export import PdfExport
from fullservice_plugin.services.dossiers import export_dossier


class ExportDossier(PdfExport):
    """Writes one dossier per building – proposal, drawing, terms, places to sign, letter – as one PDF."""

    ID = "exportdossier"
    WORKBOOK = True
    WRITES = True  # a look at a contact is written down

    def define(self) -> None:
        """Add the parameters."""
        super().define()
        self.add(Text("PLAN_ID", self.label("PLAN_ID"), None, False, True), advanced=True)
        self.add(QgsProcessingParameterBoolean("NAMES", self.label("NAMES"), False), advanced=True)
        templates = QgsProcessingParameterFile("TEMPLATES", self.label("TEMPLATES"), extension="json", optional=True)
        self.add(templates, advanced=True)

    def further(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Return plan, contacts and templates."""
        return {
            "plan_id": self.parameterAsString(parameters, "PLAN_ID", context).strip(),
            "named": self.parameterAsBool(parameters, "NAMES", context),
            "templates": self.parameterAsString(parameters, "TEMPLATES", context),
        }

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service."""
        return export_dossier
