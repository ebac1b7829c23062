# SPDX-License-Identifier: GPL-2.0-or-later
"""One plan alone on the map: theme, its network, the method of each of its buildings; and how two plans differ."""

from __future__ import annotations

from typing import Any, Iterable, Optional, Sequence
from uuid import UUID

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsExpression,
    QgsFeature,
    QgsGeometry,
    QgsMapLayer,
    QgsProject,
    QgsVectorLayer,
)

from fullservice_plugin.gis import palette
from fullservice_plugin.gis.layers import definition, find_layer
from fullservice_plugin.gis.styles import apply_style
from fullservice_plugin.gis.symbols import line, outline, rules
from fullservice_plugin.gis.write import fields_of
from fullservice_plugin.gui.filters import FILTERS
from fullservice_plugin.gui.fly import fly_to
from fullservice_plugin.gui.theme import show_theme_of
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.compare import Comparison
from fullservice_plugin.services.plan_desk import Box
from fullservice_plugin.store.map_views import Place

_NETWORK = ("design_aps", "design_nodes", "design_drops", "design_routes")
_DECIDED = (("code", "text"), ("name", "text"), ("number", "text"), ("households", "int"), ("method", "text"),
            ("runner_up", "text"), ("cost", "real"), ("revenue", "real"), ("cost_delta", "real"),
            ("constraint_code", "text"), ("locked", "bool"), ("reason", "text"))  # fmt: skip
_WAYS = (("where", "text"), ("construction", "text"))
_CHANGED = (("code", "text"), ("name", "text"), ("method_a", "text"), ("method_b", "text"))
_PASSING, _ALONE = "fullservice/passing", '"plan_id" = '
#: Ways of the first plan, of the second, of both.
_SIDES = {"a": palette.PAIR_STORE, "b": palette.PAIR_SOURCE, "both": palette.HATCH}


class PlanMap:
    """Filters the layers of the designs to one plan and adds what it needs; ``clear`` restores all of it."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._layers: dict[str, list[str]] = {"plan": [], "compare": []}
        self._was_shown = False
        self.plan = ""

    def show(self, plan: str, code: str, decided: Sequence[QgsFeature], box: Optional[Box]) -> None:
        """Show a plan (its id; ``decided`` from :func:`decided_features`) alone, and fly to it."""
        self.clear()
        self.plan = plan
        show_theme_of(self._iface, "decision_map")
        self._filter(UUID(plan))
        layer = _memory("Polygon", tr("Methods of plan {code}", code=code), _DECIDED, decided)
        layer.setDisplayExpression('"name"')
        layer.setMapTipTemplate('<b>[% "name" %]</b><br>[% "reason" %]')
        apply_style(layer, definition("decision_map"), language())
        self._add("plan", layer, below=find_layer("design_routes"))
        self._hide_newest(True)
        self.fly(box)

    def fly(self, box: Optional[Box]) -> None:
        """Fly to a plan or area."""
        if box is not None:
            fly_to(self._iface.mapCanvas(), Place("grid", "", "", "", box), flash=False)

    def fly_to_building(self, row: dict[str, Any]) -> None:
        """Fly to the building of a decision."""
        if row["geom"] is not None:
            shape = QgsGeometry()
            shape.fromWkb(bytes(row["geom"]))
            box = shape.boundingBox()
            sides = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
            fly_to(self._iface.mapCanvas(), Place("building", "", "", "", sides))

    def compare(self, ways: Sequence[QgsFeature], changed: Sequence[QgsFeature], titles: tuple[str, str]) -> None:
        """Show where two plans differ: ways by plan, buildings with another method outlined."""
        self.end_comparison()
        names = {side: tr("Only {plan}", plan=title) for side, title in zip("ab", titles)}
        names["both"] = tr("Both plans")
        layer = _memory("LineString", tr("Ways compared"), _WAYS, ways)
        layer.setRenderer(rules((f"\"where\" = '{key}'", names[key], line(colour, 0.5 if key == "both" else 1.1))
                                for key, colour in _SIDES.items()))
        self._add("compare", layer)
        if changed:
            layer = _memory("Polygon", tr("Buildings with another method"), _CHANGED, changed)
            layer.setRenderer(rules([("", tr("Another method"), outline(palette.DRAWN, 0.9))]))
            self._add("compare", layer)

    def end_comparison(self) -> None:
        """Take the comparison off the map."""
        self._remove("compare")

    def clear(self) -> None:
        """Show all designs again, as before."""
        self._remove("plan")
        self.end_comparison()
        if self.plan:
            self.plan = ""
            self._filter()
            self._hide_newest(False)

    def forget(self) -> None:
        """The project is gone, and all layers with it."""
        self._layers, self.plan = {"plan": [], "compare": []}, ""

    def restore(self) -> None:
        """A project that was saved while one plan stood alone: show all designs, and no layer that lost its rows."""
        project = QgsProject.instance()
        project.removeMapLayers([key for key, layer in project.mapLayers().items() if layer.customProperty(_PASSING)])
        for key in _NETWORK:
            layer = find_layer(key)
            if layer is not None and _ALONE in layer.subsetString():
                FILTERS.put(layer, definition(key).subset)

    @staticmethod
    def _filter(plan: Optional[UUID] = None) -> None:
        alone = [QgsExpression.createFieldEqualityExpression("plan_id", str(plan))] if plan else []
        for key in _NETWORK:
            layer = find_layer(key)
            if layer is not None and not layer.isEditable():
                FILTERS.put(layer, " AND ".join([definition(key).subset, *alone]))

    def _hide_newest(self, hide: bool) -> None:
        """The layer of the newest decisions would lie under those of the plan: it is hidden meanwhile."""
        layer = find_layer("decision_map")
        node = QgsProject.instance().layerTreeRoot().findLayer(layer.id()) if layer is not None else None
        if node is None:
            return
        if hide:
            self._was_shown = node.itemVisibilityChecked()
            node.setItemVisibilityChecked(False)
        elif self._was_shown:
            node.setItemVisibilityChecked(True)

    def _add(self, kind: str, layer: QgsMapLayer, below: Optional[QgsMapLayer] = None) -> None:
        project = QgsProject.instance()
        root, dirty = project.layerTreeRoot(), project.isDirty()
        project.addMapLayer(layer, False)
        node = root.findLayer(below.id()) if below is not None else None
        if node is None:
            root.insertLayer(0, layer)
        else:
            node.parent().insertLayer(node.parent().children().index(node) + 1, layer)
        self._layers[kind].append(layer.id())
        project.setDirty(dirty)

    def _remove(self, kind: str) -> None:
        project = QgsProject.instance()
        ids, self._layers[kind] = self._layers[kind], []
        project.removeMapLayers([key for key in ids if project.mapLayer(key) is not None])


def decided_features(rows: Iterable[dict[str, Any]]) -> list[QgsFeature]:
    """Return the decisions of a plan as features (any thread; WKB in EPSG:4326)."""
    said = "reason_zh" if language() == "zh" else "reason_en"
    return [_feature(_DECIDED, bytes(row["geom"]), {**row, "reason": row[said], "number": row["name"]})
            for row in rows if row["geom"] is not None]  # fmt: skip


def compared_features(found: Comparison) -> tuple[list[QgsFeature], list[QgsFeature]]:
    """Return ways and buildings treated differently of a comparison as features (any thread)."""
    ways = [_feature(_WAYS, way.geometry.wkb, {"where": way.where, "construction": way.construction})
            for way in found.ways]  # fmt: skip
    changed = [_feature(_CHANGED, one.geometry.wkb, {"code": one.building, "name": one.name, "method_a": one.method_a,
                                                     "method_b": one.method_b})
               for one in found.buildings if one.changed and one.geometry is not None]  # fmt: skip
    return ways, changed


def _feature(columns: Sequence[tuple[str, str]], wkb: bytes, row: dict[str, Any]) -> QgsFeature:
    made, shape = QgsFeature(fields_of(columns)), QgsGeometry()
    shape.fromWkb(wkb)
    made.setGeometry(shape)
    plain = [row.get(name) for name, _ in columns]
    made.setAttributes([float(value) if kind == "real" and value is not None else value
                        for value, (_, kind) in zip(plain, columns)])  # fmt: skip
    return made


def _memory(
    kind: str, title: str, columns: Sequence[tuple[str, str]], features: Sequence[QgsFeature]
) -> QgsVectorLayer:
    layer = QgsVectorLayer(kind, title, "memory")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    layer.dataProvider().addAttributes(list(fields_of(columns)))
    layer.updateFields()
    layer.dataProvider().addFeatures(list(features))
    layer.updateExtents()
    layer.setReadOnly(True)
    layer.setCustomProperty(_PASSING, True)
    layer.setCustomProperty("skipMemoryLayersCheck", 1)  # QGIS asks for nothing when it closes
    return layer
