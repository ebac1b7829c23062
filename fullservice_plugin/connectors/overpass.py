# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings, addresses and streets of an area from an Overpass service, tile by tile.

A service is asked politely: one request at a time with a pause between them; where it says that it is busy (429, 503,
504), it is asked again after the time it names. Finished tiles stay in a cache for a week, so that an interrupted run
goes on where it stopped. A tile that the service cannot finish is asked for in quarters. Query language and error
remarks: https://wiki.openstreetmap.org/wiki/Overpass_API.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Callable, Iterable, Optional
from urllib.parse import urlsplit

import requests

from fullservice_plugin.connectors.osm_file import OsmData, read_osm
from fullservice_plugin.core.discovery.source import table_hash
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

TILE = 0.02  # degrees, about 2 km: some thousand buildings of a dense city
_SMALLEST = TILE / 8  # a tile that fails below this is given up
_MOST_TILES = 400
_FRESH = 7 * 86_400.0  # s that a tile stays good
_BUSY = (429, 502, 503, 504)
_LONGEST_WAIT = 120.0  # s
_QUERY = """[out:xml][timeout:{timeout}][bbox:{south:.7f},{west:.7f},{north:.7f},{east:.7f}];
(wr["building"];way["highway"];way["railway"];wr["landuse"];wr["leisure"];wr["natural"];wr["place"];
node["addr:housenumber"];nwr["amenity"];node["shop"];node["office"];node["tourism"];);
(._;>;);
out meta;"""


@dataclass
class Overpass:
    """One service. ``pause`` is the least time between requests (s), ``limits`` the time-outs for connecting and for
    each wait for data (s), ``tries`` how often a request is made before the run gives up."""

    address: str
    cache: Path
    pause: float = 1.0
    limits: tuple[float, float] = (10.0, 180.0)
    tries: int = 5
    sleep: Callable[[float], None] = time.sleep
    requests_made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ParameterError(
                "“{value}” is no address of an Overpass service; it starts with https://.", value=self.address
            )
        self._folder = self.cache / hashlib.blake2s(self.address.encode(), digest_size=6).hexdigest()
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "fullservice-battle-map (QGIS plugin)"

    def read(self, extent: Any, progress: Progress = SILENT) -> OsmData:
        """Return what lies in ``extent`` (west, south, east, north in degrees), each object once.

        Raises InputError when the service does not answer or the area is too large; what was fetched is kept.
        """
        paths = self.fetch(extent, progress.part(0.0, 0.8))
        parts = [
            read_osm(path, extent, progress.part(0.8 + 0.2 * k / len(paths), 0.8 + 0.2 * (k + 1) / len(paths)))
            for k, path in enumerate(paths)
        ]
        tables = {
            name: _joined([getattr(part, name) for part in parts])
            for name in ("buildings", "addresses", "streets", "areas", "pois")
        }
        return OsmData(**tables, sha256=table_hash(tables.values()))

    def fetch(self, extent: Any, progress: Progress = SILENT) -> list[Path]:
        """Return the cached files of the tiles that cover ``extent``, fetching those that are missing or old."""
        tiles = tiles_of(extent)
        if len(tiles) > _MOST_TILES:
            raise InputError(
                "The extent is too large for an Overpass service: {count} tiles, at most {most}. Use an "
                "OpenStreetMap file, or a smaller extent.",
                count=len(tiles),
                most=_MOST_TILES,
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        paths: list[Path] = []
        for number, tile in enumerate(tiles):
            progress.step(number / len(tiles))
            paths += self._tile(tile, progress)
        return paths

    def _tile(self, tile: Any, progress: Progress) -> list[Path]:
        path = self._file(tile)
        if path.exists() and time.time() - path.stat().st_mtime < _FRESH:
            return [path]
        quarters = _quarters(tile)
        if all(self._file(one).exists() for one in quarters):
            return [found for one in quarters for found in self._tile(one, progress)]
        body = self._ask(tile, progress)
        if body is None:
            if tile[2] - tile[0] <= _SMALLEST:
                raise InputError(
                    "The Overpass service {address} cannot finish even a small area. Try again later, or "
                    "use an OpenStreetMap file.",
                    address=self.address,
                )
            return [found for one in quarters for found in self._tile(one, progress)]
        part = path.with_suffix(".part")
        part.write_bytes(body)
        os.replace(part, path)
        return [path]

    def _file(self, tile: Any) -> Path:
        """Return where a tile is kept."""
        return self._folder / ("_".join(f"{value:.5f}" for value in tile) + ".osm")

    def _ask(self, tile: Any, progress: Progress) -> Optional[bytes]:
        """Return the answer for a tile; None where the service gave it up as too much."""
        west, south, east, north = tile
        query = _QUERY.format(timeout=int(self.limits[1]), west=west, south=south, east=east, north=north)
        reason = ""
        for attempt in range(self.tries):
            self._wait(self.pause if not attempt else min(_LONGEST_WAIT, 5.0 * 2**attempt), progress)
            self.requests_made += 1
            try:
                answer = self._session.post(self.address, data={"data": query}, timeout=self.limits)
            except requests.RequestException as error:
                reason = type(error).__name__
                continue
            if answer.status_code in _BUSY:
                reason = f"HTTP {answer.status_code}"
                self._wait(_asked_wait(answer.headers.get("Retry-After", "")), progress)
                continue
            if answer.status_code != 200:
                raise InputError(
                    "The Overpass service {address} refused the request: {reason}.",
                    address=self.address,
                    reason=f"HTTP {answer.status_code}",
                )
            body = answer.content
            if b"<remark>" in body:
                return None
            if b"<osm" in body[:2000] and body.rstrip().endswith(b"</osm>"):
                return body
            reason = "incomplete answer"
        raise InputError(
            "The Overpass service {address} does not answer ({reason}). What was fetched so far is kept: "
            "run again to go on.",
            address=self.address,
            reason=reason,
        )

    def _wait(self, seconds: float, progress: Progress) -> None:
        """Wait in small steps, so that a cancel is heard."""
        end = seconds
        while end > 0:
            progress.check()
            self.sleep(min(0.5, end))
            end -= 0.5


def tiles_of(extent: Any) -> list[Any]:
    """Return the tiles (west, south, east, north) of a fixed mesh of :data:`TILE` degrees that meet an extent."""
    west, south, east, north = extent
    columns = range(math.floor(west / TILE), max(math.floor(west / TILE) + 1, math.ceil(east / TILE)))
    rows = range(math.floor(south / TILE), max(math.floor(south / TILE) + 1, math.ceil(north / TILE)))
    if len(columns) * len(rows) > 100 * _MOST_TILES:
        raise InputError(
            "The extent is too large for an Overpass service: {count} tiles, at most {most}. Use an "
            "OpenStreetMap file, or a smaller extent.",
            count=len(columns) * len(rows),
            most=_MOST_TILES,
        )
    return [(x * TILE, y * TILE, (x + 1) * TILE, (y + 1) * TILE) for y in rows for x in columns]


def _quarters(tile: Any) -> list[Any]:
    west, south, east, north = tile
    x, y = (west + east) / 2, (south + north) / 2
    return [(west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north)]


def _asked_wait(text: str) -> float:
    """Seconds that a Retry-After header asks for: a number or a date (RFC 9110, 10.2.3); 0 where it asks nothing."""
    try:
        return min(_LONGEST_WAIT, max(0.0, float(text)))
    except ValueError:
        pass
    try:
        return min(_LONGEST_WAIT, max(0.0, parsedate_to_datetime(text).timestamp() - time.time()))
    except (TypeError, ValueError):
        return 0.0


def _joined(tables: Iterable[FeatureTable]) -> FeatureTable:
    """Return one table with each object once: what crosses a tile's edge came with both tiles."""
    found = list(tables)
    made = FeatureTable([], [], {name: [] for name in found[0].columns}, [], "overpass")
    shapes: list[Any] = []
    seen: set[str] = set()
    for table in found:
        rows = [row for row, key in enumerate(table.ids) if key not in seen]
        seen.update(table.ids)
        made.ids += [table.ids[row] for row in rows]
        shapes += [table.geometry[row] for row in rows]
        for name, values in table.columns.items():
            made.columns[name] += [values[row] for row in rows]
        told = {problem.row for problem in made.problems}
        made.problems += [problem for problem in table.problems if problem.row not in told]
    made.geometry = shapes
    return made
