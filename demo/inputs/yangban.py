# SPDX-License-Identifier: GPL-2.0-or-later
"""样板城: a made Chinese city, because no open one with buildings, streets and estates may be redistributed.

Everything is generated from a seed and named 样板. It lies on empty farmland coordinates in mainland China, so that its
ledger can be in GCJ-02 and the datum matters.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Optional

from inputs.geo import Plane, write_csv, write_layer
from inputs.helsinki_like import make_samples, write_about
from inputs.ledger import TRUTH, ledger_rows
from inputs.osm_xml import OsmFile
from inputs.territory import make_territory
from inputs.town import House, Street, Town
from inputs.yangban_layout import TYPE, USE, Estate, estates, fields_before, river, streets
from shapely.geometry import LineString, Point, Polygon

CENTRE = (120.1, 30.2)
SEED = 20260101
BUDGET_PER_HOUSE = 14000.0  # high and large buildings: about a hundred homes each
TURN = math.radians(7.0)
HEADINGS = {
    "ledger_key": "台账编号",
    "name": "名称",
    "address": "地址",
    "x": "经度",
    "y": "纬度",
    "households": "户数",
    "businesses": "商户数",
    "remark": "备注",
}
CITY = "样板市样板区"


def bend(x: float, y: float) -> tuple[float, float]:
    """Return a place of the plan as built: turned by 7° and bent by a few metres over hundreds.

    The bending is gentle (its slope stays below 0.1), so that what does not overlap in the plan does not
    overlap as built.
    """
    x, y = x - 865.0, y - 780.0
    x, y = x + 7.0 * math.sin(y / 210.0), y + 6.0 * math.sin(x / 260.0 + 1.0)
    return x * math.cos(TURN) - y * math.sin(TURN), x * math.sin(TURN) + y * math.cos(TURN)


def built(shape: Any) -> Any:
    """Return a shape of the plan as built; long sides get points so that they can bend."""
    if shape.geom_type == "Point":
        return Point(bend(shape.x, shape.y))
    if shape.geom_type == "Polygon":
        return Polygon([bend(x, y) for x, y in _dense(list(shape.exterior.coords))])
    return LineString([bend(x, y) for x, y in _dense(list(shape.coords))])


def _dense(corners: list[Any], step: float = 60.0) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in zip(corners[:-1], corners[1:]):
        count = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / step))
        points.extend((x0 + (x1 - x0) * k / count, y0 + (y1 - y0) * k / count) for k in range(count))
    return [*points, corners[-1]]


def noded(lines: list[Any]) -> list[Any]:
    """Return the lines with a point wherever another line touches or crosses them."""
    made = []
    for line in lines:
        marks = {line.project(Point(corner)): tuple(corner) for corner in line.coords[:-1]}
        marks[line.length] = tuple(line.coords[-1])
        for other in lines:
            if other is line or not line.intersects(other):
                continue
            meeting = line.intersection(other)
            for point in getattr(meeting, "geoms", [meeting]):
                if point.geom_type == "Point":
                    marks.setdefault(line.project(point), (point.x, point.y))
        ordered = [marks[at] for at in sorted(marks)]
        made.append(LineString(ordered))
    return made


def make_yangban_inputs(folder: Path, today: Optional[date] = None, seed: int = SEED) -> Path:
    """Write every input file of 样板城 into ``folder`` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    town = Town("样板城", Plane(*CENTRE), [], [], "zh", seed, today or date.today(), "样板城（程序生成）", "CC0-1.0")
    plan = estates(town.random("plan"))
    osm = OsmFile("样板城", "样板城：自制样板数据")
    _streets(town, osm, plan)
    _buildings(town, osm, plan)
    _areas(town, osm, plan)
    osm.write(folder / "city.osm")
    made = make_samples(town, folder, make_territory(town, cut=False))
    made["ledger"] = write_ledger_xlsx(town, folder)
    made["planned_buildings"] = _planned(town, plan, folder)
    _truth(town, plan, folder)
    write_about(town, folder, made, ledger_datum="gcj02", per_house=BUDGET_PER_HOUSE)
    return folder


def _streets(town: Town, osm: OsmFile, plan: list[Estate]) -> None:
    main = streets()
    inner = [(line, highway, estate.name) for estate in plan for line, highway in estate.roads]
    lines = noded([line for line, _, _, _ in main] + [line for line, _, _ in inner])
    crossings = {corner for line in noded([line for line, _, _, _ in main]) for corner in line.coords}
    for line, (_, name, highway, bridge) in zip(lines, main):
        tags = {"highway": highway, "name": name}
        if bridge:
            tags.update({"bridge": "yes", "layer": "1"})
        for piece in _pieces(line, crossings):
            _street(town, osm, piece, name, highway, tags)
    for line, (_, highway, name) in zip(lines[len(main) :], inner):
        _street(town, osm, line, "", highway, {"highway": highway, "operator": f"{name}物业"})


def _pieces(line: Any, crossings: set[Any]) -> list[Any]:
    """Return a street cut where it meets other main streets."""
    corners = list(line.coords)
    cuts = [0, *(at for at in range(1, len(corners) - 1) if corners[at] in crossings), len(corners) - 1]
    return [LineString(corners[a : b + 1]) for a, b in zip(cuts[:-1], cuts[1:])]


def _street(town: Town, osm: OsmFile, line: Any, name: str, highway: str, tags: dict[str, str]) -> None:
    shape = built(line)
    key = osm.way(town.plane.degrees(shape), tags)
    town.streets.append(Street(key, shape, name, highway))


def _buildings(town: Town, osm: OsmFile, plan: list[Estate]) -> None:
    for estate in plan:
        for plot in estate.plots:
            village = estate.kind == "village"
            label = f"{estate.name}{plot.label}"
            tags = {"building": plot.use, "name": label}
            if not village:  # a village has no addresses: only its own numbers
                tags.update({"addr:street": estate.street, "addr:housenumber": estate.number, "addr:city": "样板市"})
            if plot.known_levels:
                tags["building:levels"] = str(plot.levels)
                if plot.levels > 12:
                    tags["height"] = f"{plot.levels * 3.0:.0f}"
            shape = built(plot.shape)
            key = osm.way(town.plane.degrees(shape), tags)
            town.houses.append(
                House(
                    key,
                    shape,
                    label,
                    "" if village else estate.street,
                    "" if village else estate.number,
                    plot.levels if plot.known_levels else None,
                    plot.use,
                    plot.households,
                    plot.businesses,
                    estate.name,
                )
            )


def _areas(town: Town, osm: OsmFile, plan: list[Estate]) -> None:
    osm.way(town.plane.degrees(built(river())), {"natural": "water", "water": "river", "name": "样板河"})
    landuse = {"park": "commercial", "works": "industrial", "site": "construction", "mixed": "residential"}
    for estate in plan:
        outline = town.plane.degrees(built(estate.outline))
        if estate.kind == "green":
            osm.way(outline, {"leisure": "park", "name": estate.name})
            continue
        if estate.kind == "school":
            tags = {"amenity": "school", "name": estate.name}
        else:
            tags = {"landuse": landuse.get(estate.kind, "residential"), "name": estate.name}
        osm.way(outline, tags)
        meadow = fields_before(estate)
        if meadow is not None:
            osm.way(town.plane.degrees(built(meadow)), {"landuse": "allotments", "name": f"{estate.name}菜地"})
        west, south, east, _ = estate.outline.bounds
        if estate.kind != "village":
            gate = town.plane.degrees(built(Point((west + east) / 2 + 5.0, south)))
            osm.node(
                gate.x,
                gate.y,
                {
                    "addr:street": estate.street,
                    "addr:housenumber": estate.number,
                    "addr:city": "样板市",
                    "name": f"{estate.name}大门",
                },
            )


def write_ledger_xlsx(town: Town, folder: Path) -> int:
    """Write ``ledger.xlsx`` (sheet 台账, coordinates in GCJ-02) and its truth in WGS 84."""
    import numpy as np
    import xlsxwriter

    from fullservice_plugin.core.discovery.datum import wgs84_to_gcj02

    rows, truth = ledger_rows(town)
    by_key = {house.ledger_key: house for house in town.houses if house.ledger_key}
    for row in rows:
        house = by_key.get(row["ledger_key"])
        if house is not None and row["address"]:
            row["address"] = f"{CITY}{row['address']}{house.name}"
        elif house is not None:
            row["address"] = f"{CITY}{house.name}"
        else:
            row["address"] = f"{CITY}{row['address']}号"
    placed = [row for row in rows if row["x"] is not None]
    lon, lat = wgs84_to_gcj02(np.array([row["x"] for row in placed]), np.array([row["y"] for row in placed]))
    for row, x, y in zip(placed, lon, lat):
        row["x"], row["y"] = round(float(x), 7), round(float(y), 7)
    book = xlsxwriter.Workbook(str(folder / "ledger.xlsx"))
    book.set_properties({"title": "样板城楼宇台账（样板数据）", "created": _moment()})
    sheet = book.add_worksheet("台账")
    sheet.write_row(0, 0, list(HEADINGS.values()))
    for at, row in enumerate(rows, 1):
        for column, name in enumerate(HEADINGS):
            if row[name] is not None:
                sheet.write(at, column, row[name])
    book.close()
    write_csv(folder / "ledger_truth.csv", TRUTH, truth)
    return len(rows)


def _moment() -> Any:
    from datetime import datetime

    return datetime(2026, 1, 1)


def _planned(town: Town, plan: list[Estate], folder: Path) -> int:
    """Write ``planned_buildings.gpkg``: buildings under construction, as points of a site plan."""
    rows = []
    handover = (town.today + timedelta(days=420)).isoformat()
    for estate in plan:
        for place, label, levels, households in estate.planned:
            rows.append(
                (
                    town.plane.degrees(built(place)),
                    (f"PLAN-{len(rows) + 1:03d}", f"{estate.name}{label}", estate.name, levels, households, handover),
                )
            )
    fields = {"code": str, "name": str, "estate_name": str, "storeys": int, "households": int, "handover_date": str}
    return write_layer(folder / "planned_buildings.gpkg", fields, rows, "Point")


def _truth(town: Town, plan: list[Estate], folder: Path) -> None:
    write_csv(
        folder / "building_truth.csv",
        ("osm_id", "name", "estate_name", "storeys", "households", "businesses", "use"),
        (
            {
                "osm_id": house.key,
                "name": house.name,
                "estate_name": house.estate,
                "storeys": plot.levels,
                "households": house.households,
                "businesses": house.businesses,
                "use": house.use,
            }
            for house, plot in zip(town.houses, (plot for estate in plan for plot in estate.plots))
        ),
    )
    rows = [
        (
            town.plane.degrees(built(estate.outline)),
            (
                estate.name,
                TYPE[estate.kind],
                USE.get(estate.kind),
                len(estate.plots),
                sum(plot.households for plot in estate.plots),
            ),
        )
        for estate in plan
        if estate.kind != "green"
    ]
    write_layer(
        folder / "estate_truth.gpkg",
        {"name": str, "kind": str, "use": str, "buildings": int, "households": int},
        rows,
        "Polygon",
    )
