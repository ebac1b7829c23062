# SPDX-License-Identifier: GPL-2.0-or-later
"""The street graph on which wired routes are planned: noded streets, lead-ins to buildings, supply points.

Everything is metres in one metric CRS and integers; the same input gives the same numbering.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.wired import noding
from fullservice_plugin.core.access.wired.attach import Anchor, anchor_buildings, anchor_points
from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.streets import StreetCosts, street_costs
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem

LEAD_IN = -1  # street number of a lead-in edge


@dataclass
class StreetGraph:
    """Undirected graph; every edge is one straight piece.

    ``xy`` (n × 2, metres); per edge ``tails``, ``heads`` (node numbers), ``length`` (metres), ``cost`` (price of
    building the way, catalogue currency), ``street`` (row of the street table, ``LEAD_IN`` for lead-ins) and
    ``construction`` (index into ``constructions``). ``building_node`` holds the facade node of each building (−1:
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

    def directed(self, values: Array) -> tuple[Array, Array, Array]:
        """(tails, heads, values) of both directions: arc e runs along edge e, arc m + e against it."""
        return (np.concatenate([self.tails, self.heads]), np.concatenate([self.heads, self.tails]),
                np.concatenate([values, values]))


def build_street_graph(streets: FeatureTable, buildings: FeatureTable, supply: FeatureTable, catalogue: Catalogue,
                       progress: Progress = SILENT) -> StreetGraph:
    """Build the graph from streets (lines), buildings (polygons or points) and supply points.

    Optional street columns: ``highway``, ``bridge``, ``tunnel``, ``layer``, ``cost_factor``, ``forbidden``,
    ``construction``, ``existing_duct``, ``duct_owner``, ``free_bores``, ``rent_per_m``. Raises :class:`InputError`
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
    leads = anchor_buildings(buildings, segments, costs.level[segments.street] == 0, fed[part],
                             catalogue.rule("lead_in_max_m"), progress.part(0.5, 0.9))
    graph = _assemble(segments, costs, anchors, leads, catalogue)
    graph.problems.extend(costs.problems + problems)
    supplied = set(graph.component[graph.supply_node[graph.supply_node >= 0]].tolist())
    for i, node in enumerate(graph.building_node):
        if node < 0:
            graph.reasons[i] = "no street within reach"
        elif int(graph.component[node]) not in supplied:
            graph.reasons[i] = "its streets are not connected with a supply point"
    progress.step(1.0)
    return graph


def _parts(segments: noding.Segments) -> tuple[Array, Array]:
    """Connected part of each piece, and the metres in each part."""
    nodes, first, last = noding.number(segments)
    _, label = components(len(nodes), first, last)
    length = np.hypot(*(segments.end - segments.start).T)
    return label[first], np.bincount(label[first], weights=length)


def components(n: int, tails: Array, heads: Array) -> tuple[int, Array]:
    """Number of connected parts, and the part of each of n nodes."""
    matrix = coo_matrix((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(n, n))
    count, label = connected_components(matrix, directed=False)
    return int(count), label.astype(np.int64)


def _assemble(segments: noding.Segments, costs: StreetCosts, supply: list[Any], leads: list[Any],
              catalogue: Catalogue) -> StreetGraph:
    """Cut the streets where leads and supply points touch them, add the lead-ins, number everything."""
    anchors: list[Anchor] = [a for a in supply + leads if a is not None]
    base = noding.cut(segments, np.array([a.piece for a in anchors], dtype=np.int64),
                      np.array([a.share for a in anchors], dtype=np.float64),
                      np.array([a.street_xy for a in anchors], dtype=np.float64).reshape(-1, 2))
    outer = np.round(np.array([a.own_xy for a in anchors]).reshape(-1, 2), 3)
    inner = np.round(np.array([a.street_xy for a in anchors]).reshape(-1, 2), 3)
    whole = noding.Segments(np.concatenate([base.start, inner]), np.concatenate([base.end, outer]),
                            np.concatenate([base.street, np.full(len(anchors), LEAD_IN, dtype=np.int64)]))
    xy, tails, heads = noding.number(whole)
    m = len(base)
    inner_node, outer_node = tails[m:], heads[m:]
    length = np.hypot(*(xy[tails] - xy[heads]).T)
    lead_unit = catalogue.price("construction", "trench") * catalogue.number("surfaces", "lead_in", "factor")
    unit = np.where(whole.street == LEAD_IN, lead_unit, costs.unit[whole.street])
    kind = np.where(whole.street == LEAD_IN, costs.names.index("trench"), costs.kind[whole.street])
    keep = tails != heads
    nodes = iter(range(len(anchors)))
    where = [next(nodes) if a is not None else -1 for a in supply + leads]
    own = np.array([outer_node[k] if k >= 0 else -1 for k in where], dtype=np.int64)
    street = np.array([inner_node[k] if k >= 0 else -1 for k in where], dtype=np.int64)
    s = len(supply)
    _, component = components(len(xy), tails, heads)
    return StreetGraph(xy, tails[keep], heads[keep], length[keep], (length * unit)[keep], whole.street[keep],
                       kind[keep], costs.names, own[s:], street[s:], own[:s], component)
