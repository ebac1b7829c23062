# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of one deal: where it stands, the allowed next steps as buttons, what happened, what to do next."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Optional

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QDate, Qt
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.core.negotiation.compliance import notice_name
from fullservice_plugin.gui.discovery.dialogs import day_of, dependent_day
from fullservice_plugin.gui.negotiation.hub import Hub
from fullservice_plugin.gui.negotiation.words import asked_for, event, flags, homes_words, stage_name
from fullservice_plugin.gui.notify import sentence
from fullservice_plugin.gui.stage_chain import StageChain
from fullservice_plugin.i18n import headed, language, listed, tr
from fullservice_plugin.services.talk_desk import DealView, read_deal

_COLUMNS = 3
_HOUSES = 12  # named in the head; their number stands there too
_KEY = Qt.ItemDataRole.UserRole


class DealDock(QgsDockWidget):
    """Shows a deal; each button is a deed that can be taken back."""

    def __init__(self, desk: Hub) -> None:
        super().__init__(tr("Talk"), desk.iface.mainWindow())
        self.setObjectName("FullServiceDeal")
        self._desk = desk
        self._ids: list[str] = []
        self.view: Optional[DealView] = None
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        self.head = QLabel(body)
        self.head.setWordWrap(True)
        self.chain = StageChain(MACHINES["SM-2"], language(), body)
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)  # names as somebody wrote them
        self.people = QLabel(body)
        self.people.setWordWrap(True)
        self.people.linkActivated.connect(desk.reveal)
        layout.addWidget(self.head)
        layout.addWidget(self.chain)
        layout.addWidget(self.state)
        layout.addWidget(self.people)
        self.steps = QGridLayout()
        self.step_buttons: dict[str, QPushButton] = {}
        layout.addLayout(self.steps)
        self.why = QLabel(body)
        self.why.setWordWrap(True)
        layout.addWidget(self.why)
        layout.addLayout(self._deeds(body))
        layout.addLayout(self._next_row(body))
        self.tree = self._timeline(body)
        layout.addWidget(self.tree, 1)
        self.setWidget(body)
        self.visibilityChanged.connect(lambda shown: self.load() if shown else None)
        self._show()

    def _deeds(self, body: QWidget) -> QGridLayout:
        row = QGridLayout()
        self.buttons: dict[str, QPushButton] = {}
        words = (("contact", tr("Log a contact…")), ("document", tr("Add a document…")), ("party", tr("Party…")),
                 ("successor", tr("New owner or manager…")),
                 ("terms", tr("Terms…")), ("letter", tr("Letter…")), ("undo", tr("Undo")))
        for number, (key, text) in enumerate(words):
            button = QPushButton(text, body)
            button.setObjectName(f"FullServiceDeal_{key}")
            button.clicked.connect(partial(self._press, key))
            row.addWidget(button, number // _COLUMNS, number % _COLUMNS)
            self.buttons[key] = button
        return row

    def _next_row(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.action = QLineEdit(body)
        self.action.setPlaceholderText(tr("Next action"))
        self.has_due = QCheckBox(tr("Due"), body)
        self.due = dependent_day(self.has_due, QDate.currentDate().addDays(7))
        self.save_next = QPushButton(tr("Save"), body)
        self.save_next.clicked.connect(self._save_next)
        row.addWidget(self.action, 1)
        row.addWidget(self.has_due)
        row.addWidget(self.due)
        row.addWidget(self.save_next)
        return row

    def _timeline(self, body: QWidget) -> QTreeWidget:
        tree = QTreeWidget(body)
        tree.setColumnCount(4)
        tree.setHeaderLabels([tr("When"), tr("Event"), tr("Detail"), tr("Who")])
        tree.setRootIsDecorated(False)
        tree.setAlternatingRowColors(True)
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        tree.itemDoubleClicked.connect(lambda item, _column: self._desk.open_event(*item.data(0, _KEY)))
        return tree

    def load(self, ids: Optional[list[str]] = None) -> None:
        """Show a deal by its talks, or read the shown one again."""
        if ids is not None:
            self._ids = list(ids)
        if not self._ids:
            self._show()
            return
        wanted = list(self._ids)
        self._desk.ask("deal", tr("Talk"), lambda store: read_deal(store, wanted), self._fill, self._failed)

    def forget(self) -> None:
        """Show no deal any more."""
        self._ids, self.view = [], None
        self._show()

    def _fill(self, view: DealView) -> None:
        self.view = view
        self._ids = view.ids
        self._show()

    def _failed(self, error: BaseException) -> None:
        self.view = None
        self._show()
        self.state.setText(sentence(error))

    def _show(self) -> None:
        view = self.view
        for widget in (*self.buttons.values(), self.action, self.has_due, self.save_next):
            widget.setEnabled(view is not None)
        self.chain.setVisible(view is not None)
        self.tree.clear()
        self._show_steps(view)
        if view is None:
            self.head.setText(tr("Choose a card of the board, or an estate or building on the map."))
            self.state.setText("")
            self.people.setText("")
            return
        self.head.setText(self._header(view))
        self.chain.show_stage(view.stage)
        self.state.setText(self._told(view))
        self.people.setText(self._contacts(view))
        self.people.setVisible(bool(view.contacts))
        first = view.talks[0]
        self.action.setText(first["next_action"] or "")
        self.action.setCursorPosition(0)  # its beginning is read, not its end
        self.has_due.setChecked(first["next_action_due"] is not None)
        if first["next_action_due"] is not None:
            day = first["next_action_due"]
            self.due.setDate(QDate(day.year, day.month, day.day))
        for row in view.timeline:
            title, detail = event(row)
            item = QTreeWidgetItem([f"{row['at'].astimezone():%Y-%m-%d %H:%M}", title, detail, row["who"] or ""])
            item.setToolTip(2, detail)
            item.setData(0, _KEY, (row["kind"], row["id"]))
            self.tree.addTopLevelItem(item)

    def _header(self, view: DealView) -> str:
        first = view.talks[0]
        names = [row["building"] for row in view.talks]
        houses = listed(names[:_HOUSES]) + ("…" if len(names) > _HOUSES else "")
        counts = [row["households"] for row in view.talks]
        known = [count for count in counts if count is not None]
        name = first["estate"] or first["building"]
        homes = homes_words(sum(known) if known else None, len(counts) - len(known))
        size = tr("Buildings: {count} · households: {homes}", count=len(counts), homes=homes)
        return f"<b>{escape(name)}</b> · {escape(houses)}<br>{size}"

    @staticmethod
    def _contacts(view: DealView) -> str:
        """The contacts, masked; a link asks for one in clear."""
        said = [f"{escape(' '.join(part for part in (row['name'], row['title'], row['phone']) if part))} "
                f"<a href=\"{row['id']}\">{tr('show…')}</a>" for row in view.contacts]
        return " · ".join(said)

    def _told(self, view: DealView) -> str:
        """Party, owner, flags, and where the estate's other buildings stand."""
        first = view.talks[0]
        said = []
        if first["party"]:
            role = code_label("party_role", first["party_role"], language()) if first["party_role"] else ""
            said.append(tr("With {party} ({role})", party=first["party"], role=role))
        if first["owner"]:
            said.append(tr("Owner: {login}", login=first["owner"]))
        told = [text for row in view.talks for text in flags(row)]
        said += list(dict.fromkeys(told))
        if view.notice:
            said.append(tr("Next statutory notice: {kind}", kind=notice_name(view.notice, language())))
        if view.others:
            spread: dict[str, int] = {}
            for row in view.others:
                spread[row["stage"]] = spread.get(row["stage"], 0) + 1
            said.append(tr("Other buildings: {spread}",
                           spread=listed(f"{stage_name(stage)} {count}" for stage, count in spread.items())))
        return " · ".join(said)

    def _show_steps(self, view: Optional[DealView]) -> None:
        for button in self.step_buttons.values():
            self.steps.removeWidget(button)
            button.deleteLater()
        self.step_buttons = {}
        lines = []
        for number, step in enumerate(view.steps if view else ()):
            button = QPushButton(stage_name(step.stage), self)
            button.setObjectName(f"FullServiceStep_{step.stage}")
            can = self._desk.may_take(step)
            button.setEnabled(can)
            button.setToolTip(asked_for(step))
            button.clicked.connect(partial(self._take, step.stage))
            self.steps.addWidget(button, number // _COLUMNS, number % _COLUMNS)
            self.step_buttons[step.stage] = button
            if not can:
                lines.append(headed(stage_name(step.stage), asked_for(step)))
        self.why.setText("\n".join(lines[:4]))
        self.why.setVisible(bool(lines))

    def _take(self, stage: str, _checked: bool = False) -> None:
        if self.view is not None:
            step = next(one for one in self.view.steps if one.stage == stage)
            self._desk.take(self.view, step)

    def _press(self, key: str, _checked: bool = False) -> None:
        if self.view is not None:
            self._desk.press(key, self.view)

    def _save_next(self) -> None:
        if self.view is not None:
            due = day_of(self.due) if self.has_due.isChecked() else None
            self._desk.plan_next(self.view, self.action.text(), due)

    def stop(self) -> None:
        """Nothing to let go of; here so that every dock has it."""
