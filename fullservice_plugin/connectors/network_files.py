# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks written through GDAL: GeoPackage and KML in longitude and latitude, DXF in metres with labels."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

from osgeo import gdal, ogr, osr

from fullservice_plugin.core.errors import OutputError

DRIVERS = {".gpkg": "GPKG", ".kml": "KML", ".dxf": "DXF"}
_TYPES = {str: ogr.OFTString, int: ogr.OFTInteger, float: ogr.OFTReal}
_TEXT_M = 1.5  # height of labels in drawings, metres


@dataclass(frozen=True)
class NetworkLayer:
    """Rows (geometry as WKB in EPSG:4326, values by field) of one layer; ``fields``: name → str, int or float."""

    name: str
    fields: Mapping[str, type]
    rows: Sequence[tuple[bytes, Mapping[str, Any]]]
    line: bool


def write_network(path: Path, layers: Sequence[NetworkLayer]) -> None:
    """Write the layers to ``path``; its suffix tells the format. Whole or not at all.

    A drawing is in metres of the UTM zone of the network's middle. Raises :class:`OutputError` where GDAL cannot write.
    """
    driver = ogr.GetDriverByName(DRIVERS[path.suffix.lower()])
    if driver is None:
        raise OutputError("This QGIS cannot write {format}. Choose another format.", format=path.suffix.lower()[1:])
    if not path.parent.is_dir():
        raise OutputError("The directory {folder} does not exist. Create it or choose another.", folder=path.parent)
    with tempfile.TemporaryDirectory(dir=str(path.parent), prefix=".network") as folder:
        part = Path(folder) / path.name
        try:
            with _Exceptions():
                (_drawing if driver.GetName() == "DXF" else _layers)(driver, part, layers)
            os.replace(part, path)
        except (RuntimeError, OSError) as error:
            raise OutputError(
                "{path} cannot be written: {reason}. Close it elsewhere or choose another directory.",
                path=path,
                reason=str(error),
            ) from error


class _Exceptions:
    """GDAL's errors as exceptions for a while: its own context manager is younger than the QGIS we support."""

    def __enter__(self) -> None:
        self.before = bool(gdal.GetUseExceptions())
        gdal.UseExceptions()
        ogr.UseExceptions()

    def __exit__(self, *_: Any) -> None:
        if not self.before:
            ogr.DontUseExceptions()
            gdal.DontUseExceptions()


def _reference(code: int) -> Any:
    found = osr.SpatialReference()
    found.ImportFromEPSG(code)
    found.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return found


def _layers(driver: Any, path: Path, layers: Sequence[NetworkLayer]) -> None:
    source = driver.CreateDataSource(str(path))
    for layer in layers:
        kind = ogr.wkbLineString if layer.line else ogr.wkbPoint
        target = source.CreateLayer(layer.name, _reference(4326), kind)
        for name, type_ in layer.fields.items():
            target.CreateField(ogr.FieldDefn(name, _TYPES[type_]))
        target.StartTransaction()
        for shape, values in layer.rows:
            feature = ogr.Feature(target.GetLayerDefn())
            feature.SetGeometry(ogr.CreateGeometryFromWkb(shape))
            for name, value in values.items():
                if value is not None:
                    feature.SetField(name, value)
            target.CreateFeature(feature)
        target.CommitTransaction()
    source.FlushCache()
    del source


def _drawing(driver: Any, path: Path, layers: Sequence[NetworkLayer]) -> None:
    """One drawing layer per kind and construction, a label at every node."""
    change = _to_utm(layers)
    source = driver.CreateDataSource(str(path))
    target = source.CreateLayer("entities")
    definition = target.GetLayerDefn()

    def add(shape: Any, layer: str, style: Optional[str] = None) -> None:
        feature = ogr.Feature(definition)
        feature.SetField("Layer", layer.upper())
        feature.SetGeometry(shape)
        if style:
            feature.SetStyleString(style)
        target.CreateFeature(feature)

    for layer in layers:
        for wkb, values in layer.rows:
            shape = ogr.CreateGeometryFromWkb(wkb)
            shape.Transform(change)
            kind = str(values.get("kind") or layer.name)
            way = values.get("construction")
            add(shape, f"{kind}_{way}" if way else kind)
            if not layer.line:
                text = str(values.get("code") or "").replace('"', "'")
                add(shape.Clone(), f"{kind}_text", f'LABEL(f:"Arial",s:{_TEXT_M}g,t:"{text}",p:1)')
    source.FlushCache()
    del source


def _to_utm(layers: Sequence[NetworkLayer]) -> Any:
    """Transformation to the UTM zone of the middle of everything."""
    boxes = [ogr.CreateGeometryFromWkb(shape).GetEnvelope() for layer in layers for shape, _ in layer.rows]
    if not boxes:
        raise OutputError("The plan holds no network to draw.")
    lon = (min(b[0] for b in boxes) + max(b[1] for b in boxes)) / 2
    lat = (min(b[2] for b in boxes) + max(b[3] for b in boxes)) / 2
    zone = min(60, max(1, int((lon + 180.0) // 6.0) + 1))
    return osr.CoordinateTransformation(_reference(4326), _reference((32600 if lat >= 0 else 32700) + zone))
