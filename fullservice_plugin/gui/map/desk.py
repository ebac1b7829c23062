# SPDX-License-Identifier: GPL-2.0-or-later
"""Joins zoom and hierarchy: the bar with the path, double click and keys that go into areas, and the way back."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsCoordinateTransform, QgsCsException, QgsPointXY, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QObject, Qt, QTimer
from qgis.PyQt.QtWidgets import QAction

from fullservice_plugin.gis.known_stores import store_of_map
from fullservice_plugin.gui.docks import add_dock
from fullservice_plugin.gui.looking import Looking
from fullservice_plugin.gui.map.bands import child_of, degrees, goal, level_of, path_at, view_of
from fullservice_plugin.gui.map.base_map_desk import BaseMapDesk
from fullservice_plugin.gui.map.drill import DoubleClicks
from fullservice_plugin.gui.map.legend_dock import LegendDock
from fullservice_plugin.gui.map.switch import MapSwitch
from fullservice_plugin.gui.map.trail import Trail
from fullservice_plugin.gui.map.trail_bar import TrailBar
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.store.map_place import chain_at, whole_box
from fullservice_plugin.store.map_views import Box, Place

#: The map has to rest so long before the store is asked where it is.
_REST_MS = 350


class MapDesk(QObject):
    """The bar, the double clicks and the keys; an open estate card follows into estates and buildings."""

    def __init__(self, plugin: Any) -> None:
        super().__init__()
        self._plugin = plugin
        iface = plugin.iface
        self._iface, self._notifier = iface, plugin.notifier
        self._canvas = iface.mapCanvas()
        self._following, self._going = Asking(), Looking(self._canvas, plugin.notifier)
        self.trail = Trail()
        self.bar = TrailBar(iface)
        iface.mainWindow().addToolBarBreak(Qt.ToolBarArea.TopToolBarArea)
        iface.mainWindow().addToolBar(Qt.ToolBarArea.TopToolBarArea, self.bar)
        self.clicks = DoubleClicks(iface, self.go_into, lambda: bool(self.store) and self.bar.switch.isChecked())
        self.bar.chosen.connect(self._chosen)
        for key, step in (("back", self.back), ("up", self.up), ("down", self.down)):
            self.bar.steps[key].triggered.connect(lambda _checked=False, step=step: step())
        self.base_maps = BaseMapDesk(iface, plugin.notifier)
        self.base_map = QAction(icon("base_map"), tr("Base map…"), iface.mainWindow())
        self.base_map.setObjectName("FullService_base_map")
        self.base_map.triggered.connect(lambda _checked=False: self.base_maps.open())
        for place in (plugin.toolbar, plugin.menu):
            place.addAction(self.base_map)
        self.legend = LegendDock(iface)
        add_dock(iface, self.legend, "map_legend", plugin.toolbar, plugin.menu, plugin.dock)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._follow)
        self._canvas.extentsChanged.connect(self._moved)
        project = QgsProject.instance()
        project.readProject.connect(self._project)
        project.cleared.connect(self._project)
        self._switch = MapSwitch(plugin)
        self._project()

    def stop(self) -> None:
        """Take everything out of QGIS again."""
        project = QgsProject.instance()
        project.readProject.disconnect(self._project)
        project.cleared.disconnect(self._project)
        self._switch.stop()
        self._canvas.extentsChanged.disconnect(self._moved)
        self._rest.stop()
        self._following.stop()
        self._going.stop()
        self.legend.stop()
        self._iface.removeDockWidget(self.legend)
        self.legend.deleteLater()
        self.base_maps.stop()
        self.base_map.deleteLater()
        self.clicks.stop()
        self.bar.stop()
        self._iface.mainWindow().removeToolBar(self.bar)
        self.bar.deleteLater()

    @property
    def store(self) -> str:
        """The store of the open battle map, empty without one."""
        return store_of_map()

    def _project(self, _document: Any = None) -> None:
        self._following.stop()
        self._going.stop()
        self.trail.clear()
        self.bar.appear(bool(self.store))
        self._show()
        self._moved()

    def _show(self) -> None:
        self.bar.show_path(self.trail.path, level_of(self._canvas.scale()), len(self.trail))

    # follow the map

    def _moved(self) -> None:
        if self.store:
            self._rest.start()

    def _follow(self) -> None:
        if not self.store or self.trail.pinned(self._canvas.extent()):
            self._show()
            return
        point = self._degrees(self._canvas.center())
        if point is None:
            return

        def answered(chain: list[Place]) -> None:
            self.trail.path = path_at(chain, self._canvas.scale())
            self._show()

        self._following.ask(tr("Where the map is"), self.store, lambda store: chain_at(store, *point, language()),
                            answered, lambda _error: None)  # a lost store is said by its own bar

    def _degrees(self, point: QgsPointXY) -> Optional[tuple[float, float]]:
        try:
            return degrees(self._canvas, point)
        except QgsCsException:  # outside of what the map's coordinates can tell
            return None

    # go

    def go_into(self, point: QgsPointXY, before: QgsRectangle) -> None:
        """Go into what the map shows at a point (map coordinates); ``before`` is the view that back returns to."""
        where = self._degrees(point)
        if not self.store or where is None:
            return
        scale = self._canvas.scale()

        def answered(chain: list[Place]) -> None:
            target = goal(chain, scale)
            if target is None or target.box is None:
                self._notifier.info(tr("No area of the battle map lies here."))
                return
            self.trail.leave(before, self._canvas.mapSettings().destinationCrs())
            self._bring(target.box, child_of(target.kind), chain[: chain.index(target) + 1], point)
            if target.kind in ("estate", "building"):
                self._plugin.card.follow(target.kind, target.id)

        self._going.ask(lambda store: chain_at(store, *where, language()), answered, store=self.store)

    def down(self) -> None:
        """Go into what lies in the middle of the map."""
        self.go_into(self._canvas.center(), self._canvas.extent())

    def up(self) -> None:
        """Go to the level above the last part of the path."""
        if self.trail.path:
            self._chosen(self.trail.path[-2] if len(self.trail.path) > 1 else None)

    def back(self) -> None:
        """Return to the view before the last step."""
        view = self.trail.back()
        if view is None:
            return
        there, crs, path = view
        here = self._canvas.mapSettings().destinationCrs()
        if crs != here:
            there = QgsCoordinateTransform(crs, here, QgsProject.instance()).transformBoundingBox(there)
        self._bring_to(there, path)

    def _chosen(self, place: Optional[Place]) -> None:
        """A part of the path was clicked: show that area, with its children; None for all areas."""
        if place is not None and place.box is not None:
            path = self.trail.path[: self.trail.path.index(place) + 1]
            self._leave_here()
            self._bring(place.box, child_of(place.kind), path)
        elif place is not None:
            self._notifier.info(tr("{name} has no position yet.", name=place.name))
        else:
            self._going.ask(whole_box, self._show_all, store=self.store)

    def _show_all(self, box: Optional[Box]) -> None:
        if box is None:
            self._notifier.info(tr("No area has a border yet. Import the territory first."))
            return
        self._leave_here()
        self._bring(box, "branch", [])

    def _leave_here(self) -> None:
        self.trail.leave(self._canvas.extent(), self._canvas.mapSettings().destinationCrs())

    def _bring(self, box: Box, level: str, path: list[Place], near: Optional[QgsPointXY] = None) -> None:
        self._bring_to(view_of(self._canvas, box, level, near), path)

    def _bring_to(self, view: QgsRectangle, path: list[Place]) -> None:
        self._following.stop()
        self._canvas.setExtent(view)
        self._canvas.refresh()
        self.trail.pin(path, self._canvas.extent())
        self._show()
