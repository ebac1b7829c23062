# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings, addresses, streets, areas and points of interest out of an OpenStreetMap file in one pass.

GDAL's OSM driver is given a configuration of our own, so that levels, heights and addresses are fields.
Geometry is WGS-84 degrees.
"""

from __future__ import annotations

import hashlib
import html
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import shapely.wkb
from osgeo import gdal, ogr
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon

from fullservice_plugin.connectors.osm_pbf import check_osm_file
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem

LICENCE = "ODbL 1.0, © OpenStreetMap contributors"
SUFFIXES = (".osm.pbf", ".pbf", ".osm")
_HEAD = re.compile(rb"<osm\b([^>]*)>")  # the root element, as the OpenStreetMap API writes it
_CREDIT = re.compile(r"\b(license|attribution)=\"([^\"]*)\"")

_ADDRESS = ("addr:street", "addr:housenumber", "addr:postcode", "addr:city", "addr:unit", "addr:full")
_BUILDING = (
    "name",
    "building",
    "building:levels",
    "building:levels:underground",
    "building:flats",
    "height",
    "building:use",
    "start_date",
    "entrance",
    "operator",
    "amenity",
    "tourism",
    "office",
    "shop",
)
_AREA = ("landuse", "leisure", "natural", "amenity", "water", "waterway", "place", "residential", "railway")
_STREET = (
    "name",
    "highway",
    "tunnel",
    "bridge",
    "surface",
    "service",
    "access",
    "oneway",
    "footway",
    "railway",
    "layer",
)
_POI = ("name", "amenity", "shop", "office", "tourism", "entrance", "ref")
_GREEN = {
    "landuse": {
        "grass",
        "forest",
        "meadow",
        "recreation_ground",
        "village_green",
        "cemetery",
        "orchard",
        "allotments",
        "flowerbed",
    },
    "leisure": {"park", "garden", "pitch", "golf_course", "nature_reserve", "dog_park"},
    "natural": {"wood", "grassland", "scrub", "heath"},
}
_ESTATE = {
    "landuse": {"residential", "commercial", "retail", "industrial", "education"},
    "amenity": {"school", "university", "college", "hospital", "kindergarten"},
}


@dataclass
class OsmData:
    """What was read: one table per subject, keyed by OSM id (``n``, ``w`` or ``r`` before the number)."""

    buildings: FeatureTable
    addresses: FeatureTable
    streets: FeatureTable
    areas: FeatureTable
    pois: FeatureTable
    sha256: str


def licence_of(path: Path) -> str:
    """Return licence and credit of an OSM file: what an XML file's root element states, else OpenStreetMap's own."""
    if path.suffix.lower() == ".osm":
        with open(path, "rb") as file:
            head = _HEAD.search(file.read(4096))
        stated = dict(_CREDIT.findall(head.group(1).decode("utf-8", "replace"))) if head else {}
        found = [html.unescape(stated[name]) for name in ("license", "attribution") if stated.get(name)]
        if found and not any("opendatacommons.org/licenses/odbl" in text for text in found):
            return ", ".join(found)
    return LICENCE


def is_osm_file(path: str) -> bool:
    """Tell by its name whether a file is read here."""
    return path.lower().endswith(SUFFIXES)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        for block in iter(lambda: handle.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def read_osm(
    path: Path, extent: Optional[tuple[float, float, float, float]] = None, progress: Progress = SILENT
) -> OsmData:
    """Return the contents of ``path``, limited to features that meet ``extent`` (degrees) where given.

    A missing, empty, truncated or otherwise damaged file raises InputError; nothing of it is used.
    """
    check_osm_file(path, progress.part(0.0, 0.2))
    tables = _empty_tables(path.name)
    with tempfile.TemporaryDirectory(prefix="fullservice-osm-") as folder:
        configuration = Path(folder) / "osmconf.ini"
        configuration.write_text(_configuration(), encoding="utf-8")
        previous = gdal.GetThreadLocalConfigOption("OSM_CONFIG_FILE")
        gdal.SetThreadLocalConfigOption("OSM_CONFIG_FILE", str(configuration))
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        gdal.ErrorReset()
        try:
            _read_all(path, extent, tables, progress.part(0.2, 1.0))
        except RuntimeError as error:  # only where somebody switched GDAL's exceptions on
            raise _unreadable(path, str(error)) from None
        finally:
            gdal.PopErrorHandler()
            gdal.SetThreadLocalConfigOption("OSM_CONFIG_FILE", previous)
    return OsmData(*tables.values(), file_hash(path))


def _unreadable(path: Path, reason: str) -> InputError:
    return InputError(
        "The file {file} cannot be read as OpenStreetMap data: {reason}. Nothing was read.",
        file=str(path),
        reason=reason.strip().rstrip("."),
    )


def _configuration() -> str:
    """Return the osmconf: our keys as fields, names kept as they are."""
    polygon = ",".join(dict.fromkeys(_BUILDING + _ADDRESS + _AREA))
    closed = "building,landuse,leisure,natural,amenity,place,residential,waterway=riverbank,highway=platform"
    common = "osm_id=yes\nosm_timestamp=yes\nother_tags=no\n"
    return (
        f"closed_ways_are_polygons={closed}\nattribute_name_laundering=no\n\n"
        f"[points]\n{common}attributes={','.join(dict.fromkeys(_POI + _ADDRESS))}\n\n"
        f"[lines]\n{common}attributes={','.join(_STREET)}\n\n"
        f"[multipolygons]\n{common}osm_way_id=yes\nattributes={polygon}\n\n"
        "[multilinestrings]\nosm_id=yes\nother_tags=no\nattributes=name\n\n"
        "[other_relations]\nosm_id=yes\nother_tags=no\nattributes=name\n"
    )


def _empty_tables(name: str) -> dict[str, FeatureTable]:
    def table(fields: tuple[str, ...]) -> FeatureTable:
        return FeatureTable([], [], {field: [] for field in (*fields, "observed_on")}, [], name)

    return {
        "buildings": table(_BUILDING + _ADDRESS),
        "addresses": table(("name", *_ADDRESS)),
        "streets": table(_STREET),
        "areas": table(("kind", "name")),
        "pois": table(_POI + _ADDRESS),
    }


def _read_all(path: Path, extent: Any, tables: dict[str, FeatureTable], progress: Progress) -> None:
    source = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY, allowed_drivers=["OSM"])
    if source is None:
        raise _unreadable(path, gdal.GetLastErrorMsg() or "unknown format")
    try:
        source.ResetReading()
        read = 0
        while True:
            feature, layer, fraction = source.GetNextFeature(include_layer=True, include_pct=True)
            if feature is None:
                break
            read += 1
            if read % 500 == 0:
                progress.step(fraction if 0.0 <= fraction <= 1.0 else 0.0)
            _keep(feature, layer.GetName(), extent, tables)
        if gdal.GetLastErrorType() >= gdal.CE_Failure:
            raise _unreadable(path, gdal.GetLastErrorMsg())
        if read == 0:
            raise InputError("The file {file} holds no features.", file=str(path))
    finally:
        source = None


def _keep(feature: ogr.Feature, layer: str, extent: Any, tables: dict[str, FeatureTable]) -> None:
    reader = {"points": _point, "lines": _line, "multipolygons": _area}.get(layer)
    shape = feature.GetGeometryRef()
    if reader is None or shape is None:
        return
    if extent is not None:
        west, east, south, north = shape.GetEnvelope()
        if west > extent[2] or east < extent[0] or south > extent[3] or north < extent[1]:
            return
    reader(feature, shape, tables)


def _value(feature: ogr.Feature, field: str) -> Optional[str]:
    at = feature.GetFieldIndex(field)
    return feature.GetField(at) if at >= 0 and feature.IsFieldSetAndNotNull(at) else None


def _append(table: FeatureTable, key: str, shape: ogr.Geometry, feature: ogr.Feature, **given: Any) -> None:
    geometry = _shapely(shape)
    if geometry is None:
        table.problems.append(Problem(key, "its outline is incomplete in the file"))
        return
    if geometry.is_empty or (geometry.geom_type.endswith("Polygon") and geometry.area == 0.0):
        table.problems.append(Problem(key, "its outline is incomplete in the file"))
        return
    if geometry.geom_type.endswith("Polygon") and not geometry.is_valid:
        geometry = geometry.buffer(0)
        if geometry.is_empty:
            table.problems.append(Problem(key, "invalid geometry that cannot be repaired"))
            return
    table.ids.append(key)
    table.geometry.append(geometry)
    stamp = _value(feature, "osm_timestamp")
    for field in table.columns:
        if field == "observed_on":
            table.columns[field].append(str(stamp)[:10].replace("/", "-") if stamp else None)
        else:
            table.columns[field].append(given[field] if field in given else _value(feature, field))


def _shapely(shape: ogr.Geometry) -> Any:
    """Return the geometry for shapely; polygon rings of fewer than four points, which GEOS refuses, are left out."""
    if shape.GetGeometryName() in ("POLYGON", "MULTIPOLYGON"):
        single = shape.GetGeometryName() == "POLYGON"
        parts = [shape] if single else [shape.GetGeometryRef(k) for k in range(shape.GetGeometryCount())]
        rings = [[part.GetGeometryRef(k) for k in range(part.GetGeometryCount())] for part in parts]
        if any(0 < ring.GetPointCount() < 4 for part in rings for ring in part):
            whole = [
                [ring.GetPoints() for ring in part if ring.GetPointCount() >= 4]
                for part in rings
                if part and part[0].GetPointCount() >= 4
            ]
            return MultiPolygon([Polygon(part[0], part[1:]) for part in whole]) if whole else None
    try:
        return shapely.wkb.loads(bytes(shape.ExportToWkb()))
    except ShapelyError:
        return None


def _point(feature: ogr.Feature, shape: ogr.Geometry, tables: dict[str, FeatureTable]) -> None:
    key = f"n{_value(feature, 'osm_id')}"
    if _value(feature, "addr:housenumber") or _value(feature, "addr:full"):
        _append(tables["addresses"], key, shape, feature)
    named = _value(feature, "name")
    if named and any(_value(feature, field) for field in ("amenity", "shop", "office", "tourism")):
        _append(tables["pois"], key, shape, feature)


def _line(feature: ogr.Feature, shape: ogr.Geometry, tables: dict[str, FeatureTable]) -> None:
    key = f"w{_value(feature, 'osm_id')}"
    if _value(feature, "highway") or _value(feature, "railway") in ("rail", "tram", "light_rail", "subway"):
        _append(tables["streets"], key, shape, feature)


def _area(feature: ogr.Feature, shape: ogr.Geometry, tables: dict[str, FeatureTable]) -> None:
    way = _value(feature, "osm_way_id")
    key = f"w{way}" if way else f"r{_value(feature, 'osm_id')}"
    building = _value(feature, "building")
    if building and building != "no":
        _append(tables["buildings"], key, shape, feature)
        return
    kind = _area_kind(feature)
    if kind:
        _append(tables["areas"], key, shape, feature, kind=kind)


def _area_kind(feature: ogr.Feature) -> str:
    if (
        _value(feature, "natural") in ("water", "bay")
        or _value(feature, "waterway") == "riverbank"
        or _value(feature, "landuse") in ("reservoir", "basin")
    ):
        return "water"
    if _value(feature, "landuse") == "railway":
        return "rail"
    if any(_value(feature, field) in values for field, values in _GREEN.items()):
        return "green"
    if _value(feature, "name") and any(_value(feature, field) in values for field, values in _ESTATE.items()):
        return "estate"
    return ""
