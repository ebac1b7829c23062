# SPDX-License-Identifier: GPL-2.0-or-later
"""Discovery, estates, territory and ledger kept in the store: whole, once, and again without a change."""

from __future__ import annotations

import json

import pytest

TEMPORARY = "TEMPORARY_OUTPUT"
LON, LAT = 24.94, 60.17
STEP_X, STEP_Y = 0.0008, 0.0004  # about 44 m


def run(name: str, **parameters):
    import processing

    return processing.run(f"fullservice:{name}", parameters)


def layer(rows, fields=("key:string", "name:string", "levels:string"), crs="EPSG:4326", name="town"):
    from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

    found = QgsVectorLayer(f"Polygon?crs={crs}&" + "&".join(f"field={field}" for field in fields), name, "memory")
    for wkt, *values in rows:
        feature = QgsFeature(found.fields())
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(list(values))
        assert found.dataProvider().addFeature(feature)
    found.updateExtents()
    return found


def rectangle(x: float, y: float, w: float = 0.0003, h: float = 0.00014) -> str:
    return f"POLYGON(({x} {y},{x + w} {y},{x + w} {y + h},{x} {y + h},{x} {y}))"


def houses(skip=(), east: float = 0.0, levels: str = "6"):
    return [
        (rectangle(LON + STEP_X * (k % 6) + east, LAT + STEP_Y * (k // 6)), f"k{k}", f"望湖苑{k + 1}号楼", levels)
        for k in range(36)
        if k not in skip
    ]


def versions(ask) -> list:
    tables = (
        "building",
        "source_record",
        "address",
        "street",
        "land_area",
        "site_poi",
        "estate",
        "ledger_row",
        "org_unit",
    )
    return [ask(f"select count(*), coalesce(sum(row_version), 0) from fullservice.{table}")[0] for table in tables]


def test_territory(store_name, ask):
    from qgis.core import QgsProcessingException

    fields = ("code:string", "name:string", "parent:string")
    whole = rectangle(LON - 0.001, LAT - 0.001, 0.008, 0.006)
    west, east = rectangle(LON - 0.001, LAT - 0.001, 0.003, 0.006), rectangle(LON + 0.002, LAT - 0.001, 0.004, 0.006)
    with pytest.raises(QgsProcessingException, match="no micro-regions yet. Import them first"):
        run("importterritory", STORE=store_name, INPUT=layer([(west, "G1", "w", None)], fields), LEVEL="grid")
    run("importterritory", STORE=store_name, INPUT=layer([(whole, "HEL", "Helsinki", None)], fields), LEVEL="branch")
    run(
        "importterritory", STORE=store_name, INPUT=layer([(whole, "M1", "centre", "HEL")], fields), LEVEL="micro_region"
    )
    grids = layer(
        [
            (west, "G1", "w", "M1"),
            (east, "G2", "e", None),
            (west, "", "no code", "M1"),
            (None, "G3", "x", "M1"),
            (west, "G1", "again", "M1"),
            (west, "G4", "far", "M9"),
        ],
        fields,
    )
    found = run("importterritory", STORE=store_name, INPUT=grids, LEVEL="grid")
    assert (found["NEW"], found["REJECTED"], found["OVERLAPS"], found["GAPS"]) == (2, 4, 0, 1)
    assert len(json.loads(found["REPORT"])["rejected"]) == 4
    again = run("importterritory", STORE=store_name, INPUT=grids, LEVEL="grid")
    assert (again["NEW"], again["CHANGED"], again["UNCHANGED"]) == (0, 0, 2)
    aimed = layer([(west, "G1", "w", "M1", 0.8), (east, "G2", "e", "M1", 7)], (*fields, "coverage_target:double"))
    assert run("importterritory", STORE=store_name, INPUT=aimed, LEVEL="grid")["REJECTED"] == 1
    run("importterritory", STORE=store_name, INPUT=grids, LEVEL="grid")
    targets = "select code, coverage_target from fullservice.org_unit where level = 'grid' order by code"
    assert ask(targets) == [("G1", 0.8), ("G2", None)], "a layer without targets leaves them alone"
    assert ask("select distinct branch_code from fullservice.org_unit") == [("HEL",)]


def test_discovery_twice(store_name, ask):
    found = run("discoverbuildings", STORE=store_name, SOURCE=layer(houses()), SOURCE_NAME="survey", ID_FIELD="key")
    assert [found[name] for name in ("NEW", "CHANGED", "GONE", "REVIEW", "UNCHANGED")] == [36, 0, 0, 0, 0]
    assert ask(
        "select count(*), count(grid_id), min(storeys), min(number), min(branch_code) from fullservice.building"
    ) == [(36, 36, 6, "1", "HEL")]
    before = versions(ask)
    again = run("discoverbuildings", STORE=store_name, SOURCE=layer(houses()), SOURCE_NAME="survey", ID_FIELD="key")
    assert [again[name] for name in ("NEW", "CHANGED", "GONE", "REVIEW", "UNCHANGED")] == [0, 0, 0, 0, 36]
    ask("delete from fs_meta.batch_run")  # the same features under another hash: nothing new by matching either
    third = run("discoverbuildings", STORE=store_name, SOURCE=layer(houses()), SOURCE_NAME="survey", ID_FIELD="key")
    assert [third[name] for name in ("NEW", "CHANGED", "GONE", "REVIEW", "UNCHANGED")] == [0, 0, 0, 0, 36]
    assert versions(ask) == before


def test_a_second_source_and_what_changed(store_name, ask):
    shifted = [
        *houses(skip={14, 21}, east=0.00004),
        (rectangle(LON + 0.0004, LAT + 0.00022, 0.0002), "extra", None, None),
    ]
    found = run("discoverbuildings", STORE=store_name, SOURCE=layer(shifted), SOURCE_NAME="imagery", ID_FIELD="key")
    assert (found["NEW"], found["GONE"], found["REVIEW"]) == (1, 2, 0)
    assert ask("select count(*) from fullservice.building") == [(37,)]
    assert ask("select count(*) from fullservice.source_record where state = 'gone'") == [(2,)]
    before = versions(ask)
    ask("delete from fs_meta.batch_run")
    again = run("discoverbuildings", STORE=store_name, SOURCE=layer(shifted), SOURCE_NAME="imagery", ID_FIELD="key")
    assert (again["NEW"], again["CHANGED"], again["GONE"]) == (0, 0, 0)
    assert versions(ask) == before


def test_changed_words_reach_the_building_unless_a_person_changed_them(store_name, ask):
    ask("set fs.bulk = 'on'; update fullservice.building set storeys = 9 where name = '望湖苑1号楼'")
    higher = houses(levels="7")
    run("discoverbuildings", STORE=store_name, SOURCE=layer(higher), SOURCE_NAME="survey", ID_FIELD="key")
    assert dict(
        ask("select storeys, count(*) from fullservice.building where discovery_source = 'survey' group by 1")
    ) == {7: 35, 9: 1}


def test_gone_only_inside_the_extent(store_name, ask):
    part = layer(houses(skip=set(range(18, 36)) | {2}))
    extent = f"{LON - 0.001},{LON + 0.006},{LAT - 0.001},{LAT + 0.00105} [EPSG:4326]"
    found = run("discoverbuildings", STORE=store_name, SOURCE=part, SOURCE_NAME="part", ID_FIELD="key", EXTENT=extent)
    gone = ask(
        "select b.name from fullservice.source_record r join fullservice.building b on b.id = r.building_id"
        " where r.source_name = 'part' and r.state = 'gone'"
    )
    assert found["GONE"] == len(gone) and ("望湖苑3号楼",) in gone and ("望湖苑30号楼",) not in gone


def test_estimates_and_estates(store_name, ask):
    from qgis.core import QgsVectorLayer

    from fullservice_plugin.gis.connections import table_uri

    def stored(table):
        return QgsVectorLayer(table_uri(store_name, "fullservice", table, "geom"), table, "postgres")

    for _ in range(2):
        run("estimatehouseholds", BUILDINGS=stored("building"), ID_FIELD="code", OUTPUT=TEMPORARY, STORE=store_name)
        run(
            "groupestates",
            BUILDINGS=stored("building"),
            ID_FIELD="code",
            STREETS=stored("street"),
            OUTPUT=TEMPORARY,
            OUTPUT_BUILDINGS=TEMPORARY,
            STORE=store_name,
        )
        counted = versions(ask)
    assert ask("select count(*) from fullservice.building where households is null or estate_id is null") == [(0,)]
    assert ask("select count(*) from fullservice.estate where grid_id is null or geom is null") == [(0,)]
    assert ask("select count(*) from fullservice.estate where name = '望湖苑'")[0][0] >= 1
    assert ask("select sum(households) from fullservice.estate where not is_deleted") == ask(
        "select sum(households) from fullservice.building"
    )
    run("estimatehouseholds", BUILDINGS=stored("building"), ID_FIELD="code", OUTPUT=TEMPORARY, STORE=store_name)
    assert versions(ask) == counted
    ask("set fs.bulk = 'on'; update fullservice.estate set name = '改名苑', method = 'manual' where name = '望湖苑'")
    run(
        "groupestates",
        BUILDINGS=stored("building"),
        ID_FIELD="code",
        OUTPUT=TEMPORARY,
        OUTPUT_BUILDINGS=TEMPORARY,
        STORE=store_name,
    )
    assert ask("select count(*) from fullservice.estate where name = '改名苑' and not is_deleted")[0][0] >= 1


def test_ledger(store_name, ask, tmp_path):
    path = tmp_path / "台账.csv"
    lines = ["编号,名称,经度,纬度,户数"]
    lines += [f"{k},望湖苑{k}号楼,,,{20 + k}" for k in range(1, 11)]
    lines += [
        "11,,abc,def,5",
        "12,,0,0,5",
        f"13,,{LAT},{LON},5",
        "14,,10,10,5",
        "15,望湖苑12号楼,,,minus",
        "1,望湖苑1号楼,,,21",
    ]
    path.write_bytes("\n".join(lines).encode("gb18030"))
    found = run("importledger", STORE=store_name, LEDGER=str(path))
    assert found["ROWS"] == 16 and found["NEW"] == 16 and found["MATCHED"] >= 10
    rejects = {entry["row"]: entry["reason"] for entry in json.loads(found["REJECTS"])}
    assert set(rejects) >= {12, 13, 15, 16} and "no numbers" in rejects[12] and "minus" in rejects[16]
    assert ask("select households, households_method from fullservice.building where name = '望湖苑3号楼'") == [
        (23, "ledger")
    ]
    assert ask("select households from fullservice.building where name = '望湖苑1号楼'") == [
        (21,)
    ]  # the duplicate is not added
    assert ask("select sum(households) from fullservice.estate where not is_deleted") == ask(
        "select sum(households) from fullservice.building"
    )
    before = versions(ask)
    again = run("importledger", STORE=store_name, LEDGER=str(path))
    assert (again["NEW"], again["CHANGED"], again["UNCHANGED"]) == (0, 0, 16)
    ask("delete from fs_meta.batch_run")
    run("importledger", STORE=store_name, LEDGER=str(path))
    assert versions(ask) == before


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("missing.osm.pbf", None, "does not exist"),
        ("empty.osm.pbf", b"", "is empty"),
        ("text.osm.pbf", b"no pbf", "no OpenStreetMap"),
        ("missing.gpkg", None, "does not exist"),
        ("empty.geojson", b"", "is empty"),
        ("broken.gpkg", b"SQLite format 3", "broken.gpkg"),
    ],
)
def test_bad_sources_change_nothing(store_name, ask, tmp_path, name, content, message):
    from qgis.core import QgsProcessingException

    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    before = versions(ask)
    with pytest.raises(QgsProcessingException, match=message):
        run("discoverbuildings", STORE=store_name, SOURCE=str(path), SOURCE_NAME="bad")
    assert versions(ask) == before
    assert ask("select count(*) from fullservice.discovery_run where source_name = 'bad'") == [(0,)]


def test_a_cut_file_takes_nothing_away(store_name, ask, shared_data, tmp_path):
    from qgis.core import QgsProcessingException

    whole = (shared_data / "city" / "helsinki_centre.osm.pbf").read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: len(whole) * 9 // 10])
    before = versions(ask)
    with pytest.raises(QgsProcessingException, match="damaged or cut off"):
        run("discoverbuildings", STORE=store_name, SOURCE=str(path), SOURCE_NAME="survey")
    assert versions(ask) == before


def test_a_wrong_service_name(qgis_app, tmp_path):
    from qgis.core import QgsProcessingException

    path = tmp_path / "ledger.csv"
    path.write_text("id,name\n1,a\n", encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="nosuchservice"):
        run("importledger", STORE="nosuchservice", LEDGER=str(path))
