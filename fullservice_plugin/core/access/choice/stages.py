# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan built in phases: the wired phases and, with each building, its terminals and access points."""

from __future__ import annotations

import math
from typing import Sequence

from fullservice_plugin.core.access.choice.instance import Instance
from fullservice_plugin.core.access.choice.model import AccessPhase
from fullservice_plugin.core.access.choice.realise import Realised, Realiser
from fullservice_plugin.core.access.wired.phases import bills_by_cabinet, plan_phases
from fullservice_plugin.core.access.wired.records import BomLine


def access_phases(
    instance: Instance, realiser: Realiser, found: Realised, budgets: Sequence[float]
) -> tuple[list[AccessPhase], dict[str, int]]:
    """Return the phases of a designed choice, and the phase of every route, node and building by id.

    The cabinet area with the most revenue per money comes first. The phases' bills add up to the plan's.
    """
    site_of = {site.building: site for site in instance.sites}
    method_of = {instance.sites[row].building: method for row, method in found.methods.items()}
    worth = {b: instance.options[site_of[b].row][m].revenue for b, m in method_of.items()}
    extra = {b: math.fsum(line.cost for _, line in realiser.more_of({site_of[b].row: m})) for b, m in method_of.items()}
    wired = plan_phases(found.wired, budgets, worth, extra)
    phases = []
    for phase in wired.phases:
        methods = {site_of[b].row: method_of[b] for b in phase.buildings if b in method_of}
        bom: list[tuple[str, BomLine]] = [("wired", line) for line in phase.bom] + realiser.more_of(methods)
        phases.append(AccessPhase(
            phase.number, None if math.isinf(phase.budget) else phase.budget,
            math.fsum(line.cost for _, line in bom), math.fsum(worth[b] for b in phase.buildings if b in worth),
            sum(site_of[b].homes for b in phase.buildings), phase.trench_m, phase.buildings, bom))
    return phases, {**wired.routes, **wired.nodes, **wired.buildings}


def cabinet_bills(instance: Instance, realiser: Realiser, found: Realised) -> dict[str, list[tuple[str, BomLine]]]:
    """Return each cabinet area's bill by domain (FDT id; "": shared ways), terminals and access points included."""
    site_of = {site.building: site for site in instance.sites}
    parent = {node.node_id: node.parent_id for node in found.wired.nodes}
    first: dict[str, str] = {}
    for drop in found.wired.drops:
        cabinet = parent[drop.node_id]
        first[drop.building_id] = min(cabinet, first.get(drop.building_id, cabinet))
    served: dict[str, dict[int, str]] = {}
    for building, cabinet in first.items():
        row = site_of[building].row
        if row in found.methods:
            served.setdefault(cabinet, {})[row] = found.methods[row]
    return {
        cabinet: [("wired", line) for line in bill] + realiser.more_of(served.get(cabinet, {}))
        for cabinet, bill in bills_by_cabinet(found.wired).items()
    }
