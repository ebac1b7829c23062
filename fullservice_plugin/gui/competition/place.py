# SPDX-License-Identifier: GPL-2.0-or-later
"""The building or estate that somebody means: selected in one of our layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from qgis.core import QgsFeature, QgsProject, QgsVectorLayer

from fullservice_plugin.compat import plain_value
from fullservice_plugin.gis.layers import key_of

BUILDINGS = ("building", "competition_map", "negotiation_map", "decision_map", "building_point", "coverage",
             "own_building")
ESTATES = ("estate", "estate_map", "rival_shares", "rival_state", "opportunity", "design_state")


@dataclass(frozen=True)
class Chosen:
    """A place: ``kind`` building or estate, its id and what people call it."""

    kind: str
    id: str
    name: str


def place_of(layer_key: str, feature: QgsFeature) -> Optional[Chosen]:
    """Return the place that a feature of one of our layers is; None for other layers."""
    kind = "building" if layer_key in BUILDINGS else "estate" if layer_key in ESTATES else ""
    names = set(feature.fields().names())
    if not kind or "id" not in names:
        return None
    wanted = ("number", "name", "code") if kind == "building" else ("name", "code")
    told = (plain_value(feature[name]) for name in wanted if name in names)
    return Chosen(kind, str(feature["id"]), str(next((text for text in told if text), "")))


def selected_place(active: Any = None) -> Optional[Chosen]:
    """Return the one selected building or estate: of the active layer first, of a building before an estate."""
    layers = [layer for layer in QgsProject.instance().mapLayers().values()
              if isinstance(layer, QgsVectorLayer) and layer.selectedFeatureCount() == 1]  # fmt: skip
    order = {key: number for number, key in enumerate((*BUILDINGS, *ESTATES))}
    mine = [layer for layer in layers if key_of(layer) in order]
    for layer in sorted(mine, key=lambda one: (one is not active, order[key_of(one)])):
        return place_of(key_of(layer), layer.selectedFeatures()[0])
    return None
