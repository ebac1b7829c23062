# SPDX-License-Identifier: GPL-2.0-or-later
"""Chinese and European postal addresses taken apart far enough to compare them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Optional

from fullservice_plugin.core.discovery.names import BuildingName, number_of, parse_name

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ROAD = re.compile(
    r"(?P<road>[\u4e00-\u9fffA-Za-z0-9]{1,12}?(?:大道|大街|胡同|公路|道路|路|街|道|弄|巷|里))"
    r"(?P<number>\d+(?:[-－]\d+)?(?:号|弄|支弄)?)?"
)
_REGION = re.compile(
    r"^(?:中国)?(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?:[\u4e00-\u9fff]{2,8}?(?:市|自治州|盟))?"
    r"(?:[\u4e00-\u9fff]{1,8}?(?:新区|区|县|市|旗))?(?:[\u4e00-\u9fff]{1,8}?(?:街道|镇|乡))?"
)
_HOUSE = re.compile(r"(?<![\w])(\d+\s?[a-zA-Z]?(?:\s?[-/–]\s?\d+\s?[a-zA-Z]?)?)(?![\w])")
_ABBREVIATIONS = (
    (re.compile(r"\b(?:st|str)\b\.?"), "street"),
    (re.compile(r"\brd\b\.?"), "road"),
    (re.compile(r"\bave?\b\.?"), "avenue"),
    (re.compile(r"\bbd\b\.?|\bblvd\b\.?"), "boulevard"),
    (re.compile(r"(?<=\w)str\b\.?"), "strasse"),
    (re.compile(r"\bav\b\.?"), "avenue"),
    (re.compile(r"\bpl\b\.?"), "place"),
    (re.compile(r"\br\b\.?"), "rua"),
)


@dataclass(frozen=True)
class Address:
    """An address taken apart: ``street`` and ``number`` folded for comparing, ``name`` of estate and building."""

    street: str
    number: str
    name: BuildingName

    @property
    def key(self) -> Optional[str]:
        """Return street and number as one key; None unless both are known."""
        return f"{self.street}|{self.number}" if self.street and self.number else None


def fold_street(text: object) -> str:
    """Return a street name for comparing: lower case, accents and abbreviations resolved, blanks removed."""
    plain = unicodedata.normalize("NFKC", str(text or "")).lower().strip()
    for pattern, word in _ABBREVIATIONS:
        plain = pattern.sub(word, plain)
    plain = plain.replace("ß", "ss")
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in decomposed if letter.isalnum() or "\u4e00" <= letter <= "\u9fff")


def fold_number(text: object) -> str:
    """Return a house number for comparing: ``12 B`` and ``12b`` agree, 号 and 弄 are dropped."""
    plain = unicodedata.normalize("NFKC", str(text or "")).lower()
    return re.sub(r"[\s.号#]", "", plain).replace("–", "-").replace("弄", "")


def address_key(street: object, number: object) -> Optional[str]:
    """Return street and house number as one key; None unless both are given."""
    folded, house = fold_street(street), fold_number(number)
    return f"{folded}|{house}" if folded and house else None


def parse_address(text: object) -> Address:
    """Return the parts of a full address: 西湖区文一路12号望湖苑3号楼, ``Aleksanterinkatu 15 B, 00100 Helsinki``."""
    plain = unicodedata.normalize("NFKC", str(text or "")).strip()
    if not plain:
        return Address("", "", BuildingName("", "", ""))
    return _chinese(plain) if _CHINESE.search(plain) else _european(plain)


def _chinese(text: str) -> Address:
    compact = re.sub(r"\s+", "", text)
    rest = compact[_REGION.match(compact).end() :] if _REGION.match(compact) else compact  # type: ignore[union-attr]
    road = _ROAD.match(rest) or _ROAD.search(rest)
    if road is not None and road.group("road")[-1] in "里巷弄道" and not road.group("number"):
        road = None  # 和平里七区: a quarter's name, not a road
    if road is None or road.start() > 12:
        return Address("", "", parse_name(rest))
    number = road.group("number") or ""
    tail = rest[road.end() :].lstrip(",，、")
    name = parse_name(tail)
    if number.endswith("弄") and not name.number:
        lane = re.match(r"(\d+)号", tail)
        if lane:
            name = BuildingName(name.estate, name.phase, number_of(lane.group(1)))
    return Address(fold_street(road.group("road")), fold_number(number), name)


def _european(text: str) -> Address:
    nothing = BuildingName("", "", "")
    parts = [piece.strip() for piece in re.split(r"[,;\n]", text) if piece.strip()]
    if len(parts) > 1 and re.match(r"^\d+\s?[a-zA-Z]?$", parts[0]):  # "5, rue de Paris"
        parts[:2] = [f"{parts[0]} {parts[1]}"]
    for part in parts:
        if re.match(r"^\d{4,6}\s+\D+$", part):  # postcode and town
            continue
        house = None
        for house in _HOUSE.finditer(part):
            if house.start() > 0:
                break
        if house is None:
            continue
        if house.start() == 0:  # "12 High Street", or a number alone after "High Street, 12"
            street = part[house.end() :]
            if not street.strip():
                before = text[: text.find(part)].strip(" ,;")
                street = before.split(",")[-1] if before else ""
        else:
            street = part[: house.start()]
        if fold_street(street):
            return Address(fold_street(street), fold_number(house.group(1)), nothing)
    first = re.split(r"[,;\n]", text)[0]
    return Address("", "", BuildingName(first.strip(), "", ""))
