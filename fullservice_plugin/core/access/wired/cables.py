# SPDX-License-Identifier: GPL-2.0-or-later
"""Fibres on every edge of the tree, cable sizes that taper with them, and the sections that become routes."""
from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Mapping

from shapely.geometry import LineString

from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.hierarchy import Box, Cabinet, RootedTree
from fullservice_plugin.core.access.wired.records import Route
from fullservice_plugin.core.access.wired.rules import Rules


@dataclass
class Load:
    """Fibres per tree edge, keyed by its lower node, before spare."""

    feeder: dict[int, int] = field(default_factory=dict)
    distribution: dict[int, int] = field(default_factory=dict)


def load_edges(tree: RootedTree, boxes: list[Box], cabinets: list[Cabinet], kept: dict[int, int],
               cabinet_of_node: dict[int, int]) -> Load:
    """Sum fibres: cabinet splitters on the way from the supply point, box splitters on the way from the cabinet.

    ``kept``: node → fibres held in reserve for buildings that are not served yet; they run from the nearest cabinet
    above (``cabinet_of_node``: node → cabinet number, cabinets above only).
    """
    load = Load()
    for cabinet in cabinets:
        add_way(tree, load.feeder, cabinet.node, -1, cabinet.splitters)
        for i in cabinet.boxes:
            add_way(tree, load.distribution, boxes[i].node, cabinet.node, boxes[i].splitters)
    for node in sorted(kept):
        v = node
        while v >= 0 and v not in cabinet_of_node:
            v = tree.parent[v]
        if v >= 0:
            add_way(tree, load.distribution, node, v, kept[node])
        else:
            add_way(tree, load.feeder, node, -1, kept[node])
    return load


def add_way(tree: RootedTree, load: dict[int, int], low: int, high: int, fibres: int) -> None:
    """Add fibres on the way up from ``low`` to ``high`` (−1: the supply point), or over both branches to it."""
    v = low
    while v != high and tree.parent[v] >= 0:
        v = tree.parent[v]
    if high < 0 or v == high:
        steps = tree.path(low, v)[1:]
    else:  # a cabinet placed by hand need not stand between its boxes and the supply point
        nodes = tree.between(low, high)
        steps = [a if tree.parent[a] == b else b for a, b in zip(nodes, nodes[1:])]
    for node in steps:
        load[node] = load.get(node, 0) + fibres


@dataclass
class Sections:
    """Routes, metres of each cable, and per route id the lower nodes of its edges and its cables (size, number).

    Of the routes of one section only the first, which pays for the trench, has ``ducts``.
    """

    routes: list[Route] = field(default_factory=list)
    metres: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, list[int]] = field(default_factory=dict)
    cables: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    ducts: dict[str, float] = field(default_factory=dict)  # route id → metres of further ducts in its trench


def make_routes(graph: StreetGraph, tree: RootedTree, load: Load, sites: set[int], rules: Rules,
                laying: float, further: Mapping[int, int] = MappingProxyType({})) -> Sections:
    """Sections between decision points (branch, site, change of way or of fibres) as routes.

    The trench of a section is on its first row only, so it is paid once; ``cable_cost`` is material and ``laying``;
    ``further``: lower node → ducts beyond the first in the trench of its edge.
    """
    children: dict[int, list[int]] = {}
    for v in tree.order:
        if tree.parent[v] >= 0:
            children.setdefault(tree.parent[v], []).append(v)

    def nature(v: int) -> tuple[int, int, int]:
        return (int(graph.construction[tree.edge[v]]), load.feeder.get(v, 0), load.distribution.get(v, 0))

    made = Sections()
    for v in tree.order:
        up = tree.parent[v]
        if up < 0:
            continue
        joined = len(children.get(up, ())) == 1 and up not in sites and tree.parent[up] >= 0
        if joined and nature(up) == nature(v):
            continue  # the section began further up
        chain = [v]
        while True:
            low = chain[-1]
            below = children.get(low, ())
            if len(below) != 1 or low in sites or nature(below[0]) != nature(v):
                break
            chain.append(below[0])
        number = len(made.routes)
        _section(graph, tree, [up, *chain], nature(v), rules, laying, made)
        ducts = sum(further.get(w, 0) * float(graph.length[tree.edge[w]]) for w in chain)
        if ducts:
            made.ducts[made.routes[number].route_id] = ducts
    return made


def _section(graph: StreetGraph, tree: RootedTree, nodes: list[int], nature: tuple[int, int, int], rules: Rules,
             laying: float, made: Sections) -> None:
    """Append the rows of one section: feeder, distribution, or a way for drops only."""
    kind, feeder, distribution = nature
    edges = [tree.edge[v] for v in nodes[1:]]
    length = float(sum(graph.length[e] for e in edges))
    trench = float(sum(graph.cost[e] for e in edges))
    line = LineString(graph.xy[nodes])
    rows = [(name, fibres) for name, fibres in (("feeder", feeder), ("distribution", distribution)) if fibres]
    for k, (name, fibres) in enumerate(rows or [("distribution", 0)]):
        cable, price = rules.cable(fibres)
        cables = 0
        for key, count in rules.cable_parts(fibres):
            made.metres[key] = made.metres.get(key, 0.0) + count * length
            cables += count
        route = f"R{len(made.routes) + 1:05d}"
        made.nodes[route], made.cables[route] = nodes[1:], rules.cable_parts(fibres)
        made.routes.append(Route(route, name, graph.constructions[kind], length,
                            rules.fibres_for(fibres), cable, trench if k == 0 else 0.0,
                            length * (price + cables * laying), line))
