# SPDX-License-Identifier: GPL-2.0-or-later
"""Cutting an outline along a drawn line, and sharing a count out among the parts."""

from __future__ import annotations

from typing import Any, Sequence

from shapely.geometry import LineString, MultiPolygon
from shapely.ops import polygonize, unary_union

from fullservice_plugin.core.errors import InputError

_SLIVER = 1e-3  # share of the whole below which a part is the shake of a hand and goes to its neighbour


def cut(shape: Any, line: Any) -> list[Any]:
    """Return the parts (MultiPolygon, largest first) into which ``line`` cuts a polygon or multipolygon.

    ``shape`` and ``line`` share one CRS; a line that ends inside is carried straight on to the outline. Slivers are
    joined to the part they touch most. Raises InputError when the line leaves one part.
    """
    whole = shape if shape.is_valid else shape.buffer(0)
    knife = _through(line, whole)
    pieces: list[Any] = []
    for polygon in getattr(whole, "geoms", [whole]):
        faces = [
            face
            for face in polygonize(unary_union([polygon.boundary, knife]))
            if polygon.contains(face.representative_point())
        ]
        pieces.extend(faces or [polygon])
    parts = _without_slivers(pieces, whole.area)
    if len(parts) < 2:
        raise InputError("The line does not cut the outline in two. Draw it right across.")
    return [
        MultiPolygon([part]) if part.geom_type == "Polygon" else part
        for part in sorted(parts, key=lambda part: -part.area)
    ]


def _through(line: Any, shape: Any) -> Any:
    """Return the line with both ends carried on beyond the outline where they lie inside it."""
    points = [tuple(point[:2]) for point in line.coords]
    west, south, east, north = shape.bounds
    reach = (east - west) + (north - south)
    ahead = _onwards(points[-2], points[-1], reach)
    back = _onwards(points[1], points[0], reach)
    return LineString(
        ([back] if shape.contains(line.interpolate(0.0)) else [])
        + points
        + ([ahead] if shape.contains(line.interpolate(1.0, normalized=True)) else [])
    )


def _onwards(before: Sequence[float], end: Sequence[float], reach: float) -> tuple[float, float]:
    dx, dy = end[0] - before[0], end[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    return end[0] + dx / length * reach, end[1] + dy / length * reach


def _without_slivers(pieces: list[Any], whole: float) -> list[Any]:
    kept = [piece for piece in pieces if piece.area >= whole * _SLIVER]
    for sliver in (piece for piece in pieces if piece.area < whole * _SLIVER):
        if kept:
            at = max(range(len(kept)), key=lambda k: kept[k].intersection(sliver).length)
            kept[at] = unary_union([kept[at], sliver])
    return kept


def shared_out(total: int, weights: Sequence[float]) -> list[int]:
    """Return whole numbers in proportion to ``weights`` that sum to ``total`` (largest remainders)."""
    weight = sum(weights)
    exact = [total * one / weight if weight > 0 else total / len(weights) for one in weights]
    shares = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda k: (shares[k] - exact[k], k))
    for k in order[: total - sum(shares)]:
        shares[k] += 1
    return shares
