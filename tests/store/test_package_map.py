# SPDX-License-Identifier: GPL-2.0-or-later
"""Estates name the packages in force there; packages of estates and territories have a place on the map."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from shapely import wkb
from shapely.affinity import translate
from shapely.geometry import MultiPolygon

TODAY = date.today()
NEW = ("insert into fullservice.area_package (code, name, segment, price_month, priority, valid_from, valid_to, "
       "estate_id, org_unit_id, geom, state, origin) values (%s, %s, 'home', 9, %s, %s, %s, %s::uuid, %s::uuid, "
       "ST_GeomFromText(%s, 4326), %s, 'import')")  # fmt: skip


@pytest.fixture(scope="module")
def made(town):
    """Packages of every kind of place around the estate of HEL; returns (estate code, its outline)."""
    estate, code, shape = town.store.rows(
        "select e.id::text, e.code, encode(ST_AsBinary(e.geom), 'hex') from fullservice.estate e "
        "join fullservice.org_unit g on g.id = e.grid_id where g.code = 'HEL-G'")[0]  # fmt: skip
    other = town.store.value(
        "select e.id::text from fullservice.estate e join fullservice.org_unit g on g.id = e.grid_id "
        "where g.code = 'ESP-G'")  # fmt: skip
    grid = town.store.value("select id::text from fullservice.org_unit where code = 'HEL-G'")
    outline = wkb.loads(shape, hex=True)
    here = MultiPolygon([*getattr(outline, "geoms", [outline])])
    beside = translate(here, here.bounds[2] - here.bounds[0])  # shares only a border
    rows = (
        ("A", 0, None, None, None, None, None, "approved"),
        ("B", 5, None, None, estate, None, None, "approved"),
        ("C", 3, TODAY, TODAY, None, grid, None, "approved"),
        ("D", 9, None, TODAY - timedelta(1), estate, None, None, "approved"),
        ("E", 9, TODAY + timedelta(1), None, estate, None, None, "approved"),
        ("F", 9, None, None, estate, None, None, "submitted"),
        ("G", 9, None, None, None, None, beside, "approved"),
        ("H", 9, None, None, other, None, None, "approved"),
    )
    with town.store.transaction(bulk=True) as cur:
        for key, rank, start, end, place, unit, shape, state in rows:
            cur.execute(NEW, (key, "pack " + key, rank, start, end, place, unit, shape and shape.wkt, state))
    return code, here


def test_an_estate_names_what_is_in_force_there_first_priority_first(town, made):
    code, _ = made
    named = "select packages from fs_app.map_estate where code = %s"
    assert town.store.value(named, (code,)) == "pack B P5 · pack C P3 · pack A"
    with town.store.transaction(bulk=True) as cur:
        cur.execute(NEW, ("I", "pack I", -1, None, None, None, None, made[1].wkt, "approved"))
    assert town.store.value(named, (code,)) == "pack B P5 · pack C P3 · pack A …"
    assert town.login("read_only").value(named, (code,)) == "pack B P5 · pack C P3 · pack A …"
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.area_package set is_deleted = true")
    assert town.store.value(named, (code,)) is None, "unknown stays empty"
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.area_package set is_deleted = false")


def test_packages_of_estates_and_territories_have_the_outline_of_their_place(town, made):
    placed = dict(town.store.rows("select code, placed from fs_app.package_status"))
    assert placed == {"A": "everywhere", "B": "estate", "C": "territory", "D": "estate", "E": "estate", "F": "estate",
                      "G": "polygon", "H": "estate", "I": "polygon"}  # fmt: skip
    same = town.store.rows(
        "select s.code from fs_app.package_status s join fullservice.estate e on ST_Equals(s.geom, e.geom) "
        "where e.code = %s and s.placed = 'estate' order by 1", (made[0],))  # fmt: skip
    assert [code for (code,) in same] == ["B", "D", "E", "F"]
    assert town.store.value("select count(*) from fs_app.package_status where geom is null") == 1


def test_packages_that_overlap_are_told_with_their_partners(town, made):
    told = {code: (partners, ties) for code, partners, ties in town.store.rows(
        "select code, partners, undecided from fs_app.package_status")}  # fmt: skip
    assert told["B"][0] == ["A", "C", "D", "E", "F", "I"], "the one beside is none"
    assert told["E"][1] == ["F"] and told["F"][1] == ["D", "E"] and told["B"][1] == []
