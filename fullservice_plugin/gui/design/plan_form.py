# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings of a plan, each with its unit and a hint in plain words; defaults come from the settings page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.access.choice.model import METHODS, NONE
from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.gis import palette
from fullservice_plugin.gis.settings import BUDGET, HORIZON, Setting
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.plans.formats import currency_name

#: Share of the homes that become customers; 0: as the scenario says. Seconds of the search, as in planaccess.
TAKE_RATE, TIME_LIMIT = Setting("plan/take_rate", 0.0, 0.0, 1.0), Setting("plan/time_limit", 60.0, 1.0, 3600.0)
_MOST_MONEY = 1e12
HINTS = {
    "budget": "The most the plan may cost. Without a limit it builds all that pays.",
    "scenario": "Plans of one name replace one another; another name makes a plan to compare with.",
    "horizon": "So many years of revenue count. More years make dearer buildings pay.",
    "take_rate": "Of 100 homes that can be connected, so many become customers.",
    "time_limit": "The search stops then; the gap that is left is proven and told.",
    "methods": "Only these may be chosen. Approved and kept methods stay.",
    "catalogue": "A JSON file laid over the prices and rules of the store; most plans need none.",
}


@dataclass(frozen=True)
class Wish:
    """What a plan shall be like: keywords of ``plan_area``."""

    budget: Optional[float]
    horizon_years: float
    scenario: str
    take_rate: Optional[float]
    time_limit: float
    allowed: tuple[str, ...]
    prices: str


class PlanForm(QWidget):
    """Budget and scenario in sight, the rest folded away with its defaults."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        first = QFormLayout()
        layout.addLayout(first)
        self.budget = _number(self, 0, _MOST_MONEY, 0, float(BUDGET.read()), tr("No limit"))
        self.budget.setGroupSeparatorShown(True)
        self.budget.setSingleStep(100_000)
        self.scenario = QComboBox(self)
        self.scenario.setEditable(True)
        self.scenario.setCurrentText("base")
        _row(first, tr("Budget"), self.budget, "budget")
        _row(first, tr("Scenario"), self.scenario, "scenario")
        self.more = QgsCollapsibleGroupBox(tr("More settings"), self)
        self.more.setCollapsed(True)
        layout.addWidget(self.more)
        self._further(QFormLayout(self.more))

    def _further(self, form: QFormLayout) -> None:
        self.horizon = _number(self.more, HORIZON.low, HORIZON.high, 1, float(HORIZON.read()), "", tr("years"))
        self.take_rate = _number(self.more, 0, 100, 0, 100 * float(TAKE_RATE.read()), tr("As in the scenario"), "%")
        self.time_limit = QSpinBox(self.more)
        self.time_limit.setRange(1, 3600)
        self.time_limit.setSuffix(" s")
        self.time_limit.setValue(round(float(TIME_LIMIT.read())))
        box, grid = QWidget(self.more), QGridLayout()
        box.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.methods: dict[str, QCheckBox] = {}
        for number, method in enumerate(method for method in METHODS if method != NONE):
            check = QCheckBox(tr(METHOD_NAMES[method]), box)
            check.setChecked(True)
            self.methods[method] = check
            grid.addWidget(check, number, 0)
        self.catalogue = QgsFileWidget(self.more)
        self.catalogue.setFilter("JSON (*.json)")
        self.catalogue.lineEdit().setPlaceholderText(tr("Prices of the store"))
        _row(form, tr("Period"), self.horizon, "horizon")
        _row(form, tr("Take rate"), self.take_rate, "take_rate")
        _row(form, tr("Time limit"), self.time_limit, "time_limit")
        _row(form, tr("Methods"), box, "methods")
        _row(form, tr("Prices"), self.catalogue, "catalogue")

    def show_area(self, currency: str, scenarios: tuple[str, ...]) -> None:
        """Name the currency and offer the scenarios that are there."""
        self.budget.setSuffix(" " + currency_name(currency, language()))
        current = self.scenario.currentText()
        self.scenario.clear()
        self.scenario.addItems([*scenarios, *(() if "base" in scenarios else ("base",))])
        self.scenario.setCurrentText(current)

    def lacking(self) -> str:
        """Say what still stands in the way of a plan; empty: nothing."""
        if not any(check.isChecked() for check in self.methods.values()):
            return tr("Allow at least one method.")
        return "" if self.scenario.currentText().strip() else tr("Give the scenario a name.")

    def wish(self) -> Wish:
        """Return what is entered."""
        allowed = tuple(method for method, check in self.methods.items() if check.isChecked())
        return Wish(
            self.budget.value() or None, self.horizon.value(), self.scenario.currentText().strip(),
            self.take_rate.value() / 100 or None, float(self.time_limit.value()),
            () if len(allowed) == len(self.methods) else allowed, self.catalogue.filePath().strip(),
        )


def _number(
    parent: QWidget, least: float, most: float, digits: int, value: float, special: str = "", unit: str = ""
) -> QDoubleSpinBox:
    box = QDoubleSpinBox(parent)
    box.setRange(least, most)
    box.setDecimals(digits)
    box.setSpecialValueText(special)
    box.setSuffix(" " + unit if unit else "")
    box.setValue(value)
    return box


def _row(form: QFormLayout, words: str, widget: Any, key: str) -> None:
    """A field with its hint under it, which screen readers tell too."""
    hint = QLabel(tr(HINTS[key]), widget.parentWidget())
    hint.setWordWrap(True)
    hint.setStyleSheet(f"color: {palette.HATCH}")
    widget.setToolTip(tr(HINTS[key]))
    widget.setAccessibleDescription(tr(HINTS[key]))
    form.addRow(words, widget)
    form.addRow("", hint)
