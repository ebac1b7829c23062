# SPDX-License-Identifier: GPL-2.0-or-later
"""The sample city that ships with the plugin: the centre of Helsinki, with made areas and supply points."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Sequence

from qgis.core import QgsProcessing, QgsProcessingUtils

from fullservice_plugin.gis.connections import table_uri
from fullservice_plugin.gui.first_run.jobs import Job
from fullservice_plugin.i18n import tr

SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "sample"
CITY = SAMPLE / "helsinki_centre.osm.pbf"
#: Currency units: about a third of what the sample's first grid would cost in full.
BUDGET = 290_000.0


def licence() -> str:
    """Return what must be said wherever the sample is offered or shown."""
    return tr("Map data: © OpenStreetMap contributors, Open Database License 1.0 (openstreetmap.org/copyright). Areas "
              "and supply points are made up and named “Sample”.")


def stored(store: str, table: str, geometry: str = "geom", where: str = "") -> str:
    """Return the address of a table of the store as an algorithm takes it; credentials are not expanded into it."""
    return QgsProcessingUtils.encodeProviderKeyAndUri(
        "postgres", table_uri(store, "fullservice", table, geometry, "fid", where))


def building_jobs(store: str, source: Any, name: str, datum: str, streets: Any = None) -> list[Job]:
    """Return what is done with a source of buildings: found, their households estimated, grouped into estates.

    The latter two need footprints: they are passed over while the store has points only.
    """
    unused = QgsProcessing.TEMPORARY_OUTPUT
    return [
        Job(tr("Buildings are matched and kept"), "discoverbuildings",
            {"STORE": store, "SOURCE": source, "SOURCE_NAME": name, "DATUM": datum, "STREETS": streets}),
        Job(tr("Households are estimated where nobody gave them"), "estimatehouseholds",
            lambda: {"STORE": store, "BUILDINGS": stored(store, "building"), "ID_FIELD": "id", "OUTPUT": unused},
            _footprints),
        Job(tr("Buildings are grouped into estates"), "groupestates",
            lambda: {"STORE": store, "BUILDINGS": stored(store, "building"), "ID_FIELD": "id", "NAME_FIELD": "name",
                     "STREETS": stored(store, "street"),
                     "AREAS": stored(store, "land_area", where="kind = 'estate'"),
                     "OUTPUT": unused, "OUTPUT_BUILDINGS": unused},
            _footprints),
    ]


def told(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what discovery reports among the results of jobs; see the output ``REPORT`` of ``discoverbuildings``."""
    return json.loads(next(one["REPORT"] for one in reversed(results) if "REPORT" in one))


def _footprints(results: Sequence[dict[str, Any]]) -> bool:
    return bool(told(results)["footprints"])


def sample_jobs(store: str) -> list[Job]:
    """Return what fills an empty store with the sample city."""
    areas = [
        Job(tr("Sample areas"), "importterritory",
            {"STORE": store, "INPUT": str(SAMPLE / f"sample_territory_{level}.geojson"), "LEVEL": level})
        for level in ("branch", "micro_region", "grid")
    ]
    supply = Job(tr("Sample supply points"), "importresources",
                 {"STORE": store, "INPUT": str(SAMPLE / "sample_supply.geojson")})
    return [*areas, *building_jobs(store, str(CITY), "OpenStreetMap", "wgs84"), supply]
