# SPDX-License-Identifier: GPL-2.0-or-later
"""The Chinese datums: exactness, speed, and whether a wrong declaration is noticed. Last line totals as JSON.

Published vectors (WGS-84 → GCJ-02) and round trips in degrees, seconds per million points, then trials: footprints of
real towns laid down in mainland China; one source moved into another datum than it declares, as a layer of footprints
and as a ledger's coordinates. A trial counts where the product warns, or where it warns of nothing wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import development_data, use_stage  # noqa: E402

VECTORS = (  # lat, lon → lat, lon; eviltransform's test data
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
)
PLACES = ((120.15, 30.28), (113.95, 22.55), (104.06, 30.67), (126.63, 45.76), (87.6, 43.8))  # five mainland cities
ROWS = 60  # of a ledger


def exact() -> dict[str, float]:
    """Return the largest error on the vectors and on round trips, degrees, and seconds per million points."""
    from fullservice_plugin.core.discovery.datum import convert

    worst = 0.0
    for (lat, lon), (to_lat, to_lon) in VECTORS:
        x, y = convert(np.array([lon]), np.array([lat]), "wgs84", "gcj02")
        worst = max(worst, abs(float(x[0]) - to_lon), abs(float(y[0]) - to_lat))
    dice = np.random.default_rng(1)
    lon, lat = dice.uniform(101.0, 116.0, 1_000_000), dice.uniform(27.0, 37.0, 1_000_000)
    found = {"vectors": worst}
    for datum in ("gcj02", "bd09"):
        start = time.perf_counter()
        there = convert(lon, lat, "wgs84", datum)
        middle = time.perf_counter()
        back = convert(*there, datum, "wgs84")
        found[f"{datum}_forward_s"] = round(middle - start, 3)
        found[f"{datum}_inverse_s"] = round(time.perf_counter() - middle, 3)
        found[f"{datum}_round_trip"] = float(max(np.abs(back[0] - lon).max(), np.abs(back[1] - lat).max()))
    return found


def towns() -> dict[str, list[Any]]:
    """Return footprints in metres of the towns at hand, of dense and of sparse parts."""
    from fullservice_plugin.connectors.osm_file import read_osm
    from fullservice_plugin.core.discovery.frame import LocalFrame

    known = sorted((development_data() / "city").glob("*.osm*"))
    shipped = [ROOT / "demo" / "data" / "helsinki_centre.osm.pbf", ROOT / "tests" / "data" / "city" / "monaco.osm.pbf"]
    found = {}
    for path in [one for one in known if "_20" not in one.name] or shipped:
        shapes = read_osm(path).buildings.geometry
        frame = LocalFrame.around(*shapes[0].bounds)
        shapes = [frame.geometry(shape) for shape in shapes]
        shapes = sorted(shapes, key=lambda shape: shape.centroid.x)
        found[path.name.split(".")[0]] = shapes[:2000]
    return found


def declared_wrong(shapes: list[Any], place: tuple[float, float], true: str, dice: Any) -> tuple[bool, bool]:
    """Return whether a layer in datum ``true``, declared as WGS-84, and a ledger alike, are judged rightly."""
    from shapely.affinity import translate
    from shapely.ops import transform

    from fullservice_plugin.core.discovery.datum import convert
    from fullservice_plugin.core.discovery.frame import LocalFrame
    from fullservice_plugin.core.discovery.ledger import LedgerRow, locate_ledger
    from fullservice_plugin.core.discovery.matching import match_buildings
    from fullservice_plugin.core.table import FeatureTable

    frame = LocalFrame(*place)

    def displaced(x: Any, y: Any, _z: Any = None) -> Any:
        return frame.to_metres(*convert(*frame.to_degrees(x, y), "wgs84", true))

    drawn = [translate(shape, *dice.normal(0, 0.8, 2)) for shape in shapes if dice.random() > 0.1]
    existing = FeatureTable([str(k) for k in range(len(shapes))], list(shapes))
    layer = FeatureTable([str(k) for k in range(len(drawn))], [transform(displaced, shape) for shape in drawn])
    doubt = match_buildings(existing, layer, ways=(frame.to_degrees, frame.to_metres)).doubt
    layer_right = doubt is None if true == "wgs84" else doubt is not None and doubt == ("candidates", true)
    rows = []
    for k in dice.choice(len(shapes), min(ROWS, len(shapes)), replace=False):
        point = shapes[k].centroid
        lon, lat = convert(*frame.to_degrees(point.x, point.y), "wgs84", true)
        rows.append(LedgerRow(str(k), None, None, float(lon), float(lat)))
    warnings = locate_ledger(rows, existing, frame.to_metres, "wgs84").warnings
    return layer_right, bool(warnings) == (true != "wgs84")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=0.0, help="accepted for uniformity; nothing here has a limit")
    parser.parse_args()
    use_stage()
    totals: dict[str, Any] = exact()
    print(*(f"{name}={value:.3g}" for name, value in totals.items()))
    dice = np.random.default_rng(7)
    count = {"layer": 0, "ledger": 0}
    trials = 0
    for name, shapes in towns().items():
        own = [0, 0, 0]
        for place in PLACES:
            for true in ("wgs84", "gcj02", "bd09"):
                part = shapes if dice.random() < 0.5 else shapes[: max(40, len(shapes) // 5)]
                right = declared_wrong(part, place, true, dice)
                own = [own[0] + right[0], own[1] + right[1], own[2] + 1]
        print(name, len(shapes), f"layers {own[0]}/{own[2]}", f"ledgers {own[1]}/{own[2]}", flush=True)
        count["layer"], count["ledger"], trials = count["layer"] + own[0], count["ledger"] + own[1], trials + own[2]
    totals.update(trials=trials, layers_right=count["layer"], ledgers_right=count["ledger"])
    print(json.dumps(totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
