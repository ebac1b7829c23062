# SPDX-License-Identifier: GPL-2.0-or-later
"""The estate card in the real QGIS: by selection, search and from the board; tabs and buttons, in both languages."""

from __future__ import annotations

import pytest

PAPER = """
insert into fullservice.attachment (subject_kind, subject_id, kind, file_name, content)
select 'estate', id, 'survey', '楼盘勘察.pdf', convert_to('%PDF-1.4 card', 'UTF8')
from fullservice.estate where code = 'LP0001';
insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, value, source_class,
    source_text, observed_on, observer)
select 'building', b.id, 'CTCC', 'technology', 'ftth', 'site_photo', '楼道分纤箱', current_date - 20, '李伟'
from fullservice.building b join fullservice.estate e on e.id = b.estate_id and e.code = 'LP0001' limit 3;
set local session_replication_role = replica;
insert into fullservice.area_package (id, branch_code, code, name, estate_id, price_month, down_mbps, valid_from,
    valid_to, state)
select gen_random_uuid(), branch_code, 'YH-88', '翠湖优惠', id, 88, 1000, current_date - 10, current_date + 200,
    'approved'
from fullservice.estate where code = 'LP0001'
"""


@pytest.fixture(scope="module")
def known(store_name, databases) -> str:
    return databases.fill(store_name, "begin; select set_config('fs.bulk', 'on', true)", PAPER,
                          "commit; select fs_app.refresh_aggregates()")


@pytest.fixture(scope="module", params=["zh", "en"])
def tour(request, known, walk) -> dict:
    return walk(request.param, known, steps=["install", "open_map", "estate_card"])


def test_loading_and_unloading_leaves_nothing_behind(tour):
    assert tour["before"] == [] and tour["unloaded"] == [] and tour["loaded"] == tour["reloaded"]
    assert not [line for line in tour["log"] if "Traceback" in line], tour["log"]


def test_the_card_follows_selection_search_and_board(tour):
    assert tour["card_selected"][0] == "LP0001" and tour["card_building"] == tour["card_building_estate"]
    assert tour["card_found"][0] == tour["card_found"][1]
    assert tour["card_from_board"] and tour["card_hit"] == "东方新村"


def test_only_tabs_with_something_behind_them_are_shown(tour):
    assert tour["card_selected"][1] == ["lead", "talks", "designs", "rivals", "packages", "documents", "story"]
    assert tour["card_story"] > 3 and tour["card_paper"] == "楼盘勘察.pdf"


def test_lines_and_buttons_open_what_they_stand_for(tour):
    assert tour["card_deal"] and tour["card_lead"] and tour["card_capture"] and tour["card_review"]


def test_pictures_are_there(tour):
    for name in ("card", "card_story", "card_search", "card_board"):
        assert (tour["pictures"] / f"{tour['language']}_{name}.png").stat().st_size > 5000
