# SPDX-License-Identifier: GPL-2.0-or-later
"""refusalcost: what a plan loses where owners refuse, by choosing it again without them."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.refusal import RefusalCost, refusal_cost

CHANGES = (("building_id", "text"), ("method_before", "text"), ("method_after", "text"), ("refused", "int"))


class CostOfRefusal(FullServiceAlgorithm):
    """Choose a stored plan again with buildings refused; nothing is stored."""

    ID = "refusalcost"
    GROUP = "design"
    WRITES = False

    def define(self) -> None:
        """Add the parameters and outputs."""
        self.add_store()
        self.add(QgsProcessingParameterString("PLAN_ID", self.label("PLAN_ID"), None, False, False))
        self.add(QgsProcessingParameterString("REFUSED", self.label("REFUSED"), None, False, True))
        self.add(QgsProcessingParameterString("ESTATE", self.label("ESTATE"), None, False, True))
        self.add(QgsProcessingParameterFeatureSink(
            "OUTPUT", self.label("OUTPUT"), QgsProcessing.SourceType.TypeVector))
        for name in ("LOST_BENEFIT", "LOST_HOMES", "COST_CHANGE", "CHANGED"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Choose again, tell, write what changes."""
        store = self.store(parameters, context)
        try:
            codes = self.parameterAsString(parameters, "REFUSED", context).replace("，", ",").replace(";", ",")
            found = refusal_cost(
                store, self.parameterAsString(parameters, "PLAN_ID", context).strip(),
                [code.strip() for code in codes.split(",") if code.strip()],
                self.parameterAsString(parameters, "ESTATE", context).strip(), progress=progress.part(0.0, 0.95))
        finally:
            store.close()
        self._tell(found, progress)
        fields = fields_of(CHANGES)
        sink, name = self.parameterAsSink(parameters, "OUTPUT", context, fields)
        write_rows(sink, fields, [(None, [one.building, one.before, one.after, int(one.refused)])
                                  for one in found.changed])
        return {"OUTPUT": name, "LOST_BENEFIT": found.lost_benefit, "LOST_HOMES": found.lost_homes,
                "COST_CHANGE": found.cost_change, "CHANGED": len(found.changed)}

    def _tell(self, found: RefusalCost, progress: Progress) -> None:
        if found.fresh:
            progress.say(tr("The store has changed since plan {plan}: it was chosen again as the measure.",
                            plan=found.plan))
        progress.say(tr(
            "Without the permission the plan loses {benefit} of its benefit and {homes} households; its cost changes "
            "by {cost}.", benefit=f"{found.lost_benefit:.2f}", homes=found.lost_homes,
            cost=f"{found.cost_change:+.2f}"))
        progress.say(tr(
            "Told beforehand, without choosing again: at most {value}. The new choice could be better by {gap} at "
            "most.", value=f"{found.told:.2f}", gap=f"{found.gap:.2%}"))
