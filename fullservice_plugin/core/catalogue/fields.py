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

_RIVALS = (
    Field("homes", "double precision", "Households counted", "计入户数", unit="households"),
    Field("rivals", "bigint", "Rivals there", "在场竞品数"),
    Field("names_zh", "text", "Rivals", "竞品"),
    Field("names_en", "text", "Rivals", "竞品"),
    Field("own_share", "double precision", "Our share", "本网份额", unit="0-1"),
    Field("lead_share", "double precision", "Share of the strongest rival", "最强竞品份额", unit="0-1"),
    Field("unknown_share", "double precision", "Unknown share", "未知份额", unit="0-1"),
    Field("shares", "text", "Shares by operator", "各运营商份额"),
    Field("hhi_low", "double precision", "HHI at least", "HHI 下限", unit="0-10000"),
    Field("hhi_high", "double precision", "HHI at most", "HHI 上限", unit="0-10000"),
)
_THREAT = (
    Field("threat", "double precision", "Threat", "威胁度", unit="0-100"),
    Field("completeness", "double precision", "Completeness", "完整度", unit="0-1"),
    Field("confidence", "double precision", "Confidence", "置信度", unit="0-1"),
)
_SEEN = (
    Field("observed_on", "date", "Observed last", "最近观测"),
    Field("conflict", "boolean", "Sources contradict", "来源矛盾"),
    Field("standing", "text", "State of knowledge", "情报状态"),
)
_RIVAL_GRID = (
    Field("code", "text", "Code", "编码"),
    Field("name", "text", "Name", "名称"),
    Field("estates", "bigint", "Estates", "楼盘数"),
    Field("known_estates", "bigint", "Estates with a known threat", "威胁度已知楼盘"),
    Field("stale_estates", "bigint", "Estates with stale intelligence", "情报过期楼盘"),
    Field("threat_num", "double precision", "Threat × households", "威胁度×户数"),
    Field("threat_den", "double precision", "Households weighed", "加权户数"),
    Field("geom", "geometry(MultiPolygon,4326)", "Outline", "范围"),
)

#: Views whose columns people read in tables of the map: an existing table's fields and what the view adds.
VIEWS: dict[str, Table] = {
    "map_opportunity": Table("map_opportunity", "Opportunities", "商机价值", TABLES["estate"].fields + _OPPORTUNITY,
                             schema="fs_app"),
    "map_rival_estate": Table("map_rival_estate", "Rivals per estate", "楼盘竞争态势",
                              TABLES["estate"].fields + _RIVALS + _THREAT + _SEEN, schema="fs_app"),
    "map_rival_grid": Table("map_rival_grid", "Threat per grid", "网格竞争威胁", _RIVAL_GRID + _THREAT,
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
