# SPDX-License-Identifier: GPL-2.0-or-later
"""The document pages of the plans: numbers as in the model, every character drawn, the same content the same bytes."""

from __future__ import annotations

import dataclasses
import io
import re

import pytest
from pypdf import PdfReader

from fullservice_plugin.core.errors import MissingDependencyError
from fullservice_plugin.plans import formats, labels
from fullservice_plugin.plans.access_plan import access_document
from fullservice_plugin.plans.fonts import CHINESE_FILES, FontSet, clean, installed_files
from fullservice_plugin.plans.model import CurvePoint, PhaseFigures, content_hash
from fullservice_plugin.plans.sheets import Sheet
from tests.unit.plans import samples

SHEETS = [Sheet("overview", "Overview", "", (24.9, 60.1, 24.91, 60.11), "landscape", 1000)]


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_numbers_are_those_of_the_model(fonts, language):
    plan = samples.sample_plan(30, language)
    text = squeezed(text_of(access_document(plan, language, fonts, SHEETS).build()))
    expected = [
        formats.integer(plan.homes_passed),
        formats.money(plan.cost, plan.currency, language),
        formats.money(plan.lower_bound, plan.currency, language),
        formats.percent(plan.gap(), 2),
        formats.money(plan.cost_per_home(), plan.currency, language),
    ]
    for bill in plan.bills:
        expected += [
            formats.decimal(bill.cost, 2),
            formats.decimal(bill.unit_price, 2),
            formats.quantity(bill.quantity),
        ]
    for part in plan.components:
        expected += [formats.decimal(part.cost, 2), formats.decimal(part.lower_bound, 2)]
    for decision in plan.decisions:
        expected += [decision.name, formats.integer(decision.cost), formats.integer(decision.cost_delta)]
        expected.append(labels.label("method_short", decision.method, language))
    for path in plan.paths:
        expected.append(formats.decimal(path.loss_db, 2))
    missing = [part for part in expected if squeezed(part) not in text]
    assert not missing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_curve_and_phases_are_printed(fonts, language):
    plan = dataclasses.replace(
        samples.sample_plan(30, language),
        frontier=tuple(CurvePoint(1000.0 * k, 400.0 * k**0.5, 500.0 * k**0.5, 3 * k) for k in range(6)),
        phases=(PhaseFigures(1, 2000.0, 1999.5, 12, 5, 321.0), PhaseFigures(2, None, 777.25, 7, 3, 123.0)),
    )
    text = squeezed(text_of(access_document(plan, language, fonts, SHEETS).build()))
    for value in (formats.integer(5000), formats.integer(round(500 * 5**0.5)), formats.decimal(1999.5, 2),
                  formats.decimal(1999.5 + 777.25, 2), formats.integer(444)):  # fmt: skip
        assert squeezed(value) in text
    saving = plan.could_save()
    assert saving is not None and squeezed(formats.money(saving[0], plan.currency, language)) in text
    bare = squeezed(text_of(access_document(samples.sample_plan(30, language), language, fonts, SHEETS).build()))
    assert squeezed(formats.decimal(1999.5, 2)) not in bare


def test_tables_continue_with_their_headings(fonts):
    plan = samples.sample_plan(400)
    data = access_document(plan, "en", fonts, SHEETS).build()
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    numbered = [
        page
        for page in pages
        if "Runner-up costs" in squeezed(page).replace("Runner-upcosts", "Runner-up costs")
    ]
    assert len(numbered) > 5
    assert all(
        f"Page {i} of {len(pages)}" in " ".join(page.split()) for i, page in enumerate(pages, 1)
    )


def test_every_row_of_a_long_table_is_there(fonts):
    plan = samples.sample_plan(400)
    text = squeezed(text_of(access_document(plan, "en", fonts, SHEETS).build()))
    assert all(squeezed(d.name) in text for d in plan.decisions)


@pytest.mark.parametrize("buildings", [0, 1])
def test_empty_and_smallest_plan(fonts, buildings):
    plan = samples.sample_plan(buildings)
    text = text_of(access_document(plan, "en", fonts, []).build())
    assert "Access plan" in text
    assert "No plan can cost less" in text


def test_long_names_wrap(fonts):
    name = "长" * 150 + "W" * 50
    plan = dataclasses.replace(samples.sample_plan(3, "zh"), name=name)
    decisions = tuple(dataclasses.replace(d, name=name, reason=name * 6) for d in plan.decisions)
    data = access_document(dataclasses.replace(plan, decisions=decisions), "zh", fonts, []).build()
    assert squeezed(text_of(data)).count("长" * 10) > 3


def test_same_content_same_bytes_and_hash(fonts):
    first, second = (
        access_document(samples.sample_plan(8, "zh"), "zh", fonts, SHEETS).build() for _ in range(2)
    )
    assert first == second
    plan = samples.sample_plan(8)
    assert content_hash(plan, "en") == content_hash(samples.sample_plan(8), "en")
    assert content_hash(plan, "en") != content_hash(plan, "zh")
    assert content_hash(plan, "en") != content_hash(dataclasses.replace(plan, cost=1.0), "en")


def test_bookmarks_contents_and_properties(fonts):
    reader = PdfReader(io.BytesIO(access_document(samples.sample_plan(8), "en", fonts, SHEETS).build()))
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles[:2] == ["Cover", "Overview"]
    assert "Bill of materials" in titles
    assert reader.metadata.title == "Access plan · Market grid"
    assert "content-sha256:" in reader.metadata["/Keywords"]


def test_all_fonts_are_embedded(fonts):
    reader = PdfReader(io.BytesIO(access_document(samples.sample_plan(8, "zh"), "zh", fonts, SHEETS).build()))
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            described = font.get_object()
            assert "/FontFile2" in described["/FontDescriptor"].get_object(), described["/BaseFont"]


def test_runs_lose_nothing(fonts):
    text = "楼盘 FTTH（≤ 25 dB）€ 12.5 m² “é” 第1号 Ω"
    runs = list(fonts.runs(text))
    assert "".join(run for _, run in runs) == clean(text)
    assert all(ord(c) in face.characters for face, run in runs for c in run if c != " ")
    assert len({face.name for face, _ in runs}) == 2


def test_invisible_characters_are_dropped():
    assert clean("a\u200bb\u0000c\u202ed\u00a0e") == "abcd e"
    assert clean(None) == ""


def test_a_character_without_glyph_is_refused_before_writing(fonts):
    plan = dataclasses.replace(samples.sample_plan(3), name="\U000e0fff\U0010fffd")
    with pytest.raises(MissingDependencyError) as caught:
        access_document(plan, "en", fonts, []).build()
    assert "fonts-wqy-zenhei" in str(caught.value)
    assert "U+10FFFD" in str(caught.value)


def test_without_a_chinese_font_chinese_is_refused_and_english_works():
    chinese = {name.lower() for pair in CHINESE_FILES for name in pair if name}
    latin_only = {
        name: path for name, path in installed_files().items() if name not in chinese and "dejavu" in name
    }
    if not latin_only:
        pytest.skip("DejaVu is not installed")
    poor = FontSet(files=latin_only)
    assert access_document(samples.sample_plan(2), "en", poor, []).build().startswith(b"%PDF")
    with pytest.raises(MissingDependencyError):
        access_document(samples.sample_plan(2, "zh"), "zh", poor, []).build()


def test_no_font_at_all_names_the_package():
    with pytest.raises(MissingDependencyError, match="fonts-wqy-zenhei"):
        FontSet(files={})


def test_a_configured_font_that_is_none(tmp_path):
    broken = tmp_path / "font.ttf"
    broken.write_bytes(b"not a font")
    with pytest.raises(MissingDependencyError, match="TrueType"):
        FontSet(str(broken))


def test_formats():
    assert formats.integer(1234567) == "1,234,567"
    assert formats.integer(None) == formats.NONE
    assert formats.quantity(12.50) == "12.5"
    assert formats.quantity(1000) == "1,000"
    assert formats.percent(0.0309, 2) == "3.09 %"
    assert formats.money(1234.4, "CNY", "zh") == "1,234 元"
    assert formats.money(1234.4, "CNY", "en") == "CNY 1,234"
