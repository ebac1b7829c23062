# SPDX-License-Identifier: GPL-2.0-or-later
"""Map sheets: georeferenced to the drawing's accuracy, true to scale, in fonts that have every character."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.usefixtures("qgis_app")
MM = 72 / 25.4


@pytest.fixture(scope="module")
def printed(qgis_app, samples, fonts, tmp_path_factory):
    """The sample plan as a file, by language."""
    from fullservice_plugin.plans.print_access import print_access

    folder = tmp_path_factory.mktemp("plans")
    made = {}
    for language in ("zh", "en"):
        made[language] = folder / f"{language}.pdf"
        made[language].write_bytes(print_access(samples.sample_plan(14, language), language, fonts))
    return made


def test_corners_of_the_frame_are_where_the_map_is(printed, samples, fonts):
    """Read back by GDAL, page by page: within 0.2 mm on paper."""
    from osgeo import gdal

    from fullservice_plugin.plans.print_access import access_sheets
    from fullservice_plugin.plans.sheets import FRAMES, frame_extent

    gdal.UseExceptions()
    plan = samples.sample_plan(14, "zh")
    for page, sheet in enumerate(access_sheets(plan, "zh"), 2):
        data = gdal.Open(f"PDF:{page}:{printed['zh']}")
        assert "UTM zone 35N" in data.GetProjection()
        forward = data.GetGeoTransform()
        extent = frame_extent(sheet)
        wide, high = FRAMES[sheet.page]
        height = float(PdfReader(printed["zh"]).pages[page - 1].mediabox.height)
        pixel = data.RasterYSize / height  # pixels per point
        left, top = 14.1 * MM * pixel, 28.0 * MM * pixel
        right, bottom = left + wide * MM * pixel, top + high * MM * pixel
        for x, y, east, north in (
            (left, top, extent.xMinimum(), extent.yMaximum()),
            (right, bottom, extent.xMaximum(), extent.yMinimum()),
        ):
            found = (forward[0] + x * forward[1] + y * forward[2], forward[3] + x * forward[4] + y * forward[5])
            assert abs(found[0] - east) * 1000 / sheet.scale < 0.2
            assert abs(found[1] - north) * 1000 / sheet.scale < 0.2


@pytest.mark.parametrize("scale", ["500", "1000"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_atlas_holds_the_network_and_names_neighbours(samples, fonts, tmp_path, scale, language):
    """Every sheet at its scale, read back by GDAL: all of the network is on them; the text says what goes on where."""
    from osgeo import gdal
    from qgis.core import QgsCoordinateTransform, QgsPointXY, QgsProject
    from shapely.geometry import box
    from shapely.ops import transform, unary_union

    from fullservice_plugin.plans.print_access import access_sheets, print_access
    from fullservice_plugin.plans.sheets import FRAMES, frame_extent, sheet_crs, wgs84

    gdal.UseExceptions()
    plan = samples.sample_plan(30, language)
    path = tmp_path / "plan.pdf"
    path.write_bytes(print_access(plan, language, fonts, sheet_scale=scale))
    sheets = access_sheets(plan, language, scale)
    numbered = [(page, s) for page, s in enumerate(sheets, 2) if s.key.startswith("sheet:")]
    assert len(numbered) == len(sheets) - 4 > 1
    there = QgsCoordinateTransform(wgs84(), sheet_crs(sheets[-1]), QgsProject.instance())
    frames = []
    for page, sheet in numbered:
        assert sheet.scale == int(scale)
        text = "".join(PdfReader(path).pages[page - 1].extract_text().split())
        assert f"1:{int(scale):,}" in text
        for edge in sheet.marks:
            assert edge.number in text
        corners = georeference(gdal.Open(f"PDF:{page}:{path}"), path, page, FRAMES[sheet.page])
        extent = frame_extent(sheet)
        wanted = (extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum())
        for (east, north), (column, row) in zip(corners, ((0, 1), (2, 1), (0, 3), (2, 3))):
            assert abs(east - wanted[column]) * 1000 / sheet.scale < 0.2
            assert abs(north - wanted[row]) * 1000 / sheet.scale < 0.2
        assert (wanted[2] - wanted[0]) * 1000 / sheet.scale == pytest.approx(FRAMES[sheet.page][0])
        frames.append(box(*corners[0], *corners[3]))
    ground = unary_union(frames)
    for shape in plan.network:
        metric = transform(lambda x, y: tuple(there.transform(QgsPointXY(x, y))), shape.geometry)
        assert ground.covers(metric)


def georeference(data, path, page, frame):
    """Return the corners of the map frame as GDAL reads them: lower left, lower right, upper left, upper right."""
    forward = data.GetGeoTransform()
    pixel = data.RasterYSize / float(PdfReader(path).pages[page - 1].mediabox.height)
    left, top = 14.1 * MM * pixel, 28.0 * MM * pixel
    right, bottom = left + frame[0] * MM * pixel, top + frame[1] * MM * pixel
    return [
        (forward[0] + x * forward[1] + y * forward[2], forward[3] + x * forward[4] + y * forward[5])
        for x, y in ((left, bottom), (right, bottom), (left, top), (right, top))
    ]


def test_no_atlas_where_one_sheet_is_enough_or_none_is_wanted(samples):
    from fullservice_plugin.plans.print_access import access_sheets

    keys = [s.key for s in access_sheets(samples.sample_plan(30), "en", "none")]
    assert keys == ["overview", "estate:E001", "estate:E002"]
    assert len(access_sheets(samples.sample_plan(1), "en", "none")) == 2


def test_only_sheets_are_georeferenced_and_bookmarked(printed):
    reader = PdfReader(printed["en"])
    marked = [number for number, page in enumerate(reader.pages) if "/VP" in page]
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert "Overview map" in titles
    assert "Index of sheets" in titles
    numbered = [page for page in reader.pages if re.search(r"Sheet\s*\d+\s*of\s*\d+", page.extract_text())]
    assert marked == list(range(1, 4 + 1 + len(numbered)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sheet_says_scale_date_and_licence(printed, language):
    text = " ".join(PdfReader(printed[language]).pages[1].extract_text().split())
    assert "1:2,000" in text or "1:1,500" in text
    assert "2026-03-01" in text
    assert "© OpenStreetMap contributors" in text.replace("©Open", "© Open")
    assert ("光纤到户" if language == "zh" else "Fibre to the home") in text


def test_fonts_of_sheets_are_embedded(printed):
    page = PdfReader(printed["zh"]).pages[1]
    names = [font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()]
    assert names
    assert all("WenQuanYi" in name or "Micro" in name or "Hei" in name for name in names)


def test_chinese_labels_on_an_english_sheet(samples, fonts):
    """Names stay Chinese in an English plan; the layout must not drop them."""
    import dataclasses

    from fullservice_plugin.plans.print_access import print_access

    plan = samples.sample_plan(6, "zh")
    decisions = tuple(dataclasses.replace(d, name=f"丽景{n}栋") for n, d in enumerate(plan.decisions))
    data = print_access(dataclasses.replace(plan, decisions=decisions), "en", fonts)
    text = PdfReader(io.BytesIO(data)).pages[2].extract_text()
    assert "丽景1栋" in text.replace(" ", "")


def test_empty_plan_and_one_building(samples, fonts):
    from fullservice_plugin.plans.print_access import print_access

    for count, pages in ((0, 0), (1, 5)):
        reader = PdfReader(io.BytesIO(print_access(samples.sample_plan(count), "en", fonts)))
        assert sum("/VP" in page for page in reader.pages) == pages


@pytest.mark.parametrize("language", ["zh", "en"])
def test_reports(samples, fonts, language):
    from fullservice_plugin.plans.competition_report import competition_assembly
    from fullservice_plugin.plans.negotiation_report import negotiations_assembly

    for made in (
        negotiations_assembly(samples.sample_negotiations(12, language), language, fonts).run(),
        competition_assembly(samples.sample_competition(12, language), language, fonts).run(),
        negotiations_assembly(samples.sample_negotiations(0, language), language, fonts).run(),
    ):
        assert PdfReader(io.BytesIO(made)).pages


def test_same_plan_same_content(printed, samples, fonts):
    """QGIS leaves the place of a contested label to chance; everything else is the same, and so is the hash."""
    from fullservice_plugin.plans.print_access import print_access

    first = PdfReader(printed["zh"])
    second = PdfReader(io.BytesIO(print_access(samples.sample_plan(14, "zh"), "zh", fonts)))
    assert first.metadata == second.metadata
    assert len(first.pages) == len(second.pages)
    for one, other in zip(first.pages, second.pages):
        assert sorted(one.extract_text()) == sorted(other.extract_text())


def test_cancel_leaves_nothing(samples, fonts):
    from fullservice_plugin.core.errors import Cancelled
    from fullservice_plugin.core.progress import Progress
    from fullservice_plugin.plans.print_access import print_access

    calls = []

    def cancelled():
        calls.append(1)
        return len(calls) > 3

    with pytest.raises(Cancelled):
        print_access(samples.sample_plan(12), "en", fonts, Progress(cancelled=cancelled))


def test_a_template_without_a_map_is_named(samples, fonts, tmp_path, monkeypatch):
    from fullservice_plugin.core.errors import OutputError
    from fullservice_plugin.plans import sheet_forms
    from fullservice_plugin.plans.print_access import print_access

    for page in ("portrait", "landscape"):
        text = Path(sheet_forms.layouts_directory() / f"sheet_{page}.qpt").read_text(encoding="utf-8")
        (tmp_path / f"sheet_{page}.qpt").write_text(text.replace('id="map"', 'id="plan"'), encoding="utf-8")
    monkeypatch.setattr(sheet_forms, "layouts_directory", lambda: tmp_path)
    with pytest.raises(OutputError, match="no map"):
        print_access(samples.sample_plan(2), "en", fonts)


def test_round_scales():
    from fullservice_plugin.plans.sheets import round_scale

    assert round_scale(100, 80, (205, 166)) == 750
    assert round_scale(0.0, 0.0, (205, 166)) == 250
    assert round_scale(9000, 9000, (205, 166)) == 60000
