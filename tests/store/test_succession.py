# SPDX-License-Identifier: GPL-2.0-or-later
"""A new owner or manager: refused talks get a successor, agreements a new version; notices their chain."""

from __future__ import annotations

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest

from fullservice_plugin.core.errors import ParameterError

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
TODAY = date.today()


@pytest.fixture
def place(databases):
    store, ids = made.opened(databases.create())
    yield store, ids
    store.close()


def talk(store, ids, building: str, stage: str, party: str) -> str:
    with store.transaction(bulk=True) as cur:
        return made.insert(cur, "negotiation", building_id=ids[building], estate_id=ids[building[:2]], stage=stage,
                           party_id=party, origin="import")


def party(store, ids) -> str:
    with store.transaction(bulk=True) as cur:
        return made.insert(cur, "property_party", estate_id=ids["E1"], name="Old", role="owner")


def test_a_refused_house_that_was_sold_is_asked_anew(place):
    from fullservice_plugin.services.by_hand import take_back
    from fullservice_plugin.services.succession import change_party

    store, ids = place
    old = party(store, ids)
    keys = [talk(store, ids, "E1-1", "refused", old), talk(store, ids, "E1-2", "blocked", old)]
    with pytest.raises(ParameterError):
        change_party(store, keys, "", "owner")
    deed = change_party(store, keys, "New Ltd", "owner", contact={"name": "Han", "phone": "13900000000"}, action="call")
    rows = store.rows("select n.stage, n.reason_code, p.name, n.next_action from fullservice.negotiation n join "
                      "fullservice.property_party p on p.id = n.party_id where not n.is_deleted order by n.fid")
    assert rows == [("closed", "owner_changed", "Old", None), ("closed", "owner_changed", "Old", None),
                    ("not_started", None, "New Ltd", "call"), ("not_started", None, "New Ltd", "call")]
    ends = dict(store.rows("select name, valid_to from fullservice.property_party"))
    assert ends == {"Old": TODAY - timedelta(days=1), "New Ltd": None}
    assert store.value("select count(*) from fs_pii.contact") == 1
    take_back(store, deed.number)
    stages = store.rows(
        "select stage, count(*) from fullservice.negotiation where not is_deleted group by 1 order by 1")
    assert stages == [("blocked", 1), ("refused", 1)], "and all of it can be taken back"


def test_a_new_property_company_takes_the_agreement_over(place):
    from fullservice_plugin.services.succession import change_party

    store, ids = place
    old = party(store, ids)
    keys = [talk(store, ids, "E1-1", "in_force", old), talk(store, ids, "E1-2", "in_force", old)]
    with store.transaction(bulk=True) as cur:
        deal = made.insert(cur, "agreement", number="A1", status="active", party_id=old, estate_id=ids["E1"],
                           signed_on=TODAY - timedelta(days=100), valid_from=TODAY - timedelta(days=100),
                           valid_to=TODAY + timedelta(days=500), fee_model="per_year", fee_amount=900,
                           exclusivity="none")
        for code in ("E1-1", "E1-2"):
            made.insert(cur, "agreement_building", agreement_id=deal, building_id=ids[code])
        draft = made.insert(cur, "agreement", number="A2", status="draft", party_id=old, estate_id=ids["E1"])
        made.insert(cur, "agreement_building", agreement_id=draft, building_id=ids["E1-1"])
    change_party(store, keys, "New Manager", "property_mgmt")
    rows = store.rows("select g.version_no, g.status, p.name, g.valid_from, g.valid_to, g.fee_amount::int, "
                      "(select count(*) from fullservice.agreement_building b where b.agreement_id = g.id "
                      "and not b.is_deleted) from fullservice.agreement g join fullservice.property_party p "
                      "on p.id = g.party_id where g.number = 'A1' order by 1")
    assert rows == [
        (1, "terminated", "Old", TODAY - timedelta(days=100), TODAY - timedelta(days=1), 900, 2),
        (2, "active", "New Manager", TODAY, TODAY + timedelta(days=500), 900, 2)]
    assert {row[0] for row in store.rows("select stage from fullservice.negotiation")} == {"in_force"}
    assert store.value("select status from fullservice.agreement where number = 'A2'") == "draft", "still talked about"


def test_the_statutory_chain_goes_on_until_the_landlord_answers(place):
    from fullservice_plugin.services.negotiation import record_visit
    from fullservice_plugin.services.talk_desk import read_deal

    store, ids = place
    key = talk(store, ids, "E1-1", "contacted", party(store, ids))
    assert read_deal(store, [key]).notice is None, "China has no such chain"
    with store.transaction(bulk=True) as cur:
        cur.execute("insert into fs_meta.setting (key, value) values ('jurisdiction', '\"UK\"')")
    for expected in ("request_notice", "warning_1", "warning_2", "final_notice"):
        assert read_deal(store, [key]).notice == expected
        record_visit(store, key, "sent", channel="letter", notice=expected)
    assert read_deal(store, [key]).notice == "tribunal"
    other = talk(store, ids, "E1-2", "contacted", party(store, ids))
    record_visit(store, other, "sent", channel="letter", notice="request_notice")
    record_visit(store, other, "they rang back", channel="phone")
    assert read_deal(store, [other]).notice is None, "any answer ends the chain"
