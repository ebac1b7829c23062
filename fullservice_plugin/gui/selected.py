# SPDX-License-Identifier: GPL-2.0-or-later
"""What is selected on the map, by the keys of its rows: nobody reads a row to know that."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Optional

from qgis.core import QgsProject, QgsVectorLayer

from fullservice_plugin.gis.layers import definition, key_of
from fullservice_plugin.gui.discovery.deeds import project_store
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.picked import Picked, Selection, selected_row

#: Layers whose rows are buildings and estates, in the order in which a selection counts.
BUILDINGS = ("building", "competition_map", "negotiation_map", "decision_map", "building_point", "coverage",
             "own_building")
ESTATES = ("estate", "estate_map", "rival_shares", "rival_state", "opportunity", "design_state")
_ORDER = (*BUILDINGS, *ESTATES)


def selection_of(layer: QgsVectorLayer, column: str = "id", kind: str = "") -> Optional[Selection]:
    """Return what is selected in a layer of ours; None where that is nothing, or it has no such column."""
    if not layer.selectedFeatureCount() or layer.fields().lookupField(column) < 0:
        return None
    spec = definition(key_of(layer))
    # rows that were drawn but not saved have keys below zero: no store knows them
    fids = tuple(sorted(fid for fid in layer.selectedFeatureIds() if fid >= 0))
    return Selection(kind, spec.schema, spec.table, fids, column) if fids else None


def selected_place(active: Any = None) -> Optional[Selection]:
    """Return the one selected building or estate: of the active layer first, of a building before an estate."""
    for layer in sorted(_ours(1), key=lambda one: (one is not active, _ORDER.index(key_of(one)))):
        return selection_of(layer, kind=kind_of(key_of(layer)))
    return None


def selected_places(active: Any = None) -> Optional[Selection]:
    """Return the selected buildings or estates, or the buildings of the selected talks; the active layer first."""
    for layer in sorted(_ours(), key=lambda one: one is not active):
        column = "building_id" if key_of(layer) == "negotiation" else "id"
        found = selection_of(layer, column, kind_of(key_of(layer)) or "building")
        if found is not None:
            return found
    return None


def ask_selected(asking: Asking, active: Any, answered: Callable[[Optional[Picked]], None],
                 failed: Callable[[BaseException], None]) -> bool:
    """Ask the store for the one place that is selected; False where nothing is."""
    found = selected_place(active)
    if found is None:
        return False
    asking.ask(tr("What is meant on the map"), project_store(), lambda store: selected_row(store, found), answered,
               failed)
    return True


def kind_of(key: str) -> str:
    """Return what the rows of a layer are: building, estate, or empty for others."""
    return "building" if key in BUILDINGS else "estate" if key in ESTATES else ""


def _ours(count: int = 0) -> Iterator[QgsVectorLayer]:
    """Layers of ours with places in which something (``count`` rows, 0 for any) is selected."""
    for layer in QgsProject.instance().mapLayers().values():
        key = key_of(layer)
        if isinstance(layer, QgsVectorLayer) and (key in _ORDER or key == "negotiation" and not count):
            selected = layer.selectedFeatureCount()
            if selected and count in (0, selected):
                yield layer
