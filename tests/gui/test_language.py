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
set session_replication_role = origin;
"""
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
    found = walk("zh", scene, steps=["ready", "open_map", "essentials"], help_search=SEARCH["zh"], data=DATA,
                 forms=["negotiation"], **SMALL)
    clean(found)
    assert len(found["screens"]) >= 6 and all(form["logic"] for form in found["forms"].values())
    assert found["rule_ok"] is False and found["rule_said"] == "层数须在 0 与 200 之间。"
    assert found["paper_saved"][0] and found["paper_shown"]
    assert found["paper_row"][0][0] == "negotiation" and found["paper_row"][0][2] == 64
    assert found["help_topic"] == "工作台" and "designwired" in found["help_hits"]
    assert "map" not in found["help_hits"], "the search narrows"


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
