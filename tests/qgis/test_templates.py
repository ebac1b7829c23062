# SPDX-License-Identifier: GPL-2.0-or-later
"""Map sheets by a template: A3, title blocks, an operator's own layout; georeferenced and to scale all the same."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.usefixtures("qgis_app")
MM = 72 / 25.4


def look_of(data: dict, **layouts: Path):
    from fullservice_plugin.plans import template_file
    from fullservice_plugin.plans.print_template import PrintTemplate

    return PrintTemplate(template_file.checked(data, "t.json"), "t.json", b"", layouts)


def check_sheet(path: Path, page: int, sheet, form) -> None:
    """The four corners of the map frame, read back by GDAL, within 0.2 mm on paper; the paper as asked."""
    from osgeo import gdal

    from fullservice_plugin.plans.sheets import frame_extent

    gdal.UseExceptions()
    data = gdal.Open(f"PDF:{page}:{path}")
    box = PdfReader(path).pages[page - 1].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx([side * MM for side in form.size], abs=0.6)
    forward, pixel = data.GetGeoTransform(), data.RasterYSize / float(box.height)
    left, top, wide, high = (value * MM * pixel for value in form.frame)
    extent = frame_extent(sheet, form.room)
    for x, y, east, north in ((left, top, extent.xMinimum(), extent.yMaximum()),
                              (left + wide, top + high, extent.xMaximum(), extent.yMinimum())):
        found = (forward[0] + x * forward[1] + y * forward[2], forward[3] + x * forward[4] + y * forward[5])
        assert abs(found[0] - east) * 1000 / sheet.scale < 0.2
        assert abs(found[1] - north) * 1000 / sheet.scale < 0.2


@pytest.mark.parametrize(
    ("paper", "block", "language", "words"),
    [("A3", "ISO 7200", "en", ("Legal owner", "North Bay", "Identification number", "on A3")),
     ("A4", "GB/T 10609.1", "zh", ("更改文件号", "标准化", "比例", "（A4）"))],
)  # fmt: skip
def test_paper_and_title_block(samples, fonts, tmp_path, paper, block, language, words):
    from fullservice_plugin.plans.print_access import access_sheets, print_access
    from fullservice_plugin.plans.sheet_forms import rooms, sheet_forms

    look = look_of({"operator": "North Bay", "paper": paper, "title_block": block})
    plan, forms = samples.sample_plan(14, language), sheet_forms(look)
    path = tmp_path / "plan.pdf"
    path.write_bytes(print_access(plan, language, fonts, look=look))
    sheets = access_sheets(plan, language, "auto", rooms(forms))
    assert len(sheets) > 3
    for page, sheet in enumerate(sheets, 2):
        form = forms[sheet.page]
        check_sheet(path, page, sheet, form)
        text = "".join(PdfReader(path).pages[page - 1].extract_text().split())
        assert all("".join(word.split()) in text for word in words), text
        assert plan.code in text
        left, top, wide, high = form.block
        assert left >= 0 and left + wide <= form.size[0] and top >= form.frame[1] + form.frame[3]
        assert top + high <= form.size[1] - 12  # above the foot


@pytest.fixture
def layout(tmp_path):
    """Write one of our layouts with changes; return the path."""
    from fullservice_plugin.plans.sheet_forms import layouts_directory

    def write(**changes: str) -> Path:
        text = (layouts_directory() / "sheet_landscape.qpt").read_text(encoding="utf-8")
        for old, new in changes.items():
            assert f'id="{old}"' in text
            text = text.replace(f'id="{old}"', f'id="{new}"')
        text = text.replace('size="205,166,mm"', 'size="180,150,mm"')
        path = tmp_path / "own.qpt"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_an_own_layout_is_taken_as_it_is(samples, fonts, tmp_path, layout):
    from fullservice_plugin.plans.print_access import access_sheets, print_access
    from fullservice_plugin.plans.sheet_forms import rooms, sheet_forms

    look = look_of({}, landscape=layout(subtitle="gone"))
    forms = sheet_forms(look)
    assert forms["landscape"].room == (180.0, 150.0) and forms["portrait"].room == (181.8, 196.0)
    path = tmp_path / "plan.pdf"
    plan = samples.sample_plan(14)
    path.write_bytes(print_access(plan, "en", fonts, look=look))
    landscape = 0
    for page, sheet in enumerate(access_sheets(plan, "en", "auto", rooms(forms)), 2):
        check_sheet(path, page, sheet, forms[sheet.page])
        landscape += sheet.page == "landscape"
    assert landscape


@pytest.mark.parametrize("lost", ["map", "notes"])
def test_an_own_layout_without_what_it_needs_is_told(layout, lost):
    from fullservice_plugin.core.errors import InputError
    from fullservice_plugin.plans.sheet_forms import sheet_forms

    with pytest.raises(InputError) as told:
        sheet_forms(look_of({}, landscape=layout(**{lost: "elsewhere"})))
    assert "own.qpt" in told.value.text() and f"the id {lost}" in told.value.text() and "elsewhere" in told.value.text()


def test_a_file_that_is_no_layout_is_told(tmp_path):
    from fullservice_plugin.core.errors import OutputError
    from fullservice_plugin.plans.sheet_forms import sheet_forms

    path = tmp_path / "own.qpt"
    for content in ("", "<svg/>", "no xml"):
        path.write_text(content)
        with pytest.raises(OutputError, match="no layout template"):
            sheet_forms(look_of({}, portrait=path))


def test_a_page_as_a_picture(samples, fonts):
    from fullservice_plugin.plans.page_pictures import draw_page, single_page
    from fullservice_plugin.plans.print_access import print_access

    reader = PdfReader(io.BytesIO(print_access(samples.sample_plan(3), "en", fonts)))
    picture = draw_page(single_page(reader, 0), 72.0)
    assert (picture.width, picture.height) == (595, 842) and len(picture.data) == 4 * 595 * 842
    assert len(set(zip(picture.data[0::4], picture.data[1::4], picture.data[2::4]))) > 20
