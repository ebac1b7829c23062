# SPDX-License-Identifier: GPL-2.0-or-later
"""Links of the map sheets: from what stands on them to its row, to their neighbours, from the index to its sheets.

A plan is read on a screen as often as on paper: who sees a building on a sheet wants its row, and the other way round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Optional, Sequence

import numpy as np
from qgis.core import QgsCoordinateTransform, QgsPointXY, QgsProject

from fullservice_plugin.plans.bookmarks import Link, Target
from fullservice_plugin.plans.merge import PrintedSheet
from fullservice_plugin.plans.sheet_forms import FRAMES
from fullservice_plugin.plans.sheet_marks import Edge, Rectangle
from fullservice_plugin.plans.sheets import Frames, Sheet, frame_extent, sheet_crs, wgs84

BAND = 6.0  # millimetres beyond a match line that lead to the neighbour: its name stands there
LEAST = 1.6  # half of the side of a place that a finger still meets, millimetres
DEGREE_M = 111_320.0
OVERVIEW = "overview"
Place = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Something on the ground that a sheet links from: key, longitude, latitude, half of its side in metres, estate."""

    key: str
    lon: float
    lat: float
    half: float
    estate: str = ""


def spot(key: str, geometry: Any, estate: str = "") -> Optional[Spot]:
    """Return where the name of a shape (EPSG:4326) stands; None without one."""
    if geometry is None or geometry.is_empty:
        return None
    middle = geometry.representative_point()
    square = geometry.area * DEGREE_M**2 * math.cos(math.radians(middle.y))
    return Spot(key, middle.x, middle.y, math.sqrt(square) / 3.0, estate)


class _Frames:
    """Where the sheets lie, with the points of one CRS moved only once."""

    def __init__(self) -> None:
        self._there: dict[str, QgsCoordinateTransform] = {}
        self._known: dict[tuple[str, float, float], Place] = {}
        self._all: dict[str, Any] = {}

    def places(self, sheet: Sheet, spots: Sequence[Spot]) -> Any:
        """Return all spots in the CRS of a sheet, as an array of x and y; asked for the same spots each time."""
        name = sheet_crs(sheet).authid()
        if name not in self._all:
            self._all[name] = np.array([self.place(sheet, one) for one in spots], dtype=float).reshape(-1, 2)
        return self._all[name]

    def place(self, sheet: Sheet, one: Spot) -> Place:
        """Return a spot in the CRS of a sheet."""
        crs = sheet_crs(sheet)
        name = crs.authid()
        if name not in self._there:
            self._there[name] = QgsCoordinateTransform(wgs84(), crs, QgsProject.instance().transformContext())
        key = (name, one.lon, one.lat)
        if key not in self._known:
            point = self._there[name].transform(QgsPointXY(one.lon, one.lat))
            self._known[key] = (point.x(), point.y())
        return self._known[key]


def shown_on(spots: Iterable[Spot], sheets: Sequence[Sheet], rooms: Frames = FRAMES) -> dict[str, str]:
    """Return key of a spot → key of the sheet that shows it best: its estate's, a numbered one, else the overview."""
    frames, found = _Frames(), {}
    keys = {sheet.key for sheet in sheets}
    numbered = [(sheet, frame_extent(sheet, rooms[sheet.page])) for sheet in sheets if sheet.key.startswith("sheet:")]
    for one in spots:
        own = f"estate:{one.estate}"
        best = OVERVIEW if OVERVIEW in keys else ""
        if one.estate and own in keys:
            best = own
        else:
            for sheet, extent in numbered:
                if extent.contains(QgsPointXY(*frames.place(sheet, one))):
                    best = sheet.key
                    break
        if best:
            found[one.key] = best
    return found


def links(
    sheets: Sequence[Sheet],
    printed: Mapping[int, PrintedSheet],
    pages: Mapping[str, int],
    anchors: Mapping[str, tuple[int, float]],
    spots: Sequence[Spot],
    shown: Mapping[str, str],
) -> dict[int, list[Link]]:
    """Return the links of each sheet by its page. ``pages``: sheet → page; ``anchors``: key → page and height."""
    frames, made = _Frames(), {}
    for sheet in sheets:
        number = pages[sheet.key]
        paper = _Paper(sheet, printed[number].frame)
        found = [Link(box, Target(pages[key])) for box, key in _marks(sheet, paper) if key in pages]
        if not any(isinstance(mark, Rectangle) for mark in sheet.marks):
            for at in np.flatnonzero(paper.holds(frames.places(sheet, spots))):
                one = spots[at]
                target = _target(sheet, one, pages, anchors, shown)
                box = paper.square(frames.place(sheet, one), one.half) if target else None
                if target and box:
                    found.append(Link(box, target))
        made[number] = found
    return made


def _target(
    sheet: Sheet,
    one: Spot,
    pages: Mapping[str, int],
    anchors: Mapping[str, tuple[int, float]],
    shown: Mapping[str, str],
) -> Optional[Target]:
    """From the overview one goes to the sheet that shows more, from any other sheet to the row."""
    better = shown.get(one.key, sheet.key)
    if sheet.key == OVERVIEW and better != OVERVIEW and better in pages:
        return Target(pages[better])
    return Target(*anchors[one.key]) if one.key in anchors else None


class _Paper:
    """From the ground to the paper of one sheet: millimetres from the page's top left."""

    def __init__(self, sheet: Sheet, frame: tuple[float, float, float, float]) -> None:
        self.left, self.top, self.wide, self.high = frame
        self.extent = frame_extent(sheet, (self.wide, self.high))

    def holds(self, places: Any) -> Any:
        """Return of each place (metres) whether the sheet shows it."""
        x, y, shown = places[:, 0], places[:, 1], self.extent
        return (x > shown.xMinimum()) & (x < shown.xMaximum()) & (y > shown.yMinimum()) & (y < shown.yMaximum())

    def at(self, x: float, y: float) -> Place:
        """Return where a point lies."""
        return (
            self.left + (x - self.extent.xMinimum()) / self.extent.width() * self.wide,
            self.top + (self.extent.yMaximum() - y) / self.extent.height() * self.high,
        )

    def square(self, place: Place, half: float) -> Optional[tuple[float, float, float, float]]:
        """Return the square around a place, cut at the frame; None where its middle is outside."""
        x, y = self.at(*place)
        right, bottom = self.left + self.wide, self.top + self.high
        if not (self.left < x < right and self.top < y < bottom):
            return None
        half = max(LEAST, half / self.extent.width() * self.wide)
        return max(self.left, x - half), max(self.top, y - half), min(right, x + half), min(bottom, y + half)


def _marks(sheet: Sheet, paper: _Paper) -> Iterable[tuple[tuple[float, float, float, float], str]]:
    for mark in sheet.marks:
        west, south, east, north = mark.box
        left, top = paper.at(west, north)
        right, bottom = paper.at(east, south)
        if isinstance(mark, Edge):
            grow = {"west": (-BAND, 0, 0, 0), "east": (0, 0, BAND, 0), "north": (0, -BAND, 0, 0)}
            more = grow.get(mark.side, (0, 0, 0, BAND))
            yield (left + more[0], top + more[1], right + more[2], bottom + more[3]), f"sheet:{mark.number}"
        else:
            yield (left, top, right, bottom), f"sheet:{mark.text}"
