# SPDX-License-Identifier: GPL-2.0-or-later
"""A talk from its start to the entry permit through the services; the database refuses what lacks evidence or role."""

from __future__ import annotations

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest
from psycopg2 import sql

from fullservice_plugin.core.errors import InputError, ParameterError, StoreError, TransitionError
from fullservice_plugin.services import negotiation as talks

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)
TODAY = date.today()
TERMS = {
    "number": "R-7", "type": "entry", "signed_on": TODAY, "valid_from": TODAY, "valid_to": TODAY + timedelta(days=1000),
    "exclusivity": "none", "fee_model": "per_year", "fee_amount": 1200, "works_from": TODAY,
    "works_to": TODAY + timedelta(days=60)}  # fmt: skip


@pytest.fixture(scope="module")
def place(empty_database, databases):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": empty_database})
    install(store)
    ids = town.build(store)
    logins = {}
    for role in ("customer_manager", "functional", "network_support"):
        login = f"{empty_database}_{role[:4]}1"
        with store.transaction(bulk=True) as cur:
            cur.execute(sql.SQL("create role {} login in role {}").format(
                sql.Identifier(login), sql.Identifier(f"{empty_database}_{role}")))  # fmt: skip
            town.insert(cur, "staff", login=login, role=role, branch_code="B")
        logins[role] = Store.connect({"service": databases.service(login, empty_database, login)})
    yield store, ids, logins
    for link in (*logins.values(), store):
        link.close()


def _start(store, ids, building: str) -> tuple[str, str]:
    party = talks.record_party(
        store, ids["E1"], f"Owner of {building}", "owner", authority="sign",
        contact={"name": "Li", "phone": "13800001234", "consent": True})  # fmt: skip
    return talks.start_negotiation(store, ids[building], party_id=party, next_action="call"), party


def test_the_whole_chain_with_its_evidence_and_roles(place):
    store, ids, logins = place
    manager, functional, network = (logins[r] for r in ("customer_manager", "functional", "network_support"))
    talk, _ = _start(manager, ids, "E1-1")
    talks.advance_negotiation(manager, talk, "party_identified")
    with pytest.raises(TransitionError, match="evidence"):
        talks.advance_negotiation(manager, talk, "contacted")
    talks.record_visit(manager, talk, "they will think about it", channel="phone", next_step="send proposal")
    talks.advance_negotiation(manager, talk, "contacted")
    with pytest.raises(TransitionError, match="cannot go"):
        talks.advance_negotiation(manager, talk, "signed")
    talks.add_attachment(manager, "negotiation", talk, "survey", b"riser free", "survey.txt")
    talks.advance_negotiation(manager, talk, "surveyed")
    with pytest.raises(TransitionError):
        talks.advance_negotiation(manager, talk, "proposal_sent")
    proof = talks.add_attachment(manager, "negotiation", talk, "proposal", b"our offer", "offer.pdf")
    talks.advance_negotiation(manager, talk, "proposal_sent", evidence=[proof])
    talks.record_visit(manager, talk, "second round", channel="meeting")
    talks.advance_negotiation(manager, talk, "negotiating")
    with pytest.raises(TransitionError, match="CN-EXCLUSIVE-ACCESS"):
        exclusive = {**TERMS, "exclusivity": "access"}
        talks.sign_agreement(functional, [talk], exclusive, b"signed", "a.pdf", note="small deal")
    assert store.value("select count(*) from fullservice.agreement") == 0
    agreement, warnings = talks.sign_agreement(functional, [talk], TERMS, b"signed", "a.pdf", note="small deal")
    assert warnings == []
    with pytest.raises(TransitionError):
        talks.advance_negotiation(network, talk, "entry_permitted")
    talks.add_attachment(network, "negotiation", talk, "permit", b"permit", "p.pdf")
    talks.advance_negotiation(network, talk, "entry_permitted")
    events = store.rows("select from_stage, to_stage, by from fullservice.negotiation_event where negotiation_id = %s"
                        " order by fid", (talk,))  # fmt: skip
    assert [event[1] for event in events] == [
        "not_started", "party_identified", "contacted", "surveyed", "proposal_sent", "negotiating", "signed",
        "entry_permitted"]  # fmt: skip
    assert events[-1][2] == network.login and events[-2][2] == functional.login
    kept = store.rows(
        "select sha256, size_bytes, content from fullservice.attachment where subject_id = %s", (agreement,)
    )
    assert kept[0][1] == 6 and bytes(kept[0][2]) == b"signed" and len(kept[0][0]) == 64


def test_refusal_needs_reason_review_and_note_and_leaves_nothing_half_done(place):
    _, ids, logins = place
    manager = logins["customer_manager"]
    talk, _ = _start(manager, ids, "E1-2")
    talks.advance_negotiation(manager, talk, "party_identified")
    with pytest.raises(TransitionError):
        talks.advance_negotiation(manager, talk, "refused", "no", changes={"reason_code": "fee"})
    assert manager.rows("select reason_code, stage from fullservice.negotiation where id = %s", (talk,)) \
        == [(None, "party_identified")]  # fmt: skip
    talks.advance_negotiation(manager, talk, "refused", "too dear",
                              changes={"reason_code": "fee", "next_review": TODAY + timedelta(days=90)})  # fmt: skip
    with pytest.raises(StoreError, match="cannot be changed"):
        talks.advance_negotiation(manager, talk, "contacted", changes={"stage": "signed"})


def test_roles_are_the_databases(place):
    _, ids, logins = place
    talk, _ = _start(logins["customer_manager"], ids, "E1-3")
    with pytest.raises(TransitionError, match="roles"):
        talks.advance_negotiation(logins["network_support"], talk, "party_identified")


def test_documents_that_cannot_be_kept(place, tmp_path):
    store, ids, _ = place
    empty = tmp_path / "empty.pdf"
    empty.write_bytes(b"")
    for document, word in ((empty, "empty"), (tmp_path / "none.pdf", "cannot be read"), (tmp_path, "cannot be read")):
        with pytest.raises(InputError, match=word):
            talks.add_attachment(store, "estate", ids["E1"], "photo", document)
    with pytest.raises(InputError, match="file name"):
        talks.add_attachment(store, "estate", ids["E1"], "photo", b"x")
    first = talks.add_attachment(store, "estate", ids["E1"], "photo", b"x", "../../etc/x.jpg")
    assert talks.add_attachment(store, "estate", ids["E1"], "photo", b"x", "y.jpg") == first
    assert store.value("select file_name from fullservice.attachment where id = %s", (first,)) == "x.jpg"


def test_misuse(place):
    store, ids, _ = place
    with pytest.raises(ParameterError, match="result"):
        talks.record_visit(store, ids["E1"], "  ")
    with pytest.raises(StoreError, match="no property talk"):
        talks.record_visit(store, ids["E1"], "met nobody")
    with pytest.raises(ParameterError, match="no field"):
        talks.sign_agreement(store, [ids["E1"]], {"colour": "red"}, b"x", "x")
    with pytest.raises(ParameterError, match="at least one"):
        talks.sign_agreement(store, [], {}, b"x", "x")
