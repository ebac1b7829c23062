# SPDX-License-Identifier: GPL-2.0-or-later
"""Files behind sources, checked to be whole; results that are kept whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional

from osgeo import gdal
from qgis.core import (
    QgsFeature,
    QgsFeatureSink,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingUtils,
    QgsProject,
    QgsProviderRegistry,
    QgsVectorLayer,
)

from fullservice_plugin.connectors.whole_file import check_file, check_whole
from fullservice_plugin.core.errors import InputError, OutputError
from fullservice_plugin.core.spreadsheet import safe_cell
from fullservice_plugin.gis.write import why_not_written
from fullservice_plugin.i18n import tr

# Files that belong to a result, by the suffix of its main file.
_PARTS = {
    ".shp": (".shx", ".dbf", ".prj", ".cpg", ".qmd", ".qix"),
    ".gpkg": (".gpkg-wal", ".gpkg-shm", ".gpkg-journal"),
}


def source_file(value: Any) -> Optional[Path]:
    """Return the file that a source parameter names, directly or through a layer; None where it is no file."""
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        value = value.source.staticValue()
    if isinstance(value, str):
        layer = QgsProject.instance().mapLayer(value)
        if layer is None:
            text = value.split("|")[0]
            named = "://" not in text and not text.startswith("/vsi") and (os.sep in text or Path(text).suffix)
            return Path(text) if named else None
        value = layer
    if isinstance(value, QgsMapLayer) and value.providerType() in ("ogr", "delimitedtext"):
        found = QgsProviderRegistry.instance().decodeUri(value.providerType(), value.source()).get("path")
        return Path(found) if found and not str(found).startswith("/vsi") and Path(found).is_file() else None
    return None


def check_source(value: Any, context: QgsProcessingContext) -> None:
    """Raise InputError, in plain words, when a source parameter names a file or layer that cannot be opened."""
    path = source_file(value)
    if path is not None and path.is_dir() and path.suffix.lower() != ".gdb":
        raise InputError("{file} is a folder. Give a file in it.", file=str(path))
    if path is not None and not path.is_dir():
        check_file(path)
    if not isinstance(value, str) or not value or _layer(value, context) is not None:
        return
    if path is None:
        raise InputError("Layer {layer} cannot be opened. Give an existing layer or file.", layer=value)
    if path.suffix.lower() in (".osm", ".pbf"):
        check_whole(path)
    raise InputError(
        "The file {file} holds no layer that can be read. Give a GeoPackage, GeoJSON, shapefile, .osm.pbf or table.",
        file=value,
    )


def _layer(value: str, context: QgsProcessingContext) -> Optional[QgsMapLayer]:
    """Return the layer that a text names, None where there is none; GDAL's own words are kept off the screen."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        hint = QgsProcessingUtils.LayerHint.Vector
        return QgsProcessingUtils.mapLayerFromString(value, context, True, hint)
    finally:
        gdal.PopErrorHandler()


def check_source_whole(value: Any) -> None:
    """Raise InputError when the file behind a source is damaged or cut off."""
    path = source_file(value)
    if path is not None and path.is_file():
        check_whole(path)


#: What spreadsheet programs open: text in them may not look like a formula.
_SPREADSHEETS = (".csv", ".xlsx", ".ods", ".tsv", ".txt")


class CountingSink:
    """A Processing sink that counts what it took, so that :class:`Outputs` can look whether all of it arrived."""

    def __init__(self, sink: QgsFeatureSink, destination: str) -> None:
        self._sink: Optional[QgsFeatureSink] = sink
        self.destination = destination
        self.path = source_file(destination)
        self.taken = 0

    def addFeature(self, feature: QgsFeature, flags: Any = QgsFeatureSink.Flag.FastInsert) -> bool:  # noqa: N802
        """Take a feature; OutputError that names the file when the sink refuses it."""
        if self.path is not None and self.path.suffix.lower() in _SPREADSHEETS:
            feature = QgsFeature(feature)
            feature.setAttributes([safe_cell(value) for value in feature.attributes()])
        if self._sink is None or not self._sink.addFeature(feature, flags):
            raise self.failure(self.lastError())
        self.taken += 1
        return True

    def failure(self, reason: str) -> OutputError:
        """Return the error that says why the result cannot be written."""
        return OutputError(
            "The result {file} could not be written whole: {reason}. Make room or choose another place.",
            file=self.destination, reason=why_not_written(self.path, reason) if self.path is not None else reason,
        )

    def lastError(self) -> str:  # noqa: N802
        """Return why the last feature was refused."""
        return str(self._sink.lastError()) if self._sink is not None else ""

    def close(self) -> None:
        """Write out what is buffered and let go of the file."""
        if self._sink is not None:
            self._sink.flushBuffer()
        self._sink = None


class Outputs:
    """The results of one run: all of them whole, or none."""

    def __init__(self) -> None:
        self._made: list[CountingSink] = []

    def add(self, sink: QgsFeatureSink, destination: str) -> CountingSink:
        """Watch over a sink."""
        counting = CountingSink(sink, destination)
        self._made.append(counting)
        return counting

    def finish(self) -> None:
        """Close all sinks; raise OutputError when a file does not hold all that was written."""
        for sink in self._made:
            sink.close()
        for sink in self._made:
            if sink.path is None:
                continue
            layer = QgsVectorLayer(sink.destination, "", "ogr")
            if not layer.isValid() or layer.featureCount() not in (sink.taken, -1):
                raise sink.failure(
                    tr("it holds {found} of {taken} rows", found=max(layer.featureCount(), 0), taken=sink.taken)
                )

    def discard(self) -> None:
        """Close all sinks and remove their files."""
        for sink in self._made:
            sink.close()
            if sink.path is not None:
                parts = _PARTS.get(sink.path.suffix.lower(), ())
                for one in (sink.path, *(sink.path.with_suffix(suffix) for suffix in parts)):
                    one.unlink(missing_ok=True)
        self._made.clear()
