# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of the access method chosen per building."""

from __future__ import annotations

from typing import Optional

from fullservice_plugin.core.access.verification.findings import Report
from fullservice_plugin.core.access.verification.tables import (
    METHODS,
    WLAN_METHODS,
    DesignTables,
    refused,
    repeated,
    require,
    text,
)
from fullservice_plugin.core.table import FeatureTable

MONEY = 0.01
"""Sums of money agree within this amount of the currency, plus the rounding of each row."""


def check_decisions(design: DesignTables, budget: Optional[float], report: Report) -> None:
    """Check that each building has one lawful method that drops, access points and budget bear out."""
    table = design.decisions
    if table is None:
        return
    require(table, "building_id", "method", "runner_up", "cost")
    keys = [text(value) for value in table.column("building_id")]
    methods = [text(value) for value in table.column("method")]
    known = set(design.buildings.ids)
    repeated(keys, "decision.repeated", report)
    decided = set(keys)
    for key in design.buildings.ids:
        if key not in decided:
            report.add("decision.missing", key)
    for key in sorted(decided - known):
        report.add("decision.building", key)
    _methods(design, dict(zip(keys, methods)), report)
    for key, method, other in zip(keys, methods, table.column("runner_up")):
        if other is not None and text(other) and (text(other) == method or text(other) not in METHODS):
            report.add("decision.runner_up", key, runner_up=text(other))
    total = 0.0
    for key, method, cost in zip(keys, methods, table.numbers("cost")):
        if cost is None or cost < 0:
            report.add("decision.cost", key, cost=cost)
            continue
        total += cost
        if method == "none" and cost > MONEY:
            report.add("decision.none_cost", key, cost=cost)
    if budget is not None and total > budget + MONEY + 0.005 * len(keys):
        report.add("decision.budget", "", cost=total, budget=budget)


def _methods(design: DesignTables, chosen: dict[str, str], report: Report) -> None:
    no_access = refused(design.buildings)
    locks = dict(zip(design.buildings.ids, design.buildings.column("method_lock")))
    wired = _buildings(design.drops)
    wlan = _buildings(design.aps)
    for key, method in chosen.items():
        if method not in METHODS:
            report.add("decision.method", key, method=method)
            continue
        if wired is not None:
            if method != "none" and key not in wired:  # WLAN needs a fibre behind it as well
                report.add("decision.drop", key, method=method)
            if method == "none" and key in wired:
                report.add("decision.no_drop", key, method=method)
        if wlan is not None:
            if method in WLAN_METHODS and key not in wlan:
                report.add("decision.ap", key, method=method)
            if method not in WLAN_METHODS and key in wlan:
                report.add("decision.no_ap", key, method=method)
        if no_access.get(key) and method != "none":
            report.add("decision.refused", key, method=method)
        elif locks.get(key) and text(locks[key]) != method and not no_access.get(key):
            report.add("decision.lock", key, lock=text(locks[key]), method=method)


def _buildings(table: Optional[FeatureTable]) -> Optional[set[str]]:
    if table is None:
        return None
    return {text(value) for value in table.column("building_id")}
