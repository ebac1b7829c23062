# SPDX-License-Identifier: GPL-2.0-or-later
"""What the catalogue allows and charges, read for checking only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.errors import InputError

_SPLITTER = re.compile(r"^\s*(?:(\d+)\s*[x×*]\s*)?1\s*:\s*(\d+)\s*$")
_CABLE = re.compile(r"^(?:(\d+)x)?(.+)$")


@dataclass(frozen=True)
class Item:
    """One priced thing of the catalogue: where it stands, its unit and price."""

    section: str
    key: str
    unit: str
    price: float


@dataclass(frozen=True)
class Limits:
    """Losses in dB, lengths in metres, shares 0–1; ``splitters`` outputs → dB, ``cables`` key → fibres."""

    fibre_db_per_km: float
    splitters: dict[int, float]
    fixed_db: float
    budget_db: float
    reach_m: float
    total_split: int
    drop_limit_m: float
    reserve: float
    street_homes: int
    indoor_homes: int
    cables: dict[str, int]
    items: dict[str, Item] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    def path_loss(self, metres: float, splits: Sequence[int]) -> float:
        """Return the loss (dB) of a path: fibre, splitters (outputs of each stage), splices and connectors."""
        stages = sum(self.splitters.get(outputs, 0.0) for outputs in splits if outputs > 1)
        return metres / 1000.0 * self.fibre_db_per_km + stages + self.fixed_db

    def cable_fibres(self, name: str) -> Optional[int]:
        """Return the fibres of a cable such as ``48F`` or ``2x288F+24F``; None where a part is unknown."""
        total = 0
        for key, count in cable_parts(name):
            if key not in self.cables:
                return None
            total += count * self.cables[key]
        return total


def cable_parts(name: str) -> Sequence[tuple[str, int]]:
    """Return the cables of a route as (key, number of cables); nothing for an empty name."""
    parts = []
    for part in name.split("+") if name else []:
        found = _CABLE.match(part.strip())
        if found:
            parts.append((found.group(2), int(found.group(1) or 1)))
    return parts


def splitter_outputs(text: str) -> int:
    """Return the outputs of one splitter (8 for ``1:8`` and ``3x1:8``), 1 where there is none."""
    found = _SPLITTER.match(text or "")
    return int(found.group(2)) if found else 1


def splitter_count(text: str) -> int:
    """Return how many splitters stand in a node (3 for ``3x1:8``, 1 for ``1:8``, 0 for none)."""
    found = _SPLITTER.match(text or "")
    return int(found.group(1) or 1) if found else 0


def read_limits(catalogue: Catalogue) -> Limits:
    """Read what the checks need; raises InputError where the catalogue lacks it."""
    optics = catalogue.section("optics")
    chosen = catalogue.text("optics", "class")
    wavelength = str(optics.get("wavelength_nm", {}).get("value", ""))
    try:
        budget = float(optics["classes"][chosen]["budget_db"])
        per_km = float(optics["fibre_db_per_km"][wavelength]["value"])
    except (KeyError, TypeError, ValueError):
        raise InputError(
            "Catalogue {file}: the optical class, its budget or the fibre loss is missing, so no loss can be checked.",
            file=catalogue.source,
        ) from None
    value = {
        name: catalogue.number("optics", name, "value")
        for name in ("splice_db", "connector_db", "margin_db", "splices", "connectors")
    }
    splitters = catalogue.section("splitters")
    stages = [catalogue.text("optics", stage) for stage in ("first_stage", "second_stage")]
    total = 1
    for stage in stages:
        total *= splitter_outputs(stage)
    return Limits(
        fibre_db_per_km=per_km,
        splitters={
            int(catalogue.number("splitters", key, "outputs")): catalogue.number("splitters", key, "loss_db")
            for key in splitters
        },
        fixed_db=value["splices"] * value["splice_db"] + value["connectors"] * value["connector_db"],
        budget_db=budget - value["margin_db"],
        reach_m=1000.0 * catalogue.rule("reach_km"),
        total_split=total,
        drop_limit_m=catalogue.rule("drop_max_m"),
        reserve=catalogue.rule("reserve"),
        street_homes=_homes(catalogue, "street"),
        indoor_homes=_homes(catalogue, "building"),
        cables={key: int(catalogue.number("cables", key, "fibres")) for key in catalogue.section("cables")},
        items=_items(catalogue.data),
        data=catalogue.data,
    )


def _homes(catalogue: Catalogue, place: str) -> int:
    """Return the homes that the largest cabinet of a place may serve; of any place where none is given for it."""
    cabinets = catalogue.section("cabinets")
    fitting = [key for key, entry in cabinets.items() if isinstance(entry, dict) and entry.get("place") == place]
    return max(int(catalogue.number("cabinets", key, "max_homes")) for key in fitting or cabinets)


def _items(data: dict[str, Any]) -> dict[str, Item]:
    """Return everything that has a name and a price, by its names in both languages."""
    found: dict[str, Item] = {}

    def collect(section: str, entries: dict[str, Any]) -> None:
        for key, entry in entries.items():
            if not isinstance(entry, dict):
                continue
            if isinstance(entry.get("price"), (int, float)) and isinstance(entry.get("name"), dict):
                item = Item(section, key, str(entry.get("unit", "piece")), float(entry["price"]))
                for name in (key, *entry["name"].values()):
                    found.setdefault(str(name), item)
            elif "value" not in entry:
                collect(f"{section}/{key}", entry)

    for section, entries in data.items():
        if isinstance(entries, dict):
            collect(section, entries)
    return found
