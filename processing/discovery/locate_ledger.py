# SPDX-License-Identifier: GPL-2.0-or-later
"""locateledger: the rows of a ledger put on buildings."""

from __future__ import annotations

from typing import Any

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProcessingContext,
    QgsProcessingOutputString,
    QgsWkbTypes,
)

from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.discovery.gazetteer import ESTATE, NAME, NUMBER, OWN_NUMBER, STREET
from fullservice_plugin.core.discovery.ledger import LedgerResult, locate_ledger
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import WGS84, to_layer_geometry
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import (
    add_field,
    add_layer,
    add_sink,
    added_fields,
    check_files,
    check_unique,
    open_sink,
    open_source,
    polygons_only,
    tell_problems,
)
from fullservice_plugin.processing.discovery.ledger_input import LedgerInput, add_ledger, check_ledger, read_ledger
from fullservice_plugin.services.telling import tell_alike

ADDED = (
    ("building_id", "text"),
    ("method", "text"),
    ("accuracy_m", "real"),
    ("score", "real"),
    ("band", "text"),
    ("reason", "text"),
)


class LocateLedger(FullServiceAlgorithm):
    """Locate the rows of a ledger."""

    ID = "locateledger"
    GROUP = "discovery"

    def define(self) -> None:
        """Add the parameters."""
        add_ledger(self)
        add_layer(self, "BUILDINGS", "polygon")
        add_field(self, "BUILDING_ID", "BUILDINGS")
        add_sink(self, "OUTPUT", "point")
        self.addOutput(QgsProcessingOutputString("DATUM_USED", self.label("DATUM_USED")))

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Look at the ledger's file before QGIS does."""
        return check_files(self, lambda: check_ledger(parameters), parameters, context)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read ledger and buildings, place the rows, write them as points."""
        ledger = read_ledger(self, parameters, context)
        source = open_source(self, parameters, "BUILDINGS", context, geometry="polygon")
        degrees = QgsCoordinateReferenceSystem(WGS84)
        buildings = read_source(
            source,
            crs=degrees,
            transform_context=context.transformContext(),
            id_field=self.parameterAsString(parameters, "BUILDING_ID", context),
            fields=[*STREET, *NUMBER, *NAME, *ESTATE, *OWN_NUMBER],
            progress=progress.part(0.0, 0.2),
        )
        buildings = polygons_only(buildings)
        check_unique(buildings)
        tell_problems(progress, buildings)
        frame = frame_of(buildings)
        metric = FeatureTable(buildings.ids, [frame.geometry(shape) for shape in buildings.geometry], buildings.columns)
        result = locate_ledger(
            ledger.rows,
            metric,
            frame.to_metres,
            self.parameterAsEnumString(parameters, "DATUM", context),
            progress=progress.part(0.3, 0.9),
        )
        tell_result(progress, ledger, result)
        fields, kept = added_fields(ledger.fields, ADDED)
        sink, destination = open_sink(
            self, parameters, "OUTPUT", context, fields, QgsWkbTypes.Type.Point, source.sourceCrs()
        )
        back = QgsCoordinateTransform(degrees, source.sourceCrs(), context.transformContext())
        rows = []
        for values, place in zip(ledger.values, result.placements):
            at = position_of(place, buildings)
            geometry = to_layer_geometry(at, back) if at is not None else None
            reason = tr("; ").join(tr(text, **given) for text, given in place.reasons) or None
            key = buildings.ids[place.row] if place.row is not None else None
            rows.append(
                (
                    geometry,
                    [values[k] for k in kept] + [key, place.method, place.accuracy, place.score, place.band, reason],
                )
            )
        write_rows(sink, fields, rows, progress.part(0.9, 1.0))
        return {"OUTPUT": destination, "DATUM_USED": result.datum}


def frame_of(table: FeatureTable) -> LocalFrame:
    """Return the metric frame of a table in degrees; around 0, 0 where it is empty."""
    bounds = [shape.bounds for shape in table.geometry if shape is not None and not shape.is_empty]
    if not bounds:
        return LocalFrame(0.0, 0.0)
    array = np.array(bounds)
    return LocalFrame.around(array[:, 0].min(), array[:, 1].min(), array[:, 2].max(), array[:, 3].max())


def position_of(place: Any, buildings: FeatureTable) -> Any:
    """Return where a row is drawn (WGS-84): its own coordinates inside its building, else the building."""
    from shapely.geometry import Point

    own = Point(place.lon, place.lat) if place.lon is not None else None
    if place.row is None:
        return own
    shape = buildings.geometry[place.row]
    return own if own is not None and shape.contains(own) else shape.representative_point()


def tell_result(progress: Progress, ledger: LedgerInput, result: LedgerResult) -> None:
    """Tell warnings, counts per band and the unplaced rows with their reasons."""
    for warning in result.warnings:
        progress.warn(tr(warning.reason, **warning.values))
    count = {
        band: sum(1 for place in result.placements if place.band == band) for band in ("match", "review", "unplaced")
    }
    progress.say(
        tr(
            "{rows} rows: {match} placed, {review} to review, {unplaced} not placed. Datum used: {datum}.",
            rows=len(result.placements),
            datum=result.datum,
            **count,
        )
    )
    lost = [(number, place) for number, place in zip(ledger.numbers, result.placements) if place.band == "unplaced"]
    sentences = []
    for number, place in lost:
        reason = tr("; ").join(tr(text, **given) for text, given in place.reasons)
        kind = "; ".join(text for text, _ in place.reasons)
        sentences.append((kind, tr("{file}, row {row}: {reason}.", file=ledger.name, row=number, reason=reason)))
    tell_alike(progress.warn, sentences)
