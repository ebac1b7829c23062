# SPDX-License-Identifier: GPL-2.0-or-later
"""Stores that are absent, old, new, closed or lost on the way: one plain sentence, and not a row half-written."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

qgis_core = pytest.importorskip("qgis.core")

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).parent.parent / "store" / "town.py")
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)

WEST, SOUTH, STEP = 24.94, 60.17, 0.0005
HH = "field=code:string&field=hh:integer"
WRITING = ("discoverbuildings", "importledger", "importterritory", "importsites", "importresources", "importpackages",
           "importcompetitors", "importavailability", "importnegotiations", "planaccess", "estimatehouseholds",
           "groupestates")


KEYED = ("estimatehouseholds", "groupestates")


class Place:
    """A store with the small town, its tables counted."""

    def __init__(self, name: str, databases) -> None:
        from fullservice_plugin.store.connection import Store

        self.name, self.databases = name, databases
        self.store = Store.connect({"service": name})
        town.build(self.store)
        self.tables = [row[0] for row in self.store.rows(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
            "where schemaname in ('fullservice', 'fs_pii', 'fs_meta') order by 1")]

    def counts(self) -> dict[str, int]:
        from psycopg2 import sql

        return {table: self.store.value(sql.SQL("select count(*) from {}").format(
            sql.Identifier(*table.split(".")))) for table in self.tables}

    def login(self, role: str) -> str:
        """The service of a login with ``role`` ("" for one that the store does not know)."""
        from psycopg2 import sql

        from fullservice_plugin.store.roles import grant_role

        user = f"{self.name}_somebody_{role or 'else'}"
        with self.store.transaction(bulk=True) as cur:
            cur.execute(sql.SQL("create role {} login").format(sql.Identifier(user)))
            if role:
                grant_role(cur, user, role)
        return self.databases.service(user, self.name, user)


@pytest.fixture(scope="module")
def place(store_name, databases):
    made = Place(store_name, databases)
    yield made
    made.store.close()


@pytest.fixture
def given(made, qgis_app, tmp_path):
    """Usable parameters of any algorithm on the store."""
    ledger = tmp_path / "ledger.csv"
    ledger.write_text("编号,名称,x,y\n" + "".join(f"{k},玫瑰园{k},24.94{k % 9},60.17\n" for k in range(300)))
    rows = [(wkt, [code, "fat", code, "olt"]) for wkt, (code, _) in made.houses(20, WEST, SOUTH, step=STEP)]
    fields = "field=code:string&field=kind:string&field=name:string&field=stage:string"
    layer = made.layer("Polygon", fields, rows, "houses")

    def parameters(algorithm: str, store: str) -> dict:
        found = {"STORE": store, **({"ID_FIELD": "code"} if algorithm in KEYED else {})}
        optional = qgis_core.QgsProcessingParameterDefinition.Flag.FlagOptional
        for definition in qgis_app.fullservice_provider.algorithm(algorithm).parameterDefinitions():
            name = definition.name()
            if name == "LEDGER":
                found[name] = str(ledger)
            elif definition.type() == "source" and (name == "SOURCE" or not definition.flags() & optional):
                found[name] = layer
            elif definition.type() == "sink" and not definition.flags() & optional:
                found[name] = "memory:"
            elif name == "OUTPUT":
                found[name] = str(tmp_path / ("made.qgz" if algorithm == "buildproject" else "made.pdf"))
            elif name == "OUTPUT_FOLDER":
                found[name] = str(tmp_path / "made.folder")
            elif name in ("AREA", "PLAN_ID", "PLAN_A", "PLAN_B"):
                found[name] = "G"
            elif name == "FILE" and not definition.flags() & optional:
                found[name] = str(tmp_path / ("made.fsbackup" if algorithm == "backupstore" else "no.fsbackup"))
            elif name == "LOGIN":
                found[name] = "fs_somebody"
            elif name == "LEVEL":
                found[name] = "branch"
        return found

    return parameters


#: A store of another version may be saved before it is upgraded; the others do not look into it.
ANY_VERSION = {"createstore", "backupstore", "restorestore"}


def on_store(qgis_app) -> list[str]:
    return [found.name() for found in qgis_app.fullservice_provider.algorithms() if found.parameterDefinition("STORE")]


def test_names_that_lead_nowhere(attempt, qgis_app, given, databases, tmp_path):
    with databases.file.open("a") as handle:
        for name, host in (("fs_dead", "/tmp"), ("fs_refused", "127.0.0.1")):
            handle.write(f"[{name}]\nhost={host}\nport=9\ndbname=x\nuser=y\npassword=geheim\n\n")
    for algorithm in on_store(qgis_app):
        made = attempt.refused(algorithm, "“fs_nowhere”", "Check the connection or service name",
                               **given(algorithm, "fs_nowhere"))
        assert "geheim" not in made.error
    for name in ("fs_dead", "fs_refused", "a b='c"):
        made = attempt.refused("exportplan", f"“{name}”", **given("exportplan", name))
        assert "geheim" not in made.error
    attempt.refused("createstore", "(STORE) is missing", STORE="")
    assert not list(tmp_path.glob("made.*"))


def test_a_database_without_a_store_or_with_something_else(attempt, qgis_app, given, empty_database, databases):
    for algorithm in on_store(qgis_app):
        if algorithm == "restorestore":  # an empty database is what it asks for
            attempt.refused(algorithm, "no.fsbackup is no backup", **given(algorithm, empty_database))
        elif algorithm != "createstore":
            attempt.refused(algorithm, f"no store in “{empty_database}” yet. Run createstore",
                            **given(algorithm, empty_database))
    link = databases.connect()
    with link.cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where datname = %s", (empty_database,))
        assert cursor.fetchone() == (0,), "refused connections stay open"
    link.close()
    taken = databases.create()
    link = databases.connect(taken)
    link.cursor().execute("create schema fullservice create table precious (x int)")
    attempt.refused("createstore", f"“{taken}” already holds something else named fullservice", STORE=taken)
    with link.cursor() as cursor:
        cursor.execute("select nspname from pg_namespace where nspname like 'f%%s%%' order by 1")
        assert cursor.fetchall() == [("fullservice",)]
    link.close()


def test_a_store_that_is_too_old(attempt, qgis_app, given, place, monkeypatch, tmp_path):
    from fullservice_plugin.store import versions

    step = tmp_path / "0009_later.sql"
    step.write_text("create table fullservice.half (x int); select nonsense from nowhere;")
    files = [*versions.files(), (9, step)]
    before = place.counts()
    monkeypatch.setattr(versions, "files", lambda: files)
    for algorithm in on_store(qgis_app):
        if algorithm not in ANY_VERSION:
            attempt.refused(algorithm, "this plugin needs 9", "UPGRADE", **given(algorithm, place.name))
    attempt.refused("createstore", "Allow the upgrade", STORE=place.name, UPGRADE=False)
    assert attempt("createstore", STORE=place.name, UPGRADE=True).error
    assert place.counts() == before
    assert place.store.value("select to_regclass('fullservice.half')") is None


def test_a_store_that_is_too_new(attempt, qgis_app, given, place):
    with place.store.transaction() as cur:
        cur.execute("insert into fs_meta.migration (v, sha256) values (99, 'later')")
        cur.execute("update fs_meta.setting set value = '99' where key in ('min_client', 'min_reader')")
    try:
        for algorithm in set(on_store(qgis_app)) - ANY_VERSION | {"createstore"}:
            attempt.refused(algorithm, "99", "Update the plugin", **given(algorithm, place.name))
    finally:
        with place.store.transaction() as cur:
            cur.execute("delete from fs_meta.migration where v = 99")
            cur.execute("update fs_meta.setting set value = '1' where key in ('min_client', 'min_reader')")


def test_a_store_that_is_too_new_to_be_written_is_still_read(attempt, qgis_app, given, place, tmp_path):
    from fullservice_plugin.processing.provider import algorithm_classes

    before = place.counts()
    with place.store.transaction() as cur:
        cur.execute("update fs_meta.setting set value = '99' where key = 'min_client'")
    try:
        for algorithm in algorithm_classes():
            if algorithm.ID in on_store(qgis_app) and algorithm.ID not in ANY_VERSION and algorithm.WRITES:
                attempt.refused(algorithm.ID, "99", "Update the plugin", **given(algorithm.ID, place.name))
        made = attempt("buildproject", STORE=place.name, LANGUAGE="en", OUTPUT=str(tmp_path / "read.qgz"))
        assert made.outputs.get("LAYERS", 0) > 20, made.error
        assert attempt("checkstore", STORE=place.name).outputs["FINDINGS"] >= 0
    finally:
        with place.store.transaction() as cur:
            cur.execute("update fs_meta.setting set value = '1' where key = 'min_client'")
    assert place.counts() == before


def test_logins_that_may_not_write(attempt, given, place):
    before = place.counts()
    reader, stranger = place.login("read_only"), place.login("")
    for algorithm in WRITING:
        parameters = given(algorithm, reader)
        if algorithm == "importnegotiations":
            parameters["FIELDS"] = "stage=stage; building_key=code"
        if algorithm in KEYED:
            parameters["ID_FIELD"] = "code"
        attempt.refused(algorithm, reader, "Ask the store's administrator", **parameters)
        attempt.refused(algorithm, "administrator", **{**parameters, "STORE": stranger})
    assert place.counts() == before


def test_a_source_cut_off_takes_nothing_away(attempt, made, place, tmp_path):
    from qgis.core import QgsCoordinateTransformContext, QgsVectorFileWriter

    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "FlatGeobuf"
    layer = made.layer("Polygon", HH, made.houses(20, WEST + 0.02, SOUTH, step=STEP), "houses")
    path = tmp_path / "houses.fgb"
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), QgsCoordinateTransformContext(), options)
    first = attempt("discoverbuildings", STORE=place.name, SOURCE=str(path), SOURCE_NAME="cut")
    assert first.outputs["NEW"] == 400, first.error
    before = place.counts()
    whole = path.read_bytes()
    for share in (50, 90, 99):
        path.write_bytes(whole[: len(whole) * share // 100])
        attempt.refused("discoverbuildings", "houses.fgb is cut off", STORE=place.name, SOURCE=str(path),
                        SOURCE_NAME="cut")
    assert place.counts() == before
    assert place.store.value("select count(*) from fullservice.source_record where state = 'gone'") == 0


@pytest.mark.parametrize("algorithm", ["discoverbuildings", "importterritory", "importledger", "planaccess"])
def test_cancelled_anywhere_all_or_nothing(attempt, made, given, place, algorithm):
    parameters = given(algorithm, place.name)
    if algorithm == "planaccess":
        parameters["TIME_LIMIT"] = 1
        cabinet = made.layer("Point", "field=kind:string&field=code:string&field=free_ports:integer",
                             [(f"Point({WEST} {SOUTH})", ["olt", "OLT-1", 64])])
        assert not attempt("importresources", STORE=place.name, INPUT=cabinet).error
    before, seen = place.counts(), []
    for limit in (0.05, 0.3, 0.45, 0.7, 0.9, 0.999):
        done = attempt(algorithm, lambda share: seen.append(share) or share >= limit, **parameters)  # noqa: B023
        assert not done.error, done.error
        if not done.outputs:
            assert place.counts() == before, f"cancelled at {limit}"
        else:
            assert place.counts() != before
            break
    assert max(seen) > 0.4


@pytest.mark.parametrize("algorithm", ["discoverbuildings", "importledger"])
def test_a_server_that_goes_away(attempt, made, given, place, databases, algorithm):
    before = place.counts()
    gone = []

    def cut(share: float) -> bool:
        if share > 0.5 and not gone:
            gone.append(share)
            link = databases.connect()
            link.cursor().execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s "
                                  "and application_name = 'fullservice' and pid <> %s",
                                  (place.name, place.store.connection.info.backend_pid))
            link.close()
        return False

    parameters = given(algorithm, place.name)
    parameters["SOURCE_NAME"] = "another"
    done = attempt(algorithm, cut, **parameters)
    assert gone and "The connection to the store was lost" in done.error and "nothing was written" in done.error
    assert place.counts() == before


@pytest.mark.parametrize("algorithm", ["exportcompetition", "exportnegotiations", "buildproject"])
def test_a_disk_that_is_full(attempt, given, place, small_disk, algorithm):
    parameters = given(algorithm, place.name)
    target = small_disk / Path(parameters["OUTPUT"]).name
    target.write_text("the older one")
    parameters["OUTPUT"] = str(target)
    (small_disk / "ballast").write_bytes(bytes(56 * 1024))
    attempt.refused(algorithm, "disk is full", str(target), **parameters)
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast", target.name]
    assert target.read_text() == "the older one"


def test_a_few_bad_rows_are_told_and_the_rest_is_kept(attempt, made, place):
    fields = "field=kind:string&field=code:string&field=name:string"
    rows = [("Point(24.94 60.17)", ["base_station", f"S{k}", "站"]) for k in range(5)]
    rows += [("Point(24.94 60.17)", ["castle", "S9", "x"]), ("", ["base_station", "S10", "x"])]
    done = attempt("importsites", STORE=place.name, INPUT=made.layer("Point", fields, rows, "sites"))
    assert not done.error and (done.outputs["NEW"], done.outputs["REJECTED"]) == (5, 2), done
    assert sum("rejected" in text for text in done.warnings) == 2
    bad = made.layer("Point", fields, rows[5:6] * 300, "castles")
    made_of = attempt.refused("importsites", "None of the 300 rows of castles can be used", "castle", STORE=place.name,
                              INPUT=bad)
    assert len(made_of.warnings) == 1 and made_of.warnings[0].startswith("300 times")
