# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN outdoors: legal, proven, verified by other code; buildings hide and are reached or not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from shapely.geometry import Point, Polygon, box

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.verification.limits import read_limits
from fullservice_plugin.core.access.verification.outdoor import legal_outdoors, outdoor_share
from fullservice_plugin.core.access.wlan.outdoor import OutdoorOptions, design_outdoors, outdoor_settings
from fullservice_plugin.core.access.wlan.propagation import building_entry
from fullservice_plugin.core.access.wlan.settings import access_point, settings_from
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.table import FeatureTable

CATALOGUE = load_catalogue()
LIMITS = read_limits(CATALOGUE)


def table(*shapes, name="areas", **columns) -> FeatureTable:
    return FeatureTable([f"{name}{k}" for k in range(len(shapes))], list(shapes), columns, name=name)


def verified(design, areas, buildings, environment) -> list[float]:
    solids = [] if buildings is None else list(buildings.geometry)
    return [outdoor_share(shape, solids, [(a.geometry.x, a.geometry.y, a.eirp_dbm) for a in design.aps
                                          if a.building_id == key], environment, LIMITS)
            for key, shape in zip(areas.ids, areas.geometry)]


@pytest.mark.parametrize("region", ["cn", "etsi", "fcc"])
@pytest.mark.parametrize("environment", ["nlos_residential", "nlos_highrise"])
def test_a_campus_is_covered_legally_and_the_verifier_agrees(region, environment) -> None:
    campus = Polygon([(0, 0), (220, 0), (220, 120), (120, 120), (120, 180), (0, 180)])
    street = box(300, 0, 314, 260)
    houses = table(box(40, 40, 90, 60), box(130, 30, 150, 90), box(320, 20, 345, 240), name="houses")
    areas = table(campus, street)
    design, indoors = design_outdoors(areas, CATALOGUE, OutdoorOptions(region, 12, environment), houses)
    assert all(legal_outdoors(region, ap.channel, ap.eirp_dbm) and ap.floor == 0 for ap in design.aps)
    assert all(not house.contains(ap.geometry) for ap in design.aps for house in houses.geometry)
    for row in design.coverage:
        assert row.primary_share >= 0.95 and row.airtime <= 0.6 and row.aps >= row.aps_lower_bound >= 1
    assert all(share >= 0.95 - 0.02 for share in verified(design, areas, houses, environment))
    assert design.cost == pytest.approx(sum(row.cost for row in design.bom)) and design.cost > 0
    assert {row.building_id for row in indoors} == set(houses.ids)
    entry = float(building_entry(settings_from(CATALOGUE, region).ghz, 0.9, "traditional"))
    for row in indoors:
        assert row.indoor_dbm == pytest.approx(row.facade_dbm - entry) and row.entry_db == pytest.approx(entry)
        assert row.usable == int(row.indoor_dbm >= -75.0)


def test_a_building_between_costs_an_access_point() -> None:
    yard = table(Polygon([(0, 0), (100, 0), (100, 100), (0, 100)]))
    free, _ = design_outdoors(yard, CATALOGUE, OutdoorOptions(time_limit=8))
    wall = table(box(48, -5, 52, 105), box(-5, 48, 105, 52), name="walls")
    split, _ = design_outdoors(yard, CATALOGUE, OutdoorOptions(time_limit=8), wall)
    assert len(split.aps) > len(free.aps) >= 1
    assert verified(free, yard, wall, "nlos_residential")[0] < verified(free, yard, None, "nlos_residential")[0]


def test_the_number_is_the_least_by_every_choice_of_mounts() -> None:
    yard = table(box(0, 0, 180, 60), users=[0])
    mounts = table(*(Point(x, y) for x in (10, 60, 110, 170) for y in (5, 55)), name="mounts")
    design, _ = design_outdoors(yard, CATALOGUE, OutdoorOptions("etsi", 10), None, mounts)
    stand = {(p.x, p.y) for p in mounts.geometry}
    assert all((a.geometry.x, a.geometry.y) in stand for a in design.aps)
    assert not any(row.item.startswith("Mounting pole") for row in design.bom), "they hang on what is there"
    eirp = outdoor_settings(CATALOGUE, "etsi").eirp_dbm
    for size in range(1, len(design.aps)):
        for chosen in itertools.combinations(mounts.geometry, size):
            assert outdoor_share(yard.geometry[0], [], [(p.x, p.y, eirp) for p in chosen], "nlos_residential",
                                 LIMITS) < 0.95 + 0.01


def test_many_users_and_efficient_glass() -> None:
    yard, house = table(box(0, 0, 80, 80), users=[1500]), table(box(90, 0, 110, 80), name="houses")
    crowd, seen = design_outdoors(yard, CATALOGUE, OutdoorOptions("fcc", 8), house)
    quiet, _ = design_outdoors(table(box(0, 0, 80, 80), users=[1]), CATALOGUE, OutdoorOptions("fcc", 8))
    assert len(crowd.aps) > len(quiet.aps) and crowd.coverage[0].airtime <= 0.6
    _, glass = design_outdoors(yard, CATALOGUE, OutdoorOptions("fcc", 8, entry="efficient"), house)
    assert glass[0].entry_db > seen[0].entry_db + 15 and glass[0].indoor_dbm < seen[0].indoor_dbm


def test_odd_areas_and_bad_input() -> None:
    solid = table(box(-5, -5, 25, 25), name="houses")
    under, _ = design_outdoors(table(box(0, 0, 20, 20)), CATALOGUE, OutdoorOptions(time_limit=2), solid)
    assert len(under.aps) == 1
    none, indoors = design_outdoors(table(), CATALOGUE, OutdoorOptions(time_limit=1), solid)
    assert none.aps == [] and none.cost == 0 and indoors == []
    with pytest.raises(InputError, match="area areas0 is no polygon"):
        design_outdoors(table(Polygon()), CATALOGUE)
    with pytest.raises(ParameterError, match="nlos_highrise, nlos_residential, found moon"):
        design_outdoors(table(box(0, 0, 9, 9)), CATALOGUE, OutdoorOptions(environment="moon"))


def test_buildings_still_take_the_indoor_access_point() -> None:
    assert access_point(CATALOGUE) == "AP-indoor"
    assert all(limit >= 27 for limit in [outdoor_settings(CATALOGUE, r).most_eirp_dbm for r in ("cn", "etsi", "fcc")])
    assert set(outdoor_settings(CATALOGUE, "cn").channels) == {149, 153, 157, 161, 165}
    assert np.isclose(outdoor_settings(CATALOGUE, "etsi").eirp_dbm, 27.0)
