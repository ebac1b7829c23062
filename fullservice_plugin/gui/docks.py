# SPDX-License-Identifier: GPL-2.0-or-later
"""Docks and actions of the plugin enter QGIS.

A dock comes hidden, beside its neighbours, with a switch in toolbar and menu.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Union

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QAction, QDockWidget, QMenu, QToolBar

from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.gui.small_screen import let_dock_scroll


def add_dock(
    iface: Any, dock: QDockWidget, picture: str, toolbar: Optional[QToolBar], menu: Optional[QMenu], beside: Any,
    side: Qt.DockWidgetArea = Qt.DockWidgetArea.RightDockWidgetArea,
) -> None:
    """Add ``dock`` to the main window; on the right it becomes a tab of ``beside``."""
    iface.addDockWidget(side, dock)
    if side == Qt.DockWidgetArea.RightDockWidgetArea:
        iface.mainWindow().tabifyDockWidget(beside, dock)
    dock.hide()
    help_on(dock)
    let_dock_scroll(dock)
    shown = dock.toggleViewAction()
    shown.setIcon(icon(picture))
    shown.setText(dock.windowTitle())
    for place in (toolbar, menu):
        if place is not None:
            place.addAction(shown)


def add_action(
    iface: Any, notifier: Notifier, key: str, picture: str, text: str, run: Callable[[], Any],
    *places: Union[QToolBar, QMenu],
) -> QAction:
    """Add an action to ``places`` and return it; where ``run`` fails, that is told."""
    action = QAction(icon(picture), text, iface.mainWindow())
    action.setObjectName(f"FullService_{key}")
    action.triggered.connect(lambda _checked=False: notifier.guard(run))
    for place in places:
        place.addAction(action)
    return action
