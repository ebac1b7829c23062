# SPDX-License-Identifier: GPL-2.0-or-later
"""Area packages: reviewed by somebody else, frozen in force, counted only then; overlaps and validity by an oracle."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pytest
from shapely.geometry import box

from fullservice_plugin.core.errors import FullServiceError, TransitionError
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.services.packages import import_packages
from fullservice_plugin.store.check import rows as check_rows

NEW = ("insert into fullservice.area_package (code, name, segment, price_month, valid_from, valid_to) "
       "values (%s, %s, 'home', 99, %s, %s)")  # fmt: skip
TODAY = date.today()


def state(town, code: str) -> dict:
    return town.store.dicts("select id::text as id, state, author, approver, approved_at, price_month, valid_to "
                            "from fullservice.area_package where code = %s", (code,))[0]  # fmt: skip


def test_who_drew_a_package_does_not_approve_it_and_in_force_it_stays(town):
    planner, functional = town.login("planner"), town.login("functional")
    planner.execute(NEW, ("OWN", "own", None, None))
    made = state(town, "OWN")
    assert made["state"] == "draft" and made["author"] == planner.login
    planner.transition("package", made["id"], "submitted")
    with pytest.raises(TransitionError):
        planner.transition("package", made["id"], "approved")
    with pytest.raises(TransitionError):
        functional.transition("package", made["id"], "returned")  # without a reason
    functional.transition("package", made["id"], "returned", "price too low")
    planner.execute("update fullservice.area_package set price_month = 120, edit_base = row_version where code = 'OWN'")
    planner.transition("package", made["id"], "submitted")
    functional.transition("package", made["id"], "approved")
    done = state(town, "OWN")
    assert done["state"] == "approved" and done["approver"] == functional.login and done["approved_at"]
    for change in ("price_month = 1", "name = 'other'", "geom = null, priority = 9"):
        with pytest.raises(FullServiceError, match="can no longer be changed"):
            planner.execute(f"update fullservice.area_package set {change}, edit_base = row_version where code = 'OWN'")
    planner.execute("update fullservice.area_package set valid_to = current_date + 3, edit_base = row_version "
                    "where code = 'OWN'")  # fmt: skip
    with pytest.raises(TransitionError):
        planner.transition("package", made["id"], "withdrawn")
    planner.transition("package", made["id"], "withdrawn", "replaced")
    assert state(town, "OWN")["state"] == "withdrawn" and float(state(town, "OWN")["price_month"]) == 120
    events = town.store.rows("select to_state from fullservice.state_event where machine = 'SM-13' order by at, fid")
    assert [to for (to,) in events] == ["submitted", "returned", "submitted", "approved", "withdrawn"]
    with pytest.raises(FullServiceError):
        town.login("customer_manager").execute(NEW, ("MINE", "mine", None, None))


def test_nobody_types_who_approved_and_nobody_starts_approved(town):
    planner = town.login("planner")
    planner.execute("insert into fullservice.area_package (code, name, segment, author, approver) "
                    "values ('LIE', 'lie', 'home', 'boss', 'boss')")  # fmt: skip
    assert (state(town, "LIE")["author"], state(town, "LIE")["approver"]) == (planner.login, None)
    with pytest.raises(FullServiceError):
        planner.execute("insert into fullservice.area_package (code, name, segment, state) "
                        "values ('FAST', 'fast', 'home', 'approved')")  # fmt: skip


def test_what_comes_by_import_is_in_force_and_follows_its_source(town):
    def table(price: float) -> FeatureTable:
        columns = {"code": ["IMP"], "name": ["i"], "segment": ["home"], "price_month": [price]}
        return FeatureTable(["1"], [None], columns, name="packages")

    import_packages(town.store, table(50.0))
    assert state(town, "IMP")["state"] == "approved"
    import_packages(town.store, table(60.0))
    assert state(town, "IMP")["state"] == "approved" and float(state(town, "IMP")["price_month"]) == 60
    town.store.transition("package", state(town, "IMP")["id"], "withdrawn", "stopped")
    import_packages(town.store, table(70.0))
    assert state(town, "IMP")["state"] == "withdrawn", "an import does not undo what people decided"


def test_overlaps_and_validity_against_an_oracle(town):
    dice = np.random.default_rng(7)
    rows = []
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.area_package set is_deleted = true")
        for number in range(40):
            x, y = 24.9 + 0.001 * int(dice.integers(0, 12)), 60.1 + 0.001 * int(dice.integers(0, 12))
            shape = None if dice.random() < 0.1 else box(x, y, x + 0.002, y + 0.002)
            start = None if dice.random() < 0.3 else TODAY + timedelta(int(dice.integers(-60, 60)))
            end = None if dice.random() < 0.3 else (start or TODAY) + timedelta(int(dice.integers(0, 60)))
            row = (f"P{number:02}", "home" if dice.random() < 0.7 else "business", int(dice.integers(0, 3)), start, end,
                   shape, "approved" if dice.random() < 0.8 else "withdrawn")
            rows.append(row)
            cur.execute(
                "insert into fullservice.area_package (code, name, segment, priority, valid_from, valid_to, geom, "
                "state, origin) values (%s, 'p', %s, %s, %s, %s, ST_Multi(ST_GeomFromText(%s, 4326)), %s, 'import')",
                (*row[:5], None if shape is None else shape.wkt, row[6]))
    far = date(9999, 1, 1)
    expected = {}
    for a, b in itertools.combinations(rows, 2):
        together = max(a[3] or date.min, b[3] or date.min) <= min(a[4] or far, b[4] or far)
        place = a[5] is None or b[5] is None or a[5].intersection(b[5]).area > 1e-12  # a touching border is no overlap
        if a[1] == b[1] and together and place and a[6] == b[6] == "approved":
            ranks = [(one[2], one[5] is not None) for one in (a, b)]  # of equal priorities that of an area
            expected[(a[0], b[0])] = None if ranks[0] == ranks[1] else (a if ranks[0] > ranks[1] else b)[0]
    found = {(first, second): winner for first, second, winner in town.store.rows(
        "select first, second, winner from fs_app.package_overlap")}
    assert found == expected and len(expected) > 20
    status = dict(town.store.rows("select code, status from fs_app.package_status"))
    for code, _, _, start, end, _, _ in rows:
        wanted = ("expired" if end is not None and end < TODAY else "future" if start is not None and start > TODAY
                  else "expiring" if end is not None and end < TODAY + timedelta(30) else "valid")
        assert status[code] == wanted, (code, start, end)
    undecided = {code: ties for code, ties in town.store.rows("select code, undecided from fs_app.package_status")}
    for code, ties in undecided.items():
        assert sorted(ties) == sorted(
            b if a == code else a for (a, b), winner in expected.items() if winner is None and code in (a, b))
    with town.store.transaction() as cur:
        told = [f for f in check_rows(cur) if f.rule.startswith("package")]
    ends = {row[0]: row[4] or far for row in rows}
    ahead = [pair for pair, winner in expected.items() if winner is None and min(ends[code] for code in pair) >= TODAY]
    assert sum(f.rule == "packages undecided" for f in told) == len(ahead) < sum(w is None for w in expected.values())
    assert {f.feature for f in told if f.rule == "package expired"} == {
        row[0] for row in rows if status[row[0]] == "expired" and row[6] == "approved"}
