# SPDX-License-Identifier: GPL-2.0-or-later
"""The estate card: indicators, flags, one tab per stage that has something behind it, and the estate's story."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any, Callable, Optional

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.gis import palette
from fullservice_plugin.gui.discovery.deeds import project_store
from fullservice_plugin.gui.estate import words
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.gui.selected import ask_selected
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.estate_card import EstateCard, estate_card
from fullservice_plugin.services.picked import Picked

_KEY = Qt.ItemDataRole.UserRole
_ACROSS = 3
_WIDEST = 260
_BUTTONS = {"talks": "Talks", "observe": "New observation…", "lead": "Lead…", "designs": "Review of designs",
            "fly": "Fly there"}  # fmt: skip
_TOLD_BY = {"estate", "building", "negotiation", "negotiation_event", "visit_log", "agreement", "attachment",
            "access_design", "design_review", "intel_observation", "area_package", "state_event"}  # fmt: skip


class CardDock(QgsDockWidget):
    """Follows the selection while it is open; ``card`` is what was read last, None where nothing is shown."""

    def __init__(self, iface: Any, notifier: Notifier, desk: Any) -> None:
        super().__init__(tr("Estate card"), iface.mainWindow())
        self.setObjectName("FullServiceEstateCard")
        self._iface, self._notifier, self._desk = iface, notifier, desk
        self._reading, self._paper, self._finding = Asking(), Asking(), Asking()
        self.place: Optional[tuple[str, str]] = None
        self.card: Optional[EstateCard] = None
        self.trees: dict[str, QTreeWidget] = {}
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        self.title = QLabel(body)
        self.title.setWordWrap(True)
        layout.addWidget(self.title)
        self.head = QWidget(body)
        self._grid = QGridLayout(self.head)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(18)
        layout.addWidget(self.head)
        self.flags = QLabel(body)
        self.flags.setWordWrap(True)
        self.flags.setTextFormat(Qt.TextFormat.PlainText)
        self.flags.setStyleSheet(f"background: {palette.ALERT_GROUND}; color: {palette.INK}; padding: 4px 8px;"
                                 f" border-left: 4px solid {palette.DRAWN};")  # fmt: skip
        layout.addWidget(self.flags)
        layout.addLayout(self._button_row(body))
        self.tabs = QTabWidget(body)
        self.tabs.setDocumentMode(True)
        layout.addWidget(self.tabs, 1)
        self.setWidget(body)
        self._show()
        iface.mapCanvas().selectionChanged.connect(self._selected)
        self.visibilityChanged.connect(lambda shown: self._selected() if shown else None)

    def _button_row(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.buttons: dict[str, QPushButton] = {}
        for key, text in _BUTTONS.items():
            button = QPushButton(tr(text), body)
            button.clicked.connect(partial(self._press, key))
            row.addWidget(button)
            self.buttons[key] = button
        row.addStretch(1)
        return row

    def _selected(self, _layer: Any = None) -> None:
        """Follow the selection; what is shown stays where nothing is selected."""
        if not self.isVisible():
            return
        if not self._notifier.guard(ask_selected, self._finding, self._iface.activeLayer(), self._follow, self._failed):
            self._follow(None)

    def _follow(self, row: Optional[Picked]) -> None:
        if row is not None and (row.table, row.id) != self.place:
            self.show_place(row.table, row.id)
        elif self.place is not None and self.card is None:
            self.load()

    def show_place(self, kind: str, key: str) -> None:
        """Show the estate of a place: ``kind`` estate, building or address, and its id."""
        self._finding.stop()
        self.place = (kind, key)
        self.load()

    def tables_changed(self, tables: list[str]) -> None:
        """Read again when somebody changed what is shown."""
        if self.isVisible() and _TOLD_BY & set(tables):
            self.load()

    def forget(self) -> None:
        """Show no estate any more."""
        self._reading.stop()
        self.place = self.card = None
        self._show()

    def load(self) -> None:
        """Read the shown estate again."""
        place = self.place
        if place is None:
            return

        def fill(card: EstateCard) -> None:
            if self.place == place:  # else another one was chosen meanwhile: its answer is on its way
                self.card = card
                self._show()

        self._notifier.guard(lambda: self._reading.ask(self.windowTitle(), project_store(),
                                                lambda store: estate_card(store, *place), fill, self._failed))

    def ask_paper(self, ask: Callable[[Any], Any], answered: Callable[[Any], None]) -> None:
        """Read a document in the background."""
        self._notifier.guard(
            lambda: self._paper.ask(tr("Document"), project_store(), ask, answered, self._notifier.error))

    def _failed(self, error: BaseException) -> None:
        """Tell that nothing could be read, here too: what was shown is not what is stored."""
        self.card = None
        self._show()
        self.title.setText(sentence(error))

    def _press(self, key: str, _checked: bool = False) -> None:
        card = self.card
        if card is not None:
            self._notifier.guard(lambda: self._desk.press(key, card))

    def _show(self) -> None:
        card = self.card
        for key, button in self.buttons.items():
            button.setEnabled(card is not None and (key != "designs" or bool(card.designs)))
        said = words.flags(card) if card else []
        self.flags.setText(" · ".join(said))
        self.flags.setVisible(bool(said))
        self.head.setVisible(card is not None)
        if card is None:
            self.title.setText(tr("Select an estate or a building on the map, or find one in the workbench."))
        else:
            self.title.setText(f"<b style='font-size:large'>{escape(card.name)}</b> &nbsp; {escape(card.code)}")
            self._show_indicators(card)
        self._show_tabs(card)

    def _show_indicators(self, card: EstateCard) -> None:
        while self._grid.count():
            self._grid.takeAt(0).widget().deleteLater()
        for number, (name, value) in enumerate(words.indicators(card)):
            small = f"<span style='color:{palette.HATCH}'>{escape(name)}</span>"
            label = QLabel(f"{small}<br><b>{escape(value)}</b>", self.head)
            self._grid.addWidget(label, number // _ACROSS, number % _ACROSS)

    def _show_tabs(self, card: Optional[EstateCard]) -> None:
        """One tab for each stage that has something behind it; the one that was open stays open."""
        opened = self.tabs.currentWidget().objectName() if self.tabs.count() else ""
        while self.tabs.count():
            old = self.tabs.widget(0)
            self.tabs.removeTab(0)
            old.deleteLater()
        self.trees = {}
        for tab in words.tabs(card) if card else ():
            tree = self._tree(tab)
            self.trees[tab.key] = tree
            self.tabs.addTab(tree, tab.title if tab.key == "lead" else f"{tab.title} {len(tab.lines)}")
            if tree.objectName() == opened:
                self.tabs.setCurrentWidget(tree)
        self.tabs.setVisible(card is not None)

    def _tree(self, tab: words.Tab) -> QTreeWidget:
        tree = QTreeWidget(self.tabs)
        tree.setObjectName(f"FullServiceCard_{tab.key}")
        tree.setHeaderLabels(list(tab.headings))
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setAlternatingRowColors(True)
        for line in tab.lines:
            item = QTreeWidgetItem(list(line.cells))
            item.setData(0, _KEY, line.key)
            for column, text in enumerate(line.cells):
                item.setToolTip(column, text)
            tree.addTopLevelItem(item)
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column in range(len(tab.headings)):
            tree.resizeColumnToContents(column)
            tree.setColumnWidth(column, min(_WIDEST, tree.columnWidth(column)))
        tree.itemActivated.connect(lambda item, _column, key=tab.key: self._open(key, item))
        return tree

    def _open(self, tab: str, item: QTreeWidgetItem) -> None:
        """Open what a line stands for: by double click, or Enter."""
        key = item.data(0, _KEY)
        if key:
            self._notifier.guard(lambda: self._desk.open_line(tab, list(key) if isinstance(key, tuple) else key))

    def stop(self) -> None:
        """Let go of map and tasks; called before the dock is deleted."""
        self._iface.mapCanvas().selectionChanged.disconnect(self._selected)
        self._reading.stop()
        self._finding.stop()
        self._paper.stop()
