# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of one plan: figures, curve, buildings by method with their reasons, what was left out and why, deeds."""

from __future__ import annotations

from functools import partial
from typing import Any, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QGridLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QShortcut,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gui.design.frontier_chart import FrontierChart
from fullservice_plugin.gui.design.plan_words import plan_words, told
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.plans.formats import integer
from fullservice_plugin.services.plan_desk import Group, PlanView

_ROW = Qt.ItemDataRole.UserRole
DEEDS = (
    ("change", "Change by hand…", "Lock, forbid, draw and drag on the map; every change is designed at once."),
    ("hand_in", "Hand in for review", "Hand in all designs of this plan: from then on they are frozen."),
    ("review", "Review…", "Reasons building by building; somebody else approves there."),
    ("pdf", "PDF…", "Write this plan with its map sheets as a PDF."),
    ("map", "Alone on the map", "Show this plan alone on the map, or all designs again."),
    ("withdraw", "Withdraw", "Take this plan back while none of its designs was handed in."),
)


class PlanPage(QWidget):
    """``pressed`` tells the deed, ``building`` the decision whose place is wanted."""

    pressed = pyqtSignal(str)
    building = pyqtSignal(dict)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.view: Optional[PlanView] = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        self.title = QLabel(self)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.figures = QLabel(self)
        self.figures.setWordWrap(True)
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.curve = FrontierChart(self)
        layout.addWidget(self.title)
        layout.addWidget(self.figures)
        layout.addWidget(self.curve)
        self.tree = self._tree()
        layout.addWidget(self.tree, 1)
        self.why = QLabel(self)
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.why)
        layout.addLayout(self._buttons())

    def _tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setHeaderLabels([tr("Method"), tr("Buildings"), tr("Homes"), tr("Cost")])
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            tree.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        tree.setUniformRowHeights(True)
        tree.itemExpanded.connect(self._expand)
        tree.currentItemChanged.connect(lambda item, _before: self._reason(item))
        tree.itemActivated.connect(self._fly)
        return tree

    def _buttons(self) -> QGridLayout:
        grid = QGridLayout()
        self.buttons: dict[str, QPushButton] = {}
        for number, (key, words, hint) in enumerate(DEEDS):
            button = QPushButton(tr(words), self)
            button.setToolTip(tr(hint))
            button.clicked.connect(partial(self._press, key))
            self.buttons[key] = button
            grid.addWidget(button, number // 3, number % 3)
        self.buttons["map"].setCheckable(True)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda: self._press("change") if self.buttons["change"].isEnabled() else None)
        return grid

    def _press(self, key: str, _checked: bool = False) -> None:
        self.pressed.emit(key)

    def show_plan(self, view: PlanView) -> None:
        """Show a plan; where only its states changed, what is expanded and chosen stays."""
        same = self.view is not None and _groups(self.view) == _groups(view)
        self.view, plan = view, view.plan
        hand = " · " + tr("changed by hand") if plan["by_hand"] else ""
        self.title.setText(tr("Plan {code}, scenario {scenario}", code=plan["code"], scenario=plan["scenario"]) + hand)
        self.figures.setText("\n".join(plan_words(view)))
        self.curve.show_curve(plan["frontier"] or (), plan["cost"], plan["benefit"], str(plan["currency"] or ""))
        if not same:
            self.tree.clear()
            for group in (*view.served, *view.left_out):
                self._add(group, plan)
            self.why.setText("")
        for key, _words, hint in DEEDS:
            refused = view.refused.get(key, "")
            self.buttons[key].setEnabled(not refused)
            self.buttons[key].setToolTip(tr(refused or hint))

    def _add(self, group: Group, plan: dict[str, Any]) -> None:
        words = tr(METHOD_NAMES[group.method])
        if group.limit:
            words = tr("Left out: {why}", why=code_label("access_constraint", group.limit, language()))
        item = QTreeWidgetItem([words, integer(len(group.rows)), integer(group.homes),
                                told(group.cost, plan) if group.cost else ""])  # fmt: skip
        for column in (1, 2, 3):
            item.setTextAlignment(column, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
        item.setToolTip(0, words)
        item.setData(0, _ROW, group)
        item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        self.tree.addTopLevelItem(item)

    def _expand(self, item: QTreeWidgetItem) -> None:
        """Buildings are listed once somebody asks for them, the dearest first."""
        group, view = item.data(0, _ROW), self.view
        if not isinstance(group, Group) or item.childCount() or view is None:
            return
        made = []
        for row in sorted(group.rows, key=lambda one: -float(one["cost"] or 0.0)):
            cost = told(float(row["cost"]), view.plan) if row["cost"] else ""
            homes = integer(row["households"]) if row["households"] else ""
            child = QTreeWidgetItem([str(row["name"]), "", homes, cost])
            child.setData(0, _ROW, row)
            child.setToolTip(0, reason_of(row))
            for column in (2, 3):
                child.setTextAlignment(column, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
            made.append(child)
        item.addChildren(made)

    def _reason(self, item: Optional[QTreeWidgetItem]) -> None:
        """Tell the reason of the building, or an example of the group."""
        what = item.data(0, _ROW) if item is not None else None
        if isinstance(what, Group):
            what = max(what.rows, key=lambda row: float(row["cost"] or 0.0) or float(row["households"] or 0))
            text = reason_of(what)
            self.why.setText(tr("For example {name}: {reason}", name=what["name"], reason=text) if text else "")
        else:
            self.why.setText(reason_of(what) if what else "")

    def _fly(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        what = item.data(0, _ROW)
        if isinstance(what, dict):
            self.building.emit(what)


def _groups(view: PlanView) -> list[tuple[object, ...]]:
    """What the tree shows of a plan, in short."""
    return [(view.plan["id"], group.method, group.limit, len(group.rows), group.cost)
            for group in (*view.served, *view.left_out)]  # fmt: skip


def reason_of(row: dict[str, Any]) -> str:
    """Return the sentence of a decision."""
    return str(row["reason_zh" if language() == "zh" else "reason_en"] or "")
