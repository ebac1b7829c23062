# SPDX-License-Identifier: GPL-2.0-or-later
"""The state machines hold whoever writes: order, role, note, evidence; every step leaves an event."""

from __future__ import annotations

import pytest

from fullservice_plugin.core.catalogue.states import EVIDENCE, MACHINES
from fullservice_plugin.core.errors import InputError, TransitionError
from fullservice_plugin.i18n import translate

SHA = "0" * 64


@pytest.fixture
def talk(town):
    """A fresh talk on its own building; returns (customer manager's store, talk id, building id)."""
    person = town.login("customer_manager")
    number = person.value("select count(*) from fullservice.building")
    with person.transaction() as cur:
        cur.execute(
            "insert into fullservice.building (code, estate_id) values (%s, %s) returning id::text",
            (f"HEL-T{number}", town.ids["HEL-E"]),
        )
        building = cur.fetchone()[0]
        cur.execute(
            "insert into fullservice.negotiation (building_id, estate_id) values (%s, %s) returning id::text",
            (building, town.ids["HEL-E"]),
        )
        return person, cur.fetchone()[0], building


def party(person, talk_id, estate):
    """A party with a contact, named by the talk."""
    with person.transaction() as cur:
        cur.execute(
            "insert into fullservice.property_party (estate_id, name, role) values (%s, '物业公司', 'property_mgmt') "
            "returning id",
            (estate,),
        )
        party_id = cur.fetchone()[0]
        cur.execute(
            "insert into fs_pii.contact (party_id, name, phone) values (%s, '王经理', '13800001234')", (party_id,)
        )
        cur.execute(
            "update fullservice.negotiation set party_id = %s, edit_base = row_version where id = %s",
            (party_id, talk_id),
        )


def visit(person, talk_id):
    person.execute(
        "insert into fullservice.visit_log (negotiation_id, channel, result) values (%s, 'visit', 'talked')", (talk_id,)
    )


def attach(person, subject, kind, of="negotiation"):
    return person.value(
        "insert into fullservice.attachment (subject_kind, subject_id, kind, file_name, sha256) "
        "values (%s, %s, %s, %s, %s) returning id::text",
        (of, subject, kind, kind + ".pdf", SHA),
    )


def agreement(person, building, **more):
    values = {
        "number": "A-" + building,
        "signed_on": "2026-01-01",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
        "fee_model": "none",
        "exclusivity": "none",
        "status": "active",
        "works_from": "2026-02-01",
        "works_to": "2026-05-01",
        **more,
    }
    with person.transaction() as cur:
        cur.execute(
            "insert into fullservice.agreement (number, signed_on, valid_from, valid_to, fee_model, exclusivity, "
            "status, works_from, works_to) values (%(number)s, %(signed_on)s, %(valid_from)s, %(valid_to)s, "
            "%(fee_model)s, %(exclusivity)s, %(status)s, %(works_from)s, %(works_to)s) returning id::text",
            values,
        )
        found = cur.fetchone()[0]
        cur.execute(
            "insert into fullservice.agreement_building (agreement_id, building_id) values (%s, %s)", (found, building)
        )
        return found


def missing(caught):
    return set(caught.value.values["codes"])


def test_the_whole_chain_with_its_evidence(town, talk):
    person, talk_id, building = talk
    office = town.login("functional")

    def step(to, note="", by=person, lacks=None, evidence=()):
        if lacks:
            with pytest.raises(TransitionError) as caught:
                by.transition("SM-2", talk_id, to, note)
            assert missing(caught) == lacks
        else:
            by.transition("negotiation", talk_id, to, note, evidence)

    step("party_identified", lacks={"party", "contact"})
    party(person, talk_id, town.ids["HEL-E"])
    step("party_identified")
    step("contacted", lacks={"visit"})
    visit(person, talk_id)
    step("contacted")
    step("surveyed", lacks={"survey"})
    step("surveyed", evidence=[attach(person, talk_id, "photo")])
    attach(person, talk_id, "proposal")
    step("proposal_sent")
    step("negotiating", lacks={"round"})
    visit(person, talk_id)
    step("negotiating")
    step("terms_agreed", lacks={"terms"})
    attach(person, talk_id, "term_sheet")
    step("terms_agreed")
    step("in_approval", lacks={"compliance"})
    deal = agreement(person, building, works_from=None, works_to=None)
    step("in_approval")
    with pytest.raises(TransitionError, match="Functional staff"):
        person.transition("SM-2", talk_id, "signed")
    step("signed", by=office, lacks={"agreement_document"})
    attach(person, deal, "agreement", "agreement")
    step("signed", by=office)
    step("entry_permitted", lacks={"works_window", "permit"})
    attach(person, talk_id, "permit")
    person.execute(
        "update fullservice.agreement set works_from = '2026-02-01', works_to = '2026-03-01', "
        "edit_base = row_version where id = %s",
        (deal,),
    )
    step("entry_permitted")
    attach(person, talk_id, "acceptance")
    step("in_force")
    events = person.dicts(
        "select from_stage, to_stage, by, evidence_ids from fullservice.negotiation_event "
        "where negotiation_id = %s order by fid",
        (talk_id,),
    )
    assert [event["to_stage"] for event in events] == [
        "not_started",
        "party_identified",
        "contacted",
        "surveyed",
        "proposal_sent",
        "negotiating",
        "terms_agreed",
        "in_approval",
        "signed",
        "entry_permitted",
        "in_force",
    ]
    assert events[8]["by"] == office.login and len(events[3]["evidence_ids"].strip("{}").split(",")) == 1


def test_the_attribute_table_is_bound_too(town, talk):
    person, talk_id, _ = talk
    update = "update fullservice.negotiation set stage = %s, edit_base = row_version where id = %s"
    with pytest.raises(TransitionError) as caught:
        person.execute(update, ("signed", talk_id))
    error = caught.value
    assert error.text() == "From “Not started” one cannot go to “Signed”. Allowed: Party identified."
    assert translate(error.template, "zh", **error.values) == "不能从“未启动”转到“已签约”。允许：权属已摸清。"
    party(person, talk_id, town.ids["HEL-E"])
    person.execute(update, ("party_identified", talk_id))
    with pytest.raises(TransitionError) as caught:
        person.execute(update, ("contacted", talk_id))
    assert "a logged visit or call with its result" in caught.value.text()
    assert "登记有结果的拜访" in translate(caught.value.template, "zh", **caught.value.values)


def test_a_refusal_needs_note_reason_and_date(town, talk):
    person, talk_id, _ = talk
    party(person, talk_id, town.ids["HEL-E"])
    person.transition("SM-2", talk_id, "party_identified")
    with pytest.raises(TransitionError, match="needs a note"):
        person.transition("SM-2", talk_id, "refused")
    with pytest.raises(TransitionError) as caught:
        person.transition("SM-2", talk_id, "refused", "they said no")
    assert missing(caught) == {"reason", "next_review"}
    person.execute(
        "update fullservice.negotiation set stage = 'refused', note = 'they said no', reason_code = 'fee', "
        "next_review = current_date + 90, edit_base = row_version where id = %s",
        (talk_id,),
    )


def test_exclusive_access_blocks_the_signature(town, talk):
    person, talk_id, building = talk
    party(person, talk_id, town.ids["HEL-E"])
    person.transition("SM-2", talk_id, "party_identified")
    for stage, kinds in (("contacted", ()), ("proposal_sent", ("proposal",)), ("negotiating", ())):
        visit(person, talk_id)
        for kind in kinds:
            attach(person, talk_id, kind)
        person.transition("SM-2", talk_id, stage, "short way")
    deal = agreement(person, building, exclusivity="access")
    attach(person, deal, "agreement", "agreement")
    with pytest.raises(TransitionError) as caught:
        person.transition("SM-2", talk_id, "signed", "approved by the head of department")
    assert missing(caught) == {"no_access_exclusivity"}


def test_one_exclusive_agreement_at_a_time(talk):
    person, _, building = talk
    first = agreement(person, building, exclusivity="marketing")
    with pytest.raises(InputError, match="exclusive in this building in the same period"):
        agreement(person, building, number="second", exclusivity="wiring")
    person.execute(
        "update fullservice.agreement set status = 'terminated', edit_base = row_version where id = %s", (first,)
    )
    agreement(person, building, number="third " + building, exclusivity="wiring")


def test_rows_start_at_the_beginning_except_imported_ones(town):
    person, planner = town.login("customer_manager"), town.login("planner")
    building = planner.value(
        "insert into fullservice.building (code, estate_id) values ('HEL-I', %s) returning id::text",
        (town.ids["HEL-E"],),
    )
    insert = (
        "insert into fullservice.negotiation (building_id, stage, origin) values (%s, 'in_force', %s) "
        "returning id::text"
    )
    for store, origin in ((person, "desktop"), (person, "import"), (planner, "desktop")):
        with pytest.raises(TransitionError, match="starts at “Not started”"), store.transaction(bulk=True) as cur:
            cur.execute(insert, (building, origin))
    with planner.transaction(bulk=True) as cur:
        cur.execute(insert, (building, "import"))
        talk_id = cur.fetchone()[0]
    row = planner.dicts(
        "select evidence_missing, evidence_due from fs_app.negotiation_status where id = %s", (talk_id,)
    )[0]
    assert row["evidence_missing"] and {"agreement", "agreement_document"} <= set(row["evidence_due"])
    person.execute(
        "update fullservice.negotiation set evidence_missing = false, stage_since = '2020-01-01', "
        "edit_base = row_version where id = %s",
        (talk_id,),
    )
    assert person.rows(
        "select evidence_missing, stage_since > now() - interval '1 day' from fullservice.negotiation where id = %s",
        (talk_id,),
    ) == [(True, True)]
    deal = agreement(person, building)
    attach(person, deal, "agreement", "agreement")
    attach(person, talk_id, "acceptance")
    assert person.value("select evidence_missing from fullservice.negotiation where id = %s", (talk_id,)) is False
    assert person.rows(
        "select from_stage, to_stage, reason from fullservice.negotiation_event where negotiation_id = %s", (talk_id,)
    ) == [(None, "in_force", "import")]


def test_a_design_is_reviewed_by_somebody_else_and_then_frozen(town):
    planner, support = town.login("planner"), town.login("network_support")
    with planner.transaction() as cur:
        cur.execute("insert into fullservice.plan (code, area_code) values ('P-1', 'HEL-G') returning id")
        plan = cur.fetchone()[0]
        cur.execute(
            "insert into fullservice.access_design (plan_id, estate_id) values (%s, %s) returning id::text",
            (plan, town.ids["HEL-E"]),
        )
        design = cur.fetchone()[0]
    with pytest.raises(TransitionError) as caught:
        planner.transition("design", design, "submitted")
    assert missing(caught) == {"validated"}
    with planner.transaction() as cur:
        cur.execute(
            "insert into fullservice.access_decision (design_id, plan_id, building_id, method) values (%s, %s, %s, "
            "'ftth')",
            (design, plan, town.ids["HEL-B0"]),
        )
        cur.execute(
            "update fullservice.access_design set cost_total = 10, edit_base = row_version where id = %s", (design,)
        )
    planner.transition("design", design, "submitted")
    with pytest.raises(TransitionError, match="Network support"):
        planner.transition("design", design, "in_review")
    support.transition("design", design, "in_review")
    support.transition("design", design, "approved")
    assert support.rows("select state, author, approver from fullservice.access_design where id = %s", (design,)) == [
        ("approved", planner.login, support.login)
    ]
    with pytest.raises(TransitionError, match=r"can no longer be changed \(Approved\)"):
        planner.execute(
            "update fullservice.access_design set cost_total = 1, edit_base = row_version where id = %s", (design,)
        )
    for statement in (
        "insert into fullservice.design_bom (plan_id, design_id, domain, item) select plan_id, id, 'wired', "
        "'cable' from fullservice.access_design where id = %s",
        "update fullservice.access_decision set method = 'none', edit_base = row_version where design_id = %s",
        "delete from fullservice.access_decision where design_id = %s",
    ):
        with pytest.raises(TransitionError, match="can no longer be changed"):
            planner.execute(statement, (design,))


def test_author_may_not_review(town):
    support = town.login("network_support")
    plan = town.login("planner").value(
        "insert into fullservice.plan (code, area_code) values ('P-2', 'HEL-G') returning id"
    )
    with support.transaction() as cur:
        cur.execute(
            "insert into fullservice.access_design (plan_id, estate_id, version_no, cost_total, author, approver) "
            "values (%s, %s, 9, 1, 'somebody', 'else') returning id::text",
            (plan, town.ids["HEL-E"]),
        )
        design = cur.fetchone()[0]
        cur.execute(
            "insert into fullservice.access_decision (design_id, plan_id, building_id, method) values (%s, %s, %s, "
            "'none')",
            (design, plan, town.ids["HEL-B1"]),
        )
    support.transition("design", design, "submitted")
    with pytest.raises(TransitionError) as caught:
        support.transition("design", design, "in_review")
    assert missing(caught) == {"other_reviewer"}


def test_leads_tasks_and_observations_move_by_their_machines(town):
    person = town.login("customer_manager")
    house = town.ids["HEL-B2"]
    person.transition("SM-1", house, "located")
    with pytest.raises(TransitionError) as caught:
        person.transition("SM-1", house, "verified")
    assert missing(caught) == {"second_source"}
    attach(person, house, "survey", "building")
    person.transition("SM-1", house, "verified")
    with pytest.raises(TransitionError, match="needs a note"):
        person.transition("SM-1", house, "demolished")
    task = person.value("insert into fullservice.task (kind, title) values ('visit', 'go there') returning id::text")
    for state in ("accepted", "doing", "done", "verified"):
        person.transition("task", task, state)
    seen = [
        person.value(
            "insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, value,"
            " source_class, source_text, observed_on, observer) values ('building', %s, 'CUCC', 'technology', "
            "'ftth', %s, 'x', current_date, %s) returning id::text",
            (house, source, who),
        )
        for source, who in (("resident", "a"), ("site_photo", "b"))
    ]
    person.transition("intel", seen[0], "verified")
    assert person.rows("select state, verified_by from fullservice.intel_observation where id = %s", (seen[0],)) == [
        ("verified", person.login)
    ]
    assert (
        person.value(
            "select count(*) from fullservice.state_event where subject_id = any(%s::uuid[])", ([house, task, seen[0]],)
        )
        == 7
    )


def test_every_pair_of_states_outside_the_table_is_refused(town, talk):
    """Straight through the rule itself: each (from, to, role) of SM-2, legal or not."""
    roles = ("customer_manager", "network_support", "functional", "planner", "read_only")
    machine = MACHINES["SM-2"]
    allowed = {(step.source, step.target): step.roles for step in machine.transitions}
    for role in roles:
        store = town.login(role)
        with store.transaction() as cur:
            cur.execute("create temp table verdict (a text, b text, reason text) on commit drop")
            cur.execute("""
                do $$ declare a record; b record; why jsonb; t text; begin
                for a in select code from fs_meta.code where list = 'negotiation_stage' loop
                for b in select code from fs_meta.code where list = 'negotiation_stage' loop
                    if a.code <> b.code then begin
                        perform fs_app.check_step('SM-2', null, a.code, b.code, true, '{}', null);
                        insert into verdict values (a.code, b.code, 'ok');
                    exception when sqlstate 'FS422' then
                        get stacked diagnostics t = pg_exception_detail;
                        insert into verdict values (a.code, b.code, t::jsonb ->> 'reason');
                    end; end if;
                end loop; end loop; end $$""")
            cur.execute("select a, b, reason from verdict")
            for source, target, reason in cur.fetchall():
                if (source, target) not in allowed:
                    assert reason == "step", (source, target, role)
                elif role not in allowed[source, target]:
                    assert reason == "role", (source, target, role)
                else:
                    assert reason in ("ok", "evidence"), (source, target, role)


def test_documents_are_always_needed_for_signature_and_entry():
    for step in MACHINES["SM-2"].transitions:
        if step.target == "signed":
            assert {"agreement", "agreement_document"} <= set(step.evidence)
        if step.target == "entry_permitted":
            assert "agreement" in step.evidence and {"agreement_document", "filing"} & set(step.evidence)
        assert set(step.evidence) <= set(EVIDENCE)
