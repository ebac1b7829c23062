# SPDX-License-Identifier: GPL-2.0-or-later
"""Every page of every kind: nothing outside, no text over another, no missing glyph, fit for the archive."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream

pytestmark = pytest.mark.usefixtures("qgis_app")
WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">([^<]*)</word>')
PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)
KINDS = ("plan", "workpack", "negotiations", "competition", "weekly")
LONG = "幸福里" * 40 + "Long name " * 8  # 200 characters


def made(kind, samples, language, long=False):
    from fullservice_plugin.plans import competition_report, negotiation_report, print_access, weekly_report, workpack
    from fullservice_plugin.plans.fonts import FontSet

    fonts = FontSet()
    plan = samples.full_plan(14, language)
    if long:
        plan = replace(plan, name=LONG, decisions=tuple(replace(d, name=LONG, reason=LONG * 2) for d in plan.decisions),
                       estates=tuple(replace(e, name=LONG) for e in plan.estates))  # fmt: skip
    if kind == "plan":
        return print_access.print_access(plan, language, fonts)
    if kind == "workpack":
        return workpack.workpack_assembly(samples.sample_pack(plan), language, fonts, sheet_scale="none").run()
    if kind == "negotiations":
        report = samples.sample_negotiations(12, language)
        return negotiation_report.negotiations_assembly(report, language, fonts).run()
    if kind == "competition":
        return competition_report.competition_assembly(samples.sample_competition(12, language), language, fonts).run()
    return weekly_report.week_assembly(samples.sample_week(language), language, fonts).run()


@pytest.fixture(scope="module")
def documents(samples, tmp_path_factory):
    """Files by kind and language, made when they are asked for."""
    folder, known = tmp_path_factory.mktemp("pages"), {}

    def document(kind, language, long=False):
        key = (kind, language, long)
        if key not in known:
            known[key] = folder / f"{kind}_{language}_{long}.pdf"
            known[key].write_bytes(made(kind, samples, language, long))
        return known[key]

    return document


def words(path):
    """Yield page size and words with their boxes for each page, as poppler reads them."""
    told = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True).stdout
    for width, height, body in PAGE.findall(told):
        boxes = [(*(float(value) for value in found[:4]), found[4]) for found in WORD.findall(body)]
        yield float(width), float(height), boxes


def overlaps(boxes):
    """Return pairs of words whose inner halves overlap: type has room above and below that may touch."""
    found = []
    shrunk = []
    for left, top, right, bottom, text in boxes:
        high = (bottom - top) * 0.3
        shrunk.append((left + 0.4, top + high, right - 0.4, bottom - high, text))
    shrunk.sort(key=lambda box: box[1])
    for number, one in enumerate(shrunk):
        for other in shrunk[number + 1 :]:
            if other[1] >= one[3]:
                break
            if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]:
                found.append((one[4], other[4]))
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_outside_and_no_text_over_another(documents, kind, language):
    path = documents(kind, language)
    reader = PdfReader(path)
    pages = list(words(path))
    assert len(pages) == len(reader.pages)
    for number, (width, height, boxes) in enumerate(pages):
        assert boxes, number
        for left, top, right, bottom, text in boxes:
            assert -0.5 <= left and right <= width + 0.5 and -0.5 <= top and bottom <= height + 0.5, (number, text)
        if "/VP" not in reader.pages[number]:  # on a map words turn with the streets, and their boxes with them
            assert not overlaps(boxes), (kind, number, overlaps(boxes)[:5])


def test_labels_keep_clear_of_the_names_of_neighbours(samples, fonts, tmp_path):
    """A box whose label would stand under the name of the sheet that goes on there is labelled beside it."""
    from qgis.core import QgsCoordinateTransform, QgsPointXY, QgsProject
    from shapely.geometry import Point

    from fullservice_plugin.plans.maps import MapPrinter
    from fullservice_plugin.plans.model import Shape
    from fullservice_plugin.plans.print_access import access_layers, access_sheets
    from fullservice_plugin.plans.sheet_marks import MM, OFF, Edge, covered
    from fullservice_plugin.plans.sheets import ground_of, sheet_crs, wgs84

    plan, under = samples.sample_plan(30), []
    sheets = [sheet for sheet in access_sheets(plan, "en", "500") if any(isinstance(m, Edge) for m in sheet.marks)]
    for sheet in sheets:
        back = QgsCoordinateTransform(sheet_crs(sheet), wgs84(), QgsProject.instance())
        for mark in sheet.marks:
            west, south, east, north = mark.box
            off = {"north": OFF, "south": -OFF}.get(mark.side, 0.0) * sheet.scale / 1000
            place = back.transform(QgsPointXY((west + east) / 2 - 5, (south + north) / 2 + off))
            under.append(Shape("fat", Point(place.x(), place.y()), f"FAT-U{len(under)}"))
    plan = replace(plan, network=(*plan.network, *under))
    printer, labelled = MapPrinter(access_layers(plan, "en"), fonts, "en", "", ""), 0
    path = tmp_path / "sheet.pdf"
    for sheet in sheets:
        path.write_bytes(printer.print(sheet).data)
        ((_, height, boxes),) = words(path)
        names = [box for box in boxes if box[4].startswith("FAT-U")]
        labelled += len(names)
        for mark in sheet.marks:
            x, y, wide, high = covered(fonts, ground_of(sheet, printer.forms[sheet.page]), mark)
            for left, top, right, bottom, text in names:
                inside = (min(right, x + wide) - max(left, x), min(height - top, y + high) - max(height - bottom, y))
                assert min(inside) < 0.5 * MM, (sheet.title, text)
    assert labelled > len(sheets)


@pytest.mark.parametrize("kind", ["plan", "workpack"])
def test_names_of_two_hundred_characters_stay_on_their_pages(documents, kind):
    for number, (width, height, boxes) in enumerate(words(documents(kind, "zh", True))):
        for left, top, right, bottom, text in boxes:
            assert -0.5 <= left and right <= width + 0.5 and -0.5 <= top and bottom <= height + 0.5, (number, text)


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", KINDS)
def test_no_missing_glyph_and_every_font_inside(documents, kind, language):
    for number, page in enumerate(PdfReader(documents(kind, language)).pages):
        assert "\ufffd" not in page.extract_text(), number
        for operations, fonts in streams(page):
            font = None
            for operands, operator in operations:
                if operator == b"Tf":
                    font = fonts[operands[0]].get_object()
                    described = (font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font)
                    assert "/FontFile2" in described["/FontDescriptor"].get_object(), font["/BaseFont"]
                    assert "/ToUnicode" in font
                elif operator in (b"Tj", b"TJ") and font["/Subtype"] == "/Type0":
                    for part in operands[0] if operator == b"TJ" else operands:
                        raw = part.original_bytes if hasattr(part, "original_bytes") else b""
                        raw = raw or (bytes(part) if isinstance(part, bytes) else b"")
                        assert all(raw[k : k + 2] != b"\x00\x00" for k in range(0, len(raw) - 1, 2)), number


def streams(page):
    """Yield the operations of a page and of the forms on it, each with its fonts."""
    todo = [(page["/Contents"].get_object(), page["/Resources"].get_object())]
    while todo:
        content, resources = todo.pop()
        fonts = resources["/Font"].get_object() if "/Font" in resources else {}
        yield ContentStream(content, page.pdf).operations, fonts
        for one in (resources["/XObject"].get_object() if "/XObject" in resources else {}).values():
            form = one.get_object()
            if form["/Subtype"] == "/Form":
                todo.append((form, form["/Resources"].get_object()))


@pytest.mark.parametrize("kind", ["plan", *(pytest.param(kind, marks=pytest.mark.long) for kind in KINDS[1:])])
def test_prepared_for_the_archive(documents, kind):
    """What PDF/A-2u asks for and can be checked without its validator."""
    path = documents(kind, "zh")
    data = path.read_bytes()
    assert re.match(rb"%PDF-1\.[4-7]\s%[\x80-\xff]{4}", data)
    assert b"/Encrypt" not in data and b"/JavaScript" not in data and b"/LZWDecode" not in data
    reader = PdfReader(io.BytesIO(data))
    root = reader.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm", "/NeedsRendering"} & set(root)
    first, second = reader.trailer["/ID"]
    assert first and first == second
    written = root["/Metadata"].get_object().get_data().decode("utf-8")
    told = ElementTree.fromstring(written.split("?>")[1].split("<?")[0])
    said = {node.tag.split("}")[1]: "".join(node.itertext()).strip() for node in told.iter()}
    info = reader.metadata
    assert (said["part"], said["conformance"]) == ("2", "U")
    for name, key in (("title", "/Title"), ("creator", "/Author"), ("description", "/Subject"),
                      ("CreatorTool", "/Creator"), ("Producer", "/Producer"), ("Keywords", "/Keywords")):  # fmt: skip
        assert said[name] == info.get(key, ""), name
    assert said["CreateDate"][:10].replace("-", "") == info["/CreationDate"][2:10]
    intent = root["/OutputIntents"][0].get_object()
    profile = intent["/DestOutputProfile"].get_object()
    assert intent["/S"] == "/GTS_PDFA1" and profile["/N"] == 3 and profile.get_data()[36:40] == b"acsp"
    for page in reader.pages:
        assert "/Trans" not in page and "/AA" not in page
        for note in page["/Annots"].get_object() if "/Annots" in page else ():
            assert note.get_object()["/Subtype"] == "/Link" and note.get_object()["/F"] == 4
        for operations, fonts in streams(page):
            depth = deepest = 0
            for operands, operator in operations:
                assert operator not in (b"k", b"K"), "only colours of the output intent"
                assert operator not in (b"cs", b"CS") or operands[0] not in ("/DeviceCMYK",)
                depth += (operator == b"q") - (operator == b"Q")
                deepest = max(deepest, depth)
            assert depth == 0 and deepest <= 28
            for font in fonts.values():
                for part in font.get_object().get("/DescendantFonts", ()):
                    assert "/CIDSet" not in part.get_object()["/FontDescriptor"].get_object()


def test_the_checks_see_what_they_look_for(tmp_path):
    from reportlab.pdfgen.canvas import Canvas

    path = tmp_path / "bad.pdf"
    page = Canvas(str(path), pagesize=(300, 200))
    page.drawString(20, 100, "under")
    page.drawString(24, 101, "over")
    page.drawString(280, 20, "outside")
    page.save()
    ((width, _, boxes),) = words(path)
    assert overlaps(boxes) == [("over", "under")] or overlaps(boxes) == [("under", "over")]
    assert any(right > width + 0.5 for _, _, right, _, _ in boxes)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_five_thousand_buildings(root, tmp_path):
    """In a process of its own: every row is there, within a gibibyte."""
    target, script = tmp_path / "big.pdf", tmp_path / "big.py"
    script.write_text(
        f"""
import importlib.util, resource, sys, tempfile
from pathlib import Path
sys.path.insert(0, {str(root / "tools")!r})
import headless
headless.start_qgis(Path(tempfile.mkdtemp()))
spec = importlib.util.spec_from_file_location("s", {str(root / "tests" / "unit" / "plans" / "samples.py")!r})
samples = importlib.util.module_from_spec(spec)
sys.modules["s"] = samples
spec.loader.exec_module(samples)
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.print_access import print_access
plan = samples.sample_plan(5000, "zh", 50)
Path({str(target)!r}).write_bytes(print_access(plan, "zh", FontSet(), sheet_scale="none"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    )
    done = subprocess.run([sys.executable, "-P", str(script)], capture_output=True, text=True, timeout=800, check=True)
    assert int(done.stdout.split()[-1]) < 1_048_576
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(target).pages)
    assert all(f"幸福里{number}号楼" in text for number in range(1, 5001))


@pytest.mark.parametrize("kind", ["workpack", "negotiations"])
def test_every_map_names_its_licences_and_flags_what_has_none(documents, kind):
    pages = [page for page in PdfReader(documents(kind, "en")).pages if "/VP" in page]
    for page in pages:
        text = " ".join(page.extract_text().split())
        assert "© OpenStreetMap contributors" in text.replace("©Open", "© Open")
        assert "Sources without a stated licence: 1" in text


@pytest.mark.parametrize("kind", ["workpack", "negotiations", "competition"])
def test_every_map_is_true_to_scale_and_place(documents, kind):
    """Read back by GDAL page by page: the corners that the page names, and the scale that it prints, within 0.2 mm."""
    from osgeo import gdal, osr

    gdal.UseExceptions()
    path, seen = documents(kind, "en"), 0
    for number, page in enumerate(PdfReader(path).pages, 1):
        if "/VP" not in page:
            continue
        data = gdal.Open(f"PDF:{number}:{path}")
        forward, pixel = data.GetGeoTransform(), data.RasterYSize / float(page.mediabox.height)
        there = osr.SpatialReference(wkt=data.GetProjection())
        wgs84 = osr.SpatialReference()
        wgs84.ImportFromEPSG(4326)  # latitude first
        there.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        move = osr.CoordinateTransformation(wgs84, there)
        view = page["/VP"][0].get_object()
        left, bottom, right, top = (float(value) for value in view["/BBox"])
        places = [float(value) for value in view["/Measure"].get_object()["/GPTS"]]
        scale = int(re.search(r"1:([\d,]+)", page.extract_text())[1].replace(",", ""))
        height = float(page.mediabox.height)
        for k, (x, y) in enumerate(((left, bottom), (left, top), (right, top), (right, bottom))):
            column, row = x * pixel, (height - y) * pixel
            east = forward[0] + column * forward[1] + row * forward[2]
            north = forward[3] + column * forward[4] + row * forward[5]
            wanted = move.TransformPoint(places[2 * k], places[2 * k + 1])
            assert abs(east - wanted[0]) * 1000 / scale < 0.2 and abs(north - wanted[1]) * 1000 / scale < 0.2
        low, high = (move.TransformPoint(places[k], places[k + 1]) for k in (0, 4))
        assert abs((high[0] - low[0]) * 1000 / scale - (right - left) * 25.4 / 72) < 0.2
        assert abs((high[1] - low[1]) * 1000 / scale - (top - bottom) * 25.4 / 72) < 0.2
        seen += 1
    assert seen
