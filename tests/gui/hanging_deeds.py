# SPDX-License-Identifier: GPL-2.0-or-later
"""What people do on the map while the server answers nothing: each deed by mouse and keys, then Escape."""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsFeatureRequest, QgsProject, QgsSnappingConfig
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QTabWidget
from qgis.utils import iface

from fullservice_plugin.gis.layers import key_of, require_layer
from fullservice_plugin.gui.attribute_forms.own_forms import FORMS as FORMS_FOLDER

_PLACES = """select b.fid, e.fid, e.id::text, ST_X(ST_PointOnSurface(b.geom)), ST_Y(ST_PointOnSurface(b.geom))
from fullservice.building b join fullservice.estate e on e.id = b.estate_id
where b.geom is not null and not b.is_deleted and not e.is_deleted order by b.code limit 1"""
#: Layers whose form is opened in the short walk; the long one opens every form that has a row to show.
FORMS = ("building", "estate", "negotiation")


def edited() -> set[str]:
    """Keys of the layers that have a form of ours."""
    return {key for layer in QgsProject.instance().mapLayers().values() for key in (key_of(layer),)
            if key and (FORMS_FOLDER / f"{key}.ui").exists()}


class HangingDeeds:
    """Reads where things are while the server still answers; ``all`` are the deeds by name."""

    def __init__(self, watcher: Any) -> None:
        self.watcher, self.plugin, self.canvas = watcher, watcher.plugin, iface.mapCanvas()
        building, estate, self.estate, lon, lat = watcher.hand.ask(_PLACES)[0]
        watcher.hand.look_at(lon, lat, 0.001)
        self.at: QPoint = watcher.hand.pixel(lon, lat)
        require_layer("estate").selectByIds([estate])
        require_layer("building").selectByIds([building])
        self.rows = {key: row for key in (sorted(edited()) if watcher.tour.get("whole") else FORMS)
                     for row in require_layer(key).getFeatures(QgsFeatureRequest().setLimit(1))}
        self.said: dict[str, list[str]] = {}
        self.still_asking: list[str] = []

    def all(self) -> list[tuple[str, Callable[[], None]]]:
        """The deeds; each leaves the map as it was."""
        tools = self.plugin.discovery.tools.actions
        return [
            ("plan off the map", self.plugin.plan.map.clear),
            ("pick an estate", lambda: self._clicked(tools["lead"].trigger)),
            ("pick a building to split", lambda: self._clicked(tools["split_building"].trigger)),
            ("drag a pin", self._pin),
            ("report a rival", lambda: self._clicked(self.plugin.competition.action.trigger)),
            ("area of a plan", lambda: self._clicked(lambda: self.plugin.plan.picker.use_map(True))),
            ("draw with snapping", self._draw),
            ("drill", self._drill),
            ("card", lambda: self.plugin.card.open("estate", self.estate)),
            ("redraw the selected estate", lambda: self._selected("estate", tools["redraw"].trigger)),
            ("rival of the selected building", lambda: self._selected("building",
                                                                      self.plugin.competition.action.trigger)),
            ("talks of the selected estate", lambda: self._selected("estate", self.plugin.negotiation.open_here)),
            ("history of the selected row", lambda: self._selected("estate", self._history)),
            ("theme", self._theme),
        ]

    def _clicked(self, start: Callable[[], None]) -> None:
        start()
        QTest.mouseMove(self.canvas.viewport(), self.at)
        QTest.mouseClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at)
        self._given_up()

    def _given_up(self) -> None:
        """Hear what is said after a moment, then Escape: nothing is asked any more."""
        self.watcher.driver.settle(0.8)
        deed = self.watcher.heart.deed
        self.said[deed] = [item.text() for item in iface.messageBar().items()]
        asked = [one for one in self._looking() if one.busy]
        QTest.keyClick(self.canvas, Qt.Key.Key_Escape)
        self.still_asking += [deed for one in asked if one.busy]
        QTest.keyClick(self.canvas, Qt.Key.Key_Escape)
        iface.actionPan().trigger()

    def _looking(self) -> list[Any]:
        plugin, tool = self.plugin, self.canvas.mapTool()
        places = (plugin.discovery.tools, plugin.negotiation, plugin.competition.capture, plugin.plan.picker, tool)
        return [plugin.map._going, *(one._looking for one in places if hasattr(one, "_looking"))]

    def _pin(self) -> None:
        self.plugin.discovery.tools.actions["pin"].trigger()
        view, none = self.canvas.viewport(), Qt.KeyboardModifier.NoModifier
        QTest.mousePress(view, Qt.MouseButton.LeftButton, none, self.at)
        QTest.mouseMove(view, self.at + QPoint(20, 0))
        self.watcher.driver.settle(0.2)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, none, self.at + QPoint(20, 0))
        self._given_up()

    def _draw(self) -> None:
        config = QgsProject.instance().snappingConfig()
        on = QgsSnappingConfig(config)
        on.setEnabled(True)
        on.setMode(type(config.mode()).AllLayers)
        QgsProject.instance().setSnappingConfig(on)
        try:
            self._clicked(self.plugin.discovery.tools.actions["new_building"].trigger)
        finally:
            QgsProject.instance().setSnappingConfig(config)

    def _drill(self) -> None:
        iface.actionPan().trigger()
        view, at = self.canvas.viewport(), QPointF(self.at)
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick,
                     QEvent.Type.MouseButtonRelease):
            QApplication.sendEvent(view, QMouseEvent(kind, at, QPointF(view.mapToGlobal(self.at)),
                                                     Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton,
                                                     Qt.KeyboardModifier.NoModifier))
        self._given_up()

    def _selected(self, key: str, run: Callable[[], None]) -> None:
        """Work with what was selected while the store answered: selecting is QGIS' own, and reads the row itself."""
        iface.setActiveLayer(require_layer(key))
        self.watcher.driver.settle(0.3)
        run()
        self._given_up()

    def _history(self) -> None:
        from fullservice_plugin.gui.history_dialog import open_history

        dialog = open_history(iface, self.plugin.notifier)
        self.watcher.driver.settle(0.3)
        if dialog is not None:
            dialog.close()

    def form(self, key: str) -> None:
        """Open a form, as QGIS does, and the first tab with related rows."""
        form = iface.getFeatureForm(require_layer(key), self.rows[key])
        form.show()
        self.watcher.driver.settle(0.2)
        tabs = form.findChild(QTabWidget, "tabs")
        if tabs is not None and tabs.count() > 1:
            tabs.setCurrentIndex(1)
            self.watcher.driver.settle(0.4)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.close()

    def select(self, key: str) -> None:
        """Select a row, as QGIS' own tools do."""
        layer = require_layer(key)
        iface.setActiveLayer(layer)
        layer.selectByIds([self.rows[key].id()])
        self.watcher.driver.settle(0.3)
        layer.removeSelection()

    def _theme(self) -> None:
        dock = self.plugin.dock
        before = dock.themes.currentIndex()
        for index in range(dock.themes.count()):
            dock._apply_theme(index)
        dock._apply_theme(max(before, 0))
