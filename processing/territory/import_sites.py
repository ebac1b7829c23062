# SPDX-License-Identifier: GPL-2.0-or-later
"""importsites: base stations, service halls, partners and equipment rooms."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.processing.table_import import TableImport
from fullservice_plugin.services.imports import ImportResult
from fullservice_plugin.services.resources import import_sites


class ImportSites(TableImport):
    """Bring sites into the store."""

    ID = "importsites"
    GROUP = "territory"
    FIELDS = {"KIND_FIELD": "kind", "CODE_FIELD": "code", "NAME_FIELD": "name", "X_FIELD": "x", "Y_FIELD": "y"}
    COUNTS = {"NEW": "new", "CHANGED": "changed", "UNCHANGED": "unchanged", "REJECTED": "rejected"}

    def import_table(
        self,
        store: Any,
        table: FeatureTable,
        mapping: dict[str, str],
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        progress: Progress,
    ) -> ImportResult:
        """Write the sites."""
        return import_sites(store, table, mapping, self.datum(parameters, context), progress)
