# SPDX-License-Identifier: GPL-2.0-or-later
"""calibratewlan: a walk test against the model; bias, RMSE and a correction per building."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
from qgis.core import (
    QgsCoordinateTransform,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.choice.revenue import parse_date
from fullservice_plugin.core.access.wlan.model import REGIONS
from fullservice_plugin.core.access.wlan.predict import Prediction, predict, read_aps
from fullservice_plugin.core.access.wlan.settings import settings_from
from fullservice_plugin.core.access.wlan.walktest import Fit, calibrate
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.gis.projection import to_layer_geometry
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.design.design_wlan import read_wlan_buildings
from fullservice_plugin.processing.design.wlan_layers import add_walls, needed_source, read_ap_layer, read_wall_layer
from fullservice_plugin.services.calibration import keep_corrections
from fullservice_plugin.services.telling_models import told_model

READINGS = (("building_id", "text"), ("floor", "int"), ("ap_id", "text"), ("rssi_dbm", "real"),
            ("predicted_dbm", "real"), ("residual_db", "real"))
CORRECTIONS = (("building_id", "text"), ("offset_db", "real"), ("slope", "real"), ("rmse_db", "real"),
               ("points", "int"))
NUMBERS = ("BIAS", "RMSE", "HELD_OUT_BEFORE", "HELD_OUT_AFTER", "READINGS", "CENSORED")


class CalibrateWlan(FullServiceAlgorithm):
    """Compare measured with predicted signal and correct the model per building."""

    ID = "calibratewlan"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        kind = QgsProcessing.SourceType
        self.add(QgsProcessingParameterFeatureSource("INPUT", self.label("INPUT"), [kind.TypeVectorPoint]))
        self.add(QgsProcessingParameterFeatureSource("BUILDINGS", self.label("BUILDINGS"), [kind.TypeVectorPolygon]))
        for name in ("ID_FIELD", "USE_FIELD"):
            self.add(QgsProcessingParameterField(name, self.label(name), None, "BUILDINGS", optional=True))
        self.add(QgsProcessingParameterFeatureSource("APS", self.label("APS"), [kind.TypeVectorPoint]))
        add_walls(self)
        self.add_choice("REGION", list(REGIONS), "cn")
        self.add(QgsProcessingParameterFile("CATALOGUE", self.label("CATALOGUE"), extension="json", optional=True))
        for name in ("KEEP_IN", "SOURCE", "MEASURED_ON"):
            self.add(QgsProcessingParameterString(name, self.label(name), None, False, True), advanced=True)
        self.add(QgsProcessingParameterFeatureSink("OUTPUT", self.label("OUTPUT"), kind.TypeVectorPoint))
        self.add(QgsProcessingParameterFeatureSink(
            "OUTPUT_CORRECTIONS", self.label("OUTPUT_CORRECTIONS"), kind.TypeVector))
        for name in NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read, predict, fit, write."""
        catalogue = load_catalogue(self.parameterAsString(parameters, "CATALOGUE", context))
        settings = settings_from(catalogue, self.parameterAsString(parameters, "REGION", context) or "cn")
        buildings, crs = read_wlan_buildings(self, parameters, context, progress.part(0.0, 0.2))
        source = needed_source(self, parameters, "INPUT", context)
        if source.fields().lookupField("rssi_dbm") < 0:
            raise InputError("{layer} has no field {field}. Choose another layer of readings.",
                             layer=source.sourceName(), field="rssi_dbm")
        readings = read_source(source, crs=crs, transform_context=context.transformContext(),
                               fields=("building_id", "floor", "ap_id", "rssi_dbm"))
        aps = read_aps(read_ap_layer(self, parameters, context, crs))
        uses = {key: settings.use_model(use) for key, use in zip(buildings.ids, buildings.column("use"))}
        found = predict(readings, aps, dict(zip(buildings.ids, buildings.geometry)), uses, settings,
                        read_wall_layer(self, parameters, context, crs, catalogue, settings.ghz))
        progress.step(0.6)
        places = np.array([[p.x, p.y] for p in readings.geometry], dtype=float).reshape(-1, 2)
        rssi = np.array([math.nan if v is None else v for v in readings.numbers("rssi_dbm")], dtype=float)
        owners = [str(value or "") for value in readings.column("building_id")]
        fit = calibrate(owners, places, found.loss, found.measured, rssi)
        if not fit.used:
            raise InputError("No reading can be compared: each needs rssi_dbm above −90 and the building_id of a "
                             "building with access points.")
        progress.say(tr("Compared with model {model}.",
                        model=[told_model(one) for one in sorted(found.models)]))
        self._tell(fit, progress)
        self._keep(fit, parameters, context, progress)
        results = self._write(readings, found, parameters, context, crs)
        results["OUTPUT_CORRECTIONS"] = self._corrections(fit, parameters, context)
        before, after = fit.held_out_db or (math.nan, math.nan)
        results.update(BIAS=fit.bias_db, RMSE=fit.rmse_db, READINGS=fit.used, CENSORED=fit.censored)
        if fit.held_out_db is not None:
            results.update(HELD_OUT_BEFORE=before, HELD_OUT_AFTER=after)
        return results

    def _tell(self, fit: Fit, progress: Progress) -> None:
        progress.say(tr("{count} readings: bias {bias} dB, RMSE {rmse} dB; {weak} below −90 dBm left out.",
                        count=fit.used, bias=f"{fit.bias_db:+.1f}", rmse=f"{fit.rmse_db:.1f}", weak=fit.censored))
        if fit.held_out_db is None:
            progress.say(tr("Too few readings for a correction: at least 8 in a building."))
        else:
            progress.say(tr("On places left out the correction changes the RMSE from {before} to {after} dB.",
                            before=f"{fit.held_out_db[0]:.1f}", after=f"{fit.held_out_db[1]:.1f}"))

    def _keep(
        self, fit: Fit, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> None:
        name = self.parameterAsString(parameters, "KEEP_IN", context).strip()
        if not name:
            return
        day = self.parameterAsString(parameters, "MEASURED_ON", context).strip()
        measured = parse_date(day, "MEASURED_ON") or datetime.date.today()
        source = self.parameterAsString(parameters, "SOURCE", context) or needed_source(
            self, parameters, "INPUT", context).sourceName()
        store = open_store(name, write=True)
        try:
            kept = keep_corrections(store, fit.corrections, source, measured)
        finally:
            store.close()
        progress.say(tr("{new} corrections are new in the store, {changed} changed; the next plan uses them.",
                        new=kept.new, changed=kept.changed))
        if kept.unknown:
            progress.warn(tr("The store knows no building {building}: {count} corrections were not kept.",
                             building=kept.unknown[0], count=len(kept.unknown)))

    def _write(self, readings: FeatureTable, found: Prediction, parameters: dict[str, Any],
               context: QgsProcessingContext, crs: Any) -> dict[str, Any]:
        target = self.parameterAsSource(parameters, "INPUT", context).sourceCrs()
        transform = QgsCoordinateTransform(crs, target, context.transformContext())
        fields = fields_of(READINGS)
        sink, name = self.parameterAsSink(parameters, "OUTPUT", context, fields, QgsWkbTypes.Type.Point, target)
        level, floors = readings.numbers("rssi_dbm"), readings.numbers("floor", 1)
        rows = []
        for row, (building, ap) in enumerate(zip(readings.column("building_id"), readings.column("ap_id"))):
            predicted = float(found.predicted[row]) if math.isfinite(found.predicted[row]) else None
            value = level[row]
            residual = value - predicted if value is not None and predicted is not None else None
            rows.append((to_layer_geometry(readings.geometry[row], transform),
                         [building, int(floors[row] or 1), ap, value, predicted, residual]))
        write_rows(sink, fields, rows)
        return {"OUTPUT": name}

    def _corrections(self, fit: Fit, parameters: dict[str, Any], context: QgsProcessingContext) -> Any:
        fields = fields_of(CORRECTIONS)
        sink, name = self.parameterAsSink(parameters, "OUTPUT_CORRECTIONS", context, fields)
        write_rows(sink, fields, [(None, [key, one.offset_db, one.slope, one.rmse_db, one.points])
                                  for key, one in sorted(fit.corrections.items())])
        return name
