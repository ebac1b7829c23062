# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows the plugin's algorithms in the Processing toolbox."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QModelIndex
from qgis.PyQt.QtWidgets import QDockWidget, QTreeView

from fullservice_plugin.core.errors import FullServiceError


def show_toolbox(iface: Any, provider: Any) -> None:
    """Raise the toolbox and open the provider's group in it."""
    dock = iface.mainWindow().findChild(QDockWidget, "ProcessingToolbox")
    tree = dock.findChild(QTreeView, "algorithmTree") if dock is not None else None
    if dock is None or tree is None:
        raise FullServiceError(
            "The Processing plugin is switched off. Switch it on in Plugins › Manage and Install Plugins."
        )
    dock.setVisible(True)
    dock.raise_()
    if hasattr(tree, "setFilterString"):
        tree.setFilterString("")
    model = tree.model()
    for row in range(model.rowCount(QModelIndex())):
        index = model.index(row, 0, QModelIndex())
        if str(index.data()).startswith(provider.name()):
            tree.setExpanded(index, True)
            for child in range(model.rowCount(index)):
                tree.setExpanded(model.index(child, 0, index), True)
            tree.setCurrentIndex(index)
            tree.scrollTo(index, QTreeView.ScrollHint.PositionAtTop)
            return
