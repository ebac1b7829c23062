# SPDX-License-Identifier: GPL-2.0-or-later
"""A new user in the real QGIS: from the installed ZIP to a plan on the map; start dock, settings, log for support."""

from __future__ import annotations

import pytest

DUTIES = """
insert into fullservice.staff (login, role, branch_code) select session_user, 'planner', code from fullservice.org_unit
where level = 'branch' order by code limit 1;
insert into fs_pii.staff_person (staff_id, name) select id, '李伟' from fullservice.staff where login = session_user;
update fullservice.negotiation set owner_staff_id = (select id from fullservice.staff where login = session_user),
    next_action = '再次拜访', next_action_due = current_date where id in (select id from fullservice.negotiation
    where stage = 'contacted' order by fid limit 2);
insert into fullservice.task (kind, title, assignee_staff_id, due)
select 'other', '核实楼栋', id, current_date - 1 from fullservice.staff where login = session_user;
insert into fullservice.reminder (subject_kind, subject_id, kind, level, due, occasion, origin, message)
select 'negotiation', id, 'rival', 'owner', current_date, 'r' || fid, 'algorithm', 'CTCC' from fullservice.negotiation
where stage = 'contacted' order by fid limit 1;
insert into fullservice.source_record (source_name, source_key, kind, state, band, score, geom, branch_code, origin)
select 'imagery', 'r1', 'building', 'review', 'review', 0.5, geom, branch_code, 'algorithm' from fullservice.building
where geom is not null order by fid limit 1
"""


@pytest.fixture(scope="module", params=["zh", "en"])
def newcomer(request, databases, walk, tmp_path_factory) -> dict:
    """A walk with one service on the computer, an empty database behind it."""
    name = databases.create("first")
    alone = tmp_path_factory.mktemp("service") / "pg_service.conf"
    alone.write_text(f"[{name}]\nhost={databases.cluster.sockets}\ndbname={name}\nuser=fs_owner\n", encoding="utf-8")
    return {**walk(request.param, name, steps=["first_run"], services=alone, first_run=True, limit=240),
            "name": name}


@pytest.mark.long
def test_first_plan_in_ten_clicks(newcomer):
    assert newcomer["first_before"] == ["", "red", False] and newcomer["first_no_way_on_while_it_works"] is False
    assert newcomer["first_holds"]["building"] > 450 and newcomer["first_holds"]["grid"] == 8
    assert newcomer["first_holds"]["estate"] > 0, newcomer["first_holds"]
    number, code, homes = newcomer["first_plan_page"]
    assert number == 3 and code.startswith("S-G") and homes > 100, "areas and buildings are there: straight to the plan"
    assert newcomer["first_clicks"] <= 10, newcomer["first_clicks"]
    assert newcomer["first_plan"].startswith(code) and len(newcomer["first_made"]) == 3
    assert newcomer["first_scale"] < 12_000 and any(newcomer["first_plan"] in text for text in newcomer["first_bar"])
    assert not [line for line in newcomer["log"] if "Traceback" in line], newcomer["log"]


@pytest.mark.long
def test_the_window_answers_while_a_step_works(newcomer):
    """Longest pause of the main thread, less what it waited for a core, in milliseconds of a usual machine."""
    heart = newcomer["first_heart"]
    print(heart["longest"], heart["slower"], heart["blocks"])
    assert max(heart["usual"].values()) < 500 and min(heart["beats"].values()) > 50, heart


@pytest.mark.long
def test_it_goes_on_where_the_store_stands_and_leaves_what_runs(newcomer):
    assert newcomer["first_again"] == [newcomer["name"], False, 3]
    said, before = newcomer["first_stopped"]
    assert said and newcomer["first_plans_after"] == before == 1


@pytest.fixture(scope="module")
def busy(store_name, databases) -> str:
    return databases.fill(store_name, "begin; select set_config('fs.bulk', 'on', true)", DUTIES,
                          "commit; select fs_app.refresh_aggregates()")


@pytest.fixture(scope="module", params=["zh", "en"])
def tour(request, busy, walk) -> dict:
    return walk(request.param, busy, steps=["install", "open_map", "start_dock"], login="fs_owner")


@pytest.mark.long
def test_the_start_dock_tells_who_asks_and_what_waits(tour):
    assert "李伟" in tour["start_state"] and tour["before"] == [] and tour["unloaded"] == []
    tasks, alerts = tour["start_lines"]
    for where in ("day", "tasks", "pairs"):
        assert f'href="{where}"' in tasks
    assert 'href="rivals/estate/' in alerts and 'href="ledger"' not in tasks, "nothing empty is shown"
    assert not [line for line in tour["log"] if "Traceback" in line], tour["log"]


@pytest.mark.long
def test_settings_are_kept_by_ok_and_only_then(tour):
    assert tour["settings_kept"][:2] == [250000.0, "warning"] == tour["settings_shown"]
    assert tour["settings_reset"] == [0.0, "info"] and tour["settings_after"] == [250000.0, "warning"]


@pytest.mark.long
def test_the_log_for_support_holds_no_secret_and_no_person(tour):
    text = tour["support_log"]
    for word in ("geheim77", "inner.example", "李伟", "13812345678", "li.wei"):
        assert word not in text, text
    for word in ("could not connect", "QGIS: 3.", "PostGIS: ", "PostgreSQL: ", "GDAL: "):
        assert word in text, text


def sizes(walked: dict, *names: str) -> list[int]:
    return [(walked["pictures"] / f"{walked['language']}_{name}.png").stat().st_size for name in names]


@pytest.mark.long
def test_pictures_of_the_first_steps_are_there(newcomer):
    assert min(sizes(newcomer, "first_1_create", "first_3_working", "first_4_plan", "first_6_map")) > 5000


@pytest.mark.long
def test_pictures_of_the_start_are_there(tour):
    assert min(sizes(tour, "start_dock", "settings", "support")) > 5000
