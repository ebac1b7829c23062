# SPDX-License-Identifier: GPL-2.0-or-later
"""Cabinets that stand already: boxes on their free ports need no new cabinet, feeder, splitter or OLT port.

Such a cabinet is a supply point of its own as long as everything that the cheapest tree hangs on it fits its free
ports and the homes of a cabinet's area. Where more would hang on it, it becomes one cabinet on the tree of the next
supply point, if a way there pays, and takes what is nearest until it is full.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.hierarchy import Box, Cabinet, RootedTree
from fullservice_plugin.core.access.wired.rules import Rules
from fullservice_plugin.core.table import FeatureTable, Problem

OLT, FDT = "olt", "fdt"


@dataclass(frozen=True)
class Standing:
    """A cabinet with free ``lines`` (splitter outputs for boxes) at graph ``node``; ``feeder_m`` from its OLT.

    ``near_olt``: ways lead from it to an OLT of this design.
    """

    code: str
    node: int
    lines: int
    feeder_m: float
    near_olt: bool

    def overloaded(self, boxes: Sequence[Box], rules: Rules) -> bool:
        """Whether these boxes are too much for it."""
        return (sum(box.splitters for box in boxes) > self.lines
                or sum(box.homes for box in boxes) > rules.cabinet_homes
                or any(box.indoors(rules) for box in boxes))

    def cabinet(self, members: Sequence[int], boxes: Sequence[Box], rules: Rules) -> Cabinet:
        """The cabinet with the boxes of these numbers; ``splitters`` 0, since those it needs are there."""
        return Cabinet(self.node, rules.cabinet_sizes[0], sum(boxes[i].homes for i in members), sorted(members),
                       sum(boxes[i].splitters for i in members), 0, self.code, self.lines)


def kinds(supply: FeatureTable) -> list[str]:
    """``kind`` of each supply point: fdt, a cabinet with free ports, where it says so, else olt."""
    return [FDT if str(value or "").strip().lower() == FDT else OLT for value in supply.column("kind")]


def read_standing(graph: StreetGraph, supply: FeatureTable, rules: Rules) -> tuple[dict[int, Standing], list[Problem]]:
    """Cabinets by their node in the graph, and what could not be used.

    ``free_ports`` of a cabinet must be known. Its feeder is as long as ``feeder_m`` says, else as the shortest way
    from an OLT along the streets.
    """
    problems: list[Problem] = []
    free = supply.numbers("free_ports", None, least=0.0)
    given = supply.numbers("feeder_m", None, least=0.0)
    what = kinds(supply)
    rows = [i for i, kind in enumerate(what) if kind == FDT and graph.supply_node[i] >= 0]
    if not rows:
        return {}, problems
    olts = {int(node) for node, kind in zip(graph.supply_node, what) if kind == OLT and node >= 0}
    far = distances(graph, dict.fromkeys(olts, 0.0))
    found: dict[int, Standing] = {}
    for i in rows:
        node, ports, feeder = int(graph.supply_node[i]), free[i], given[i]
        if ports is None:
            problems.append(Problem(supply.ids[i], "Cabinet {cabinet} is not used: its free ports are not known.",
                                    {"cabinet": supply.ids[i]}))
        elif node in olts or node in found:
            problems.append(Problem(supply.ids[i], "Cabinet {cabinet} is not used: another supply point stands at "
                                    "the same place.", {"cabinet": supply.ids[i]}))
        elif ports >= 1:
            metres = feeder if feeder is not None else float(far[node])
            near = bool(np.isfinite(far[node]))
            if not np.isfinite(metres):
                problems.append(Problem(supply.ids[i], "The feeder of cabinet {cabinet} counts as 0 m: no OLT lies on "
                                        "its streets. Give feeder_m.", {"cabinet": supply.ids[i]}))
                metres = 0.0
            found[node] = Standing(supply.ids[i], node, int(ports), metres, near)
    return found, problems


def distances(graph: StreetGraph, starts: Mapping[int, float]) -> Any:
    """Metres along the ways from the nearest start (node → metres that count before it) to every node."""
    if not starts:
        return np.full(graph.n, np.inf)
    hub = graph.n
    nodes = np.array(sorted(starts), dtype=np.int64)
    before = np.array([starts[int(node)] for node in nodes], dtype=np.float64)
    matrix = coo_matrix((np.concatenate([np.maximum(graph.length, 1e-6), before + 1.0]),
                         (np.concatenate([graph.tails, np.full(len(nodes), hub)]),
                          np.concatenate([graph.heads, nodes]))), shape=(hub + 1, hub + 1)).tocsr()
    return dijkstra(matrix, directed=False, indices=hub)[:hub] - 1.0


def worth_metres(box: Box, rules: Rules, line_price: float) -> float:
    """Metres of distribution cable that a place in a standing cabinet is worth to a box.

    Saved is its share of a cabinet, by homes, and of splitters and ports (``line_price`` per line).
    """
    share = rules.cabinet_sizes[0].price * box.homes / rules.cabinet_homes + line_price * box.splitters
    return share / max(rules.cable_price, 1e-9)


def pays(graph: StreetGraph, tree: RootedTree, there: Standing, boxes: Sequence[Box], rules: Rules,
         line_price: float) -> bool:
    """Whether the boxes near a cabinet off the tree save more in it than the way from the tree to it costs."""
    price = graph.cost + rules.cable_price * graph.length
    matrix = coo_matrix((np.maximum(price, 1e-6), (graph.tails, graph.heads)), shape=(graph.n, graph.n)).tocsr()
    cost, _, source = dijkstra(matrix, directed=False, indices=sorted(tree.parent), return_predecessors=True,
                               min_only=True)
    if not np.isfinite(cost[there.node]):
        return False
    meet = int(source[there.node]) if there.node not in tree.parent else there.node
    gains = []
    for i, box in enumerate(boxes):
        if tree.root[box.node] == tree.root[meet] and not box.indoors(rules):
            metres = tree.apart(meet, box.node)
            gains.append((metres, i, (worth_metres(box, rules, line_price) - metres) * rules.cable_price))
    saved, mine = 0.0, list[Box]()
    for _, i, gain in sorted(gains):
        if gain > 0 and not there.overloaded([*mine, boxes[i]], rules):
            mine.append(boxes[i])
            saved += gain
    return saved > float(cost[there.node])


def taken_in(tree: RootedTree, standing: Mapping[int, Standing], boxes: Sequence[Box], rules: Rules,
             line_price: float) -> dict[int, list[int]]:
    """Numbers of the boxes that standing cabinets on the tree take in (node → boxes): nearest first, until full."""
    wishes = []
    for i, box in enumerate(boxes):
        if box.indoors(rules):
            continue
        most = worth_metres(box, rules, line_price)
        for node in standing:
            if node in tree.parent and tree.root[node] == tree.root[box.node]:
                metres = tree.apart(node, box.node)
                if metres <= most:
                    wishes.append((metres, node, i))
    groups: dict[int, list[int]] = {}
    taken: set[int] = set()
    for _, node, i in sorted(wishes):
        mine = [boxes[k] for k in groups.get(node, [])]
        if i not in taken and not standing[node].overloaded([*mine, boxes[i]], rules):
            groups.setdefault(node, []).append(i)
            taken.add(i)
    return groups
