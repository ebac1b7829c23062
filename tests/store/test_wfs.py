# SPDX-License-Identifier: GPL-2.0-or-later
"""A WFS layer as a source: from a small server on this machine, through QGIS' own provider."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import pytest
from qgis.core import QgsProcessingException, QgsVectorLayer

from tests.store.test_sources import LAT, LON, H, W, run

NAMES = ('xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" xmlns:ows='
         '"http://www.opengis.net/ows" xmlns:town="http://town.example" xmlns:xlink="http://www.w3.org/1999/xlink"')
CAPABILITIES = """<?xml version="1.0"?><wfs:WFS_Capabilities version="1.1.0" {names}><ows:OperationsMetadata>
<ows:Operation name="GetFeature"><ows:DCP><ows:HTTP><ows:Get xlink:href="{url}"/></ows:HTTP></ows:DCP></ows:Operation>
</ows:OperationsMetadata><wfs:FeatureTypeList><wfs:FeatureType><wfs:Name>town:building</wfs:Name><wfs:Title>b</wfs:Title>
<wfs:DefaultSRS>urn:ogc:def:crs:EPSG::4326</wfs:DefaultSRS><ows:WGS84BoundingBox>
<ows:LowerCorner>24.9 60.1</ows:LowerCorner><ows:UpperCorner>25.0 60.2</ows:UpperCorner></ows:WGS84BoundingBox>
</wfs:FeatureType></wfs:FeatureTypeList>
</wfs:WFS_Capabilities>"""
SCHEMA = """<?xml version="1.0"?><xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:gml="http://www.opengis.net/gml"
xmlns:town="http://town.example" targetNamespace="http://town.example" elementFormDefault="qualified">
<xsd:complexType name="buildingType"><xsd:complexContent><xsd:extension base="gml:AbstractFeatureType"><xsd:sequence>
<xsd:element name="id" type="xsd:string"/><xsd:element name="geom" type="gml:PolygonPropertyType"/>
</xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
<xsd:element name="building" type="town:buildingType" substitutionGroup="gml:_Feature"/></xsd:schema>"""


def member(k: int) -> str:
    """A building; EPSG:4326 by its URN has the latitude first."""
    x, y = LON + 0.0008 * (k % 6), LAT + 0.0004 * (k // 6)
    corners = [(x, y), (x + W, y), (x + W, y + H), (x, y + H), (x, y)]
    points = " ".join(f"{b} {a}" for a, b in corners)
    return (f'<gml:featureMember><town:building gml:id="building.{k}"><town:id>w{k}</town:id><town:geom>'
            f'<gml:Polygon srsName="urn:ogc:def:crs:EPSG::4326"><gml:exterior><gml:LinearRing><gml:posList>{points}'
            "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></town:geom></town:building></gml:featureMember>")


class Town(BaseHTTPRequestHandler):
    """Answers the three questions of a WFS 1.1; ``broken`` lets it fail when asked for features."""

    broken = ""

    def do_GET(self) -> None:
        asked = {key.upper(): values[0] for key, values in parse_qs(urlparse(self.path).query).items()}
        question = asked.get("REQUEST", "")
        status = 200
        if question == "GetCapabilities":
            host = self.headers.get("Host", "")
            body = CAPABILITIES.format(names=NAMES, url=f"http://{host}/wfs?")
        elif question == "DescribeFeatureType":
            body = SCHEMA
        elif Town.broken == "silent":
            status, body = 500, "out of order"
        else:
            body = f'<?xml version="1.0"?><wfs:FeatureCollection {NAMES}>' + "".join(map(member, range(24)))
            body += "</wfs:FeatureCollection>"
        data = body.encode()
        if Town.broken == "cut" and question == "GetFeature":
            data = data[: len(data) * 6 // 10]
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_values) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def service():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Town)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/wfs"
    server.shutdown()
    server.server_close()


def source(url: str) -> QgsVectorLayer:
    return QgsVectorLayer(f"srsname='EPSG:4326' typename='town:building' url='{url}' version='1.1.0'", "town", "WFS")


def test_a_wfs_layer_is_taken_in(store_name, service):
    layer = source(service)
    assert layer.isValid(), layer.error().summary()
    found = run("discoverbuildings", STORE=store_name, SOURCE=layer, SOURCE_NAME="wfs", ID_FIELD="id")
    assert (found["NEW"], found["GONE"]) == (24, 0)
    again = run("discoverbuildings", STORE=store_name, SOURCE=source(service), SOURCE_NAME="wfs", ID_FIELD="id")
    assert (again["NEW"], again["UNCHANGED"], again["GONE"]) == (0, 24, 0)


@pytest.mark.parametrize("trouble", ["silent", "cut"])
def test_a_service_that_fails_takes_nothing_away(store_name, service, ask, trouble):
    layer = source(f"{service}?{trouble}=1")
    assert layer.isValid()
    Town.broken = trouble
    try:
        with pytest.raises(QgsProcessingException):
            print(run("discoverbuildings", STORE=store_name, SOURCE=layer, SOURCE_NAME="wfs", ID_FIELD="id"))
    finally:
        Town.broken = ""
    query = "select count(*) from fullservice.source_record where source_name = 'wfs' and state = 'gone'"
    assert ask(query) == [(0,)]
