# SPDX-License-Identifier: GPL-2.0-or-later
"""A perturbed second footprint source, made from the first, with the truth of what was done to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inputs.geo import write_csv, write_layer
from inputs.town import Town, multi
from shapely.affinity import rotate, scale, translate
from shapely.geometry import LineString, Point, Polygon, box
from shapely.ops import split

DROPPED, ADDED, SPLIT = 0.06, 0.05, 0.04
CELL = 250.0


def make_second_source(town: Town, folder: Path) -> dict[str, int]:
    """Write ``second_source.gpkg`` and its truth.

    Every footprint is shifted by 2–4 m (alike within a neighbourhood, as imagery is), some are dropped,
    some split, some added on free ground. Returns the counts.
    """
    chance = town.random("second source")
    rows: list[tuple[Any, tuple[Any, ...]]] = []
    truth: list[dict[str, Any]] = []
    count = {"shifted": 0, "split": 0, "dropped": 0, "added": 0}

    def put(shape: Any, house_key: str, name: str, levels: Any, change: str) -> None:
        key = f"T{len(rows) + 1:05d}"
        rows.append(
            (multi(town.plane.degrees(shape)), (key, name or None, levels, None if levels is None else levels * 3.1))
        )
        truth.append({"source_id": key, "osm_id": house_key, "change": change})

    for house in town.houses:
        draw = chance.random()
        moved = _move(town, house.shape, chance)
        if draw < DROPPED:
            count["dropped"] += 1
            truth.append({"source_id": "", "osm_id": house.key, "change": "dropped"})
            continue
        pieces = _halves(moved) if draw < DROPPED + SPLIT and house.shape.area > 120 else [moved]
        change = "split" if len(pieces) > 1 else "shifted"
        count[change] += 1
        for piece in pieces:
            put(piece, house.key, house.name, house.levels, change)
    for shape in _free_ground(town, chance, max(3, int(len(town.houses) * ADDED))):
        count["added"] += 1
        put(shape, "", "", chance.randint(1, 6), "added")
    write_layer(
        folder / "second_source.gpkg",
        {"source_id": str, "name": str, "levels": int, "height_m": float},
        rows,
        "MultiPolygon",
    )
    write_csv(folder / "second_source_truth.csv", ("source_id", "osm_id", "change"), truth)
    return count


def _move(town: Town, shape: Any, chance: Any) -> Any:
    """Shift by the neighbourhood's 2–4 m and a little of its own; turn and stretch slightly."""
    middle = shape.centroid
    cell = town.random("shift", int(middle.x // CELL), int(middle.y // CELL))
    far, way = cell.uniform(2.3, 3.7), cell.uniform(0.0, 360.0)
    line = rotate(LineString([(0, 0), (far, 0)]), way, origin=(0, 0)).coords[-1]
    moved = translate(shape, line[0] + chance.uniform(-0.3, 0.3), line[1] + chance.uniform(-0.3, 0.3))
    moved = scale(rotate(moved, chance.uniform(-1.0, 1.0)), chance.uniform(0.98, 1.02), chance.uniform(0.98, 1.02))
    return moved if moved.is_valid else moved.buffer(0)


def _halves(shape: Any) -> list[Any]:
    """Cut a footprint in two across the longer side of its box; both parts substantial, else not at all."""
    west, south, east, north = shape.bounds
    x, y = shape.centroid.x, shape.centroid.y
    knife = LineString(
        [(x, south - 1), (x, north + 1)] if east - west >= north - south else [(west - 1, y), (east + 1, y)]
    )
    parts = [part for whole in getattr(shape, "geoms", [shape]) for part in split(whole, knife).geoms]
    parts = [part for part in parts if isinstance(part, Polygon) and part.area > 30]
    return parts if len(parts) == 2 else [shape]


def _free_ground(town: Town, chance: Any, wanted: int) -> list[Any]:
    """Return boxes on ground that no house and no street touches."""
    cells: dict[tuple[int, int], list[Any]] = {}
    for shape in [house.shape for house in town.houses] + [street.shape.buffer(4.0) for street in town.streets]:
        west, south, east, north = shape.bounds
        for column in range(int(west // CELL), int(east // CELL) + 1):
            for row in range(int(south // CELL), int(north // CELL) + 1):
                cells.setdefault((column, row), []).append(shape)
    anchors = [house.shape.centroid for house in town.houses]
    found: list[Any] = []
    for _ in range(wanted * 60):
        if len(found) == wanted:
            break
        anchor = chance.choice(anchors)
        place = Point(anchor.x + chance.uniform(-90, 90), anchor.y + chance.uniform(-90, 90))
        wide, deep = chance.uniform(8, 18), chance.uniform(7, 14)
        made = rotate(box(place.x, place.y, place.x + wide, place.y + deep), chance.uniform(0, 90))
        room = made.buffer(6.0)
        west, south, east, north = room.bounds
        near = [
            shape
            for column in range(int(west // CELL), int(east // CELL) + 1)
            for row in range(int(south // CELL), int(north // CELL) + 1)
            for shape in cells.get((column, row), [])
        ]
        if not any(room.intersects(shape) for shape in near) and not any(room.intersects(other) for other in found):
            found.append(made)
    return found
