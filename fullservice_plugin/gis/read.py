# SPDX-License-Identifier: GPL-2.0-or-later
"""Layers read into plain feature tables."""

from __future__ import annotations

from typing import Any, Iterable, Optional

import shapely.errors
import shapely.wkb
from qgis.core import (
    NULL,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem


def read_source(
    source: Any,
    *,
    crs: Optional[QgsCoordinateReferenceSystem] = None,
    transform_context: Optional[QgsCoordinateTransformContext] = None,
    id_field: str = "",
    fields: Optional[Iterable[str]] = None,
    name: str = "",
    progress: Progress = SILENT,
) -> FeatureTable:
    """Return the features of a layer or Processing source.

    Geometry comes in ``crs`` (the source's own where None) as shapely geometries without Z and M. Empty
    and unrepairable geometries are left out and listed in ``problems``; invalid ones are repaired.
    ``fields`` limits the columns (all where None). Ids are taken from ``id_field`` as text, from the
    feature id where the field is empty. Raises InputError when the source has no CRS or no such field.
    """
    label = name or source.sourceName()
    spatial = source.wkbType() != QgsWkbTypes.Type.NoGeometry
    if spatial and not source.sourceCrs().isValid():
        raise InputError(
            "{layer} has no coordinate reference system. Set its CRS, then run again.", layer=label
        )
    if id_field and source.fields().lookupField(id_field) < 0:
        raise InputError("{layer} has no field {field}. Choose another id field.", layer=label, field=id_field)
    wanted = _wanted(source, fields, id_field)
    request = QgsFeatureRequest()
    request.setInvalidGeometryCheck(QgsFeatureRequest.InvalidGeometryCheck.GeometryNoCheck)
    request.setSubsetOfAttributes([source.fields().lookupField(field) for field in wanted])
    transform = None
    if spatial and crs is not None and crs != source.sourceCrs():
        context = transform_context or QgsCoordinateTransformContext()
        transform = QgsCoordinateTransform(source.sourceCrs(), crs, context)
    table = FeatureTable([], [], {field: [] for field in wanted}, [], label)
    total = max(source.featureCount(), 1)
    for number, feature in enumerate(_features(source, request)):
        if number % 500 == 0:
            progress.step(min(1.0, number / total))
        _append(table, feature, wanted, id_field, spatial, transform)
    return table


def _features(source: Any, request: QgsFeatureRequest) -> Any:
    """Return the features; Processing's own check, which ends a run at the first invalid geometry, is left out."""
    if isinstance(source, QgsProcessingFeatureSource):
        return source.getFeatures(request, QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks)
    return source.getFeatures(request)


def _wanted(source: Any, fields: Optional[Iterable[str]], id_field: str) -> list[str]:
    known = [field.name() for field in source.fields()]
    if fields is None:
        return known
    names = [field for field in fields if field in known]
    return names if not id_field or id_field in names else [id_field, *names]


def _append(
    table: FeatureTable,
    feature: QgsFeature,
    wanted: list[str],
    id_field: str,
    spatial: bool,
    transform: Optional[QgsCoordinateTransform],
) -> None:
    key = plain_value(feature[id_field]) if id_field else None
    label = str(feature.id()) if key is None or key == "" else _text(key)
    shape = None
    if spatial:
        shape, reason = _shape(feature.geometry(), transform)
        if shape is None:
            table.problems.append(Problem(label, reason))
            return
    table.ids.append(label)
    table.geometry.append(shape)
    for field in wanted:
        table.columns[field].append(plain_value(feature[field]))


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _shape(geometry: QgsGeometry, transform: Optional[QgsCoordinateTransform]) -> tuple[Any, str]:
    """Return the shapely geometry, or None and the reason."""
    if geometry is NULL or geometry.isNull() or geometry.isEmpty():
        return None, "empty geometry"
    moved = QgsGeometry(geometry)
    if QgsWkbTypes.isCurvedType(moved.wkbType()):
        moved = QgsGeometry(moved.constGet().segmentize())
    flat = moved.get()
    flat.dropZValue()
    flat.dropMValue()
    try:
        if transform is not None:
            moved.transform(transform)
    except QgsCsException:
        return None, "coordinates outside the area of its CRS"
    shape = _loaded(moved)
    if shape is None or not shape.is_valid:
        repaired = moved.makeValid()
        shape = _loaded(repaired) if not repaired.isEmpty() else None
        if shape is None or shape.is_empty:
            return None, "invalid geometry that cannot be repaired"
        shape = _same_dimension(shape, moved)
        if shape is None:
            return None, "invalid geometry that cannot be repaired"
    return shape, ""


def _loaded(geometry: QgsGeometry) -> Any:
    """Return the shapely geometry, None where GEOS cannot even build it (rings of two points in real data)."""
    try:
        return shapely.wkb.loads(bytes(geometry.asWkb()))
    except shapely.errors.ShapelyError:
        return None


def _same_dimension(shape: Any, original: QgsGeometry) -> Any:
    """Keep of a repaired geometry only the parts of the original's dimension."""
    if shape.geom_type != "GeometryCollection":
        return shape
    dimension = {0: ("Point", "MultiPoint"), 1: ("LineString", "MultiLineString"), 2: ("Polygon", "MultiPolygon")}
    kept = [part for part in shape.geoms if part.geom_type in dimension.get(int(original.type()), ())]
    if not kept:
        return None
    from shapely.ops import unary_union

    return unary_union(kept)
