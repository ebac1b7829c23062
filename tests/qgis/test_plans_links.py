# SPDX-License-Identifier: GPL-2.0-or-later
"""Every link and bookmark of an access plan leads to the page it speaks of, read back by pypdf."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.usefixtures("qgis_app")


@pytest.fixture(scope="module")
def plan(samples):
    return samples.sample_plan(30)


@pytest.fixture(scope="module")
def reader(plan):
    from fullservice_plugin.plans.fonts import FontSet
    from fullservice_plugin.plans.print_access import print_access

    return PdfReader(io.BytesIO(print_access(plan, "en", FontSet(), sheet_scale="500")))


def target(reader, destination):
    """Return the page (from 0) and the height of a destination."""
    page = destination[0] if hasattr(destination[0], "indirect_reference") else destination.raw_get(0)
    number = getattr(page, "indirect_reference", page).idnum
    pages = {one.indirect_reference.idnum: index for index, one in enumerate(reader.pages)}
    return pages[number], float(destination[3]) if destination[1] == "/XYZ" else None


def links(reader, number):
    page = reader.pages[number]
    found = []
    for one in page["/Annots"].get_object() if "/Annots" in page else ():
        note = one.get_object()
        assert note["/F"] == 4
        left, bottom, right, top = (float(value) for value in note["/Rect"])
        assert 0 <= left < right <= float(page.mediabox.width)
        assert 0 <= bottom < top <= float(page.mediabox.height)
        found.append(((left, bottom, right, top), *target(reader, note["/Dest"])))
    return found


@pytest.fixture(scope="module")
def texts(reader):
    """The words of each page without spaces."""
    return ["".join(page.extract_text().split()) for page in reader.pages]


def test_bookmarks_are_all_there_and_lead_to_their_pages(reader, plan, texts):

    def walk(items):
        for item in items:
            if isinstance(item, list):
                yield from walk(item)
            else:
                yield item.title, reader.get_destination_page_number(item)

    found = dict(walk(reader.outline))
    assert found["Cover"] == 0
    numbered = [title for title in found if re.fullmatch(r"Sheet \d+ of \d+", title)]
    assert len(numbered) == int(numbered[0].split()[-1]) > 3
    for title, page in found.items():
        if title != "Cover":
            assert "".join(title.split()) in texts[page], title
    assert len({found[title] for title in numbered}) == len(numbered)
    assert all(any(estate.code in title for title in found) for estate in plan.estates)


def test_contents_lead_to_their_sections(reader, texts):
    written = []
    reader.pages[0].extract_text(visitor_text=lambda text, cm, tm, _font, _size: written.append(
        (text.strip(), tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5])))  # fmt: skip
    led = links(reader, 0)
    for (_, low, right, high), page, _ in led:
        line = [(text, x) for text, x, y in written if low <= y <= high and text]
        assert [int(text) - 1 for text, x in line if text.isdecimal() and x > right - 30] == [page]
        title = "".join(text for text, x in line if x <= right - 30).replace(" ", "")
        assert title and title in texts[page]
    assert len(led) > 4


def test_index_and_match_lines_lead_to_the_sheets_they_name(reader, texts):
    index = next(n for n, text in enumerate(texts) if "Indexofsheets" in text and n > 0)
    sheets = {n: int(re.search(r"Sheet(\d+)of\d+", text)[1]) for n, text in enumerate(texts)
              if n > index and re.search(r"Sheet\d+of\d+", text)}  # fmt: skip
    assert [page for _, page, _ in links(reader, index)] == sorted(sheets)
    for number in sheets:
        named = re.findall(r"Matchline·sheet(\d+)", texts[number])  # digits of what stands beside may follow
        led = {sheets[page] for _, page, height in links(reader, number) if page in sheets and height is None}
        assert all(any(one.startswith(str(other)) for other in led) for one in named), number
        assert all(str(one) in texts[number] for one in led)


def test_rows_lead_to_a_sheet_with_the_building_and_back(reader, plan, texts):
    first = next(n for n, text in enumerate(texts) if "Accessmethodperbuilding" in text and n > 0)
    last = next(n for n, text in enumerate(texts) if "Splittersanddropspercabinet" in text and n > 0)
    maps = {n for n, page in enumerate(reader.pages) if "/VP" in page}
    led = [page for number in range(first, last) for _, page, _ in links(reader, number)]
    assert len(led) == 2 * len(plan.decisions) and set(led) <= maps
    rows = {}
    for number in range(first, last):
        places = []

        def visit(text, cm, tm, _font, _size, places=places):
            if text.strip():
                places.append((float(cm[5]) + float(tm[5]) * float(cm[3]), text.strip()))

        reader.pages[number].extract_text(visitor_text=visit)
        rows[number] = places
    back = 0
    for number in maps:
        for _, page, height in links(reader, number):
            if page in rows:
                assert any(0 <= height - y < 34 for y, _ in rows[page]), (number, page, height)
                back += 1
    assert back >= len(plan.decisions)


def test_a_building_on_its_sheet_leads_to_its_own_row(plan):
    """Each building alone: its link lies where its sheet shows it, its target where its row is."""
    from fullservice_plugin.plans.access_plan import access_document
    from fullservice_plugin.plans.fonts import FontSet
    from fullservice_plugin.plans.merge import PrintedSheet
    from fullservice_plugin.plans.print_access import access_sheets, access_spots
    from fullservice_plugin.plans.sheet_links import links as sheet_links
    from fullservice_plugin.plans.sheet_links import shown_on
    from fullservice_plugin.plans.sheets import FRAMES, frame_extent

    sheets, spots = access_sheets(plan, "en", "500"), access_spots(plan)
    shown = shown_on(spots, sheets)
    document = access_document(plan, "en", FontSet(), sheets, shown=shown)
    document.build()
    frames = {document.sheets[s.key]: PrintedSheet(b"", (10.0, 20.0, *FRAMES[s.page]), ()) for s in sheets}
    assert {one.key for one in spots if one.key.startswith("building:")} <= set(document.anchors)
    for one in (one for one in spots if one.key in document.anchors):
        own = next(s for s in sheets if s.key == shown[one.key])
        page = document.sheets[own.key]
        alone = sheet_links(sheets, frames, document.sheets, document.anchors, [one], shown)[page]
        mine = [link for link in alone if link.target.top is not None]
        assert [(link.target.page, link.target.top) for link in mine] == [document.anchors[one.key]]
        left, top, right, bottom = mine[0].box
        extent = frame_extent(own)
        from qgis.core import QgsCoordinateTransform, QgsPointXY, QgsProject

        from fullservice_plugin.plans.sheets import sheet_crs, wgs84

        there = QgsCoordinateTransform(wgs84(), sheet_crs(own), QgsProject.instance())
        point = there.transform(QgsPointXY(one.lon, one.lat))
        x = 10 + (point.x() - extent.xMinimum()) * 1000 / own.scale
        y = 20 + (extent.yMaximum() - point.y()) * 1000 / own.scale
        assert left <= x <= right and top <= y <= bottom
