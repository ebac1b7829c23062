# SPDX-License-Identifier: GPL-2.0-or-later
"""Letters on paper: nothing outside the page, no glyph missing, lines broken as both languages ask, the same bytes."""

from __future__ import annotations

import dataclasses
import datetime
import io
import re
import subprocess

import pytest
from pypdf import PdfReader

from fullservice_plugin.core.errors import InputError, MissingDependencyError
from fullservice_plugin.i18n import sentences
from fullservice_plugin.plans.letter import SIDE, WIDTH, Letter, print_letter
from fullservice_plugin.plans.letter_templates import KINDS, PLACEHOLDERS, ROWS, _defaults, check, template
from fullservice_plugin.plans.lines import NO_END, NO_START
from fullservice_plugin.plans.placeholders import fill
from fullservice_plugin.plans.prose import Prose

LONG = {
    "zh": "某某某物业管理服务有限责任公司第三分公司联合管理处" * 8,
    "en": "Housing Association of the Northern Quarter " * 5,
}
TEXT = {
    "zh": "光缆进楼后沿弱电井敷设，为有需求的住户布放入户光纤（FTTH），施工安排在2026年6月1日至20日，期间“每日清场”。",
    "en": "A thin fibre cable runs from where we enter through the riser to every home that asks for it. ",
}


def letter(language: str, **changes) -> Letter:
    made = Letter(
        language=language, kind="proposal", operator="中国移动", reference="HEL-B0/17", date=datetime.date(2026, 5, 4),
        day="4 May 2026", recipient=("Rose Court", "市场街 5"), subject="Proposal 方案", greeting="Dear Li,",
        paragraphs=(TEXT[language],) * 3, closing="此致\n敬礼！" if language == "zh" else "Yours sincerely,",
        sender="Li Wei", rows=(("Building", "House 1"), ("Cost", "None.")), receipt=True,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def words(data: bytes, tmp_path) -> list[tuple[float, float, float, float, float, float]]:
    """Every word's box on its page: x from, y from, x to, y to, width and height of the page."""
    (tmp_path / "l.pdf").write_bytes(data)
    run = ["pdftotext", "-bbox", str(tmp_path / "l.pdf"), "-"]
    boxes = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    found, page = [], (0.0, 0.0)
    for line in boxes.splitlines():
        if size := re.search(r'<page width="([\d.]+)" height="([\d.]+)"', line):
            page = (float(size[1]), float(size[2]))
        if box := re.search(r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"', line):
            found.append((*map(float, box.groups()), *page))
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_long_names_and_texts_stay_on_the_paper(fonts, tmp_path, language):
    name = LONG[language][:200]
    made = letter(
        language, operator=name, recipient=(name, name, "W" * 200), subject=name, paragraphs=(TEXT[language] * 30,) * 3,
        rows=(("Building", name), ("Cost", "x" * 3000)), sender=name, reference="R" * 60,
    )  # fmt: skip
    data = print_letter(made, fonts)
    assert len(PdfReader(io.BytesIO(data)).pages) > 2
    for left, top, right, bottom, width, height in words(data, tmp_path):
        assert SIDE - 1 <= left and right <= SIDE + WIDTH + 1 and 25 < top and bottom < height - 10, (left, right)
        assert (round(width), round(height)) == (595, 842)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lines_break_where_the_language_allows(fonts, language):
    width = 211.0
    prose = Prose(fonts, TEXT[language] * 3, 11, 18, indent=22 if language == "zh" else 0, flush=language == "zh")
    lines = prose.lines(width)
    assert "".join(text for text, *_ in lines).replace(" ", "") == (TEXT[language] * 3).replace(" ", "")
    for text, indent, last in lines:
        assert text[0] not in NO_START and (last or text[-1] not in NO_END), text
        assert indent + fonts.width(text, 11) <= width + 0.1
        if language == "zh" and not last:
            assert 0 <= prose._space(text, width - indent - fonts.width(text, 11)) <= 0.3 * 11
        assert not re.search(r"20$|202$|[A-Z]F$|FT$|FTT$", text), text  # years and words stay whole
    above, below = prose.split(width, 5.5 * 18)
    assert above.lines(width) + below.lines(width) == lines and len(above.lines(width)) == 5
    assert prose.split(width, 18) == [] and prose.split(width, 1e4) == [prose]


def test_the_same_letter_gives_the_same_bytes_and_a_lost_glyph_is_named(fonts):
    assert print_letter(letter("zh"), fonts) == print_letter(letter("zh"), fonts)
    assert print_letter(letter("zh"), fonts) != print_letter(letter("zh", day="x"), fonts)
    with pytest.raises(MissingDependencyError, match="U\\+10C80"):
        print_letter(letter("zh", sender="\U00010c80"), fonts)
    with pytest.raises(InputError, match="logo"):
        print_letter(letter("zh", logo=b"no picture"), fonts)


def test_markup_in_names_is_text(fonts):
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(print_letter(
        letter("en", sender="<b>&amp;</b>", recipient=("<img src='x'/>",)), fonts))).pages)  # fmt: skip
    assert "<b>&amp;</b>" in text and "<img src='x'/>" in text


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_templates_pass_their_own_check(kind):
    check(_defaults(), "ours")
    zh, en = (template(kind, language) for language in ("zh", "en"))
    assert len(zh.paragraphs) == len(en.paragraphs) and zh.table == en.table and set(zh.table) <= set(ROWS)
    for made in (zh, en):
        said = " ".join((made.subject, made.greeting, *made.paragraphs))
        assert "{building}" in said or "{estate}" in said
        assert "{reply_by}" in said and "{addressee}" in made.greeting
    used = [set(re.findall(r"\{(?:if )?(\w+)\}", " ".join((t.subject, *t.paragraphs)))) for t in (zh, en)]
    assert used[0] == used[1]


def test_filling():
    neutral = dict.fromkeys(PLACEHOLDERS, "it")
    assert fill("a {building} {entry} b", {"building": "{entry}", "entry": None}, neutral) == "a {entry} it b"
    assert fill("{if entry}in {entry}{else}out{end}.", {"entry": ""}, neutral) == "out."
    assert fill("{if entry}in {entry}{else}out{end}.", {"entry": "x"}, neutral) == "in x."
    assert fill("{if entry}in{end} {if date}on{end}!", {"date": "x"}, neutral) == "on!"


def test_every_wording_of_the_letters_has_its_chinese():
    from fullservice_plugin.services import letter_facts as facts

    used = [*facts.NEUTRAL.values(), *facts.UNKNOWN.values(), facts.OPEN_POINT, *facts.ROLES.values(),
            *facts.WORK.values(), *facts.SIDES, *facts.ROWS.values()]  # fmt: skip
    assert [text for text in used if text not in sentences("zh")] == []
    assert set(facts.NEUTRAL) | {"reference", "date", "reply_by"} == set(PLACEHOLDERS) and set(facts.ROWS) == set(ROWS)
