# SPDX-License-Identifier: GPL-2.0-or-later
"""importavailability: availability files of the FCC and of Ofcom."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.competition.availability import FORMATS
from fullservice_plugin.core.intake import read_mapping, with_headings
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import WGS84
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.table_import import TableImport
from fullservice_plugin.services.availability import Keyed, Options, import_availability
from fullservice_plugin.services.imports import ImportResult, say
from fullservice_plugin.services.telling import tell_alike


class ImportAvailability(TableImport):
    """Bring what regulators publish about rivals into the store."""

    ID = "importavailability"
    GROUP = "competition"
    FIELDS = {"AREA_ID": "area_id"}
    COUNTS = {
        "ROWS": "rows",
        "OBSERVATIONS": "observations",
        "BUILDINGS": "buildings",
        "ESTATES": "estates",
        "DUPLICATES": "duplicates",
        "OUTSIDE": "outside",
        "NEW_OPERATORS_MADE": "new_operators",
        "REJECTED": "rejected",
    }
    WITH_DATUM = False

    def define_extra(self) -> None:
        """Add format, date, operators and the layers that place codes."""
        self.add_choice("FORMAT", ["detect", *FORMATS], "detect")
        self.add(QgsProcessingParameterString("OBSERVED_ON", self.label("OBSERVED_ON"), "", False, True))
        self._add_layer("AREAS", "AREA_FIELD", QgsProcessing.SourceType.TypeVectorPolygon)
        self._add_layer("LOCATIONS", "LOCATION_FIELD", QgsProcessing.SourceType.TypeVectorPoint)
        self.add(QgsProcessingParameterString("OPERATOR", self.label("OPERATOR"), "OTHER", False, True))
        self.add(
            QgsProcessingParameterString("KNOWN_AS", self.label("KNOWN_AS"), "", False, True), advanced=True
        )
        self.add(QgsProcessingParameterBoolean("NEW_OPERATORS", self.label("NEW_OPERATORS"), False))

    def import_table(
        self,
        store: Any,
        table: FeatureTable,
        mapping: dict[str, str],
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        progress: Progress,
    ) -> ImportResult:
        """Read the layers that place codes, then write the observations."""
        options = Options(
            form=self.parameterAsEnumString(parameters, "FORMAT", context),
            observed_on=self.observed_on(parameters, context),
            operator=self.parameterAsString(parameters, "OPERATOR", context),
            known_as=read_mapping(self.parameterAsString(parameters, "KNOWN_AS", context)),
            new_operators=self.parameterAsBool(parameters, "NEW_OPERATORS", context),
            areas=self._layer("AREAS", "AREA_FIELD", parameters, context, progress),
            locations=self._layer("LOCATIONS", "LOCATION_FIELD", parameters, context, progress),
            mapping=mapping,
            file=self._file(parameters, context),
        )
        return import_availability(store, table, options, progress)

    def _add_layer(self, name: str, key: str, kind: QgsProcessing.SourceType) -> None:
        self.add(QgsProcessingParameterFeatureSource(name, self.label(name), [kind], None, True))
        self.add(QgsProcessingParameterField(key, self.label(key), None, name, optional=True))

    def _layer(
        self, name: str, key: str, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> Optional[Keyed]:
        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            return None
        table = with_headings(read_source(
            source, crs=QgsCoordinateReferenceSystem(WGS84), transform_context=context.transformContext()))
        tell_alike(progress.warn, [
            (problem.reason, tr("{layer}, row {row}: {reason}; left out.", layer=table.name, row=problem.row,
                                reason=say(problem))) for problem in table.problems
        ])
        return Keyed(table, self.parameterAsString(parameters, key, context))

    def _file(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """Return the name of the file that INPUT is read from; empty where it is a layer without one."""
        layer = self.parameterAsVectorLayer(parameters, "INPUT", context)
        if layer is None or layer.providerType() != "ogr":
            return ""
        return Path(layer.source().split("|")[0]).name
