# SPDX-License-Identifier: GPL-2.0-or-later
"""A tiny design, worked out by hand, that keeps every rule."""

from __future__ import annotations

import pytest
from shapely.geometry import LineString, Point, box


def table(name, ids, geometry, **columns):
    from fullservice_plugin.core.table import FeatureTable

    return FeatureTable(list(ids), list(geometry), {key: list(values) for key, values in columns.items()}, [], name)


def bill(name, rows):
    items, units, quantities, prices = zip(*rows)
    return table(
        name,
        map(str, range(len(rows))),
        [None] * len(rows),
        item=items,
        unit=units,
        quantity=quantities,
        unit_price=prices,
        cost=[q * p for q, p in zip(quantities, prices)],
    )


def make_tiny():
    """OLT — 100 m feeder — cabinet — 50 m — box 1 (a by FTTH, d by WLAN) — 50 m — box 2 (b by hybrid); c refused."""
    from fullservice_plugin.core.access.verification.tables import DesignTables

    buildings = table(
        "Buildings",
        "abcd",
        [box(145, 10, 155, 20), box(195, 20, 205, 30), box(145, -30, 155, -20), box(100, 40, 120, 60)],
        households=[2, 1, 4, 1],
        businesses=[0, 0, 0, 3],
        storeys=[2, 1, 3, 1],
        take_rate=[1.0, 1.0, 1.0, None],
        access_state=["open", "open", "refused", "open"],
        method_lock=[None, "hybrid", None, None],
    )
    lines = [
        LineString([(0, 0), (100, 0)]),
        LineString([(100, 0), (150, 0)]),
        LineString([(150, 0), (200, 0)]),
        LineString([(200, 0), (200, 20)]),
    ]
    routes = table(
        "Routes",
        "1234",
        lines,
        route_id=["R1", "R2", "R3", "R4"],
        kind=["feeder"] + ["distribution"] * 3,
        construction=["trench"] * 4,
        length_m=[100.0, 50.0, 50.0, 20.0],
        fibres=[2, 3, 2, 0],
        cable=["4F", "4F", "4F", ""],
        trench_cost=[18000.0, 9000.0, 9000.0, 3600.0],
        cable_cost=[510.0, 255.0, 255.0, 0.0],
    )
    nodes = table(
        "Nodes",
        "1234",
        [Point(0, 0), Point(100, 0), Point(150, 0), Point(200, 0)],
        node_id=["O", "C", "B1", "B2"],
        kind=["olt", "fdt", "fat", "fat"],
        parent_id=[None, "O", "C", "C"],
        ports=[16, 8, 8, 8],
        used=[1, 2, 3, 1],
        splitter=["", "1x1:8", "1x1:8", "1x1:8"],
    )
    drops = table(
        "Drops",
        "123",
        [LineString([(150, 0), (150, 10)]), LineString([(200, 0), (200, 20)]), LineString([(150, 0), (120, 40)])],
        building_id=["a", "b", "d"],
        node_id=["B1", "B2", "B1"],
        length_m=[10.0, 20.0, 50.0],
        fibres=[2, 1, 1],
        # 1310 nm: 0.35 dB/km; two 1:8 of 10.8 dB; 6 splices of 0.1 dB; 4 connectors of 0.5 dB
        loss_db=[0.35 * 0.160 + 21.6 + 0.6 + 2.0, 0.35 * 0.220 + 21.6 + 0.6 + 2.0, 0.35 * 0.200 + 21.6 + 0.6 + 2.0],
    )
    wired_bom = bill(
        "Bill",
        [
            ("Trench with duct, reinstated", "m", 220.0, 180.0),
            ("Cable 4 fibres", "m", 200.0, 1.9),
            ("Laying of cable", "m", 200.0, 3.2),
            ("Drop cable", "m", 90.0, 0.9),
            ("Laying of drop cable", "m", 90.0, 1.1),
            ("Box FAT, 8 ports", "piece", 2, 120.0),
            ("Installation of a box", "piece", 2, 85.0),
            ("Street cabinet FDT, 144 fibres", "piece", 1, 2800.0),
            ("Installation of a cabinet", "piece", 1, 1200.0),
            ("Splitter 1:8", "piece", 3, 55.0),
            ("Fusion splice", "splice", 5, 9.0),
            ("OLT PON port with optics", "port", 1, 900.0),
            ("In-building cabling, per home passed", "home", 4, 28.0),
            ("Connection of a user", "user", 4, 65.0),
            ("Building terminal MDU, 8 LAN ports", "piece", 1, 420.0),
            ("Installation of a building terminal", "piece", 1, 180.0),
        ],
    )
    aps = table(
        "APs",
        "1234",
        [Point(198, 25), Point(202, 25), Point(106, 50), Point(114, 50)],
        ap_id=["b-1", "b-2", "d-1", "d-2"],
        building_id=list("bbdd"),
        floor=[1] * 4,
        band=["5"] * 4,
        channel=[36, 40, 149, 153],
        eirp_dbm=[20.0] * 4,
    )
    coverage = table(
        "Coverage",
        "12",
        [None, None],
        building_id=["b", "d"],
        floor=[1, 1],
        primary_share=[1.0, 0.992],
        secondary_share=[1.0, 0.9],
        airtime=[0.1, 0.3],
    )
    wlan_bom = bill(
        "WLAN bill",
        [
            ("Indoor access point, Wi-Fi 6", "piece", 4, 780.0),
            ("Installation of an access point", "piece", 4, 140.0),
            ("Controller licence, per access point", "piece", 4, 110.0),
            ("Optical uplink of a building", "piece", 2, 320.0),
            ("PoE switch, 8 ports", "piece", 2, 900.0),
            ("Installation of a PoE switch", "piece", 2, 160.0),
            ("Network cable Cat 6A, laid", "m", 40.0, 3.2),
        ],
    )
    total = sum(wired_bom.columns["cost"]) + sum(wlan_bom.columns["cost"])
    decisions = table(
        "Decisions",
        "1234",
        [None] * 4,
        building_id=list("abcd"),
        method=["ftth", "hybrid", "none", "wlan"],
        runner_up=["fttb", "ftth", None, "none"],
        cost=[total - 9000.0, 5000.0, 0.0, 4000.0],
    )
    return DesignTables(buildings, routes, nodes, drops, wired_bom, aps, coverage, wlan_bom, decisions)


@pytest.fixture
def tiny():
    """A fresh tiny design."""
    return make_tiny()


@pytest.fixture(scope="session")
def catalogue():
    """The default catalogue."""
    from fullservice_plugin.core.access.catalogue import load_catalogue

    return load_catalogue()


@pytest.fixture
def find(catalogue):
    """Return the rules that a design breaks."""
    from fullservice_plugin.core.access.verification.verify import verify_design

    def found(design, **options):
        options.setdefault("budget", 70000.0)
        return [finding.rule for finding in verify_design(design, catalogue, **options)]

    return found
