# SPDX-License-Identifier: GPL-2.0-or-later
"""What the imports of a table into the store share: source, field parameters, datum, counts and rejects."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.intake import read_mapping, with_headings
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import WGS84
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.imports import ImportResult

DATUMS = ["wgs84", "gcj02", "bd09"]


class TableImport(FullServiceAlgorithm):
    """Base of the imports.

    ``FIELDS`` maps a field parameter to the column it names; ``COUNTS`` maps an output number to a count.
    """

    FIELDS: dict[str, str] = {}
    COUNTS: dict[str, str] = {}
    WITH_DATUM = True

    def define_extra(self) -> None:
        """Add the parameters of this import, before the field parameters."""

    def import_table(
        self,
        store: Any,
        table: FeatureTable,
        mapping: dict[str, str],
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        progress: Progress,
    ) -> ImportResult:
        """Write the table to the store."""
        raise NotImplementedError

    def define(self) -> None:
        """Add the parameters and outputs."""
        self.add_store()
        self.add(
            QgsProcessingParameterFeatureSource("INPUT", self.label("INPUT"), [QgsProcessing.SourceType.TypeVector])
        )
        self.define_extra()
        for name in self.FIELDS:
            self.add(QgsProcessingParameterField(name, self.label(name), None, "INPUT", optional=True))
        self.add(QgsProcessingParameterString("FIELDS", self.label("FIELDS"), "", False, True), advanced=True)
        if self.WITH_DATUM:
            self.add_choice("DATUM", DATUMS, "wgs84")
        self.add(
            QgsProcessingParameterFeatureSink(
                "OUTPUT_REJECTS", self.label("OUTPUT_REJECTS"), QgsProcessing.SourceType.TypeVector, None, True, False
            )
        )
        for name in self.COUNTS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))
        self.addOutput(QgsProcessingOutputString("REJECTS", self.label("REJECTS")))

    def work(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read the table, write it to the store, report counts and rejected rows."""
        source = self.parameterAsSource(parameters, "INPUT", context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, "INPUT"))
        spatial = source.wkbType() != QgsWkbTypes.Type.NoGeometry
        crs = QgsCoordinateReferenceSystem(WGS84) if spatial else None
        part = progress.part(0.0, 0.2)
        table = with_headings(
            read_source(source, crs=crs, transform_context=context.transformContext(), progress=part)
        )
        mapping = read_mapping(self.parameterAsString(parameters, "FIELDS", context))
        for name, column in self.FIELDS.items():
            chosen = self.parameterAsString(parameters, name, context)
            if chosen:
                mapping[column] = chosen
        store = self.store(parameters, context)
        try:
            result = self.import_table(store, table, mapping, parameters, context, progress.part(0.2, 0.95))
        finally:
            store.close()
        result.tell(progress)
        if len(result.rejected) == len(table) > 0:
            first = result.rejects()[0]
            raise InputError(
                "None of the {count} rows of {layer} can be used; row {row}: {reason}. Correct the table or choose its "
                "fields.", count=len(table), layer=table.name, row=first["row"], reason=first["reason"])
        found = {name: result.counts.get(count, 0) for name, count in self.COUNTS.items()}
        progress.say(self.counted(found))
        rejects = self._write_rejects(parameters, context, result)
        return {**found, **rejects, "REJECTS": json.dumps(result.rejects(), ensure_ascii=False)}

    def datum(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """Return the chosen datum of the columns x and y."""
        return str(self.parameterAsEnumString(parameters, "DATUM", context))

    def observed_on(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Optional[date]:
        """Return the day of the parameter OBSERVED_ON; None where it is empty."""
        text = self.parameterAsString(parameters, "OBSERVED_ON", context).strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise ParameterError("OBSERVED_ON must be a date such as 2025-06-30, found {value}.", value=text) from None

    def _write_rejects(
        self, parameters: dict[str, Any], context: QgsProcessingContext, result: ImportResult
    ) -> dict[str, Any]:
        if parameters.get("OUTPUT_REJECTS") is None:
            return {}
        names = ["file", "row", "reason"] if result.file else ["row", "reason"]
        fields = fields_of([(name, "text") for name in names])
        sink, destination = self.parameterAsSink(
            parameters, "OUTPUT_REJECTS", context, fields, QgsWkbTypes.Type.NoGeometry, QgsCoordinateReferenceSystem()
        )
        if sink is None:
            raise QgsProcessingException(tr("The table of rejected rows cannot be written. Choose another output."))
        write_rows(sink, fields, [(None, [entry[name] for name in names]) for entry in result.rejects()])
        return {"OUTPUT_REJECTS": destination}
