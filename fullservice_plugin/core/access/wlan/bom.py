# SPDX-License-Identifier: GPL-2.0-or-later
"""Switches, cables, licences and the bill of materials of the WLAN of a building."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from fullservice_plugin.core.access.wlan.model import BomRow
from fullservice_plugin.core.access.wlan.settings import access_point, figure
from fullservice_plugin.core.errors import InputError

if TYPE_CHECKING:
    from fullservice_plugin.core.access.catalogue import Catalogue

Prices = dict[str, tuple[str, str, float]]
"""Item → (name, unit, unit price)."""


class Parts:
    """Prices and sizes of the section ``wlan``, read once."""

    def __init__(self, catalogue: "Catalogue") -> None:
        section = catalogue.section("wlan")
        self.prices: Prices = {}
        for group in ("access_points", "switches", "items", "labour"):
            for key, entry in section.get(group, {}).items():
                price = figure(catalogue, group, key, "price", least=0)
                name = str(entry.get("name", {}).get("en", key))
                self.prices[key] = (name, str(entry.get("unit", "piece")), price)
        for key in ("lan_cable", "licence", "uplink", "ap_install", "switch_install"):
            if key not in self.prices:
                raise InputError("Catalogue {file}: section {section} lacks the item {item}.",
                                 file=catalogue.source, section="wlan", item=key)
        self.ap = access_point(catalogue)
        self.watts = figure(catalogue, "access_points", self.ap, "watts", least=0)
        self.reserve = figure(catalogue, "rules", "poe_reserve", "value", least=1)
        self.slack_m = figure(catalogue, "rules", "cable_slack_m", "value", least=0)
        self.detour = figure(catalogue, "rules", "cable_detour", "value", least=1)
        sizes = []
        for key in section.get("switches", {}):
            watts = figure(catalogue, "switches", key, "watts", least=1)
            ports = int(figure(catalogue, "switches", key, "ports", least=1))
            usable = min(ports, math.floor(watts / max(1e-9, self.watts * self.reserve)))
            if usable > 0:
                sizes.append((usable, self.price(key) + self.price("switch_install"), key))
        if not sizes:
            raise InputError("Catalogue {file}: no PoE switch can feed the access point {item}.",
                             file=catalogue.source, item=self.ap)
        self.sizes = tuple(sorted(sizes))
        self.switches = lru_cache(maxsize=None)(self._switches)

    def price(self, item: str) -> float:
        """Return the unit price of an item."""
        return self.prices[item][2]

    def _switches(self, aps: int) -> tuple[float, tuple[str, ...]]:
        """Return the cheapest switches (cost with installation, keys) with ports and power for ``aps``."""
        best: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
        for count in range(1, aps + 1):
            best.append(min(
                (best[max(0, count - usable)][0] + price, (*best[max(0, count - usable)][1], key))
                for usable, price, key in self.sizes
            ))
        return best[aps]

    def quantities(self, aps: int, cable_m: float) -> Counter[str]:
        """Return item → quantity for a building with ``aps`` access points and ``cable_m`` metres of cable."""
        found: Counter[str] = Counter()
        if aps == 0:
            return found
        found.update({self.ap: aps, "ap_install": aps, "licence": aps, "uplink": 1})
        _, keys = self.switches(aps)
        found.update(keys)
        found["switch_install"] += len(keys)
        found["lan_cable"] = cable_m  # type: ignore[assignment]
        return found

    def cost(self, quantities: Counter[str]) -> float:
        """Return the cost of quantities."""
        return sum(self.price(item) * quantity for item, quantity in quantities.items())

    def rows(self, quantities: Counter[str]) -> list[BomRow]:
        """Return the bill of materials in the catalogue's order."""
        return [
            BomRow(name, unit, quantities[item], price, quantities[item] * price)
            for item, (name, unit, price) in self.prices.items() if quantities.get(item, 0) > 0
        ]

    def lower_bound(self, floors: list[int], storey_m: float) -> float:
        """Return a lower bound of a building's cost from the proven least number of points per floor.

        Every access point costs its price, installation, licence and at least the slack and the vertical
        run of its cable; switches are the cheapest for the least number.
        """
        aps = sum(floors)
        if aps == 0:
            return 0.0
        metres = sum(count * (self.slack_m + storey_m * index) for index, count in enumerate(floors))
        return self.cost(self.quantities(aps, metres))
