# SPDX-License-Identifier: GPL-2.0-or-later
"""Which fields stand together in a form, and which rows of other layers are listed below them."""

from __future__ import annotations

from dataclasses import dataclass

#: Columns the database fills; they are shown read-only at the end of the form.
RECORD = ("branch_code", "origin", "created_at", "created_by", "changed_at", "changed_by")

#: Columns nobody should see in a form.
HIDDEN = ("fid", "id", "row_version", "edit_base", "is_deleted")

#: Columns that algorithms or triggers fill: shown, not edited.
COMPUTED = {
    "negotiation": ("stage_since", "evidence_missing"),
    "visit_log": ("notice",),
    "negotiation_event": ("*",),
    "building": ("discovery_source", "discovery_confidence", "coverage_level", "gross_area_m2",
                 "households_low", "households_high", "households_method"),
    "estate": ("method",),
    "plan": ("*",),
    "access_design": ("author", "submitted_at", "approver", "approved_at", "cost_total", "cost_per_home",
                      "homes_served"),
    "access_decision": ("plan_id", "design_id", "building_id", "runner_up", "cost", "revenue", "cost_delta",
                        "constraint_code"),
    "design_bom": ("*",),
    "network_resource": ("free_ports",),
    "duct": ("free_ports",),
    "attachment": ("sha256", "size_bytes"),
    "area_package": ("author", "approver", "approved_at"),
    "design_review": ("at", "by"),
    "design_nodes": ("kind", "code", "parent_code", "used", "loss_db"),
    "design_aps": ("code", "used", "primary_share", "secondary_share", "airtime"),
    "design_routes": ("kind", "length_m", "loss_db", "trench_cost", "cable_cost"),
    "design_drops": ("kind", "length_m", "loss_db", "cable_cost"),
    "wlan_calibration": ("offset_db", "slope", "rmse_db", "points", "source"),
}

_OF_ALL_ELEMENTS = ("props", "plan_id")
_WIRELESS = ("band", "channel", "eirp_dbm", "primary_share", "secondary_share", "airtime")
_LINES = ("construction", "route_kind", "length_m", "fibres", "cable", "trench_cost", "cable_cost")
_BOXES = ("ports", "used", "splitter", "floor", "parent_code")

#: Columns that mean nothing for the rows of a layer, or hold what only programs read: no form shows them.
ABSENT: dict[str, tuple[str, ...]] = {
    "building": ("discovery_run_id",),
    "building_point": ("discovery_run_id",),
    "plan": ("components", "params", "input_hash"),
    "design_nodes": (*_OF_ALL_ELEMENTS, *_WIRELESS, *_LINES),
    "design_aps": (*_OF_ALL_ELEMENTS, *_LINES, "splitter", "loss_db"),
    "design_routes": (*_OF_ALL_ELEMENTS, *_WIRELESS, *_BOXES, "building_id"),
    "design_drops": (*_OF_ALL_ELEMENTS, *_WIRELESS, *_BOXES, "route_kind", "trench_cost"),
    "network_resource": ("free_bores", "rent_per_m"),
    "duct": ("building_id", "installed_ports", "occupied", "reserved", "faulty", "free_ports"),
    "attachment": ("subject_id",),
    "task": ("ref_id", "ref_kind"),
    "address": ("source_record_id",),
    "visit_log": ("contact_id",),
    "negotiation_event": ("evidence_ids",),
    "agreement_building": ("exclusive_period",),
}


#: Fields in which a new row names who adds it, by login or by the row in staff; and for which roles (none: for all).
MINE: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "visit_log": (("by", ()),),
    "intel_observation": (("observer", ()),),
    "competitor_offer": (("observer", ()),),
    "competitor_promotion": (("observer", ()),),
    "negotiation": (("owner_staff_id", ("customer_manager",)),),
    "task": (("assignee_staff_id", ()),),
    "precoverage_request": (("requested_by_staff_id", ()),),
}


@dataclass(frozen=True)
class Group:
    """A framed part of a form."""

    en: str
    zh: str
    fields: tuple[str, ...]


G = Group

GROUPS: dict[str, tuple[Group, ...]] = {
    "estate": (
        G("Estate", "楼盘", ("code", "name", "aliases", "grid_id", "estate_type", "value_class")),
        G("Opportunity", "商机", ("lead_state", "owner_staff_id", "households")),
        G("Construction", "建设", ("build_year", "is_new_build", "handover_date", "method")),
    ),
    "building": (
        G("Building", "楼栋", ("code", "name", "number", "use", "estate_id", "grid_id", "lead_state",
                                "coverage_level", "handover_date")),
        G("Size", "规模", ("storeys", "basements", "entrances", "households", "households_low", "households_high",
                          "households_method", "businesses", "height_m", "height_source", "gross_area_m2")),
        G("Access", "接入条件", ("riser", "power", "equip_room")),
        G("Discovery", "发现", ("discovery_source", "discovery_confidence", "position_method",
                              "position_accuracy_m")),
    ),
    "negotiation": (
        G("Talk", "洽谈", ("building_id", "estate_id", "party_id", "kind", "owner_staff_id")),
        G("Stage", "阶段", ("stage", "stage_since", "reason_code", "obstacle_code", "note", "evidence_missing")),
        G("Next step", "下一步", ("next_action", "next_action_due", "next_review")),
    ),
    "agreement": (
        G("Agreement", "协议", ("number", "type", "version_no", "status", "party_id", "estate_id", "exclusivity")),
        G("Period", "期限", ("signed_on", "valid_from", "valid_to", "auto_renew", "notice_days")),
        G("Money", "费用", ("fee_model", "fee_amount", "fee_period", "share_pct", "share_kind", "power_model",
                         "deposit")),
        G("Works", "施工", ("works_from", "works_to", "works_hours", "riser_right", "power_right")),
    ),
    "intel_observation": (
        G("Subject", "对象", ("subject_kind", "building_id", "estate_id", "operator_code")),
        G("Observation", "情报", ("field", "value", "number", "unit", "valid_until", "state")),
        G("Evidence", "依据", ("source_class", "source_text", "observed_on", "observer", "confidence", "verified_by")),
    ),
    "competitor_offer": (
        G("Offer", "套餐", ("operator_code", "name", "technology", "price_month", "down_mbps", "up_mbps", "bundle",
                          "contract_months", "promo_until")),
        G("Place", "适用范围", ("org_unit_id", "estate_id")),
        G("Evidence", "依据", ("source_class", "source_text", "observed_on", "observer")),
    ),
    "competitor_promotion": (
        G("Promotion", "促销", ("operator_code", "estate_id", "kind", "started_on", "ended_on", "intensity",
                              "description")),
        G("Evidence", "依据", ("source_class", "source_text", "observer")),
    ),
    "precoverage_request": (
        G("Place", "对象", ("estate_id", "building_id")),
        G("Request", "申请", ("state", "priority", "wanted_by", "wanted_level", "reason", "override_reason",
                            "requested_by_staff_id", "note")),
    ),
    "access_design": (
        G("Design", "设计", ("plan_id", "estate_id", "version_no", "state", "note")),
        G("Result", "结果", ("cost_total", "cost_per_home", "homes_served")),
        G("Approval", "审批", ("author", "submitted_at", "approver", "approved_at")),
    ),
    "plan": (
        G("Plan", "规划方案", ("code", "area_code", "scenario", "budget", "horizon_years", "currency")),
        G("Cost", "造价", ("cost", "lower_bound", "wired_cost", "wired_lower_bound", "trench_cost",
                         "trench_lower_bound", "wlan_cost")),
        G("Benefit", "收益", ("benefit", "benefit_upper_bound", "benefit_gap", "homes_passed", "unserved")),
        G("Run", "运行", ("algorithm_version", "seconds")),
    ),
    "area_package": (
        G("Package", "套餐", ("code", "name", "segment", "price_month", "down_mbps", "up_mbps", "contract_months")),
        G("Validity", "有效期与优先级", ("valid_from", "valid_to", "priority")),
        G("Place", "适用范围", ("org_unit_id", "estate_id")),
        G("Review", "审核", ("state", "note", "author", "approver", "approved_at")),
    ),
    "org_unit": (
        G("Territory", "组织区域", ("code", "name", "level", "parent_id")),
        G("Validity and target", "有效期与目标", ("valid_from", "valid_to", "coverage_target")),
    ),
    "address": (
        G("Address", "地址", ("full_text", "building_id", "street", "housenumber", "unit", "postcode", "city")),
    ),
    "site_poi": (G("Site", "站点", ("kind", "code", "name", "address")),),
    "street": (
        G("Street", "道路", ("name", "highway", "source_name", "source_key")),
        G("Digging", "开挖", ("construction", "cost_factor", "forbidden")),
        G("Ducts", "管道", ("existing_duct", "duct_owner", "free_bores", "rent_per_m")),
        G("Poles", "电杆", ("existing_poles", "pole_owner", "pole_rent_per_m")),
    ),
    "water": (G("Area", "面状要素", ("name", "kind", "source_name", "source_key")),),
    "green": (G("Area", "面状要素", ("name", "kind", "source_name", "source_key")),),
    "network_resource": (
        G("Resource", "资源", ("kind", "code", "status", "owner", "building_id")),
        G("Ports", "端口", ("installed_ports", "occupied", "reserved", "faulty", "free_ports")),
    ),
    "duct": (
        G("Duct", "管道", ("kind", "code", "status", "owner")),
        G("Bores", "管孔", ("free_bores", "rent_per_m")),
    ),
    "property_party": (
        G("Party", "相关方", ("name", "role", "authority", "estate_id")),
        G("Period", "期限", ("valid_from", "valid_to")),
    ),
    "contact": (
        G("Contact", "联系人", ("name", "title", "phone", "wechat", "party_id")),
        G("Use", "使用", ("is_primary", "consent")),
    ),
    "visit_log": (
        G("Visit", "拜访", ("at", "channel", "by", "party_id", "negotiation_id", "estate_id")),
        G("Result", "结果", ("result", "next_step", "notice")),
    ),
    "agreement_term": (G("Clause", "条款", ("agreement_id", "clause", "text")),),
    "agreement_building": (
        G("Building", "楼栋", ("agreement_id", "building_id")),
        G("Exclusive period in this building", "本楼栋的排他期", ("exclusive_from", "exclusive_to")),
    ),
    "attachment": (
        G("Document", "文件", ("kind", "file_name", "subject_kind", "taken_at")),
        G("Content", "内容", ("content", "size_bytes", "sha256")),
    ),
    "task": (G("Task", "任务", ("title", "kind", "state", "assignee_staff_id", "due", "priority")),),
    "competitor_operator": (G("Operator", "运营商", ("code", "name", "name_en", "colour", "is_self")),),
    "price_item": (
        G("Price or rule", "单价与规则", ("section", "item", "figure")),
        G("Value", "数值", ("value", "text_value", "unit", "source")),
        G("Name", "名称", ("name_en", "name_zh")),
    ),
    "access_decision": (
        G("Building", "楼栋", ("plan_id", "design_id", "building_id")),
        G("Method", "接入方式", ("method", "runner_up", "locked", "override_note", "constraint_code")),
        G("Money", "费用", ("cost", "revenue", "cost_delta", "permission_value")),
        G("Reason", "理由", ("reason_en", "reason_zh")),
    ),
    "design_bom": (
        G("Item", "物料", ("plan_id", "design_id", "domain", "item")),
        G("Quantity and cost", "数量与金额", ("quantity", "unit", "unit_price", "cost")),
    ),
    "design_review": (G("Review", "审核", ("design_id", "decision", "comment", "by", "at")),),
    "negotiation_event": (
        G("Step", "流转", ("negotiation_id", "from_stage", "to_stage", "reason", "by", "at")),
    ),
    "design_nodes": (
        G("Element", "设施", ("kind", "code", "parent_code", "design_id", "building_id", "floor")),
        G("Ports", "端口", ("ports", "used", "splitter", "loss_db")),
    ),
    "design_aps": (
        G("Element", "设施", ("kind", "code", "parent_code", "design_id", "building_id", "floor")),
        G("Radio", "无线", ("band", "channel", "eirp_dbm")),
        G("Use", "使用", ("ports", "used", "primary_share", "secondary_share", "airtime")),
    ),
    "design_routes": (
        G("Route", "路由", ("kind", "code", "design_id", "route_kind", "construction")),
        G("Cable", "光缆", ("cable", "fibres", "length_m", "loss_db")),
        G("Cost", "造价", ("trench_cost", "cable_cost")),
    ),
    "design_drops": (
        G("Drop", "入户线", ("kind", "code", "design_id", "building_id", "construction")),
        G("Cable", "光缆", ("cable", "fibres", "length_m", "loss_db", "cable_cost")),
    ),
    "wlan_calibration": (
        G("Walk test", "路测", ("building_id", "measured_on", "source", "points")),
        G("Correction", "校正", ("offset_db", "slope", "rmse_db")),
    ),
}
GROUPS["building_point"] = GROUPS["building"]
COMPUTED["building_point"] = COMPUTED["building"]

del G


@dataclass(frozen=True)
class Link:
    """A relation: rows of ``child`` whose ``field`` holds the ``parent`` row's ``parent_field``.

    ``tab`` lists the rows in a tab of the parent's form; without it the relation only lets a parent be searched.
    """

    child: str
    field: str
    parent: str
    en: str
    zh: str
    parent_field: str = "id"
    tab: bool = True

    @property
    def id(self) -> str:
        """Return the relation's id in the project."""
        return f"{self.parent}_{self.child}_{self.field}"


LINKS: tuple[Link, ...] = (
    Link("estate", "grid_id", "grid", "Estates", "楼盘"),
    Link("building", "estate_id", "estate", "Buildings", "楼栋"),
    Link("negotiation", "building_id", "building", "Negotiations", "物业洽谈"),
    Link("negotiation", "estate_id", "estate", "Negotiations", "物业洽谈"),
    Link("property_party", "estate_id", "estate", "Property parties", "物业相关方"),
    Link("agreement", "estate_id", "estate", "Agreements", "协议"),
    Link("access_design", "estate_id", "estate", "Designs", "接入设计"),
    Link("visit_log", "estate_id", "estate", "Visits", "拜访记录"),
    Link("intel_observation", "estate_id", "estate", "Observations", "情报记录"),
    Link("area_package", "estate_id", "estate", "Packages", "套餐"),
    Link("negotiation_event", "negotiation_id", "negotiation", "Stage history", "洽谈流转"),
    Link("visit_log", "negotiation_id", "negotiation", "Visits", "拜访记录"),
    Link("attachment", "subject_id", "negotiation", "Attachments", "附件"),
    Link("agreement", "party_id", "property_party", "Agreements", "协议"),
    Link("agreement_building", "agreement_id", "agreement", "Buildings", "楼栋"),
    Link("agreement_term", "agreement_id", "agreement", "Clauses", "条款"),
    Link("agreement_building", "building_id", "building", "Agreements", "协议"),
    Link("attachment", "subject_id", "agreement", "Attachments", "附件"),
    Link("attachment", "subject_id", "estate", "Attachments", "附件"),
    Link("attachment", "subject_id", "building", "Attachments", "附件"),
    Link("attachment", "subject_id", "visit_log", "Attachments", "附件"),
    Link("attachment", "subject_id", "intel_observation", "Attachments", "附件"),
    Link("contact", "party_id", "property_party", "Contacts", "联系人"),
    Link("negotiation", "party_id", "property_party", "Negotiations", "物业洽谈"),
    Link("competitor_offer", "operator_code", "competitor_operator", "Offers", "竞品套餐", "code"),
    Link("competitor_promotion", "operator_code", "competitor_operator", "Promotions", "竞品促销", "code"),
    Link("precoverage_request", "building_id", "building", "Pre-coverage requests", "预覆盖申请"),
    Link("wlan_calibration", "building_id", "building", "WLAN corrections", "无线校正"),
    Link("org_unit", "parent_id", "org_unit", "Units below", "下级区域"),
    Link("design_aps", "building_id", "building", "Access points", "WLAN 接入点", tab=False),
    Link("design_nodes", "building_id", "building", "Boxes and cabinets", "光交与分纤箱", tab=False),
    Link("design_drops", "building_id", "building", "Drops", "入户引入", tab=False),
    Link("competitor_promotion", "estate_id", "estate", "Promotions", "竞品促销", tab=False),
    Link("competitor_offer", "estate_id", "estate", "Offers", "竞品套餐", tab=False),
    Link("precoverage_request", "estate_id", "estate", "Pre-coverage requests", "预覆盖申请"),
    Link("network_resource", "building_id", "building", "Network resources", "网络资源", tab=False),
    Link("building_point", "estate_id", "estate", "Planned buildings", "规划楼栋", tab=False),
    Link("address", "building_id", "building", "Addresses", "地址"),
    Link("intel_observation", "building_id", "building", "Observations", "情报记录"),
    Link("access_decision", "building_id", "building", "Decisions", "接入方式决策"),
    Link("access_design", "plan_id", "plan", "Designs", "接入设计"),
    Link("design_bom", "plan_id", "plan", "Bill of materials", "物料清单"),
    Link("access_decision", "design_id", "access_design", "Decisions", "接入方式决策"),
    Link("design_nodes", "design_id", "access_design", "Boxes and cabinets", "光交与分纤箱"),
    Link("design_routes", "design_id", "access_design", "Routes", "路由"),
    Link("design_drops", "design_id", "access_design", "Drops", "入户引入"),
    Link("design_aps", "design_id", "access_design", "Access points", "WLAN 接入点"),
    Link("design_bom", "design_id", "access_design", "Bill of materials", "物料清单"),
    Link("design_review", "design_id", "access_design", "Reviews", "设计审核"),
)

_OF_ESTATE = "\"estate_id\" = current_value('estate_id')"
#: Tables offered as a list of names: referenced table, or the referring field → layer key, field to show, which rows.
#: Where the referring table has no estate, rows of an estate are searched instead.
NAMES = {
    "grid_id": ("grid", "name", ""),
    "staff": ("staff", "login", ""),
    "property_party": ("property_party", "name", _OF_ESTATE),
    "plan": ("plan", "code", ""),
    "org_unit": ("org_unit", "name", ""),
    "agreement": ("agreement", "number", _OF_ESTATE),
}

#: Tables too large for a list of all names: they are searched, and picked on the map.
SEARCHED = ("building", "estate", "negotiation", "access_design")
