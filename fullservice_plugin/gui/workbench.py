# SPDX-License-Identifier: GPL-2.0-or-later
"""The start dock: which store, how it is doing, where to go."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsProject
from qgis.gui import QgsDockWidget, QgsFilterLineEdit
from qgis.PyQt.QtCore import QPoint, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.errors import FullServiceError
from fullservice_plugin.gis.layers import STORE_VARIABLE
from fullservice_plugin.gui.background import StoreTask, ask_later
from fullservice_plugin.gui.connections import last_store, remember_store, store_names
from fullservice_plugin.gui.fly import fly_to
from fullservice_plugin.gui.health import Health, HealthTask, examine_later
from fullservice_plugin.gui.light import Light
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.open_project import show_battle_map
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.talk_desk import day_counts
from fullservice_plugin.store.map_views import Place, areas, estates, search

_PLACE = Qt.ItemDataRole.UserRole
_LOADED = Qt.ItemDataRole.UserRole + 1
_TYPING_MS = 350
#: Kinds of places that have an estate card.
CARDS = ("estate", "building", "address")


class Workbench(QgsDockWidget):
    """Connection with health light, the day, themes, search and the tree of areas; double click flies there."""

    day_wanted = pyqtSignal()
    place_chosen = pyqtSignal(str, str)
    card_wanted = pyqtSignal(str, str)

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        super().__init__(tr("Workbench"), iface.mainWindow())
        self.setObjectName("FullServiceWorkbench")
        self._iface = iface
        self._notifier = notifier
        self._tasks: dict[str, Any] = {}
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(self._store_row())
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        self.today = QLabel(body)
        self.today.setWordWrap(True)
        self.today.setVisible(False)
        self.today.linkActivated.connect(lambda _link: self.day_wanted.emit())
        layout.addWidget(self.today)
        layout.addLayout(self._map_row())
        self.filter = QgsFilterLineEdit(body)
        self.filter.setPlaceholderText(tr("Estate, building, address or party; pinyin too"))
        self.filter.setShowSearchIcon(True)
        self.filter.textChanged.connect(lambda _text: self._typing.start())
        layout.addWidget(self.filter)
        self.tree = QTreeWidget(body)
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels([tr("Area"), tr("Indicators")])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.itemExpanded.connect(self._expand)
        self.tree.itemDoubleClicked.connect(self._fly)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._menu)
        layout.addWidget(self.tree, 1)
        self.setWidget(body)
        project = QgsProject.instance()
        project.readProject.connect(self._project_read)
        project.mapThemeCollectionChanged.connect(self._follow_themes)
        self._follow_themes()
        self._show_idle()

    def _store_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.light = Light(self)
        self.store = QComboBox(self)
        self.store.addItems(store_names())
        self.store.setEditable(True)
        self.store.setCurrentText(last_store() or self.store.currentText())
        self.connect_button = QToolButton(self)
        self.connect_button.setIcon(icon("action_connection"))
        self.connect_button.setToolTip(tr("Connect"))
        self.connect_button.clicked.connect(self.connect_store)
        row.addWidget(self.light)
        row.addWidget(self.store, 1)
        row.addWidget(self.connect_button)
        return row

    def _map_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.open_button = QPushButton(icon("action_project"), tr("Open the map"), self)
        self.open_button.setEnabled(False)
        self.open_button.clicked.connect(self._open_map)
        self.themes = QComboBox(self)
        self.themes.activated.connect(self._apply_theme)
        row.addWidget(self.open_button)
        row.addWidget(self.themes, 1)
        return row

    def stop(self) -> None:
        """Let go of project and tasks; called before the dock is deleted."""
        self._typing.stop()
        for task in self._tasks.values():
            task.cancel()
            if isinstance(task, HealthTask):
                task._done = lambda _health: None
        self._tasks = {}
        project = QgsProject.instance()
        project.readProject.disconnect(self._project_read)
        project.mapThemeCollectionChanged.disconnect(self._follow_themes)
        project.mapThemeCollection().mapThemesChanged.disconnect(self._fill_themes)

    def connect_store(self) -> None:
        """Examine the chosen store; when it is well, load its areas."""
        name = self.store.currentText().strip()
        self.light.show_colour("amber")
        self.state.setText(tr("Checking…"))
        self._tasks["health"] = examine_later(name, self._examined)

    def _show_idle(self) -> None:
        self.light.show_colour("grey")
        self.state.setText(tr("Choose a store and connect.") if self.store.count() else tr(
            "No connection is saved yet. Save a PostgreSQL connection in Data Source Manager, then come back."))

    def _examined(self, health: Health) -> None:
        self._tasks.pop("health", None)
        self.light.show_colour(health.light)
        self.open_button.setEnabled(health.light != "red")
        if health.error is not None:
            self.state.setText(sentence(health.error))
            return
        facts = dict(health.facts)
        self.state.setText(tr("{login} · {role} · {ms} ms", login=facts.get("Login", ""), role=facts.get("Role", "–"),
                              ms=round(health.milliseconds, 1)))
        remember_store(health.store)
        self._ask("today", tr("My day"), day_counts, self._show_today)
        self._ask("areas", tr("Areas of {name}", name=health.store), lambda store: areas(store, language()),
                  self._fill_tree)

    def _ask(self, key: str, title: str, question: Any, answered: Any) -> None:
        old: Optional[StoreTask] = self._tasks.pop(key, None)
        if old is not None:
            old.cancel()
        name = self.store.currentText().strip()

        def done(answer: Any) -> None:
            self._tasks.pop(key, None)
            answered(answer)

        def failed(error: BaseException) -> None:
            self._tasks.pop(key, None)
            self.light.show_colour("red")
            self._notifier.error(error)

        self._tasks[key] = ask_later(title, name, question, done, failed)

    def _show_today(self, counts: tuple[int, int, int]) -> None:
        """What waits for this person; nothing is shown where nothing does."""
        due, late, unread = counts
        said = tr("{due} due · {late} out of time · {unread} reminders", due=due, late=late, unread=unread)
        self.today.setText(f'<a href="day">{tr("My day")}</a>: {said}')
        self.today.setVisible(any(counts))

    def _fill_tree(self, places: list[Place]) -> None:
        self.tree.clear()
        self.tree.setHeaderLabels([tr("Area"), tr("Indicators")])
        items: dict[str, QTreeWidgetItem] = {}
        for place in places:
            parent = items.get(place.parent_id)
            items[place.id] = self._item(place, parent)
        for place in places:
            items[place.id].setExpanded(place.kind != "grid")

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
        if len(text) < 1:
            self.connect_store()
            return
        self._ask("search", tr("Search for {text}", text=text), lambda store: search(store, text, language=language()),
                  self._fill_hits)

    def _fill_hits(self, places: list[Place]) -> None:
        self.tree.clear()
        self.tree.setHeaderLabels([tr("Found"), tr("Code")])
        for place in places:
            self._item(place, None)
        if not places:
            self.tree.addTopLevelItem(QTreeWidgetItem([tr("Nothing found.")]))

    def _menu(self, where: QPoint) -> None:
        """What can be done with a place: fly there, or open the card of its estate."""
        item = self.tree.itemAt(where)
        place = item.data(0, _PLACE) if item is not None else None
        if place is None:
            return
        menu = QMenu(self.tree)
        menu.addAction(tr("Fly there"), lambda: self._fly(item))
        if place.kind in CARDS:
            menu.addAction(icon("estate_card"), tr("Estate card"), lambda: self.card_wanted.emit(place.kind, place.id))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.tree.viewport().mapToGlobal(where))

    def _fly(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        place = item.data(0, _PLACE)
        if place is not None and place.kind in CARDS:
            self.place_chosen.emit(place.kind, place.id)
        if place is not None and not fly_to(self._iface.mapCanvas(), place):
            self._notifier.info(tr("{name} has no position yet.", name=place.name))

    def _open_map(self) -> None:
        try:
            show_battle_map(self._iface, self._notifier, self.store.currentText().strip(), language())
        except FullServiceError as error:
            self._notifier.error(error)

    def _project_read(self, _document: Any = None) -> None:
        name = QgsProject.instance().customVariables().get(STORE_VARIABLE)
        self._fill_themes()
        if name:
            self.store.setCurrentText(str(name))
            self.connect_store()

    def _follow_themes(self) -> None:
        """Each project that is opened has a collection of its own; the one before is gone, with whom it told."""
        QgsProject.instance().mapThemeCollection().mapThemesChanged.connect(self._fill_themes)
        self._fill_themes()

    def _fill_themes(self) -> None:
        names = QgsProject.instance().mapThemeCollection().mapThemes()
        self.themes.clear()
        self.themes.addItem(tr("Theme…"))
        self.themes.addItems(names)
        self.themes.setEnabled(bool(names))

    def _apply_theme(self, row: int) -> None:
        if row < 1:
            return
        view = self._iface.layerTreeView()
        QgsProject.instance().mapThemeCollection().applyTheme(
            self.themes.itemText(row), QgsProject.instance().layerTreeRoot(), view.layerTreeModel()
        )
