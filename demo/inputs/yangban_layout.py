# SPDX-License-Identifier: GPL-2.0-or-later
"""The plan of 样板城, a made city: avenues, a river, blocks and what stands on them (metres, before bending)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from shapely.geometry import LineString, Point, Polygon, box

AVENUES = ((0.0, "样板一路"), (430.0, "样板二路"), (880.0, "样板大道"), (1300.0, "样板三路"), (1730.0, "样板四路"))
CROSS = (
    (0.0, "样板南街"),
    (370.0, "样板中街"),
    (720.0, "样板滨江南路"),
    (830.0, "样板滨江北路"),
    (1190.0, "样板北街"),
    (1560.0, "样板环城北路"),
)
RIVER = (755.0, 795.0)
SETBACK = 16.0
HIGHWAY = {
    "样板大道": "primary",
    "样板环城北路": "secondary",
    "样板中街": "secondary",
    "样板滨江南路": "tertiary",
    "样板滨江北路": "tertiary",
}
# Rows from south to north, columns from west to east: kind and name of what stands on the block.
BLOCKS = (
    (("slab", "样板新村"), ("tower", "样板花园"), ("mixed", "样板广场"), ("park", "样板科技园")),
    (("village", "样板村"), ("slab", "样板小区"), ("tower", "样板名苑"), ("works", "样板工业园")),
    (("slab", "样板公寓"), ("green", "样板公园"), ("mixed", "样板天地"), ("school", "样板学校")),
    (("village", "样板新屋村"), ("slab", "样板家园"), ("tower", "样板云庭"), ("site", "样板未来城")),
)
USE = {
    "slab": "apartments",
    "tower": "apartments",
    "village": "house",
    "park": "office",
    "works": "industrial",
    "school": "school",
    "mixed": "apartments",
}
TYPE = {
    "slab": "多层住宅",
    "tower": "高层住宅",
    "village": "城中村",
    "mixed": "商住",
    "park": "园区",
    "works": "园区",
    "school": "学校",
    "site": "在建",
    "green": "公园",
}


@dataclass
class Plot:
    """One building of the plan; ``known_levels`` is False where the map does not tell the storeys."""

    shape: Any
    levels: int
    use: str
    label: str
    households: int = 0
    businesses: int = 0
    known_levels: bool = True


@dataclass
class Estate:
    """One block: its outline, buildings, inner roads, and planned buildings without footprint."""

    name: str
    kind: str
    street: str
    number: str
    outline: Any
    plots: list[Plot] = field(default_factory=list)
    roads: list[tuple[Any, str]] = field(default_factory=list)
    planned: list[tuple[Any, str, int, int]] = field(default_factory=list)


def streets() -> list[tuple[Any, str, str, bool]]:
    """Return the main streets: centre line, name, class, whether it is a bridge."""
    west, east = AVENUES[0][0], AVENUES[-1][0]
    south, north = CROSS[0][0], CROSS[-1][0]
    made: list[tuple[Any, str, str, bool]] = []
    for y, name in CROSS:
        made.append((LineString([(west, y), (east, y)]), name, HIGHWAY.get(name, "residential"), False))
    banks = [y for y, name in CROSS if "滨江" in name]
    for x, name in AVENUES:
        highway = HIGHWAY.get(name, "residential")
        made.append((LineString([(x, south), (x, banks[0])]), name, highway, False))
        if name != "样板二路":  # one avenue stops at the river
            made.append((LineString([(x, banks[0]), (x, banks[1])]), f"{name}桥", highway, True))
        made.append((LineString([(x, banks[1]), (x, north)]), name, highway, False))
    return made


def river() -> Any:
    """Return the river's area."""
    return box(AVENUES[0][0] - 80, RIVER[0], AVENUES[-1][0] + 80, RIVER[1])


def estates(chance: Any) -> list[Estate]:
    """Return the blocks filled with buildings and inner roads."""
    rows = [pair for pair in zip(CROSS[:-1], CROSS[1:]) if not (pair[0][0] < RIVER[0] < pair[1][0])]
    made: list[Estate] = []
    for row, (low, high) in enumerate(rows):
        for column, (left, right) in enumerate(zip(AVENUES[:-1], AVENUES[1:])):
            kind, name = BLOCKS[row][column]
            outline = box(left[0] + SETBACK, low[0] + SETBACK, right[0] - SETBACK, high[0] - SETBACK)
            number = str(8 + 20 * (len(made) % 5) + 2 * row)
            estate = Estate(name, kind, low[1], number, outline)
            if kind == "village":  # the village fills the northern half; vegetable fields lie before it
                mid = (outline.bounds[1] + outline.bounds[3]) / 2
                estate.outline = box(outline.bounds[0], mid, outline.bounds[2], outline.bounds[3])
            FILL[kind](estate, chance)
            if kind not in ("green",):
                _ring(estate, low[0])
            made.append(estate)
    return made


def _ring(estate: Estate, street_y: float) -> None:
    """Add the road around the estate's inside and the gate to the street south of it."""
    west, south, east, north = estate.outline.bounds
    inset = 2.0
    ring = box(west + inset, south + inset, east - inset, north - inset).exterior
    estate.roads.append((LineString(ring.coords), "service"))
    gate = (west + east) / 2
    estate.roads.append((LineString([(gate, street_y), (gate, south + inset)]), "service"))


def _grid(estate: Estate, wide: float, deep: float, gap_x: float, gap_y: float) -> list[tuple[int, int, Any]]:
    """Return places for buildings in rows: row, column and box."""
    west, south, east, north = estate.outline.buffer(-7.0, join_style=2).bounds
    columns = int((east - west + gap_x) // (wide + gap_x))
    rows = int((north - south + gap_y) // (deep + gap_y))
    spare_x = (east - west - columns * wide - (columns - 1) * gap_x) / 2
    spare_y = (north - south - rows * deep - (rows - 1) * gap_y) / 2
    places = []
    for row in range(rows):
        for column in range(columns):
            x, y = west + spare_x + column * (wide + gap_x), south + spare_y + row * (deep + gap_y)
            places.append((row, column, box(x, y, x + wide, y + deep)))
    return places


def _lanes(estate: Estate, deep: float, gap_y: float, every: int, highway: str) -> None:
    """Add lanes between the rows of :func:`_grid`, from side to side of the ring."""
    west, south, east, north = estate.outline.bounds
    inner = estate.outline.buffer(-7.0, join_style=2).bounds
    rows = int((inner[3] - inner[1] + gap_y) // (deep + gap_y))
    spare = (inner[3] - inner[1] - rows * deep - (rows - 1) * gap_y) / 2
    for row in range(1, rows, every):
        y = inner[1] + spare + row * (deep + gap_y) - gap_y / 2
        estate.roads.append((LineString([(west + 2, y), (east - 2, y)]), highway))


def _slabs(estate: Estate, chance: Any) -> None:
    for number, (_, _, place) in enumerate(_grid(estate, 52.0, 12.0, 14.0, 17.0), 1):
        if chance.random() < 0.08:
            continue  # a square, a kindergarten, a kiosk
        levels = chance.choice((5, 6, 6, 6, 7))
        estate.plots.append(Plot(place, levels, "apartments", f"{number}栋", levels * 8, 0, chance.random() < 0.75))
    _lanes(estate, 12.0, 17.0, 2, "service")


def _towers(estate: Estate, chance: Any) -> None:
    for number, (_, _, place) in enumerate(_grid(estate, 30.0, 17.0, 26.0, 32.0), 1):
        levels = chance.randint(24, 33)
        west, south, east, north = place.bounds
        mid = (west + east) / 2
        shape = Polygon(
            [
                (west, south),
                (mid - 4, south),
                (mid - 4, south + 3),
                (mid + 4, south + 3),
                (mid + 4, south),
                (east, south),
                (east, north),
                (west, north),
            ]
        )
        estate.plots.append(
            Plot(shape, levels, "apartments", f"{number}栋", (levels - 1) * 4, chance.choice((0, 0, 3)))
        )
    _lanes(estate, 17.0, 32.0, 1, "service")


def _village(estate: Estate, chance: Any) -> None:
    for number, (_, _, place) in enumerate(_grid(estate, 10.5, 11.0, 1.6, 3.2), 1):
        if chance.random() < 0.12:
            continue
        west, south, east, north = place.bounds
        shape = box(west, south, east - chance.choice((0.0, 0.0, 1.5)), north - chance.choice((0.0, 1.0)))
        levels = chance.randint(3, 6)
        estate.plots.append(
            Plot(
                shape,
                levels,
                "house",
                f"{number}号",
                levels * chance.choice((2, 3)),
                1 if chance.random() < 0.2 else 0,
                chance.random() < 0.4,
            )
        )
    _lanes(estate, 11.0, 3.2, 2, "footway")


def _mixed(estate: Estate, chance: Any) -> None:
    places = _grid(estate, 48.0, 22.0, 22.0, 38.0)
    last = max(row for row, _, _ in places)
    for number, (row, _, place) in enumerate(places, 1):
        if row in (0, last):
            levels = chance.choice((2, 3, 4))
            estate.plots.append(Plot(place, levels, "retail", f"商业{number}号楼", 0, levels * chance.randint(4, 8)))
        else:
            levels = chance.randint(14, 20)
            estate.plots.append(
                Plot(place, levels, "apartments", f"{number}栋", (levels - 2) * 6, chance.randint(2, 8))
            )
    _lanes(estate, 22.0, 38.0, 1, "service")


def _offices(estate: Estate, chance: Any) -> None:
    for number, (_, _, place) in enumerate(_grid(estate, 46.0, 24.0, 26.0, 34.0), 1):
        levels = chance.randint(5, 12)
        estate.plots.append(Plot(place, levels, "office", f"{number}号楼", 0, levels * chance.randint(2, 5)))
    _lanes(estate, 24.0, 34.0, 1, "service")


def _works(estate: Estate, chance: Any) -> None:
    for number, (_, _, place) in enumerate(_grid(estate, 74.0, 36.0, 26.0, 30.0), 1):
        estate.plots.append(
            Plot(place, chance.choice((1, 2, 3)), "industrial", f"{number}号厂房", 0, chance.randint(1, 4))
        )
    _lanes(estate, 36.0, 30.0, 1, "service")


def _school(estate: Estate, chance: Any) -> None:
    names = ("教学楼", "实验楼", "图书馆", "行政楼", "体育馆", "一号宿舍楼", "二号宿舍楼", "三号宿舍楼", "食堂")
    places = _grid(estate, 64.0, 22.0, 40.0, 46.0)
    for name, (_, _, place) in zip(names, places):
        dorm = "宿舍" in name
        levels = 6 if dorm else chance.choice((2, 4, 5))
        estate.plots.append(
            Plot(place, levels, "dormitory" if dorm else "school", name, 96 if dorm else 0, 0 if dorm else 2)
        )
    _lanes(estate, 22.0, 46.0, 1, "service")


def _site(estate: Estate, chance: Any) -> None:
    """Under construction: planned towers, known as points of a site plan only."""
    for number, (_, _, place) in enumerate(_grid(estate, 34.0, 18.0, 46.0, 60.0), 1):
        levels = chance.randint(18, 30)
        estate.planned.append((Point(place.centroid.x, place.centroid.y), f"{number}栋", levels, levels * 4))


def _green(estate: Estate, chance: Any) -> None:
    west, south, east, north = estate.outline.bounds
    mid = (west + east) / 2
    estate.roads.append((LineString([(mid, south - SETBACK), (mid, north + SETBACK)]), "footway"))


FILL: dict[str, Callable[[Estate, Any], None]] = {
    "slab": _slabs,
    "tower": _towers,
    "village": _village,
    "mixed": _mixed,
    "park": _offices,
    "works": _works,
    "school": _school,
    "site": _site,
    "green": _green,
}


def fields_before(estate: Estate) -> Optional[Any]:
    """Return the vegetable fields in front of a village, None elsewhere."""
    if estate.kind != "village":
        return None
    west, south, east, north = estate.outline.bounds
    return box(west, south - (north - south), east, south - 4.0)
