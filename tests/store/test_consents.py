# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan that runs along walls asks their owners, once, and nobody else."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
from psycopg2 import sql

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.services.design import plan_area
from fullservice_plugin.services.negotiation import advance_negotiation, record_party

_spec = importlib.util.spec_from_file_location("fs_town_consents", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)


@pytest.fixture(scope="module")
def row(empty_database):
    """A store with a row of houses wall to wall: A and D have many homes, B and C between them none."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": empty_database})
    install(store)
    ids = town.build_row(store)
    yield store, ids
    store.close()


def _plan(store, scenario="base", **changes):
    given = {"budget": None, "horizon_years": 8.0, "catalogue": load_catalogue(), "time_limit": 10.0}
    return plan_area(store, "G", scenario=scenario, today=date(2026, 3, 1), **{**given, **changes})


def _talks(store):
    return dict(
        store.rows(
            "select b.code, n.stage from fullservice.negotiation n join fullservice.building b on b.id = n.building_id"
            " where not n.is_deleted order by 1"
        )
    )


def test_owners_on_the_way_are_asked_once(row):
    store, ids = row
    made = _plan(store)
    crossings = store.value("select params -> 'crossings' from fullservice.plan where id = %s", (made.plan_id,))
    assert {c["building"] for c in crossings} >= {"B", "C"}
    assert all(c["metres"] > 0 and c["building_id"] == ids[c["building"]] for c in crossings)
    asked = _talks(store)
    assert made.asked == len(asked) == len(crossings)
    assert set(asked.values()) == {"not_started"}
    note = store.value("select next_action from fullservice.negotiation where building_id = %s", (ids["B"],))
    assert made.code in note
    again = _plan(store, horizon_years=9.0)
    assert again.new and again.asked == 0
    assert _talks(store) == asked


def test_curve_and_phases_are_kept(row):
    store, _ = row
    whole = _plan(store, horizon_years=11.0)
    made = _plan(store, horizon_years=11.0, phases=[0.6 * whole.cost, 0.6 * whole.cost])
    params = store.value("select params from fullservice.plan where id = %s", (made.plan_id,))
    curve = params["frontier"]
    assert curve and curve[-1]["benefit"] == pytest.approx(made.benefit, abs=0.02)
    assert all(point["benefit"] <= point["upper_bound"] for point in curve)
    assert sum(phase["cost"] for phase in params["phases"]) == pytest.approx(made.cost, abs=0.05)
    bills = {row["code"]: sum(line["cost"] for line in row["bom"]) for row in params["cabinets"]}
    assert "" in bills and len(bills) > 1 and sum(bills.values()) == pytest.approx(made.cost, abs=0.2)
    phases = dict(store.rows(
        "select (props ->> 'phase')::int, count(*) from fullservice.design_element where plan_id = %s group by 1",
        (made.plan_id,)))  # fmt: skip
    assert None not in phases and set(phases) <= {phase["number"] for phase in params["phases"]}


def test_a_refusal_moves_the_route(row):
    store, ids = row
    talk = store.value("select id::text from fullservice.negotiation where building_id = %s", (ids["B"],))
    owner = {"name": "Li", "phone": "13800001234", "consent": True}
    party = record_party(store, ids["E3"], "Owners", "owner", contact=owner)
    advance_negotiation(store, talk, "party_identified", changes={"party_id": party})
    changes = {"reason_code": "fee", "next_review": date(2026, 6, 1)}
    advance_negotiation(store, talk, "refused", "the owner said no", changes=changes)
    made = _plan(store, horizon_years=7.0)
    crossings = store.value("select params -> 'crossings' from fullservice.plan where id = %s", (made.plan_id,))
    assert "B" not in {c["building"] for c in crossings}


def test_nobody_asks_in_the_name_of_another_plan(row, databases):
    from fullservice_plugin.store.connection import Store

    store, _ = row
    name = store.connection.info.dbname
    login = f"{name}_second"
    with store.transaction(bulk=True) as cur:
        cur.execute(
            sql.SQL("create role {} login in role {}").format(sql.Identifier(login), sql.Identifier(f"{name}_planner"))
        )
        town.insert(cur, "staff", login=login, role="planner", branch_code="B")
    plan = store.value("select id::text from fullservice.plan limit 1")
    other = Store.connect({"service": databases.service(login, name, login)})
    with pytest.raises(StoreError):
        with other.transaction() as cur:
            cur.execute("select fs_app.ask_consents(%s, 'x')", (plan,))
    other.close()
    assert len(_talks(store)) == len(set(_talks(store)))
