# SPDX-License-Identifier: GPL-2.0-or-later
"""Street blocks: the faces between roads, and which straight links would cross a road."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
from shapely.geometry import LineString
from shapely.ops import polygonize, unary_union

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.boxes import near_pairs
from fullservice_plugin.core.discovery.threads import in_threads
from fullservice_plugin.core.shapes import contains_points
from fullservice_plugin.core.table import FeatureTable

CLASS_FIELDS = ("highway", "fclass", "road_class", "kind_detail", "class", "type")
TUNNEL_FIELDS = ("tunnel", "is_tunnel")
_MAIN = {"motorway", "trunk", "primary", "secondary", "tertiary"}
_NO_BLOCK = {  # ways that run inside an estate
    "service",
    "footway",
    "path",
    "steps",
    "cycleway",
    "pedestrian",
    "track",
    "bridleway",
    "corridor",
    "elevator",
    "construction",
    "proposed",
    "platform",
    "busway",
    "rest_area",
    "services",
    "living_street",
    "razed",
}
_CHINESE_MAIN = ("快速路", "主干", "次干", "高速", "国道", "省道")


@dataclass(frozen=True)
class Blocks:
    """Face number per point (−1 outside every face) for main roads alone and for all block roads; their lines."""

    main_face: Array
    face: Array
    main_lines: Array
    lines: Array


def road_kind(value: Any) -> str:
    """Return ``main``, ``minor`` or ``inner`` (no block boundary) for a road class of any source."""
    text = str(value or "").strip().lower()
    base = text[:-5] if text.endswith("_link") else text
    if base in _MAIN or any(word in text for word in _CHINESE_MAIN):
        return "main"
    return "inner" if text in _NO_BLOCK else "minor"


def split_streets(streets: Optional[FeatureTable]) -> tuple[list[Any], list[Any]]:
    """Return (main lines, minor lines) of a street table; tunnels and lines without a road class are left out.

    A table without any class field counts wholly as minor.
    """
    main: list[Any] = []
    minor: list[Any] = []
    if streets is None or not len(streets):
        return main, minor
    field = next((name for name in CLASS_FIELDS if name in streets.columns), None)
    tunnels = next((streets.column(name) for name in TUNNEL_FIELDS if name in streets.columns), [None] * len(streets))
    classes = streets.column(field) if field else ["minor"] * len(streets)
    for shape, word, tunnel in zip(streets.geometry, classes, tunnels):
        if shape is None or shape.is_empty or not word or str(tunnel or "no").lower() not in ("no", "0", "false", "f"):
            continue
        kind = road_kind(word)
        if kind != "inner":
            (main if kind == "main" else minor).append(shape)
    return main, minor


def build_blocks(streets: Optional[FeatureTable], points: Array) -> Blocks:
    """Return the blocks of a street table and in which of them each point (row x, y) lies (metres)."""
    main, minor = split_streets(streets)
    every = main + minor
    faces = in_threads(lambda lines: _faces(lines, points), [main, every], few=2)
    return Blocks(faces[0], faces[1], segments(main), segments(every))


def _faces(lines: list[Any], points: Array) -> Array:
    found = np.full(len(points), -1)
    if not lines or not len(points):
        return found
    faces = list(polygonize(unary_union(lines)))
    if not faces:
        return found
    for face, inside in holding(faces, points):
        inside = inside[found[inside] < 0]
        found[inside] = face
    return found


def holding(areas: Sequence[Any], points: Array) -> Iterator[tuple[int, Array]]:
    """Yield per shapely polygon that holds any of the points its number and the points' numbers."""
    i, j = near_pairs(np.array([area.bounds for area in areas]), np.hstack([points, points]), 0.0)
    cuts = np.nonzero(np.diff(i))[0] + 1
    for first, last in zip([0, *cuts], [*cuts, len(i)]):
        if last > first:
            near = np.sort(j[first:last])
            inside = near[contains_points(areas[i[first]], points[near, 0], points[near, 1])]
            if len(inside):
                yield int(i[first]), inside


def segments(lines: Sequence[Any]) -> Array:
    """Return the straight pieces of shapely (multi)lines as rows x0, y0, x1, y1."""
    rows = [np.empty((0, 4))]
    for line in lines:
        for part in getattr(line, "geoms", [line]):
            if not isinstance(part, LineString):
                continue
            points = np.asarray(part.coords)[:, :2]
            rows.append(np.hstack([points[:-1], points[1:]]))
    return np.vstack(rows)


def crosses(links: Array, lines: Array) -> Array:
    """Tell for each link (row x0, y0, x1, y1) whether it touches or crosses one of the lines."""
    result = np.zeros(len(links), dtype=bool)
    if not len(links) or not len(lines):
        return result
    i, j = near_pairs(_boxes(links), _boxes(lines), 0.01)
    a, b = links[i], lines[j]
    hit = (_side(a, b[:, :2]) * _side(a, b[:, 2:]) <= 0) & (_side(b, a[:, :2]) * _side(b, a[:, 2:]) <= 0)
    result[i[hit]] = True
    return result


def _boxes(rows: Array) -> Array:
    return np.hstack([np.minimum(rows[:, :2], rows[:, 2:]), np.maximum(rows[:, :2], rows[:, 2:])])


def _side(line: Array, point: Array) -> Array:
    east, north = line[:, 2] - line[:, 0], line[:, 3] - line[:, 1]
    return np.asarray(np.sign(east * (point[:, 1] - line[:, 1]) - north * (point[:, 0] - line[:, 0])))
