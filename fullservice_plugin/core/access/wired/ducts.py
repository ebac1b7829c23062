# SPDX-License-Identifier: GPL-2.0-or-later
"""How full ducts get: further ducts where a trench holds more cable than one may, and existing ones that are too full.

A duct is full when the cross-sections of its cables fill the share ``duct_fill`` of its own (planning practice: half,
so that they can be pulled); ``spare_ducts`` more are laid along in every trench.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterable, Mapping, Optional

import numpy as np

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.wired.cables import Load, add_way
from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.hierarchy import Box, RootedTree
from fullservice_plugin.core.access.wired.rules import Rules
from fullservice_plugin.core.table import FeatureTable, Problem

SECTION, ITEM = "ducts", "duct"


@dataclass(frozen=True)
class DuctRules:
    """Squared diameters (mm²): what one duct holds, what each cable size and one drop take; ducts kept spare."""

    holds: float
    cable: Mapping[str, float]
    drop: float
    spare: int

    def needed(self, filled: float) -> int:
        """Ducts for cables of so many mm² (squared diameters), spare ones included."""
        return max(1, math.ceil(filled / self.holds - 1e-9)) + self.spare


def duct_rules(catalogue: Catalogue) -> Optional[DuctRules]:
    """The rules; None where the catalogue has no ducts."""
    if ITEM not in catalogue.section(SECTION):
        return None
    holds = catalogue.rule("duct_fill") * catalogue.number(SECTION, ITEM, "inner_mm") ** 2
    cable = {key: catalogue.number("cables", key, "diameter_mm") ** 2 for key in catalogue.section("cables")}
    drop = catalogue.number("drop_cables", "drop", "diameter_mm") ** 2
    return DuctRules(max(holds, 1e-6), cable, drop, int(catalogue.rule("spare_ducts")))


def drop_load(tree: RootedTree, boxes: Iterable[Box], building_node: Mapping[int, int]) -> dict[int, int]:
    """Drops on every edge of the tree (lower node → drops): one per user of the boxes on the street."""
    load: dict[int, int] = {}
    for box in boxes:
        if not box.inside:
            for row, users in box.members:
                add_way(tree, load, building_node[row], box.node, users)
    return load


def filled(rules: DuctRules, sizes: Rules, load: Load, drops: Mapping[int, int], node: int) -> float:
    """mm² (squared diameters) of all cables and drops on the edge above a node."""
    total = rules.drop * drops.get(node, 0)
    for flow in (load.feeder, load.distribution):
        if flow.get(node):
            total += sum(count * rules.cable[key] for key, count in sizes.cable_parts(flow[node]))
    return total


def too_full(graph: StreetGraph, tree: RootedTree, streets: FeatureTable, need: Mapping[int, int],
             spare: int) -> list[Problem]:
    """Existing ducts whose free bores do not hold what runs through them, each street once.

    ``need``: lower node → ducts needed, ``spare`` of them included, which an existing duct does not owe.
    """
    free = streets.numbers("free_bores", None, least=0.0)
    kind = graph.constructions.index("duct") if "duct" in graph.constructions else -1
    worst: dict[int, int] = {}
    for v, ducts in need.items():
        edge = tree.edge[v]
        row = int(graph.street[edge])
        if int(graph.construction[edge]) == kind and 0 <= row < len(free):
            bores, wanted = free[row], ducts - spare
            if bores is not None and wanted > max(1.0, bores):
                worst[row] = max(worst.get(row, 0), wanted)
    names = streets.column("name")
    return [Problem(streets.ids[row], "The existing duct along {street} has {free} free bores, but the cables of this "
                    "design fill {need}.", {"street": names[row] or streets.ids[row], "free": round(free[row] or 0),
                                            "need": worst[row]}) for row in sorted(worst)]


def trench_edges(graph: StreetGraph) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Mask of the edges where a trench is dug."""
    names = np.array([name == "trench" for name in graph.constructions], dtype=bool)
    return np.asarray(names[graph.construction])
