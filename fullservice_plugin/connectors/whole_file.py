# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a file of features is there and whole, told before anything of it is used.

GDAL opens files that were cut off and hands out what is left, without an error. The formats say in their heads how
long they are: SQLite (https://www.sqlite.org/fileformat.html, 1.3: page size at byte 16, pages at byte 28), shapefile
(ESRI White Paper, July 1998: length in 16-bit words at byte 24) and dBase (records at 4, head at 8, record length at
10).
"""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

from osgeo import gdal

from fullservice_plugin.connectors.hostile import refuse_bomb, refuse_doctype
from fullservice_plugin.connectors.osm_file import is_osm_file
from fullservice_plugin.connectors.osm_pbf import check_osm_file, file_size
from fullservice_plugin.core.errors import InputError

_STREAMS = (".fgb", ".gml", ".kml", ".gpx", ".parquet", ".mif")
_SQLITE = b"SQLite format 3\0"


def check_file(path: Path) -> None:
    """Raise InputError when a file is absent, unreadable, empty or shorter than its own head says. Quick."""
    size = file_size(path)
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".ods", ".kmz"):
        refuse_bomb(path)
    elif suffix in (".osm", ".kml", ".gml", ".gpx"):
        refuse_doctype(path)
    elif suffix == ".shp":
        _check_shapefile(path, size)
    elif suffix in (".gpkg", ".sqlite", ".db"):
        with path.open("rb") as handle:
            head = handle.read(100)
        if head[:16] == _SQLITE and len(head) == 100:
            (page,) = struct.unpack(">H", head[16:18])
            changes, pages, valid_for = head[24:28], struct.unpack(">I", head[28:32])[0], head[92:96]
            if changes == valid_for and size < (65536 if page == 1 else page) * pages:
                raise _cut_off(path, size)
        else:
            raise InputError("The file {file} is no GeoPackage or SQLite file.", file=str(path))


def check_whole(path: Path) -> None:
    """Raise InputError as :func:`check_file`; formats that are only known whole at their end are read to it, once."""
    check_file(path)
    if is_osm_file(path.name) or path.suffix.lower() in _STREAMS:
        state = path.stat()
        _read_through(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=16)
def _read_through(path: Path, size: int, changed: int) -> None:
    if is_osm_file(path.name):
        check_osm_file(path)
        return
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    gdal.ErrorReset()
    try:
        source = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
        whole = source is not None
        for number in range(source.GetLayerCount() if whole else 0):
            layer = source.GetLayer(number)
            stated, read = layer.GetFeatureCount(0), sum(1 for _ in layer)
            whole = whole and read >= stated and gdal.GetLastErrorType() < gdal.CE_Failure
    except RuntimeError:  # only where somebody switched GDAL's exceptions on
        whole = False
    finally:
        gdal.PopErrorHandler()
    if not whole:
        raise _cut_off(path, size)


def _check_shapefile(path: Path, size: int) -> None:
    with path.open("rb") as handle:
        head = handle.read(28)
    if len(head) < 28 or head[:4] != b"\0\0\x27\x0a":
        raise InputError("The file {file} is no shapefile.", file=str(path))
    if size < 2 * struct.unpack(">I", head[24:28])[0]:
        raise _cut_off(path, size)
    for suffix in (".shx", ".dbf"):
        beside = next((one for one in (path.with_suffix(suffix), path.with_suffix(suffix.upper())) if one.exists()),
                      None)
        if beside is None:
            raise InputError("The shapefile {file} lacks its {suffix} file. Copy all its parts.", file=str(path),
                             suffix=suffix)
        if suffix == ".dbf":
            with beside.open("rb") as handle:
                head = handle.read(12)
            records, start, width = struct.unpack("<IHH", head[4:12]) if len(head) == 12 else (1, 1, 1)
            if beside.stat().st_size < start + records * width:
                raise _cut_off(beside, beside.stat().st_size)


def _cut_off(path: Path, size: int) -> InputError:
    return InputError(
        "The file {file} is cut off after {size} bytes. Nothing was read; get it again.", file=str(path), size=size
    )
