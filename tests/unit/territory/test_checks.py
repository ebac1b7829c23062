# SPDX-License-Identifier: GPL-2.0-or-later
"""Areas of one level: overlaps, gaps, what lies outside."""

from __future__ import annotations

from shapely.geometry import box

from fullservice_plugin.core.territory.checks import Unit, check_level, level_above, parent_of


def test_overlap_gap_and_outside():
    parents = [Unit("P", box(0, 0, 1000, 1000)), Unit("Q", box(2000, 0, 3000, 1000))]
    units = [Unit("a", box(0, 0, 510, 1000), "P"), Unit("b", box(500, 0, 900, 1100), "P")]
    found = {(one.kind, one.codes): one.area for one in check_level(units, parents)}
    assert found == {("overlap", ("a", "b")): 10000.0, ("outside", ("b", "P")): 40000.0, ("gap", ("P",)): 100000.0}


def test_a_clean_level_has_no_findings():
    parents = [Unit("P", box(0, 0, 1000, 1000))]
    units = [Unit("a", box(0, 0, 500, 1000), "P"), Unit("b", box(500, 0, 1000, 1000), "P")]
    assert check_level(units, parents) == []


def test_parent_by_place():
    parents = [Unit("P", box(0, 0, 10, 10)), Unit("Q", box(10, 0, 20, 10))]
    assert parent_of(box(8, 0, 14, 10), parents) == "Q"
    assert parent_of(box(30, 0, 40, 10), parents) is None
    assert [level_above(level) for level in ("branch", "micro_region", "grid")] == [None, "branch", "micro_region"]
