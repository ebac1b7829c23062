# SPDX-License-Identifier: GPL-2.0-or-later
"""A small writer of OpenStreetMap XML (API 0.6): nodes shared by position, closed ways, relations for holes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional
from xml.sax.saxutils import quoteattr

STAMP = "2026-01-01T00:00:00Z"


class OsmFile:
    """Collects nodes and ways; positions are degrees, rounded to 1e-7 as OpenStreetMap does."""

    def __init__(self, generator: str, credit: str) -> None:
        self.generator = generator
        self.credit = credit
        self._nodes: dict[tuple[int, int], int] = {}
        self._node_tags: dict[int, Mapping[str, str]] = {}
        self._ways: list[tuple[int, list[int], Mapping[str, str]]] = []

    def node(self, lon: float, lat: float, tags: Optional[Mapping[str, str]] = None) -> int:
        """Return the id of the node at a position, made when it is new."""
        place = (round(lon * 1e7), round(lat * 1e7))
        key = self._nodes.setdefault(place, 100_000_001 + len(self._nodes))
        if tags:
            self._node_tags[key] = tags
        return key

    def way(self, shape: Any, tags: Mapping[str, str]) -> str:
        """Add a line or a polygon without holes; return its key (w and number)."""
        ring = shape.exterior if shape.geom_type == "Polygon" else shape
        nodes = [self.node(lon, lat) for lon, lat in ring.coords]
        kept = [key for at, key in enumerate(nodes) if at == 0 or key != nodes[at - 1]]
        number = 500_000_001 + len(self._ways)
        self._ways.append((number, kept, tags))
        return f"w{number}"

    def write(self, path: Path) -> None:
        """Write the file."""
        lons = [place[0] / 1e7 for place in self._nodes]
        lats = [place[1] / 1e7 for place in self._nodes]
        with path.open("w", encoding="utf-8") as out:
            out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
            out.write(
                f'<osm version="0.6" generator={quoteattr(self.generator)} attribution={quoteattr(self.credit)} '
                'license="CC0 1.0">\n'
            )
            out.write(
                f' <bounds minlat="{min(lats):.7f}" minlon="{min(lons):.7f}" maxlat="{max(lats):.7f}" '
                f'maxlon="{max(lons):.7f}"/>\n'
            )
            for (lon, lat), key in self._nodes.items():
                head = (
                    f' <node id="{key}" version="1" timestamp="{STAMP}" visible="true" lat="{lat / 1e7:.7f}" '
                    f'lon="{lon / 1e7:.7f}"'
                )
                self._element(out, head, [], self._node_tags.get(key, {}), "node")
            for number, nodes, tags in self._ways:
                self._element(
                    out, f' <way id="{number}" version="1" timestamp="{STAMP}" visible="true"', nodes, tags, "way"
                )
            out.write("</osm>\n")

    @staticmethod
    def _element(out: Any, head: str, nodes: list[int], tags: Mapping[str, str], kind: str) -> None:
        if not nodes and not tags:
            out.write(f"{head}/>\n")
            return
        out.write(f"{head}>\n")
        for key in nodes:
            out.write(f'  <nd ref="{key}"/>\n')
        for name, value in tags.items():
            out.write(f"  <tag k={quoteattr(name)} v={quoteattr(value)}/>\n")
        out.write(f" </{kind}>\n")
