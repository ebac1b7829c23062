# SPDX-License-Identifier: GPL-2.0-or-later
"""Saves the table behind the active layer for handing on: people masked, no live formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtWidgets import QFileDialog

from fullservice_plugin.gis.layers import STORE_PROPERTY, definition, key_of
from fullservice_plugin.gui.attribute_forms.tools import project_language
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import Asked, ask_later
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.export_table import export_table


def save_active_table(iface: Any, notifier: Notifier) -> Asked | None:
    """Ask for a file and write the active layer's table into it, in the background."""
    layer = iface.activeLayer()
    if not isinstance(layer, QgsVectorLayer) or not key_of(layer):
        notifier.info(tr("Make a layer of the battle map the active one first."))
        return None
    table = definition(key_of(layer)).table_of_labels
    path, _ = QFileDialog.getSaveFileName(iface.mainWindow(), tr("Save the table for handing on"), f"{table}.csv",
                                          "CSV (*.csv)")
    return save_table(layer, table, path, notifier) if path else None


def save_table(layer: QgsVectorLayer, table: str, path: str, notifier: Notifier) -> Asked:
    """Write ``table`` of the layer's store into ``path``; says how many rows it holds."""
    language = project_language()

    def written(count: int) -> None:
        notifier.success(tr("{count} rows are in {file}; people are masked.", count=count, file=Path(path).name))

    return ask_later(tr("Save the table for handing on"), str(layer.customProperty(STORE_PROPERTY)),
                     lambda store: export_table(store, table, Path(path), language), written, notifier.error,
                     listed=True)
