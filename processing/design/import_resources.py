# SPDX-License-Identifier: GPL-2.0-or-later
"""importresources: OLTs, cabinets, ducts and poles."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.processing.table_import import TableImport
from fullservice_plugin.services.imports import ImportResult
from fullservice_plugin.services.resources import import_resources


class ImportResources(TableImport):
    """Bring network resources into the store."""

    ID = "importresources"
    GROUP = "design"
    FIELDS = {"CODE_FIELD": "code", "KIND_FIELD": "kind", "X_FIELD": "x", "Y_FIELD": "y"}
    COUNTS = {
        "NEW": "new",
        "CHANGED": "changed",
        "UNCHANGED": "unchanged",
        "REJECTED": "rejected",
        "STREETS": "streets",
    }

    def import_table(
        self,
        store: Any,
        table: FeatureTable,
        mapping: dict[str, str],
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        progress: Progress,
    ) -> ImportResult:
        """Write the resources."""
        return import_resources(store, table, mapping, self.datum(parameters, context), progress)
