# SPDX-License-Identifier: GPL-2.0-or-later
"""Matching at city size beside its peers: a line ``contender seconds peak_mb pairs`` each, last line totals as JSON.

``scale.py [--size 100000] [--peers NAMES] [--whole] [--runs 1]`` makes two dates of a city (common/made_city.py) and
lets every contender match them in a process of its own, from WKB in memory. Ours tells states, shifts, scores, bands
and relations and its clock begins at the WKB; a peer only measures overlap over union of every pair that meets, and
its clock begins when its own geometries are made. ``--whole`` groups the estates as well (ours only). Peak memory is
the whole process, data included; PostGIS works in its server, so only its time is told.
"""

from __future__ import annotations

import argparse
import json
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import use_stage  # noqa: E402

PEERS = ("pyqgis", "shapely_loop", "shapely2", "duckdb", "postgis")
LIBRARIES = {
    "shapely2": ("shapely2", "shapely>=2.1", "numpy"),
    "duckdb": ("duckdb", "duckdb==1.5.5", "duckdb-extension-spatial==1.5.5", "numpy"),
}
Data = tuple[list[bytes], list[bytes], list[Any]]


def ours(data: Data, whole: bool) -> tuple[float, Any, dict[str, Any]]:
    """Match, and group the newer date where the whole is asked for."""
    from shapely.geometry import LineString

    from fullservice_plugin.core.discovery.estates import group_estates
    from fullservice_plugin.core.discovery.matching import match_buildings
    from fullservice_plugin.core.shapes import WkbShapes
    from fullservice_plugin.core.table import FeatureTable

    before, after = (
        FeatureTable([str(k) for k in range(len(shapes))], WkbShapes(shapes))
        for shapes in data[:2]
    )
    lines = [LineString(points) for points in data[2]]
    streets = FeatureTable([str(k) for k in range(len(lines))], lines, {"highway": ["residential"] * len(lines)})
    start = time.perf_counter()
    result = match_buildings(before, after)
    facts: dict[str, Any] = {"matching": round(time.perf_counter() - start, 2), **result.counts}
    if whole:
        facts["estates"] = len(group_estates(after, streets))
    return time.perf_counter() - start, len(result.links), facts


def pyqgis(data: Data, whole: bool) -> tuple[float, Any, dict[str, Any]]:
    """What stock users have: QgsSpatialIndex, a prepared engine, the area of each intersection."""
    from qgis.core import QgsFeature, QgsGeometry, QgsSpatialIndex

    def made(blobs: list[bytes]) -> list[Any]:
        found = []
        for blob in blobs:
            geometry = QgsGeometry()
            geometry.fromWkb(blob)
            found.append(geometry)
        return found

    left, right = made(data[0]), made(data[1])
    start = time.perf_counter()
    index = QgsSpatialIndex()
    for number, geometry in enumerate(right):
        feature = QgsFeature(number)
        feature.setGeometry(geometry)
        index.addFeature(feature)
    areas = [geometry.area() for geometry in right]
    pairs = []
    for i, geometry in enumerate(left):
        near = index.intersects(geometry.boundingBox())
        if not near:
            continue
        engine = QgsGeometry.createGeometryEngine(geometry.constGet())
        engine.prepareGeometry()
        own = geometry.area()
        for j in near:
            if engine.intersects(right[j].constGet()):
                shared = engine.intersection(right[j].constGet()).area()
                pairs.append((i, j, shared / max(own + areas[j] - shared, 1e-9)))
    return time.perf_counter() - start, len(pairs), {}


def shapely_loop(data: Data, whole: bool) -> tuple[float, Any, dict[str, Any]]:
    """A tree and a loop, as with the shapely that QGIS 3.22 brings."""
    import shapely.wkb
    from shapely.prepared import prep
    from shapely.strtree import STRtree

    left, right = ([shapely.wkb.loads(blob) for blob in blobs] for blobs in data[:2])
    start = time.perf_counter()
    tree = STRtree(right)
    number = {id(shape): k for k, shape in enumerate(right)}
    pairs = []
    for i, shape in enumerate(left):
        near = tree.query(shape)
        if not len(near):
            continue
        quick, own = prep(shape), shape.area
        for found in near:
            other, j = (found, number[id(found)]) if hasattr(found, "area") else (right[found], int(found))
            if quick.intersects(other):
                shared = shape.intersection(other).area
                pairs.append((i, j, shared / max(own + other.area - shared, 1e-9)))
    return time.perf_counter() - start, len(pairs), {}


def shapely2(data: Data, whole: bool) -> tuple[float, Any, dict[str, Any]]:
    """Arrays of geometries, in chunks."""
    import numpy as np
    import shapely

    left, right = shapely.from_wkb(data[0]), shapely.from_wkb(data[1])
    start = time.perf_counter()
    tree = shapely.STRtree(right)
    i, j = tree.query(left, predicate="intersects")
    areas = shapely.area(left), shapely.area(right)
    union = np.empty(len(i))
    for first in range(0, len(i), 100_000):
        rows = slice(first, first + 100_000)
        shared = shapely.area(shapely.intersection(left[i[rows]], right[j[rows]]))
        union[rows] = shared / np.maximum(areas[0][i[rows]] + areas[1][j[rows]] - shared, 1e-9)
    return time.perf_counter() - start, len(i), {"version": shapely.__version__}


def duckdb(data: Data, whole: bool) -> tuple[float, Any, dict[str, Any]]:
    """A spatial join on two threads."""
    import duckdb as engine
    import duckdb_extension_spatial

    base = engine.connect(config={"threads": 2, "allow_unsigned_extensions": True})
    files = sorted(Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension"))
    base.execute(f"load '{files[0]}'")
    for name, blobs in zip(("a", "b"), data[:2]):
        base.execute(f"create table raw_{name} (id integer, wkb blob)")
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as handle:
            handle.writelines(f"{k},{blob.hex()}\n" for k, blob in enumerate(blobs))
            handle.flush()
            base.execute(
                f"create table {name} as select id, st_geomfromwkb(unhex(wkb)) as g from read_csv('{handle.name}', "
                "header=false, columns={'id': 'integer', 'wkb': 'varchar'})"
            )
    start = time.perf_counter()
    base.execute(
        "create table pairs as select i, j, s / greatest(x + y - s, 1e-9) as u from (select a.id as i, b.id as j, "
        "st_area(a.g) as x, st_area(b.g) as y, st_area(st_intersection(a.g, b.g)) as s from a join b on "
        "st_intersects(a.g, b.g))"
    )
    seconds = time.perf_counter() - start
    return seconds, base.execute("select count(*) from pairs").fetchone()[0], {"version": engine.__version__}


def postgis(data: Data, whole: bool) -> tuple[float, Any, dict[str, Any]]:
    """A join over a GiST index; the clock runs for index and join."""
    sys.path.insert(0, str(ROOT / "tools"))
    import io

    import psycopg2
    from cluster import Cluster

    cluster = Cluster()
    cluster.start()
    cluster.fresh_database("bench_scale")
    connection = psycopg2.connect(host=str(cluster.sockets), dbname="bench_scale", user="fs_owner")
    with connection, connection.cursor() as cur:
        cur.execute("create extension if not exists postgis")
        for name, blobs in zip(("a", "b"), data[:2]):
            cur.execute(f"create unlogged table {name} (id integer, g geometry)")
            cur.copy_from(io.StringIO("".join(f"{k}\t{blob.hex()}\n" for k, blob in enumerate(blobs))), name)
        start = time.perf_counter()
        for name in ("a", "b"):
            cur.execute(f"create index on {name} using gist (g)")
            cur.execute(f"analyze {name}")
        cur.execute(
            "create unlogged table pairs as select i, j, s / greatest(x + y - s, 1e-9) as u from (select a.id as i, "
            "b.id as j, st_area(a.g) as x, st_area(b.g) as y, st_area(st_intersection(a.g, b.g)) as s from a join b "
            "on st_intersects(a.g, b.g)) as shared"
        )
        seconds = time.perf_counter() - start
        cur.execute("select count(*) from pairs")
        count = cur.fetchone()[0]
    connection.close()
    cluster.drop_database("bench_scale")
    return seconds, count, {}


CONTENDERS: dict[str, Callable[[Data, bool], tuple[float, Any, dict[str, Any]]]] = {
    "ours": ours, "pyqgis": pyqgis, "shapely_loop": shapely_loop, "shapely2": shapely2, "duckdb": duckdb,
    "postgis": postgis,
}  # fmt: skip


def one(name: str, file: Path, whole: bool) -> int:
    """Run one contender in this process; prints its figures as JSON."""
    if name == "ours":
        use_stage()
    with file.open("rb") as handle:
        data = pickle.load(handle)
    seconds, pairs, facts = CONTENDERS[name](data, whole)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(seconds, 2), "peak_mb": round(peak), "pairs": pairs, **facts}))
    return 0


def make(size: int, file: Path) -> int:
    """Write the made city."""
    from made_city import two_dates

    with file.open("wb") as handle:
        pickle.dump(two_dates(size), handle, protocol=pickle.HIGHEST_PROTOCOL)
    return 0


def child(python: str, *arguments: str) -> Any:
    """Run this script anew and return what its last line says; None where it fails."""
    done = subprocess.run([python, "-P", str(Path(__file__)), *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(f"{' '.join(arguments[:2])}: {done.stderr.strip().splitlines()[-1:]}\n")
        return None
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else {}


def main() -> int:
    """Make the data, run every contender, print."""
    from peers import python_with

    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--peers", default=",".join(PEERS), help="names, comma-separated; empty for none")
    parser.add_argument("--whole", action="store_true", help="group the estates as well")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.0, help="accepted for uniformity; matching has no limit")
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.make:
        return make(arguments.size, arguments.file)
    if arguments.one:
        return one(arguments.one, arguments.file, arguments.whole)
    totals: dict[str, Any] = {"size": arguments.size}
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "city.pickle"
        child(sys.executable, "--make", "--size", str(arguments.size), "--file", str(file))
        names = ["ours", *(name for name in arguments.peers.split(",") if name)]
        for name in names * arguments.runs:
            python = python_with(*LIBRARIES[name]) if name in LIBRARIES else sys.executable
            whole = ["--whole"] if arguments.whole and name == "ours" else []
            found = child(python, "--one", name, "--file", str(file), *whole) if python else None
            if found is None:
                continue
            print(name, found["seconds"], found["peak_mb"], found["pairs"], flush=True)
            if name not in totals or found["seconds"] < totals[name]["seconds"]:
                totals[name] = found
    print(json.dumps(totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
