# SPDX-License-Identifier: GPL-2.0-or-later
"""importpackages: area packages."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.processing.table_import import TableImport
from fullservice_plugin.services.imports import ImportResult
from fullservice_plugin.services.packages import import_packages


class ImportPackages(TableImport):
    """Bring area packages into the store and report where they overlap."""

    ID = "importpackages"
    GROUP = "design"
    WITH_DATUM = False
    FIELDS = {"CODE_FIELD": "code", "NAME_FIELD": "name", "PRICE_FIELD": "price_month"}
    COUNTS = {
        "NEW": "new",
        "CHANGED": "changed",
        "UNCHANGED": "unchanged",
        "REJECTED": "rejected",
        "OVERLAPS": "overlaps",
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
        """Write the packages."""
        return import_packages(store, table, mapping, progress)
