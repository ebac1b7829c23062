# SPDX-License-Identifier: GPL-2.0-or-later
"""designoutdoorwlan: access points of campuses, streets and squares, and what they give the buildings around."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsWkbTypes,
)

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.wlan.model import REGIONS
from fullservice_plugin.core.access.wlan.outdoor import ENVIRONMENTS, OutdoorOptions, design_outdoors
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import metric_crs
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.design.design_wlan import APS, BOM, COVERAGE, report_wlan, write_layers
from fullservice_plugin.processing.design.wlan_layers import needed_source, source_of

INDOORS = (("building_id", "text"), ("ap_id", "text"), ("facade_dbm", "real"), ("entry_db", "real"),
           ("indoor_dbm", "real"), ("usable", "int"))


class DesignOutdoorWlan(FullServiceAlgorithm):
    """Place access points outdoors, choose channels, prove their number, tell which buildings they reach."""

    ID = "designoutdoorwlan"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        label, kind = self.label, QgsProcessing.SourceType
        self.add(QgsProcessingParameterFeatureSource("AREAS", label("AREAS"), [kind.TypeVectorPolygon]))
        for name in ("ID_FIELD", "USERS_FIELD"):
            self.add(QgsProcessingParameterField(name, label(name), None, "AREAS", optional=True))
        for name, shape in (("BUILDINGS", kind.TypeVectorPolygon), ("MOUNTS", kind.TypeVectorPoint)):
            self.add(QgsProcessingParameterFeatureSource(name, label(name), [shape], None, True))
        self.add_choice("REGION", list(REGIONS), "cn")
        self.add_choice("ENVIRONMENT", list(ENVIRONMENTS), "nlos_residential")
        self.add_choice("ENTRY", ["traditional", "efficient"], "traditional")
        self.add(QgsProcessingParameterFile("CATALOGUE", label("CATALOGUE"), extension="json", optional=True))
        double = QgsProcessingParameterNumber.Type.Double
        self.add(QgsProcessingParameterNumber("TIME_LIMIT", label("TIME_LIMIT"), double, 30.0, False, 0.1, 86400.0))
        for name, shape in (("OUTPUT_APS", kind.TypeVectorPoint), ("OUTPUT_COVERAGE", kind.TypeVectorPolygon),
                            ("OUTPUT_WLAN_BOM", kind.TypeVector), ("OUTPUT_INDOORS", kind.TypeVectorPolygon)):
            self.add(QgsProcessingParameterFeatureSink(name, label(name), shape))
        for name in ("APS", "APS_LOWER_BOUND", "WLAN_COST"):
            self.addOutput(QgsProcessingOutputNumber(name, label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read, design, write."""
        catalogue = load_catalogue(self.parameterAsString(parameters, "CATALOGUE", context))
        source = needed_source(self, parameters, "AREAS", context)
        crs = metric_crs(source.sourceExtent(), source.sourceCrs(), source.sourceName())
        users = self.parameterAsString(parameters, "USERS_FIELD", context) or "users"
        areas = read_source(source, crs=crs, transform_context=context.transformContext(), fields=[users],
                            id_field=self.parameterAsString(parameters, "ID_FIELD", context))
        areas.columns["users"] = areas.column(users)
        if not len(areas):
            raise InputError("{layer} holds no area with a geometry.", layer=areas.name)
        options = OutdoorOptions(
            self.parameterAsString(parameters, "REGION", context) or "cn",
            self.parameterAsDouble(parameters, "TIME_LIMIT", context),
            self.parameterAsString(parameters, "ENVIRONMENT", context) or "nlos_residential",
            self.parameterAsString(parameters, "ENTRY", context) or "traditional")
        design, indoors = design_outdoors(
            areas, catalogue, options, self._other(parameters, "BUILDINGS", context, crs),
            self._other(parameters, "MOUNTS", context, crs), progress.part(0.1, 0.9))
        report_wlan(design, progress)
        kind = QgsWkbTypes.Type
        results = write_layers(self, "AREAS", (
            ("OUTPUT_APS", APS, design.aps, kind.Point),
            ("OUTPUT_COVERAGE", COVERAGE, design.coverage, kind.MultiPolygon),
            ("OUTPUT_WLAN_BOM", BOM, design.bom, kind.NoGeometry),
            ("OUTPUT_INDOORS", INDOORS, indoors, kind.MultiPolygon)), parameters, context, crs, progress.part(0.9, 1.0))
        results.update(APS=len(design.aps), APS_LOWER_BOUND=design.aps_lower_bound, WLAN_COST=design.cost)
        return results

    def _other(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext, crs: QgsCoordinateReferenceSystem
    ) -> Optional[FeatureTable]:
        source = source_of(self, parameters, name, context)
        return None if source is None else read_source(source, crs=crs, transform_context=context.transformContext())
