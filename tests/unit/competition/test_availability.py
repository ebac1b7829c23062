# SPDX-License-Identifier: GPL-2.0-or-later
"""Formats of availability files by their columns, headings of every year, rows that cannot be true."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from shapely.geometry import MultiPoint, Point, box

from fullservice_plugin.core.competition.availability import (
    FCC_TECHNOLOGY,
    FORMATS,
    MOST_MBPS,
    SHARES,
    STRONGEST,
    area_code,
    date_of_name,
    detect,
    find_headings,
    share_of,
)
from fullservice_plugin.core.competition.availability_rows import point_of, read_rows
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

TODAY = date(2026, 3, 1)
DAY = date(2025, 6, 30)
BDC = ("frn", "provider_id", "brand_name", "location_id", "technology", "max_advertised_download_speed",
       "max_advertised_upload_speed", "low_latency", "business_residential_code", "state_usps", "block_geoid",
       "h3_res8_id")
POLYGONS = ("frn", "providerid", "brandname", "technology", "maxdown", "maxup", "minsignal", "environmnt")
OFCOM = ("postcode", "postcode_space", "postcode area", "All Premises", "All Matched Premises",
         "SFBB availability (% premises)", "UFBB (100Mbit/s) availability (% premises)",
         "UFBB availability (% premises)", "Full Fibre availability (% premises)",
         "Gigabit availability (% premises)", "% of premises unable to receive 2Mbit/s",
         "% of premises below the USO", "% of premises with NGA", "FWA availability (% premises)",
         "Number of premises with 0<2Mbit/s availability")


def table(columns: dict[str, list], geometry: list | None = None) -> FeatureTable:
    count = len(next(iter(columns.values())))
    return FeatureTable([str(n + 1) for n in range(count)], geometry or [None] * count, columns, [], "sample")


def test_the_formats_as_published():
    assert [detect(names) for names in (BDC, POLYGONS, OFCOM)] == list(FORMATS)
    assert detect(("code", "name", "technology")) is None and detect(()) is None
    found = find_headings("ofcom", OFCOM, "file", {})
    assert found == {
        "area_id": "postcode", "all_premises": "All Premises", "matched_premises": "All Matched Premises",
        "sfbb": OFCOM[5], "ufbb_100": OFCOM[6], "ufbb_300": OFCOM[7], "full_fibre": OFCOM[8], "gigabit": OFCOM[9]}
    assert find_headings("fcc_polygons", POLYGONS, "file", {})["max_advertised_download_speed"] == "maxdown"


@pytest.mark.parametrize(("heading", "share"), [
    ("SFBB availability (% premises)", "sfbb"), ("Superfast availability (% of premises)", "sfbb"),
    ("sfbb_availability_pct %", "sfbb"), ("UFBB availability (100Mbit/s)", "ufbb_100"),
    ("UFBB availability (% premises) >=300Mbit/s", "ufbb_300"), ("Ultrafast (100Mbit/s) availability", "ufbb_100"),
    ("UFBB availability (100Mbit/s / 300)", "ufbb_300"), ("Full Fibre availability", "full_fibre"),
    ("FTTP availability (% premises)", "full_fibre"), ("FULL_FIBER_AVAILABILITY", "full_fibre"),
    ("Gigabit availability (% premises)", "gigabit"), ("Full Fibre availability (% residential premises)", None),
    ("% of premises unable to receive 30Mbit/s", None), ("Number of premises with SFBB availability", None),
    ("All Premises", None), ("availability", None),
])  # fmt: skip
def test_headings_of_every_year(heading, share):
    assert share_of(heading) == share
    assert share_of(heading.upper()) == share and share_of(f"  {heading}  ") == share


def test_headings_that_are_not_clear():
    twice = ("oa21cd", "UFBB availability (% premises)", "UFBB (300Mbit/s) availability (% premises)")
    with pytest.raises(InputError, match="both mean ufbb_300"):
        find_headings("ofcom", twice, "file", {})
    assert find_headings("ofcom", twice, "file", {"ufbb_300": twice[2]})["ufbb_300"] == twice[2]
    with pytest.raises(InputError, match="no column for provider_id, location_id"):
        find_headings("fcc_bdc", ("technology", "name"), "file", {})
    with pytest.raises(InputError, match="no column for sfbb"):
        find_headings("ofcom", ("postcode", "All Premises"), "file", {})


def test_codes_and_days_of_names():
    assert area_code(" ab1 0cd ") == area_code("AB10CD") == area_code("ab1-0cd")
    assert area_code("060371234561001") == area_code(60371234561001) == area_code(60371234561001.0)
    assert area_code("000") == "0"
    assert date_of_name("bdc_06_Cable_fixed_broadband_J24_04nov2024.csv") == date(2024, 6, 30)
    assert date_of_name("bdc_D23.csv") == date(2023, 12, 31)
    assert date_of_name("202302_fixed_pc_coverage_r01.csv") == date(2023, 2, 28)
    assert date_of_name("202313_x") is None and date_of_name("coverage") is None


def test_every_technology_has_a_rank():
    assert set(FCC_TECHNOLOGY.values()) <= set(STRONGEST) and len(set(STRONGEST)) == len(STRONGEST)
    order = [STRONGEST.index(FCC_TECHNOLOGY[code]) for code in (50, 40, 10, 70, 60, 0)]
    assert order == sorted(order)


def test_only_a_single_point_is_a_position():
    assert point_of(Point(1, 2)) == point_of(MultiPoint([(1, 2)])) == (1.0, 2.0)
    assert point_of(MultiPoint([(1, 2), (3, 4)])) is None and point_of(box(0, 0, 1, 1)) is None
    assert point_of(Point()) is None and point_of(None) is None


def test_impossible_rows_of_the_fcc_are_named():
    rows = {
        "provider_id": [1, None, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        "location_id": ["9", "9", None, "10", "11", "12", "13", "14", "9", "15", "16"],
        "technology": [50, 50, 50, 51, 50, 50, 50, 50, 50, "fibre", 50],
        "max_advertised_download_speed": [100, 100, 100, 100, -1, 100, 1e9, 100, 100, 100, 100],
        "longitude": [None, None, None, None, None, 200, None, 5, None, None, 0],
        "latitude": [None, None, None, None, None, 50, None, None, None, None, 0],
        "observed_on": [None] * 11,
    }
    found = read_rows(table(rows), "fcc_bdc", {}, DAY, TODAY)
    assert [claim.row for claim in found.claims] == ["1"]
    reasons = {problem.row: problem.text() for problem in found.rejected}
    for row, word in (("2", "provider_id is empty"), ("3", "location_id is empty"), ("4", "technology 51"),
                      ("5", "at least 0"), ("6", "no place on Earth"), ("7", "no speed of a line"),
                      ("8", "lacks the longitude or"), ("9", "the same as row 1"), ("10", "whole|number"),
                      ("11", "no place on Earth")):
        assert any(part in reasons[row] for part in word.split("|")), (row, reasons[row])
    rows["observed_on"] = ["2026-03-02"] * 11
    late = read_rows(table(rows), "fcc_bdc", {}, DAY, TODAY)
    assert not late.claims and "future" in late.rejected[-1].text()
    rows.pop("observed_on")
    assert "needs its date" in read_rows(table(rows), "fcc_bdc", {}, None, TODAY).rejected[-1].text()


def test_impossible_rows_of_ofcom_are_named():
    rows = {
        "postcode": ["AB1 0CD", None, "AB1 0CE", "AB1 0CF", "AB1 0CG", "ab10cd", "AB1 0CH", "AB1 0CI"],
        "All Premises": [10, 10, 10, 10, 0, 10, 10, -1],
        "All Matched Premises": [10, 10, 10, 11, 0, 10, 10, 10],
        "Full Fibre availability (% premises)": [100, 50, 101, 50, 50, 50, None, 50],
        "SFBB availability (% premises)": [100, 50, -1, 50, 50, 50, None, 50],
    }
    found = read_rows(table(rows), "ofcom", {}, DAY, TODAY)
    assert [(row.row, row.area, row.premises) for row in found.shares] == [("1", "AB10CD", 10)]
    assert found.shares[0].shares[0] == 100 and len(found.shares[0].shares) == len(SHARES)
    reasons = {problem.row: problem.text() for problem in found.rejected}
    for row, word in (("2", "area_id is empty"), ("3", "percentage"), ("4", "more than all"), ("5", "no premises"),
                      ("6", "the same as row 1"), ("7", "no availability"), ("8", "at least 0")):
        assert word in reasons[row], (row, reasons[row])


wild = some.one_of(some.none(), some.text(max_size=12), some.integers(), some.floats(), some.booleans(), some.dates(),
                   some.sampled_from(["1", "50", "AB1 0CD", "99.5", "-1", "1e400", "٣", "0x10", "NULL"]))
SOUND = {"provider_id": 7, "providerid": 7, "location_id": "9", "technology": 50, "maxdown": 100, "postcode": "AB1 0CD",
         "All Premises": 10, "Full Fibre availability (% premises)": 50}
shapes = some.one_of(some.none(), some.just(Point(1, 1)), some.just(box(0, 0, 1, 1)), some.just(Point()))


@pytest.mark.parametrize(("form", "names"), [("fcc_bdc", BDC + ("lon", "lat")), ("fcc_polygons", POLYGONS),
                                             ("ofcom", OFCOM)])  # fmt: skip
@given(data=some.data())
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_wild_rows_are_read_or_named(form, names, data):
    """Every row ends as exactly one of kept and rejected; what is kept can be true."""
    count = data.draw(some.integers(1, 3))
    spoilt = data.draw(some.sets(some.sampled_from(names), max_size=3))
    rows = {name: data.draw(some.lists(wild, min_size=count, max_size=count)) if name in spoilt
            else [SOUND.get(name)] * count for name in names}
    geometry = data.draw(some.lists(shapes, min_size=count, max_size=count))
    found = read_rows(table(rows, geometry), form, {}, DAY, TODAY)
    kept = [row.row for row in (*found.claims, *found.shares)]
    assert sorted([*kept, *(problem.row for problem in found.rejected)]) == [str(n + 1) for n in range(count)]
    for claim in found.claims:
        assert claim.technology == FCC_TECHNOLOGY[claim.code] and claim.provider >= 0
        assert all(speed is None or 0 <= speed <= MOST_MBPS for speed in (claim.down, claim.up))
        assert form == "fcc_bdc" or claim.position is None
        if claim.position is not None:
            assert -180 <= claim.position[0] <= 180 and -90 <= claim.position[1] <= 90
    for row in found.shares:
        assert all(share is None or 0 <= share <= 100 for share in row.shares) and row.premises != 0
    assert all(problem.text() for problem in found.rejected)


@given(some.lists(some.text(max_size=30), max_size=12))
def test_any_headings_are_of_a_format_or_of_none(names):
    assert detect(names) in (None, *FORMATS)
