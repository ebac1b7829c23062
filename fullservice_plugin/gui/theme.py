# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows a theme of the open map."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProject

from fullservice_plugin.gis.themes import theme_showing
from fullservice_plugin.i18n import language


def apply_theme(iface: Any, name: str) -> None:
    """Show a theme of the open project by its name."""
    project, view = QgsProject.instance(), iface.layerTreeView()
    if view is not None:
        project.mapThemeCollection().applyTheme(name, project.layerTreeRoot(), view.layerTreeModel())


def show_theme_of(iface: Any, key: str) -> None:
    """Show the theme of a stage that shows a layer (its key), where the open map has that layer."""
    name = theme_showing(QgsProject.instance(), key, language())
    if name:
        apply_theme(iface, name)
