# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of the review: designs per estate, the reason of every method, decided by hand, handed in, approved."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QShortcut,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.access.choice.model import METHODS
from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gui.ask import ask_choice, ask_text
from fullservice_plugin.gui.design.review_compare import show_comparison
from fullservice_plugin.gui.discovery.deeds import Deeds, project_store, redraw
from fullservice_plugin.gui.fly import fly_to
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.plans.formats import money
from fullservice_plugin.services import design_review as review
from fullservice_plugin.store.map_views import Place

COLUMNS = ("Building", "Method", "Runner-up", "Cost", "Difference", "Constraint", "Kept", "Reason")
_DEEDS = ("keep", "release", "override", "undo", "compare", "hand_in", "approve", "return", "reject")
_WORDS = {"keep": "Keep method…", "release": "Release", "override": "Other method…", "hand_in": "Hand in",
          "approve": "Approve", "return": "Return…", "reject": "Reject…", "undo": "Undo",
          "compare": "Compare…"}  # fmt: skip
_HINTS = {
    "keep": "The next plan keeps the methods of the chosen rows; the reason stays with them.",
    "release": "The next plan chooses again.", "override": "Choose another method for the chosen row, with the reason.",
    "hand_in": "Hand the design in for review: from then on it is frozen.",
    "approve": "Approve: the estate is frozen and a lock of every later plan. Not for who made it.",
    "return": "Return to its author, with what has to change.", "reject": "Reject, with the reason.",
    "undo": "Take back what was last kept, released or changed here.",
    "compare": "Compare with another version or scenario of the estate.",
}  # fmt: skip


class ReviewDock(QgsDockWidget):
    """The newest design of each estate; a click on a building flies there, buttons do what role and state allow.

    ``changed`` tells that a design was handed in, decided or changed here.
    """

    changed = pyqtSignal()

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        super().__init__(tr("Review of designs"), iface.mainWindow())
        self.setObjectName("FullServiceDesignReview")
        self._iface, self._notifier = iface, notifier
        self._designs: list[dict[str, Any]] = []
        self._rows: list[dict[str, Any]] = []
        self._steps: set[str] = set()
        self._versions: list[dict[str, Any]] = []
        self._reading, self._doing = Asking(), Asking()
        self._wanted = ("", "")
        self._deeds = Deeds(notifier)
        for signal in (self._deeds.done, self._deeds.undone):
            signal.connect(lambda _deed: self.load())
            signal.connect(lambda _deed: self.changed.emit())
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        self.design = QComboBox(body)
        self.design.currentIndexChanged.connect(lambda _index: self._read())
        layout.addWidget(self.design)
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        self.why = QLabel(body)
        self.why.setWordWrap(True)
        layout.addWidget(self.why)
        self.table = self._table(body)
        layout.addWidget(self.table, 1)
        self.reason = QLabel(body)
        self.reason.setWordWrap(True)
        layout.addWidget(self.reason)
        layout.addLayout(self._buttons(body))
        self.setWidget(body)
        self.visibilityChanged.connect(lambda shown: self.load() if shown else None)
        self._show()

    def _table(self, body: QWidget) -> QTableWidget:
        table = QTableWidget(0, len(COLUMNS), body)
        table.setHorizontalHeaderLabels([tr(words) for words in COLUMNS])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.horizontalHeader().setStretchLastSection(True)
        table.itemSelectionChanged.connect(self._chosen)
        table.cellDoubleClicked.connect(lambda _row, _column: self.fly())
        table.setTabKeyNavigation(False)  # Tab goes on to the buttons
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            QShortcut(QKeySequence(key), table, self.fly, context=Qt.ShortcutContext.WidgetShortcut)
        return table

    def _buttons(self, body: QWidget) -> QGridLayout:
        grid = QGridLayout()
        self.buttons: dict[str, QPushButton] = {}
        for number, key in enumerate(_DEEDS):
            button = QPushButton(tr(_WORDS[key]), body)
            button.setToolTip(tr(_HINTS[key]))
            button.clicked.connect(partial(self._press, key))
            self.buttons[key] = button
            grid.addWidget(button, number // 3, number % 3)
        return grid

    def forget(self) -> None:
        """Show no design any more."""
        self.design.blockSignals(True)
        self.design.clear()
        self.design.blockSignals(False)
        self._designs, self._rows, self._steps, self._versions = [], [], set(), []
        self._show()

    def load_plan(self, plan: str) -> None:
        """Read the designs again and show the first one of a plan (its code)."""
        self.load(plan=plan)

    def load(self, design: str = "", plan: str = "") -> None:
        """Read the designs again and show one of them (its id, or of a plan), else the one that was shown."""
        if design or plan:  # a dock that comes to the front reads once more: what was wanted stays wanted
            self._wanted = design, plan

        def fill(found: list[dict[str, Any]]) -> None:
            self._designs = found
            (key, code), self._wanted = self._wanted, ("", "")
            before = key or str(self.design.currentData() or "")
            wanted = next((row["id"] for row in found if code and row["plan"] == code), before)
            self.design.blockSignals(True)
            self.design.clear()
            for row in found:
                state = code_label("design_state", row["state"], language())
                words = (row["name"], row["scenario"], f"v{row['version_no']}", state)
                self.design.addItem(" · ".join(word for word in words if word), row["id"])
            self.design.setCurrentIndex(max(0, self.design.findData(wanted)))
            self.design.blockSignals(False)
            self._read()

        self._ask(tr("Designs"), review.newest_designs, fill)

    def _read(self) -> None:
        key = self.design.currentData()
        if not key:
            self._rows, self._steps, self._versions = [], set(), []
            self._show()
            return

        def ask(store: Any) -> Any:
            return (*review.read_design(store, key), review.other_versions(store, key))

        def fill(answer: Any) -> None:
            if self.design.currentData() == key:  # else another one was chosen meanwhile: its answer is on its way
                self._rows, self._steps, self._versions = answer
                self._show()

        self._ask(tr("Design"), ask, fill)

    def _ask(self, title: str, ask: Callable[[Any], Any], answered: Callable[[Any], None], write: bool = False) -> None:
        try:
            name = project_store()
        except Exception as error:  # the edge: no battle map is open
            self.state.setText(str(error))
            return
        if write:
            self._doing.ask(title, name, ask, answered, self._notifier.error, True)
        else:
            self._reading.ask(title, name, ask, answered, self._failed)

    def _failed(self, error: BaseException) -> None:
        """Tell that nothing could be read, here too: what was shown is not what is stored."""
        self._designs, self._rows, self._steps, self._versions = [], [], set(), []
        self._show()
        self.state.setText(sentence(error))
        self._notifier.error(error)

    def _current(self) -> Optional[dict[str, Any]]:
        return next((row for row in self._designs if row["id"] == self.design.currentData()), None)

    def _show(self) -> None:
        """Show the design and its buildings."""
        row = self._current()
        self.table.setRowCount(len(self._rows))
        for number, one in enumerate(self._rows):
            later = bool(one["override_note"]) and one["cost_delta"] is None  # by hand: the next plan reckons it
            cost, delta = (tr("next plan") if later else self._money(one[name], row)
                           for name in ("cost", "cost_delta"))
            cells = (one["name"], _method(one["method"]), _method(one["runner_up"]), cost, delta,
                     _limit(one["constraint_code"]), one["override_note"] or (tr("yes") if one["locked"] else ""),
                     one["reason_zh" if language() == "zh" else "reason_en"] or "")  # fmt: skip
            for column, text in enumerate(cells):
                item = QTableWidgetItem(str(text))
                item.setToolTip(str(text))
                self.table.setItem(number, column, item)
        self.table.resizeColumnsToContents()  # once: header modes that follow every cell hold up the window
        if row is None:
            self.state.setText(tr("There is no design yet: run “Plan the access of an area” for an estate or grid."))
        else:
            self.state.setText(tr(
                "Plan {plan}: {cost}, {homes} households, made by {author}. {note}", plan=row["plan"],
                cost=self._money(row["cost_total"], row), homes=row["homes_served"] or 0, author=row["author"] or "–",
                note=row["note"] or ""))
            if row["state"] in ("draft", "returned") and any(one["override_note"] for one in self._rows):
                self.state.setText(self.state.text() + "\n" + tr(
                    "What was decided by hand is kept by the next plan, which reckons its cost."))
        self._chosen()

    @staticmethod
    def _money(value: Any, row: Optional[dict[str, Any]]) -> str:
        return "" if value is None or row is None else money(float(value), str(row["currency"] or ""), language())

    def chosen(self) -> list[dict[str, Any]]:
        """Return the decisions of the chosen rows."""
        return [self._rows[number] for number in sorted({i.row() for i in self.table.selectedIndexes()})
                if number < len(self._rows)]

    def _chosen(self) -> None:
        """Tell the reason of the chosen row; enable what role, state and choice allow."""
        mine, row = self.chosen(), self._current()
        text = "reason_zh" if language() == "zh" else "reason_en"
        self.reason.setText(str(mine[0][text] or "") if len(mine) == 1 else "")
        refused = review.why_not(row, self._steps) if row is not None else dict.fromkeys(_DEEDS, "")
        fits = {"keep": bool(mine), "release": any(one["override_note"] for one in mine), "override": len(mine) == 1,
                "undo": bool(self._deeds.stack) and row is not None and row["state"] in ("draft", "returned"),
                "compare": bool(self._versions)}  # fmt: skip
        said = {key: tr(words, state=code_label("design_state", row["state"] if row else "", language()))
                for key, words in refused.items() if words}  # fmt: skip
        for key, button in self.buttons.items():
            button.setEnabled(key not in refused and fits.get(key, True))
            button.setToolTip(said.get(key) or tr(_HINTS[key]))
        self.why.setText("\n".join(dict.fromkeys(said.get(key, "") for key in ("keep", "approve"))).strip())

    def _press(self, key: str, _checked: bool = False) -> None:
        """Ask for the reason where one is needed, then do it in the background."""
        row, mine = self._current(), self.chosen()
        if row is None:
            return
        method, reason = "", ""
        if key == "undo":
            return self._deeds.undo()
        if key == "compare":
            return self._pick_version()
        if key == "override":
            names = [tr(METHOD_NAMES[one]) for one in METHODS]
            picked, given = ask_choice(self, tr("Other method"), tr("Method"), names)
            if not given:
                return
            method = METHODS[names.index(picked)]
        if key in ("keep", "override", "return", "reject"):
            reason, given = ask_text(self, tr(_WORDS[key].rstrip("…")), tr("Reason"))
            if not given:
                return
        self.do(key, row["id"], [one["id"] for one in mine], method, reason)

    def do(self, key: str, design: str, decisions: list[str], method: str = "", reason: str = "") -> None:
        """Do one deed and read the design again; a refusal is told in a sentence and changes nothing."""
        if key in review.BY_HAND:
            self._notifier.guard(self._deeds.run, tr(_WORDS[key].rstrip("…")),
                                 lambda store: review.do_by_hand(store, key, decisions, method, reason))
            return

        def work(store: Any) -> None:
            if key == "hand_in":
                review.hand_in(store, design)
            else:
                review.decide(store, design, key, reason)

        def done(_answer: Any) -> None:
            redraw()
            self.load(design)
            self.changed.emit()

        self._ask(tr(_WORDS[key].rstrip("…")), work, done, True)

    def _pick_version(self) -> None:
        names = [_title(one) for one in self._versions]
        picked, given = ask_choice(self, tr("Compare"), tr("Version"), names)
        if given:
            self.compare(self._versions[names.index(picked)])

    def compare(self, other: dict[str, Any]) -> None:
        """Show another design of the estate (one of its versions) beside this one."""
        row = self._current()
        if row is None:
            return

        def show(rows: list[dict[str, Any]]) -> None:
            show_comparison(self, (_title(other), _title(row)), rows, lambda value: self._money(value, row))

        self._ask(tr("Compare"), lambda store: review.compare_versions(store, other["id"], row["id"]), show)

    def fly(self) -> None:
        """Fly to the chosen building."""
        for one in self.chosen()[:1]:
            sides = ("west", "south", "east", "north")
            box = None if one["west"] is None else tuple(float(one[side]) for side in sides)
            fly_to(self._iface.mapCanvas(), Place("building", one["id"], one["name"], "", box))

    def stop(self) -> None:
        """Let go of tasks; called before the dock is deleted."""
        self._deeds.stop()
        self._reading.stop()
        self._doing.stop()


def _title(row: dict[str, Any]) -> str:
    words = (row["scenario"], f"v{row['version_no']}", code_label("design_state", row["state"], language()))
    return " · ".join(word for word in words if word)


def _method(code: Optional[str]) -> str:
    return tr(METHOD_NAMES[code]) if code in METHOD_NAMES else ""


def _limit(code: Optional[str]) -> str:
    return code_label("access_constraint", code, language()) if code and code != "none" else ""
