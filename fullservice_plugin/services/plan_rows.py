# SPDX-License-Identifier: GPL-2.0-or-later
"""A computed plan as rows of the store: decisions, elements, bill of materials."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import asdict
from typing import Any, Mapping, Optional

from fullservice_plugin.core.access.choice.model import NONE, AccessPlan
from fullservice_plugin.core.access.choice.text import reason_text
from fullservice_plugin.services.plan_input import AreaInput

# Codes of the choice → codes of the store's value list.
_CONSTRAINTS = {"": "none", "spare": "spared", "no_route": "unreachable"}
_KNOWN = ("access_state", "probability", "take_rate", "rivals", "method_lock", "exclusive_until", "riser_right",
          "power_right")  # fmt: skip
Row = dict[str, Any]


def design_rows(area: AreaInput, plan: AccessPlan) -> list[Row]:
    """Return one design per estate that is not locked: cost, homes and cost per home of its buildings."""
    homes = _homes(area, plan)
    cost: dict[str, float] = defaultdict(float)
    served: dict[str, int] = defaultdict(int)
    for decision in plan.decisions:
        estate = open_estate(area, decision.building_id)
        if estate is not None:
            cost[estate] += decision.cost
            served[estate] += homes[decision.building_id]
    return [
        {
            "estate_id": estate,
            "cost_total": round(cost[estate], 2),
            "homes_served": served[estate],
            "cost_per_home": round(cost[estate] / served[estate], 2) if served[estate] else None,
        }
        for estate in sorted(cost)
    ]


def homes_passed(area: AreaInput, plan: AccessPlan) -> int:
    """Return the known households of the buildings that get a method."""
    return sum(_homes(area, plan).values())


def decision_rows(area: AreaInput, plan: AccessPlan) -> list[Row]:
    """Return one row per building with its reason in both languages."""
    return [
        {
            "estate_id": open_estate(area, decision.building_id),
            "building_id": area.building_ids[decision.building_id],
            "method": decision.method,
            "runner_up": decision.runner_up or None,
            "cost": round(decision.cost, 2),
            "revenue": round(decision.revenue, 2),
            "cost_delta": round(decision.cost_delta, 2),
            "constraint_code": _CONSTRAINTS.get(decision.constraint, decision.constraint),
            "reason_zh": reason_text(decision, "zh"),
            "reason_en": reason_text(decision, "en"),
            "permission_value": round(decision.permission_value, 2),
            "override_note": area.notes.get(decision.building_id),
            "locked": decision.locked,
        }
        for decision in plan.decisions
    ]


def element_rows(area: AreaInput, plan: AccessPlan) -> tuple[list[Row], list[Any]]:
    """Return the elements without geometry, and their geometries in the metric CRS, in the same order.

    What serves one estate only belongs to its design; the rest is shared by the plan.
    """
    wired, phase = plan.wired, plan.phase_of
    serves: dict[str, set[Optional[str]]] = defaultdict(set)
    for drop in wired.drops:
        serves[drop.node_id].add(open_estate(area, drop.building_id))
    rows: list[Row] = []
    shapes: list[Any] = []
    for node in wired.nodes:
        estates = serves[node.node_id]
        ports = int(node.ports) if math.isfinite(node.ports) and node.ports >= node.used else None
        rows.append(
            {
                "estate_id": next(iter(estates)) if node.kind == "fat" and len(estates) == 1 else None,
                "kind": node.kind,
                "code": node.node_id,
                "parent_code": node.parent_id or None,
                "ports": ports,
                "used": node.used,
                "splitter": node.splitter or None,
                "floor": node.floor or None,
                **_props(phase.get(node.node_id)),
            }
        )
        shapes.append(node.geometry)
    for route in wired.routes:
        rows.append(
            {
                "kind": "route",
                "code": route.route_id,
                "route_kind": route.kind,
                "construction": route.construction,
                "length_m": route.length_m,
                "fibres": route.fibres,
                "cable": route.cable or None,
                "trench_cost": route.trench_cost,
                "cable_cost": route.cable_cost,
                **_props(phase.get(route.route_id)),
            }
        )
        shapes.append(route.geometry)
    for drop in wired.drops:
        rows.append(
            {
                **_at(area, drop.building_id),
                "kind": "drop",
                "code": f"{drop.node_id}>{drop.building_id}",
                "parent_code": drop.node_id,
                "length_m": drop.length_m,
                "fibres": drop.fibres,
                "loss_db": drop.loss_db,
                **_props(phase.get(drop.node_id, phase.get(drop.building_id))),
            }
        )
        shapes.append(drop.geometry)
    for ap in plan.wlan.aps:
        rows.append(
            {
                **_at(area, ap.building_id),
                "kind": "ap",
                "code": ap.ap_id,
                "floor": ap.floor,
                "band": ap.band,
                "channel": ap.channel,
                "eirp_dbm": ap.eirp_dbm,
                **_props(phase.get(ap.building_id), width_mhz=ap.width),
            }
        )
        shapes.append(ap.geometry)
    for floor in plan.wlan.coverage:
        rows.append(
            {
                **_at(area, floor.building_id),
                "kind": "coverage",
                "code": f"{floor.building_id}/{floor.floor}",
                "floor": floor.floor,
                "primary_share": floor.primary_share,
                "secondary_share": floor.secondary_share,
                "airtime": floor.airtime,
                "props": {"aps": floor.aps, "aps_lower_bound": floor.aps_lower_bound, "model": floor.model,
                          "margin_db": round(floor.margin_db, 2), "snr_share": round(floor.snr_share, 4)},  # fmt: skip
            }
        )
        shapes.append(floor.geometry)
    return rows, shapes


def target_rows(plan: AccessPlan) -> list[Row]:
    """Return what became of each coverage target, in households."""
    return [{**asdict(target), "met": target.met} for target in plan.targets]


def frontier_rows(plan: AccessPlan) -> list[Row]:
    """Return the curve of cost and benefit with its bound."""
    return [
        {
            "cost": round(point.cost, 2),
            "benefit": round(point.benefit, 2),
            "upper_bound": round(point.upper_bound, 2),
            "homes": point.homes,
        }
        for point in plan.frontier
    ]


def phase_rows(plan: AccessPlan) -> list[Row]:
    """Return the phases with their bills."""
    return [
        {
            "number": phase.number,
            "budget": phase.budget,
            "cost": round(phase.cost, 2),
            "revenue": round(phase.revenue, 2),
            "homes": phase.homes,
            "buildings": len(phase.buildings),
            "trench_m": round(phase.trench_m, 1),
            "bom": [_bill_row(domain, line) for domain, line in phase.bom],
        }
        for phase in plan.phases
    ]


def cabinet_rows(plan: AccessPlan) -> list[Row]:
    """Return the bills of the cabinet areas; the one without code is that of the ways they share."""
    return [
        {"code": code, "bom": [_bill_row(domain, line) for domain, line in bill]}
        for code, bill in plan.cabinets.items()
    ]


def _props(phase: Optional[int], **more: Any) -> Row:
    found = {**more, **({} if phase is None else {"phase": phase})}
    return {"props": found} if found else {}


def crossing_rows(area: AreaInput, plan: AccessPlan) -> list[Row]:
    """Return the buildings along whose walls routes run on their way to others."""
    return [
        {
            "building": crossing.building_id,
            "building_id": area.building_ids[crossing.building_id],
            "metres": crossing.metres,
            "served": crossing.served,
        }
        for crossing in plan.wired.crossings
    ]


def known_rows(area: AreaInput) -> dict[str, Row]:
    """Return by building id what the plan knew about entry and demand, so that it can be checked later."""
    table = {name: area.buildings.column(name) for name in _KNOWN}
    return {
        area.building_ids[key]: {name: values[n] for name, values in table.items() if values[n] is not None}
        for n, key in enumerate(area.buildings.ids)
    }


def bom_rows(plan: AccessPlan) -> list[Row]:
    """Return the bill of materials of the whole plan."""
    return [
        _bill_row(domain, line)
        for domain, lines in (("wired", plan.wired.bom), ("wired", plan.leased_bom), ("wlan", plan.wlan.bom))
        for line in lines
    ]


def _bill_row(domain: str, line: Any) -> Row:
    return {
        "domain": domain,
        "item": line.item,
        "unit": line.unit,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "cost": round(line.cost, 2),
    }


def open_estate(area: AreaInput, building: str) -> Optional[str]:
    """Return the estate whose design a building belongs to; None without an estate or where the estate is locked."""
    estate = area.estate_ids[building]
    return None if estate in area.locked_estates else estate


def _at(area: AreaInput, building: str) -> Row:
    return {"estate_id": open_estate(area, building), "building_id": area.building_ids[building]}


def _homes(area: AreaInput, plan: AccessPlan) -> dict[str, int]:
    known: Mapping[str, Any] = dict(zip(area.buildings.ids, area.buildings.column("households")))
    return {d.building_id: int(known[d.building_id] or 0) if d.method != NONE else 0 for d in plan.decisions}
