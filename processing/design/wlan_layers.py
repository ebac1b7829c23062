# SPDX-License-Identifier: GPL-2.0-or-later
"""Layers that WLAN algorithms share: access points and corrections by walk tests."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterFeatureSource,
)

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.wlan.given import GIVEN_FIELDS, read_given
from fullservice_plugin.core.access.wlan.model import GivenAp
from fullservice_plugin.core.access.wlan.walktest import Correction
from fullservice_plugin.core.access.wlan.walls import WALL_FIELDS, Walls, read_walls
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.processing.base import FullServiceAlgorithm

AP_FIELDS = ("ap_id", "building_id", "floor", "channel", "eirp_dbm")
CORRECTION_FIELDS = ("building_id", "offset_db", "slope", "rmse_db", "points")


def add_ap_inputs(algorithm: FullServiceAlgorithm) -> None:
    """Add the layer of access points and the table of corrections."""
    kind = QgsProcessing.SourceType
    algorithm.add(QgsProcessingParameterFeatureSource("APS", algorithm.label("APS"), [kind.TypeVectorPoint]))
    add_calibration(algorithm)


def add_calibration(algorithm: FullServiceAlgorithm) -> None:
    """Add the table of corrections."""
    algorithm.add(QgsProcessingParameterFeatureSource(
        "CALIBRATION", algorithm.label("CALIBRATION"), [QgsProcessing.SourceType.TypeVector], None, True),
        advanced=True)


def add_walls(algorithm: FullServiceAlgorithm) -> None:
    """Add the layer of interior walls."""
    algorithm.add(QgsProcessingParameterFeatureSource(
        "WALLS", algorithm.label("WALLS"), [QgsProcessing.SourceType.TypeVectorAnyGeometry], None, True),
        advanced=True)


def read_wall_layer(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext,
    crs: QgsCoordinateReferenceSystem, catalogue: Catalogue, ghz: float,
) -> Walls:
    """Read WALLS in a metric CRS; empty where it is not given."""
    source = source_of(algorithm, parameters, "WALLS", context)
    if source is None:
        return {}
    table = read_source(source, crs=crs, transform_context=context.transformContext(), fields=WALL_FIELDS)
    return read_walls(table, catalogue, ghz)


def read_given_aps(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext,
    crs: QgsCoordinateReferenceSystem,
) -> list[GivenAp]:
    """Read GIVEN_APS in a metric CRS; empty where it is not given."""
    source = source_of(algorithm, parameters, "GIVEN_APS", context)
    if source is None:
        return []
    return read_given(read_source(source, crs=crs, transform_context=context.transformContext(), fields=GIVEN_FIELDS))


def source_of(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], name: str, context: QgsProcessingContext
) -> Any:
    """Return a source; ``None`` where the parameter is empty; InputError where it cannot be opened."""
    if parameters.get(name) in (None, ""):
        return None
    source = algorithm.parameterAsSource(parameters, name, context)
    if source is None:
        raise InputError("Layer {layer} cannot be opened. Give an existing layer or file.", layer=str(parameters[name]))
    return source


def needed_source(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], name: str, context: QgsProcessingContext
) -> Any:
    """Return a source that must be given; InputError where it is not or cannot be opened."""
    source = source_of(algorithm, parameters, name, context)
    if source is None:
        raise InputError("Layer {layer} cannot be opened. Give an existing layer or file.",
                         layer=str(parameters.get(name)))
    return source


def read_ap_layer(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext,
    crs: QgsCoordinateReferenceSystem,
) -> FeatureTable:
    """Read APS in a metric CRS."""
    source = needed_source(algorithm, parameters, "APS", context)
    return read_source(source, crs=crs, transform_context=context.transformContext(), fields=AP_FIELDS)


def read_calibration(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> dict[str, Correction]:
    """Read CALIBRATION: building → correction; empty where it is not given."""
    source = source_of(algorithm, parameters, "CALIBRATION", context)
    if source is None:
        return {}
    table = read_source(source, fields=CORRECTION_FIELDS)
    offset, slope, rmse = (table.numbers(name) for name in ("offset_db", "slope", "rmse_db"))
    found = {}
    for row, building in enumerate(table.column("building_id")):
        values = (offset[row], slope[row], rmse[row])
        if building in (None, "") or None in values or not 0.2 <= float(slope[row] or 0) <= 5:
            raise InputError("{layer}: correction {feature} needs building_id, offset_db, rmse_db and a slope between "
                             "0.2 and 5.", layer=table.name or "Calibration", feature=table.ids[row])
        found[str(building)] = Correction(float(offset[row] or 0), float(slope[row] or 1), float(rmse[row] or 0), 0)
    return found
