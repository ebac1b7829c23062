# SPDX-License-Identifier: GPL-2.0-or-later
"""What a WMTS offers (OGC 07-057r7), and the tile address of one of its layers in Web Mercator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, Optional

from qgis.PyQt.QtCore import QByteArray
from qgis.PyQt.QtXml import QDomDocument, QDomElement

from fullservice_plugin.core.errors import InputError

#: Scale denominator of level 0 of the well-known set GoogleMapsCompatible (OGC 07-057r7, annex E.4).
_LEVEL_0 = 559_082_264.0287178
_MERCATOR = re.compile(r"(3857|900913|102100|3785)\b")


@dataclass(frozen=True)
class Offer:
    """A layer of a service: identifier, title, address with ``{z} {x} {y}``, deepest level."""

    identifier: str
    title: str
    url: str
    zmax: int


def offers(content: bytes, address: str) -> list[Offer]:
    """Return the layers of a capabilities document that come in Web Mercator tiles.

    ``address`` is where the document came from. Raises InputError where it is none, or offers no such tiles.
    """
    document = QDomDocument()
    if not document.setContent(QByteArray(content), True)[0]:
        raise InputError("The server's answer is no WMTS capabilities document.")
    root = document.documentElement()
    if root.localName() != "Capabilities":
        raise InputError("The server's answer is no WMTS capabilities document.")
    contents = next(_children(root, "Contents"), root)
    sets = {name: found for name, found in (_matrix_set(one) for one in _children(contents, "TileMatrixSet")) if found}
    base = _get_tile(root) or address.split("?")[0]
    found = [offer for one in _children(contents, "Layer") for offer in [_offer(one, sets, base)] if offer]
    if not found:
        raise InputError("The service offers no tiles in Web Mercator (EPSG:3857). Add it in the Data Source Manager.")
    return found


def _children(parent: QDomElement, name: str) -> Iterator[QDomElement]:
    child = parent.firstChildElement()
    while not child.isNull():
        if child.localName() == name:
            yield child
        child = child.nextSiblingElement()


def _text(parent: QDomElement, name: str) -> str:
    child = next(_children(parent, name), None)
    return child.text().strip() if child is not None else ""


def _matrix_set(element: QDomElement) -> tuple[str, Optional[tuple[str, int]]]:
    """Name of a set; where its levels are those of Web Mercator, the text before a level's number and the deepest."""
    name = _text(element, "Identifier")
    if not _MERCATOR.search(_text(element, "SupportedCRS")):
        return name, None
    prefix, deepest = None, -1
    for matrix in _children(element, "TileMatrix"):
        parts = re.match(r"^(.*?)(\d+)$", _text(matrix, "Identifier"))
        if parts is None:
            return name, None
        level = int(parts.group(2))
        try:
            scale = float(_text(matrix, "ScaleDenominator"))
        except ValueError:
            return name, None
        if abs(scale * 2.0**level / _LEVEL_0 - 1.0) > 0.01:
            return name, None
        prefix, deepest = parts.group(1), max(deepest, level)
    return name, None if prefix is None else (prefix, deepest)


def _get_tile(root: QDomElement) -> str:
    """The address that GetTile is asked at with parameters, empty where the document names none."""
    for metadata in _children(root, "OperationsMetadata"):
        for operation in _children(metadata, "Operation"):
            if operation.attribute("name") == "GetTile":
                gets = operation.elementsByTagNameNS("http://www.opengis.net/ows/1.1", "Get")
                if gets.count():
                    return str(gets.at(0).toElement().attributeNS("http://www.w3.org/1999/xlink", "href")).rstrip("?&")
    return ""


def _offer(layer: QDomElement, sets: dict[str, tuple[str, int]], base: str) -> Optional[Offer]:
    links = [_text(link, "TileMatrixSet") for link in _children(layer, "TileMatrixSetLink")]
    chosen = next((link for link in links if link in sets), None)
    if chosen is None:
        return None
    prefix, deepest = sets[chosen]
    identifier = _text(layer, "Identifier")
    formats = [one.text().strip() for one in _children(layer, "Format")]
    readable = [one for one in formats if one in ("image/png", "image/jpeg", "image/webp")]
    kind = (readable or formats or ["image/png"])[0]
    styles = [(_text(one, "Identifier"), one.attribute("isDefault") == "true") for one in _children(layer, "Style")]
    style = next((name for name, default in styles if default), styles[0][0] if styles else "default")
    template = next((one.attribute("template") for one in _children(layer, "ResourceURL")
                     if one.attribute("resourceType") == "tile" and one.attribute("format") in (kind, "")), "")
    if template:
        url = template
        for place, value in (("TileMatrixSet", chosen), ("TileMatrix", prefix + "{z}"), ("TileRow", "{y}"),
                             ("TileCol", "{x}"), ("Style", style), ("style", style)):
            url = url.replace("{" + place + "}", value)
    else:
        url = (f"{base}{'&' if '?' in base else '?'}SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={identifier}"
               f"&STYLE={style}&FORMAT={kind}&TILEMATRIXSET={chosen}&TILEMATRIX={prefix}{{z}}&TILEROW={{y}}&TILECOL={{x}}")
    return Offer(identifier, _text(layer, "Title") or identifier, url, deepest)
