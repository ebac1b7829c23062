# SPDX-License-Identifier: GPL-2.0-or-later
"""designwired: a complete FTTH design from plain layers, with a proven lower bound."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
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
from fullservice_plugin.core.access.wired.demand import MOST_STOREYS, MOST_USERS
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.hand import Hand, read_hand
from fullservice_plugin.core.access.wired.records import WiredDesign, WiredOptions
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.gis.projection import metric_crs, to_layer_geometry
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import tell_left_out
from fullservice_plugin.services.telling import tell_alike

BUILDING_FIELDS = ("building", "access_state", "probability", "take_rate", "method_lock")
STREET_FIELDS = ("highway", "bridge", "tunnel", "layer", "other_tags", "cost_factor", "forbidden", "construction",
                 "existing_duct", "duct_owner", "free_bores", "rent_per_m", "railway", "waterway",
                 "existing_poles", "pole_owner", "pole_rent_per_m")
ROUTES = (("route_id", "text"), ("kind", "text"), ("construction", "text"), ("length_m", "real"), ("fibres", "int"),
          ("cable", "text"), ("trench_cost", "real"), ("cable_cost", "real"))
NODES = (("node_id", "text"), ("kind", "text"), ("parent_id", "text"), ("ports", "int"), ("used", "int"),
         ("splitter", "text"))
DROPS = (("building_id", "text"), ("node_id", "text"), ("length_m", "real"), ("fibres", "int"), ("loss_db", "real"))
BOM = (("item", "text"), ("unit", "text"), ("quantity", "real"), ("unit_price", "real"), ("cost", "real"))
NUMBERS = ("WIRED_COST", "WIRED_LOWER_BOUND", "WIRED_GAP", "TRENCH_COST", "TRENCH_LOWER_BOUND", "HOMES", "UNSERVED")


def add_wired_inputs(algorithm: FullServiceAlgorithm) -> None:
    """Add the input parameters of a wired design."""
    label, kind = algorithm.label, QgsProcessing.SourceType
    algorithm.add(QgsProcessingParameterFeatureSource("BUILDINGS", label("BUILDINGS"), [kind.TypeVectorAnyGeometry]))
    for name in ("ID_FIELD", "HOUSEHOLDS_FIELD", "BUSINESSES_FIELD", "STOREYS_FIELD"):
        algorithm.add(QgsProcessingParameterField(name, label(name), None, "BUILDINGS", optional=True))
    algorithm.add(QgsProcessingParameterFeatureSource("STREETS", label("STREETS"), [kind.TypeVectorLine]))
    algorithm.add(QgsProcessingParameterFeatureSource("SUPPLY", label("SUPPLY"), [kind.TypeVectorAnyGeometry]))
    algorithm.add(QgsProcessingParameterFile("CATALOGUE", label("CATALOGUE"), extension="json", optional=True))
    double = QgsProcessingParameterNumber.Type.Double
    algorithm.add(QgsProcessingParameterNumber("TAKE_RATE", label("TAKE_RATE"), double, 0.6, False, 0.0, 1.0))
    algorithm.add(QgsProcessingParameterNumber("TIME_LIMIT", label("TIME_LIMIT"), double, 10.0, False, 0.1, 86400.0))
    for name, shape in (("HAND_WAYS", kind.TypeVectorLine), ("HAND_SITES", kind.TypeVectorPoint)):
        algorithm.add(QgsProcessingParameterFeatureSource(name, label(name), [shape], None, True), advanced=True)


def add_wired_outputs(algorithm: FullServiceAlgorithm) -> None:
    """Add the sinks and numbers of a wired design."""
    kind = QgsProcessing.SourceType
    for name, shape in (("OUTPUT_ROUTES", kind.TypeVectorLine), ("OUTPUT_NODES", kind.TypeVectorPoint),
                        ("OUTPUT_DROPS", kind.TypeVectorLine), ("OUTPUT_WIRED_BOM", kind.TypeVector)):
        algorithm.add(QgsProcessingParameterFeatureSink(name, algorithm.label(name), shape))
    for name in NUMBERS:
        algorithm.addOutput(QgsProcessingOutputNumber(name, algorithm.label(name)))


def read_wired_inputs(
    algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
) -> tuple[FeatureTable, FeatureTable, FeatureTable, QgsCoordinateReferenceSystem]:
    """Read buildings, streets and supply points in one metric CRS, which is returned too.

    The buildings' columns carry the names ``households``, ``businesses``, ``storeys`` whatever the layer calls them.
    """
    sources = {}
    for name in ("BUILDINGS", "STREETS", "SUPPLY"):
        sources[name] = algorithm.parameterAsSource(parameters, name, context)
        if sources[name] is None:
            raise InputError("Layer {layer} cannot be opened. Give an existing layer or file.",
                             layer=str(parameters.get(name)))
        if not sources[name].sourceCrs().isValid():
            raise InputError("{layer} has no coordinate reference system. Set its CRS, then run again.",
                             layer=sources[name].sourceName())
    crs = metric_crs(sources["BUILDINGS"].sourceExtent(), sources["BUILDINGS"].sourceCrs(),
                     sources["BUILDINGS"].sourceName())
    renamed = {}
    for name, column in (("HOUSEHOLDS_FIELD", "households"), ("BUSINESSES_FIELD", "businesses"),
                         ("STOREYS_FIELD", "storeys")):
        renamed[column] = algorithm.parameterAsString(parameters, name, context) or column
    key = algorithm.parameterAsString(parameters, "ID_FIELD", context)
    shared: dict[str, Any] = {"crs": crs, "transform_context": context.transformContext()}
    buildings = read_source(sources["BUILDINGS"], id_field=key, fields=[*renamed.values(), *BUILDING_FIELDS],
                            progress=progress.part(0.0, 0.5), **shared)
    for column, field in renamed.items():
        if field in buildings.columns:
            most = MOST_STOREYS if column == "storeys" else MOST_USERS
            buildings.numbers(field, None, least=0.0, most=most)  # an error names the field as the layer calls it
            buildings.columns[column] = buildings.columns[field]
    buildings = _buildings_only(buildings)
    streets = read_source(sources["STREETS"], fields=STREET_FIELDS, progress=progress.part(0.5, 0.9), **shared)
    supply_key = next((f for f in ("code", "id", "name") if sources["SUPPLY"].fields().lookupField(f) >= 0), "")
    supply = read_source(sources["SUPPLY"], id_field=supply_key, fields=["free_ports", "kind", "feeder_m"],
                         progress=progress.part(0.9, 1.0), **shared)
    _unique(buildings)
    for table in (buildings, streets, supply):
        tell_left_out(progress, table.name, table.problems)
    return buildings, streets, supply, crs


def read_hand_inputs(algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext,
                     crs: QgsCoordinateReferenceSystem) -> Hand:
    """Read what the designer drew, locked, forbade or placed, in the metric CRS."""
    tables: list[Optional[FeatureTable]] = []
    for name, fields in (("HAND_WAYS", ("action", "construction")), ("HAND_SITES", ("kind", "building_id"))):
        source = algorithm.parameterAsSource(parameters, name, context) if parameters.get(name) else None
        tables.append(None if source is None else read_source(
            source, fields=fields, crs=crs, transform_context=context.transformContext()))
    return read_hand(*tables)


def _buildings_only(table: FeatureTable) -> FeatureTable:
    """Leave out the areas that are no buildings, where the layer tells by a field ``building`` (OpenStreetMap)."""
    kind = table.column("building")
    if not any(value not in (None, "", "no") for value in kind):
        return table
    kept = table.take([i for i, value in enumerate(kind) if value not in (None, "", "no")])
    kept.problems.extend(table.problems)
    return kept


def _unique(table: FeatureTable) -> None:
    seen: set[str] = set()
    for key in table.ids:
        if key in seen:
            raise InputError("{layer}: id {value} occurs twice. Choose an id field with different values.",
                             layer=table.name, value=key)
        seen.add(key)


def write_wired(
    algorithm: FullServiceAlgorithm, design: WiredDesign, parameters: dict[str, Any], context: QgsProcessingContext,
    crs: QgsCoordinateReferenceSystem, progress: Progress
) -> dict[str, Any]:
    """Write the design into the sinks, in the CRS of the buildings; returns the outputs."""
    target = algorithm.parameterAsSource(parameters, "BUILDINGS", context).sourceCrs()
    transform = QgsCoordinateTransform(crs, target, context.transformContext())
    results: dict[str, Any] = {}
    line, point = QgsWkbTypes.Type.LineString, QgsWkbTypes.Type.Point
    plan = (("OUTPUT_ROUTES", ROUTES, design.routes, line), ("OUTPUT_NODES", NODES, design.nodes, point),
            ("OUTPUT_DROPS", DROPS, design.drops, line),
            ("OUTPUT_WIRED_BOM", BOM, design.bom, QgsWkbTypes.Type.NoGeometry))
    for k, (name, columns, records, shape) in enumerate(plan):
        fields = fields_of(columns)
        sink, results[name] = algorithm.parameterAsSink(parameters, name, context, fields, shape, target)
        rows = [(None if name == "OUTPUT_WIRED_BOM" else to_layer_geometry(record.geometry, transform),
                 [getattr(record, column) for column, _ in columns]) for record in records]
        write_rows(sink, fields, rows, progress.part(k / 4, (k + 1) / 4))
    results.update(
        WIRED_COST=design.wired_cost, WIRED_LOWER_BOUND=design.wired_lower_bound,
        WIRED_GAP=design.wired_cost / design.wired_lower_bound - 1 if design.wired_lower_bound > 0 else 0.0,
        TRENCH_COST=design.trench_cost, TRENCH_LOWER_BOUND=design.trench_lower_bound,
        HOMES=design.homes, UNSERVED=len(design.unserved))
    return results


def report(design: WiredDesign, progress: Progress, fill_least: float = 0.0) -> None:
    """Tell the user each part of cost and bound, and what was left out and why."""
    for name, part in design.components.items():
        progress.say(tr("{name}: cost {cost} {currency}, at least {bound} {currency}", name=tr(name),
                        cost=f"{part.cost:.2f}", bound=f"{part.lower_bound:.2f}", currency=design.currency))
    whole, trench = design.could_save()
    progress.say(tr("At most {whole} {currency} could still be saved, of which trench {trench} {currency}: no design "
                    "of the same buildings by the same rules and prices over the same streets, lead-ins and walls "
                    "costs less than {bound} {currency}.", whole=f"{whole:.2f}", trench=f"{trench:.2f}",
                    bound=f"{design.wired_lower_bound:.2f}", currency=design.currency))
    if design.crossings:
        asked = sum(1 for crossing in design.crossings if not crossing.served)
        progress.say(tr("Routes run along the walls of {count} buildings on the way to others; {other} of these are "
                        "not served themselves, so their owners must be asked as well.", count=len(design.crossings),
                        other=asked))
    thin = design.thin_boxes(fill_least)
    if thin:
        progress.say(tr("{count} boxes start with less than {share} % of their ports in use: {boxes}.", count=len(thin),
                        share=round(100 * fill_least), boxes=[*thin[:5], "…"] if len(thin) > 5 else thin))
    progress.say(tr("Worst optical loss {loss} dB.", loss=f"{design.worst_loss_db:.2f}"))
    tell_design_problems(design.problems, progress)
    tell_alike(progress.say, [
        (reason, tr("Building {building} is no target: {reason}.", building=key, reason=tr(reason)))
        for key, reason in design.left_out])
    tell_alike(progress.say, [
        ("", tr("Building {building}: households unknown, one home assumed.", building=key))
        for key in design.unknown])
    progress.say(tr("Buildings that are no target: {left}; with unknown households: {unknown}.",
                    left=len(design.left_out), unknown=len(design.unknown)))
    tell_unserved(design.unserved, progress)


def tell_design_problems(problems: Sequence[Problem], progress: Progress) -> None:
    """Tell what of the input could not be used, many of a kind as one sentence."""
    tell_alike(progress.warn, [(problem.reason, tr(problem.reason, **problem.values)) for problem in problems])


def tell_unserved(unserved: Sequence[tuple[str, str]], progress: Progress) -> None:
    """Tell which buildings are not served and why, many of a kind as one sentence."""
    tell_alike(progress.warn, [
        (reason, tr("Building {building} is not served: {reason}.", building=key, reason=tr(reason)))
        for key, reason in unserved])


class DesignWired(FullServiceAlgorithm):
    """Design routes, cabinets, boxes, drops and cables for all buildings, with a bill and a bound."""

    ID = "designwired"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        add_wired_inputs(self)
        add_wired_outputs(self)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read, design, write."""
        catalogue = load_catalogue(self.parameterAsString(parameters, "CATALOGUE", context))
        options = WiredOptions(self.parameterAsDouble(parameters, "TAKE_RATE", context),
                               self.parameterAsDouble(parameters, "TIME_LIMIT", context))
        buildings, streets, supply, crs = read_wired_inputs(self, parameters, context, progress.part(0.0, 0.2))
        if not len(supply):
            raise InputError("{layer} holds no supply point. Give at least one point with an OLT.", layer=supply.name)
        if not len(buildings):
            raise InputError("{layer} holds no building with a geometry.", layer=buildings.name)
        hand = read_hand_inputs(self, parameters, context, crs)
        design = design_wired(buildings, streets, supply, catalogue, options, progress.part(0.2, 0.9), hand=hand)
        report(design, progress, catalogue.rule("fill_least"))
        if design.unserved and not design.served:
            far = next((p for p in design.problems if p.reason.startswith("Supply point")), None)
            if far is not None:
                raise InputError(far.reason, **far.values)
            key, reason = design.unserved[0]
            raise InputError("No building can be served; building {building}: {reason}.", building=key,
                             reason=tr(reason))
        return write_wired(self, design, parameters, context, crs, progress.part(0.9, 1.0))
