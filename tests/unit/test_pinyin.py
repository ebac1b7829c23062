# SPDX-License-Identifier: GPL-2.0-or-later
"""Names are found by how they sound: each syllable of the table, second readings, mixed typing, what is no pinyin."""

from __future__ import annotations

import re

import pytest

from fullservice_plugin.core.pinyin import _readings, pinyin, sounds_like


@pytest.mark.parametrize("text, sound", [
    ("翠湖名邸", "cuihumingdi"), ("锦绣花园", "jinxiuhuayuan"), ("啊座", "azuo"), ("捕苏迂哺", "busuyubu"),
    ("女绿", "nvlv"),
    ("Rose 3号楼", "Rose 3haolou"), ("龘府", "龘fu"),
])
def test_characters_become_syllables_and_the_unknown_stays(text, sound):
    assert pinyin(text) == sound


def test_every_character_of_level_1_has_a_reading():
    level1 = [bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)
              if (row, cell) < (0xD7, 0xFA)]
    assert len(level1) == 3755 and all(char in _readings() for char in level1)
    spoken = [_readings()[char][0] for char in level1]
    assert spoken == sorted(spoken, key=lambda name: name.replace("v", "u ")), "the standard goes by pinyin"


@pytest.mark.parametrize("typed", ["cuihu", "CuiHu", "cui hu", "ch", "chmd", "cuihmd", "cuih", "hmd", "mingd",
                                   "mingdi", "chu"])
def test_syllables_initials_and_mixtures_find_the_name(typed):
    assert re.search(sounds_like(typed), "翠湖名邸"), typed


@pytest.mark.parametrize("typed, name", [
    ("changan", "长安街"), ("zhangan", "长安街"), ("chongqing", "重庆路"), ("xiamen", "厦门湾"), ("yuelu", "岳麓府"),
    ("xian", "西安里"), ("xian", "仙林"), ("jiayuan3", "嘉园3期"), ("nvren", "女人街"), ("zhg", "中关村"),
])
def test_second_readings_and_digits(typed, name):
    assert re.search(sounds_like(typed), name)


@pytest.mark.parametrize("typed, name", [("cuihu", "春晖花园"), ("hc", "翠湖名邸"), ("jiayuan3", "嘉园2期"),
                                         ("mingd", "明园")])
def test_what_sounds_otherwise_is_not_found(typed, name):
    assert not re.search(sounds_like(typed), name)


@pytest.mark.parametrize("typed", ["", "c", "3", "翠湖", "cuihu%", "a" * 25, "uuv", "(.*)", "LP-0001a9b"])
def test_what_is_no_pinyin_gives_no_pattern(typed):
    assert sounds_like(typed) is None
