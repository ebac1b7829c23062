# SPDX-License-Identifier: GPL-2.0-or-later
"""What the discovery algorithms share: opening sources, telling problems, writing results."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsFields,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsWkbTypes,
)

from fullservice_plugin.core.errors import FullServiceError, InputError, OutputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.telling import tell_alike


def add_layer(algorithm: FullServiceAlgorithm, name: str, kind: str, *, optional: bool = False) -> None:
    """Add a source parameter; ``kind`` is ``polygon``, ``line``, ``any`` (with geometry) or ``table``."""
    types = {
        "polygon": QgsProcessing.SourceType.TypeVectorPolygon,
        "line": QgsProcessing.SourceType.TypeVectorLine,
        "any": QgsProcessing.SourceType.TypeVectorAnyGeometry,
        "table": QgsProcessing.SourceType.TypeVector,
    }
    algorithm.add(QgsProcessingParameterFeatureSource(name, algorithm.label(name), [types[kind]], None, optional))


def add_field(algorithm: FullServiceAlgorithm, name: str, parent: str, default: Optional[str] = None) -> None:
    """Add an optional field parameter of the layer ``parent``."""
    algorithm.add(QgsProcessingParameterField(name, algorithm.label(name), default, parent, optional=True))


def add_sink(algorithm: FullServiceAlgorithm, name: str, kind: str) -> None:
    """Add a sink parameter; ``kind`` as in :func:`add_layer`, or ``point``."""
    types = {
        "polygon": QgsProcessing.SourceType.TypeVectorPolygon,
        "point": QgsProcessing.SourceType.TypeVectorPoint,
        "any": QgsProcessing.SourceType.TypeVectorAnyGeometry,
        "table": QgsProcessing.SourceType.TypeVector,
    }
    algorithm.add(QgsProcessingParameterFeatureSink(name, algorithm.label(name), types[kind]))


class LenientSource:
    """A Processing source that also gives features with invalid geometry.

    Processing's own setting would end the run at the first one; here they are repaired or told and left out.
    """

    def __init__(self, source: QgsProcessingFeatureSource) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def getFeatures(self, request: Optional[QgsFeatureRequest] = None) -> Any:  # noqa: N802
        """Return the features without a check of their geometry."""
        return self._source.getFeatures(
            request or QgsFeatureRequest(), QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
        )


def open_source(
    algorithm: FullServiceAlgorithm,
    parameters: dict[str, Any],
    name: str,
    context: QgsProcessingContext,
    *,
    geometry: Optional[str] = None,
) -> Any:
    """Return the source of a parameter, None where an optional one is empty.

    Raises InputError when it cannot be opened, has no geometry of the wanted kind (``polygon``, ``line``)
    or no CRS.
    """
    value = parameters.get(name)
    if value in (None, ""):
        return None
    source = algorithm.parameterAsSource(parameters, name, context)
    if source is None:
        raise InputError("Layer {layer} cannot be opened. Give an existing layer or file.", layer=_shown(value))
    kinds = {"polygon": QgsWkbTypes.GeometryType.PolygonGeometry, "line": QgsWkbTypes.GeometryType.LineGeometry}
    if geometry in kinds and QgsWkbTypes.geometryType(source.wkbType()) != kinds[geometry]:
        if QgsWkbTypes.geometryType(source.wkbType()) != QgsWkbTypes.GeometryType.UnknownGeometry:
            if geometry == "polygon":
                raise InputError(algorithm.NO_POLYGONS, layer=source.sourceName() or _shown(value))
            raise InputError(
                "{layer} holds no lines. Give a layer of streets.", layer=source.sourceName() or _shown(value)
            )
    if geometry and not source.sourceCrs().isValid():
        raise InputError(
            "{layer} has no coordinate reference system. Set its CRS, then run again.",
            layer=source.sourceName() or _shown(value),
        )
    return LenientSource(source)


def _shown(value: Any) -> str:
    name = getattr(value, "name", None)
    return str(name()) if callable(name) else str(value)


def check_files(
    algorithm: FullServiceAlgorithm,
    check: Callable[[], None],
    parameters: dict[str, Any],
    context: QgsProcessingContext,
) -> tuple[bool, str]:
    """Return what ``checkParameterValues`` returns, after our own look at the files.

    QGIS would say of a damaged file only that it was not found.
    """
    try:
        check()
    except FullServiceError as error:
        return False, tr(error.template, **error.values)
    return FullServiceAlgorithm.checkParameterValues(algorithm, parameters, context)


def _has_area(shape: Any) -> bool:
    """Tell whether a part of a polygon is more than a line, by what rounding leaves of that part's own extent.

    The extent of the whole says nothing: the parts of an area may lie far from each other, even beside the date line.
    """
    for part in getattr(shape, "geoms", (shape,)):
        west, south, east, north = part.bounds
        if part.area > 1e-6 * ((east - west) ** 2 + (north - south) ** 2):
            return True
    return False


def polygons_only(table: FeatureTable) -> FeatureTable:
    """Return the table without features that are no polygon or have no area; they become problems."""
    kept = []
    for row, shape in enumerate(table.geometry):
        if not shape.geom_type.endswith("Polygon"):
            table.problems.append(Problem(table.ids[row], "the geometry is no polygon"))
        elif not _has_area(shape):
            table.problems.append(Problem(table.ids[row], "the polygon has no area"))
        else:
            kept.append(row)
    if len(kept) == len(table):
        return table
    if not kept:
        problem = table.problems[-1]
        raise InputError(
            "{layer} holds no usable polygon; row {row}: {reason}. Give a layer of footprints or areas.",
            layer=table.name,
            row=problem.row,
            reason=tr(problem.reason, **problem.values),
        )
    made = table.take(kept)
    made.problems = table.problems
    return made


def as_multi(geometry: QgsGeometry) -> QgsGeometry:
    """Return a geometry as its multi type, so that single and multipart features share one layer."""
    made = QgsGeometry(geometry)
    made.convertToMultiType()
    return made


def check_unique(table: FeatureTable) -> None:
    """Raise InputError when an id occurs twice: results could not be told apart."""
    seen: set[str] = set()
    for key in table.ids:
        if key in seen:
            raise InputError(
                "{layer}: id {value} occurs twice. Choose an id field with different values.",
                layer=table.name,
                value=key,
            )
        seen.add(key)


def tell_problems(progress: Progress, table: FeatureTable) -> None:
    """Tell the rows that were left out, with reason; many of a kind as one sentence."""
    tell_left_out(progress, table.name, table.problems)


def tell_left_out(progress: Progress, name: str, problems: Sequence[Problem]) -> None:
    """Tell the rows of the layer or file ``name`` that were left out, with reason."""
    tell_alike(
        progress.warn,
        [
            (
                problem.reason,
                tr(
                    "{layer}, row {row}: {reason}; left out.",
                    layer=name,
                    row=problem.row,
                    reason=tr(problem.reason, **problem.values),
                ),
            )
            for problem in problems
        ],
    )


def open_sink(
    algorithm: FullServiceAlgorithm,
    parameters: dict[str, Any],
    name: str,
    context: QgsProcessingContext,
    fields: QgsFields,
    kind: Any,
    crs: QgsCoordinateReferenceSystem,
) -> tuple[QgsFeatureSink, str]:
    """Return (sink, destination); raise OutputError when it cannot be made."""
    sink, destination = algorithm.parameterAsSink(parameters, name, context, fields, kind, crs)
    if sink is None:
        raise OutputError("The output {name} cannot be written. Choose another place.", name=name)
    return sink, destination


def added_fields(existing: QgsFields, columns: Sequence[tuple[str, str]]) -> tuple[QgsFields, list[int]]:
    """Return the fields of a layer plus ours, and the kept source columns.

    A source field of the same name gives way to ours.
    """
    from fullservice_plugin.gis.write import fields_of

    ours = {name.lower() for name, _ in columns}
    kept = [k for k in range(existing.count()) if existing.at(k).name().lower() not in ours]
    made = QgsFields()
    for k in kept:
        made.append(existing.at(k))
    for field in fields_of(columns):
        made.append(field)
    return made, kept
