# SPDX-License-Identifier: GPL-2.0-or-later
"""Ledger rows that wait for a place: accepted, placed on the map, refused; every answer outlives the next import."""

from __future__ import annotations

import pytest

from fullservice_plugin.core.discovery.ledger import LedgerRow
from fullservice_plugin.core.errors import ConflictError, ParameterError
from fullservice_plugin.services import by_hand, placing
from fullservice_plugin.services.ledger import import_ledger

X = 24.9  # western edge of the branch HEL


def taken(store, homes=(20, 5, 7)):
    """Import three rows: one that may mean either of two houses, two that mean nothing known."""
    rows = [LedgerRow("a", None, None, X + 0.0013, 60.0005), LedgerRow("b", "Lost House"), LedgerRow("c", "Nowhere")]
    return import_ledger(store, "book", "book.csv", rows, [2, 3, 4], list(homes), [{}, {}, {}], "wgs84")


@pytest.fixture()
def planner(town):
    store = town.login("planner")
    taken(store)
    return store


def rows(store):
    return {
        key: tuple(rest)
        for key, *rest in store.rows(
            "select ledger_key, building_id::text, band, method, ST_AsText(geom, 6) from fullservice.ledger_row"
            " where source_name = 'book' and not is_deleted"
        )
    }


def homes(store):
    return {code: (count, how) for code, count, how in store.rows(
        "select code, households, households_method from fullservice.building where households_method is not null")}


def test_a_ledger_that_moves_on_leaves_no_households_behind(town):
    """A ledger taken in beside its place and then put right, and a pin that is put somewhere else."""
    store = town.login("planner")
    rows_of = store.rows("select b.code, ST_X(p), ST_Y(p) from fullservice.building b, lateral "
                         "(select ST_PointOnSurface(b.geom) as p) x where code like 'HEL-B%' order by code limit 2")
    (first, *one), (second, *two) = rows_of

    def take(place):
        return import_ledger(store, "moving", "moving.csv", [LedgerRow("m", "One House", None, *place)], [2], [31],
                             [{}], "wgs84")

    before = homes(store)
    assert take(one).counts["match"] == 1 and homes(store)[first] == (31, "ledger")
    assert take(two).counts["match"] == 1
    assert homes(store)[second] == (31, "ledger") and homes(store)[first][1] not in ("ledger", None)
    row = store.value("select id::text from fullservice.ledger_row where source_name = 'moving'")
    there = homes(store)
    deed = by_hand.move_pin(store, "ledger_row", row, tuple(one))
    assert homes(store)[first] == (31, "ledger") and homes(store)[second][1] != "ledger"
    by_hand.take_back(store, deed.number)
    assert homes(store) == there != before


def test_every_answer_is_kept_through_the_next_import(town, planner):
    assert placing.sources(planner) == [("book", 3)]
    first, *others = placing.waiting(planner)
    assert (first.key, first.building["code"], first.answers) == ("a", "HEL-B0", ("accept", "place", "refuse"))
    assert [one.answers for one in others] == [("place", "refuse")] * 2
    before = rows(planner)
    deeds = [placing.decide(planner, first, "accept"),
             placing.decide(planner, others[0], "place", (X + 0.0025, 60.0005)),
             placing.decide(planner, others[1], "refuse")]  # fmt: skip
    after = rows(planner)
    assert after["a"][:3] == (town.ids["HEL-B0"], "match", "manual")
    assert after["b"] == (town.ids["HEL-B1"], "match", "manual", f"POINT({X + 0.0025:.4f} 60.0005)")
    assert after["c"][:3] == (None, "unplaced", "manual")
    assert placing.waiting(planner) == []
    assert homes(planner) == {"HEL-B0": (20, "ledger"), "HEL-B1": (5, "ledger")}, "at once, without another import"
    done = taken(planner, homes=(20, 6, 7))
    assert done.counts["match"] == 2 and rows(planner) == after
    assert [reason for _, reason in done.rejects] == ["refused by hand"]
    # households of a row that a person placed count like any other
    assert planner.rows("select households from fullservice.building where code = 'HEL-B1'") == [(6,)]
    with pytest.raises(ConflictError):
        by_hand.take_back(planner, deeds[1].number)  # the import went on from it
    by_hand.take_back(planner, deeds[2].number)
    assert rows(planner)["c"] == before["c"]


def test_answers_that_do_not_hold(town, planner):
    first = next(one for one in placing.waiting(planner) if one.key == "c")
    with pytest.raises(ParameterError):
        placing.decide(planner, first, "accept")
    with pytest.raises(ParameterError, match="on the map"):
        placing.decide(planner, first, "place")
    placing.decide(planner, first, "refuse")
    with pytest.raises(ConflictError):
        placing.decide(planner, first, "refuse")
