# SPDX-License-Identifier: GPL-2.0-or-later
"""Names are found without their accents and with them, in any case and width; what is another word is not found."""

from __future__ import annotations

import re

import pytest

from fullservice_plugin.core.spelling import has_letters, spelt_like

SAME = [
    ("eglise", "Rue de l'Église"), ("Église", "EGLISE SAINT-PAUL"), ("é", "e"), ("eglise", "E\u0301glise"),
    ("E\u0301glise", "Eglise"), ("strasse", "Hauptstraße 3"), ("straße", "HAUPTSTRASSE"), ("muenchen", "München"),
    ("munchen", "München"), ("Østergade", "ostergade"), ("oster", "Østergade"), ("aker", "Åker"), ("lodz", "Łódź"),
    ("istanbul", "İstanbul"), ("елка", "Ёлка"), ("αθηνα", "Αθήνα"),
    ("a座", "Ａ座"), ("Ａ座", "a座"), ("翠湖", "翠湖名邸"),
    ("한", "한강"), ("が", "がら"), ("㎡", "5㎡"), ("[a.c]*", "x[A.C]*"), ("x_%", "X_%"), ("rue\\", "Rue\\"),
]  # fmt: skip


@pytest.mark.parametrize("typed, name", SAME)
def test_marks_case_and_width_make_no_difference(typed, name):
    assert re.search(spelt_like(typed), name)


@pytest.mark.parametrize("typed, name", [("eglise", "Eglice"), ("か", "が"), ("a.c", "abc"), ("翠湖", "翠竹"),
                                         ("x_", "xy"), ("strase", "Straße"), ("n", "м")])
def test_other_words_are_not_found(typed, name):
    assert not re.search(spelt_like(typed), name)


def test_only_letters_can_be_written_otherwise():
    assert has_letters("Ａ座") and has_letters("ß") and not has_letters("翠湖 12-3号㎡が한")
