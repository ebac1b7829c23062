# SPDX-License-Identifier: GPL-2.0-or-later
"""Where GCJ-02 applies: mainland China as a polygon instead of the usual bounding box.

The common boxes (72–137.8° E, 0.8–55.8° N) would also move Korea, Vietnam, Mongolia, Taiwan, Hong Kong and
part of Japan. The outline is in ``mainland.json`` with its source.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.prepared import prep

from fullservice_plugin.core.discovery.arrays import Array

_CELL = 0.5  # degrees; cells wholly inside or outside are answered without looking at the outline
_BOX = (73.0, 17.0, 136.0, 54.5)  # degrees around the outline: the rest of the world is answered at once
_OUT, _IN, _MIXED = 0, 1, 2


@dataclass(frozen=True)
class _Lookup:
    west: float
    south: float
    state: Array
    pieces: dict[tuple[int, int], Array]


def outline() -> MultiPolygon:
    """Return mainland China (WGS-84 degrees)."""
    path = Path(__file__).with_name("mainland.json")
    rings = json.loads(path.read_text(encoding="utf-8"))["polygons"]
    return MultiPolygon([Polygon(polygon[0], polygon[1:]) for polygon in rings])


@lru_cache(maxsize=1)
def _lookup() -> _Lookup:
    area = outline()
    quick = prep(area)
    west, south, east, north = area.bounds
    west, south = np.floor(west), np.floor(south)
    columns, rows = int((east - west) / _CELL) + 1, int((north - south) / _CELL) + 1
    state = np.zeros((rows, columns), dtype=np.int8)
    pieces: dict[tuple[int, int], Array] = {}
    for row in range(rows):
        for column in range(columns):
            x, y = west + column * _CELL, south + row * _CELL
            cell = box(x, y, x + _CELL, y + _CELL)
            if quick.contains(cell):
                state[row, column] = _IN
            elif quick.intersects(cell):
                state[row, column] = _MIXED
                pieces[row, column] = _edges(area.intersection(cell.buffer(1e-6, join_style=2)))
    return _Lookup(float(west), float(south), state, pieces)


def _edges(shape: object) -> Array:
    """Return the edges of all polygons in ``shape`` as rows x0, y0, x1, y1."""
    found = [np.empty((0, 4))]
    for part in getattr(shape, "geoms", [shape]):
        if part.geom_type != "Polygon":
            continue
        for ring in [part.exterior, *part.interiors]:
            points = np.asarray(ring.coords)[:, :2]
            found.append(np.hstack([points[:-1], points[1:]]))
    return np.vstack(found)


def _crossings(x: Array, y: Array, edges: Array) -> Array:
    """Even–odd rule for points against edges."""
    inside = np.zeros(len(x), dtype=bool)
    for x0, y0, x1, y1 in edges:
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside


def in_mainland(lon: Array, lat: Array) -> Array:
    """Tell for WGS-84 positions (degrees) which lie in mainland China; not a number counts as outside."""
    shape = np.shape(lon)
    x, y = np.ravel(np.asarray(lon, dtype=float)), np.ravel(np.asarray(lat, dtype=float))
    finite = np.isfinite(x) & np.isfinite(y)
    if not (finite & (x > _BOX[0]) & (y > _BOX[1]) & (x < _BOX[2]) & (y < _BOX[3])).any():
        return np.zeros(shape, dtype=bool)
    found = _lookup()
    column = np.floor((np.where(finite, x, 0.0) - found.west) / _CELL)
    row = np.floor((np.where(finite, y, 0.0) - found.south) / _CELL)
    rows, columns = found.state.shape
    known = finite & (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    result = np.zeros(len(x), dtype=bool)
    index = np.nonzero(known)[0]
    cell_row, cell_column = row[index].astype(int), column[index].astype(int)
    state = found.state[cell_row, cell_column]
    result[index[state == _IN]] = True
    mixed = index[state == _MIXED]
    keys = cell_row[state == _MIXED] * columns + cell_column[state == _MIXED]
    for key in np.unique(keys):
        chosen = mixed[keys == key]
        edges = found.pieces[int(key) // columns, int(key) % columns]
        result[chosen] = _crossings(x[chosen], y[chosen], edges)
    return result.reshape(shape)
