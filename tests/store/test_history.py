# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of a row says the truth, to those who may see it; an earlier version comes back as a new one."""

from __future__ import annotations

import random

import pytest

from fullservice_plugin.core.errors import ConflictError, FullServiceError, InputError, StoreError, TransitionError
from fullservice_plugin.store import history

TRUTH = "select row_version, to_jsonb(b) - 'geom', ST_AsText(b.geom) from fullservice.building b where id = %s"


@pytest.fixture
def house(town):
    """A building of HEL; its id."""
    return town.store.value("insert into fullservice.building (code, estate_id, households, geom) values "
                            "('H-' || gen_random_uuid(), %s, 10, ST_Multi(ST_MakeEnvelope(24.9, 60, 24.91, 60.01, "
                            "4326))) returning id::text", (town.ids["HEL-E"],))


def base(store, row):
    return store.value("select row_version from fullservice.building where id = %s", (row,))


@pytest.mark.parametrize("seed", range(6))
def test_every_version_is_what_it_was(town, house, seed):
    """Random edits, single and in bulk, by several people: each version read back equals what stood there then."""
    dice = random.Random(seed)
    people = [town.login("customer_manager"), town.login("planner"), town.store]
    changes = ("name = 'n' || {n}", "households = {n}", "households = null", "geom = ST_Translate(geom, {n} * 1e-5, 0)",
               "is_deleted = not is_deleted", "storeys = {n}, name = null", "businesses = businesses",
               "entry_point = ST_SetSRID(ST_MakePoint({n}, 1), 4326)")
    truth = {}

    def note():
        version, image, shape = town.store.rows(TRUTH, (house,))[0]
        truth[version] = (image, shape)

    note()
    for n in range(12):
        who = dice.choice(people)
        bulk = who is not people[0] and dice.random() < 0.4
        change = dice.choice(changes).format(n=n)
        with who.transaction(bulk=bulk) as cur:
            cur.execute("update fullservice.building set " + change + ("" if bulk else ", edit_base = row_version")
                        + " where id = %s", (house,))
        note()
    for version, (image, shape) in truth.items():
        found = history.row_at(people[0], house, version)
        for name in ("name", "households", "storeys", "businesses", "is_deleted", "code"):
            assert found[name] == image[name], (version, name)
        assert town.store.value("select ST_AsText(%s::geometry)", (found["geom"],)) == shape
    told = history.history(people[0], house)
    assert [entry.version for entry in told if entry.operation != "S"] == sorted(truth, reverse=True)
    assert told[-1].operation == "I" and told[-1].after["households"] == 10
    for entry in told[:-1]:
        assert entry.at and entry.who and set(entry.before) == set(entry.after) - {history.RESTORED_FROM}


def test_an_earlier_version_comes_back_as_a_new_one(town, house):
    manager = town.login("customer_manager")
    update = "update fullservice.building set {}, edit_base = row_version where id = %s"
    before = town.store.rows(TRUTH, (house,))[0]
    for change in ("name = 'x', households = 99", "geom = ST_Translate(geom, 1, 0)", "is_deleted = true"):
        manager.execute(update.format(change), (house,))
    manager.transition("SM-1", house, "located")
    version = base(town.store, house)
    with pytest.raises(ConflictError, match="changed this row"):
        history.restore(manager, house, 1, version - 1)
    done = history.restore(manager, house, 1, version)
    assert set(done.columns) == {"name", "households", "geom", "is_deleted"} and done.kept == ("lead_state",)
    after = town.store.rows(TRUTH, (house,))[0]
    assert after[0] == version + 1 and after[2] == before[2]
    moved = {"row_version", "changed_at", "changed_by", "lead_state"}
    assert {k: v for k, v in after[1].items() if k not in moved} == {k: v for k, v in before[1].items() if k
        not in moved}
    assert after[1]["lead_state"] == "located", "a step is never undone by a restore"
    newest = next(entry for entry in history.history(manager, house) if entry.operation == "U")
    assert newest.restored_from == 1 and newest.who == manager.login and "restored_from" not in newest.columns


def test_a_row_that_was_removed_for_good_comes_back(town):
    planner = town.login("planner")
    row = planner.value("insert into fullservice.street (source_key, name, branch_code, geom) values ('k', "
                        "'Main', 'HEL', "
                        "ST_GeomFromText('MULTILINESTRING((0 0,1 1))', 4326)) returning id::text")
    planner.execute("update fullservice.street set name = 'High', edit_base = row_version where id = %s", (row,))
    planner.execute("delete from fullservice.street where id = %s", (row,))
    told = history.history(planner, row)
    assert [entry.operation for entry in told] == ["D", "U", "I"]
    assert told[2].after["name"] == "Main" and told[1].after["name"] == "High"
    assert history.history(town.login("planner", "ESP"), row) == []
    assert history.row_at(planner, row, 1)["highway"] is None, "what was empty is known to have been empty"
    history.restore(planner, row, 1, None)
    assert planner.rows("select id::text, name, ST_AsText(geom) from fullservice.street where source_key = 'k'") == [
        (row, "Main", "MULTILINESTRING((0 0,1 1))")]


def test_who_may_not_restore(town, house):
    town.store.execute("update fullservice.building set name = 'x', edit_base = row_version where id = %s", (house,))
    for store, wanted in ((town.login("read_only"), StoreError),
                          (town.login("customer_manager", "ESP"), ConflictError)):
        with pytest.raises(wanted):
            history.restore(store, house, 1, 2)
    with pytest.raises(FullServiceError, match="no version 77"):
        history.restore(town.store, house, 77, 1)
    assert history.history(town.login("customer_manager", "ESP"), house) == []
    assert history.history(town.login("read_only"), house) != []


def test_what_is_closed_stays_closed(town):
    manager, planner = town.login("customer_manager"), town.login("planner")
    seen = manager.value("insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, "
                         "value, source_class, source_text, observed_on, observer) values ('building', %s, 'CUCC', "
                         "'presence', 'in_service', 'resident', 's', current_date, 'me') returning id::text",
                         (town.ids["HEL-B0"],))
    manager.transition("SM-10", seen, "retired")
    assert history.restore(manager, seen, 1, 2) == history.Restored((), ("state",))
    assert manager.value("select state from fullservice.intel_observation where id = %s", (seen,)) == "retired"
    with planner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.plan (code, area_code) values ('P-h', 'HEL-G') returning id")
        plan = cur.fetchone()[0]
        cur.execute("insert into fullservice.access_design (plan_id, estate_id, version_no, cost_total) values "
                    "(%s, %s, 90, "
                    "1) returning id::text", (plan, town.ids["HEL-E"]))
        design = cur.fetchone()[0]
        cur.execute("insert into fullservice.access_decision (design_id, plan_id, building_id, method) values "
                    "(%s, %s, %s, "
                    "'ftth')", (design, plan, town.ids["HEL-B0"]))
    planner.execute("update fullservice.access_design set cost_total = 2, edit_base = row_version where id = "
                    "%s", (design,))
    planner.transition("SM-3", design, "submitted")
    with pytest.raises(TransitionError, match="closed"):
        history.restore(planner, design, 1, 3)


def test_a_rule_that_holds_today_holds_for_the_past(town, house):
    """The old value meets the constraints of now, not those of then."""
    town.store.execute("update fullservice.building set households_low = 5, edit_base = row_version where id = "
                       "%s", (house,))
    town.store.execute("update fullservice.building set households_low = null, households_high = 3, edit_base = "
                       "row_version "
                       "where id = %s", (house,))
    with town.store.transaction() as cur:
        cur.execute("alter table fullservice.building add constraint tighter check (households_low is null) not valid")
    try:
        with pytest.raises(InputError, match="tighter"):
            history.restore(town.store, house, 2, 3)
    finally:
        town.store.execute("alter table fullservice.building drop constraint tighter")


def test_personal_data_have_no_past(town):
    manager, admin = town.login("customer_manager"), town.login("admin")
    with manager.transaction() as cur:
        cur.execute("insert into fullservice.property_party (estate_id, name, role) values (%s, 'P', 'owner') "
                    "returning id",
                    (town.ids["HEL-E"],))
        cur.execute("insert into fs_pii.contact (party_id, name, phone) values (%s, '赵六', '13311112222') returning "
                    "id::text", cur.fetchone())
        contact = cur.fetchone()[0]
    assert history.history(manager, contact) == []
    told = history.history(admin, contact)
    assert told[0].after["phone"] is True and "13311112222" not in str(told)
    with pytest.raises(StoreError, match="kept in no log"):
        history.restore(admin, contact, 1, 1)


def test_steps_are_part_of_the_story(town):
    manager = town.login("customer_manager")
    talk = manager.value("insert into fullservice.negotiation (building_id) values (%s) returning id::text",
                         (town.ids["HEL-B1"],))
    told = history.history(manager, talk)
    assert [entry.operation for entry in told] == ["S", "I"] or [entry.operation for entry in told] == ["I", "S"]
    assert {entry.after.get("stage") for entry in told} == {"not_started"}


def test_rows_that_all_branches_share_have_a_history_for_all(town):
    row = town.store.value("select id::text from fullservice.competitor_operator where code = 'CUCC'")
    assert history.history(town.login("customer_manager", "ESP"), row) != []
