# SPDX-License-Identifier: GPL-2.0-or-later
"""Every dock, dialog and form in the real QGIS: no text cut off, no word of the other language, none too large."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest

SEARCH = {"en": "fibre", "zh": "光缆"}
#: Words that the store or the machine holds, not we: names of sources, operators and servers.
DATA = ["imagery", "Debian", "China Telecom", "China Unicom", "China Mobile"]
FORMS = """
set session_replication_role = replica;
insert into fullservice.agreement (id, branch_code, origin, number, estate_id, party_id, signed_on, valid_from,
    valid_to, fee_model, fee_amount)
select gen_random_uuid(), 'GZ', 'sample', 'XY-2026-001', e.id, p.id, current_date - 30, current_date - 20,
    current_date + 345, 'per_year', 12000
from fullservice.estate e join fullservice.property_party p on p.estate_id = e.id limit 1;
insert into fullservice.task (id, branch_code, origin, kind, title, state, priority)
values (gen_random_uuid(), 'GZ', 'sample', 'visit', '约物业看弱电井', 'open', 2);
insert into fullservice.network_resource (id, branch_code, origin, kind, code, installed_ports, occupied, geom)
values (gen_random_uuid(), 'GZ', 'sample', 'fdt', 'GJ-001', 288, 100, st_setsrid(st_makepoint(113.321, 23.132), 4326));
insert into fullservice.area_package (id, branch_code, origin, code, name, state, price_month, valid_from)
values (gen_random_uuid(), 'GZ', 'sample', 'TC-1', 'P199', 'approved', 199, current_date);
update fullservice.access_design set state = 'submitted', author = 'wang.fang', submitted_at = now()
where id = (select design_id from fullservice.access_decision order by fid limit 1);
set session_replication_role = origin;
"""
#: Rows of the tour: name, layer, which row (None: a new one), fields that are looked at.
CLOSED = [
    ["design", "access_design", "state = 'submitted'", ["version_no", "note", "state"]],
    ["decision", "access_decision", "", ["method", "override_note"]],
    ["package", "area_package", "code = 'TC-1'", ["price_month", "valid_to", "note", "state"]],
    ["visit", "visit_log", None, ["by", "result"]],
    ["correction", "wlan_calibration", None, ["measured_on"]],
]
ENGLISH = Path(__file__).parent / "english.sql"
#: The smallest screen, in the pixels that a window sees at 150 %.
SMALL = {"scale": 1.5, "real_screen": "1366x768", "screen": [910, 512]}


TOURS = ("language_tour", "windows_tour", "forms_tour")


def windows() -> set[str]:
    """Places of every window that the plugin can make (:mod:`windows`, which the walk itself imports by name)."""
    path = Path(__file__).parent / "windows.py"
    spec = importlib.util.spec_from_file_location("fullservice_windows", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.windows_in(Path(importlib.import_module("fullservice_plugin").__file__).parent)


def test_every_window_has_its_place_in_the_walk():
    """A new window is named by a step: docks, menus and bars are found by the walk itself, pages by their wizard."""
    written = "".join((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in TOURS)
    found = windows()
    by_itself = ("Dock", "Page", "Workbench", "TrailBar", ":QMenu", ":QToolBar")
    named = {place for place in found if not place.endswith(by_itself) or place.endswith("SettingsPage")}
    missing = {place for place in named if place not in written and place.split(":")[1] not in written}
    assert len(found) > 60 and len(named) > 35
    assert not missing, f"no step of the walk opens {sorted(missing)}"


@pytest.fixture(scope="module")
def scene(store_name, databases, waiting) -> str:
    """A town with something in every dock and a row for many forms."""
    databases.fill(store_name, *waiting, FORMS)
    return store_name


def clean(found: dict) -> None:
    """Nothing is wrong with any window that was looked at."""
    wrong = [f"{name} {kind}: {text}" for name, said in found["screens"].items() for kind, texts in said.items()
             for text in texts]
    assert not wrong, "\n".join(wrong)
    assert not [line for line in found["log"] if "Traceback" in line], found["log"]


def test_the_essentials_in_chinese_at_150_percent(scene, walk):
    """A few windows of each kind, a broken rule told in words, a photo filed and shown, F1."""
    found = walk("zh", scene, steps=["ready", "open_map", "essentials", "closed_rows"], rows=CLOSED,
                 help_search=SEARCH["zh"], data=DATA, forms=["negotiation"], **SMALL)
    clean(found)
    assert len(found["screens"]) >= 6 and all(form["logic"] for form in found["forms"].values())
    assert found["rule_ok"] is False and found["rule_said"] == "层数须在 0 与 200 之间。"
    assert found["paper_saved"][0] and found["paper_shown"]
    assert found["paper_row"][0][0] == "negotiation" and found["paper_row"][0][2] == 64
    assert found["help_topic"] == "工作台" and "designwired" in found["help_hits"]
    assert "map" not in found["help_hits"], "the search narrows"
    closed = found["closed"]
    assert not any(row["before"] for row in closed.values()), "closed until the store has answered"
    assert closed["design"]["open"] == ["note", "state"] and "已提交（待审）" in closed["design"]["said"]
    assert closed["decision"]["open"] == [] and "由审核人退回设计" in closed["decision"]["said"]
    assert closed["package"]["open"] == ["valid_to", "note", "state"] and "已生效" in closed["package"]["said"]
    assert closed["visit"]["open"] == ["by", "result"] and closed["visit"]["said"] == ""
    assert closed["visit"]["values"]["by"] == "fs_owner", "a new row names who adds it"
    assert closed["correction"]["open"] == [] and "不能手工新增" in closed["correction"]["said"]


@pytest.mark.long
def test_a_manager_reads_what_others_keep_and_writes_what_is_theirs(empty_database, databases, walk, qgis_app):
    import processing
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import add_person

    store = empty_database  # of its own: the scene belongs to the walks
    processing.run("fullservice:createstore", {"STORE": store})
    databases.fill(store, FORMS)
    login = f"{store}_mei"
    with Store.connect({"service": store}) as link, link.transaction(bulk=True) as cur:
        add_person(cur, login, "customer_manager", ("GZ", "GZ-TH-02"))
        cur.execute("update fullservice.negotiation set owner_staff_id = (select id from fullservice.staff where "
                    "login = %s), edit_base = row_version where fid = (select max(fid) from fullservice.negotiation)",
                    (login,))
        cur.execute("select max(fid) from fullservice.negotiation")
        own = cur.fetchone()[0]
    rows = [
        ["kept", "estate", "code = 'LP0001'", ["name", "households"]],
        ["own", "negotiation", f"fid = {own}", ["note", "next_action"]],
        ["plan", "plan", "true", ["code"]],
        ["observation", "intel_observation", "true", ["value", "state"]],
        ["talk", "negotiation", None, ["owner_staff_id"]],
    ]
    found = walk("en", databases.service(login, store, login), steps=["ready", "open_map", "closed_rows"],
                 rows=rows, help_search="", data=DATA)
    closed = found["closed"]
    assert closed["kept"]["open"] == [] and "This row is kept by li.wei" in closed["kept"]["said"]
    assert closed["own"]["open"] == ["note", "next_action"]
    assert closed["plan"]["open"] == [] and "changes none of them" in closed["plan"]["said"]
    assert closed["observation"]["open"] == ["state"]
    assert len(closed["talk"]["values"]["owner_staff_id"]) == 36


@pytest.mark.long
@pytest.mark.parametrize("language, scale", [("zh", 1), ("zh", 1.5), ("en", 1), ("en", 1.5)])
def test_every_dock_dialog_and_form(scene, databases, walk, language, scale):
    """Chinese first: the town is turned into English afterwards."""
    if language == "en":
        link = databases.connect(scene)
        with link.cursor() as cursor:
            cursor.execute(ENGLISH.read_text(encoding="utf-8"))
        link.close()
    size = SMALL if scale > 1 else {}
    steps = ["ready", "open_map", "language", "everything_else", "algorithm_dialogs", "forms", "broken_rule",
             "new_paper"]
    found = walk(language, scene, steps=steps, help_search=SEARCH[language], data=DATA, limit=580, **size)
    clean(found)
    missed = windows() - set(found["walked"])
    assert not missed, f"windows that the walk does not open: {sorted(missed)}"
    assert found["algorithm_dialogs"] == found["algorithms"] and found["project_names"] > 1000
    assert len(found["screens"]) > 160 and len(found["forms"]) > 30
    assert all(form["logic"] and form["edited"] for form in found["forms"].values())
