# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings that split or merge keep their talks, agreements and observations; daily figures; pre-coverage requests."""

from __future__ import annotations

from datetime import date

import pytest

from fullservice_plugin.core.errors import ConflictError, FullServiceError, TransitionError


def house(cur, town, code, x, households=None):
    cur.execute("insert into fullservice.building (code, estate_id, households, geom) values (%s, %s, %s, "
                "ST_Multi(ST_MakeEnvelope(%s, 60.2, %s, 60.201, 4326))) returning id::text",
                (code, town.ids["HEL-E"], households, x, x + 0.001))
    return cur.fetchone()[0]


def signed_house(cur, town, code, x):
    """A building with a signed talk, its agreement and document, two observations and an address."""
    building = house(cur, town, code, x, 40)
    cur.execute("insert into fullservice.negotiation (building_id, estate_id, stage, origin) values (%s, %s, 'signed', "
                "'import') returning id::text", (building, town.ids["HEL-E"]))
    talk = cur.fetchone()[0]
    cur.execute("insert into fullservice.agreement (number, signed_on, valid_from, valid_to, status, "
                "exclusivity, fee_model) "
                "values (%s, '2026-01-01', '2026-01-01', '2030-01-01', 'active', 'none', 'none') returning id::text",
                ("N-" + code,))
    deal = cur.fetchone()[0]
    cur.execute("insert into fullservice.agreement_building (agreement_id, building_id) values (%s, %s)",
                (deal, building))
    cur.execute("insert into fullservice.attachment (subject_kind, subject_id, kind, file_name, sha256) values "
                "('agreement', %s, 'agreement', 'a.pdf', %s)", (deal, "0" * 64))
    for field, value, number in (("presence", "in_service", None), ("subs", None, 12)):
        cur.execute("insert into fullservice.intel_observation (subject_kind, building_id, operator_code, "
                    "field, value, "
                    "number, source_class, source_text, observed_on, observer) values ('building', %s, 'CUCC', "
                    "%s, %s, %s, "
                    "'resident', 's', current_date, 'me')", (building, field, value, number))
    cur.execute("insert into fullservice.address (building_id, full_text, geom) values (%s, 'east', "
                "ST_SetSRID(ST_MakePoint(%s, 60.2005), 4326)) returning id::text", (building, x + 0.0012))
    return building, talk, deal, cur.fetchone()[0]


def test_a_split_carries_everything_over_and_counts_nothing_twice(town):
    planner = town.login("planner")
    count = "select sum(households) from fullservice.building where not is_deleted"
    with planner.transaction(bulk=True) as cur:
        old, talk, deal, address = signed_house(cur, town, "HEL-old", 24.95)
        before = planner.value(count)
        west, east = (house(cur, town, "HEL-" + side, x, 20) for side, x in (("west", 24.95), ("east", 24.9505)))
        cur.execute("select fs_app.replace_buildings(array[%s]::uuid[], array[%s, %s]::uuid[], 'split', 'survey')",
                    (old, west, east))
        assert cur.fetchone()[0] == {"buildings": 1, "agreements": 2, "talks": 1, "observations": 2}
    assert planner.value(count) == before
    stages = planner.rows("select building_id::text, stage, evidence_missing from fullservice.negotiation "
                          "where building_id = any(%s::uuid[]) order by building_id::text = %s desc",
                          ([west, east], west))
    assert stages == [(west, "signed", False), (east, "signed", False)], "the agreement covers both"
    assert planner.value("select building_id::text from fullservice.negotiation where id = %s", (talk,)) == west
    covered = planner.rows("select building_id::text from fullservice.agreement_building where agreement_id = %s "
                           "and not is_deleted", (deal,))
    assert {row for (row,) in covered} == {west, east}
    seen = planner.rows("select building_id::text, field from fullservice.intel_observation where building_id = "
                        "any(%s::uuid[])", ([west, east],))
    assert sorted(seen) == sorted([(west, "presence"), (east, "presence")]), "users cannot be shared out by guess"
    assert planner.value("select building_id::text from fullservice.address where id = %s", (address,)) == east
    lineage = planner.rows("select descendant_id::text, relation, reason from fullservice.building_lineage "
                           "where ancestor_id = %s", (old,))
    assert sorted(lineage) == sorted([(west, "split", "survey"), (east, "split", "survey")])
    with pytest.raises(ConflictError):
        planner.rows("select fs_app.replace_buildings(array[%s]::uuid[], array[%s]::uuid[], 'split')", (old, west))
    with pytest.raises(FullServiceError, match="only planners"):
        town.login("customer_manager").rows("select fs_app.replace_buildings(array[%s]::uuid[], array[%s]::uuid[], "
                                            "'merged')", (west, east))


def test_a_merge_stands_where_its_least_advanced_part_stands_and_stale_designs_are_listed(town):
    planner = town.login("planner")
    with planner.transaction(bulk=True) as cur:
        first, *_ = signed_house(cur, town, "HEL-m1", 24.96)
        second = house(cur, town, "HEL-m2", 24.961)
        cur.execute("insert into fullservice.negotiation (building_id, estate_id, stage, origin) values (%s, %s, "
                    "'contacted', 'import')", (second, town.ids["HEL-E"]))
        cur.execute("insert into fullservice.plan (code, area_code) values ('P-stale', 'HEL-G') returning id")
        plan = cur.fetchone()[0]
        cur.execute("insert into fullservice.access_design (plan_id, estate_id, version_no) values (%s, %s, 41) "
                    "returning "
                    "id::text", (plan, town.ids["HEL-E"]))
        design = cur.fetchone()[0]
        cur.execute("insert into fullservice.access_decision (design_id, plan_id, building_id, method) values "
                    "(%s, %s, %s, "
                    "'ftth')", (design, plan, first))
    assert planner.rows("select 1 from fs_app.stale_design where id = %s", (design,)) == []
    with planner.transaction(bulk=True) as cur:
        joint = house(cur, town, "HEL-joint", 24.96)
        cur.execute("select fs_app.replace_buildings(array[%s, %s]::uuid[], array[%s]::uuid[], 'merged')",
                    (first, second, joint))
        done = cur.fetchone()[0]
    assert done["buildings"] == 2 and done["observations"] == 2
    assert planner.value("select stage from fs_app.building_stage where building_id = %s", (joint,)) == "contacted"
    assert planner.rows("select relation from fs_app.stale_design where id = %s", (design,)) == [("merged",)]


def test_the_figures_of_a_day_add_up_and_are_read_by_branch(town):
    owner, planner = town.store, town.login("planner")
    owner.rows("select fs_app.refresh_aggregates()")
    assert owner.value("select fs_app.take_snapshot()") > 0
    assert owner.value("select fs_app.take_snapshot()") == 0, "the same figures again change nothing"
    sums = dict(owner.rows("select level, sum(num) from fullservice.indicator_daily where day = current_date "
                           "and metric = "
                           "'buildings' group by level"))
    assert sums["grid"] == sums["micro_region"] == sums["branch"]
    unknown = owner.value("select sum(unknown) from fullservice.indicator_daily where level = 'branch' and metric = "
                          "'households'")
    assert unknown == owner.value("select count(*) from fullservice.building where households is null and not "
                                  "is_deleted")
    assert planner.rows("select distinct branch_code from fullservice.indicator_daily") == [("HEL",)]
    with pytest.raises(FullServiceError):
        planner.execute("insert into fullservice.indicator_daily (day, level, area_id, metric) values "
                        "(current_date, 'grid', "
                        "gen_random_uuid(), 'x')")
    name = "indicator_daily_" + date.today().strftime("%Y_%m")
    found = owner.value("select tableoid::regclass::text from fullservice.indicator_daily where day = "
                        "current_date limit 1")
    assert found == "fullservice." + name
    with pytest.raises(FullServiceError, match="permission denied"):
        planner.rows("select 1 from fullservice." + name)


def test_the_nightly_round(town):
    done = town.login("admin").value("select fs_app.nightly()")
    assert {"partitions", "figures", "contacts", "phones"} == set(done)
    with pytest.raises(FullServiceError, match="only administrators"):
        town.login("planner").value("select fs_app.nightly()")


def test_a_request_needs_an_agreement_or_a_reason(town):
    manager, support = town.login("customer_manager"), town.login("network_support")
    request = manager.value("insert into fullservice.precoverage_request (building_id, reason) values (%s, 'many ask') "
                            "returning id::text", (town.ids["HEL-B2"],))
    with pytest.raises(TransitionError, match="signed agreement for the place"):
        support.transition("precoverage", request, "feasibility")
    with pytest.raises(TransitionError, match="Only these roles"):
        manager.transition("precoverage", request, "feasibility")
    manager.execute("update fullservice.precoverage_request set override_reason = 'school opens', edit_base = "
                    "row_version "
                    "where id = %s", (request,))
    support.transition("precoverage", request, "feasibility")
    support.transition("precoverage", request, "approved")
    events = town.store.rows("select from_state, to_state from fullservice.state_event where subject_id = %s "
                             "order by fid",
                             (request,))
    assert events == [("requested", "feasibility"), ("feasibility", "approved")]
