# SPDX-License-Identifier: GPL-2.0-or-later
"""Which boxes of two sets lie near each other, found through a grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

import numpy as np

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.threads import in_threads

_BATCH = 8_000  # boxes looked up at once: keeps the scratch arrays small
_ROW = np.int64(2**31)  # key of a cell: column · this + row


Keep = Callable[[Array, Array], Array]


def near_pairs(a: Array, b: Array, reach: float, keep: Optional[Keep] = None) -> tuple[Array, Array]:
    """Return the index pairs (i, j) of boxes in ``a`` and ``b`` whose distance on each axis is ≤ ``reach``.

    Boxes are rows west, south, east, north in metres; rows of not-a-number meet nothing. ``i`` does not fall.
    ``keep(i, j)`` may tell which pairs are wanted, so that the others are never held together.
    Found through a grid as wide as a typical box, so large boxes fill several cells; a pair is taken in the
    one cell that holds the south-west corner of what the two boxes share.
    """
    none = np.empty(0, dtype=np.int32)
    if not len(a) or not len(b):
        return none, none
    wide = a + np.array([-reach, -reach, reach, reach])
    cell = _cell_size(wide, b)
    if cell <= 0.0 or not np.isfinite(wide[:, 0]).any() or not np.isfinite(b[:, 0]).any():
        return none, none
    origin = np.array([min(np.nanmin(wide[:, k]), np.nanmin(b[:, k])) for k in (0, 1)])
    key_b, row_b = _cells(b, np.nonzero(np.isfinite(b).all(axis=1))[0], origin, cell)
    order = np.argsort(key_b, kind="stable")
    key_b, row_b = key_b[order], row_b[order]
    rows = np.nonzero(np.isfinite(wide).all(axis=1))[0]
    parts = [rows[first : first + _BATCH] for first in range(0, len(rows), _BATCH)]

    def wanted(part: Array) -> tuple[Array, Array]:
        i, j = _meeting(wide, b, part, key_b, row_b, origin, cell)
        if keep is None:
            return i, j
        chosen = keep(i, j)
        return i[chosen], j[chosen]

    found = in_threads(wanted, parts)
    if not found:
        return none, none
    return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])


def _meeting(
    wide: Array, b: Array, rows: Array, key_b: Array, row_b: Array, origin: Array, cell: float
) -> tuple[Array, Array]:
    key, row = _cells(wide, rows, origin, cell)
    first = np.searchsorted(key_b, key, side="left")
    count = np.searchsorted(key_b, key, side="right") - first
    some = count > 0
    key, row, first, count = key[some], row[some], first[some], count[some]
    at = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
    i, j = np.repeat(row, count), row_b[at]
    low = np.maximum(wide[i, :2], b[j, :2])
    meets = (low <= np.minimum(wide[i, 2:], b[j, 2:])).all(axis=1)
    i, j, low, key = i[meets], j[meets], low[meets], np.repeat(key, count)[meets]
    corner = np.floor((low - origin) / cell).astype(np.int64)
    own = corner[:, 0] * _ROW + corner[:, 1] == key
    return i[own].astype(np.int32), j[own].astype(np.int32)


def _cell_size(a: Array, b: Array) -> float:
    """Return a grid width for two sets of boxes: a typical box, and few cells even where some boxes are huge."""
    size = np.vstack([a[:, 2:] - a[:, :2], b[:, 2:] - b[:, :2]])
    size = size[np.isfinite(size).all(axis=1)]
    if not len(size):
        return 0.0
    cell = max(float(np.percentile(size[:, 0], 80)), 1.0)
    while ((size[:, 0] / cell + 1.0) * (size[:, 1] / cell + 1.0)).sum() > 8.0 * len(size) + 4096.0:
        cell *= 1.5
    return cell


def _cells(boxes: Array, rows: Array, origin: Array, cell: float) -> tuple[Array, Array]:
    """Return (cell key, box number) for every grid cell that one of the boxes ``rows`` touches."""
    low = np.floor((boxes[rows, :2] - origin) / cell).astype(np.int64)
    wide, high = (np.floor((boxes[rows, 2:] - origin) / cell).astype(np.int64) - low + 1).T
    work = wide * high
    owner = np.repeat(np.arange(len(rows)), work)
    inner = np.arange(len(owner)) - np.repeat(np.cumsum(work) - work, work)
    column, row = low[owner, 0] + inner % wide[owner], low[owner, 1] + inner // wide[owner]
    return column * _ROW + row, rows[owner]
