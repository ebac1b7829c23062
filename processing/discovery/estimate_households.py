# SPDX-License-Identifier: GPL-2.0-or-later
"""estimatehouseholds: storeys and households per building, with interval and method."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsFeature, QgsFeatureSink, QgsProcessingContext, QgsWkbTypes

from fullservice_plugin.core.discovery.households import Estimate, estimate_all
from fullservice_plugin.core.errors import InputError, OutputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.projection import metric_crs
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import (
    add_field,
    add_layer,
    add_sink,
    added_fields,
    as_multi,
    open_sink,
    open_source,
    polygons_only,
    tell_problems,
)

ADDED = (
    ("storeys", "int"),
    ("households", "int"),
    ("households_low", "int"),
    ("households_high", "int"),
    ("method", "text"),
)
SOURCE = "height_source"  # field of the store that marks estimated storeys
USUAL = {
    "STOREYS_FIELD": ("storeys", "building:levels", "levels", "floors", "Floor", "NB_ETAGES", "层数", "楼层"),
    "HEIGHT_FIELD": ("height_m", "height", "HAUTEUR", "高度"),
    "USE_FIELD": ("use", "building", "usage", "USAGE1", "用途"),
}


class EstimateHouseholds(FullServiceAlgorithm):
    """Estimate storeys and households of footprints."""

    ID = "estimatehouseholds"
    GROUP = "discovery"
    NO_POLYGONS = (
        "{layer} holds no outlines, from whose area households are estimated. Give a layer of footprints; for "
        "buildings known as points only, import a ledger with their households or enter them in the form."
    )

    def define(self) -> None:
        """Add the parameters."""
        add_layer(self, "BUILDINGS", "polygon")
        add_field(self, "ID_FIELD", "BUILDINGS")
        for name in USUAL:
            add_field(self, name, "BUILDINGS")
        add_sink(self, "OUTPUT", "polygon")
        self.add_store(optional=True)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Estimate, write the layer and, where a store is given, keep the result there."""
        source = open_source(self, parameters, "BUILDINGS", context, geometry="polygon")
        if source.sourceExtent().isNull():  # rows of the store that are known as points have no outline
            raise InputError(self.NO_POLYGONS, layer=source.sourceName())
        names = {name: self._field(parameters, name, source, context) for name in USUAL}
        crs = metric_crs(source.sourceExtent(), source.sourceCrs(), source.sourceName())
        key = self.parameterAsString(parameters, "ID_FIELD", context)
        progress_read = progress.part(0.0, 0.3)
        table = read_source(
            source,
            crs=crs,
            transform_context=context.transformContext(),
            id_field=key,
            fields=[name for name in (*names.values(), SOURCE) if name],
            progress=progress_read,
        )
        table = polygons_only(table)
        tell_problems(progress, table)
        if names["STOREYS_FIELD"] in table.columns and SOURCE in table.columns:  # an estimate is no knowledge
            table.columns[names["STOREYS_FIELD"]] = [
                None if source == "estimate" else value
                for value, source in zip(table.columns[names["STOREYS_FIELD"]], table.columns[SOURCE])
            ]
        found = estimate_all(table, names["STOREYS_FIELD"], names["HEIGHT_FIELD"], names["USE_FIELD"])
        outputs: dict[str, Any] = {
            "OUTPUT": self._write(
                parameters, context, source, key, dict(zip(table.ids, found)), progress.part(0.4, 0.8)
            )
        }
        known = [one.households for one in found if one.households is not None]
        progress.say(
            tr("{count} buildings, {households} households estimated.", count=len(found), households=sum(known))
        )
        if self.parameterAsString(parameters, "STORE", context):
            from fullservice_plugin.services.discovery import keep_estimates

            store = self.store(parameters, context)
            try:
                kept = keep_estimates(store, table, found, progress.part(0.8, 1.0))
            finally:
                store.close()
            progress.say(tr("{count} buildings of the store were brought up to date.", count=kept))
        return outputs

    def _field(self, parameters: dict[str, Any], name: str, source: Any, context: QgsProcessingContext) -> str:
        chosen = self.parameterAsString(parameters, name, context)
        if chosen:
            return chosen
        return next((usual for usual in USUAL[name] if source.fields().indexOf(usual) >= 0), "")

    def _write(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        source: Any,
        key: str,
        found: dict[str, Estimate],
        progress: Progress,
    ) -> str:
        fields, kept = added_fields(source.fields(), ADDED)
        sink, destination = open_sink(
            self, parameters, "OUTPUT", context, fields, QgsWkbTypes.multiType(source.wkbType()), source.sourceCrs()
        )
        total = max(source.featureCount(), 1)
        for number, feature in enumerate(source.getFeatures()):
            if number % 500 == 0:
                progress.step(number / total)
            one = found.get(feature_key(feature, key))
            if one is None:
                continue
            made = QgsFeature(fields)
            made.setGeometry(as_multi(feature.geometry()))
            made.setAttributes(
                [feature.attribute(k) for k in kept] + [one.storeys, one.households, one.low, one.high, one.method]
            )
            if not sink.addFeature(made, QgsFeatureSink.Flag.FastInsert):
                raise OutputError(
                    "The result could not be written: {reason}. Choose another output.", reason=sink.lastError()
                )
        return str(destination)


def feature_key(feature: QgsFeature, field: str) -> str:
    """Return the id by which ``read_source`` knows a feature."""
    from fullservice_plugin.compat import plain_value

    value = plain_value(feature[field]) if field else None
    if value is None or value == "":
        return str(feature.id())
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
