# SPDX-License-Identifier: GPL-2.0-or-later
"""A small town with a real plan in two phases, WLAN in one house, a signed talk with its works window."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

from shapely.geometry import Point

_spec = importlib.util.spec_from_file_location("fs_town_packs", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)
ON = date(2026, 5, 4)


def build(service: str):
    """Return the store, its ids and the plan."""
    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.services.design import plan_area
    from fullservice_plugin.services.negotiation_import import import_negotiations
    from fullservice_plugin.services.packages import import_packages
    from fullservice_plugin.services.resources import import_resources

    store, ids = town.opened(service)
    supply = town.table({"code": ["OLT-1"], "kind": ["olt"], "free_ports": [64]}, [Point(town.at(-40, 30))])
    import_resources(store, supply)
    import_packages(store, town.table({"code": ["P"], "name": ["p"], "segment": ["home"], "price_month": [600.0],
                                       "down_mbps": [1000]}))  # fmt: skip
    import_negotiations(store, town.table({"building_code": ["E1-1", "E1-2"], "stage": ["signed", "negotiating"],
                                           "party_name": ["Rose Owners", "Rose Owners"]}), today=ON)  # fmt: skip
    made = plan_area(store, "G", scenario="packs", today=ON, budget=None, horizon_years=8.0, time_limit=10.0,
                     catalogue=load_catalogue(), phases=(60_000.0,), methods={"E2-1": "hybrid"})  # fmt: skip
    with store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.agreement (number, status, estate_id, valid_from, valid_to, works_from, "
                    "works_to, works_hours) values ('R-7', 'active', %s, '2024-06-01', '2029-05-31', '2026-05-01', "
                    "'2026-06-20', '08:30–17:30') returning id", (ids["E1"],))  # fmt: skip
        cur.execute("insert into fullservice.agreement_building (agreement_id, building_id) values (%s, %s)",
                    (cur.fetchone()[0], ids["E1-1"]))  # fmt: skip
    return store, ids, made
