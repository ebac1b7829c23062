# SPDX-License-Identifier: GPL-2.0-or-later
"""Sheets of an atlas: all of the network on them, none empty, none over another, few of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box
from shapely.ops import unary_union

from fullservice_plugin.plans.tiling import segments, tile

CELLS = {"landscape": (193.0, 154.0), "portrait": (169.8, 184.0)}


def networks(seed):
    """A random network: a street tree, loose pieces, points, and lines that lie level and upright."""
    rng = np.random.default_rng(seed)
    reach = float(rng.choice([40.0, 300.0, 1500.0]))
    found = []
    for _ in range(int(rng.integers(1, 40))):
        start = rng.uniform(0, reach, 2)
        steps = rng.normal(0, reach / 12, (int(rng.integers(1, 6)), 2))
        if rng.random() < 0.5:
            steps[:, int(rng.integers(0, 2))] = 0.0
        found.append(LineString(np.vstack([start, start + np.cumsum(steps, axis=0)])))
    found += [Point(rng.uniform(0, reach, 2)) for _ in range(int(rng.integers(0, 8)))]
    return found


@pytest.mark.parametrize("seed", range(60))
def test_every_point_on_a_sheet_and_no_sheet_empty(seed):
    network = networks(seed)
    tiles = tile(segments(network), CELLS)
    boxes = [box(*one.box) for one in tiles]
    ground = unary_union([one.buffer(1e-4) for one in boxes])
    assert all(ground.covers(piece) for piece in network)
    assert all(any(one.buffer(1e-6).intersects(piece) for piece in network) for one in boxes)
    assert {one.page for one in tiles} <= set(CELLS)
    for one in tiles:
        west, south, east, north = one.box
        assert (east - west, north - south) == pytest.approx(CELLS[one.page])
    overlap = sum(one.area for one in boxes) - unary_union(boxes).area
    assert overlap == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("seed", range(20))
def test_neighbours_name_each_other(seed):
    tiles = {one.number: one for one in tile(segments(networks(seed)), CELLS)}
    assert sorted(tiles) == list(range(1, len(tiles) + 1))
    other_side = {"west": "east", "east": "west", "north": "south", "south": "north"}
    for one in tiles.values():
        for side, number, edge in one.neighbours:
            back = [(s, n) for s, n, _ in tiles[number].neighbours]
            assert (other_side[side], one.number) in back
            line = LineString([edge[:2], edge[2:]])
            assert box(*one.box).exterior.buffer(1e-3).covers(line)


def test_a_line_that_leaves_a_sheet_goes_on_at_a_named_one():
    tiles = tile(segments([LineString([(0, 0), (500, 0)])]), CELLS)
    assert len(tiles) == 3
    assert [[n for _, n, _ in one.neighbours] for one in tiles] == [[2], [1, 3], [2]]


@pytest.mark.parametrize("length, width, least", [(193, 150, 1), (193.5, 10, 1), (169, 183, 1), (385, 150, 2)])
def test_few_sheets(length, width, least):
    """A street that fits on one sheet when turned or shifted gets one; twice as long two."""
    frame = Polygon([(0, 0), (length, 0), (length, width), (0, width)])
    assert len(tile(segments([frame]), CELLS)) == (least if length != 193.5 else 2)


def test_ground_between_two_places_has_no_sheet():
    far = MultiLineString([[(0, 0), (50, 0)], [(5000, 4000), (5050, 4010)]])
    tiles = tile(segments([far]), CELLS)
    assert len(tiles) == 2
    assert all(not one.neighbours for one in tiles)


def test_least_number_of_a_straight_street():
    for length in (100, 193, 194, 1000, 1930):
        tiles = tile(segments([LineString([(7, 3), (7 + length, 3)])]), CELLS)
        assert len(tiles) == math.ceil(length / 193)


def test_nothing_to_draw():
    assert tile(segments([]), CELLS) == []
    assert tile(segments([None, LineString()]), CELLS) == []
    assert len(tile(segments([Point(3, 4)]), CELLS)) == 1
