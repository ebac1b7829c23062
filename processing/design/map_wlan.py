# SPDX-License-Identifier: GPL-2.0-or-later
"""mapwlan: signal, signal to noise, throughput or airtime of every floor as rasters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsSettings,
)

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.wlan.design import busy_hour
from fullservice_plugin.core.access.wlan.heatmap import QUANTITIES, floor_map
from fullservice_plugin.core.access.wlan.model import REGIONS
from fullservice_plugin.core.access.wlan.predict import floors_of, read_aps
from fullservice_plugin.core.access.wlan.settings import settings_from
from fullservice_plugin.core.access.wlan.walls import walls_on
from fullservice_plugin.core.errors import InputError, OutputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.floor_maps import FOLDER_SETTING
from fullservice_plugin.gis.raster import style_raster, write_raster
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.design.design_wlan import read_floors, read_wlan_buildings
from fullservice_plugin.processing.design.wlan_layers import (
    add_ap_inputs,
    add_walls,
    read_ap_layer,
    read_calibration,
    read_wall_layer,
)
from fullservice_plugin.services.telling_models import told_model

# viridis: rising brightness, also told apart by the colour-blind and in black and white
COLOURS = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")
STOPS = {"rssi": (-85.0, -75.0, -67.0, -55.0, -40.0), "snr": (5.0, 15.0, 25.0, 32.0, 40.0),
         "throughput": (0.0, 20.0, 50.0, 90.0, 140.0), "airtime": (0.0, 0.15, 0.3, 0.45, 0.6)}
UNITS = {"rssi": "dBm", "snr": "dB", "throughput": "Mb/s", "airtime": ""}


class MapWlan(FullServiceAlgorithm):
    """Write one raster per floor that has access points."""

    ID = "mapwlan"
    GROUP = "design"

    def define(self) -> None:
        """Add the parameters and outputs."""
        kind, double = QgsProcessing.SourceType, QgsProcessingParameterNumber.Type.Double
        self.add(QgsProcessingParameterFeatureSource("BUILDINGS", self.label("BUILDINGS"), [kind.TypeVectorPolygon]))
        for name in ("ID_FIELD", "STOREYS_FIELD", "USE_FIELD", "USERS_FIELD"):
            self.add(QgsProcessingParameterField(name, self.label(name), None, "BUILDINGS", optional=True))
        self.add(QgsProcessingParameterFeatureSource(
            "FLOORS", self.label("FLOORS"), [kind.TypeVectorPolygon], None, True))
        add_ap_inputs(self)
        add_walls(self)
        self.add_choice("QUANTITY", list(QUANTITIES), "rssi")
        self.add_choice("REGION", list(REGIONS), "cn")
        self.add(QgsProcessingParameterNumber("CELL", self.label("CELL"), double, 0.5, False, 0.1, 20.0))
        self.add(QgsProcessingParameterFile("CATALOGUE", self.label("CATALOGUE"), extension="json", optional=True))
        self.add(QgsProcessingParameterFolderDestination("OUTPUT_FOLDER", self.label("OUTPUT_FOLDER")))
        self.addOutput(QgsProcessingOutputNumber("FLOOR_MAPS", self.label("FLOOR_MAPS")))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read, compute floor by floor, write."""
        catalogue = load_catalogue(self.parameterAsString(parameters, "CATALOGUE", context))
        settings = settings_from(catalogue, self.parameterAsString(parameters, "REGION", context) or "cn")
        buildings, crs = read_wlan_buildings(self, parameters, context, progress.part(0.0, 0.1))
        floors = read_floors(self, parameters, context, crs)
        aps = read_aps(read_ap_layer(self, parameters, context, crs))
        own = read_calibration(self, parameters, context)
        walls = read_wall_layer(self, parameters, context, crs, catalogue, settings.ghz)
        quantity = self.parameterAsString(parameters, "QUANTITY", context) or "rssi"
        cell = self.parameterAsDouble(parameters, "CELL", context)
        folder = Path(self.parameterAsString(parameters, "OUTPUT_FOLDER", context))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError("{name} cannot be created at {target}. Choose another place.",
                              name=self.label("OUTPUT_FOLDER"), target=str(folder)) from error
        known = {ap.building for ap in aps}
        rows = [row for row, key in enumerate(buildings.ids) if key in known]
        if not rows:
            raise InputError("No access point stands in these buildings: building_id of the access points and the "
                             "ids of the buildings do not meet. Check ID_FIELD.")
        stops = [(value, colour, f"{value:g} {UNITS[quantity]}".strip())
                 for value, colour in zip(STOPS[quantity], COLOURS)]
        made, models = 0, set[str]()
        for number, row in enumerate(rows):
            progress.step(0.1 + 0.9 * number / len(rows))
            key = buildings.ids[row]
            model = settings.use_model(buildings.column("use")[row], own.get(key))
            demand = busy_hour(buildings, row, model) / max(1.0, float(buildings.numbers("storeys", 1.0)[row] or 1))
            for floor, outline, heard in floors_of(key, buildings.geometry[row], floors, aps):
                found = floor_map(outline, heard, model, settings, demand, cell, walls_on(walls, key, floor))
                models.add(found.model)
                path = folder / f"{re.sub(r'[^0-9A-Za-z._-]+', '_', key)}_F{floor}_{quantity}.tif"
                write_raster(path, found.rasters[quantity], found.west, found.north, found.cell, crs.toWkt(),
                             UNITS[quantity], {"BUILDING": key, "FLOOR": str(floor), "QUANTITY": quantity,
                                               "MODEL": found.model})
                style_raster(path, stops)
                made += 1
        progress.say(tr("{count} floors mapped; every value is a median of model {model}.", count=made,
                        model=[told_model(one) for one in sorted(models)]))
        QgsSettings().setValue(FOLDER_SETTING, str(folder))  # the dock of WLAN floors opens it
        return {"OUTPUT_FOLDER": str(folder), "FLOOR_MAPS": made}
