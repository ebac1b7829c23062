# SPDX-License-Identifier: GPL-2.0-or-later
"""verifydesign: check a design from its exported layers, with code that shares nothing with the designers."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsWkbTypes,
)

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.verification.findings import ERROR
from fullservice_plugin.core.access.verification.radio import REGIONS
from fullservice_plugin.core.access.verification.tables import DesignTables
from fullservice_plugin.core.access.verification.verify import verify_design
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import metric_crs
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm

BUILDING_FIELDS = ("households", "businesses", "storeys", "access_state", "take_rate", "method_lock")
LAYERS = {
    "ROUTES": ("routes", QgsProcessing.SourceType.TypeVectorLine),
    "NODES": ("nodes", QgsProcessing.SourceType.TypeVectorPoint),
    "DROPS": ("drops", QgsProcessing.SourceType.TypeVectorLine),
    "WIRED_BOM": ("wired_bom", QgsProcessing.SourceType.TypeVector),
    "APS": ("aps", QgsProcessing.SourceType.TypeVectorPoint),
    "COVERAGE": ("coverage", QgsProcessing.SourceType.TypeVector),
    "WLAN_BOM": ("wlan_bom", QgsProcessing.SourceType.TypeVector),
    "DECISIONS": ("decisions", QgsProcessing.SourceType.TypeVector),
    "WALLS": ("walls", QgsProcessing.SourceType.TypeVectorAnyGeometry),
    "CALIBRATION": ("corrections", QgsProcessing.SourceType.TypeVector),
}
_AROUND = ("WALLS", "CALIBRATION")
FINDINGS = (("rule", "text"), ("severity", "text"), ("feature", "text"), ("text", "text"))
_SHOWN = 50


class VerifyDesign(FullServiceAlgorithm):
    """Check routes, nodes, drops, bills, access points, coverage and decisions."""

    ID = "verifydesign"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        label, kind = self.label, QgsProcessing.SourceType
        self.add(QgsProcessingParameterFeatureSource("BUILDINGS", label("BUILDINGS"), [kind.TypeVectorAnyGeometry]))
        self.add(QgsProcessingParameterField("ID_FIELD", label("ID_FIELD"), None, "BUILDINGS", optional=True))
        for name, (_, shape) in LAYERS.items():
            self.add(QgsProcessingParameterFeatureSource(name, label(name), [shape], optional=True))
        double = QgsProcessingParameterNumber.Type.Double
        self.add(QgsProcessingParameterNumber("BUDGET", label("BUDGET"), double, None, True, 0.0))
        self.add(QgsProcessingParameterFile("CATALOGUE", label("CATALOGUE"), extension="json", optional=True))
        self.add_choice("REGION", list(REGIONS), "cn")
        self.add(
            QgsProcessingParameterNumber("TAKE_RATE", label("TAKE_RATE"), double, None, True, 0.0, 1.0), advanced=True
        )
        self.add(QgsProcessingParameterFeatureSink("OUTPUT_FINDINGS", label("OUTPUT_FINDINGS"), kind.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("FINDINGS", label("FINDINGS")))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read the layers, verify, write what was found."""
        catalogue = load_catalogue(self.parameterAsString(parameters, "CATALOGUE", context))
        design = self._read(parameters, context, progress.part(0.0, 0.3))
        found = verify_design(
            design,
            catalogue,
            budget=self._number(parameters, "BUDGET", context),
            take_rate=self._number(parameters, "TAKE_RATE", context),
            region=self.parameterAsEnumString(parameters, "REGION", context),
            progress=progress.part(0.3, 0.9),
        )
        fields = fields_of(FINDINGS)
        sink, target = self.parameterAsSink(parameters, "OUTPUT_FINDINGS", context, fields, QgsWkbTypes.Type.NoGeometry)
        rows = []
        for finding in found:
            sentence = tr(finding.template, **finding.values)
            rows.append((None, [finding.rule, finding.severity, finding.feature, sentence]))
            if len(rows) <= _SHOWN:
                progress.warn(sentence)
        write_rows(sink, fields, rows, progress.part(0.9, 1.0))
        errors = sum(1 for finding in found if finding.severity == ERROR)
        progress.say(
            tr("{errors} errors and {warnings} warnings were found.", errors=errors, warnings=len(found) - errors)
        )
        return {"OUTPUT_FINDINGS": target, "FINDINGS": len(found)}

    def _number(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> Optional[float]:
        """Return an optional number; None where it was not given."""
        given = parameters.get(name)
        return None if given is None or given == "" else self.parameterAsDouble(parameters, name, context)

    def _read(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> DesignTables:
        buildings = self.parameterAsSource(parameters, "BUILDINGS", context)
        if buildings is None:
            raise InputError(
                "Layer {layer} cannot be opened. Give an existing layer or file.",
                layer=str(parameters.get("BUILDINGS")),
            )
        crs = metric_crs(buildings.sourceExtent(), buildings.sourceCrs(), buildings.sourceName())
        shared: dict[str, Any] = {"crs": crs, "transform_context": context.transformContext()}
        key = self.parameterAsString(parameters, "ID_FIELD", context)
        design = DesignTables(read_source(buildings, id_field=key, fields=BUILDING_FIELDS, **shared))
        given = 0
        for number, (name, (attribute, _)) in enumerate(LAYERS.items()):
            progress.step(number / len(LAYERS))
            if not parameters.get(name):
                continue
            source = self.parameterAsSource(parameters, name, context)
            if source is None:
                raise InputError(
                    "Layer {layer} cannot be opened. Give an existing layer or file.", layer=str(parameters.get(name))
                )
            table = read_source(source, name=self.label(name), **shared)
            _complete(table)
            setattr(design, attribute, table)
            given += name not in _AROUND
        if not given:
            raise ParameterError("Give at least one layer of the design to verify: routes, nodes, drops or another.")
        return design


def _complete(table: FeatureTable) -> None:
    """Raise InputError for a design layer with a row whose geometry cannot be used: it could not be checked."""
    for problem in table.problems:
        raise InputError(
            "{layer}: feature {feature} cannot be used: {reason}. Design again or repair it.",
            layer=table.name,
            feature=problem.row,
            reason=tr(problem.reason, **problem.values),
        )
