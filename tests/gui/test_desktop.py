# SPDX-License-Identifier: GPL-2.0-or-later
"""The real QGIS application under Xvfb, with the ZIP installed by QGIS' own plugin installer."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

LOCALE = {"zh": "zh-Hans", "en": "en_US"}
OWN = ("QT_QPA_PLATFORM", "PYTHONPATH", "QGIS_CUSTOM_CONFIG_PATH", "QGIS_PLUGINPATH", "VIRTUAL_ENV")
WORDS = {
    "zh": {"observer": "李伟", "illegal": "不能", "light": "green", "title": "全业务作战地图", "search": "锦绣"},
    "en": {"observer": "Li Wei", "illegal": "cannot go", "light": "green", "title": "Full-Service Battle Map",
           "search": "LP0002"},
}


DOUBTFUL = """
insert into fullservice.source_record (source_name, source_key, kind, proposed_id, state, band, score, attributes, geom,
    origin, branch_code)
select 'imagery', 'r' || n, 'building', id, 'review', 'review', 0.3 + n / 10.0, '{"name": "翠园3号楼", "storeys": 18}',
    ST_Translate(geom, 0.0001, 0.00005), 'algorithm', branch_code
from (select row_number() over (order by code) as n, * from fullservice.building where geom is not null) b where n <= 2
"""
WAITING = """
insert into fullservice.estate (code, name, grid_id, estate_type, households, method, geom, branch_code)
select 'LP9001', '待核实新盘', grid_id, 'residential', 320, 'area', ST_Translate(geom, -0.004, -0.003), branch_code
from fullservice.estate where code = 'LP0001';
insert into fullservice.ledger_row (batch, source_name, row_number, ledger_key, name, address, households, building_id,
    method, band, score, reason, geom, branch_code)
select 'book.csv', '资管台账', 7, 'L1', '锦绣花园3幢', '文一路12号', 48, id, 'name', 'review', 0.6,
    '3 栋楼同样吻合', null, branch_code from fullservice.building where geom is not null order by code limit 1;
insert into fullservice.ledger_row (batch, source_name, row_number, ledger_key, name, method, band, score, reason)
values ('book.csv', '资管台账', 8, 'L2', '无名新村', 'unplaced', 'unplaced', 0, '没有楼栋与该名称或地址对应')
"""

RIVALS = """
insert into fullservice.intel_observation (id, branch_code, origin, subject_kind, building_id, operator_code, field,
    value, number, valid_until, source_class, source_text, observed_on, observer)
select gen_random_uuid(), 'GZ', 'sample', 'building', b.id, o.code, f.field, f.value, f.number, f.ends, f.source,
    '走访', current_date - f.age - b.fid % 9, f.who
from fullservice.building b join fullservice.estate e on e.id = b.estate_id
join fullservice.competitor_operator o on o.is_self or exists (
    select 1 from fullservice.intel_observation x where x.building_id = b.id and x.operator_code = o.code)
join lateral (values
    ('technology', case o.code when 'CTCC' then 'ftth' else 'fttb_lan' end, null::numeric, null::date, 'manager', 2,
     'li.wei'),
    ('technology', case when o.code = 'CTCC' and b.fid % 5 = 0 then 'xdsl' end, null, null, 'manager', 3, 'zhang.min'),
    ('subs', null, 4 + (b.fid + ascii(right(o.name_en, 1))) % 9, null, 'win_loss', 10, 'li.wei'),
    ('tariff', null, case o.code when 'CTCC' then 45 when 'CUCC' then 59 end, null, 'web_ad', 20, 'li.wei'),
    ('exclusivity', case when o.code = 'CUCC' and b.fid % 7 = 0 then 'contract' end, null, current_date + 70, 'manager',
     5, 'li.wei')) f (field, value, number, ends, source, age, who) on coalesce(f.value, f.number::text) is not null;
update fullservice.building b set households = 36 from fullservice.estate e
where e.id = b.estate_id and e.code = 'LP0002' and b.households is null;
update fullservice.intel_observation o set observed_on = o.observed_on - 1400 from fullservice.building b,
    fullservice.estate e where b.id = o.building_id and e.id = b.estate_id and e.code = 'LP0003';
delete from fullservice.intel_observation o using fullservice.building b, fullservice.estate e
where b.id = o.building_id and e.id = b.estate_id and e.code = 'LP0004'
"""


def zip_of(root: Path, folder: Path) -> Path:
    spec = importlib.util.spec_from_file_location("fullservice_package", root / "tools" / "package.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    import fullservice_plugin

    module.STAGE = Path(fullservice_plugin.__file__).parent
    return module.package(folder)


@pytest.fixture(scope="module")
def town(store_name, databases, root) -> str:
    link = databases.connect(store_name)
    with link.cursor() as cursor:
        cursor.execute((root / "tests" / "data" / "small_city.sql").read_text(encoding="utf-8"))
        cursor.execute(DOUBTFUL)
        cursor.execute(WAITING)
        cursor.execute("begin; set local session_replication_role = replica")
        cursor.execute(RIVALS)
        cursor.execute("commit; select fs_app.refresh_aggregates()")
    link.close()
    planned(store_name)
    return store_name


def planned(store_name: str) -> None:
    """A real plan of the town's first grid, for the design by hand."""
    from shapely.geometry import Point

    from fullservice_plugin.core.table import FeatureTable
    from fullservice_plugin.services.design import plan_area
    from fullservice_plugin.services.resources import import_resources
    from fullservice_plugin.store.connection import Store

    with Store.connect({"service": store_name}) as store:
        grid, lon, lat = store.rows(
            "select o.code, ST_X(p), ST_Y(p) from fullservice.org_unit o cross join lateral (select ST_StartPoint("
            "ST_GeometryN(s.geom, 1)) as p from fullservice.street s where ST_Intersects(s.geom, o.geom) "
            "order by s.source_key limit 1) s where o.level = 'grid' order by o.code limit 1"
        )[0]
        columns = {"code": ["OLT-HAND"], "kind": ["olt"], "free_ports": [64]}
        import_resources(store, FeatureTable(["1"], [Point(lon, lat)], columns, [], "sample"))
        with store.transaction(bulk=True) as cur:
            cur.execute("update fullservice.building set households = 60 where households is not null")
        made = plan_area(store, grid, budget=None, horizon_years=10.0, scenario="hand", time_limit=10.0)
        served = [code for code, in store.rows(
            "select b.code from fullservice.access_decision d join fullservice.building b on b.id = d.building_id "
            "where d.plan_id = %s and d.method <> 'none' order by ST_Area(b.geom) desc", (made.plan_id,))]
        methods = {code: "hybrid" if number < 2 else "fttb" for number, code in enumerate(served)}
        plan_area(store, grid, budget=None, horizon_years=10.0, scenario="wlan", time_limit=10.0, methods=methods)


@pytest.fixture(scope="module", params=["zh", "en"])
def tour(request, town, databases, root, tmp_path_factory) -> dict:
    """What one walk through the application found."""
    for program in ("qgis", "xvfb-run"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    language = request.param
    folder = tmp_path_factory.mktemp(f"gui-{language}")
    pictures = root / "build" / "screenshots"
    pictures.mkdir(parents=True, exist_ok=True)
    settings = folder / "profiles" / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f"[locale]\noverrideFlag=true\nuserLocale={LOCALE[language]}\n"
        "[qgis]\ncheckVersion=false\nshowTips322=false\n"
        "[app]\nprojections\\unknownCrsBehavior=NoAction\n"
        "[plugins]\nautomatically-check-for-updates=false\n",
        encoding="utf-8",
    )
    plan = folder / "tour.json"
    report = folder / "report.json"
    plan.write_text(json.dumps({
        "language": language, "store": town, "zip": str(zip_of(root, folder)), "pictures": str(pictures),
        "report": str(report), "folder": str(root / "tests" / "gui"), "maps": str(folder / "maps"),
        "search": WORDS[language]["search"], "observer": WORDS[language]["observer"],
    }), encoding="utf-8")
    environment = {
        **{key: value for key, value in os.environ.items() if key not in OWN},
        "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "FULLSERVICE_TOUR": str(plan),
        "PGSERVICEFILE": str(databases.file), "QGIS_NO_OVERRIDE_IMPORT": "", "LANG": "C.UTF-8",
    }
    folder.chmod(0o700)
    done = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", "qgis", "--noversioncheck", "--nologo",
         "--profiles-path", str(folder / "profiles"), "--code", str(root / "tests" / "gui" / "driver.py")],
        env=environment, capture_output=True, text=True, timeout=150, check=False,
    )
    trace = Path(f"{report}.trace")
    assert report.exists(), done.stderr[-3000:] + (trace.read_text() if trace.exists() else "QGIS did not start")
    found = json.loads(report.read_text(encoding="utf-8"))
    assert not found["errors"], "\n".join(found["errors"] + found["log"])
    return {**found, "language": language, "words": WORDS[language], "pictures": pictures}


def test_loading_and_unloading_leaves_nothing_behind(tour):
    assert tour["before"] == [] and tour["unloaded"] == []
    assert tour["loaded"] and tour["reloaded"] == tour["loaded"]


def test_algorithm_runs_and_project_opens(tour):
    assert tour["layers"] > 30 and tour["invalid"] == []
    assert tour["title"] == tour["words"]["title"] and tour["variable"] == tour["language"]
    assert len(tour["themes"]) == 5
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
    assert max(tour["hand_seconds"].values()) < 3.0, tour["hand_seconds"]


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
    assert tour["review_kept"] == ["ftth", True, True]
    assert set(tour["review_frozen"][0]) <= {"compare", "undo"} and len(tour["review_frozen"][1].splitlines()) == 2
    assert tour["review_own"] == "submitted", "who made it does not approve it"


def test_a_rival_is_reported_by_clicks_and_told(tour):
    assert tour["rival_needs"] == [False, False, False, True]
    assert tour["rival_kept"] == [["presence", "in_service", None], ["speed", None, 1000.0], ["tariff", None, 88.0],
                                  ["technology", "ftth", None]]
    assert tour["rival_photo"] == 2 and tour["rival_alerted"] >= 1
    assert tour["rival_verify"][0] == [False, True, True] and tour["rival_verify"][1]
    assert tour["rival_verified"] == ["verified", [True, True, True]] and tour["rival_retired"] == "retired"
    assert tour["rival_estate"][0] >= 2 and tour["rival_estate"][1] and tour["rival_acked"] == [True, False]
    assert tour["rival_legend"] > 8
    assert tour["rival_again"][1] == tour["rival_again"][0] == tour["words"]["observer"]


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
    assert tour["design_released"] == 0
    assert tour["design_saved"][0] == tour["design_saved"][1] + 1 and tour["design_kept"] > 30.0
    assert tour["design_gone"] == 0
    assert max(tour["design_seconds"]) < 3.0, tour["design_seconds"]


def test_pictures_are_there(tour):
    for name in ("negotiation", "design", "search", "form", "form_illegal", "refused", "help", "connection"):
        assert (tour["pictures"] / f"{tour['language']}_{name}.png").stat().st_size > 5000
