# SPDX-License-Identifier: GPL-2.0-or-later
"""checkstore: whether a store is what was installed, and with a backup what changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFile,
    QgsWkbTypes,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.store_operation import check_store

FINDINGS = (("rule", "text"), ("severity", "text"), ("feature", "text"), ("text", "text"))
_SHOWN = 50


class CheckStore(FullServiceAlgorithm):
    """Compares the catalogue of the database, its rows and a backup with what they should be."""

    ID = "checkstore"
    GROUP = "store"
    WRITES = False

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterFile("FILE", self.label("FILE"), optional=True))
        self.add(QgsProcessingParameterFeatureSink("OUTPUT_FINDINGS", self.label("OUTPUT_FINDINGS"),
                                                   QgsProcessing.SourceType.TypeVector, None, True))
        self.addOutput(QgsProcessingOutputNumber("FINDINGS", self.label("FINDINGS")))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Check; returns the number of findings and, where asked for, their table."""
        name = self.parameterAsFile(parameters, "FILE", context)
        with self.store(parameters, context) as store:
            found = check_store(store, Path(name) if name else None, progress)
        rows = [(one.rule, one.severity, one.feature, _sentence(one.template, one.values)) for one in found]
        for row in rows[:_SHOWN]:
            progress.warn(row[3])
        if not rows:
            progress.say(tr("The store is what was installed; nothing needs a hand."))
        results: dict[str, Any] = {"FINDINGS": len(rows)}
        if parameters.get("OUTPUT_FINDINGS"):
            fields = fields_of(FINDINGS)
            sink, target = self.parameterAsSink(parameters, "OUTPUT_FINDINGS", context, fields,
                                                QgsWkbTypes.Type.NoGeometry, QgsCoordinateReferenceSystem())
            write_rows(sink, fields, [(None, row) for row in rows])
            results["OUTPUT_FINDINGS"] = target
        return results


def _sentence(template: str, values: Any) -> str:
    known = dict(values)
    if "kind" in known:
        known["kind"] = tr(str(known["kind"]).capitalize())
    return tr(template, **known)
