# SPDX-License-Identifier: GPL-2.0-or-later
"""Which ground a map sheet shows: its scale, page, CRS and extent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)

from fullservice_plugin.plans.sheet_forms import FRAMES, Form
from fullservice_plugin.plans.sheet_marks import MM, Ground, Mark

SCALES = (
    250,
    500,
    750,
    1000,
    1250,
    1500,
    2000,
    2500,
    3000,
    4000,
    5000,
    7500,
    10_000,
    12_500,
    15_000,
    20_000,
    25_000,
)
Frames = Mapping[str, tuple[float, float]]
MARGIN = 1.06  # the content fills at most 1/1.06 of the frame


@dataclass(frozen=True)
class Place:
    """The centre of a sheet that must stand in a given CRS, since its neighbours do."""

    crs: str
    x: float
    y: float


@dataclass(frozen=True)
class Sheet:
    """One map sheet: where it is (EPSG:4326 west, south, east, north) and what stands on it."""

    key: str
    title: str
    subtitle: str
    bounds: tuple[float, float, float, float]
    page: str  # landscape or portrait
    scale: int
    place: Optional[Place] = None  # None: the middle of the bounds in its own zone
    marks: tuple[Mark, ...] = ()  # drawn over the map


def utm(longitude: float, latitude: float) -> QgsCoordinateReferenceSystem:
    """Return the WGS 84 UTM zone of a point: a CRS that any reader of the sheet knows."""
    zone = min(60, max(1, int(math.floor((longitude + 180.0) / 6.0)) + 1))
    return QgsCoordinateReferenceSystem(f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}")


def round_scale(width: float, height: float, frame: tuple[float, float]) -> int:
    """Return the largest round scale at which ``width`` × ``height`` metres fit into the frame (millimetres)."""
    needed = max(width / frame[0], height / frame[1], 1e-6) * 1000.0 * MARGIN
    for scale in SCALES:
        if scale >= needed:
            return scale
    step = 10 ** int(math.floor(math.log10(needed)))
    return int(math.ceil(needed / step) * step)


def plan_sheet(
    key: str, title: str, subtitle: str, geometries: Sequence[Any], least: int = 500, frames: Frames = FRAMES
) -> Optional[Sheet]:
    """Return the sheet that shows all geometries (EPSG:4326) at the largest round scale, on the better page.

    ``frames`` are the map frames by page (millimetres).
    """
    boxes = [g.bounds for g in geometries if g is not None and not g.is_empty]
    if not boxes:
        return None
    bounds = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    extent = _project(bounds)
    page, scale = better_page(extent.width(), extent.height(), least, frames)
    return Sheet(key, title, subtitle, bounds, page, scale)


def better_page(width: float, height: float, least: int, frames: Frames = FRAMES) -> tuple[str, int]:
    """Return the page that shows ``width`` × ``height`` metres larger, and its round scale (at most 1:``least``)."""
    options = []
    for page in ("landscape", "portrait"):
        scale = max(least, round_scale(width, height, frames[page]))
        options.append((scale, 0 if page == "landscape" else 1, page))
    scale, _, page = min(options)
    return page, scale


def sheet_crs(sheet: Sheet) -> QgsCoordinateReferenceSystem:
    """Return the CRS that a sheet is drawn in."""
    if sheet.place is not None:
        return QgsCoordinateReferenceSystem(sheet.place.crs)
    west, south, east, north = sheet.bounds
    return utm((west + east) / 2.0, (south + north) / 2.0)


def _project(bounds: tuple[float, float, float, float]) -> QgsRectangle:
    crs = utm((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0)
    transform = QgsCoordinateTransform(
        wgs84(), crs, QgsProject.instance().transformContext()
    )
    return transform.transformBoundingBox(QgsRectangle(*bounds))


def frame_extent(sheet: Sheet, frame: Optional[tuple[float, float]] = None) -> QgsRectangle:
    """Return what the map frame (width, height in millimetres; the template's) shows, in the sheet's UTM zone."""
    width, height = frame or FRAMES[sheet.page]
    place = sheet.place
    centre = QgsPointXY(place.x, place.y) if place else _project(sheet.bounds).center()
    wide, high = width * sheet.scale / 2000.0, height * sheet.scale / 2000.0
    return QgsRectangle(centre.x() - wide, centre.y() - high, centre.x() + wide, centre.y() + high)


def ground_of(sheet: Sheet, form: Form) -> Ground:
    """Return where the ground of a sheet lies on its page."""
    left, top, wide, high = (value * MM for value in form.frame)
    shown = frame_extent(sheet, form.room)
    around = (shown.xMinimum(), shown.yMinimum(), shown.xMaximum(), shown.yMaximum())
    return Ground((left, form.size[1] * MM - top - high, wide, high), around)


def wgs84() -> QgsCoordinateReferenceSystem:
    """Return the CRS of everything in the store."""
    return QgsCoordinateReferenceSystem("EPSG:4326")
