# SPDX-License-Identifier: GPL-2.0-or-later
"""The design under the hand on the map: routes, drops and nodes in memory layers, redrawn after every step."""

from __future__ import annotations

from typing import Any, Collection, Iterable, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsLayerTreeGroup,
    QgsProject,
    QgsSnappingConfig,
    QgsTolerance,
    QgsVectorLayer,
)
from qgis.PyQt import sip

from fullservice_plugin.compat import vertices_and_segments
from fullservice_plugin.core.access.wired.records import WiredDesign
from fullservice_plugin.core.access.wlan.model import AccessPoint
from fullservice_plugin.gis.layers import LAYERS
from fullservice_plugin.gis.styles import apply_style
from fullservice_plugin.gis.symbols import labels
from fullservice_plugin.gis.write import fields_of
from fullservice_plugin.i18n import language, tr

_SNAP_PX = 12
#: layer key → geometry, fields; the styles are those of the stored designs.
_LAYERS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "design_aps": ("Point", (("kind", "text"), ("code", "text"), ("floor", "int"), ("channel", "int"),
                             ("eirp_dbm", "real"), ("locked", "int"))),
    "design_nodes": ("Point", (("kind", "text"), ("code", "text"), ("ports", "int"), ("used", "int"))),
    "design_drops": ("LineString", (("kind", "text"), ("code", "text"), ("length_m", "real"), ("loss_db", "real"))),
    "design_routes": ("LineString", (("kind", "text"), ("code", "text"), ("route_kind", "text"),
                                     ("construction", "text"), ("length_m", "real"), ("fibres", "int"),
                                     ("cable", "text"))),
}  # fmt: skip


class HandLayers:
    """Four memory layers in a group of their own at the top of the tree."""

    def __init__(self, proj: str) -> None:
        self.crs = QgsCoordinateReferenceSystem.fromProj(proj)
        project = QgsProject.instance()
        self._snapping = QgsSnappingConfig(project.snappingConfig())
        self.group: Optional[QgsLayerTreeGroup] = project.layerTreeRoot().insertGroup(0, tr("Design by hand"))
        self.layers: dict[str, QgsVectorLayer] = {}
        for key, (kind, fields) in _LAYERS.items():
            spec = next(spec for spec in LAYERS if spec.key == key)
            layer = QgsVectorLayer(kind, spec.title(language()), "memory")
            layer.setCrs(self.crs)
            layer.dataProvider().addAttributes(list(fields_of(fields)))
            layer.updateFields()
            apply_style(layer, spec, language())
            if key == "design_aps":
                words = tr("kept")
                layer.setLabeling(labels(f"\"channel\" || if(\"locked\" = 1, ' {words}', '')", 7.5, bold=True))
                layer.setLabelsEnabled(True)
            layer.setScaleBasedVisibility(False)
            layer.setReadOnly(True)
            project.addMapLayer(layer, False)
            self.group.addLayer(layer)
            self.layers[key] = layer
        self._snap_to_all()

    def _snap_to_all(self) -> None:
        """Let what is drawn snap to the design and the map, as drawing ways needs it; restored by ``remove``."""
        config = QgsSnappingConfig(QgsProject.instance().snappingConfig())
        config.setEnabled(True)
        config.setMode(QgsSnappingConfig.SnappingMode.AllLayers)
        config.setTypeFlag(vertices_and_segments())
        config.setTolerance(_SNAP_PX)
        config.setUnits(QgsTolerance.UnitType.Pixels)
        QgsProject.instance().setSnappingConfig(config)

    def show(self, design: WiredDesign) -> None:
        """Draw a design instead of the one before."""
        self._fill("design_nodes", ((n.geometry, [n.kind, n.node_id, _count(n.ports), n.used]) for n in design.nodes))
        self._fill("design_drops", ((d.geometry, ["drop", d.node_id, d.length_m, d.loss_db]) for d in design.drops))
        self._fill("design_routes", ((r.geometry, ["route", r.route_id, r.kind, r.construction, r.length_m, r.fibres,
                                                   r.cable]) for r in design.routes))  # fmt: skip

    def show_aps(self, aps: Sequence[AccessPoint], floor: int, kept: Collection[str] = ()) -> None:
        """Draw the access points of a floor with their channels; the ones ``kept`` by hand stand out."""
        self._fill("design_aps", ((a.geometry, ["ap", a.ap_id, a.floor, a.channel, a.eirp_dbm, int(a.ap_id in kept)])
                                  for a in aps if a.floor == floor))  # fmt: skip

    def _fill(self, key: str, rows: Iterable[tuple[Any, Sequence[Any]]]) -> None:
        layer = self.layers[key]
        if sip.isdeleted(layer):  # somebody took it out of the map
            return
        provider = layer.dataProvider()
        provider.truncate()
        features = []
        for shape, values in rows:
            feature = QgsFeature(layer.fields())
            geometry = QgsGeometry()
            geometry.fromWkb(shape.wkb)
            feature.setGeometry(geometry)
            feature.setAttributes(list(values))
            features.append(feature)
        provider.addFeatures(features)
        layer.updateExtents()
        layer.triggerRepaint()

    def remove(self) -> None:
        """Take the layers out and restore the snapping as it was."""
        project = QgsProject.instance()
        project.setSnappingConfig(self._snapping)
        project.removeMapLayers([layer.id() for layer in self.layers.values() if not sip.isdeleted(layer)])
        if self.group is not None and not sip.isdeleted(self.group):
            self.group.parent().removeChildNode(self.group)  # it may have been moved
        self.group = None
        self.layers = {}


def _count(value: float) -> Optional[int]:
    return int(value) if value < 2**31 else None
