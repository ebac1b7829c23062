# SPDX-License-Identifier: GPL-2.0-or-later
"""The imports as Processing algorithms: CSV, Excel, layers in another CRS, rejects, errors that say what to do."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).parent.parent / "store" / "town.py")
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)


@pytest.fixture(scope="module")
def place(store_name):
    from fullservice_plugin.store.connection import Store

    store = Store.connect({"service": store_name})
    town.build(store)
    yield store_name, store
    store.close()


def _run(algorithm: str, **parameters):
    import processing

    return processing.run(f"fullservice:{algorithm}", parameters)


def _layer(kind: str, fields: list[str], rows: list[tuple], crs: str = "EPSG:4326"):
    """Return a memory layer; rows are (WKT or "", values)."""
    from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

    layer = QgsVectorLayer(f"{kind}?crs={crs}" if kind != "None" else "None", "made", "memory")
    layer.dataProvider().addAttributes(_fields(fields))
    layer.updateFields()
    for wkt, values in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(list(values))
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        layer.dataProvider().addFeature(feature)
    return layer


def _fields(names: list[str]):
    from fullservice_plugin.compat import field

    return [field(name, "text") for name in names]


def _write(layer, path: Path, driver: str) -> str:
    from qgis.core import QgsCoordinateTransformContext, QgsVectorFileWriter

    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = driver
    error = QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), QgsCoordinateTransformContext(), options)
    assert error[0] == QgsVectorFileWriter.WriterError.NoError, error
    return str(path)


def test_negotiations_from_excel_with_chinese_headings(place, tmp_path):
    name, store = place
    layer = _layer("None", ["楼栋编码", "洽谈阶段", "物业公司", "协议编号", "签订日期", "我方备注"], [
        ("", ("E1-1", "已签约", "玫瑰物业", "HT-001", "2025-03-04", "存量")),
        ("", ("E1-2", "没听过", "玫瑰物业", None, None, None)),
    ])  # fmt: skip
    path = _write(layer, tmp_path / "talks.xlsx", "XLSX")
    rejects = str(tmp_path / "rejects.csv")
    made = _run("importnegotiations", STORE=name, INPUT=path, FIELDS="note=我方备注", OUTPUT_REJECTS=rejects)
    assert (made["ROWS"], made["TALKS"], made["AGREEMENTS"], made["REJECTED"]) == (2, 1, 1, 1)
    assert "没听过" in json.loads(made["REJECTS"])[0]["reason"]
    assert "没听过" in Path(rejects).read_text(encoding="utf-8")
    stored = store.rows("select n.stage, n.note, p.name from fullservice.negotiation n"
                        " join fullservice.property_party p on p.id = n.party_id")  # fmt: skip
    assert stored == [("signed", "存量", "玫瑰物业")]


def test_documents_come_along_and_stay_inside_their_folder(place, tmp_path):
    name, store = place
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "deal.pdf").write_bytes(b"%PDF sample")
    (tmp_path / "secret.txt").write_text("secret")
    table = tmp_path / "talks.csv"
    table.write_text(
        "building_code,stage,agreement_number,signed_on,valid_from,valid_to,evidence_kind,evidence_file\n"
        "E2-1,signed,HT-9,2025-01-01,2025-01-01,2031-01-01,agreement,docs/deal.pdf\n"
        "E2-2,contacted,,,,,letter,../secret.txt\n", encoding="utf-8")  # fmt: skip
    made = _run("importnegotiations", STORE=name, INPUT=str(table), DOCUMENTS=str(tmp_path))
    assert made["TALKS"] == 2 and made["DOCUMENTS_KEPT"] == 1
    kept = store.rows("select file_name, size_bytes, subject_kind from fullservice.attachment")
    assert kept == [("deal.pdf", 11, "negotiation")]
    due = dict(store.rows("select b.code, n.evidence_missing from fullservice.negotiation n"
                          " join fullservice.building b on b.id = n.building_id"))  # fmt: skip
    assert due["E2-1"] is False and due["E2-2"] is True


def test_resources_in_another_crs(place):
    name, store = place
    # Web Mercator of the town's corner
    layer = _layer(
        "Point", ["code", "kind", "free_ports"], [("POINT(2776308 8437663)", ("OLT-9", "olt", "16"))], "EPSG:3857"
    )
    made = _run("importresources", STORE=name, INPUT=layer)
    assert made["NEW"] == 1
    x, y = store.rows("select ST_X(geom), ST_Y(geom) from fullservice.network_resource where code = 'OLT-9'")[0]
    assert x == pytest.approx(24.94, abs=0.001) and y == pytest.approx(60.17, abs=0.01)


def test_competitors_packages_and_sites(place, tmp_path):
    name, _ = place
    path = tmp_path / "rivals.csv"
    path.write_text(
        "building_code,operator,technology,down_mbps\nE1-1,CTCC,ftth,1000\nE1-2,XXXX,ftth,1000\n", encoding="utf-8"
    )
    made = _run("importcompetitors", STORE=name, INPUT=str(path), SOURCE_CLASS="site_photo", OBSERVED_ON="2026-01-31")
    assert (made["OBSERVATIONS"], made["REJECTED"]) == (3, 1)
    packages = _layer(
        "None", ["code", "name", "price_month"], [("", ("P1", "Home", "59")), ("", ("P2", "Home+", "79"))]
    )
    made = _run("importpackages", STORE=name, INPUT=packages)
    assert (made["NEW"], made["OVERLAPS"]) == (2, 1)
    sites = _layer("Point", ["code", "kind", "name"], [("POINT(24.94 60.17)", ("S1", "service_hall", "Hall"))])
    assert _run("importsites", STORE=name, INPUT=sites)["NEW"] == 1


@pytest.mark.parametrize(("parameters", "word"), [
    ({"STORE": "no_such_service"}, "no_such_service"),
    ({"STORE": ""}, "STORE"),
    ({"FIELDS": "stage:Stage"}, "stage:Stage"),
    ({"FIELDS": "colour=Stage"}, "colour"),
    ({"DATUM": "mars"}, "DATUM"),
])  # fmt: skip
def test_errors_name_what_is_wrong(place, parameters, word):
    from qgis.core import QgsProcessingException

    layer = _layer("None", ["building_code", "stage"], [("", ("E1-1", "signed"))])
    with pytest.raises(QgsProcessingException, match=word):
        _run("importnegotiations", **{"STORE": place[0], "INPUT": layer, **parameters})


def test_planaccess_names_an_unknown_area(place):
    from qgis.core import QgsProcessingException

    with pytest.raises(QgsProcessingException, match="NOWHERE"):
        _run("planaccess", STORE=place[0], AREA="NOWHERE")
