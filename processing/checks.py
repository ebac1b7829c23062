# SPDX-License-Identifier: GPL-2.0-or-later
"""Parameters checked before anything is computed, each refusal in one plain sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsWkbTypes,
)

from fullservice_plugin.core.errors import InputError, OutputError, ParameterError
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.files import check_source

_LINES = QgsWkbTypes.GeometryType.LineGeometry
_POLYGONS = QgsWkbTypes.GeometryType.PolygonGeometry


def check_parameters(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> None:
    """Raise a FullServiceError for the first parameter that is missing or cannot be used."""
    for definition in algorithm.parameterDefinitions():
        value = parameters.get(definition.name())
        if definition.type() == "source":
            check_source(value, context)
        check_destination(definition, value)
        if not definition.checkValueIsAcceptable(parameters.get(definition.name(), definition.defaultValue()), context):
            raise _unacceptable(definition, value)


def _unacceptable(definition: QgsProcessingParameterDefinition, value: Any) -> ParameterError:
    name = f"{definition.description()} ({definition.name()})"
    if value is None or value == "":
        return ParameterError("{name} is missing. Give a value.", name=name)
    if isinstance(definition, QgsProcessingParameterNumber):
        least, most = (f"{bound:g}" if abs(bound) < 1e300 else "∞"
                       for bound in (definition.minimum(), definition.maximum()))
        return ParameterError("{name} must be a number from {least} to {most}, found {value}.", name=name,
                              least=least.replace("∞", "-∞"), most=most, value=value)
    if isinstance(definition, QgsProcessingParameterEnum):
        return ParameterError("{name} must be one of {known}, found {value}.", name=name,
                              known=[option or "–" for option in definition.options()], value=value)
    return ParameterError("{name} cannot be {value}. Give another value.", name=name, value=value)


def check_destination(definition: QgsProcessingParameterDefinition, value: Any) -> None:
    """Raise OutputError when the folder of an output file does not exist or may not be written."""
    if not definition.isDestination():
        return
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        value = value.sink.staticValue()
    path = Path(value) if isinstance(value, str) else Path()
    if not path.is_absolute():
        return
    if not path.parent.is_dir():
        raise OutputError("The folder {folder} does not exist. Create it or choose another one.", folder=path.parent)
    if not os.access(path.parent, os.W_OK) or (path.is_file() and not os.access(path, os.W_OK)):
        raise OutputError("{file} cannot be written: no right to write in this folder. Choose another one.", file=path)


def check_layer(algorithm: Any, name: str, source: Any, parameters: dict[str, Any]) -> None:
    """Raise when a source lacks the geometry or CRS its parameter asks for, or a field that was chosen in it."""
    definition = algorithm.parameterDefinition(name)
    label = source.sourceName() or str(parameters.get(name))
    wanted = definition.dataTypes()
    kind = QgsWkbTypes.geometryType(source.wkbType())
    if wanted and QgsProcessing.SourceType.TypeVector not in wanted:
        if kind == QgsWkbTypes.GeometryType.NullGeometry:
            raise InputError("{layer} is a table without geometry. Give a layer with geometry.", layer=label)
        if kind != QgsWkbTypes.GeometryType.UnknownGeometry:
            if wanted == [QgsProcessing.SourceType.TypeVectorLine] and kind != _LINES:
                raise InputError("{layer} holds no lines. Give a layer of streets.", layer=label)
            if wanted == [QgsProcessing.SourceType.TypeVectorPolygon] and kind != _POLYGONS:
                raise InputError(algorithm.NO_POLYGONS, layer=label)
        if not source.sourceCrs().isValid():
            raise InputError("{layer} has no coordinate reference system. Set its CRS, then run again.", layer=label)
    known = [field.name() for field in source.fields()]
    for field in algorithm.parameterDefinitions():
        chosen = parameters.get(field.name())
        if isinstance(field, QgsProcessingParameterField) and field.parentLayerParameterName() == name \
                and isinstance(chosen, str) and chosen and source.fields().lookupField(chosen) < 0:
            raise ParameterError("{layer} has no field {field}. It has: {known}.", layer=label, field=chosen,
                                 known=list(known) or tr("none"))
