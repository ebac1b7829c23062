# SPDX-License-Identifier: GPL-2.0-or-later
"""Verify a design from its exported layers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.verification.costs import (
    Bill,
    check_services,
    check_total,
    check_wired_bill,
    check_wlan_bill,
    read_bill,
)
from fullservice_plugin.core.access.verification.coverage import check_coverage
from fullservice_plugin.core.access.verification.decisions import check_decisions
from fullservice_plugin.core.access.verification.findings import Finding, Report
from fullservice_plugin.core.access.verification.limits import Limits, read_limits
from fullservice_plugin.core.access.verification.optics import check_loss
from fullservice_plugin.core.access.verification.radio import check_radio
from fullservice_plugin.core.access.verification.tables import (
    DesignTables,
    Drop,
    Node,
    Route,
    drops_of,
    nodes_of,
    real,
    repeated,
    routes_of,
    text,
)
from fullservice_plugin.core.access.verification.wired import (
    check_demand,
    check_drops,
    check_homes,
    check_nodes,
    check_routes,
    trace,
)
from fullservice_plugin.core.progress import SILENT, Progress


def verify_design(
    design: DesignTables,
    catalogue: Catalogue,
    *,
    budget: Optional[float] = None,
    take_rate: Optional[float] = None,
    region: str = "cn",
    progress: Progress = SILENT,
) -> list[Finding]:
    """Return everything that is wrong with a design; an empty list when nothing is.

    All layers are in one metric CRS. Nothing of the code that designs is used: the network is rebuilt from
    geometry and every figure is computed anew. The loss of a subscriber is fibre (km × dB/km of the chosen
    wavelength, along feeder, distribution and drop) + both splitters + splices + connectors, and must stay
    within the class's budget less the margin. ``take_rate`` (0–1) checks the fibres of buildings that have no
    rate of their own; ``budget`` bounds the cost of the decisions. Raises InputError where a layer lacks a
    field, and ParameterError for an unknown region.
    """
    report = Report()
    limits = read_limits(catalogue)
    repeated(design.buildings.ids, "building.id", report)
    progress.step(0.05)
    wired = _Wired(
        nodes_of(design.nodes) if design.nodes is not None else None,
        drops_of(design.drops) if design.drops is not None else None,
        routes_of(design.routes) if design.routes is not None else None,
    )
    _verify_wired(design, wired, limits, take_rate, report, progress.part(0.05, 0.6))
    check_radio(design, region, limits, report)
    check_coverage(design, limits, report)
    progress.step(0.8)
    bills = _verify_bills(design, wired, limits, report)
    check_decisions(design, budget, report)
    check_total(bills, design, report)
    progress.step(1.0)
    return report.findings


@dataclass
class _Wired:
    """The rows of the wired layers, read once."""

    nodes: Optional[list[Node]]
    drops: Optional[list[Drop]]
    routes: Optional[list[Route]]


def _verify_wired(
    design: DesignTables,
    wired: _Wired,
    limits: Limits,
    take_rate: Optional[float],
    report: Report,
    progress: Progress,
) -> None:
    if wired.nodes is not None:
        check_nodes(wired.nodes, wired.drops, limits, report)
    progress.step(0.2)
    if wired.drops is not None:
        check_drops(design, wired.drops, wired.nodes, limits, report)
        check_demand(design, wired.drops, take_rate, report)
        if wired.nodes is not None:
            check_homes(design, wired.nodes, wired.drops, limits, report)
    progress.step(0.5)
    if wired.routes is not None:
        check_routes(wired.routes, limits, report)
    if wired.nodes is not None and wired.routes is not None:
        spare = "spare" in {text(state) for state in design.buildings.column("access_state")}
        metres, single = trace(wired.nodes, wired.routes, spare, report)
        progress.step(0.9)
        if wired.drops is not None:
            check_loss(wired.nodes, wired.drops, metres, single, limits, report)


def _verify_bills(design: DesignTables, wired: _Wired, limits: Limits, report: Report) -> list[Bill]:
    bills = []
    if design.wired_bom is not None:
        bill = read_bill(design.wired_bom, "WIRED_BOM", limits, report)
        bills.append(bill)
        if wired.drops is not None:
            check_services(bill, design, wired.drops, limits, report)
        trench = real(design.routes, "trench_cost") if design.routes is not None else []
        check_wired_bill(bill, wired.nodes, wired.drops, wired.routes, trench, limits, report)
    if design.wlan_bom is not None:
        bill = read_bill(design.wlan_bom, "WLAN_BOM", limits, report)
        bills.append(bill)
        check_wlan_bill(bill, design, limits, report)
    return bills
