# SPDX-License-Identifier: GPL-2.0-or-later
"""Labelled building pairs: prints ``precision recall f1 seconds``, last line totals as JSON.

``matching.py EXISTING CANDIDATES PAIRS [--id FIELD] [--shift EAST,NORTH]`` reads two footprint files (anything
GDAL reads), generates its own candidates, runs the matching that ``matchbuildings`` runs and scores the labelled pairs
whose both ids are in the two files (columns ``id_existing, id_new, match``, either order). Peers of the same run on
the same pairs: overlap/union above 0.5, overlap over the smaller area above 0.5, any overlap, all without shift.
Without PAIRS (``--change``) it prints the change states of two dates of one place instead. Without arguments it runs on
the development data beside the checkout, where there is any.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import development_data, use_stage  # noqa: E402


def read(path: Path, field: str) -> Any:
    """Return the footprints of a file as a table in metres; a projected CRS in metres is kept."""
    import shapely.wkb
    from osgeo import gdal, osr

    from fullservice_plugin.connectors.osm_file import is_osm_file, read_osm
    from fullservice_plugin.core.discovery.frame import LocalFrame
    from fullservice_plugin.core.table import FeatureTable

    if is_osm_file(str(path)):
        table = read_osm(path).buildings
        table.geometry = [_in_degrees(shape, FRAMES, LocalFrame) for shape in table.geometry]
        return FeatureTable(table.ids, table.geometry)
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    source = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
    if source is None:
        sys.exit(f"{path} cannot be opened.")
    layer = source.GetLayer(0)
    names = [one.name for one in layer.schema]
    key = field or next((name for name in ("id", "osm_id", "code") if name in names), names[0] if names else "")
    reference = layer.GetSpatialRef()
    degrees = reference is not None and reference.IsGeographic()
    if degrees:
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    ids, shapes = [], []
    for feature in layer:
        geometry = feature.GetGeometryRef()
        if geometry is None or geometry.IsEmpty():
            continue
        shape = shapely.wkb.loads(bytes(geometry.ExportToWkb()))
        shape = shape if shape.is_valid else shape.buffer(0)
        ids.append(str(feature[key]) if key else str(feature.GetFID()))
        shapes.append(_in_degrees(shape, FRAMES, LocalFrame) if degrees else shape)
    return FeatureTable(ids, shapes)


FRAMES: list[Any] = []


def _in_degrees(shape: Any, frames: list[Any], kind: Any) -> Any:
    if not frames:
        frames.append(kind.around(*shape.bounds))
    return frames[0].geometry(shape)


def labelled(path: Path, left: set[str], right: set[str]) -> dict[tuple[str, str], bool]:
    """Return (existing id, candidate id) → match for the pairs whose both ids are in the files."""
    found = {}
    with path.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            a, b = row["id_existing"], row["id_new"]
            pair = (a, b) if a in left and b in right else (b, a) if b in left and a in right else None
            if pair is not None:
                found[pair] = row["match"].strip().lower() in ("true", "1", "t", "yes")
    return found


def score(truth: dict[tuple[str, str], bool], said: set[tuple[str, str]]) -> tuple[float, float, float]:
    """Return (precision, recall, F1) on the labelled pairs."""
    right = sum(1 for pair, match in truth.items() if match and pair in said)
    positive = sum(1 for pair in truth if pair in said)
    true = sum(truth.values())
    precision, recall = right / max(positive, 1), right / max(true, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def peers(existing: Any, candidates: Any) -> dict[str, set[tuple[str, str]]]:
    """Return the pairs that the plain rules call a match, without shift."""
    from fullservice_plugin.core.discovery.boxes import near_pairs
    from fullservice_plugin.core.discovery.footprints import footprints_of, overlap_areas

    a, b = footprints_of(existing.geometry), footprints_of(candidates.geometry)
    i, j = near_pairs(a.bounds, b.bounds, 0.0)
    shared = overlap_areas(a, b, i, j)
    smaller = [min(x, y) for x, y in zip(a.area[i], b.area[j])]
    whole = a.area[i] + b.area[j] - shared
    names = [(existing.ids[p], candidates.ids[q]) for p, q in zip(i, j)]
    return {
        "union_above_half": {name for name, s, w in zip(names, shared, whole) if s > 0.5 * w},
        "smaller_above_half": {name for name, s, m in zip(names, shared, smaller) if s > 0.5 * m},
        "any_overlap": {name for name, s in zip(names, shared) if s > 0},
    }


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Match two files and return the figures; prints the line per file pair."""
    from shapely.affinity import translate

    from fullservice_plugin.core.discovery.footprints import footprints_of
    from fullservice_plugin.core.discovery.links import MATCH
    from fullservice_plugin.core.discovery.matching import match_buildings, pairs_of

    FRAMES.clear()
    existing, candidates = read(arguments.existing, arguments.id), read(arguments.candidates, arguments.id)
    if arguments.shift:
        east, north = (float(part) for part in arguments.shift.split(","))
        candidates.geometry = [translate(shape, east, north) for shape in candidates.geometry]
    start = time.perf_counter()
    result = match_buildings(existing, candidates)
    seconds = time.perf_counter() - start
    totals: dict[str, Any] = {
        "existing": len(existing),
        "candidates": len(candidates),
        "seconds": round(seconds, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    if arguments.pairs is None:
        states = Counter(f"{change.source}_{change.state}" for change in result.changes)
        totals.update(sorted(states.items()))
        print(" ".join(f"{name}={count}" for name, count in sorted(states.items())), f"{seconds:.3f}")
        return totals
    truth = labelled(arguments.pairs, set(existing.ids), set(candidates.ids))
    said = {(link.existing_id, link.candidate_id) for link in result.links if link.band == MATCH}
    i, j = pairs_of(footprints_of(existing.geometry), footprints_of(candidates.geometry))
    offered = {(existing.ids[p], candidates.ids[q]) for p, q in zip(i, j)}
    true = [pair for pair, match in truth.items() if match]
    precision, recall, f1 = score(truth, said)
    totals.update(
        pairs=len(truth),
        precision=round(precision, 4),
        recall=round(recall, 4),
        f1=round(f1, 4),
        candidate_recall=round(sum(pair in offered for pair in true) / max(len(true), 1), 4),
        peers={name: round(score(truth, found)[2], 4) for name, found in peers(existing, candidates).items()},
    )
    print(f"{precision:.4f} {recall:.4f} {f1:.4f} {seconds:.3f}")
    return totals


def main() -> int:
    """Run the files given, else the development data."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("existing", nargs="?", type=Path)
    parser.add_argument("candidates", nargs="?", type=Path)
    parser.add_argument("pairs", nargs="?", type=Path)
    parser.add_argument("--id", default="")
    parser.add_argument("--shift", default="")
    parser.add_argument("--change", action="store_true")
    parser.add_argument("--seconds", type=float, default=0.0, help="accepted for uniformity; matching has no limit")
    arguments = parser.parse_args()
    use_stage()
    if arguments.existing is not None:
        if arguments.candidates is None or (arguments.pairs is None and not arguments.change):
            parser.error("EXISTING CANDIDATES PAIRS, or EXISTING CANDIDATES --change")
        print(json.dumps(run(arguments)))
        return 0
    data = development_data()
    totals = {}
    for left, right in (("gov", "msft"), ("gov", "osm"), ("osm", "msft")):
        files = [data / "conflation" / f"buildings_{name}.gpkg" for name in (left, right)]
        if all(file.exists() for file in files):
            arguments.existing, arguments.candidates = files
            arguments.pairs = data / "conflation" / "pairs.csv"
            totals[f"{left}-{right}"] = run(arguments)
    dates = [data / "city" / f"monaco_{date}.osm.pbf" for date in ("2020-07", "2021-04")]
    if all(file.exists() for file in dates):
        (arguments.existing, arguments.candidates), arguments.pairs = dates, None
        totals["monaco"] = run(arguments)
    print(json.dumps(totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
