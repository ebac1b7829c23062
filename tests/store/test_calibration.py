# SPDX-License-Identifier: GPL-2.0-or-later
"""Corrections by walk tests in the store: kept, replaced, used by the next plan; radio rules by jurisdiction."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest

from fullservice_plugin.core.access.wlan.walktest import Correction
from fullservice_plugin.core.errors import InputError, ParameterError, StoreError
from fullservice_plugin.services.calibration import keep_corrections
from fullservice_plugin.services.design import plan_area
from fullservice_plugin.services.plan_input import Scenario, read_area

_spec = importlib.util.spec_from_file_location("fs_town_calibration", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def store(databases):
    made = town.supplied(databases.create())
    yield made
    made.close()


def test_kept_once_replaced_by_the_same_test_and_the_latest_counts(store):
    found = {"E1-1": Correction(3.0, 1.1, 4.0, 20), "nowhere": Correction(0.0, 1.0, 1.0, 9)}
    kept = keep_corrections(store, found, "spring", DAY)
    assert (kept.new, kept.changed, kept.unknown) == (1, 0, ("nowhere",))
    again = keep_corrections(store, found, "spring", DAY)
    assert (again.new, again.changed) == (0, 0)
    better = keep_corrections(store, {"E1-1": Correction(5.0, 1.2, 3.0, 40)}, "spring", DAY)
    assert (better.new, better.changed) == (0, 1)
    keep_corrections(store, {"E1-1": Correction(9.0, 0.9, 2.0, 50)}, "autumn", date(2026, 9, 1))
    keep_corrections(store, {"E1-1": Correction(1.0, 1.0, 8.0, 10)}, "found late", date(2025, 1, 1))
    with store.transaction() as cur:
        area = read_area(cur, "G", Scenario("base"), DAY)
    assert area.corrections == {"E1-1": Correction(9.0, 0.9, 2.0, 50)}
    with pytest.raises(ParameterError, match="Name the walk test"):
        keep_corrections(store, found, " ", DAY)
    with pytest.raises(InputError, match="must lie between 0.2 and 5"):
        keep_corrections(store, {"E1-1": Correction(0.0, 9.0, 1.0, 9)}, "odd", DAY)


def test_the_next_plan_uses_the_correction_and_says_so(store):
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.wlan_calibration set is_deleted = true")
        cur.execute("select b.code from fullservice.building b where not b.is_deleted order by b.code")
        codes = [row[0] for row in cur.fetchall()]

    def planned():
        made = plan_area(store, "G", budget=None, horizon_years=8.0, scenario="wlan", time_limit=10.0, today=DAY,
                         methods=dict.fromkeys(codes, "wlan"))  # fmt: skip
        aps = store.value("select count(*) from fullservice.design_element where plan_id = %s and kind = 'ap' and code "
                          "like 'E1-1-%%'", (made.plan_id,))  # fmt: skip
        models = store.rows("select distinct props ->> 'model' from fullservice.design_element where plan_id = %s and "
                            "kind = 'coverage' and code like 'E1-1/%%'", (made.plan_id,))  # fmt: skip
        return made, aps, models

    before, few, _ = planned()
    keep_corrections(store, {"E1-1": Correction(20.0, 1.0, 6.0, 60)}, "thick walls", DAY)
    after, more, models = planned()
    assert after.new and after.plan_id != before.plan_id, "a walk test is part of the input"
    assert more > few and [model for (model,) in models][0].endswith(", calibrated")
    params = store.value("select params -> 'wlan' from fullservice.plan where id = %s", (after.plan_id,))
    assert params == {"region": "cn", "corrections": ["E1-1"]}


def test_radio_rules_follow_the_jurisdiction(store):
    def region() -> str:
        with store.transaction() as cur:
            return read_area(cur, "G", Scenario("base"), DAY).region

    def setting(key: str, value) -> None:
        with store.transaction() as cur:
            cur.execute("insert into fs_meta.setting (key, value) values (%s, to_jsonb(%s::text)) "
                        "on conflict (key) do update set value = excluded.value", (key, value))  # fmt: skip

    assert region() == "cn"
    try:
        setting("jurisdiction", "UK")
        assert region() == "etsi"
        setting("wlan_region", "fcc")
        assert region() == "fcc"
        setting("wlan_region", "mars")
        with pytest.raises(ParameterError, match="mars is not known"):
            region()
    finally:
        with store.transaction() as cur:
            cur.execute("delete from fs_meta.setting where key in ('jurisdiction', 'wlan_region')")


def test_who_only_sells_may_not_write_corrections(store, databases):
    from psycopg2 import sql

    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import grant_role

    name = store.connection.info.dbname
    for role, allowed in (("customer_manager", False), ("network_support", True)):
        login = f"{name}_cal_{role}"
        with store.transaction(bulk=True) as cur:
            cur.execute(sql.SQL("create role {} login").format(sql.Identifier(login)))
            grant_role(cur, login, role)
        with Store.connect({"service": databases.service(login, name, login)}) as mine:
            write = (
                "insert into fullservice.wlan_calibration (building_id, offset_db, slope, rmse_db, points, source) "
                "select id, 1, 1, 1, 9, 'hand' from fullservice.building where code = 'E1-2'"
            )
            if allowed:
                mine.execute(write)
            else:
                with pytest.raises(StoreError, match="permission|may not|right"):
                    mine.execute(write)
