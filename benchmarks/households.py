# SPDX-License-Identifier: GPL-2.0-or-later
"""Households against known dwellings: MAPE of buildings with four and more, totals; last line totals as JSON.

``households.py [FILE] [--dwellings NB_LOGTS] [--storeys NB_ETAGES] [--height HAUTEUR] [--use USAGE1]`` reads footprints
of a projected CRS with known dwellings (field names of BD TOPO by default). The peer is the usual rule: area × storeys
× 0.8 / 80 m². Buildings without a count of dwellings are left out.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import development_data, use_stage  # noqa: E402

LEAST = 4  # dwellings from which a building's own error counts


def rule(area: float, storeys: Any, height: Any) -> float:
    """Return the usual rule's count."""
    levels = storeys or (max(1, round(height / 3.0)) if height else 2)
    return area * levels * 0.8 / 80.0


def read(path: Path, names: dict[str, str]) -> list[dict[str, Any]]:
    """Return shape and facts of the buildings whose dwellings are known."""
    import shapely.wkb
    from osgeo import gdal

    source = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
    if source is None:
        sys.exit(f"{path} cannot be opened.")
    layer = source.GetLayer(0)
    known = [one.name for one in layer.schema]
    found = []
    for feature in layer:
        geometry = feature.GetGeometryRef()
        facts = {key: feature[name] if name in known else None for key, name in names.items()}
        if geometry is not None and facts["dwellings"]:
            geometry.FlattenTo2D()
            found.append({"shape": shapely.wkb.loads(bytes(geometry.ExportToWkb())), **facts})
    return found


def figures(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Return the errors of (told, true) pairs; None where too few buildings speak."""
    large = [(told, true) for told, true in pairs if true >= LEAST]
    errors = [abs(told - true) / true for told, true in large]
    total = sum(true for _, true in pairs)
    return {
        "large": len(large),
        "mape": round(sum(errors) / len(errors), 4) if errors else None,
        "large_total": round(sum(told for told, _ in large) / sum(true for _, true in large) - 1, 4) if large else None,
        "total": round(sum(told for told, _ in pairs) / total - 1, 4) if total else None,
    }


def main() -> int:
    """Measure the file given, else the development data."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--dwellings", default="NB_LOGTS")
    parser.add_argument("--storeys", default="NB_ETAGES")
    parser.add_argument("--height", default="HAUTEUR")
    parser.add_argument("--use", default="USAGE1")
    parser.add_argument("--seconds", type=float, default=0.0, help="accepted for uniformity; nothing here has a limit")
    arguments = parser.parse_args()
    use_stage()
    path = arguments.file or development_data() / "conflation" / "bdtopo_dwellings.gpkg"
    if not path.exists():
        sys.stderr.write("No file was given and the development data is not at hand: nothing to measure.\n")
        print(json.dumps({}))
        return 0
    from fullservice_plugin.core.discovery.households import estimate, number_in

    names = {key: getattr(arguments, key) for key in ("dwellings", "storeys", "height", "use")}
    rows = read(path, names)
    ours, inside, peer = [], 0, []
    for row in rows:
        true = float(row["dwellings"])
        found = estimate(row["shape"].area, row["storeys"], row["height"], row["use"], row["shape"].length)
        ours.append((float(found.households or 0), true))
        inside += (found.low or 0) <= true <= (found.high if found.high is not None else math.inf)
        peer.append((rule(row["shape"].area, number_in(row["storeys"]), number_in(row["height"])), true))
    totals = {
        "buildings": len(rows),
        "dwellings": int(sum(true for _, true in ours)),
        "ours": {**figures(ours), "interval_holds": round(inside / max(len(rows), 1), 4)},
        "peer": figures(peer),
    }
    for name in ("ours", "peer"):
        print(name, *(f"{key}={value}" for key, value in totals[name].items()))
    print(json.dumps(totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
