# SPDX-License-Identifier: GPL-2.0-or-later
"""Discovery algorithms on plain layers, as a user runs them."""

from __future__ import annotations

import json

import pytest

TEMPORARY = "TEMPORARY_OUTPUT"


def layer(kind: str, rows, fields=("id:string",), crs="EPSG:3067"):
    """A memory layer of (WKT or None, attributes) rows."""
    from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

    found = QgsVectorLayer(f"{kind}?crs={crs}&" + "&".join(f"field={field}" for field in fields), "sample", "memory")
    for wkt, *values in rows:
        feature = QgsFeature(found.fields())
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(list(values))
        assert found.dataProvider().addFeature(feature)
    found.updateExtents()
    return found


def square(x: float, y: float, size: float = 12.0) -> str:
    return f"POLYGON(({x} {y},{x + size} {y},{x + size} {y + size},{x} {y + size},{x} {y}))"


def run(name: str, **parameters):
    import processing

    return processing.run(f"fullservice:{name}", parameters)


X, Y = 385500.0, 6672000.0  # Helsinki in ETRS-TM35FIN


def squares(count: int = 9, east: float = 0.0, skip=()):
    return [(square(X + 40 * (k % 3) + east, Y + 40 * (k // 3)), f"b{k}") for k in range(count) if k not in skip]


def test_matchbuildings_by_own_ids(qgis_app):
    found = run(
        "matchbuildings",
        EXISTING=layer("Polygon", squares()),
        CANDIDATES=layer("Polygon", squares(skip={4})),
        EXISTING_ID="id",
        CANDIDATE_ID="",
        OUTPUT_LINKS=TEMPORARY,
        OUTPUT_CHANGES=TEMPORARY,
    )
    assert (found["MATCHED"], found["NEW"], found["GONE"], found["REVIEW"]) == (8, 0, 1, 0)
    links = list(found["OUTPUT_LINKS"].getFeatures())
    assert [field.name() for field in found["OUTPUT_LINKS"].fields()] == [
        "existing_id",
        "candidate_id",
        "score",
        "band",
        "relation",
    ]
    assert {link["existing_id"] for link in links} == {f"b{k}" for k in range(9) if k != 4}
    assert {link["candidate_id"] for link in links} == {str(k) for k in range(1, 9)}
    gone = [one for one in found["OUTPUT_CHANGES"].getFeatures() if one["state"] == "gone"]
    assert [one["id"] for one in gone] == ["b4"] and gone[0].geometry().area() == pytest.approx(144, rel=1e-6)
    assert found["OUTPUT_CHANGES"].crs().authid() == "EPSG:3067"


def test_matchbuildings_across_crs(qgis_app):
    import processing

    first = layer("Polygon", squares())
    other = processing.run("native:reprojectlayer", {"INPUT": first, "TARGET_CRS": "EPSG:3857", "OUTPUT": TEMPORARY})
    found = run(
        "matchbuildings",
        EXISTING=first,
        CANDIDATES=other["OUTPUT"],
        EXISTING_ID="id",
        CANDIDATE_ID="id",
        OUTPUT_LINKS=TEMPORARY,
        OUTPUT_CHANGES=TEMPORARY,
    )
    assert found["MATCHED"] == 9
    assert {one["state"] for one in found["OUTPUT_CHANGES"].getFeatures()} == {"same"}


def test_bad_geometries_are_left_out_and_the_rest_is_kept(qgis_app):
    bow = f"POLYGON(({X} {Y + 200},{X + 20} {Y + 220},{X + 20} {Y + 200},{X} {Y + 220},{X} {Y + 200}))"
    flat = f"POLYGON(({X} {Y},{X + 1} {Y + 1},{X + 2} {Y + 2},{X} {Y}))"
    solid = f"POLYGON Z(({X} {Y + 300} 5,{X + 12} {Y + 300} 5,{X + 12} {Y + 312} 5,{X} {Y + 312} 5,{X} {Y + 300} 5))"
    rows = [*squares(), (bow, "bow"), (flat, "flat"), (None, "none"), (solid, "solid")]
    found = run("estimatehouseholds", BUILDINGS=layer("Polygon", rows), ID_FIELD="id", OUTPUT=TEMPORARY)
    kept = {one["id"] for one in found["OUTPUT"].getFeatures()}
    assert kept == {f"b{k}" for k in range(9)} | {"bow", "solid"}


def test_layers_that_cannot_be_used(qgis_app, tmp_path):
    from qgis.core import QgsProcessingException, QgsVectorLayer

    good = layer("Polygon", squares())
    nowhere = QgsVectorLayer("Polygon?crs=&field=id:string", "nowhere", "memory")
    points = layer("Point", [(f"POINT({X} {Y})", "p")])
    missing = tmp_path / "missing.gpkg"
    cases = ((nowhere, "coordinate reference system"), (points, "no polygons"), (str(missing), "missing.gpkg"))
    for bad, message in cases:
        with pytest.raises(QgsProcessingException, match=message):
            run("matchbuildings", EXISTING=good, CANDIDATES=bad, OUTPUT_LINKS=TEMPORARY, OUTPUT_CHANGES=TEMPORARY)
    with pytest.raises(QgsProcessingException, match="no field nix"):
        run(
            "matchbuildings",
            EXISTING=good,
            CANDIDATES=good,
            EXISTING_ID="nix",
            OUTPUT_LINKS=TEMPORARY,
            OUTPUT_CHANGES=TEMPORARY,
        )
    twice = layer("Polygon", [*squares(3), *squares(1)])
    with pytest.raises(QgsProcessingException, match="occurs twice"):
        run("groupestates", BUILDINGS=twice, ID_FIELD="id", OUTPUT=TEMPORARY, OUTPUT_BUILDINGS=TEMPORARY)


def test_convertdatum_there_and_back(qgis_app):
    first = layer("Point", [("POINT(121.5272106 31.1774276)", "a")], crs="EPSG:4326")
    moved = run("convertdatum", INPUT=first, FROM="wgs84", TO="gcj02", OUTPUT=TEMPORARY)["OUTPUT"]
    point = next(moved.getFeatures()).geometry().asPoint()
    assert (point.x(), point.y()) == (
        pytest.approx(121.531541859215, abs=1e-12),
        pytest.approx(31.17530398364597, abs=1e-12),
    )
    back = run("convertdatum", INPUT=moved, FROM="gcj02", TO="wgs84", OUTPUT=TEMPORARY)["OUTPUT"]
    assert next(back.getFeatures()).geometry().asPoint().x() == pytest.approx(121.5272106, abs=1e-9)


def test_estimate_then_group(qgis_app):
    rows = [(wkt, key, "6", "住宅", f"望湖苑{key[1:]}号楼") for wkt, key in squares()]
    buildings = layer("Polygon", rows, ("id:string", "levels:string", "use:string", "name:string"))
    estimated = run("estimatehouseholds", BUILDINGS=buildings, ID_FIELD="id", OUTPUT=TEMPORARY)["OUTPUT"]
    one = next(estimated.getFeatures())
    assert (one["storeys"], one["households"], one["method"]) == (6, 8, "storeys")
    assert one["households_low"] < 8 < one["households_high"]
    found = run("groupestates", BUILDINGS=estimated, ID_FIELD="id", OUTPUT=TEMPORARY, OUTPUT_BUILDINGS=TEMPORARY)
    estates = list(found["OUTPUT"].getFeatures())
    assert [(row["name"], row["buildings"], row["households"]) for row in estates] == [("望湖苑", 9, 72)]
    assert {row["estate_id"] for row in found["OUTPUT_BUILDINGS"].getFeatures()} == {estates[0]["estate_id"]}


def test_locateledger_from_a_chinese_csv(qgis_app, tmp_path):
    from qgis.core import QgsProcessingException

    rows = [
        (square(120.17 + 0.0008 * (k % 5), 30.16 + 0.0006 * (k // 5), 0.0003), f"b{k}", f"火炬小区{k}幢")
        for k in range(20)
    ]
    buildings = layer("Polygon", rows, ("id:string", "name:string"), "EPSG:4326")
    from fullservice_plugin.core.discovery.datum import convert

    lines = ["编号,名称,经度,纬度"]
    for k in range(0, 20, 2):
        x, y = convert(120.17015 + 0.0008 * (k % 5), 30.16015 + 0.0006 * (k // 5), "wgs84", "gcj02")
        lines.append(f"{k},,{float(x):.6f},{float(y):.6f}")
    lines += ["90,火炬小区3栋,,", "91,,零,零"]
    path = tmp_path / "台账.csv"
    path.write_bytes("\n".join(lines).encode("gb18030"))
    found = run("locateledger", LEDGER=str(path), BUILDINGS=buildings, BUILDING_ID="id", OUTPUT=TEMPORARY)
    assert found["DATUM_USED"] == "gcj02"
    placed = [row["building_id"] for row in found["OUTPUT"].getFeatures()]
    assert placed[:10] == [f"b{k}" for k in range(0, 20, 2)] and placed[10] == "b3"
    last = list(found["OUTPUT"].getFeatures())[-1]
    assert last["band"] == "unplaced" and "no numbers" in last["reason"] and not last.hasGeometry()
    with pytest.raises(QgsProcessingException, match="no column nix"):
        run("locateledger", LEDGER=str(path), X_FIELD="nix", BUILDINGS=buildings, OUTPUT=TEMPORARY)
    with pytest.raises(QgsProcessingException, match="does not exist"):
        run("locateledger", LEDGER=str(tmp_path / "no.csv"), BUILDINGS=buildings, OUTPUT=TEMPORARY)


def test_cancelling_writes_nothing(qgis_app):
    from qgis.core import QgsProcessingFeedback

    import processing

    feedback = QgsProcessingFeedback()
    feedback.cancel()
    found = processing.run(
        "fullservice:groupestates",
        {
            "BUILDINGS": layer("Polygon", squares()),
            "ID_FIELD": "id",
            "OUTPUT": TEMPORARY,
            "OUTPUT_BUILDINGS": TEMPORARY,
        },
        feedback=feedback,
    )
    assert "OUTPUT" not in found or not found["OUTPUT"]


def test_help_names_every_output(qgis_app, root):
    for name in ("discoverbuildings", "importledger", "importterritory"):
        texts = json.loads((root / "processing" / "help" / f"{name}.json").read_text(encoding="utf-8"))
        algorithm = qgis_app.fullservice_provider.algorithm(name)
        assert {output.name() for output in algorithm.outputDefinitions()} <= set(texts["outputs"])
