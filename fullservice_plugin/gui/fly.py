# SPDX-License-Identifier: GPL-2.0-or-later
"""Moves the map to a place and shows where it is."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsProject, QgsRectangle

from fullservice_plugin.store.map_views import Place

#: Half width around a point, degrees (about 60 m).
_POINT = 0.0006
_MARGIN = {"branch": 1.05, "micro_region": 1.05, "grid": 1.08, "estate": 1.4, "building": 4.0, "address": 1.0}


def fly_to(canvas: Any, place: Place, flash: bool = True) -> bool:
    """Zoom to a place and let it ``flash``; False when its position is unknown."""
    if place.box is None:
        return False
    box = QgsRectangle(*place.box)
    geographic = QgsCoordinateReferenceSystem("EPSG:4326")
    transform = QgsCoordinateTransform(geographic, canvas.mapSettings().destinationCrs(), QgsProject.instance())
    shape = QgsGeometry.fromRect(box) if box.width() > 0 else QgsGeometry.fromPointXY(box.center())
    if box.width() == 0 and box.height() == 0:
        box = QgsRectangle(box.xMinimum() - _POINT, box.yMinimum() - _POINT, box.xMaximum() + _POINT,
                           box.yMaximum() + _POINT)
    view = transform.transformBoundingBox(box)
    view.scale(_MARGIN.get(place.kind, 1.1))
    canvas.setExtent(view)
    canvas.refresh()
    if flash:
        canvas.flashGeometries([shape], geographic)
    return True
