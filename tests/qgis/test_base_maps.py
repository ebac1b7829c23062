# SPDX-License-Identifier: GPL-2.0-or-later
"""Base maps: tiles from a server and from files made here, keys that stay out of projects, datums that are said."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile

import pytest

KEY = "0123456789abcdef-operator"  # pragma: allowlist secret


def mbtiles(path, form: str, tile: bytes, more: dict) -> str:
    """A file with the tile of level 0."""
    link = sqlite3.connect(path)
    link.executescript("create table metadata (name text, value text); create table tiles (zoom_level integer, "
                       "tile_column integer, tile_row integer, tile_data blob)")
    link.executemany("insert into metadata values (?, ?)",
                     {"format": form, "name": "made", "minzoom": "0", "maxzoom": "0", **more}.items())
    link.execute("insert into tiles values (0, 0, 0, ?)", (tile,))
    link.commit()
    link.close()
    return str(path)


def vector_tile() -> bytes:
    """A vector tile (specification 2.1) whose layer ``water`` covers all of it, packed by hand."""
    def varint(number: int) -> bytes:
        found = b""
        while number > 127:
            found += bytes((number & 127 | 128,))
            number >>= 7
        return found + bytes((number,))

    def field(number: int, body: bytes) -> bytes:
        return varint(number << 3 | 2) + varint(len(body)) + body

    def zigzag(number: int) -> int:
        return number << 1 if number >= 0 else (-number << 1) - 1

    moves = (1 << 3 | 1, zigzag(0), zigzag(0), 3 << 3 | 2, zigzag(4096), zigzag(0), zigzag(0), zigzag(4096),
             zigzag(-4096), zigzag(0), 1 << 3 | 7)
    feature = varint(3 << 3) + varint(3) + field(4, b"".join(varint(move) for move in moves))
    layer = varint(15 << 3) + varint(2) + field(1, b"water") + field(2, feature) + varint(5 << 3) + varint(4096)
    return gzip.compress(field(3, layer))


def colour_in_the_middle(layer) -> tuple[int, int, int]:
    """Draw the world and look at a pixel."""
    from qgis.core import QgsCoordinateReferenceSystem, QgsMapRendererParallelJob, QgsMapSettings, QgsRectangle
    from qgis.PyQt.QtCore import QEventLoop, QSize

    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(-8e6, -8e6, 8e6, 8e6))
    settings.setOutputSize(QSize(256, 256))
    job = QgsMapRendererParallelJob(settings)
    loop = QEventLoop()
    job.finished.connect(loop.quit)
    job.start()
    loop.exec()
    found = job.renderedImage().pixelColor(128, 128)
    return found.red(), found.green(), found.blue()


@pytest.fixture
def project(qgis_app):
    from qgis.core import QgsProject

    made = QgsProject()
    yield made
    made.clear()


def test_tiles_of_a_server_are_drawn_below_everything(project, tile_server):
    from qgis.core import QgsMapThemeCollection

    from fullservice_plugin.gis.basemaps import add_base_map, datum_of, describe, remove_base_map, xyz_layer

    themes = project.mapThemeCollection()
    themes.insert("theme", QgsMapThemeCollection.MapThemeRecord())
    group = project.layerTreeRoot().addGroup("底图")
    group.addGroup("上面")
    layer = xyz_layer("tiles", tile_server.url + "?a=1&b=2", 0, 5)
    describe(layer, "bd09", "© 甲")
    add_base_map(project, layer)
    assert group.children()[-1].name() == "tiles" and datum_of(layer) == "bd09"
    assert layer.metadata().rights() == ["© 甲"] and project.customVariables()["fullservice_credit"] == "© 甲"
    assert [shown.id() for shown in themes.mapThemeVisibleLayers("theme")] == [layer.id()]
    assert colour_in_the_middle(layer) == (200, 60, 20)
    assert any(path.endswith("a=1&b=2") for path in tile_server.asked)
    later = xyz_layer("labels", tile_server.url, 0, 5)
    describe(later, "wgs84", "")
    add_base_map(project, later)
    assert [node.name() for node in group.children()] == ["上面", "labels", "tiles"], "over the earlier one"
    remove_base_map(project, later.id())
    remove_base_map(project, layer.id())
    assert project.mapLayers() == {} and project.customVariables()["fullservice_credit"] == ""


def test_files_with_raster_and_vector_tiles(tile_server, tmp_path, qgis_app):
    from qgis.core import QgsRasterLayer, QgsVectorTileLayer

    from fullservice_plugin.gis import palette
    from fullservice_plugin.gis.basemaps import mbtiles_layer, read_mbtiles

    told = {"attribution": "<b>© 乙</b>"}
    raster = read_mbtiles(mbtiles(tmp_path / "图 片 #1 100%25.mbtiles", "png", tile_server.tile, told))
    assert (raster.vector, raster.credit, raster.zmin, raster.zmax) == (False, "© 乙", 0, 0)
    layer = mbtiles_layer(raster)
    assert isinstance(layer, QgsRasterLayer) and layer.isValid() and colour_in_the_middle(layer) == (200, 60, 20)
    told = {"json": '{"vector_layers": [{"id": "water"}]}'}
    vector = read_mbtiles(mbtiles(tmp_path / "矢量 #2 &100%25+.mbtiles", "pbf", vector_tile(), told))
    assert vector.vector and vector.layers == ("water",)
    layer = mbtiles_layer(vector)
    assert isinstance(layer, QgsVectorTileLayer) and layer.isValid()
    water = palette.WATER
    assert colour_in_the_middle(layer) == tuple(int(water[place:place + 2], 16) for place in (1, 3, 5))


@pytest.mark.parametrize(("name", "content", "words"), [
    ("none.mbtiles", None, "not there"), ("text.mbtiles", b"no database at all" * 20, "no MBTiles file"),
])  # fmt: skip
def test_files_that_are_none_are_told(tmp_path, name, content, words):
    from fullservice_plugin.core.errors import InputError
    from fullservice_plugin.gis.basemaps import read_mbtiles

    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_mbtiles(str(path))


def test_addresses_and_datums():
    from fullservice_plugin.core.errors import InputError
    from fullservice_plugin.gis.basemaps import SERVICES, check_url, datum_of_host

    for bad in ("", "tile.example.org/{z}/{x}/{y}", "https://example.org/{z}/{x}"):
        with pytest.raises(InputError):
            check_url(bad)
    assert datum_of_host("https://webrd01.is.autonavi.com/{x}") == "gcj02"
    assert datum_of_host("https://example.org") == ""
    for service in SERVICES:
        assert datum_of_host(service.url) == service.datum and service.credit
        assert ("{key}" in service.url) == service.needs_key


def test_a_key_stays_out_of_the_project_and_goes_into_the_request(project, tile_server, tmp_path, qgis_app):
    from qgis.core import QgsApplication

    from fullservice_plugin.gis.basemaps import add_base_map, describe, xyz_layer
    from fullservice_plugin.gis.key_ring import KeyRing, keep_key, references

    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("master", True)
    ring = KeyRing()
    try:
        reference = keep_key("Tianditu", KEY)
        layer = xyz_layer("keyed", f"{tile_server.root}/keyed/{{z}}/{{x}}/{{y}}?tk={reference}", 0, 3)
        describe(layer, "wgs84", "© 丙")
        add_base_map(project, layer)
        ids = references([layer])
        assert len(ids) == 1 and ring.load(ids) == [] and ring.load({"zzzzzzz"}) == ["zzzzzzz"]
        assert colour_in_the_middle(layer) == (200, 60, 20)
        asked = [path for path in tile_server.asked if path.startswith("/keyed/")]
        assert asked and all(path.endswith(f"tk={KEY}") for path in asked)
        path = tmp_path / "keyed.qgz"
        assert project.write(str(path))
        with zipfile.ZipFile(path) as archive:
            assert all(KEY.encode() not in archive.read(name) for name in archive.namelist())
        assert KEY not in layer.source()
    finally:
        ring.stop()
        for one in references(project.mapLayers().values()):
            manager.removeAuthenticationConfig(one)
    tile_server.asked.clear()
    colour_in_the_middle(xyz_layer("again", f"{tile_server.root}/after/{{z}}/{{x}}/{{y}}?tk={reference}", 0, 3))
    assert tile_server.asked and all(path.endswith(reference) for path in tile_server.asked)


CAPABILITIES = """<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"
  xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">
 <ows:OperationsMetadata><ows:Operation name="GetTile"><ows:DCP><ows:HTTP>
  <ows:Get xlink:href="{root}/kvp?"/></ows:HTTP></ows:DCP></ows:Operation></ows:OperationsMetadata>
 <Contents>
  <Layer><ows:Title>街道</ows:Title><ows:Identifier>streets</ows:Identifier><Style isDefault="true">
   <ows:Identifier>plain</ows:Identifier></Style><Format>image/png</Format>
   <TileMatrixSetLink><TileMatrixSet>geo</TileMatrixSet></TileMatrixSetLink>
   <TileMatrixSetLink><TileMatrixSet>web</TileMatrixSet></TileMatrixSetLink></Layer>
  <Layer><ows:Identifier>only_geo</ows:Identifier><Format>image/png</Format>
   <TileMatrixSetLink><TileMatrixSet>geo</TileMatrixSet></TileMatrixSetLink></Layer>
  <TileMatrixSet><ows:Identifier>geo</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::4326</ows:SupportedCRS>
   <TileMatrix><ows:Identifier>0</ows:Identifier><ScaleDenominator>279541132</ScaleDenominator></TileMatrix>
  </TileMatrixSet>
  <TileMatrixSet><ows:Identifier>web</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>
   <TileMatrix><ows:Identifier>L:0</ows:Identifier><ScaleDenominator>559082264.03</ScaleDenominator></TileMatrix>
   <TileMatrix><ows:Identifier>L:1</ows:Identifier><ScaleDenominator>279541132.01</ScaleDenominator></TileMatrix>
  </TileMatrixSet>
 </Contents></Capabilities>"""


def test_a_wmts_is_asked_and_drawn(tile_server, qgis_app):
    from fullservice_plugin.core.errors import InputError
    from fullservice_plugin.gis.basemaps import xyz_layer
    from fullservice_plugin.gis.wmts import offers
    from fullservice_plugin.gui.map.base_map_dialog import fetch

    tile_server.answers["/capabilities.xml"] = CAPABILITIES.format(root=tile_server.root).encode()
    address = f"{tile_server.root}/capabilities.xml"
    found = offers(fetch(address), address)
    assert [(offer.identifier, offer.title, offer.zmax) for offer in found] == [("streets", "街道", 1)]
    tile_server.asked.clear()
    assert colour_in_the_middle(xyz_layer("wmts", found[0].url, 0, found[0].zmax)) == (200, 60, 20)
    asked = tile_server.asked[0]
    assert asked.startswith("/kvp?")
    assert all(part in asked for part in ("TILEMATRIX=L:", "STYLE=plain", "LAYER=streets"))
    for content in (b"<html/>", b"no xml", CAPABILITIES.replace("3857", "4490").encode()):
        with pytest.raises(InputError):
            offers(content, address)


def test_the_dialog_asks_for_the_datum_and_says_how_far_off(qgis_app, tile_server):
    from qgis.PyQt.QtWidgets import QDialogButtonBox

    from fullservice_plugin.gui.map.base_map_dialog import BaseMapDialog

    dialog = BaseMapDialog((113.3246, 23.1321), lambda key: None)
    okay = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert okay.isEnabled() and dialog.datum.currentData() == "wgs84" and not dialog.datum.isEnabled()
    dialog.kind.setCurrentIndex(dialog.kind.findData("xyz"))
    dialog.address.setText(tile_server.url)
    assert not okay.isEnabled() and dialog.datum.currentData() == "" and dialog.problem.text()
    dialog.datum.setCurrentIndex(dialog.datum.findData("bd09"))
    assert okay.isEnabled() and "BD-09" in dialog.warning.text() and "east" in dialog.warning.text()
    dialog.address.setText("https://webst01.is.autonavi.com/{z}/{x}/{y}")
    assert dialog.datum.currentData() == "gcj02" and "GCJ-02" in dialog.warning.text()
    dialog.kind.setCurrentIndex(1)
    assert not okay.isEnabled()  # Tianditu without a key
    dialog.key.setText(KEY)
    assert okay.isEnabled()
    dialog.reject()
    abroad = BaseMapDialog((24.94, 60.17), lambda key: None)
    abroad.kind.setCurrentIndex(abroad.kind.findData("xyz"))
    abroad.address.setText(tile_server.url)
    abroad.datum.setCurrentIndex(abroad.datum.findData("gcj02"))
    assert not abroad.warning.text()  # outside mainland China the datums are the same
    abroad.reject()
