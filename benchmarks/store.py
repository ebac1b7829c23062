# SPDX-License-Identifier: GPL-2.0-or-later
"""The store: bulk load, overview and form save, peers in the same run. A line per figure, last line totals as JSON.

``load`` ratios are speeds over that of a bare COPY of the same rows from the same encoder into a table with the same
columns, checks and indexes, but without triggers, row security and foreign keys. ``overview`` compares the
    sums per grid
from the raw table with the same figures from the aggregates; ``redraw`` is QGIS drawing the project's layers,
    1200 × 800.
``save`` is one edit with all guards over a bare UPDATE of the same row, medians, alternating.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import struct
import sys
import time
from pathlib import Path
from typing import Any, Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from server import private_server, qgis  # noqa: E402
from stage import use_stage  # noqa: E402

NAME = "bench_store"
COLUMNS = ("code", "name", "estate_id", "grid_id", "geom", "storeys", "households", "households_low", "households_high",
           "households_method", "use", "position_method", "origin", "branch_code", "id", "coverage_level")
PER_ESTATE, PER_GRID = 20, 400
AUDIT = """
create table {schema}.log (at timestamptz default clock_timestamp(), who text default session_user, tbl text, op text,
    row_data jsonb);
create function {schema}.log() returns trigger language plpgsql as $$
begin insert into {schema}.log (tbl, op, row_data) values (tg_table_name, tg_op, to_jsonb(new)); return null; end $$;
create trigger log after insert on {schema}.audited for each row execute function {schema}.log()"""
RAW = """select o.fid, o.geom, x.* from fullservice.org_unit o join (
    select b.grid_id, count(*) as buildings, count(distinct b.estate_id) as estates, sum(b.households) as households,
        count(*) filter (where b.households is null) as unknown, sum(b.households) filter (where b.coverage_level >= 3)
    from fullservice.building b where not b.is_deleted group by 1) x on x.grid_id = o.id"""
SUMS = """select fid, geom, buildings, estates, households, unknown_households, covered_households
from fs_app.map_territory where level = 'grid'"""


def outline(number: int) -> str:
    """A five-cornered building of a town grid as hexadecimal WKB (EPSG:4326)."""
    x, y = 100.0 + (number % 2000) * 0.0004, 30.0 + (number // 2000) * 0.0004
    ring = ((x, y), (x + 2e-4, y), (x + 2.2e-4, y + 1e-4), (x + 1e-4, y + 1.6e-4), (x, y + 1e-4), (x, y))
    body = struct.pack("<BII", 1, 3, 1) + struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", *p) for p in ring)
    return (struct.pack("<BII", 1, 6, 1) + body).hex()


class Run:
    """A database of its own with territory and estates for so many buildings, and the peers' tables."""

    def __init__(self, cluster: Any, size: int) -> None:
        from fullservice_plugin.store.connection import Store
        from fullservice_plugin.store.migrate import install
        from fullservice_plugin.store.roles import add_person

        self.size, self.cluster = size, cluster
        cluster.fresh_database(NAME)
        self.dsn = {"host": str(cluster.sockets), "dbname": NAME}
        self.owner = Store.connect({**self.dsn, "user": "fs_owner"})
        install(self.owner)
        with self.owner.transaction(bulk=True) as cur:
            self._territory(cur)
            for role in ("planner", "customer_manager"):
                add_person(cur, f"{NAME}_{role[:2]}", role, ("B",))
        self.owner.execute("create schema peer")
        for table in ("same", "audited"):
            self.owner.execute(f"create table peer.{table} (like fullservice.building including all)")
            for column in ("row_version", "created_at", "created_by", "changed_at", "changed_by", "is_deleted",
                           "lead_state"):
                self.owner.execute(f"alter table peer.{table} alter {column} drop not null")  # QGIS sends NULL
        self.owner.execute("create table peer.naked as select * from fullservice.building with no data")
        self.owner.execute(AUDIT.format(schema="peer"))
        self.planner = Store.connect({**self.dsn, "user": f"{NAME}_pl"})
        self.manager = Store.connect({**self.dsn, "user": f"{NAME}_cu"})

    def _territory(self, cur: Any) -> None:
        cur.execute("insert into fullservice.org_unit (level, code, name, geom) values ('branch', 'B', 'B', ST_Multi("
                    "ST_MakeEnvelope(99, 29, 102, 33, 4326))) returning id")
        branch = cur.fetchone()[0]
        grids, estates = -(-self.size // PER_GRID), -(-self.size // PER_ESTATE)
        cur.execute("insert into fullservice.org_unit (level, code, name, parent_id, branch_code) select "
                    "'micro_region', "
                    "'M' || n, 'M' || n, %s, 'B' from generate_series(0, %s) n", (branch, grids // 25))
        cur.execute("insert into fullservice.org_unit (level, code, name, parent_id, branch_code, geom) select "
                    "'grid', 'G' "
                    "|| n, 'G' || n, m.id, 'B', ST_Multi(ST_MakeEnvelope(100 + (n %% 5) * 0.16, 30 + (n / 5) * "
                    "0.0004, 100 + "
                    "(n %% 5) * 0.16 + 0.16, 30 + (n / 5) * 0.0004 + 0.0004, 4326)) from generate_series(0, %s) n join "
                    "fullservice.org_unit m on m.code = 'M' || (n / 25)", (grids - 1,))
        cur.execute("insert into fullservice.estate (code, branch_code, grid_id, geom) select 'E' || n, 'B', "
                    "g.id, ST_Multi("
                    "ST_MakeEnvelope(100 + (n %% 100) * 0.008, 30 + (n / 100) * 0.0004, 100 + (n %% 100) * "
                    "0.008 + 0.0078, 30 "
                    "+ (n / 100) * 0.0004 + 0.0003, 4326)) from generate_series(0, %s) n join "
                    "fullservice.org_unit g on "
                    "g.code = 'G' || (n / %s)", (estates - 1, PER_GRID // PER_ESTATE))
        cur.execute("select code, id::text from fullservice.estate")
        self.estates = dict(cur.fetchall())
        cur.execute("select code, id::text from fullservice.org_unit where level = 'grid'")
        self.grids = dict(cur.fetchall())
        cur.execute("analyze fullservice.estate")
        cur.execute("analyze fullservice.org_unit")

    def rows(self, count: int, start: int = 0) -> Iterator[tuple[Any, ...]]:
        """Buildings one after another as they lie."""
        for n in range(start, start + count):
            yield (f"L{n:08d}", f"样板楼 {n}", self.estates[f"E{n // PER_ESTATE}"], self.grids[f"G{n // PER_GRID}"],
                   outline(n), 6, None if n % 11 == 0 else 24, None if n % 11 == 0 else 20, None if n % 11 == 0 else 30,
                   "storeys", "residential", "footprint", "import", "B",
                   f"018c0000-0000-7000-8000-{n:012x}", n % 5)

    def close(self) -> None:
        """Drop the database."""
        for store in (self.owner, self.planner, self.manager):
            store.close()
        self.cluster.drop_database(NAME)


def timed(deed: Callable[[], Any]) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def say(figures: dict[str, Any], name: str, value: float, unit: str) -> None:
    figures[name] = round(value, 4)
    print(f"{name}: {value:.4g} {unit}", flush=True)


def load(run: Run, figures: dict[str, Any], count: int) -> None:
    """Bulk load of the same rows by every way; ours last, and kept."""
    from psycopg2 import extras

    from fullservice_plugin.store import bulk

    rows = list(run.rows(count))
    names = ", ".join(COLUMNS)

    def copy(table: str) -> None:
        with run.owner.transaction() as cur:
            cur.execute(f"create temp table shape on commit drop as select {names} from peer.same with no data")
            writers = bulk._writers(cur, bulk.sql.Identifier("shape"), len(COLUMNS))
            lines = bulk._Lines(bulk._encoded(table, COLUMNS, writers, rows))
            cur.copy_expert(f"copy peer.{table} ({names}) from stdin", lines)

    def values() -> None:
        with run.owner.transaction() as cur:
            extras.execute_values(cur, f"insert into peer.same ({names}) values %s", rows, page_size=1000)

    def ours() -> None:
        with run.planner.transaction(bulk=True) as cur:
            bulk.copy_rows(cur, "building", COLUMNS, rows)

    ways: dict[str, Callable[[], None]] = {
        "bare_copy": lambda: copy("same"), "naked_copy": lambda: copy("naked"), "row_audit": lambda: copy("audited"),
        "execute_values": values, "ours": ours}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(2):
        for name, deed in ways.items():
            seconds[name].append(timed(deed))
            for table in ("peer.same", "peer.naked", "peer.audited", "peer.log"):
                run.owner.execute(f"truncate {table}")
            if name == "ours":
                run.owner.execute("alter table fullservice.building disable trigger all; delete from "
                                  "fullservice.building; alter table fullservice.building enable trigger all")
                run.owner.connection.autocommit = True
                run.owner.connection.cursor().execute("vacuum fullservice.building")
                run.owner.connection.autocommit = False
    best = {name: min(found) for name, found in seconds.items()}
    few = rows[: min(count, 5000)]
    best["add_features"] = timed(lambda: add_features(run, few)) * count / len(few)
    for name, found in best.items():
        say(figures, f"load_{name}_rows_per_s", count / found, "rows/s")
        if name != "bare_copy":
            say(figures, f"load_{name}_ratio", best["bare_copy"] / found, "× a bare COPY")


def add_features(run: Run, rows: list[tuple[Any, ...]]) -> None:
    """The same rows through QGIS' provider into the table without guards."""
    from qgis.core import QgsDataSourceUri, QgsFeature, QgsGeometry, QgsVectorLayer
    from qgis.PyQt.QtCore import QByteArray

    uri = QgsDataSourceUri()
    uri.setConnection(run.dsn["host"], "5432", NAME, "fs_owner", "")
    uri.setDataSource("peer", "same", "geom", "", "fid")
    layer = QgsVectorLayer(uri.uri(False), "same", "postgres")
    places = [layer.fields().indexOf(name) for name in COLUMNS]
    features = []
    for row in rows:
        feature = QgsFeature(layer.fields())
        for place, name, value in zip(places, COLUMNS, row):
            if name == "geom":
                shape = QgsGeometry()
                shape.fromWkb(QByteArray(bytes.fromhex(value)))
                feature.setGeometry(shape)
            else:
                feature.setAttribute(place, value)
        features.append(feature)
    good, _ = layer.dataProvider().addFeatures(features)
    if not good:
        raise SystemExit("addFeatures was refused: " + " ".join(layer.dataProvider().errors()))
    run.owner.execute("truncate peer.same")


def fill(run: Run, figures: dict[str, Any]) -> None:
    """All buildings by our way, in steps; talks on one in twenty."""
    from fullservice_plugin.store import bulk

    seconds, step = 0.0, 250_000
    for start in range(0, run.size, step):
        rows = list(run.rows(min(step, run.size - start), start))

        def part(rows: list[tuple[Any, ...]] = rows) -> None:
            with run.planner.transaction(bulk=True) as cur:
                bulk.copy_rows(cur, "building", COLUMNS, rows)

        seconds += timed(part)
    say(figures, f"fill_{run.size}_rows_per_s", run.size / seconds, "rows/s")
    with run.planner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.negotiation (building_id, estate_id, stage, origin, branch_code) "
                    "select id, "
                    "estate_id, (array['contacted','negotiating','signed'])[1 + fid % 3], 'import', 'B' from "
                    "fullservice.building where fid % 20 = 0")
    run.owner.connection.autocommit = True
    run.owner.connection.cursor().execute("vacuum analyze")
    run.owner.connection.autocommit = False


def overview(run: Run, figures: dict[str, Any]) -> None:
    """Sums per grid: from the raw table, and from the aggregates as a customer manager reads them."""
    run.planner.execute("set statement_timeout = 0")
    say(figures, f"refresh_{run.size}_s", timed(lambda: run.planner.rows("select fs_app.refresh_aggregates()")), "s")
    raw = min(timed(lambda: run.manager.rows(RAW)) for _ in range(3))
    sums = min(timed(lambda: run.manager.rows(SUMS)) for _ in range(5))
    say(figures, f"overview_{run.size}_raw_s", raw, "s")
    say(figures, f"overview_{run.size}_sums_s", sums, "s")
    say(figures, f"overview_{run.size}_ratio", raw / sums, "× faster from the aggregates")


def redraw(run: Run, figures: dict[str, Any]) -> None:
    """QGIS draws what the project shows at each band, as a customer manager."""
    from qgis.core import (
        QgsCoordinateReferenceSystem,
        QgsMapRendererSequentialJob,
        QgsMapSettings,
        QgsRectangle,
    )
    from qgis.PyQt.QtCore import QSize

    from fullservice_plugin.gis.layers import definition, make_layer
    from fullservice_plugin.gis.styles import apply_style

    service = run.cluster.add_service(NAME, f"{NAME}_cu", NAME) or NAME
    bands = {"branch": (("branch",), 1.2), "micro_region": (("micro_region", "branch"), 0.5), "grid": (("grid",), 0.1),
             "estate": (("estate", "estate_map", "grid"), 0.012), "building": (("building", "negotiation_map"), 0.006)}
    for band, (keys, width) in bands.items():
        layers = []
        for key in keys:
            layer = make_layer(service, definition(key), "en")
            apply_style(layer, definition(key), "en")
            layer.setScaleBasedVisibility(False)
            layers.append(layer)
        settings = QgsMapSettings()
        settings.setLayers(layers)
        settings.setOutputSize(QSize(1200, 800))
        settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
        settings.setExtent(QgsRectangle(100.1, 30.01, 100.1 + width, 30.01 + width * 2 / 3))

        def draw(settings: Any = settings) -> None:
            job = QgsMapRendererSequentialJob(settings)
            job.start()
            job.waitForFinished()

        draw()
        say(figures, f"redraw_{run.size}_{band}_s", statistics.median(timed(draw) for _ in range(3)), "s")


def save(run: Run, figures: dict[str, Any], times: int = 300) -> None:
    """One edit as a form sends it, and the same bare UPDATE; medians of alternating runs."""
    run.owner.execute(f"insert into peer.same select * from fullservice.building where fid <= (select min(fid) "
                       f"+ {times} "
                      "from fullservice.building)")
    fids = [fid for (fid,) in run.owner.rows("select fid from peer.same order by fid limit %s", (times,))]
    bare, ours = [], []
    for number, fid in enumerate(fids):
        bare.append(timed(lambda fid=fid: run.owner.execute(
            "update peer.same set name = %s where fid = %s", ("x", fid))))
        ours.append(timed(lambda fid=fid, number=number: run.manager.execute(
            "update fullservice.building set name = %s, edit_base = row_version where fid = %s", (f"y{number}", fid))))
    say(figures, f"save_{run.size}_bare_ms", 1000 * statistics.median(bare), "ms")
    say(figures, f"save_{run.size}_ours_ms", 1000 * statistics.median(ours), "ms")
    say(figures, f"save_{run.size}_ratio", statistics.median(ours) / statistics.median(bare), "× a bare UPDATE")


def main() -> int:
    """Measure; print the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the load comparison")
    parser.add_argument("--sizes", default="100000", help="stores to fill, with commas")
    options = parser.parse_args()
    use_stage()
    cluster = private_server()
    _application = qgis()
    figures: dict[str, Any] = {"load_average": os.getloadavg()[0]}
    first = True
    for size in map(int, options.sizes.split(",")):
        run = Run(cluster, max(size, options.rows if first else 0))
        try:
            if first:
                load(run, figures, options.rows)
            fill(run, figures)
            overview(run, figures)
            redraw(run, figures)
            save(run, figures)
        finally:
            run.close()
        first = False
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
