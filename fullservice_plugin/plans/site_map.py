# SPDX-License-Identifier: GPL-2.0-or-later
"""The drawing of one site: house, cable, entry, boxes and the ground around, as vector with georeference.

It is drawn by ourselves and not as a QGIS layout: a layout takes a third of a second, and there may be hundreds; and
its labels stand where chance puts them. Coordinates are metres of the site's UTM zone; lengths on paper are points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Optional, Sequence

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY, QgsProject
from reportlab.lib.colors import HexColor

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.handout import View
from fullservice_plugin.plans.model import Shape
from fullservice_plugin.plans.sheets import SCALES, wgs84
from fullservice_plugin.plans.site_labels import CABLES, HOUSE, POINT_M, Labelled, simple, symbol

LEAST_SCALE = 500
AROUND_M = 22.0  # metres shown around house and cable, so that the street is seen
FARTHEST_M = 400.0  # metres beyond which a cable is followed no further: it leaves the frame


@dataclass(frozen=True)
class Site:
    """What one drawing shows, in metres of the zone ``epsg``; ``extent`` is west, south, east, north."""

    epsg: int
    scale: int
    extent: tuple[float, float, float, float]
    house: Shape
    ground: tuple[Shape, ...] = ()
    routes: tuple[Shape, ...] = ()  # kind: feeder, distribution, wall, drop
    points: tuple[Shape, ...] = ()  # kind: entry, box, cabinet
    notice: str = ""
    legend: tuple[tuple[str, str], ...] = field(default=())  # kind, words


def frame_for(shapes: Sequence[Any], width: float, height: float) -> tuple[int, tuple[float, float, float, float]]:
    """Return the largest round scale at which house (the first) and cable fit the frame (points), and its extent."""
    west, south, east, north = shapes[0].bounds
    for shape in shapes[1:]:
        if shape is not None and not shape.is_empty and shape.distance(shapes[0]) <= FARTHEST_M:
            w, s, e, n = shape.bounds
            near = (max(w, west - FARTHEST_M), max(s, south - FARTHEST_M), min(e, east + FARTHEST_M),
                    min(n, north + FARTHEST_M))  # fmt: skip
            west, south, east, north = (
                min(west, near[0]),
                min(south, near[1]),
                max(east, near[2]),
                max(north, near[3]),
            )
    needed = max((east - west + 2 * AROUND_M) / width, (north - south + 2 * AROUND_M) / height) / POINT_M
    scale = next((value for value in SCALES if value >= max(needed, LEAST_SCALE)), int(math.ceil(needed / 1e4) * 1e4))
    x, y = (west + east) / 2, (south + north) / 2
    wide, high = width * POINT_M * scale / 2, height * POINT_M * scale / 2
    # Whole decimetres: the hash of a document must not hang on the last digits of a projection.
    return scale, tuple(round(value, 1) for value in (x - wide, y - high, x + wide, y + high))  # type: ignore[return-value]


def _ways(epsg: int) -> tuple[QgsCoordinateTransform, QgsCoordinateTransform]:
    """Return the transforms from a zone to longitude and latitude and back.

    Asked for anew each time: once the thread that made them has ended they move nothing, without an error.
    """
    crs, degrees = QgsCoordinateReferenceSystem(f"EPSG:{epsg}"), wgs84()
    known = QgsProject.instance().transformContext()
    return QgsCoordinateTransform(crs, degrees, known), QgsCoordinateTransform(degrees, crs, known)


@lru_cache(maxsize=8)
def _wkt(epsg: int) -> str:
    """Return the WKT of a zone."""
    return str(QgsCoordinateReferenceSystem(f"EPSG:{epsg}").toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT1_ESRI))


def corners(site: Site) -> tuple[tuple[float, float], ...]:
    """Return latitude and longitude of the frame's corners: lower left, upper left, upper right, lower right."""
    west, south, east, north = site.extent
    back, _ = _ways(site.epsg)
    points = [back.transform(QgsPointXY(x, y)) for x, y in ((west, south), (west, north), (east, north), (east, south))]
    return tuple((point.y(), point.x()) for point in points)


def convergence(site: Site) -> float:
    """Return the angle (degrees, clockwise) from the top of the drawing to true north."""
    west, south, east, north = site.extent
    back, there = _ways(site.epsg)
    middle = back.transform(QgsPointXY((west + east) / 2, (south + north) / 2))
    up = there.transform(QgsPointXY(middle.x(), middle.y() + 0.001))
    return math.degrees(math.atan2(up.x() - (west + east) / 2, up.y() - (south + north) / 2))


class SiteMap(Labelled):
    """The drawing, ``width`` × ``height`` points."""

    def __init__(self, fonts: FontSet, site: Site, language: str, width: float, height: float) -> None:
        super().__init__()
        self.fonts, self.site, self.language, self.width, self.height = fonts, site, language, width, height
        self.north = convergence(site)
        self._taken = []

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw ground, house, cable, marks and frame, and note where the drawing lies on the page."""
        canvas, site = self.canv, self.site
        canvas.saveState()
        clip = canvas.beginPath()
        clip.rect(0, 0, self.width, self.height)
        canvas.clipPath(clip, stroke=0, fill=0)
        canvas.setFillColor(HexColor(palette.PAPER))
        canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        canvas.setLineJoin(1)
        canvas.setLineCap(1)
        self._ground()
        self._area(site.house.geometry, HOUSE, palette.INK, 1.1)
        self._cables()
        self._points()
        self._taken = self._furniture_boxes() + self._drawn_boxes()
        self._names()
        self._furniture()
        canvas.restoreState()
        canvas.setStrokeColor(HexColor(palette.MUTED))
        canvas.setLineWidth(0.6)
        canvas.rect(0, 0, self.width, self.height, stroke=1, fill=0)
        left, bottom = canvas.absolutePosition(0, 0)
        wkt = _wkt(site.epsg)
        frame = (left, bottom, left + self.width, bottom + self.height)
        canvas.notes.views.append(View(frame, corners(site), wkt, site.epsg))

    # ground

    def _ground(self) -> None:
        fills = {"water": palette.WATER, "green": palette.GREEN, "building": palette.BUILDING}
        for kind in ("green", "water"):
            for shape in self._kind(kind):
                self._area(shape.geometry, fills[kind], None, 0)
        streets = list(self._kind("street"))
        for edge, colour in ((0.9, palette.STREET_EDGE), (0.0, palette.STREET)):
            for shape in streets:
                self._line(shape.geometry, colour, self._street_width(shape.code) + edge)
        for shape in self._kind("building"):
            self._area(shape.geometry, fills["building"], palette.BUILDING_EDGE, 0.35)

    def _street_width(self, highway: str) -> float:
        """Return the width on paper of a street that is so many metres wide; a path is never hidden."""
        wide = (
            12.0
            if highway in ("motorway", "trunk", "primary", "secondary", "tertiary")
            else (2.5 if highway in ("footway", "path", "steps", "cycleway", "pedestrian", "track", "service") else 7.0)
        )
        return min(14.0, max(1.4, wide / (self.site.scale * POINT_M)))

    def _path(self, rings: Sequence[Any], close: bool) -> Any:
        path = self.canv.beginPath()
        for ring in rings:
            points = [self._at(p[0], p[1]) for p in ring.coords]
            path.moveTo(*points[0])
            for point in points[1:]:
                path.lineTo(*point)
            if close:
                path.close()
        return path

    def _area(self, geometry: Any, colour: str, edge: Optional[str], width: float) -> None:
        for polygon in simple(geometry, "Polygon"):
            self.canv.setFillColor(HexColor(colour))
            if edge:
                self.canv.setStrokeColor(HexColor(edge))
                self.canv.setLineWidth(width)
            rings = [polygon.exterior, *polygon.interiors]
            self.canv.drawPath(self._path(rings, True), stroke=1 if edge else 0, fill=1, fillMode=0)

    def _line(self, geometry: Any, colour: str, width: float, dash: Optional[tuple[float, ...]] = None) -> None:
        self.canv.setStrokeColor(HexColor(colour))
        self.canv.setLineWidth(width)
        self.canv.setDash(*([list(dash)] if dash else [[]]))
        for line in simple(geometry, "LineString"):
            self.canv.drawPath(self._path([line], False), stroke=1, fill=0)
        self.canv.setDash([])

    # network

    def _cables(self) -> None:
        for shape in self.site.routes:
            self._line(shape.geometry, palette.WHITE, CABLES[shape.kind][1] + 1.6)
        for kind, (colour, width, dash) in CABLES.items():
            for shape in self.site.routes:
                if shape.kind == kind:
                    self._line(shape.geometry, colour, width, dash)

    def _points(self) -> None:
        for shape in self.site.points:
            for point in simple(shape.geometry, "Point"):
                x, y = self._at(point.x, point.y)
                if shape.kind == "box":
                    x += self._aside(x, y)
                symbol(self.canv, shape.kind, x, y)

    def _aside(self, x: float, y: float) -> float:
        """Return how far a box steps aside from an entry at the same place, away from the house: both must be seen."""
        shapes = [shape.geometry for shape in self.site.points if shape.kind == "entry"]
        entries = [self._at(point.x, point.y) for shape in shapes for point in simple(shape, "Point")]
        if not any(math.dist((x, y), entry) < 8.0 for entry in entries):
            return 0.0
        middle, _ = self._at(*self.site.house.geometry.centroid.coords[0])
        return 9.0 if x >= middle else -9.0
