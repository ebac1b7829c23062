# SPDX-License-Identifier: GPL-2.0-or-later
"""Sources of every kind kept in the store: columns mapped once, licence and date, addresses and points beside, planned
buildings that get their footprint later."""

from __future__ import annotations

import json

import pytest
from qgis.core import QgsFeature, QgsGeometry, QgsVectorFileWriter, QgsVectorLayer

LON, LAT = 24.94, 60.17
W, H = 0.0003, 0.00014


def run(name: str, **parameters):
    import processing

    return processing.run(f"fullservice:{name}", parameters)


def layer(kind: str, rows, fields, name="town", crs="EPSG:4326"):
    found = QgsVectorLayer(f"{kind}?crs={crs}&" + "&".join(f"field={field}" for field in fields), name, "memory")
    for wkt, *values in rows:
        feature = QgsFeature(found.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(list(values))
        assert found.dataProvider().addFeature(feature)
    found.updateExtents()
    return found


def block(k: int) -> str:
    x, y = LON + 0.0008 * (k % 6), LAT + 0.0004 * (k // 6)
    return f"POLYGON(({x} {y},{x + W} {y},{x + W} {y + H},{x} {y + H},{x} {y}))"


def middle(k: int) -> str:
    return f"POINT({LON + 0.0008 * (k % 6) + W / 2} {LAT + 0.0004 * (k // 6) + H / 2})"


def test_columns_are_mapped_once_and_remembered(store_name, ask):
    def source(levels):
        rows = [(block(k), f"k{k}", f"Haus {k}", levels) for k in range(24)]
        return layer("Polygon", rows, ("key:string", "BEZ:string", "OG_ANZ:integer"))

    found = run("discoverbuildings", STORE=store_name, SOURCE=source(5), SOURCE_NAME="cadastre", ID_FIELD="key",
                NAME_FIELD="BEZ", STOREYS_FIELD="OG_ANZ", LICENCE="CC BY 4.0, City", OBSERVED_ON="2026年3月1日")
    assert found["NEW"] == 24
    assert ask("select min(name), min(storeys), max(storeys) from fullservice.building") == [("Haus 0", 5, 5)]
    assert ask("select distinct licence, observed_on::text from fullservice.source_record") \
        == [("CC BY 4.0, City", "2026-03-01")]
    again = run("discoverbuildings", STORE=store_name, SOURCE=source(7), SOURCE_NAME="cadastre")
    assert (again["NEW"], again["UNCHANGED"]) == (0, 24), "the id column was remembered too"
    assert ask("select min(storeys) from fullservice.building") == [(7,)]
    assert ask("select columns->>'storeys', licence from fullservice.source_mapping where source_name = 'cadastre'") \
        == [("OG_ANZ", "CC BY 4.0, City")]


def test_addresses_and_points_come_with_a_layer(store_name, ask):
    addresses = layer("Point", [(middle(k), "Long Street", str(k + 1)) for k in range(24)],
                      ("street:string", "housenumber:string"), "addresses")
    points = layer("Point", [(middle(3), "Corner Café")], ("name:string",), "points")
    blocks = layer("Polygon", [(block(k), f"k{k}") for k in range(24)], ("id:string",))
    run("discoverbuildings", STORE=store_name, SOURCE=blocks, SOURCE_NAME="second", ADDRESSES=addresses, POIS=points)
    assert ask("select count(*), count(distinct building_id) from fullservice.address where street = 'Long Street'") \
        == [(24, 24)]
    assert ask("select name from fullservice.site_poi where kind = 'poi'") == [("Corner Café",)]


@pytest.mark.parametrize("driver, suffix", [("GPKG", "gpkg"), ("GeoJSON", "geojson"), ("ESRI Shapefile", "shp"),
                                            ("FlatGeobuf", "fgb"), ("Parquet", "parquet")])
def test_files_of_every_kind(store_name, tmp_path, driver, suffix):
    from osgeo import gdal
    from qgis.core import QgsCoordinateTransformContext

    if gdal.GetDriverByName(driver) is None:
        pytest.skip(f"this GDAL has no {driver}")
    blocks = layer("Polygon", [(block(k), f"k{k}") for k in range(24)], ("id:string",))
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = driver
    path = str(tmp_path / f"blocks.{suffix}")
    assert QgsVectorFileWriter.writeAsVectorFormatV3(blocks, path, QgsCoordinateTransformContext(), options)[0] == 0
    found = run("discoverbuildings", STORE=store_name, SOURCE=path, SOURCE_NAME=f"file {suffix}")
    assert (found["NEW"], found["UNCHANGED"]) == (0, 24)


def test_a_postgis_layer(store_name, ask):
    from qgis.core import QgsDataSourceUri

    ask("create table public.survey as select source_key as id, geom from fullservice.source_record "
        "where source_name = 'cadastre'; grant select on public.survey to public")
    from fullservice_plugin.gis.connections import connection_uri

    uri = QgsDataSourceUri(connection_uri(store_name))
    uri.setDataSource("public", "survey", "geom", "", "id")
    found = run("discoverbuildings", STORE=store_name, SOURCE=QgsVectorLayer(uri.uri(False), "survey", "postgres"))
    assert (found["NEW"], found["UNCHANGED"]) == (0, 24)


def test_planned_buildings_get_their_footprint_later(store_name, ask):
    def plan(*rows):
        return layer("Point", rows, ("id:string", "name:string", "户数:integer", "交付日期:string"), "site plan")

    towers = [(middle(30 + k), f"t{k}", f"{k + 1}栋", 120, "2027-06-30") for k in range(4)]
    inside = (middle(2), "t9", "there already", 10, None)
    road = f"LINESTRING({LON} {LAT}, {LON + 0.01} {LAT})"
    way = layer("LineString", [(road, "Planned Road")], ("name:string",), "ways")
    found = run("discoverbuildings", STORE=store_name, SOURCE=plan(*towers, inside), SOURCE_NAME="plan", STREETS=way)
    assert (found["NEW"], found["UNCHANGED"]) == (4, 1)
    report = json.loads(found["REPORT"])
    assert report["points"] and report["footprints"]
    assert ask("select name from fullservice.street where source_name = 'plan'") == [("Planned Road",)]
    rows = ask("select name, households, households_method, handover_date::text, geom is null, entry_point is not null "
               "from fullservice.building where discovery_source = 'plan' order by name")
    assert rows[0] == ("1栋", 120, "given", "2027-06-30", True, True)
    again = run("discoverbuildings", STORE=store_name, SOURCE=plan(*towers, inside), SOURCE_NAME="plan")
    assert (again["NEW"], again["CHANGED"], again["UNCHANGED"]) == (0, 0, 5)
    moved = run("discoverbuildings", STORE=store_name, SOURCE_NAME="plan",
                SOURCE=plan((f"POINT({LON + 0.0001} {LAT + 0.01})", *towers[0][1:]), *towers[1:3], inside))
    assert (moved["NEW"], moved["CHANGED"], moved["GONE"]) == (0, 1, 1)
    blocks = layer("Polygon", [(block(k), f"k{k}") for k in (*range(24), 31, 32)], ("id:string",))
    drawn = run("discoverbuildings", STORE=store_name, SOURCE=blocks, SOURCE_NAME="imagery")
    assert (drawn["NEW"], drawn["CHANGED"]) == (0, 2), "the pins became footprints"
    assert ask("select name, households from fullservice.building where discovery_source = 'plan' and geom is not null "
               "order by name") == [("2栋", 120), ("3栋", 120)]
    third = run("discoverbuildings", STORE=store_name, SOURCE=blocks, SOURCE_NAME="imagery")
    assert (third["NEW"], third["CHANGED"]) == (0, 0)


def test_a_ledgers_columns_are_remembered(store_name, ask, tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text("Schluessel,Hausname,Wohnungen\n1,Haus 3,12\n2,Haus 4,14\n", encoding="utf-8")
    found = run("importledger", STORE=store_name, LEDGER=str(path), SOURCE_NAME="sales", ID_FIELD="Schluessel",
                NAME_FIELD="Hausname", HOUSEHOLDS_FIELD="Wohnungen")
    assert found["MATCHED"] == 2, found
    path.write_text("Hausname,Wohnungen,Schluessel\nHaus 3,13,1\nHaus 4,14,2\n", encoding="utf-8")
    again = run("importledger", STORE=store_name, LEDGER=str(path), SOURCE_NAME="sales")
    assert (again["MATCHED"], again["NEW"]) == (2, 0), again
    assert ask("select households from fullservice.ledger_row where ledger_key = '1' and not is_deleted") == [(13,)]


def test_what_is_not_given_is_told(store_name):
    from qgis.core import QgsProcessingException

    with pytest.raises(QgsProcessingException, match="Give a source"):
        run("discoverbuildings", STORE=store_name)
    with pytest.raises(QgsProcessingException, match="needs an EXTENT"):
        run("discoverbuildings", STORE=store_name, OVERPASS="http://127.0.0.1:9/api")
    blocks = layer("Polygon", [(block(0), "k0")], ("id:string",))
    with pytest.raises(QgsProcessingException, match="no date"):
        run("discoverbuildings", STORE=store_name, SOURCE=blocks, OBSERVED_ON="last spring")
    with pytest.raises(QgsProcessingException, match="has no field nothing"):
        run("discoverbuildings", STORE=store_name, SOURCE=blocks, NAME_FIELD="nothing")


def test_report_is_json(store_name):
    bad = layer("Polygon", [(block(0), "k0"), ("POLYGON((24.9 60.1,24.9 60.1,24.9 60.1,24.9 60.1))", "flat")],
                ("id:string",))
    found = run("discoverbuildings", STORE=store_name, SOURCE=bad, SOURCE_NAME="bad")
    assert [row for row, _ in json.loads(found["REPORT"])["left_out"]] == ["flat"]


def test_overpass_through_the_algorithm(store_name, ask, tmp_path, monkeypatch):
    """The same local server as the connector's tests, asked by the algorithm for an extent."""
    import importlib.util
    import sys
    from pathlib import Path

    path = Path(__file__).parent.parent / "unit" / "discovery" / "test_overpass.py"
    spec = importlib.util.spec_from_file_location("overpass_service", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["overpass_service"] = module
    spec.loader.exec_module(module)
    service = module.Service()
    try:
        monkeypatch.setattr("fullservice_plugin.processing.discovery.source_input.cache_folder", lambda: tmp_path)
        found = run("discoverbuildings", STORE=store_name, OVERPASS=service.address,
                    EXTENT="24.961,24.979,60.161,60.179 [EPSG:4326]", SOURCE_NAME="overpass")
        assert found["NEW"] > 10
        assert ask("select distinct licence, observed_on::text from fullservice.source_record "
                   "where source_name = 'overpass'") == [("ODbL 1.0, © OpenStreetMap contributors", "2026-05-01")]
    finally:
        service.server.shutdown()
        service.server.server_close()
