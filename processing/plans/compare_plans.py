# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``compareplans``: two plans or scenarios side by side, in figures and on the map."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm

FIGURES = (("figure", "text"), ("plan_a", "real"), ("plan_b", "real"), ("difference", "real"))
WAYS = (("where", "text"), ("construction", "text"), ("length_m", "real"))
BUILDINGS = (("building_id", "text"), ("name", "text"), ("method_a", "text"), ("method_b", "text"),
             ("cost_a", "real"), ("cost_b", "real"), ("changed", "bool"))  # fmt: skip
NAMES = {
    "cost": "Cost", "lower_bound": "Lower bound of the cost", "gap": "Proven gap", "wired_cost": "Wired cost",
    "trench_cost": "Trench cost", "wlan_cost": "WLAN cost", "benefit": "Benefit",
    "benefit_upper_bound": "Upper bound of the benefit", "homes_passed": "Homes passed",
    "cost_per_home": "Cost per home", "unserved": "Buildings not served", "route_m": "Metres of way",
    "cabinets": "Cabinets", "boxes": "Boxes",
}  # fmt: skip


class ComparePlans(FullServiceAlgorithm):
    """Puts the figures of two plans side by side and draws what only one of them builds."""

    ID = "compareplans"
    GROUP = "plans"
    WRITES = False

    def define(self) -> None:
        """Add the parameters and outputs."""
        kind = QgsProcessing.SourceType
        self.add_store()
        for name in ("PLAN_A", "PLAN_B"):
            self.add(QgsProcessingParameterString(name, self.label(name), None, False, False))
        for name, shape in (("OUTPUT_FIGURES", kind.TypeVector), ("OUTPUT_WAYS", kind.TypeVectorLine),
                            ("OUTPUT_BUILDINGS", kind.TypeVectorPolygon)):  # fmt: skip
            self.add(QgsProcessingParameterFeatureSink(name, self.label(name), shape))
        for name in ("COST_DIFFERENCE", "HOMES_DIFFERENCE", "CHANGED"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Compare and write."""
        from fullservice_plugin.services.compare import compare_plans

        store = self.store(parameters, context)
        try:
            found = compare_plans(
                store,
                self.parameterAsString(parameters, "PLAN_A", context).strip(),
                self.parameterAsString(parameters, "PLAN_B", context).strip(),
                progress=progress.part(0.0, 0.8),
            )
        finally:
            store.close()
        results: dict[str, Any] = {}
        figures = []
        for name, (a, b) in found.figures.items():
            difference = None if a is None or b is None else b - a
            figures.append((None, [tr(NAMES[name]), a, b, difference]))
            progress.say(tr("{figure}: {a} → {b}", figure=tr(NAMES[name]), a=_told(a), b=_told(b)))
        ways = [(_geometry(way.geometry), [way.where, way.construction, _metres(way.geometry)]) for way in found.ways]
        buildings = [
            (_geometry(one.geometry), [one.building, one.name, one.method_a, one.method_b, one.cost_a, one.cost_b,
                                       one.changed])
            for one in found.buildings
        ]  # fmt: skip
        for name, columns, rows, shape in (
            ("OUTPUT_FIGURES", FIGURES, figures, QgsWkbTypes.Type.NoGeometry),
            ("OUTPUT_WAYS", WAYS, ways, QgsWkbTypes.Type.LineString),
            ("OUTPUT_BUILDINGS", BUILDINGS, buildings, QgsWkbTypes.Type.MultiPolygon),
        ):
            fields = fields_of(columns)
            crs = QgsCoordinateReferenceSystem("EPSG:4326")
            sink, results[name] = self.parameterAsSink(parameters, name, context, fields, shape, crs)
            write_rows(sink, fields, rows)
        cost, homes = found.figures["cost"], found.figures["homes_passed"]
        results["COST_DIFFERENCE"] = (cost[1] or 0.0) - (cost[0] or 0.0)
        results["HOMES_DIFFERENCE"] = (homes[1] or 0.0) - (homes[0] or 0.0)
        results["CHANGED"] = sum(one.changed for one in found.buildings)
        return results


def _told(value: Any) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _geometry(shape: Any) -> Any:
    if shape is None or shape.is_empty:
        return None
    made = QgsGeometry()
    made.fromWkb(shape.wkb)
    if "Polygon" in shape.geom_type:
        made.convertToMultiType()
    return made


def _metres(line: Any) -> float:
    """Length on the ellipsoid."""
    from qgis.core import QgsDistanceArea

    measure = QgsDistanceArea()
    measure.setEllipsoid("EPSG:7030")
    return float(measure.measureLength(_geometry(line)))
