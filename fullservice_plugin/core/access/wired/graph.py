# SPDX-License-Identifier: GPL-2.0-or-later
"""The street graph on which wired routes are planned: noded streets, lead-ins to buildings, supply points.

Everything is metres in one metric CRS and integers; the same input gives the same numbering.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Optional

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.wired import noding
from fullservice_plugin.core.access.wired.attach import Anchor, anchor_buildings, anchor_points
from fullservice_plugin.core.access.wired.clear import clear_leads
from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.sides import add_sides
from fullservice_plugin.core.access.wired.streets import StreetCosts, street_costs
from fullservice_plugin.core.access.wired.walls import Walls, wall_ways
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem

LEAD_IN = -1  # street number of a lead-in edge
WALL = -2  # street number of an edge along a wall or across a gap between two
_STUCK = -(10 ** 12)  # while the graph is made: lead-in that crosses an obstacle, less the row of its building


@dataclass
class StreetGraph:
    """Undirected graph; every edge is one straight piece.

    ``xy`` (n × 2, metres); per edge ``tails``, ``heads`` (node numbers), ``length`` (metres), ``cost`` (price of
    building the way, catalogue currency), ``street`` (row of the street table, ``LEAD_IN`` for lead-ins, ``WALL``
    along walls), ``wall`` (row of the building along whose wall it runs, −1 elsewhere) and ``construction`` (index
    into ``constructions``). ``building_node`` holds the facade node of each building (−1:
    none), ``attach_node`` the street node its lead-in starts from, ``supply_node`` the node of each supply point
    (−1: none). ``component`` numbers the connected parts. ``reasons`` says for buildings without node why;
    ``problems`` what was repaired or left out.
    """

    xy: Array
    tails: Array
    heads: Array
    length: Array
    cost: Array
    street: Array
    construction: Array
    constructions: tuple[str, ...]
    building_node: Array
    attach_node: Array
    supply_node: Array
    component: Array
    wall: Array
    reasons: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.xy)

    @property
    def m(self) -> int:
        """Number of edges."""
        return len(self.tails)

    def keep_edges(self, chosen: Array) -> None:
        """Take out all edges but the chosen (mask)."""
        for name in ("tails", "heads", "length", "cost", "street", "construction", "wall"):
            setattr(self, name, getattr(self, name)[chosen])

    def directed(self, values: Array) -> tuple[Array, Array, Array]:
        """(tails, heads, values) of both directions: arc e runs along edge e, arc m + e against it."""
        return (np.concatenate([self.tails, self.heads]), np.concatenate([self.heads, self.tails]),
                np.concatenate([values, values]))


def build_street_graph(streets: FeatureTable, buildings: FeatureTable, supply: FeatureTable, catalogue: Catalogue,
                       progress: Progress = SILENT) -> StreetGraph:
    """Build the graph from streets (lines), buildings (polygons or points) and supply points.

    Optional street columns: ``highway``, ``bridge``, ``tunnel``, ``layer``, ``cost_factor``, ``forbidden``,
    ``construction``, ``existing_duct``, ``duct_owner``, ``free_bores``, ``rent_per_m``, ``existing_poles``,
    ``pole_owner``, ``pole_rent_per_m``, ``railway``, ``waterway`` (barriers). Raises :class:`InputError`
    where no street can be used.
    """
    costs = street_costs(streets, catalogue)
    segments = noding.explode([streets.geometry[i] for i in costs.rows], list(costs.rows))
    if not len(segments):
        raise InputError("{layer} holds no street that a cable may follow. Give a line layer of the streets.",
                         layer=streets.name or "Streets")
    progress.step(0.1)
    segments = noding.cross(segments, costs.level[segments.street])
    segments = noding.snap(segments, costs.level[segments.street], catalogue.rule("snap_m"))
    segments = add_sides(segments, costs, buildings.geometry)
    progress.step(0.4)
    part, weight = _parts(segments)
    heavy = weight >= 0.02 * weight.sum()
    problems: list[Problem] = []
    reach = catalogue.rule("supply_max_m")
    anchors = anchor_points(supply, segments, heavy[part], reach)
    fed = np.zeros(len(weight), dtype=bool)
    for i, anchor in enumerate(anchors):
        if anchor is None:
            problems.append(Problem(supply.ids[i], "Supply point {supply} is more than {distance} m from every "
                                    "street. Move it, or add the streets that lead to it.",
                                    {"supply": supply.ids[i], "distance": round(reach)}))
        else:
            fed[part[anchor.piece]] = True
    progress.step(0.5)
    ground, limit = costs.level[segments.street] == 0, catalogue.rule("lead_in_max_m")
    leads = anchor_buildings(buildings, segments, ground, fed[part], limit, progress.part(0.5, 0.8))
    leads, stuck = clear_leads(buildings, leads, segments, ground & fed[part], limit, costs.barriers)
    leads, walls = _walls(buildings, leads, catalogue.rule("wall_gap_m") if catalogue.rule("wall_routes") else None)
    graph, crossing = _assemble(segments, costs, anchors, leads, walls, stuck, catalogue)
    _drop_stuck(graph, crossing, buildings)
    graph.problems.extend(costs.problems + problems)
    supplied = set(graph.component[graph.supply_node[graph.supply_node >= 0]].tolist())
    for i, node in enumerate(graph.building_node):
        if node < 0:
            graph.reasons[i] = "no street within reach"
        elif int(graph.component[node]) not in supplied:
            graph.reasons[i] = "its streets are not connected with a supply point"
    graph.problems.extend(missing_links(graph, streets.ids))
    progress.step(1.0)
    return graph


def missing_links(graph: StreetGraph, streets: list[str]) -> list[Problem]:
    """What would join each part of the streets that holds buildings but no supply point: the shortest gap to the rest.

    The parts with most buildings come first.
    """
    fed = np.isin(graph.component, graph.component[graph.supply_node[graph.supply_node >= 0]])
    nodes = graph.building_node[graph.building_node >= 0]
    parts = Counter(graph.component[nodes[~fed[nodes]]].tolist())
    if not fed.any() or not parts:
        return []
    name = np.full(graph.n, -1, dtype=np.int64)
    real = graph.street >= 0
    name[graph.tails[real]] = name[graph.heads[real]] = graph.street[real]
    there = np.flatnonzero(fed & (name >= 0))
    if not len(there):
        return []
    index, found = cKDTree(graph.xy[there]), []
    for part, count in sorted(parts.items(), key=lambda item: (-item[1], item[0])):
        here = np.flatnonzero((graph.component == part) & (name >= 0))
        if len(here):
            far, near = index.query(graph.xy[here])
            k = int(np.argmin(far))
            one, two = streets[name[here[k]]], streets[name[there[near[k]]]]
            found.append(Problem(one, "{buildings} buildings stand at streets that no supply point is joined with. "
                                 "{metres} m are missing between street {one} and street {two}: draw the way, or add "
                                 "a supply point.",
                                 {"buildings": count, "metres": round(float(far[k]), 1), "one": one, "two": two}))
    return found


def _parts(segments: noding.Segments) -> tuple[Array, Array]:
    """Connected part of each piece, and the metres in each part."""
    nodes, first, last = noding.number(segments)
    _, label = noding.components(len(nodes), first, last)
    length = np.hypot(*(segments.end - segments.start).T)
    return label[first], np.bincount(label[first], weights=length)


def _drop_stuck(graph: StreetGraph, stuck: Array, buildings: FeatureTable) -> None:
    """Take out lead-ins that cross an obstacle where a way along the walls leads there as well.

    ``stuck`` (m): row of the building whose such lead-in an edge is part of, −1 elsewhere.
    """
    free = stuck < 0
    _, label = noding.components(graph.n, graph.tails[free], graph.heads[free])
    fed = np.isin(label, label[graph.supply_node[graph.supply_node >= 0]])
    for row in np.unique(stuck[~free]).tolist():
        if fed[graph.building_node[row]]:
            graph.attach_node[row] = graph.building_node[row]
        else:
            free |= stuck == row
            graph.problems.append(Problem(buildings.ids[row], "Building {building} has no way in that does not cross "
                                          "another building or a barrier. Check its lead-in, or add the path that "
                                          "leads there.", {"building": buildings.ids[row]}))
    graph.keep_edges(free)


def _walls(buildings: FeatureTable, leads: list[Optional[Anchor]],
           gap: Optional[float]) -> tuple[list[Optional[Anchor]], Walls]:
    """Ways along the walls of all buildings whose owners have not refused, and the lead-ins that end at them.

    A building that stands at the street, without a lead-in, needs no wall. ``gap`` None: no ways along walls.
    """
    state = buildings.column("access_state")
    facade = np.full((len(leads), 2), np.nan)
    shapes: list[Any] = [None] * len(leads)
    for i, lead in enumerate(leads):
        refused = str(state[i] or "").strip().lower() == "refused"
        if gap is not None and lead is not None and lead.own_xy != lead.street_xy and not refused:
            shapes[i], facade[i] = buildings.geometry[i], np.round(lead.own_xy, 3)
    walls = wall_ways(shapes, facade, gap or 0.0)
    moved = [lead if lead is None or np.isnan(xy[0]) else replace(lead, own_xy=(float(xy[0]), float(xy[1])))
             for lead, xy in zip(leads, walls.facade)]
    return moved, walls


def _assemble(segments: noding.Segments, costs: StreetCosts, supply: list[Any], leads: list[Any], walls: Walls,
              stuck: set[int], catalogue: Catalogue) -> tuple[StreetGraph, Array]:
    """Cut the streets where leads and supply points touch them, add lead-ins and walls, number everything.

    Also returned: for each edge the row of the building of ``stuck`` whose lead-in it is part of, else −1.
    """
    anchors: list[Anchor] = [a for a in supply + leads if a is not None]
    base = noding.cut(segments, np.array([a.piece for a in anchors], dtype=np.int64),
                      np.array([a.share for a in anchors], dtype=np.float64),
                      np.array([a.street_xy for a in anchors], dtype=np.float64).reshape(-1, 2))
    outer = np.round(np.array([a.own_xy for a in anchors]).reshape(-1, 2), 3)
    inner = np.round(np.array([a.street_xy for a in anchors]).reshape(-1, 2), 3)
    code = [LEAD_IN for a in supply if a is not None]
    code += [_STUCK - i if i in stuck else LEAD_IN for i, a in enumerate(leads) if a is not None]
    number = np.concatenate([np.array(code, dtype=np.int64), WALL - 1 - walls.row])
    whole = noding.Segments(np.concatenate([base.start, inner, walls.start]),
                            np.concatenate([base.end, outer, walls.end]), np.concatenate([base.street, number]))
    raised = (whole.street >= 0) & (costs.level[np.maximum(whole.street, 0)] != 0)
    whole = noding.touch(whole, whole.street < 0, raised)
    xy, tails, heads = noding.number(whole)
    index = cKDTree(xy)
    inner_node, outer_node = index.query(inner)[1], index.query(outer)[1]
    length = np.hypot(*(xy[tails] - xy[heads]).T)
    crossing = np.where(whole.street <= _STUCK, _STUCK - whole.street, -1)
    way = np.where(crossing >= 0, LEAD_IN, np.maximum(whole.street, WALL))
    wall = np.where(way == WALL, WALL - 1 - whole.street, -1)
    unit, kind = _unit_prices(way, costs, catalogue)
    real = np.where(way >= 0, costs.owner[np.maximum(way, 0)], way)
    keep = tails != heads
    nodes = iter(range(len(anchors)))
    where = [next(nodes) if a is not None else -1 for a in supply + leads]
    own = np.array([outer_node[k] if k >= 0 else -1 for k in where], dtype=np.int64)
    street = np.array([inner_node[k] if k >= 0 else -1 for k in where], dtype=np.int64)
    s = len(supply)
    _, component = noding.components(len(xy), tails, heads)
    return StreetGraph(xy, tails[keep], heads[keep], length[keep], (length * unit)[keep], real[keep],
                       kind[keep], costs.names, own[s:], street[s:], own[:s], component, wall[keep]), crossing[keep]


def _unit_prices(way: Array, costs: StreetCosts, catalogue: Catalogue) -> tuple[Array, Array]:
    """Price per metre and construction of each edge; ``way``: row of its street, ``LEAD_IN`` or ``WALL``."""
    lead = catalogue.price("construction", "trench") * catalogue.number("surfaces", "lead_in", "factor")
    unit, kind = costs.unit[np.maximum(way, 0)], costs.kind[np.maximum(way, 0)]
    for street, price, name in ((LEAD_IN, lead, "trench"), (WALL, catalogue.price("construction", "wall"), "wall")):
        unit = np.where(way == street, price, unit)
        kind = np.where(way == street, costs.names.index(name), kind)
    return unit, kind
