# SPDX-License-Identifier: GPL-2.0-or-later
"""The state machines as data; the database, the forms and the documents read these tables.

Evidence names are explained in ``EVIDENCE``; the database looks each of them up in its own rows, whoever writes. Time
limits are defaults of ours and may be changed in the store.
"""

from __future__ import annotations

from typing import Optional

from fullservice_plugin.core.catalogue.model import Code, Machine, Transition

_MANAGER = ("customer_manager", "admin")
_TALKERS = ("customer_manager", "functional", "admin")
_APPROVERS = ("functional", "admin")
_FIELD = ("customer_manager", "network_support", "admin")
_LEAD = ("customer_manager", "planner", "admin")
_DESIGN = ("planner", "network_support", "admin")
_REVIEW = ("network_support", "functional", "admin")
_ALL = ("customer_manager", "network_support", "functional", "planner", "admin")

#: What each piece of evidence means: what a person has to do to supply it.
EVIDENCE: dict[str, Code] = {
    code.code: code
    for code in (
        Code("party", "登记有角色的物业相关方", "a responsible party with its role"),
        Code("contact", "登记可联系到的联系人", "a contact with a phone number or WeChat"),
        Code("visit", "登记有结果的拜访", "a logged visit or call with its result"),
        Code("survey", "上传勘查记录或照片", "an attached survey record or photo"),
        Code("proposal", "上传方案文件", "the attached proposal"),
        Code("round", "首次接触之后再登记一轮洽谈", "a logged round of talks after the first contact"),
        Code(
            "terms",
            "上传条款书，或登记含类型、费用和排他性的协议草稿",
            "the attached term sheet, or a draft agreement with type, fee model and exclusivity",
        ),
        Code(
            "compliance",
            "登记协议的费用模式和排他性",
            "an agreement with fee model and exclusivity, for the legal check",
        ),
        Code(
            "no_access_exclusivity",
            "协议不得约定排他接入",
            "an agreement without exclusive access, which the law forbids",
        ),
        Code("agreement", "登记协议编号、签订日期和起止日期", "an agreement with number, date of signature and period"),
        Code("agreement_document", "上传协议文件（含 SHA-256）", "the attached agreement with its SHA-256"),
        Code("works_window", "在协议中填写施工起止日期", "the works window in the agreement"),
        Code("permit", "上传进场许可", "the attached entry permit"),
        Code("filing", "上传报备文件，且洽谈类型为报备", "the attached filing, with the talk of kind filing"),
        Code("acceptance", "上传验收记录", "the attached acceptance record"),
        Code("reason", "选择原因", "a reason code"),
        Code("next_review", "填写下次复核日期", "the date of the next review"),
        Code("photo_or_letter", "上传照片或函件", "an attached photo or letter"),
        Code("case", "上传协调案件材料", "the attached case file"),
        Code("notice", "上传终止通知", "the attached notice"),
        Code("expiry", "协议到期日须已过", "an agreement whose period is over"),
        Code("successor", "为新业主另建洽谈", "a successor talk with the new owner"),
        Code("second_source", "有一次现场拜访或第二个独立来源", "a field visit or a second independent source"),
        Code("validated", "设计已通过校验并有造价", "a design with its cost and its decisions"),
        Code("other_reviewer", "由设计人以外的人审核", "a review by somebody other than the author"),
        Code("second_observation", "有第二条独立情报", "a second independent observation"),
        Code("new_evidence", "上传新的证据", "new evidence attached since"),
        Code(
            "signed_or_reason",
            "楼盘已签约，或填写未签约申请理由",
            "a signed agreement for the place, or the reason for building without one",
        ),
    )
}


def _chain(roles: tuple[str, ...], *steps: tuple[str, str, tuple[str, ...], bool, int]) -> tuple[Transition, ...]:
    """Shorthand: (source, target, evidence, needs_note, sla_days) for every step with the same roles."""
    return tuple(
        Transition(source, target, roles, evidence, note, days) for source, target, evidence, note, days in steps
    )


_LEAD_STATES = (
    Code("candidate", "待核实", "Candidate"),
    Code("located", "已定位", "Located"),
    Code("verified", "已核实", "Verified"),
    Code("qualified", "有效商机", "Qualified"),
    Code("in_progress", "推进中", "In progress"),
    Code("won", "已覆盖/签约", "Won"),
    Code("lost", "丢单", "Lost"),
    Code("parked", "搁置", "Parked"),
    Code("duplicate", "重复", "Duplicate"),
    Code("not_a_building", "误判", "Not a building"),
    Code("demolished", "拆除", "Demolished"),
)
_OPEN_LEADS = ("candidate", "located", "verified", "qualified", "in_progress")

_LEAD_STEPS = _chain(
    _ALL,
    ("", "candidate", (), False, 0),
) + _chain(
    _LEAD,
    ("candidate", "located", (), False, 0),
    ("candidate", "verified", ("second_source",), False, 0),
    ("located", "verified", ("second_source",), False, 0),
    ("verified", "qualified", (), False, 14),
    ("qualified", "in_progress", (), False, 0),
    ("in_progress", "won", (), False, 0),
    ("in_progress", "lost", (), True, 0),
    ("qualified", "parked", (), True, 0),
    ("in_progress", "parked", (), True, 0),
    ("parked", "qualified", (), False, 14),
    ("lost", "qualified", ("new_evidence",), True, 14),
    *((state, side, (), True, 0) for state in _OPEN_LEADS for side in ("duplicate", "not_a_building", "demolished")),
    *((state, "demolished", (), True, 0) for state in ("won", "lost", "parked")),
)

#: SM-2, the property talks. Codes in the order of the chain; the side states follow.
_TALK_STATES = (
    Code("not_started", "未启动", "Not started"),
    Code("party_identified", "权属已摸清", "Party identified"),
    Code("contacted", "已接触", "Contacted"),
    Code("surveyed", "已勘查", "Surveyed"),
    Code("proposal_sent", "方案已提交", "Proposal sent"),
    Code("negotiating", "洽谈中", "Negotiating"),
    Code("terms_agreed", "条款达成", "Terms agreed"),
    Code("in_approval", "内部审批", "In approval"),
    Code("signed", "已签约", "Signed"),
    Code("entry_permitted", "已准入", "Entry permitted"),
    Code("in_force", "履约中", "In force"),
    Code("renewing", "续签中", "Renewing"),
    Code("refused", "拒绝", "Refused"),
    Code("blocked", "受阻", "Blocked"),
    Code("escalated_external", "外部协调", "Escalated"),
    Code("terminated", "终止", "Terminated"),
    Code("expired", "到期", "Expired"),
    Code("closed", "关闭", "Closed"),
)
_EARLY = ("party_identified", "contacted", "surveyed", "proposal_sent", "negotiating", "terms_agreed", "in_approval")
_LIVE = ("signed", "entry_permitted", "in_force", "renewing")
_SIGN = ("agreement", "agreement_document", "no_access_exclusivity")

_TALK_STEPS = (
    _chain(
        _ALL,
        ("", "not_started", (), False, 14),
    )
    + _chain(
        _MANAGER,
        ("not_started", "party_identified", ("party", "contact"), False, 7),
        ("party_identified", "contacted", ("visit",), False, 14),
        ("proposal_sent", "negotiating", ("round",), False, 30),
        ("negotiating", "terms_agreed", ("terms",), False, 10),
        ("terms_agreed", "in_approval", ("compliance",), False, 10),
        ("negotiating", "proposal_sent", ("proposal",), False, 14),
        ("contacted", "proposal_sent", ("proposal",), True, 14),
        ("surveyed", "proposal_sent", ("proposal",), False, 14),
        ("terms_agreed", "negotiating", (), False, 30),
        ("in_force", "renewing", ("agreement",), False, 60),
        ("refused", "contacted", ("visit",), False, 14),
        ("refused", "negotiating", ("round",), False, 30),
        ("blocked", "contacted", ("visit",), False, 14),
        ("blocked", "negotiating", ("round",), False, 30),
        ("escalated_external", "negotiating", ("round",), True, 30),
    )
    + _chain(
        _FIELD,
        ("contacted", "surveyed", ("survey",), False, 14),
        ("signed", "entry_permitted", ("agreement", "agreement_document", "works_window", "permit"), False, 0),
        ("party_identified", "surveyed", ("filing", "survey"), False, 14),
        ("surveyed", "entry_permitted", ("filing", "agreement", "works_window"), False, 0),
        ("entry_permitted", "in_force", ("acceptance",), False, 0),
    )
    + _chain(
        _APPROVERS,
        ("in_approval", "signed", _SIGN, False, 15),
        ("in_approval", "negotiating", (), True, 30),
        ("escalated_external", "signed", _SIGN, True, 15),
        ("renewing", "signed", _SIGN, False, 15),
    )
    + _chain(
        _TALKERS,
        ("negotiating", "signed", _SIGN, True, 15),
        *((state, "refused", ("reason", "next_review"), True, 90) for state in _EARLY),
        *((state, "blocked", ("reason", "photo_or_letter"), True, 15) for state in _EARLY),
        ("refused", "escalated_external", ("case",), True, 30),
        ("blocked", "escalated_external", ("case",), True, 30),
        ("escalated_external", "refused", ("reason", "next_review"), True, 90),
        ("refused", "closed", ("reason", "successor"), True, 0),
        ("blocked", "closed", ("reason", "successor"), True, 0),
        *((state, "terminated", ("notice",), True, 0) for state in _LIVE),
        ("renewing", "expired", ("expiry",), False, 0),
    )
)

_DESIGN_STEPS = (
    _chain(
        _DESIGN,
        ("", "draft", (), False, 0),
        ("draft", "submitted", ("validated",), False, 5),
        ("returned", "submitted", ("validated",), False, 5),
    )
    + _chain(
        _REVIEW,
        ("submitted", "in_review", ("other_reviewer",), False, 5),
        ("in_review", "approved", ("other_reviewer",), False, 0),
        ("in_review", "returned", ("other_reviewer",), True, 10),
        ("in_review", "rejected", ("other_reviewer",), True, 0),
    )
    + _chain(
        _DESIGN,
        *((state, "superseded", (), False, 0) for state in ("draft", "returned", "rejected", "approved")),
    )
)

#: The request part of SM-4; the steps of construction come with that stage.
_REQUEST_STEPS = (
    _chain(
        _ALL,
        ("", "requested", (), False, 5),
        *((state, "cancelled", (), True, 0) for state in ("requested", "feasibility", "on_hold")),
    )
    + _chain(
        _REVIEW,
        ("requested", "feasibility", ("signed_or_reason",), False, 10),
        ("feasibility", "approved", ("signed_or_reason",), False, 0),
        ("requested", "on_hold", (), True, 30),
        ("feasibility", "on_hold", (), True, 30),
        ("on_hold", "feasibility", ("signed_or_reason",), False, 10),
    )
)

#: Packages drawn in the battle map; those that come by import are in force already where they come from.
_PACKAGE_STEPS = _chain(
    ("functional", "planner", "admin"),
    ("", "draft", (), False, 0),
    ("draft", "submitted", (), False, 5),
    ("returned", "submitted", (), False, 5),
    ("submitted", "approved", ("other_reviewer",), False, 0),
    ("submitted", "returned", ("other_reviewer",), True, 10),
    ("approved", "withdrawn", (), True, 0),
)

_TASK_STEPS = _chain(
    _ALL,
    ("", "open", (), False, 0),
    ("open", "accepted", (), False, 0),
    ("accepted", "doing", (), False, 0),
    ("doing", "done", (), False, 0),
    ("done", "verified", (), False, 0),
    ("done", "doing", (), True, 0),
    *((state, "cancelled", (), True, 0) for state in ("open", "accepted", "doing")),
)

_INTEL_STEPS = _chain(
    _ALL,
    ("", "captured", (), False, 0),
    ("captured", "verified", ("second_observation",), False, 0),
    ("captured", "stale", (), False, 0),
    ("verified", "stale", (), False, 0),
    ("stale", "verified", ("second_observation",), False, 0),
) + _chain(
    ("customer_manager", "functional", "admin"),
    *((state, "retired", (), False, 0) for state in ("captured", "verified", "stale")),
)

#: All machines by their code.
MACHINES: dict[str, Machine] = {
    machine.code: machine
    for machine in (
        Machine("SM-1", "Lead", "商机", ("estate", "building"), "lead_state", _LEAD_STATES, _LEAD_STEPS),
        Machine("SM-2", "Property negotiation", "物业洽谈", ("negotiation",), "stage", _TALK_STATES, _TALK_STEPS),
        Machine(
            "SM-3",
            "Access design",
            "接入设计",
            ("access_design",),
            "state",
            (
                Code("draft", "草稿", "Draft"),
                Code("submitted", "待审", "Submitted"),
                Code("in_review", "审核中", "In review"),
                Code("approved", "已通过", "Approved"),
                Code("returned", "退回", "Returned"),
                Code("rejected", "否决", "Rejected"),
                Code("superseded", "已替代", "Superseded"),
            ),
            _DESIGN_STEPS,
        ),
        Machine(
            "SM-4",
            "Pre-coverage",
            "预覆盖",
            ("precoverage_request",),
            "state",
            (
                Code("requested", "已申请", "Requested"),
                Code("feasibility", "可行性", "Feasibility"),
                Code("approved", "已立项", "Approved"),
                Code("on_hold", "暂停", "On hold"),
                Code("cancelled", "已取消", "Cancelled"),
            ),
            _REQUEST_STEPS,
        ),
        Machine(
            "SM-13",
            "Area package",
            "区域套餐",
            ("area_package",),
            "state",
            (
                Code("draft", "草稿", "Draft"),
                Code("submitted", "待审", "Submitted"),
                Code("approved", "已通过", "Approved"),
                Code("returned", "退回", "Returned"),
                Code("withdrawn", "已停用", "Withdrawn"),
            ),
            _PACKAGE_STEPS,
        ),
        Machine(
            "SM-9",
            "Task",
            "任务",
            ("task",),
            "state",
            (
                Code("open", "待接受", "Open"),
                Code("accepted", "已接受", "Accepted"),
                Code("doing", "进行中", "Doing"),
                Code("done", "已完成", "Done"),
                Code("verified", "已核验", "Verified"),
                Code("cancelled", "已取消", "Cancelled"),
            ),
            _TASK_STEPS,
        ),
        Machine(
            "SM-10",
            "Competitor observation",
            "竞争情报",
            ("intel_observation",),
            "state",
            (
                Code("captured", "已采集", "Captured"),
                Code("verified", "已核实", "Verified"),
                Code("stale", "已过期", "Stale"),
                Code("retired", "已停用", "Retired"),
            ),
            _INTEL_STEPS,
        ),
    )
}


def machine(code: str) -> Machine:
    """Return the machine ``code`` ("SM-2"); KeyError when there is none."""
    return MACHINES[code]


def machine_of(table: str) -> Optional[Machine]:
    """Return the machine that rules a table, None without one."""
    return next((found for found in MACHINES.values() if table in found.tables), None)


def state_label(code: str, state: str, language: str) -> str:
    """Label of ``state`` of the machine ``code`` in ``language`` ("zh" or "en"); the raw code when unknown."""
    for entry in MACHINES[code].states:
        if entry.code == state:
            return entry.zh if language == "zh" else entry.en
    return state
