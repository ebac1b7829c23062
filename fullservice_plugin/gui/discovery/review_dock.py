# SPDX-License-Identifier: GPL-2.0-or-later
"""The review dock: doubtful pairs one after the other, side by side on the map, decided by single keys."""

from __future__ import annotations

from typing import Any, Callable, Optional

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

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gis import palette
from fullservice_plugin.gui.background import ask_later
from fullservice_plugin.gui.discovery.deeds import Deeds, project_store
from fullservice_plugin.gui.discovery.map_tools import band
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.review import Pair, decide, sources, waiting

#: Answers with their key and words, in the order of the buttons. The words are translated where they are shown.
ANSWERS: tuple[tuple[str, str, str], ...] = (
    ("same", "A", "Accept: the same building"),
    ("different", "R", "Reject: a building of its own"),
    ("merged", "M", "Merge: the same, and take its outline"),
    ("replaced", "B", "Rebuilt: new in place of the old"),
    ("no_building", "X", "Not a building"),
    ("standing", "S", "Still standing"),
    ("demolished", "D", "Demolished"),
)
_LEAST = 0.0004  # degrees shown around a pair at least
_ROWS = (("Name", "name"), ("Number", "number"), ("Use", "use"), ("Storeys", "storeys"), ("Households", "households"))


class ReviewDock(QgsDockWidget):
    """Shows what waits, source by source. N and P go on and back, Ctrl+Z takes the last answer back."""

    def __init__(self, iface: Any, notifier: Notifier, deeds: Deeds) -> None:
        super().__init__(tr("Review of doubtful buildings"), iface.mainWindow())
        self.setObjectName("FullServiceReview")
        self._iface = iface
        self._notifier = notifier
        self.deeds = deeds
        self.pairs: list[Pair] = []
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
        self.table.setHorizontalHeaderLabels(["", tr("Source (orange)"), tr("Store (blue)")])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
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
        for number, (answer, key, words) in enumerate(ANSWERS):
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
    def pair(self) -> Optional[Pair]:
        """The pair that is shown."""
        return self.pairs[self.at] if self.at < len(self.pairs) else None

    def load(self) -> None:
        """Ask what waits, in the background."""
        try:
            store = project_store()
        except Exception as error:  # the edge: a button
            self._notifier.error(error)
            return
        chosen = self.source.currentData()
        self.state.setText(tr("Loading…"))

        def answered(found: tuple[list[tuple[str, int]], list[Pair]]) -> None:
            self._task = None
            known, self.pairs = found
            self._fill_sources(known, chosen)
            self.at = 0
            self._show()

        def failed(error: BaseException) -> None:
            self._task = None
            self.state.setText("")
            self._notifier.error(error)

        self._task = ask_later(
            tr("Doubtful buildings"), store, lambda opened: (sources(opened), waiting(opened, chosen)), answered, failed
        )

    def _fill_sources(self, known: list[tuple[str, int]], chosen: Optional[str]) -> None:
        self.source.clear()
        self.source.addItem(tr("All sources ({count})", count=sum(count for _, count in known)), None)
        for name, count in known:
            self.source.addItem(f"{name} ({count})", name)
        self.source.setCurrentIndex(max(0, self.source.findData(chosen)))

    def go(self, step: int) -> None:
        """Show the next or the previous pair."""
        if self.pairs:
            self.at = (self.at + step) % len(self.pairs)
            self._show()

    def answer(self, answer: str) -> None:
        """Decide the shown pair and go on to the next."""
        pair = self.pair
        if pair is None or answer not in pair.answers or self.deeds.busy:
            return
        if self.deeds.run(tr("Review"), lambda store: decide(store, pair, answer), self.load):
            self.pairs.remove(pair)
            self.at = min(self.at, max(0, len(self.pairs) - 1))
            self._show()

    def _undo(self) -> None:
        self.deeds.undo()

    def _undone(self, _deed: Any) -> None:
        if self.isVisible():
            self.load()

    def _visible(self, visible: bool) -> None:
        if not visible:
            self._clear_map()
        elif self.pair is not None:
            self._show()

    def stop(self) -> None:
        """Let go of task and map before the dock is deleted."""
        if self._task is not None:
            self._task.cancel()
        self._clear_map()
        self.deeds.undone.disconnect(self._undone)

    def _show(self) -> None:
        pair = self.pair
        allowed = pair.answers if pair is not None else ()
        gone = pair is not None and pair.gone
        for answer, button in self.buttons.items():
            button.setEnabled(answer in allowed)
            button.setVisible((answer in ("standing", "demolished")) == gone)
        for button in (self.back, self.on):
            button.setEnabled(len(self.pairs) > 1)
        self._fill_table(pair)
        self._draw(pair)
        if pair is None:
            if self._task is None and self.source.count() > 1:
                self.state.setText(tr("Nothing waits here."))
        elif gone:
            self.state.setText(
                tr(
                    "{at} of {count} · {source} no longer shows this building.",
                    at=self.at + 1,
                    count=len(self.pairs),
                    source=pair.source,
                )
            )
        else:
            self.state.setText(
                tr(
                    "{at} of {count} · {source} · likeness {score} %",
                    at=self.at + 1,
                    count=len(self.pairs),
                    source=pair.source,
                    score=round(100 * (pair.score or 0)),
                )
            )

    def _fill_table(self, pair: Optional[Pair]) -> None:
        self.table.setRowCount(0)
        if pair is None:
            return
        rows = [(tr(label), pair.attributes.get(name), pair.building.get(name)) for label, name in _ROWS]
        rows.append((tr("Source"), pair.source, pair.building.get("discovery_source")))
        rows.append((tr("Key"), pair.key if not pair.gone else None, pair.building.get("code")))
        rows.append((tr("Observed on"), pair.observed_on, None))
        for label, left, right in rows:
            if label == tr("Use"):
                left, right = (code_label("building_use", word, language()) if word else None for word in (left, right))
            self.table.insertRow(self.table.rowCount())
            for column, value in enumerate((label, left, right)):
                item = QTableWidgetItem("–" if value is None else str(value))
                self.table.setItem(self.table.rowCount() - 1, column, item)
                if column and left is not None and right is not None and str(left) != str(right):
                    item.setBackground(QColor("#fff2cc"))

    def _draw(self, pair: Optional[Pair]) -> None:
        self._clear_map()
        if pair is None or not self.isVisible():
            return
        canvas = self._iface.mapCanvas()
        way = QgsCoordinateTransform(
            QgsCoordinateReferenceSystem("EPSG:4326"), canvas.mapSettings().destinationCrs(), QgsProject.instance()
        )
        view = QgsRectangle()
        for shape, colour in ((pair.outline, palette.PAIR_STORE), (pair.shape, palette.PAIR_SOURCE)):
            if shape is None:
                continue
            geometry = QgsGeometry.fromWkt(shape.wkt)
            view.combineExtentWith(geometry.boundingBox())
            geometry.transform(way)
            drawn = band(canvas, QgsWkbTypes.geometryType(geometry.wkbType()), colour)
            drawn.setToGeometry(geometry, None)
            self._bands.append(drawn)
        view.grow(max(_LEAST, view.width(), view.height()))
        canvas.setExtent(way.transformBoundingBox(view))
        canvas.refresh()

    def _clear_map(self) -> None:
        for drawn in self._bands:
            self._iface.mapCanvas().scene().removeItem(drawn)
        self._bands = []
