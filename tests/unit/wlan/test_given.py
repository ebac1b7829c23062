# SPDX-License-Identifier: GPL-2.0-or-later
"""Access points placed or locked by hand, channels that are kept, and coefficients of one's own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import Point, box

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.wlan.channels import assign_channels, cost_of, dsatur
from fullservice_plugin.core.access.wlan.design import design_wlan
from fullservice_plugin.core.access.wlan.given import read_given
from fullservice_plugin.core.access.wlan.interference import FAINT
from fullservice_plugin.core.access.wlan.model import GivenAp, WlanOptions
from fullservice_plugin.core.access.wlan.settings import settings_from
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

CATALOGUE = load_catalogue()


def building(storeys: int = 2, **columns) -> FeatureTable:
    return FeatureTable(["A"], [box(0, 0, 60, 25)], {"storeys": [storeys], "use": ["office"],
                                                     **{k: [v] for k, v in columns.items()}}, name="buildings")


def layer(rows: list[dict], name: str = "own") -> FeatureTable:
    keys = {key for row in rows for key in row} - {"at"}
    return FeatureTable([str(i) for i in range(len(rows))], [row["at"] for row in rows],
                        {key: [row.get(key) for row in rows] for key in keys}, name=name)


def test_given_points_keep_place_channel_power_and_name() -> None:
    free = design_wlan(building(), CATALOGUE, WlanOptions("etsi", 6))
    own = GivenAp("corner", "A", 2, 1.5, 1.25, 17.0, 36)
    design = design_wlan(building(), CATALOGUE, WlanOptions("etsi", 6, given=[own]))
    kept = [a for a in design.aps if a.locked]
    assert [(a.ap_id, a.floor, a.channel, a.eirp_dbm) for a in kept] == [("corner", 2, 36, 17.0)]
    assert kept[0].geometry.distance(Point(1.5, 1.25)) < 1e-9
    assert len({a.ap_id for a in design.aps}) == len(design.aps)
    for row in design.coverage:
        assert row.primary_share >= 0.99 and row.secondary_share >= 0.85 and row.aps >= row.aps_lower_bound
    first, second = design.coverage
    alone = len(design_wlan(building(1), CATALOGUE, WlanOptions("etsi", 6)).aps)  # no help from its neighbours
    assert first.locks_cost == 0 and second.locks_cost == second.aps - alone
    assert len(design.aps) >= len(free.aps)


def test_locking_a_whole_design_changes_nothing() -> None:
    """What a planner gets who locks everything and runs again."""
    free = design_wlan(building(3, users=200), CATALOGUE, WlanOptions(time_limit=6))
    rows = [{"at": a.geometry, "ap_id": a.ap_id, "building_id": a.building_id, "floor": a.floor, "channel": a.channel,
             "eirp_dbm": a.eirp_dbm, "locked": 1} for a in free.aps]
    again = design_wlan(building(3, users=200), CATALOGUE, WlanOptions(time_limit=6, given=read_given(layer(rows))))
    assert {(a.ap_id, a.channel, round(a.geometry.x, 6), round(a.geometry.y, 6)) for a in again.aps} == {
        (a.ap_id, a.channel, round(a.geometry.x, 6), round(a.geometry.y, 6)) for a in free.aps}
    assert all(a.locked for a in again.aps) and again.cost == pytest.approx(free.cost)


def test_rows_that_are_not_locked_are_free_to_move() -> None:
    rows = [{"at": Point(5, 5), "ap_id": "x", "building_id": "A", "floor": 1, "locked": 0},
            {"at": Point(9, 9), "ap_id": "y", "building_id": "A", "floor": 1, "locked": 1}]
    assert [ap.ap_id for ap in read_given(layer(rows))] == ["y"]
    for row in rows:
        del row["locked"]
    assert [ap.ap_id for ap in read_given(layer(rows))] == ["x", "y"]


@pytest.mark.parametrize(("change", "message"), [
    ({"x": 80.0}, "20.0 m outside floor 1"), ({"channel": 52}, "keeps channel 52"),
    ({"eirp_dbm": 36.0}, "radiates 36")])
def test_what_is_not_possible_is_refused_with_the_reason(change, message) -> None:
    own = replace(GivenAp("mine", "A", 1, 5.0, 5.0, None, None), **change)
    # channel 52 is legal in China with 20 dBm only; 23 dBm leaves the others
    data = {**CATALOGUE.data, "wlan": {**CATALOGUE.data["wlan"], "access_points": {
        "AP": {"watts": 15.0, "streams": 2, "eirp_dbm": 23.0, "price": 780.0, "unit": "piece"}}}}
    with pytest.raises(InputError, match=message):
        design_wlan(building(1), Catalogue(data), WlanOptions("cn", 3, given=[own]))


def test_bad_layers_name_the_feature() -> None:
    with pytest.raises(InputError, match="own: access point x needs"):
        read_given(layer([{"at": Point(5, 5), "ap_id": "x", "building_id": "A", "floor": None}]))
    with pytest.raises(InputError, match="two access points are called x"):
        read_given(layer([{"at": Point(5, 5), "ap_id": "x", "building_id": "A", "floor": 1}] * 2))


def test_fixed_channels_stay_and_faint_ones_spread() -> None:
    random = np.random.default_rng(3)
    weights = np.triu(random.random((30, 30)) * (random.random((30, 30)) < 0.4), 1)
    weights = weights + weights.T
    fixed = np.full(30, -1)
    fixed[[2, 7, 11]] = [3, 3, 0]
    found = assign_channels(weights, 5, None, fixed)
    assert found[2] == found[7] == 3 and found[11] == 0
    assert cost_of(weights, found) <= cost_of(weights, dsatur(weights, 5, fixed)) + 1e-9
    # nobody hears anybody: channels are spread all the same, since noise adds up
    faint = np.full((6, 6), FAINT) - FAINT * np.eye(6)
    assert sorted(np.bincount(assign_channels(np.zeros((6, 6)), 3, faint), minlength=3)) == [2, 2, 2]


def test_far_access_points_take_channels_that_are_free() -> None:
    design = design_wlan(building(4), CATALOGUE, WlanOptions("etsi", 6))
    for one in design.aps:  # through three slabs nothing is heard
        assert all(abs(one.floor - other.floor) >= 3 for other in design.aps
                   if other.channel == one.channel and other is not one)
    assert all(row.snr_share > 0.99 for row in design.coverage)


def test_a_noisy_band_asks_for_more_access_points() -> None:
    def rule(name: str, value: float) -> Catalogue:
        wlan = CATALOGUE.data["wlan"]
        return Catalogue({**CATALOGUE.data, "wlan": {**wlan, "rules": {
            **wlan["rules"], name: {**wlan["rules"][name], "value": value}}}})

    quiet = design_wlan(building(), CATALOGUE, WlanOptions(time_limit=6))
    noisy = design_wlan(building(), rule("noise_dbm", -84.0), WlanOptions(time_limit=6))
    assert settings_from(rule("noise_dbm", -84.0), "cn").least_dbm == -59.0
    assert len(noisy.aps) > len(quiet.aps)


def test_coefficients_are_the_operators_own_where_given() -> None:
    over = {"propagation": {"p1238_site": {"office_nlos": {"alpha": 3.4}}, "slab_db": {"concrete": {"5": 15}}}}
    own = Catalogue({**CATALOGUE.data, **over})
    use, default = (settings_from(c, "cn").use_model("office") for c in (own, CATALOGUE))
    assert use.row["alpha"] == 3.4 and default.row["alpha"] == 2.46 and use.row["beta"] == default.row["beta"]
    assert use.slab_db == 15 and math.isclose(use.margin_db, default.margin_db)
    assert len(design_wlan(building(), own, WlanOptions(time_limit=6)).aps) > len(
        design_wlan(building(), CATALOGUE, WlanOptions(time_limit=6)).aps)


def test_access_points_on_one_channel_share_its_time() -> None:
    """Three channels of 80 MHz for many users: what is told is the time of all that take turns."""
    wlan = CATALOGUE.data["wlan"]
    wide = Catalogue({**CATALOGUE.data, "wlan": {**wlan, "rules": {
        **wlan["rules"], "width_mhz": {**wlan["rules"]["width_mhz"], "value": 80}}}})
    places = [(5.0 + 6 * k, 12.0) for k in range(8)]
    given = [GivenAp(f"p{k}", "A", 1, x, y) for k, (x, y) in enumerate(places)]
    design = design_wlan(building(1, users=300), wide, WlanOptions("cn", 6, given=given))
    assert len({a.channel for a in design.aps}) == 3 and len(design.aps) == 8
    (row,) = design.coverage
    narrow = design_wlan(building(1, users=300), CATALOGUE, WlanOptions("cn", 6, given=given)).coverage[0]
    settings = settings_from(wide, "cn")
    asked = 300 * settings.use_model("office").active_share * settings.use_model("office").mbps
    best = asked / settings.mac_efficiency / 1201.0  # 80 MHz, 2 streams, MCS 11
    assert row.airtime >= best / 3 > 0.0 and narrow.airtime <= 0.6


def test_models_are_marked_whose_coefficients_were_not_compared() -> None:
    from fullservice_plugin.core.access.wlan.tables import told_verified

    assert told_verified("p1411_site los_street") and not told_verified("p1411_site nlos_lowrise")
    assert not told_verified("tgax residential, calibrated") and not told_verified("walls enterprise")
    assert not told_verified("") and not told_verified("nothing known")
