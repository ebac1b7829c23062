# SPDX-License-Identifier: GPL-2.0-or-later
"""Time of one change by hand in an area of 2,000 homes: seconds per change, a line per city, last line totals as JSON.

``hand.py [CITY.osm.pbf …] [--homes N] [--changes N]`` designs the homes nearest to the middle of a city, then locks,
forbids, draws, places and moves at random, each time designing anew around all changes so far.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))
sys.path.insert(0, str(ROOT / "benchmarks"))

from plan import city  # noqa: E402
from stage import development_data, use_stage  # noqa: E402


def middle(path: Path, homes: int) -> tuple[Any, Any, Any]:
    """Return buildings with so many homes around the supply point, the streets around them, and the supply."""
    buildings, streets, supply = city(path)
    point = supply.geometry[0]
    far = np.array([shape.distance(point) for shape in buildings.geometry])
    order = np.argsort(far, kind="stable")
    count = np.cumsum(np.array(buildings.column("households"))[order])
    rows = sorted(order[: int(np.searchsorted(count, homes)) + 1].tolist())
    reach = float(far[rows].max()) + 200.0
    near = [i for i, shape in enumerate(streets.geometry) if shape.distance(point) < reach]
    return buildings.take(rows), streets.take(near), supply


def change(hand: Any, design: Any, dice: random.Random) -> Any:
    """Return the hand with one more thing in it, of a kind drawn by lot."""
    from shapely.geometry import LineString, Point

    from fullservice_plugin.core.access.wired.hand import DrawnRoute

    route = dice.choice(design.routes).geometry
    spot = route.interpolate(dice.random(), normalized=True)
    kind = dice.choice(("lock", "forbid", "draw", "cabinet", "box", "home"))
    if kind == "lock":
        return replace(hand, locked=(*hand.locked, route))
    if kind == "forbid":
        return replace(hand, forbidden=(*hand.forbidden, route))
    if kind == "draw":
        end = (spot.x + dice.uniform(-60, 60), spot.y + dice.uniform(-60, 60))
        return replace(hand, drawn=(*hand.drawn, DrawnRoute(LineString([spot.coords[0], end]), "aerial")))
    if kind == "cabinet":
        return replace(hand, cabinets=(*hand.cabinets, spot))
    if kind == "box":
        return replace(hand, boxes=(*hand.boxes, spot))
    drop = dice.choice(design.drops)
    return replace(hand, homes={**hand.homes, drop.building_id: Point(*drop.geometry.coords[0])})


def measure(case: tuple[Any, Any, Any], changes: int) -> tuple[list[float], float]:
    """Return the seconds of each change, and the cost of all of them together as a share."""
    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.core.access.wired.design import build_graph, design_wired
    from fullservice_plugin.core.access.wired.hand import Hand
    from fullservice_plugin.core.access.wired.records import WiredOptions

    catalogue, dice = load_catalogue(None), random.Random(1)
    graphs: dict[Any, Any] = {}

    def design(hand: Any) -> Any:
        key = (tuple(way.line.wkb for way in hand.drawn), tuple(line.wkb for line in hand.forbidden))
        if key not in graphs:
            graphs[key] = build_graph(*case, catalogue, hand)
        return design_wired(*case, catalogue, WiredOptions(seconds=2.0), graph=graphs[key], hand=hand)

    hand = Hand()
    made = design(hand)
    free, taken = made.wired_cost, []
    for _ in range(changes):
        hand = change(hand, made, dice)
        start = time.perf_counter()
        made = design(hand)
        taken.append(time.perf_counter() - start)
    return taken, made.wired_cost / free - 1


def main() -> int:
    """Measure every city."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("cities", nargs="*", type=Path)
    parser.add_argument("--homes", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=0.0, help="accepted for uniformity; nothing here has a limit")
    options = parser.parse_args()
    use_stage()
    shipped = [ROOT / "demo" / "data" / "helsinki_centre.osm.pbf", ROOT / "tests" / "data" / "city" / "monaco.osm.pbf"]
    known = [development_data() / "city" / f"{name}.osm.pbf" for name in ("helsinki_wide", "lauf", "porto")]
    totals: dict[str, Any] = {}
    for path in options.cities or [path for path in known if path.exists()] or shipped:
        case = middle(path, options.homes)
        taken, dearer = measure(case, options.changes)
        name = path.name.split(".")[0]
        totals[name] = {
            "buildings": len(case[0]),
            "median": round(statistics.median(taken), 3),
            "slowest": round(max(taken), 3),
            "hand_cost": round(dearer, 4),
        }
        print(name, *totals[name].values(), flush=True)
    print(json.dumps(totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
