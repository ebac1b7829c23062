# SPDX-License-Identifier: GPL-2.0-or-later
"""Field catalogue: property negotiation, agreements, attachments, tasks."""
from __future__ import annotations

from fullservice_plugin.core.catalogue.model import Field as F
from fullservice_plugin.core.catalogue.model import Table

_TALK = ("customer_manager", "planner")
#: Tables that a row may hang on by the id in one column; the first that knows the id gives the branch.
_SUBJECTS = ("negotiation", "agreement", "estate", "building", "access_design", "plan", "visit_log")


def _subject(column: str) -> tuple[tuple[str, str], ...]:
    """Parents by a column that may hold the id of any subject."""
    return tuple((column, name) for name in _SUBJECTS)



TABLES = (
    Table("property_party", "Property party", "物业相关方", (
        F("estate_id", "uuid", "Estate", "楼盘", ref="estate"),
        F("name", "text", "Name", "名称", required=True),
        F("role", "text", "Role", "角色", "party_role", required=True),
        F("authority", "text", "Authority to sign", "签约权限", "authority"),
        F("valid_from", "date", "Valid from", "生效日期"),
        F("valid_to", "date", "Valid to", "失效日期"),
    ), writers=_TALK, parents=(("estate_id", "estate"),), own_rows=True),
    Table("negotiation", "Negotiation", "物业洽谈", (
        F("building_id", "uuid", "Building", "楼栋", ref="building", required=True),
        F("estate_id", "uuid", "Estate", "楼盘", ref="estate"),
        F("party_id", "uuid", "Party", "相关方", ref="property_party"),
        F("kind", "text", "Kind", "类型", "negotiation_kind", required=True, default="'new_entry'"),
        F("stage", "text", "Stage", "阶段", "negotiation_stage", required=True, default="'not_started'"),
        F("stage_since", "timestamptz", "In this stage since", "进入阶段时间", required=True,
          default="clock_timestamp()"),
        F("owner_staff_id", "uuid", "Owner", "责任人", ref="staff"),
        F("next_action", "text", "Next action", "下一步"),
        F("next_action_due", "date", "Next action due", "下一步期限"),
        F("obstacle_code", "text", "Obstacle", "障碍", "obstacle"),
        F("reason_code", "text", "Reason", "原因", "negotiation_reason"),
        F("note", "text", "Note", "备注"),
        F("next_review", "date", "Next review", "下次复核"),
        F("evidence_missing", "boolean", "Evidence missing", "证据待补", required=True, default="false"),
    ), writers=_TALK + ("functional", "network_support"),
        parents=(("building_id", "building"), ("estate_id", "estate")), own_rows=True, owner="owner_staff_id"),
    Table("negotiation_event", "Negotiation event", "洽谈流转", (
        F("negotiation_id", "uuid", "Negotiation", "洽谈", ref="negotiation", required=True),
        F("from_stage", "text", "From", "原阶段", "negotiation_stage"),
        F("to_stage", "text", "To", "新阶段", "negotiation_stage", required=True),
        F("at", "timestamptz", "At", "时间", required=True, default="clock_timestamp()"),
        F("by", "text", "By", "操作人", required=True),
        F("reason", "text", "Reason", "原因"),
        F("evidence_ids", "uuid[]", "Evidence", "证据"),
    ), parents=(("negotiation_id", "negotiation"),), append_only=True),
    Table("state_event", "State change", "状态流转", (
        F("machine", "text", "State machine", "状态机", "machine", required=True),
        F("subject_id", "uuid", "Subject", "对象", required=True),
        F("from_state", "text", "From", "原状态"),
        F("to_state", "text", "To", "新状态", required=True),
        F("at", "timestamptz", "At", "时间", required=True, default="clock_timestamp()"),
        F("by", "text", "By", "操作人", required=True),
        F("reason", "text", "Reason", "原因"),
        F("evidence_ids", "uuid[]", "Evidence", "证据"),
    ), append_only=True),
    Table("visit_log", "Visit", "拜访记录", (
        F("negotiation_id", "uuid", "Negotiation", "洽谈", ref="negotiation"),
        F("estate_id", "uuid", "Estate", "楼盘", ref="estate"),
        F("party_id", "uuid", "Party", "相关方", ref="property_party"),
        F("at", "timestamptz", "At", "时间", required=True, default="clock_timestamp()"),
        F("by", "text", "By", "拜访人"),
        F("channel", "text", "Channel", "方式", "visit_channel", required=True, default="'visit'"),
        F("result", "text", "Result", "结果"),
        F("next_step", "text", "Next step", "下一步"),
        F("geom", "geometry(Point,4326)", "Position", "位置"),
    ), writers=_TALK, inserters=("network_support",),
        parents=(("negotiation_id", "negotiation"), ("estate_id", "estate"), ("party_id", "property_party")),
        own_rows=True, own_created=True),
    Table("agreement", "Agreement", "协议", (
        F("number", "text", "Number", "协议编号"),
        F("type", "text", "Type", "类型", "agreement_type", required=True, default="'entry'"),
        F("version_no", "integer", "Version", "版本", required=True, default="1"),
        F("status", "text", "Status", "状态", "agreement_status", required=True, default="'draft'"),
        F("party_id", "uuid", "Party", "相关方", ref="property_party"),
        F("estate_id", "uuid", "Estate", "楼盘", ref="estate"),
        F("signed_on", "date", "Signed on", "签订日期"),
        F("valid_from", "date", "Valid from", "生效日期"),
        F("valid_to", "date", "Valid to", "到期日期"),
        F("auto_renew", "boolean", "Renews by itself", "自动续约", required=True, default="false"),
        F("notice_days", "integer", "Notice period", "通知期", unit="days"),
        F("exclusivity", "text", "Exclusivity", "排他性", "exclusivity"),
        F("fee_model", "text", "Fee model", "费用模式", "fee_model"),
        F("fee_amount", "numeric(12,2)", "Fee", "费用", unit="currency"),
        F("fee_period", "text", "Fee period", "计费周期", "fee_period"),
        F("share_pct", "numeric(5,2)", "Revenue share", "分成比例", unit="%"),
        F("share_kind", "text", "Share kind", "分成方式", "share_kind"),
        F("power_model", "text", "Power", "电费方式", "power_model"),
        F("deposit", "numeric(12,2)", "Deposit", "押金", unit="currency"),
        F("works_from", "date", "Works from", "施工开始"),
        F("works_to", "date", "Works to", "施工结束"),
        F("works_hours", "text", "Working hours", "施工时段"),
        F("riser_right", "boolean", "Right to the riser", "弱电井使用权"),
        F("power_right", "boolean", "Right to power", "取电权"),
    ), writers=_TALK + ("functional",), parents=(("estate_id", "estate"), ("party_id", "property_party")),
        own_rows=True, own_created=True),
    Table("agreement_term", "Agreement clause", "协议条款", (
        F("agreement_id", "uuid", "Agreement", "协议", ref="agreement", required=True),
        F("clause", "text", "Clause", "条款", "term_clause", required=True),
        F("text", "text", "Text", "内容", required=True),
    ), writers=_TALK + ("functional",), parents=(("agreement_id", "agreement"),), own_rows=True),
    Table("agreement_building", "Building under agreement", "协议楼栋", (
        F("agreement_id", "uuid", "Agreement", "协议", ref="agreement", required=True),
        F("building_id", "uuid", "Building", "楼栋", ref="building", required=True),
        F("exclusive_period", "daterange", "Exclusive period", "排他期"),
    ), writers=_TALK + ("functional",), parents=(("building_id", "building"), ("agreement_id", "agreement")),
        replaceable=True, own_rows=True, own_created=True),
    Table("attachment", "Attachment", "附件", (
        F("subject_kind", "text", "Subject kind", "对象类型", "subject_kind", required=True),
        F("subject_id", "uuid", "Subject", "对象", required=True),
        F("kind", "text", "Kind", "附件类型", "attachment_kind", required=True),
        F("file_name", "text", "File", "文件名", required=True),
        F("sha256", "text", "SHA-256", "SHA-256"),
        F("size_bytes", "bigint", "Size", "大小", unit="bytes"),
        F("content", "bytea", "Content", "内容"),
        F("taken_at", "timestamptz", "Taken at", "拍摄时间"),
        F("geom", "geometry(Point,4326)", "Position", "位置"),
    ), writers=_TALK, inserters=("network_support", "functional"), parents=_subject("subject_id"),
        own_rows=True, own_created=True),
    Table("task", "Task", "任务", (
        F("kind", "text", "Kind", "类型", "task_kind", required=True),
        F("ref_kind", "text", "Subject kind", "对象类型", "subject_kind"),
        F("ref_id", "uuid", "Subject", "对象"),
        F("assignee_staff_id", "uuid", "Assigned to", "责任人", ref="staff"),
        F("title", "text", "Title", "标题", required=True),
        F("due", "date", "Due", "期限"),
        F("state", "text", "State", "状态", "task_state", required=True, default="'open'"),
        F("priority", "integer", "Priority", "优先级", required=True, default="3"),
    ), writers=("customer_manager", "network_support", "functional", "planner"),
        parents=(*_subject("ref_id"), ("assignee_staff_id", "staff")), own_rows=True, own_created=True,
        owner="assignee_staff_id"),
    Table("reminder", "Reminder", "提醒", (
        F("task_id", "uuid", "Task", "任务", ref="task"),
        F("subject_kind", "text", "Subject kind", "对象类型", "subject_kind", required=True),
        F("subject_id", "uuid", "Subject", "对象", required=True),
        F("level", "text", "Level", "级别", "reminder_level", required=True),
        F("at", "timestamptz", "At", "时间", required=True, default="clock_timestamp()"),
        F("message", "text", "Message", "内容"),
        F("acked_at", "timestamptz", "Acknowledged at", "确认时间"),
    ), writers=("customer_manager", "network_support", "functional", "planner"),
        parents=(("task_id", "task"), *_subject("subject_id")), own_rows=True, own_created=True),
    Table("precoverage_request", "Pre-coverage request", "预覆盖申请", (
        F("estate_id", "uuid", "Estate", "楼盘", ref="estate"),
        F("building_id", "uuid", "Building", "楼栋", ref="building"),
        F("state", "text", "State", "状态", "precoverage_state", required=True, default="'requested'"),
        F("priority", "integer", "Priority", "优先级", required=True, default="3"),
        F("wanted_by", "date", "Wanted by", "期望日期"),
        F("wanted_level", "integer", "Wanted coverage", "期望覆盖级别", "coverage_level"),
        F("reason", "text", "Reason", "申请理由"),
        F("override_reason", "text", "Reason without an agreement", "未签约申请理由"),
        F("requested_by_staff_id", "uuid", "Requested by", "申请人", ref="staff"),
        F("note", "text", "Note", "备注"),
    ), writers=("customer_manager", "network_support", "functional", "planner"),
        parents=(("building_id", "building"), ("estate_id", "estate")), own_rows=True, own_created=True),
)
