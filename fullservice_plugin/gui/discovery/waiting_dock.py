# SPDX-License-Identifier: GPL-2.0-or-later
"""A dock that shows what waits for a decision, one after the other beside the map, decided by single keys."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsWkbTypes,
)
from qgis.gui import QgsDockWidget, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QKeySequence
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QShortcut,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.gis import palette
from fullservice_plugin.gui.discovery.deeds import Deeds, project_store
from fullservice_plugin.gui.discovery.map_tools import band
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.i18n import tr

_LEAST = 0.0004  # degrees shown around an item at least
_DIFFERENT = "#fff2cc"


class WaitingDock(QgsDockWidget):
    """What waits, source by source. N and P go on and back, Ctrl+Z takes the last answer back.

    An item has ``shape`` and ``outline`` (EPSG:4326 or None) and ``answers``. Docks say what they show: ``NAME``,
    ``ANSWERS`` as (answer, key, words), and the methods of the last section.
    """

    NAME = ""
    ANSWERS: tuple[tuple[str, str, str], ...] = ()

    def __init__(self, iface: Any, notifier: Notifier, deeds: Deeds, title: str, headings: tuple[str, str]) -> None:
        super().__init__(title, iface.mainWindow())
        self.setObjectName(self.NAME)
        self._iface = iface
        self._notifier = notifier
        self._title = title
        self.deeds = deeds
        self.items: list[Any] = []
        self.at = 0
        self._task: Any = None
        self._bands: list[QgsRubberBand] = []
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(self._source_row(body))
        self.state = QLabel(tr("Open a battle map, then load what waits."), body)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        self.table = QTableWidget(0, 3, body)
        self.table.setHorizontalHeaderLabels(["", *headings])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setWordWrap(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout.addWidget(self.table, 1)
        self.buttons: dict[str, QPushButton] = {}
        layout.addLayout(self._answers(body))
        layout.addLayout(self._way(body))
        self.setWidget(body)
        deeds.undone.connect(self._undone)
        self.visibilityChanged.connect(self._visible)
        self._show()

    def _source_row(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.source = QComboBox(body)
        self.source.addItem(tr("All sources"), None)
        self.source.activated.connect(lambda _at: self.load())
        self.reload = QPushButton(icon("action_history"), tr("Load"), body)
        self.reload.clicked.connect(self.load)
        row.addWidget(self.source, 1)
        row.addWidget(self.reload)
        return row

    def _answers(self, body: QWidget) -> QGridLayout:
        grid = QGridLayout()
        for number, (answer, key, words) in enumerate(self.ANSWERS):
            button = QPushButton(f"{tr(words)} ({key})", body)
            button.clicked.connect(lambda _checked=False, answer=answer: self.answer(answer))
            grid.addWidget(button, number // 2, number % 2)
            self.buttons[answer] = button
            self._shortcut(key, lambda answer=answer: self.answer(answer))
        return grid

    def _way(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.back, self.on = QPushButton(tr("Previous (P)"), body), QPushButton(tr("Next (N)"), body)
        self.undo = QPushButton(tr("Undo (Ctrl+Z)"), body)
        for button, key, run in (
            (self.back, "P", lambda: self.go(-1)),
            (self.on, "N", lambda: self.go(1)),
            (self.undo, "Ctrl+Z", self._undo),
        ):
            button.clicked.connect(lambda _checked=False, run=run: run())
            self._shortcut(key, run)
            row.addWidget(button)
        return row

    def _shortcut(self, key: str, run: Callable[[], None]) -> None:
        """A key that counts while the dock has the focus, so that typing elsewhere decides nothing."""
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(run)

    @property
    def item(self) -> Optional[Any]:
        """The item that is shown."""
        return self.items[self.at] if self.at < len(self.items) else None

    def load(self) -> None:
        """Ask what waits, in the background."""
        store = self._notifier.guard(project_store)
        if store is None:
            return
        chosen = self.source.currentData()
        self.state.setText(tr("Loading…"))

        def answered(found: tuple[list[tuple[str, int]], list[Any]]) -> None:
            self._task = None
            known, self.items = found
            self._fill_sources(known, chosen)
            self.at = 0
            self._show()

        def failed(error: BaseException) -> None:
            self._task = None
            self.state.setText("")
            self._notifier.error(error)

        self._task = ask_later(self._title, store, lambda opened: self._fetch(opened, chosen), answered, failed)

    def forget(self) -> None:
        """Show nothing that waits any more."""
        self.items, self.at = [], 0
        self.source.clear()
        self.source.addItem(tr("All sources"), None)
        self.state.setText(tr("Open a battle map, then load what waits."))
        self._show()

    def _fill_sources(self, known: list[tuple[str, int]], chosen: Optional[str]) -> None:
        self.source.clear()
        self.source.addItem(tr("All sources ({count})", count=sum(count for _, count in known)), None)
        for name, count in known:
            self.source.addItem(f"{name} ({count})", name)
        self.source.setCurrentIndex(max(0, self.source.findData(chosen)))

    def go(self, step: int) -> None:
        """Show the next or the previous item."""
        if self.items:
            self.at = (self.at + step) % len(self.items)
            self._show()

    def answer(self, answer: str) -> None:
        """Decide the shown item and go on to the next."""
        item = self.item
        if item is not None and answer in item.answers and not self.deeds.busy:
            self._carry_out(item, answer)

    def _run(self, item: Any, work: Callable[[Any], Any]) -> None:
        """Do ``work`` and take the item off the list; the list is loaded again where it failed."""
        if self.deeds.run(self._title, work, self.load):
            self.items.remove(item)
            self.at = min(self.at, max(0, len(self.items) - 1))
            self._show()

    def _undo(self) -> None:
        self.deeds.undo()

    def _undone(self, _deed: Any) -> None:
        if self.isVisible():
            self.load()

    def _visible(self, visible: bool) -> None:
        if not visible:
            self._clear_map()
        elif self.item is not None:
            self._show()

    def stop(self) -> None:
        """Let go of task and map before the dock is deleted."""
        if self._task is not None:
            self._task.cancel()
        self._clear_map()
        self.deeds.undone.disconnect(self._undone)

    def _show(self) -> None:
        item = self.item
        allowed = item.answers if item is not None else ()
        shown = self._shown(item)
        for answer, button in self.buttons.items():
            button.setEnabled(answer in allowed)
            button.setVisible(answer in shown)
        for button in (self.back, self.on):
            button.setEnabled(len(self.items) > 1)
        self._fill_table(item)
        self._draw(item)
        if item is not None:
            self.state.setText(self._sentence(item))
        elif self._task is None and self.source.count() > 1:
            self.state.setText(tr("Nothing waits here."))

    def _fill_table(self, item: Optional[Any]) -> None:
        self.table.setRowCount(0)
        for label, left, right in self._facts(item) if item is not None else ():
            self.table.insertRow(self.table.rowCount())
            for column, value in enumerate((label, left, right)):
                cell = QTableWidgetItem("–" if value is None else str(value))
                self.table.setItem(self.table.rowCount() - 1, column, cell)
                if column and left is not None and right is not None and str(left) != str(right):
                    cell.setBackground(QColor(_DIFFERENT))
        self.table.resizeRowsToContents()

    def _draw(self, item: Optional[Any]) -> None:
        self._clear_map()
        if item is None or not self.isVisible():
            return
        canvas = self._iface.mapCanvas()
        way = QgsCoordinateTransform(
            QgsCoordinateReferenceSystem("EPSG:4326"), canvas.mapSettings().destinationCrs(), QgsProject.instance()
        )
        view = QgsRectangle()
        for shape, colour in ((item.outline, palette.PAIR_STORE), (item.shape, palette.PAIR_SOURCE)):
            if shape is None:
                continue
            geometry = QgsGeometry.fromWkt(shape.wkt)
            view.combineExtentWith(geometry.boundingBox())
            geometry.transform(way)
            drawn = band(canvas, QgsWkbTypes.geometryType(geometry.wkbType()), colour)
            drawn.setToGeometry(geometry, None)
            self._bands.append(drawn)
        if not self._bands:
            return  # nothing says where it is: the map stays
        view.grow(max(_LEAST, view.width(), view.height()))
        canvas.setExtent(way.transformBoundingBox(view))
        canvas.refresh()

    def _clear_map(self) -> None:
        for drawn in self._bands:
            self._iface.mapCanvas().scene().removeItem(drawn)
        self._bands = []

    # What a dock says of its items.

    def _fetch(self, store: Any, source: Optional[str]) -> tuple[list[tuple[str, int]], list[Any]]:
        """Return (source, count) pairs and the items of one source, None for all."""
        raise NotImplementedError

    def _carry_out(self, item: Any, answer: str) -> None:
        """Do what an answer says, with :meth:`_run`."""
        raise NotImplementedError

    def _facts(self, item: Any) -> Sequence[tuple[str, Any, Any]]:
        """Return the rows of the table: label, what the source says, what the store says."""
        raise NotImplementedError

    def _sentence(self, item: Any) -> str:
        """Return the line above the table."""
        raise NotImplementedError

    def _shown(self, item: Optional[Any]) -> Sequence[str]:
        """Return the answers whose buttons are shown."""
        return [answer for answer, _, _ in self.ANSWERS]
