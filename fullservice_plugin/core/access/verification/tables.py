# SPDX-License-Identifier: GPL-2.0-or-later
"""The exported layers of a design, read into rows that the checks share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

import numpy as np
from numpy.typing import NDArray

from fullservice_plugin.core.access.verification.findings import Report
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

Array = NDArray[Any]
WLAN_METHODS = frozenset({"wlan", "hybrid"})
"""Methods whose building holds access points."""
METHODS = frozenset({"ftth", "fttb", "hybrid", "leased", "wlan", "none"})
"""All methods; every one but none is reached by fibre."""


@dataclass
class DesignTables:
    """The layers as they were exported, in one metric CRS; ``None`` where a layer was not given."""

    buildings: FeatureTable
    routes: Optional[FeatureTable] = None
    nodes: Optional[FeatureTable] = None
    drops: Optional[FeatureTable] = None
    wired_bom: Optional[FeatureTable] = None
    aps: Optional[FeatureTable] = None
    coverage: Optional[FeatureTable] = None
    wlan_bom: Optional[FeatureTable] = None
    decisions: Optional[FeatureTable] = None
    walls: Optional[FeatureTable] = None
    corrections: Optional[FeatureTable] = None


def parts(geometry: Any) -> list[Array]:
    """Return the coordinates (n × 2) of each line of a line or multi-line."""
    if geometry is None or geometry.is_empty:
        return []
    lines = geometry.geoms if hasattr(geometry, "geoms") else [geometry]
    found = [np.asarray(line.coords, dtype=float)[:, :2] for line in lines]
    return [line for line in found if len(line) > 1]


@dataclass
class Node:
    """One row of the nodes layer."""

    key: str
    kind: str
    parent: str
    ports: int
    used: int
    splitter: str
    geometry: Any
    children: list["Node"] = field(default_factory=list)


@dataclass
class Drop:
    """One row of the drops layer; ``length`` in metres, ``loss`` in dB or None.

    ``lines`` are its coordinates, ``measured`` their metres.
    """

    building: str
    node: str
    length: float
    fibres: int
    loss: Optional[float]
    geometry: Any
    lines: list[Array] = field(init=False)
    measured: float = field(init=False)

    def __post_init__(self) -> None:
        self.lines = parts(self.geometry)
        self.measured = float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in self.lines))


@dataclass
class Route:
    """One row of the routes layer; ``length`` in metres; ``lines`` are its coordinates, ``measured`` their metres."""

    key: str
    kind: str
    construction: str
    length: float
    fibres: int
    cable: str
    geometry: Any
    lines: list[Array] = field(init=False)
    measured: float = field(init=False)

    def __post_init__(self) -> None:
        self.lines = parts(self.geometry)
        self.measured = float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in self.lines))


def require(table: FeatureTable, *names: str) -> None:
    """Raise InputError if a layer lacks one of the fields that every exported design has."""
    for name in names:
        if name not in table.columns:
            raise InputError(
                "{layer} has no field {field}; it is not the output of a design.", layer=table.name, field=name
            )


def text(value: Any) -> str:
    """Return an id as text: NULL is empty, whole numbers have no decimals."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def whole(table: FeatureTable, name: str) -> list[int]:
    """Return a column as whole numbers, NULL as 0."""
    return [int(round(value or 0.0)) for value in table.numbers(name, 0.0)]


def real(table: FeatureTable, name: str) -> list[float]:
    """Return a column as numbers, NULL as 0."""
    return [float(value or 0.0) for value in table.numbers(name, 0.0)]


def nodes_of(table: FeatureTable) -> list[Node]:
    """Return the rows of the nodes layer."""
    require(table, "node_id", "kind", "parent_id", "ports", "used", "splitter")
    rows = zip(
        table.column("node_id"),
        table.column("kind"),
        table.column("parent_id"),
        whole(table, "ports"),
        whole(table, "used"),
        table.column("splitter"),
        table.geometry,
    )
    return [
        Node(text(key), text(kind), text(parent), ports, used, text(splitter), geometry)
        for key, kind, parent, ports, used, splitter, geometry in rows
    ]


def drops_of(table: FeatureTable) -> list[Drop]:
    """Return the rows of the drops layer."""
    require(table, "building_id", "node_id", "length_m", "fibres", "loss_db")
    rows = zip(
        table.column("building_id"),
        table.column("node_id"),
        real(table, "length_m"),
        whole(table, "fibres"),
        table.numbers("loss_db"),
        table.geometry,
    )
    return [Drop(text(building), text(node), *rest) for building, node, *rest in rows]


def routes_of(table: FeatureTable) -> list[Route]:
    """Return the rows of the routes layer."""
    require(table, "route_id", "kind", "construction", "length_m", "fibres", "cable", "trench_cost", "cable_cost")
    rows = zip(
        table.column("route_id"),
        table.column("kind"),
        table.column("construction"),
        real(table, "length_m"),
        whole(table, "fibres"),
        table.column("cable"),
        table.geometry,
    )
    return [
        Route(text(key), text(kind), text(construction), length, fibres, text(cable), geometry)
        for key, kind, construction, length, fibres, cable, geometry in rows
    ]


def repeated(keys: Sequence[str], rule: str, report: Report) -> None:
    """Report each key that appears more than once."""
    for key, count in Counter(keys).items():
        if count > 1:
            report.add(rule, key, count=count)


def refused(buildings: FeatureTable) -> dict[str, bool]:
    """Return per building id whether it refused access."""
    return {key: text(state) == "refused" for key, state in zip(buildings.ids, buildings.column("access_state"))}


def methods_of(design: DesignTables) -> Optional[dict[str, str]]:
    """Return the decided method per building id; None where no decisions were given."""
    table = design.decisions
    if table is None:
        return None
    return dict(zip((text(key) for key in table.column("building_id")), (text(m) for m in table.column("method"))))
