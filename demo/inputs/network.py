# SPDX-License-Identifier: GPL-2.0-or-later
"""Supply points, ducts, poles, sites and area packages of the sample."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from inputs.geo import write_layer
from inputs.territory import Area, Territory
from inputs.town import Street, Town, multi
from inputs.words import say
from shapely.geometry import LineString, Point
from shapely.ops import substring

RESOURCE = {
    "code": str,
    "kind": str,
    "name": str,
    "building_key": str,
    "installed_ports": int,
    "occupied": int,
    "reserved": int,
    "faulty": int,
    "owner": str,
    "free_bores": int,
    "rent_per_m": float,
    "status": str,
}
MAIN = ("primary", "secondary", "tertiary", "unclassified", "residential", "living_street")
DUCT_SHARE = 0.25


def make_supply(town: Town, territory: Territory, planned: Area, folder: Path) -> list[Point]:
    """Write ``supply.gpkg``: one OLT per micro-region, that of the planned grid beside it, and some poles."""
    chance = town.random("supply")
    rows: list[tuple[Any, tuple[Any, ...]]] = []
    places: list[Point] = []
    for number, area in enumerate(territory.micro_regions, 1):
        around = planned if planned.parent == area.code else area
        place = _street_side(town, around.shape.representative_point())
        places.append(place)
        occupied = chance.randint(20, 60)
        rows.append(
            (
                town.plane.degrees(place),
                (
                    f"OLT-{number:02d}",
                    "olt",
                    say(town.language, "olt", n=number),
                    None,
                    256,
                    occupied,
                    8,
                    2,
                    say(town.language, "owner_self"),
                    None,
                    None,
                    "in_service",
                ),
            )
        )
    for number, street in enumerate(_sample(town, chance, 12), 1):
        where = street.shape.interpolate(0.5, normalized=True)
        rows.append(
            (
                town.plane.degrees(where),
                (
                    f"POLE-{number:03d}",
                    "pole",
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    say(town.language, "owner_other"),
                    None,
                    12.0,
                    "in_service",
                ),
            )
        )
    write_layer(folder / "supply.gpkg", RESOURCE, rows, "Point")
    return places


def _street_side(town: Town, near: Point) -> Point:
    """Return a place 3 m beside the nearest ordinary street, outside every building if there is one."""
    streets = [s for s in town.streets if s.highway in MAIN and s.shape.length > 20] or town.streets
    best = sorted(streets, key=lambda s: (s.shape.distance(near), s.key))[:12]
    for street in best:
        along = street.shape.project(near)
        on, ahead = street.shape.interpolate(along), street.shape.interpolate(min(along + 1.0, street.shape.length))
        if on.distance(ahead) < 0.1:
            ahead, on = on, street.shape.interpolate(max(0.0, along - 1.0))
        dx, dy = ahead.x - on.x, ahead.y - on.y
        size = max((dx * dx + dy * dy) ** 0.5, 1e-6)
        for side in (3.0, -3.0):
            place = Point(on.x - dy / size * side, on.y + dx / size * side)
            if not any(house.shape.distance(place) < 0.5 for house in town.houses):
                return place
    street = best[0]
    return street.shape.interpolate(street.shape.project(near))


def _sample(town: Town, chance: Any, count: int) -> list[Street]:
    fit = [s for s in town.streets if s.highway in MAIN and s.shape.length > 30]
    return [fit[at] for at in sorted(chance.sample(range(len(fit)), min(count, len(fit))))]


def make_ducts(town: Town, folder: Path) -> int:
    """Write ``resources.gpkg``: ducts along a quarter of the larger streets, own ones and rented ones."""
    chance = town.random("ducts")
    rows = []
    fit = [s for s in town.streets if s.highway in MAIN and s.shape.length > 30 and s.shape.geom_type == "LineString"]
    for street in fit:
        if chance.random() >= DUCT_SHARE:
            continue
        own = chance.random() < 0.5
        whole: LineString = substring(street.shape, 0.02, 0.98, normalized=True)
        rows.append(
            (
                town.plane.degrees(whole),
                (
                    f"DUCT-{len(rows) + 1:03d}",
                    "duct",
                    street.name or None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    say(town.language, "owner_self" if own else "owner_other"),
                    chance.randint(0, 3),
                    0.0 if own else round(chance.uniform(2.0, 6.0), 1),
                    "in_service",
                ),
            )
        )
    return write_layer(folder / "resources.gpkg", RESOURCE, rows, "LineString")


def make_sites(town: Town, territory: Territory, folder: Path) -> int:
    """Write ``sites.gpkg``: base stations, service halls and equipment rooms."""
    chance = town.random("sites")
    rows = []
    for kind, word, letter, share in (
        ("base_station", "station", "BS", 2),
        ("service_hall", "hall", "HALL", 1),
        ("equipment_room", "room", "ROOM", 1),
    ):
        for grid in territory.grids[:: 1 if kind == "base_station" else 3]:
            for _ in range(share):
                if not grid.houses:
                    continue
                house = town.houses[chance.choice(grid.houses)]
                number = sum(1 for _, values in rows if values[0] == kind) + 1
                rows.append(
                    (
                        town.plane.degrees(house.shape.representative_point()),
                        (kind, f"{letter}-{number:03d}", say(town.language, word, n=number), house.address or None),
                    )
                )
    return write_layer(folder / "sites.gpkg", {"kind": str, "code": str, "name": str, "address": str}, rows, "Point")


def make_packages(town: Town, territory: Territory, folder: Path) -> int:
    """Write ``packages.gpkg``: packages of the whole branch, others of single micro-regions, one expired."""
    start, end = town.today.replace(month=1, day=1), town.today.replace(month=1, day=1) + timedelta(days=3 * 365)
    branch = territory.branches[0]
    plans = [
        ("H300", "home", 300, 30, 59.0, 24, branch, 1),
        ("H1000", "home", 1000, 100, 99.0, 24, branch, 2),
        ("B500", "business", 500, 100, 299.0, 12, branch, 1),
    ]
    for number, area in enumerate(territory.micro_regions, 1):
        plans.append((f"H500-{number}", "home", 500, 50, 69.0 + 4.0 * (number % 3), 24, area, 5))
    rows = []
    for code, segment, down, up, price, months, area, priority in plans:
        rows.append(
            (
                multi(town.plane.degrees(area.shape)),
                (
                    code,
                    say(town.language, segment, speed=down),
                    segment,
                    price,
                    down,
                    up,
                    months,
                    start.isoformat(),
                    end.isoformat(),
                    priority,
                ),
            )
        )
    rows.append(
        (
            multi(town.plane.degrees(branch.shape)),
            (
                "H100-OLD",
                say(town.language, "home", speed=100),
                "home",
                39.0,
                100,
                10,
                12,
                (start - timedelta(days=900)).isoformat(),
                (start - timedelta(days=1)).isoformat(),
                9,
            ),
        )
    )
    fields = {
        "code": str,
        "name": str,
        "segment": str,
        "price_month": float,
        "down_mbps": int,
        "up_mbps": int,
        "contract_months": int,
        "valid_from": str,
        "valid_to": str,
        "priority": int,
    }
    return write_layer(folder / "packages.gpkg", fields, rows, "MultiPolygon")
