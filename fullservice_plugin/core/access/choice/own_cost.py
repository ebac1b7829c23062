# SPDX-License-Identifier: GPL-2.0-or-later
"""What a method costs at a building apart from the way to it: a lower bound that adds up over any set of buildings."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.catalogue import Size as PricedSize
from fullservice_plugin.core.access.choice.model import FTTB, FTTH, HYBRID, LEASED, WLAN
from fullservice_plugin.core.access.wired.rules import Rules, cover_cost, cover_set, load_rules
from fullservice_plugin.core.errors import InputError


@dataclass(frozen=True)
class FibreDemand:
    """What a building asks of the fibre network under a method: ``homes`` passed, ``users`` = fibres, ``storeys``."""

    homes: int
    users: int
    storeys: int


class OwnCosts:
    """Prices of buildings' own shares, read once from the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.rules: Rules = load_rules(catalogue)
        self._cover: dict[int, list[PricedSize]] = {}
        first, second = (catalogue.text("optics", stage) for stage in ("first_stage", "second_stage"))
        splice = catalogue.price("labour", "splice")
        self._second = catalogue.price("splitters", second) + 2 * splice
        self._first = catalogue.price("splitters", first) + splice + catalogue.price("olt", "pon_port")
        self._home = catalogue.price("labour", "home_passed")
        self._user = catalogue.price("labour", "connection")
        self._storey = catalogue.price("labour", "riser_floor")
        self._cable = self.rules.cables[0].price + catalogue.price("labour", "cable_laying")
        self._drop = catalogue.price("drop_cables", "drop") + catalogue.price("labour", "drop_laying")
        self.terminal_sizes = self._terminals()
        self.terminal_install = self._price("fttb", "labour", "terminal_install")
        self.lan_home = self._price("fttb", "labour", "lan_home")
        self.leased_terminal = self._price("leased", "items", "terminal")
        self.leased_install = self._price("leased", "items", "terminal_install")

    def metre(self, cables: bool) -> float:
        """Return the least price of filling a metre of way: one cable, or the cheaper of cable and drop.

        With ``cables`` the credit of :meth:`fibre_cost` makes up for ways that hold only drops.
        """
        return self._cable if cables else min(self._cable, self._drop)

    def first(self) -> float:
        """Return what the first served building causes at least: one cabinet, one splitter, one port."""
        cabinets = (*self.rules.cabinet_sizes, *self.rules.indoor_sizes)
        return min(size.price for size in cabinets) + self._first

    def _price(self, section: str, group: str, item: str, name: str = "price") -> float:
        value = self.catalogue.section(section).get(group, {}).get(item, {}).get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
            raise InputError(
                "Catalogue {file}: {section} / {item} / {field} must be a number of at least 0, found {value}.",
                file=self.catalogue.source, section=f"{section}/{group}", item=item, field=name, value=repr(value))
        return float(value)

    def _terminals(self) -> tuple[PricedSize, ...]:
        keys = self.catalogue.section("fttb").get("terminals", {})
        sizes = [PricedSize(key, int(self._price("fttb", "terminals", key, "ports")),
                            self._price("fttb", "terminals", key)) for key in keys]
        if not sizes or min(size.capacity for size in sizes) < 1:
            raise InputError("Catalogue {file}: section {section} holds no usable size.",
                             file=self.catalogue.source, section="fttb/terminals")
        return tuple(sorted(sizes, key=lambda size: size.capacity))

    def terminals(self, users: int) -> list[PricedSize]:
        """Return the cheapest building terminals for so many users, installation included in the choice."""
        if users not in self._cover:
            priced = tuple(PricedSize(s.key, s.capacity, s.price + self.terminal_install) for s in self.terminal_sizes)
            plain = {size.key: size for size in self.terminal_sizes}
            largest = priced[-1]
            # beyond a few of the largest only the rest needs thought: capacities are small
            many = max(0, users // largest.capacity - len(priced) * largest.capacity)
            chosen = [largest] * many + cover_set(users - many * largest.capacity, priced)
            self._cover[users] = [plain[size.key] for size in chosen]
        return self._cover[users]

    def fttb_equipment(self, users: int) -> float:
        """Cost of terminals, their installation and LAN cabling; the same in every design."""
        return sum(s.price + self.terminal_install for s in self.terminals(users)) + users * self.lan_home

    def leased_equipment(self, lines: int) -> float:
        """Cost of the terminals of leased lines."""
        return lines * (self.leased_terminal + self.leased_install)

    def fibre(self, method: str, homes: int, users: int, storeys: int, lines: int) -> FibreDemand:
        """Return the fibre demand of a building under a method."""
        if method == FTTH:
            return FibreDemand(homes, users, storeys)
        if method in (FTTB, HYBRID):
            count = len(self.terminals(users))
            return FibreDemand(count, count, storeys)
        if method == LEASED:
            return FibreDemand(lines, lines, storeys)
        return FibreDemand(1, 1, 1)

    def equipment(self, method: str, users: int, lines: int, wlan_cost: float) -> float:
        """Return the cost of what stands in the building besides fibre."""
        total = wlan_cost if method in (WLAN, HYBRID) else 0.0
        if method in (FTTB, HYBRID):
            total += self.fttb_equipment(users)
        return total + (self.leased_equipment(lines) if method == LEASED else 0.0)

    def fibre_cost(self, demand: FibreDemand, lead_m: float = 0.0, cables: bool = False, first: bool = False) -> float:
        """Return a lower bound of the building's share of boxes, splitters, cabinets, ports and work.

        The bounds of the wired design are minima over sums of ports and homes; each is at least the same sum
        at the least price per port or home, so these shares add up to a valid bound for any set of buildings.
        ``lead_m``: a building with boxes of its own is reached by cable, not by drop, over its lead-in.
        ``cables``: every metre of way is priced as a cable; a building served from the street may ride up to the
        longest drop on ways without cable, each of its drops laid there instead: that is credited.
        ``first``: the first cabinet, splitter and port are counted elsewhere; their shares are left out.
        """
        rules = self.rules
        users, homes = demand.users, demand.homes
        ports = users * (1 + rules.reserve)
        own_ports = rules.ports_for(users)
        whole_lines = rules.second_for(own_ports)
        street = self._lines(ports / rules.second, first)
        street += ports * min(s.price / s.capacity for s in rules.street_sizes)
        own = (cover_cost(own_ports, rules.building_sizes) + self._lines(whole_lines, first)
               + demand.storeys * self._storey)
        if not cables:
            own += lead_m * max(0.0, self._cable - self._drop)
        else:
            street -= max(0.0, self._cable - users * self._drop) * rules.drop_max
        must = users >= min(rules.own_box_users, rules.street_users + 1) or homes > rules.street_homes
        total = homes * self._home + users * self._user + (own if must else min(street, own))
        return total + (0.0 if first else self._cabinet(homes))

    def _lines(self, second: float, first: bool) -> float:
        return second * (self._second + (0.0 if first else self._first / self.rules.first))

    def _cabinet(self, homes: int) -> float:
        rules = self.rules
        street = min(s.price / self._homes(s.key) for s in rules.cabinet_sizes)
        indoor = min(s.price / self._homes(s.key) for s in rules.indoor_sizes)
        return homes * (min(street, indoor) if homes > rules.cabinet_homes else street)

    def standing(self, lines: int) -> float:
        """Return the most that a cabinet which stands already, with so many free lines, saves of the shares above."""
        return lines * self._first / self.rules.first + self._cabinet(self.rules.cabinet_homes)

    def _homes(self, key: str) -> float:
        return max(1.0, self.catalogue.number("cabinets", key, "max_homes"))


def whole(value: float) -> int:
    """Round up, forgiving the dust of floating point."""
    return math.ceil(value - 1e-9)
