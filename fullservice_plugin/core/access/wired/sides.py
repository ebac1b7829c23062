# SPDX-License-Identifier: GPL-2.0-or-later
"""Both sides of wide streets: a trench follows the pavement on one side, and crossing the carriageway has its price.

The pieces of a wide street are replaced by one on each side, joined across at every corner. Where houses leave no room
for that, the street stays one line.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Sequence

import numpy as np

from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.noding import Segments, cross, near, number
from fullservice_plugin.core.access.wired.streets import StreetCosts

_ROOM = 0.6  # share of the way to the nearest house that a pavement may lie off the middle
_LEAST = 3.0  # metres off the middle below which a street is one line
_STRAIGHT = 0.7  # cosine: pieces that meet at less than 45° go on along the same pavement


@dataclass
class _Corner:
    """One street at one node: ``normal`` to the left of its first piece, ``members`` (piece, +1 where its left is)."""

    node: int
    normal: Array
    members: list[tuple[int, int]] = field(default_factory=list)


def add_sides(segments: Segments, costs: StreetCosts, outlines: Sequence[Any]) -> Segments:
    """The pieces with those of wide streets doubled; ``outlines``: shapes of the buildings (None: no shape)."""
    row = segments.street
    wide = (costs.side[row] >= 0) & (costs.level[row] == 0)
    if not wide.any():
        return segments
    nodes, first, last = number(segments)
    half = np.zeros(len(nodes))
    for ends in (first, last):
        np.maximum.at(half, ends[wide], costs.half[row[wide]])
    middle = (segments.start + segments.end) / 2
    half = np.minimum(half, _ROOM * _room(nodes, half, outlines))
    free = _ROOM * _room(middle, np.where(wide, costs.half[row], 0.0), outlines)
    usable = wide & (half[first] >= _LEAST) & (half[last] >= _LEAST) & (np.minimum(half[first], half[last]) <= free)
    if not usable.any():
        return segments
    place = _corners(segments, nodes, first, last, half, np.flatnonzero(usable))
    start, end, street = [segments.start[~usable]], [segments.end[~usable]], [row[~usable]]
    chosen = np.flatnonzero(usable)
    for side in (0, 1):
        start.append(np.array([place[0][k][side] for k in chosen]))
        end.append(np.array([place[1][k][side] for k in chosen]))
        street.append(costs.side[row[chosen]])
    across = place[2]
    start.append(np.array([a for a, _, _ in across]))
    end.append(np.array([b for _, b, _ in across]))
    street.append(np.array([costs.side[r] + 1 for _, _, r in across], dtype=np.int64))
    made = Segments(np.round(np.concatenate(start), 3), np.round(np.concatenate(end), 3), np.concatenate(street))
    moved = (made.start != made.end).any(axis=1)
    made = Segments(made.start[moved], made.end[moved], made.street[moved])
    return cross(made, costs.level[made.street])


def _room(points: Array, reach: Array, outlines: Sequence[Any]) -> Array:
    """Metres from each point to the nearest outline, infinite beyond what matters."""
    found = np.full(len(points), np.inf)
    rings = [np.asarray(part.exterior.coords)[:, :2] for shape in outlines
             if shape is not None and "Polygon" in shape.geom_type for part in getattr(shape, "geoms", [shape])]
    asked = np.flatnonzero(reach > 0)
    if not rings or not len(asked):
        return found
    start = np.concatenate([ring[:-1] for ring in rings])
    end = np.concatenate([ring[1:] for ring in rings])
    point, _, _, _, far = near(points[asked], start, end, float(reach.max()) / _ROOM)
    np.minimum.at(found, asked[point], far)
    return found


def _corners(segments: Segments, nodes: Array, first: Array, last: Array, half: Array, chosen: Array) -> tuple[
        dict[int, tuple[Array, Array]], dict[int, tuple[Array, Array]], list[tuple[Array, Array, int]]]:
    """Left and right end of each chosen piece at its start and at its end, and the crossings (from, to, street)."""
    delta = segments.end - segments.start
    unit = delta / np.maximum(np.hypot(*delta.T), 1e-9)[:, None]
    normals = np.column_stack([-unit[:, 1], unit[:, 0]])
    at: dict[int, list[_Corner]] = {}
    for k in chosen.tolist():
        for node in (int(first[k]), int(last[k])):
            _join(at.setdefault(node, []), node, k, normals[k])
    starts: dict[int, tuple[Array, Array]] = {}
    ends: dict[int, tuple[Array, Array]] = {}
    across: list[tuple[Array, Array, int]] = []
    for node, corners in at.items():
        for corner in corners:
            off = corner.normal / max(float(np.hypot(*corner.normal)), 1e-9) * half[node]
            left, right = nodes[node] + off, nodes[node] - off
            for k, sign in corner.members:
                pair = (left, right) if sign > 0 else (right, left)
                if int(first[k]) == node:
                    starts[k] = pair
                if int(last[k]) == node:
                    ends[k] = pair
            street = int(segments.street[corner.members[0][0]])
            across += [(left, nodes[node], street), (nodes[node], right, street)]
    return starts, ends, across


def _join(corners: list[_Corner], node: int, piece: int, normal: Array) -> None:
    """Put a piece to the corner which it goes straight on from, or make one."""
    for corner in corners:
        straight = float(corner.normal @ normal) / max(float(np.hypot(*corner.normal)), 1e-9)
        if len(corner.members) == 1 and abs(straight) >= _STRAIGHT:
            sign = 1 if straight > 0 else -1
            corner.normal = corner.normal + sign * normal
            corner.members.append((piece, sign))
            return
    corners.append(_Corner(node, normal.copy(), [(piece, 1)]))
