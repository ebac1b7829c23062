# SPDX-License-Identifier: GPL-2.0-or-later
"""The outline of each estate: its buildings with the ground between and a few metres around them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Optional

import numpy as np
import shapely.wkb
from shapely.ops import unary_union

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.footprints import Footprints
from fullservice_plugin.core.discovery.threads import in_threads
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import WkbShapes, dumped

_CLOSE_OUT, _CLOSE_IN = 18.0, 14.0  # m, closing that draws the outline: gaps under 36 m are bridged
_SMOOTH = 0.5  # m
_FILLED = 0.6  # share of its box along the walls from which a footprint counts as that box
_WHOLE = 5.0  # m that an estate may reach beyond its area and still have the area's outline
_TOGETHER = 50  # outlines drawn by one thread at a time
_AT_ONCE = 2_000  # outlines drawn between two looks at whether the user cancelled
_COLLECTION = 7  # kind of WKB
_BOX = np.dtype([("order", "u1"), ("kind", "<u4"), ("rings", "<u4"), ("points", "<u4"), ("xy", "<f8", (5, 2))])


def outlines(
    groups: Sequence[Sequence[int]],
    prints: Footprints,
    shapes: Sequence[Any],
    areas: Sequence[Optional[Any]],
    progress: Progress = SILENT,
) -> list[Any]:
    """Return the outline (metres) of each group of rows; that of its area where the area holds the group.

    The closing bridges whatever is narrower than 36 m, so of most footprints the box along their walls says enough;
    four corners instead of ten make it three times as fast.
    """
    found: list[Any] = []
    while len(found) < len(groups):
        batch = range(len(found), min(len(found) + _AT_ONCE, len(groups)))
        blobs = _collections([groups[k] for k in batch], prints, shapes)
        work = [(blob, areas[k]) for blob, k in zip(blobs, batch)]
        for part in in_threads(_drawn, [work[at : at + _TOGETHER] for at in range(0, len(work), _TOGETHER)]):
            found += part
        progress.step(len(found) / len(groups))
    return found


def _drawn(work: Sequence[tuple[bytes, Optional[Any]]]) -> list[Any]:
    found = []
    for blob, area in work:
        outline = _closed(shapely.wkb.loads(blob))
        whole = area is not None and area.buffer(_WHOLE).contains(outline)
        found.append(area if whole else outline)
    return found


def _closed(parts: Any) -> Any:
    """Return the closed union of a collection: gaps bridged, a few metres of land around the walls."""
    closed = parts.buffer(_CLOSE_OUT, resolution=2).buffer(-_CLOSE_IN, resolution=2)
    return (unary_union(list(parts.geoms)) if closed.is_empty else closed).simplify(_SMOOTH)


def _collections(groups: Sequence[Sequence[int]], prints: Footprints, shapes: Sequence[Any]) -> list[bytes]:
    """Return each group's footprints, or the boxes that stand for them, as the WKB of one collection."""
    rows = np.concatenate([np.asarray(group, dtype=np.int64) for group in groups])
    boxes, fill = boxes_along(prints, rows)
    record = np.zeros(len(rows), dtype=_BOX)
    record["order"], record["kind"], record["rings"], record["points"], record["xy"] = 1, 3, 1, 5, boxes
    parts: list[bytes] = []
    first = 0
    for group in groups:
        last = first + len(group)
        simple = fill[first:last] >= _FILLED
        body = record[first:last][simple].tobytes()
        if not simple.all():
            body += b"".join(_wkb(shapes, [group[k] for k in np.nonzero(~simple)[0]]))
        parts.append(struct.pack("<BII", 1, _COLLECTION, len(group)) + body)
        first = last
    return parts


def _wkb(shapes: Sequence[Any], rows: Sequence[int]) -> list[bytes]:
    found = shapes.take(rows).wkb if isinstance(shapes, WkbShapes) else dumped([shapes[row] for row in rows])
    return [blob for blob in found if blob is not None]


def boxes_along(prints: Footprints, rows: Array) -> tuple[Array, Array]:
    """Return the box of each footprint along its main direction, (n, 5, 2) closed, and which share of it is filled.

    The main direction is that of the largest second moment. All ``rows`` have a footprint.
    """
    count = prints.start[rows + 1] - prints.start[rows]
    first = np.cumsum(count) - count
    own = np.repeat(np.arange(len(rows)), count)
    edge = np.repeat(prints.start[rows] - first, count) + np.arange(len(own))
    spread = prints.spread[rows]
    angle = 0.5 * np.arctan2(2.0 * spread[:, 2], spread[:, 0] - spread[:, 1])
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = prints.edges[edge, 0].astype(float), prints.edges[edge, 1].astype(float)
    along, across = x * cos[own] + y * sin[own], y * cos[own] - x * sin[own]
    low_u, high_u = np.minimum.reduceat(along, first), np.maximum.reduceat(along, first)
    low_v, high_v = np.minimum.reduceat(across, first), np.maximum.reduceat(across, first)
    u = np.column_stack([low_u, high_u, high_u, low_u, low_u])
    v = np.column_stack([low_v, low_v, high_v, high_v, low_v])
    turned = np.stack([u * cos[:, None] - v * sin[:, None], u * sin[:, None] + v * cos[:, None]], axis=2)
    area = (high_u - low_u) * (high_v - low_v)
    return turned + prints.base[rows][:, None, :], prints.area[rows] / np.maximum(area, 1e-9)
