# SPDX-License-Identifier: GPL-2.0-or-later
"""Doubtful pairs: what waits, what each answer does, and that answers are taken again in the next run."""

from __future__ import annotations

import pytest
from shapely.affinity import translate
from shapely.geometry import box

from fullservice_plugin.core.discovery.source import SourceData, table_hash
from fullservice_plugin.core.errors import ConflictError, ParameterError
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.services import by_hand, review
from fullservice_plugin.services.discovery import discover

LON, LAT = 24.95, 60.1
W, H = 0.00036, 0.00018  # 20 × 20 m


def house(k: int, east: float = 0.0, north: float = 0.0):
    x, y = LON + 0.0009 * (k % 8) + east, LAT + 0.00045 * (k // 8) + north
    return box(x, y, x + W, y + H)


def source(name: str, shapes: dict) -> SourceData:
    table = FeatureTable(list(shapes), list(shapes.values()), {"levels": ["5"] * len(shapes)}, [], name)
    return SourceData(name, name, "made", table_hash([table]), table)


def doubtful(k: int):
    """Beside the house of the store, overlapping it by a corner."""
    return translate(house(k), W * 0.4, H * 0.4)


@pytest.fixture()
def planner(town):
    """A town of 48 houses from a survey, then imagery in which six lie beside and one is missing.

    A clear match is made doubtful by hand: what the model takes for doubtful changes with its coefficients.
    """
    store = town.login("planner")
    if not store.value("select count(*) from fullservice.source_record"):
        discover(store, source("survey", {f"s{k}": house(k) for k in range(48)}))
        discover(store, imagery())
        with store.transaction(bulk=True) as cur:
            cur.execute(
                "update fullservice.source_record set proposed_id = building_id, building_id = null, "
                "band = 'review', state = 'review', score = 0.4 where source_key = any(%s)",
                (["i9", "i12", "i27", "i36", "i44", "i3"],),
            )
            assert cur.rowcount == 6
    return store


def imagery(**changed):
    shapes = {f"i{k}": house(k, 0.000004) for k in range(48) if k != 21}
    shapes.update({f"i{k}": doubtful(k) for k in (9, 12, 27, 36, 44, 3)})
    shapes.update(changed)
    return source("imagery", shapes)


def waiting(store):
    return {pair.key: pair for pair in review.waiting(store, "imagery")}


def building(store, key):
    return store.value("select building_id::text from fullservice.source_record where source_key = %s", (key,))


def test_the_list_names_both_sides(planner):
    pairs = waiting(planner)
    assert dict(review.sources(planner))["imagery"] == len(pairs)
    assert {"i9", "i12", "i27", "i36"} <= set(pairs), sorted(pairs)
    pair = pairs["i9"]
    assert pair.shape.equals(doubtful(9)) and pair.outline.intersects(house(9)) and not pair.gone
    assert pair.building_id == building(planner, "s9") and 0 < pair.score < 1
    gone = [pair for pair in pairs.values() if pair.gone]
    assert [pair.building_id for pair in gone] == [building(planner, "s21")] and gone[0].shape is None


def test_answers_and_their_way_back(planner):
    pairs = waiting(planner)
    total = planner.value("select count(*) from fullservice.building where not is_deleted")
    with pytest.raises(ParameterError):
        review.decide(planner, pairs["i9"], "standing")
    same = review.decide(planner, pairs["i9"], "same")
    kept = planner.rows("select building_id::text, band, state from fullservice.source_record where source_key = 'i9'")
    assert kept == [(building(planner, "s9"), "match", "same")]
    with pytest.raises(ConflictError, match="meanwhile"):
        review.decide(planner, pairs["i9"], "different")
    by_hand.take_back(planner, same.number)
    assert "i9" in waiting(planner)
    assert planner.value("select count(*) from fullservice.match_decision where not is_deleted") == 0

    review.decide(planner, waiting(planner)["i9"], "same")
    other = review.decide(planner, pairs["i12"], "different", "a shed")
    assert planner.value("select count(*) from fullservice.building where not is_deleted") == total + 1
    assert planner.rows("select storeys, discovery_source from fullservice.building where id = %s", other.rows) == [
        (5, "imagery")
    ]
    merged = review.decide(planner, pairs["i44"], "merged").rows[0]
    assert merged == building(planner, "s44")
    assert planner.value(
        "select ST_Equals(geom, ST_GeomFromText(%s, 4326)) from fullservice.building where id = %s",
        (doubtful(44).wkt, merged),
    )
    review.decide(planner, pairs["i3"], "no_building")
    assert planner.rows("select building_id, band from fullservice.source_record where source_key = 'i3'") == [
        (None, "match")
    ]
    old = building(planner, "s27")
    new = review.decide(planner, pairs["i27"], "replaced", "rebuilt 2026").rows[0]
    assert planner.rows(
        "select ancestor_id::text, relation, reason from fullservice.building_lineage where descendant_id = %s", (new,)
    ) == [(old, "replaced", "rebuilt 2026")]
    assert planner.value("select is_deleted from fullservice.building where id = %s", (old,)) is True


def test_a_gone_building_stands_or_was_demolished(planner):
    gone = next(pair for pair in waiting(planner).values() if pair.gone)
    deed = review.decide(planner, gone, "demolished", "seen on site")
    state = "select lead_state from fullservice.building where id = %s"
    assert planner.value(state, (gone.building_id,)) == "demolished"
    by_hand.take_back(planner, deed.number)
    assert planner.value(state, (gone.building_id,)) == "candidate", "a deed by mistake has a way back"
    assert planner.value("select count(*) from fullservice.state_event where subject_id = %s", (gone.building_id,)) == 2
    gone = next(pair for pair in waiting(planner).values() if pair.gone)
    review.decide(planner, gone, "standing")
    assert not any(pair.gone for pair in waiting(planner).values())


def test_answers_are_taken_again_when_the_shapes_change(planner):
    for key, k, north in (("i9", 9, 0.000003), ("i12", 12, 0.000003), ("i3", 3, 0.000003)):
        before = planner.rows(
            "select building_id::text, band from fullservice.source_record where source_key = %s", (key,)
        )
        discover(planner, imagery(**{key: translate(doubtful(k), 0, north)}))
        after = planner.rows(
            "select building_id::text, band from fullservice.source_record where source_key = %s", (key,)
        )
        assert after == before and after[0][1] == "match", key
    found = discover(planner, imagery(i40=house(40, 0.00001)))
    assert (found.counts["new"], found.counts["gone"]) == (0, 0), "what still stands is not told gone again"
    assert "i36" in waiting(planner), "what nobody answered still waits"


def test_answers_stand_above_the_score():
    """The same match, decided with and without answers."""
    from fullservice_plugin.core.discovery.decide import decide
    from fullservice_plugin.core.discovery.links import Change, Link
    from fullservice_plugin.core.discovery.matching import MatchResult

    table = FeatureTable(["a", "b", "c"], [house(k) for k in range(3)], {})
    links = [
        Link("A", "a", 0.3, "review", "1:1"),
        Link("B", "b", 0.9, "match", "1:1"),
        Link("C", "c", 0.3, "review", "1:1"),
    ]
    states = [Change("a", "candidate", "review"), Change("b", "candidate", "same"), Change("G", "existing", "gone")]
    result = MatchResult(links, states)
    plain = decide(table, ["1", "2", "3"], {}, {}, result, "s")
    assert [(r.key, r.building, r.band, r.proposed) for r in plain.records] == [
        ("a", None, "review", "A"),
        ("b", "B", "match", None),
        ("c", None, "review", "C"),
        ("gone:G", "G", "review", None),
    ]
    answers = {("a", "A"): "same", ("b", "B"): "different", ("c", "C"): "replaced", ("gone:G", "G"): "standing"}
    told = decide(table, ["1", "2", "3"], {}, {}, result, "s", answers)
    assert [(r.key, r.building, r.band) for r in told.records] == [
        ("a", "A", "match"),
        ("b", None, "match"),
        ("c", None, "match"),
    ]
    assert told.new == [1, 2] and told.counts["gone"] == 0


def test_only_planners_decide(town, planner):
    from fullservice_plugin.core.errors import FullServiceError

    manager = town.login("customer_manager")
    with pytest.raises(FullServiceError):
        review.decide(manager, waiting(planner)["i36"], "different")
    assert "i36" in waiting(planner)
