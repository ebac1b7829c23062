# SPDX-License-Identifier: GPL-2.0-or-later
"""The Overpass connector against a local server that is busy, slow, cut off or overwhelmed."""

from __future__ import annotations

import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from fullservice_plugin.core.errors import Cancelled, InputError, ParameterError
from fullservice_plugin.core.progress import Progress

EXTENT = (24.941, 60.161, 24.979, 60.179)
STEP = 0.004


def town(west: float, south: float, east: float, north: float) -> str:
    """Houses on a mesh, whole as Overpass gives them, that meet the box; every third crosses a tile's edge."""
    nodes, ways = [], []
    for number in range(100):
        x, y = 24.9385 + STEP * (number % 10), 60.1597 + STEP * (number // 10) / 2
        if x + 0.003 < west or x > east or y + 0.0005 < south or y > north:
            continue
        corners = [(x, y), (x + 0.003, y), (x + 0.003, y + 0.0005), (x, y + 0.0005)]
        nodes += [f'<node id="{number * 4 + k + 1}" version="1" timestamp="2026-05-01T00:00:00Z" lat="{b:.7f}" '
                  f'lon="{a:.7f}"/>' for k, (a, b) in enumerate(corners)]
        refs = "".join(f'<nd ref="{number * 4 + k % 4 + 1}"/>' for k in range(5))
        ways.append(f'<way id="{number + 1}" version="1" timestamp="2026-05-01T00:00:00Z">{refs}'
                    '<tag k="building" v="apartments"/><tag k="building:levels" v="5"/></way>')
    return "".join(nodes + ways)


class Service:
    """A server whose next answers follow a plan: a status, ``cut``, ``hang``, ``remark``; then all is well."""

    def __init__(self) -> None:
        self.plan: list = []
        self.largest = 1.0
        self.asked: list = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                query = parse_qs(self.rfile.read(length).decode())["data"][0]
                south, west, north, east = map(float, re.search(r"bbox:([^\]]+)", query)[1].split(","))
                service.asked.append((west, south, east, north))
                step = service.plan.pop(0) if service.plan else "well"
                if isinstance(step, int):
                    self.send_response(step)
                    self.send_header("Retry-After", "7")
                    self.end_headers()
                    return
                if step == "hang":
                    time.sleep(1.0)
                body = f'<?xml version="1.0"?><osm version="0.6" generator="test">{town(west, south, east, north)}'
                if step == "remark" or east - west > service.largest:
                    body += "<remark>runtime error: Query timed out</remark>"
                body = (body + "</osm>").encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if step == "cut" else body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/api/interpreter"


@pytest.fixture()
def service():
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


def client(service, tmp_path, **more):
    from fullservice_plugin.connectors.overpass import Overpass

    waits: list[float] = []
    made = Overpass(service.address, tmp_path, sleep=waits.append, **more)
    return made, waits


def test_an_area_is_read_whole_and_each_building_once(service, tmp_path):
    overpass, waits = client(service, tmp_path)
    data = overpass.read(EXTENT)
    assert len(service.asked) == overpass.requests_made == 2, service.asked
    whole = [key for key in data.buildings.ids]
    assert len(whole) == len(set(whole)) > 30
    assert data.buildings.columns["building:levels"] == ["5"] * len(whole)
    assert sum(waits) >= 2.0, "a pause before each request"
    again, _ = client(service, tmp_path)
    other = again.read(EXTENT)
    assert again.requests_made == 0 and other.sha256 == data.sha256, "from the cache"


@pytest.mark.parametrize("trouble", [[429], [504, 503], ["cut"], ["cut", 429, "cut"]])
def test_a_busy_service_is_asked_again_politely(service, tmp_path, trouble):
    quiet, _ = client(service, tmp_path / "quiet")
    wanted = quiet.read(EXTENT).sha256
    service.plan = list(trouble)
    overpass, waits = client(service, tmp_path / "busy")
    assert overpass.read(EXTENT).sha256 == wanted
    assert overpass.requests_made == 2 + len(trouble)
    if trouble == [429]:
        assert sum(waits) >= 7.0 + 10.0, "what Retry-After asks for, and more each time"


def test_a_hanging_service_times_out(service, tmp_path):
    service.plan = ["hang"]
    overpass, _ = client(service, tmp_path, limits=(1.0, 0.3))
    assert len(overpass.read(EXTENT).buildings) > 30 and overpass.requests_made == 3


def test_what_is_too_much_is_asked_in_quarters(service, tmp_path):
    quiet, _ = client(service, tmp_path / "quiet")
    wanted = set(quiet.read(EXTENT).buildings.ids)
    service.largest = 0.011
    overpass, _ = client(service, tmp_path / "small")
    assert set(overpass.read(EXTENT).buildings.ids) == wanted
    assert overpass.requests_made == 2 * 5
    service.largest = 0.0
    with pytest.raises(InputError, match="even a small area"):
        client(service, tmp_path / "none")[0].read(EXTENT)


def test_an_interrupted_run_goes_on(service, tmp_path):
    service.plan = ["well"] + [503] * 5
    overpass, _ = client(service, tmp_path)
    with pytest.raises(InputError, match="run again to go on"):
        overpass.read(EXTENT)
    before = len(service.asked)
    again, _ = client(service, tmp_path)
    assert len(again.read(EXTENT).buildings) > 30
    assert len(service.asked) == before + 1, "only the missing tile"
    assert not list(tmp_path.rglob("*.part"))


def test_a_refusal_and_an_absent_service_are_told(service, tmp_path):
    service.plan = [400]
    with pytest.raises(InputError, match="HTTP 400"):
        client(service, tmp_path)[0].read(EXTENT)
    from fullservice_plugin.connectors.overpass import Overpass

    gone = Overpass("http://127.0.0.1:9/api", tmp_path, tries=2, sleep=lambda _s: None)
    with pytest.raises(InputError, match="does not answer"):
        gone.read(EXTENT)
    with pytest.raises(ParameterError):
        Overpass("file:///etc/passwd", tmp_path)
    with pytest.raises(InputError, match="too large"):
        Overpass("http://127.0.0.1:9/api", tmp_path).read((0, 0, 20, 20))


def test_a_cancel_is_heard_while_waiting(service, tmp_path):
    class Stopped(Progress):
        def check(self) -> None:
            if len(service.asked) >= 1:
                raise Cancelled

    with pytest.raises(Cancelled):
        client(service, tmp_path)[0].read(EXTENT, Stopped())
    assert len(service.asked) == 1
