# SPDX-License-Identifier: GPL-2.0-or-later
"""The engineering rules of a design, read once from the catalogue, and the arithmetic that follows from them."""
from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from fullservice_plugin.core.access.catalogue import Catalogue, Size
from fullservice_plugin.core.errors import InputError

_TINY = 1e-9


@dataclass(frozen=True)
class Rules:
    """Capacities and limits. Prices in sizes include installation."""

    reserve: float
    fibre_spare: float
    drop_max: float
    own_box_users: int
    first: int
    second: int
    street_sizes: tuple[Size, ...]
    building_sizes: tuple[Size, ...]
    cabinet_sizes: tuple[Size, ...]
    indoor_sizes: tuple[Size, ...]
    cabinet_homes: int
    indoor_homes: int
    cables: tuple[Size, ...]
    cable_price: float  # least price of a metre of cable, laid
    drop_price: float  # price of a metre of drop, laid

    def ports_for(self, users: int) -> int:
        """Ports so that ports ≥ users × (1 + reserve)."""
        return math.ceil(users * (1 + self.reserve) - _TINY)

    def users_for(self, ports: int) -> int:
        """Most users that so many ports may serve."""
        return math.floor(ports / (1 + self.reserve) + _TINY)

    def second_for(self, ports: int) -> int:
        """Second-stage splitters for so many ports."""
        return math.ceil(ports / self.second)

    def first_for(self, lines: int) -> int:
        """First-stage splitters for so many second-stage splitters."""
        return math.ceil(lines / self.first)

    def fibres_for(self, lines: int) -> int:
        """Fibres with spare for so many lines."""
        return math.ceil(lines * (1 + self.fibre_spare) - _TINY) if lines else 0

    @cached_property
    def street_users(self) -> int:
        """Most users of a box on the street."""
        return self.users_for(self.street_sizes[-1].capacity)

    @property
    def street_homes(self) -> int:
        """Most homes of a box on the street: those of a cabinet's area."""
        return self.cabinet_homes

    @cached_property
    def cabinet_lines(self) -> int:
        """Most second-stage splitters below a street cabinet, so that its fibres suffice with spare."""
        return self._lines(self.cabinet_sizes[-1].capacity)

    @cached_property
    def indoor_lines(self) -> int:
        """The same for a cabinet in a building."""
        return self._lines(self.indoor_sizes[-1].capacity)

    def _lines(self, fibres: int) -> int:
        lines = fibres
        while lines > 1 and self.fibres_for(lines) + self.fibres_for(self.first_for(lines)) > fibres:
            lines -= 1
        return lines

    def cabinet_size(self, lines: int, sizes: tuple[Size, ...]) -> Size:
        """The smallest of the sizes that holds the fibres of so many second-stage splitters and of the first stage."""
        need = self.fibres_for(lines) + self.fibres_for(self.first_for(lines))
        return next((s for s in sizes if s.capacity >= need), sizes[-1])

    def own_set(self, users: int, homes: int) -> list[Size]:
        """Boxes for a building with so many users, largest first: the cheapest set, or where the homes ask for several
        cabinets, equal boxes, none with more homes than a cabinet in a building may serve."""
        sizes, need = self.building_sizes, self.ports_for(users)
        areas = math.ceil(homes / self.indoor_homes)
        if areas > 1:
            count = max(areas, math.ceil(users / self.users_for(sizes[-1].capacity)))
            while count < users and homes * math.ceil(users / count) > self.indoor_homes * users:
                count += 1
            each = self.ports_for(math.ceil(users / count))
            return [next(s for s in sizes if s.capacity >= each)] * count
        chosen = cover_set(need, sizes)
        while sum(self.users_for(s.capacity) for s in chosen) < users:
            need += 1
            chosen = cover_set(need, sizes)
        return sorted(chosen, key=lambda s: -s.capacity)

    def cable(self, fibres: int) -> tuple[str, float]:
        """(name, price per metre) of the cable or cables that hold so many fibres, spare included."""
        need, top = self.fibres_for(fibres), self.cables[-1]
        whole, rest = divmod(need, top.capacity)
        last = next((s for s in self.cables if s.capacity >= rest), top) if rest else None
        names = ([f"{whole}x{top.key}" if whole > 1 else top.key] if whole else []) + ([last.key] if last else [])
        return "+".join(names), whole * top.price + (last.price if last else 0.0)

    def cable_parts(self, fibres: int) -> list[tuple[str, int]]:
        """The same as (size, number of cables)."""
        need, top = self.fibres_for(fibres), self.cables[-1]
        whole, rest = divmod(need, top.capacity)
        parts = [(top.key, whole)] if whole else []
        if rest:
            parts.append((next((s for s in self.cables if s.capacity >= rest), top).key, 1))
        return parts


def load_rules(catalogue: Catalogue) -> Rules:
    """Read the rules; raises :class:`InputError` where the catalogue contradicts itself."""
    def sized(section: str, field: str, limit: float, extra: float, **wanted: str) -> tuple[Size, ...]:
        found = catalogue.sizes(section, field, **wanted)
        kept = [s for s in found if s.capacity <= limit] or found[:1]
        return tuple(Size(s.key, s.capacity, s.price + extra) for s in kept)

    box, cabinet = catalogue.price("labour", "box_install"), catalogue.price("labour", "cabinet_install")
    places = {str(e.get("place", "")) for e in catalogue.section("cabinets").values() if isinstance(e, dict)}
    street = sized("cabinets", "fibres", math.inf, cabinet, place="street")
    indoor = sized("cabinets", "fibres", math.inf, cabinet, place="building") if "building" in places else street
    rules = Rules(
        reserve=catalogue.rule("reserve"), fibre_spare=catalogue.rule("fibre_spare"),
        drop_max=catalogue.rule("drop_max_m"), own_box_users=max(1, int(catalogue.rule("own_box_users"))),
        first=_outputs(catalogue, "first_stage"), second=_outputs(catalogue, "second_stage"),
        street_sizes=sized("boxes", "ports", catalogue.rule("street_box_ports"), box),
        building_sizes=sized("boxes", "ports", catalogue.rule("building_box_ports"), box),
        cabinet_sizes=street, indoor_sizes=indoor,
        cabinet_homes=int(min(catalogue.number("cabinets", s.key, "max_homes") for s in street)),
        indoor_homes=int(min(catalogue.number("cabinets", s.key, "max_homes") for s in indoor)),
        cables=tuple(catalogue.sizes("cables", "fibres")),
        cable_price=catalogue.sizes("cables", "fibres")[0].price + catalogue.price("labour", "cable_laying"),
        drop_price=catalogue.price("drop_cables", "drop") + catalogue.price("labour", "drop_laying"))
    if min(rules.cabinet_homes, rules.indoor_homes, rules.street_users,
           rules.users_for(rules.building_sizes[-1].capacity)) < 1:
        raise InputError("Catalogue {file}: cabinets and boxes must be able to serve at least one home.",
                         file=catalogue.source)
    return rules


def _outputs(catalogue: Catalogue, stage: str) -> int:
    return max(1, int(catalogue.number("splitters", catalogue.text("optics", stage), "outputs")))


def cover_set(need: int, sizes: tuple[Size, ...]) -> list[Size]:
    """The cheapest multiset of sizes with capacity ≥ ``need``; of equal cost the one with fewer pieces."""
    if need <= 0:
        return []
    best: list[tuple[float, int, int]] = [(0.0, 0, -1)]
    for amount in range(1, need + 1):
        best.append(min((best[max(0, amount - s.capacity)][0] + s.price, best[max(0, amount - s.capacity)][1] + 1, k)
                        for k, s in enumerate(sizes)))
    chosen, left = [], need
    while left > 0:
        chosen.append(sizes[best[left][2]])
        left = max(0, left - chosen[-1].capacity)
    return chosen


def cover_cost(need: int, sizes: tuple[Size, ...]) -> float:
    """Cost of the cheapest multiset of sizes with capacity ≥ ``need``: a lower bound for any way to reach it.

    Beyond 20,000 the cheapest price per capacity is used, which is never more.
    """
    if need > 20_000:
        return need * min(s.price / s.capacity for s in sizes)
    return sum(s.price for s in cover_set(need, sizes))
