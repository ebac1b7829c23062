# SPDX-License-Identifier: GPL-2.0-or-later
"""planaccess: the access plan of an estate or territory, kept in the store."""

from __future__ import annotations

import threading
from typing import Any, Sequence

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.access.choice.apart import plan_apart
from fullservice_plugin.core.access.choice.plan import plan_access
from fullservice_plugin.core.access.choice.target_areas import TargetResult
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.plans.formats import percent
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.design import plan_area


def numbers_in(text: str) -> list[float]:
    """Return the numbers of a text such as ``500000; 250000``; raises ParameterError for anything else."""
    found = []
    for part in text.replace("；", ";").split(";"):
        if part.strip():
            try:
                value = float(part.replace(" ", ""))
            except ValueError:
                value = -1.0
            if not 0 < value < 1e15:
                raise ParameterError(
                    "PHASES must be budgets above zero, separated by semicolons, found {value}.", value=repr(part)
                )
            found.append(value)
    return found


def tell_targets(targets: Sequence[TargetResult], progress: Progress) -> None:
    """Tell what became of each coverage target; warn of those that are missed."""
    for one in targets:
        said = tr("Grid {code}: {served} of {homes} households served, {asked} asked for ({share}).", code=one.code,
                  served=round(one.served), homes=round(one.homes), asked=round(one.asked), share=f"{one.share:.0%}")
        if one.possible < one.share * one.homes - 1e-6:
            said += " " + tr("Only {possible} can be reached or have not refused.", possible=round(one.possible))
        if one.met:
            progress.say(said)
        else:
            progress.warn(said + " " + tr("The target is missed: the budget is too small for it."))


class PlanAccess(FullServiceAlgorithm):
    """Plan the access of an area of the store within a budget."""

    ID = "planaccess"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        real = QgsProcessingParameterNumber.Type.Double
        self.add_store()
        self.add(QgsProcessingParameterString("AREA", self.label("AREA")))
        self.add(QgsProcessingParameterNumber("BUDGET", self.label("BUDGET"), real, None, True, 0))
        self.add(QgsProcessingParameterNumber("HORIZON_YEARS", self.label("HORIZON_YEARS"), real, 5.0, False, 0.1, 100))
        self.add(QgsProcessingParameterString("SCENARIO", self.label("SCENARIO"), "base", False, True))
        self.add(QgsProcessingParameterString("PHASES", self.label("PHASES"), None, False, True))
        self.add(QgsProcessingParameterString("HAND_OF", self.label("HAND_OF"), None, False, True), advanced=True)
        self.add(
            QgsProcessingParameterFile("CATALOGUE", self.label("CATALOGUE"), extension="json", optional=True),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterNumber("TIME_LIMIT", self.label("TIME_LIMIT"), real, 60.0, True, 1), advanced=True
        )
        self.addOutput(QgsProcessingOutputString("PLAN_ID", self.label("PLAN_ID")))
        for name in ("COST", "LOWER_BOUND", "BENEFIT", "BENEFIT_GAP", "CHOICE_GAP", "HOMES", "NEW_PLAN"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def work(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Plan and keep the plan."""
        given = parameters.get("BUDGET")
        budget = None if given is None or given == "" else self.parameterAsDouble(parameters, "BUDGET", context)
        beside_a_window = threading.current_thread() is not threading.main_thread()  # headless nobody waits
        store = self.store(parameters, context)
        try:
            found = plan_area(
                store,
                self.parameterAsString(parameters, "AREA", context).strip(),
                budget=budget,
                horizon_years=self.parameterAsDouble(parameters, "HORIZON_YEARS", context),
                scenario=self.parameterAsString(parameters, "SCENARIO", context),
                prices=self.parameterAsString(parameters, "CATALOGUE", context),
                hand_of_plan=self.parameterAsString(parameters, "HAND_OF", context).strip(),
                phases=numbers_in(self.parameterAsString(parameters, "PHASES", context)),
                time_limit=self.parameterAsDouble(parameters, "TIME_LIMIT", context) or 60.0,
                solve=plan_apart if beside_a_window else plan_access,
                progress=progress,
            )
        finally:
            store.close()
        progress.say(
            tr(
                "Plan {code}: {homes} homes passed, cost {cost}, lower bound {bound}, benefit {benefit}.",
                code=found.code,
                homes=found.homes_passed,
                cost=f"{found.cost:,.0f}",
                bound=f"{found.lower_bound:,.0f}",
                benefit=f"{found.benefit:,.0f}",
            )
        )
        progress.say(
            tr(
                "At most {saving} could still be saved on this network.",
                saving=f"{max(0.0, found.cost - found.lower_bound):,.0f}",
            )
        )
        progress.say(
            tr(
                "At these prices no other choice of buildings and methods is better by more than {share}.",
                share=percent(found.choice_gap, 2, language()),
            )
        )
        tell_targets(found.targets, progress)
        if found.asked:
            progress.say(
                tr(
                    "Talks opened with owners whose walls carry fibre to others and whom nobody had asked: {count}.",
                    count=found.asked,
                )
            )
        return {
            "PLAN_ID": found.code,
            "COST": found.cost,
            "LOWER_BOUND": found.lower_bound,
            "BENEFIT": found.benefit,
            "BENEFIT_GAP": found.benefit_gap,
            "CHOICE_GAP": found.choice_gap,
            "HOMES": found.homes_passed,
            "NEW_PLAN": int(found.new),
        }
