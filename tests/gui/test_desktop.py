# SPDX-License-Identifier: GPL-2.0-or-later
"""The real QGIS application under Xvfb, with the ZIP installed by QGIS' own plugin installer."""

from __future__ import annotations

import pytest

WORDS = {
    "zh": {"illegal": "不能", "light": "green", "title": "全业务作战地图", "search": "锦绣"},
    "en": {"illegal": "cannot go", "light": "green", "title": "Full-Service Battle Map",
           "search": "LP0002"},
}


@pytest.fixture(scope="module", params=["zh", "en"])
def tour(request, town, walk) -> dict:
    """What one walk through the application found."""
    words = WORDS[request.param]
    return {**walk(request.param, town, search=words["search"]), "words": words}


def test_loading_and_unloading_leaves_nothing_behind(tour):
    assert tour["before"] == [] and tour["unloaded"] == []
    assert tour["loaded"] and tour["reloaded"] == tour["loaded"]


def test_algorithm_runs_and_project_opens(tour):
    assert tour["layers"] > 30 and tour["invalid"] == []
    assert tour["title"] == tour["words"]["title"] and tour["variable"] == tour["language"]
    assert len(tour["themes"]) == 7
    assert not [line for line in tour["log"] if "Traceback" in line], tour["log"]
    assert tour["leaks"] == [] and tour["form_after_save"] == "fullservice_forms.negotiation"


def test_workbench_connects_and_flies(tour):
    assert tour["light"] in ("green", "amber")
    assert tour["hits"] and tour["scale"] < 10_000


def test_form_offers_only_allowed_stages(tour):
    assert tour["offered"] == ["blocked", "contacted", "proposal_sent", "refused", "surveyed"]
    assert tour["hint"] and tour["hint_illegal"] and tour["hint"] != tour["hint_illegal"]
    assert len(tour["tabs"]) == 4 and tour["sub_forms"] >= 1
    assert tour["ok_enabled"] is False


def test_store_refuses_the_illegal_step_in_a_sentence(tour):
    assert tour["illegal_commit"] is False
    assert any(tour["words"]["illegal"] in text for text in tour["illegal_bar"]), tour["illegal_bar"]


def test_stale_edit_is_refused_and_a_fresh_one_passes(tour):
    assert tour["stale_commit"] is False and tour["fresh_commit"] is True, tour["fresh_errors"]
    assert {"A", "B"} <= set(tour["stale_window"]) and tour["stale_kept"] is True, tour["stale_window"]


def test_work_by_hand_on_the_map_and_its_way_back(tour):
    assert tour["hand_ok_without_name"] is False
    assert tour["hand_planned"] == [["东湖新苑", "7号楼", 96, True, True]]
    assert max(tour["hand_pin_off"]) < 2e-5
    assert tour["hand_lineage"] == 2 or tour["hand_lineage"] % 2 == 0
    assert tour["hand_before"] == tour["hand_after"] == tour["hand_end"]
    assert max(tour["hand_seconds"].values()) < 3.0 * tour["slower"], (tour["hand_seconds"], tour["slower"])


def test_doubtful_pairs_are_decided_by_keys(tour):
    assert tour["review_first"] == ["r1", False, 2]
    assert tour["review_left"] == ["r2"] and tour["review_settled"] == [["match", "same"]]


def test_a_lead_is_verified_by_its_form(tour):
    assert tour["lead_needs_proof"] is False and tour["lead_with_proof"] is True
    assert tour["lead_after"] == [["verified", 1]] and tour["lead_back"] == [["candidate", 0]]


def test_ledger_rows_are_placed_by_keys_and_a_click(tour):
    assert tour["ledger_first"] == ["L1", ["accept", "place", "refuse"]]
    assert tour["ledger_placed"] == [["L1", "match", "manual"], ["L2", "match", "manual"]]
    assert tour["ledger_back"] == 2


def test_a_design_is_reviewed_in_its_dock(tour):
    assert tour["review_before"][0] == ["compare", "hand_in"] and tour["review_before"][1] and tour["review_chosen"][1]
    assert set(tour["review_chosen"][0]) == {"compare", "hand_in", "keep", "override"}
    assert tour["review_undone"] == ["ftth", True, False] and tour["review_compared"] > 3
    assert tour["review_kept"][:3] == ["ftth", True, True] and tour["review_kept"][3] in ("next plan", "待下一方案")
    assert set(tour["review_frozen"][0]) <= {"compare", "undo"} and len(tour["review_frozen"][1].splitlines()) == 2
    assert tour["review_own"] == "submitted", "who made it does not approve it"


def test_one_floor_is_shown_at_a_time(tour):
    assert tour["floor_maps"] == [True, [2], 1]
    assert tour["floor_back"] == [[1, 2, 3], True]


def test_access_points_follow_the_hand(tour):
    placed, dragged, locked, hidden = tour["wlan_hand"]
    assert placed == 1 and dragged == 2 and locked == 3
    assert hidden == 0, "another floor shows its own access points"
    assert tour["wlan_items"] == 3 and tour["wlan_undone"] == 0


def test_a_design_is_changed_on_the_map_and_saved(tour):
    assert tour["design_opened"][0] > 0 and tour["design_opened"][1] is False
    assert tour["design_drawn"] == [1, True] and tour["design_cabinet"] == [1, 1]
    assert tour["design_locked"] == [1, True]
    assert tour["design_undone"] == tour["design_before_lock"] and tour["design_redone"] == tour["design_after_lock"]
    assert tour["design_outlined"] is True and tour["design_put_down"] == [True, False]
    assert tour["design_released"] == 0
    assert tour["design_saved"][0] == tour["design_saved"][1] + 1 and tour["design_kept"] > 30.0
    assert tour["design_gone"] == 0
    assert max(tour["design_seconds"]) < 3.0 * tour["slower"], (tour["design_seconds"], tour["slower"])


def test_pictures_are_there(tour):
    for name in ("negotiation", "design", "search", "form", "form_illegal", "refused", "help", "connection"):
        assert (tour["pictures"] / f"{tour['language']}_{name}.png").stat().st_size > 5000
