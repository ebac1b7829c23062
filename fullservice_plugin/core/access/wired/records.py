# SPDX-License-Identifier: GPL-2.0-or-later
"""What a wired design consists of. Geometry is shapely, in the metric CRS of the input; money in catalogue currency."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fullservice_plugin.core.table import Problem


@dataclass(frozen=True)
class WiredOptions:
    """``take_rate``: expected share of users (0–1) where a building has none of its own; ``seconds``: for the tree."""

    take_rate: float = 0.6
    seconds: float = 10.0


@dataclass(frozen=True)
class Route:
    """One cable section between decision points. Without cable (``cable`` empty) it is a way for drops only."""

    route_id: str
    kind: str
    construction: str
    length_m: float
    fibres: int
    cable: str
    trench_cost: float
    cable_cost: float
    geometry: Any


@dataclass(frozen=True)
class Node:
    """A supply point (olt), cabinet (fdt) or box (fat); ``parent_id`` leads to the olt.

    ``floor``: where a box in a building with several stands (1: ground floor; 0: not said).
    """

    node_id: str
    kind: str
    parent_id: str
    ports: int
    used: int
    splitter: str
    geometry: Any
    floor: int = 0


@dataclass(frozen=True)
class Drop:
    """The last way from a box to a building; ``loss_db`` of the whole path OLT → subscriber."""

    building_id: str
    node_id: str
    length_m: float
    fibres: int
    loss_db: float
    geometry: Any


@dataclass(frozen=True)
class Crossing:
    """A property along whose walls a route runs on its way to others: its owner must agree. ``metres`` of wall."""

    building_id: str
    metres: float
    served: bool


@dataclass(frozen=True)
class BomLine:
    """One line of the bill of materials; ``component`` names the part of the cost and its bound."""

    item: str
    unit: str
    quantity: float
    unit_price: float
    cost: float
    component: str


@dataclass(frozen=True)
class Component:
    """Cost of one part of the design and the proven lower bound on that part (for the same served buildings)."""

    cost: float
    lower_bound: float


@dataclass
class WiredDesign:
    """A complete design. ``wired_cost`` is the sum of ``bom``; ``wired_lower_bound`` bounds exactly that sum.

    ``served`` and ``unserved`` (id, reason) name the buildings; ``unknown`` those served with an assumed single
    home; ``left_out`` (id, reason) those that were no target (refused, locked to another method, no demand).
    ``crossings`` are the properties whose walls carry fibre of others.
    """

    routes: list[Route] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    bom: list[BomLine] = field(default_factory=list)
    components: dict[str, Component] = field(default_factory=dict)
    wired_cost: float = 0.0
    wired_lower_bound: float = 0.0
    trench_cost: float = 0.0
    trench_lower_bound: float = 0.0
    homes: int = 0
    users: int = 0
    worst_loss_db: float = 0.0
    served: list[str] = field(default_factory=list)
    unserved: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    currency: str = ""
    work: Any = field(default=None, compare=False, repr=False)  # what it was made from, for phases

    def thin_boxes(self, share: float) -> list[str]:
        """Boxes of which less than ``share`` (0–1) of the ports is used at the start."""
        return [node.node_id for node in self.nodes if node.kind == "fat" and node.used < share * node.ports]

    def could_save(self) -> tuple[float, float]:
        """The most that any design of the same buildings over the same ways could cost less: in all, and of trench.

        Follows from the bounds; the sum of all parts is never below what is said of one part.
        """
        whole = max(0.0, self.wired_cost - self.wired_lower_bound)
        return whole, min(whole, max(0.0, self.trench_cost - self.trench_lower_bound))
