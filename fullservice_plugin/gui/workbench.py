# SPDX-License-Identifier: GPL-2.0-or-later
"""The start dock: which store, how it is doing, who is asking, what waits, where to go."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsProject
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from fullservice_plugin.gis.known_stores import last_store, remember_store, store_names, store_of_map
from fullservice_plugin.gui.fly import fly_to
from fullservice_plugin.gui.health import Health, HealthTask, examine_later
from fullservice_plugin.gui.light import Light
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.open_project import open_map_later
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.gui.questions import Asked, ask_later
from fullservice_plugin.gui.start.duties import DutiesView, who_text
from fullservice_plugin.gui.start.places import CARDS, Places
from fullservice_plugin.gui.theme import apply_theme
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.start import Duties, read_duties
from fullservice_plugin.store.map_views import Place

#: Tables behind the lines of what waits.
TOLD = {"negotiation", "reminder", "agreement", "task", "access_design", "source_record", "ledger_row", "staff",
        "area_assignment"}
#: Changes are gathered for so long before what waits is read again: a colleague's import changes rows by the thousand.
GATHER_MS = 4000


class Workbench(QgsDockWidget):
    """Connection with health light, who is asking, what waits, themes, search and the tree of areas.

    ``wanted`` names where a line leads, ``place_wanted`` the dock, kind, id and name of a place that an alert is about.
    """

    wanted = pyqtSignal(str)
    place_wanted = pyqtSignal(str, str, str, str)
    place_chosen = pyqtSignal(str, str)
    card_wanted = pyqtSignal(str, str)

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        super().__init__(tr("Workbench"), iface.mainWindow())
        self.setObjectName("FullServiceWorkbench")
        self._iface = iface
        self._notifier = notifier
        self._tasks: dict[str, Asked] = {}
        self._health: Optional[HealthTask] = None
        self.found: Optional[Duties] = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(GATHER_MS)
        self._again.timeout.connect(self._read_duties)
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(self._store_row())
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        self.begin = QPushButton(icon("action_first_run"), tr("First steps…"), body)
        self.begin.clicked.connect(lambda _checked=False: self.wanted.emit("first_run"))
        layout.addWidget(self.begin)
        self.duties = DutiesView(body)
        self.duties.wanted.connect(self.wanted)
        self.duties.place_wanted.connect(self.place_wanted)
        layout.addWidget(self.duties)
        layout.addLayout(self._map_row())
        self.places = Places(body, self._ask)
        self.places.chosen.connect(self._fly)
        self.places.card_wanted.connect(self.card_wanted)
        self.places.bare.connect(self.begin.setVisible)
        self.tree, self.filter = self.places.tree, self.places.filter
        layout.addWidget(self.places, 1)
        self.setWidget(body)
        project = QgsProject.instance()
        project.readProject.connect(self._project_read)
        project.mapThemeCollectionChanged.connect(self._follow_themes)
        self._follow_themes()
        self._show_idle()
        if store_of_map():  # the plugin was updated while a map was open
            self._project_read()

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
        self.open_button.clicked.connect(lambda _checked=False: self._notifier.guard(
            open_map_later, self._iface, self._notifier, self.store.currentText().strip(), language()))
        self.themes = QComboBox(self)
        self.themes.activated.connect(self._apply_theme)
        row.addWidget(self.open_button)
        row.addWidget(self.themes, 1)
        return row

    def stop(self) -> None:
        """Let go of project and tasks; called before the dock is deleted."""
        self.places.stop()
        self._again.stop()
        for task in self._tasks.values():
            task.cancel()
        self._tasks = {}
        self._forget_health()
        project = QgsProject.instance()
        project.readProject.disconnect(self._project_read)
        project.mapThemeCollectionChanged.disconnect(self._follow_themes)
        project.mapThemeCollection().mapThemesChanged.disconnect(self._fill_themes)

    @property
    def staff(self) -> tuple[str, ...]:
        """Ids of the connected person and of whom they stand in for."""
        return self.found.who.staff if self.found is not None else ()

    def connect_store(self) -> None:
        """Examine the chosen store; when it is well, read what waits and its areas."""
        name = self.store.currentText().strip()
        self.light.show_colour("amber")
        self.state.setText(tr("Checking…"))
        self._forget_health()
        self._health = examine_later(name, self._examined)

    def _forget_health(self) -> None:
        if self._health is not None:
            self._health.let_go()
            self._health = None

    def store_answers(self, well: bool) -> None:
        """The store that the map follows was lost, or is back."""
        if well:
            self.connect_store()
        else:
            self.light.show_colour("red")
            self.state.setText(tr("The store does not answer at the moment."))

    def tables_changed(self, tables: list[str]) -> None:
        """Read again what waits when somebody changed it."""
        if TOLD & set(tables) and self.found is not None and not self._again.isActive():
            self._again.start()

    def _show_idle(self) -> None:
        self.light.show_colour("grey")
        self.begin.setVisible(not last_store())
        self.places.setVisible(bool(self.store.count()))
        self.open_button.setVisible(bool(self.store.count()))
        self.state.setText(tr("Choose a store and connect.") if self.store.count() else tr(
            "No connection is saved yet. Save a PostgreSQL connection in Data Source Manager, then come back."))

    def _examined(self, health: Health) -> None:
        self._health = None
        well = health.light != "red"
        self.light.show_colour(health.light)
        self.open_button.setVisible(True)
        self.open_button.setEnabled(well)
        self.places.setVisible(True)
        self.begin.setVisible(not well)
        if health.error is not None:
            self.state.setText(sentence(health.error))
            self.found = None
            self.duties.show_duties(None)
            return
        facts = dict(health.facts)
        self.light.setToolTip(tr("{database} on PostgreSQL {version}: {ms} ms per question",
                                 database=facts.get("Database", ""), version=facts.get("PostgreSQL", ""),
                                 ms=round(health.milliseconds, 1)))
        self.state.setText(tr("{login} · {role} · {ms} ms", login=facts.get("Login", ""), role=facts.get("Role", "–"),
                              ms=round(health.milliseconds, 1)))
        remember_store(health.store)
        self._read_duties()
        self.places.load(health.store)

    def _read_duties(self) -> None:
        self._ask("duties", tr("What waits for me"), read_duties, self._show_duties)

    def _show_duties(self, found: Duties) -> None:
        self.found = found
        self.state.setText(who_text(found.who))
        self.duties.show_duties(found)

    def _ask(self, key: str, title: str, question: Callable[[Any], Any], answered: Callable[[Any], None]) -> None:
        old: Optional[Asked] = self._tasks.pop(key, None)
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

    def _fly(self, place: Place) -> None:
        if place.kind in CARDS:
            self.place_chosen.emit(place.kind, place.id)
        if not fly_to(self._iface.mapCanvas(), place):
            self._notifier.info(tr("{name} has no position yet.", name=place.name))

    def _project_read(self, _document: Any = None) -> None:
        name = store_of_map()
        self._fill_themes()
        if name:
            self.store.setCurrentText(name)
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
        self.themes.setVisible(bool(names))

    def _apply_theme(self, row: int) -> None:
        if row > 0:
            apply_theme(self._iface, self.themes.itemText(row))
