# SPDX-License-Identifier: GPL-2.0-or-later
"""A small made town: a street grid with houses along it and two towers, one OLT at a corner."""
from __future__ import annotations

from typing import Any, Callable

import pytest
from shapely.geometry import LineString, Point, box

from fullservice_plugin.core.table import FeatureTable


def build_town(
    blocks: int = 3, side: float = 100.0, **columns: list[Any]
) -> tuple[FeatureTable, FeatureTable, FeatureTable]:
    """(buildings, streets, supply); ``columns`` are laid over the buildings' columns."""
    streets, buildings, households = [], [], []
    for k in range(blocks + 1):
        streets.append(LineString([(0, k * side), (blocks * side, k * side)]))
        streets.append(LineString([(k * side, 0), (k * side, blocks * side)]))
    for i in range(blocks):
        for j in range(blocks):
            for x in (15, 45, 75):
                buildings.append(box(i * side + x, j * side + 8, i * side + x + 10, j * side + 18))
                households.append(2)
    buildings += [box(40, 40, 60, 60), box(140, 240, 165, 262)]
    households += [60, 300]
    n = len(buildings)
    data: dict[str, list[Any]] = {"households": households, "storeys": [2] * (n - 2) + [8, 20], **columns}
    return (FeatureTable([f"b{i}" for i in range(n)], buildings, data, name="Buildings"),
            FeatureTable([f"s{i}" for i in range(len(streets))], streets, {}, name="Streets"),
            FeatureTable(["olt"], [Point(-5, 3)], {}, name="Supply"))


@pytest.fixture
def town() -> Callable[..., tuple[FeatureTable, FeatureTable, FeatureTable]]:
    return build_town


def _findings(buildings: FeatureTable, made: Any, catalogue: Any = None) -> list[Any]:
    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.core.access.verification.tables import DesignTables
    from fullservice_plugin.core.access.verification.verify import verify_design

    def layer(records: list[Any], names: str, shaped: bool = True) -> FeatureTable:
        return FeatureTable([str(i) for i in range(len(records))], [r.geometry if shaped else None for r in records],
                            {name: [getattr(r, name) for r in records] for name in names.split()})

    tables = DesignTables(
        buildings,
        routes=layer(made.routes, "route_id kind construction length_m fibres cable trench_cost cable_cost"),
        nodes=layer(made.nodes, "node_id kind parent_id ports used splitter"),
        drops=layer(made.drops, "building_id node_id length_m fibres loss_db"),
        wired_bom=layer(made.bom, "item unit quantity unit_price cost", False))
    return list(verify_design(tables, catalogue or load_catalogue()))


@pytest.fixture(scope="session")
def findings() -> Callable[..., list[Any]]:
    """What the independent verifier finds in a design: (buildings, design, catalogue) → findings."""
    return _findings
