# SPDX-License-Identifier: GPL-2.0-or-later
"""matchbuildings: which footprints of two layers are the same, and what changed."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsWkbTypes,
)

from fullservice_plugin.core.discovery.matching import MatchResult, match_buildings, shift_warning
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import metric_crs, to_layer_geometry, ways_to_wgs84
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import (
    add_field,
    add_layer,
    add_sink,
    as_multi,
    check_unique,
    open_sink,
    open_source,
    polygons_only,
    tell_problems,
)

LINKS = (("existing_id", "text"), ("candidate_id", "text"), ("score", "real"), ("band", "text"), ("relation", "text"))
CHANGES = (("id", "text"), ("source", "text"), ("state", "text"))
NUMBERS = {"MATCHED": "matched", "REVIEW": "review", "NEW": "new", "GONE": "gone"}


class MatchBuildings(FullServiceAlgorithm):
    """Match two layers of footprints."""

    ID = "matchbuildings"
    GROUP = "discovery"

    def define(self) -> None:
        """Add the parameters."""
        add_layer(self, "EXISTING", "polygon")
        add_layer(self, "CANDIDATES", "polygon")
        add_field(self, "EXISTING_ID", "EXISTING")
        add_field(self, "CANDIDATE_ID", "CANDIDATES")
        add_sink(self, "OUTPUT_LINKS", "table")
        add_sink(self, "OUTPUT_CHANGES", "polygon")
        for name in NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read both layers in one metric CRS, match, write links and changes."""
        first = open_source(self, parameters, "EXISTING", context, geometry="polygon")
        second = open_source(self, parameters, "CANDIDATES", context, geometry="polygon")
        empty = first.sourceExtent().isNull()
        crs = (
            metric_crs(second.sourceExtent(), second.sourceCrs(), second.sourceName())
            if empty
            else metric_crs(first.sourceExtent(), first.sourceCrs(), first.sourceName())
        )
        tables = []
        for source, name, start in ((first, "EXISTING_ID", 0.0), (second, "CANDIDATE_ID", 0.15)):
            key = self.parameterAsString(parameters, name, context)
            table = read_source(
                source,
                crs=crs,
                transform_context=context.transformContext(),
                id_field=key,
                fields=[],
                progress=progress.part(start, start + 0.15),
            )
            table = polygons_only(table)
            check_unique(table)
            tell_problems(progress, table)
            tables.append(table)
        ways = ways_to_wgs84(crs, context.transformContext())
        result = match_buildings(tables[0], tables[1], progress.part(0.3, 0.8), ways=ways)
        self._tell(result, progress)
        self._tell_datum(result, tables, progress)
        back = QgsCoordinateTransform(crs, first.sourceCrs(), context.transformContext())
        outputs: dict[str, Any] = {name: result.counts[count] for name, count in NUMBERS.items()}
        fields = fields_of(LINKS)
        sink, outputs["OUTPUT_LINKS"] = open_sink(
            self,
            parameters,
            "OUTPUT_LINKS",
            context,
            fields,
            QgsWkbTypes.Type.NoGeometry,
            QgsCoordinateReferenceSystem(),
        )
        write_rows(
            sink,
            fields,
            [
                (None, [link.existing_id, link.candidate_id, link.score, link.band, link.relation])
                for link in result.links
            ],
            progress.part(0.8, 0.85),
        )
        fields = fields_of(CHANGES)
        sink, outputs["OUTPUT_CHANGES"] = open_sink(
            self, parameters, "OUTPUT_CHANGES", context, fields, QgsWkbTypes.Type.MultiPolygon, first.sourceCrs()
        )
        write_rows(sink, fields, _changes(result, tables, back), progress.part(0.85, 1.0))
        return outputs

    def _tell_datum(self, result: MatchResult, tables: list[FeatureTable], progress: Progress) -> None:
        """Warn where one layer fits the other better in a Chinese datum; nothing is moved."""
        found = result.doubt
        if found is None:
            return
        name = tables[0 if found[0] == "existing" else 1].name
        progress.warn(
            tr(
                "{layer} fits the other layer only as {datum}. It was taken as its CRS says; if that is its datum, run "
                "“Convert datum” on it first.",
                layer=name,
                datum=found[1],
            )
        )

    def _tell(self, result: MatchResult, progress: Progress) -> None:
        if shift_warning(result):
            progress.warn(
                tr(
                    "The candidates lie {east} m east and {north} m north off the existing buildings. "
                    "They were matched with this shift; check datum and CRS.",
                    east=round(-result.shift[0], 1),
                    north=round(-result.shift[1], 1),
                )
            )
        if result.unseen:
            progress.say(
                tr(
                    "{count} existing buildings lie where the candidates do not cover; they are not called gone.",
                    count=result.unseen,
                )
            )
        progress.say(self.counted({name: result.counts[count] for name, count in NUMBERS.items()}))


def _changes(result: MatchResult, tables: list[FeatureTable], back: QgsCoordinateTransform) -> list[Any]:
    shapes = {side: dict(zip(table.ids, table.geometry)) for side, table in zip(("existing", "candidate"), tables)}
    rows = []
    for change in result.changes:
        geometry = as_multi(to_layer_geometry(shapes[change.source][change.id], back))
        rows.append((geometry, [change.id, change.source, change.state]))
    return rows
