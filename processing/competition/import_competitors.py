# SPDX-License-Identifier: GPL-2.0-or-later
"""importcompetitors: observations about rivals."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.competition.evidence import SOURCE_CONFIDENCE
from fullservice_plugin.core.intake import with_headings
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.processing.table_import import TableImport
from fullservice_plugin.services.competition import import_competitors, import_operators
from fullservice_plugin.services.imports import ImportResult


class ImportCompetitors(TableImport):
    """Bring observations about rivals into the store."""

    ID = "importcompetitors"
    GROUP = "competition"
    FIELDS = {
        "BUILDING_FIELD": "building_key",
        "ESTATE_FIELD": "estate_name",
        "X_FIELD": "x",
        "Y_FIELD": "y",
        "OPERATOR_FIELD": "operator_code",
        "TECHNOLOGY_FIELD": "technology",
    }
    COUNTS = {"ROWS": "rows", "OBSERVATIONS": "observations", "DUPLICATES": "duplicates", "REJECTED": "rejected"}

    def define_extra(self) -> None:
        """Add source class, date and operators."""
        self.add_choice("SOURCE_CLASS", ["", *SOURCE_CONFIDENCE], "")
        self.add(QgsProcessingParameterString("OBSERVED_ON", self.label("OBSERVED_ON"), "", False, True))
        self.add(
            QgsProcessingParameterFeatureSource(
                "OPERATORS", self.label("OPERATORS"), [QgsProcessing.SourceType.TypeVector], None, True
            ),
            advanced=True,
        )

    def import_table(
        self,
        store: Any,
        table: FeatureTable,
        mapping: dict[str, str],
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        progress: Progress,
    ) -> ImportResult:
        """Write the operators, if given, and the observations."""
        day = self.observed_on(parameters, context)
        source_class = self.parameterAsEnumString(parameters, "SOURCE_CLASS", context)
        with store.transaction(bulk=True):
            operators = self.parameterAsSource(parameters, "OPERATORS", context)
            if operators is not None:
                import_operators(store, with_headings(read_source(operators)))
            return import_competitors(
                store, table, source_class, day, mapping, self.datum(parameters, context), progress
            )
