# SPDX-License-Identifier: GPL-2.0-or-later
"""Revenue by method: hand calculation, monotone in rivals and probability, packages by place and date."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shapely.geometry import Point, box

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.choice.model import METHODS
from fullservice_plugin.core.access.choice.revenue import Market, Packages, RevenueModel, discounted_years
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.table import FeatureTable

CATALOGUE = load_catalogue()
MARKET = Market(homes=40, businesses=6, take=0.5, rivals=0, rival_share=0.0, probability=1.0)


def test_years_by_hand() -> None:
    lines, years = discounted_years(2.0, [0.5, 1.0], 0.1, 0.0)
    assert lines == pytest.approx(0.25 + 0.75 * 0.9) and years == 2
    lines, years = discounted_years(0.5, [1.0], 0.0, 0.21)
    assert years == pytest.approx(0.5 / 1.21**0.5) and lines == pytest.approx(years / 2)


@pytest.mark.parametrize("method", [m for m in METHODS if m != "none"])
def test_rivals_refusals_and_doubt_never_raise_a_prize(method: str) -> None:
    model = RevenueModel(CATALOGUE, 5)
    value = model.revenue(MARKET, method, [])
    assert value > 0
    for name, values in (("rivals", (1, 2, 3, 9)), ("rival_share", (0.2, 0.6, 1.0))):
        last = value
        for step in values:
            now = model.revenue(replace(MARKET, **{name: step}), method, [])
            assert now <= last + 1e-9
            last = now
    assert model.revenue(replace(MARKET, probability=0.5), method, []) == pytest.approx(value / 2)
    assert model.revenue(replace(MARKET, take=0.25), method, []) <= value
    assert RevenueModel(CATALOGUE, 8).revenue(MARKET, method, []) > value
    assert model.revenue(replace(MARKET, aps=1e6), method, []) <= value


def test_packages_by_place_date_speed_and_priority() -> None:
    table = FeatureTable(
        ["old", "slow", "fast", "first", "everywhere"],
        [box(0, 0, 9, 9), box(0, 0, 9, 9), box(0, 0, 9, 9), box(0, 0, 2, 2), None],
        {"segment": ["home"] * 5, "price_month": [10, 40, 90, 70, 30], "down_mbps": [50, 50, 500, 500, 50],
         "valid_to": ["2020-01-01", None, None, None, None], "priority": [9, 1, 1, 5, 1]})
    packages = Packages(table, "2026-10-01")
    model = RevenueModel(CATALOGUE, 5)
    assert model.arpu("home", "ftth", packages.at(Point(1, 1))) == 70
    assert model.arpu("home", "ftth", packages.at(Point(5, 5))) == pytest.approx(65)
    assert model.arpu("home", "fttb", packages.at(Point(5, 5))) == 40
    assert model.arpu("home", "ftth", packages.at(Point(50, 50))) == 30
    assert model.arpu("business", "ftth", packages.at(Point(1, 1))) == 260
    assert Packages(None, "").at(Point(0, 0)) == []


def test_priority_decides_between_area_and_everywhere_and_segments_do_not_hide_each_other() -> None:
    def at(priorities: tuple[float, float], segments: tuple[str, str] = ("home", "home")) -> float:
        table = FeatureTable(["area", "everywhere"], [box(0, 0, 9, 9), None],
                             {"segment": list(segments), "price_month": [70, 30], "priority": list(priorities)})
        return RevenueModel(CATALOGUE, 5).arpu("home", "ftth", Packages(table, "2026-10-01").at(Point(1, 1)))

    assert at((1, 5)) == 30
    assert at((5, 1)) == 70
    assert at((2, 2)) == 70, "of two with one priority that of the area"
    assert at((9, 1), ("business", "home")) == 30, "a package for businesses of an area leaves that for homes"


def test_errors_name_what_is_wrong() -> None:
    with pytest.raises(ParameterError):
        RevenueModel(CATALOGUE, 0)
    with pytest.raises(InputError):
        Packages(FeatureTable(["1"], [None], {"price_month": [1], "valid_to": ["soon"]}), "2026-10-01")
    data = {**CATALOGUE.data, "revenue": {**CATALOGUE.section("revenue"), "rules": {}}}
    with pytest.raises(InputError, match="margin"):
        RevenueModel(Catalogue(data, "mine.json"), 5)


def test_wlan_users_pay_where_the_use_says_so() -> None:
    model = RevenueModel(CATALOGUE, 5)
    plain = replace(MARKET, wlan_users=200.0, use="residential")
    school = replace(plain, use="school")
    for method in ("wlan", "hybrid"):
        assert model.revenue(school, method, []) > model.revenue(plain, method, []) == model.revenue(MARKET, method, [])
        assert model.revenue(replace(school, rivals=2), method, []) < model.revenue(school, method, [])
    assert model.revenue(school, "ftth", []) == model.revenue(plain, "ftth", [])
