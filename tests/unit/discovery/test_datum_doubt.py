# SPDX-License-Identifier: GPL-2.0-or-later
"""A source in another datum is noticed, whichever of the two it is; where datums are one there is no doubt."""

from __future__ import annotations

import random

import pytest
from shapely.geometry import box
from shapely.ops import transform

from fullservice_plugin.core.discovery.datum import convert
from fullservice_plugin.core.discovery.datum_doubt import datum_doubt
from fullservice_plugin.core.discovery.footprints import footprints_of
from fullservice_plugin.core.discovery.frame import LocalFrame


def town(lon: float, lat: float, seed: int, count: int = 300) -> list:
    """Scattered blocks of different sizes in WGS-84 degrees."""
    dice, shapes = random.Random(seed), []
    for _ in range(count):
        x, y = lon + dice.uniform(0, 0.02), lat + dice.uniform(0, 0.015)
        shapes.append(box(x, y, x + dice.uniform(0.0001, 0.0005), y + dice.uniform(0.0001, 0.0003)))
    return shapes


def moved(shapes: list, datum: str) -> list:
    return [transform(lambda x, y, _z=None: convert(x, y, "wgs84", datum), shape) for shape in shapes]


def doubt(existing: list, candidates: list, lon: float, lat: float):
    frame = LocalFrame.around(lon, lat, lon + 0.02, lat + 0.015)
    sides = [footprints_of([frame.geometry(shape) for shape in shapes]) for shapes in (existing, candidates)]
    return datum_doubt(*sides, frame.to_degrees, frame.to_metres)


@pytest.mark.parametrize(("lon", "lat"), [(116.38, 39.9), (121.47, 31.2), (104.06, 30.6), (126.6, 45.7)])
@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_the_side_in_another_datum_is_named(lon, lat, datum):
    for seed in range(5):
        shapes = town(lon, lat, seed)
        other = random.Random(seed).sample(shapes, 200)
        assert doubt(shapes, moved(other, datum), lon, lat) == ("candidates", datum)
        assert doubt(moved(shapes, datum), other, lon, lat) == ("existing", datum)


def test_no_doubt_where_both_are_in_one_datum_or_datums_are_one():
    for seed in range(20):
        shapes = town(120.6, 31.3, seed)
        assert doubt(shapes, random.Random(seed).sample(shapes, 150), 120.6, 31.3) is None
    shapes = town(24.9, 60.1, 1)
    assert doubt(shapes, moved(shapes, "gcj02"), 24.9, 60.1) is None
