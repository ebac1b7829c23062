# SPDX-License-Identifier: GPL-2.0-or-later
"""The rings of many polygons out of their WKB, a few array operations for a whole city."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.shapes import WkbShapes, dumped

_POLYGON, _MULTIPOLYGON = 3, 6
_HEAD = 13  # bytes before the points of a polygon of one ring: byte order, kind, number of rings, number of points
_BATCH = 50_000  # geometries read at once: keeps the scratch arrays small


@dataclass(frozen=True)
class Rings:
    """Points (n, 2) of all rings one after the other; per ring its length, its geometry's number, whether a hole."""

    points: Array
    length: Array
    owner: Array
    hole: Array


def batches_of(geometries: Sequence[Any]) -> Any:
    """Yield (first, past the last, rings) of the (multi)polygons among shapely geometries or :class:`WkbShapes`.

    ``None``, empty geometries and other kinds have no rings. Owners count from the first of the batch.
    """
    for first in range(0, len(geometries), _BATCH):
        last = min(first + _BATCH, len(geometries))
        part = geometries[first:last]
        yield first, last, rings_of(part.wkb if isinstance(part, WkbShapes) else dumped(part))


def rings_of(blobs: Sequence[Optional[bytes]]) -> Rings:
    """Return the rings of two-dimensional WKB; what is no (multi)polygon has none."""
    size = np.array([0 if blob is None else len(blob) for blob in blobs], dtype=np.int64)
    data = np.frombuffer(b"".join(blob for blob in blobs if blob is not None), dtype=np.uint8)
    start = np.cumsum(size) - size
    count = _plain_counts(data, start, size)
    plain = np.nonzero(count)[0]
    keep = np.zeros(len(data), dtype=bool)
    if len(plain):
        # +1 where the points of a plain polygon begin, −1 where they end: the running sum is 1 on them
        edge = np.zeros(len(data) + 1, dtype=np.int8)
        edge[start[plain] + _HEAD] += 1
        np.subtract.at(edge, start[plain] + size[plain], 1)
        keep = np.cumsum(edge[:-1], dtype=np.int8) > 0
    parts = [data[keep].view("<f8").reshape(-1, 2)]
    length, owner = [count[plain]], [plain]
    hole = [np.zeros(len(plain), dtype=bool)]
    other = [k for k in np.nonzero((size > 0) & (count == 0))[0].tolist()]
    for k in other:
        blob = blobs[k]
        for points, inner in _rings(blob) if blob is not None else ():
            parts.append(points)
            length.append(np.array([len(points)]))
            owner.append(np.array([k]))
            hole.append(np.array([inner]))
    found = Rings(np.concatenate(parts), np.concatenate(length), np.concatenate(owner), np.concatenate(hole))
    return _in_order(found) if other else found


def _plain_counts(data: Array, start: Array, size: Array) -> Array:
    """Return the number of points of each little-endian polygon of one ring; 0 for everything else."""
    count = np.zeros(len(size), dtype=np.int64)
    some = np.nonzero(size > _HEAD)[0]
    if not len(some):
        return count
    head = data[start[some][:, None] + np.arange(_HEAD)]
    words = np.ascontiguousarray(head[:, 1:]).view("<u4")
    points = words[:, 2].astype(np.int64)
    plain = (head[:, 0] == 1) & (words[:, 0] == _POLYGON) & (words[:, 1] == 1)
    plain &= size[some] == _HEAD + 16 * points
    count[some[plain]] = points[plain]
    return count


def _in_order(found: Rings) -> Rings:
    """Return the rings sorted by their owner, so that a geometry's edges lie together."""
    order = np.argsort(found.owner, kind="stable")
    length = found.length[order]
    first = (np.cumsum(found.length) - found.length)[order]
    at = np.repeat(first - (np.cumsum(length) - length), length) + np.arange(int(length.sum()))
    return Rings(found.points[at], length, found.owner[order], found.hole[order])


def _rings(wkb: bytes) -> list[tuple[Array, bool]]:
    """Return the rings of a (multi)polygon's WKB as (n, 2) arrays with a flag for holes."""
    order = "<" if wkb[0] == 1 else ">"
    kind, count = struct.unpack_from(order + "II", wkb, 1)
    if kind not in (_POLYGON, _MULTIPOLYGON):
        return []
    at, polygons = 9, 1
    if kind == _MULTIPOLYGON:
        polygons, at = count, 18
        count = struct.unpack_from(order + "I", wkb, 14)[0] if polygons else 0
    found: list[tuple[Array, bool]] = []
    for polygon in range(polygons):
        if polygon:
            count = struct.unpack_from(order + "I", wkb, at + 5)[0]
            at += 9
        for ring in range(count):
            length = struct.unpack_from(order + "I", wkb, at)[0]
            points = np.frombuffer(wkb, dtype=order + "f8", count=2 * length, offset=at + 4).reshape(-1, 2)
            if length:
                found.append((points, ring > 0))
            at += 4 + 16 * length
    return found
