# SPDX-License-Identifier: GPL-2.0-or-later
"""What the makers work on: the houses and streets of one town, in metres around its centre."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Optional

from inputs.geo import Plane, stream
from shapely.geometry import MultiPolygon
from shapely.ops import unary_union

SEED = 20240501
MINOR_USES = frozenset({"garage", "garages", "shed", "roof", "carport", "hut", "kiosk", "service", "ruins"})


@dataclass
class House:
    """One building: ``key`` as the OpenStreetMap source names it (w = way, r = relation), shape in metres."""

    key: str
    shape: Any
    name: str = ""
    street: str = ""
    number: str = ""
    levels: Optional[int] = None
    use: str = "yes"
    households: int = 0
    businesses: int = 0
    estate: str = ""
    ledger_key: str = ""

    @property
    def address(self) -> str:
        """Street and house number, empty where unknown."""
        return f"{self.street} {self.number}".strip() if self.street else ""


@dataclass
class Street:
    """One street: centre line in metres."""

    key: str
    shape: Any
    name: str = ""
    highway: str = "residential"


@dataclass
class Town:
    """A town and how its samples are named. ``today`` is the day on which the samples are dated."""

    name: str
    plane: Plane
    houses: list[House]
    streets: list[Street]
    language: str = "en"
    seed: int = SEED
    today: date = field(default_factory=date.today)
    source: str = ""
    licence: str = ""

    def random(self, *purpose: object) -> Any:
        """Return the random stream of one purpose."""
        return stream(self.seed, *purpose)

    def lonlat(self, shape: Any) -> tuple[float, float]:
        """Return a point's degrees, rounded to a millimetre."""
        place = self.plane.degrees(shape)
        return round(place.x, 8), round(place.y, 8)


def read_town(path: Path, name: str, today: date, seed: int = SEED) -> Town:
    """Return the buildings and streets of an OpenStreetMap file.

    Household and business counts are guessed from area and storeys: they are sample data. A damaged file
    raises the reader's InputError.
    """
    from fullservice_plugin.connectors.osm_file import LICENCE, read_osm

    data = read_osm(path)
    for what, table in (("buildings", data.buildings), ("streets", data.streets)):
        if not len(table):
            raise SystemExit(f"{path.name} holds no {what}: choose another city file.")
    places = [shape.representative_point() for shape in data.buildings.geometry]
    middle = (
        sorted(place.x for place in places)[len(places) // 2],
        sorted(place.y for place in places)[len(places) // 2],
    )
    plane = Plane(round(middle[0], 4), round(middle[1], 4))
    town = Town(name, plane, [], [], "en", seed, today, path.name, LICENCE)
    columns = data.buildings.columns
    order = sorted(range(len(data.buildings)), key=lambda i: data.buildings.ids[i])
    for i in order:
        house = House(
            data.buildings.ids[i],
            plane.metres(data.buildings.geometry[i]),
            columns["name"][i] or "",
            columns["addr:street"][i] or "",
            columns["addr:housenumber"][i] or "",
            _whole(columns["building:levels"][i]),
            columns["building"][i] or "yes",
        )
        if house.shape.is_valid and house.shape.area > 1.0:
            town.houses.append(house)
    _lend_addresses(town, data.addresses, plane)
    streets = data.streets
    for key, shape, title, highway in zip(
        streets.ids, streets.geometry, streets.column("name"), streets.column("highway")
    ):
        if highway:
            town.streets.append(Street(key, plane.metres(shape), title or "", highway))
    town.streets.sort(key=lambda street: street.key)
    for house in town.houses:
        _guess_demand(house, town)
    return town


def _whole(text: Optional[str]) -> Optional[int]:
    try:
        return max(1, int(float(text))) if text else None
    except ValueError:
        return None


def _lend_addresses(town: Town, addresses: Any, plane: Plane) -> None:
    """Give houses without an address the first address point that lies inside them."""
    wanting = [house for house in town.houses if not house.street]
    cells: dict[tuple[int, int], list[House]] = {}
    for house in wanting:
        west, south, east, north = house.shape.bounds
        for column in range(int(west // 100), int(east // 100) + 1):
            for row in range(int(south // 100), int(north // 100) + 1):
                cells.setdefault((column, row), []).append(house)
    rows = sorted(
        zip(addresses.ids, addresses.geometry, addresses.column("addr:street"), addresses.column("addr:housenumber")),
        key=lambda row: row[0],
    )
    for _, shape, street, number in rows:
        if not street or not number:
            continue
        place = plane.metres(shape)
        for house in cells.get((int(place.x // 100), int(place.y // 100)), []):
            if not house.street and house.shape.contains(place):
                house.street, house.number = street, number
                break


def _guess_demand(house: House, town: Town) -> None:
    chance = town.random("demand", house.key)
    area, levels = house.shape.area, house.levels or 2
    if house.use in MINOR_USES or area < 30:
        return
    if house.use in (
        "office",
        "commercial",
        "retail",
        "hotel",
        "school",
        "public",
        "university",
        "hospital",
        "government",
        "civic",
        "church",
        "cathedral",
        "industrial",
        "warehouse",
        "supermarket",
    ):
        house.businesses = max(1, min(60, round(area * levels / 250)))
        return
    if house.use in ("house", "detached", "semidetached_house", "bungalow", "farm") or (levels <= 2 and area < 250):
        house.households = 2 if chance.random() < 0.15 else 1
        return
    house.households = max(1, round(levels * area * 0.8 / chance.uniform(75.0, 105.0)))
    if chance.random() < 0.4:
        house.businesses = chance.randint(1, 4)


def multi(shape: Any) -> Any:
    """Return a polygon as a multi-polygon."""
    whole = unary_union(shape) if isinstance(shape, list) else shape
    polygons = [part for part in getattr(whole, "geoms", [whole]) if part.geom_type == "Polygon" and part.area > 0]
    return MultiPolygon(polygons)
