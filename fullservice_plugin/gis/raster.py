# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters written as GeoTIFF, with a style beside them that QGIS finds by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

import numpy as np
from osgeo import gdal
from qgis.core import (
    QgsColorRampShader,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
)
from qgis.PyQt.QtGui import QColor

from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.gis.write import why_not_written

NO_DATA = -9999.0


def write_raster(
    path: Path, values: Any, west: float, north: float, cell: float, wkt: str, unit: str,
    facts: Optional[Mapping[str, str]] = None,
) -> None:
    """Write rows (north to south) as a compressed GeoTIFF of 32-bit floats; NaN is no data; ``facts`` go into its tags.

    Raises OutputError where it cannot be written; nothing half-written stays.
    """
    rows, columns = values.shape
    part = path.with_suffix(".part.tif")
    try:
        made = gdal.GetDriverByName("GTiff").Create(
            str(part), columns, rows, 1, gdal.GDT_Float32, ["COMPRESS=DEFLATE", "PREDICTOR=3"])
        if made is None:
            raise RuntimeError(gdal.GetLastErrorMsg())
        made.SetGeoTransform((west, cell, 0.0, north, 0.0, -cell))
        made.SetProjection(wkt)
        made.SetMetadata(dict(facts or {}))
        band = made.GetRasterBand(1)
        band.SetNoDataValue(NO_DATA)
        band.SetUnitType(unit)
        if band.WriteArray(np.where(np.isfinite(values), values, NO_DATA).astype(np.float32)) != 0:
            raise RuntimeError(gdal.GetLastErrorMsg())
        band.FlushCache()
        del band, made
        part.replace(path)
    except (RuntimeError, OSError) as error:
        part.unlink(missing_ok=True)
        raise OutputError("{name} cannot be written: {reason}. Choose another place.", name=path.name,
                          reason=why_not_written(path, str(error))) from error


def style_raster(path: Path, stops: Sequence[tuple[float, str, str]]) -> None:
    """Save a colour ramp (value, colour, label; rising) beside the raster as its default style."""
    layer = QgsRasterLayer(str(path), path.stem)
    ramp = QgsColorRampShader(stops[0][0], stops[-1][0])
    ramp.setColorRampType(QgsColorRampShader.Type.Interpolated)
    ramp.setColorRampItemList([QgsColorRampShader.ColorRampItem(value, QColor(colour), label)
                               for value, colour, label in stops])
    shader = QgsRasterShader()
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(stops[0][0])
    renderer.setClassificationMax(stops[-1][0])
    layer.setRenderer(renderer)
    layer.saveDefaultStyle()
