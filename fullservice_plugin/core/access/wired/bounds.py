# SPDX-License-Identifier: GPL-2.0-or-later
"""Bill of materials and, part by part, a proven lower bound on the same sum.

The bounds speak of every design that serves the same buildings under the same rules: the routes form trees in the
street graph that join each served building with a supply point; a building with many users, or beyond drop length,
has boxes of its own; all others are served from boxes on the street; splitting has two stages with the catalogue's
ratios.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

from fullservice_plugin.core.access.catalogue import Catalogue, Size
from fullservice_plugin.core.access.wired.demand import Demand
from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.hierarchy import Box, Cabinet
from fullservice_plugin.core.access.wired.records import BomLine, Component, Drop, Route
from fullservice_plugin.core.access.wired.rules import Rules, cover_cost


@dataclass
class Bill:
    """Collects lines; equal items of one component become one line."""

    catalogue: Catalogue

    def __post_init__(self) -> None:
        self._lines: dict[tuple[str, str], tuple[str, float, float, float]] = {}

    def add(self, component: str, section: str, item: str, quantity: float, total: float = -1.0) -> None:
        """Add a quantity of an item at its catalogue price, or at ``total`` where price differs from piece to piece."""
        if quantity <= 0:
            return
        unit = str(self.catalogue.section(section)[item].get("unit", "piece"))
        name = self.catalogue.label(section, item)
        price = self.catalogue.price(section, item)
        old = self._lines.get((component, name), (unit, 0.0, 0.0, price))
        cost = quantity * price if total < 0 else total
        self._lines[component, name] = (unit, old[1] + quantity, old[2] + cost, price)

    def lines(self) -> list[BomLine]:
        """The lines, ordered by component and item."""
        return [BomLine(name, unit, quantity, cost / quantity, cost, component)
                for (component, name), (unit, quantity, cost, _) in sorted(self._lines.items())]


@dataclass
class Built:
    """What was designed, as the bill needs it."""

    graph: StreetGraph
    demand: Demand
    rules: Rules
    catalogue: Catalogue
    boxes: list[Box]
    cabinets: list[Cabinet]
    routes: list[Route]
    drops: list[Drop]
    drop_rows: list[int]
    metres: dict[str, float]
    own: list[int]
    shared: list[int]
    lead: dict[int, float]
    ducts: float = 0.0  # metres of further ducts in trenches
    free_lines: int = 0  # of cabinets that stand already
    free_homes: int = 0  # that their areas may hold


def make_bill(built: Built) -> list[BomLine]:
    """The bill of materials of a design."""
    bill = Bill(built.catalogue)
    for name in built.graph.constructions:
        mine = [r for r in built.routes if r.construction == name and r.trench_cost > 0]
        bill.add("trench", "construction", name, sum(r.length_m for r in mine), sum(r.trench_cost for r in mine))
    if built.ducts:
        bill.add("ducts", "ducts", "duct", built.ducts)
    for key, metres in built.metres.items():
        bill.add("cable", "cables", key, metres)
        bill.add("cable", "labour", "cable_laying", metres)
    metres = sum(d.length_m * d.fibres for d in built.drops)
    bill.add("cable", "drop_cables", "drop", metres)
    bill.add("cable", "labour", "drop_laying", metres)
    splices = 0
    for box in built.boxes:
        bill.add("boxes", "boxes", box.size.key, 1)
        bill.add("boxes", "labour", "box_install", 1)
        bill.add("splitters", "splitters", built.catalogue.text("optics", "second_stage"), box.splitters)
        splices += box.splitters
    ports = 0
    for cabinet in built.cabinets:
        if not cabinet.standing:
            bill.add("cabinets", "cabinets", cabinet.size.key, 1)
            bill.add("cabinets", "labour", "cabinet_install", 1)
        bill.add("splitters", "splitters", built.catalogue.text("optics", "first_stage"), cabinet.splitters)
        splices += cabinet.splitters + cabinet.fibres
        ports += cabinet.splitters
    bill.add("splices", "labour", "splice", splices)
    bill.add("olt_ports", "olt", "pon_port", ports)
    for row in built.own:
        bill.add("in_building", "labour", "riser_floor", built.demand.storeys[row])
    served = built.own + built.shared
    bill.add("in_building", "labour", "home_passed", sum(built.demand.homes[row] for row in served))
    bill.add("connections", "labour", "connection", sum(built.demand.users[row] for row in served))
    return bill.lines()


def bound_components(built: Built, bill: list[BomLine], trench_bound: float, way_bound: float) -> dict[str, Component]:
    """Cost and lower bound of each component of the bill.

    * trench: ``trench_bound``, dual ascent for the Steiner tree over ways and lead-ins of the served buildings.
    * cable (feeder, distribution, drops): a building served from the street takes one drop per user through its
      lead-in, a building with boxes of its own one per user from the facade inwards. All other metres of a tree
      that joins the buildings carry a cable, or a drop for each user behind them: per metre at least the lesser of
      the cheapest cable and users × drop of any building behind. ``way_bound`` adds this up in layers
      (:func:`way_layers`).
    * ducts beyond the first in a trench: none.
    * boxes: a building with boxes of its own needs at least the cheapest set that covers its ports; all others
      together the cheapest set that covers the sum of their ports.
    * splitters: second stage at least ports / ratio per building with own boxes (rounded up) and over all others
      together; first stage at least that / ratio over all.
    * cabinets: buildings with more homes than a street cabinet may serve need the cheapest set of indoor cabinets
      each; all others together the cheapest set of street cabinets, by homes.
    * cabinets that stand already take homes and lines off these sums, as many as they may hold.
    * splices and OLT ports follow from the splitters; in-building work and connections are the same in every
      design.
    """
    rules, demand, catalogue = built.rules, built.demand, built.catalogue
    cost: dict[str, float] = {}
    for line in bill:
        cost[line.component] = cost.get(line.component, 0.0) + line.cost
    shared_ports = rules.ports_for(sum(demand.users[r] for r in built.shared))
    own_ports = [rules.ports_for(demand.users[r]) for r in built.own]
    second = sum(rules.second_for(p) for p in own_ports) + rules.second_for(shared_ports)
    first = rules.first_for(max(0, second - built.free_lines))
    big = [r for r in built.own if demand.homes[r] > rules.cabinet_homes]
    small = set(built.own + built.shared) - set(big)
    street_areas = tuple(_by_homes(built, s.key, s.price) for s in rules.cabinet_sizes)
    indoor_areas = tuple(_by_homes(built, s.key, s.price) for s in rules.indoor_sizes)
    bound = {
        "trench": trench_bound,
        "cable": _cable_bound(built, way_bound),
        "boxes": sum(cover_cost(p, rules.building_sizes) for p in own_ports)
        + cover_cost(shared_ports, rules.street_sizes),
        "splitters": second * catalogue.price("splitters", catalogue.text("optics", "second_stage"))
        + first * catalogue.price("splitters", catalogue.text("optics", "first_stage")),
        "cabinets": cover_cost(max(0, sum(demand.homes[r] for r in small) - built.free_homes), street_areas)
        + sum(cover_cost(demand.homes[r], indoor_areas) for r in big),
        "splices": (2 * second + first) * catalogue.price("labour", "splice"),
        "olt_ports": first * catalogue.price("olt", "pon_port"),
        "in_building": cost.get("in_building", 0.0),
        "connections": cost.get("connections", 0.0),
    }
    return {name: Component(value, min(value, bound.get(name, 0.0))) for name, value in sorted(cost.items())}


def _cable_bound(built: Built, way_bound: float) -> float:
    users, own = built.demand.users, set(built.own)
    inside = sum(d.length_m * d.fibres for d, row in zip(built.drops, built.drop_rows) if row in own)
    leads = sum(users[row] * metres for row, metres in built.lead.items())
    return built.rules.drop_price * (inside + leads) + way_bound


def way_layers(users: dict[int, int], own: dict[int, int], rules: Rules) -> list[tuple[float, list[int]]]:
    """Layers (price per metre, rows) of the cable bound: row → users of the buildings without boxes of their own.

    A metre behind which a building of k users lies costs at least min(cable, k × drop). Cut into steps of the
    price, each step is due on a tree that reaches all buildings which are worth it; buildings in ``own`` are worth
    all.
    """
    layers = []
    done = 0.0
    for k in sorted(set(users.values()) | {math.ceil(rules.cable_price / max(rules.drop_price, 1e-9))}):
        worth = min(rules.cable_price, k * rules.drop_price)
        if worth > done:
            layers.append((worth - done, sorted([row for row, n in users.items() if n >= k] + list(own))))
            done = worth
    return layers


def _by_homes(built: Built, key: str, price: float) -> Size:
    return Size(key, max(1, int(built.catalogue.number("cabinets", key, "max_homes"))), price)
