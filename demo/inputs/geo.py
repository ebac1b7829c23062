# SPDX-License-Identifier: GPL-2.0-or-later
"""Small helpers of the makers: a local plane, seeded randomness, GeoPackage and CSV files."""

from __future__ import annotations

import csv
import hashlib
import math
import random
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence

from osgeo import gdal, ogr, osr
from shapely.ops import transform

RADIUS = 6378137.0


class Plane:
    """Metres east and north of a centre (degrees); exact enough for a city: scale error below 0.1 % at 10 km."""

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        e2 = 0.00669437999014
        sine = math.sin(math.radians(lat))
        self._east = math.radians(1.0) * RADIUS / math.sqrt(1 - e2 * sine**2) * math.cos(math.radians(lat))
        self._north = math.radians(1.0) * RADIUS * (1 - e2) / (1 - e2 * sine**2) ** 1.5

    def metres(self, shape: Any) -> Any:
        """Return a shapely geometry given in degrees in metres."""
        return transform(lambda x, y: ((x - self.lon) * self._east, (y - self.lat) * self._north), shape)

    def degrees(self, shape: Any) -> Any:
        """Return a shapely geometry given in metres in degrees."""
        return transform(lambda x, y: (self.lon + x / self._east, self.lat + y / self._north), shape)


def stream(seed: int, *names: object) -> random.Random:
    """Return a random stream of its own per purpose, so that one file does not change with another."""
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


_KINDS = {str: ogr.OFTString, int: ogr.OFTInteger, float: ogr.OFTReal}
_SHAPES = {
    "Point": ogr.wkbPoint,
    "LineString": ogr.wkbLineString,
    "MultiPolygon": ogr.wkbMultiPolygon,
    "Polygon": ogr.wkbPolygon,
    None: ogr.wkbNone,
}


def write_layer(path: Path, fields: Mapping[str, type], rows: Iterable[tuple[Any, Sequence[Any]]], shape: str) -> int:
    """Write ``(geometry, values)`` rows as a GeoPackage (EPSG:4326) with one layer named like the file.

    A time stamp of the format is fixed, so that the same rows give the same file.
    """
    path.unlink(missing_ok=True)
    gdal.SetConfigOption("OGR_CURRENT_DATE", "2026-01-01T00:00:00.000Z")
    try:
        driver = ogr.GetDriverByName("GPKG")
        source = driver.CreateDataSource(str(path))
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(4326)
        crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        layer = source.CreateLayer(path.stem, crs, _SHAPES[shape])
        for name, kind in fields.items():
            layer.CreateField(ogr.FieldDefn(name, _KINDS[kind]))
        layer.StartTransaction()
        count = 0
        for geometry, values in rows:
            feature = ogr.Feature(layer.GetLayerDefn())
            feature.SetGeometry(ogr.CreateGeometryFromWkb(geometry.wkb))
            for at, value in enumerate(values):
                if value is not None:
                    feature.SetField(at, value)
            layer.CreateFeature(feature)
            count += 1
        layer.CommitTransaction()
        del layer, source
    finally:
        gdal.SetConfigOption("OGR_CURRENT_DATE", None)
    return count


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as CSV (UTF-8 with mark, so that spreadsheets show Chinese); absent values are empty."""
    count = 0
    with path.open("w", newline="", encoding="utf-8-sig") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(columns), extrasaction="raise")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: row.get(name) for name in columns})
            count += 1
    return count
