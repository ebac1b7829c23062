# SPDX-License-Identifier: GPL-2.0-or-later
"""Estates found again: adjusted Rand index per place and kind of knowledge, last line totals as JSON.

``estates.py [CITY.osm.pbf …]`` fills the blocks between the real streets of each city with made estates (rows of
slabs, towers; some blocks hold two with a belt between), groups the buildings and compares. Three kinds of
knowledge: footprints alone, with heights, with names such as 望湖苑3号楼. The peer of the same run is a plain single
linkage of everything within 30 m. 样板城 (the demo's made city) is measured beside it, and 火炬小区 where the
development data has it. Without arguments the cities of the development data, else those that ship.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import development_data, use_stage  # noqa: E402

NAMES = "望湖苑 阳光花园 锦绣家园 翠竹新村 东方公寓 金色水岸 学府里 绿城佳苑 和平小区 滨江府".split()
SIGNS = "春夏秋冬梅兰竹菊山河湖海日月星云龙凤鹤松"


def adjusted_rand(left: Any, right: Any) -> float:
    """Return the adjusted Rand index of two labellings (Hubert and Arabie 1985)."""
    a, b = (np.unique(labels, return_inverse=True)[1] for labels in (left, right))
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)

    def pairs(counts: Any) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, one, other = pairs(table), pairs(table.sum(1)), pairs(table.sum(0))
    expected = one * other / pairs(np.array([len(a)]))
    return (both - expected) / ((one + other) / 2 - expected)


def slabs(block: Any, dice: Any) -> list[Any]:
    """Return the buildings of one estate inside a block: one size, one direction, one distance, a few gaps."""
    from shapely.affinity import rotate
    from shapely.geometry import box

    inner = block.buffer(-8.0)
    if inner.is_empty or inner.area < 900.0:
        return []
    wide, deep = ((50.0, 12.0), (32.0, 14.0), (24.0, 24.0), (70.0, 11.0))[dice.integers(4)]
    apart, aside = dice.uniform(16, 32), dice.uniform(8, 18)
    angle = dice.uniform(-30, 30)
    centre = inner.centroid
    turned = rotate(inner, -angle, origin=centre)
    west, south, east, north = turned.bounds
    found = []
    for y in np.arange(south, north, deep + apart):
        for x in np.arange(west, east, wide + aside):
            house = box(x, y, x + wide * dice.uniform(0.75, 1.0), y + deep)
            if turned.contains(house) and dice.random() > 0.05:
                found.append(rotate(house, angle, origin=centre))
    return found


def halves(block: Any, dice: Any) -> list[Any]:
    """Return a block cut across its longer side, with a green belt of 30–45 m between."""
    from shapely.geometry import box

    west, south, east, north = block.bounds
    belt = dice.uniform(15, 22.5)
    if east - west > north - south:
        middle = (west + east) / 2
        cuts = [box(west, south, middle - belt, north), box(middle + belt, south, east, north)]
    else:
        middle = (south + north) / 2
        cuts = [box(west, south, east, middle - belt), box(west, middle + belt, east, north)]
    parts = [block.intersection(cut) for cut in cuts]
    return [max(getattr(part, "geoms", [part]), key=lambda one: one.area) for part in parts if not part.is_empty]


def made_estates(streets: Any, seed: int) -> tuple[list[Any], list[int], list[str], list[float]]:
    """Return footprints, their estate, their name and height, over the blocks of real streets."""
    from shapely.ops import polygonize, unary_union

    from fullservice_plugin.core.discovery.blocks import split_streets

    dice = np.random.default_rng(seed)
    main, minor = split_streets(streets)
    roads = unary_union(main)
    blocks = [face for face in polygonize(unary_union(main + minor)) if 6_000 < face.area < 120_000]
    blocks = [face for face in blocks if not face.buffer(-5.0).intersects(roads)]  # a main road ends inside
    shapes: list[Any] = []
    truth: list[int] = []
    names: list[str] = []
    heights: list[float] = []
    number = 0
    for block in sorted(blocks, key=lambda face: face.bounds):
        parts = halves(block, dice) if block.area > 25_000 and dice.random() < 0.3 else [block]
        for part in parts:
            houses = slabs(part, dice)
            if len(houses) < 2:
                continue
            name = "".join(SIGNS[number // 20**k % 20] for k in (0, 1)) + NAMES[number % len(NAMES)]
            storeys = int(dice.choice([6, 7, 11, 18, 26, 33]))
            for k, house in enumerate(houses):
                shapes.append(house)
                truth.append(number)
                names.append(f"{name}{k + 1}号楼")
                heights.append(storeys * 3.0 + dice.normal(0, 0.5))
            number += 1
    return shapes, truth, names, heights


def grouped(shapes: list[Any], columns: dict[str, list[Any]], streets: Any, areas: Any = None) -> list[int]:
    """Return the estate number of each building as the product finds it."""
    from fullservice_plugin.core.discovery.estates import group_estates
    from fullservice_plugin.core.table import FeatureTable

    table = FeatureTable([str(k) for k in range(len(shapes))], shapes, columns)
    label = [-1] * len(shapes)
    for k, estate in enumerate(group_estates(table, streets, areas)):
        for row in estate.members:
            label[row] = k
    return label


def chained(shapes: list[Any], reach: float = 30.0) -> Any:
    """Return the peer's labels: everything within ``reach`` metres hangs together."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    from fullservice_plugin.core.discovery.boxes import near_pairs
    from fullservice_plugin.core.discovery.footprints import footprints_of
    from fullservice_plugin.core.discovery.nearest import shortest_links

    prints = footprints_of(shapes)
    i, j = near_pairs(prints.bounds, prints.bounds, reach)
    _, gap = shortest_links(prints, i, j)
    near = gap <= reach
    n = len(shapes)
    return connected_components(coo_matrix((np.ones(near.sum()), (i[near], j[near])), shape=(n, n)), directed=False)[1]


def in_metres(table: Any, frame: Any) -> Any:
    """Return a table in degrees as metres."""
    from fullservice_plugin.core.table import FeatureTable

    return FeatureTable(table.ids, [frame.geometry(shape) for shape in table.geometry], table.columns)


def city(path: Path) -> dict[str, float]:
    """Return the index per kind of knowledge for made estates over a city's streets."""
    from fullservice_plugin.connectors.osm_file import read_osm
    from fullservice_plugin.core.discovery.frame import LocalFrame

    data = read_osm(path)
    frame = LocalFrame.around(*data.streets.geometry[0].bounds)
    streets = in_metres(data.streets, frame)
    shapes, truth, names, heights = made_estates(streets, 7)
    if len(set(truth)) < 3:
        return {}
    start = time.perf_counter()
    found = {
        "plain": adjusted_rand(grouped(shapes, {}, streets), truth),
        "heights": adjusted_rand(grouped(shapes, {"height_m": heights}, streets), truth),
        "names": adjusted_rand(grouped(shapes, {"name": names}, streets), truth),
    }
    seconds = time.perf_counter() - start
    found["peer_30m"] = adjusted_rand(chained(shapes), truth)
    words = [f"{name}={value:.4f}" for name, value in found.items()]
    print(path.name.split(".")[0], len(shapes), *words, f"{seconds:.1f}")
    return {name: round(value, 4) for name, value in found.items()}


def sample_city() -> dict[str, float]:
    """Return the index of 样板城 with areas and names, with names, from streets alone."""
    sys.path.insert(0, str(ROOT / "demo"))
    from inputs.make import make_inputs

    from fullservice_plugin.connectors.osm_file import read_osm
    from fullservice_plugin.core.discovery.frame import LocalFrame

    with tempfile.TemporaryDirectory() as place:
        folder = make_inputs("yangban", Path(place) / "inputs", date(2026, 1, 1))
        data = read_osm(folder / "city.osm")
        text = (folder / "building_truth.csv").read_text(encoding="utf-8-sig").splitlines()
    truth = {row["osm_id"]: row["estate_name"] for row in csv.DictReader(text)}
    frame = LocalFrame.around(*data.buildings.geometry[0].bounds)
    buildings, streets, areas = (in_metres(table, frame) for table in (data.buildings, data.streets, data.areas))
    areas = areas.take([k for k, kind in enumerate(areas.column("kind")) if kind in (None, "", "estate")])
    chosen = [k for k, key in enumerate(buildings.ids) if truth.get(key)]
    own = [truth[buildings.ids[k]] for k in chosen]
    found = {}
    cases = (("areas", buildings.columns, areas), ("names", buildings.columns, None), ("plain", {}, None))
    for name, columns, given in cases:
        label = grouped(list(buildings.geometry), columns, streets, given)
        found[name] = round(adjusted_rand([label[k] for k in chosen], own), 4)
    print("样板城", len(chosen), *(f"{name}={value:.4f}" for name, value in found.items()))
    return found


def one_estate(folder: Path) -> dict[str, int]:
    """Return in how many parts 火炬小区 is found, with building numbers and heights, and from footprints alone."""
    import shapely.geometry

    from fullservice_plugin.core.discovery.frame import LocalFrame

    features = json.loads((folder / "hangzhou_huoju_buildings.geojson").read_text(encoding="utf-8"))["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    frame = LocalFrame.around(*shapes[0].bounds)
    shapes = [frame.geometry(shape) for shape in shapes]
    columns = {"name": [feature["properties"]["name"] for feature in features]}
    heights = {"height": [feature["properties"]["height"] for feature in features]}
    found = {
        "numbers": len(set(grouped(shapes, columns, None))),
        "heights": len(set(grouped(shapes, heights, None))),
        "plain": len(set(grouped(shapes, {}, None))),
    }
    print("火炬小区", len(shapes), *(f"{name}={value}" for name, value in found.items()))
    return found


def main() -> int:
    """Run the cities given, else those at hand."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("cities", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=0.0, help="accepted for uniformity; grouping has no limit")
    arguments = parser.parse_args()
    use_stage()
    data = development_data()
    shipped = [ROOT / "demo" / "data" / "helsinki_centre.osm.pbf", ROOT / "tests" / "data" / "city" / "monaco.osm.pbf"]
    known = sorted((data / "city").glob("*.osm.pbf")) if (data / "city").is_dir() else shipped
    cities = arguments.cities or [path for path in known if "_20" not in path.name]
    totals: dict[str, Any] = {path.name.split(".")[0]: city(path) for path in cities}
    totals["样板城"] = sample_city()
    if (data / "china" / "hangzhou_huoju_buildings.geojson").exists():
        totals["火炬小区"] = one_estate(data / "china")
    print(json.dumps(totals, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
