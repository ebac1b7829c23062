# SPDX-License-Identifier: GPL-2.0-or-later
"""Cutting outlines along a line, sharing counts out."""

from __future__ import annotations

import random

import pytest
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from fullservice_plugin.core.discovery.cut import cut, shared_out
from fullservice_plugin.core.errors import InputError


def test_a_line_across_gives_two_parts_largest_first():
    parts = cut(box(0, 0, 10, 4), LineString([(3, -1), (3, 5)]))
    assert [part.area for part in parts] == [28.0, 12.0]
    assert all(part.geom_type == "MultiPolygon" for part in parts)


def test_a_line_that_ends_inside_is_carried_on():
    parts = cut(box(0, 0, 10, 4), LineString([(6, 1), (6, 2)]))
    assert [part.area for part in parts] == [24.0, 16.0]


def test_holes_and_several_polygons_keep_their_area():
    ring = Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(4, 4), (6, 4), (6, 6), (4, 6)]])
    shape = MultiPolygon([ring, box(20, 0, 22, 2)])
    parts = cut(shape, LineString([(5, -1), (5, 11)]))
    assert sum(part.area for part in parts) == pytest.approx(shape.area)
    assert len(parts) == 3
    assert not any(part.contains(Point(5, 5)) for part in parts)


def test_a_line_beside_it_is_refused():
    with pytest.raises(InputError, match="right across"):
        cut(box(0, 0, 10, 4), LineString([(20, 0), (20, 5)]))
    with pytest.raises(InputError, match="right across"):
        cut(box(0, 0, 10, 4), LineString([(1e-6, -1), (1e-6, 5)]))


def test_any_line_keeps_the_area_and_overlaps_nothing():
    dice = random.Random(7)
    whole = box(0, 0, 10, 10).difference(box(3, 3, 5, 8))
    done = 0
    for _ in range(200):
        line = LineString([(dice.uniform(-3, 13), dice.uniform(-3, 13)) for _ in range(dice.randint(2, 5))])
        try:
            parts = cut(whole, line)
        except InputError:
            continue
        done += 1
        assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=1e-9)
        assert all(a.intersection(b).area < 1e-9 for k, a in enumerate(parts) for b in parts[k + 1 :])
    assert done > 100


def test_counts_are_shared_out_whole():
    assert shared_out(10, [1, 1, 1]) == [4, 3, 3]
    assert shared_out(7, [30, 10]) == [5, 2]
    assert shared_out(0, [1, 2]) == [0, 0]
    assert shared_out(3, [0, 0]) == [2, 1]
