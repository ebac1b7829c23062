# SPDX-License-Identifier: GPL-2.0-or-later
"""Datum conversion: published vectors, round trips, and where it must do nothing."""

from __future__ import annotations

import numpy as np
import pytest

from fullservice_plugin.core.discovery.datum import convert, wgs84_to_gcj02
from fullservice_plugin.core.discovery.mainland import in_mainland, outline
from fullservice_plugin.core.errors import ParameterError

VECTORS = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]


@pytest.mark.parametrize("wgs, gcj", VECTORS)
def test_published_vectors(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    lon, lat = wgs84_to_gcj02(wgs[1], wgs[0])
    assert abs(float(lon) - gcj[1]) <= 1e-12
    assert abs(float(lat) - gcj[0]) <= 1e-12


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_round_trip_in_the_mainland(datum: str) -> None:
    random = np.random.default_rng(7)
    lon, lat = random.uniform(74, 134, 20000), random.uniform(18.5, 53, 20000)
    inside = in_mainland(lon, lat)
    lon, lat = lon[inside], lat[inside]
    back = convert(*convert(lon, lat, "wgs84", datum), datum, "wgs84")
    assert len(lon) > 5000
    assert max(np.abs(back[0] - lon).max(), np.abs(back[1] - lat).max()) <= 1e-9


@pytest.mark.parametrize(
    "lon, lat",
    [(114.17, 22.28), (113.565, 22.12), (121.5, 25.04), (127.0, 37.56), (105.85, 21.03), (24.94, 60.17), (7.42, 43.74)],
)
def test_identity_outside(lon: float, lat: float) -> None:
    for datum in ("gcj02", "bd09"):
        assert tuple(map(float, convert(lon, lat, "wgs84", datum))) == (lon, lat)
        assert tuple(map(float, convert(lon, lat, datum, "wgs84"))) == (lon, lat)


def test_lookup_agrees_with_the_outline() -> None:
    from shapely.geometry import Point
    from shapely.prepared import prep

    random = np.random.default_rng(3)
    lon, lat = random.uniform(70, 137, 3000), random.uniform(15, 56, 3000)
    area = prep(outline())
    expected = [area.contains(Point(x, y)) for x, y in zip(lon, lat)]
    assert in_mainland(lon, lat).tolist() == expected


def test_not_a_number_stays() -> None:
    lon, lat = convert([np.nan], [30.0], "wgs84", "gcj02")
    assert np.isnan(lon[0])


def test_unknown_datum_is_refused() -> None:
    with pytest.raises(ParameterError, match="wgs84, gcj02, bd09"):
        convert(1.0, 1.0, "wgs84", "pulkovo")
