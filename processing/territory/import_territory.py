# SPDX-License-Identifier: GPL-2.0-or-later
"""importterritory: branches, micro-regions or grids brought into the store."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.territory.checks import LEVELS, Finding
from fullservice_plugin.gis.projection import WGS84
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import (
    add_field,
    add_layer,
    open_source,
    polygons_only,
    tell_problems,
)
from fullservice_plugin.services.telling import tell_alike

NUMBERS = {
    "NEW": "new",
    "CHANGED": "changed",
    "UNCHANGED": "unchanged",
    "REJECTED": "rejected",
    "OVERLAPS": "overlaps",
    "GAPS": "gaps",
    "OUTSIDE": "outside",
}
USUAL = {
    "CODE_FIELD": ("code", "编码"),
    "NAME_FIELD": ("name", "名称"),
    "PARENT_FIELD": ("parent", "parent_code", "上级"),
    "TARGET_FIELD": ("coverage_target", "覆盖目标"),
}


class ImportTerritory(FullServiceAlgorithm):
    """Import one level of the territory."""

    ID = "importterritory"
    GROUP = "territory"

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        add_layer(self, "INPUT", "polygon")
        self.add_choice("LEVEL", list(LEVELS), "grid")
        for name in USUAL:
            add_field(self, name, "INPUT")
        for name in NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))
        self.addOutput(QgsProcessingOutputString("REPORT", self.label("REPORT")))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read the areas, keep them, tell what does not fit."""
        from fullservice_plugin.services.territory import import_territory

        source = open_source(self, parameters, "INPUT", context, geometry="polygon")
        fields = {}
        for name, usual in USUAL.items():
            chosen = self.parameterAsString(parameters, name, context)
            if chosen and source.fields().lookupField(chosen) < 0:
                raise ParameterError(
                    "{layer} has no column {name}. It has: {known}.",
                    layer=source.sourceName(),
                    name=chosen,
                    known=[one.name() for one in source.fields()],
                )
            fields[name] = chosen or next((word for word in usual if source.fields().indexOf(word) >= 0), "")
        if not fields["CODE_FIELD"]:
            raise ParameterError(
                "{layer} has no field named code. Choose the field with the areas' codes.", layer=source.sourceName()
            )
        table = polygons_only(
            read_source(
                source,
                crs=QgsCoordinateReferenceSystem(WGS84),
                transform_context=context.transformContext(),
                fields=[name for name in fields.values() if name],
                progress=progress.part(0.0, 0.2),
            )
        )
        store = self.store(parameters, context)
        try:
            found = import_territory(
                store,
                table,
                self.parameterAsEnumString(parameters, "LEVEL", context),
                fields["CODE_FIELD"],
                fields["NAME_FIELD"],
                fields["PARENT_FIELD"],
                progress.part(0.2, 1.0),
                fields["TARGET_FIELD"],
            )
        finally:
            store.close()
        table.problems = found.rejected
        tell_problems(progress, table)
        tell_alike(progress.warn, [(finding.kind, _sentence(finding)) for finding in found.findings])
        progress.say(self.counted({name: found.counts[count] for name, count in NUMBERS.items()}))
        report = {
            "findings": [{"kind": one.kind, "codes": one.codes, "area_m2": one.area} for one in found.findings],
            "rejected": [{"row": one.row, "reason": tr(one.reason, **one.values)} for one in found.rejected],
        }
        return {
            **{name: found.counts[count] for name, count in NUMBERS.items()},
            "REPORT": json.dumps(report, ensure_ascii=False),
        }


def _sentence(finding: Finding) -> str:
    if finding.kind == "overlap":
        return tr(
            "{first} and {second} overlap by {area} m².",
            first=finding.codes[0],
            second=finding.codes[1],
            area=finding.area,
        )
    if finding.kind == "gap":
        return tr("{area} m² of {code} belong to none of its parts.", area=finding.area, code=finding.codes[0])
    return tr(
        "{area} m² of {code} lie outside {parent}.", area=finding.area, code=finding.codes[0], parent=finding.codes[1]
    )
