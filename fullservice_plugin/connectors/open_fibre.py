# SPDX-License-Identifier: GPL-2.0-or-later
"""A network as the Open Fibre Data Standard publishes it (JSON package, version 0.3).

Spans join two nodes each: OLTs, cabinets, boxes and buildings keep their codes; where routes merely meet, a node is
made. Identifiers follow from the plan, so that the same plan gives the same file.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Iterable, Optional, Sequence

from shapely.geometry import mapping

SCHEMA = (
    "https://raw.githubusercontent.com/Open-Telecoms-Data/open-fibre-data-standard/0__3__0/schema/network-schema.json"
)
_SAME = 5  # decimals of a degree (about a metre) at which two places are one node
_TYPES = {"olt": "pop", "fdt": "aggregationPoint", "fat": "aggregationPoint"}
_ABOVE = {"aerial", "wall"}
_SPACE = uuid.UUID("5e0d8c0e-6b0f-4b54-9a37-2f1d6a0f9f11")  # names of this exporter


@dataclass(frozen=True)
class Element:
    """One element of a plan: ``kind`` olt, fdt, fat, route or drop; ``geometry`` in longitude and latitude."""

    kind: str
    code: str
    geometry: Any
    construction: str = ""
    fibres: Optional[int] = None
    length_m: Optional[float] = None
    building: str = ""
    phase: str = ""


@dataclass
class _Nodes:
    """Nodes by place, in the order they were met."""

    status: str
    at: dict[tuple[float, float], str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, xy: Sequence[float], code: str, kind: str, phase: Optional[dict[str, str]], always: bool = False
    ) -> str:
        """Return the id of the node at a place; a new one is made where none is known, or ``always``.

        Where a box stands beside a cabinet, spans join the one that was there first.
        """
        place = (round(xy[0], _SAME), round(xy[1], _SAME))
        if place in self.at and not always:
            return self.at[place]
        name = code or f"J-{len(self.rows) + 1:05d}"
        self.at.setdefault(place, name)
        row = {
            "id": name,
            "name": name,
            "status": self.status,
            "location": {"type": "Point", "coordinates": [float(xy[0]), float(xy[1])]},
            "type": [kind],
            "accessPoint": kind not in ("joint", "customerPremises"),
        }
        self.rows.append({**row, "phase": phase} if phase else row)
        return name


def package(
    code: str, name: str, elements: Iterable[Element], *, status: str, language: str, on: date
) -> dict[str, Any]:
    """Return the package of one network. ``status``: proposed or planned."""
    rows = [element for element in elements if element.geometry is not None and not element.geometry.is_empty]
    phases = sorted({element.phase for element in rows if element.phase})
    nodes = _Nodes(status)
    for element in rows:
        if element.kind in _TYPES:
            xy = element.geometry.coords[0]
            nodes.add(xy, element.code, _TYPES[element.kind], _phase(element.phase), always=True)
    spans = [_span(element, nodes, n) for n, element in enumerate(e for e in rows if e.kind in ("route", "drop"))]
    network: dict[str, Any] = {
        "id": str(uuid.uuid5(_SPACE, code)),
        "name": name or code,
        "nodes": nodes.rows,
        "spans": spans,
        "publicationDate": on.isoformat(),
        "crs": {"name": "urn:ogc:def:crs:OGC::CRS84", "uri": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
        "language": language,
        "links": [{"rel": "describedby", "href": SCHEMA}],
    }
    if phases:
        network["phases"] = [{"id": phase, "name": phase} for phase in phases]
    return {"networks": [{key: value for key, value in network.items() if value != []}]}


def _phase(phase: str) -> Optional[dict[str, str]]:
    return {"id": phase, "name": phase} if phase else None


def _span(element: Element, nodes: _Nodes, number: int) -> dict[str, Any]:
    line = element.geometry
    ends = (line.coords[0], line.coords[-1])
    drop = element.kind == "drop"
    start = nodes.add(ends[0], "", "joint", _phase(element.phase))
    end = nodes.add(ends[1], element.building if drop else "", "customerPremises" if drop else "joint",
                    _phase(element.phase))  # fmt: skip
    row: dict[str, Any] = {
        "id": f"{number + 1:06d}",
        "name": element.code or f"{number + 1:06d}",
        "status": nodes.status,
        "start": start,
        "end": end,
        "directed": False,
        "route": {"type": "LineString", "coordinates": [list(xy[:2]) for xy in mapping(line)["coordinates"]]},
        "transmissionMedium": ["fibre"],
        "deployment": ["aboveGround" if element.construction in _ABOVE else "belowGround"],
    }
    if element.construction:
        row["deploymentDetails"] = {"description": element.construction}
    if element.fibres:
        row["fibreCount"] = int(element.fibres)
    if element.length_m is not None:
        row["fibreLength"] = round(element.length_m / 1000.0, 6)  # km, as the schema says
    if element.phase:
        row["phase"] = _phase(element.phase)
    return row
