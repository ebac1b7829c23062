# SPDX-License-Identifier: GPL-2.0-or-later
"""Labels of the columns that views of the map show beside those of the table whose name they bear.

The first of the tables that has a column of that name labels it; what views count by themselves has labels of its own.
"""
from __future__ import annotations

from fullservice_plugin.core.catalogue import fields_design, fields_negotiation, fields_territory
from fullservice_plugin.core.catalogue.model import Field

#: Tables that the views read, those first whose words fit best.
_READ = ("building", "negotiation", "access_decision", "access_design", "org_unit", "plan", "area_package")

_COUNTED = (
    Field("estates", "bigint", "Estates", "楼盘数"),
    Field("buildings", "bigint", "Buildings", "楼栋数", unit="buildings"),
    Field("households", "bigint", "Households", "户数", unit="households"),
    Field("unknown_households", "bigint", "Buildings with unknown households", "户数未知楼栋", unit="buildings"),
    Field("covered_households", "bigint", "Covered households", "已覆盖户数", unit="households"),
    Field("signed", "bigint", "Signed buildings", "已签约楼栋", unit="buildings"),
    Field("blocked", "bigint", "Refused or blocked buildings", "拒绝或受阻楼栋", unit="buildings"),
    Field("talked", "bigint", "Buildings with talks", "有洽谈的楼栋", unit="buildings"),
    Field("under_way", "bigint", "Talks under way", "在途洽谈"),
    Field("late", "bigint", "Talks that are late", "逾期洽谈"),
    Field("signed_share", "double precision", "Signed share", "签约率", unit="0-1"),
    Field("covered_share", "double precision", "Covered share", "覆盖率", unit="0-1"),
    Field("indicators_zh", "text", "Indicators", "指标"),
    Field("indicators_en", "text", "Indicators", "指标"),
    Field("packages", "text", "Packages", "套餐"),
    Field("rivals", "integer", "Rivals there", "在场竞品数"),
    Field("operators_zh", "text", "Operators there", "在场运营商"),
    Field("operators_en", "text", "Operators there", "在场运营商"),
    Field("exclusive_until", "date", "Exclusive until", "排他至"),
    Field("observed_on", "date", "Observed last", "最近观测"),
    Field("conflict", "boolean", "Sources contradict", "来源矛盾"),
    Field("confidence", "double precision", "Confidence", "置信度", unit="0-1"),
    Field("negotiation_id", "uuid", "Talk", "洽谈", ref="negotiation"),
    Field("status", "text", "Validity", "时效"),
    Field("placed", "text", "Where it holds is told by", "适用范围取自"),
    Field("partners", "text[]", "Packages that overlap", "与之重叠的套餐"),
    Field("undecided", "text[]", "Overlapping packages of equal priority", "优先级相同的重叠套餐"),
)

#: Column → its label, for columns that the table of a layer does not know.
VIEW_COLUMNS: dict[str, Field] = {}
for _table in sorted((each for each in (*fields_territory.TABLES, *fields_negotiation.TABLES, *fields_design.TABLES)
                      if each.name in _READ), key=lambda each: _READ.index(each.name)):
    for _field in _table.fields:
        VIEW_COLUMNS.setdefault(_field.name, _field)
VIEW_COLUMNS.update({field.name: field for field in _COUNTED})
