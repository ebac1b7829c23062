# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of the plans for codes of the store: the value lists of the catalogue, and the few that only plans have.

An unknown code is shown as it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.catalogue.lists import LISTS, code_label
from fullservice_plugin.i18n import translate

_OWN: dict[str, dict[str, tuple[str, str]]] = {
    "method_long": {
        "ftth": ("Fibre to the home (FTTH)", "光纤到户（FTTH）"),
        "fttb": ("Fibre to the building (FTTB)", "光纤到楼（FTTB）"),
        "wlan": ("WLAN", "WLAN"),
        "hybrid": ("FTTB and WLAN", "光纤到楼 + WLAN"),
        "leased": ("Leased line", "专线"),
        "none": ("Not served", "不覆盖"),
    },
    "method_short": {
        "ftth": ("FTTH", "光纤到户"),
        "fttb": ("FTTB", "光纤到楼"),
        "wlan": ("WLAN", "WLAN"),
        "hybrid": ("FTTB + WLAN", "光纤到楼 + WLAN"),
        "leased": ("Leased line", "专线"),
        "none": ("Not served", "不覆盖"),
    },
    "plan_state": {"mixed": ("Differs by estate", "各楼盘不一")},
    "map_kind": {
        "olt": ("OLT", "OLT"),
        "fdt": ("Distribution cabinet (FDT)", "光交箱（FDT）"),
        "fat": ("Access box (FAT)", "分纤箱（FAT）"),
        "feeder": ("Feeder cable", "主干光缆"),
        "distribution": ("Distribution cable", "配线光缆"),
        "drop": ("Drop cable", "入户光缆"),
        "ap": ("WLAN access point", "WLAN 接入点"),
        "switch": ("Switch", "交换机"),
    },
    "risk": {
        "negotiation_open": ("Talk open", "洽谈未完"),
        "negotiation_refused": ("Entry refused or blocked", "进场被拒或受阻"),
        "negotiation_missing": ("No talk started", "尚未洽谈"),
        "agreement_expiring": ("Agreement expiring", "协议即将到期"),
        "evidence_missing": ("Evidence missing", "凭证待补"),
        "rival": ("Rival present", "竞争对手在网"),
        "rival_exclusive": ("Rival with exclusivity", "竞争对手排他"),
    },
    "flag": {
        "overdue": ("Overdue", "逾期"),
        "stalled": ("Stalled", "停滞"),
        "expiring": ("Expiring", "即将到期"),
        "evidence_missing": ("Evidence missing", "凭证待补"),
        "exclusive_blocked": ("Rival's exclusivity", "对手排他"),
        "fee_over_cap": ("Fee above cap", "费用超限"),
    },
    "component": {
        "trench": ("Civil works", "土建"),
        "ducts": ("Further ducts", "增加管孔"),
        "cable": ("Cables and laying", "光缆及敷设"),
        "boxes": ("Access boxes", "分纤箱"),
        "cabinets": ("Cabinets", "光交箱"),
        "splitters": ("Splitters", "分光器"),
        "splices": ("Splices", "熔接"),
        "olt_ports": ("OLT ports", "OLT 端口"),
        "connections": ("Connections of users", "用户接入"),
        "in_building": ("In-building works", "楼内工程"),
        "building_terminals": ("Building terminals", "楼内终端设备"),
        "wlan": ("WLAN", "WLAN"),
        "leased": ("Leased lines", "专线"),
        "leased_terminals": ("Terminals of leased lines", "专线终端"),
    },
}


def label(words: str, code: str, language: str) -> str:
    """Return the word for ``code`` of the list ``words`` (ours or the catalogue's) in the document's language."""
    own = _OWN.get(words, {}).get(code)
    if own:
        return own[1] if language == "zh" else own[0]
    return code_label(words, code, language) if words in LISTS else code


def codes(words: str) -> tuple[str, ...]:
    """Return the codes of a list in the order in which they are shown."""
    return tuple(_OWN[words]) if words in _OWN else tuple(entry.code for entry in LISTS[words])


def words(name: str, language: str) -> dict[str, str]:
    """Return code → word of a whole list, in the order in which its values are shown."""
    return {code: label(name, code, language) for code in codes(name)}


def design_state(code: str, language: str) -> str:
    """Return the word for the state of a design or of a whole plan."""
    return label("plan_state" if code in _OWN["plan_state"] else "design_state", code, language)


@lru_cache(maxsize=1)
def _items() -> dict[str, dict[str, str]]:
    """Return key or English name → names of everything in the default catalogue."""
    found: dict[str, dict[str, str]] = {}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for key, entry in node.items():
                if isinstance(entry, dict) and isinstance(entry.get("name"), dict):
                    found.setdefault(key, entry["name"])
                    found.setdefault(str(entry["name"].get("en")), entry["name"])
                walk(entry)

    walk(load_catalogue(None).data)
    return found


def item(code: str, language: str) -> str:
    """Return the name of a bill item: the catalogue's for its keys and English names, else the text as it is."""
    names = _items().get(code, {})
    return names.get(language) or names.get("en") or code


def unit(code: str, language: str) -> str:
    """Return a unit of a bill in the document's language."""
    return translate(code, language) if "{" not in code else code
