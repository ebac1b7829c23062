# SPDX-License-Identifier: GPL-2.0-or-later
"""Docks and actions of the plugin enter QGIS.

A dock comes hidden, beside its neighbours, with a switch in toolbar and menu.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Union

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QAction, QDockWidget, QMainWindow, QMenu, QToolBar

from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.gui.small_screen import let_dock_scroll


def add_dock(
    iface: Any, dock: QgsDockWidget, picture: str, toolbar: Optional[QToolBar], menu: Optional[QMenu], beside: Any,
    side: Qt.DockWidgetArea = Qt.DockWidgetArea.RightDockWidgetArea,
) -> None:
    """Add ``dock`` to the main window; on the right it becomes a tab of ``beside``."""
    iface.addDockWidget(side, dock)
    if side == Qt.DockWidgetArea.RightDockWidgetArea:
        iface.mainWindow().tabifyDockWidget(beside, dock)
    dock.hide()
    help_on(dock)
    let_dock_scroll(dock)
    shown = switch(dock, picture, dock.windowTitle())
    for place in (toolbar, menu):
        if place is not None:
            place.addAction(shown)


def switch(dock: QgsDockWidget, picture: str, text: str) -> QAction:
    """Return the switch of a dock: it brings the dock to the front, and puts it away only when it is seen.

    Qt's own switch shows a dock behind the tab that is open, and closes one that lies behind.
    """
    action = QAction(icon(picture), text, dock)
    action.setObjectName(f"{dock.objectName()}_switch")
    action.setCheckable(True)
    dock.setToggleVisibilityAction(action)
    return action


def tabs_again(window: QMainWindow, beside: QDockWidget) -> None:
    """Put the hidden docks of the right side back behind ``beside``, after QGIS restored its window.

    Tabs of docks that were hidden are not restored: shown one by one they would pile up, each a few lines high. What
    the user sees, has floating or put on another side stays as it is.
    """
    right = Qt.DockWidgetArea.RightDockWidgetArea
    for dock in window.findChildren(QDockWidget):
        ours = dock.objectName().startswith("FullService") and dock is not beside
        if ours and dock.isHidden() and not dock.isFloating() and window.dockWidgetArea(dock) == right:
            if beside not in window.tabifiedDockWidgets(dock):
                window.tabifyDockWidget(beside, dock)
                dock.hide()
    if not beside.isHidden():
        beside.raise_()


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
