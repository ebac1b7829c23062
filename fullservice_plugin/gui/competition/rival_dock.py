# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of rivals: who is in the chosen building or estate, how we stand, what to do, what was observed."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.gis import palette
from fullservice_plugin.gui.competition import words
from fullservice_plugin.gui.competition.capture import Capture
from fullservice_plugin.gui.competition.place import Chosen, chosen_of
from fullservice_plugin.gui.competition.share_pie import SharePie
from fullservice_plugin.gui.competition.tables import PresentTable
from fullservice_plugin.gui.competition.timeline import Timeline
from fullservice_plugin.gui.discovery.deeds import project_store, redraw
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.gui.selected import ask_selected
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.picked import Picked
from fullservice_plugin.services.rivals import RivalsHere, acknowledge_alerts, move_observations, rivals_here


class RivalDock(QgsDockWidget):
    """Follows what is selected on the map while it is shown."""

    def __init__(self, iface: Any, notifier: Notifier, capture: Capture) -> None:
        super().__init__(tr("Rivals here"), iface.mainWindow())
        self.setObjectName("FullServiceRivals")
        self._iface, self._notifier, self._capture = iface, notifier, capture
        self.place: Optional[Chosen] = None
        self.here: Optional[RivalsHere] = None
        self._reading, self._doing, self._finding = Asking(), Asking(), Asking()
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(self._head(body))
        layout.addWidget(self._alert_bar(body))
        split = QSplitter(Qt.Orientation.Vertical, body)
        split.addWidget(self._standing(split))
        self.timeline = Timeline(split)
        self.timeline.step.connect(self.move_seen)
        split.addWidget(self.timeline)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        layout.addWidget(split, 1)
        self.setWidget(body)
        iface.mapCanvas().selectionChanged.connect(self._selected)
        capture.captured.connect(self._captured)
        self.visibilityChanged.connect(self._shown)
        self._show()

    def _head(self, body: QWidget) -> QVBoxLayout:
        box, row = QVBoxLayout(), QHBoxLayout()
        self.title = QLabel(body)
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.pick_button = QPushButton(tr("Choose on the map"), body)
        self.pick_button.clicked.connect(lambda _checked=False: self.pick())
        self.new_button = QPushButton(tr("New observation…"), body)
        self.new_button.clicked.connect(
            lambda _checked=False: self._notifier.guard(lambda: self._capture.start(self.place)))
        row.addWidget(self.pick_button)
        row.addWidget(self.new_button)
        row.addStretch(1)
        box.addWidget(self.title)
        box.addLayout(row)
        return box

    def _alert_bar(self, body: QWidget) -> QFrame:
        self.alert_bar = QFrame(body)
        self.alert_bar.setObjectName("rivals_alert")
        self.alert_bar.setStyleSheet(
            f"#rivals_alert {{ background: {palette.ALERT_GROUND}; border-left: 4px solid {palette.DRAWN}; }}"
            f"#rivals_alert QLabel {{ color: {palette.INK}; }}")
        row = QHBoxLayout(self.alert_bar)
        row.setContentsMargins(8, 4, 4, 4)
        self.alert = QLabel(self.alert_bar)
        self.alert.setWordWrap(True)
        self.alert_button = QPushButton(tr("Mark as read"), self.alert_bar)
        self.alert_button.clicked.connect(lambda _checked=False: self.acknowledge())
        row.addWidget(self.alert, 1)
        row.addWidget(self.alert_button)
        return self.alert_bar

    def _standing(self, split: QWidget) -> QScrollArea:
        area = QScrollArea(split)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget(area)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 4, 0)
        self.table = PresentTable(inner)
        self.pie = SharePie(inner)
        self.threat = _label(inner)
        self.todo = _label(inner)
        self.more = QToolButton(inner)
        self.more.setText(tr("How it was reckoned"))
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.toggled.connect(self._expand)
        self.parts = _label(inner)
        self.parts.setTextFormat(Qt.TextFormat.RichText)
        self.parts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for widget in (self.table, self.todo, self.pie, self.threat, self.more, self.parts):
            column.addWidget(widget)
        column.addStretch(1)
        area.setWidget(inner)
        return area

    def _expand(self, open_: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self.parts.setVisible(open_ and self.here is not None)

    def pick(self) -> None:
        """Wait for a click on a building or estate."""
        self._notifier.guard(self._capture.pick, self.show_place, tr("Click the building or estate to look at."))

    def _shown(self, visible: bool) -> None:
        if visible:
            self._selected()

    def _selected(self, _layer: Any = None) -> None:
        """Follow the selection; what is shown stays where nothing is selected."""
        if not self.isVisible():
            return
        if not self._notifier.guard(ask_selected, self._finding, self._iface.activeLayer(), self._follow, self._failed):
            self._follow(None)

    def _follow(self, row: Optional[Picked]) -> None:
        found = chosen_of(row) if row is not None else None
        if found is not None and found != self.place:
            self.show_place(found)
        elif self.place is not None and self.here is None:
            self.load()

    def _captured(self, place: Chosen) -> None:
        if self.place is None or place.kind == "building" and self.place.kind == "building":
            self.show_place(place)
        else:
            self.load()

    def tables_changed(self, tables: list[str]) -> None:
        """Read again when somebody changed what is shown."""
        if self.isVisible() and {"intel_observation", "reminder", "competitor_operator"} & set(tables):
            self.load()

    def show_place(self, place: Chosen) -> None:
        """Show a building or an estate."""
        self._finding.stop()
        if self.place is None or place.id != self.place.id:
            self.here = None
        self.place = place
        self._show()
        self.load()

    def forget(self) -> None:
        """Show no place any more."""
        self._reading.stop()
        self.place = self.here = None
        self._show()

    def load(self) -> None:
        """Read what is known of the place again."""
        place = self.place
        if place is None:
            return

        def fill(found: RivalsHere) -> None:
            if self.place == place:  # else another one was chosen meanwhile: its answer is on its way
                self.here = found
                self._show()

        self._notifier.guard(lambda: self._ask(lambda store: rivals_here(store, place.kind, place.id), fill))

    def _ask(self, ask: Callable[[Any], Any], answered: Callable[[Any], None]) -> None:
        self._reading.ask(self.windowTitle(), project_store(), ask, answered, self._failed)

    def _failed(self, error: BaseException) -> None:
        """Tell that nothing could be read, here too: what was shown is not what is stored."""
        self.here = None
        self._show()
        self.title.setText(sentence(error))
        self._notifier.error(error)

    def _do(self, work: Callable[[Any], Any]) -> None:
        """Change something, then read again; a refusal is told in a sentence and changes nothing."""

        def done(_answer: Any) -> None:
            redraw()
            self.load()

        if self._doing.busy:
            self._notifier.hint(tr("The last change is still being saved."))
            return
        self._doing.ask(self.windowTitle(), project_store(), work, done, self._notifier.error, True)

    def move_seen(self, ids: list[str], state: str) -> None:
        """Move observations to a state of SM-10."""
        self._notifier.guard(lambda: self._do(lambda store: move_observations(store, ids, state)))

    def acknowledge(self) -> None:
        """Mark the alerts of the estate as read."""
        keys = [key for row in (self.here.alerts if self.here else []) for key in row["ids"]]
        if keys:
            self._notifier.guard(lambda: self._do(lambda store: acknowledge_alerts(store, keys)))

    def _show(self) -> None:
        """Show what was read last."""
        here, place = self.here, self.place
        self.new_button.setEnabled(place is not None)
        if place is None:
            self.title.setText(tr("Select a building or an estate on the map, or choose one by a click."))
        else:
            self.title.setText(_title(place, here))
        self._show_alerts()
        self.table.show_present(here)
        self.timeline.show_seen(here)
        self.pie.show_shares(*_shares(here))
        self.threat.setText(words.headline(here.standing) if here else "")
        self.todo.setText("\n".join(f"→ {text}" for text in words.advice(here)) if here else "")
        self.parts.setText(words.reckoned(here) if here else "")
        for widget in (self.table, self.pie, self.threat, self.todo, self.more, self.timeline):
            widget.setVisible(here is not None)
        self._expand(self.more.isChecked())

    def _show_alerts(self) -> None:
        rows = self.here.alerts if self.here else []
        said = [tr("{operator} entered on {day}", operator=self.here.name_of(row["operator_code"], language()),
                   day=row["since"].isoformat()) for row in rows] if self.here else []  # fmt: skip
        self.alert.setText(tr("While we talk: {what}.", what=tr("; ").join(said)) if said else "")
        self.alert_bar.setVisible(bool(said))

    def stop(self) -> None:
        """Let go of map and tasks; called before the dock is deleted."""
        self._iface.mapCanvas().selectionChanged.disconnect(self._selected)
        self._capture.captured.disconnect(self._captured)
        self._reading.stop()
        self._finding.stop()
        self._doing.stop()


def _label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _title(place: Chosen, here: Optional[RivalsHere]) -> str:
    if place.kind == "estate":
        return tr("Estate {name}", name=here.name if here else place.name)
    name = tr("Building {name}", name=here.name if here else place.name)
    return f"{here.estate} · {name}" if here and here.estate else name


def _shares(here: Optional[RivalsHere]) -> tuple[list[tuple[str, float, str]], Optional[float]]:
    """Parts of the pie, the largest first, and the unknown share (None: no share can be told)."""
    if here is None or here.standing is None:
        return [], None
    said = here.standing.standing
    parts = [(here.name_of(code, language()), share, palette.operator_colour(here.operators[code][2]))
             for code, share in sorted(said.shares.items(), key=lambda one: -one[1]) if code in here.operators]
    return parts, said.unknown_share
