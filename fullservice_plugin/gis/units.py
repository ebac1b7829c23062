# SPDX-License-Identifier: GPL-2.0-or-later
"""How the units of the field catalogue are written behind a label."""

from __future__ import annotations

from fullservice_plugin.core.catalogue.model import Field

_CHINESE = {
    "households": "户",
    "storeys": "层",
    "businesses": "户",
    "currency": "元",
    "currency/month": "元/月",
    "currency/m/a": "元/米·年",
    "months": "月",
    "buildings": "栋",
    "days": "天",
    "years": "年",
    "ports": "口",
    "fibres": "芯",
    "bytes": "字节",
    "readings": "个",
    "m2": "m²",
}
_ENGLISH = {"m2": "m²", "currency/m/a": "currency", "currency/month": "currency"}
_REPEATED = ("readings", "households", "storeys", "businesses", "buildings", "ports", "fibres", "bytes")


def unit_label(unit: str, language: str) -> str:
    """Return how a unit is written in ``language``."""
    return (_CHINESE if language == "zh" else _ENGLISH).get(unit, "0–1" if unit == "0-1" else unit)


def field_label(field: Field, language: str) -> str:
    """Return a field's label with its unit, e.g. ``Height (m)``; a unit that the label says is not repeated."""
    text = field.zh if language == "zh" else field.en
    if not field.unit or (language == "en" and field.unit in _REPEATED):
        return text
    unit = unit_label(field.unit, language)
    if language == "zh" and unit in text:  # 户数, 层数: the word says what is counted
        return text
    return f"{text}（{unit}）" if language == "zh" else f"{text} ({unit})"
