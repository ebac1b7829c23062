# SPDX-License-Identifier: GPL-2.0-or-later
"""Every role may print what it may see, and nothing else."""

from __future__ import annotations

import datetime

import pytest

from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.services.plans import read_access_plan
from fullservice_plugin.services.reports import read_competition, read_negotiations

ON = datetime.date(2026, 5, 4)


@pytest.fixture(scope="module")
def printed(town):
    """A talk, an observation and a plan in each branch."""
    with town.store.transaction(bulk=True) as cur:
        for branch in ("HEL", "ESP"):
            cur.execute(
                "insert into fullservice.negotiation (building_id, estate_id, next_action) values (%s, %s, 'Call')",
                (town.ids[branch + "-B0"], town.ids[branch + "-E"]),
            )
            cur.execute(
                "insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, value, "
                "source_class, source_text, observed_on, observer) values "
                "('building', %s, 'CTCC', 'presence', 'in_service', 'site_photo', 'photo', '2026-04-01', 'x')",
                (town.ids[branch + "-B1"],),
            )
            cur.execute(
                "insert into fullservice.plan (code, area_code, cost, currency, branch_code) "
                "values (%s, %s, 100, 'CNY', %s) returning id::text",
                ("P-" + branch, branch + "-G", branch),
            )
            plan = cur.fetchone()[0]
            cur.execute(
                "insert into fullservice.access_design (plan_id, estate_id, cost_total) values (%s, %s, 100) "
                "returning id::text",
                (plan, town.ids[branch + "-E"]),
            )
            design = cur.fetchone()[0]
            cur.execute(
                "insert into fullservice.access_decision (plan_id, design_id, building_id, method, reason_en) "
                "values (%s, %s, %s, 'ftth', 'Because')",
                (plan, design, town.ids[branch + "-B0"]),
            )
    return town


@pytest.mark.parametrize("role", ROLES)
def test_a_role_prints_its_branch(printed, role):
    store = printed.login(role)
    talks = read_negotiations(store, "", "en", ON)
    rivals = read_competition(store, "", "en", ON)
    plan = read_access_plan(store, "P-HEL", "", "en")
    everything = role == "admin"
    assert {talk.estate for talk in talks.talks} >= {"HEL-E"}
    assert {p.estate for p in rivals.presences} >= {"HEL-E"}
    assert [d.building for d in plan.decisions] == ["HEL-B0"]
    if not everything:
        assert {talk.estate for talk in talks.talks} == {"HEL-E"}
        assert {p.estate for p in rivals.presences} == {"HEL-E"}


def test_another_branch_is_not_there(printed):
    store = printed.login("planner")
    with pytest.raises(InputError, match="no plan P-ESP"):
        read_access_plan(store, "P-ESP", "", "en")
    with pytest.raises(InputError, match="ESP-E"):
        read_negotiations(store, "ESP-E", "en", ON)


def test_an_unknown_login_prints_nothing(printed):
    store = printed.login("read_only", "")
    assert read_negotiations(store, "", "zh", ON).talks == ()
    assert read_competition(store, "", "zh", ON).presences == ()
