# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of the bills of materials: arithmetic, prices, and quantities measured on the other layers."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Optional, Sequence

from fullservice_plugin.core.access.verification.ducts import further_ducts
from fullservice_plugin.core.access.verification.findings import Report
from fullservice_plugin.core.access.verification.limits import (
    Item,
    Limits,
    cable_parts,
    splitter_count,
    splitter_outputs,
)
from fullservice_plugin.core.access.verification.tables import (
    DesignTables,
    Drop,
    Node,
    Route,
    methods_of,
    require,
    text,
)
from fullservice_plugin.core.access.verification.wired import dwellings, is_standing
from fullservice_plugin.core.table import FeatureTable

MONEY_SHARE = 0.005
"""Sums agree within half a percent (rounded prices and lengths) or one unit of the currency."""
QUANTITY_SHARE = 0.01

Key = tuple[str, str]
"""Section and key of a catalogue item."""


@dataclass
class Bill:
    """A bill by catalogue item: quantity and cost, and the names under which the items are listed."""

    layer: str
    quantity: dict[Key, float]
    cost: dict[Key, float]
    label: dict[Key, str]
    total: float


def same(a: float, b: float, share: float, least: float) -> bool:
    """Tell whether two numbers agree within a share of the larger or ``least``."""
    return abs(a - b) <= max(least, share * max(abs(a), abs(b)))


def read_bill(table: FeatureTable, layer: str, limits: Limits, report: Report) -> Bill:
    """Check each row by itself and gather the bill by catalogue item."""
    require(table, "item", "unit", "quantity", "unit_price", "cost")
    names = [text(value) for value in table.column("item")]
    for name, count in Counter(names).items():
        if count > 1:
            report.add("bom.repeated", name, layer=layer, count=count)
    bill = Bill(layer, {}, {}, {}, 0.0)
    for name, quantity, price, cost in zip(
        names, table.numbers("quantity"), table.numbers("unit_price"), table.numbers("cost")
    ):
        if quantity is None or price is None or cost is None or min(quantity, price, cost) < 0:
            report.add("bom.negative", name, layer=layer)
            continue
        if not same(quantity * price, cost, 1e-4, 0.01):
            report.add("bom.row", name, layer=layer, quantity=quantity, price=price, cost=cost)
        bill.total += cost
        item = limits.items.get(name)
        if item is None:
            report.add("bom.unknown", name, layer=layer)
            continue
        if item.section != "construction" and not same(price, item.price, 1e-4, 0.005):
            report.add("bom.price", name, layer=layer, price=price, expected=item.price)
        key = (item.section, item.key)
        bill.quantity[key] = bill.quantity.get(key, 0.0) + quantity
        bill.cost[key] = bill.cost.get(key, 0.0) + cost
        bill.label[key] = name
    return bill


def check_wired_bill(
    bill: Bill,
    nodes: Optional[Sequence[Node]],
    drops: Optional[Sequence[Drop]],
    routes: Optional[Sequence[Route]],
    trench: Sequence[float],
    limits: Limits,
    report: Report,
) -> None:
    """Compare the wired bill with what the layers hold; ``trench`` is the trench cost per route."""
    if routes is not None:
        _compare(bill, _corridors(routes, trench, report), limits, report, QUANTITY_SHARE, 1.0)
        paid = math.fsum(trench)
        listed = math.fsum(cost for (section, _), cost in bill.cost.items() if section == "construction")
        if not same(paid, listed, MONEY_SHARE, 1.0):
            report.add("bom.routes", "", layer=bill.layer, routes=paid, bom=listed)
        _compare(bill, _cables(routes), limits, report, QUANTITY_SHARE, 1.0)
        if drops is not None:
            _compare(bill, further_ducts(routes, drops, limits), limits, report, QUANTITY_SHARE, 1.0)
    if drops is not None:
        metres = math.fsum(drop.measured * drop.fibres for drop in drops)
        drop = {("drop_cables", key): metres for key in limits.data.get("drop_cables", {})}
        _compare(bill, {**drop, ("labour", "drop_laying"): metres}, limits, report, QUANTITY_SHARE, 1.0)
    if nodes is not None:
        _compare(bill, _equipment(nodes), limits, report, 0.0, 0.01)
        _check_boxes(bill, nodes, limits, report)


def check_services(bill: Bill, design: DesignTables, drops: Sequence[Drop], limits: Limits, report: Report) -> None:
    """Compare work in the buildings and their terminals with the drops.

    Every fibre of a drop is one connection. Homes are passed one by one where dwellings are served (with decisions
    their businesses as well), else as many as there are fibres. A building served by LAN has one terminal per fibre,
    a leased line one per line.
    """
    methods = methods_of(design)
    fibres: Counter[str] = Counter()
    for drop in drops:
        fibres[drop.building] += drop.fibres
    expected: dict[Key, float] = {("labour", "connection"): sum(fibres.values())}
    rows = zip(design.buildings.ids, design.buildings.numbers("households"), design.buildings.numbers("businesses"))
    mixed = design.aps is not None or any(where.startswith(("fttb", "leased")) for where, _ in bill.quantity)
    homes: Optional[int] = None if methods is None and mixed else 0
    for key, households, businesses in rows:
        if key not in fibres or homes is None:
            continue
        if methods is not None and methods.get(key) != "ftth":
            homes += fibres[key]
        else:
            firms = math.ceil(businesses or 0) if methods is not None else 0
            homes += dwellings(households, businesses) + firms
    if homes is not None:
        expected[("labour", "home_passed")] = homes
    if methods is not None:
        for section, chosen in (("fttb", ("fttb", "hybrid")), ("leased", ("leased",))):
            needed = sum(count for key, count in fibres.items() if methods.get(key) in chosen)
            work = "labour" if section == "fttb" else "items"
            expected[(f"{section}/{work}", "terminal_install")] = needed
            kinds = ("fttb/terminals", "leased/items")
            listed = sum(
                quantity
                for (where, key), quantity in bill.quantity.items()
                if where in kinds and where.startswith(section) and key != "terminal_install"
            )
            if not same(listed, needed, 0.0, 0.01):
                report.add(
                    "bom.quantity",
                    f"{section}/terminal",
                    layer=bill.layer,
                    quantity=listed,
                    unit="piece",
                    expected=needed,
                )
    _compare(bill, expected, limits, report, 0.0, 0.01)


def _compare(
    bill: Bill, expected: dict[Key, float], limits: Limits, report: Report, share: float, least: float
) -> None:
    by_key: dict[Key, tuple[str, Item]] = {}
    for name, item in limits.items.items():
        by_key.setdefault((item.section, item.key), (name, item))
    for key, quantity in sorted(expected.items()):
        if key not in by_key:
            continue
        listed = bill.quantity.get(key, 0.0)
        if same(listed, quantity, share, least):
            continue
        name, item = bill.label.get(key, by_key[key][0]), by_key[key][1]
        if listed:
            report.add("bom.quantity", name, layer=bill.layer, quantity=listed, unit=item.unit, expected=quantity)
        else:
            report.add("bom.missing", name, layer=bill.layer, unit=item.unit, expected=quantity)


def _corridors(routes: Sequence[Route], trench: Sequence[float], report: Report) -> dict[Key, float]:
    """Return the metres per construction, where rows on the same line share one way and one of them pays for it."""
    metres: dict[Key, float] = {}
    payer: dict[tuple[object, ...], str] = {}
    seen = set()
    for route, cost in zip(routes, trench):
        line = _line_key(route)
        if line not in seen:
            seen.add(line)
            key = ("construction", route.construction)
            metres[key] = metres.get(key, 0.0) + route.measured
        if cost > 0:
            if line in payer:
                report.add("bom.trench_twice", route.key, other=payer[line])
            payer.setdefault(line, route.key)
    unpaid = seen - set(payer)
    for route in routes:  # ways that cost nothing are not listed
        line = _line_key(route)
        if line in unpaid:
            unpaid.discard(line)
            metres[("construction", route.construction)] -= route.measured
    return metres


def _line_key(route: Route) -> tuple[object, ...]:
    """Return the same key for lines that run through the same points in either direction (to 1 cm)."""
    points: list[tuple[float, float]] = [
        (round(float(x), 2), round(float(y), 2)) for coords in route.lines for x, y in coords
    ]
    return (route.construction, *min(points, points[::-1]))


def _cables(routes: Sequence[Route]) -> dict[Key, float]:
    metres: dict[Key, float] = {}
    for route in routes:
        length = route.measured
        for cable, count in cable_parts(route.cable):
            for key in (("cables", cable), ("labour", "cable_laying")):
                metres[key] = metres.get(key, 0.0) + count * length
    return metres


def _equipment(nodes: Sequence[Node]) -> dict[Key, float]:
    count: dict[Key, float] = {
        ("labour", "box_install"): 0,
        ("labour", "cabinet_install"): 0,
        ("labour", "splice"): 0,
        ("olt", "pon_port"): 0,
    }
    for node in nodes:
        splitters = splitter_count(node.splitter)
        if is_standing(node):
            count[("labour", "splice")] += node.used
            continue
        if splitters:
            key = ("splitters", f"1:{splitter_outputs(node.splitter)}")
            count[key] = count.get(key, 0.0) + splitters
        if node.kind == "fat":
            count[("labour", "box_install")] += 1
            count[("labour", "splice")] += splitters
        elif node.kind == "fdt":
            count[("labour", "cabinet_install")] += 1
            count[("labour", "splice")] += splitters + node.used
            count[("olt", "pon_port")] += splitters
    return count


def _check_boxes(bill: Bill, nodes: Sequence[Node], limits: Limits, report: Report) -> None:
    """There is one box or cabinet per node, and together they have the ports."""
    for kind, section, capacity in (("fat", "boxes", "ports"), ("fdt", "cabinets", "fibres")):
        mine = [node for node in nodes if node.kind == kind and not is_standing(node)]
        entries = limits.data.get(section, {})
        listed = {key: quantity for (where, key), quantity in bill.quantity.items() if where == section}
        if not same(sum(listed.values()), len(mine), 0.0, 0.01):
            report.add(
                "bom.quantity",
                section,
                layer=bill.layer,
                quantity=sum(listed.values()),
                unit="piece",
                expected=len(mine),
            )
        held = sum(quantity * float(entries.get(key, {}).get(capacity, 0)) for key, quantity in listed.items())
        needed = sum(node.ports if kind == "fat" else node.used + splitter_count(node.splitter) for node in mine)
        if held < needed - 0.01:
            report.add("bom.capacity", section, layer=bill.layer, listed=held, needed=needed)


def check_wlan_bill(bill: Bill, design: DesignTables, limits: Limits, report: Report) -> None:
    """Compare the WLAN bill with the access points: pieces, switch ports, power."""
    if design.aps is None:
        return
    aps = len(design.aps)
    buildings = len({text(value) for value in design.aps.column("building_id")})
    wlan = limits.data.get("wlan", {})
    listed = sum(quantity for (section, _), quantity in bill.quantity.items() if section == "wlan/access_points")
    if not same(listed, aps, 0.0, 0.01):
        report.add("bom.quantity", "access_points", layer=bill.layer, quantity=listed, unit="piece", expected=aps)
    switches = {key: quantity for (section, key), quantity in bill.quantity.items() if section == "wlan/switches"}
    expected: dict[Key, float] = {
        ("wlan/labour", "ap_install"): aps,
        ("wlan/items", "licence"): aps,
        ("wlan/items", "uplink"): buildings,
        ("wlan/labour", "switch_install"): sum(switches.values()),
    }
    _compare(bill, expected, limits, report, 0.0, 0.01)
    ports = sum(quantity * float(wlan["switches"][key]["ports"]) for key, quantity in switches.items())
    watts = sum(quantity * float(wlan["switches"][key]["watts"]) for key, quantity in switches.items())
    drawn = [float(entry["watts"]) for entry in wlan.get("access_points", {}).values()]
    reserve = float(wlan.get("rules", {}).get("poe_reserve", {}).get("value", 1.0))
    if ports < aps or watts < aps * min(drawn, default=0.0) * reserve - 0.01:
        report.add("bom.capacity", "switches", layer=bill.layer, listed=ports, needed=aps)


def check_total(bills: Sequence[Bill], design: DesignTables, report: Report) -> None:
    """The costs of the decisions add up to the bills; with one bill only they cover at least that one."""
    if design.decisions is None or not bills:
        return
    decided = math.fsum(cost or 0.0 for cost in design.decisions.numbers("cost"))
    listed = math.fsum(bill.total for bill in bills)
    whole = design.wired_bom is not None and design.wlan_bom is not None
    if (whole or decided < listed) and not same(decided, listed, MONEY_SHARE, 1.0):
        report.add("bom.decisions", "", bom=listed, cost=decided)
