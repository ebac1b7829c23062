# SPDX-License-Identifier: GPL-2.0-or-later
"""What a click or a selection on the map means, as the store tells it."""

from __future__ import annotations

import pytest

from fullservice_plugin.services.picked import Selection, row_at, selected_ids, selected_row

AT = (24.9005, 60.0005)  # inside the first building of the town, its estate around it
BOX = (AT[0] - 1e-5, AT[1] - 1e-5, AT[0] + 1e-5, AT[1] + 1e-5)


def test_a_click_means_the_first_kind_and_there_the_smallest(town):
    building = row_at(town.store, ("building_point", "building", "estate"), *AT, BOX)
    assert (building.key, building.table, building.called) == ("building", "building", "HEL-B0")
    assert building.id == town.ids["HEL-B0"] and building.version == 1
    assert row_at(town.store, ("estate", "building"), *AT, BOX).called == "HEL estate"
    assert row_at(town.store, ("site_poi", "building_point"), *AT, BOX) is None
    assert row_at(town.store, (), *AT, BOX) is None
    far = (10.0, 10.0, 10.1, 10.1)
    assert row_at(town.store, ("building", "estate"), 10.05, 10.05, far) is None


def test_a_login_picks_only_what_it_may_see(town):
    assert row_at(town.login("planner", "ESP"), ("building", "estate"), *AT, BOX) is None


def test_a_selection_is_known_by_its_keys(town):
    fids = dict(town.store.rows("select code, fid from fullservice.building where code like 'HEL-B%%'"))
    two = Selection("building", "fullservice", "building", (fids["HEL-B1"], fids["HEL-B2"]))
    assert selected_ids(town.store, two) == [town.ids["HEL-B1"], town.ids["HEL-B2"]]
    assert selected_row(town.store, two).called == "HEL-B1"
    estates = Selection("estate", "fullservice", "building", (fids["HEL-B1"],), "estate_id")
    assert selected_row(town.store, estates).id == town.ids["HEL-E"]
    gone = Selection("building", "fullservice", "building", (999999,))
    assert selected_ids(town.store, gone) == [] and selected_row(town.store, gone) is None


@pytest.mark.parametrize("view", ["map_estate", "map_negotiation", "map_decision"])
def test_views_of_the_map_are_known_by_the_same_keys(town, view):
    fid, key = town.store.rows(f"select fid, id::text from fs_app.{view} order by fid limit 1")[0]
    assert selected_ids(town.store, Selection("", "fs_app", view, (fid,))) == [key]
