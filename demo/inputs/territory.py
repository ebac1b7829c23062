# SPDX-License-Identifier: GPL-2.0-or-later
"""Branch, micro-regions and grids made of street blocks: no gaps, no overlaps, each level inside the one above."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from inputs.geo import write_layer
from inputs.town import Town, multi
from inputs.words import say
from shapely.geometry import LineString, Point, box
from shapely.ops import polygonize, unary_union
from shapely.prepared import prep

BLOCK_STREETS = frozenset(
    {
        "motorway",
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "residential",
        "living_street",
        "pedestrian",
    }
)
MARGIN = 60.0
HOUSES_PER_GRID = 90
MOST_GRIDS = 24
CELL = 300.0
RAGGED = 0.2


@dataclass
class Area:
    """One organisational unit; ``houses`` are rows of the town's houses, ``shape`` is in metres."""

    code: str
    name: str
    parent: str
    shape: Any
    houses: list[int] = field(default_factory=list)


@dataclass
class Territory:
    """The three levels, and for each house the row of its grid."""

    branches: list[Area]
    micro_regions: list[Area]
    grids: list[Area]
    grid_of: list[int]


def make_territory(town: Town, prefix: str = "S", cut: bool = True) -> Territory:
    """Return the sample territory: blocks between streets, joined until a grid holds enough houses.

    ``cut`` also cuts blocks that are too full along the small streets inside them.
    """
    places = [house.shape.representative_point() for house in town.houses]
    west, south = min(p.x for p in places) - MARGIN, min(p.y for p in places) - MARGIN
    east, north = max(p.x for p in places) + MARGIN, max(p.y for p in places) + MARGIN
    frame = box(west, south, east, north)
    lines = [street.shape.intersection(frame) for street in town.streets if street.highway in BLOCK_STREETS]
    blocks = [block for block in polygonize(unary_union([frame.exterior, *lines])) if block.area > 0.01]
    target = max(HOUSES_PER_GRID, len(places) // MOST_GRIDS)
    if cut:
        blocks = _smaller(town, blocks, places, target)
    blocks.sort(key=lambda block: (round(block.centroid.x, 3), round(block.centroid.y, 3)))
    inside = _houses_of(blocks, places)
    groups = _halve(list(range(len(blocks))), blocks, inside, target, "")
    paths = sorted({path[:2] for path, _ in groups})
    branch = Area(f"{prefix}-B1", say(town.language, "branch"), "", frame, list(range(len(places))))
    micro = [
        Area(f"{prefix}-M{n}", say(town.language, "micro_region", n=n), branch.code, None)
        for n in range(1, len(paths) + 1)
    ]
    grids: list[Area] = []
    grid_of = [0] * len(places)
    for n, (path, members) in enumerate(sorted(groups), 1):
        houses = sorted(row for member in members for row in inside[member])
        parent = micro[paths.index(path[:2])]
        parent.houses.extend(houses)
        for row in houses:
            grid_of[row] = n - 1
        grids.append(
            Area(
                f"{prefix}-G{n:02d}",
                say(town.language, "grid", n=n),
                parent.code,
                joined([blocks[member] for member in members]),
                houses,
            )
        )
    for area in micro:
        area.shape = joined([grid.shape for grid in grids if grid.parent == area.code])
    branch.shape = joined([area.shape for area in micro])
    return Territory([branch], micro, grids, grid_of)


def _smaller(town: Town, blocks: list[Any], places: list[Point], target: int) -> list[Any]:
    """Cut blocks that hold more houses than a grid should by the small streets inside them.

    What lies open to the edge of the map is one ring around the town: it is cut by a lattice.
    """
    made: list[Any] = []
    bounds = np.array([street.shape.bounds for street in town.streets]).reshape(-1, 4)
    for block, houses in zip(blocks, _houses_of(blocks, places)):
        if len(houses) <= target:
            made.append(block)
            continue
        west, south, east, north = block.bounds
        near = (bounds[:, 0] < east) & (bounds[:, 2] > west) & (bounds[:, 1] < north) & (bounds[:, 3] > south)
        inner = [town.streets[at].shape.intersection(block) for at in np.flatnonzero(near).tolist()]
        parts = [part for part in polygonize(unary_union([block.boundary, *inner])) if part.area > 0.01]
        made.extend(part for part in parts if block.buffer(0.01).contains(part.representative_point()))
    return [piece for block in made for piece in _lattice(block)]


def _lattice(block: Any) -> list[Any]:
    """Cut a block that is far from round and wider than a lattice cell into its cells."""
    west, south, east, north = block.bounds
    if compactness(block) > RAGGED or max(east - west, north - south) < 2 * CELL:
        return [block]
    lines = [LineString([(x, south), (x, north)]) for x in np.arange(west + CELL, east, CELL)]
    lines += [LineString([(west, y), (east, y)]) for y in np.arange(south + CELL, north, CELL)]
    parts = [part for part in polygonize(unary_union([block.boundary, *lines])) if part.area > 0.01]
    return [part for part in parts if block.contains(part.representative_point())]


def joined(parts: list[Any]) -> Any:
    """Return the union without the hairline cracks that rounding leaves between neighbours (1 mm)."""
    return unary_union([part.buffer(0.001, join_style=2) for part in parts]).buffer(-0.001, join_style=2)


def compactness(shape: Any) -> float:
    """Return 4π·area ÷ perimeter²: 1 for a circle, near 0 for a ring."""
    return float(4 * math.pi * shape.area / shape.length**2)


def _houses_of(blocks: list[Any], places: list[Point]) -> list[list[int]]:
    """Return the houses of each block; one on a border goes to the nearest block."""
    inside: list[list[int]] = [[] for _ in blocks]
    xy = np.array([(place.x, place.y) for place in places])
    free = np.ones(len(places), dtype=bool)
    for at, block in enumerate(blocks):
        west, south, east, north = block.bounds
        near = free & (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
        ready = prep(block)
        for row in np.flatnonzero(near).tolist():
            if ready.contains(places[row]):
                inside[at].append(row)
                free[row] = False
    for row in np.flatnonzero(free).tolist():
        inside[min(range(len(blocks)), key=lambda at: blocks[at].distance(places[row]))].append(row)
    return inside


def _halve(members: list[int], blocks: list[Any], inside: list[list[int]], target: int, path: str) -> list[Any]:
    """Split blocks in two of about equal houses across the longer side until a part holds at most ``target``."""
    weight = sum(len(inside[member]) for member in members)
    if (weight <= target and len(path) >= 1) or len(members) < 2:
        return [(path, members)]
    middles = [blocks[member].centroid for member in members]
    xs, ys = [middle.x for middle in middles], [middle.y for middle in middles]
    wide = max(xs) - min(xs) >= max(ys) - min(ys)
    ordered = [m for _, m in sorted(zip(xs if wide else ys, members))]
    running, cut = 0, 1
    for cut in range(1, len(ordered)):
        running += len(inside[ordered[cut - 1]])
        if running * 2 >= weight:
            break
    return _halve(ordered[:cut], blocks, inside, target, path + "0") + _halve(
        ordered[cut:], blocks, inside, target, path + "1"
    )


def write_territory(town: Town, territory: Territory, folder: Path) -> None:
    """Write one GeoPackage per level: code, name, parent."""
    fields = {"code": str, "name": str, "parent": str}
    for level, areas in (
        ("branch", territory.branches),
        ("micro_region", territory.micro_regions),
        ("grid", territory.grids),
    ):
        write_layer(
            folder / f"territory_{level}.gpkg",
            fields,
            [(multi(town.plane.degrees(area.shape)), (area.code, area.name, area.parent or None)) for area in areas],
            "MultiPolygon",
        )


def grid_for_plan(town: Town, territory: Territory) -> Area:
    """Return the grid the demo plans: many households, close together."""

    def merit(grid: Area) -> tuple[float, str]:
        homes = sum(town.houses[row].households for row in grid.houses)
        return homes * min(1.0, compactness(grid.shape) / 0.4), grid.code

    return max(territory.grids, key=merit)
