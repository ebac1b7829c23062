# SPDX-License-Identifier: GPL-2.0-or-later
"""chooseaccess: the access method of every building by one optimisation, with the designs that carry it out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsWkbTypes,
)

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.choice.model import AccessOptions, AccessPlan
from fullservice_plugin.core.access.choice.plan import plan_access
from fullservice_plugin.core.access.choice.target_areas import TargetArea, read_targets
from fullservice_plugin.core.access.choice.text import reason_text
from fullservice_plugin.core.access.wired.records import BomLine, WiredDesign, WiredOptions
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import to_layer_geometry
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.design.design_wired import (
    add_wired_inputs,
    add_wired_outputs,
    read_hand_inputs,
    read_wired_inputs,
    tell_design_problems,
    write_wired,
)
from fullservice_plugin.processing.design.design_wlan import (
    USE_FIELDS,
    add_wlan_inputs,
    add_wlan_outputs,
    read_floors,
    report_wlan,
    wlan_options,
    write_wlan,
)
from fullservice_plugin.processing.design.plan_access import tell_targets
from fullservice_plugin.processing.design.wlan_layers import source_of

DECISIONS = (("building_id", "text"), ("method", "text"), ("runner_up", "text"), ("cost", "real"), ("revenue", "real"),
             ("cost_delta", "real"), ("constraint", "text"), ("reason", "text"),
             ("permission_value", "real"))
MARKET_FIELDS = ("rivals", "rival_share", "exclusive_until", "riser_right", "power_right")
PACKAGE_FIELDS = ("segment", "price_month", "down_mbps", "valid_from", "valid_to", "priority", "state")
NUMBERS = ("COST", "BENEFIT", "BENEFIT_UPPER_BOUND", "BENEFIT_GAP", "CHOICE_GAP")


class ChooseAccess(FullServiceAlgorithm):
    """Choose ftth, fttb, wlan, hybrid, leased or none for every building and design the chosen set."""

    ID = "chooseaccess"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        double, kind = QgsProcessingParameterNumber.Type.Double, QgsProcessing.SourceType
        add_wired_inputs(self)
        add_wlan_inputs(self)
        self.add(QgsProcessingParameterNumber("BUDGET", self.label("BUDGET"), double, None, True, 0.0))
        self.add(QgsProcessingParameterNumber(
            "HORIZON_YEARS", self.label("HORIZON_YEARS"), double, 5.0, False, 0.5, 100.0))
        self.add(QgsProcessingParameterFeatureSource(
            "PACKAGES", self.label("PACKAGES"), [kind.TypeVector], None, True))
        self.add(QgsProcessingParameterFeatureSource(
            "TARGETS", self.label("TARGETS"), [kind.TypeVectorPolygon], None, True), advanced=True)
        self.add(QgsProcessingParameterFeatureSink(
            "OUTPUT_DECISIONS", self.label("OUTPUT_DECISIONS"), kind.TypeVectorAnyGeometry))
        add_wired_outputs(self)
        add_wlan_outputs(self)
        for name in NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read, choose, write."""
        catalogue = load_catalogue(self.parameterAsString(parameters, "CATALOGUE", context))
        buildings, streets, supply, crs = read_wired_inputs(self, parameters, context, progress.part(0.0, 0.1))
        if not len(supply):
            raise InputError("{layer} holds no supply point. Give at least one point with an OLT.", layer=supply.name)
        if not len(buildings):
            raise InputError("{layer} holds no building with a geometry.", layer=buildings.name)
        self._add_columns(buildings, parameters, context)
        seconds = self.parameterAsDouble(parameters, "TIME_LIMIT", context)
        budget: Optional[float] = None
        if parameters.get("BUDGET") not in (None, ""):
            budget = self.parameterAsDouble(parameters, "BUDGET", context)
        take_rate = self.parameterAsDouble(parameters, "TAKE_RATE", context)
        options = AccessOptions(
            WiredOptions(take_rate, seconds),
            wlan_options(self, parameters, context, max(10.0, 2 * seconds), crs, catalogue), budget,
            self.parameterAsDouble(parameters, "HORIZON_YEARS", context), take_rate, max(20.0, 4 * seconds),
            hand=read_hand_inputs(self, parameters, context, crs),
            targets=tuple(self._targets(parameters, context, crs)))
        packages = self._packages(parameters, context, crs, progress)
        floors = read_floors(self, parameters, context, crs)
        plan = plan_access(buildings, streets, supply, packages, catalogue, options, progress.part(0.1, 0.9), floors)
        self._report(plan, progress)
        results = write_wired(self, with_leased(plan), parameters, context, crs, progress.part(0.9, 0.94))
        results.update(write_wlan(self, plan.wlan, parameters, context, crs, progress.part(0.94, 0.97)))
        results["OUTPUT_DECISIONS"] = self._write(plan, buildings, parameters, context, crs, progress.part(0.97, 1.0))
        results.update(COST=plan.cost, BENEFIT=plan.benefit, BENEFIT_UPPER_BOUND=plan.benefit_upper_bound,
                       BENEFIT_GAP=plan.benefit_gap, CHOICE_GAP=plan.choice_gap)
        return results

    def _add_columns(
        self, buildings: FeatureTable, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> None:
        """Add use, users and what is known of rights and rivals to the table of the wired inputs."""
        source = self.parameterAsSource(parameters, "BUILDINGS", context)
        names = {column: self.parameterAsString(parameters, name, context) or column
                 for name, column in USE_FIELDS.items()}
        key = self.parameterAsString(parameters, "ID_FIELD", context)
        more = read_source(source, id_field=key, fields=[*names.values(), *MARKET_FIELDS])
        row_of = {building: row for row, building in enumerate(more.ids)}
        for column in (*names, *MARKET_FIELDS):
            values = more.columns.get(names.get(column, column))
            if values is not None:
                buildings.columns[column] = [
                    values[row_of[building]] if building in row_of else None for building in buildings.ids]

    def _packages(
        self, parameters: dict[str, Any], context: QgsProcessingContext, crs: QgsCoordinateReferenceSystem,
        progress: Progress
    ) -> Optional[FeatureTable]:
        source = source_of(self, parameters, "PACKAGES", context)
        if source is None:
            return None
        if source.fields().lookupField("price_month") < 0:
            raise InputError("{layer} has no field {field}. Choose another layer of packages.",
                             layer=source.sourceName(), field="price_month")
        table = read_source(source, crs=crs, transform_context=context.transformContext(), fields=PACKAGE_FIELDS)
        return in_force(table, progress)

    def _targets(
        self, parameters: dict[str, Any], context: QgsProcessingContext, crs: QgsCoordinateReferenceSystem
    ) -> list[TargetArea]:
        source = source_of(self, parameters, "TARGETS", context)
        if source is None:
            return []
        return read_targets(read_source(source, crs=crs, transform_context=context.transformContext(),
                                        fields=("code", "coverage_target")))

    def _report(self, plan: AccessPlan, progress: Progress) -> None:
        for name, part in plan.components.items():
            progress.say(tr("{name}: cost {cost} {currency}, at least {bound} {currency}", name=tr(name),
                            cost=f"{part.cost:.2f}", bound=f"{part.lower_bound:.2f}", currency=plan.wired.currency))
        progress.say(tr("Benefit {benefit} (revenue {revenue} less cost {cost}); no plan exceeds {bound}.",
                        benefit=f"{plan.benefit:.2f}", revenue=f"{plan.revenue:.2f}", cost=f"{plan.cost:.2f}",
                        bound=f"{plan.benefit_upper_bound:.2f}"))
        tell_targets(plan.targets, progress)
        if plan.without_targets is not None:
            progress.say(tr("Without targets the benefit would be {benefit}.", benefit=f"{plan.without_targets:.2f}"))
        tell_design_problems(plan.wired.problems, progress)
        if plan.wlan.aps:
            report_wlan(plan.wlan, progress)

    def _write(
        self, plan: AccessPlan, buildings: FeatureTable, parameters: dict[str, Any], context: QgsProcessingContext,
        crs: QgsCoordinateReferenceSystem, progress: Progress
    ) -> str:
        source = self.parameterAsSource(parameters, "BUILDINGS", context)
        transform = QgsCoordinateTransform(crs, source.sourceCrs(), context.transformContext())
        shape = QgsWkbTypes.multiType(QgsWkbTypes.flatType(source.wkbType()))
        fields = fields_of(DECISIONS)
        sink, target = self.parameterAsSink(
            parameters, "OUTPUT_DECISIONS", context, fields, shape, source.sourceCrs())
        geometry_of = dict(zip(buildings.ids, buildings.geometry))
        rows = []
        for decision in plan.decisions:
            geometry = to_layer_geometry(geometry_of[decision.building_id], transform)
            geometry.convertToMultiType()
            rows.append((geometry, [
                decision.building_id, decision.method, decision.runner_up, decision.cost, decision.revenue,
                decision.cost_delta, decision.constraint, reason_text(decision, language()),
                decision.permission_value]))
        write_rows(sink, fields, rows, progress)
        return str(target)


def in_force(packages: FeatureTable, progress: Progress) -> FeatureTable:
    """Return the packages that are approved, where the layer says so; a layer without states holds what is sold."""
    states = packages.columns.get("state")
    if states is None:
        return packages
    kept = [row for row, state in enumerate(states) if state in (None, "", "approved")]
    if len(kept) < len(states):
        progress.say(tr("{count} packages are left out: not approved.", count=len(states) - len(kept)))
    return packages.take(kept)


def with_leased(plan: AccessPlan) -> WiredDesign:
    """Return the wired design with the terminals of leased lines in its bill, so that Σ bom is the wired cost."""
    lines = [BomLine(row.item, row.unit, row.quantity, row.unit_price, row.cost, "leased_terminals")
             for row in plan.leased_bom]
    return replace(plan.wired, bom=[*plan.wired.bom, *lines], wired_cost=plan.wired_cost + plan.leased_cost,
                   wired_lower_bound=plan.wired.wired_lower_bound + plan.leased_cost)
