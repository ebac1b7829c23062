# SPDX-License-Identifier: GPL-2.0-or-later
"""What a choice of methods really costs: the wired and the WLAN design of exactly that choice."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Optional

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.choice.model import FTTB, HYBRID, LEASED, WLAN, AccessOptions
from fullservice_plugin.core.access.choice.own_cost import OwnCosts
from fullservice_plugin.core.access.choice.sites import Site
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.records import BomLine, Component, WiredDesign, WiredOptions
from fullservice_plugin.core.access.wlan.design import take_buildings
from fullservice_plugin.core.access.wlan.model import BomRow, WlanDesign
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

LAN, WLAN_PART, LEASED_PART = "building_terminals", "wlan", "leased_terminals"
"""Names of the components that the choice adds to those of the wired design."""


@dataclass(frozen=True)
class Realised:
    """The designs of one choice. ``methods``: row → method of what is really served; ``failed``: row → reason."""

    methods: dict[int, str]
    wired: WiredDesign
    wlan: WlanDesign
    leased_bom: list[BomRow]
    components: dict[str, Component]
    failed: dict[int, str]

    @property
    def cost(self) -> float:
        """Wired + WLAN + leased."""
        return self.wired.wired_cost + self.wlan.cost + self.leased_cost

    @property
    def leased_cost(self) -> float:
        """Terminals of leased lines."""
        return math.fsum(row.cost for row in self.leased_bom)


class Realiser:
    """Designs choices; equal choices are designed once."""

    def __init__(
        self, buildings: FeatureTable, streets: FeatureTable, supply: FeatureTable, catalogue: Catalogue,
        options: AccessOptions, sites: list[Site], costs: OwnCosts, wlan: WlanDesign,
        graph: Optional[StreetGraph],
    ) -> None:
        self.buildings, self.streets, self.supply, self.catalogue = buildings, streets, supply, catalogue
        self.wired_options = options.wired or WiredOptions(options.take_rate, min(10.0, options.time_limit / 6))
        self.sites, self.costs, self.wlan, self.graph = sites, costs, wlan, graph
        self.hand = options.hand
        self._known: dict[tuple[tuple[int, str], ...], Realised] = {}

    def realise(self, methods: dict[int, str], progress: Progress = SILENT) -> Realised:
        """Design the choice (row → method other than none); what cannot be reached is left out and reported."""
        key = tuple(sorted(methods.items()))
        if key not in self._known:
            self._known[key] = self._design(dict(methods), progress)
        return self._known[key]

    def _design(self, methods: dict[int, str], progress: Progress) -> Realised:
        failed: dict[int, str] = {}
        row_of = {site.building: site.row for site in self.sites}
        wired = WiredDesign(currency=self.catalogue.currency)
        progress.check()
        if methods:
            wired = design_wired(self.wired_table(methods), self.streets, self.supply, self.catalogue,
                                 self.wired_options, progress, self.graph, self.hand)
            # what the wired design gives up is not in its cost; only the WLAN of it must go as well
            failed = {row_of[building]: reason for building, reason in wired.unserved if row_of[building] in methods}
            methods = {row: method for row, method in methods.items() if row not in failed}
        return self._assemble(methods, wired, failed)

    def _assemble(self, methods: dict[int, str], wired: WiredDesign, failed: dict[int, str]) -> Realised:
        wlan = take_buildings(
            self.wlan, {self.sites[row].building for row, m in methods.items() if m in (WLAN, HYBRID)}, self.catalogue)
        lan = self._terminal_lines(methods)
        components = dict(wired.components)
        if lan:
            value = math.fsum(line.cost for line in lan)
            components[LAN] = Component(value, value)
        leased = self._leased_rows(methods)
        if wlan.bom:
            components[WLAN_PART] = Component(wlan.cost, wlan.lower_bound)
        if leased:
            value = math.fsum(row.cost for row in leased)
            components[LEASED_PART] = Component(value, value)
        bom = [*wired.bom, *lan]
        added = math.fsum(line.cost for line in lan)
        wired = replace(
            wired, bom=bom, wired_cost=math.fsum(line.cost for line in bom),
            wired_lower_bound=wired.wired_lower_bound + added,
            components={name: part for name, part in components.items() if name not in (WLAN_PART, LEASED_PART)},
            homes=sum(self.sites[row].homes for row in methods),
            users=sum(self.sites[row].users for row in methods),
            left_out=[], unserved=[(self.sites[row].building, why) for row, why in sorted(failed.items())],
        )
        return Realised(methods, wired, wlan, leased, components, failed)

    def more_of(self, methods: dict[int, str]) -> list[tuple[str, BomLine]]:
        """Return the bill of what stands in buildings besides fibre, by domain: terminals and access points."""
        names = {self.sites[row].building for row, m in methods.items() if m in (WLAN, HYBRID)}
        wlan = take_buildings(self.wlan, names, self.catalogue)
        lines = [("wired", line) for line in self._terminal_lines(methods)]
        for domain, rows in (("wired", self._leased_rows(methods)), ("wlan", wlan.bom)):
            lines += [(domain, BomLine(row.item, row.unit, row.quantity, row.unit_price, row.cost, WLAN_PART))
                      for row in rows]
        return lines

    def wired_table(self, methods: dict[int, str]) -> FeatureTable:
        """Return the buildings as the wired design shall see them: fibre demand by method, the others closed."""
        table = self.buildings
        states: list[object] = []
        columns: dict[str, list[object]] = {name: [] for name in ("households", "businesses", "storeys", "take_rate")}
        for site, state in zip(self.sites, table.column("access_state")):
            method = methods.get(site.row)
            if method is None:
                states.append("spare" if str(state or "").strip().lower() == "spare" else "refused")
                values: tuple[object, ...] = (
                    site.market.homes, site.market.businesses, site.storeys, site.market.take)
            else:
                states.append("open")
                need = self.costs.fibre(method, site.homes, site.users, site.storeys, site.lines)
                values = (need.homes, 0, need.storeys, min(1.0, need.users / max(1, need.homes)))
            for name, value in zip(columns, values):
                columns[name].append(value)
        kept = {name: list(values) for name, values in table.columns.items() if name not in ("method_lock",)}
        return FeatureTable(list(table.ids), list(table.geometry), {**kept, **columns, "access_state": states},
                            list(table.problems), table.name)

    def _terminal_lines(self, methods: dict[int, str]) -> list[BomLine]:
        counts: dict[str, int] = {}
        users = 0
        for row, method in methods.items():
            if method in (FTTB, HYBRID):
                users += self.sites[row].users
                for size in self.costs.terminals(self.sites[row].users):
                    counts[size.key] = counts.get(size.key, 0) + 1
        if not counts:
            return []
        section = self.catalogue.section("fttb")
        prices = {size.key: size.price for size in self.costs.terminal_sizes}
        rows = [(section["terminals"][key], float(count), prices[key]) for key, count in sorted(counts.items())]
        rows.append((section["labour"]["terminal_install"], float(sum(counts.values())), self.costs.terminal_install))
        rows.append((section["labour"]["lan_home"], float(users), self.costs.lan_home))
        return [BomLine(_name(entry), str(entry.get("unit", "piece")), quantity, price, quantity * price, LAN)
                for entry, quantity, price in rows]

    def _leased_rows(self, methods: dict[int, str]) -> list[BomRow]:
        lines = float(sum(self.sites[row].lines for row, method in methods.items() if method == LEASED))
        if not lines:
            return []
        items = self.catalogue.section("leased")["items"]
        rows = [(items["terminal"], self.costs.leased_terminal), (items["terminal_install"], self.costs.leased_install)]
        return [BomRow(_name(entry), str(entry.get("unit", "piece")), lines, price, lines * price)
                for entry, price in rows]


def _name(entry: dict[str, object]) -> str:
    names = entry.get("name")
    return str(names.get("en", "")) if isinstance(names, dict) else str(names or "")
