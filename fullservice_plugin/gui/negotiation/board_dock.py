# SPDX-License-Identifier: GPL-2.0-or-later
"""The board of talks: seven columns of cards; dragging a card is a step of the state machine."""

from __future__ import annotations

from typing import Callable

from qgis.gui import QgsDockWidget, QgsFilterLineEdit
from qgis.PyQt.QtCore import QPoint, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from fullservice_plugin.core.negotiation.board import COLUMNS
from fullservice_plugin.gui.negotiation.cards import CardColumn
from fullservice_plugin.gui.negotiation.hub import Hub
from fullservice_plugin.gui.negotiation.words import asked_for, stage_name
from fullservice_plugin.gui.notify import sentence
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.i18n import headed, language, listed, tr
from fullservice_plugin.services import talk_desk
from fullservice_plugin.services.talk_desk import Card, Column, DealView, Step

_TYPING_MS = 350


class BoardDock(QgsDockWidget):
    """Cards by column; drop or *Move to* takes the step that leads there, or says why it cannot be taken."""

    card_wanted = pyqtSignal(str, str)

    def __init__(self, desk: Hub) -> None:
        super().__init__(tr("Board of talks"), desk.iface.mainWindow())
        self.setObjectName("FullServiceBoard")
        self._desk = desk
        self.said = ""
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.load)
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(6, 6, 6, 6)
        top = QHBoxLayout()
        self.filter = QgsFilterLineEdit(body)
        self.filter.setPlaceholderText(tr("Estate or building"))
        self.filter.setShowSearchIcon(True)
        self.filter.textChanged.connect(lambda _text: self._typing.start())
        self.mine = QCheckBox(tr("Only mine"), body)
        self.mine.toggled.connect(lambda _on: self.load())
        self.more = QPushButton(tr("Show more"), body)
        self.more.clicked.connect(self._show_more)
        top.addWidget(self.filter, 1)
        top.addWidget(self.mine)
        top.addWidget(self.more)
        layout.addLayout(top)
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        layout.addWidget(self._columns(), 1)
        self.setWidget(body)
        self._most = talk_desk.CARDS
        self.visibilityChanged.connect(lambda shown: self.load() if shown else None)

    def _columns(self) -> QScrollArea:
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        row = QWidget(area)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self.columns: dict[str, CardColumn] = {}
        self.heads: dict[str, QLabel] = {}
        for column in COLUMNS:
            side = QVBoxLayout()
            head = QLabel(row)
            cards = CardColumn(column.code, row)
            cards.dropped.connect(self.move_card)
            cards.itemActivated.connect(lambda _item, cards=cards: self._open(cards))
            cards.customContextMenuRequested.connect(lambda place, cards=cards: self._menu(cards, place))
            side.addWidget(head)
            side.addWidget(cards, 1)
            line.addLayout(side, 1)
            self.columns[column.code], self.heads[column.code] = cards, head
        area.setWidget(row)
        return area

    def load(self) -> None:
        """Read the board again."""
        mine, text, most = self.mine.isChecked(), self.filter.text(), self._most
        self._desk.ask("board", tr("Board of talks"), lambda store: talk_desk.read_board(store, mine, text, most),
                       self._show, self._failed)

    def _show(self, columns: list[Column]) -> None:
        names = {column.code: column.zh if language() == "zh" else column.en for column in COLUMNS}
        for column in columns:
            self.columns[column.code].show_cards(column.cards)
            self.heads[column.code].setText(f"<b>{names[column.code]}</b> {column.talks}")
            self.heads[column.code].setToolTip(
                tr("{talks} talks in {deals} deals, the {shown} most urgent are shown", talks=column.talks,
                   deals=column.deals, shown=len(column.cards)))
        hidden = any(column.deals > len(column.cards) for column in columns)
        self.more.setVisible(hidden)
        if not any(column.talks for column in columns):
            self.state.setText(tr("No talks yet: open one from an estate, or bring existing ones in with "
                                  "“Import property talks and agreements”."))
        else:
            self.state.setText(self.said or tr("Drag a card to take the step; double click opens it."))
        self.said = ""

    def _failed(self, error: BaseException) -> None:
        self.state.setText(sentence(error))

    def _show_more(self) -> None:
        self._most *= 4
        self.load()

    def _open(self, cards: CardColumn) -> None:
        card = cards.chosen()
        if card is not None:
            self._desk.open_deal(card.ids)

    def _menu(self, cards: CardColumn, place: QPoint) -> None:
        """What may follow, by keyboard or right click."""
        card = cards.chosen()
        if card is None:
            return
        self._with_deal(card, lambda view: self._pop(view, cards, place))

    def _pop(self, view: DealView, cards: CardColumn, where: QPoint) -> None:
        menu = QMenu(cards)
        menu.addAction(tr("Open"), lambda: self._desk.open_deal(view.ids))
        first = view.talks[0]
        place = ("estate", first["estate_id"]) if first["estate_id"] else ("building", first["building_id"])
        menu.addAction(icon("estate_card"), tr("Estate card"), lambda: self.card_wanted.emit(*place))
        menu.addSeparator()
        for step in view.steps:
            action = menu.addAction(tr("Move to {stage}", stage=stage_name(step.stage)))
            action.setEnabled(self._desk.may_take(step))
            action.setToolTip(asked_for(step))
            action.triggered.connect(lambda _checked=False, step=step: self._desk.take(view, step))
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(cards.viewport().mapToGlobal(where))

    def move_card(self, card: Card, column: str) -> None:
        """Take the step of a card into a column: the only one that leads there, else the one chosen."""
        self._with_deal(card, lambda view: self._moved(view, column))

    def _with_deal(self, card: Card, then: Callable[[DealView], None]) -> None:
        self._desk.ask("board deal", tr("Talk"), lambda store: talk_desk.read_deal(store, card.ids), then, self._failed)

    def _moved(self, view: DealView, column: str) -> None:
        leading = talk_desk.targets(view.steps, column)
        ready = [step for step in leading if self._desk.may_take(step)]
        if len(ready) == 1:
            self._desk.take(view, ready[0])
        elif ready:
            self._choose(view, ready)
        else:
            self.refuse(view, leading, column)

    def _choose(self, view: DealView, ready: list[Step]) -> None:
        menu = QMenu(self)
        for step in ready:
            menu.addAction(stage_name(step.stage), lambda step=step: self._desk.take(view, step))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.cursor().pos())

    def refuse(self, view: DealView, leading: list[Step], column: str) -> None:
        """Say why the card stays where it is."""
        name = next(one.zh if language() == "zh" else one.en for one in COLUMNS if one.code == column)
        if leading:
            said = tr("{estate} stays in “{stage}”. {why}", estate=view.talks[0]["estate"] or view.talks[0]["building"],
                      stage=stage_name(view.stage),
                       why=" ".join(headed(stage_name(s.stage), asked_for(s)) for s in leading))
        else:
            nexts = listed(stage_name(step.stage) for step in view.steps)
            said = tr("No step leads from “{stage}” to “{column}”. Next: {stages}.", stage=stage_name(view.stage),
                      column=name, stages=nexts or "–")
        self.state.setText(said)
        self._desk.notifier.hint(said)

    def stop(self) -> None:
        """Let go; called before the dock is deleted."""
        self._typing.stop()


