# SPDX-License-Identifier: GPL-2.0-or-later
"""Names, addresses, storeys and households."""

from __future__ import annotations

import pytest

from fullservice_plugin.core.discovery.addresses import address_key, parse_address
from fullservice_plugin.core.discovery.households import Estimate, calibrate, estimate, number_in
from fullservice_plugin.core.discovery.names import parse_name, similarity


@pytest.mark.parametrize(
    "text, estate, phase, number",
    [
        ("望湖苑A栋", "望湖苑", "", "A"),
        ("望湖苑二期3号楼", "望湖苑", "2期", "3"),
        ("阳光花园3号楼2单元501", "阳光花园", "", "3"),
        ("火炬小区 86幢", "火炬小区", "", "86"),
        ("翡翠城(三期)12幢", "翡翠城", "3期", "12"),
        ("万科城市花园5#楼", "万科城市花园", "", "5"),
        ("绿城·桂花园 3 幢", "绿城·桂花园", "", "3"),
        ("三里屯SOHO A座", "三里屯SOHO", "", "A"),
        ("十二号楼", "", "", "12"),
        ("3号楼", "", "", "3"),
        ("湖畔花园", "湖畔花园", "", ""),
        ("Sunshine Court", "Sunshine Court", "", ""),
    ],
)
def test_building_names(text, estate, phase, number):
    found = parse_name(text)
    assert (found.estate, found.phase, found.number) == (estate, phase, number)


@pytest.mark.parametrize(
    "text, key",
    [
        ("杭州市西湖区文一路12号望湖苑3号楼", "文一路|12"),
        ("中国 广东省深圳市南山区 科技园路 1号", "科技园路|1"),
        ("Aleksanterinkatu 15 B, 00100 Helsinki", "aleksanterinkatu|15b"),
        ("Hauptstr. 7a, 91207 Lauf", "hauptstrasse|7a"),
        ("12 High Street, London", "highstreet|12"),
        ("5, rue de Paris, 35600 Redon", "ruedeparis|5"),
        ("北京市朝阳区和平里七区16号楼", None),
        ("", None),
    ],
)
def test_addresses(text, key):
    assert parse_address(text).key == key


def test_address_keys_fold_spelling():
    assert address_key("Hauptstraße", "7 A") == address_key("Hauptstr.", "7a") == address_key("HAUPTSTRASSE", "7a")
    assert address_key("文一路", "12号") == "文一路|12"
    assert address_key("文一路", None) is None


def test_similarity_ignores_estate_words():
    assert similarity("火炬小区", "火炬") == 1.0
    assert similarity("望湖苑", "火炬") < 0.5


@pytest.mark.parametrize(
    "value, number", [(5, 5), ("12.5 m", 12.5), ("3;5", 5), ("-2", None), ("x", None), (None, None)]
)
def test_number_in(value, number):
    assert number_in(value) == number


def test_households_by_use():
    assert estimate(120, 2, None, "house").households == 1
    assert estimate(600, 18, None, "住宅").households == 104
    assert estimate(600, 18, None, "住宅").method == "storeys"
    assert estimate(600, None, 54.0, "住宅").storeys == 18
    assert estimate(800, 10, None, "写字楼").households == 0
    assert estimate(90, 6, None, "城中村").households > estimate(90, 6, None, "apartments").households
    assert estimate(500, 6, None, "商住").households < estimate(500, 6, None, "住宅").households
    one = estimate(500, None, None, "apartments")
    assert one.method == "area" and one.low < one.households < one.high
    assert estimate(20).households == 0


def test_calibration_keeps_the_total_exactly():
    found = [Estimate(6, n, n, n, "storeys") for n in (10, 20, 33)] + [Estimate(1, 0, 0, 0, "use")]
    scaled = calibrate(found, ["a", "a", "a", "a"], {"a": 100})
    assert sum(one.households for one in scaled) == 100
    assert scaled[3].households == 0 and scaled[0].method == "ledger"
    assert calibrate(found, ["a"] * 4, {"b": 5}) == found


def test_a_deep_unnamed_block_is_no_dwelling_and_a_height_corrects_an_impossible_storey_count():
    hall = estimate(18_675, 5, 11.6, "Indifférencié", perimeter=2 * (190 + 98.3))
    assert hall.households == 0  # a hospital of Olemps: 65 m deep
    court = estimate(3_000, 6, 18.0, None, perimeter=2 * (250 + 12.0))
    assert court.households == round(3_000 * 6 / 104)  # as large, but 11 m deep: a block round its yard
    assert estimate(133, 4, 3.7, "Résidentiel").households == 1  # four storeys in 3.7 m
    assert estimate(170, 3, 9.0, "Résidentiel").households == 5 and estimate(160, 3, 9.0, "Résidentiel").households == 1
