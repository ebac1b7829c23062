# SPDX-License-Identifier: GPL-2.0-or-later
"""discoverbuildings: a source's buildings brought into the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterExtent,
    QgsProcessingParameterString,
)

from fullservice_plugin.connectors.osm_file import is_osm_file, licence_of, read_osm
from fullservice_plugin.connectors.osm_pbf import check_osm_file, file_size
from fullservice_plugin.core.discovery.datum import DATUMS
from fullservice_plugin.core.discovery.source import SourceData, table_hash
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.projection import WGS84
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import (
    add_field,
    add_layer,
    check_files,
    check_unique,
    open_source,
    polygons_only,
    tell_left_out,
)

NUMBERS = {"NEW": "new", "CHANGED": "changed", "GONE": "gone", "REVIEW": "review", "UNCHANGED": "unchanged"}
_FILES = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".gml", ".kml", ".parquet", ".sqlite")
USUAL_IDS = ("source_id", "osm_id", "osm_way_id", "id", "ID", "code", "编号")


class DiscoverBuildings(FullServiceAlgorithm):
    """Find buildings in a source and keep them."""

    ID = "discoverbuildings"
    GROUP = "discovery"

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        add_layer(self, "SOURCE", "any")
        self.add(QgsProcessingParameterString("SOURCE_NAME", self.label("SOURCE_NAME"), "", False, True))
        self.add_choice("DATUM", list(DATUMS), "wgs84")
        self.add(QgsProcessingParameterExtent("EXTENT", self.label("EXTENT"), None, True))
        add_field(self, "ID_FIELD", "SOURCE")
        for name in NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))
        self.addOutput(QgsProcessingOutputString("REPORT", self.label("REPORT")))

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Look at the source's file before QGIS does."""
        return check_files(self, lambda: _check_source(parameters.get("SOURCE")), parameters, context)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read the source whole, then match and keep it in one transaction."""
        from fullservice_plugin.services.discovery import discover

        extent = self._extent(parameters, context)
        source = self._source(parameters, context, extent, progress.part(0.0, 0.4))
        store = self.store(parameters, context)
        try:
            found = discover(
                store, source, self.parameterAsEnumString(parameters, "DATUM", context), extent, progress.part(0.4, 1.0)
            )
        finally:
            store.close()
        for warning in found.warnings:
            progress.warn(tr(warning.reason, **warning.values))
        tell_left_out(progress, source.file_name, found.problems)
        if found.known:
            progress.say(tr("This source was taken in before; nothing was changed."))
        progress.say(", ".join(f"{self.label(name)}: {found.counts[count]}" for name, count in NUMBERS.items()))
        report = {
            "left_out": [[problem.row, problem.text()] for problem in found.problems],
            "warnings": [warning.text() for warning in found.warnings],
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

    def _source(
        self, parameters: dict[str, Any], context: QgsProcessingContext, extent: Any, progress: Progress
    ) -> SourceData:
        value = parameters.get("SOURCE")
        given = self.parameterAsString(parameters, "SOURCE_NAME", context).strip()
        if isinstance(value, str) and is_osm_file(value):
            data = read_osm(Path(value), extent, progress)
            return SourceData(
                given or "osm",
                Path(value).name,
                licence_of(Path(value)),
                data.sha256,
                data.buildings,
                data.addresses,
                data.streets,
                data.areas,
                data.pois,
            )
        layer = open_source(self, parameters, "SOURCE", context, geometry="polygon")
        key = self.parameterAsString(parameters, "ID_FIELD", context) or next(
            (name for name in USUAL_IDS if layer.fields().indexOf(name) >= 0), ""
        )
        table = read_source(
            layer,
            crs=QgsCoordinateReferenceSystem(WGS84),
            transform_context=context.transformContext(),
            id_field=key,
            progress=progress,
        )
        table = polygons_only(table)
        check_unique(table)
        if extent is not None:
            table = _within(table, extent)
        name = layer.sourceName() or "layer"
        return SourceData(given or name, name, None, table_hash([table]), table)


def _check_source(value: Any) -> None:
    """Raise InputError when the source is a file that is missing, empty or, for OpenStreetMap, not whole."""
    if not isinstance(value, str) or "://" in value or "=" in value.split("|")[0]:
        return
    path = Path(value.split("|")[0])
    if is_osm_file(value):
        check_osm_file(path)
    elif path.suffix.lower() in _FILES:
        file_size(path)


def _within(table: Any, extent: tuple[float, ...]) -> Any:
    """Return the rows that meet the extent (degrees)."""
    kept = []
    for row, shape in enumerate(table.geometry):
        west, south, east, north = shape.bounds
        if west <= extent[2] and east >= extent[0] and south <= extent[3] and north >= extent[1]:
            kept.append(row)
    made = table.take(kept)
    made.problems = table.problems
    return made
