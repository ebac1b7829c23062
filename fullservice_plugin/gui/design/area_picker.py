# SPDX-License-Identifier: GPL-2.0-or-later
"""Chooses the area of a plan: by name or code, by a click on the map, or by a rectangle around estates."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import QObject, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QShortcut,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.gis.layers import GRID
from fullservice_plugin.gui.design.area_tool import AreaTool
from fullservice_plugin.gui.discovery.deeds import project_store
from fullservice_plugin.gui.looking import Looking
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import tr
from fullservice_plugin.services import plan_desk

_TYPING_MS = 350
_LINES = 6
_CODE = Qt.ItemDataRole.UserRole
#: Kinds of areas in words.
KINDS = {"estate": "Estate", "estates": "Estates", "grid": "Grid", "micro_region": "Micro-region", "branch": "Branch"}
HINT = "Click an estate or grid, or drag a rectangle around several estates. Escape ends."


class AreaPicker(QWidget):
    """``chosen`` tells the code of the area; what was found besides stays in the list."""

    chosen = pyqtSignal(str)

    def __init__(self, iface: Any, notifier: Notifier, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._iface, self._notifier = iface, notifier
        self._asking = Asking()
        self._looking = Looking(iface.mapCanvas(), notifier)
        self.tool: Optional[AreaTool] = None
        layout, row = QVBoxLayout(self), QHBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        self.text = QgsFilterLineEdit(self)
        self.text.setShowSearchIcon(True)
        self.text.setPlaceholderText(tr("Estate or territory: name or code; pinyin too"))
        self.text.setToolTip(self.text.placeholderText())
        self.map_button = QPushButton(tr("On the map"), self)
        self.map_button.setCheckable(True)
        self.map_button.setToolTip(tr(HINT))
        self.map_button.clicked.connect(lambda _checked=False: self.use_map(self.map_button.isChecked()))
        row.addWidget(self.text, 1)
        row.addWidget(self.map_button)
        layout.addLayout(row)
        self.hits = QListWidget(self)
        self.hits.setAccessibleName(tr("Areas found"))
        self.hits.hide()
        self.hits.itemClicked.connect(self._take)
        self.hits.itemActivated.connect(self._take)
        layout.addWidget(self.hits)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.text.textChanged.connect(self._typed)
        self.text.returnPressed.connect(self._enter)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.text, context=Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(lambda: self.hits.setFocus() if self.hits.isVisible() else None)

    def _typed(self, _text: str) -> None:
        """What was found for another text is gone."""
        self.hits.clear()
        self.hits.hide()
        self._typing.start()

    def _search(self, first: bool = False) -> None:
        """Look for what is typed, and take the ``first`` hit where that is wanted."""
        text = self.text.text().strip()

        def found(rows: list[dict[str, Any]]) -> None:
            self._show(rows)
            if not rows:
                self._notifier.hint(tr("Nothing found."))
            elif first:
                self._take(self.hits.item(0))

        if text:
            self._ask(lambda store: plan_desk.find_areas(store, text), found)

    def _enter(self) -> None:
        """Enter takes the first hit, at once or when it is found."""
        self._typing.stop()
        if self.hits.count():
            self._take(self.hits.currentItem() or self.hits.item(0))
        else:
            self._search(first=True)

    def _ask(self, ask: Callable[[Any], Any], answered: Callable[[Any], None]) -> None:
        self._looking.stop()
        store = self._notifier.guard(project_store)
        if store is not None:
            self._asking.ask(tr("Areas"), store, ask, answered, self._notifier.error)

    def _show(self, found: list[dict[str, Any]]) -> None:
        self.hits.clear()
        for row in found:
            item = QListWidgetItem(f"{tr(KINDS.get(row['kind'], 'Area'))} · {row['name']} ({row['code']})", self.hits)
            item.setData(_CODE, row["code"])
        line = self.hits.sizeHintForRow(0) if found else 0
        self.hits.setFixedHeight(min(len(found), _LINES) * line + 2 * self.hits.frameWidth())
        self.hits.setVisible(bool(found))

    def _take(self, item: Optional[QListWidgetItem]) -> None:
        if item is not None:
            self.hits.setCurrentItem(item)
            self.chosen.emit(str(item.data(_CODE)))

    def use_map(self, on: bool = True) -> None:
        """Take the map tool up, or put it down."""
        canvas = self._iface.mapCanvas()
        if self.tool is not None:
            tool, self.tool = self.tool, None
            tool.put_down()
        self.map_button.setChecked(on)
        if on:
            self.tool = AreaTool(canvas, self.at, self.inside, lambda: self.use_map(False))
            self.tool.deactivated.connect(self._let_go)
            canvas.setMapTool(self.tool)
            self._notifier.hint(tr(HINT))

    def _let_go(self) -> None:
        """Another tool was taken up."""
        sender: Optional[QObject] = self.sender()
        if self.tool is not None and sender is self.tool:
            self.map_button.setChecked(False)

    def at(self, lon: float, lat: float) -> None:
        """Choose what lies at a place (degrees): from afar the grid, near an estate."""
        near = self._iface.mapCanvas().scale() <= GRID
        wanted = ("estate", "grid") if near else ("grid", "estate")

        def found(rows: list[dict[str, Any]]) -> None:
            self._show(rows)
            if not rows:
                self._notifier.hint(tr("There is neither an estate nor a territory here. Click on one."))
                return
            kinds = [row["kind"] for row in rows]
            first = next((kinds.index(kind) for kind in wanted if kind in kinds), 0)
            self._take(self.hits.item(first))

        self._look(lambda store: plan_desk.areas_at(store, lon, lat), found)

    def inside(self, box: tuple[float, ...]) -> None:
        """Choose the estates in a box (west, south, east, north; degrees)."""

        def found(row: dict[str, Any]) -> None:
            self._show([row])
            self._take(self.hits.item(0))

        self._look(lambda store: plan_desk.estates_in(store, box), found)

    def _look(self, ask: Callable[[Any], Any], answered: Callable[[Any], None]) -> None:
        self._asking.stop()
        self._notifier.guard(self._looking.ask, ask, answered)

    def stop(self) -> None:
        """Let go of tool and question."""
        self._typing.stop()
        self._asking.stop()
        self._looking.stop()
        self.use_map(False)
