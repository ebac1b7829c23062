# SPDX-License-Identifier: GPL-2.0-or-later
"""A column of geometries kept as WKB: a shapely object is made only for the one that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Optional, Union, overload

import numpy as np
import shapely
import shapely.wkb
from shapely.geometry import MultiPolygon


class WkbShapes(Sequence[Any]):
    """Geometries as two-dimensional WKB (``None`` where there is none); reads like a list of shapely geometries.

    A million footprints take a tenth of the memory of their shapely objects, and what works on arrays of
    corners never makes one.
    """

    def __init__(self, wkb: list[Optional[bytes]]) -> None:
        self.wkb = wkb

    def __len__(self) -> int:
        return len(self.wkb)

    @overload
    def __getitem__(self, at: int) -> Any: ...

    @overload
    def __getitem__(self, at: slice) -> "WkbShapes": ...

    def __getitem__(self, at: Union[int, slice]) -> Any:
        if isinstance(at, slice):
            return WkbShapes(self.wkb[at])
        return _loaded(self.wkb[at])

    def __iter__(self) -> Iterator[Any]:
        return (_loaded(blob) for blob in self.wkb)

    def take(self, rows: Sequence[int]) -> "WkbShapes":
        """Return the given rows."""
        return WkbShapes([self.wkb[row] for row in rows])


def _loaded(blob: Optional[bytes]) -> Any:
    return None if blob is None else shapely.wkb.loads(blob)


def stored(data: Any) -> Any:
    """Return the shapely geometry of WKB as the database hands it over; ``None`` stays."""
    return None if data is None else shapely.wkb.loads(bytes(data))


def dumped(geometries: Sequence[Any]) -> list[Optional[bytes]]:
    """Return two-dimensional WKB of shapely geometries (``None`` stays): one call with shapely 2, one writer before."""
    if hasattr(shapely, "to_wkb"):
        array = np.empty(len(geometries), dtype=object)
        array[:] = list(geometries)
        return list(shapely.to_wkb(array, output_dimension=2))
    from shapely.geos import WKBWriter, lgeos

    writer = WKBWriter(lgeos)
    writer.output_dimension = 2
    return [None if geometry is None else writer.write(geometry) for geometry in geometries]


def areas_of(shape: Any) -> MultiPolygon:
    """Return the areas of a geometry as one valid MultiPolygon; an empty one where it has none."""
    clean = shape if shape.is_valid else shape.buffer(0)
    if clean.geom_type == "MultiPolygon":
        return clean
    return MultiPolygon([part for part in getattr(clean, "geoms", [clean]) if part.geom_type == "Polygon"])


def contains_points(shape: Any, x: Any, y: Any) -> Any:
    """Return which points (arrays) lie inside a shapely polygon."""
    if hasattr(shapely, "contains_xy"):
        shapely.prepare(shape)
        return shapely.contains_xy(shape, x, y)
    from shapely import vectorized

    return vectorized.contains(shape, x, y)


class Nearest:
    """Finds the nearest of many geometries within reach, by their boxes first: quick enough for every move of a mouse.

    Empty ones and ``None`` are left out; all lie in one metric CRS.
    """

    def __init__(self, shapes: Iterable[Any]) -> None:
        self.shapes = [shape for shape in shapes if shape is not None and not shape.is_empty]
        self._boxes = np.array([shape.bounds for shape in self.shapes], dtype=float).reshape(-1, 4)

    def at(self, point: Any, reach: float) -> Optional[Any]:
        """Return the geometry nearest to a point, at most ``reach`` metres away; None where there is none."""
        west, south, east, north = self._boxes.T
        near = (west - reach <= point.x) & (east + reach >= point.x) & (south - reach <= point.y) & (
            north + reach >= point.y)  # fmt: skip
        rows = np.flatnonzero(near)
        found = min((self.shapes[row] for row in rows), key=lambda shape: shape.distance(point), default=None)
        return found if found is not None and found.distance(point) <= reach else None
