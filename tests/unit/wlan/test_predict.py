# SPDX-License-Identifier: GPL-2.0-or-later
"""Readings meet the model: same floor, one floor up, a named access point, and what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import Point, box

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.wlan.predict import floors_of, predict, read_aps
from fullservice_plugin.core.access.wlan.propagation import free_space, site_general
from fullservice_plugin.core.access.wlan.settings import settings_from
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

SETTINGS = settings_from(load_catalogue(), "cn")
SHAPE = box(0, 0, 60, 25)
USE = SETTINGS.use_model("office")


def aps():
    return read_aps(FeatureTable(["1", "2"], [Point(10, 12), Point(50, 12)], {
        "ap_id": ["A", "B"], "building_id": ["h", "h"], "floor": [1, 1], "eirp_dbm": [20.0, 20.0],
        "channel": [36, 44]}, name="APs"))


def readings(rows):
    return FeatureTable([str(i) for i in range(len(rows))], [Point(x, 12) for x, *_ in rows], {
        "building_id": [row[3] for row in rows], "floor": [row[1] for row in rows],
        "rssi_dbm": [row[2] for row in rows], "ap_id": [row[4] for row in rows]})


def model(metres, slabs=0):
    metres = np.hypot(metres, slabs * SETTINGS.storey_m)
    loss = max(float(site_general(metres, SETTINGS.ghz, "office_nlos")), float(free_space(metres, SETTINGS.ghz)))
    return loss + slabs * USE.slab_db


def test_losses_of_readings() -> None:
    found = predict(readings([(30, 1, -60.0, "h", "A"), (25, 1, -60.0, "h", None), (30, 2, -85.0, "h", "B"),
                              (30, 1, -60.0, "other", None), (30, 1, None, "h", "A")]), aps(), {"h": SHAPE},
                    {"h": USE}, SETTINGS)
    assert found.loss[:3] == pytest.approx([model(20), model(15), model(20, 1)])
    assert found.measured[:3] == pytest.approx([80.0, 80.0, 105.0])
    assert found.predicted[:2] == pytest.approx([20 - model(20), 20 - model(15)])
    assert np.isnan(found.loss[3]) and np.isnan(found.measured[4]) and np.isfinite(found.loss[4])


def test_floors_with_access_points() -> None:
    (one,) = floors_of("h", SHAPE, None, aps())
    assert one[0] == 1 and one[1] is SHAPE and [ap.channel for ap in one[2]] == [36, 44]
    given = FeatureTable(["f"], [box(0, 0, 30, 25)], {"building_id": ["h"], "floor": [1]})
    assert next(iter(floors_of("h", SHAPE, given, aps())))[1].area == 750
    assert list(floors_of("x", SHAPE, None, aps())) == []


def test_an_access_point_without_floor_is_named() -> None:
    with pytest.raises(InputError, match="Z9"):
        read_aps(FeatureTable(["1"], [Point(0, 0)], {"ap_id": ["Z9"], "building_id": ["h"], "eirp_dbm": [20.0]}))
