# SPDX-License-Identifier: GPL-2.0-or-later
"""Building a design in phases: cabinet areas in the order of what they bring for their money, every way dug once.

A way is built in the first phase that needs it, with the cables of all phases: nobody opens a street twice. Phases
add up to the design exactly, item by item.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Mapping, Optional, Sequence

from fullservice_plugin.core.access.wired.assemble import Work
from fullservice_plugin.core.access.wired.bounds import Built, make_bill
from fullservice_plugin.core.access.wired.records import BomLine, Route, WiredDesign
from fullservice_plugin.core.errors import ParameterError


@dataclass(frozen=True)
class Phase:
    """One phase: ``budget`` (inf: the rest) and what it builds; ``bom`` sums to ``cost``; ``trench_m`` metres dug."""

    number: int
    budget: float
    cost: float
    homes: int
    users: int
    trench_m: float
    cabinets: list[str]
    buildings: list[str]
    bom: list[BomLine] = field(default_factory=list)


@dataclass(frozen=True)
class Phases:
    """The phases, and the phase of every route, node and building by its id."""

    phases: list[Phase]
    routes: dict[str, int]
    nodes: dict[str, int]
    buildings: dict[str, int]


def plan_phases(design: WiredDesign, budgets: Sequence[float], worth: Optional[Mapping[str, float]] = None,
                extra: Optional[Mapping[str, float]] = None) -> Phases:
    """Spread a design over phases with the given budgets; what is left over comes in one phase more.

    ``worth``: building id → what serving it brings (default: its homes); ``extra``: building id → cost that is not
    part of this design but falls due with it; it counts against the budgets, not in the bills. In each phase the
    cabinet area with the most worth per money comes next, ways that are already there being free; a phase ends when
    nothing more fits its budget. Raises :class:`ParameterError` for a budget that is not above zero.
    """
    if any(not budget > 0 for budget in budgets):
        raise ParameterError("The budget of each phase must be above zero.")
    work = design.work
    if not isinstance(work, Work) or work.built is None or not work.cabinets:
        return Phases([], {}, {}, {})
    areas = _Areas(work, work.built, worth, extra or {})
    phase_of = areas.order(budgets)
    last = max(phase_of)
    buildings: dict[int, int] = {}
    for number, cabinet in enumerate(work.cabinets):
        for i in cabinet.boxes:
            for row, _ in work.boxes[i].members:
                buildings[row] = min(phase_of[number], buildings.get(row, last))
    routes = areas.routes(phase_of, last)
    nodes = _nodes(work, design, phase_of)
    names = work.buildings.ids
    made = []
    for phase in range(1, last + 1):
        rows = sorted(row for row, when in buildings.items() if when == phase)
        mine = [n for n, when in enumerate(phase_of) if when == phase]
        bill = make_bill(areas.part(mine, rows, [r for r in design.routes if routes[r.route_id] == phase]))
        made.append(Phase(
            phase, budgets[phase - 1] if phase <= len(budgets) else math.inf, math.fsum(line.cost for line in bill),
            sum(work.demand.homes[row] for row in rows), sum(work.demand.users[row] for row in rows),
            sum(r.length_m for r in design.routes if _is_dug(r) and routes[r.route_id] == phase),
            [work.cabinet_id(n) for n in mine], [names[row] for row in rows], bill))
    return Phases(made, routes, nodes, {names[row]: when for row, when in buildings.items()})


def _is_dug(route: Route) -> bool:
    """Whether a trench is dug for a route: it is no wall, pole or duct, and not the second cable of a trench."""
    return route.construction == "trench" and route.trench_cost > 0


SHARED = ""
"""Stands for the ways that several cabinets share."""


def bills_by_cabinet(design: WiredDesign) -> dict[str, list[BomLine]]:
    """The bill of each cabinet area (FDT id → lines), and under ``SHARED`` that of the ways which several areas use.

    A way that only one area needs is in that area's bill; all bills together are the design's.
    """
    work = design.work
    if not isinstance(work, Work) or work.built is None or not work.cabinets:
        return {}
    areas = _Areas(work, work.built, None, {})
    users: dict[int, set[int]] = {}
    for number, ways in enumerate(areas.ways):
        for v in ways:
            users.setdefault(v, set()).add(number)
    routes: dict[int, list[Route]] = {}
    for route in design.routes:
        of = set().union(*(users.get(v, set()) for v in work.sections.nodes[route.route_id]))
        routes.setdefault(of.pop() if len(of) == 1 else -1, []).append(route)
    done: set[int] = set()
    found = {}
    for number, cabinet in enumerate(work.cabinets):
        rows = {row for i in cabinet.boxes for row, _ in work.boxes[i].members} - done  # a tower counts with its first
        done |= rows
        found[work.cabinet_id(number)] = make_bill(areas.part([number], sorted(rows), routes.get(number, [])))
    found[SHARED] = make_bill(areas.part([], [], routes.get(-1, [])))
    return found


class _Areas:
    """Cabinet areas: the ways each needs (lower nodes of tree edges), its own cost and its worth."""

    def __init__(self, work: Work, built: Built, worth: Optional[Mapping[str, float]],
                 extra: Mapping[str, float]) -> None:
        self.work, self.built = work, built
        self.drops: dict[str, list[int]] = {}
        for k, drop in enumerate(built.drops):
            self.drops.setdefault(drop.node_id, []).append(k)
        tree, graph = work.tree, work.graph
        self.ways: list[set[int]] = []
        for cabinet in work.cabinets:
            ways = set() if cabinet.standing else set(_steps(work, cabinet.node, tree.root[cabinet.node]))
            for i in cabinet.boxes:
                box = work.boxes[i]
                ways.update(_steps(work, box.node, cabinet.node))
                if not box.inside:
                    for row, _ in box.members:
                        ways.update(_steps(work, int(graph.building_node[row]), box.node))
            self.ways.append(ways)
        self.price = {v: self._way_cost(v) for v in set().union(*self.ways)}
        self.extra = extra
        self.own = [self._own_cost(number) for number in range(len(work.cabinets))]
        self.worth = [sum(self._worth(row, users, worth) for i in cabinet.boxes for row, users in work.boxes[i].members)
                      for cabinet in work.cabinets]

    def _way_cost(self, v: int) -> float:
        graph, edge, work = self.work.graph, self.work.tree.edge[v], self.work
        laying = work.catalogue.price("labour", "cable_laying")
        cost = float(graph.cost[edge])
        for load in (work.load.feeder, work.load.distribution):
            if load.get(v):
                parts = work.rules.cable_parts(load[v])
                price = work.rules.cable(load[v])[1] + laying * sum(count for _, count in parts)
                cost += float(graph.length[edge]) * price
        return cost

    def _own_cost(self, number: int) -> float:
        """What the area costs besides its ways: the bill of its parts alone."""
        boxes = self.work.boxes
        rows = {row for i in self.work.cabinets[number].boxes for row, _ in boxes[i].members}
        more = (self.extra.get(self.work.buildings.ids[row], 0.0) for row in sorted(rows))
        return math.fsum(line.cost for line in make_bill(self.part([number], sorted(rows), []))) + math.fsum(more)

    def part(self, cabinets: Sequence[int], rows: Sequence[int], routes: list[Route]) -> Built:
        """What of the design belongs to some cabinets, buildings and routes."""
        built, metres = self.built, dict[str, float]()
        for route in routes:
            for key, count in self.work.sections.cables[route.route_id]:
                metres[key] = metres.get(key, 0.0) + count * route.length_m
        boxes = [i for n in cabinets for i in self.work.cabinets[n].boxes]
        drops = [k for i in boxes for k in self.drops.get(f"FAT-{i + 1:05d}", ())]
        return replace(
            built, boxes=[self.work.boxes[i] for i in boxes], cabinets=[self.work.cabinets[n] for n in cabinets],
            routes=routes, drops=[built.drops[k] for k in drops], drop_rows=[built.drop_rows[k] for k in drops],
            metres=metres, ducts=math.fsum(self.work.sections.ducts.get(r.route_id, 0.0) for r in routes),
            own=[row for row in rows if row in self.work.own],
            shared=[row for row in rows if row not in self.work.own])

    def _worth(self, row: int, users: int, worth: Optional[Mapping[str, float]]) -> float:
        share = users / max(1, self.work.demand.users[row])  # a building with several cabinets counts in parts
        if worth is None:
            return share * self.work.demand.homes[row]
        return share * max(0.0, worth.get(self.work.buildings.ids[row], 0.0))

    def order(self, budgets: Sequence[float]) -> list[int]:
        """Phase of each cabinet, from 1."""
        users: dict[int, list[int]] = {}
        for number, ways in enumerate(self.ways):
            for v in ways:
                users.setdefault(v, []).append(number)
        left = [own + math.fsum(self.price[v] for v in sorted(ways)) for own, ways in zip(self.own, self.ways)]
        built: set[int] = set()
        phase_of = [0] * len(left)
        open_areas = set(range(len(left)))
        for phase, budget in enumerate([*budgets, math.inf], start=1):
            while open_areas:
                fitting = [n for n in open_areas if left[n] <= budget + 1e-6]
                if not fitting:
                    break
                best = max(fitting, key=lambda n: (self.worth[n] / max(left[n], 1e-9), -n))
                budget -= left[best]
                phase_of[best] = phase
                open_areas.remove(best)
                for v in self.ways[best] - built:
                    built.add(v)
                    for n in users[v]:
                        left[n] -= self.price[v]
        return phase_of

    def routes(self, phase_of: list[int], last: int) -> dict[str, int]:
        """Phase of each route: the first that needs one of its ways."""
        first: dict[int, int] = {}
        for phase, ways in zip(phase_of, self.ways):
            for v in ways:
                first[v] = min(phase, first.get(v, last))
        return {route: min(first.get(v, last) for v in nodes) for route, nodes in self.work.sections.nodes.items()}


def _steps(work: Work, low: int, high: int) -> list[int]:
    """Lower nodes of the edges between two nodes of the tree."""
    nodes, parent = work.tree.between(high, low), work.tree.parent
    return [b if parent[b] == a else a for a, b in zip(nodes, nodes[1:])]


def _nodes(work: Work, design: WiredDesign, phase_of: list[int]) -> dict[str, int]:
    """Phase of each node: a supply point comes with its first cabinet."""
    found = {work.cabinet_id(n): when for n, when in enumerate(phase_of)}
    for node in design.nodes:
        if node.kind == "fat":
            found[node.node_id] = found[node.parent_id]
    for node in design.nodes:
        if node.kind == "fdt" and node.parent_id:
            found[node.parent_id] = min(found[node.node_id], found.get(node.parent_id, found[node.node_id]))
    return found
