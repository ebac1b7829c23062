# SPDX-License-Identifier: GPL-2.0-or-later
"""Wired access design: streets, buildings and supply points in, a complete priced design with a proven bound out."""
from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional

import numpy as np
from shapely.validation import make_valid

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.optics import Optics, load_optics
from fullservice_plugin.core.access.wired import assemble
from fullservice_plugin.core.access.wired.attach import inner_point
from fullservice_plugin.core.access.wired.bounds import way_layers
from fullservice_plugin.core.access.wired.demand import Demand, read_demand
from fullservice_plugin.core.access.wired.ducts import too_full
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
from fullservice_plugin.core.access.wired.settle import settle, spread, steady
from fullservice_plugin.core.access.wired.standing import (
    OLT,
    Standing,
    distances,
    kinds,
    pays,
    read_standing,
    taken_in,
)
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
    standing: dict[int, Standing]

    @property
    def line_price(self) -> float:
        """What a line of the first stage costs: its share of splitter, splice and OLT port."""
        price = self.catalogue.price
        return (price("splitters", self.catalogue.text("optics", "first_stage")) + price("labour", "splice")
                + price("olt", "pon_port")) / self.rules.first


def design_wired(buildings: FeatureTable, streets: FeatureTable, supply: FeatureTable, catalogue: Catalogue,
                 options: WiredOptions, progress: Progress = SILENT,
                 graph: Optional[StreetGraph] = None, hand: Hand = NO_HAND) -> WiredDesign:
    """Design a wired access network. All geometry in one metric CRS; see :class:`WiredDesign` for the result.

    Buildings (polygons or points) may carry households, businesses, storeys, take_rate, access_state, method_lock;
    streets the columns of :func:`build_street_graph`; supply points ``free_ports``, ``kind`` (olt, or fdt for a cabinet
    that stands already) and ``feeder_m`` of such a cabinet. What cannot be served is listed in ``unserved`` with the
    reason. graph: the street graph of these very tables (:func:`build_graph`), where the
    caller has built it already; it is not changed. hand: what a person has drawn, locked, forbidden or placed. Raises
    :class:`InputError` that names the feature for values that cannot be used.
    """
    if not 0 <= options.take_rate <= 1:
        raise ParameterError("The take rate must be between 0 and 1, found {value}.", value=options.take_rate)
    buildings = replace(buildings, geometry=[_sound(geometry) for geometry in buildings.geometry])
    demand = read_demand(buildings, options.take_rate)
    rules, optics = load_rules(catalogue), load_optics(catalogue)
    if graph is None:
        graph = build_graph(buildings, streets, supply, catalogue, hand, progress.part(0.0, 0.3))
    graph = replace(graph)  # what the hand forbids is taken out of this copy only
    marks = mark(graph, hand, buildings, catalogue)
    standing, told = read_standing(graph, supply, rules)
    case = _Case(buildings, supply, graph, demand, rules, optics, catalogue, _ports(graph, supply), marks, standing)
    design = WiredDesign(currency=catalogue.currency, problems=[*graph.problems, *marks.problems, *told])
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
    if design.work is not None:
        design.problems += too_full(graph, design.work.tree, streets, design.work.ducts_needed, design.work.spare_ducts)
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
    starts = _starts(case)
    reach = min(case.catalogue.rule("reach_km") * 1000.0, case.optics.reach())
    reasons = {}
    far = distances(graph, starts)
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
    rules, supplies = case.rules, {int(case.graph.supply_node[s]): s for s in _usable_supplies(case)}
    inner: dict[int, Standing] = {}
    apart: set[int] = set()  # no roots, since too much hangs on them or nothing
    asked: set[int] = set()
    while True:
        roots = {**dict.fromkeys(supplies, 0.0),
                 **{v: s.feeder_m for v, s in case.standing.items() if v not in apart}}
        grown = _grow(case, design, rows, roots, inner, seconds * 0.5 ** (len(apart) + len(asked)), progress)
        boxes, cabinets, over = _sites(case, grown, inner, design)
        if over:
            apart |= over
            continue
        idle = set(inner) - {cabinet.node for cabinet in cabinets if cabinet.standing}
        more = {v for v in apart - asked if pays(case.graph, grown.tree, case.standing[v], boxes, rules,
                                                 case.line_price)}
        asked |= apart
        if not idle and not more:
            break
        inner = {v: case.standing[v] for v in sorted({*inner, *more} - idle)}
    for polished in (True, False):  # evened out, fibre may run further; where that is too far, as they stood before
        if polished:
            cabinets = _polished(case, grown.tree, boxes, cabinets)
        else:
            boxes, cabinets, _ = _sites(case, grown, inner, design)
        refused = assemble.over_ports(grown.tree, boxes, cabinets, {r: case.ports[s] for r, s in supplies.items()},
                                      rules)
        if refused:
            return refused
        work = assemble.Work(case.buildings, case.graph, grown.tree, case.demand, rules, case.optics, case.catalogue,
                             boxes, cabinets, {r: (case.supply.ids[s], case.ports[s]) for r, s in supplies.items()},
                             grown.own, grown.starts, grown.lead,
                             bool(case.marks.sites or inner) or spread(grown.tree, cabinets, boxes), case.standing)
        refused = work.over_budget()
        if not refused:
            work.fill(design, *_bounds(case, design, grown, rows))
            return {}
    return refused


@dataclass
class _Grown:
    """A tree over the ways: ``edges`` of the graph with the hub, ``wanted`` nodes it was to reach, and what hangs on it
    (:func:`_split`)."""

    tree: RootedTree
    edges: Array
    roots: dict[int, float]
    wanted: list[int]
    own: dict[int, int]
    starts: dict[int, tuple[int, float]]
    lead: dict[int, float]


def _grow(case: _Case, design: WiredDesign, rows: list[int], roots: dict[int, float], inner: Mapping[int, Standing],
          seconds: float, progress: Progress) -> _Grown:
    """The cheapest tree found from the roots (node → metres before it) to the rows and the given sites."""
    graph = case.graph
    tails, heads, hub = _with_hub(graph, list(roots))
    # who starts from an OLT although a cabinet stands there buys at least one more
    new = case.rules.cabinet_sizes[0].price + case.line_price * case.rules.first if case.standing else 0.0
    extra = np.array([0.0 if v in case.standing else new for v in roots])
    way = graph.length * (case.rules.cables[0].price + case.catalogue.price("labour", "cable_laying"))
    wanted = _wanted(case, tails, heads, hub, design)
    goal = [hub, *(int(graph.building_node[row]) for row in rows), *wanted, *inner]
    n = graph.n + 1
    seen = search_costs(graph.cost + way, case.marks, case.catalogue)
    found = solve_steiner(n, tails, heads, np.concatenate([seen, extra]), goal, seconds, progress, prove=False)
    tree = root_tree(n, found.edges[found.edges < graph.m], graph.tails, graph.heads, graph.length, list(roots), roots)
    limits = {int(graph.building_node[row]): _bearable(case, row) for row in rows}
    limits.update({node: math.inf for node in [*wanted, *inner] if node not in limits})
    tree = shorten(graph, tree, limits, roots)
    return _Grown(tree, found.edges, roots, wanted, *_split(case, tree, rows))


def _bounds(case: _Case, design: WiredDesign, grown: _Grown, rows: list[int]) -> tuple[float, float]:
    """Proven lower bounds of trench, and of cable along the ways, for every design of these rows."""
    graph = case.graph
    others = [v for v in case.standing if v not in grown.roots]  # a better design may start there
    tails, heads, hub = _with_hub(graph, [*grown.roots, *others])
    extra, n = np.zeros(len(tails) - graph.m), graph.n + 1
    goal = [hub, *(int(graph.building_node[row]) for row in rows), *grown.wanted]
    locked = _kept_locks(case, grown.tree, design)
    trench = float(graph.cost[locked].sum()) + steiner_bound(
        n, tails, heads, np.concatenate([np.where(locked, 0.0, graph.cost), extra]), goal, tree=grown.edges)
    metres = np.concatenate([graph.length, extra])
    ways = 0.0
    for price, layer in way_layers({row: case.demand.users[row] for row in grown.starts}, grown.own, case.rules):
        reached = [int(graph.attach_node[row]) if row in grown.lead else int(graph.building_node[row]) for row in layer]
        ways += price * steiner_bound(n, tails, heads, metres, [hub, *reached], tree=grown.edges)
    return trench, ways


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


def _sites(case: _Case, grown: _Grown, inner: Mapping[int, Standing],
           design: WiredDesign) -> tuple[list[Box], list[Cabinet], set[int]]:
    """Boxes and cabinets: first those given by hand with what is nearest to them, then all others.

    ``inner``: standing cabinets on the tree of another supply point. The last holds those at a root on which too
    much hangs; where no OLT is near there is no other supply, and what is too much is refused later.
    """
    marks, demand, rules, tree, starts, own = (case.marks, case.demand, case.rules, grown.tree, grown.starts, grown.own)
    there = [node for node in marks.boxes if node in tree.parent]
    homes = {row: node for row, node in marks.homes.items() if node in tree.parent and (row in starts or row in own)}
    given, told = given_boxes(tree, there, homes, starts, demand, rules, case.buildings.ids)
    taken = {row for box in given for row, _ in box.members}
    others = {row: start for row, start in starts.items() if row not in taken}
    boxes = place_boxes(tree, others, own, demand, rules, given)
    at_root = {v: [i for i, box in enumerate(boxes) if tree.root[box.node] == v]
               for v in case.standing if v in grown.roots}
    by_hand = {tree.root[node] for node in marks.cabinets if node in tree.parent}
    over = {v for v, mine in at_root.items()
            if case.standing[v].near_olt
            and (v in by_hand or case.standing[v].overloaded([boxes[i] for i in mine], rules))}
    if over:
        return boxes, [], over
    kept = {**at_root, **taken_in(tree, inner, boxes, rules, case.line_price)}
    taken = {i for mine in kept.values() for i in mine}
    groups, more = given_cabinets(tree, [node for node in marks.cabinets if node in tree.parent], boxes, rules, taken)
    design.problems.extend(problem for problem in [*told, *more] if problem not in design.problems)
    cabinets = [case.standing[v].cabinet(mine, boxes, rules) for v, mine in kept.items() if mine]
    return boxes, place_cabinets(tree, boxes, rules, groups, cabinets), set()


def _polished(case: _Case, tree: RootedTree, boxes: list[Box], cabinets: list[Cabinet]) -> list[Cabinet]:
    """The cabinets after local search on what they cost; those given by hand and in buildings stay."""
    fixed = steady(cabinets, boxes, case.marks.cabinets, case.rules)
    return settle(tree, case.graph.xy, boxes, cabinets, fixed, case.rules,
                  case.catalogue.price("labour", "cable_laying"), case.line_price)


def _starts(case: _Case) -> dict[int, float]:
    """Nodes from which fibre comes, and the metres before each."""
    olts = {int(case.graph.supply_node[s]): 0.0 for s in _usable_supplies(case)}
    return {**{v: s.feeder_m for v, s in case.standing.items()}, **olts}


def _bearable(case: _Case, row: int) -> float:
    """Metres along the tree that a building's facade may lie from the supply point, if it is given boxes inside."""
    reach = min(case.catalogue.rule("reach_km") * 1000.0, case.optics.reach())
    rise = case.demand.storeys[row] * case.catalogue.rule("storey_m")
    x, y = case.graph.xy[int(case.graph.building_node[row])].tolist()
    inner = inner_point(case.buildings.geometry[row], (x, y), case.rules.drop_max)
    return reach - rise - math.hypot(inner[0] - x, inner[1] - y)


def _ports(graph: StreetGraph, supply: FeatureTable) -> list[float]:
    """Free ports of each OLT; the first of several at one node has those of all, the others none."""
    free, what = supply.numbers("free_ports", None, least=0.0), kinds(supply)
    ports = [0.0] * len(free)
    first: dict[int, int] = {}
    for s, node in enumerate(graph.supply_node.tolist()):
        if what[s] != OLT:
            continue
        given = free[s]
        ports[first.setdefault(node, s)] += math.inf if given is None else math.floor(given)
    return ports


def _usable_supplies(case: _Case) -> list[int]:
    """OLTs with a node and free ports."""
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
