# SPDX-License-Identifier: GPL-2.0-or-later
"""The field catalogue: every table of the store with its fields, labels, units and value lists.

One source for the database (comments, checks, rights), forms, styles and documents; a test compares them.
"""
from __future__ import annotations

from fullservice_plugin.core.catalogue import fields_design, fields_discovery, fields_negotiation, fields_territory
from fullservice_plugin.core.catalogue.model import COMMON_FIELDS, Field, Snapshot, Table

__all__ = ["COMMON_FIELDS", "SNAPSHOTS", "TABLES", "Field", "Snapshot", "Table", "all_fields", "label", "table"]

#: Every table in the order of its creation, by name.
TABLES: dict[str, Table] = {
    entry.name: entry
    for entry in (fields_territory.TABLES + fields_discovery.TABLES + fields_negotiation.TABLES
                  + fields_design.TABLES)
}

#: Figures that the database keeps day by day, by name.
SNAPSHOTS: dict[str, Snapshot] = {
    "indicator_daily": Snapshot("indicator_daily", "Daily indicators", "每日指标", (
        Field("day", "date", "Day", "日期", required=True),
        Field("level", "text", "Level", "层级", "indicator_level", required=True),
        Field("area_id", "uuid", "Area", "区域", required=True),
        Field("branch_code", "text", "Branch", "分公司"),
        Field("metric", "text", "Indicator", "指标", "indicator", required=True),
        Field("num", "double precision", "Numerator", "分子"),
        Field("den", "double precision", "Denominator", "分母"),
        Field("unknown", "bigint", "Unknown", "未知数", required=True),
        Field("taken_at", "timestamptz", "Taken at", "采集时间", required=True),
    ), day="day"),
}


def table(name: str) -> Table:
    """Return the table ``name``; KeyError when the catalogue has none."""
    return TABLES[name]


def all_fields(name: str) -> tuple[Field, ...]:
    """All fields of the table ``name``: the common ones first, as in the database."""
    return COMMON_FIELDS + TABLES[name].fields


def label(table_name: str, field_name: str, language: str) -> str:
    """Label of a field in ``language`` ("zh" or "en")."""
    field = TABLES[table_name].field(field_name)
    return field.zh if language == "zh" else field.en
