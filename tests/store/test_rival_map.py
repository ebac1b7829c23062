# SPDX-License-Identifier: GPL-2.0-or-later
"""The sums on the map reckon as the dock and the brief do; nobody sees another branch's; unknown stays NULL."""

from __future__ import annotations

import importlib.util
import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

_spec = importlib.util.spec_from_file_location("fs_standings", Path(__file__).with_name("test_standings.py"))
plain = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(plain)
place = plain.place


def fill(store, ids, seed: int, known_homes: bool) -> None:
    dice = np.random.default_rng(seed)
    with store.transaction(bulk=True) as cur:
        if not known_homes:
            cur.execute("update fullservice.building set households = null where code = 'E1-1'")
        plain.observe(cur, ids, dice, 60)
        cur.execute("insert into fullservice.competitor_offer (operator_code, name, price_month, source_class,"
                    " source_text, observed_on, observer) values ('CUCC', 'o', 41, 'web_ad', 't', current_date, 'me')")
        cur.execute("insert into fullservice.competitor_promotion (operator_code, estate_id, kind, started_on,"
                    " source_class, source_text, observer) values ('CTCC', %s, 'stall', current_date - 3, 'resident',"
                    " 't', 'me')", (ids["E2"],))
        cur.execute("insert into fullservice.area_package (code, name, segment, price_month, priority, estate_id,"
                    " down_mbps, state, origin) values ('P', 'P', 'home', 88, 1, %(e)s, 500, 'approved', 'import'),"
                    " ('Q', 'Q', 'home', 72, 1, %(e)s, 500, 'approved', 'import'),"
                    " ('ALL', 'ALL', 'home', 66, 1, null, 300, 'approved', 'import'),"
                    " ('FAST', 'FAST', 'home', 1, 9, null, 9000, 'approved', 'import'),"
                    " ('SOON', 'SOON', 'home', 2, 9, null, 100, 'draft', 'import')", {"e": ids["E1"]})


@pytest.mark.parametrize("seed", range(6))
def test_the_map_reckons_as_the_dock_does(place, seed):
    from fullservice_plugin.services.standings import standings

    store, ids = place
    fill(store, ids, seed, seed % 2 == 0)
    store.rows("select fs_app.refresh_aggregates()")
    drawn = {row["code"]: row for row in store.dicts("select * from fs_app.map_rival_estate")}
    reckoned = standings(store)
    assert {one.code for one in reckoned} == {"E1", "E2"}
    for one in reckoned:
        row, said = drawn[one.code], one.standing
        for name, value in (("own_share", said.own_share), ("lead_share", said.leader_share),
                            ("unknown_share", said.unknown_share), ("hhi_low", said.hhi_low),
                            ("hhi_high", said.hhi_high), ("threat", said.threat),
                            ("completeness", said.completeness), ("confidence", said.confidence)):
            assert (row[name] is None) == (value is None), (one.code, name, row[name], value)
            assert value is None or float(row[name]) == pytest.approx(value, abs=2e-6), (one.code, name)
        shares = json.loads(row["shares"] or "{}")
        assert shares == pytest.approx(said.shares, abs=1e-4) and row["conflict"] == one.conflict
        assert (row["standing"] == "stale") == one.stale
    grid = store.dicts("select * from fs_app.map_rival_grid")[0]
    scored = [(one.standing.threat, one.households) for one in reckoned if one.standing.threat is not None]
    known = [homes for _, homes in scored if homes] or [1]
    homes = [count or sum(known) / len(known) for _, count in scored]
    want = sum(t * h for (t, _), h in zip(scored, homes)) / sum(homes)
    assert float(grid["threat"]) == pytest.approx(want, rel=1e-6) and grid["estates"] == 2


def test_rivals_are_named_as_each_language_lists_them(place):
    store, ids = place
    fill(store, ids, 1, True)
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.competitor_operator set name = '联通', name_en = 'Unicom' where code = "
                    "'CUCC'")
        cur.execute("update fullservice.competitor_operator set name = '电信', name_en = null where code = 'CTCC'")
        cur.execute("insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, value,"
                    " source_class, source_text, observed_on, observer) select 'building', %s, c, 'presence', "
                    "'in_service', 'manager', 't', current_date, 'me' from unnest(array['CUCC', 'CTCC']) c",
                    (ids["E1-1"],))
    store.rows("select fs_app.refresh_aggregates()")
    assert store.rows("select names_zh, names_en from fs_app.map_rival_estate where code = 'E1'") == [
        ("电信、联通", "电信, Unicom")]
    assert store.rows("select operators_zh, operators_en from fs_app.map_competition where code = 'E1-1'") == [
        ("电信、联通", "电信, Unicom")]


def test_nothing_known_is_null_and_never_zero(place):
    store, _ = place
    store.rows("select fs_app.refresh_aggregates()")
    for row in store.dicts("select * from fs_app.map_rival_estate"):
        assert row["standing"] == "unseen" and row["shares"] is None and row["threat"] is None
        assert (row["own_share"], row["unknown_share"], row["hhi_low"], row["completeness"]) == (None, None, None, 0)
    grid = store.dicts("select * from fs_app.map_rival_grid")[0]
    assert grid["threat"] is None and grid["known_estates"] == 0 and grid["estates"] == 2


def test_what_fades_is_stale(place):
    store, ids = place
    with store.transaction(bulk=True) as cur:
        cur.execute(
            "insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, value,"
            " source_class, source_text, observed_on, observer) values ('building', %s, 'CTCC', 'presence',"
            " 'in_service', 'resident', 't', %s, 'me')", (ids["E1-1"], plain.TODAY - timedelta(days=800)))
    store.rows("select fs_app.refresh_aggregates()")
    found = dict(store.rows("select code, standing from fs_app.map_rival_estate"))
    assert found == {"E1": "stale", "E2": "unseen"}
