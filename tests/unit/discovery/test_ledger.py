# SPDX-License-Identifier: GPL-2.0-or-later
"""Ledger rows on buildings: by address, name, coordinates; the datum; everything that can be wrong in a row."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import box

from fullservice_plugin.core.discovery.datum import convert
from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.discovery.ledger import Landmark, LedgerRow, locate_ledger
from fullservice_plugin.core.table import FeatureTable

FRAME = LocalFrame(120.15, 30.2)


def estate() -> FeatureTable:
    """Sixty slabs of two estates."""
    shapes = [box(70 * (k % 10), 60 * (k // 10), 70 * (k % 10) + 45, 60 * (k // 10) + 14) for k in range(60)]
    names = [f"{'望湖苑' if k < 30 else '火炬小区'}{k % 30 + 1}号楼" for k in range(60)]
    return FeatureTable(
        [f"b{k}" for k in range(60)],
        shapes,
        {
            "name": names,
            "street": ["文一路" if k < 30 else "学院路" for k in range(60)],
            "housenumber": [str(k) for k in range(60)],
        },
    )


def degrees(buildings: FeatureTable, k: int, datum: str = "wgs84") -> tuple[float, float]:
    point = buildings.geometry[k].centroid
    lon, lat = convert(*FRAME.to_degrees(point.x, point.y), "wgs84", datum)
    return float(lon), float(lat)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_datum_is_detected(datum):
    buildings = estate()
    rows = [LedgerRow(str(k), None, None, *degrees(buildings, k, datum)) for k in range(0, 60, 3)]
    result = locate_ledger(rows, buildings, FRAME.to_metres)
    assert result.datum == datum
    assert [place.row for place in result.placements] == list(range(0, 60, 3))
    assert bool(result.warnings) == (datum != "wgs84")


def test_a_wrong_datum_is_warned_about_and_kept():
    buildings = estate()
    rows = [LedgerRow(str(k), None, None, *degrees(buildings, k, "gcj02")) for k in range(60)]
    result = locate_ledger(rows, buildings, FRAME.to_metres, "wgs84")
    assert result.datum == "wgs84" and len(result.warnings) == 1
    assert "gcj02" in result.warnings[0].text()
    lon, lat = degrees(buildings, 0, "gcj02")
    assert result.placements[0].lon == pytest.approx(lon) and result.placements[0].lat == pytest.approx(lat)


def test_detection_with_noise_and_few_rows():
    buildings = estate()
    random = np.random.default_rng(1)
    for trial in range(20):
        chosen = random.choice(60, 12, replace=False)
        rows = []
        for k in chosen:
            lon, lat = degrees(buildings, int(k), "gcj02")
            rows.append(LedgerRow(str(k), None, None, lon + random.normal(0, 8e-5), lat + random.normal(0, 8e-5)))
        assert locate_ledger(rows, buildings, FRAME.to_metres).datum == "gcj02", trial


def test_names_and_addresses_with_noise():
    buildings = estate()
    rows = [
        LedgerRow("1", "望湖苑3栋"),
        LedgerRow("2", "火炬小區5幢"),
        LedgerRow("3", None, "杭州市西湖区文一路7号"),
        LedgerRow("4", None, "杭州市学院路40号火炬小区11号楼"),
        LedgerRow("5", "望湖苑"),
        LedgerRow("6", "不存在大厦"),
    ]
    places = locate_ledger(rows, buildings, FRAME.to_metres).placements
    assert [place.row for place in places[:4]] == [2, 34, 7, 40]
    assert [place.band for place in places] == ["match", "review", "match", "match", "review", "unplaced"]
    assert all(place.accuracy > 0 for place in places[:5])


def test_an_address_shared_by_an_estate_is_settled_by_the_number():
    buildings = estate()
    buildings.columns["housenumber"] = ["8"] * 60
    rows = [LedgerRow(str(k), f"望湖苑{k + 1}栋", f"杭州市文一路8号望湖苑{k + 1}栋") for k in range(30)]
    rows += [LedgerRow("far", "望湖苑25栋", "文一路8号", *degrees(buildings, 24))]
    places = locate_ledger(rows, buildings, FRAME.to_metres, "wgs84").placements
    assert [place.row for place in places] == [*range(30), 24]
    assert {place.band for place in places} == {"match"}


def test_bad_rows_are_told_and_the_rest_is_kept():
    buildings = estate()
    lon, lat = degrees(buildings, 8)
    rows = [
        LedgerRow("text", None, None, "abc", 30.2),
        LedgerRow("zero", None, None, 0, 0),
        LedgerRow("swapped", None, None, lat, lon),
        LedgerRow("far", None, None, 10, 10),
        LedgerRow("good", None, None, lon, lat),
        LedgerRow("nan", None, None, float("nan"), 1),
        LedgerRow("again", "望湖苑3栋"),
        LedgerRow("twice", "望湖苑3栋"),
        LedgerRow("huge", None, None, 1e9, 5),
    ]
    places = locate_ledger(rows, buildings, FRAME.to_metres, "wgs84").placements
    told = {
        row.key: " ".join(text.format(**values) for text, values in place.reasons) for row, place in zip(rows, places)
    }
    assert "no numbers" in told["text"] and "0, 0" in told["zero"] and "swapped" in told["swapped"]
    assert "outside the area" in told["far"] and "no numbers" in told["nan"] and "no degrees" in told["huge"]
    assert "duplicate of row again" in told["twice"]
    assert places[2].row == 8 and places[2].band == "review"
    assert places[4].row == 8 and places[4].band == "match" and not told["good"]


def test_contradiction_is_for_review():
    buildings = estate()
    rows = [LedgerRow("1", "望湖苑1号楼", None, *degrees(buildings, 59))]
    place = locate_ledger(rows, buildings, FRAME.to_metres, "wgs84").placements[0]
    assert place.band == "review" and place.reasons


def test_no_rows_and_no_buildings():
    assert locate_ledger([], estate(), FRAME.to_metres).placements == []
    alone = locate_ledger([LedgerRow("1", "x", None, 120.1, 30.1)], FeatureTable([], []), FRAME.to_metres)
    assert alone.placements[0].band == "unplaced"


def landmark(buildings: FeatureTable, k: int, name: str, address: str = "", east: float = 0.0) -> Landmark:
    point = buildings.geometry[k].centroid
    lon, lat = FRAME.to_degrees(point.x + east, point.y)
    return Landmark(name, address, float(lon), float(lat))


def test_a_point_of_interest_names_the_building_it_lies_in():
    buildings = estate()
    known = [landmark(buildings, 7, "阳光幼儿园", "翠柏路8号"), landmark(buildings, 30, "望湖苑")]
    rows = [
        LedgerRow("kindergarten", "阳光幼儿园"),
        LedgerRow("door", None, "翠柏路8号"),
        LedgerRow("estate", "望湖苑"),
    ]
    found = locate_ledger(rows, buildings, FRAME.to_metres, "wgs84", landmarks=known).placements
    assert [(place.row, place.band) for place in found[:2]] == [(7, "match"), (7, "match")]
    # an estate's name stays with its buildings, wherever its point was set
    assert found[2].band == "review" and found[2].row < 30


def test_a_point_of_interest_without_a_building_is_a_place_to_look_at():
    buildings = estate()
    known = [landmark(buildings, 0, "马桥村", east=-200.0), landmark(buildings, 0, "小店", east=-200.0),
             landmark(buildings, 9, "小店", east=300.0)]  # fmt: skip
    rows = [LedgerRow("village", "马桥村"), LedgerRow("shop", "小店")]
    village, shop = locate_ledger(rows, buildings, FRAME.to_metres, "wgs84", landmarks=known).placements
    assert (village.row, village.band, village.method) == (None, "review", "geocode")
    assert FRAME.to_metres(village.lon, village.lat)[0] == pytest.approx(22.5 - 200.0, abs=0.1)
    assert "马桥村" in str(village.reasons)
    assert shop.band == "unplaced" and shop.lon is None  # two of that name: none is chosen
