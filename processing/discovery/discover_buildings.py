# SPDX-License-Identifier: GPL-2.0-or-later
"""discoverbuildings: a source's buildings brought into the store."""

from __future__ import annotations

import json
from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterExtent,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.discovery.datum import DATUMS
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.projection import WGS84
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import add_field, add_layer, check_files, tell_left_out
from fullservice_plugin.processing.discovery.source_input import FIELDS, SourceReader, check_source
from fullservice_plugin.services import mappings

KIND = "building"
NUMBERS = {"NEW": "new", "CHANGED": "changed", "GONE": "gone", "REVIEW": "review", "UNCHANGED": "unchanged"}


class DiscoverBuildings(FullServiceAlgorithm):
    """Find buildings in a source and keep them."""

    ID = "discoverbuildings"
    GROUP = "discovery"

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        add_layer(self, "SOURCE", "any", optional=True)
        self.add(QgsProcessingParameterString("SOURCE_NAME", self.label("SOURCE_NAME"), "", False, True))
        self.add_choice("DATUM", list(DATUMS), "wgs84")
        self.add(QgsProcessingParameterExtent("EXTENT", self.label("EXTENT"), None, True))
        add_field(self, "ID_FIELD", "SOURCE")
        for name in FIELDS:
            add_field(self, name, "SOURCE")
        add_layer(self, "ADDRESSES", "any", optional=True)
        add_layer(self, "POIS", "any", optional=True)
        add_layer(self, "STREETS", "line", optional=True)
        for name in ("LICENCE", "OBSERVED_ON", "OVERPASS"):
            self.add(QgsProcessingParameterString(name, self.label(name), "", False, True), advanced=name == "OVERPASS")
        for name in NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))
        self.addOutput(QgsProcessingOutputString("REPORT", self.label("REPORT")))

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Look at the source's file before QGIS does."""
        return check_files(self, lambda: check_source(parameters.get("SOURCE")), parameters, context)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read the source whole, then match and keep it in one transaction."""
        from fullservice_plugin.services.discovery import discover

        extent = self._extent(parameters, context)
        datum = self.parameterAsEnumString(parameters, "DATUM", context)
        store = self.store(parameters, context)
        try:
            reader = SourceReader(self, parameters, context, lambda name: mappings.recall(store, name, KIND))
            source = reader.read(extent, progress.part(0.0, 0.4))
            found = discover(store, source, datum, extent, progress.part(0.4, 1.0))
            if reader.mapping:
                mappings.keep(store, source.name, KIND, reader.mapping, datum, reader.licence)
        finally:
            store.close()
        for warning in found.warnings:
            progress.warn(tr(warning.reason, **warning.values))
        tell_left_out(progress, source.file_name, found.problems)
        if found.known:
            progress.say(tr("This source was taken in before; nothing was changed."))
        progress.say(self.counted({name: found.counts[count] for name, count in NUMBERS.items()}))
        report = {
            "left_out": [[problem.row, problem.text()] for problem in found.problems],
            "warnings": [warning.text() for warning in found.warnings],
            "points": found.points,
            "footprints": found.footprints,
        }
        return {
            **{name: found.counts[count] for name, count in NUMBERS.items()},
            "REPORT": json.dumps(report, ensure_ascii=False),
        }

    def _extent(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Optional[tuple[float, ...]]:
        if not parameters.get("EXTENT"):
            return None
        found = self.parameterAsExtent(parameters, "EXTENT", context, QgsCoordinateReferenceSystem(WGS84))
        if found.isNull():
            return None
        return (found.xMinimum(), found.yMinimum(), found.xMaximum(), found.yMaximum())
