# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree of areas with their indicators, and the search that takes its place while something is typed."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QHeaderView, QMenu, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.store.map_views import HITS, Place, areas, estates, search

_PLACE = Qt.ItemDataRole.UserRole
_LOADED = Qt.ItemDataRole.UserRole + 1
_TYPING_MS = 350
#: Kinds of places that have an estate card.
CARDS = ("estate", "building", "address")
#: ``ask(key, title, question, answered)``: a newer question of the same key takes the place of an older one.
Ask = Callable[[str, str, Callable[[Any], Any], Callable[[Any], None]], None]


class Places(QWidget):
    """A line to type in and the tree; a double click chooses a place, a right click offers what can be done with it.

    ``bare`` tells whether the store, once read, has no area at all.
    """

    chosen = pyqtSignal(object)
    card_wanted = pyqtSignal(str, str)
    bare = pyqtSignal(bool)

    def __init__(self, parent: QWidget, ask: Ask) -> None:
        super().__init__(parent)
        self._ask = ask
        self._name = ""
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.filter = QgsFilterLineEdit(self)
        self.filter.setPlaceholderText(tr("Estate, building, address or party; pinyin too"))
        self.filter.setToolTip(self.filter.placeholderText())
        self.filter.setShowSearchIcon(True)
        self.filter.textChanged.connect(lambda _text: self._typing.start())
        self.filter.installEventFilter(self)
        self.tree = QTreeWidget(self)
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels([tr("Area"), tr("Indicators")])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.itemExpanded.connect(self._expand)
        self.tree.itemDoubleClicked.connect(self._choose)
        self.tree.installEventFilter(self)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.filter)
        layout.addWidget(self.tree, 1)

    def load(self, name: str) -> None:
        """Show the areas of the store ``name``."""
        self._name = name
        if self.filter.text().strip():  # what was typed is looked for again: its answer may have been lost
            self._search()
            return
        self._ask("areas", tr("Areas of {name}", name=name), lambda store: areas(store, language()), self._fill_tree)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (the name Qt asks for)
        """Keys: down from the line into the tree, Enter flies to the chosen place or the first hit, Esc clears."""
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if watched is self.filter and (self._typing.isActive() or not self.tree.isEnabled()):
                return False
            item = self.tree.currentItem() or self.tree.topLevelItem(0)
            if item is not None and (watched is self.tree or self.filter.text().strip()):
                self._choose(item)
            return True
        if watched is self.filter and event.key() == Qt.Key.Key_Down and self.tree.topLevelItemCount():
            self.tree.setCurrentItem(self.tree.currentItem() or self.tree.topLevelItem(0))
            self.tree.setFocus()
            return True
        if event.key() == Qt.Key.Key_Escape and self.filter.text():
            self.filter.clear()
            self.filter.setFocus()
            return True
        return False

    def stop(self) -> None:
        """Wait for no more typing."""
        self._typing.stop()

    def _fill_tree(self, places: list[Place]) -> None:
        if self.filter.text().strip():  # something was typed meanwhile: its hits are on their way
            return
        self.tree.setEnabled(True)
        self.tree.clear()
        self.tree.setHeaderLabels([tr("Area"), tr("Indicators")])
        items: dict[str, QTreeWidgetItem] = {}
        for place in places:
            items[place.id] = self._item(place, items.get(place.parent_id))
        for place in places:
            items[place.id].setExpanded(place.kind != "grid")
        if not places:
            self.tree.addTopLevelItem(QTreeWidgetItem([tr("No areas are known yet. “First steps…” brings them in.")]))
            self.tree.topLevelItem(0).setFirstColumnSpanned(True)
        self.bare.emit(not places)

    def _item(self, place: Place, parent: Optional[QTreeWidgetItem]) -> QTreeWidgetItem:
        item = QTreeWidgetItem([place.name, place.detail])
        item.setData(0, _PLACE, place)
        item.setToolTip(1, place.detail)
        if place.kind == "grid":
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        if parent is None:
            self.tree.addTopLevelItem(item)
        else:
            parent.addChild(item)
        return item

    def _expand(self, item: QTreeWidgetItem) -> None:
        place = item.data(0, _PLACE)
        if place is None or place.kind != "grid" or item.data(0, _LOADED):
            return
        item.setData(0, _LOADED, True)

        def fill(found: list[Place]) -> None:
            for estate in found:
                self._item(estate, item)

        self._ask(f"estates {place.id}", tr("Estates of {name}", name=place.name),
                  lambda store: estates(store, place.id, language()), fill)

    def _search(self) -> None:
        text = self.filter.text().strip()
        if not text:
            self.load(self._name)
            return
        self.tree.setEnabled(False)  # what it shows is no answer to what is typed
        title, words = tr("Search for {text}", text=text), {"text": text, "language": language()}

        def begun(found: list[Place]) -> None:
            if found:
                self._fill_hits(found)
            if len(found) < HITS:
                self._ask("search", title, lambda store: search(store, **words),
                          lambda places: self._fill_hits(places, found))

        self._ask("search", title, lambda store: search(store, **words, only_estates=True), begun)

    def _fill_hits(self, places: list[Place], shown: Sequence[Place] = ()) -> None:
        """Show what was found; where it begins with what is ``shown`` already, the rest joins that."""
        self.tree.setEnabled(True)
        if not shown or list(shown) != places[:len(shown)]:
            self.tree.clear()
            self.tree.setHeaderLabels([tr("Found"), tr("Code")])
            shown = ()
        for place in places[len(shown):]:
            self._item(place, None)
        if not places:
            self.tree.addTopLevelItem(QTreeWidgetItem([tr("Nothing found.")]))

    def _menu(self, where: QPoint) -> None:
        item = self.tree.itemAt(where)
        place = item.data(0, _PLACE) if item is not None else None
        if place is None:
            return
        menu = QMenu(self.tree)
        menu.addAction(tr("Fly there"), lambda: self.chosen.emit(place))
        if place.kind in CARDS:
            menu.addAction(icon("estate_card"), tr("Estate card"), lambda: self.card_wanted.emit(place.kind, place.id))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.tree.viewport().mapToGlobal(where))

    def _choose(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        place = item.data(0, _PLACE)
        if place is not None:
            self.chosen.emit(place)
