# SPDX-License-Identifier: GPL-2.0-or-later
"""Line breaking in table cells."""

from __future__ import annotations

import pytest

from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.lines import NO_END, NO_START, Cell, pieces

TEXT = (
    "光纤到户每户成本最低，FTTB 次之；弱电井可用（含“备用”），"
    "costs 1,234.5 EUR on 2026-04-02, FAT-001 at 40 Mbit/s。"
)


@pytest.fixture(scope="module")
def fonts():
    found = FontSet()
    if found.chinese is None:
        pytest.skip("no TrueType font with Chinese glyphs is installed")
    return found


def test_numbers_dates_and_codes_stay_whole():
    found = pieces(TEXT)
    assert "".join(found) == TEXT
    for whole in ("1,234.5", "2026-04-02,", "FAT-001"):
        assert whole in found


@pytest.mark.parametrize("width", [30, 47, 60, 81, 120, 300])
def test_lines_fit_and_marks_stay_where_they_belong(fonts, width):
    cell = Cell(fonts, TEXT, 7.4, 10.0)
    _, height = cell.wrap(width, 1000)
    lines = cell.lines(width)
    assert height == 10.0 * len(lines)
    assert all(fonts.width(line, 7.4) <= width + 0.1 for line in lines)
    assert "".join(lines).replace(" ", "") == TEXT.replace(" ", "")
    if width >= 60:
        assert not [line for line in lines if line[0] in NO_START or line[-1] in NO_END]


def test_a_word_longer_than_the_column_is_cut(fonts):
    cell = Cell(fonts, "W" * 200, 7.4, 10.0)
    lines = cell.lines(60.0)
    assert len(lines) > 10
    assert "".join(lines) == "W" * 200


def test_line_breaks_and_nothing(fonts):
    assert Cell(fonts, "a\n\nb", 7.4, 10.0).lines(100.0) == ["a", "", "b"]
    assert Cell(fonts, "", 7.4, 10.0).wrap(100.0, 10.0) == (100.0, 10.0)
