# SPDX-License-Identifier: GPL-2.0-or-later
"""Availability files: buildings by position, estates by area, averages that never become a building's fact."""

from __future__ import annotations

import importlib.util
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from shapely.geometry import MultiPolygon, Point

from fullservice_plugin.core.competition.evidence import AREA_AVERAGE_CAP
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.services.availability import Keyed, Options, import_availability

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)
TODAY = date(2026, 3, 1)
DAY = date(2025, 6, 30)
#: Middles of footprints, places beside them, outlines of whole estates and of parts.
HOUSE, NEXT, YARD, STREET, FAR = (20, 20), (70, 20), (40, 20), (300, 20), (90000, 90000)
ROSE, HALF_ROSE, CORNER = town.block(-1, -1, 162, 42), town.block(-1, -1, 91, 42), town.block(0, 0, 40, 40)


@pytest.fixture(scope="module")
def made(empty_database):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": empty_database})
    install(store)
    ids = town.build(store)
    with store.transaction(bulk=True) as cur:
        town.insert(cur, "building", code="TWIN", name="Twin", estate_id=ids["E2"], grid_id=ids["G"],
                    geom=MultiPolygon([town.block(20, 74)]))  # over half of E2-1
        town.insert(cur, "building", code="ALONE", name="Alone", grid_id=ids["G"],
                    geom=MultiPolygon([town.block(400, 14)]))
        town.insert(cur, "competitor_operator", code="FCC7", name="Seven", is_self=False)
        town.insert(cur, "competitor_operator", code="OTHER", name="其他", is_self=False)
    yield store, ids
    store.close()


class Undo(Exception):
    pass


@contextmanager
def undone(store):
    """What is written inside is taken back: observations are never removed."""
    with suppress(Undo), store.transaction(bulk=True):
        yield store
        raise Undo


@pytest.fixture
def place(made):
    """The town without observations."""
    with undone(made[0]) as store:
        yield store, made[1]


def bdc(*rows: tuple, **more) -> object:
    """A location list; rows are (provider, brand, location, technology, down, (x, y) in metres or None)."""
    places = [town.at(*row[5]) if row[5] else (None, None) for row in rows]
    return town.table({
        "provider_id": [row[0] for row in rows], "brand_name": [row[1] for row in rows],
        "location_id": [row[2] for row in rows], "technology": [row[3] for row in rows],
        "max_advertised_download_speed": [row[4] for row in rows],
        "max_advertised_upload_speed": [20] * len(rows), "low_latency": [1] * len(rows),
        "business_residential_code": ["X"] * len(rows),
        "longitude": [x for x, _ in places], "latitude": [y for _, y in places], **more})


def outlines(**shapes) -> Keyed:
    return Keyed(town.table({"code": list(shapes)}, list(shapes.values())), "code")


def ofcom(**columns) -> object:
    count = len(next(iter(columns.values())))
    return town.table({"postcode": columns.pop("codes"), "All Premises": columns.pop("premises", [100] * count),
                       **{f"{name.replace('_', ' ')} availability (% premises)": values
                          for name, values in columns.items()}})


def run(store, table, **options):
    return import_availability(store, table, Options(**{"observed_on": DAY, **options}), today=TODAY)


def kept(store, *fields: str) -> list[tuple]:
    rows = store.dicts("select o.*, b.code as house, e.code as home from fullservice.intel_observation o"
                       " left join fullservice.building b on b.id = o.building_id"
                       " left join fullservice.estate e on e.id = o.estate_id order by b.code, e.code, o.operator_code,"
                       " o.field")
    return [tuple(row[name] for name in fields) for row in rows]


def test_a_location_in_one_footprint_is_a_building_fact(place):
    store, _ = place
    rows = bdc((7, "x", "1", 10, 25, HOUSE), (7, "x", "1", 50, 1000, HOUSE), (8, "联通", "2", 40, 300, NEXT),
               (7, "x", "3", 50, 1000, (410, 20)))
    result = run(store, rows)
    assert not result.rejected and result.counts["buildings"] == 3 and result.counts["estates"] == 0
    assert kept(store, "house", "home", "operator_code", "field", "value", "number", "confidence", "observer") == [
        ("ALONE", None, "FCC7", "presence", "in_service", None, 0.9, "FCC"),
        ("ALONE", None, "FCC7", "speed", None, 1000, 0.9, "FCC"),
        ("ALONE", None, "FCC7", "technology", "ftth", None, 0.9, "FCC"),
        ("E1-1", "E1", "FCC7", "presence", "in_service", None, 0.9, "FCC"),
        ("E1-1", "E1", "FCC7", "speed", None, 1000, 0.9, "FCC"),
        ("E1-1", "E1", "FCC7", "technology", "ftth", None, 0.9, "FCC"),
        ("E1-2", "E1", "CUCC", "presence", "in_service", None, 0.9, "FCC"),
        ("E1-2", "E1", "CUCC", "speed", None, 300, 0.9, "FCC"),
        ("E1-2", "E1", "CUCC", "technology", "hfc_eoc", None, 0.9, "FCC")]
    assert "FCC BDC 10+50 · 1000/20 Mbit/s" in kept(store, "source_text")[3][0]
    assert {row[0] for row in kept(store, "source_class")} == {"official"}
    again = run(store, rows)
    assert again.counts["observations"] == 0 and again.counts["duplicates"] == 9


def test_other_positions_speak_of_estates_or_are_refused(place):
    store, _ = place
    result = run(store, bdc(
        (7, "x", "1", 50, 100, YARD), (7, "x", "2", 50, 100, (25, 80)), (7, "x", "3", 50, 100, STREET),
        (7, "x", "4", 50, 100, FAR), (7, "x", "5", 50, 100, NEXT), (7, "x", "6", 50, 100, NEXT),
        (7, "x", "7", 50, 100, (410, 20)), (7, "x", "8", 50, 100, (410, 20)), (7, "x", "9", 50, 100, None)))
    assert {row[:2] + row[3:] for row in kept(store, "house", "home", "field", "subject_kind", "confidence")} == {
        (None, "E1", "estate", AREA_AVERAGE_CAP), (None, "E2", "estate", AREA_AVERAGE_CAP)}
    assert {problem.row: problem.text() for problem in result.rejected} == {
        "3": "its position lies in no building and no estate",
        "7": "several locations share its position, which names no building, and no estate is there",
        "8": "several locations share its position, which names no building, and no estate is there"}
    assert result.counts["outside"] == 2 and result.file == "sample"
    assert result.rejects()[0] == {"file": "sample", "row": "3", "reason": result.rejected[0].text()}


def test_locations_are_placed_by_their_layer_or_by_their_block(place):
    store, _ = place
    points = [Point(*town.at(*spot)) for spot in (HOUSE, NEXT, HOUSE, HOUSE)]
    layer = Keyed(town.table({"location_id": ["0001", "2", "3", "3"]}, [*points[:3], Point(*town.at(*NEXT))]))
    rows = bdc((7, "x", "1", 50, 100, None), (7, "x", "3", 50, 100, None), (7, "x", "4", 50, 100, None),
               (7, "x", "5", 50, 100, None), block_geoid=[None, None, "0101", "999"])
    result = run(store, rows, locations=layer, areas=outlines(**{"101": ROSE}))
    assert set(kept(store, "house", "home", "subject_kind")) == {("E1-1", "E1", "building"), (None, "E1", "estate")}
    assert [(problem.row, problem.text()) for problem in result.rejected] == [
        ("2", "location 3 stands at several positions")]
    assert result.counts["outside"] == 1
    with pytest.raises(ParameterError, match="AREAS"):
        run(store, bdc((7, "x", "1", 50, 100, None)))
    with pytest.raises(InputError, match="None of the codes of sample is found"):
        run(store, bdc((7, "x", "1", 50, 100, None)), locations=Keyed(town.table({"location_id": ["8"]}, points[:1])))
    with pytest.raises(ParameterError, match="choose the field with the codes"):
        run(store, rows, areas=Keyed(town.table({"name": ["8"]}, [ROSE])))


def test_the_geometry_of_a_row_is_a_position_only_as_a_point(place):
    store, _ = place
    rows = bdc((7, "x", "1", 50, 100, None), (7, "x", "2", 50, 100, None))
    rows.geometry = [Point(*town.at(*HOUSE)), MultiPolygon([town.block(10, 74)])]
    result = run(store, rows)
    assert set(kept(store, "house", "subject_kind")) == {("E1-1", "building")}
    assert [(problem.row, problem.text()) for problem in result.rejected] == [
        ("2", "its area covers less than half of every estate it touches")]


def test_providers_without_operator_are_told_and_made_when_allowed(place):
    store, _ = place
    told = []
    from fullservice_plugin.core.progress import Progress

    rows = bdc((7, "x", "1", 50, 100, HOUSE), (91, "Nine", "1", 50, 100, HOUSE), (91, "Nine", "2", 50, 100, NEXT),
               (92, "", "1", 50, 100, FAR), (93, "CUCC", "1", 40, 100, HOUSE))
    result = import_availability(store, rows, Options(observed_on=DAY),
                                 Progress(lambda _: None, told.append, told.append, lambda: False), TODAY)
    assert [problem.row for problem in result.rejected] == ["2", "3", "4"]
    assert any("Provider 91 (Nine) has no operator in the store: 2 rows" in text and "FCC91" in text for text in told)
    assert {row[0] for row in kept(store, "operator_code")} == {"FCC7", "CUCC"}
    named = run(store, rows, known_as={"91": "CTCC"})
    assert [problem.row for problem in named.rejected] == ["4"] and ("CTCC",) in kept(store, "operator_code")
    with pytest.raises(ParameterError, match="NOBODY"):
        run(store, rows, known_as={"91": "NOBODY"})
    new = run(store, rows, new_operators=True)
    assert new.counts["new_operators"] == 1 and not new.rejected  # 92 serves nothing here
    assert store.rows("select name, is_self from fullservice.competitor_operator where code = 'FCC91'") == [
        ("Nine", False)]
    assert run(store, rows, new_operators=True).counts["new_operators"] == 0


def test_coverage_polygons_speak_of_estates_only(place):
    store, _ = place
    columns = {"providerid": [7, 7, 7, 7, 7], "brandname": ["x"] * 5, "technology": [71, 71, 40, 50, 50],
               "maxdown": [100, 25, 300, 1000, 1000], "maxup": [20] * 5}
    shapes = [ROSE, town.block(-500, -500, 2000, 2000), CORNER, town.block(*FAR), Point(*town.at(*HOUSE))]
    result = run(store, town.table(columns, shapes))
    assert kept(store, "house", "home", "field", "value", "number") == [
        (None, "E1", "presence", "in_service", None), (None, "E1", "speed", None, 100),
        (None, "E1", "technology", "fwa", None), (None, "E2", "presence", "in_service", None),
        (None, "E2", "speed", None, 25), (None, "E2", "technology", "fwa", None)]
    assert {problem.row: problem.text() for problem in result.rejected} == {
        "3": "its area covers less than half of every estate it touches",
        "5": "it has no position, no outline, and no code that a layer places"}
    assert result.counts["outside"] == 1


@pytest.mark.parametrize(("shapes", "trust"), [
    ([HALF_ROSE, town.block(90, -1, 91, 42)], 0.3), ([HALF_ROSE], 0.3 * 90 / 160),
    ([HALF_ROSE, HALF_ROSE], 0.3 * 90 / 160),
])  # fmt: skip
def test_outlines_together_cover_an_estate(place, shapes, trust):
    store, _ = place
    count = len(shapes)
    run(store, town.table({"providerid": [7] * count, "technology": [40] * count,
                           "maxdown": list(range(100, 100 + count)), "maxup": [20] * count}, shapes))
    assert kept(store, "home", "confidence")[0] == ("E1", pytest.approx(trust, abs=0.001))


def test_shares_of_postcodes_are_weighed_by_premises(place):
    store, _ = place
    west, east = town.block(-1, -1, 81, 42), town.block(80, -1, 81, 42)
    areas = outlines(AB10CD=west, AB10CE=east, AB10CF=town.block(*FAR), AB10CG=town.block(0, 60, 30, 40))
    rows = ofcom(codes=["AB1 0CD", "ab1 0ce", "AB1 0CF", "AB1 0CG", "ZZ9 9ZZ"], premises=[300, 100, 5, 5, 5],
                 SFBB=[100, 100, 90, 90, 90], Full_Fibre=[80, 0, 90, 90, 90], Gigabit=[80, 40, 90, 90, 90])
    result = run(store, rows, areas=areas)
    assert kept(store, "home", "field", "value", "number", "unit", "operator_code", "observer", "subject_kind") == [
        ("E1", "presence", "in_service", 100, "%", "OTHER", "Ofcom", "estate"),
        ("E1", "speed", None, 1000, "Mbit/s", "OTHER", "Ofcom", "estate"),
        ("E1", "technology", "ftth", 60, "%", "OTHER", "Ofcom", "estate")]
    assert [row[0] for row in kept(store, "confidence")] == pytest.approx([0.3, 0.21, 0.18], abs=0.001)
    assert [(problem.row, problem.text()) for problem in result.rejected] == [
        ("4", "its area covers less than half of every estate it touches")]
    assert result.counts["outside"] == 2 and result.counts["buildings"] == 0 and result.counts["estates"] == 1
    assert run(store, rows, areas=areas).counts["observations"] == 0


def test_cable_is_what_has_gigabits_without_fibre_and_little_is_unknown(place):
    store, _ = place
    areas = outlines(A=ROSE, B=town.block(-1, 59, 162, 42))
    run(store, ofcom(codes=["A", "B"], SFBB=[99, 30], Gigabit=[95, 0], Full_Fibre=[5, 0]), areas=areas,
        operator="联通")
    assert kept(store, "home", "operator_code", "field", "value", "number") == [
        ("E1", "CUCC", "presence", "in_service", 99), ("E1", "CUCC", "speed", None, 1000),
        ("E1", "CUCC", "technology", "hfc_eoc", 90), ("E2", "CUCC", "presence", "unknown", 30)]


def test_the_operator_of_shares_must_be_there(place):
    store, _ = place
    rows, areas = ofcom(codes=["A"], SFBB=[99]), outlines(A=ROSE)
    for code in ("NOBODY", ""):
        with pytest.raises(ParameterError, match="not among the store's operators"):
            run(store, rows, areas=areas, operator=code)
    assert run(store, rows, areas=areas, operator="ALT", new_operators=True).counts["new_operators"] == 1


def test_files_that_are_none(place):
    store, _ = place
    with pytest.raises(InputError, match="no availability file that is known"):
        run(store, town.table({"code": ["1"]}))
    with pytest.raises(ParameterError, match="no format of availability files"):
        run(store, bdc((7, "x", "1", 50, 100, HOUSE)), form="xml")
    with pytest.raises(InputError, match="no column for provider_id"):
        run(store, ofcom(codes=["A"], SFBB=[1]), form="fcc_bdc")
    with pytest.raises(InputError, match="holds no rows"):
        run(store, town.table({"technology": []}, []))


def test_the_date_comes_from_the_name_of_the_file(place):
    store, _ = place
    rows = bdc((7, "x", "1", 50, 100, HOUSE))
    assert "date" in run(store, rows, observed_on=None).rejected[0].text()
    run(store, rows, observed_on=None, file="bdc_06_Fiber_J24_x.csv")
    assert set(kept(store, "observed_on")) == {(date(2024, 6, 30),)}
    assert run(store, rows, observed_on=date(2026, 3, 2)).rejected[0].text().startswith("observed on 2026-03-02")


def test_one_day_in_several_files_does_not_contradict_itself(place):
    store, _ = place
    run(store, bdc((7, "x", "1", 50, 1000, HOUSE)), file="fibre.csv")
    weaker = run(store, bdc((7, "x", "1", 70, 50, HOUSE)), file="radio.csv")
    assert weaker.counts["observations"] == 1 and weaker.counts["duplicates"] == 2  # both files say that it is there
    facts = store.rows("select field, value, number, conflict from fs_app.competitor_fact order by field")
    assert facts == [("presence", "in_service", None, False), ("speed", None, 1000, False),
                     ("technology", "ftth", None, False)]


def test_two_imports_in_one_transaction(place):
    store, _ = place
    with store.transaction(bulk=True):
        run(store, bdc((7, "x", "1", 50, 1000, HOUSE)))
        run(store, ofcom(codes=["A"], SFBB=[99]), areas=outlines(A=ROSE))
    assert len(kept(store, "house")) == 5


corner = some.tuples(some.integers(-50, 200), some.integers(-50, 200))
areas_drawn = some.lists(some.tuples(corner, some.integers(1, 300), some.integers(1, 300)), min_size=1, max_size=4)


@given(areas=areas_drawn, shares=some.lists(some.integers(0, 100), min_size=4, max_size=4),
       form=some.sampled_from(["ofcom", "fcc_polygons", "fcc_bdc"]), inside=some.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_area_ever_makes_a_building_fact(made, areas, shares, form, inside):
    """Whatever the outlines and shares, and even where an outline is the very footprint of one building."""
    with undone(made[0]) as store:
        shapes = [town.block(*spot, width, height) for spot, width, height in areas]
        if inside:
            shapes[0] = town.block(10, 14)  # E1-1 itself
        count = len(shapes)
        codes = [f"A{n}" for n in range(count)]
        if form == "ofcom":
            run(store, ofcom(codes=codes, SFBB=[100] * count, Full_Fibre=shares[:count]),
                areas=Keyed(town.table({"code": codes}, shapes), "code"))
        elif form == "fcc_polygons":
            run(store, town.table({"providerid": [7] * count, "technology": [50] * count, "maxdown": [100] * count},
                                  shapes))
        else:
            run(store, bdc(*((7, "x", str(n), 50, 100, None) for n in range(count)), block_geoid=codes),
                areas=Keyed(town.table({"code": codes}, shapes), "code"))
        rows = kept(store, "subject_kind", "building_id", "confidence", "source_class")
        assert all(kind == "estate" and building is None and 0 < trust <= AREA_AVERAGE_CAP and source == "official"
                   for kind, building, trust, source in rows)
        assert store.value("select count(*) from fs_app.competitor_presence where building_id is not null") == 0
