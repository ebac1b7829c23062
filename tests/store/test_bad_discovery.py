# SPDX-License-Identifier: GPL-2.0-or-later
"""Rubbish in a source or a ledger: every bad row is told with its reason, the rest goes in, a damaged file does not."""

from __future__ import annotations

import json
import zipfile

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProject,
    QgsVectorLayer,
)

from tests.store.test_sources import LAT, LON, H, W, block, layer, middle, run


def at(x: float, y: float, size: float = 0.0002) -> str:
    return f"POLYGON(({x} {y},{x + size} {y},{x + size} {y + size},{x} {y + size},{x} {y}))"


def left_out(found) -> dict[str, str]:
    return dict(json.loads(found["REPORT"])["left_out"])


def test_bad_geometries_are_told_and_the_rest_goes_in(store_name, ask):
    x, y = LON + 0.01, LAT
    bow = f"POLYGON(({x} {y},{x + W} {y + H},{x + W} {y},{x} {y + H},{x} {y}))"
    tall = f"POLYGON Z(({x + 0.001} {y} 7,{x + 0.001 + W} {y} 7,{x + 0.001 + W} {y + H} 9,{x + 0.001} {y} 7))"
    both = f"MULTIPOLYGON((({x + 0.002} {y},{x + 0.0022} {y},{x + 0.0022} {y + H},{x + 0.002} {y}))," \
           f"(({x + 0.003} {y},{x + 0.0032} {y},{x + 0.0032} {y + H},{x + 0.003} {y})))"
    rows = [(block(k), f"k{k}") for k in range(20)]
    rows += [(bow, "bow"), (tall, "3d"), (both, "multi")]
    bad = [
        (f"POLYGON(({x} {y},{x + W} {y},{x} {y},{x} {y}))", "flat"),
        ("POLYGON EMPTY", "empty"),
        ("", "none"),
        (block(3), "twice"),
        (at(LON + 0.1, LAT, 0.5), "huge"),
        (at(0.0, 0.0), "null island"),
        (at(LAT, LON), "swapped"),
        (at(LON, 95.0), "north of north"),
        (block(19), "k19"),
    ]
    found = run("discoverbuildings", STORE=store_name, SOURCE_NAME="rubbish", ID_FIELD="id",
                SOURCE=layer("Polygon", [*rows, *bad], ("id:string",)))
    told = left_out(found)
    assert found["NEW"] == len(rows)
    assert set(told) == {key for _, key in bad}
    for key, reason in (("twice", "same outline as k3"), ("huge", "no building"), ("null island", "0, 0"),
                        ("swapped", "km from the rest"), ("north of north", "no degrees"), ("k19", "occurs twice"),
                        ("empty", "empty geometry"), ("flat", "area|repaired|no polygon")):
        assert any(word in told[key] for word in reason.split("|")), (key, told[key])
    assert ask("select count(*), count(*) filter (where ST_IsValid(geom) and ST_NDims(geom) = 2)"
               " from fullservice.source_record where source_name = 'rubbish'") == [(len(rows), len(rows))]
    assert ask("select ST_NumGeometries(geom) from fullservice.source_record where source_key = 'multi'") == [(2,)]


def test_a_source_of_which_nothing_is_left_is_refused(store_name, ask):
    before = ask("select count(*) from fullservice.source_record")
    rows = [(at(0.0, 0.0), f"n{k}") for k in range(3)]
    with pytest.raises(QgsProcessingException, match="n2.*0, 0"):
        run("discoverbuildings", STORE=store_name, SOURCE_NAME="nowhere", SOURCE=layer("Polygon", rows, ("id:string",)))
    with pytest.raises(QgsProcessingException, match="occurs twice"):
        run("discoverbuildings", STORE=store_name, SOURCE_NAME="nowhere", ID_FIELD="id",
            SOURCE=layer("Polygon", [(block(k), "same") for k in range(5)], ("id:string",)))
    assert ask("select count(*) from fullservice.source_record") == before


def test_a_town_across_the_180_degree_meridian_is_told_so(store_name, ask):
    """Half and half: refused with what to do. Most on one side: those of the other are told, the rest goes in."""
    before = ask("select count(*) from fullservice.source_record")
    east = [(at(179.99 + 0.0005 * k, -16.5), f"e{k}") for k in range(6)]
    west = [(at(-179.99 - 0.0005 * k, -16.5), f"w{k}") for k in range(6)]
    with pytest.raises(QgsProcessingException, match="both sides of the 180° meridian.*a store of its own"):
        run("discoverbuildings", STORE=store_name, SOURCE_NAME="taveuni", ID_FIELD="id",
            SOURCE=layer("Polygon", east + west, ("id:string",)))
    assert ask("select count(*) from fullservice.source_record") == before
    found = run("discoverbuildings", STORE=store_name, SOURCE_NAME="taveuni", ID_FIELD="id",
                SOURCE=layer("Polygon", [*east, *west[:2], (at(10.0, 50.0), "astray")], ("id:string",)))
    told = left_out(found)
    assert found["NEW"] == 6 and set(told) == {"w0", "w1", "astray"}
    assert "across the 180° meridian" in told["w0"] and "km from the rest" in told["astray"]


def test_layers_of_different_crs_come_together(store_name, ask):
    mercator = layer("Polygon", [], ("id:string",), "mercator", "EPSG:3857")
    way = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), mercator.crs(), QgsProject.instance())
    for k in range(20):
        shape = QgsGeometry.fromWkt(block(k))
        shape.transform(way)
        feature = QgsFeature(mercator.fields())
        feature.setGeometry(shape)
        feature.setAttributes([f"m{k}"])
        assert mercator.dataProvider().addFeature(feature)
    mercator.updateExtents()
    addresses = layer("Point", [(middle(k), "Mixed Street", str(k)) for k in range(1, 20)],
                      ("street:string", "housenumber:string"), "addresses")
    found = run("discoverbuildings", STORE=store_name, SOURCE=mercator, SOURCE_NAME="mercator", ADDRESSES=addresses)
    assert (found["NEW"], found["REVIEW"], found["UNCHANGED"]) == (0, 0, 20)
    assert ask("select count(distinct building_id) from fullservice.address where street = 'Mixed Street'") == [(19,)]


LINES = ["编号,名称,经度,纬度,户数"] + [f"{k},,{LON + 0.0008 * (k % 6) + W / 2},{LAT + 0.0004 * (k // 6) + H / 2},10"
                                 for k in range(18)]
BAD = {"text": "text,,about here,there,5", "null": "null,,0,0,5", "swapped": f"swapped,,{LAT + H / 2},{LON + W / 2},5",
       "away": "away,,10,10,5", "range": "range,,999,999,5", "nothing": "nothing,,,,5",
       "homes": f"homes,,{LON},{LAT},many"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_bad_ledger_rows_are_told_in_every_encoding(store_name, tmp_path, encoding):
    path = tmp_path / f"{encoding}.csv"
    path.write_bytes("\n".join([*LINES, *BAD.values()]).encode(encoding))
    found = run("importledger", STORE=store_name, LEDGER=str(path), SOURCE_NAME=encoding) \
        if "SOURCE_NAME" in _parameters("importledger") else run("importledger", STORE=store_name, LEDGER=str(path))
    assert found["ROWS"] == 25 and found["MATCHED"] >= 18
    reasons = {entry["row"]: entry["reason"] for entry in json.loads(found["REJECTS"])}
    first = len(LINES) + 1
    numbers = {key: first + k for k, key in enumerate(BAD)}
    for key, words in (("text", "no numbers"), ("null", "0, 0"), ("away", "outside the area"), ("range", "no degrees"),
                       ("homes", "whole number")):
        assert words in reasons[numbers[key]], (key, reasons)
    assert numbers["nothing"] in reasons
    assert numbers["swapped"] not in reasons, "it is placed, and waits for a look"


def _parameters(name: str) -> set[str]:
    from qgis.core import QgsApplication

    found = QgsApplication.processingRegistry().algorithmById(f"fullservice:{name}")
    return {parameter.name() for parameter in found.parameterDefinitions()}


def workbook(path, rows) -> None:
    from osgeo import ogr

    made = ogr.GetDriverByName("XLSX").CreateDataSource(str(path))
    sheet = made.CreateLayer("台账")
    for name in rows[0]:
        sheet.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    for row in rows[1:]:
        feature = ogr.Feature(sheet.GetLayerDefn())
        for k, value in enumerate(row):
            feature[k] = value
        sheet.CreateFeature(feature)
    made = None


def test_workbooks_whole_and_broken(store_name, ask, tmp_path):
    whole = tmp_path / "whole.xlsx"
    workbook(whole, [line.split(",") for line in LINES])
    assert run("importledger", STORE=store_name, LEDGER=str(whole))["MATCHED"] == 18
    before = ask("select count(*), sum(row_version) from fullservice.ledger_row")
    data = whole.read_bytes()
    broken = {f"cut{share}.xlsx": data[: len(data) * share // 100] for share in (10, 50, 90, 99)}
    broken.update({"text.xlsx": b"not a workbook", "empty.xlsx": b""})
    for name, content in broken.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(QgsProcessingException, match=name):
            run("importledger", STORE=store_name, LEDGER=str(path))
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(other, "w") as made:
        made.writestr("readme.txt", "no sheets here")
    with pytest.raises(QgsProcessingException, match="other.xlsx"):
        run("importledger", STORE=store_name, LEDGER=str(other))
    assert ask("select count(*), sum(row_version) from fullservice.ledger_row") == before


def test_a_layer_without_crs_is_refused(store_name):
    bare = QgsVectorLayer("Polygon?field=id:string", "bare", "memory")
    feature = QgsFeature(bare.fields())
    feature.setGeometry(QgsGeometry.fromWkt(block(0)))
    assert bare.dataProvider().addFeature(feature)
    bare.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(QgsProcessingException, match="coordinate reference system"):
        run("discoverbuildings", STORE=store_name, SOURCE=bare, SOURCE_NAME="bare")
