# SPDX-License-Identifier: GPL-2.0-or-later
"""Matching and change on footprints whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPolygon, Polygon, box

from fullservice_plugin.core.discovery.boxes import near_pairs
from fullservice_plugin.core.discovery.footprints import footprints_of, overlap_areas
from fullservice_plugin.core.discovery.matching import match_buildings
from fullservice_plugin.core.table import FeatureTable


def town(side: int = 12, seed: int = 1) -> list[Polygon]:
    """L-shaped and plain houses on a grid of 40 m."""
    random = np.random.default_rng(seed)
    made = []
    for k in range(side * side):
        w, h = random.uniform(8, 20, 2)
        shape = Polygon([(0, 0), (w, 0), (w, h * 0.6), (w * 0.6, h * 0.6), (w * 0.6, h), (0, h)])
        made.append(translate(rotate(shape, random.uniform(0, 90)), 40 * (k % side), 40 * (k // side)))
    return made


def table(shapes: list[Polygon], prefix: str = "") -> FeatureTable:
    return FeatureTable([f"{prefix}{k}" for k in range(len(shapes))], shapes)


def states(result, source: str) -> dict[str, str]:
    return {change.id: change.state for change in result.changes if change.source == source}


def test_overlaps_are_those_of_geos():
    random = np.random.default_rng(2)
    shapes = town(10)
    holed = Polygon(box(0, 0, 30, 30).exterior, [box(5, 5, 20, 20).exterior])
    shapes += [holed, MultiPolygon([box(35, 0, 40, 5), box(0, 35, 10, 60)])]
    others = [translate(shape, *random.normal(0, 6, 2)) for shape in shapes]
    a, b = footprints_of(shapes), footprints_of(others)
    i, j = near_pairs(a.bounds, b.bounds, 0.0)
    expected = [shapes[p].intersection(others[q]).area for p, q in zip(i, j)]
    assert np.allclose(overlap_areas(a, b, i, j), expected, atol=1e-9)
    assert np.allclose(a.area, [shape.area for shape in shapes])
    assert np.allclose(a.centroid, [shape.centroid.coords[0] for shape in shapes])


def test_near_pairs_with_one_huge_box_among_points():
    points = np.random.default_rng(0).uniform(0, 1e5, (500, 2))
    boxes = np.hstack([points, points])
    i, j = near_pairs(np.array([[0.0, 0.0, 1e5, 1e5]]), boxes, 0.0)
    assert sorted(j) == list(range(500)) and set(i) == {0}


def test_the_same_source_is_the_same():
    shapes = town()
    result = match_buildings(table(shapes, "e"), table(shapes, "c"))
    assert {(link.existing_id[1:], link.candidate_id[1:]) for link in result.links} == {
        (str(k), str(k)) for k in range(len(shapes))
    }
    assert set(states(result, "existing").values()) == {"same"}
    assert all(link.score > 0.95 and link.relation == "1:1" and link.band == "match" for link in result.links)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (8.0, 0.0), (-5.0, 6.0)])
def test_new_and_gone_under_a_constant_shift(shift):
    shapes = town()
    random = np.random.default_rng(4)
    gone = {30, 66, 77}
    kept = [k for k in range(len(shapes)) if k not in gone]
    candidates = [translate(shapes[k], *(random.normal(0, 0.4, 2) + shift)) for k in kept]
    added = [translate(box(0, 0, 9, 9), 140 + 40 * k + shift[0], shift[1] - 60) for k in range(3)]
    result = match_buildings(table(shapes), table(candidates + added, "c"))
    assert {key for key, state in states(result, "existing").items() if state == "gone"} == {str(k) for k in gone}
    new = {key for key, state in states(result, "candidate").items() if state == "new"}
    assert new == {f"c{len(kept) + k}" for k in range(3)}
    assert {(int(link.existing_id), kept[int(link.candidate_id[1:])]) for link in result.links} == {
        (k, k) for k in kept
    }
    assert abs(result.shift[0] + shift[0]) < 0.5 and abs(result.shift[1] + shift[1]) < 0.5


def test_split_merged_moved_and_reshaped():
    shapes = town()
    candidates = list(shapes)
    block = box(1000, 0, 1030, 12)
    shapes = [
        *shapes,
        block,
        box(1000, 40, 1015, 52),
        box(1015, 40, 1030, 52),
        box(900, 0, 912, 12),
        box(900, 40, 912, 52),
    ]
    candidates += [box(1000, 0, 1015, 12), box(1015, 0, 1030, 12), box(1000, 40, 1030, 52)]
    candidates += [box(904, 0, 916, 12), box(900, 40, 912, 70)]
    result = match_buildings(table(shapes), table(candidates, "c"))
    first = len(town())
    existing = states(result, "existing")
    assert [existing[str(first + k)] for k in range(5)] == ["split", "merged", "merged", "moved", "reshaped"]
    relations = {link.existing_id: link.relation for link in result.links}
    assert relations[str(first)] == "1:n" and relations[str(first + 1)] == "n:1"


def test_gone_only_where_the_source_covers():
    shapes = town()
    half = [k for k in range(len(shapes)) if k % 12 < 6]
    result = match_buildings(table(shapes), table([shapes[k] for k in half], "c"))
    assert not [change for change in result.changes if change.state == "gone"]
    assert result.unseen == len(shapes) - len(half)
    nothing = match_buildings(table(shapes), FeatureTable([], []))
    assert not nothing.changes and not nothing.links
    everywhere = match_buildings(table(shapes), table([shapes[k] for k in half], "c"), coverage=box(-99, -99, 600, 600))
    assert everywhere.counts["gone"] == len(shapes) - len(half)


def test_new_infill_between_walls_is_new():
    row = [box(12 * k, 0, 12 * k + 12, 15) for k in range(40)]
    missing = {7, 20, 31}
    result = match_buildings(table([shape for k, shape in enumerate(row) if k not in missing]), table(row, "c"))
    new = {key for key, state in states(result, "candidate").items() if state == "new"}
    assert new == {f"c{k}" for k in missing}


def test_empty_and_degenerate_geometries_take_no_part():
    shapes = [*town(4), Polygon(), None, Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])]
    result = match_buildings(table(shapes), table(shapes, "c"))
    assert len(result.links) == 16
