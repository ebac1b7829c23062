# SPDX-License-Identifier: GPL-2.0-or-later
"""Existing talks and agreements come in at their real stage; what cannot be used is told with its reason."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
from psycopg2 import sql

from fullservice_plugin.core.errors import InputError, ParameterError, StoreError
from fullservice_plugin.services.negotiation_import import import_negotiations

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


def _reasons(result) -> dict[str, str]:
    return {problem.row: problem.text() for problem in result.rejected}


def test_rows_find_their_building_and_enter_at_their_stage(place):
    store, ids = place
    x, y = town.at(120, 20)
    rows = town.table(
        {
            "building_code": ["E1-1", None, None, "E9-9", None, "E1-2"],
            "estate_name": [None, None, "玫瑰园", None, "Nowhere", None],
            "x": [None, x, None, None, None, None],
            "y": [None, y, None, None, None, None],
            "阶段": ["履约中", "refused", "signed", "signed", "contacted", "married"],
            "party_name": ["Rose Ltd", None, "玫瑰物业", None, None, None],
            "party_role": ["property_mgmt", None, "物业公司", None, None, None],
            "agreement_number": ["A-1", None, "A-2", None, None, None],
            "signed_on": ["2024-05-01", None, "2025/6/7", None, None, None],
            "valid_from": ["2024-06-01", None, "2025年7月1日", None, None, None],
            "valid_to": ["2034-06-01", None, "2030-07-01", None, None, None],
            "exclusivity": ["none", None, "access", None, None, None],
            "reason_code": [None, "fee", None, None, None, None],
        }
    )
    result = import_negotiations(store, rows, today=DAY)
    reasons = _reasons(result)
    assert set(reasons) == {"4", "5", "6"}
    assert "E9-9" in reasons["4"] and "no building or estate" in reasons["5"] and "married" in reasons["6"]
    assert result.counts["talks"] == 5 and result.counts["agreements"] == 2 and result.counts["covered"] == 4
    assert any("CN-EXCLUSIVE-ACCESS" in remark.text() for remark in result.remarks)
    stages = store.rows(
        "select b.code, n.stage, n.origin, n.evidence_missing, n.stage_since::date from fullservice.negotiation n"
        " join fullservice.building b on b.id = n.building_id order by b.code"
    )
    assert [row[:2] for row in stages] == [
        ("E1-1", "in_force"),
        ("E1-3", "refused"),
        ("E2-1", "signed"),
        ("E2-2", "signed"),
        ("E2-3", "signed"),
    ]
    assert {row[2] for row in stages} == {"import"} and all(row[3] for row in stages)
    assert stages[0][4] == date(2024, 5, 1)
    events = store.rows("select count(*) from fullservice.negotiation_event")
    assert events[0][0] == 5
    logged = store.value("select count(*) from fs_audit.log where tbl like '%%negotiation' and op = 'I'")
    assert logged >= 5

    again = import_negotiations(store, rows, today=DAY)
    assert again.counts["talks"] == 0 and again.counts["unchanged"] == 5


def test_another_stage_is_no_matter_for_an_import(place):
    store, _ = place
    moved = town.table({"building_code": ["E1-1"], "stage": ["expired"], "party_name": ["Rose Ltd"]})
    result = import_negotiations(store, moved, today=DAY)
    assert result.counts["talks"] == 0 and "in_force" in _reasons(result)["1"]


def test_implausible_rows(place):
    store, _ = place
    rows = town.table(
        {
            "building_code": ["E1-2"] * 5,
            "stage": ["signed"] * 5,
            "signed_on": ["2027-01-01", "2025-02-30", "2025-01-01", "2025-01-01", None],
            "valid_from": [None, None, "2025-02-01", None, None],
            "valid_to": [None, None, "2025-01-15", "2024-01-01", None],
            "fee_amount": [None, None, None, None, "-5"],
        }
    )
    reasons = _reasons(import_negotiations(store, rows, today=DAY))
    assert "future" in reasons["1"] and "date" in reasons["2"] and "not after" in reasons["3"]
    assert "before signed_on" in reasons["4"] and "at least" in reasons["5"]


def test_bad_tables_are_refused_whole(place):
    store, _ = place
    with pytest.raises(ParameterError, match="no column for the stage"):
        import_negotiations(store, town.table({"building_code": ["E1-1"]}))
    with pytest.raises(ParameterError, match="has no column"):
        import_negotiations(store, town.table({"stage": ["signed"]}), {"stage": "Etappe"})
    with pytest.raises(InputError, match="no rows"):
        import_negotiations(store, town.table({"stage": []}))
    with pytest.raises(ParameterError, match="Datum"):
        import_negotiations(store, town.table({"stage": ["signed"], "x": [1.0], "y": [1.0]}), datum="mars")


def test_without_rights_nothing_is_written(place, databases):
    store, _ = place
    from fullservice_plugin.store.connection import Store

    prefix = store.connection.info.dbname
    login = f"{prefix}_reader"
    with store.transaction() as cur:
        cur.execute(sql.SQL("create role {} login").format(sql.Identifier(login)))
        cur.execute(sql.SQL("grant {} to {}").format(sql.Identifier(f"{prefix}_read_only"), sql.Identifier(login)))
    service = databases.service(login, prefix, login)
    reader = Store.connect({"service": service})
    before = store.value("select count(*) from fullservice.negotiation")
    with pytest.raises(StoreError, match="planner"):
        import_negotiations(reader, town.table({"building_code": ["E1-2"], "stage": ["signed"]}), today=DAY)
    reader.close()
    assert store.value("select count(*) from fullservice.negotiation") == before


def test_two_exclusive_agreements_cannot_hold_at_once(place):
    store, _ = place
    rows = town.table(
        {
            "building_code": ["E1-2", "E1-2"],
            "stage": ["signed", "signed"],
            "party_name": ["One", "Two"],
            "agreement_number": ["X-1", "X-2"],
            "signed_on": ["2025-01-01"] * 2,
            "valid_from": ["2025-01-01"] * 2,
            "valid_to": ["2030-01-01"] * 2,
            "exclusivity": ["marketing"] * 2,
        }
    )
    result = import_negotiations(store, rows, today=DAY)
    assert result.counts["talks"] == 2 and result.counts["covered"] == 1
    assert [remark.values["number"] for remark in result.remarks if "exclusive" in remark.reason] == ["X-2"]
