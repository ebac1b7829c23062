# SPDX-License-Identifier: GPL-2.0-or-later
"""The atlas of a plan: an index sheet and the numbered sheets to one scale that hold the whole network."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from qgis.core import QgsCoordinateTransform, QgsPointXY, QgsProject

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans.sheet_marks import Edge, Rectangle
from fullservice_plugin.plans.sheets import FRAMES, Frames, Place, Sheet, better_page, utm, wgs84
from fullservice_plugin.plans.tiling import Box, Numbers, Tile, segments, tile

SCALES = {"500": 500, "1000": 1000}
AUTOMATIC = 1000  # scale of the sheets that a plan gets by itself where one such sheet cannot hold it
BAND = 6.0  # millimetres of ground beyond each match line, where the neighbours are named


def atlas_scale(choice: str, overview: Optional[Sheet]) -> int:
    """Return the scale of the atlas, 0 for none: ``auto`` makes one only where the overview is too small to read."""
    if choice in SCALES:
        return SCALES[choice]
    wanted = choice == "auto" and overview is not None and overview.scale > AUTOMATIC
    return AUTOMATIC if wanted else 0


def cells(scale: int, frames: Frames = FRAMES) -> dict[str, tuple[float, float]]:
    """Return width and height in metres, by page, of what a sheet holds between its match lines."""
    return {
        page: ((wide - 2 * BAND) * scale / 1000.0, (high - 2 * BAND) * scale / 1000.0)
        for page, (wide, high) in frames.items()
    }


def atlas_sheets(
    geometries: Sequence[Any], scale: int, subtitle: str, language: str, frames: Frames = FRAMES
) -> list[Sheet]:
    """Return the index and the sheets that hold all geometries (EPSG:4326) at the scale, none where there are none."""
    pieces = segments(geometries)
    if not scale or not len(pieces):
        return []
    lon, lat = pieces[:, [0, 2]], pieces[:, [1, 3]]
    # One zone for all sheets, or they would not abut.
    crs = utm((lon.min() + lon.max()) / 2.0, (lat.min() + lat.max()) / 2.0)
    there = QgsCoordinateTransform(wgs84(), crs, QgsProject.instance().transformContext())
    tiles = tile(_moved(pieces, there), cells(scale, frames))
    index = _index(tiles, there, subtitle, language, frames)
    sheets = [_sheet(one, len(tiles), there, scale, subtitle, language) for one in tiles]
    return [index, *sheets]


def _moved(pieces: Numbers, there: QgsCoordinateTransform) -> Numbers:
    made = pieces.copy()
    for row in made:
        for at in (0, 2):
            point = there.transform(QgsPointXY(row[at], row[at + 1]))
            row[at], row[at + 1] = point.x(), point.y()
    return made


def _degrees(box: Box, there: QgsCoordinateTransform) -> tuple[float, float, float, float]:
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    back = QgsCoordinateTransform(there.destinationCrs(), there.sourceCrs(), QgsProject.instance().transformContext())
    found = [back.transform(QgsPointXY(x, y)) for x, y in corners]
    xs, ys = [point.x() for point in found], [point.y() for point in found]
    return min(xs), min(ys), max(xs), max(ys)


def _sheet(one: Tile, count: int, there: QgsCoordinateTransform, scale: int, subtitle: str, language: str) -> Sheet:
    west, south, east, north = one.box
    edges = tuple(
        Edge(side, box, translate("Match line · sheet {number}", language, number=other), str(other))
        for side, other, box in one.neighbours
    )
    return Sheet(
        f"sheet:{one.number}",
        translate("Sheet {number} of {count}", language, number=one.number, count=count),
        subtitle,
        _degrees(one.box, there),
        one.page,
        scale,
        Place(there.destinationCrs().authid(), (west + east) / 2.0, (south + north) / 2.0),
        edges,
    )


def _index(
    tiles: Sequence[Tile], there: QgsCoordinateTransform, subtitle: str, language: str, frames: Frames
) -> Sheet:
    whole = (
        min(one.box[0] for one in tiles),
        min(one.box[1] for one in tiles),
        max(one.box[2] for one in tiles),
        max(one.box[3] for one in tiles),
    )
    page, scale = better_page(whole[2] - whole[0], whole[3] - whole[1], AUTOMATIC, frames)
    centre = Place(there.destinationCrs().authid(), (whole[0] + whole[2]) / 2.0, (whole[1] + whole[3]) / 2.0)
    marks = tuple(Rectangle(one.box, str(one.number)) for one in tiles)
    title = translate("Index of sheets", language)
    return Sheet("index", title, subtitle, _degrees(whole, there), page, scale, centre, marks)
