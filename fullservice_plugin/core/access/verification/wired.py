# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of the wired network: tree, ports, drops, routes, fibres."""

from __future__ import annotations

import math
from collections import Counter
from typing import Optional, Sequence

import numpy as np
from shapely.geometry import Point

from fullservice_plugin.core.access.verification.findings import Report
from fullservice_plugin.core.access.verification.limits import Limits, splitter_count, splitter_outputs
from fullservice_plugin.core.access.verification.network import ATTACH, JOIN, RouteGraph
from fullservice_plugin.core.access.verification.tables import (
    DesignTables,
    Drop,
    Node,
    Route,
    methods_of,
    refused,
    repeated,
    text,
)

PARENT_KIND = {"olt": "", "fdt": "olt", "fat": "fdt"}
ROUTE_KIND = {"fdt": "feeder", "fat": "distribution"}
"""The kind of route that joins a node to its parent. A cabinet without parent stands already, feeder and all."""
CONSTRUCTIONS = frozenset({"trench", "aerial", "wall", "duct"})
AT_BUILDING = 1.0
"""A drop ends at most this far (metres) from the footprint that it serves."""


def length_differs(stated: float, real: float) -> bool:
    """Tell whether a stated length misses the geometry by more than 1 % and more than 0.5 m."""
    return abs(stated - real) > max(0.5, 0.01 * real)


def check_nodes(nodes: Sequence[Node], drops: Optional[Sequence[Drop]], limits: Limits, report: Report) -> None:
    """Check parents, cycles, ports and what hangs on each node; fills ``Node.children``."""
    repeated([node.key for node in nodes], "node.id", report)
    by_key = {node.key: node for node in nodes}
    for node in nodes:
        if node.kind not in PARENT_KIND:
            report.add("node.kind", node.key, kind=node.kind)
            continue
        parent = by_key.get(node.parent)
        expected = PARENT_KIND[node.kind]
        if not is_standing(node) and (parent.kind if parent else node.parent) != expected:
            report.add("node.parent", node.key, kind=node.kind, expected=expected, parent=node.parent or None)
        if parent is not None and parent is not node:
            parent.children.append(node)
        if _has_cycle(node, by_key):
            report.add("node.cycle", node.key)
        if node.splitter and (
            not splitter_count(node.splitter) or splitter_outputs(node.splitter) not in limits.splitters
        ):
            report.add("node.splitter", node.key, splitter=node.splitter)
        outputs = splitter_count(node.splitter) * splitter_outputs(node.splitter)
        if node.used > node.ports or (outputs and node.ports > outputs):
            report.add("node.ports", node.key, ports=min(node.ports, outputs or node.ports), used=node.used)
        elif node.kind == "fat" and node.ports < math.ceil(node.used * (1 + limits.reserve) - 1e-9):
            report.add("node.reserve", node.key, ports=node.ports, used=node.used, share=limits.reserve)
    if drops is not None:
        _check_used(nodes, drops, report)


def _has_cycle(node: Node, by_key: dict[str, Node]) -> bool:
    seen: set[str] = set()
    here: Optional[Node] = node
    while here is not None and here.key not in seen:
        seen.add(here.key)
        here = by_key.get(here.parent)
    return here is not None and here.key == node.key


def is_standing(node: Node) -> bool:
    """Tell whether a node is a cabinet that was there before the design."""
    return node.kind == "fdt" and not node.parent


def inputs(node: Node) -> int:
    """Return the fibres that a node takes from its parent: one per splitter, or one per used port without any."""
    return splitter_count(node.splitter) or node.used


def _check_used(nodes: Sequence[Node], drops: Sequence[Drop], report: Report) -> None:
    fibres: Counter[str] = Counter()
    for drop in drops:
        fibres[drop.node] += drop.fibres
    for node in nodes:
        hanging = fibres[node.key] if node.kind == "fat" else sum(inputs(child) for child in node.children)
        if node.used != hanging:
            report.add("node.used", node.key, used=node.used, hanging=hanging)
        if hanging == 0:
            report.add("node.idle", node.key, kind=node.kind)


def check_drops(
    design: DesignTables, drops: Sequence[Drop], nodes: Optional[Sequence[Node]], limits: Limits, report: Report
) -> None:
    """Check that each drop joins one box and one willing building, in place and short enough."""
    shapes = dict(zip(design.buildings.ids, design.buildings.geometry))
    no_access = refused(design.buildings)
    boxes = {node.key: node for node in nodes if node.kind == "fat"} if nodes is not None else None
    _check_repeated(drops, boxes, shapes, report)
    for drop in drops:
        real = drop.measured
        if length_differs(drop.length, real):
            report.add("length.geometry", drop.building, layer="Drop", length=drop.length, measured=real)
        if real > limits.drop_limit_m * 1.01:
            report.add("drop.limit", drop.building, length=real, limit=limits.drop_limit_m)
        if drop.building not in shapes:
            report.add("drop.building", drop.building)
            continue
        if no_access[drop.building]:
            report.add("drop.refused", drop.building)
        box = boxes.get(drop.node) if boxes is not None else None
        if boxes is not None and box is None:
            report.add("drop.node", drop.building, node=drop.node)
        _check_ends(drop, box, shapes[drop.building], report)


def _check_repeated(
    drops: Sequence[Drop], boxes: Optional[dict[str, Node]], shapes: dict[str, object], report: Report
) -> None:
    """A building has one drop; a large one may have one per box, where each of its boxes stands at it."""
    per_building: dict[str, list[Drop]] = {}
    for drop in drops:
        per_building.setdefault(drop.building, []).append(drop)
    for key, mine in per_building.items():
        if len(mine) == 1:
            continue
        places = [boxes[drop.node].geometry for drop in mine if drop.node in boxes] if boxes is not None else []
        own = len({drop.node for drop in mine}) == len(mine) and (
            boxes is None
            or (
                len(places) == len(mine)
                and shapes.get(key) is not None
                and all(place.distance(shapes[key]) <= AT_BUILDING for place in places)
            )
        )
        if not own:
            report.add("drop.repeated", key, count=len(mine))


def _check_ends(drop: Drop, box: Optional[Node], footprint: object, report: Report) -> None:
    lines = drop.lines
    if not lines:
        return
    ends = [Point(lines[0][0]), Point(lines[-1][-1])]
    if box is not None and box.geometry is not None:
        away = [end.distance(box.geometry) for end in ends]
        if min(away) > ATTACH:
            report.add("drop.start", drop.building, distance=min(away), node=drop.node)
        ends = [ends[1] if away[0] <= away[1] else ends[0]]
    if footprint is not None:
        distance = min(end.distance(footprint) for end in ends)
        if distance > AT_BUILDING:
            report.add("drop.end", drop.building, distance=distance)


def check_demand(design: DesignTables, drops: Sequence[Drop], take_rate: Optional[float], report: Report) -> None:
    """Check that fibres suffice for the expected users, and that open buildings are served."""
    methods = methods_of(design)
    fibres: Counter[str] = Counter()
    for drop in drops:
        fibres[drop.building] += drop.fibres
    table = design.buildings
    states = [text(value) for value in table.column("access_state")]
    rows = zip(table.ids, states, table.numbers("households"), table.numbers("businesses"), table.numbers("take_rate"))
    for key, state, households, businesses, own_rate in rows:
        if key not in fibres:
            if methods is None and state in ("", "open") and (households or businesses):
                report.add("building.unserved", key)
            continue
        rate = own_rate if own_rate is not None else take_rate
        needed = 1
        if (methods is None or methods.get(key) == "ftth") and households is not None and rate is not None:
            needed = max(1, math.ceil(rate * (math.ceil(households) + math.ceil(businesses or 0)) - 1e-9))
        if fibres[key] < needed:
            report.add("drop.fibres", key, fibres=fibres[key], needed=needed)


def dwellings(households: Optional[float], businesses: Optional[float]) -> int:
    """Return the homes of a building; one where nothing is known of it."""
    return math.ceil(households or 0) if households is not None or businesses else 1


def check_homes(
    design: DesignTables, nodes: Sequence[Node], drops: Sequence[Drop], limits: Limits, report: Report
) -> None:
    """Check the homes behind each cabinet (GB 50846: at most 300, on the street 120).

    A building with several cabinets counts with each by its share of fibres; buildings that are not served per
    dwelling count with their fibres. A cabinet that stands at a building it serves may be inside it.
    """
    methods = methods_of(design)
    shapes = dict(zip(design.buildings.ids, design.buildings.geometry))
    table = design.buildings
    homes_of = {
        key: dwellings(known, firms)
        for key, known, firms in zip(table.ids, table.numbers("households"), table.numbers("businesses"))
    }
    by_key = {node.key: node for node in nodes}
    fibres: Counter[str] = Counter()
    for drop in drops:
        fibres[drop.building] += drop.fibres
    homes: dict[str, float] = {}
    inside: set[str] = set()
    for drop in drops:
        box = by_key.get(drop.node)
        cabinet = by_key.get(box.parent) if box is not None else None
        if cabinet is None or not fibres[drop.building]:
            continue
        single = methods is None or methods.get(drop.building) == "ftth"
        whole = homes_of.get(drop.building, 1) if single else fibres[drop.building]
        homes[cabinet.key] = homes.get(cabinet.key, 0.0) + whole * drop.fibres / fibres[drop.building]
        shape = shapes.get(drop.building)
        if shape is not None and cabinet.geometry is not None and shape.distance(cabinet.geometry) <= AT_BUILDING:
            inside.add(cabinet.key)
    for key, count in homes.items():
        limit = limits.indoor_homes if key in inside else limits.street_homes
        if count > limit + 1.0:  # homes of a building shared between cabinets are rounded
            report.add("node.homes", key, homes=round(count), limit=limit)


def check_routes(routes: Sequence[Route], limits: Limits, report: Report) -> None:
    """Check each route by itself: kind, construction, length, cable."""
    repeated([route.key for route in routes], "route.id", report)
    for route in routes:
        if route.kind not in ROUTE_KIND.values():
            report.add("route.kind", route.key, kind=route.kind)
        if route.construction not in CONSTRUCTIONS:
            report.add("route.construction", route.key, construction=route.construction)
        real = route.measured
        if length_differs(route.length, real):
            report.add("length.geometry", route.key, layer="Route", length=route.length, measured=real)
        if not route.cable and route.fibres == 0:
            continue  # a way for drops only
        size = limits.cable_fibres(route.cable) if route.cable else None
        if size is None:
            report.add("route.cable", route.key, cable=route.cable)
        elif size < route.fibres:
            report.add("route.cable_size", route.key, cable=route.cable, size=size, fibres=route.fibres)


def trace(
    nodes: Sequence[Node], routes: Sequence[Route], spare: bool, report: Report
) -> tuple[dict[str, float], dict[str, bool]]:
    """Follow the routes from every node to its parent.

    Returns per node the metres of route up to its parent and whether there is only one way. Reports nodes that
    no route joins to their parent, and routes with fewer fibres than run through them. ``spare`` tells that
    fibres may also lead to buildings that are kept in reserve.
    """
    metres: dict[str, float] = {node.key: 0.0 for node in nodes if is_standing(node)}
    single: dict[str, bool] = dict.fromkeys(metres, False)  # how long its feeder is, the layers do not tell
    by_key = {node.key: node for node in nodes}
    for kind, route_kind in ROUTE_KIND.items():
        rows = [route for route in routes if route.kind == route_kind and route.fibres > 0]
        members = [node for node in nodes if node.kind in (kind, PARENT_KIND[kind])]
        places = np.asarray([node.geometry.coords[0][:2] for node in members], dtype=float).reshape(-1, 2)
        graph = RouteGraph([route.lines for route in rows], places)
        vertex = {node.key: int(graph.place_vertex[i]) for i, node in enumerate(members)}
        place = {node.key: places[i] for i, node in enumerate(members)}
        needed: Counter[tuple[int, int]] = Counter()
        forest = graph.is_forest()
        for parent in members:
            children = [child for child in parent.children if child.kind == kind]
            if not children:
                continue
            start = vertex[parent.key]
            ways = graph.paths(start, [vertex[child.key] for child in children]) if start >= 0 else {}
            for child in children:
                way = ways.get(vertex[child.key])
                if way is None and float(np.hypot(*(place[child.key] - place[parent.key]))) <= ATTACH:
                    way = (0.0, [])
                if way is None:
                    report.add("route.connected", child.key, parent=parent.key, kind=route_kind)
                    continue
                metres[child.key], single[child.key] = way[0], forest
                for a, b in way[1]:
                    needed[(min(a, b), max(a, b))] += inputs(by_key[child.key])
        _check_fibres(graph, rows, needed, spare, report)
    return metres, single


def _check_fibres(
    graph: RouteGraph, rows: Sequence[Route], needed: dict[tuple[int, int], int], spare: bool, report: Report
) -> None:
    """Parallel routes share the fibres of a piece; each row is reported once, with its worst piece."""
    between = graph.rows_between()
    worst: dict[int, int] = {}
    touched: set[int] = set()
    for pair, fibres in needed.items():
        members: list[int] = sorted(between[pair])
        touched.update(members)
        if sum(rows[row].fibres for row in members) < fibres:
            worst[members[0]] = max(worst.get(members[0], 0), fibres)
    for row in sorted(worst):
        report.add("route.fibres", rows[row].key, fibres=rows[row].fibres, needed=worst[row])
    for row in [] if spare else sorted(set(range(len(rows))) - touched):
        if rows[row].measured > 2 * JOIN:  # shorter ones fall into one point
            report.add("route.idle", rows[row].key)
