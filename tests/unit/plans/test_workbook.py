# SPDX-License-Identifier: GPL-2.0-or-later
"""The bill of quantities as a workbook: read back by GDAL, recalculated from a changed price, the same bytes twice."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from osgeo import ogr

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans.model import Bill, PhaseFigures
from fullservice_plugin.plans.plan_workbook import plan_workbook
from fullservice_plugin.plans.xlsx import Cell, Formula, Sheet, column_name, workbook
from tests.unit.plans.samples import sample_plan

SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def made(plan, language="en") -> bytes:
    return plan_workbook(plan, language, lambda source, /, **values: translate(source, language, **values))


def sheets(data: bytes, tmp_path) -> dict[str, list[list]]:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    source = ogr.Open(str(path))
    found = {}
    for layer in source:
        found[layer.GetName()] = [[f.GetField(k) for k in range(f.GetFieldCount())] for f in layer]
    return found


_REFERENCE = re.compile(r"(?:'([^']+)'!)?\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?")


def _flat(block):
    return block if isinstance(block, list) else [block]


class Calculator:
    """Works out the formulas of a workbook anew: references, + − × ÷, SUM, IF, COUNTIF, SUMIF."""

    def __init__(self, data: bytes) -> None:
        self.cells: dict[tuple[str, str], object] = {}
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            for k, sheet in enumerate(book.findall("m:sheets/m:sheet", SPACE), start=1):
                page = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{k}.xml"))
                for cell in page.iterfind(".//m:c", SPACE):
                    formula, value = cell.find("m:f", SPACE), cell.find("m:v", SPACE)
                    text = cell.find("m:is/m:t", SPACE)
                    known = (
                        ("=" + formula.text)
                        if formula is not None
                        else text.text
                        if text is not None
                        else (float(value.text) if value is not None else None)
                    )
                    self.cells[sheet.get("name"), cell.get("r")] = known

    def value(self, sheet: str, at: str):
        known = self.cells.get((sheet, at))
        if not isinstance(known, str) or not known.startswith("="):
            return known
        plain = re.sub(r"^IF\((.+?)=0,0,(.+)\)$", r"(0 if \1==0 else \2)", known[1:])
        spoken = _REFERENCE.sub(
            lambda m: f"cells({m[1] or sheet!r}, {m[2]!r}, {m[3]}, {m[4] or m[2]!r}, {m[5] or m[3]})", plain
        )
        names = {
            "cells": self.block,
            "SUM": lambda a: sum(v or 0 for v in _flat(a)),
            "COUNTIF": lambda a, key: sum(v == key for v in _flat(a)),
            "SUMIF": lambda a, key, b: sum(w or 0 for v, w in zip(_flat(a), _flat(b)) if v == key),
        }
        return eval(spoken, {"__builtins__": {}}, names)

    def block(self, sheet, first, top, last, bottom):
        found = [self.value(sheet, f"{first}{row}") for row in range(top, bottom + 1)]
        return found if len(found) > 1 or first != last else found[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_gdal_reads_is_what_the_plan_says(tmp_path, language):
    plan = sample_plan()
    found = sheets(made(plan, language), tmp_path)
    names = [
        translate(word, language)
        for word in ("Key figures", "Bill of materials", "Prices", "Estates", "Cabinets", "Boxes", "Buildings")
    ]
    assert list(found) == names
    bill = found[names[1]]
    total = sum(line.quantity * line.unit_price for line in plan.bills)
    assert bill[-1][5] == pytest.approx(total)
    assert [row[1] for row in bill if row[1]][-len(plan.bills) :] == [line.item for line in plan.bills]
    assert len(found[names[6]]) >= len(plan.decisions)


def test_every_stored_value_is_what_its_formula_gives():
    data = made(sample_plan())
    book = Calculator(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        titles = [
            s.get("name") for s in ElementTree.fromstring(archive.read("xl/workbook.xml")).iterfind(".//m:sheet", SPACE)
        ]
        count = 0
        for k, name in enumerate(titles, start=1):
            page = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{k}.xml"))
            for cell in page.iterfind(".//m:c", SPACE):
                if cell.find("m:f", SPACE) is not None:
                    told = float(cell.find("m:v", SPACE).text)
                    assert book.value(name, cell.get("r")) == pytest.approx(told), (name, cell.get("r"))
                    count += 1
    assert count > 20


def test_another_price_changes_every_sum():
    plan = sample_plan()
    book = Calculator(made(plan))
    total = next(
        at
        for (sheet, at), known in book.cells.items()
        if sheet == "Key figures" and isinstance(known, str) and "Bill of materials" in known
    )
    before = book.value("Key figures", total)
    price = next(
        at for (sheet, at), known in sorted(book.cells.items()) if sheet == "Prices" and isinstance(known, float)
    )
    book.cells["Prices", price] += 10.0
    item = book.cells["Prices", "B" + price[1:]]
    more = sum(10.0 * line.quantity for line in plan.bills if line.item == item)
    assert book.value("Key figures", total) == pytest.approx(before + more) and more > 0


def test_the_same_plan_gives_the_same_bytes_and_names_run_nothing():
    plan = replace(sample_plan(), name="=1+1", bills=(Bill("wired", "=cmd|' /C calc'!A0", "m", 2.0, 3.0, 6.0),))
    data = made(plan)
    assert data == made(plan)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert not any("<f>=cmd" in text or "<f>cmd" in text for text in texts)
    assert any("=cmd|&apos;" in text or "=cmd|'" in text for text in texts)


def test_rubbish_in_names_and_columns():
    sheet = Sheet("a/b:c*d?[e]", (10,))
    sheet.add(Cell("bell \x07 & <tag>"), Cell(Formula("1+1", 2)))
    assert b"bell  &amp; &lt;tag&gt;" in zipfile.ZipFile(io.BytesIO(workbook([sheet], "t"))).read(
        "xl/worksheets/sheet1.xml"
    )
    assert [column_name(k) for k in (1, 26, 27, 703)] == ["A", "Z", "AA", "AAA"]
    with pytest.raises(ValueError):
        workbook([Sheet("same", ()), Sheet("Same", ())], "t")


def test_phases_follow_the_prices():
    plan = sample_plan(12)
    line = plan.bills[0]
    near = replace(line, quantity=line.quantity / 4, unit_price=line.unit_price * 1.2, cost=line.cost * 0.3)
    far = replace(line, quantity=line.quantity * 3 / 4, cost=line.cost * 0.7)
    plan = replace(plan, phases=(PhaseFigures(1, 1000.0, near.cost, 5, 2, 30.0, (near,)),
                                 PhaseFigures(2, None, far.cost, 7, 3, 40.0, (far,))))  # fmt: skip
    book = Calculator(made(plan))
    assert book.value("Phases", "C2") == pytest.approx(near.quantity * near.unit_price)
    assert book.value("Phases", "C3") == pytest.approx(far.quantity * far.unit_price)
    cell = next(c for (sheet, c), v in book.cells.items() if sheet == "Prices" and v == line.unit_price and c[0] == "D")
    book.cells["Prices", cell] = line.unit_price * 2
    assert book.value("Phases", "C2") == pytest.approx(2 * near.quantity * near.unit_price)
    assert not {"Phases", "Bill per phase"} & {sheet for sheet, _ in Calculator(made(sample_plan(12))).cells}


def test_bills_of_cabinets_follow_the_prices():
    plan = sample_plan(12)
    line = plan.bills[0]
    half = replace(line, quantity=line.quantity / 2, cost=line.cost / 2)
    plan = replace(plan, cabinet_bills=(("FDT-0001", (half,)), ("", (half,))))
    book = Calculator(made(plan))
    assert book.value("Bill per cabinet", "A2") == "FDT-0001" and book.value("Bill per cabinet", "A3") == "Shared ways"
    assert book.value("Bill per cabinet", "G2") == pytest.approx(line.quantity * line.unit_price / 2)
    cell = next(c for (sheet, c), v in book.cells.items() if sheet == "Prices" and v == line.unit_price and c[0] == "D")
    book.cells["Prices", cell] = line.unit_price * 3
    assert book.value("Bill per cabinet", "G3") == pytest.approx(3 * line.quantity * line.unit_price / 2)
