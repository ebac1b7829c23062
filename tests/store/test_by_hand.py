# SPDX-License-Identifier: GPL-2.0-or-later
"""Deeds by hand: pins, new rows, outlines, splits and merges; each in one transaction and taken back whole."""

from __future__ import annotations

import time
from datetime import date

import pytest
from shapely.geometry import LineString, box

from fullservice_plugin.core.errors import ConflictError, FullServiceError, InputError
from fullservice_plugin.i18n import translate
from fullservice_plugin.services import by_hand, reshape
from fullservice_plugin.services.by_hand import NewBuilding, NewEstate

X = 24.9  # western edge of the branch HEL


@pytest.fixture()
def planner(town):
    return town.login("planner")


def picture(store) -> list:
    """Everything that a deed may change, as the store shows it to a reader."""
    return [
        store.rows(
            "select id::text, name, estate_id::text, grid_id::text, households, ST_AsText(geom, 9), "
            "ST_AsText(entry_point, 9), method_of from (select *, position_method as method_of "
            "from fullservice.building where not is_deleted) b order by id"
        ),
        store.rows(
            "select id::text, name, aliases, households, ST_AsText(geom, 9), method from fullservice.estate "
            "where not is_deleted order by id"
        ),
        store.rows(
            "select id::text, building_id::text, estate_id::text, stage from fullservice.negotiation "
            "where not is_deleted order by id"
        ),
        store.rows(
            "select agreement_id::text, building_id::text from fullservice.agreement_building "
            "where not is_deleted order by 1, 2"
        ),
    ]


def test_an_estate_takes_the_buildings_inside_and_gives_them_back(town, planner):
    before = picture(planner)
    outline = box(X + 0.0015, 59.9995, X + 0.006, 60.002)
    started = time.perf_counter()
    deed = by_hand.add_estate(planner, NewEstate("新苑", "residential", outline=outline))
    assert time.perf_counter() - started < 3.0
    made = deed.rows[0]
    name, method, homes, grid = planner.rows(
        "select name, method, households, grid_id::text from fullservice.estate where id = %s", (made,)
    )[0]
    assert (name, method, homes, grid) == ("新苑", "manual", 11 + 12, town.ids["HEL-G"])
    members = planner.rows("select code from fullservice.building where estate_id = %s order by 1", (made,))
    assert members == [("HEL-B1",), ("HEL-B2",)]
    assert planner.value("select households from fullservice.estate where id = %s", (town.ids["HEL-E"],)) == 10
    started = time.perf_counter()
    by_hand.take_back(planner, deed.number)
    assert time.perf_counter() - started < 3.0
    assert picture(planner) == before
    with pytest.raises(ConflictError):
        by_hand.take_back(planner, deed.number)


def test_a_manager_enters_an_estate_of_their_own_by_a_pin(town):
    manager = town.login("customer_manager")
    deed = by_hand.add_estate(manager, NewEstate("Village", "village", point=(X + 0.1, 60.1)))
    owner, area = manager.rows(
        "select owner_staff_id = fs_app.staff_id(), ST_Area(geom::geography) from fullservice.estate where id = %s",
        (deed.rows[0],),
    )[0]
    assert owner is True
    assert area == pytest.approx(3.1416 * 40**2, rel=0.02)
    by_hand.take_back(manager, deed.number)


def test_a_planned_building_and_a_village_house_with_photo(town, planner, tmp_path):
    photo = tmp_path / "door.jpg"
    photo.write_bytes(b"\xff\xd8 a picture")
    estate = by_hand.add_estate(planner, NewEstate("Bay", "residential", outline=box(X + 0.2, 60.2, X + 0.21, 60.21)))
    planned = by_hand.add_building(
        planner,
        NewBuilding(point=(X + 0.205, 60.205), name="A栋", households=120, storeys=30, handover_date=date(2027, 6, 30)),
    )
    row = planner.rows(
        "select estate_id::text, geom is null, handover_date, households, households_method, "
        "ST_AsText(entry_point) from fullservice.building where id = %s",
        (planned.rows[0],),
    )[0]
    assert row == (estate.rows[0], True, date(2027, 6, 30), 120, "given", f"POINT({X + 0.205} 60.205)")
    assert planner.value("select households from fullservice.estate where id = %s", (estate.rows[0],)) == 120
    house = by_hand.add_building(planner, NewBuilding(point=(X + 0.3, 60.3), number="村-17", photo=photo))
    kept = planner.rows(
        "select kind, file_name, size_bytes from fullservice.attachment where subject_id = %s and not is_deleted",
        (house.rows[0],),
    )
    assert kept == [("photo", "door.jpg", photo.stat().st_size)]
    by_hand.take_back(planner, house.number)
    assert (
        planner.value(
            "select count(*) from fullservice.attachment where subject_id = %s and not is_deleted", (house.rows[0],)
        )
        == 0
    )
    with pytest.raises(ConflictError, match="."):
        by_hand.take_back(planner, estate.number)  # a building hangs on it now
    by_hand.take_back(planner, planned.number)
    by_hand.take_back(planner, estate.number)
    with pytest.raises(InputError):
        by_hand.add_building(planner, NewBuilding(point=(X, 60.0), photo=tmp_path / "none.jpg"))


def test_a_pin_moves_only_from_the_version_that_was_seen(town, planner):
    key = town.ids["HEL-B0"]
    base = planner.value("select row_version from fullservice.building where id = %s", (key,))
    deed = by_hand.move_pin(planner, "building", key, (X + 0.0004, 60.0004), base)
    assert (
        planner.value("select ST_AsText(entry_point) from fullservice.building where id = %s", (key,))
        == f"POINT({X + 0.0004} 60.0004)"
    )
    with pytest.raises(ConflictError):
        by_hand.move_pin(planner, "building", key, (X, 60.0), base)
    by_hand.take_back(planner, deed.number)
    assert planner.value("select entry_point from fullservice.building where id = %s", (key,)) is None


def test_a_ledger_row_comes_to_the_building_under_the_pin(town, planner):
    with planner.transaction(bulk=True) as cur:
        cur.execute(
            "insert into fullservice.ledger_row (batch, name, band, branch_code) values ('b', 'lost', "
            "'unplaced', 'HEL') returning id::text"
        )
        row = cur.fetchone()[0]
    by_hand.move_pin(planner, "ledger_row", row, (X + 0.0025, 60.0005))
    assert planner.rows("select building_id::text, band, method from fullservice.ledger_row where id = %s", (row,)) == [
        (town.ids["HEL-B1"], "match", "manual")
    ]


def test_a_redrawn_outline_decides_who_belongs(town, planner):
    before = picture(planner)
    deed = by_hand.redraw_estate(planner, town.ids["HEL-E"], box(X - 0.0005, 59.9995, X + 0.0031, 60.002))
    members = planner.rows(
        "select code from fullservice.building where estate_id = %s and not is_deleted order by 1", (town.ids["HEL-E"],)
    )
    assert members == [("HEL-B0",), ("HEL-B1",)]
    assert planner.value("select estate_id from fullservice.building where code = 'HEL-B2'") is None, "未归属, not lost"
    by_hand.take_back(planner, deed.number)
    assert picture(planner) == before


def test_an_estate_is_split_and_merged_again(town, planner):
    before = picture(planner)
    split = reshape.split_estate(planner, town.ids["HEL-E"], LineString([(X + 0.0035, 59.9), (X + 0.0035, 60.1)]))
    counts = dict(
        planner.rows(
            "select estate_id::text, count(*) from fullservice.building where estate_id = any(%s::uuid[]) group by 1",
            (list(split.rows),),
        )
    )
    assert split.rows[0] == town.ids["HEL-E"] and counts == {split.rows[0]: 2, split.rows[1]: 1}
    with planner.transaction(bulk=True) as cur:
        cur.execute(
            "insert into fullservice.property_party (estate_id, role, name) values (%s, 'property_mgmt', 'P') "
            "returning id::text",
            (split.rows[1],),
        )
        party = cur.fetchone()[0]
    merged = reshape.merge_estates(planner, split.rows)
    assert merged.rows == (town.ids["HEL-E"],)
    assert (
        planner.value("select estate_id::text from fullservice.property_party where id = %s", (party,))
        == town.ids["HEL-E"]
    )
    assert planner.value("select aliases from fullservice.estate where id = %s", (town.ids["HEL-E"],)) == [
        "HEL estate 2"
    ]
    by_hand.take_back(planner, merged.number)
    with pytest.raises(ConflictError):
        by_hand.take_back(planner, split.number)  # the party was entered since
    with planner.transaction(bulk=True) as cur:
        cur.execute("update fullservice.property_party set is_deleted = true where id = %s", (party,))
    by_hand.take_back(planner, split.number)
    assert picture(planner) == before


def handed_in(planner, estate: str, building: str) -> str:
    """A design of an estate, under review."""
    with planner.transaction() as cur:
        cur.execute("insert into fullservice.plan (code, area_code) values (%s, 'HEL-G') returning id", (estate,))
        plan = cur.fetchone()[0]
        cur.execute("insert into fullservice.access_design (plan_id, estate_id, cost_total) values (%s, %s, 10) "
                    "returning id::text", (plan, estate))
        design = cur.fetchone()[0]
        cur.execute("insert into fullservice.access_decision (design_id, plan_id, building_id, method) values "
                    "(%s, %s, %s, 'ftth')", (design, plan, building))
    planner.transition("design", design, "submitted")
    return design


def test_of_merged_estates_the_one_with_a_design_under_review_goes_on(town, planner):
    """Whatever the order: QGIS keeps none of a selection. With two such designs the sentence names both estates."""
    places = {}
    for name, west in (("东苑", X + 0.2), ("新苑", X + 0.202)):
        outline = box(west, 60.2, west + 0.0015, 60.201)
        estate = by_hand.add_estate(planner, NewEstate(name, "residential", outline=outline)).rows[0]
        house = by_hand.add_building(planner, NewBuilding(outline=box(west, 60.2, west + 0.0005, 60.2005))).rows[0]
        places[name] = (estate, house)
    (old, old_house), (heir, house) = places.values()
    with planner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.negotiation (building_id, estate_id, stage, origin) values "
                    "(%s, %s, 'contacted', 'import') returning id::text", (old_house, old))
        talk = cur.fetchone()[0]
    design = handed_in(planner, heir, house)
    for order in ((old, heir), (heir, old)):
        merged = reshape.merge_estates(planner, order)
        assert merged.rows == (heir,)
        assert translate(merged.said, "zh", **merged.values) == "2 个楼盘已合并为一个：新苑。"
        assert planner.rows("select id::text, aliases from fullservice.estate where not is_deleted and "
                            "id = any(%s::uuid[])", ([old, heir],)) == [(heir, ["东苑"])]
        assert planner.value("select estate_id::text from fullservice.negotiation where id = %s", (talk,)) == heir
        assert planner.value("select count(*) from fullservice.building where estate_id = %s", (heir,)) == 2
        assert planner.value("select estate_id::text from fullservice.access_design where id = %s", (design,)) == heir
        by_hand.take_back(planner, merged.number)
    other = handed_in(planner, old, old_house)
    with pytest.raises(InputError, match="these have one: 东苑, 新苑. Have it returned") as caught:
        reshape.merge_estates(planner, [old, heir])
    assert "以下楼盘都有：东苑、新苑。请在设计审核中" in translate(caught.value.template, "zh", **caught.value.values)
    reviewer = town.login("network_support")
    reviewer.transition("design", design, "in_review")
    reviewer.transition("design", design, "approved")
    planner.transition("design", design, "superseded")  # as its form does
    assert reshape.merge_estates(planner, [heir, old]).rows == (old,), "what the sentence asks for can be done"
    assert planner.value("select state from fullservice.access_design where id = %s", (other,)) == "submitted"


def test_open_designs_follow_the_estate_that_remains(town, planner):
    """As further versions, with their decisions; they hide no design under review; history and card tell it."""
    from fullservice_plugin.services.estate_card import estate_card
    from fullservice_plugin.store.design_review import designs, versions
    from fullservice_plugin.store.history import history

    places = []
    for name, west in (("甲苑", X + 0.3), ("乙苑", X + 0.302), ("丙苑", X + 0.304)):
        outline = box(west, 60.2, west + 0.0015, 60.201)
        estate = by_hand.add_estate(planner, NewEstate(name, "residential", outline=outline)).rows[0]
        house = by_hand.add_building(planner, NewBuilding(outline=box(west, 60.2, west + 0.0005, 60.2005))).rows[0]
        places.append((estate, house))
    (heir, house), *others = places
    waiting = handed_in(planner, heir, house)
    reviewer = town.login("network_support")
    old = handed_in(planner, *others[0])  # returned: open again
    reviewer.transition("design", old, "in_review")
    reviewer.transition("design", old, "returned", "revise")
    gone = handed_in(planner, *others[1])  # rejected: closed for good
    reviewer.transition("design", gone, "in_review")
    reviewer.transition("design", gone, "rejected", "no need")
    with planner.transaction() as cur:
        cur.execute("insert into fullservice.access_design (plan_id, estate_id, version_no, cost_total) select "
                    "plan_id, %s, 2, 20 from fullservice.access_design where id = %s returning id::text",
                    (others[1][0], gone))
        draft = cur.fetchone()[0]
    kept = ("select id::text, estate_id::text, version_no, state from fullservice.access_design "
            "where id = any(%s::uuid[])")
    before = sorted(planner.rows(kept, ([waiting, old, gone, draft],)))

    merged = reshape.merge_estates(planner, [one for one, _ in places])
    assert merged.rows == (heir,)
    assert dict((row[0], row[1:]) for row in planner.rows(kept, ([waiting, old, gone, draft],))) == {
        waiting: (heir, 1, "submitted"), old: (heir, 2, "returned"), draft: (heir, 3, "draft"),
        gone: (others[1][0], 1, "rejected")}
    assert planner.value("select building_id::text from fullservice.access_decision where design_id = %s "
                         "and not is_deleted", (old,)) == others[0][1]
    listed = {row["id"] for row in designs(planner)}
    assert {waiting, draft} <= listed and gone not in listed, "a design that waits is not hidden by a draft"
    assert {waiting, draft} <= {row["id"] for row in estate_card(planner, "estate", heir).designs}
    assert {row["id"] for row in versions(planner, waiting)} == {old, draft}
    assert planner.value("select state from fs_app.map_design_state where id = %s", (heir,)) == "submitted"
    assert planner.value("select entry_cost from fs_app.map_opportunity where id = %s", (heir,)) == 20, "newest plan"
    told = next(entry for entry in history(planner, old) if "estate_id" in entry.after)
    assert (told.before["estate_id"], told.after["version_no"], told.who) == (others[0][0], 2, planner.login)
    by_hand.take_back(planner, merged.number)
    assert sorted(planner.rows(kept, ([waiting, old, gone, draft],))) == before


def test_a_building_is_split_and_taken_back_with_its_talk(town, planner):
    key = town.ids["HEL-B2"]
    with planner.transaction(bulk=True) as cur:
        cur.execute(
            "insert into fullservice.negotiation (building_id, estate_id, stage, origin) values "
            "(%s, %s, 'contacted', 'import')",
            (key, town.ids["HEL-E"]),
        )
    before = picture(planner)
    homes = planner.value("select sum(households) from fullservice.building where not is_deleted")
    deed = reshape.split_building(planner, key, LineString([(X + 0.0043, 59.9), (X + 0.0043, 60.1)]))
    rows = planner.rows(
        "select households, code from fullservice.building where id = any(%s::uuid[]) order by households desc",
        (list(deed.rows),),
    )
    assert [row[0] for row in rows] == [8, 4]
    assert planner.value("select sum(households) from fullservice.building where not is_deleted") == homes
    assert planner.value("select count(*) from fullservice.building_lineage where ancestor_id = %s", (key,)) == 2
    stages = planner.rows(
        "select stage from fullservice.negotiation where building_id = any(%s::uuid[]) and not is_deleted",
        (list(deed.rows),),
    )
    assert stages == [("contacted",), ("contacted",)]
    by_hand.take_back(planner, deed.number)
    assert picture(planner) == before


def test_buildings_become_one_and_unknown_stays_unknown(town, planner):
    before = picture(planner)
    ids = [town.ids["HEL-B0"], town.ids["HEL-B1"]]
    deed = reshape.merge_buildings(planner, ids)
    assert planner.rows(
        "select households, ST_NumGeometries(geom) from fullservice.building where id = %s", (deed.rows[0],)
    ) == [(21, 2)]
    by_hand.take_back(planner, deed.number)
    assert picture(planner) == before


def test_others_and_other_branches_are_refused_whole(town, planner):
    foreign = town.login("planner", "ESP")
    deed = by_hand.add_estate(planner, NewEstate("Mine", outline=box(X + 0.4, 60.4, X + 0.41, 60.41)))
    with pytest.raises(ConflictError):
        by_hand.take_back(foreign, deed.number)
    with pytest.raises(FullServiceError):
        by_hand.redraw_estate(foreign, town.ids["HEL-E"], box(X, 60.0, X + 0.01, 60.01))
    manager = town.login("customer_manager")
    with pytest.raises(FullServiceError, match="only planners"):
        reshape.merge_buildings(manager, [town.ids["HEL-B0"], town.ids["HEL-B1"]])
    assert (
        planner.value(
            "select count(*) from fullservice.building where code like 'H-%%' and households = 21 and not is_deleted"
        )
        == 0
    )
    by_hand.take_back(planner, deed.number)


def test_a_run_goes_around_what_was_drawn_by_hand(town, planner):
    """The same grouping before and after: the drawn estate keeps its outline and its buildings."""
    from fullservice_plugin.core.discovery.estates import Estate
    from fullservice_plugin.core.table import FeatureTable
    from fullservice_plugin.services.estates import keep_estates

    codes = [f"HEL-B{k}" for k in range(3)]
    shapes = [box(X + 0.002 * k, 60.0, X + 0.002 * k + 0.001, 60.001) for k in range(3)]
    outline = box(X - 0.0005, 59.9995, X + 0.006, 60.002)
    drawn = box(X + 0.0015, 59.9995, X + 0.0035, 60.002)
    deed = by_hand.add_estate(planner, NewEstate("Drawn", outline=drawn))
    found = [Estate("X1", "All", (0, 1, 2), None, outline, "name")]
    keep_estates(planner, FeatureTable(codes, shapes, {}, [], "run"), found, [outline])
    assert planner.rows("select b.code from fullservice.building b where b.estate_id = %s", (deed.rows[0],)) == [
        ("HEL-B1",)
    ]
    name, area, overlap = planner.rows(
        "select name, ST_Area(geom) = ST_Area(ST_GeomFromText(%s, 4326)), (select bool_or(ST_Area(ST_Intersection("
        "o.geom, e.geom)) > 0) from fullservice.estate o where o.id <> e.id and not o.is_deleted and o.geom && e.geom "
        "and o.branch_code = 'HEL') from fullservice.estate e where id = %s",
        (drawn.wkt, deed.rows[0]),
    )[0]
    assert (name, area, overlap) == ("Drawn", True, False)
    others = planner.rows(
        "select distinct estate_id::text from fullservice.building where code in ('HEL-B0', 'HEL-B2')"
    )
    assert others == [(town.ids["HEL-E"],)], "the estate that was there goes on"
