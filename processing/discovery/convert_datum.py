# SPDX-License-Identifier: GPL-2.0-or-later
"""convertdatum: coordinates moved between WGS-84, GCJ-02 and BD-09."""

from __future__ import annotations

from typing import Any

import shapely.wkb
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureSink,
    QgsGeometry,
    QgsProcessingContext,
    QgsWkbTypes,
)
from shapely.ops import transform

from fullservice_plugin.core.discovery.datum import DATUMS, convert
from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import Problem
from fullservice_plugin.gis.projection import WGS84
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import (
    add_layer,
    add_sink,
    as_multi,
    open_sink,
    open_source,
    tell_left_out,
)


class ConvertDatum(FullServiceAlgorithm):
    """Move coordinates between the datums in use in China."""

    ID = "convertdatum"
    GROUP = "discovery"

    def define(self) -> None:
        """Add the parameters."""
        add_layer(self, "INPUT", "any")
        self.add_choice("FROM", list(DATUMS), "gcj02")
        self.add_choice("TO", list(DATUMS), "wgs84")
        add_sink(self, "OUTPUT", "any")

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Convert every vertex; features, attributes and CRS stay."""
        source = open_source(self, parameters, "INPUT", context, geometry="any")
        start = self.parameterAsEnumString(parameters, "FROM", context)
        goal = self.parameterAsEnumString(parameters, "TO", context)
        degrees = QgsCoordinateReferenceSystem(WGS84)
        there = QgsCoordinateTransform(source.sourceCrs(), degrees, context.transformContext())
        back = QgsCoordinateTransform(degrees, source.sourceCrs(), context.transformContext())
        points = QgsWkbTypes.geometryType(source.wkbType()) == QgsWkbTypes.GeometryType.PointGeometry
        kind = source.wkbType() if points else QgsWkbTypes.multiType(source.wkbType())
        sink, destination = open_sink(self, parameters, "OUTPUT", context, source.fields(), kind, source.sourceCrs())
        left_out: list[Problem] = []
        total = max(source.featureCount(), 1)
        for number, feature in enumerate(source.getFeatures()):
            if number % 200 == 0:
                progress.step(number / total)
            moved = QgsFeature(feature)
            if feature.hasGeometry() and not feature.geometry().isEmpty() and start != goal:
                moved.setGeometry(_converted(feature.geometry(), there, back, start, goal))
            if not points and moved.hasGeometry():
                moved.setGeometry(as_multi(moved.geometry()))
            if moved.hasGeometry() and moved.geometry().type() != QgsWkbTypes.geometryType(kind):
                left_out.append(Problem(str(feature.id()), "the geometry is of another kind than the layer"))
                continue
            if not sink.addFeature(moved, QgsFeatureSink.Flag.FastInsert):
                raise OutputError(
                    "The result could not be written: {reason}. Choose another output.", reason=sink.lastError()
                )
        tell_left_out(progress, source.sourceName(), left_out)
        return {"OUTPUT": destination}


def _converted(
    geometry: QgsGeometry, there: QgsCoordinateTransform, back: QgsCoordinateTransform, start: str, goal: str
) -> QgsGeometry:
    work = QgsGeometry(geometry)
    work.transform(there)

    def move(x: Any, y: Any, z: Any = None) -> Any:
        lon, lat = convert(x, y, start, goal)
        return (lon, lat) if z is None else (lon, lat, z)

    made = QgsGeometry()
    made.fromWkb(shapely.wkb.dumps(transform(move, shapely.wkb.loads(bytes(work.asWkb())))))
    made.transform(back)
    return made
