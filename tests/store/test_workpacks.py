# SPDX-License-Identifier: GPL-2.0-or-later
"""Work packs and workbooks of a real plan: parts, bills, channels and permits as the store has them, read back."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("qgis.core")
from pypdf import PdfReader

from fullservice_plugin.core.errors import InputError, ParameterError

_spec = importlib.util.spec_from_file_location("fs_packs_place", Path(__file__).with_name("packs_place.py"))
packs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(packs)
ON = packs.ON
SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(scope="module")
def place(databases, qgis_app):
    store, ids, made = packs.build(databases.create())
    assert len(plan_params((store, ids, made))["phases"][0]["bom"]) > 3, made
    yield store, ids, made
    store.close()


def export(place, tmp_path, estate="", cabinet="", language="en", **more):
    from fullservice_plugin.services.workpack import export_workpack

    store, _, made = place
    book = str(tmp_path / "pack.xlsx")
    path = export_workpack(store, made.code, estate, cabinet, language, str(tmp_path / "pack.pdf"), on=ON,
                           workbook=book, sheet_scale="none", **more)  # fmt: skip
    return path, Path(book)


def words(path) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(path).pages))


def cells(path: Path) -> dict[str, list[list[object]]]:
    """Read a workbook: sheet → rows of texts and numbers, a formula as its text with an equals sign and its value."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        for k, sheet in enumerate(book.findall("m:sheets/m:sheet", SPACE), start=1):
            page = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{k}.xml"))
            rows = []
            for row in page.iterfind(".//m:row", SPACE):
                line = []
                for cell in row.iterfind("m:c", SPACE):
                    value, text, formula = (cell.find(name, SPACE) for name in ("m:v", "m:is/m:t", "m:f"))
                    number = float(value.text) if value is not None else None
                    line.append(("=" + formula.text, number) if formula is not None
                                else text.text if text is not None else number)  # fmt: skip
                rows.append(line)
            found[sheet.get("name")] = rows
    return found


def plan_params(place):
    store, _, made = place
    return store.value("select params from fullservice.plan where code = %s", (made.code,))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phase_is_built_with_its_own_bill(place, tmp_path, language):
    from fullservice_plugin.plans import formats, labels

    phase = plan_params(place)["phases"][0]
    path, book = export(place, tmp_path, language=language, phase=phase["number"], crew="三队 7")
    text = words(path)
    assert "三队7" in text
    for line in phase["bom"]:
        for part in (labels.item(line["item"], language), formats.quantity(line["quantity"]),
                     formats.decimal(line["unit_price"], 2), formats.decimal(line["cost"], 2)):  # fmt: skip
            assert re.sub(r"\s+", "", part) in text, line
    assert formats.decimal(sum(line["cost"] for line in phase["bom"]), 2) in text
    sheet = cells(book)["Bill of materials" if language == "en" else "物料清单"]
    told = [row for row in sheet if len(row) > 4 and isinstance(row[4], float)]
    assert sorted(row[4] for row in told) == pytest.approx(sorted(line["cost"] for line in phase["bom"]))
    sums = [cell for row in sheet for cell in row if isinstance(cell, tuple)]
    assert sums and all(formula.startswith("=SUM(E") for formula, _ in sums)
    domains = {line["domain"] for line in phase["bom"]}
    assert len(sums) == len(domains)
    assert sum(value for _, value in sums) == pytest.approx(sum(line["cost"] for line in phase["bom"]))


def test_phases_and_cabinets_hold_the_plan_between_them(place):
    from fullservice_plugin.services.plan_parts import Part, chosen
    from fullservice_plugin.store import plans as queries

    store, _, made = place
    elements = queries.network(store, made.plan_id)
    params = plan_params(place)
    of_phases = [x["code"] for phase in params["phases"] for x in chosen(elements, Part(phase=phase["number"]))]
    assert sorted(of_phases) == sorted(x["code"] for x in elements)
    cabinets = [row["code"] for row in params["cabinets"] if row["code"]]
    boxes = [x["code"] for code in cabinets for x in chosen(elements, Part(cabinet=code)) if x["kind"] == "fat"]
    assert sorted(boxes) == sorted(x["code"] for x in elements if x["kind"] == "fat")
    whole = sum(line["cost"] for row in params["cabinets"] for line in row["bom"])
    assert whole == pytest.approx(made.cost, rel=1e-6)


def test_permits_say_where_one_may_start(place, tmp_path):
    from fullservice_plugin.services.plan_parts import Part
    from fullservice_plugin.services.workpack import read_workpack

    store, _, made = place
    pack = read_workpack(store, made.code, Part(), "en", "", ON)
    told = {one.code: one for one in pack.permits}
    assert told["E1-1"].hindrance(ON) == "" and told["E1-1"].agreement == "R-7"
    assert told["E1-1"].hindrance(date(2026, 7, 1)) == "over"
    assert told["E1-2"].hindrance(ON) == "talk"
    assert "Rose Owners" in told["E1-1"].contact
    text = words(export(place, tmp_path)[0])
    assert "2026-05-01–2026-06-20" in text and "08:30–17:30" in text and "no:entrynotgranted" in text
    assert "donotbuildfromthispack" in text  # the design is a draft


@pytest.mark.parametrize("language", ["en", "zh"])
def test_floors_print_the_channels_of_the_store(place, tmp_path, language):
    from fullservice_plugin.services.plans import export_plan, read_access_plan

    store, _, made = place
    rows = store.rows("select x.floor, x.channel from fullservice.design_element x where x.plan_id = %s and x.kind = "
                      "'ap' order by 1, 2", (made.plan_id,))  # fmt: skip
    assert rows, "the house with WLAN has access points"
    book = tmp_path / "plan.xlsx"
    path = export_plan(store, made.code, "", language, str(tmp_path / "plan.pdf"), workbook=str(book))
    page = next(page for page in PdfReader(path).pages
                if ("WLAN floor plans" if language == "en" else "WLAN楼层平面图") in
                (page.extract_text() if language == "en" else page.extract_text().replace(" ", ""))
                and "/XObject" in page["/Resources"])  # fmt: skip
    pictures = [one.get_object() for one in page["/Resources"]["/XObject"].values()]
    assert any(one["/Subtype"] == "/Image" for one in pictures), "the heat map"
    plan = read_access_plan(store, made.code, "", "en")
    printed = sorted((row.floor, channel) for one in plan.floors for row in one.floors for channel in row.channels)
    assert printed == sorted(map(tuple, rows))
    text = page.extract_text()
    assert all(str(channel) in text for _, channel in rows)
    assert cells(book)  # the workbook of the plan stands beside it


def test_an_estate_has_its_bill_and_only_what_feeds_it(place, tmp_path):
    from fullservice_plugin.services.plans import read_access_plan

    store, _, made = place
    plan = read_access_plan(store, made.code, "E1", "en")
    assert plan.bills and plan.bill_note
    assert {d.estate for d in plan.decisions} == {"E1"}
    feeding = {path.node for path in plan.paths}
    assert {node.code for node in plan.nodes if node.kind == "fat"} >= feeding - {n.code for n in plan.nodes
                                                                                 if n.kind == "fdt"}  # fmt: skip
    text = words(export(place, tmp_path, estate="E1")[0])
    assert "RoseCourt" in text and "None." not in text


def test_parts_that_are_not_there_are_named(place, tmp_path):
    with pytest.raises(ParameterError, match="ESTATE, PHASE and CABINET"):
        export(place, tmp_path, estate="E1", phase=1)
    with pytest.raises(InputError, match="FDT-"):
        export(place, tmp_path, cabinet="FDT-NONE")
    with pytest.raises(InputError, match="phases"):
        export(place, tmp_path, phase=77)
    assert not list(tmp_path.iterdir())


def test_the_algorithm_writes_both_files_and_keeps_a_changed_workbook(place, databases, tmp_path):
    import processing

    store, _, made = place
    name = databases.made[-1]
    target = tmp_path / "pack.pdf"
    given = {"STORE": name, "PLAN_ID": made.code, "PHASE": 1, "CREW": "7", "LANGUAGE": "en", "SHEET_SCALE": "none",
             "OUTPUT": str(target)}  # fmt: skip
    first = processing.run("fullservice:exportworkpack", given)
    assert first["WORKBOOK_FILE"] == str(tmp_path / "pack.xlsx")
    assert processing.run("fullservice:exportworkpack", given)["WORKBOOK_FILE"] == first["WORKBOOK_FILE"]
    changed = tmp_path / "pack.xlsx"
    with zipfile.ZipFile(changed, "a") as archive:
        archive.writestr("note.txt", "a price was tried")
    kept = changed.read_bytes()
    again = processing.run("fullservice:exportworkpack", given)
    assert again["WORKBOOK_FILE"] == str(tmp_path / "pack (2).xlsx") and changed.read_bytes() == kept
    alone = tmp_path / "alone.pdf"
    done = processing.run("fullservice:exportworkpack", {**given, "WORKBOOK": False, "OUTPUT": str(alone)})
    assert done["WORKBOOK_FILE"] == "" and not alone.with_suffix(".xlsx").exists()
