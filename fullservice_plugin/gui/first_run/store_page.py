# SPDX-License-Identifier: GPL-2.0-or-later
"""First step: which store. A saved connection or a service, looked at; an empty database may become a store."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QAction, QComboBox, QHBoxLayout, QPushButton, QVBoxLayout

from fullservice_plugin.gis.known_stores import last_store, remember_store, store_names
from fullservice_plugin.gui.first_run.jobs import Job
from fullservice_plugin.gui.first_run.page import StepPage, wrapped
from fullservice_plugin.gui.first_run.sample import licence, sample_jobs
from fullservice_plugin.gui.health import Health, HealthTask, examine_later
from fullservice_plugin.gui.light import Light
from fullservice_plugin.gui.notify import sentence
from fullservice_plugin.i18n import tr


class StorePage(StepPage):
    """Connects; installs only after saying what that does; fills an empty store with the sample where wanted."""

    def __init__(self, window: Any) -> None:
        super().__init__(tr("The shared store"), tr(
            "Everybody's buildings, talks and plans lie in one PostGIS database, the store. Nothing happens before you "
            "press a button here."))
        self._window = window
        self._health: Optional[HealthTask] = None
        row = QHBoxLayout()
        self.light = Light(self)
        self.combo = QComboBox(self)
        self.combo.setEditable(True)
        self.check_button = QPushButton(tr("Connect"), self)
        self.check_button.clicked.connect(lambda _checked=False: self.check())
        self.new_button = QPushButton(tr("New connection…"), self)
        self.new_button.setToolTip(tr(
            "Opens QGIS' own window for PostgreSQL connections, which keeps the password safe."))
        self.new_button.clicked.connect(lambda _checked=False: self._new_connection())
        row.addWidget(self.light)
        row.addWidget(self.combo, 1)
        row.addWidget(self.check_button)
        row.addWidget(self.new_button)
        self.layout_.addLayout(row)
        self.state = wrapped("", self)
        self.layout_.addWidget(self.state)
        self._nothing_box()
        self._create_box()
        self._sample_box()
        self._go_on_box()
        self.finish()
        self.combo.activated.connect(lambda _row: self.check())

    def _nothing_box(self) -> None:
        self.nothing = self.group(tr("No database at hand?"))
        layout = QVBoxLayout(self.nothing)
        self.advice = wrapped(tr(
            "Ask the administrator of your PostgreSQL server for: a database of your own on PostgreSQL 15 or later "
            "with PostGIS; a login for you; the name of the server, the port and the name of the database. Whoever "
            "first makes the store needs a login that owns the database and may create roles. Then press “New "
            "connection…”, save what you were given, with the login in QGIS' authentication database, and come back "
            "here."),
            self.nothing)
        self.advice.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.advice)
        self.again = QPushButton(tr("Look for connections again"), self.nothing)
        self.again.clicked.connect(lambda _checked=False: self.fill())
        layout.addWidget(self.again)

    def _create_box(self) -> None:
        self.create = self.group(tr("Make a store here"))
        layout = QVBoxLayout(self.create)
        self.create_text = wrapped("", self.create)
        layout.addWidget(self.create_text)
        self.create_button = QPushButton(tr("Make the store"), self.create)
        self.create_button.clicked.connect(lambda _checked=False: self.install())
        layout.addWidget(self.create_button)

    def _sample_box(self) -> None:
        self.sample = self.group(tr("Only looking around?"))
        layout = QVBoxLayout(self.sample)
        layout.addWidget(wrapped(tr(
            "This store is empty. It can be filled with a small real town to try everything on: about 480 buildings of "
            "Helsinki, eight areas, four supply points. Use a store of its own for it, not the one for your work."),
            self.sample))
        layout.addWidget(wrapped(licence(), self.sample))
        self.sample_button = QPushButton(tr("Fill it with the sample city"), self.sample)
        self.sample_button.clicked.connect(lambda _checked=False: self.fill_sample())
        layout.addWidget(self.sample_button)

    def _go_on_box(self) -> None:
        self.go_on_box = self.group(tr("Go on with"))
        layout = QVBoxLayout(self.go_on_box)
        self.go_on = QComboBox(self.go_on_box)
        for number, name in enumerate((tr("Territory"), tr("Buildings"), tr("The first plan")), 1):
            self.go_on.addItem(name, number)
        layout.addWidget(self.go_on)

    def _propose(self) -> None:
        """Choose the first step whose result is not there; each can be taken again by hand."""
        counts = self.holdings.counts if self.holdings is not None else {}
        lacks = [not counts.get("grid"), not (counts.get("building") and counts.get("street"))]
        self.go_on.setCurrentIndex(lacks.index(True) if True in lacks else 2)

    def initializePage(self) -> None:  # noqa: N802 (the name Qt asks for)
        """Offer what this computer knows, and look at it at once."""
        self.fill()

    def fill(self) -> None:
        """Read the saved connections and services again."""
        names = store_names()
        wanted = self.store or last_store() or (names[0] if names else "")
        self.combo.clear()
        self.combo.addItems(names)
        self.combo.setCurrentText(wanted)
        self._say(None)
        if wanted:
            self.check()

    def check(self) -> None:
        """Look at the chosen store in the background."""
        name = self.combo.currentText().strip()
        if not name or self.runner.busy:
            return
        self.light.show_colour("amber")
        self.state.setText(tr("Checking…"))
        self.runner.tell("")
        self._forget_health()
        self._health = examine_later(name, self._examined)

    def _examined(self, health: Health) -> None:
        self._health = None
        if health.store != self.combo.currentText().strip() or self.wizard() is None:
            return
        self.light.show_colour(health.light)
        self.wizard().take(health.store if health.installed else "")
        self._say(health)
        if health.installed:
            remember_store(health.store)
            self.look()

    def _say(self, health: Any) -> None:
        facts = dict(health.facts) if health is not None else {}
        absent = bool(health is not None and health.reachable and health.absent)
        self.nothing.setVisible(not self.combo.count() or bool(health is not None and not health.reachable))
        self.create.setVisible(absent)
        self.sample.setVisible(False)
        self.go_on_box.setVisible(False)
        if health is None:
            self.state.setText("" if self.combo.count() else tr("This computer knows no connection to a database yet."))
        elif absent:
            self.state.setText(tr("The database answers, but there is no store in it yet."))
            self.create_text.setText(tr(
                "The database “{database}” gets the schemas fullservice, fs_pii, fs_app, fs_audit and fs_meta, the "
                "extensions it needs, and roles whose names begin with its own. Nothing that is there already is "
                "changed; where something of the same name is found, nothing happens at all. All of it is done, or "
                "none.",
                database=facts.get("Database", "")))
        elif health.error is not None:
            self.state.setText(sentence(health.error))
        else:
            self.state.setText(tr("{login} · {role} · {ms} ms", login=facts.get("Login", ""),
                                  role=facts.get("Role", "–"), ms=round(health.milliseconds, 1)))

    def show_holdings(self) -> None:
        """What is there; an empty store may be filled with the sample."""
        self.have.setVisible(bool(self.store) and self.holdings is not None)
        if self.store and self.holdings is not None:
            super().show_holdings()
            if self.holdings.empty:
                self.have.setText(tr("The store is empty."))
        self.sample.setVisible(bool(self.store) and self.holdings is not None and self.holdings.empty
                               and not self.runner.busy)
        there = bool(self.store) and self.holdings is not None
        self.go_on_box.setVisible(there and not self.holdings.empty and not self.runner.busy)
        if there and not self.runner.busy:
            self._propose()
        self.create_button.setEnabled(not self.runner.busy)

    def install(self) -> None:
        """Make the store in the chosen database."""
        name = self.combo.currentText().strip()

        def done(_results: list[dict[str, Any]]) -> None:
            self.wizard().made.append(tr("The store “{name}” was made.", name=name))
            self.check()

        self.runner.run([Job(tr("The store is made"), "createstore", {"STORE": name, "UPGRADE": False})], done)

    def fill_sample(self) -> None:
        """Fill the empty store with the sample city."""
        self.sample.setVisible(False)

        def done(_results: list[dict[str, Any]]) -> None:
            self.wizard().sample = True
            self.wizard().made.append(tr("The sample city is in the store."))
            self.runner.tell(tr("The sample city is in the store: go on to the first plan."))
            self.look()

        self.runner.run(sample_jobs(self.store), done)

    def _new_connection(self) -> None:
        action = self._window.findChild(QAction, "mActionAddPgLayer")
        if action is not None:
            action.trigger()

    def stop(self) -> None:
        """Let go of the examination too."""
        super().stop()
        self._forget_health()

    def _forget_health(self) -> None:
        if self._health is not None:
            self._health.let_go()
            self._health = None
