# SPDX-License-Identifier: GPL-2.0-or-later
"""importnegotiations: existing talks and agreements at their real stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingParameterFile

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.processing.table_import import TableImport
from fullservice_plugin.services.imports import ImportResult
from fullservice_plugin.services.negotiation_import import import_negotiations


class ImportNegotiations(TableImport):
    """Bring existing property talks and agreements into the store."""

    ID = "importnegotiations"
    GROUP = "negotiation"
    FIELDS = {
        "BUILDING_FIELD": "building_key",
        "ESTATE_FIELD": "estate_name",
        "X_FIELD": "x",
        "Y_FIELD": "y",
        "STAGE_FIELD": "stage",
        "PARTY_FIELD": "party_name",
        "AGREEMENT_FIELD": "agreement_number",
        "SIGNED_FIELD": "signed_on",
        "FROM_FIELD": "valid_from",
        "TO_FIELD": "valid_to",
        "OWNER_FIELD": "owner_login",
    }
    COUNTS = {
        "ROWS": "rows",
        "TALKS": "talks",
        "AGREEMENTS": "agreements",
        "COVERED": "covered",
        "PARTIES": "parties",
        "DOCUMENTS_KEPT": "documents",
        "UNCHANGED": "unchanged",
        "EVIDENCE_MISSING": "evidence_missing",
        "REJECTED": "rejected",
    }

    def define_extra(self) -> None:
        """Add the folder of the documents."""
        folder = QgsProcessingParameterFile.Behavior.Folder
        self.add(QgsProcessingParameterFile("DOCUMENTS", self.label("DOCUMENTS"), folder, optional=True))

    def import_table(
        self,
        store: Any,
        table: FeatureTable,
        mapping: dict[str, str],
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        progress: Progress,
    ) -> ImportResult:
        """Write the talks."""
        folder = self.parameterAsString(parameters, "DOCUMENTS", context)
        documents = Path(folder) if folder else None
        return import_negotiations(
            store, table, mapping, self.datum(parameters, context), documents=documents, progress=progress
        )
