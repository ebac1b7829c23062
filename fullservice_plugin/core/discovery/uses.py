# SPDX-License-Identifier: GPL-2.0-or-later
"""What a building is used for, read from the words of OpenStreetMap, registers and Chinese ledgers."""

from __future__ import annotations

import unicodedata
from typing import Any

HOUSE, APARTMENTS, MIXED, VILLAGE, DORM = "house", "apartments", "mixed", "village", "dorm"
DWELLINGS = "dwellings"  # residential, whether house or apartments is not said
OFFICE, HOTEL, OTHER, ANNEX, UNKNOWN = "office", "hotel", "other", "annex", "unknown"

# order matters: the first word found in the value decides
_CHINESE = (
    (VILLAGE, ("城中村", "握手楼", "自建房", "村民")),
    (MIXED, ("商住", "综合楼", "住宅底商")),
    (DORM, ("宿舍",)),
    (HOUSE, ("别墅", "独栋", "联排", "平房")),
    (HOTEL, ("酒店", "宾馆", "旅馆")),
    (ANNEX, ("车库", "地下", "配电", "门卫", "垃圾", "车棚", "雨棚", "在建")),
    (OFFICE, ("写字楼", "办公", "商务", "园区", "产业")),
    (
        OTHER,
        (
            "学校",
            "教学",
            "幼儿园",
            "医院",
            "商场",
            "商业",
            "市场",
            "厂房",
            "工业",
            "仓库",
            "体育",
            "寺",
            "教堂",
            "政府",
        ),
    ),
    (APARTMENTS, ("住宅", "公寓", "居民", "小区", "高层", "多层", "小高层")),
)
_ENGLISH = {
    HOUSE: "house detached semidetached_house terrace bungalow farm cabin static_caravan villa duplex",
    APARTMENTS: "apartments apartment flats block",
    DWELLINGS: "residential",
    MIXED: "mixed mixed_use residential;retail retail;residential",
    VILLAGE: "village urban_village",
    DORM: "dormitory dorm",
    OFFICE: "office commercial government public",
    HOTEL: "hotel hostel",
    ANNEX: "garage garages shed roof carport hut greenhouse service transformer_tower bunker kiosk storage_tank "
    "construction farm_auxiliary toilets ruins bridge container tank annexe annex",
    OTHER: "industrial warehouse retail supermarket school university college kindergarten hospital church cathedral "
    "chapel mosque temple synagogue shrine monastery train_station transportation stadium sports_centre "
    "sports_hall barn stable civic museum parking fire_station theatre cinema grandstand pavilion hangar "
    "factory manufacture religious library",
}
_WORDS = {word: use for use, words in _ENGLISH.items() for word in words.split()}
_FRENCH_GERMAN = {
    "résidentiel": DWELLINGS,
    "residentiel": DWELLINGS,
    "maison": HOUSE,
    "annexe": ANNEX,
    "industriel": OTHER,
    "agricole": OTHER,
    "religieux": OTHER,
    "commercial et services": OTHER,
    "sportif": OTHER,
    "wohnhaus": HOUSE,
    "mehrfamilienhaus": APARTMENTS,
    "einfamilienhaus": HOUSE,
    "bürogebäude": OFFICE,
    "nebengebäude": ANNEX,
}


def use_of(value: Any) -> str:
    """Return the use (one of this module's words) that a value of any source means; ``unknown`` if none."""
    text = unicodedata.normalize("NFKC", str(value or "")).strip().lower()
    if not text or text in ("yes", "indifférencié", "indifferencié", "是"):
        return UNKNOWN
    found = _WORDS.get(text) or _FRENCH_GERMAN.get(text)
    if found:
        return found
    for use, words in _CHINESE:
        if any(word in text for word in words):
            return use
    for part in text.replace(",", ";").replace("/", ";").split(";"):
        if part.strip() in _WORDS:
            return _WORDS[part.strip()]
    return UNKNOWN
