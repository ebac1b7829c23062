# SPDX-License-Identifier: GPL-2.0-or-later
"""importavailability as the toolbox runs it: files as published, outlines in another CRS, rejects by file and row."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).parent.parent / "store" / "town.py")
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)

BDC = ("frn,provider_id,brand_name,location_id,technology,max_advertised_download_speed,max_advertised_upload_speed,"
       "low_latency,business_residential_code,state_usps,block_geoid,h3_res8_id")
OFCOM = ("postcode,postcode_space,postcode area,All Premises,All Matched Premises,SFBB availability (% premises),"
         "UFBB (100Mbit/s) availability (% premises),UFBB availability (% premises),"
         "Full Fibre availability (% premises),Gigabit availability (% premises),"
         "% of premises unable to receive 2Mbit/s")
ALGORITHM = "importavailability"


@pytest.fixture(scope="module")
def place(store_name):
    from fullservice_plugin.store.connection import Store

    store = Store.connect({"service": store_name})
    town.build(store)
    yield store_name, store
    store.close()


def _place(x: float, y: float) -> str:
    return "{},{}".format(*town.at(x, y))


def _file(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _mercator(shape) -> str:
    """An outline of the town as WKT in EPSG:3857."""
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsProject

    moved = QgsGeometry.fromWkt(shape.wkt)
    moved.transform(QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"),
                                           QgsCoordinateReferenceSystem("EPSG:3857"), QgsProject.instance()))
    return moved.asWkt()


def _areas(made, rows: list[tuple], field: str):
    return made.layer("Polygon", f"field={field}:string", [(_mercator(shape), [code]) for code, shape in rows], "areas",
                      crs="EPSG:3857")


def _kept(store, source: str) -> list[tuple]:
    return store.rows(
        "select b.code, e.code, o.operator_code, o.field, coalesce(o.value, trim_scale(o.number)::text),"
        " o.observed_on::text from fullservice.intel_observation o"
        " left join fullservice.building b on b.id = o.building_id"
        " left join fullservice.estate e on e.id = o.estate_id where starts_with(o.source_text, %s)"
        " order by 1 nulls last, 2, 3, 4", (source,))


def test_locations_with_coordinates(attempt, place, tmp_path):
    name, store = place
    row = "0001,130077,电信,{},{},{},{},1,X,CA,060371234561001,8829"
    path = _file(
        tmp_path / "bdc_06_Fiber_fixed_broadband_J24_04nov2024.csv", BDC + ",longitude,latitude",
        f"{row.format(1001, 50, 1000, 1000)},{_place(20, 20)}", f"{row.format(1002, 50, 500, 500)},{_place(40, 20)}",
        f"{row.format(1003, 51, 500, 500)},{_place(20, 20)}", f"{row.format(1001, 50, 1000, 1000)},{_place(20, 20)}",
        f"{row.format(1004, 50, -5, 500)},{_place(20, 20)}", f"{row.format('', 50, 5, 500)},{_place(20, 20)}",
        f"{row.format(1005, 50, 500, 500)},{_place(9e6, 20)}", f"{row.format(1006, 50, 500, 500)},{_place(95000, 0)}",
        f"0001,999999,Nobody,1007,50,5,5,1,X,CA,060371234561001,8829,{_place(20, 20)}")
    rejects = tmp_path / "rejects.csv"
    done = attempt(ALGORITHM, STORE=name, INPUT=path, OUTPUT_REJECTS=str(rejects))
    assert not done.error
    found = {key: done.outputs[key] for key in ("ROWS", "OBSERVATIONS", "BUILDINGS", "ESTATES", "OUTSIDE", "REJECTED")}
    assert found == {"ROWS": 9, "OBSERVATIONS": 6, "BUILDINGS": 1, "ESTATES": 1, "OUTSIDE": 1, "REJECTED": 6}
    assert _kept(store, "bdc_06_Fiber") == [
        ("E1-1", "E1", "CTCC", "presence", "in_service", "2024-06-30"),
        ("E1-1", "E1", "CTCC", "speed", "1000", "2024-06-30"),
        ("E1-1", "E1", "CTCC", "technology", "ftth", "2024-06-30"),
        (None, "E1", "CTCC", "presence", "in_service", "2024-06-30"),
        (None, "E1", "CTCC", "speed", "500", "2024-06-30"),
        (None, "E1", "CTCC", "technology", "ftth", "2024-06-30")]
    listed = list(csv.DictReader(rejects.read_text(encoding="utf-8").splitlines()))
    assert listed == json.loads(done.outputs["REJECTS"])
    assert {entry["file"] for entry in listed} == {Path(path).name}
    assert {entry["row"]: next(word for word in (
        "technology 51", "the same as row 1", "at least 0", "location_id is empty", "no place on Earth", "Nobody")
        if word in entry["reason"]) for entry in listed} == {
        "3": "technology 51", "4": "the same as row 1", "5": "at least 0", "6": "location_id is empty",
        "7": "no place on Earth", "9": "Nobody"}
    assert any("Provider 999999 (Nobody) has no operator in the store: 1 row" in text for text in done.warnings)
    again = attempt(ALGORITHM, STORE=name, INPUT=path)
    assert again.outputs["OBSERVATIONS"] == 0 and again.outputs["DUPLICATES"] == 6


def test_locations_by_points_and_by_census_block(attempt, made, place, tmp_path):
    name, store = place
    row = "0001,130078,Fresh Cable,{},40,300,20,1,R,CA,{},8829"
    path = _file(tmp_path / "bdc_D23.csv", BDC, row.format(2001, "060371234561001"),
                 row.format(2002, "060371234561002"))
    points = made.layer("Point", "field=location_id:string", [("Point({} {})".format(*town.at(70, 20)), ["2001"])])
    blocks = _areas(made, [("060371234561002", town.block(-5, 55, 170, 50))], "GEOID20")
    done = attempt(ALGORITHM, STORE=name, INPUT=path, LOCATIONS=points, AREAS=blocks, NEW_OPERATORS=True)
    assert not done.error and done.outputs["NEW_OPERATORS_MADE"] == 1 and done.outputs["REJECTED"] == 0
    assert [row[:3] for row in _kept(store, "bdc_D23")] == 3 * [("E1-2", "E1", "FCC130078")] + 3 * [
        (None, "E2", "FCC130078")]


def test_shares_of_postcodes_never_reach_a_building(attempt, made, place, tmp_path):
    name, store = place
    path = _file(tmp_path / "202305_fixed_pc_coverage_r01_AB.csv", OFCOM, "AB10CD,AB1 0CD,AB,120,118,98,90,85,70,80,0",
                 "AB10CE,AB1 0CE,AB,20,20,98,101,85,70,80,0", "AB10CF,AB1 0CF,AB,20,21,98,90,85,70,80,0")
    # The outline of the first postcode is a footprint and its yard: what an import by position would call a building.
    areas = _areas(made, [("AB1 0CD", town.block(-1, -1, 162, 42)), ("AB1 0CE", town.block(10, 74))], "pcds")
    done = attempt(ALGORITHM, STORE=name, INPUT=path, AREAS=areas, NEW_OPERATORS=True, AREA_FIELD="pcds",
                   AREA_ID="postcode")
    assert not done.error and done.outputs["BUILDINGS"] == 0 and done.outputs["REJECTED"] == 2
    assert _kept(store, "202305_fixed") == [
        (None, "E1", "OTHER", "presence", "in_service", "2023-05-31"),
        (None, "E1", "OTHER", "speed", "1000", "2023-05-31"),
        (None, "E1", "OTHER", "technology", "ftth", "2023-05-31")]
    trust = store.value("select max(confidence) from fullservice.intel_observation where observer = 'Ofcom'")
    assert 0 < trust <= 0.3


def test_coverage_polygons(attempt, made, place):
    name, store = place
    fields = "field=providerid:integer&field=brandname:string&field=technology:integer&field=maxdown:double"
    layer = made.layer("Polygon", fields, [(_mercator(town.block(-9, -9, 200, 200)), [130079, "联通", 71, 100.0])],
                       "coverage", crs="EPSG:3857")
    done = attempt(ALGORITHM, STORE=name, INPUT=layer, OBSERVED_ON="2025-06-30")
    assert not done.error and (done.outputs["BUILDINGS"], done.outputs["ESTATES"]) == (0, 2)
    assert {(row[0], row[2], row[4]) for row in _kept(store, "coverage")} == {
        (None, "CUCC", "in_service"), (None, "CUCC", "fwa"), (None, "CUCC", "100")}


def test_refusals_say_what_to_do(attempt, made, place, tmp_path):
    name, _ = place
    path = _file(tmp_path / "pc.csv", OFCOM, "AB10CD,AB1 0CD,AB,120,118,98,90,85,70,80,0")
    areas = _areas(made, [("ZZ1 1ZZ", town.block(0, 0))], "pcds")
    more = {"STORE": name, "INPUT": path, "OBSERVED_ON": "2025-06-30", "NEW_OPERATORS": True}
    attempt.refused(ALGORITHM, "OBSERVED_ON must be a date", **{**more, "OBSERVED_ON": "soon"})
    attempt.refused(ALGORITHM, "(AREAS)", "(LOCATIONS)", **more)
    attempt.refused(ALGORITHM, "None of the codes of pc", "AB10CD", AREAS=areas, **more)
    attempt.refused(ALGORITHM, "NOBODY", "Add it", AREAS=areas,
                    **{**more, "OPERATOR": "NOBODY", "NEW_OPERATORS": False})
    attempt.refused(ALGORITHM, "no file of the format fcc_bdc", "provider_id", FORMAT="fcc_bdc", **more)
    attempt.refused(ALGORITHM, "None of the 1 row of pc", "lies in the future", AREAS=areas,
                    **{**more, "OBSERVED_ON": "2999-01-01"})
    table = _file(tmp_path / "other.csv", "a,b", "1,2")
    attempt.refused(ALGORITHM, "no availability file that is known", "Choose FORMAT", **{**more, "INPUT": table})
