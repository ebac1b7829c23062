# SPDX-License-Identifier: GPL-2.0-or-later
"""Cuts a network into as few map sheets as found: bands of sheets that abut where the network crosses from one to
the next and leave out the ground between. Plain metres; nothing here knows of QGIS.

For both pages, both directions and a number of shifts the bands are filled from their first point on, which is the
least number within a band; the smallest count of all is kept, of equals the one that stands in the middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Box = tuple[float, float, float, float]  # west, south, east, north
SHIFTS = 16  # positions of the first band that are tried, in shares of its width
TINY = 1e-6  # metres: closer ends are one


@dataclass(frozen=True)
class Tile:
    """One cell of the atlas (metres) and, by side, the numbers of the sheets that go on there."""

    number: int
    page: str
    box: Box
    neighbours: tuple[tuple[str, int, Box], ...] = ()  # side (west, south, east, north), number, shared edge


def segments(geometries: Iterable[Any]) -> Numbers:
    """Return the straight pieces (x0, y0, x1, y1) of lines and points; of a polygon its outline."""
    found: list[Numbers] = []
    for geometry in geometries:
        if geometry is None or geometry.is_empty:
            continue
        for part in getattr(geometry, "geoms", [geometry]):
            line = part.exterior if part.geom_type == "Polygon" else part
            points = np.asarray(line.coords, dtype=float)[:, :2]
            pairs = np.hstack([points[:-1], points[1:]]) if len(points) > 1 else np.hstack([points, points])
            found.append(pairs)
    return np.vstack(found) if found else np.empty((0, 4))


def tile(pieces: Numbers, cells: Mapping[str, tuple[float, float]]) -> list[Tile]:
    """Return the tiles of the smallest count found; ``cells`` are width and height in metres by page.

    Each point of the pieces lies on a tile, each tile holds a part of them, and tiles touch but never overlap.
    """
    if not len(pieces):
        return []
    best: tuple[tuple[int, float], str, bool, list[Box]] = ((0, 0.0), "", False, [])
    for page, (width, height) in cells.items():
        for upright in (False, True):
            turned = pieces[:, [1, 0, 3, 2]] if upright else pieces
            across, along = (width, height) if upright else (height, width)
            for step in range(SHIFTS):
                boxes = _bands(turned, along, across, step / SHIFTS)
                rank = (len(boxes), _uneven(turned, boxes))
                if not best[3] or rank < best[0]:
                    best = (rank, page, upright, boxes)
    _, page, upright, boxes = best
    return _number(page, [_turn(box) for box in boxes] if upright else boxes, upright)


def _uneven(pieces: Numbers, boxes: Sequence[Box]) -> float:
    """Return how unevenly what the bands leave over is shared between their two ends (whole metres)."""
    below = float(pieces[:, [1, 3]].min()) - min(box[1] for box in boxes)
    above = max(box[3] for box in boxes) - float(pieces[:, [1, 3]].max())
    return round(abs(above - below))


def _turn(box: Box) -> Box:
    return box[1], box[0], box[3], box[2]


def _bands(pieces: Numbers, along: float, across: float, shift: float) -> list[Box]:
    """Return the cells of one arrangement: bands ``across`` high, each filled with cells ``along`` wide."""
    start = float(pieces[:, [1, 3]].min()) - shift * across
    rows, low, high = _clip(pieces, start, across)
    found: list[Box] = []
    order = np.lexsort((low, rows))
    rows, low, high = rows[order], low[order], high[order]
    edges = np.flatnonzero(np.diff(rows)) + 1
    for row, lows, highs in zip(rows[np.r_[0, edges]], np.split(low, edges), np.split(high, edges)):
        south = start + float(row) * across
        found.extend((west, south, west + along, south + across) for west in _cover(lows, highs, along))
    return found


def _clip(pieces: Numbers, start: float, across: float) -> tuple[Numbers, Numbers, Numbers]:
    """Return of every piece in every band that it enters: the band, and from where to where it runs along it."""
    up = np.where((pieces[:, 1] <= pieces[:, 3])[:, None], pieces, pieces[:, [2, 3, 0, 1]])
    first = np.floor((up[:, 1] - start) / across)
    # What ends on the edge of a band does not enter the next one.
    last = np.maximum(first, np.ceil((up[:, 3] - start) / across) - 1)
    count = (last - first + 1).astype(int)
    which = np.repeat(np.arange(len(up)), count)
    rows = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    x0, y0, x1, y1 = up[which].T
    rise = np.where(y1 > y0, y1 - y0, 1.0)
    begin = np.clip((start + rows * across - y0) / rise, 0.0, 1.0)
    end = np.where(y1 > y0, np.clip((start + (rows + 1) * across - y0) / rise, 0.0, 1.0), 1.0)
    a, b = x0 + begin * (x1 - x0), x0 + end * (x1 - x0)
    return rows, np.minimum(a, b), np.maximum(a, b)


def _cover(low: Numbers, high: Numbers, wide: float) -> list[float]:
    """Return where cells begin that cover the intervals (sorted by their begin); what is left over is shared out."""
    found: list[float] = []
    run: list[float] = []
    reach, floor = -math.inf, -math.inf  # the end of the last cell; how far to the left a run may move
    content = -math.inf
    for begin, end in zip(low, high):
        while end > reach + TINY or begin > reach + TINY:
            west = reach if run and begin <= reach + TINY else float(begin)
            if run and west > reach + TINY:
                found += _settle(run, wide, content, floor)
                floor, run = found[-1] + wide, []
            run.append(west)
            reach = west + wide
        content = max(content, float(end))
    return found + _settle(run, wide, content, floor)


def _settle(run: Sequence[float], wide: float, content: float, floor: float) -> list[float]:
    """Return the cells of a run moved so that its content stands in the middle, unless another run is there."""
    spare = max(0.0, run[-1] + wide - content) / 2.0
    move = min(spare, max(0.0, run[0] - floor))
    return [west - move for west in run]


def _number(page: str, boxes: Sequence[Box], upright: bool) -> list[Tile]:
    """Return tiles numbered band by band, from the north and west on, each with its neighbours."""
    if upright:
        ordered = sorted(boxes, key=lambda box: (round(box[0], 3), -box[3]))
    else:
        ordered = sorted(boxes, key=lambda box: (round(-box[3], 3), box[0]))
    return [Tile(n, page, box, tuple(_neighbours(n, box, ordered))) for n, box in enumerate(ordered, 1)]


def _neighbours(number: int, box: Box, ordered: Sequence[Box]) -> Iterable[tuple[str, int, Box]]:
    for other, found in enumerate(ordered, 1):
        if other == number:
            continue
        west, south = max(box[0], found[0]), max(box[1], found[1])
        east, north = min(box[2], found[2]), min(box[3], found[3])
        upright = abs(east - west) < 0.001 and north - south > 0.5
        level = abs(north - south) < 0.001 and east - west > 0.5
        if upright:
            yield ("east" if abs(box[2] - east) < 0.001 else "west"), other, (west, south, east, north)
        elif level:
            yield ("north" if abs(box[3] - north) < 0.001 else "south"), other, (west, south, east, north)
