# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN of whole towns and of single floors, each checked by the independent verifier: a line each, last line JSON.

``wlan.py [FILE …] [--region cn] [--buildings 500] [--seconds 120]`` takes OpenStreetMap extracts, GeoJSON footprints
with storeys (field ``Floor`` or ``storeys``) or the word ``yangban`` (the made town of the demo). Printed: buildings,
floors, access points, proven least number, seconds, peak memory and findings. ``--floors`` measures single floors of
4 m grids instead: count, proven bound, seconds, beside the greedy choice of the same run.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Sequence

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from plan import city  # noqa: E402
from stage import development_data, use_stage  # noqa: E402

CASES = ("city/helsinki_centre.osm.pbf", "city/monaco.osm.pbf", "china/suzhou_buildings_floor.geojson")
FLOORS = (("office", 100, 60, 0), ("office", 80, 40, 500), ("office", 100, 60, 480),
          ("residential", 80, 40, 0),
          ("residential", 100, 60, 0), ("industrial", 100, 60, 0))


def footprints(path: Path) -> Any:
    """Return buildings of a GeoJSON file with their storeys, in metres."""
    from shapely.geometry import shape

    from fullservice_plugin.core.discovery.frame import LocalFrame
    from fullservice_plugin.core.table import FeatureTable

    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = [shape(feature["geometry"]).buffer(0) for feature in features]
    frame = LocalFrame.around(*shapes[0].bounds)
    storeys = [feature["properties"].get("Floor", feature["properties"].get("storeys")) for feature in features]
    return FeatureTable([str(i) for i in range(len(shapes))], [frame.geometry(s) for s in shapes], {"storeys": storeys},
                        name=path.name)


def buildings_of(case: str) -> Any:
    """Return the buildings of one case."""
    if case == "yangban":
        sys.path.append(str(ROOT / "demo"))
        from inputs.yangban import make_yangban_inputs

        with tempfile.TemporaryDirectory() as folder:
            made = make_yangban_inputs(Path(folder))
            return city(next(iter(sorted([*made.glob("*.osm"), *made.glob("*.osm.pbf")]))), True)[0]
    path = Path(case)
    return footprints(path) if path.suffix.lower() in (".json", ".geojson") else city(path, True)[0]


def layer(records: Sequence[Any], names: str, shaped: bool = True) -> Any:
    """Return what a design's layer holds as the verifier reads it."""
    from fullservice_plugin.core.table import FeatureTable

    return FeatureTable([str(i) for i in range(len(records))], [r.geometry if shaped else None for r in records],
                        {name: [getattr(r, name) for r in records] for name in names.split()})


def screened(case: str, region: str, most: int, seconds: float) -> dict[str, Any]:
    """Design the WLAN of the first buildings of a case and verify it from its layers."""
    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.core.access.verification.tables import DesignTables
    from fullservice_plugin.core.access.verification.verify import verify_design
    from fullservice_plugin.core.access.wlan.design import design_wlan
    from fullservice_plugin.core.access.wlan.model import WlanOptions

    buildings, catalogue = buildings_of(case), load_catalogue(None)
    buildings = buildings.take(list(range(min(most, len(buildings)))))
    start = time.perf_counter()
    design = design_wlan(buildings, catalogue, WlanOptions(region, seconds))
    spent = time.perf_counter() - start
    tables = DesignTables(
        buildings, aps=layer(design.aps, "ap_id building_id floor band channel eirp_dbm"),
        coverage=layer(design.coverage, "building_id floor primary_share secondary_share airtime model"),
        wlan_bom=layer(design.bom, "item unit quantity unit_price cost", False))
    found = verify_design(tables, catalogue, region=region)
    for finding in found[:5]:
        print("   ", finding.text, flush=True)
    return {"case": Path(case).name, "buildings": len(buildings), "floors": len(design.coverage),
            "aps": len(design.aps), "bound": design.aps_lower_bound, "seconds": round(spent, 1),
            "noisy_floors": sum(row.snr_share < 0.99 for row in design.coverage),
            "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "findings": dict(Counter(f.rule for f in found))}


def floor(use: str, wide: float, deep: float, users: Any) -> dict[str, Any]:
    """Design one floor, with the greedy choice beside it."""
    from shapely.geometry import box

    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.core.access.wlan.design import design_wlan
    from fullservice_plugin.core.access.wlan.model import WlanOptions
    from fullservice_plugin.core.table import FeatureTable

    table = FeatureTable(["A"], [box(0, 0, wide, deep)], {"storeys": [1], "use": [use], "users": [users]})
    found = []
    for seconds in (1e-9, 15.0 if users else 10.0):
        start = time.perf_counter()
        (row,) = design_wlan(table, load_catalogue(None), WlanOptions(time_limit=seconds)).coverage
        found.append((row, round(time.perf_counter() - start, 1)))
    (greedy, _), (best, spent) = found
    return {"case": f"{use} {wide:g}x{deep:g}", "users": users, "aps": best.aps, "bound": best.aps_lower_bound,
            "greedy": greedy.aps, "seconds": spent}


def main() -> int:
    """Screen towns, or measure floors."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--region", default="cn")
    parser.add_argument("--buildings", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--floors", action="store_true")
    given = parser.parse_args()
    use_stage()
    rows = []
    if given.floors:
        cases = [floor(*case) for case in FLOORS]
        for row in cases:
            print(row, flush=True)
        rows = cases
    else:
        data = development_data()
        names = given.files or [*(str(data / name) for name in CASES if data and (data / name).exists()), "yangban"]
        for name in names:
            rows.append(screened(name, given.region, given.buildings, given.seconds))
            print(rows[-1], flush=True)
    print(json.dumps(rows))
    return 1 if any(row.get("findings") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
