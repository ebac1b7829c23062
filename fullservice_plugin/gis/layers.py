# SPDX-License-Identifier: GPL-2.0-or-later
"""The layers of the battle map: what each shows, from which table, at which scales.

Labels, units and value lists come from the field catalogue. A layer is known by the custom property
``fullservice/key``; its name is for people and may be changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from qgis.core import QgsDataSourceUri, QgsProject, QgsVectorLayer, QgsWkbTypes

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.gis.connections import connection_uri

KEY_PROPERTY = "fullservice/key"
STORE_PROPERTY = "fullservice/store"
LANGUAGE_VARIABLE = "fullservice_language"
STORE_VARIABLE = "fullservice_store"

#: Scale denominators between the levels of the hierarchy (our default).
BRANCH, MICRO, GRID, ESTATE = 200_000, 50_000, 10_000, 2_500

_SHAPES = {
    "point": QgsWkbTypes.Type.Point,
    "line": QgsWkbTypes.Type.MultiLineString,
    "polygon": QgsWkbTypes.Type.MultiPolygon,
    "none": QgsWkbTypes.Type.NoGeometry,
}


@dataclass(frozen=True)
class LayerDefinition:
    """One layer.

    ``table`` is a table of the catalogue or, with ``schema`` fs_app, a view; ``fields_of`` names the
    table that labels a view's columns. ``shape`` is point, line, polygon or none. The layer shows
    between the scale denominators ``smallest`` (far, 0 = no limit) and ``largest`` (near).
    """

    key: str
    en: str
    zh: str
    group: str
    table: str
    shape: str = "none"
    geometry: str = "geom"
    schema: str = "fullservice"
    where: str = ""
    smallest: int = 0
    largest: int = 0
    fields_of: str = ""
    read_only: bool = False

    def title(self, language: str) -> str:
        """Return the layer's name in ``language``."""
        return self.zh if language == "zh" else self.en

    @property
    def table_of_labels(self) -> str:
        """Name of the catalogue table that labels the fields."""
        return self.fields_of or self.table

    @property
    def subset(self) -> str:
        """Constant SQL filter: deleted rows are never shown."""
        alive = "" if self.schema == "fs_app" else "NOT is_deleted"
        return " AND ".join(part for part in (alive, self.where) if part)


#: Groups in drawing order, top first: key, English, Chinese.
GROUPS: tuple[tuple[str, str, str], ...] = (
    ("coverage", "Network coverage", "网络覆盖"),
    ("design", "Access design", "接入设计"),
    ("competition", "Competitor intelligence", "竞争情报"),
    ("negotiation", "Property negotiation", "物业洽谈"),
    ("sites", "Sites and resources", "站点与资源"),
    ("buildings", "Buildings", "楼栋"),
    ("estates", "Estates", "楼盘"),
    ("territory", "Territory", "组织区域"),
    ("basemap", "Base map", "底图"),
)

L = LayerDefinition

#: Every layer in drawing order within its group, top first.
LAYERS: tuple[LayerDefinition, ...] = (
    L("coverage", "Coverage (outline)", "覆盖级别（轮廓）", "coverage", "building", "polygon", smallest=GRID,
      read_only=True),
    L("area_coverage", "Covered households per area", "区域覆盖率", "coverage", "map_level", "polygon",
      schema="fs_app", largest=GRID, read_only=True),
    L("design_aps", "Access points", "WLAN 接入点", "design", "design_element", "point",
      where="kind IN ('ap','switch')", smallest=ESTATE * 2),
    L("design_nodes", "OLTs, cabinets and boxes", "OLT、光交与分纤箱", "design", "design_element", "point",
      where="kind IN ('olt','fdt','fat')", smallest=MICRO),
    L("design_state", "Designs per estate", "楼盘设计状态", "design", "map_design_state", "polygon", schema="fs_app",
      fields_of="access_design", smallest=MICRO, read_only=True),
    L("design_drops", "Drops", "入户引入", "design", "design_element", "line", where="kind = 'drop'", smallest=GRID),
    L("design_routes", "Cable routes", "光缆路由", "design", "design_element", "line", where="kind = 'route'",
      smallest=MICRO),
    L("decision_map", "Access method per building", "楼栋接入方式", "design", "map_decision", "polygon",
      schema="fs_app", fields_of="access_decision", smallest=GRID, read_only=True),
    L("plan", "Plans", "规划方案", "design", "plan"),
    L("access_design", "Designs", "接入设计版本", "design", "access_design"),
    L("access_decision", "Decisions", "接入方式决策", "design", "access_decision"),
    L("design_bom", "Bill of materials", "物料清单", "design", "design_bom", read_only=True),
    L("design_review", "Reviews", "设计审核", "design", "design_review"),
    L("wlan_calibration", "WLAN corrections", "无线校正", "design", "wlan_calibration"),
    L("price_item", "Prices and rules", "单价与规则", "design", "price_item"),
    L("rival_shares", "Shares per estate", "楼盘份额", "competition", "map_rival_estate", "point", geometry="pole",
      schema="fs_app", smallest=GRID * 2, read_only=True),
    L("competition_map", "Rivals per building", "楼栋竞争态势", "competition", "map_competition", "polygon",
      schema="fs_app", fields_of="intel_observation", smallest=GRID, read_only=True),
    L("area_package", "Area packages", "区域套餐", "competition", "area_package", "polygon", smallest=MICRO),
    L("package_map", "Packages of estates and territories", "楼盘与区域的套餐", "competition", "package_status",
      "polygon", schema="fs_app", where="placed IN ('estate','territory')", fields_of="area_package", smallest=MICRO,
      read_only=True),
    L("rival_state", "What is known of rivals per estate", "楼盘情报时效", "competition", "map_rival_estate", "polygon",
      schema="fs_app", smallest=GRID * 5 // 2, read_only=True),
    L("rival_threat", "Threat per grid", "网格竞争威胁", "competition", "map_rival_grid", "polygon", schema="fs_app",
      smallest=BRANCH * 2, read_only=True),
    L("competitor_promotion", "Rival promotions", "竞品促销", "competition", "competitor_promotion", "point",
      smallest=GRID),
    L("competitor_operator", "Operators", "运营商", "competition", "competitor_operator"),
    L("competitor_offer", "Rival offers", "竞品套餐", "competition", "competitor_offer"),
    L("intel_observation", "Observations", "情报记录", "competition", "intel_observation"),
    L("visit_log", "Visits", "拜访记录", "negotiation", "visit_log", "point", smallest=GRID),
    L("own_building", "My buildings", "我的楼栋", "negotiation", "map_own", "polygon", schema="fs_app",
      fields_of="building", smallest=MICRO, read_only=True),
    L("negotiation_map", "Negotiation per building", "楼栋洽谈阶段", "negotiation", "map_negotiation", "polygon",
      schema="fs_app", fields_of="negotiation", smallest=GRID, read_only=True),
    L("area_signed", "Signed buildings per area", "区域签约率", "negotiation", "map_level", "polygon",
      schema="fs_app", largest=GRID, read_only=True),
    L("negotiation", "Negotiations", "物业洽谈", "negotiation", "negotiation"),
    L("negotiation_event", "Stage history", "洽谈流转", "negotiation", "negotiation_event", read_only=True),
    L("property_party", "Property parties", "物业相关方", "negotiation", "property_party"),
    L("contact", "Contacts", "联系人", "negotiation", "contact", schema="fs_app"),
    L("agreement", "Agreements", "协议", "negotiation", "agreement"),
    L("agreement_term", "Agreement clauses", "协议条款", "negotiation", "agreement_term"),
    L("task", "Tasks", "任务", "negotiation", "task"),
    L("reminder", "Reminders", "提醒", "negotiation", "reminder", read_only=True),
    L("precoverage_request", "Pre-coverage requests", "预覆盖申请", "negotiation", "precoverage_request"),
    L("agreement_building", "Buildings under agreement", "协议楼栋", "negotiation", "agreement_building"),
    L("attachment", "Attachments", "附件", "negotiation", "attachment"),
    L("network_resource", "Network resources", "网络资源", "sites", "network_resource", "point",
      where="kind NOT IN ('duct')", smallest=MICRO),
    L("duct", "Ducts", "管道", "sites", "network_resource", "line", where="kind = 'duct'", smallest=GRID),
    L("site_poi", "Sites", "站点", "sites", "site_poi", "point", smallest=MICRO),
    L("building", "Buildings", "楼栋", "buildings", "building", "polygon", smallest=GRID),
    L("building_point", "Planned buildings", "规划楼栋", "buildings", "building", "point", geometry="entry_point",
      where="geom IS NULL", smallest=MICRO),
    L("unassigned", "Outside every grid", "未归属楼栋", "buildings", "building", "polygon",
      where="grid_id IS NULL", read_only=True),
    L("address", "Addresses", "地址", "buildings", "address", "point", smallest=ESTATE),
    L("estate_map", "Indicators per estate", "楼盘指标", "estates", "map_estate", "polygon", schema="fs_app",
      fields_of="estate", smallest=GRID, read_only=True),
    L("opportunity", "Opportunities", "商机价值", "estates", "map_opportunity", "polygon", schema="fs_app",
      smallest=GRID * 5 // 2, read_only=True),
    L("estate", "Estates", "楼盘", "estates", "estate", "polygon", smallest=GRID * 2),
    L("own_area", "My areas", "我的区域", "territory", "map_own_area", "polygon", schema="fs_app",
      fields_of="org_unit", read_only=True),
    L("grid", "Grids", "网格", "territory", "map_territory", "polygon", schema="fs_app", fields_of="org_unit",
      where="level = 'grid'", smallest=MICRO * 2, read_only=True),
    L("micro_region", "Micro-regions", "微区域", "territory", "map_territory", "polygon", schema="fs_app",
      fields_of="org_unit", where="level = 'micro_region'", smallest=BRANCH * 2, largest=GRID, read_only=True),
    L("branch", "Branches", "分公司", "territory", "map_territory", "polygon", schema="fs_app", fields_of="org_unit",
      where="level = 'branch'", largest=MICRO, read_only=True),
    L("org_unit", "Territory units", "组织区域表", "territory", "org_unit"),
    L("staff", "Staff", "员工", "territory", "staff", read_only=True),
    L("street", "Streets", "道路", "basemap", "street", "line"),
    L("water", "Water", "水系", "basemap", "land_area", "polygon", where="kind = 'water'"),
    L("green", "Green", "绿地", "basemap", "land_area", "polygon", where="kind = 'green'"),
)

del L

_BY_KEY = {definition.key: definition for definition in LAYERS}


def definition(key: str) -> LayerDefinition:
    """Return the definition of a layer; KeyError when there is none."""
    return _BY_KEY[key]


def key_of(layer: Any) -> str:
    """Return the key of one of our layers, empty for any other layer."""
    return str(layer.customProperty(KEY_PROPERTY, "") or "")


def find_layer(key: str, project: Optional[QgsProject] = None) -> Optional[QgsVectorLayer]:
    """Return the project's layer with this key, None when it is not there."""
    for layer in (project or QgsProject.instance()).mapLayers().values():
        if key_of(layer) == key:
            return layer
    return None


def require_layer(key: str, project: Optional[QgsProject] = None) -> QgsVectorLayer:
    """Return the project's layer with this key; InputError when it is not there."""
    layer = find_layer(key, project)
    if layer is None:
        raise InputError(
            "The project has no layer “{layer}”. Open the battle map of a store first.", layer=definition(key).en
        )
    return layer


def layer_uri(store: str, spec: LayerDefinition) -> str:
    """Return the address of a layer; credentials stay in authcfg or the service file.

    ``store`` is a saved connection or a pg service. The key is the integer identity ``fid``.
    """
    uri: QgsDataSourceUri = connection_uri(store)
    uri.setDataSource(spec.schema, spec.table, spec.geometry if spec.shape != "none" else None, spec.subset, "fid")
    uri.setWkbType(_SHAPES[spec.shape])
    if spec.shape != "none":
        uri.setSrid("4326")
    uri.setUseEstimatedMetadata(True)
    uri.setParam("checkPrimaryKeyUnicity", "0")
    return uri.uri(False)


def make_layer(store: str, spec: LayerDefinition, language: str) -> QgsVectorLayer:
    """Return the layer with its key; it may be invalid (no right to read, table absent)."""
    layer = QgsVectorLayer(layer_uri(store, spec), spec.title(language), "postgres")
    layer.setCustomProperty(KEY_PROPERTY, spec.key)
    layer.setCustomProperty(STORE_PROPERTY, store)
    if spec.smallest or spec.largest:
        layer.setScaleBasedVisibility(True)
        layer.setMinimumScale(spec.smallest)
        layer.setMaximumScale(spec.largest)
    if spec.read_only:
        layer.setReadOnly(True)
    return layer
