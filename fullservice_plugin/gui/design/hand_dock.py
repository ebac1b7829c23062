# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of a design by hand: open a plan, change it on the map, see at once what it costs, save it as a version."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsCoordinateTransform, QgsGeometry, QgsProject
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QShortcut,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from shapely.geometry import Point

from fullservice_plugin.core.access.choice.apart import plan_apart
from fullservice_plugin.core.access.wired.hand import Hand
from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.gui.design import hand_tools as make
from fullservice_plugin.gui.design.frontier_chart import FrontierChart
from fullservice_plugin.gui.design.hand_layers import HandLayers
from fullservice_plugin.gui.design.hand_words import items_of, sentences
from fullservice_plugin.gui.design.work_bar import WorkBar
from fullservice_plugin.gui.discovery.deeds import is_open, project_store, redraw
from fullservice_plugin.gui.discovery.map_tools import DrawTool, HandTool
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.hand_session import HandSession, Step, open_session, save_session, without
from fullservice_plugin.store import plans as queries

_ITEM = Qt.ItemDataRole.UserRole


class HandDock(QgsDockWidget):
    """One plan under the hand. Ctrl+Z goes a step back, Ctrl+Y forth; every change is designed in the background.

    ``kept`` tells the code of a plan that was saved here.
    """

    kept = pyqtSignal(str)

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        super().__init__(tr("Design by hand"), iface.mainWindow())
        self.setObjectName("FullServiceDesignByHand")
        self._iface, self._notifier = iface, notifier
        self.session: Optional[HandSession] = None
        self.layers: Optional[HandLayers] = None
        self._kept: Optional[Step] = None  # what was opened or saved last
        self._tool: Optional[HandTool] = None
        self._plans = Asking()
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(self._plan_row(body))
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        self.curve = FrontierChart(body)
        self.curve.hide()
        layout.addWidget(self.curve)
        self.work = WorkBar(notifier, body)
        self.work.changed.connect(self._show)
        layout.addWidget(self.work)
        self.tools: dict[str, QPushButton] = {}
        layout.addLayout(self._tool_grid(body))
        self.list = QListWidget(body)
        self.list.setToolTip(tr("What was drawn, locked, forbidden and placed"))
        layout.addWidget(self.list, 1)
        layout.addLayout(self._step_row(body))
        self.setWidget(body)
        self._shortcut("Ctrl+Z", self.undo)
        self._shortcut("Ctrl+Y", self.redo)
        self.visibilityChanged.connect(self._visible)
        QgsProject.instance().cleared.connect(self._cleared)
        QgsProject.instance().readProject.connect(self._read)
        self._show()

    def _plan_row(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.plan = QComboBox(body)
        self.plan.setEditable(True)
        self.plan.lineEdit().setPlaceholderText(tr("Plan"))
        self.open_button = QPushButton(icon("design"), tr("Open"), body)
        self.open_button.clicked.connect(lambda _checked=False: self.open())
        row.addWidget(self.plan, 1)
        row.addWidget(self.open_button)
        return row

    def _tool_grid(self, body: QWidget) -> QGridLayout:
        grid = QGridLayout()
        self.construction = QComboBox(body)
        for key, words in make.CONSTRUCTIONS:
            self.construction.addItem(tr(words), key)
        self.construction.setToolTip(tr("How the drawn way is built"))
        for number, (key, words) in enumerate(make.TOOLS):
            button = QPushButton(tr(words), body)
            button.setCheckable(True)
            button.setToolTip(tr(make.HINTS[key]))
            button.clicked.connect(lambda _checked=False, key=key: self.use(key))
            self.tools[key] = button
            grid.addWidget(button, number // 2, number % 2)
        row = (len(make.TOOLS) + 1) // 2
        grid.addWidget(self.construction, row, 0)
        self.floor = QSpinBox(body)
        self.floor.setRange(-9, 200)
        self.floor.setValue(1)
        self.floor.setPrefix(tr("Floor") + " ")
        self.floor.setToolTip(tr("Floor on which access points are shown, placed and dragged"))
        self.floor.valueChanged.connect(lambda _value: self._draw_aps())
        grid.addWidget(self.floor, row, 1)
        return grid

    def _step_row(self, body: QWidget) -> QGridLayout:
        grid = QGridLayout()
        self.release = QPushButton(tr("Release"), body)
        self.undo_button = QPushButton(tr("Undo (Ctrl+Z)"), body)
        self.redo_button = QPushButton(tr("Redo (Ctrl+Y)"), body)
        self.save_button = QPushButton(tr("Save version"), body)
        self.release.setToolTip(tr("Let go of the chosen line of the list"))
        self.save_button.setToolTip(tr("Keep the design as a new plan of the same scenario"))
        runs = (self._release, self.undo, self.redo, self.save)
        buttons = (self.release, self.undo_button, self.redo_button, self.save_button)
        for number, (button, run) in enumerate(zip(buttons, runs)):
            button.clicked.connect(lambda _checked=False, run=run: run())
            grid.addWidget(button, number // 2, number % 2)
        return grid

    def _shortcut(self, key: str, run: Callable[[], None]) -> None:
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(run)

    def _cleared(self) -> None:
        """Another map is opened: the design and the list of plans belong to the last one."""
        if self.session is not None and self.session.step is not self._kept:
            self._notifier.warning(tr(
                "The map was closed: what was changed by hand in plan {code} and not saved is gone.",
                code=self.session.plan["code"]))
        self._plans.stop()
        self.layers = None  # they went with the map
        self._close()
        self.plan.clear()
        self.plan.clearEditText()
        self._show()

    def _read(self, _document: Any = None) -> None:
        self._visible(self.isVisible())

    def _visible(self, shown: bool) -> None:
        if shown and not self.plan.count() and not self.work.busy:
            self._load_plans()

    def _load_plans(self) -> None:
        try:
            name = project_store()
        except Exception:  # no store yet: the dock says what to do
            return

        def fill(codes: list[str]) -> None:
            current = self.plan.currentText()
            self.plan.clear()
            self.plan.addItems(codes)
            if current:
                self.plan.setCurrentText(current)

        self._plans.ask(tr("Plans"), name, queries.plan_codes, fill, self._notifier.error)

    def open(self) -> None:
        """Open the chosen plan."""
        code = self.plan.currentText().strip()
        if not code:
            self._notifier.info(tr("Choose a plan first."))
            return
        name = self._store_name()
        if name is None:
            return

        def work(progress: Any) -> HandSession:
            with open_store(name) as store:
                return open_session(store, code, progress)

        def opened(session: HandSession) -> None:
            if is_open(name):  # else another map was opened meanwhile
                self._opened(session)

        self.work.run(tr("Open plan {code}", code=code), work, opened)

    def _store_name(self) -> Optional[str]:
        """The store of the open map; None, and the user is told, where there is none."""
        return self._notifier.guard(project_store)

    def _opened(self, session: HandSession) -> None:
        self._close()
        self.session, self._kept = session, session.step
        self.layers = HandLayers(session.proj)
        plan = session.plan
        cost, benefit = (None if plan[name] is None else float(plan[name]) for name in ("cost", "benefit"))
        self.curve.show_curve((plan["params"] or {}).get("frontier", ()), cost, benefit, str(plan["currency"] or ""))
        self._draw()
        self._fly()

    def _fly(self) -> None:
        if self.layers is None:
            return
        canvas = self._iface.mapCanvas()
        way = QgsCoordinateTransform(
            self.layers.crs, canvas.mapSettings().destinationCrs(), QgsProject.instance()
        )
        extent = self.layers.layers["design_routes"].extent()
        if not extent.isEmpty():
            box = way.transformBoundingBox(extent)
            box.scale(1.2)
            canvas.setExtent(box)
            canvas.refresh()

    def use(self, key: str) -> None:
        """Take up a tool, or put it down where it was in use."""
        for name, button in self.tools.items():
            button.setChecked(name == key and button.isChecked())
        if self.session is None or not self.tools[key].isChecked():
            self._put_down()
            return
        self._drop_tool()
        canvas = self._iface.mapCanvas()
        if key in ("drag", "home", "ap_drag"):
            self._tool = make.DragTool(canvas, lambda a, b: self._dragged(key, a, b), self._put_down)
        else:
            self._tool = DrawTool(canvas, "line" if key == "draw" else "point", lambda shape: self._drawn(key, shape),
                                  self._put_down)
        self._tool.undo, self._tool.redo = self.undo, self.redo
        self._tool.under = lambda point: self._under(key, point)
        self._tool.setButton(self.tools[key])
        canvas.setMapTool(self._tool)
        self._notifier.hint(tr(make.HINTS[key]))

    def _under(self, key: str, at: Any) -> Optional[QgsGeometry]:
        """What a click of a tool at a point of the map would take, for the map."""
        if self.session is None or self.layers is None or self.work.busy:
            return None
        canvas_crs, project = self._iface.mapCanvas().mapSettings().destinationCrs(), QgsProject.instance()
        point = QgsCoordinateTransform(canvas_crs, self.layers.crs, project).transform(at)
        shape = make.shape_under(self.session, key, Point(point.x(), point.y()), self.floor.value())
        if shape is None:
            return None
        found = QgsGeometry()
        found.fromWkb(shape.wkb)
        found.transform(QgsCoordinateTransform(self.layers.crs, canvas_crs, project))
        return found

    def _drop_tool(self) -> None:
        if self._tool is not None:
            tool, self._tool = self._tool, None
            tool.put_down()

    def _put_down(self) -> None:
        self._drop_tool()
        for button in self.tools.values():
            button.setChecked(False)

    def _drawn(self, key: str, shape: Any) -> None:
        def changed(session: HandSession, crs: Any) -> Hand:
            mine = make.to_session(shape, crs)
            return make.with_drawn(session, key, mine, str(self.construction.currentData()), self.floor.value())

        self._change(changed)

    def _dragged(self, key: str, start_at: Any, end_at: Any) -> None:
        def changed(session: HandSession, crs: Any) -> Hand:
            canvas_crs = self._iface.mapCanvas().mapSettings().destinationCrs()
            way = QgsCoordinateTransform(canvas_crs, crs, QgsProject.instance())
            a, b = (Point(p.x(), p.y()) for p in (way.transform(start_at), way.transform(end_at)))
            if key == "ap_drag":
                return make.with_ap_moved(session, a, b, self.floor.value())
            move = make.with_site_moved if key == "drag" else make.with_home_moved
            return move(session, a, b)

        self._change(changed)

    def _change(self, changed: Callable[[HandSession, Any], Hand]) -> None:
        """Design anew around a change (session, its CRS → hand); one at a time."""
        session, layers = self.session, self.layers
        if session is None or layers is None:
            return
        if self.work.busy:
            self._notifier.info(tr("The last change is still being designed."))
            return
        hand = self._notifier.guard(changed, session, layers.crs)
        if hand is None:
            return
        self.work.run(
            tr("Design around the change"), lambda progress: session.apply(hand, progress), lambda _step: self._draw()
        )

    def _release(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            kind, number = item.data(_ITEM)
            self._change(lambda session, _crs: without(session.step.hand, kind, number))

    def undo(self) -> None:
        """Go a step back."""
        if self.session is not None and not self.work.busy and self.session.undo():
            self._draw()

    def redo(self) -> None:
        """Take the last undo back."""
        if self.session is not None and not self.work.busy and self.session.redo():
            self._draw()

    def save(self) -> None:
        """Keep the design as a new plan."""
        session = self.session
        name = self._store_name() if session is not None and not self.work.busy else None
        if session is None or name is None:
            return

        step = session.step

        def work(progress: Any) -> Any:
            with open_store(name, write=True) as store:
                return save_session(store, session, progress, plan_apart)

        def saved(made: Any) -> None:
            text = tr("Saved as plan {code}.", code=made.code) if made.new else tr(
                "Plan {code} is the same as this design; nothing was saved.", code=made.code)
            self._notifier.success(text)
            if not is_open(name):
                return
            self._kept = step
            redraw()
            self._load_plans()
            self.kept.emit(made.code)

        self.work.run(tr("Save the design"), work, saved)

    def _draw(self) -> None:
        if self.session is not None and self.layers is not None:
            self.layers.show(self.session.step.design)
            self._draw_aps()
        self._show()

    def _draw_aps(self) -> None:
        if self.session is not None and self.layers is not None:
            step = self.session.step
            self.layers.show_aps(step.wlan.aps, self.floor.value(), {ap.ap_id for ap in step.hand.aps})

    def _show(self) -> None:
        """Say what the design costs and what the hand holds."""
        self.list.clear()
        if self.session is None:
            self.state.setText(
                tr("Open a plan of the battle map, then change it here: every change is designed at once.")
            )
        else:
            self.state.setText("\n".join(sentences(self.session, self.session.step)))
            for kind, number, words in items_of(self.session.step.hand):
                item = QListWidgetItem(words, self.list)
                item.setData(_ITEM, (kind, number))
        self._enable()

    def _enable(self) -> None:
        idle, there = not self.work.busy, self.session is not None
        for button in (*self.tools.values(), self.construction, self.floor, self.release):
            button.setEnabled(there and idle)
        self.undo_button.setEnabled(there and idle and len(self.session.steps) > 1 if self.session else False)
        self.redo_button.setEnabled(bool(idle and self.session and self.session.undone))
        self.save_button.setEnabled(bool(idle and self.session and self.session.step.hand))
        self.open_button.setEnabled(idle)

    def _close(self) -> None:
        self._put_down()
        if self.layers is not None:
            self.layers.remove()
        self.layers, self.session = None, None
        self.curve.hide()

    def stop(self) -> None:
        """Let go of task, tool and layers; called before the dock is deleted."""
        QgsProject.instance().cleared.disconnect(self._cleared)
        QgsProject.instance().readProject.disconnect(self._read)
        self.work.stop()
        self._plans.stop()
        self._close()
