# SPDX-License-Identifier: GPL-2.0-or-later
"""Value lists of territory, buildings, discovery, negotiation and people."""

from __future__ import annotations

from fullservice_plugin.core.catalogue.model import Code


def _codes(*rows: tuple[str, str, str]) -> tuple[Code, ...]:
    """(code, Chinese, English) rows as codes."""
    return tuple(Code(*row) for row in rows)


_UNKNOWN = ("unknown", "未知", "Unknown")
_OTHER = ("other", "其他", "Other")

LISTS: dict[str, tuple[Code, ...]] = {
    "org_level": _codes(
        ("branch", "分公司", "Branch"), ("micro_region", "微区域", "Micro-region"), ("grid", "网格", "Grid")
    ),
    "role": _codes(
        ("customer_manager", "客户经理", "Customer manager"),
        ("network_support", "网络支撑", "Network support"),
        ("functional", "职能人员", "Functional staff"),
        ("planner", "规划员", "Planner"),
        ("admin", "管理员", "Administrator"),
        ("read_only", "只读", "Read only"),
    ),
    "assignment_kind": _codes(("owner", "责任人", "Owner"), ("member", "成员", "Member"), ("deputy", "代理", "Deputy")),
    "origin": _codes(
        ("desktop", "桌面", "Desktop"),
        ("tablet", "平板", "Tablet"),
        ("boss", "BOSS", "BOSS"),
        ("order_center", "订单中心", "Order centre"),
        ("pboss", "PBOSS", "PBOSS"),
        ("import", "导入", "Import"),
        ("algorithm", "算法", "Algorithm"),
        ("sample", "样例", "Sample"),
    ),
    "estate_type": _codes(
        ("residential", "住宅", "Residential"),
        ("office", "写字楼", "Office"),
        ("mixed", "商住", "Mixed use"),
        ("park", "园区", "Business park"),
        ("school", "学校", "School"),
        ("hospital", "医院", "Hospital"),
        ("hotel", "酒店", "Hotel"),
        ("market", "专业市场", "Market"),
        ("village", "城中村", "Urban village"),
        ("dorm", "宿舍", "Dormitory"),
        _OTHER,
        _UNKNOWN,
    ),
    "value_class": _codes(("red", "红", "Red"), ("blue", "蓝", "Blue"), ("white", "白", "White"), _UNKNOWN),
    "estate_method": _codes(
        ("area", "小区面", "Area"),
        ("name", "名称", "Name"),
        ("block", "街区", "Block"),
        ("cluster", "聚类", "Cluster"),
        ("manual", "人工", "By hand"),
        ("import", "导入", "Import"),
        _OTHER,
    ),
    "building_use": _codes(
        ("residential", "住宅", "Residential"),
        ("apartments", "公寓", "Apartments"),
        ("house", "独栋", "House"),
        ("office", "办公", "Office"),
        ("commercial", "商业", "Commercial"),
        ("retail", "零售", "Retail"),
        ("mixed", "商住", "Mixed use"),
        ("industrial", "工业", "Industrial"),
        ("school", "学校", "School"),
        ("hospital", "医院", "Hospital"),
        ("hotel", "酒店", "Hotel"),
        ("public", "公共", "Public"),
        ("religious", "宗教", "Religious"),
        ("garage", "车库", "Garage"),
        ("dorm", "宿舍", "Dormitory"),
        ("village", "城中村", "Urban village"),
        ("construction", "在建", "Under construction"),
        _OTHER,
        _UNKNOWN,
    ),
    "households_method": _codes(
        ("ledger", "台账", "Ledger"),
        ("storeys", "层数×面积", "Storeys × area"),
        ("height", "高度×面积", "Height × area"),
        ("area", "面积", "Area"),
        ("house", "独栋", "House"),
        ("use", "按用途", "By use"),
        ("given", "已知", "Given"),
        ("default", "默认", "Default"),
        _UNKNOWN,
    ),
    "height_source": _codes(
        ("survey", "勘测", "Survey"), ("source", "来源数据", "Source data"), ("estimate", "估算", "Estimate"), _UNKNOWN
    ),
    "availability": _codes(("yes", "有", "Yes"), ("no", "无", "No"), ("shared", "共用", "Shared"), _UNKNOWN),
    "position_method": _codes(
        ("survey", "测量", "Survey"),
        ("gps", "GPS", "GPS"),
        ("footprint", "轮廓", "Footprint"),
        ("inside", "落入轮廓", "Inside a footprint"),
        ("nearest", "最近楼栋", "Nearest building"),
        ("address", "地址", "Address"),
        ("name", "名称", "Name"),
        ("geocode", "地理编码", "Geocoded"),
        ("grid", "网格", "Grid"),
        ("unplaced", "未定位", "Not placed"),
        _OTHER,
    ),
    "coverage_level": _codes(
        ("0", "未覆盖", "None"),
        ("1", "已通达", "Passed"),
        ("2", "已进楼", "Entered"),
        ("3", "可放装", "Ready"),
        ("4", "已有用户", "Connected"),
    ),
    "datum": _codes(
        ("wgs84", "WGS-84", "WGS 84"),
        ("gcj02", "GCJ-02", "GCJ-02"),
        ("bd09", "BD-09", "BD-09"),
        ("detect", "自动判断", "Detect"),
    ),
    "source_kind": _codes(
        ("building", "楼栋", "Building"), ("address", "地址", "Address"), ("poi", "兴趣点", "Point of interest")
    ),
    "relation": _codes(
        ("1:1", "一对一", "One to one"),
        ("1:n", "一对多", "One to many"),
        ("n:1", "多对一", "Many to one"),
        ("m:n", "多对多", "Many to many"),
    ),
    "change_state": _codes(
        ("same", "不变", "Same"),
        ("moved", "移动", "Moved"),
        ("reshaped", "变形", "Reshaped"),
        ("split", "拆分", "Split"),
        ("merged", "合并", "Merged"),
        ("new", "新增", "New"),
        ("gone", "消失", "Gone"),
        ("review", "待复核", "To review"),
    ),
    "match_band": _codes(
        ("match", "匹配", "Match"), ("review", "待复核", "Review"), ("unplaced", "未定位", "Not placed")
    ),
    "party_role": _codes(
        ("property_mgmt", "物业公司", "Property manager"),
        ("committee", "业委会", "Owners' committee"),
        ("developer", "开发商", "Developer"),
        ("owner", "业主", "Owner"),
        ("street_office", "街道/居委", "Street office"),
        ("village_committee", "村委会", "Village committee"),
        ("landlord", "房东", "Landlord"),
        _OTHER,
    ),
    "authority": _codes(
        ("none", "无", "None"), ("propose", "建议", "May propose"), ("sign", "签约", "May sign"), _UNKNOWN
    ),
    "negotiation_kind": _codes(
        ("new_entry", "新进场", "New entry"),
        ("renewal", "续签", "Renewal"),
        ("expansion", "扩容", "Expansion"),
        ("filing", "报备", "Filing"),
    ),
    "obstacle": _codes(
        ("fee", "费用", "Fee"),
        ("exclusive", "排他", "Exclusivity"),
        ("renovation", "装修保护", "Renovation"),
        ("aesthetics", "美观", "Looks"),
        ("residents", "业主反对", "Residents object"),
        ("no_authority", "无权", "No authority"),
        ("no_reply", "无人应答", "No reply"),
        ("power", "取电", "Power"),
        ("fire", "消防", "Fire safety"),
        _OTHER,
        _UNKNOWN,
    ),
    "negotiation_reason": _codes(
        ("fee", "费用", "Fee"),
        ("exclusive", "排他", "Exclusivity"),
        ("residents", "业主反对", "Residents object"),
        ("no_authority", "无权", "No authority"),
        ("no_reply", "无人应答", "No reply"),
        ("obstruction", "阻挠", "Obstruction"),
        ("owner_changed", "更换物业/业主", "Owner changed"),
        ("no_interest", "无意向", "No interest"),
        _OTHER,
        _UNKNOWN,
    ),
    "visit_channel": _codes(
        ("visit", "上门", "Visit"),
        ("phone", "电话", "Phone"),
        ("wechat", "微信", "WeChat"),
        ("letter", "函件", "Letter"),
        ("meeting", "会议", "Meeting"),
    ),
    "agreement_type": _codes(
        ("entry", "进场", "Entry"),
        ("coop", "合作", "Cooperation"),
        ("indoor_coverage", "室分", "Indoor coverage"),
        ("marketing", "营销", "Marketing"),
        ("bulk", "整体包月", "Bulk"),
        ("wayleave", "路权", "Wayleave"),
        ("lease", "场地", "Lease"),
        ("filing", "报备", "Filing"),
    ),
    "agreement_status": _codes(
        ("draft", "草稿", "Draft"),
        ("approved", "已审批", "Approved"),
        ("active", "生效", "Active"),
        ("expired", "到期", "Expired"),
        ("terminated", "终止", "Terminated"),
    ),
    "exclusivity": _codes(
        ("none", "无", "None"),
        ("marketing", "营销排他", "Marketing"),
        ("wiring", "布线排他", "Wiring"),
        ("access", "接入排他", "Access"),
    ),
    "fee_model": _codes(
        ("none", "无", "None"),
        ("one_off", "一次性", "One-off"),
        ("per_year", "按年", "Per year"),
        ("per_unit", "按户", "Per unit"),
    ),
    "fee_period": _codes(
        ("once", "一次", "Once"), ("month", "月", "Month"), ("quarter", "季", "Quarter"), ("year", "年", "Year")
    ),
    "share_kind": _codes(
        ("flat", "固定", "Flat"), ("graduated", "阶梯", "Graduated"), ("exclusive", "排他", "Exclusive")
    ),
    "power_model": _codes(("metered", "按表", "Metered"), ("flat", "包月", "Flat"), ("free", "免费", "Free")),
    "attachment_kind": _codes(
        ("survey", "勘查记录", "Survey"),
        ("photo", "照片", "Photo"),
        ("proposal", "方案", "Proposal"),
        ("term_sheet", "条款书", "Term sheet"),
        ("agreement", "协议", "Agreement"),
        ("permit", "进场许可", "Entry permit"),
        ("filing", "报备文件", "Filing"),
        ("acceptance", "验收记录", "Acceptance"),
        ("letter", "函件", "Letter"),
        ("case", "协调案件", "Case file"),
        ("notice", "通知", "Notice"),
        _OTHER,
    ),
    "subject_kind": _codes(
        ("negotiation", "洽谈", "Negotiation"),
        ("agreement", "协议", "Agreement"),
        ("estate", "楼盘", "Estate"),
        ("building", "楼栋", "Building"),
        ("visit", "拜访", "Visit"),
        ("design", "设计", "Design"),
        ("plan", "规划", "Plan"),
        ("task", "任务", "Task"),
        ("observation", "情报", "Observation"),
    ),
    "task_kind": _codes(
        ("visit", "拜访", "Visit"),
        ("survey", "勘查", "Survey"),
        ("negotiate", "洽谈", "Negotiate"),
        ("verify", "核实", "Verify"),
        ("review", "审核", "Review"),
        ("renew", "续签", "Renew"),
        ("evidence", "补证据", "Supply evidence"),
        _OTHER,
    ),
    "lineage_relation": _codes(
        ("split", "拆分", "Split"), ("merged", "合并", "Merged"), ("replaced", "重建", "Rebuilt")
    ),
    "term_clause": _codes(
        ("site", "场地与用途", "Site and use"),
        ("fee", "费用", "Fee"),
        ("power", "用电", "Electricity"),
        ("payment", "付款", "Payment"),
        ("access", "进出管理", "Access"),
        ("objection", "业主异议", "Objection by residents"),
        ("maintenance", "维护责任", "Maintenance"),
        ("extension", "自动续期", "Extension"),
        _OTHER,
    ),
    "indicator_level": _codes(
        ("branch", "分公司", "Branch"),
        ("micro_region", "微区域", "Micro-region"),
        ("grid", "网格", "Grid"),
        ("estate", "楼盘", "Estate"),
    ),
    "indicator": _codes(
        ("estates", "楼盘数", "Estates"),
        ("buildings", "楼栋数", "Buildings"),
        ("households", "户数", "Households"),
        ("coverage", "覆盖率", "Coverage"),
        ("passed", "通达率", "Homes passed"),
        ("signed", "签约率", "Signed buildings"),
        ("blocked", "受阻楼栋", "Blocked buildings"),
        ("talks", "洽谈数", "Talks"),
    ),
    "reminder_level": _codes(
        ("owner", "责任人", "Owner"),
        ("team_lead", "团队长", "Team lead"),
        ("market", "市场部", "Market department"),
        ("external", "外部协调", "External"),
        ("expiry", "到期", "Expiry"),
        ("review", "复核", "Review"),
    ),
}
