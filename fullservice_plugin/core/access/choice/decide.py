# SPDX-License-Identifier: GPL-2.0-or-later
"""From a designed choice to one decision per building: share of the cost, runner-up, limit and reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Optional

from fullservice_plugin.core.access.choice import reasons
from fullservice_plugin.core.access.choice.model import HYBRID, LEASED, NONE, WLAN, Decision
from fullservice_plugin.core.access.choice.problem import Option
from fullservice_plugin.core.access.choice.realise import LEASED_PART, WLAN_PART, Realised
from fullservice_plugin.core.access.choice.sites import Site


@dataclass(frozen=True)
class Shares:
    """Estimated cost of every option (row → method → own cost) and of the way to each site (row → cost).

    ``lone``: what of the ways a served site alone needs.
    """

    own: dict[int, dict[str, Option]]
    way: dict[int, float]
    lone: dict[int, float] = field(default_factory=dict)


def cost_shares(realised: Realised, sites: list[Site], shares: Shares, leased_each: float) -> dict[int, float]:
    """Split the real cost over the served buildings without remainder.

    WLAN and leased terminals belong to their buildings; the rest is split by own cost and share of the way.
    """
    direct: dict[int, float] = {}
    weight: dict[int, float] = {}
    wlan = realised.wlan.cost_by_building
    for row, method in realised.methods.items():
        mine = wlan.get(sites[row].building, 0.0) if method in (WLAN, HYBRID) else 0.0
        if method == LEASED:
            mine += sites[row].lines * leased_each
        direct[row] = mine
        weight[row] = max(1e-6, shares.own[row][method].cost - mine) + shares.way.get(row, 0.0)
    separate = sum(realised.components[name].cost for name in (WLAN_PART, LEASED_PART) if name in realised.components)
    common = realised.cost - separate
    total = math.fsum(weight.values())
    result = {row: direct[row] + common * weight[row] / total for row in direct}
    if result:
        last = max(result)
        result[last] += realised.cost - math.fsum(result.values())
    return result


def decide(
    sites: list[Site], realised: Realised, shares: Shares, costs: dict[int, float], failed: dict[int, str],
    unreachable: dict[int, str], budget: Optional[float],
) -> list[Decision]:
    """Return one decision per building, in the order of the buildings."""
    found = []
    radio = {floor.building_id: floor for floor in realised.wlan.coverage}
    for site in sites:
        options = shares.own.get(site.row, {})
        method = realised.methods.get(site.row, NONE)
        if method == NONE:
            found.append(_not_connected(site, options, shares, failed, unreachable, budget))
            continue
        option = options[method]
        others = sorted((o for m, o in options.items() if m != method), key=lambda o: (o.cost - o.revenue, o.method))
        way = shares.way.get(site.row, 0.0)
        second = others[0] if others and others[0].revenue - others[0].cost - way > 0 else None
        delta = second.cost - option.cost if second else -costs[site.row]
        code = reasons.LOCKED if site.lock else site.limit
        values: dict[str, object] = {
            "method": method, "revenue": round(option.revenue), "cost": round(costs[site.row])}
        if second is not None:
            values.update(runner_up=second.method, other=round(second.revenue), delta=f"{delta:+,.0f}")
        if method in (WLAN, HYBRID) and site.building in radio:
            floor = radio[site.building]
            values.update(model=floor.model, margin=f"{floor.margin_db:.1f}")
        found.append(Decision(
            site.building, method, second.method if second else NONE, costs[site.row], option.revenue, delta, code,
            reasons.CHOSEN[code, second is not None], values, bool(site.lock),
            max(0.0, option.revenue - option.cost - shares.lone.get(site.row, 0.0)),
        ))
    return found


def _not_connected(
    site: Site, options: dict[str, Option], shares: Shares, failed: dict[int, str], unreachable: dict[int, str],
    budget: Optional[float],
) -> Decision:
    def none(code: str, runner_up: str = "", delta: float = 0.0, **values: object) -> Decision:
        return Decision(
            site.building, NONE, runner_up, 0.0, 0.0, delta, code, reasons.SENTENCES[code], values, bool(site.lock))

    why = failed.get(site.row) or unreachable.get(site.row)
    if not site.methods:
        return none(site.limit, "", 0.0, **site.limit_values)
    if why or not options:
        return none(reasons.NO_ROUTE, why=why or "no method is possible")
    best = max(options.values(), key=lambda o: (o.revenue - o.cost, o.method))
    cost = best.cost + shares.way.get(site.row, 0.0)
    code = reasons.BUDGET if budget is not None and best.revenue > cost else reasons.UNPROFITABLE
    values: dict[str, object] = {
        "method": best.method, "revenue": round(best.revenue), "cost": round(cost)}
    if code == reasons.UNPROFITABLE:
        values["own"] = round(best.cost)
    return none(code, best.method, cost, **values)
