# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of plans in the real QGIS: a plan seen page by page, with another template, saved; the window lives."""

from __future__ import annotations

import pytest

STILL_MS = 200  # the most that the window may answer nobody


@pytest.fixture(scope="module", params=["zh", pytest.param("en", marks=pytest.mark.long)])
def tour(request, town, walk) -> dict:
    return walk(request.param, town, steps=["install", "open_map", "plans"])


def test_pages_are_seen_and_the_map_is_on_its_page(tour):
    assert tour["plans_offered"] >= 2 and tour["plans_pages"] > 5
    assert tour["plans_map_colours"] > 50
    assert not [line for line in tour["log"] if "Traceback" in line], tour["log"]


def test_the_window_stays_alive(tour):
    """While a plan is read, a map is turned to, and the document is saved; on a usual machine."""
    heart = tour["heart"]
    print(heart["longest"], heart["slower"])
    assert set(heart["usual"]) == {"read", "map", "save"} and min(heart["beats"].values()) > 2
    assert max(heart["usual"].values()) < STILL_MS, heart


def test_a_template_shows_at_once_and_its_fault_is_told(tour):
    assert 2 <= tour["plans_own_pages"] < tour["plans_pages"]
    assert "own.json" in tour["plans_fault"] and "colours" in tour["plans_fault"]


def test_saved_whole_or_not_at_all(tour):
    assert tour["plans_saved"] > 20_000 and tour["plans_cancelled"] == ["plan.pdf"]


def test_pictures_are_there(tour):
    for name in ("plans_cover", "plans_map", "plans_template"):
        assert (tour["pictures"] / f"{tour['language']}_{name}.png").stat().st_size > 5000
