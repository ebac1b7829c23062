# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports and their workbooks say the same numbers, parsed back from both; sums are live."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.usefixtures("qgis_app")
SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def made(kind, samples, language):
    from fullservice_plugin.plans import competition_report, negotiation_report, sections, weekly_report
    from fullservice_plugin.plans.fonts import FontSet

    fonts = FontSet()
    if kind == "negotiations":
        made = negotiation_report.negotiations_assembly(samples.sample_negotiations(12, language), language, fonts)
    elif kind == "competition":
        made = competition_report.competition_assembly(samples.sample_competition(12, language), language, fonts)
    else:
        made = weekly_report.week_assembly(samples.sample_week(language), language, fonts)
    return made.run(), sections.report_workbook(made.document)


def rows(data):
    """Yield (sheet, row) with each cell as (text, number, formula)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        for k, sheet in enumerate(book.findall("m:sheets/m:sheet", SPACE), start=1):
            page = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{k}.xml"))
            for row in page.iterfind(".//m:row", SPACE):
                cells = []
                for cell in row.iterfind("m:c", SPACE):
                    value, text, formula = (cell.find(name, SPACE) for name in ("m:v", "m:is/m:t", "m:f"))
                    cells.append((None if text is None else text.text, None if value is None else float(value.text),
                                  None if formula is None else formula.text))  # fmt: skip
                yield sheet.get("name"), cells


def pieces(pdf):
    """The texts of a PDF as they were drawn: numbers of two cells never run together."""
    found = []
    for page in PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=lambda text, *_: found.append(text))
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["negotiations", "competition", "weekly"])
def test_every_number_of_the_workbook_is_in_the_pdf(samples, kind, language):
    pdf, book = made(kind, samples, language)
    said = pieces(pdf)
    printed = {float(one.replace(",", "")) for piece in said for one in re.findall(r"\d[\d,]*(?:\.\d+)?", piece)}
    squeezed = re.sub(r"\s+", "", "".join(said))
    count = 0
    for _, cells in rows(book):
        for words, number, _ in cells:
            if number is not None:
                shown = {round(number * scale, digits) for scale in (1.0, 100.0) for digits in (0, 1, 2)}
                assert shown & printed, (kind, number)
                count += 1
            elif words and len(words) < 40:
                assert re.sub(r"\s+", "", words) in squeezed or "-" in words, words
    assert count > 10


@pytest.mark.parametrize("kind", ["negotiations"])
def test_sums_are_live_and_right(samples, kind):
    _, book = made(kind, samples, "en")
    table, found = {}, 0
    for sheet, cells in rows(book):
        table.setdefault(sheet, []).append(cells)
    for lines in table.values():
        for cells in lines:
            for _, number, formula in cells:
                if formula:
                    column, first, last = re.fullmatch(r"SUM\(([A-Z])(\d+):[A-Z](\d+)\)", formula).groups()
                    parts = [lines[n][ord(column) - 65][1] or 0.0 for n in range(int(first) - 1, int(last))]
                    assert sum(parts) == pytest.approx(number)
                    found += 1
    assert found == 6


def test_two_sections_of_one_name_and_a_long_one_have_sheets_of_their_own():
    from fullservice_plugin.plans.formats import integer
    from fullservice_plugin.plans.kept import Kept, kept_workbook

    name = "Buildings of the grid in the north of the town"
    kept = [Kept(name, "", ("a",), ((integer(1),),)), Kept(name + " again", "", ("a",), ((integer(2),),)),
            Kept("", "", (), (("Homes", integer(3)),))]  # fmt: skip
    names = list(dict.fromkeys(sheet for sheet, _ in rows(kept_workbook(kept, "t", "Key figures"))))
    assert len(names) == 3 and all(len(one) <= 31 for one in names)
