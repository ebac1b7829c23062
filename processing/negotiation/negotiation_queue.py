# SPDX-License-Identifier: GPL-2.0-or-later
"""negotiationqueue: estates in the order in which to talk, with the reasons."""

from __future__ import annotations

import json
from typing import Any, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from fullservice_plugin.core.catalogue.states import state_label
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.projection import qgis_geometry, wgs84
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.plan_input import NO_END
from fullservice_plugin.services.talk_queue import Entry, negotiation_queue

COLUMNS = (("rank", "int"), ("estate", "text"), ("name", "text"), ("buildings", "int"), ("households", "int"),
           ("unknown_households", "int"), ("businesses", "int"), ("stages", "text"), ("revenue", "real"),
           ("cost", "real"), ("designed", "int"), ("value", "real"), ("chance", "real"), ("expected", "real"),
           ("days", "real"), ("value_per_day", "real"), ("refusal_cost", "real"), ("held_until", "text"),
           ("owner", "text"), ("next_due", "text"), ("reason", "text"))


class NegotiationQueue(FullServiceAlgorithm):
    """Rank the estates of an area by value per day of negotiation."""

    ID = "negotiationqueue"
    GROUP = "negotiation"
    WRITES = False

    def define(self) -> None:
        """Add the parameters and outputs."""
        self.add_store()
        self.add(QgsProcessingParameterString("AREA", self.label("AREA"), None, False, True))
        self.add(QgsProcessingParameterString("SCENARIO", self.label("SCENARIO"), "base", False, True), advanced=True)
        self.add(QgsProcessingParameterFeatureSink(
            "OUTPUT", self.label("OUTPUT"), QgsProcessing.SourceType.TypeVectorPolygon))
        for name in ("ESTATES", "VALUE", "VALUE_PER_DAY"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read, rank, write."""
        store = self.store(parameters, context)
        try:
            found = negotiation_queue(
                store, self.parameterAsString(parameters, "AREA", context).strip(),
                self.parameterAsString(parameters, "SCENARIO", context).strip() or "base",
                progress=progress.part(0.0, 0.9))
        finally:
            store.close()
        for entry in found[:5]:
            progress.say(f"{entry.rank}. {entry.code} {entry.name}: {entry.reason(language())}")
        if not found:
            progress.say(tr("Nothing is left to negotiate here: every building may be entered."))
        fields = fields_of(COLUMNS)
        sink, name = self.parameterAsSink(
            parameters, "OUTPUT", context, fields, QgsWkbTypes.Type.MultiPolygon, wgs84())
        write_rows(sink, fields, [(qgis_geometry(entry.geometry, multi=True), _row(entry)) for entry in found],
                   progress.part(0.9, 1.0))
        return {"OUTPUT": name, "ESTATES": len(found), "VALUE": sum(entry.value for entry in found),
                "VALUE_PER_DAY": sum(entry.per_day for entry in found)}


def _held(entry: Entry) -> Optional[str]:
    """The last day of a rival's exclusive right as text; "?" where nobody knows its end."""
    if entry.held_until is None:
        return None
    return "?" if entry.held_until == NO_END else entry.held_until.isoformat()


def _row(entry: Entry) -> list[Any]:
    stages = {state_label("SM-2", stage, language()): number for stage, number in sorted(entry.stages.items())}
    return [entry.rank, entry.code, entry.name, entry.buildings, entry.households, entry.unknown_households,
            entry.businesses, json.dumps(stages, ensure_ascii=False), entry.revenue, entry.cost, entry.designed,
            entry.value, entry.chance, entry.expected, entry.days, entry.per_day, entry.refusal_cost,
            _held(entry), entry.owner,
            None if entry.due is None else entry.due.isoformat(), entry.reason(language())]
