# SPDX-License-Identifier: GPL-2.0-or-later
"""The docks of the plugin in a window: their switches bring them to the front, a restart leaves them tabs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture
def window(qgis_app):
    """A window with a start dock and two docks behind it, made as the plugin makes them."""
    from qgis.gui import QgsDockWidget
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtWidgets import QLabel, QMainWindow, QToolBar

    from fullservice_plugin.gui.docks import add_dock

    window = QMainWindow()
    window.resize(800, 600)
    bar = QToolBar(window)
    right = Qt.DockWidgetArea.RightDockWidgetArea
    docks = [QgsDockWidget(name, window) for name in ("Start", "Card", "Rivals")]
    for dock in docks:
        dock.setObjectName(f"FullService{dock.windowTitle()}")
        dock.setWidget(QLabel(dock.windowTitle(), dock))
    iface = SimpleNamespace(mainWindow=lambda: window, addDockWidget=window.addDockWidget)
    window.addDockWidget(right, docks[0])
    for dock in docks[1:]:
        add_dock(iface, dock, "store", bar, None, docks[0])
    window.show()
    qgis_app.processEvents()
    yield window, docks, bar.actions()
    window.close()
    window.deleteLater()


def seen(qgis_app, dock) -> bool:
    qgis_app.processEvents()
    return not dock.visibleRegion().isEmpty()


def test_a_switch_brings_its_dock_to_the_front_and_hides_only_what_is_seen(qgis_app, window):
    _, (start, card, rivals), (show_card, show_rivals) = window
    for switch, dock in ((show_card, card), (show_rivals, rivals), (show_card, card)):
        switch.trigger()
        assert seen(qgis_app, dock), dock.windowTitle()
    show_card.trigger()
    assert card.isHidden() and not rivals.isHidden() and not show_card.isChecked()


def test_after_a_restart_docks_are_tabs_again_and_what_a_user_placed_stays(qgis_app, window):
    from qgis.PyQt.QtCore import Qt

    from fullservice_plugin.gui.docks import tabs_again

    main, (start, card, rivals), _ = window
    for dock in (card, rivals):  # what QGIS makes of a saved window in which they were hidden
        main.removeDockWidget(dock)
        main.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.hide()
    rivals.setFloating(True)
    rivals.hide()
    assert card not in main.tabifiedDockWidgets(start)
    tabs_again(main, start)
    assert main.tabifiedDockWidgets(start) == [card] and card.isHidden() and rivals.isFloating()
