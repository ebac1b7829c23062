# SPDX-License-Identifier: GPL-2.0-or-later
"""Fourth step: the first access plan of a grid or estate, within a budget."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QPushButton, QVBoxLayout

from fullservice_plugin.gis.settings import BUDGET, HORIZON
from fullservice_plugin.gui.first_run import sample
from fullservice_plugin.gui.first_run.jobs import Job
from fullservice_plugin.gui.first_run.page import StepPage, wrapped
from fullservice_plugin.gui.first_run.sources import SourceChoice
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.start import Area

SCENARIO = "first"
#: A first plan is wanted soon; a longer search (planaccess takes 60 s) is a matter of the next ones.
SECONDS = 20.0
_LACKS = {
    "building": lambda: tr("buildings with a place (step “Buildings”)"),
    "street": lambda: tr("streets (step “Buildings”: an OpenStreetMap file of the place, or a line layer beside "
                         "the footprints)"),
    "olt": lambda: tr("a supply point, an OLT (below)"),
}


def area_text(area: Area) -> str:
    """Return an area for a list: name, code, buildings and homes; homes that nobody knows are said to be unknown."""
    named = area.name if area.name == area.code else f"{area.name} ({area.code})"
    if area.households is None:
        return tr("{area}: {buildings} buildings, households unknown", area=named, buildings=area.buildings)
    return tr("{area}: {buildings} buildings, {homes} households", area=named, buildings=area.buildings,
              homes=area.households)


class PlanPage(StepPage):
    """Plans one area. What is missing for it is said, and supply points can be brought in here."""

    def __init__(self) -> None:
        super().__init__(tr("The first plan"), tr(
            "The method of each building and the network to it, with costs and how far they are from the best "
            "possible. Plans are versions: each can be made anew."))
        self.supply_box = self.group(tr("Supply points (OLT)"))
        supply = QVBoxLayout(self.supply_box)
        supply.addWidget(wrapped(tr("A point layer with the columns code, kind (olt) and installed_ports."),
                                 self.supply_box))
        self.supply = SourceChoice(self.supply_box, "point")
        self.supply.changed.connect(self._ready)
        self.supply_button = QPushButton(tr("Bring supply points in"), self.supply_box)
        self.supply_button.clicked.connect(lambda _checked=False: self.bring_supply())
        supply.addWidget(self.supply)
        supply.addWidget(self.supply_button)
        self.plan_box = self.group(tr("What is planned"))
        form = QFormLayout(self.plan_box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.area = QComboBox(self.plan_box)
        self.budget = QDoubleSpinBox(self.plan_box)
        self.budget.setRange(BUDGET.low, BUDGET.high)
        self.budget.setDecimals(0)
        self.budget.setSingleStep(10_000)
        self.budget.setGroupSeparatorShown(True)
        self.budget.setSpecialValueText(tr("none"))
        self.budget.setToolTip(tr(
            "In the currency of the store. Without a budget everything that earns its cost is built."))
        self.horizon = QDoubleSpinBox(self.plan_box)
        self.horizon.setRange(HORIZON.low, HORIZON.high)
        self.horizon.setDecimals(1)
        self.horizon.setSuffix(" " + tr("years"))
        self.horizon.setToolTip(tr("Years of revenue that are set against the cost of building."))
        form.addRow(tr("Area"), self.area)
        form.addRow(tr("Budget"), self.budget)
        form.addRow(tr("Horizon"), self.horizon)
        self.plan_button = QPushButton(tr("Make the plan"), self.plan_box)
        self.plan_button.clicked.connect(lambda _checked=False: self.plan())
        form.addRow(self.plan_button)
        self.finish()
        self._proposed: Optional[float] = None

    def initializePage(self) -> None:  # noqa: N802 (the name Qt asks for)
        """Begin with budget and horizon of the settings; the sample has a budget that makes it choose."""
        budget = float(BUDGET.read())
        if self.wizard().sample and not budget:
            budget = sample.BUDGET
        if self._proposed is None:
            self.budget.setValue(budget)
            self.horizon.setValue(float(HORIZON.read()))
            self._proposed = budget
        super().initializePage()

    def show_holdings(self) -> None:
        """Say what a plan lacks; offer the areas."""
        super().show_holdings()
        found = self.holdings
        lacks = found.lacks if found is not None else ()
        self.supply_box.setVisible("olt" in lacks)
        self.plan_box.setVisible(bool(self.store) and found is not None and not lacks and bool(found.areas))
        if self.store and lacks:
            self.have.setText(tr("A plan still needs: {what}.", what=tr("; ").join(_LACKS[name]() for name in lacks)))
        elif found is not None and self.store and not found.areas:
            self.have.setText(tr(
                "No grid or estate has buildings yet. Bring in the territory, or let buildings be grouped."))
        if found is not None and [self.area.itemData(row) for row in range(self.area.count())] != list(found.areas):
            chosen = self.area.currentData()
            self.area.clear()
            for area in found.areas:
                self.area.addItem(area_text(area), area)
            codes = [area.code for area in found.areas]
            if chosen is not None and chosen.code in codes:
                self.area.setCurrentIndex(codes.index(chosen.code))
        self._ready()

    def _ready(self) -> None:
        idle = not self.runner.busy
        self.plan_button.setEnabled(idle and self.area.currentData() is not None)
        self.supply_button.setEnabled(idle and self.supply.value is not None)

    def bring_supply(self) -> None:
        """Import the chosen supply points."""
        def done(results: list[dict[str, Any]]) -> None:
            text = tr("Supply points: {new} new, {rejected} left out.", new=results[0]["NEW"],
                      rejected=results[0]["REJECTED"])
            self.wizard().made.append(text)
            self.runner.tell(text)
            self.look()

        self.runner.run([Job(tr("Supply points are kept"), "importresources",
                             {"STORE": self.store, "INPUT": self.supply.value})], done)

    def plan(self) -> None:
        """Plan the chosen area."""
        area: Area = self.area.currentData()
        parameters: dict[str, Any] = {"STORE": self.store, "AREA": area.code, "SCENARIO": SCENARIO,
                                      "HORIZON_YEARS": self.horizon.value(), "TIME_LIMIT": SECONDS}
        if self.budget.value() > 0:
            parameters["BUDGET"] = self.budget.value()

        def done(results: list[dict[str, Any]]) -> None:
            made = results[0]
            self.wizard().plan = (made["PLAN_ID"], area)
            text = tr("Plan {code}: {homes} homes, cost {cost}.", code=made["PLAN_ID"], homes=f"{made['HOMES']:,}",
                      cost=f"{made['COST']:,.0f}")
            if made["HOMES"]:
                text += " " + tr("At these prices no other choice is better by more than {share}.",
                                 share=f"{max(made['CHOICE_GAP'], 0.001):.1%}")
            else:
                text += " " + tr("Nobody is served: households are unknown there, or nothing earns its cost.")
            self.wizard().made.append(text)
            self.runner.tell(text)
            self.look(lambda: self.wizard().next())

        self.runner.run([Job(tr("The plan is computed; QGIS can be used meanwhile"), "planaccess", parameters)], done)
