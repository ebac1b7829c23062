# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole wired plans of real cities beside what a planner could put together: a line per city, last line totals as JSON.

``plan.py [CITY.osm.pbf …] [--seconds N]`` designs FTTH for every dwelling of a city from one supply point in its
middle: cost, proven gap and its parts, seconds, findings of the independent verifier. The peer of the same run takes
networkx's Steiner tree over street middles and lead-ins, and fills boxes and cabinets bottom-up without weighing
their price; rules, catalogue, bill and verifier are the same. A second peer does so on our own candidate graph, ways
along walls included. ``--no-peer`` leaves both out. ``--homes N`` designs about so many homes instead: the nearest to
the middle, or the city laid side by side as often as it takes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from peers import python_with  # noqa: E402
from stage import development_data, use_stage  # noqa: E402


def city(path: Path, uses: bool = False) -> tuple[Any, Any, Any]:
    """Return buildings with households (and their use), streets and one supply point, in metres."""
    from shapely.geometry import Point

    from fullservice_plugin.connectors.osm_file import read_osm
    from fullservice_plugin.core.discovery.frame import LocalFrame
    from fullservice_plugin.core.discovery.households import estimate
    from fullservice_plugin.core.discovery.source import facts_of
    from fullservice_plugin.core.table import FeatureTable

    data = read_osm(path)
    frame = LocalFrame.around(*data.buildings.geometry[0].bounds)
    ids, shapes, homes, storeys, use = [], [], [], [], []
    for key, shape, fact in zip(data.buildings.ids, data.buildings.geometry, facts_of(data.buildings)):
        shape = frame.geometry(shape)
        found = estimate(shape.area, fact.storeys, fact.height, fact.use, shape.length)
        if found.households:
            ids.append(key)
            shapes.append(shape)
            homes.append(found.households)
            storeys.append(found.storeys)
            use.append(fact.use)
    columns = {"households": homes, "storeys": storeys, **({"use": use} if uses else {})}
    buildings = FeatureTable(ids, shapes, columns)
    lines = [frame.geometry(shape) for shape in data.streets.geometry]
    streets = FeatureTable(data.streets.ids, lines, data.streets.columns, name="streets")
    middle = np.median(np.array([[shape.centroid.x, shape.centroid.y] for shape in shapes]), axis=0)
    return buildings, streets, FeatureTable(["OLT"], [Point(*middle)], {}, name="supply")


def sized(case: tuple[Any, Any, Any], homes: int) -> tuple[Any, Any, Any]:
    """Return about so many homes: those nearest to the middle, or the city several times beside itself."""
    from shapely.affinity import translate

    from fullservice_plugin.core.table import FeatureTable

    buildings, streets, supply = case
    known = np.array(buildings.column("households"))
    if homes <= known.sum():
        far = np.array([shape.distance(supply.geometry[0]) for shape in buildings.geometry])
        order = np.argsort(far, kind="stable")
        rows = sorted(order[: int(np.searchsorted(np.cumsum(known[order]), homes)) + 1].tolist())
        reach = float(far[rows].max()) + 300.0
        near = [i for i, shape in enumerate(streets.geometry) if shape.distance(supply.geometry[0]) < reach]
        return buildings.take(rows), streets.take(near), supply
    boxes = np.array([shape.bounds for shape in [*buildings.geometry, *streets.geometry]])
    step = float(boxes[:, 2].max() - boxes[:, 0].min()) + 50.0
    tiles = int(np.ceil(homes / known.sum()))
    tables = []
    for table in case:
        ids = [f"{key}-{k}" for k in range(tiles) for key in table.ids]
        shapes = [translate(shape, k * step) for k in range(tiles) for shape in table.geometry]
        columns = {name: list(values) * tiles for name, values in table.columns.items()}
        tables.append(FeatureTable(ids, shapes, columns, [], table.name))
    return tables[0], tables[1], tables[2]


def networkx_solver(python: str) -> Any:
    """Return a stand-in for the tree solver that takes networkx's tree."""
    from fullservice_plugin.core.access.wired.steiner import SteinerResult

    def solve(
        n: int,
        tails: Any,
        heads: Any,
        costs: Any,
        terminals: Any,
        seconds: float = 0.0,
        progress: Any = None,
        prove: bool = False,
    ) -> Any:
        none = np.zeros(0)
        with tempfile.NamedTemporaryFile(suffix=".npz") as file:
            np.savez(
                file, n=n, tails=tails, heads=heads, costs=costs, terminals=np.unique(terminals), prizes=none, root=-1
            )
            file.flush()
            script = str(ROOT / "benchmarks" / "common" / "tree_peers.py")
            done = subprocess.run(
                [python, "-P", script, file.name, "--edges"], stdout=subprocess.PIPE, text=True, check=True
            )
        cheapest: dict[tuple[int, int], int] = {}
        for e in np.argsort(costs, kind="stable").tolist():
            a, b = int(tails[e]), int(heads[e])
            cheapest.setdefault((min(a, b), max(a, b)), e)
        edges = np.array(sorted(cheapest[min(a, b), max(a, b)] for a, b in json.loads(done.stdout)), dtype=np.int64)
        return SteinerResult(float(np.asarray(costs)[edges].sum()), 0.0, edges)

    return solve


def designed(
    case: tuple[Any, Any, Any], seconds: float, python: Optional[str] = None, walls: bool = True
) -> tuple[Any, float]:
    """Return a design and its seconds; the peer's where an interpreter with networkx is given."""
    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.core.access.wired import design
    from fullservice_plugin.core.access.wired.records import WiredOptions

    own = design.solve_steiner, design.place_boxes, design.place_cabinets, design.settle
    if python is not None:
        plain = {"drop_price": 0.0, "cable_price": 1e12}  # boxes as full as they get, cabinets where they end up
        design.solve_steiner = networkx_solver(python)
        design.place_boxes = lambda tree, starts, inside, demand, rules, *more: own[1](
            tree, starts, inside, demand, replace(rules, **plain), *more
        )
        design.place_cabinets = lambda tree, boxes, rules, *more: own[2](tree, boxes, replace(rules, **plain), *more)
        design.settle = lambda tree, xy, boxes, cabinets, *more: cabinets
    catalogue = load_catalogue(None)
    if not walls:
        catalogue = replace(catalogue, data=json.loads(json.dumps(catalogue.data)))
        catalogue.data["rules"]["wall_routes"]["value"] = 0
        for surface in catalogue.data["surfaces"].values():
            surface.pop("half_width_m", None)
    start = time.perf_counter()
    try:
        found = design.design_wired(*case, catalogue, WiredOptions(seconds=seconds))
    finally:
        design.solve_steiner, design.place_boxes, design.place_cabinets, design.settle = own
    return found, time.perf_counter() - start


def findings(case: tuple[Any, Any, Any], made: Any) -> int:
    """Return how many rules the verifier finds broken, from the records alone."""
    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.core.access.verification.tables import DesignTables
    from fullservice_plugin.core.access.verification.verify import verify_design
    from fullservice_plugin.core.table import FeatureTable

    def layer(records: list[Any], names: str, shaped: bool = True) -> Any:
        return FeatureTable(
            [str(i) for i in range(len(records))],
            [record.geometry if shaped else None for record in records],
            {name: [getattr(record, name) for record in records] for name in names.split()},
        )

    tables = DesignTables(
        case[0],
        routes=layer(made.routes, "route_id kind construction length_m fibres cable trench_cost cable_cost"),
        nodes=layer(made.nodes, "node_id kind parent_id ports used splitter"),
        drops=layer(made.drops, "building_id node_id length_m fibres loss_db"),
        wired_bom=layer(made.bom, "item unit quantity unit_price cost", False),
    )
    return len(verify_design(tables, load_catalogue(None)))


def main() -> int:
    """Design every city."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("cities", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0, help="time limit of the tree search")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--homes", type=int, default=0)
    options = parser.parse_args()
    use_stage()
    shipped = [ROOT / "demo" / "data" / "helsinki_centre.osm.pbf", ROOT / "tests" / "data" / "city" / "monaco.osm.pbf"]
    known = [development_data() / "city" / f"{name}.osm.pbf" for name in ("helsinki_wide", "lauf", "porto")]
    python = None if options.no_peer else python_with("trees", "networkx", "rustworkx", "pcst_fast", "numpy<2")
    totals: dict[str, Any] = {}
    for path in options.cities or [path for path in known if path.exists()] or shipped:
        case = sized(city(path), options.homes) if options.homes else city(path)
        found, seconds = designed(case, options.seconds)
        parts = {
            name: round(part.cost / part.lower_bound - 1, 4) if part.lower_bound else None
            for name, part in found.components.items()
        }
        own: dict[str, Any] = {
            "homes": found.homes,
            "cost": round(found.wired_cost),
            "gap": round(found.wired_cost / found.wired_lower_bound - 1, 4),
            "seconds": round(seconds, 1),
            "trench": round(found.components["trench"].cost),
            "parts": parts,
        }
        own["findings"] = findings(case, found)
        for peer, walls in (("peer", False), ("peer_same_graph", True)) if python is not None else ():
            other, taken = designed(case, options.seconds, python, walls)
            own[peer] = {
                "cost": round(other.wired_cost),
                "homes": other.homes,
                "seconds": round(taken, 1),
                "trench": round(other.components["trench"].cost),
                "dearer": round(other.wired_cost / found.wired_cost - 1, 4),
                "findings": findings(case, other),
            }
        name = path.name.split(".")[0]
        totals[name] = own
        print(
            name,
            own["homes"],
            own["cost"],
            own["gap"],
            own["seconds"],
            *(own[peer]["dearer"] for peer in ("peer", "peer_same_graph") if peer in own),
            flush=True,
        )
    totals["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
