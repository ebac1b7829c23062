# SPDX-License-Identifier: GPL-2.0-or-later
"""Rubbish in: one plain sentence that names file, row or field, and nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("qgis.core")

DRIVERS = {"gpkg": "GPKG", "geojson": "GeoJSON", "shp": "ESRI Shapefile", "fgb": "FlatGeobuf", "xlsx": "XLSX"}
HH = "field=code:string&field=hh:"


def saved(layer, path: Path) -> Path:
    """Write a layer to a file of the driver its suffix names."""
    from qgis.core import QgsCoordinateTransformContext, QgsVectorFileWriter

    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = DRIVERS[path.suffix[1:]]
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), QgsCoordinateTransformContext(), options)
    return path


@pytest.fixture(scope="module")
def city(shared_data) -> bytes:
    return (shared_data / "city" / "monaco.osm.pbf").read_bytes()


@pytest.fixture(scope="module")
def good(made, tmp_path_factory) -> Path:
    """The same 400 houses as a file of every format."""
    folder = tmp_path_factory.mktemp("good")
    for suffix in DRIVERS:
        saved(made.layer("Polygon", HH + "integer", made.houses(20), "houses"), folder / f"good.{suffix}")
    return folder


def cut(good: Path, folder: Path, suffix: str, share: int) -> Path:
    """A copy of a good file that ends after ``share`` percent."""
    data = (good / f"good.{suffix}").read_bytes()
    path = folder / f"cut{share}.{suffix}"
    path.write_bytes(data[: len(data) * share // 100])
    if suffix == "shp":
        for part in ("shx", "dbf", "prj"):
            shutil.copy(good / f"good.{part}", path.with_suffix(f".{part}"))
    return path


@pytest.mark.parametrize("share", [50, 90, 99])
@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb"])
def test_a_layer_file_that_was_cut_off(attempt, good, tmp_path, suffix, share):
    path = cut(good, tmp_path, suffix, share)
    attempt.refused("estimatehouseholds", str(path), BUILDINGS=str(path), OUTPUT=str(tmp_path / "out.gpkg"))
    assert not (tmp_path / "out.gpkg").exists()


@pytest.mark.parametrize("share", [50, 90, 99])
def test_an_osm_file_that_was_cut_off(attempt, made, city, tmp_path, share):
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(city[: len(city) * share // 100])
    attempt.refused("discoverbuildings", "cut.osm.pbf is damaged or cut off at byte", STORE="x", SOURCE=str(path))
    attempt.refused("designwired", "cut.osm.pbf is damaged", **made.design(STREETS=f"{path}|layername=lines"))


def test_whole_files_are_taken(attempt, good):
    for suffix in DRIVERS:
        if suffix != "xlsx":
            assert not attempt("estimatehouseholds", BUILDINGS=str(good / f"good.{suffix}"), OUTPUT="memory:").error


def test_files_that_are_missing_empty_or_of_another_kind(attempt, made, tmp_path):
    shape = "estimatehouseholds"
    for suffix in ("gpkg", "geojson", "shp", "fgb", "osm.pbf"):
        attempt.refused(shape, f"missing.{suffix} does not exist", BUILDINGS=str(tmp_path / f"missing.{suffix}"),
                        OUTPUT="memory:")
        (tmp_path / f"empty.{suffix}").touch()
        attempt.refused(shape, f"empty.{suffix} is empty", BUILDINGS=str(tmp_path / f"empty.{suffix}"),
                        OUTPUT="memory:")
        (tmp_path / f"photo.{suffix}").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
        attempt.refused(shape, f"photo.{suffix}", BUILDINGS=str(tmp_path / f"photo.{suffix}"), OUTPUT="memory:")
    attempt.refused(shape, "is a folder", BUILDINGS=str(tmp_path), OUTPUT="memory:")
    attempt.refused(shape, "no_such_layer cannot be opened", BUILDINGS="no_such_layer", OUTPUT="memory:")
    catalogue = tmp_path / "prices.json"
    catalogue.write_text("{")
    attempt.refused("designwired", "prices.json", **made.design(CATALOGUE=str(catalogue)))


def test_parts_of_a_shapefile_that_are_missing(attempt, good, tmp_path):
    shutil.copy(good / "good.shp", tmp_path / "lone.shp")
    attempt.refused("estimatehouseholds", "lacks its .shx", BUILDINGS=str(tmp_path / "lone.shp"), OUTPUT="memory:")
    shutil.copy(good / "good.shx", tmp_path / "lone.shx")
    (tmp_path / "lone.dbf").write_bytes((good / "good.dbf").read_bytes()[:2000])
    attempt.refused("estimatehouseholds", "lone.dbf is cut off", BUILDINGS=str(tmp_path / "lone.shp"), OUTPUT="memory:")


@pytest.mark.parametrize("name,kind", [("BUILDINGS", "Polygon"), ("STREETS", "LineString"), ("SUPPLY", "Point")])
def test_layers_without_geometry_crs_or_features(attempt, made, name, kind):
    fields = HH + "integer"
    table = made.layer("None", fields, [("", ["a", 1])], "table")
    attempt.refused("designwired", "table is a table without geometry", **made.design(**{name: table}))
    nowhere = made.layer(kind, fields, [], "nowhere", crs="")
    attempt.refused("designwired", "nowhere has no coordinate reference system", **made.design(**{name: nowhere}))
    bare = made.layer(kind, fields, [], "bare")
    attempt.refused("designwired", "bare holds no", **made.design(**{name: bare}))
    empty = made.layer(kind, fields, [("", ["a", 1])] * 3, "void")
    attempt.refused("designwired", "void holds no", **made.design(**{name: empty}))


def test_layers_of_the_wrong_shape_or_place(attempt, made):
    points = made.layer("Point", "field=name:string", [("Point(0 50)", ["a"])], "dots")
    attempt.refused("designwired", "dots holds no lines", **made.design(STREETS=points))
    attempt.refused("matchbuildings", "dots holds no polygons", EXISTING=points, CANDIDATES=points,
                    OUTPUT_LINKS="memory:", OUTPUT_CHANGES="memory:")
    metres = made.layer("Polygon", HH + "integer", [("Polygon((25e5 66e5,25e5 67e5,26e5 67e5,25e5 66e5))", ["a", 1])])
    attempt.refused("designwired", "do not fit its CRS EPSG:4326", **made.design(BUILDINGS=metres))
    attempt.refused("designwired", "houses has no field floors", "code, hh", **made.design(STOREYS_FIELD="floors"))
    attempt.refused("designwired", "(TAKE_RATE) must be a number from 0 to 1, found 3", **made.design(TAKE_RATE=3))
    attempt.refused("convertdatum", "(FROM) must be one of wgs84, gcj02, bd09", INPUT=points, FROM="wgs", TO="bd09",
                    OUTPUT="memory:")


def test_households_of_points_are_not_made_up(attempt, made):
    """A layer of points, and the store's table where all buildings are known as points: no outline in any row."""
    from fullservice_plugin.i18n import translate
    from fullservice_plugin.processing.discovery.estimate_households import EstimateHouseholds

    points = made.layer("Point", HH + "integer", [("Point(0 50)", ["a", 1])], "dots")
    void = made.layer("Polygon", HH + "integer", [("", ["a", 1])] * 3, "void")
    for layer, name in ((points, "dots"), (void, "void")):
        attempt.refused("estimatehouseholds", f"{name} holds no outlines, from whose area", "import a ledger",
                        BUILDINGS=layer, OUTPUT="memory:")
    assert "请提供轮廓图层" in translate(EstimateHouseholds.NO_POLYGONS, "zh", layer="dots")


def test_bad_geometries_are_told_and_the_rest_is_kept(attempt, made):
    bow = "Polygon((0 50,0.0002 50.0002,0.0002 50,0 50.0002,0 50))"
    rows = [*made.houses(), (bow, ["bow", 2]), ("Polygon EMPTY", ["void", 3]), ("", ["null", 3])]
    done = attempt("designwired", **made.design(BUILDINGS=made.layer("Polygon", HH + "integer", rows, "houses")))
    assert not done.error and done.outputs["HOMES"] == 29
    assert [text for text in done.warnings if "houses, row" in text] == [
        "houses, row void: empty geometry; left out.", "houses, row null: empty geometry; left out."]
    flat = made.layer("Polygon", HH + "integer", [("Polygon((0 50,1 50,0 50,0 50))", ["flat", 1])] * 3, "flats")
    attempt.refused("estimatehouseholds", "flats holds no", BUILDINGS=flat, OUTPUT="memory:")


def test_many_alike_are_one_sentence(attempt, made):
    rows = [*made.houses(), *(("", [f"n{k}", 1]) for k in range(500))]
    done = attempt("designwired", **made.design(BUILDINGS=made.layer("Polygon", HH + "integer", rows, "houses")))
    assert [text[:24] for text in done.warnings] == ["500 times, for example: "]
    assert "houses, row n0: empty geometry; left out." in done.warnings[0]
    unknown = made.layer("Polygon", HH + "integer", made.houses(12, homes=None), "houses")
    wide = made.layer("LineString", "field=name:string", made.streets(12), "streets")
    done = attempt("designwired", **made.design(BUILDINGS=unknown, STREETS=wide))
    assert not done.error and done.outputs["HOMES"] == 144
    assert sum("households unknown" in text for text in done.told) == 1 and len(done.told) < 30
    assert any(text.startswith("144 times") for text in done.told)


def test_households_that_are_no_number_of_homes(attempt, made):
    for kind, value, word in (("integer", -3, "at least 0, found -3"), ("string", "three", "a number, found 'three'"),
                              ("double", float("inf"), "at most"), ("double", 1e300, "at most")):
        rows = made.houses()
        rows[4][1][1] = value
        for row in rows:
            row[1][1] = value if row is rows[4] else (str(row[1][1]) if kind == "string" else row[1][1])
        bad = made.layer("Polygon", HH + kind, rows, "houses")
        attempt.refused("designwired", "field hh of feature B1-1", word, **made.design(BUILDINGS=bad))
    unknown = made.layer("Polygon", HH + "integer", made.houses(homes=None), "houses")
    assert attempt("designwired", **made.design(BUILDINGS=unknown)).outputs["HOMES"] == 9
    twice = made.layer("Polygon", HH + "integer", [(wkt, ["same", 1]) for wkt, _ in made.houses()], "houses")
    attempt.refused("designwired", "id same occurs twice", **made.design(BUILDINGS=twice))


def test_supply_far_away_and_streets_apart(attempt, made):
    far = made.layer("Point", "field=code:string", [("Point(0.2 50.2)", ["far"])], "olts")
    attempt.refused("designwired", "Supply point far is more than 300 m", **made.design(SUPPLY=far))
    both = made.layer("Polygon", HH + "integer", [*made.houses(), *[
        (wkt, ["D" + values[0], 3]) for wkt, values in made.houses(west=0.1)]], "houses")
    apart = made.layer("LineString", "field=name:string", [*made.streets(), *made.streets(west=0.1)], "streets")
    done = attempt("designwired", **made.design(BUILDINGS=both, STREETS=apart))
    assert not done.error and done.outputs["HOMES"] == 27 and done.outputs["UNSERVED"] == 9
    assert any("DB0-0 is not served: its streets are not connected" in text for text in done.warnings)


def test_an_output_that_cannot_be_written(attempt, made, unprivileged, tmp_path):
    attempt.refused("designwired", "nowhere does not exist",
                    **made.design(OUTPUT_ROUTES=str(tmp_path / "nowhere" / "x.gpkg")))
    import tempfile

    closed = Path(tempfile.mkdtemp(prefix="fs-closed-"))
    closed.chmod(0o555)
    try:
        with unprivileged():
            for name in ("OUTPUT_ROUTES", "OUTPUT_WIRED_BOM"):
                attempt.refused("designwired", "closed", "no right to write",
                                **made.design(**{name: str(closed / "x.gpkg")}))
            attempt.refused("exportplan", "closed", "no right to write", STORE="x", PLAN_ID="x",
                            OUTPUT=str(closed / "x.pdf"))
        assert not list(closed.iterdir())
    finally:
        closed.chmod(0o755)
        closed.rmdir()


def test_a_layer_on_a_full_disk_is_not_kept(attempt, made, small_disk):
    big = made.layer("Polygon", HH + "integer", made.houses(30), "houses")
    for name in ("out.gpkg", "out.shp", "out.geojson"):
        attempt.refused("convertdatum", str(small_disk / name), "the disk is full", INPUT=big, FROM="wgs84", TO="gcj02",
                        OUTPUT=str(small_disk / name))
        assert not list(small_disk.iterdir())


def test_cancelling_leaves_no_file(attempt, made, tmp_path):
    big = made.layer("Polygon", HH + "integer", made.houses(30), "houses")
    target = tmp_path / "out.gpkg"
    done = attempt("convertdatum", lambda share: share > 0.4, INPUT=big, FROM="wgs84", TO="gcj02", OUTPUT=str(target))
    assert not done.error and not done.outputs and done.told == ["Cancelled."]
    assert not list(tmp_path.iterdir())
    seen = []
    stopped = attempt("designwired", lambda share: seen.append(share) or share > 0.92, **made.design(
        **{name: str(tmp_path / f"{name}.gpkg") for name in ("OUTPUT_ROUTES", "OUTPUT_NODES", "OUTPUT_WIRED_BOM")}))
    assert max(seen) > 0.9 and not stopped.outputs and not list(tmp_path.iterdir())


def test_what_nobody_foresaw_is_still_one_sentence(attempt, tmp_path, monkeypatch):
    import psycopg2

    from fullservice_plugin.processing.base import FullServiceAlgorithm

    class Broken(FullServiceAlgorithm):
        ID, GROUP = "convertdatum", "discovery"
        failure: Exception = ValueError()

        def define(self):
            pass

        def work(self, parameters, context, progress):
            raise self.failure

    secret = psycopg2.OperationalError('could not connect: host=db user=a password=geheim sslmode=require')
    for failure, words in (
        (KeyError("height"), ("KeyError", "height", "Nothing was kept")),
        (ZeroDivisionError("division by zero"), ("ZeroDivisionError", "Nothing was kept")),
        (MemoryError(), ("not enough memory",)),
        (OSError(28, "No space left on device", "/x/y.gpkg"), ("disk is full", "/x/y.gpkg")),
        (PermissionError(13, "Permission denied", "/x/y.gpkg"), ("/x/y.gpkg", "Permission denied")),
        (secret, ("connection to the store was lost",)),
    ):
        Broken.failure = failure
        done = attempt(Broken().create())
        assert all(word in done.error for word in words), done.error
        assert "geheim" not in done.error and "Traceback" not in done.error


def command(root: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit status and text of the real ``qgis_process``."""
    done = subprocess.run([sys.executable, str(root / "tools" / "qgis_process.py"), "run", *arguments],
                          env={**os.environ, **variables}, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_qgis_process_fails_with_the_sentence(root, good, city, made, tmp_path):
    (tmp_path / "cut.osm.pbf").write_bytes(city[: len(city) * 9 // 10])
    broken = cut(good, tmp_path, "gpkg", 90)
    rows = [(wkt, [code, "three"]) for wkt, (code, _) in made.houses()]
    saved(made.layer("Polygon", HH + "string", rows, "houses"), tmp_path / "text.gpkg")
    saved(made.layer("LineString", "field=name:string", made.streets(), "streets"), tmp_path / "streets.gpkg")
    saved(made.layer("Point", "field=code:string", [("Point(0 50)", ["A"])], "olts"), tmp_path / "olts.gpkg")
    out = tmp_path / "out"
    out.mkdir()
    design = ("fullservice:designwired", "--", f"BUILDINGS={tmp_path}/text.gpkg", "ID_FIELD=code",
              "HOUSEHOLDS_FIELD=hh", f"STREETS={tmp_path}/streets.gpkg", f"SUPPLY={tmp_path}/olts.gpkg",
              *(f"OUTPUT_{name}={out}/{name}.gpkg" for name in ("ROUTES", "NODES", "DROPS", "WIRED_BOM")))
    runs = [
        (("fullservice:discoverbuildings", "--", "STORE=nowhere", f"SOURCE={tmp_path}/cut.osm.pbf"), {},
         "cut.osm.pbf is damaged or cut off"),
        (("fullservice:estimatehouseholds", "--", f"BUILDINGS={broken}", f"OUTPUT={out}/o.gpkg"),
         {"LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "被截断"),
        (design, {}, "field hh of feature B0-0 must be a number, found 'three'"),
        (("fullservice:createstore", "--", "STORE=nowhere"), {}, "Cannot connect to the store “nowhere”"),
    ]
    if not (root / "build" / "profile" / "plugin-enabled").exists():
        command(root, "--help")  # the profile is made once
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda run: command(root, *run[0], **run[1]), runs))
    for (_, _, sentence), (status, text) in zip(runs, found):
        assert status != 0 and sentence in text and "Traceback" not in text, text
    assert not list(out.iterdir())


def test_an_area_of_far_parts_has_an_area(qgis_app):
    """The parts of a branch on both sides of the date line were measured by the extent of the whole, and refused."""
    from shapely.geometry import LineString, MultiPolygon, box

    from fullservice_plugin.processing.discovery.inputs import _has_area

    assert _has_area(MultiPolygon([box(179.99, -16.81, 180, -16.79), box(-180, -16.81, -179.99, -16.79)]))
    assert not _has_area(box(10.0, 50.0, 10.001, 50.0000000001)) and not _has_area(LineString([(0, 0), (1, 1)]))
