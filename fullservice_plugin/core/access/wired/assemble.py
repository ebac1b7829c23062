# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns a tree with boxes and cabinets into the rows of a design: nodes, drops, routes, bill and bounds."""
from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

import numpy as np
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Point

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.optics import Optics
from fullservice_plugin.core.access.wired.attach import inner_point
from fullservice_plugin.core.access.wired.bounds import Built, bound_components, make_bill
from fullservice_plugin.core.access.wired.cables import Load, Sections, load_edges, make_routes
from fullservice_plugin.core.access.wired.demand import Demand
from fullservice_plugin.core.access.wired.ducts import drop_load, duct_rules, filled, trench_edges
from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.hierarchy import Box, Cabinet, RootedTree
from fullservice_plugin.core.access.wired.records import Crossing, Drop, Node, WiredDesign
from fullservice_plugin.core.access.wired.rules import Rules
from fullservice_plugin.core.access.wired.standing import Standing
from fullservice_plugin.core.table import FeatureTable


def over_ports(tree: RootedTree, boxes: list[Box], cabinets: list[Cabinet], ports: dict[int, float],
               rules: Rules) -> dict[int, str]:
    """Buildings for which a supply point has no free port (row → reason); the nearest cabinets and boxes come first.

    ``ports``: supply node → free ports. A cabinet that stands already has its own, and homes of one area at most.
    """
    refused = {}
    left = dict(ports)
    for cabinet in sorted(cabinets, key=lambda c: (tree.dist[c.node], c.node, c.boxes)):
        root = tree.root[cabinet.node]
        if cabinet.standing:
            lines, homes = float(cabinet.room), rules.cabinet_homes
        elif cabinet.splitters <= left[root]:
            left[root] -= cabinet.splitters
            continue
        else:
            lines, homes, left[root] = left[root] * rules.first, cabinet.homes, 0
        for i in sorted(cabinet.boxes, key=lambda i: (tree.dist[boxes[i].node], i)):
            lines, homes = lines - boxes[i].splitters, homes - boxes[i].homes
            if lines < 0 or homes < 0:
                refused.update({row: "no free port left at its supply point" for row, _ in boxes[i].members})
    return refused


@dataclass
class Work:
    """One attempt at a design.

    ``supplies``: OLT node → (id, free ports); ``detours``: sites were placed by hand; ``standing``: cabinets that are
    there already by node; the rest as in the modules it comes from.
    """

    buildings: FeatureTable
    graph: StreetGraph
    tree: RootedTree
    demand: Demand
    rules: Rules
    optics: Optics
    catalogue: Catalogue
    boxes: list[Box]
    cabinets: list[Cabinet]
    supplies: dict[int, tuple[str, float]]
    own: dict[int, int]
    starts: dict[int, tuple[int, float]]
    lead: dict[int, float]
    detours: bool = False
    standing: Mapping[int, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._round: dict[tuple[int, int], float] = {}
        self.load, self.sections = Load(), Sections()
        self.built: Optional[Built] = None
        self.ducts_needed: dict[int, int] = {}
        self.spare_ducts = 0

    def metres(self, row: int, number: int) -> float:
        """Fibre from the supply point over cabinet and box ``number`` to the farthest home of a building."""
        rise = self.demand.storeys[row] * self.catalogue.rule("storey_m") if row in self.own else 0.0
        return self._path_metres(row, number) + self._inside(row) + rise

    def _path_metres(self, row: int, number: int) -> float:
        """Metres along the tree to a facade: straight down, or round by sites that stand elsewhere."""
        if not self.detours:
            return self.tree.dist[int(self.graph.building_node[row])]
        if not self._round:
            for place, box in enumerate(self.boxes):
                cabinet = self.cabinets[box.cabinet]
                feeder = self.standing[cabinet.node].feeder_m if cabinet.standing else self.tree.dist[cabinet.node]
                way = feeder + self.tree.apart(cabinet.node, box.node)
                for member, _ in box.members:
                    self._round[member, place] = way + self.tree.apart(box.node,
                                                                       int(self.graph.building_node[member]))
        return self._round[row, number]

    def _inside(self, row: int) -> float:
        if row not in self.own:
            return 0.0
        start, end = self.graph.xy[self.own[row]], self._inner(row)
        return float(np.hypot(start[0] - end[0], start[1] - end[1]))

    def _inner(self, row: int) -> tuple[float, float]:
        x, y = self.graph.xy[int(self.graph.building_node[row])].tolist()
        return inner_point(self.buildings.geometry[row], (x, y), self.rules.drop_max)

    def over_budget(self) -> dict[int, str]:
        """Buildings whose path in this tree is too long for the optical budget (row → reason)."""
        reach = min(self.catalogue.rule("reach_km") * 1000.0, self.optics.reach())
        return {row: "too far from the supply point for the optical budget"
                for number, box in enumerate(self.boxes) for row, _ in box.members
                if self.metres(row, number) > reach + 1e-6}

    def fill(self, design: WiredDesign, trench_bound: float, way_bound: float) -> None:
        """Write nodes, drops, routes, bill, components and totals into the design."""
        nodes, sites = self._nodes()
        drops, rows = self._drops()
        kept = self._kept()
        by_node: dict[int, int] = {}
        for number, cabinet in enumerate(self.cabinets):
            by_node.setdefault(cabinet.node, number)
        self.load = load_edges(self.tree, self.boxes, self.cabinets, kept, by_node)
        further = self._ducts()
        self.sections = make_routes(self.graph, self.tree, self.load, sites | set(kept), self.rules,
                                    self.catalogue.price("labour", "cable_laying"), further)
        routes = self.sections.routes
        there = list(self.standing.values())
        built = Built(self.graph, self.demand, self.rules, self.catalogue, self.boxes, self.cabinets, routes, drops,
                      rows, self.sections.metres, sorted(self.own), sorted(self.starts), self.lead,
                      math.fsum(self.sections.ducts.values()), sum(s.lines for s in there),
                      len(there) * self.rules.cabinet_homes)
        self.built, design.work = built, self
        design.nodes, design.drops, design.routes = nodes, drops, routes
        design.bom = make_bill(built)
        design.components = bound_components(built, design.bom, trench_bound, way_bound)
        design.wired_cost = math.fsum(line.cost for line in design.bom)
        design.wired_lower_bound = min(design.wired_cost, math.fsum(c.lower_bound for c in design.components.values()))
        design.trench_cost = math.fsum(r.trench_cost for r in routes)
        design.trench_lower_bound = min(design.trench_cost, trench_bound)
        design.crossings = self._crossings()
        design.worst_loss_db = max((d.loss_db for d in drops), default=0.0)

    def _ducts(self) -> dict[int, int]:
        """Ducts beyond the first in the trench of each edge (by lower node); ``ducts_needed`` keeps all counts."""
        found = duct_rules(self.catalogue)
        if found is None:
            return {}
        homes = {row: int(self.graph.building_node[row]) for row in self.starts}
        drops = drop_load(self.tree, self.boxes, homes)
        self.ducts_needed = {v: found.needed(filled(found, self.rules, self.load, drops, v))
                             for v, edge in self.tree.edge.items() if edge >= 0}
        self.spare_ducts = found.spare
        dug = trench_edges(self.graph)
        return {v: need - 1 for v, need in self.ducts_needed.items() if need > 1 and dug[self.tree.edge[v]]}

    def _nodes(self) -> tuple[list[Node], set[int]]:
        """Nodes olt, fdt, fat in this order, and the graph nodes that hold one."""
        ports: dict[int, int] = {}
        for cabinet in self.cabinets:
            if not cabinet.standing:
                root = self.tree.root[cabinet.node]
                ports[root] = ports.get(root, 0) + cabinet.splitters
        nodes = []
        second, first = (self.catalogue.text("optics", stage) for stage in ("second_stage", "first_stage"))
        for root, (key, free) in self.supplies.items():
            if root in ports:
                nodes.append(Node(f"OLT-{key}", "olt", "", ports[root] if math.isinf(free) else int(free),
                                  ports[root], "", self._point(root)))
        for number, cabinet in enumerate(self.cabinets):
            if cabinet.standing:  # what feeds it is there and no part of this design
                parent, stage, free = "", self.rules.first_for(cabinet.room), cabinet.room
            else:
                parent, stage = f"OLT-{self.supplies[self.tree.root[cabinet.node]][0]}", cabinet.splitters
                free = stage * self.rules.first
            nodes.append(Node(self.cabinet_id(number), "fdt", parent, free, cabinet.fibres, f"{stage}x{first}",
                              self._point(cabinet.node)))
        for number, box in enumerate(self.boxes):
            nodes.append(Node(self._box_id(number), "fat", self.cabinet_id(box.cabinet),
                              min(box.size.capacity, box.splitters * self.rules.second), box.users,
                              f"{box.splitters}x{second}", self._point(box.node), box.floor))
        sites = {c.node for c in self.cabinets} | {b.node for b in self.boxes} | set(self.supplies)
        return nodes, sites

    def cabinet_id(self, number: int) -> str:
        """Id of a cabinet: that of its resource where it stands already."""
        return f"FDT-{self.cabinets[number].standing or f'{number + 1:04d}'}"

    @staticmethod
    def _box_id(number: int) -> str:
        return f"FAT-{number + 1:05d}"

    def _point(self, node: int) -> Any:
        return Point(*self.graph.xy[node].tolist())

    def _drops(self) -> tuple[list[Drop], list[int]]:
        """One drop per building and box, and the building row of each."""
        drops, rows = [], []
        for number, box in enumerate(self.boxes):
            for row, users in box.members:
                if box.inside:
                    line = [tuple(self.graph.xy[box.node].tolist()), self._inner(row)]
                else:
                    low = int(self.graph.building_node[row])
                    line = [tuple(self.graph.xy[v].tolist()) for v in self.tree.between(box.node, low)]
                    if len(line) == 1:
                        line.append(self._inner(row))
                shape = LineString(line)
                drops.append(Drop(self.buildings.ids[row], self._box_id(number), float(shape.length), users,
                                  round(self.optics.loss(self.metres(row, number)), 3), shape))
                rows.append(row)
        return drops, rows

    def _crossings(self) -> list[Crossing]:
        """Properties whose walls carry fibre of other buildings, and the metres of wall that do."""
        below: dict[int, int] = {}
        home: dict[int, set[int]] = {}  # node → its building and those right below it, as far as they matter here
        served = {*self.own, *self.starts}
        for row in served:
            node = int(self.graph.building_node[row])
            below[node] = below.get(node, 0) + 1
            home.setdefault(node, set()).add(row)
        metres: dict[int, float] = {}
        for v in reversed(self.tree.order):
            up, edge = self.tree.parent[v], self.tree.edge[v]
            if up < 0:
                continue
            below[up] = below.get(up, 0) + below.get(v, 0)
            row = int(self.graph.wall[edge])
            mine = home.get(v, set())
            if row >= 0 and below.get(v, 0) > (row in mine):
                metres[row] = metres.get(row, 0.0) + float(self.graph.length[edge])
            if row >= 0 and row in mine:  # further along its own wall the building is still below
                home.setdefault(up, set()).add(row)
        return [Crossing(self.buildings.ids[row], round(value, 2), row in served)
                for row, value in sorted(metres.items())]

    def _kept(self) -> dict[int, int]:
        """Fibres in reserve for spare buildings (node of the tree nearest to the facade → fibres), within a lead-in."""
        kept: dict[int, int] = {}
        nodes = sorted(self.tree.parent)
        rows = [row for row in self.demand.spare if self.graph.building_node[row] >= 0]
        if not nodes or not rows:
            return kept
        facades = self.graph.xy[self.graph.building_node[rows]]
        far, near = cKDTree(self.graph.xy[nodes]).query(facades)
        for row, metres, k in zip(rows, far.tolist(), near.tolist()):
            if metres <= self.catalogue.rule("lead_in_max_m"):
                lines = self.rules.second_for(self.rules.ports_for(self.demand.users[row]))
                kept[nodes[k]] = kept.get(nodes[k], 0) + lines
        return kept
