# SPDX-License-Identifier: GPL-2.0-or-later
"""Scale bands of the hierarchy, and the view that shows an area in the band of its children."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)

from fullservice_plugin.gis.layers import BRANCH, ESTATE, GRID, MICRO
from fullservice_plugin.store.map_place import LEVELS
from fullservice_plugin.store.map_views import Box, Place

#: Level → scale denominators of its band, far (None: no limit) and near. A building is shown at 1:500 at most.
BANDS: dict[str, tuple[Optional[float], float]] = {
    "branch": (None, BRANCH),
    "micro_region": (BRANCH, MICRO),
    "grid": (MICRO, GRID),
    "estate": (GRID, ESTATE),
    "building": (ESTATE, 500.0),
}
#: A view stays this share away from the ends of its band, so that rounding does not push it out.
_EDGE = 0.02
_MARGIN = 1.06
#: Half width of the view round a place without extent, degrees (about 60 m).
_POINT = 0.0006
GEOGRAPHIC = "EPSG:4326"


def level_of(scale: float) -> str:
    """Return the level whose band holds a scale denominator."""
    return next((level for level in LEVELS[:-1] if scale >= BANDS[level][1]), LEVELS[-1])


def child_of(level: str) -> str:
    """Return the level below; that of buildings is their own."""
    return LEVELS[min(LEVELS.index(level) + 1, len(LEVELS) - 1)]


def held(scale: float, level: str) -> float:
    """Return the scale denominator nearest to ``scale`` inside the band of a level."""
    far, near = BANDS[level]
    if far is not None:
        scale = min(scale, far * (1.0 - _EDGE))
    return max(scale, near * (1.0 + _EDGE))


def to_map(canvas: Any) -> QgsCoordinateTransform:
    """Return the transform from degrees to the coordinates of the map."""
    return QgsCoordinateTransform(
        QgsCoordinateReferenceSystem(GEOGRAPHIC), canvas.mapSettings().destinationCrs(), QgsProject.instance())


def degrees(canvas: Any, point: QgsPointXY) -> tuple[float, float]:
    """Return longitude and latitude of a point of the map. Raises QgsCsException where the map has none."""
    found = to_map(canvas).transform(point, Qgis.TransformDirection.Reverse)
    return found.x(), found.y()


def view_of(canvas: Any, box: Box, level: str, near: Optional[QgsPointXY] = None) -> QgsRectangle:
    """Return the map extent that shows a box (degrees) inside the band of ``level``.

    Where the box is larger than that band allows, the part around ``near`` (map coordinates) is shown, else its middle.
    """
    around = QgsRectangle(*box)
    if around.width() == 0 and around.height() == 0:
        around.grow(_POINT)
    view = to_map(canvas).transformBoundingBox(around)
    view.scale(_MARGIN)
    settings = QgsMapSettings(canvas.mapSettings())
    settings.setExtent(view)
    fits = settings.scale()
    wanted = held(fits, level)
    view = settings.visibleExtent()
    view.scale(wanted / fits)
    if wanted < fits and near is not None:
        view = QgsRectangle(near.x() - view.width() / 2, near.y() - view.height() / 2, near.x() + view.width() / 2,
                            near.y() + view.height() / 2)
    return view


def goal(chain: list[Place], scale: float) -> Optional[Place]:
    """Return what a double click goes into: what the scale shows there, else the next level below, else above."""
    levels = {place.kind: place for place in chain if place.box is not None}
    wanted = LEVELS.index(level_of(scale))
    order = [*LEVELS[wanted:], *reversed(LEVELS[:wanted])]
    return next((levels[level] for level in order if level in levels), None)


def path_at(chain: list[Place], scale: float) -> list[Place]:
    """Return the part of a chain that the scale shows: down to its level."""
    deepest = LEVELS.index(level_of(scale))
    return [place for place in chain if LEVELS.index(place.kind) <= deepest]
