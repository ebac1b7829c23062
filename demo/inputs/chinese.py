# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables as a Chinese branch keeps them: Chinese headings, and labels instead of codes."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

HEADINGS = {
    "estate_name": "楼盘名称", "building_name": "楼栋名称", "address": "地址", "x": "经度", "y": "纬度",
    "party_name": "相关方", "party_role": "相关方角色", "authority": "签约权限", "kind": "类型", "stage": "洽谈阶段",
    "stage_since": "进入阶段时间", "owner_login": "责任人", "obstacle_code": "障碍", "reason_code": "原因",
    "next_action": "下一步", "next_action_due": "下一步期限", "next_review": "下次复核", "note": "备注",
    "agreement_number": "协议编号", "agreement_type": "协议类型", "signed_on": "签订日期", "valid_from": "生效日期",
    "valid_to": "到期日期", "auto_renew": "自动续约", "notice_days": "通知期", "exclusivity": "排他性",
    "fee_model": "费用模式", "fee_amount": "费用", "fee_period": "计费周期", "power_model": "电费方式",
    "works_from": "施工开始", "works_to": "施工结束", "works_hours": "施工时段", "riser_right": "弱电井使用权",
    "power_right": "取电权", "evidence_kind": "证据类型", "evidence_file": "证据文件", "operator_code": "运营商",
    "field": "情报项", "value": "取值", "number": "数值", "unit": "单位", "exclusive_until": "排他期至",
    "source_class": "来源类别", "source_text": "来源", "observed_on": "观测日期", "observer": "采集人",
    "confidence": "置信度", "valid_until": "有效期至", "code": "编码", "name": "名称", "name_en": "英文名称",
    "is_self": "本公司", "colour": "颜色", "role": "角色",
}  # fmt: skip
LISTED = {
    "stage": "negotiation_stage", "kind": "negotiation_kind", "party_role": "party_role", "authority": "authority",
    "obstacle_code": "obstacle", "reason_code": "negotiation_reason", "agreement_type": "agreement_type",
    "exclusivity": "exclusivity", "fee_model": "fee_model", "fee_period": "fee_period", "power_model": "power_model",
    "evidence_kind": "attachment_kind", "field": "intel_field", "source_class": "source_class",
}  # fmt: skip
_YES_NO = {"yes": "是", "no": "否"}


def in_chinese(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return headings and rows in Chinese; keys of sources and columns without a Chinese heading stay."""
    from fullservice_plugin.core.catalogue.lists import LISTS

    labels = {column: {entry.code: entry.zh for entry in LISTS[name]} for column, name in LISTED.items()}
    made = []
    for row in rows:
        values = {}
        for column in columns:
            value = row.get(column)
            value = labels.get(column, _YES_NO).get(value, value) if isinstance(value, str) else value
            values[HEADINGS.get(column, column)] = value
        made.append(values)
    return [HEADINGS.get(column, column) for column in columns], made
