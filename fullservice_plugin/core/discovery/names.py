# SPDX-License-Identifier: GPL-2.0-or-later
"""Chinese and European building names taken apart: estate, phase and number of the building."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Optional

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMERAL = "零〇一二两三四五六七八九十百"
# 3号楼, 12幢, A栋, B座, 甲楼, 5#, 5#楼, 10-2幢 … ; then units, floors and rooms are dropped
_BUILDING = re.compile(
    r"(?:第)?(?P<number>[A-Za-z]?\d+(?:-\d+)?[A-Za-z]?|[A-Za-z](?:\d+)?|[零〇一二两三四五六七八九十百]+|[甲乙丙丁戊己庚辛东西南北中])"
    r"(?P<word>号楼|号院楼|＃楼|#楼|栋楼|#|＃|栋|幢|座|号(?![院路街弄巷])|楼(?!盘|市|层)|号房)"
)
_TAIL = re.compile(r"(?:第?[0-9零〇一二两三四五六七八九十]+(?:单元|门|层|楼层|室|户|号房)).*$")
_PHASE = re.compile(r"[（(]?(?:第)?(?P<phase>[0-9]+|[零〇一二三四五六七八九十]+|[A-Za-z])(?:期|区(?!域)|组团)[)）]?")
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
_BRACKET = re.compile(r"[（(][^（）()]*[)）]")
_SPACE = re.compile(r"[\s·•,，.。、_/-]+")


@dataclass(frozen=True)
class BuildingName:
    """A building's name taken apart; empty text where a part is absent. ``phase`` keeps its word (``2期``)."""

    estate: str
    phase: str
    number: str


def normal(text: object) -> str:
    """Return text for comparing: NFKC, lower case, without blanks and separators."""
    folded = unicodedata.normalize("NFKC", str(text or "")).lower()
    return _SPACE.sub("", folded)


def number_of(text: str) -> str:
    """Return a building number in one form: Chinese numerals as digits, letters in upper case."""
    if text and all(letter in _NUMERAL for letter in text):
        return str(_chinese_number(text))
    return re.sub(r"^0+(?=\d)", "", text).upper()


def _chinese_number(text: str) -> int:
    total, digit = 0, 0
    for letter in text:
        if letter == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif letter == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = digit * 10 + _DIGITS[letter] if digit and "十" not in text and "百" not in text else _DIGITS[letter]
    return total + digit


def parse_name(text: object) -> BuildingName:
    """Return estate, phase and number of names like 望湖苑二期3号楼, 阳光花园A栋2单元, 火炬小区 86幢 or 3号楼.

    A name without a building number is all estate (``Sunshine Court``); the caller decides.
    """
    plain = unicodedata.normalize("NFKC", str(text or "")).strip()
    plain = re.sub(r"\s+", " ", plain)
    if _IDEOGRAPH.search(plain):  # blanks carry no meaning between Chinese characters and numbers
        plain = re.sub(r"(?<=[\u4e00-\u9fff0-9#]) | (?=[\u4e00-\u9fff#])", "", plain)
    found = None
    for found in _BUILDING.finditer(plain):
        if found.start() > 0 or not plain[found.end() :].strip():
            break
    number = ""
    head = plain
    if found is not None:
        number = number_of(found.group("number"))
        head = plain[: found.start()] or ""
        if not head.strip():
            head = _TAIL.sub("", plain[found.end() :])
            head = "" if _BUILDING.match(head) or len(normal(head)) < 2 else head
    else:
        head = _TAIL.sub("", plain)
    phase = ""
    for match in _PHASE.finditer(head):
        if match.start() >= 2:  # 三区 alone is a name
            phase = number_of(match.group("phase")) + match.group(0).strip("（()）")[-1]
            head = head[: match.start()] + head[match.end() :]
            break
    head = _BRACKET.sub("", head).strip(" -·,，.。、_/")
    return BuildingName(head, phase, number)


def name_key(name: object, number: object = None) -> Optional[str]:
    """Return what a building is called in one form: its number if it has one (望湖苑3栋 is 3号楼), else its name."""
    parsed = parse_name(name)
    own = number_of(str(number).strip()) if number else parsed.number
    return f"#{own}" if own else normal(parsed.estate) or None


def similarity(a: object, b: object) -> float:
    """Return how alike two names are, 0–1, blind to blanks, case and common estate words."""
    left, right = _core(normal(a)), _core(normal(b))
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    if min(len(left), len(right)) >= 2 and (left in right or right in left):
        return max(0.85, SequenceMatcher(None, left, right, autojunk=False).ratio())
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


_COMMON = re.compile(r"(?:住宅小区|生活小区|小区|社区|住宅区|花园小区|公司|有限公司|轮廓)$")


def _core(text: str) -> str:
    core = _COMMON.sub("", text)
    return core if len(core) >= 2 else text
