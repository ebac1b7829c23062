# SPDX-License-Identifier: GPL-2.0-or-later
"""An operator's template: every fault told with file, key and reason; sections, texts, pages and colours as it says."""

from __future__ import annotations

import io
import json
import re

import pytest
from pypdf import PdfReader
from reportlab.lib.rl_accel import fp_str

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.plans import palette, template_file
from fullservice_plugin.plans.access_plan import access_document
from fullservice_plugin.plans.logo import read_logo
from fullservice_plugin.plans.placeholders import fill
from fullservice_plugin.plans.print_template import OURS, READABLE, SECTIONS, PrintTemplate, contrast

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#0a0"/></svg>'


def template(data: dict, **more) -> PrintTemplate:
    return PrintTemplate(template_file.checked(data, "t.json"), "t.json", **more)


@pytest.mark.parametrize(
    ("data", "place", "word"),
    [
        ({"colour": {}}, "colour", "Did you mean colours"),
        ({"colours": {"acent": "#000000"}}, "colours.acent", "Did you mean accent"),
        ({"colours": {"accent": "red"}}, "colours.accent", "#RRGGBB"),
        ({"paper": "A5"}, "paper", '"A4" / "A3"'),
        ({"title_block": "DIN"}, "title_block", "ISO 7200"),
        ({"operator": {"de": "x"}}, "operator.de", "zh, en"),
        ({"operator": 5}, "operator", "200"),
        ({"mark": "x" * 81}, "mark", "80"),
        ({"footer": "{pages}"}, "{pages}", "{date}"),
        ({"footer": "{date"}, "footer", "{"),
        ({"layouts": {"square": "a.qpt"}}, "layouts.square", "landscape"),
        ({"documents": {"acces_plan": {}}}, "documents.acces_plan", "Did you mean access_plan"),
        ({"documents": {"access_plan": {"section": []}}}, "section", "Did you mean sections"),
        ({"documents": {"access_plan": {"sections": ["cover", "sources", "costs"]}}}, "sections.costs", "cost"),
        ({"documents": {"access_plan": {"sections": ["cover"]}}}, "sections", "sources"),
        ({"documents": {"access_plan": {"sections": ["sources", "cover"]}}}, "sections", "cover"),
        ({"documents": {"access_plan": {"sections": ["sources", "sources"]}}}, "sections", "["),
        ({"documents": {"access_plan": {"texts": {"risk": "x"}}}}, "texts.risk", "Did you mean risks"),
        ({"documents": {"access_plan": {"texts": {"risks": "{buildin}"}}}}, "{buildin}", "{operator}"),
        ({"documents": {"access_plan": {"texts": {"risks": "{if code}a"}}}}, "texts.risks", "{if …}"),
        ({"pages": {"cover": {"title": "x"}}}, "cover", "taken"),
        ({"pages": {"Notes": {"title": "x"}}}, "Notes", "small letters"),
        ({"pages": {"notes": {"text": "x"}}}, "pages.notes.title", "…"),
        ({"letters": {"proposal": {"reply": 4}}}, "proposal.reply", "reply_days"),
        ({"letters": []}, "letters", "{}"),
        ([], "JSON", "{}"),
    ],
)
def test_a_fault_is_told_with_file_key_and_reason(data, place, word):
    with pytest.raises(InputError) as told:
        template_file.checked(data, "/x/own.json")
    text = told.value.text()
    assert "/x/own.json" in text and place in text and word in text


def test_a_file_that_is_none_is_told(tmp_path):
    file = tmp_path / "t.json"
    for content, word in (("{", "no valid JSON"), ("[]", "JSON must be {}"), ('{"mark": "a", "mark": "b"}', "twice")):
        file.write_text(content)
        with pytest.raises(InputError, match=word) as told:
            template_file.read_json(str(file))
        assert str(file) in told.value.text()
    with pytest.raises(InputError, match="cannot be read"):
        template_file.read_json(str(tmp_path / "no.json"))


def test_the_example_is_right_and_an_old_file_of_letters_is_taken():
    example = template_file.checked(template_file.read_json(str(template_file.EXAMPLE)), "example")
    assert set(example) <= set(template_file.KEYS) and "//" not in json.dumps(example)
    old = template_file.checked({"proposal": {"reply_days": 9}}, "old.json")
    assert old == {"letters": {"proposal": {"reply_days": 9}}}


def test_one_template_is_laid_over_another():
    below = {"colours": {"accent": "#111111", "warn": "#222222"}, "paper": "A3"}
    made = template_file.laid(below, {"colours": {"accent": "#333333"}, "mark": "x"})
    assert made == {"colours": {"accent": "#333333", "warn": "#222222"}, "paper": "A3", "mark": "x"}
    assert below["colours"]["accent"] == "#111111"


def pages(data: bytes) -> list[str]:
    return [re.sub(r"\s+", "", page.extract_text()) for page in PdfReader(io.BytesIO(data)).pages]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sections_stand_in_the_operators_order_with_its_texts(samples, fonts, language):
    look = template({
        "operator": {"zh": "北湾通信", "en": "North Bay"}, "mark": {"zh": "内部资料", "en": "Internal"},
        "footer": "{operator}/{code}",
        "pages": {"notes": {"title": "N-TITLE", "text": "N-TEXT {name}"}},
        "documents": {"access_plan": {"sections": ["cover", "risks", "notes", "estates", "sources"],
                                      "texts": {"cover": "C-TEXT {operator}", "risks": "R-TEXT {if code}{code}{end}"}}},
    })  # fmt: skip
    plan = samples.sample_plan(8, language)
    found = pages(access_document(plan, language, fonts, [], look).build())
    whole = "".join(found)
    operator = look.word("operator", language).replace(" ", "")
    assert "C-TEXT" + operator in found[0] and f"R-TEXT{plan.code}" in whole
    rest = "".join(found[1:])
    words = {"zh": ("风险", "N-TITLE", "版本", "数据来源与许可"),
             "en": ("Risks", "N-TITLE", "Version", "Datasources")}[language]  # fmt: skip
    assert [rest.index(word) for word in words] == sorted(rest.index(word) for word in words)
    assert ("物料清单" if language == "zh" else "Billofmaterials") not in whole
    for page in found:
        assert look.word("mark", language) in page and f"{operator}/{plan.code}" in page
    for page in found[1:]:
        assert operator + ("接入方案" if language == "zh" else "Accessplan") in page  # the running head


def test_without_cover_the_first_page_is_no_empty_one(samples, fonts):
    look = template({"documents": {"access_plan": {"sections": ["decisions", "sources"]}}})
    reader = PdfReader(io.BytesIO(access_document(samples.sample_plan(4), "en", fonts, [], look).build()))
    first = reader.pages[0]
    assert float(first.mediabox.width) > float(first.mediabox.height)
    assert "Access method per building" in first.extract_text()


def test_a_section_that_says_nothing_leaves_no_page(samples, fonts):
    plan = samples.sample_plan(3)
    look = template({"documents": {"access_plan": {"sections": ["frontier", "decisions", "phases", "sources"]}}})
    assert not plan.phases and not plan.frontier
    assert len(pages(access_document(plan, "en", fonts, [], look).build())) == 2


def test_colours_are_printed_and_the_heads_stay_readable(samples, fonts):
    def rgb(colour: str) -> str:
        return fp_str(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))

    def content(look: PrintTemplate) -> str:
        reader = PdfReader(io.BytesIO(access_document(samples.sample_plan(4), "en", fonts, [], look).build()))
        return "".join(page.get_contents().get_data().decode("latin-1") for page in reader.pages)

    plain, own = content(OURS), content(template({"colours": {"accent": "#C01020", "header": "#FFE08A"}}))
    assert rgb(palette.ACCENT) in plain and rgb("#C01020") not in plain
    assert rgb("#C01020") in own and rgb("#FFE08A") in own
    assert rgb(palette.ACCENT) not in own and rgb(palette.HEADER) not in own
    light = template({"colours": {"header": "#FFE08A"}})
    assert contrast("#FFE08A", light.colour(palette.ON_HEADER)) >= READABLE
    assert template({"colours": {"accent": "#102030"}}).colour(palette.HEADER) == "#102030"
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


def test_the_same_template_gives_the_same_bytes_and_another_another_hash(samples, fonts):
    plan = samples.sample_plan(4)
    one, other = template({"mark": "A"}), template({"mark": "B"})
    built = [access_document(plan, "en", fonts, [], look).build() for look in (one, one, other, OURS)]
    assert built[0] == built[1]
    keywords = {PdfReader(io.BytesIO(data)).metadata["/Keywords"] for data in built}
    assert len(keywords) == 3


def test_logos_of_all_three_kinds(tmp_path):
    (tmp_path / "l.svg").write_bytes(SVG)
    png = read_logo("l.svg", tmp_path)
    assert png.startswith(b"\x89PNG") and int.from_bytes(png[16:20], "big") == 720
    (tmp_path / "l.png").write_bytes(png)
    assert read_logo("l.png", tmp_path) == png and read_logo("", tmp_path) == b""
    (tmp_path / "bad.svg").write_bytes(b"<svg")
    for name in ("bad.svg", "no.png"):
        with pytest.raises(InputError, match="logo"):
            read_logo(name, tmp_path)


def test_every_section_of_ours_can_have_a_text():
    for kind, sections in SECTIONS.items():
        texts = {name: "x" for name in sections if name not in ("maps", "letter")}
        template_file.checked({"documents": {kind: {"texts": texts}}}, "t")


def test_what_is_not_known_is_filled_neutrally():
    assert fill("a {x} {if x}b{else}c{end}", {"x": None}, {"x": "–"}) == "a – c"
