# SPDX-License-Identifier: GPL-2.0-or-later
"""checknegotiations: what is late, stalled, due or about to end; each reminder written once."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from fullservice_plugin.core.access.choice.revenue import parse_date
from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.catalogue.states import state_label
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.projection import qgis_geometry, wgs84
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.reminders import FLAGS, Late, check_negotiations

COLUMNS = (("estate", "text"), ("building", "text"), ("stage", "text"), ("since", "text"), ("allowed_days", "int"),
           ("used", "real"), ("last_contact", "text"), ("next_action_due", "text"), ("agreement_until", "text"),
           ("owner", "text"), *((flag, "int") for flag in FLAGS))


class CheckNegotiations(FullServiceAlgorithm):
    """Read the clocks of all talks and write the reminders that are due."""

    ID = "checknegotiations"
    GROUP = "negotiation"

    def define(self) -> None:
        """Add the parameters and outputs."""
        self.add_store()
        self.add(QgsProcessingParameterString("ON_DATE", self.label("ON_DATE"), None, False, True))
        self.add(QgsProcessingParameterFeatureSink(
            "OUTPUT", self.label("OUTPUT"), QgsProcessing.SourceType.TypeVectorPoint, None, True, False))
        for name in ("OVERDUE", "STALLED", "EXPIRING", "ACTION_DUE", "EVIDENCE_MISSING", "REMINDERS"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Check, remind, write."""
        day = parse_date(self.parameterAsString(parameters, "ON_DATE", context).strip(), "ON_DATE")
        store = self.store(parameters, context)
        try:
            found = check_negotiations(store, day)
        finally:
            store.close()
        progress.step(0.8)
        for kind, level, number in found.reminders:
            progress.say(tr("{number} new reminders: {kind}, to {level}", number=number,
                            kind=code_label("reminder_kind", kind, language()),
                            level=code_label("reminder_level", level, language())))
        if not found.reminders:
            progress.say(tr("No reminder is due that was not written before."))
        results: dict[str, Any] = {flag.upper(): found.count(flag) for flag in FLAGS}
        if parameters.get("OUTPUT") in (None, ""):
            return {**results, "REMINDERS": found.written}
        fields = fields_of(COLUMNS)
        sink, name = self.parameterAsSink(
            parameters, "OUTPUT", context, fields, QgsWkbTypes.Type.Point, wgs84())
        write_rows(sink, fields, [(qgis_geometry(row.geometry), _row(row)) for row in found.late])
        return {**results, "OUTPUT": name, "REMINDERS": found.written}


def _row(row: Late) -> list[Any]:
    def day(value: Any) -> Any:
        return None if value is None else value.isoformat()

    return [row.estate, row.building, state_label("SM-2", row.stage, language()), day(row.since), row.allowed_days,
            row.used, day(row.last_contact), day(row.next_action_due), day(row.agreement_until), row.owner,
            *(int(flag in row.flags) for flag in FLAGS)]
