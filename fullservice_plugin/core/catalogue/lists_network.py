# SPDX-License-Identifier: GPL-2.0-or-later
"""Value lists of competition, packages, resources and access design."""

from __future__ import annotations

from fullservice_plugin.core.catalogue.model import Code


def _codes(*rows: tuple[str, str, str]) -> tuple[Code, ...]:
    """(code, Chinese, English) rows as codes."""
    return tuple(Code(*row) for row in rows)


_UNKNOWN = ("unknown", "未知", "Unknown")
_OTHER = ("other", "其他", "Other")

LISTS: dict[str, tuple[Code, ...]] = {
    "land_kind": _codes(
        ("water", "水系", "Water"),
        ("green", "绿地", "Green"),
        ("rail", "铁路", "Railway"),
        ("estate", "小区", "Estate"),
        ("block", "街区", "Block"),
    ),
    "promotion_kind": _codes(
        ("stall", "摊点", "Stall"),
        ("flyer", "传单", "Flyer"),
        ("gift", "赠礼", "Gift"),
        ("price_cut", "降价", "Price cut"),
        ("door2door", "上门", "Door to door"),
        ("other", "其他", "Other"),
    ),
    "site_kind": _codes(
        ("base_station", "基站", "Base station"),
        ("service_hall", "服务厅", "Service hall"),
        ("partner", "社会渠道", "Partner"),
        ("equipment_room", "机房", "Equipment room"),
        ("poi", "兴趣点", "Point of interest"),
    ),
    "resource_kind": _codes(
        ("olt", "OLT", "OLT"),
        ("fdt", "光交箱", "Distribution cabinet"),
        ("fat", "分纤箱", "Access box"),
        ("duct", "管道", "Duct"),
        ("pole", "电杆", "Pole"),
    ),
    "resource_status": _codes(
        ("planned", "规划", "Planned"),
        ("in_service", "在用", "In service"),
        ("reserved", "预占", "Reserved"),
        ("out_of_service", "停用", "Out of service"),
        _UNKNOWN,
    ),
    "construction": _codes(
        ("trench", "开挖", "Trench"),
        ("aerial", "架空", "Aerial"),
        ("wall", "沿墙", "On the wall"),
        ("duct", "管道", "Duct"),
    ),
    "intel_subject": _codes(("building", "楼栋", "Building"), ("estate", "楼盘", "Estate"), ("grid", "网格", "Grid")),
    "intel_field": _codes(
        ("presence", "覆盖", "Presence"),
        ("technology", "技术", "Technology"),
        ("subs", "用户数", "Subscribers"),
        ("ports", "端口数", "Ports"),
        ("tariff", "资费", "Tariff"),
        ("promotion", "促销", "Promotion"),
        ("exclusivity", "排他", "Exclusivity"),
        ("speed", "速率", "Speed"),
        ("contract_end", "合约到期", "Contracts ending"),
    ),
    "observed_unit": _codes(
        ("lines", "户", "lines"),
        ("ports", "端口", "ports"),
        ("Mbit/s", "Mbit/s", "Mbit/s"),
        ("/month", "/月", "per month"),
        ("%", "%", "%"),
    ),
    # what the catalogue of prices and rules counts in
    "figure_unit": _codes(
        ("piece", "个", "piece"),
        ("m", "米", "m"),
        ("km", "千米", "km"),
        ("home", "户", "home"),
        ("user", "用户", "user"),
        ("users", "个用户", "users"),
        ("floor", "层", "floor"),
        ("port", "端口", "port"),
        ("ports", "个端口", "ports"),
        ("splice", "芯", "splice"),
        ("ducts", "孔", "ducts"),
        ("networks", "个网络", "networks"),
        ("m and year", "米·年", "m and year"),
        ("per line and month", "每户每月", "per line and month"),
        ("years", "年", "years"),
        ("share", "比例 (0–1)", "share (0–1)"),
        ("share of the take rate at the end of year 1, 2, 3", "第 1、2、3 年末的渗透率比例 (0–1)",
         "share of the take rate at the end of year 1, 2, 3 (0–1)"),
        ("factor", "倍数", "factor"),
        ("dB", "dB", "dB"),
        ("dBm", "dBm", "dBm"),
        ("MHz", "MHz", "MHz"),
        ("GHz", "GHz", "GHz"),
        ("yes or no", "是或否", "yes or no"),
    ),
    "source_class": _codes(
        ("official", "官方备案", "Official filing"),
        ("win_loss", "输赢单记录", "Win/loss record"),
        ("site_photo", "现场照片", "Site photo"),
        ("manager", "物业", "Property manager"),
        ("resident", "住户", "Resident"),
        ("web_ad", "网络广告", "Web advert"),
        ("hearsay", "传闻", "Hearsay"),
    ),
    "technology": _codes(
        ("ftth", "光纤到户", "FTTH"),
        ("fttb_lan", "光纤到楼+LAN", "FTTB + LAN"),
        ("fttr", "全屋光纤", "FTTR"),
        ("hfc_eoc", "同轴/EoC", "HFC/EoC"),
        ("xdsl", "铜线", "xDSL"),
        ("wlan", "无线局域网", "WLAN"),
        ("fwa", "固定无线", "Fixed wireless"),
        ("leased", "专线", "Leased line"),
        _OTHER,
        _UNKNOWN,
    ),
    "presence_status": _codes(
        ("planned", "规划", "Planned"),
        ("building", "在建", "Building"),
        ("in_service", "在用", "In service"),
        ("withdrawn", "已退出", "Withdrawn"),
        _UNKNOWN,
    ),
    "rival_exclusivity": _codes(
        ("none", "无", "None"), ("de_facto", "事实排他", "De facto"), ("contract", "合同排他", "Contract"), _UNKNOWN
    ),
    "package_segment": _codes(("home", "家庭", "Home"), ("business", "政企", "Business")),
    "access_method": _codes(
        ("ftth", "光纤到户", "FTTH"),
        ("fttb", "光纤到楼", "FTTB"),
        ("wlan", "WLAN", "WLAN"),
        ("hybrid", "光纤到楼+WLAN", "FTTB + WLAN"),
        ("leased", "专线", "Leased line"),
        ("none", "不覆盖", "None"),
    ),
    "access_constraint": _codes(
        ("none", "无", "None"),
        ("refused", "被拒绝", "Refused"),
        ("spared", "暂不覆盖", "Spared"),
        ("exclusive", "竞争对手排他", "A rival's exclusivity"),
        ("no_riser", "无弱电井", "No riser"),
        ("no_power", "无法取电", "No power"),
        ("budget", "预算不足", "Budget"),
        ("unprofitable", "收益不足", "Does not pay"),
        ("unreachable", "无法到达", "Not reachable"),
        ("locked", "已锁定", "Locked"),
        ("no_demand", "无住户与企业", "No homes or businesses"),
        ("unknown_households", "户数未知", "Households unknown"),
    ),
    "element_kind": _codes(
        ("olt", "OLT", "OLT"),
        ("fdt", "光交箱", "Distribution cabinet"),
        ("fat", "分纤箱", "Access box"),
        ("route", "路由", "Route"),
        ("drop", "入户线", "Drop"),
        ("ap", "AP", "Access point"),
        ("switch", "交换机", "Switch"),
        ("coverage", "覆盖", "Coverage"),
    ),
    "route_kind": _codes(("feeder", "主干", "Feeder"), ("distribution", "配线", "Distribution")),
    "wlan_band": _codes(("2.4", "2.4 GHz", "2.4 GHz"), ("5", "5 GHz", "5 GHz"), ("6", "6 GHz", "6 GHz")),
    "design_domain": _codes(("wired", "有线", "Wired"), ("wlan", "WLAN", "WLAN")),
    "review_decision": _codes(
        ("approve", "通过", "Approve"), ("return", "退回", "Return"), ("reject", "否决", "Reject")
    ),
    # The classes of OpenStreetMap's key highway; what a source calls its streets otherwise stands as it is.
    "street_class": _codes(
        ("motorway", "高速公路", "Motorway"),
        ("motorway_link", "高速公路匝道", "Motorway ramp"),
        ("trunk", "快速路", "Trunk road"),
        ("trunk_link", "快速路匝道", "Trunk road ramp"),
        ("primary", "主干路", "Primary road"),
        ("primary_link", "主干路匝道", "Primary road ramp"),
        ("secondary", "次干路", "Secondary road"),
        ("secondary_link", "次干路匝道", "Secondary road ramp"),
        ("tertiary", "支路", "Tertiary road"),
        ("tertiary_link", "支路匝道", "Tertiary road ramp"),
        ("unclassified", "一般道路", "Minor road"),
        ("residential", "居住区道路", "Residential street"),
        ("living_street", "生活街区", "Living street"),
        ("pedestrian", "步行街", "Pedestrian street"),
        ("service", "内部道路", "Service road"),
        ("busway", "公交专用路", "Busway"),
        ("bus_guideway", "导轨公交道", "Guided busway"),
        ("track", "机耕路", "Track"),
        ("footway", "人行道", "Footway"),
        ("cycleway", "自行车道", "Cycleway"),
        ("bridleway", "马道", "Bridleway"),
        ("path", "小径", "Path"),
        ("trail", "步道", "Trail"),
        ("steps", "台阶", "Steps"),
        ("crossing", "人行横道", "Crossing"),
        ("corridor", "室内通道", "Corridor"),
        ("elevator", "电梯", "Lift"),
        ("platform", "站台", "Platform"),
        ("raceway", "赛道", "Racetrack"),
        ("road", "等级未知", "Class unknown"),
        ("construction", "在建道路", "Road under construction"),
        ("proposed", "规划道路", "Proposed road"),
        ("abandoned", "废弃道路", "Abandoned road"),
        ("razed", "已平整道路", "Razed road"),
        ("demolished", "已拆除道路", "Demolished road"),
        ("via_ferrata", "铁索攀道", "Via ferrata"),
    ),
}
#: Fields of observations whose value is a code → the list of it.
OBSERVED = {"presence": "presence_status", "technology": "technology", "exclusivity": "rival_exclusivity",
            "promotion": "promotion_kind"}  # fmt: skip
#: What an observation can say in a word: the codes of all these lists; each means one thing.
LISTS["observed_value"] = tuple(dict.fromkeys(code for name in OBSERVED.values() for code in LISTS[name]))
