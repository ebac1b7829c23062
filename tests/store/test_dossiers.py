# SPDX-License-Identifier: GPL-2.0-or-later
"""Dossiers from a real small plan: what is printed is what is stored, and no broken file is left."""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader

from fullservice_plugin.core.errors import Cancelled, InputError, MissingDependencyError, OutputError, ParameterError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.services.consents import day_of, export_consents
from fullservice_plugin.services.dossiers import export_dossier

_spec = importlib.util.spec_from_file_location("fs_handout_dossiers", Path(__file__).with_name("handout_place.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
ON, CONTACT, PHONE, sound, squeezed, outline, sheet_rows = (
    made.ON,
    made.CONTACT,
    made.PHONE,
    made.sound,
    made.squeezed,
    made.outline,
    made.sheet_rows,
)


@pytest.fixture(scope="module")
def place(qgis_app, empty_database):
    found = made.build(empty_database)
    yield found
    found.store.close()


SAYS = {
    "en": ("FibrebroadbandinA", "140homes", "1,000Mbit/s", "Home300", "CNY59.50", "24months",
           "from1June2026to20June2026",
           "08:30–17:30", "CNY1,234.50peryear,paidby", "1June2024to31May2029;notice60days",
           "None:otheroperatorsmayenteronthesameterms", "Draft,notsignedyet", "RowOwners(owner)", "Page1of2"),
    "zh": ("A光纤宽带接入方案书", "140户", "1,000Mbit/s", "畅享千兆", "59.50元", "24个月",
           "2026年6月1日至2026年6月20日",
           "08:30–17:30", "每年1,234.50元，由", "2024年6月1日至2029年5月31日；提前60天通知",
           "无：其他运营商可按同等条件进场",
           "草案，尚未签署", "RowOwners", "第1页"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_dossier_says_what_is_stored(place, tmp_path, language):
    path = export_dossier(place.store, "A", language, str(tmp_path / "d.pdf"), on=ON)
    reader = sound(path)
    text = squeezed(path)
    for said in SAYS[language]:
        assert said in text, (said, text)
    assert PHONE not in text and CONTACT not in text
    boxes = place.store.value(
        "select count(distinct x.code) from fullservice.design_element d join fullservice.design_element x on "
        "x.plan_id = d.plan_id and x.code = d.parent_code where d.building_id = %s and d.kind = 'drop' and "
        "d.plan_id = %s", (place.ids["A"], place.plan.plan_id))  # fmt: skip
    said = re.search(r"(?:inoratthebuilding:|楼内或楼旁分纤箱：|Distributionboxes:|分纤箱)(\d+)", text)
    assert said is None or int(said.group(1)) == boxes
    marks = [
        (level, entry.title, reader.get_destination_page_number(entry)) for level, entry in outline(reader.outline)
    ]
    assert [mark[0] for mark in marks] == [0, 1, 1] and [mark[2] for mark in marks] == [0, 1, 2]
    assert "content-sha256:" in reader.metadata["/Keywords"] and reader.metadata["/CreationDate"].startswith(
        "D:20260504"
    )
    again = export_dossier(place.store, "A", language, str(tmp_path / "e.pdf"), on=ON)
    assert again.read_bytes() == path.read_bytes()
    assert "/Lang" in reader.trailer["/Root"]


def test_the_drawing_lies_where_the_house_is(place, tmp_path):
    gdal = pytest.importorskip("osgeo.gdal")
    path = export_dossier(place.store, "A", "en", str(tmp_path / "d.pdf"), on=ON)
    pages = PdfReader(str(path)).pages
    placed = [n for n, page in enumerate(pages, 1) if "/VP" in page]
    assert placed == [2]
    found = gdal.Open(f"PDF:{placed[0]}:{path}")
    wkt = found.GetProjection()
    assert "UTM" in wkt and "35" in wkt
    shift = found.GetGeoTransform()
    view = pages[1]["/VP"][0]
    left, bottom, right, top = (float(value) for value in view["/BBox"])
    dots = found.RasterYSize / 841.89
    x, y = (left + right) / 2 * dots, (841.89 - (bottom + top) / 2) * dots
    east, north = shift[0] + x * shift[1] + y * shift[2], shift[3] + x * shift[4] + y * shift[5]
    metres = place.store.value(
        "select ST_Distance(ST_Transform(geom, 32635), ST_SetSRID(ST_MakePoint(%s, %s), 32635)) from "
        "fullservice.building where code = 'A'", (east, north))  # fmt: skip
    assert metres < 60  # house and cable are in the middle of the frame
    scale = re.search(r"Scale1:([\d,]+)onA4", squeezed(path)).group(1)
    wide = abs(shift[1]) * (right - left) * dots
    assert wide == pytest.approx((right - left) * 0.0254 / 72 * int(scale.replace(",", "")), rel=0.002)


def test_an_area_a_plan_and_buildings_without_design(place, tmp_path):
    warned: list[str] = []
    path = export_dossier(place.store, "E3", "en", str(tmp_path / "e.pdf"), on=ON, plan_id=place.plan.code,
                          progress=Progress(warn=warned.append))  # fmt: skip
    reader = sound(path)
    names = [entry.title for level, entry in outline(reader.outline) if level == 0]
    assert names == [f"Fibre broadband in {name}" for name in "ABCD"]
    assert "2 of 4 buildings have no design" in warned[0]
    assert "Ourpresentplandoesnotconnect" in squeezed(path)
    none = export_dossier(place.store, "C", "zh", str(tmp_path / "n.pdf"), on=ON)
    assert "目前的方案尚未覆盖本楼" in squeezed(none) and len(sound(none).pages) == 2
    grid = export_dossier(place.store, "B", "zh", str(tmp_path / "b.pdf"), on=ON)  # the branch, not the house
    assert sum(level == 0 for level, _ in outline(PdfReader(str(grid)).outline)) == 10
    for area, plan, said in (("nowhere", "", "no building in nowhere"), ("A", "P-x", "no plan P-x")):
        with pytest.raises(InputError, match=said):
            export_dossier(place.store, area, "en", str(tmp_path / "x.pdf"), plan_id=plan)
    assert not (tmp_path / "x.pdf").exists()


def test_photos_good_damaged_and_missing(place, tmp_path):
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (1600, 1200), (90, 140, 90)).save(picture, "JPEG")
    whole = picture.getvalue()
    put = ("insert into fullservice.attachment (subject_kind, subject_id, kind, file_name, content, taken_at) values "
           "('building', %s, 'photo', 'p.jpg', %s, %s)")  # fmt: skip
    place.sql(put, place.ids["A"], whole, "2026-01-01")
    told: list[str] = []
    path = export_dossier(place.store, "A", "en", str(tmp_path / "p.pdf"), on=ON, progress=Progress(warn=told.append))
    listed = subprocess.run(["pdfimages", "-list", str(path)], capture_output=True, text=True, check=True).stdout
    assert len(listed.splitlines()) == 3 and not told
    for day, bad in (("2026-02-01", whole[: len(whole) // 2]), ("2026-03-01", b"no picture")):
        place.sql(put, place.ids["A"], bad, day)
        path = export_dossier(place.store, "A", "zh", str(tmp_path / "q.pdf"), on=ON,
                              progress=Progress(warn=told.append))  # fmt: skip
        assert "A: the photo cannot be used" in told.pop() and not told
        listed = subprocess.run(["pdfimages", "-list", str(path)], capture_output=True, text=True, check=True).stdout
        assert len(listed.splitlines()) == 2
        sound(path)
    place.sql("update fullservice.attachment set is_deleted = true where kind = 'photo'")


def test_long_names_stay_on_the_page(place, tmp_path):
    for code, name in (("D", "光明" * 100), ("A", "Kaisaniemenpuistonvarsi " * 9)):
        place.sql("update fullservice.building set name = %s where code = %s", name[:200], code)
    try:
        for language in ("en", "zh"):
            sound(export_dossier(place.store, "E3", language, str(tmp_path / "l.pdf"), on=ON))
            done = export_consents(place.store, place.plan.code, language, str(tmp_path / language), on=ON)
            for path in done.folder.glob("*.pdf"):
                sound(path)
    finally:
        place.sql("update fullservice.building set name = code where code in ('A', 'D')")


def test_what_cannot_be_written_leaves_nothing(place, tmp_path, monkeypatch, small_disk):
    older = small_disk / "d.pdf"
    older.write_text("the older one")
    (small_disk / "ballast").write_bytes(bytes(50 * 1024))
    with pytest.raises(OutputError, match="disk is full"):
        export_dossier(place.store, "A", "zh", str(older))
    assert older.read_text() == "the older one"
    with pytest.raises(OutputError, match="disk is full"):
        export_consents(place.store, place.plan.code, "zh", str(small_disk))
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast", "d.pdf"]
    with pytest.raises(OutputError, match="must end in .pdf"):
        export_dossier(place.store, "A", "en", str(tmp_path / "d.txt"))
    with pytest.raises(ParameterError):
        export_consents(place.store, place.plan.code, "en", " ")
    with pytest.raises(ParameterError, match="YYYY-MM-DD"):
        day_of("4 May")
    from fullservice_plugin.plans import merge

    def held(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(merge.os, "replace", held)
    with pytest.raises(OutputError, match="Close it elsewhere"):
        export_dossier(place.store, "A", "en", str(tmp_path / "d.pdf"))
    monkeypatch.undo()
    calls: list[int] = []
    with pytest.raises(Cancelled):
        export_dossier(place.store, "E3", "en", str(tmp_path / "d.pdf"),
                       progress=Progress(cancelled=lambda: calls.append(1) or len(calls) > 12))  # fmt: skip
    assert list(tmp_path.glob("*.pdf*")) == [] and len(calls) > 12


def test_a_character_without_glyph_and_a_missing_font(place, tmp_path, monkeypatch):
    place.sql("update fullservice.building set name = %s where code = 'A'", "\U00010c80")
    with pytest.raises(MissingDependencyError, match="glyph"):
        export_dossier(place.store, "A", "en", str(tmp_path / "g.pdf"))
    place.sql("update fullservice.building set name = 'A' where code = 'A'")
    monkeypatch.setenv("FULLSERVICE_FONT", str(tmp_path / "no.ttf"))
    with pytest.raises(MissingDependencyError, match="no.ttf"):
        export_dossier(place.store, "A", "en", str(tmp_path / "g.pdf"))
    assert not list(tmp_path.iterdir())


def test_through_the_toolbox(place, tmp_path):
    import processing

    name = place.store.connection.info.dbname
    path = tmp_path / "t.pdf"
    done = processing.run(
        "fullservice:exportdossier", {"STORE": name, "AREA": "A", "LANGUAGE": "zh", "OUTPUT": str(path)}
    )
    assert done["OUTPUT"] == str(path) and sound(path)
    given = {"STORE": name, "PLAN_ID": place.plan.code, "LANGUAGE": "zh", "DATE": "2026-05-04",
             "OUTPUT_FOLDER": str(tmp_path / "packs")}  # fmt: skip
    done = processing.run("fullservice:exportconsents", given)
    assert done["PACKS"] == done["WRITTEN"] == len(list((tmp_path / "packs").glob("*.pdf"))) - 1
    assert processing.run("fullservice:exportconsents", given)["WRITTEN"] == 0
