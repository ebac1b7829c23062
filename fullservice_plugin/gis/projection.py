# SPDX-License-Identifier: GPL-2.0-or-later
"""The local metric CRS in which lengths and areas are computed."""

from __future__ import annotations

import itertools
import threading
from typing import Any, Callable, Optional

import numpy as np
import shapely.wkb
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsRectangle,
)

from fullservice_plugin.core.errors import InputError

WGS84 = "EPSG:4326"
_NUMBERS = itertools.count(1)
_OWN = threading.local()
Way = Callable[[Any, Any], "tuple[Any, Any]"]


def metric_crs(
    extent: QgsRectangle, crs: QgsCoordinateReferenceSystem, layer: str = ""
) -> QgsCoordinateReferenceSystem:
    """Return a transverse Mercator CRS (metres, WGS 84) centred on ``extent``, which is given in ``crs``.

    Scale is 1 on the central meridian; 100 km away from it lengths are 0.012 % too long. The centre is
    rounded to 0.001° so that layers of one area share one CRS. Raises InputError that names the ``layer`` for an empty
    extent or one that lies outside the CRS.
    """
    if extent.isNull() or not extent.isFinite():
        raise InputError(
            "{layer} holds no feature with a geometry. Give a layer that has some.", layer=layer or "INPUT"
        )
    if not crs.isValid():
        raise InputError(
            "{layer} has no coordinate reference system. Set its CRS, then run again.", layer=layer or "INPUT"
        )
    to_wgs = QgsCoordinateTransform(crs, wgs84(), QgsCoordinateTransformContext())
    try:
        centre = to_wgs.transform(extent.center())
    except QgsCsException:
        centre = None
    if centre is None or not (abs(centre.x()) <= 360.0 and abs(centre.y()) <= 90.0):
        raise InputError(
            "The coordinates of {layer} do not fit its CRS {crs}. Set the right CRS.",
            layer=layer or "INPUT",
            crs=crs.authid(),
        )
    return QgsCoordinateReferenceSystem.fromProj(
        f"+proj=tmerc{_blanks()}+lat_0={centre.y():.3f} +lon_0={centre.x():.3f} +k=1 +x_0=0 +y_0=0 "
        "+datum=WGS84 +units=m +no_defs +type=crs"
    )


def _blanks() -> str:
    """Return blanks, in each thread another number of them.

    QGIS keeps a reference system under its very text, with the PROJ object of the thread that made it first; where that
    thread has ended while another one used it, later ones are given what moves nothing: degrees as metres. So each
    thread has a text of its own.
    """
    if not hasattr(_OWN, "number"):
        _OWN.number = next(_NUMBERS)
    return " " * int(_OWN.number)


def wgs84() -> QgsCoordinateReferenceSystem:
    """Return the CRS of the store."""
    return QgsCoordinateReferenceSystem(WGS84)


def qgis_geometry(shape: Any, multi: bool = False) -> Optional[QgsGeometry]:
    """Return a shapely geometry as QGIS's (None stays None), as a multi-part one where asked."""
    if shape is None:
        return None
    made = QgsGeometry()
    made.fromWkb(shapely.wkb.dumps(shape))
    if multi:
        made.convertToMultiType()
    return made


def to_layer_geometry(geometry: Any, transform: QgsCoordinateTransform) -> QgsGeometry:
    """Return a shapely geometry as a QGIS geometry, moved by ``transform``."""
    made = QgsGeometry()
    made.fromWkb(shapely.wkb.dumps(geometry))
    made.transform(transform)
    return made


def ways_to_wgs84(crs: QgsCoordinateReferenceSystem, context: QgsCoordinateTransformContext) -> tuple[Way, Way]:
    """Return the way of coordinate arrays from ``crs`` to WGS-84 degrees and the way back."""
    degrees = wgs84()
    return (_arrays(QgsCoordinateTransform(crs, degrees, context)),
            _arrays(QgsCoordinateTransform(degrees, crs, context)))


def _arrays(transform: QgsCoordinateTransform) -> Way:
    def move(x: Any, y: Any) -> tuple[Any, Any]:
        points = [transform.transform(QgsPointXY(east, north)) for east, north in zip(x, y)]
        return np.array([point.x() for point in points]), np.array([point.y() for point in points])

    return move
