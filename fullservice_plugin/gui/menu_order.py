# SPDX-License-Identifier: GPL-2.0-or-later
"""The order of the menu and the toolbar: what belongs together stands together, whoever added it and when."""

from __future__ import annotations

from typing import Any, Union

from qgis.PyQt.QtWidgets import QDockWidget, QMenu, QToolBar

#: Sections from the start of a day to the care of the plugin: docks and submenus by their object names, actions by
#: theirs.
SECTIONS = (
    ("FullServiceWorkbench", "FullService_project", "FullServiceEstateCard", "FullServiceLegend",
     "FullService_base_map"),
    ("FullServiceReview", "FullServiceLedger", "FullServiceHandMenu"),
    ("FullServiceDay", "FullServiceBoard", "FullServiceDeal", "FullService_talks_here"),
    ("FullServiceRivals", "FullService_rival_capture"),
    ("FullServiceDesignWorkbench", "FullServiceDesignByHand", "FullServiceDesignReview", "FullServiceWlanFloors"),
    ("FullServicePlans", "FullService_export", "FullService_history", "FullService_toolbox"),
    ("FullService_first_run", "FullService_connection", "FullService_settings", "FullService_support",
     "FullService_help"),
)


def name_of(action: Any, docks: dict[Any, str]) -> str:
    """The name of what an action stands for: a dock, a submenu or itself."""
    if action.menu() is not None:
        return str(action.menu().objectName())
    return docks.get(action) or str(action.objectName())


def arrange(window: Any, *places: Union[QMenu, QToolBar]) -> None:
    """Put what the places hold in order, a line between sections; what no section names comes last."""
    docks = {dock.toggleViewAction(): dock.objectName() for dock in window.findChildren(QDockWidget)}
    for place in places:
        held = {name_of(action, docks): action for action in place.actions() if not action.isSeparator()}
        for action in place.actions():
            place.removeAction(action)
        for section in (*SECTIONS, tuple(name for name in held if not any(name in each for each in SECTIONS))):
            found = [held[name] for name in section if name in held]
            if found and place.actions():
                place.addSeparator()
            for action in found:
                place.addAction(action)
