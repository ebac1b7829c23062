# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN design of whole buildings."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPolygon, Polygon, box

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.wlan.bom import Parts
from fullservice_plugin.core.access.wlan.design import design_wlan
from fullservice_plugin.core.access.wlan.model import WlanOptions
from fullservice_plugin.core.access.wlan.outline import outline_of
from fullservice_plugin.core.access.wlan.regulation import channels, eirp_limit
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

CATALOGUE = load_catalogue()


def table(*shapes, **columns) -> FeatureTable:
    return FeatureTable([f"b{i}" for i in range(len(shapes))], list(shapes), columns, name="buildings")


def check(design, buildings: FeatureTable, region: str) -> None:
    shapes = dict(zip(buildings.ids, buildings.geometry))
    for ap in design.aps:
        assert shapes[ap.building_id].distance(ap.geometry) < 1e-6
        assert ap.channel in channels(region) and ap.eirp_dbm <= eirp_limit(region, ap.channel)
    for row in design.coverage:
        assert row.primary_share >= 0.99 and row.secondary_share >= 0.85 and row.airtime <= 0.6
        on_floor = [a for a in design.aps if (a.building_id, a.floor) == (row.building_id, row.floor)]
        assert len(on_floor) == row.aps >= row.aps_lower_bound >= 1
    assert design.cost == pytest.approx(sum(r.cost for r in design.bom))
    assert design.cost == pytest.approx(sum(design.cost_by_building.values()))
    assert all(r.cost == pytest.approx(r.quantity * r.unit_price) for r in design.bom)
    assert design.lower_bound <= design.cost + 1e-6
    for key, bound in design.lower_bound_by_building.items():
        assert 0 < bound <= design.cost_by_building[key]
    assert design.aps_lower_bound <= len(design.aps)


@pytest.mark.parametrize("region", ["cn", "etsi", "fcc"])
def test_targets_are_met_on_every_floor(region: str) -> None:
    ell = Polygon([(0, 0), (40, 0), (40, 12), (14, 12), (14, 30), (0, 30)])
    court = Polygon(box(0, 0, 40, 40).exterior, [box(12, 12, 28, 28).exterior])
    two = MultiPolygon([box(0, 0, 10, 10), box(30, 0, 45, 12)])
    buildings = table(rotate(ell, 20), translate(court, 500, 300), two, box(0, 0, 3, 2),
                      storeys=[3, 2, 1, None], use=["residential", "office", "hotel", None])
    check(design_wlan(buildings, CATALOGUE, WlanOptions(region, 10)), buildings, region)


def test_known_optimum_and_alike_floors_solved_once() -> None:
    start = time.perf_counter()
    buildings = table(*(rotate(translate(box(0, 0, 60, 15), 100 * i, 0), 37 * i) for i in range(12)),
                      storeys=[18] * 12, use=["residential"] * 12)
    design = design_wlan(buildings, CATALOGUE, WlanOptions())
    assert time.perf_counter() - start < 5
    assert len({sum(a.building_id == b for a in design.aps) for b in buildings.ids}) == 1
    assert len(design.coverage) == 12 * 18
    again = design_wlan(buildings, CATALOGUE, WlanOptions())
    assert [(a.ap_id, a.channel, a.geometry.wkt) for a in design.aps] == [
        (a.ap_id, a.channel, a.geometry.wkt) for a in again.aps]


def test_more_users_need_more_access_points() -> None:
    counts = []
    for users in (10, 200, 600):
        buildings = table(box(0, 0, 60, 25), storeys=[1], users=[users], use=["office"])
        design = design_wlan(buildings, CATALOGUE, WlanOptions(time_limit=3))
        check(design, buildings, "cn")
        counts.append(len(design.aps))
    assert counts[0] < counts[1] < counts[2]


def test_floor_layer_replaces_the_footprint() -> None:
    buildings = table(box(0, 0, 60, 25), storeys=[9])
    floors = FeatureTable(["1", "2"], [box(0, 0, 10, 10), box(0, 0, 20, 10)],
                          {"building_id": ["b0", "b0"], "floor": [1, 2], "use": ["school", None]})
    design = design_wlan(buildings, CATALOGUE, WlanOptions(), floors=floors)
    assert [c.floor for c in design.coverage] == [1, 2]
    assert {c.geometry.area for c in design.coverage} == {100, 200}


def test_without_footprint_and_bad_numbers() -> None:
    design = design_wlan(table(None, Polygon()), CATALOGUE, WlanOptions())
    assert len(design.unserved) == 2 and design.cost == 0 and design.aps == []
    with pytest.raises(InputError):
        design_wlan(table(box(0, 0, 9, 9), storeys=["many"]), CATALOGUE, WlanOptions())
    data = {**CATALOGUE.data, "wlan": {**CATALOGUE.section("wlan"), "switches": {}}}
    with pytest.raises(InputError):
        design_wlan(table(box(0, 0, 9, 9)), Catalogue(data, "mine.json"), WlanOptions())


@pytest.mark.parametrize("aps", [1, 7, 8, 9, 24, 25, 60])
def test_switches_feed_everything(aps: int) -> None:
    parts = Parts(CATALOGUE)
    section = CATALOGUE.section("wlan")["switches"]
    cost, keys = parts.switches(aps)
    assert sum(section[k]["ports"] for k in keys) >= aps
    assert sum(section[k]["watts"] for k in keys) >= 1.2 * 15 * aps
    assert cost <= parts.switches(aps + 1)[0]


def test_frame_turns_there_and_back() -> None:
    shape = rotate(box(3, 5, 33, 17), 50)
    frame, outline = outline_of(shape)
    points = outline.grid(2.0)
    assert np.allclose(frame.to_own(frame.to_map(points)), points)
    assert math.isclose(outline.width, 30, abs_tol=1e-6) and math.isclose(outline.height, 12, abs_tol=1e-6)
    assert outline_of(translate(rotate(shape, 90), 70, 9))[1].key() == outline.key()


def test_a_sliver_is_covered_along_its_length() -> None:
    thin = box(0, 0, 120, 0.05)
    made = design_wlan(FeatureTable(["s"], [thin], {"storeys": [1], "use": ["office"]}), load_catalogue())
    assert made.coverage[0].primary_share >= 0.99
    places = sorted(ap.geometry.x for ap in made.aps)
    assert len(places) >= 2 and places[0] < 45 and places[-1] > 75
