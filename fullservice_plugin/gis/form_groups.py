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
    "negotiation": ("stage_since",),
    "negotiation_event": ("*",),
    "building": ("discovery_source", "discovery_confidence", "discovery_run_id", "coverage_level", "gross_area_m2",
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
        G("Discovery", "发现", ("discovery_source", "discovery_confidence", "discovery_run_id", "position_method",
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
        G("Plan", "方案", ("code", "area_code", "scenario", "budget", "horizon_years", "currency")),
        G("Cost", "造价", ("cost", "lower_bound", "wired_cost", "wired_lower_bound", "trench_cost",
                         "trench_lower_bound", "wlan_cost")),
        G("Benefit", "收益", ("benefit", "benefit_upper_bound", "benefit_gap", "homes_passed", "unserved")),
        G("Run", "运行", ("algorithm_version", "seconds", "input_hash")),
    ),
    "area_package": (
        G("Package", "套餐", ("code", "name", "segment", "price_month", "down_mbps", "up_mbps", "contract_months")),
        G("Validity", "有效期与优先级", ("valid_from", "valid_to", "priority")),
        G("Place", "适用范围", ("org_unit_id", "estate_id")),
        G("Review", "审核", ("state", "note", "author", "approver", "approved_at")),
    ),
}

del G


@dataclass(frozen=True)
class Link:
    """A relation: rows of ``child`` whose ``field`` holds the ``parent`` row's ``parent_field``."""

    child: str
    field: str
    parent: str
    en: str
    zh: str
    parent_field: str = "id"

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

#: Tables offered as a list of names: referenced table → layer key, the field to show, and which rows.
NAMES = {
    "staff": ("staff", "login", ""),
    "property_party": ("property_party", "name", "\"estate_id\" = current_value('estate_id')"),
    "plan": ("plan", "code", ""),
    "org_unit": ("grid", "name", ""),
    "agreement": ("agreement", "number", "\"estate_id\" = current_value('estate_id')"),
}

#: Tables too large for a list of all names: they are searched, and picked on the map.
SEARCHED = ("building", "estate")
