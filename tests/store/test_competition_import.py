# SPDX-License-Identifier: GPL-2.0-or-later
"""Observations about rivals: long and wide tables, duplicates, impossible rows, one by a person."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.services.competition import import_competitors, import_operators, record_observation

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def place(empty_database):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": empty_database})
    install(store)
    ids = town.build(store)
    yield store, ids
    store.close()


def test_long_table(place):
    store, _ = place
    rows = town.table(
        {
            "building_code": ["E1-1"] * 8,
            "operator_code": ["CTCC", "电信", "CTCC", "NOBODY", "CTCC", "CTCC", "CTCC", "CUCC"],
            "field": ["presence", "technology", "tariff", "presence", "speed", "technology", "subs", "exclusivity"],
            "value": ["in_service", "ftth", None, "in_service", None, "smoke", None, "contract"],
            "number": [None, None, 99.0, None, 0, None, -3, None],
            "source_class": ["site_photo", "manager", "web_ad", "manager", "manager", "manager", "manager", "manager"],
            "source_text": ["photo 1", "talk", "advert", "talk", "talk", "talk", "talk", "talk"],
            "observed_on": ["2026-02-01"] * 8,
            "observer": ["li"] * 8,
            "valid_until": [None] * 7 + ["2027-01-01"],
            "confidence": [None, 1.0, None, None, None, None, None, None],
        }
    )
    result = import_competitors(store, rows, today=DAY)
    reasons = {problem.row: problem.text() for problem in result.rejected}
    assert set(reasons) == {"4", "5", "6", "7"} and "NOBODY" in reasons["4"]
    assert result.counts["observations"] == 4
    kept = store.rows("select field, confidence from fullservice.intel_observation order by field")
    assert kept == [("exclusivity", 0.6), ("presence", 0.8), ("tariff", 0.5), ("technology", 0.6)]
    again = import_competitors(store, rows, today=DAY)
    assert again.counts["observations"] == 0 and again.counts["duplicates"] == 4


def test_wide_table_with_defaults_for_source_and_date(place):
    store, _ = place
    rows = town.table(
        {
            "estate_code": ["E2", "E2"],
            "运营商": ["CUCC", "CTCC"],
            "technology": ["xDSL", None],
            "down_mbps": [50, None],
            "price_month": [20, None],
            "promotion": [None, "stall"],
        }
    )
    refused = import_competitors(store, rows, today=DAY)
    assert refused.counts["rejected"] == 2 and "class of its source" in refused.rejected[0].text()
    result = import_competitors(store, rows, "resident", date(2026, 2, 20), today=DAY)
    assert result.counts["observations"] == 6 and not result.rejected
    future = import_competitors(store, rows, "resident", date(2026, 4, 1), today=DAY)
    assert future.counts["rejected"] == 2
    with pytest.raises(ParameterError, match="class of sources"):
        import_competitors(store, rows, "gossip")


def test_a_unit_is_kept_as_its_code_or_as_written(place):
    store, _ = place
    rows = town.table({"estate_code": ["E2"] * 5, "operator_code": ["CTCC"] * 5, "field": ["subs"] * 4 + ["ports"],
                       "数值": [1, 2, 3, 4, 5], "单位": ["户", "％", "Lines", None, "柜"]})
    assert import_competitors(store, rows, "resident", date(2026, 2, 21), today=DAY).counts["observations"] == 5
    kept = store.rows("select unit from fullservice.intel_observation where observed_on = '2026-02-21' order by number")
    assert [unit for unit, in kept] == ["lines", "%", "lines", "lines", "柜"]


def test_one_observation_by_a_person(place):
    store, ids = place
    assert record_observation(
        store,
        "CTCC",
        "ports",
        None,
        "site_photo",
        "box at the gate",
        building_id=ids["E1-2"],
        number=16,
        observed_on=DAY,
    )
    assert not record_observation(
        store,
        "CTCC",
        "ports",
        None,
        "site_photo",
        "box at the gate",
        building_id=ids["E1-2"],
        number=16,
        observed_on=DAY,
    )
    with pytest.raises(ParameterError, match="needs a number"):
        record_observation(store, "CTCC", "ports", None, "site_photo", "box", building_id=ids["E1-2"])
    with pytest.raises(ParameterError, match="building or the estate"):
        record_observation(store, "CTCC", "presence", "in_service", "manager", "talk")


def test_operators(place):
    store, _ = place
    rows = town.table(
        {"code": ["CBN", "CTCC"], "name": ["广电", "中国电信"], "is_self": ["0", "否"], "colour": ["#123456", None]}
    )
    assert import_operators(store, rows).counts == {"new": 1, "changed": 1, "unchanged": 0, "rejected": 0}
