# SPDX-License-Identifier: GPL-2.0-or-later
"""Base maps: layers of tiles from a server or a file, each with the datum it is drawn in and its credit.

A key of the operator's never stands in an address: the address names an authentication configuration as
``authcfg-<id>``, and :mod:`fullservice_plugin.gis.key_ring` puts the key into the request when it leaves.
"""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from qgis.core import (
    QgsDataSourceUri,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsMapThemeCollection,
    QgsProject,
    QgsRasterLayer,
    QgsVectorTileBasicLabeling,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QColor

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.gis import palette
from fullservice_plugin.gis.layers import GROUPS, LANGUAGE_VARIABLE, key_of
from fullservice_plugin.gis.symbols import fill, line

#: Custom properties of a base map: the datum it is drawn in, and its credit.
DATUM_PROPERTY = "fullservice/basemap_datum"
CREDIT_PROPERTY = "fullservice/basemap_credit"
CREDIT_VARIABLE = "fullservice_credit"


@dataclass(frozen=True)
class Service:
    """A service that is known: its name, address (``{key}``: the operator's key), datum, credit and deepest zoom."""

    name: str
    url: str
    datum: str
    credit: str
    zmax: int
    needs_key: bool = False


def _tianditu(layer: str) -> str:
    return (f"https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
            "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}")


#: CGCS2000, which Tianditu is drawn in, and WGS-84 differ by centimetres.
SERVICES: tuple[Service, ...] = (
    Service("OpenStreetMap", "https://tile.openstreetmap.org/{z}/{x}/{y}.png", "wgs84", "© OpenStreetMap contributors",
            19),
    Service("Tianditu · streets", _tianditu("vec"), "wgs84", "© 国家地理信息公共服务平台 天地图", 18, True),
    Service("Tianditu · names", _tianditu("cva"), "wgs84", "© 国家地理信息公共服务平台 天地图", 18, True),
    Service("Tianditu · imagery", _tianditu("img"), "wgs84", "© 国家地理信息公共服务平台 天地图", 18, True),
)

#: Hosts whose maps are drawn in a shifted datum: part of the host's name, datum.
_KNOWN = (("autonavi", "gcj02"), ("amap.com", "gcj02"), ("qq.com", "gcj02"), ("google.cn", "gcj02"),
          ("baidu", "bd09"), ("bdimg", "bd09"), ("tianditu", "wgs84"), ("openstreetmap", "wgs84"))  # fmt: skip


@dataclass(frozen=True)
class Tiles:
    """What an MBTiles file says of itself."""

    path: str
    vector: bool
    name: str
    credit: str
    zmin: int
    zmax: int
    layers: tuple[str, ...] = ()


def datum_of_host(url: str) -> str:
    """Return the datum that a known host draws in, empty for others."""
    host = re.sub(r"^[a-z]+://", "", url.strip().lower()).split("/")[0]
    return next((datum for part, datum in _KNOWN if part in host), "")


def read_mbtiles(path: str) -> Tiles:
    """Read the description of an MBTiles file. Raises InputError that says what is wrong with it."""
    file = Path(path)
    if not file.is_file():
        raise InputError("{file} is not there. Choose another file.", file=file.name or path)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as link:
            told = {str(name): str(value) for name, value in link.execute("select name, value from metadata")}
            # one by one: SQLite then asks the index, for both at once it reads the whole of it
            levels = link.execute("select (select min(zoom_level) from tiles), (select max(zoom_level) from tiles)"
                                  ).fetchone()
    except sqlite3.Error as error:
        raise InputError("{file} is no MBTiles file: {reason}", file=file.name, reason=str(error)) from error
    if levels[0] is None:
        raise InputError("{file} holds no tiles.", file=file.name)
    credit = re.sub(r"<[^>]+>", "", told.get("attribution", "")).strip()
    return Tiles(str(file), told.get("format", "png") == "pbf", told.get("name", "") or file.stem, credit,
                 int(levels[0]), int(levels[1]), _layer_names(told.get("json", "")))


def _layer_names(text: str) -> tuple[str, ...]:
    """Names of the layers of vector tiles, from the file's JSON."""
    try:
        return tuple(str(layer["id"]) for layer in json.loads(text or "{}").get("vector_layers", ()))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()


def check_url(url: str) -> str:
    """Return a tile address without blanks around it. Raises InputError where tiles cannot be asked for with it."""
    found = url.strip()
    if not re.match(r"^(https?|file)://", found):
        raise InputError("The address must begin with http:// or https://.")
    if not (("{z}" in found and "{x}" in found and ("{y}" in found or "{-y}" in found)) or "{q}" in found):
        raise InputError("The address must hold {z}, {x} and {y} where the tile's numbers go.")
    return found


def xyz_layer(name: str, url: str, zmin: int = 0, zmax: int = 19, vector: bool = False) -> QgsMapLayer:
    """Return a layer of tiles from an address with ``{z}``, ``{x}`` and ``{y}``."""
    address = f"type=xyz&url={_encoded(check_url(url))}&zmin={zmin}&zmax={zmax}"
    return _vector_tiles(address, name) if vector else QgsRasterLayer(address, name, "wms")


def mbtiles_layer(tiles: Tiles, name: str = "") -> QgsMapLayer:
    """Return a layer of an MBTiles file, raster or vector tiles."""
    if tiles.vector:
        address = f"type=mbtiles&url={_as_read(tiles.path)}&zmin={tiles.zmin}&zmax={tiles.zmax}"
        return _vector_tiles(address, name or tiles.name, tiles.layers)
    address = QUrl.fromLocalFile(tiles.path).toString()  # of a drive of Windows, too, and with any sign in it
    return QgsRasterLayer(f"type=mbtiles&url={quote(address)}", name or tiles.name, "wms")


def _as_read(path: str) -> str:
    """Return a path as this QGIS reads it: 3.40 keeps an encoded % or + as it stands, 3.22 decodes what is no code."""
    source = QgsDataSourceUri()
    for encoded in (quote(path), quote(path, safe="/%+")):
        source.setEncodedUri(f"url={encoded}")
        if source.param("url") == path:
            return encoded
    return quote(path)


def _encoded(address: str) -> str:
    """The provider splits at &; braces stay, since the provider looks for them."""
    return quote(address, safe="/:{}?=,;@%$!*'()~.-_")


#: Looks of the layers that the OpenMapTiles schema names, bottom first: layer, kind, fill or line, edge, width (mm).
_LOOKS = (
    ("landcover", "polygon", palette.GREEN, palette.GREEN, 0.0),
    ("landuse", "polygon", "#ebe8e1", "#ebe8e1", 0.0),
    ("park", "polygon", palette.GREEN, palette.GREEN, 0.0),
    ("water", "polygon", palette.WATER, palette.WATER, 0.0),
    ("waterway", "line", palette.WATER, palette.WATER, 0.5),
    ("building", "polygon", "#e2ded6", palette.STREET_EDGE, 0.1),
    ("transportation", "line", palette.STREET_EDGE, palette.STREET_EDGE, 0.5),
    ("boundary", "line", palette.HATCH, palette.HATCH, 0.3),
)


def _vector_tiles(address: str, name: str, layers: tuple[str, ...] = ()) -> QgsVectorTileLayer:
    """A quiet map, since it lies under everything: by layer where names are known, else every line the same."""
    layer = QgsVectorTileLayer(address, name)
    known = [look for look in _LOOKS if not layers or look[0] in layers]
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([_look(*look) for look in known] if known else QgsVectorTileBasicRenderer.simpleStyle(
        QColor(palette.LAND), QColor(palette.STREET_EDGE), 0.1, QColor(palette.STREET_EDGE), 0.3,
        QColor(palette.STREET_EDGE), QColor(palette.STREET_EDGE), 0.6))
    layer.setRenderer(renderer)
    layer.setLabeling(QgsVectorTileBasicLabeling())
    return layer


def _look(name: str, kind: str, colour: str, edge: str, width: float) -> QgsVectorTileBasicRendererStyle:
    shapes = QgsWkbTypes.GeometryType
    area = kind == "polygon"
    style = QgsVectorTileBasicRendererStyle(name, name, shapes.PolygonGeometry if area else shapes.LineGeometry)
    style.setSymbol(fill(colour, edge, width, "solid" if width else "no") if area else line(colour, width))
    return style


def describe(layer: QgsMapLayer, datum: str, credit: str) -> None:
    """Keep a base map's datum (``wgs84``, ``gcj02``, ``bd09``) and credit with the layer."""
    layer.setCustomProperty(DATUM_PROPERTY, datum)
    layer.setCustomProperty(CREDIT_PROPERTY, credit)
    if credit:
        metadata = layer.metadata()
        metadata.setRights([credit])
        layer.setMetadata(metadata)


def base_maps(project: QgsProject) -> list[QgsMapLayer]:
    """Return the base maps of a project that were added here."""
    return [layer for layer in project.mapLayers().values() if layer.customProperty(DATUM_PROPERTY)]


def datum_of(layer: QgsMapLayer) -> str:
    """Return the datum a base map is drawn in."""
    return str(layer.customProperty(DATUM_PROPERTY) or "wgs84")


def add_base_map(project: QgsProject, layer: QgsMapLayer) -> None:
    """Put a layer below the data of its group but over earlier base maps, which would hide it; show its credit.

    Raises InputError where it is broken.
    """
    if not layer.isValid():
        raise InputError("The base map “{name}” cannot be opened. Check the address or the file.", name=layer.name())
    before = {one.id() for one in base_maps(project)}
    project.addMapLayer(layer, False)
    group = _group(project)
    places = [number for number, node in enumerate(group.children())
              if isinstance(node, QgsLayerTreeLayer) and node.layerId() in before]
    group.insertLayer(places[0] if places else -1, layer)  # the last of its group is drawn first
    _join_themes(project, layer)
    show_credits(project)


def _join_themes(project: QgsProject, layer: QgsMapLayer) -> None:
    """Every theme shows the base map too: choosing one would switch it off."""
    themes = project.mapThemeCollection()
    for name in themes.mapThemes():
        record = themes.mapThemeState(name)
        entry = QgsMapThemeCollection.MapThemeLayerRecord(layer)
        entry.isVisible = True
        record.addLayerRecord(entry)
        themes.update(name, record)


def remove_base_map(project: QgsProject, layer_id: str) -> None:
    """Take a base map out again, and its credit."""
    project.removeMapLayer(layer_id)
    show_credits(project)


def _group(project: QgsProject) -> QgsLayerTreeGroup:
    """The group that holds our streets, else one of its name, else a new one at the end."""
    root = project.layerTreeRoot()
    for node in root.findLayers():
        if node.layer() is not None and key_of(node.layer()) in ("street", "water", "green"):
            return node.parent()
    names = next(names for key, *names in GROUPS if key == "basemap")
    found = next((group for group in (root.findGroup(name) for name in names) if group is not None), None)
    language = QgsExpressionContextUtils.projectScope(project).variable(LANGUAGE_VARIABLE)
    return found if found is not None else root.addGroup(names[1] if language == "zh" else names[0])


def show_credits(project: QgsProject) -> None:
    """Bring the credits on the map up to date: those of the data first, then of each base map once."""
    own = str(QgsExpressionContextUtils.projectScope(project).variable(f"{CREDIT_VARIABLE}_data") or "")
    told = [own] if own else []
    for layer in base_maps(project):
        credit = str(layer.customProperty(CREDIT_PROPERTY) or "")
        if credit and not any(credit in one for one in told):
            told.append(credit)
    QgsExpressionContextUtils.setProjectVariable(project, CREDIT_VARIABLE, " · ".join(told))
