# SPDX-License-Identifier: GPL-2.0-or-later
"""The field catalogue: every table of the store with its fields, labels, units and value lists.

One source for the database (comments, checks, rights), forms, styles and documents; a test compares them.
"""
from __future__ import annotations

from fullservice_plugin.core.catalogue import fields_design, fields_discovery, fields_negotiation, fields_territory
from fullservice_plugin.core.catalogue.model import COMMON_FIELDS, Field, Snapshot, Table

__all__ = ["COMMON_FIELDS", "SNAPSHOTS", "TABLES", "VIEWS", "Field", "Snapshot", "Table", "all_fields", "label",
           "read_fields", "table"]

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

_OPPORTUNITY = (
    Field("buildings", "bigint", "Buildings", "楼栋数", unit="buildings"),
    Field("unknown", "bigint", "Buildings with unknown households", "户数未知楼栋", unit="buildings"),
    Field("penetration", "double precision", "Expected penetration", "预期渗透率", unit="0-1"),
    Field("arpu_month", "double precision", "ARPU per month", "月 ARPU", unit="currency/month"),
    Field("months", "double precision", "Months counted", "计入月数", unit="months"),
    Field("revenue", "double precision", "Expected revenue", "预期收入", unit="currency"),
    Field("entry_cost", "double precision", "Entry cost", "进入成本", unit="currency"),
    Field("entry_cost_from", "text", "Entry cost from", "进入成本依据", "entry_cost_source"),
    Field("score", "double precision", "Opportunity", "商机价值", unit="currency"),
)

#: Views whose columns people read in tables of the map: an existing table's fields and what the view adds.
VIEWS: dict[str, Table] = {
    "map_opportunity": Table("map_opportunity", "Opportunities", "商机价值", TABLES["estate"].fields + _OPPORTUNITY,
                             schema="fs_app"),
}


def read_fields(name: str) -> Table | None:
    """The table or view whose fields label a layer; None when the catalogue has neither."""
    return TABLES.get(name) or VIEWS.get(name)


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
