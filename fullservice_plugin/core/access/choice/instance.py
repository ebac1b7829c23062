# SPDX-License-Identifier: GPL-2.0-or-later
"""The choice of one area as numbers: options of every site, their way to the supply, WLAN designed where it may pay."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Mapping, Optional

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.choice.model import FTTB, FTTH, HYBRID, LEASED, WLAN, AccessOptions
from fullservice_plugin.core.access.choice.network import Network
from fullservice_plugin.core.access.choice.own_cost import OwnCosts
from fullservice_plugin.core.access.choice.prize import PrizeSolver
from fullservice_plugin.core.access.choice.problem import Option, Problem, boosted
from fullservice_plugin.core.access.choice.revenue import RevenueModel
from fullservice_plugin.core.access.choice.sites import Site
from fullservice_plugin.core.access.choice.solve import upper_bound
from fullservice_plugin.core.access.wired.design import build_graph
from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.standing import read_standing
from fullservice_plugin.core.access.wlan.bom import Parts
from fullservice_plugin.core.access.wlan.design import design_wlan, least_access_points
from fullservice_plugin.core.access.wlan.model import WlanDesign
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

_WIRELESS = (WLAN, HYBRID)


@dataclass
class Instance:
    """``options``: row → method → option with the estimated cost of its own.

    ``lower``: pairs of a network and such a table whose costs bound every real design from below, each in its way.
    """

    sites: list[Site]
    network: Network
    wlan: WlanDesign
    options: dict[int, dict[str, Option]]
    lower: list[tuple[Network, dict[int, dict[str, Option]]]]
    unreachable: dict[int, str]
    graph: Optional[StreetGraph] = None
    allowance: float = 0.0  # by how much cabinets that stand already may undercut the costs in ``lower``, all together

    def _problem(self, network: Network, table: dict[int, dict[str, Option]], budget: Optional[float]) -> Problem:
        rows = [[o for _, o in sorted(table.get(site.row, {}).items())] for site in self.sites]
        return Problem(network, rows, [bool(site.lock) and bool(rows[i]) for i, site in enumerate(self.sites)], budget)

    def estimate(self, way: float, own: float, bonus: Mapping[int, float] = MappingProxyType({})) -> Problem:
        """Return the problem with estimated costs times factors learnt from real designs, without budget."""
        table = {row: {method: replace(option, cost=option.cost * own) for method, option in found.items()}
                 for row, found in self.options.items()}
        return boosted(self._problem(replace(self.network, costs=self.network.costs * way), table, None), self.rows,
                       bonus)

    def locked(self, row: int) -> bool:
        """Tell whether the method of a building is given."""
        return any(site.lock for site in self.sites if site.row == row)

    @property
    def rows(self) -> list[int]:
        """Row of every site."""
        return [site.row for site in self.sites]

    def lower_problems(
        self, budget: Optional[float], bonus: Mapping[int, float] = MappingProxyType({})
    ) -> list[Problem]:
        """Return the problems whose costs, less the allowance, bound every real design from below."""
        limit = None if budget is None else budget + self.allowance
        return [boosted(self._problem(network, table, limit), self.rows, bonus) for network, table in self.lower]

    def bound(
        self, budget: Optional[float], progress: Progress = SILENT, thorough: float = 0.0,
        bonus: Mapping[int, float] = MappingProxyType({}),
    ) -> float:
        """Return a proven upper bound on the benefit of every plan within the budget (``thorough``: seconds).

        ``bonus``: row → what serving it is worth beside its revenue; it is part of the bound.
        """
        return upper_bound(self.lower_problems(budget, bonus), progress, thorough=thorough) + self.allowance

    def methods(self, problem: Problem, picks: list[int]) -> dict[int, str]:
        """Return row → method of the picks."""
        return {site.row: problem.sites[i][picks[i]].method for i, site in enumerate(self.sites) if picks[i] >= 0}

    def revenue_of(self, methods: dict[int, str]) -> float:
        """Return the revenue of a choice."""
        return math.fsum(self.options[row][method].revenue for row, method in methods.items())

    def ways(self, methods: dict[int, str]) -> dict[int, float]:
        """Return what the way to each site costs: its equal share of each edge of the tree, or its own way if alone."""
        net = self.network
        order, parent, below = self._tree(methods)
        paid = {net.root: 0.0}
        for v in order[1:]:
            up, cost = parent[v]
            paid[v] = paid[up] + cost / max(1, below[v])
        matrix = coo_matrix((np.maximum(net.costs, 1e-9), (net.tails, net.heads)), shape=(net.n, net.n))
        alone = dijkstra(matrix.tocsr(), directed=False, indices=order, min_only=True)
        share: dict[int, float] = {}
        for i, site in enumerate(self.sites):
            node = int(net.site[i])
            if node >= 0:
                share[site.row] = paid[node] if site.row in methods and node in paid else float(alone[node])
        return {row: value for row, value in share.items() if math.isfinite(value)}

    def lone_ways(self, methods: dict[int, str]) -> dict[int, float]:
        """Return per site of a choice what of the tree it alone needs: what is saved where it falls away."""
        order, parent, below = self._tree(methods)
        lone = {self.network.root: 0.0}
        for v in order[1:]:
            up, cost = parent[v]
            lone[v] = lone[up] + (cost if below[v] == 1 else 0.0)
        return {site.row: lone.get(int(self.network.site[i]), 0.0) for i, site in enumerate(self.sites)
                if site.row in methods}

    def _tree(self, methods: dict[int, str]) -> tuple[list[int], dict[int, tuple[int, float]], dict[int, int]]:
        """Return a tree to the sites of a choice: nodes, parents first; node → (parent, edge cost); sites below."""
        net = self.network
        chosen = np.array([site.row in methods for site in self.sites], dtype=bool)
        edges, _ = PrizeSolver(net).tree(chosen)
        near: dict[int, list[tuple[int, float]]] = {}
        for edge in edges.tolist():
            a, b, cost = int(net.tails[edge]), int(net.heads[edge]), float(net.costs[edge])
            near.setdefault(a, []).append((b, cost))
            near.setdefault(b, []).append((a, cost))
        order, parent = [net.root], {net.root: (-1, 0.0)}
        for v in order:
            for u, cost in near.get(v, ()):
                if u not in parent:
                    parent[u] = (v, cost)
                    order.append(u)
        below = dict.fromkeys(order, 0)
        for i in np.flatnonzero(chosen):
            if int(net.site[i]) in below:
                below[int(net.site[i])] += 1
        for v in reversed(order[1:]):
            below[parent[v][0]] += below[v]
        return order, parent, below


def build_instance(
    buildings: FeatureTable, streets: FeatureTable, supply: FeatureTable, catalogue: Catalogue,
    options: AccessOptions, sites: list[Site], revenue: RevenueModel, costs: OwnCosts,
    floors: Optional[FeatureTable], progress: Progress,
) -> Instance:
    """Build the street graph, design WLANs where they may pay, and price every option."""
    possible = [site for site in sites if site.methods]
    if not possible:
        nothing = Network(1, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), 0,
                          np.full(len(sites), -1, dtype=np.int64))
        return Instance(sites, nothing, WlanDesign(region=options.wlan.region), {}, [(nothing, {})], {})
    graph = build_graph(buildings, streets, supply, catalogue, options.hand, progress.part(0.0, 0.4))
    if not (graph.supply_node >= 0).any():
        raise InputError("{layer} holds no supply point near a street. Give at least one within {distance} m.",
                         layer=supply.name or "Supply points", distance=round(catalogue.rule("supply_max_m")))
    unreachable = dict(graph.reasons)
    open_sites = [site for site in possible if site.row not in unreachable]
    table = buildings.take([site.row for site in open_sites])
    least = least_access_points(table, catalogue, options.wlan, floors)
    wlan = _design_wlans(
        buildings, catalogue, options, open_sites, revenue, costs, floors, least, progress.part(0.4, 1.0))
    price = _Pricer(graph, catalogue, wlan, revenue, costs, least)
    standing, _ = read_standing(graph, supply, costs.rules)
    network = _network(graph, supply, costs.metre(True), costs.first())
    lower = [(_network(graph, supply, costs.metre(cables), costs.first() if first else 0.0),
              {site.row: price.options(site, True, cables, first) for site in open_sites})
             for cables in (True, False) for first in ((False,) if standing else (True, False))]
    estimated = {site.row: price.options(site, False, False, True) for site in open_sites}
    allowance = sum(costs.standing(there.lines) for there in standing.values())
    return Instance(sites, network, wlan, estimated, lower, unreachable, graph, allowance)


class _Pricer:
    """Prices the options of a site."""

    def __init__(
        self, graph: StreetGraph, catalogue: Catalogue, wlan: WlanDesign, revenue: RevenueModel, costs: OwnCosts,
        least: dict[str, list[int]],
    ) -> None:
        self.graph, self.wlan, self.revenue, self.costs, self.least = graph, wlan, revenue, costs, least
        self.parts = Parts(catalogue)
        self.degree = np.bincount(np.concatenate((graph.tails, graph.heads)), minlength=graph.n)
        self.aps: dict[str, int] = {}
        for floor in wlan.coverage:
            self.aps[floor.building_id] = self.aps.get(floor.building_id, 0) + floor.aps_lower_bound

    def options(self, site: Site, lowest: bool, cables: bool, first: bool) -> dict[str, Option]:
        """Return method → option: at least costs (``lowest``), or estimates for what was designed."""
        found: dict[str, Option] = {}
        node = int(self.graph.building_node[site.row])
        ends = self.graph.xy[[node, int(self.graph.attach_node[site.row])]]
        # where another way leads to the facade as well, the lead-in bounds nothing
        lead = float(np.hypot(*(ends[0] - ends[1]))) if self.degree[node] == 1 else 0.0
        for method in site.methods:
            wireless = method in _WIRELESS
            designed = self.wlan.cost_by_building.get(site.building)
            if wireless and designed is None and not lowest:
                continue
            floors = self.least.get(site.building, [1] * site.storeys)
            least = self.wlan.lower_bound_by_building.get(site.building, self.parts.lower_bound(floors, 0.0))
            need = self.costs.fibre(method, site.homes, site.users, site.storeys, site.lines)
            fibre = self.costs.fibre_cost(need, lead, cables, first)
            if not lowest:
                fibre += self.costs.fibre_cost(need) - self.costs.fibre_cost(need, first=True)
            own = fibre + self.costs.equipment(
                method, site.users, site.lines, least if lowest else float(designed or 0.0))
            aps = self.aps.get(site.building, sum(floors)) if wireless else 0
            value = self.revenue.revenue(replace(site.market, aps=float(aps)), method, site.tariffs)
            found[method] = Option(method, value, own)
        return found


def _design_wlans(
    buildings: FeatureTable, catalogue: Catalogue, options: AccessOptions, sites: list[Site], revenue: RevenueModel,
    costs: OwnCosts, floors: Optional[FeatureTable], least_aps: dict[str, list[int]], progress: Progress,
) -> WlanDesign:
    """Design the WLAN of the buildings where, with the fewest access points thinkable, it would beat no WLAN."""
    parts = Parts(catalogue)
    rows = []
    for site in sites:
        count = least_aps.get(site.building, [1] * site.storeys)
        least = parts.lower_bound(count, 0.0)
        market = replace(site.market, aps=float(sum(count)))
        worth: dict[str, float] = {}
        for method in site.methods:
            need = costs.fibre(method, site.homes, site.users, site.storeys, site.lines)
            cost = costs.fibre_cost(need) + costs.equipment(method, site.users, site.lines, least)
            worth[method] = revenue.revenue(market if method in _WIRELESS else site.market, method, site.tariffs) - cost
        with_wlan = max((worth[m] for m in _WIRELESS if m in worth), default=-math.inf)
        without = max((worth[m] for m in (FTTH, FTTB, LEASED) if m in worth), default=-math.inf)
        if with_wlan > max(0.0, without) or site.lock in _WIRELESS:
            rows.append(site.row)
    table = buildings.take(rows)
    wlan_options = replace(options.wlan, time_limit=min(options.wlan.time_limit, options.time_limit / 5))
    return design_wlan(table, catalogue, wlan_options, progress, floors)


def _network(graph: StreetGraph, supply: FeatureTable, metre: float, first: float) -> Network:
    """Return the streets with one hub joined to every usable supply point at no cost.

    ``metre``: price of filling a metre of way. ``first``: cost of the edge from the root to the hub, paid once when
    anything is served.
    """
    free = supply.numbers("free_ports", None, least=0.0)
    nodes = sorted({int(v) for v, ports in zip(graph.supply_node, free) if v >= 0 and (ports is None or ports >= 1)})
    hub, root = graph.n, graph.n + 1
    tails = np.concatenate((graph.tails, np.full(len(nodes), hub, dtype=np.int64), [root]))
    heads = np.concatenate((graph.heads, np.array(nodes, dtype=np.int64), [hub]))
    price = np.concatenate((graph.cost + metre * graph.length, np.zeros(len(nodes)), [first]))
    site = np.where(graph.building_node >= 0, graph.building_node, -1).astype(np.int64)
    return Network(graph.n + 2, tails.astype(np.int64), heads.astype(np.int64), price, root, site)
