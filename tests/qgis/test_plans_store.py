# SPDX-License-Identifier: GPL-2.0-or-later
"""The PDF algorithms on a real store: what is printed equals what is stored."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from fullservice_plugin.core.errors import InputError, OutputError, ParameterError
from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.services.plans import export_plan
from fullservice_plugin.services.reports import export_negotiations

BUILDINGS = 8


def square(index):
    west, south = 24.94 + 0.0011 * (index % 4), 60.17 + 0.0006 * (index // 4)
    return (
        f"MULTIPOLYGON((({west} {south},{west + 0.0004} {south},{west + 0.0004} {south + 0.0002},"
        f"{west} {south + 0.0002},{west} {south})))"
    )


def add(cur, table, **values):
    """Insert a row and return its id."""
    from psycopg2 import sql

    geometry = values.pop("geom", None)
    names, marks, bound = list(values), ["%s"] * len(values), list(values.values())
    if geometry:
        names.append("geom")
        marks.append("ST_GeomFromText(%s, 4326)")
        bound.append(geometry)
    statement = sql.SQL("insert into fullservice.{} ({}) values ({}) returning id::text").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ".join(marks))
    )
    cur.execute(statement, bound)
    return cur.fetchone()[0]


@pytest.fixture(scope="module")
def filled(store_name):
    """A store with one grid, two estates, eight buildings, a plan, talks and observations."""
    store = open_store(store_name)
    with store.transaction(bulk=True) as cur:
        branch = add(cur, "org_unit", level="branch", code="B-1", name="Branch")
        micro = add(cur, "org_unit", level="micro_region", code="M-1", name="Region", parent_id=branch)
        grid = add(cur, "org_unit", level="grid", code="G-1", name="网格一", parent_id=micro)
        estates = [add(cur, "estate", code=f"E-{n}", name=f"幸福里{n}期", grid_id=grid) for n in (1, 2)]
        add(cur, "discovery_run", source_name="OpenStreetMap", licence="ODbL 1.0, © OpenStreetMap contributors")
        add(
            cur,
            "street",
            source_name="OpenStreetMap",
            name="Market Street",
            highway="residential",
            geom="MULTILINESTRING((24.939 60.1699,24.946 60.1699))",
        )
        add(cur, "land_area", source_name="OpenStreetMap", kind="water", geom=square(11))
        buildings = [
            add(
                cur,
                "building",
                code=f"B-{n:02d}",
                name=f"{n + 1}号楼",
                grid_id=grid,
                estate_id=estates[n // 4],
                households=20 + n,
                geom=square(n),
            )
            for n in range(BUILDINGS)
        ]
        plan = add(
            cur,
            "plan",
            code="P-1",
            area_code="G-1",
            scenario="base",
            currency="CNY",
            cost=12345.67,
            lower_bound=12000,
            wired_cost=12000,
            wired_lower_bound=11700,
            homes_passed=168,
            unserved=1,
            components=json.dumps(
                {"trench": {"cost": 12000, "lower_bound": 11700}, "wlan": {"cost": 345.67, "lower_bound": 300}}
            ),
            params="{}",
        )
        designs = [
            add(
                cur,
                "access_design",
                plan_id=plan,
                estate_id=e,
                cost_total=6000 + n,
                cost_per_home=70 + n,
                homes_served=84,
                author="li.wei",
            )
            for n, e in enumerate(estates)
        ]
        for n, building in enumerate(buildings):
            add(
                cur,
                "access_decision",
                design_id=designs[n // 4],
                plan_id=plan,
                building_id=building,
                method="none" if n == 7 else "ftth",
                runner_up="fttb",
                cost=1000 + n,
                revenue=5000,
                cost_delta=77 + n,
                reason_zh="每户成本最低",
                reason_en="Costs least per home",
            )
            if n != 7:
                add(
                    cur,
                    "design_element",
                    plan_id=plan,
                    design_id=designs[n // 4],
                    kind="drop",
                    parent_code="FAT-1",
                    building_id=building,
                    length_m=12.5,
                    fibres=4,
                    loss_db=20 + n / 10,
                    geom=f"LINESTRING(24.9415 60.1699,{24.94 + 0.0011 * (n % 4)} {60.17 + 0.0006 * (n // 4)})",
                )
        add(
            cur,
            "design_element",
            plan_id=plan,
            kind="fat",
            code="FAT-1",
            ports=16,
            used=7,
            splitter="1:8",
            geom="POINT(24.9415 60.1699)",
        )
        add(
            cur,
            "design_element",
            plan_id=plan,
            kind="route",
            route_kind="feeder",
            length_m=300,
            geom="LINESTRING(24.9395 60.1699,24.9415 60.1699)",
        )
        for domain, item, cost in (("wired", "12F", 12000), ("wlan", "ap_install", 345.67)):
            add(
                cur,
                "design_bom",
                plan_id=plan,
                design_id=designs[0],
                domain=domain,
                item=item,
                unit="m",
                quantity=10,
                unit_price=cost / 10,
                cost=cost,
            )
        for n, building in enumerate(buildings[:5]):
            add(
                cur,
                "negotiation",
                building_id=building,
                estate_id=estates[n // 4],
                next_action="拜访业委会",
                next_action_due="2026-03-01",
            )
        add(cur, "competitor_operator", code="CMCC", name="中国移动", name_en="China Mobile", is_self=True)
        add(cur, "competitor_operator", code="CTCC", name="中国电信", name_en="China Telecom")
        for field, value, number in (
            ("presence", "in_service", None),
            ("technology", "ftth", None),
            ("subs", None, 9),
        ):
            add(
                cur,
                "intel_observation",
                subject_kind="building",
                building_id=buildings[0],
                operator_code="CTCC",
                field=field,
                value=value,
                number=number,
                source_class="site_photo",
                source_text="photo",
                observed_on="2026-02-01",
                observer="zhang.min",
                confidence=0.8,
            )
    yield store_name, plan, store
    store.close()


def text_of(path):
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(path).pages))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_access_plan_prints_what_is_stored(filled, tmp_path, language):
    import processing

    name, plan, _ = filled
    target = str(tmp_path / "plan.pdf")
    done = processing.run(
        "fullservice:exportplan", {"STORE": name, "PLAN_ID": "P-1", "LANGUAGE": language, "OUTPUT": target}
    )
    text = text_of(done["OUTPUT"])
    assert "12,345.67" in text
    assert "2.88%" in text
    assert all(f"{n + 1}号楼" in text for n in range(BUILDINGS))
    assert ("每户成本最低" if language == "zh" else "Costsleastperhome") in text
    assert all(f"{20 + n / 10:.2f}" in text for n in range(7))
    assert ("12芯光缆" if language == "zh" else "Cable12fibres") in text
    assert "©OpenStreetMapcontributors" in text
    pages = PdfReader(target).pages
    assert sum("/VP" in page for page in pages) == 3 + 3  # two sheets at 1:1000 and their index
    given = {"STORE": name, "PLAN_ID": "P-1", "LANGUAGE": language, "SHEET_SCALE": "none", "OUTPUT": target}
    processing.run("fullservice:exportplan", given)
    assert sum("/VP" in page for page in PdfReader(target).pages) == 3


@pytest.mark.parametrize("language", ["zh", "en"])
def test_workbook_holds_what_is_stored(filled, tmp_path, language):
    from osgeo import ogr
    from qgis.core import QgsProcessingException

    import processing

    name, plan, _ = filled
    target = str(tmp_path / "plan.xlsx")
    given = {"STORE": name, "PLAN_ID": plan, "LANGUAGE": language}
    done = processing.run("fullservice:exportworkbook", {**given, "OUTPUT": target})
    book = ogr.Open(done["OUTPUT"])
    sheets = {layer.GetName(): layer for layer in book}
    assert list(sheets)[0] == ("关键指标" if language == "zh" else "Key figures")
    rows = [feature.GetField(1) for feature in sheets["楼栋" if language == "zh" else "Buildings"]]
    assert all(f"{n + 1}号楼" in str(rows) for n in range(BUILDINGS))
    with pytest.raises(QgsProcessingException, match=r"\.xlsx"):
        processing.run("fullservice:exportworkbook", {**given, "OUTPUT": str(tmp_path / "plan.pdf")})
    with pytest.raises(QgsProcessingException, match="P-1"):
        processing.run("fullservice:exportworkbook", {**given, "PLAN_ID": "none", "OUTPUT": target})


def test_plan_by_uuid_and_one_estate(filled, tmp_path):
    import processing

    name, plan, _ = filled
    target = str(tmp_path / "plan.pdf")
    processing.run(
        "fullservice:exportplan",
        {"STORE": name, "PLAN_ID": plan, "ESTATE": "E-2", "LANGUAGE": "en", "OUTPUT": target},
    )
    text = text_of(target)
    assert "6,001" in text
    assert "12,345.67" not in text
    assert "8号楼" in text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("area", ["", "G-1", "B-1", "E-1"])
def test_negotiations(filled, tmp_path, language, area):
    import processing

    target = str(tmp_path / "talks.pdf")
    processing.run(
        "fullservice:exportnegotiations", {"STORE": filled[0], "AREA": area, "LANGUAGE": language, "OUTPUT": target}
    )
    text = text_of(target)
    assert "拜访业委会" in text
    assert ("逾期" if language == "zh" else "Overdue") in text
    assert "2026-03-01" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_competition(filled, tmp_path, language):
    import processing

    target = str(tmp_path / "rivals.pdf")
    processing.run(
        "fullservice:exportcompetition", {"STORE": filled[0], "AREA": "G-1", "LANGUAGE": language, "OUTPUT": target}
    )
    text = text_of(target)
    assert ("中国电信" if language == "zh" else "ChinaTelecom") in text
    assert ("现场照片" if language == "zh" else "Sitephoto") in text
    assert "2026-02-01" in text


def test_same_store_same_content_hash(filled, tmp_path):
    _, _, store = filled
    readers = [PdfReader(export_plan(store, "P-1", "", "zh", str(tmp_path / f"{n}.pdf"))) for n in (1, 2)]
    assert "content-sha256:" in readers[0].metadata["/Keywords"]
    assert readers[0].metadata == readers[1].metadata


def test_unknown_plan_estate_and_area_are_named(filled, tmp_path):
    _, _, store = filled
    target = str(tmp_path / "plan.pdf")
    with pytest.raises(InputError, match="There is no plan nowhere .* P-1"):
        export_plan(store, "nowhere", "", "en", target)
    with pytest.raises(InputError, match="no design of estate E-9"):
        export_plan(store, "P-1", "E-9", "en", target)
    with pytest.raises(InputError, match="G-9"):
        export_negotiations(store, "G-9", "en", target)
    assert list(tmp_path.iterdir()) == []


def test_wrong_targets_are_refused_before_work(filled, tmp_path):
    _, _, store = filled
    for target, kind in (
        ("", ParameterError),
        (str(tmp_path / "plan.docx"), OutputError),
        (str(tmp_path / "no" / "x.pdf"), OutputError),
    ):
        with pytest.raises(kind):
            export_plan(store, "P-1", "", "en", target)


def test_an_empty_store_still_prints(store_name, databases, qgis_app, tmp_path):
    import processing

    name = databases.create()
    processing.run("fullservice:createstore", {"STORE": name})
    for algorithm in ("exportnegotiations", "exportcompetition"):
        target = tmp_path / f"{algorithm}.pdf"
        processing.run(f"fullservice:{algorithm}", {"STORE": name, "LANGUAGE": "zh", "OUTPUT": str(target)})
        assert PdfReader(io.BytesIO(Path(target).read_bytes())).pages


@pytest.mark.parametrize("language", ["zh", "en"])
def test_letters_of_an_area(filled, tmp_path, language):
    import processing

    name, _, store = filled
    given = {"STORE": name, "KIND": "introduction", "LANGUAGE": language}
    filed = "select count(*) from fullservice.attachment where kind = 'letter'"
    before = store.value(filed)
    done = processing.run("fullservice:exportletters", {**given, "OUTPUT_FOLDER": str(tmp_path / "all")})
    assert done["LETTERS"] == len(list((tmp_path / "all").glob("*.pdf"))) == 5
    assert store.value(filed) == before
    kept = {**given, "AREA": "E-2", "KEEP": True, "OUTPUT_FOLDER": str(tmp_path / "kept")}
    done = processing.run("fullservice:exportletters", kept)
    assert done["LETTERS"] == 1 and done["OUTPUT_FOLDER"] == str(tmp_path / "kept")
    text = text_of(str(next((tmp_path / "kept").glob("*.pdf"))))
    assert ("幸福里2期5号楼" if language == "zh" else "5号楼(幸福里2期)") in text
    assert store.value(filed) == before + 1


def test_letters_that_nobody_needs_and_templates_that_are_wrong(filled, tmp_path):
    from qgis.core import QgsProcessingException

    import processing

    given = {"STORE": filled[0], "KIND": "works_notice", "LANGUAGE": "en", "OUTPUT_FOLDER": str(tmp_path / "none")}
    assert processing.run("fullservice:exportletters", given)["LETTERS"] == 0
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"works_notice": {"en": {"subject": "For {nobody}"}}}))
    with pytest.raises(QgsProcessingException, match=r"\{nobody\}"):
        processing.run("fullservice:exportletters", {**given, "TEMPLATES": str(own)})
    with pytest.raises(QgsProcessingException, match="nowhere"):
        processing.run("fullservice:exportletters", {**given, "AREA": "nowhere"})
