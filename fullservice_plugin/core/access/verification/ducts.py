# SPDX-License-Identifier: GPL-2.0-or-later
"""Metres of duct that trenches need beyond the first, from what runs along every piece of them."""

from __future__ import annotations

import math
from typing import Any, Sequence

from fullservice_plugin.core.access.verification.limits import Limits, cable_parts
from fullservice_plugin.core.access.verification.tables import Drop, Route

Piece = tuple[tuple[float, float], tuple[float, float]]


def further_ducts(routes: Sequence[Route], drops: Sequence[Drop], limits: Limits) -> dict[tuple[str, str], float]:
    """Return the catalogue item and its metres; nothing where the catalogue has no ducts.

    A duct holds cables up to the share ``duct_fill`` of its cross-section; the first is in the price of the trench.
    """
    data = limits.data
    duct = data.get("ducts", {}).get("duct")
    if not duct:
        return {}
    rules = data["rules"]
    room = rules["duct_fill"]["value"] * math.pi / 4 * duct["inner_mm"] ** 2
    area = {key: math.pi / 4 * entry["diameter_mm"] ** 2 for key, entry in data["cables"].items()}
    drop_area = math.pi / 4 * data["drop_cables"]["drop"]["diameter_mm"] ** 2
    used: dict[Piece, float] = {}
    dug: set[Piece] = set()
    for route in routes:
        here = sum(count * area.get(key, 0.0) for key, count in cable_parts(route.cable))
        for piece in _pieces(route.lines):
            used[piece] = used.get(piece, 0.0) + here
            if route.construction == "trench":
                dug.add(piece)
    for drop in drops:
        for piece in _pieces(drop.lines):
            if piece in dug:
                used[piece] += drop.fibres * drop_area
    metres = 0.0
    for piece in sorted(dug):
        more = max(1, math.ceil(used[piece] / room - 1e-9)) + int(rules["spare_ducts"]["value"]) - 1
        metres += more * math.dist(*piece)
    return {("ducts", "duct"): metres}


def _pieces(lines: Sequence[Any]) -> list[Piece]:
    """Return the straight pieces of lines, each the same in either direction (ends to 1 mm)."""
    found = []
    for coords in lines:
        points = [(round(float(x), 3), round(float(y), 3)) for x, y in coords]
        found += [(min(a, b), max(a, b)) for a, b in zip(points, points[1:]) if a != b]
    return found
