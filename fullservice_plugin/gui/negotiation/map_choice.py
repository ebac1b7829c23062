# SPDX-License-Identifier: GPL-2.0-or-later
"""What is selected on the map: estates or buildings, whatever layer of ours shows them."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProject, QgsVectorLayer

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.gis.layers import key_of
from fullservice_plugin.gui.competition.place import BUILDINGS, ESTATES

#: Layer key → what its rows are, and the column that names it.
_LAYERS = {
    **{key: ("building", "id") for key in BUILDINGS},
    **{key: ("estate", "id") for key in ESTATES},
    "negotiation": ("building", "building_id"),
}


def chosen_places(iface: Any) -> tuple[str, list[str]]:
    """Return ``estate`` or ``building`` and the ids selected, the active layer first.

    Raises ParameterError where nothing of that kind is selected.
    """
    active = iface.activeLayer()
    layers = [active] if active is not None else []
    layers += [layer for layer in QgsProject.instance().mapLayers().values() if layer is not active]
    for layer in layers:
        if not isinstance(layer, QgsVectorLayer) or not layer.selectedFeatureCount():
            continue
        kind, column = _LAYERS.get(key_of(layer), ("", ""))
        if not kind or layer.fields().lookupField(column) < 0:
            continue
        values = [plain_value(feature[column]) for feature in layer.selectedFeatures()]
        found = [str(value) for value in values if value]
        if found:
            return kind, found
    raise ParameterError("Select an estate or a building on the map first.")
