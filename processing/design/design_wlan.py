# SPDX-License-Identifier: GPL-2.0-or-later
"""designwlan: access points, channels, coverage and bill of materials from footprints or floor plans."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
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

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.wlan.design import design_wlan
from fullservice_plugin.core.access.wlan.model import REGIONS, WlanDesign, WlanOptions
from fullservice_plugin.core.access.wlan.settings import settings_from
from fullservice_plugin.core.access.wlan.tables import read_table
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import metric_crs, to_layer_geometry
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.design.design_wired import tell_unserved
from fullservice_plugin.processing.design.wlan_layers import (
    add_calibration,
    add_walls,
    needed_source,
    read_calibration,
    read_given_aps,
    read_wall_layer,
    source_of,
)
from fullservice_plugin.processing.discovery.inputs import tell_left_out
from fullservice_plugin.services.telling_models import told_model

APS = (("ap_id", "text"), ("building_id", "text"), ("floor", "int"), ("band", "text"), ("channel", "int"),
       ("eirp_dbm", "real"), ("locked", "int"))
COVERAGE = (("building_id", "text"), ("floor", "int"), ("primary_share", "real"), ("secondary_share", "real"),
            ("airtime", "real"), ("snr_share", "real"), ("aps", "int"), ("aps_lower_bound", "int"), ("model", "text"),
            ("margin_db", "real"))
BOM = (("item", "text"), ("unit", "text"), ("quantity", "real"), ("unit_price", "real"), ("cost", "real"))
_QUIET = 0.85
FLOOR_FIELDS = ("building_id", "floor", "use", "users")
USE_FIELDS = {"USE_FIELD": "use", "USERS_FIELD": "users"}


def add_wlan_inputs(algorithm: FullServiceAlgorithm) -> None:
    """Add the inputs that only a WLAN design has."""
    label, kind = algorithm.label, QgsProcessing.SourceType
    algorithm.add(QgsProcessingParameterFeatureSource(
        "FLOORS", label("FLOORS"), [kind.TypeVectorPolygon], None, True))
    for name in USE_FIELDS:
        algorithm.add(QgsProcessingParameterField(name, label(name), None, "BUILDINGS", optional=True))
    algorithm.add_choice("REGION", list(REGIONS), "cn")
    add_walls(algorithm)
    algorithm.add(QgsProcessingParameterFeatureSource(
        "GIVEN_APS", label("GIVEN_APS"), [kind.TypeVectorPoint], None, True), advanced=True)
    add_calibration(algorithm)


def add_wlan_outputs(algorithm: FullServiceAlgorithm) -> None:
    """Add the sinks and numbers of a WLAN design."""
    kind = QgsProcessing.SourceType
    for name, shape in (("OUTPUT_APS", kind.TypeVectorPoint), ("OUTPUT_COVERAGE", kind.TypeVectorPolygon),
                        ("OUTPUT_WLAN_BOM", kind.TypeVector)):
        algorithm.add(QgsProcessingParameterFeatureSink(name, label(algorithm, name), shape))
    for name in ("APS", "APS_LOWER_BOUND", "WLAN_COST"):
        algorithm.addOutput(QgsProcessingOutputNumber(name, label(algorithm, name)))


def label(algorithm: FullServiceAlgorithm, name: str) -> str:
    """Return the label of a parameter or output."""
    return algorithm.label(name)


def read_floors(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext,
    crs: QgsCoordinateReferenceSystem,
) -> Optional[FeatureTable]:
    """Read FLOORS in a metric CRS; ``None`` where it is not given."""
    source = source_of(algorithm, parameters, "FLOORS", context)
    if source is None:
        return None
    if source.fields().lookupField("building_id") < 0:
        raise InputError("{layer} has no field {field}. Choose another layer of floor outlines.",
                         layer=source.sourceName(), field="building_id")
    return read_source(source, crs=crs, transform_context=context.transformContext(), fields=FLOOR_FIELDS)


def wlan_options(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext, seconds: float,
    crs: QgsCoordinateReferenceSystem, catalogue: Catalogue,
) -> WlanOptions:
    """Return the options from REGION, WALLS, GIVEN_APS, CALIBRATION and a time limit; layers in a metric CRS."""
    region = algorithm.parameterAsString(parameters, "REGION", context) or "cn"
    ghz = settings_from(catalogue, region).ghz
    return WlanOptions(region, seconds, calibration=read_calibration(algorithm, parameters, context),
                       walls=read_wall_layer(algorithm, parameters, context, crs, catalogue, ghz),
                       given=read_given_aps(algorithm, parameters, context, crs))


def read_wlan_buildings(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
) -> tuple[FeatureTable, QgsCoordinateReferenceSystem]:
    """Read BUILDINGS in a metric CRS, with the columns storeys, use and users whatever the layer calls them."""
    source = needed_source(algorithm, parameters, "BUILDINGS", context)
    crs = metric_crs(source.sourceExtent(), source.sourceCrs(), source.sourceName())
    renamed = {}
    for name, column in {"STOREYS_FIELD": "storeys", **USE_FIELDS}.items():
        given = algorithm.parameterAsString(parameters, name, context) if algorithm.parameterDefinition(name) else ""
        renamed[column] = given or column
    buildings = read_source(
        source, crs=crs, transform_context=context.transformContext(),
        id_field=algorithm.parameterAsString(parameters, "ID_FIELD", context),
        fields=[*renamed.values(), "households", "businesses"], progress=progress)
    for column, field in renamed.items():
        if field in buildings.columns:
            buildings.columns[column] = buildings.columns[field]
    if not len(buildings):
        raise InputError("{layer} holds no building with a geometry.", layer=buildings.name)
    tell_left_out(progress, buildings.name, buildings.problems)
    return buildings, crs


def report_wlan(design: WlanDesign, progress: Progress) -> None:
    """Tell model, region table and what could not be designed."""
    table = read_table("regulation")["regions"][design.region]
    progress.say(tr("Channels and power after: {source}.", source=table["source"]))
    for model, margin in sorted({(row.model, row.margin_db) for row in design.coverage}):
        progress.say(tr("Propagation model {model}, margin {margin} dB; coefficients in wlan/coefficients.json.",
                        model=told_model(model), margin=f"{margin:.1f}"))
    for row in design.coverage:
        if row.locks_cost:
            progress.say(tr("Floor {floor} of building {building}: the access points given by hand cost {count} more.",
                            floor=row.floor, building=row.building_id, count=row.locks_cost))
    noisy = [row for row in design.coverage if row.snr_share < _QUIET]
    if noisy:
        progress.warn(tr("{count} floors have places without the wanted signal to noise, for too few channels.",
                         count=len(noisy)))
    tell_unserved(design.unserved, progress)


def tell_unknown(options: WlanOptions, buildings: set[str], progress: Progress) -> None:
    """Tell walls and access points whose building is not there: they take no part."""
    for name, known in (("WALLS", set(options.walls)), ("GIVEN_APS", {ap.building_id for ap in options.given})):
        lost = sorted(known - buildings)
        if lost:
            progress.warn(tr(
                "{name} names {count} buildings that are not there, such as {building}; they take no part.",
                name=name, count=len(lost), building=lost[0]))


def write_wlan(
    algorithm: FullServiceAlgorithm, design: WlanDesign, parameters: dict[str, Any], context: QgsProcessingContext,
    crs: QgsCoordinateReferenceSystem, progress: Progress
) -> dict[str, Any]:
    """Write the design into the sinks, in the CRS of the buildings; returns the outputs."""
    kind = QgsWkbTypes.Type
    results = write_layers(algorithm, "BUILDINGS", (
        ("OUTPUT_APS", APS, design.aps, kind.Point), ("OUTPUT_COVERAGE", COVERAGE, design.coverage, kind.MultiPolygon),
        ("OUTPUT_WLAN_BOM", BOM, design.bom, kind.NoGeometry)), parameters, context, crs, progress)
    results.update(APS=len(design.aps), APS_LOWER_BOUND=design.aps_lower_bound, WLAN_COST=design.cost)
    return results


def write_layers(
    algorithm: FullServiceAlgorithm, like: str, plan: Sequence[tuple[str, Any, Sequence[Any], Any]],
    parameters: dict[str, Any], context: QgsProcessingContext, crs: QgsCoordinateReferenceSystem, progress: Progress
) -> dict[str, Any]:
    """Write records (sink, fields, records, geometry type) in the CRS of the source ``like``; returns the outputs."""
    target = algorithm.parameterAsSource(parameters, like, context).sourceCrs()
    transform = QgsCoordinateTransform(crs, target, context.transformContext())
    kind = QgsWkbTypes.Type
    results: dict[str, Any] = {}
    for k, (name, columns, records, shape) in enumerate(plan):
        fields = fields_of(columns)
        sink, results[name] = algorithm.parameterAsSink(parameters, name, context, fields, shape, target)
        rows = []
        for record in records:
            geometry = None
            if shape != kind.NoGeometry:
                geometry = to_layer_geometry(record.geometry, transform)
                if shape == kind.MultiPolygon:
                    geometry.convertToMultiType()
            rows.append((geometry, [getattr(record, column) for column, _ in columns]))
        write_rows(sink, fields, rows, progress.part(k / len(plan), (k + 1) / len(plan)))
    return results


class DesignWlan(FullServiceAlgorithm):
    """Place access points in every building, choose channels, prove their number, price them."""

    ID = "designwlan"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        kind = QgsProcessing.SourceType
        self.add(QgsProcessingParameterFeatureSource("BUILDINGS", self.label("BUILDINGS"), [kind.TypeVectorPolygon]))
        for name in ("ID_FIELD", "STOREYS_FIELD"):
            self.add(QgsProcessingParameterField(name, self.label(name), None, "BUILDINGS", optional=True))
        add_wlan_inputs(self)
        self.add(QgsProcessingParameterFile("CATALOGUE", self.label("CATALOGUE"), extension="json", optional=True))
        double = QgsProcessingParameterNumber.Type.Double
        self.add(QgsProcessingParameterNumber(
            "TIME_LIMIT", self.label("TIME_LIMIT"), double, 30.0, False, 0.1, 86400.0))
        add_wlan_outputs(self)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read, design, write."""
        catalogue = load_catalogue(self.parameterAsString(parameters, "CATALOGUE", context))
        buildings, crs = read_wlan_buildings(self, parameters, context, progress.part(0.0, 0.1))
        options = wlan_options(self, parameters, context, self.parameterAsDouble(parameters, "TIME_LIMIT", context),
                               crs, catalogue)
        tell_unknown(options, set(buildings.ids), progress)
        floors = read_floors(self, parameters, context, crs)
        design = design_wlan(buildings, catalogue, options, progress.part(0.1, 0.9), floors)
        report_wlan(design, progress)
        return write_wlan(self, design, parameters, context, crs, progress.part(0.9, 1.0))
