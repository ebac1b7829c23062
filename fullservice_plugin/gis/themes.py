# SPDX-License-Identifier: GPL-2.0-or-later
"""Map themes of the built stages and of three roles; one that has nothing to show is not offered."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import QgsFeatureRequest, QgsMapThemeCollection, QgsProject, QgsVectorLayer

from fullservice_plugin.gis.layers import key_of

#: Layers that every theme shows.
ALWAYS = ("coverage", "branch", "micro_region", "grid", "estate", "estate_map", "street", "water", "green")


@dataclass(frozen=True)
class Theme:
    """A theme: its names, its layers besides :data:`ALWAYS`, and what must hold a row for it to be offered.

    ``evidence`` are layer keys with a filter (QGIS expression, empty for any row); one row of one of them is enough.
    """

    en: str
    zh: str
    layers: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]

    def title(self, language: str) -> str:
        """Return the theme's name in ``language``."""
        return self.zh if language == "zh" else self.en


_DESIGN = ("decision_map", "design_routes", "design_nodes", "design_drops", "design_aps", "site_poi",
           "network_resource", "duct", "area_coverage")
_DESIGNED = (("access_decision", ""), ("design_nodes", ""), ("design_routes", ""), ("access_design", ""))

#: The stages in their order, then the roles: customer manager, network support, functional staff.
THEMES: tuple[Theme, ...] = (
    Theme("Discovery", "楼盘发现", ("building", "building_point", "address"),
          (("building", ""), ("building_point", ""))),
    Theme("Opportunities", "商机价值", ("opportunity", "building_point"), (("opportunity", '"score" IS NOT NULL'),)),
    Theme("Negotiation", "物业洽谈", ("negotiation_map", "area_signed", "visit_log", "building_point"),
          (("negotiation", ""), ("visit_log", ""))),
    Theme("Competition", "竞争情报", ("rival_shares", "competition_map", "rival_state", "rival_threat", "area_package",
                                "package_map"),
          (("intel_observation", ""), ("area_package", ""), ("competitor_promotion", ""))),
    Theme("Access design", "接入设计", _DESIGN, _DESIGNED),
    Theme("My grid", "我的网格", ("own_building", "own_area", "visit_log", "building_point"),
          (("own_building", ""), ("own_area", ""))),
    Theme("Design and resources", "设计与资源", (*_DESIGN, "design_state"), (("design_state", ""),)),
    Theme("Analysis", "经营分析", ("area_coverage", "negotiation_map"), (("area_coverage", '"buildings" > 0'),)),
)

#: What a new project shows first, as far as it is offered.
FIRST = ("Negotiation", "Opportunities", "Discovery")


def has_rows(layer: QgsVectorLayer, expression: str = "") -> bool:
    """Tell whether a layer holds a row that fits; asks the store for one row at most."""
    request = QgsFeatureRequest().setLimit(1).setFlags(QgsFeatureRequest.Flag.NoGeometry)
    if expression:
        request.setFilterExpression(expression)
    else:
        request.setNoAttributes()
    return next(layer.getFeatures(request), None) is not None


def offered(layers: dict[str, QgsVectorLayer]) -> list[Theme]:
    """The themes that have something to show to this login, in their order."""
    return [theme for theme in THEMES
            if any(key in layers and has_rows(layers[key], test) for key, test in theme.evidence)]  # fmt: skip


def add_themes(project: QgsProject, layers: dict[str, QgsVectorLayer], language: str) -> None:
    """Put the offered themes into the project and show the first one."""
    root = project.layerTreeRoot()
    found = offered(layers)
    for theme in found:
        put_theme(project, theme, layers, language)
    by_name = {theme.en: theme for theme in found}
    first = next((by_name[name] for name in FIRST if name in by_name), None)
    wanted = set(_shown(first)) if first is not None else set(ALWAYS)
    for key, layer in layers.items():
        node = root.findLayer(layer.id())
        if node is not None and layer.isSpatial():
            node.setItemVisibilityChecked(key in wanted)


def put_theme(project: QgsProject, theme: Theme, layers: dict[str, QgsVectorLayer], language: str) -> None:
    """Put one theme into the project."""
    entries = []
    for key in _shown(theme):
        if key not in layers:
            continue
        entry = QgsMapThemeCollection.MapThemeLayerRecord(layers[key])
        entry.usingCurrentStyle = True
        entry.currentStyle = layers[key].styleManager().currentStyle()
        entry.isVisible = True
        entries.append(entry)
    record = QgsMapThemeCollection.MapThemeRecord()
    record.setLayerRecords(entries)
    record.setHasExpandedStateInfo(False)
    if hasattr(record, "setHasCheckedStateInfo"):
        record.setHasCheckedStateInfo(True)
    record.setCheckedGroupNodes({group.name() for group in project.layerTreeRoot().findGroups(False)})
    project.mapThemeCollection().insert(theme.title(language), record)


def theme_showing(project: QgsProject, key: str, language: str) -> str:
    """Return the name of the project's theme of a stage or role that shows a layer; empty without that layer.

    A theme that was not offered when the project was made, since there was nothing to show yet, is put in now.
    """
    theme = next((one for one in THEMES if key in one.layers), None)
    layers = {key_of(layer): layer for layer in project.mapLayers().values() if key_of(layer)}
    if theme is None or key not in layers:
        return ""
    themes = project.mapThemeCollection()
    name = next((one for one in (theme.zh, theme.en) if themes.hasMapTheme(one)), "")
    if not name:
        name = theme.title(language)
        put_theme(project, theme, layers, language)
    return name


def _shown(theme: Theme) -> tuple[str, ...]:
    return (*theme.layers, *ALWAYS)
