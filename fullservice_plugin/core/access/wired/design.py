# SPDX-License-Identifier: GPL-2.0-or-later
"""Wired access design: streets, buildings and supply points in, a complete priced design with a proven bound out."""
from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Optional

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.validation import make_valid

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.optics import Optics, load_optics
from fullservice_plugin.core.access.wired import assemble
from fullservice_plugin.core.access.wired.attach import inner_point
from fullservice_plugin.core.access.wired.bounds import way_layers
from fullservice_plugin.core.access.wired.demand import Demand, read_demand
from fullservice_plugin.core.access.wired.given import given_boxes, given_cabinets
from fullservice_plugin.core.access.wired.graph import LEAD_IN, StreetGraph, build_street_graph
from fullservice_plugin.core.access.wired.hand import Hand, Marks, locked_ends, mark, search_costs, with_drawn
from fullservice_plugin.core.access.wired.hierarchy import (
    Box,
    Cabinet,
    RootedTree,
    place_boxes,
    place_cabinets,
    root_tree,
)
from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.noding import components
from fullservice_plugin.core.access.wired.reach import shorten
from fullservice_plugin.core.access.wired.records import WiredDesign, WiredOptions
from fullservice_plugin.core.access.wired.rules import Rules, load_rules
from fullservice_plugin.core.access.wired.steiner import solve_steiner, steiner_bound
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem

NO_HAND = Hand()


@dataclass
class _Case:
    """Everything that does not change while buildings that cannot be served are taken out."""

    buildings: FeatureTable
    supply: FeatureTable
    graph: StreetGraph
    demand: Demand
    rules: Rules
    optics: Optics
    catalogue: Catalogue
    ports: list[float]
    marks: Marks


def design_wired(buildings: FeatureTable, streets: FeatureTable, supply: FeatureTable, catalogue: Catalogue,
                 options: WiredOptions, progress: Progress = SILENT,
                 graph: Optional[StreetGraph] = None, hand: Hand = NO_HAND) -> WiredDesign:
    """Design a wired access network. All geometry in one metric CRS; see :class:`WiredDesign` for the result.

    Buildings (polygons or points) may carry households, businesses, storeys, take_rate, access_state, method_lock;
    streets the columns of :func:`build_street_graph`; supply points ``free_ports``. What cannot be served is listed
    in ``unserved`` with the reason. graph: the street graph of these very tables (:func:`build_graph`), where the
    caller has built it already; it is not changed. hand: what a person has drawn, locked, forbidden or placed. Raises
    :class:`InputError` that names the feature for values that cannot be used.
    """
    if not 0 <= options.take_rate <= 1:
        raise ParameterError("The take rate must be between 0 and 1, found {value}.", value=options.take_rate)
    buildings = replace(buildings, geometry=[_sound(geometry) for geometry in buildings.geometry])
    demand = read_demand(buildings, options.take_rate)
    free = supply.numbers("free_ports", None, least=0.0)
    rules, optics = load_rules(catalogue), load_optics(catalogue)
    if graph is None:
        graph = build_graph(buildings, streets, supply, catalogue, hand, progress.part(0.0, 0.3))
    graph = replace(graph)  # what the hand forbids is taken out of this copy only
    marks = mark(graph, hand, buildings, catalogue)
    case = _Case(buildings, supply, graph, demand, rules, optics, catalogue,
                 _ports(graph, free), marks)
    design = WiredDesign(currency=catalogue.currency, problems=[*graph.problems, *marks.problems])
    design.left_out = [(buildings.ids[i], reason) for i, reason in sorted(demand.left_out.items())]
    rows, reasons = _reachable(case)
    steps = 0
    while rows:
        part = progress.part(0.3 + 0.6 * (1 - 0.5 ** steps), 0.3 + 0.6 * (1 - 0.5 ** (steps + 1)))
        refused = _attempt(case, design, rows, options.seconds * 0.5 ** steps, part)
        if not refused:
            break
        reasons.update(refused)
        rows = [row for row in rows if row not in refused]
        steps += 1
    design.unserved = [(buildings.ids[i], reasons[i]) for i in sorted(reasons)]
    design.served = [buildings.ids[i] for i in rows]
    kept = set(rows)
    design.unknown = [buildings.ids[i] for i in demand.unknown if i in kept]
    design.homes = sum(demand.homes[i] for i in rows)
    design.users = sum(demand.users[i] for i in rows)
    progress.step(1.0)
    return design


def build_graph(buildings: FeatureTable, streets: FeatureTable, supply: FeatureTable, catalogue: Catalogue,
                hand: Hand = NO_HAND, progress: Progress = SILENT) -> StreetGraph:
    """The candidate graph of a design, drawn ways included."""
    return build_street_graph(with_drawn(streets, hand), buildings, supply, catalogue, progress)


def _sound(geometry: Any) -> Any:
    """The geometry, repaired where it is invalid: its area, or its middle where it has none."""
    if geometry is None or geometry.is_empty or (geometry.is_valid and geometry.geom_type != "GeometryCollection"):
        return geometry
    area = make_valid(geometry).buffer(0)
    return geometry.envelope.centroid if area.is_empty else area


def _reachable(case: _Case) -> tuple[list[int], dict[int, str]]:
    """Target buildings within optical reach of a supply point along the streets, and why the others are not."""
    graph = case.graph
    starts = sorted({int(v) for v, p in zip(graph.supply_node, case.ports) if v >= 0 and p > 0})
    reach = min(case.catalogue.rule("reach_km") * 1000.0, case.optics.reach())
    reasons = {}
    if starts:
        matrix = coo_matrix((np.maximum(graph.length, 1e-6), (graph.tails, graph.heads)), shape=(graph.n, graph.n))
        far = dijkstra(matrix.tocsr(), directed=False, indices=starts, min_only=True)
    for row in case.demand.targets:
        node = int(graph.building_node[row])
        if row in graph.reasons:
            reasons[row] = graph.reasons[row]
        elif not starts:
            reasons[row] = "no supply point with free ports on the streets"
        elif not math.isfinite(far[node]):
            reasons[row] = "its streets are not connected with a supply point"
        elif far[node] > reach:
            reasons[row] = "too far from the supply point for the optical budget"
    return [row for row in case.demand.targets if row not in reasons], reasons


def _attempt(case: _Case, design: WiredDesign, rows: list[int], seconds: float, progress: Progress) -> dict[int, str]:
    """Design for ``rows``; returns the buildings that must be given up with the reason, or fills the design."""
    graph, demand, rules = case.graph, case.demand, case.rules
    supplies = _usable_supplies(case)
    roots = [int(graph.supply_node[s]) for s in supplies]
    tails, heads, hub = _with_hub(graph, roots)
    extra = np.zeros(len(tails) - graph.m)
    way = graph.length * (rules.cables[0].price + case.catalogue.price("labour", "cable_laying"))
    wanted = _wanted(case, tails, heads, hub, design)
    goal = [hub, *(int(graph.building_node[row]) for row in rows), *wanted]
    n = graph.n + 1
    seen = search_costs(graph.cost + way, case.marks, case.catalogue)
    found = solve_steiner(n, tails, heads, np.concatenate([seen, extra]), goal, seconds, progress, prove=False)
    tree = root_tree(n, found.edges[found.edges < graph.m], graph.tails, graph.heads, graph.length, roots)
    limits = {int(graph.building_node[row]): _bearable(case, row) for row in rows}
    limits.update({node: math.inf for node in wanted if node not in limits})
    tree = shorten(graph, tree, limits, roots)
    own, starts, lead = _split(case, tree, rows)
    boxes, cabinets = _sites(case, tree, starts, own, design)
    refused = assemble.over_ports(tree, boxes, cabinets, {r: case.ports[s] for r, s in zip(roots, supplies)},
                                  rules.first)
    if refused:
        return refused
    work = assemble.Work(case.buildings, graph, tree, demand, rules, case.optics, case.catalogue, boxes, cabinets,
                         {r: (case.supply.ids[s], case.ports[s]) for r, s in zip(roots, supplies)}, own, starts, lead,
                         bool(case.marks.sites))
    refused = work.over_budget()
    if refused:
        return refused
    locked = _kept_locks(case, tree, design)
    trench = float(graph.cost[locked].sum()) + steiner_bound(
        n, tails, heads, np.concatenate([np.where(locked, 0.0, graph.cost), extra]), goal, tree=found.edges)
    metres = np.concatenate([graph.length, extra])
    ways = 0.0
    for price, layer in way_layers({row: demand.users[row] for row in starts}, own, rules):
        reached = [int(graph.attach_node[row]) if row in lead else int(graph.building_node[row]) for row in layer]
        ways += price * steiner_bound(n, tails, heads, metres, [hub, *reached], tree=found.edges)
    work.fill(design, trench, ways)
    return {}


def _wanted(case: _Case, tails: Array, heads: Array, hub: int, design: WiredDesign) -> list[int]:
    """Nodes that the tree must reach because of the hand, as far as ways lead there; tells what they do not reach."""
    marks = case.marks
    nodes = sorted({*marks.sites, *locked_ends(case.graph, marks)})
    if not nodes:
        return []
    _, label = components(case.graph.n + 1, tails, heads)
    reached = [node for node in nodes if label[node] == label[hub]]
    lost = len(nodes) - len(reached)
    if lost:
        problem = Problem("hand", "{count} places drawn or given by hand cannot be reached from a supply point. Draw "
                          "the way that joins them.", {"count": lost})
        if problem not in design.problems:
            design.problems.append(problem)
    return reached


def _kept_locks(case: _Case, tree: RootedTree, design: WiredDesign) -> Array:
    """Mask of the locked edges that are part of the tree; tells how much of the locked ways is not."""
    kept = np.zeros(case.graph.m, dtype=bool)
    kept[[edge for edge in tree.edge.values() if edge >= 0]] = True
    lost = float(case.graph.length[case.marks.locked & ~kept].sum())
    if lost > 1.0:
        design.problems.append(Problem("hand", "{metres} m of locked or drawn ways close a ring or cannot be reached "
                                       "and were left out: a design is a tree.", {"metres": round(lost)}))
    locked: Array = case.marks.locked & kept
    return locked


def _sites(case: _Case, tree: RootedTree, starts: dict[int, tuple[int, float]], own: dict[int, int],
           design: WiredDesign) -> tuple[list[Box], list[Cabinet]]:
    """Boxes and cabinets: first those given by hand with what is nearest to them, then all others."""
    marks, demand, rules = case.marks, case.demand, case.rules
    there = [node for node in marks.boxes if node in tree.parent]
    homes = {row: node for row, node in marks.homes.items() if node in tree.parent and (row in starts or row in own)}
    given, told = given_boxes(tree, there, homes, starts, demand, rules, case.buildings.ids)
    taken = {row for box in given for row, _ in box.members}
    others = {row: start for row, start in starts.items() if row not in taken}
    boxes = place_boxes(tree, others, own, demand, rules, given)
    groups, more = given_cabinets(tree, [node for node in marks.cabinets if node in tree.parent], boxes, rules)
    design.problems.extend(problem for problem in [*told, *more] if problem not in design.problems)
    return boxes, place_cabinets(tree, boxes, rules, groups)


def _bearable(case: _Case, row: int) -> float:
    """Metres along the tree that a building's facade may lie from the supply point, if it is given boxes inside."""
    reach = min(case.catalogue.rule("reach_km") * 1000.0, case.optics.reach())
    rise = case.demand.storeys[row] * case.catalogue.rule("storey_m")
    x, y = case.graph.xy[int(case.graph.building_node[row])].tolist()
    inner = inner_point(case.buildings.geometry[row], (x, y), case.rules.drop_max)
    return reach - rise - math.hypot(inner[0] - x, inner[1] - y)


def _ports(graph: StreetGraph, free: list[Optional[float]]) -> list[float]:
    """Free ports of each supply point; the first of several at one node has those of all, the others none."""
    ports = [0.0] * len(free)
    first: dict[int, int] = {}
    for s, node in enumerate(graph.supply_node.tolist()):
        given = free[s]
        ports[first.setdefault(node, s)] += math.inf if given is None else math.floor(given)
    return ports


def _usable_supplies(case: _Case) -> list[int]:
    """Supply points with a node and free ports."""
    return [s for s, node in enumerate(case.graph.supply_node) if node >= 0 and case.ports[s] > 0]


def _with_hub(graph: StreetGraph, roots: list[int]) -> tuple[Array, Array, int]:
    """The graph with one more node, joined to every supply point at no cost: a tree then is a forest of the
    supplies."""
    hub = graph.n
    return (np.concatenate([graph.tails, np.array(roots, dtype=np.int64)]),
            np.concatenate([graph.heads, np.full(len(roots), hub, dtype=np.int64)]), hub)


def _split(case: _Case, tree: RootedTree, rows: list[int]) -> tuple[
        dict[int, int], dict[int, tuple[int, float]], dict[int, float]]:
    """Buildings with boxes of their own (row → facade node), and the others (row → street node, metres of lead-in).

    The third holds the metres of lead-in of those others to which no other way leads.
    """
    graph, rules, demand = case.graph, case.rules, case.demand
    own: dict[int, int] = {}
    starts: dict[int, tuple[int, float]] = {}
    lead: dict[int, float] = {}
    degree = np.bincount(np.concatenate([graph.tails, graph.heads]), minlength=graph.n)
    for row in rows:
        node, street = int(graph.building_node[row]), int(graph.attach_node[row])
        metres = float(np.hypot(*(graph.xy[node] - graph.xy[street])))
        most = min(rules.own_box_users, rules.street_users + 1)
        if demand.users[row] >= most or metres > rules.drop_max or demand.homes[row] > rules.street_homes:
            own[row] = node
        elif tree.parent.get(node, -1) >= 0 and int(graph.street[tree.edge[node]]) == LEAD_IN:
            starts[row] = (tree.parent[node], float(graph.length[tree.edge[node]]))
            if degree[node] == 1:
                lead[row] = metres
        else:
            starts[row] = (node, 0.0)
    return own, starts, lead
