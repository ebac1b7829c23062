# SPDX-License-Identifier: GPL-2.0-or-later
"""groupestates: buildings grouped into estates by areas, names, street blocks and distance."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureSink,
    QgsProcessingContext,
    QgsWkbTypes,
)

from fullservice_plugin.core.discovery.blocks import CLASS_FIELDS, TUNNEL_FIELDS
from fullservice_plugin.core.discovery.estates import Estate, group_estates
from fullservice_plugin.core.discovery.gazetteer import NAME, NUMBER, STREET
from fullservice_plugin.core.discovery.source import COLUMNS
from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import metric_crs, to_layer_geometry
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.estimate_households import feature_key
from fullservice_plugin.processing.discovery.inputs import (
    add_field,
    add_layer,
    add_sink,
    added_fields,
    as_multi,
    check_unique,
    open_sink,
    open_source,
    polygons_only,
    tell_problems,
)

ESTATES = (("estate_id", "text"), ("name", "text"), ("buildings", "int"), ("households", "int"), ("method", "text"))


class GroupEstates(FullServiceAlgorithm):
    """Group buildings into estates."""

    ID = "groupestates"
    GROUP = "discovery"

    def define(self) -> None:
        """Add the parameters."""
        add_layer(self, "BUILDINGS", "polygon")
        add_field(self, "ID_FIELD", "BUILDINGS")
        add_layer(self, "STREETS", "line", optional=True)
        add_layer(self, "AREAS", "polygon", optional=True)
        add_field(self, "NAME_FIELD", "BUILDINGS")
        add_sink(self, "OUTPUT", "polygon")
        add_sink(self, "OUTPUT_BUILDINGS", "polygon")
        self.add_store(optional=True)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Group, write estates and buildings and, where a store is given, keep the estates there."""
        source = open_source(self, parameters, "BUILDINGS", context, geometry="polygon")
        crs = metric_crs(source.sourceExtent(), source.sourceCrs(), source.sourceName())
        key = self.parameterAsString(parameters, "ID_FIELD", context)
        name_field = self.parameterAsString(parameters, "NAME_FIELD", context) or next(
            (name for name in NAME if source.fields().indexOf(name) >= 0), ""
        )
        hints = (*COLUMNS["storeys"], *COLUMNS["height"])
        wanted = {name_field, *STREET, *NUMBER, *hints, "households", "estate_id"} - {""}
        buildings = read_source(
            source,
            crs=crs,
            transform_context=context.transformContext(),
            id_field=key,
            fields=wanted,
            progress=progress.part(0.0, 0.15),
        )
        buildings = polygons_only(buildings)
        check_unique(buildings)
        tell_problems(progress, buildings)
        buildings.columns["households"] = list(buildings.numbers("households", least=0.0))
        streets = self._layer(parameters, "STREETS", "line", context, crs, [*CLASS_FIELDS, *TUNNEL_FIELDS, "name"])
        areas = self._layer(parameters, "AREAS", "polygon", context, crs, ["name", "kind"])
        found = group_estates(buildings, streets, areas, name_field, progress.part(0.25, 0.7))
        back = QgsCoordinateTransform(crs, source.sourceCrs(), context.transformContext())
        outputs = {
            "OUTPUT": self._estates(parameters, context, source, found, back, progress.part(0.7, 0.8)),
            "OUTPUT_BUILDINGS": self._buildings(parameters, context, source, key, buildings, found),
        }
        progress.say(
            tr(
                "{buildings} buildings were grouped into {estates} estates.",
                buildings=sum(len(one.members) for one in found),
                estates=len(found),
            )
        )
        if self.parameterAsString(parameters, "STORE", context):
            from fullservice_plugin.services.estates import keep_estates

            degrees = QgsCoordinateTransform(crs, QgsCoordinateReferenceSystem("EPSG:4326"), context.transformContext())
            outlines = [_as_shapely(to_layer_geometry(one.geometry, degrees)) for one in found]
            store = self.store(parameters, context)
            try:
                kept = keep_estates(store, buildings, found, outlines, progress.part(0.85, 1.0))
            finally:
                store.close()
            progress.say(tr("{count} estates of the store were brought up to date.", count=kept))
        return outputs

    def _layer(
        self,
        parameters: dict[str, Any],
        name: str,
        geometry: str,
        context: QgsProcessingContext,
        crs: QgsCoordinateReferenceSystem,
        fields: list[str],
    ) -> Optional[FeatureTable]:
        source = open_source(self, parameters, name, context, geometry=geometry)
        if source is None:
            return None
        table = read_source(source, crs=crs, transform_context=context.transformContext(), fields=fields)
        if name == "AREAS" and "kind" in table.columns:  # land areas of the store hold water and green as well
            kinds = table.column("kind")
            return table.take([k for k in range(len(table)) if kinds[k] in (None, "", "estate")])
        return table

    def _estates(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        source: Any,
        found: list[Estate],
        back: QgsCoordinateTransform,
        progress: Progress,
    ) -> str:
        fields = fields_of(ESTATES)
        sink, destination = open_sink(
            self, parameters, "OUTPUT", context, fields, QgsWkbTypes.Type.MultiPolygon, source.sourceCrs()
        )
        rows = []
        for one in found:
            geometry = as_multi(to_layer_geometry(one.geometry, back))
            rows.append((geometry, [one.id, one.name, len(one.members), one.households, one.method]))
        write_rows(sink, fields, rows, progress)
        return destination

    def _buildings(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        source: Any,
        key: str,
        buildings: FeatureTable,
        found: list[Estate],
    ) -> str:
        estate_of = {buildings.ids[row]: one.id for one in found for row in one.members}
        fields, kept = added_fields(source.fields(), [("estate_id", "text")])
        sink, destination = open_sink(
            self,
            parameters,
            "OUTPUT_BUILDINGS",
            context,
            fields,
            QgsWkbTypes.multiType(source.wkbType()),
            source.sourceCrs(),
        )
        left_out = {problem.row for problem in buildings.problems}
        for feature in source.getFeatures():
            if feature_key(feature, key) in left_out:
                continue
            made = QgsFeature(fields)
            made.setGeometry(as_multi(feature.geometry()))
            made.setAttributes([feature.attribute(k) for k in kept] + [estate_of.get(feature_key(feature, key))])
            if not sink.addFeature(made, QgsFeatureSink.Flag.FastInsert):
                raise OutputError(
                    "The result could not be written: {reason}. Choose another output.", reason=sink.lastError()
                )
        return destination


def _as_shapely(geometry: Any) -> Any:
    import shapely.wkb

    return shapely.wkb.loads(bytes(geometry.asWkb()))
